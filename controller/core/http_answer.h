/* http_answer.h: an HTTP/1 answer to a GET, read from bytes as they come: its status and the beginning of its
 * body. RFC 9112. Bytes are hostile: every length is bounded. Pure; fuzzed. */
#ifndef QUAYWATCH_CORE_HTTP_ANSWER_H
#define QUAYWATCH_CORE_HTTP_ANSWER_H

#include <stdint.h>

#include "controller/core/buf.h"

enum answer_state {
    ANSWER_MORE,   /* more is to come */
    ANSWER_WHOLE,  /* all of it, or as much of the body as is wanted, is there */
    ANSWER_BROKEN, /* these bytes are no HTTP answer */
    ANSWER_CUT,    /* (http_answer_end) it ended in the middle */
};

struct http_answer {
    int status;      /* 0 until the head is whole */
    struct buf body; /* what of it fits its maximum */
    bool body_cut;   /* there was more */

    /* Its own: */
    enum { ANSWER_HEAD, ANSWER_LENGTH, ANSWER_CHUNKS, ANSWER_UNTIL_END } part;
    enum { CHUNK_SIZE, CHUNK_REST_OF_LINE, CHUNK_DATA, CHUNK_DATA_END, CHUNK_TRAILER } chunk;
    struct buf head;      /* as long as it is not whole */
    uint64_t left;        /* bytes of the body, or of the chunk */
    unsigned digits;      /* of the chunk's size so far */
    unsigned line, lines; /* bytes of the present trailer line, and of all */
};

/* Begins an answer whose body is wanted up to max_body bytes. */
void http_answer_init(struct http_answer *answer, size_t max_body);

/* Takes len bytes more. After ANSWER_WHOLE and ANSWER_BROKEN nothing more may be given. */
enum answer_state http_answer_feed(struct http_answer *answer, const char *data, size_t len);

/* The connection ended: ANSWER_WHOLE where that ends the body, else ANSWER_CUT. */
enum answer_state http_answer_end(const struct http_answer *answer);

/* Frees what it holds. */
void http_answer_free(struct http_answer *answer);

#endif
