/* SPDX-License-Identifier: MIT */
/* The event stream's bytes → lines → events, each event once. */
#include "docker/events.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/hash.h"
#include "controller/core/buf.h"
#include "controller/core/limits.h"
#include "docker/decode.h"

/* The engine replays at most 256 events of its memory; one slot each, and as many again that were live
 * meanwhile. */
enum { REMEMBERED = 512 };

struct event_stream {
    event_sink *sink;
    void *user;
    struct buf line;
    bool overlong; /* the present line is being skipped */
    uint64_t skipped;
    uint64_t remembered[REMEMBERED]; /* hashes of the latest events */
    size_t next;
};

/* Everything is named in Docker's words and Podman's, which answers to its own only. exec_* stay out: every
 * health check of the engine would make three of them. */
#define WORD(text) "%22" text "%22"
#define AND "%2C"
const char *event_filter(void)
{
    return "%7B" WORD("type") "%3A%5B" WORD("container")
        AND WORD("network") "%5D" AND WORD("event") "%3A%5B" WORD("create") AND WORD("start")
            AND WORD("restart") AND WORD("die") AND WORD("died") AND WORD("kill") AND WORD("stop")
                AND WORD("oom") AND WORD("destroy") AND WORD("remove") AND WORD("rename") AND WORD("update")
                    AND WORD("pause") AND WORD("unpause") AND WORD("health_status") AND WORD("connect")
                        AND WORD("disconnect") "%5D%7D";
}
#undef WORD
#undef AND

struct event_stream *event_stream_new(event_sink *sink, void *user)
{
    struct event_stream *stream = mem_new(sizeof *stream);
    stream->sink = sink;
    stream->user = user;
    buf_init(&stream->line, LIMIT_EVENT_LINE);
    return stream;
}

static bool is_replay(struct event_stream *stream, const struct engine_event *event)
{
    if (event->time_ns == 0)
        return false;
    /* The time is spread over all bits first: beside the first letter it would cancel out. */
    uint64_t hash = hash_text(hash_number(HASH_START, event->time_ns), event->id);
    hash = hash_text(hash, engine_action_name[event->action]);
    hash = hash_text(hash, event->network);
    for (size_t i = 0; i < REMEMBERED; i++)
        if (stream->remembered[i] == hash)
            return true;
    stream->remembered[stream->next] = hash;
    stream->next = (stream->next + 1) % REMEMBERED;
    return false;
}

static void take_line(struct event_stream *stream, const char *line, size_t len)
{
    while (len > 0 && (line[len - 1] == '\r' || line[len - 1] == ' '))
        len--;
    if (len == 0)
        return;
    struct arena arena = {0};
    struct engine_event event;
    int rc = decode_event(line, len, &arena, &event, NULL);
    if (rc == -EBADMSG)
        stream->skipped++;
    else if (rc == 0 && !is_replay(stream, &event))
        stream->sink(stream->user, &event);
    arena_free(&arena);
}

static void end_line(struct event_stream *stream, const char *rest, size_t len)
{
    bool too_long = stream->overlong || stream->line.len + len > LIMIT_EVENT_LINE;
    if (too_long) {
        stream->skipped++;
    } else if (stream->line.len == 0) {
        take_line(stream, rest, len); /* the usual case: a line in one piece is not copied */
    } else {
        buf_add(&stream->line, rest, len);
        take_line(stream, stream->line.data, stream->line.len);
    }
    event_stream_reset(stream);
}

void event_stream_feed(struct event_stream *stream, const char *data, size_t len)
{
    while (len > 0) {
        const char *end = memchr(data, '\n', len);
        if (!end) {
            if (!stream->overlong && buf_add(&stream->line, data, len) != 0) {
                stream->overlong = true;
                buf_free(&stream->line);
            }
            return;
        }
        size_t piece = (size_t)(end - data);
        end_line(stream, data, piece);
        data += piece + 1;
        len -= piece + 1;
    }
}

void event_stream_reset(struct event_stream *stream)
{
    stream->overlong = false;
    buf_clear(&stream->line);
}

uint64_t event_stream_skipped(const struct event_stream *stream)
{
    return stream->skipped;
}

void event_stream_free(struct event_stream *stream)
{
    if (!stream)
        return;
    buf_free(&stream->line);
    free(stream);
}
