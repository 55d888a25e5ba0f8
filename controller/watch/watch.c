/* SPDX-License-Identifier: MIT */
/* watch.c: the engine's events and the watch's life. */
#include "controller/watch/watch_internal.h"

#include <stdlib.h>
#include <string.h>

#include "controller/core/error.h"

enum { DIED_LOOK_MS = 500 }; /* after `die`: late enough that inspect does not block, see watch.h */

int64_t watch_now(const struct watch *watch)
{
    return (int64_t)uv_now(watch->loop);
}

struct known *known_find(const struct watch *watch, const char *id)
{
    struct known *known;
    HASH_FIND_STR(watch->known, id, known);
    return known;
}

struct known *known_get(struct watch *watch, const char *id)
{
    struct known *known = known_find(watch, id);
    if (known)
        return known;
    known = mem_new(sizeof *known);
    known->id = mem_copy(id);
    known->state = CONTAINER_STATE_UNKNOWN;
    HASH_ADD_KEYPTR(hh, watch->known, known->id, strlen(known->id), known);
    return known;
}

void known_drop(struct watch *watch, struct known *known)
{
    queue_remove(watch, known);
    if (known->wanted)
        watch->callbacks.gone(watch->callbacks.user, known->id);
    if (known->matters)
        watch->callbacks.other_gone(watch->callbacks.user, known->id);
    HASH_DEL(watch->known, known);
    sharers_look(watch, known->id);
    known_free(known);
}

void known_free(struct known *known)
{
    if (known->owner)
        LIST_REMOVE(known, sharer_link);
    free(known->owner);
    free(known->id);
    free(known->name);
    free(known);
}

void known_set_owner(struct watch *watch, struct known *known, const char *owner)
{
    if (known->owner)
        LIST_REMOVE(known, sharer_link);
    free(known->owner);
    known->owner = mem_copy(owner);
    if (owner)
        LIST_INSERT_HEAD(&watch->sharers, known, sharer_link);
}

void sharers_look(struct watch *watch, const char *id)
{
    struct known *known;
    LIST_FOREACH(known, &watch->sharers, sharer_link)
    if (strcmp(known->owner, id) == 0)
        queue_add(watch, known, 0);
}

/* ---- events ---- */

static void event_died(struct watch *watch, struct known *known)
{
    known->state = CONTAINER_EXITED;
    queue_add(watch, known, watch_now(watch) + DIED_LOOK_MS);
}

static void event_take(struct watch *watch, struct known *known, const struct engine_event *event)
{
    switch (event->action) {
    case EVENT_DIE:
        event_died(watch, known);
        break;
    case EVENT_PAUSE:
    case EVENT_CREATE:
    case EVENT_START:
    case EVENT_RESTART:
    case EVENT_UNPAUSE:
    case EVENT_RENAME:
    case EVENT_UPDATE:
        if (event->action == EVENT_START)
            known->state = CONTAINER_RUNNING;
        queue_add(watch, known, 0);
        break;
    case EVENT_CONNECT:
    case EVENT_DISCONNECT:
        if (known->state != CONTAINER_EXITED) /* networks of what stops and starts are in its own inspect */
            queue_add(watch, known, 0);
        break;
    case EVENT_STOP:
        if (known->state != CONTAINER_EXITED) /* between two restarts by the engine: no death follows */
            queue_add(watch, known, watch_now(watch) + DIED_LOOK_MS);
        break;
    case EVENT_KILL:
    case EVENT_OOM:
    case EVENT_HEALTH:
    case EVENT_DESTROY:
    case EVENT_OTHER:
    case EVENT_COUNT:
        break;
    }
}

