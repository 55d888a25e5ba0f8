/* SPDX-License-Identifier: MIT */
/* Fuzz target: an HTTP answer is read the same however its bytes are cut, and never beyond its bounds. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/http_answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Feeds the text in pieces of 1 to step bytes, each in a block of its own, so that reading beyond is seen. */
static enum answer_state read_all(struct http_answer *answer, const char *text, size_t len, size_t step,
                                  unsigned seed)
{
    enum answer_state state = ANSWER_MORE;
    for (size_t at = 0; at < len && state == ANSWER_MORE;) {
        seed = seed * 1103515245 + 12345;
        size_t piece = 1 + (seed >> 16) % step;
        if (piece > len - at)
            piece = len - at;
        char *copy = malloc(piece);
        assert(copy);
        memcpy(copy, text + at, piece);
        state = http_answer_feed(answer, copy, piece);
        free(copy);
        at += piece;
    }
    return state == ANSWER_MORE ? http_answer_end(answer) : state;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    size_t max = (size_t)data[0] * 4;
    struct http_answer whole, cut;
    http_answer_init(&whole, max);
    http_answer_init(&cut, max);
    const char *text = (const char *)data + 2;
    enum answer_state end = read_all(&whole, text, size - 2, size, 0);
    enum answer_state other = read_all(&cut, text, size - 2, 1 + data[1] % 16, data[1]);
    assert(end == other && whole.body.len <= max);
    assert(end == ANSWER_BROKEN || (whole.status == cut.status && whole.body_cut == cut.body_cut));
    assert(whole.body.len == cut.body.len &&
           memcmp(buf_string(&whole.body), buf_string(&cut.body), whole.body.len) == 0);
    assert(whole.status == 0 || (whole.status >= 200 && whole.status <= 999));
    http_answer_free(&whole);
    http_answer_free(&cut);
    return 0;
}
