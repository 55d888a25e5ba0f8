/* SPDX-License-Identifier: MIT */
/* json_writer.c: JSON straight into a buf. Text that needs no escape, nearly all of it, is copied in whole
 * runs. */
#include "controller/core/json_writer.h"

#include <assert.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/text.h"

enum { DIGITS_MAX = 24 };

void json_start(struct json_writer *w, struct buf *out)
{
    *w = (struct json_writer){.out = out};
}

/* Each value begins here. */
static void begin_value(struct json_writer *w)
{
    if (w->need_comma)
        buf_add(w->out, ",", 1);
    w->need_comma = true;
}

static void begin_container(struct json_writer *w, const char *bracket)
{
    begin_value(w);
    buf_add(w->out, bracket, 1);
    w->need_comma = false;
    w->depth++;
}

static void end_container(struct json_writer *w, const char *bracket)
{
    assert(w->depth > 0);
    buf_add(w->out, bracket, 1);
    w->need_comma = true;
    w->depth--;
}

void json_begin_object(struct json_writer *w)
{
    begin_container(w, "{");
}

void json_end_object(struct json_writer *w)
{
    end_container(w, "}");
}

void json_begin_array(struct json_writer *w)
{
    begin_container(w, "[");
}

void json_end_array(struct json_writer *w)
{
    end_container(w, "]");
}

/* The number of bytes at text, of the length that are left, that stand for themselves. Eight at a time: a
 * byte below 0x20, a quote, a backslash or one above 0x7f sets its high bit in odd. */
static size_t plain_run(const char *text, size_t length)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), highs = ones << 7;
    size_t run = 0;
    for (; length - run >= 8; run += 8) {
        uint64_t word;
        memcpy(&word, text + run, 8);
        uint64_t quote = word ^ (ones * '"'), slash = word ^ (ones * '\\');
        uint64_t odd = word | (word - ones * 0x20) | (quote - ones) | (slash - ones);
        if (odd & highs)
            break;
    }
    for (; run < length; run++) {
        unsigned char byte = (unsigned char)text[run];
        if (byte < 0x20 || byte > 0x7f || byte == '"' || byte == '\\')
            break;
    }
    return run;
}

static void add_escape(struct buf *out, unsigned char byte)
{
    static const char digit[] = "0123456789abcdef";
    static const char brief[] = "\b\t\n\f\r\"\\", letter[] = "btnfr\"\\";
    const char *place = byte ? strchr(brief, byte) : NULL;
    char escape[6] = {'\\', 'u', '0', '0', digit[byte >> 4], digit[byte & 15]};
    if (place)
        escape[1] = letter[place - brief];
    buf_add(out, escape, place ? 2 : sizeof escape);
}

static void add_quoted(struct buf *out, const char *text)
{
    size_t left = strlen(text);
    buf_add(out, "\"", 1);
    while (left) {
        size_t run = plain_run(text, left);
        for (size_t wide = 0; run < left && (unsigned char)text[run] > 0x7f; run += wide) {
            wide = text_utf8_length(text + run);
            if (!wide)
                break;
        }
        buf_add(out, text, run);
        text += run;
        left -= run;
        if (!left)
            break;
        unsigned char byte = (unsigned char)*text;
        if (byte > 0x7f && !text_utf8_length(text))
            buf_add(out, "\xef\xbf\xbd", 3);
        else if (byte < 0x20 || byte == '"' || byte == '\\')
            add_escape(out, byte);
        else
            continue; /* plain text behind a wide character: the next run */
        text++;
        left--;
    }
    buf_add(out, "\"", 1);
}

void json_key(struct json_writer *w, const char *key)
{
    begin_value(w);
    add_quoted(w->out, key);
    buf_add(w->out, ":", 1);
    w->need_comma = false;
}

void json_string(struct json_writer *w, const char *text)
{
    if (!text) {
        json_null(w);
        return;
    }
    begin_value(w);
    add_quoted(w->out, text);
}

/* Writes magnitude's digits so that they end before end; returns where they begin. */
static char *digits_before(char *end, uint64_t magnitude)
{
    do {
        *--end = (char)('0' + magnitude % 10);
        magnitude /= 10;
    } while (magnitude);
    return end;
}

void json_number(struct json_writer *w, int64_t number)
{
    char digits[DIGITS_MAX];
    char *end = digits + sizeof digits;
    char *start = digits_before(end, number < 0 ? 0 - (uint64_t)number : (uint64_t)number);
    if (number < 0)
        *--start = '-';
    begin_value(w);
    buf_add(w->out, start, (size_t)(end - start));
}

void json_decimal(struct json_writer *w, double number)
{
    if (!isfinite(number)) {
        json_null(w);
        return;
    }
    /* Above this, a double has no decimals to show. */
    if (fabs(number) >= 9e15) {
        begin_value(w);
        buf_format(w->out, "%.17g", number);
        return;
    }
    double whole = trunc(number);
    int64_t parts = (int64_t)llround(fabs(number - whole) * 1000);
    int64_t units = (int64_t)fabs(whole) + parts / 1000;
    parts %= 1000;
    char digits[DIGITS_MAX + 8];
    char *end = digits + sizeof digits - 4, *tail = end;
    char *start = digits_before(end, (uint64_t)units);
    if (number < 0 && (units || parts))
        *--start = '-';
    if (parts) {
        *tail++ = '.';
        for (int64_t place = 100; parts; parts %= place, place /= 10)
            *tail++ = (char)('0' + parts / place);
    }
    begin_value(w);
    buf_add(w->out, start, (size_t)(tail - start));
}

void json_boolean(struct json_writer *w, bool value)
{
    begin_value(w);
    buf_text(w->out, value ? "true" : "false");
}

void json_null(struct json_writer *w)
{
    begin_value(w);
    buf_add(w->out, "null", 4);
}

void json_time(struct json_writer *w, int64_t wall_ms)
{
    char time[32];
    if (!wall_ms) {
        json_null(w);
        return;
    }
    text_format_time(wall_ms, time);
    json_string(w, time);
}

void json_raw(struct json_writer *w, const char *text)
{
    begin_value(w);
    buf_text(w->out, text);
}

void json_put_string(struct json_writer *w, const char *key, const char *text)
{
    json_key(w, key);
    json_string(w, text);
}

void json_put_number(struct json_writer *w, const char *key, int64_t number)
{
    json_key(w, key);
    json_number(w, number);
}

void json_put_decimal(struct json_writer *w, const char *key, double number)
{
    json_key(w, key);
    json_decimal(w, number);
}

void json_put_bool(struct json_writer *w, const char *key, bool value)
{
    json_key(w, key);
    json_boolean(w, value);
}

void json_put_time(struct json_writer *w, const char *key, int64_t wall_ms)
{
    json_key(w, key);
    json_time(w, wall_ms);
}