static void on_event(void *user, const struct engine_event *event)
{
    struct watch *watch = user;
    struct known *known = known_find(watch, event->id);
    watch->events++;
    bool has_labels = event->action != EVENT_CONNECT && event->action != EVENT_DISCONNECT;
    if (!has_labels) {
        watch->callbacks.moved(watch->callbacks.user, event);
        watch->callbacks.wake(watch->callbacks.user);
    }
    if (!known) {
        if (event->action == EVENT_DESTROY || !has_labels)
            return;
        known = known_get(watch, event->id);
    }
    if (event->action == EVENT_START || event->action == EVENT_CONNECT || event->action == EVENT_DISCONNECT)
        sharers_look(watch, event->id);
    known->touched = watch->events;
    known->hash = 0;
    known->suspect = known->suspect_gone = known->suspect_asked = false;
    if (!known->wanted && has_labels)
        known->wanted = known_is_wanted(watch, known, &event->labels, event->name);
    if (event->action == EVENT_DESTROY) {
        if (known->wanted)
            watch->callbacks.event(watch->callbacks.user, event);
        else
            stranger_event(watch, known, event);
        known_drop(watch, known);
    } else if (known->wanted) {
        watch->callbacks.event(watch->callbacks.user, event);
        event_take(watch, known, event);
    } else {
        stranger_event(watch, known, event);
    }
    watch->callbacks.wake(watch->callbacks.user);
}

/* ---- life ---- */

static void on_live(void *user, const char *version, const char *api)
{
    struct watch *watch = user;
    bool fresh = watch->lost_count != 1; /* a cut stream that reconnects at once has one sentence */
    watch->live = true;
    watch->lost_count = 0;
    watch->list_running = false;
    watch->callbacks.live(watch->callbacks.user, version, api, fresh);
    watch_relist(watch);
}

static void on_lost(void *user, const char *sentence)
{
    struct watch *watch = user;
    watch->live = false;
    watch->lost_count++;
    watch->list_running = false;
    watch->callbacks.lost(watch->callbacks.user, sentence);
}

struct watch *watch_open(uv_loop_t *loop, const struct engine_options *options, int64_t resync_ms,
                         const struct watch_callbacks *callbacks, struct error *err)
{
    struct watch *watch = mem_new(sizeof *watch);
    watch->callbacks = *callbacks;
    watch->resync_ms = resync_ms;
    watch->loop = loop;
    watch->queue_end = &watch->queue;
    LIST_INIT(&watch->sharers);
    struct engine_callbacks engine = {
        .on_live = on_live, .on_lost = on_lost, .on_event = on_event, .user = watch};
    watch->engine = engine_open(loop, options, &engine, err);
    if (!watch->engine) {
        free(watch);
        return NULL;
    }
    uv_timer_init(loop, &watch->look_timer);
    uv_timer_init(loop, &watch->resync_timer);
    watch->look_timer.data = watch->resync_timer.data = watch;
    watch->handles_open = 2;
    return watch;
}

void watch_settle(struct watch *watch)
{
    watch_start_list(watch);
    if (watch->live)
        watch_start_inspects(watch);
}

struct engine *watch_engine(struct watch *watch)
{
    return watch->engine;
}

void watch_refresh(struct watch *watch, const char *id)
{
    struct known *known = known_find(watch, id);
    if (known)
        queue_add(watch, known, 0);
}

uint64_t watch_differences(const struct watch *watch)
{
    return watch->differences;
}

bool watch_synced(const struct watch *watch)
{
    return watch->synced;
}

static void on_closed(uv_handle_t *handle)
{
    struct watch *watch = handle->data;
    if (--watch->handles_open == 0)
        free(watch);
}

void watch_close(struct watch *watch)
{
    if (!watch)
        return;
    engine_close(watch->engine);
    struct known *known, *next;
    HASH_ITER(hh, watch->known, known, next)
    {
        HASH_DEL(watch->known, known);
        known_free(known);
    }
    for (struct pending_owner *pending = watch->pending, *after; pending; pending = after) {
        after = pending->next;
        container_free(pending->container);
        free(pending);
    }
    uv_close((uv_handle_t *)&watch->look_timer, on_closed);
    uv_close((uv_handle_t *)&watch->resync_timer, on_closed);
}
