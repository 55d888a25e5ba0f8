/* SPDX-License-Identifier: MIT */
/* watch_inspect.c: the queue of inspects, and containers handed to the owner. */
#include "controller/watch/watch_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/due.h"
#include "controller/core/error.h"
#include "controller/core/hash.h"
#include "controller/core/limits.h"

enum { OWNER_RETRY_MS = 2000 };

void queue_remove(struct watch *watch, struct known *known)
{
    if (!known->queued)
        return;
    struct known **at = &watch->queue;
    while (*at != known)
        at = &(*at)->next_queued;
    *at = known->next_queued;
    if (!known->next_queued)
        watch->queue_end = at;
    known->queued = false;
    known->next_queued = NULL;
}

void queue_add(struct watch *watch, struct known *known, int64_t look_at_ms)
{
    if (known->asking && !look_at_ms) {
        known->again = true;
        return;
    }
    if (known->queued) {
        if (look_at_ms < known->look_at_ms)
            known->look_at_ms = look_at_ms;
        return;
    }
    known->look_at_ms = look_at_ms;
    known->queued = true;
    known->next_queued = NULL;
    *watch->queue_end = known;
    watch->queue_end = &known->next_queued;
}

void watch_finish_sync(struct watch *watch)
{
    if (!watch->sync_pending || watch->list_running || watch->asking)
        return;
    for (struct known *known = watch->queue; known; known = known->next_queued)
        if (!known->look_at_ms)
            return;
    watch->sync_pending = false;
    watch->synced = true;
    watch->callbacks.synced(watch->callbacks.user);
    mem_return(); /* each container passed by in full */
}

/* What only events and listings can tell to have changed: a difference in it, found by a listing, was missed.
 */
static uint64_t container_digest(const struct container *container)
{
    uint64_t hash = hash_number(hash_text(HASH_START, container->name), (int64_t)container->state);
    hash = hash_number(hash, container->started_at_wall_ms);
    for (size_t i = 0; i < container->network_count; i++)
        hash = hash_text(hash_text(hash, container->networks[i].name), container->networks[i].address);
    return hash ? hash : 1;
}

static void hand_over(struct watch *watch, struct container *container, struct container *owner)
{
    struct known *known = known_find(watch, container->id);
    if (!known || !known->wanted) { /* destroyed meanwhile */
        container_free(container);
        container_free(owner);
        return;
    }
    uint64_t digest = container_digest(container);
    if (known->suspect_asked && digest != known->digest)
        watch->differences++;
    known->suspect_asked = false;
    known->digest = digest;
    known->state = container->state;
    watch->callbacks.container(watch->callbacks.user, container, owner);
}

static void ask_done(struct watch *watch)
{
    watch->asking--;
    watch_finish_sync(watch);
    watch->callbacks.wake(watch->callbacks.user);
}

static void on_owner(void *user, const char *id, struct container *owner, const struct error *err)
{
    struct pending_owner *pending = user;
    struct watch *watch = pending->watch;
    (void)id;
    /* A dead namespace has no owner. Any other failure says nothing about it: asked again. */
    bool gone = !owner && err && err->code == -ENOENT;
    struct known *known = known_find(watch, pending->container->id);
    pending->container->network_owner_gone = gone;
    if (!owner && !gone && known)
        queue_add(watch, known, watch_now(watch) + OWNER_RETRY_MS);
    for (struct pending_owner **at = &watch->pending; *at; at = &(*at)->next) {
        if (*at == pending) {
            *at = pending->next;
            break;
        }
    }
    hand_over(watch, pending->container, owner);
    free(pending);
    ask_done(watch);
}

static void on_inspected(void *user, const char *id, struct container *container, const struct error *err)
{
    struct watch *watch = user;
    struct known *known = known_find(watch, id);
    if (known) {
        known->asking = false;
        /* What an event changed while the engine was answering is asked again; the old answer counts no more.
         */
        bool stale = known->touched != known->asked_touch || known->again;
        known->again = false;
        if (container && stale) {
            if (!known->queued)
                queue_add(watch, known, 0);
            container_free(container);
            ask_done(watch);
            return;
        }
    }
    if (!container) {
        if (known && err && err->code == -ENOENT)
            known_drop(watch, known);
        ask_done(watch);
        return;
    }
    if (known && !known->wanted) /* a network event may come before the one with labels */
        known->wanted = known_is_wanted(watch, known, &container->labels, container->name);
    const char *mode = container->network_mode ? container->network_mode : "";
    bool shares = strncmp(mode, "container:", 10) == 0;
    if (known)
        known_set_owner(watch, known, shares ? mode + 10 : NULL);
    if (shares) {
        struct pending_owner *pending = mem_new(sizeof *pending);
        pending->watch = watch;
        pending->container = container;
        pending->next = watch->pending;
        watch->pending = pending;
        engine_inspect(watch->engine, mode + 10, on_owner, pending);
        return;
    }
    hand_over(watch, container, NULL);
    ask_done(watch);
}

void watch_on_timer(uv_timer_t *timer)
{
    struct watch *watch = timer->data;
    watch->callbacks.wake(watch->callbacks.user);
}

void watch_start_inspects(struct watch *watch)
{
    int64_t next = 0, now = watch_now(watch);
    for (struct known *known = watch->queue, *after; known; known = after) {
        after = known->next_queued;
        if (watch->asking >= LIMIT_INSPECTS_IN_FLIGHT)
            return; /* an answer wakes us */
        if (known->look_at_ms > now) {
            next = due_earlier(next, known->look_at_ms);
            continue;
        }
        queue_remove(watch, known);
        known->asking = true;
        known->asked_touch = known->touched;
        watch->asking++;
        engine_inspect(watch->engine, known->id, on_inspected, watch);
    }
    if (next)
        uv_timer_start(&watch->look_timer, watch_on_timer, (uint64_t)(next - now), 0);
}
