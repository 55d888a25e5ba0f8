/* SPDX-License-Identifier: MIT */
/* Fuzz target: a container list gives the same elements, the same verdict and the same completeness in any
 * pieces. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/buf.h"
#include "docker/decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void on_element(void *user, const struct container_summary *summary)
{
    struct buf *seen = user;
    assert(summary->id && summary->id[0] && summary->name && summary->name[0] && summary->image);
    assert(summary->state < CONTAINER_STATE_COUNT && summary->health < STATUS_COUNT);
    buf_format(seen, "%s %s %s %d %d %lld %llx", summary->id, summary->name, summary->image,
               (int)summary->state, (int)summary->health, (long long)summary->created_at_wall_ms,
               (unsigned long long)summary->hash);
    for (size_t i = 0; i < summary->labels.count; i++) {
        assert(i == 0 || strcmp(summary->labels.item[i - 1].key, summary->labels.item[i].key) <= 0);
        buf_format(seen, " %s=%s", summary->labels.item[i].key, summary->labels.item[i].value);
    }
    buf_text(seen, "\n");
}

/* Feeds the text in pieces of step bytes and writes what came of it into seen. */
static void feed(const char *text, size_t len, size_t step, struct buf *seen)
{
    struct list_decoder *decoder = list_decoder_new(on_element, seen);
    int rc = 0;
    for (size_t at = 0; at < len; at += step) {
        int now = list_decoder_feed(decoder, text + at, len - at < step ? len - at : step, NULL);
        assert(rc == 0 || now == rc); /* once broken, always broken */
        rc = now;
    }
    buf_format(seen, "%d %d", rc, list_decoder_complete(decoder));
    list_decoder_free(decoder);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    struct buf whole, pieces;
    buf_init(&whole, 1 << 24);
    buf_init(&pieces, 1 << 24);
    feed((const char *)data + 1, size - 1, size, &whole);
    feed((const char *)data + 1, size - 1, 1 + data[0] % 64, &pieces);
    assert(strcmp(buf_string(&whole), buf_string(&pieces)) == 0);
    buf_free(&whole);
    buf_free(&pieces);
    return 0;
}
