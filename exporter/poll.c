/* SPDX-License-Identifier: MIT */
/* poll.c: a list of those who wait, looked at when the revision has moved, and one timer for the first whose
 * patience ends. */
#include "exporter/poll.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "controller/core/due.h"
#include "controller/core/limits.h"
#include "controller/core/mem.h"
#include "controller/core/text.h"
#include "exporter/later.h"
#include "exporter/live.h"

enum { WAIT_DEFAULT_MS = 30000, WAIT_MIN_MS = 100, WAIT_MAX_MS = 300000 };

struct poll {
    struct poll *next, **link;
    struct polls *polls;
    struct later *later;
    struct request request; /* what of it outlives its turn */
    struct poll_wish wish;
    int64_t ends_mono_ms;
};

struct polls {
    struct live *live;
    struct poll *first;
    size_t count;
    uint64_t looked; /* at this revision of the registry all were looked at */
    uv_timer_t timer;
};

struct polls *polls_open(uv_loop_t *loop, struct live *live)
{
    struct polls *polls = mem_new(sizeof *polls);
    polls->live = live;
    uv_timer_init(loop, &polls->timer);
    polls->timer.data = polls;
    return polls;
}

static void index_header(const struct request *request, struct answer *answer, uint64_t revision)
{
    char text[DOCUMENT_TAG];
    snprintf(text, sizeof text, "%s-%" PRIu64, registry_controller(request->context->registry)->start_id,
             revision);
    answer_header(answer, "X-Quaywatch-Index", text);
}

static void unlink_poll(struct poll *poll)
{
    *poll->link = poll->next;
    if (poll->next)
        poll->next->link = poll->link;
    poll->polls->count--;
}

static void poll_gone(void *user)
{
    struct poll *poll = user;
    unlink_poll(poll);
    if (poll->wish.drop)
        poll->wish.drop(poll->wish.kept);
    free(poll);
}

static void poll_end(struct poll *poll)
{
    struct answer answer = {.status = 500};
    poll->wish.fill(&poll->request, &answer);
    later_answer(poll->later, &answer);
    poll_gone(poll);
}

static void on_patience(uv_timer_t *timer);

/* Sets the timer for the first whose patience ends. */
static void arm(struct polls *polls, int64_t now_mono_ms)
{
    int64_t first = 0;
    for (const struct poll *at = polls->first; at; at = at->next)
        first = due_earlier(first, at->ends_mono_ms);
    if (!first)
        uv_timer_stop(&polls->timer);
    else
        uv_timer_start(&polls->timer, on_patience,
                       first > now_mono_ms ? (uint64_t)(first - now_mono_ms) + 1 : 0, 0);
}

static void on_patience(uv_timer_t *timer)
{
    struct polls *polls = timer->data;
    int64_t now = clock_now().mono_ms;
    for (struct poll *at = polls->first, *next; at; at = next) {
        next = at->next;
        if (at->ends_mono_ms <= now)
            poll_end(at);
    }
    arm(polls, now);
}

void polls_turn(struct polls *polls)
{
    uint64_t revision = registry_revision(polls->live->context->registry);
    if (!polls->first || revision == polls->looked)
        return;
    polls->looked = revision;
    for (struct poll *at = polls->first, *next; at; at = next) {
        next = at->next;
        if (at->wish.revision(&at->request) != at->wish.seen)
            poll_end(at);
    }
}

void polls_end(struct polls *polls)
{
    while (polls->first)
        poll_end(polls->first);
    uv_timer_stop(&polls->timer);
}

