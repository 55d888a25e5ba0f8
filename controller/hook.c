/* SPDX-License-Identifier: MIT */
/* hook.c: a queue of POSTs to one URL each, oldest first, tried again while that may help. */
#include "controller/hook.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/queue.h>
#include <uv.h>

#include "controller/core/buf.h"
#include "controller/core/error.h"
#include "controller/core/json_writer.h"
#include "controller/core/mem.h"
#include "controller/core/transfer.h"
#include "controller/settings/options.h"

enum { QUEUE_MAX = 64, BODY_MAX = 16 * 1024, TIMEOUT_MS = 10000, ANSWER_MAX = 1024 };

struct delivery {
    STAILQ_ENTRY(delivery) link;
    char *url, *tag, *body;
    unsigned attempts_left;
    int64_t wait_ms, wait_max_ms;
};

STAILQ_HEAD(delivery_queue, delivery);

struct hook {
    struct delivery_queue queue; /* the first one is under way, or waits for its next attempt */
    unsigned waiting;
    struct transfer_pool *pool;
    struct transfer *transfer; /* under way, or NULL */
    uv_timer_t *timer;         /* the next attempt; its own, since it outlives the hook until it is closed */
    hook_done *done;
    void *user;
};

static void delivery_free(struct delivery *delivery)
{
    free(delivery->url);
    free(delivery->tag);
    free(delivery->body);
    free(delivery);
}

struct hook *hook_new(uv_loop_t *loop, hook_done *done, void *user)
{
    struct hook *hook = mem_new(sizeof *hook);
    STAILQ_INIT(&hook->queue);
    hook->pool = transfer_pool_new(loop, 1);
    hook->timer = mem_new(sizeof *hook->timer);
    uv_timer_init(loop, hook->timer);
    hook->timer->data = hook;
    hook->done = done;
    hook->user = user;
    return hook;
}

static void on_timer_closed(uv_handle_t *handle)
{
    free(handle);
}

void hook_free(struct hook *hook)
{
    if (!hook)
        return;
    transfer_pool_free(hook->pool);
    uv_close((uv_handle_t *)hook->timer, on_timer_closed);
    for (struct delivery *first; (first = STAILQ_FIRST(&hook->queue));) {
        STAILQ_REMOVE_HEAD(&hook->queue, link);
        delivery_free(first);
    }
    free(hook);
}

static void on_timer(uv_timer_t *timer);

static void wait_for_next(struct hook *hook, int64_t wait_ms)
{
    if (!STAILQ_EMPTY(&hook->queue))
        uv_timer_start(hook->timer, on_timer, (uint64_t)wait_ms, 0);
}

/* The first one is over; the next begins in a later turn. */
static void finish(struct hook *hook, const struct error *err)
{
    struct delivery *first = STAILQ_FIRST(&hook->queue);
    STAILQ_REMOVE_HEAD(&hook->queue, link);
    hook->waiting--;
    wait_for_next(hook, 0);
    hook->done(hook->user, first->tag, err);
    delivery_free(first);
}

/* Whether the answer, or that there is none, may be another one next time. */
static bool worth_another(const struct transfer_result *result)
{
    int status = result->http_status;
    if (result->end == TRANSFER_LOCAL)
        return false;
    return result->end != TRANSFER_DONE || status >= 500 || status == 408 || status == 429;
}

static void on_answered(void *user, const struct transfer_result *result)
{
    struct hook *hook = user;
    struct delivery *first = STAILQ_FIRST(&hook->queue);
    hook->transfer = NULL;
    bool done = result->end == TRANSFER_DONE;
    if (done && result->http_status >= 200 && result->http_status < 300) {
        finish(hook, NULL);
        return;
    }
    if (first->attempts_left && worth_another(result)) {
        int64_t wait_ms = first->wait_ms;
        first->wait_ms = wait_ms * 2 < first->wait_max_ms ? wait_ms * 2 : first->wait_max_ms;
        wait_for_next(hook, wait_ms);
        return;
    }
    struct error err = {0};
    if (done)
        error_set(&err, -EIO, "it answered %d", result->http_status);
    else
        error_set(&err, -EIO, "no answer (%s)", transfer_end_name(result->end));
    finish(hook, &err);
}

static void on_timer(uv_timer_t *timer)
{
    static const char *const headers[] = {"Content-Type: application/json", NULL};
    struct hook *hook = timer->data;
    struct delivery *first = STAILQ_FIRST(&hook->queue);
    first->attempts_left--;
    hook->transfer = transfer_start(hook->pool, &(struct transfer_request){.method = "POST",
                                                                           .url = first->url,
                                                                           .headers = headers,
                                                                           .body = first->body,
                                                                           .max_body = ANSWER_MAX,
                                                                           .total_timeout_ms = TIMEOUT_MS,
                                                                           .fresh = true,
                                                                           .resolve = true,
                                                                           .on_done = on_answered,
                                                                           .user = hook});
}

static char *body_of(const struct hook_event *event)
{
    struct json_writer writer, *w = &writer;
    struct buf out;
    buf_init(&out, BODY_MAX);
    json_start(w, &out);
    json_begin_object(w);
    json_put_string(w, "event", event->event);
    json_put_string(w, "service", event->service);
    json_put_string(w, "key", event->key);
    json_put_string(w, "container", event->container);
    json_put_string(w, "sentence", event->sentence);
    json_put_number(w, "restarts", event->restarts);
    json_put_time(w, "at", event->at_wall_ms);
    json_put_string(w, "host", event->host);
    json_end_object(w);
    return buf_take(&out, NULL);
}

int hook_send(struct hook *hook, const struct options *options, const char *tag,
              const struct hook_event *event, struct error *err)
{
    if (hook->waiting >= QUEUE_MAX)
        return error_set(err, -ENOBUFS, "%d others wait already", QUEUE_MAX);
    struct delivery *delivery = mem_new(sizeof *delivery);
    delivery->url = mem_copy(options->on_failed_webhook);
    delivery->tag = mem_copy(tag);
    delivery->body = body_of(event);
    delivery->attempts_left = options->retry_enabled ? options->retry_attempts : 1;
    delivery->wait_ms = options->retry_base_ms;
    delivery->wait_max_ms = options->retry_max_ms;
    bool idle = STAILQ_EMPTY(&hook->queue);
    STAILQ_INSERT_TAIL(&hook->queue, delivery, link);
    hook->waiting++;
    if (idle)
        wait_for_next(hook, 0);
    return 0;
}
