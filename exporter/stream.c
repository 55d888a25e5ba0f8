/* SPDX-License-Identifier: MIT */
/* stream.c: each stream is read by the HTTP library when its socket takes more; one that has nothing to tell
 * sleeps until the turn that brings something, or a sign of life is due. */
#include "exporter/stream.h"

#include <inttypes.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <uv.h>

#include "controller/core/limits.h"
#include "controller/core/mem.h"
#include "exporter/http/hangup.h"
#include "exporter/live.h"
#include "exporter/message.h"

enum {
    RETRY_MS = 2000,         /* after which a browser comes back */
    SIGN_OF_LIFE_MS = 15000, /* proxies end what is silent for a minute; half of their half */
    STATUS_PAUSE_MS = 100,   /* a fleet in trouble changes with every check: nobody reads faster than this */
    GONE_MS = LIMIT_HTTP_IDLE_S * 1000, /* who does not even acknowledge for so long is gone */
    BLOCK = 2048,
};

struct stream {
    struct streams *streams;
    LIST_ENTRY(stream) link;
    struct MHD_Connection *connection;
    struct hangup hangup;
    uint64_t event;    /* told up to this one */
    uint64_t revision; /* the client knows the document of this revision, if … */
    bool knows;        /* … it knows any */
    bool status, owed; /* wants the document; is told of it in any case */
    bool asleep, over, spoke, sign_due;
    struct message *message; /* being told, when it is one of those that many are told */
    const char *at;          /* what is left of what is being told */
    size_t left;
    char greeting[160];
};

struct streams {
    struct live *live;
    struct messages *messages;
    LIST_HEAD(stream_list, stream) all;
    size_t count;
    uint64_t event, revision; /* of the latest turn that woke somebody for it */
    int64_t status_mono_ms;   /* before this the next change of the document is not told */
    bool ending;
    uv_timer_t life, pause;
    unsigned open_handles;
};

struct streams *streams_open(uv_loop_t *loop, struct live *live)
{
    struct streams *streams = mem_new(sizeof *streams);
    streams->live = live;
    streams->messages = messages_new(live->context);
    LIST_INIT(&streams->all);
    uv_timer_init(loop, &streams->life);
    uv_timer_init(loop, &streams->pause);
    streams->life.data = streams->pause.data = streams;
    streams->open_handles = 2;
    return streams;
}

size_t streams_count(const struct streams *streams)
{
    return streams->count;
}

static void wake(struct stream *stream)
{
    if (!stream->asleep)
        return;
    stream->asleep = false;
    MHD_resume_connection(stream->connection);
    stream->streams->live->wake(stream->streams->live->user);
}

static void on_life(uv_timer_t *timer)
{
    struct streams *streams = timer->data;
    struct stream *at;
    LIST_FOREACH(at, &streams->all, link)
    {
        at->sign_due = !at->spoke;
        at->spoke = false;
        if (at->sign_due)
            wake(at);
    }
}

struct stream *stream_new(struct streams *streams, const struct stream_wish *wish)
{
    if (streams->count >= LIMIT_HTTP_STREAMS)
        return NULL;
    const struct exporter_context *context = streams->live->context;
    const char *start_id = registry_controller(context->registry)->start_id;
    struct stream *stream = mem_new(sizeof *stream);
    stream->streams = streams;
    stream->hangup.fd = -1;
    stream->event = wish->after;
    stream->status = stream->owed = wish->status;
    stream->knows = wish->knows;
    stream->revision = wish->revision;
    if (wish->restarted)
        snprintf(stream->greeting, sizeof stream->greeting,
                 "retry: %d\n\nid: %s-0\nevent: restart\ndata: {\"start_id\":\"%s\"}\n\n", RETRY_MS, start_id,
                 start_id);
    else
        snprintf(stream->greeting, sizeof stream->greeting, "retry: %d\n\n", RETRY_MS);
    stream->at = stream->greeting;
    stream->left = strlen(stream->greeting);
    LIST_INSERT_HEAD(&streams->all, stream, link);
    if (!streams->count++) {
        streams->event = journal_last(context->journal);
        streams->revision = registry_revision(context->registry);
        uv_timer_start(&streams->life, on_life, SIGN_OF_LIFE_MS, SIGN_OF_LIFE_MS);
    }
    return stream;
}

static void stream_free(void *cls)
{
    struct stream *stream = cls;
    struct streams *streams = stream->streams;
    hangup_end(streams->live->hangups, &stream->hangup);
    message_release(streams->messages, stream->message);
    LIST_REMOVE(stream, link);
    free(stream);
    if (--streams->count)
        return;
    messages_clear(streams->messages);
    uv_timer_stop(&streams->life);
    uv_timer_stop(&streams->pause);
}

