/* SPDX-License-Identifier: MIT */
/* http_answer.c: bytes → an HTTP/1 answer. */
#include "controller/core/http_answer.h"

#include <string.h>
#include <strings.h>

enum {
    HEAD_MAX = 64 * 1024, /* far more than any server's own limit */
    TRAILER_MAX = 64 * 1024,
    CHUNK_DIGITS = 15,  /* of a size in hex: fits 64 bits with room */
    LENGTH_DIGITS = 18, /* the same for decimals */
};

void http_answer_init(struct http_answer *answer, size_t max_body)
{
    *answer = (struct http_answer){0};
    buf_init(&answer->body, max_body);
    buf_init(&answer->head, HEAD_MAX);
}

void http_answer_free(struct http_answer *answer)
{
    buf_free(&answer->body);
    buf_free(&answer->head);
}

/* ---- the head ---- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* "HTTP/1.x NNN …": its status, 0 for anything else. */
static int status_of(const char *line, size_t len)
{
    if (len < 12 || memcmp(line, "HTTP/1.", 7) != 0 || !is_digit(line[7]) || line[8] != ' ')
        return 0;
    if (!is_digit(line[9]) || !is_digit(line[10]) || !is_digit(line[11]) ||
        (len > 12 && line[12] != ' ' && line[12] != '\r'))
        return 0;
    int status = (line[9] - '0') * 100 + (line[10] - '0') * 10 + (line[11] - '0');
    return status >= 100 ? status : 0;
}

/* Where the value of the header line begins, its length without blanks around in *len; NULL when the line is
 * of another name. */
static const char *header_value(const char *line, size_t *len, const char *name)
{
    size_t name_len = strlen(name), left = *len;
    if (left <= name_len || line[name_len] != ':' || strncasecmp(line, name, name_len) != 0)
        return NULL;
    const char *value = line + name_len + 1;
    left -= name_len + 1;
    while (left > 0 && (*value == ' ' || *value == '\t')) {
        value++;
        left--;
    }
    while (left > 0 && (value[left - 1] == ' ' || value[left - 1] == '\t' || value[left - 1] == '\r'))
        left--;
    *len = left;
    return value;
}

/* Whether it is a number, as *ret. */
static bool length_read(const char *value, size_t len, uint64_t *ret)
{
    uint64_t number = 0;
    if (len == 0 || len > LENGTH_DIGITS)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (!is_digit(value[i]))
            return false;
        number = number * 10 + (uint64_t)(value[i] - '0');
    }
    *ret = number;
    return true;
}

/* How the body is bounded: chunks before length, as RFC 9112 section 6.3 wants it; codings other than chunks
 * were not asked for. */
static bool header_take(struct http_answer *answer, const char *line, size_t line_len)
{
    size_t len = line_len;
    const char *value = header_value(line, &len, "Transfer-Encoding");
    if (value) {
        answer->part = ANSWER_CHUNKS;
        answer->left = 0; /* whatever a length said */
        return len == 7 && strncasecmp(value, "chunked", 7) == 0;
    }
    len = line_len;
    value = header_value(line, &len, "Content-Length");
    if (!value || answer->part == ANSWER_CHUNKS)
        return true;
    uint64_t left;
    bool again = answer->part == ANSWER_LENGTH;
    if (!length_read(value, len, &left) || (again && left != answer->left))
        return false;
    answer->part = ANSWER_LENGTH;
    answer->left = left;
    return true;
}

/* The lines of a whole head. False when it is none. */
static bool head_take(struct http_answer *answer, const char *head, size_t len)
{
    const char *end = head + len, *line = head;
    int status = 0;
    if (memchr(head, '\0', len))
        return false;
    answer->part = ANSWER_UNTIL_END;
    while (line < end) {
        const char *stop = memchr(line, '\n', (size_t)(end - line));
        size_t line_len = (size_t)((stop ? stop : end) - line);
        if (status == 0)
            status = status_of(line, line_len);
        else if (!header_take(answer, line, line_len))
            return false;
        if (status == 0)
            return false;
        line += line_len + 1;
    }
    if (status < 200) { /* "100 Continue" and the like: the real answer follows */
        answer->part = ANSWER_HEAD;
        return true;
    }
    answer->status = status;
    if (status == 204 || status == 304) {
        answer->part = ANSWER_LENGTH;
        answer->left = 0;
    }
    return true;
}

/* Bytes up to the end of the blank line that ends the head; 0: it is not there yet. */
static size_t head_length(const char *data, size_t len)
{
    for (const char *at = data, *end = data + len; (at = memchr(at, '\n', (size_t)(end - at))) != NULL;) {
        at++;
        if (at < end && *at == '\n')
            return (size_t)(at - data) + 1;
        if (end - at >= 2 && at[0] == '\r' && at[1] == '\n')
            return (size_t)(at - data) + 2;
    }
    return 0;
}

static bool begins_well(const char *data, size_t len)
{
    return memcmp(data, "HTTP/1.", len < 7 ? len : 7) == 0;
}

