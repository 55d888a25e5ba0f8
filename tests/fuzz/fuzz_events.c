/* SPDX-License-Identifier: MIT */
/* Fuzz target: the event stream gives the same events and counts the same skipped lines, however its bytes
 * are cut. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/buf.h"
#include "docker/events.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void on_event(void *user, const struct engine_event *event)
{
    struct buf *seen = user;
    assert(event->id && event->id[0] && event->name && event->action < EVENT_COUNT &&
           event->health < STATUS_COUNT);
    assert(event->action == EVENT_DIE || event->exit_code == -1);
    assert(event->action == EVENT_KILL || event->signal == 0);
    buf_format(seen, "%s %s %s %s %s %d %d %d %lld", event->id, engine_action_name[event->action],
               event->name, event->network ? event->network : "-", event->old_name ? event->old_name : "-",
               event->signal, event->exit_code, (int)event->health, (long long)event->time_ns);
    for (size_t i = 0; i < event->labels.count; i++)
        buf_format(seen, " %s=%s", event->labels.item[i].key, event->labels.item[i].value);
    buf_text(seen, "\n");
}

/* Feeds the text in pieces of 1 to step bytes, of sizes that depend on seed; returns how many lines were
 * skipped. */
static uint64_t feed(const char *text, size_t len, size_t step, unsigned seed, struct buf *seen)
{
    struct event_stream *stream = event_stream_new(on_event, seen);
    for (size_t at = 0; at < len;) {
        seed = seed * 1103515245 + 12345;
        size_t piece = 1 + (seed >> 16) % step;
        if (piece > len - at)
            piece = len - at;
        event_stream_feed(stream, text + at, piece);
        at += piece;
    }
    uint64_t skipped = event_stream_skipped(stream);
    event_stream_free(stream);
    return skipped;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    const char *text = (const char *)data + 1;
    size_t len = size - 1;
    struct buf whole, pieces;
    buf_init(&whole, 1 << 24);
    buf_init(&pieces, 1 << 24);
    struct event_stream *stream = event_stream_new(on_event, &whole);
    event_stream_feed(stream, text, len);
    uint64_t skipped = event_stream_skipped(stream);
    event_stream_free(stream);
    assert(feed(text, len, 1 + data[0], data[0], &pieces) == skipped);
    assert(strcmp(buf_string(&whole), buf_string(&pieces)) == 0);
    buf_free(&whole);
    buf_free(&pieces);
    return 0;
}