/* It is told nothing any more, and ends when the library looks at it. */
static void stream_over(struct stream *stream)
{
    message_release(stream->streams->messages, stream->message);
    stream->message = NULL;
    stream->left = 0;
    stream->over = true;
    wake(stream);
}

static void client_gone(void *user)
{
    stream_over(user);
}

/* Slow readers may keep only so much: the slowest are let go. */
static void bound(struct streams *streams, const struct message *newest)
{
    const struct message *oldest;
    while (messages_bytes(streams->messages) > LIMIT_STREAM_BYTES &&
           (oldest = messages_oldest(streams->messages)) && oldest != newest) {
        struct stream *at;
        LIST_FOREACH(at, &streams->all, link)
        {
            if (at->message == oldest)
                stream_over(at);
        }
    }
}

static void tell(struct stream *stream, struct message *message)
{
    stream->message = message;
    stream->at = message->data;
    stream->left = message->len;
    bound(stream->streams, message);
}

/* What is told next; nothing is left to tell when there is nothing. */
static void next(struct stream *stream)
{
    static const char sign_of_life[] = ": \n\n";
    struct streams *streams = stream->streams;
    message_release(streams->messages, stream->message);
    stream->message = NULL;
    struct message *message = message_events(streams->messages, stream->event);
    if (message) {
        stream->event = message->to;
        tell(stream, message);
    } else if (stream->status && (stream->owed || stream->revision < streams->revision)) {
        message = message_status(streams->messages, stream->knows ? &stream->revision : NULL);
        stream->revision = message->to;
        stream->knows = true;
        stream->owed = false;
        tell(stream, message);
    } else if (stream->sign_due && !streams->ending) {
        stream->at = sign_of_life;
        stream->left = sizeof sign_of_life - 1;
    }
    stream->sign_due = false;
}

static ssize_t read_stream(void *cls, uint64_t position, char *ret, size_t max)
{
    struct stream *stream = cls;
    (void)position;
    if (stream->over)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    size_t used = 0;
    while (used < max) {
        if (!stream->left)
            next(stream);
        if (!stream->left)
            break;
        size_t count = stream->left < max - used ? stream->left : max - used;
        memcpy(ret + used, stream->at, count);
        stream->at += count;
        stream->left -= count;
        used += count;
    }
    if (used) {
        stream->spoke = true;
        return (ssize_t)used;
    }
    if (stream->streams->ending)
        return MHD_CONTENT_READER_END_OF_STREAM;
    MHD_suspend_connection(stream->connection);
    stream->asleep = true;
    return 0;
}

struct MHD_Response *stream_begin(struct stream *stream, struct MHD_Connection *connection, int fd)
{
    struct MHD_Response *response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK, read_stream,
                                                                      stream, stream_free);
    if (!response) {
        stream_free(stream);
        return NULL;
    }
    const unsigned patience_ms = GONE_MS;
    setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &patience_ms, sizeof patience_ms);
    stream->connection = connection;
    hangup_watch(stream->streams->live->hangups, &stream->hangup, fd, client_gone, stream);
    return response;
}

static void on_pause_over(uv_timer_t *timer)
{
    (void)timer; /* the turn that follows looks again */
}

/* Whether a change of the document is to be told now: not too often. */
static bool status_due(struct streams *streams)
{
    uint64_t revision = registry_revision(streams->live->context->registry);
    if (revision == streams->revision)
        return false;
    int64_t now = clock_now().mono_ms;
    if (now < streams->status_mono_ms) {
        if (!uv_is_active((uv_handle_t *)&streams->pause))
            uv_timer_start(&streams->pause, on_pause_over, (uint64_t)(streams->status_mono_ms - now), 0);
        return false;
    }
    streams->status_mono_ms = now + STATUS_PAUSE_MS;
    streams->revision = revision;
    return true;
}

void streams_turn(struct streams *streams)
{
    if (!streams->count)
        return;
    uint64_t last = journal_last(streams->live->context->journal);
    bool events = last != streams->event, status = status_due(streams);
    if (!events && !status)
        return;
    streams->event = last;
    struct stream *at;
    LIST_FOREACH(at, &streams->all, link)
    {
        if (events || at->status)
            wake(at);
    }
}

void streams_end(struct streams *streams)
{
    struct stream *at;
    streams->ending = true;
    streams->revision = registry_revision(streams->live->context->registry);
    LIST_FOREACH(at, &streams->all, link)
    {
        wake(at);
    }
}

void streams_abandon(struct streams *streams)
{
    struct stream *at;
    LIST_FOREACH(at, &streams->all, link)
    {
        stream_over(at);
    }
}

static void closed(uv_handle_t *handle)
{
    struct streams *streams = handle->data;
    if (--streams->open_handles)
        return;
    messages_free(streams->messages);
    free(streams);
}

void streams_close(struct streams *streams)
{
    uv_close((uv_handle_t *)&streams->life, closed);
    uv_close((uv_handle_t *)&streams->pause, closed);
}
