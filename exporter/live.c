/* SPDX-License-Identifier: MIT */
/* live.c: the parts of live answers, and their place on the loop. */
#include "exporter/live.h"

#include <assert.h>
#include <stdlib.h>
#include <uv.h>

#include "controller/core/mem.h"
#include "exporter/consul/changes.h"
#include "exporter/http/hangup.h"
#include "exporter/laters.h"
#include "exporter/poll.h"
#include "exporter/stream.h"

/* The public part comes first, so that a pointer to it is a pointer to all. */
struct live_parts {
    struct live live;
    uv_poll_t closings; /* of hangups */
};

static void note_closing(uv_poll_t *poll, int status, int events)
{
    struct live *live = poll->data;
    (void)status, (void)events;
    hangups_look(live->hangups);
}

struct live *live_open(uv_loop_t *loop, const struct exporter_context *context, live_wake *wake, void *user,
                       struct error *err)
{
    struct live_parts *parts = mem_new(sizeof *parts);
    struct live *live = &parts->live;
    live->context = context;
    live->wake = wake;
    live->user = user;
    live->hangups = hangups_open(err);
    if (!live->hangups) {
        free(parts);
        return NULL;
    }
    live->laters = laters_new(live);
    live->polls = polls_open(loop, live);
    live->streams = streams_open(loop, live);
    live->consul = consul_changes_new();
    int rc = uv_poll_init(loop, &parts->closings, hangups_fd(live->hangups));
    assert(rc == 0);
    parts->closings.data = parts;
    uv_poll_start(&parts->closings, UV_READABLE, note_closing);
    return live;
}

void live_turn(struct live *live)
{
    polls_turn(live->polls);
    streams_turn(live->streams);
}

void live_end(struct live *live)
{
    live->ending = true;
    polls_end(live->polls);
    streams_end(live->streams);
}

void live_abandon(struct live *live)
{
    live->ending = true;
    laters_end(live->laters);
    streams_abandon(live->streams);
}

static void closed(uv_handle_t *handle)
{
    struct live_parts *parts = handle->data;
    hangups_close(parts->live.hangups);
    free(parts);
}

void live_close(struct live *live)
{
    if (!live)
        return;
    struct live_parts *parts = (struct live_parts *)live;
    polls_close(live->polls);
    streams_close(live->streams);
    laters_free(live->laters);
    consul_changes_free(live->consul);
    uv_close((uv_handle_t *)&parts->closings, closed);
}