/* Takes what belongs to the head from data; *taken bytes of it are used up. */
static enum answer_state feed_head(struct http_answer *answer, const char *data, size_t len, size_t *taken)
{
    size_t before = answer->head.len;
    if (before == 0) {
        size_t whole = begins_well(data, len) ? head_length(data, len) : 0;
        if (whole > 0) { /* nearly always: nothing is copied */
            *taken = whole;
            return head_take(answer, data, whole) ? ANSWER_MORE : ANSWER_BROKEN;
        }
    }
    *taken = len;
    if (buf_add(&answer->head, data, len) != 0 || !begins_well(answer->head.data, answer->head.len))
        return ANSWER_BROKEN;
    size_t whole = head_length(answer->head.data, answer->head.len);
    if (whole == 0)
        return ANSWER_MORE;
    *taken = whole - before;
    bool good = head_take(answer, answer->head.data, whole);
    buf_clear(&answer->head);
    return good ? ANSWER_MORE : ANSWER_BROKEN;
}

/* ---- the body ---- */

/* Keeps what fits. False when that is all that is wanted. */
static bool body_add(struct http_answer *answer, const char *data, size_t len)
{
    size_t room = answer->body.max - answer->body.len;
    buf_add(&answer->body, data, len < room ? len : room);
    answer->body_cut = len > room;
    return !answer->body_cut;
}

static int hex_of(char c)
{
    return is_digit(c)            ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

static enum answer_state chunk_size(struct http_answer *answer, char c)
{
    int digit = hex_of(c);
    if (digit >= 0) {
        answer->left = answer->left * 16 + (uint64_t)digit;
        return ++answer->digits > CHUNK_DIGITS ? ANSWER_BROKEN : ANSWER_MORE;
    }
    if (answer->digits == 0 || !strchr(" \t;\r\n", c) || c == '\0')
        return ANSWER_BROKEN;
    answer->chunk = CHUNK_REST_OF_LINE;
    return ANSWER_MORE;
}

static void chunk_line_ended(struct http_answer *answer)
{
    answer->chunk = answer->left > 0 ? CHUNK_DATA : CHUNK_TRAILER;
    answer->digits = 0;
    answer->line = 0;
}

/* A blank line ends the trailers, and the answer. */
static enum answer_state chunk_trailer(struct http_answer *answer, char c)
{
    if (c == '\n' && answer->line == 0)
        return ANSWER_WHOLE;
    answer->line = c == '\n' ? 0 : c == '\r' ? answer->line : answer->line + 1;
    return ++answer->lines > TRAILER_MAX ? ANSWER_BROKEN : ANSWER_MORE;
}

/* One byte of what lies between the chunks' data. */
static enum answer_state chunk_byte(struct http_answer *answer, char c)
{
    switch (answer->chunk) {
    case CHUNK_SIZE: {
        enum answer_state state = chunk_size(answer, c);
        if (state == ANSWER_MORE && c == '\n')
            chunk_line_ended(answer);
        return state;
    }
    case CHUNK_REST_OF_LINE: /* an extension, which nobody needs */
        if (c == '\n')
            chunk_line_ended(answer);
        return ++answer->lines > TRAILER_MAX ? ANSWER_BROKEN : ANSWER_MORE;
    case CHUNK_DATA_END:
        if (c == '\n')
            answer->chunk = CHUNK_SIZE;
        return c == '\n' || c == '\r' ? ANSWER_MORE : ANSWER_BROKEN;
    case CHUNK_TRAILER:
        return chunk_trailer(answer, c);
    case CHUNK_DATA:
        break;
    }
    return ANSWER_BROKEN; /* not reached */
}

static enum answer_state feed_chunks(struct http_answer *answer, const char *data, size_t len)
{
    for (const char *end = data + len; data < end;) {
        if (answer->chunk != CHUNK_DATA) {
            enum answer_state state = chunk_byte(answer, *data++);
            if (state != ANSWER_MORE)
                return state;
            continue;
        }
        size_t have = (size_t)(end - data), piece = have < answer->left ? have : (size_t)answer->left;
        if (!body_add(answer, data, piece))
            return ANSWER_WHOLE;
        data += piece;
        answer->left -= piece;
        if (answer->left == 0)
            answer->chunk = CHUNK_DATA_END;
    }
    return ANSWER_MORE;
}

static enum answer_state feed_body(struct http_answer *answer, const char *data, size_t len)
{
    switch (answer->part) {
    case ANSWER_LENGTH:
        if (len > answer->left)
            len = (size_t)answer->left; /* what follows is none of ours */
        answer->left -= len;
        return !body_add(answer, data, len) || answer->left == 0 ? ANSWER_WHOLE : ANSWER_MORE;
    case ANSWER_CHUNKS:
        return feed_chunks(answer, data, len);
    case ANSWER_UNTIL_END:
        return body_add(answer, data, len) ? ANSWER_MORE : ANSWER_WHOLE;
    case ANSWER_HEAD:
        break;
    }
    return ANSWER_BROKEN; /* not reached */
}

enum answer_state http_answer_feed(struct http_answer *answer, const char *data, size_t len)
{
    while (answer->part == ANSWER_HEAD && len > 0) {
        size_t taken = 0;
        if (feed_head(answer, data, len, &taken) == ANSWER_BROKEN)
            return ANSWER_BROKEN;
        data += taken;
        len -= taken;
    }
    return answer->part == ANSWER_HEAD ? ANSWER_MORE : feed_body(answer, data, len);
}

enum answer_state http_answer_end(const struct http_answer *answer)
{
    return answer->part == ANSWER_UNTIL_END ? ANSWER_WHOLE : ANSWER_CUT;
}