/* What the request asks for; false after a 400. *ret_wait_ms 0: not to wait. */
static bool words_parse(const struct request *request, struct answer *answer, uint64_t *ret_seen,
                        int64_t *ret_wait_ms)
{
    const char *index = request_query(request, "index"), *wait = request_query(request, "wait");
    int64_t wait_ms = index ? WAIT_DEFAULT_MS : 0;
    *ret_seen = UINT64_MAX; /* of another life of the controller: none of ours */
    if (wait && !index) {
        answer_problem(answer, 400, "wait=%s needs index=, the X-Quaywatch-Index of an earlier answer.",
                       wait);
        return false;
    }
    if (index && place_parse(request->context->registry, index, ret_seen) == PLACE_WRONG) {
        answer_problem(answer, 400,
                       "The value \"%s\" of index is not a revision, nor the X-Quaywatch-Index of an answer.",
                       index);
        return false;
    }
    if (wait && (text_duration(wait, 1, &wait_ms) || wait_ms < WAIT_MIN_MS || wait_ms > WAIT_MAX_MS)) {
        answer_problem(
            answer, 400,
            "The value \"%s\" of wait is not allowed: a duration from 100ms to 5m is, such as 30s.", wait);
        return false;
    }
    *ret_wait_ms = wait_ms;
    return true;
}

static const char *no_lookup(void *connection, const char *name)
{
    (void)connection, (void)name;
    return NULL;
}

static void no_lookup_all(void *connection, const char *name, request_value *each, void *user)
{
    (void)connection, (void)name, (void)each, (void)user;
}

static void poll_start(struct polls *polls, const struct request *request, struct answer *answer,
                       const struct poll_wish *wish)
{
    struct poll *poll = mem_new(sizeof *poll);
    poll->later = answer_later(request, answer, poll_gone, poll);
    if (!poll->later) {
        free(poll);
        if (wish->drop)
            wish->drop(wish->kept);
        return;
    }
    poll->polls = polls;
    poll->wish = *wish;
    poll->request = *request;
    poll->request.path = poll->request.body = "";
    poll->request.body_len = 0;
    poll->request.query = poll->request.header = no_lookup;
    poll->request.query_all = no_lookup_all;
    poll->request.connection = NULL;
    poll->request.visitor = NULL;
    poll->ends_mono_ms = request->now.mono_ms + wish->wait_ms;
    poll->next = polls->first;
    poll->link = &polls->first;
    if (poll->next)
        poll->next->link = &poll->next;
    polls->first = poll;
    polls->count++;
    polls->looked = registry_revision(request->context->registry);
    arm(polls, request->now.mono_ms);
}

void poll_hold(const struct request *request, struct answer *answer, const struct poll_wish *wish)
{
    struct polls *polls = request->live->polls;
    struct request asking = *request;
    asking.kept = wish->kept;
    uint64_t now = wish->revision(&asking);
    if (wish->wait_ms && now && now == wish->seen && !polls->live->ending) {
        if (polls->count < LIMIT_HTTP_POLLS) {
            poll_start(polls, &asking, answer, wish);
            return;
        }
        answer_problem(answer, 503, "%d callers wait for a change already; ask without index.",
                       LIMIT_HTTP_POLLS);
    } else {
        wish->fill(&asking, answer);
    }
    if (wish->drop)
        wish->drop(wish->kept);
}

/* ---- with our own index ---- */

struct plain {
    poll_revision *revision;
    poll_fill *fill;
};

static uint64_t plain_revision(const struct request *request)
{
    const struct plain *plain = request->kept;
    return plain->revision(request);
}

static void plain_fill(const struct request *request, struct answer *answer)
{
    const struct plain *plain = request->kept;
    uint64_t now = plain->revision(request);
    plain->fill(request, answer);
    if (now)
        index_header(request, answer, now);
}

void poll_answer(const struct request *request, struct answer *answer, poll_revision *revision,
                 poll_fill *fill)
{
    uint64_t seen = 0;
    int64_t wait_ms;
    if (!words_parse(request, answer, &seen, &wait_ms))
        return;
    struct plain *plain = mem_new(sizeof *plain);
    *plain = (struct plain){revision, fill};
    poll_hold(request, answer,
              &(struct poll_wish){.seen = seen,
                                  .wait_ms = wait_ms,
                                  .revision = plain_revision,
                                  .fill = plain_fill,
                                  .kept = plain,
                                  .drop = free});
}

static void closed(uv_handle_t *handle)
{
    free(handle->data);
}

void polls_close(struct polls *polls)
{
    uv_close((uv_handle_t *)&polls->timer, closed);
}
