/* SPDX-License-Identifier: MIT */
/* watch.c: events and listings → inspects → containers handed to the owner. */
#include "controller/watch.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>
#include <uv.h>

#include "controller/core/error.h"
#include "controller/core/limits.h"
#include "controller/core/mem.h"

enum {
    DIED_LOOK_MS = 500,  /* after `die`: late enough that inspect does not block, see watch.h */
    SUSPECT_MS = 1000,   /* how long an event may take to explain a difference */
    RELIST_RETRY_MS = 1000
};

/* What is kept of every container of the engine, wanted or not. */
struct known {
    UT_hash_handle hh;
    char *id;
    struct known *next_queued;
    uint64_t hash;         /* of the latest list element; 0: an event came since */
    uint64_t touched;      /* number of the latest event that concerned it */
    uint64_t asked_touch;  /* `touched` when the inspect under way began */
    uint64_t listed;       /* number of the latest listing that had it */
    int64_t look_at_ms;    /* inspect not before; 0: no delay */
    enum container_state state;
    bool wanted, queued, asking, again; /* waiting; an inspect is under way; and must be repeated */
    bool suspect;          /* the list differs from what events told: see SUSPECT_MS */
    bool suspect_gone;
};

struct watch {
    struct watch_callbacks callbacks;
    struct engine *engine;
    struct known *known;
    struct known *queue, **queue_end;
    struct pending_owner *pending;
    uv_timer_t look_timer, resync_timer;
    unsigned handles_open;
    unsigned asking;      /* inspects in flight */
    uint64_t events;      /* number of the latest event */
    uint64_t listing;     /* number of the latest listing */
    uint64_t listing_events; /* `events` when it began */
    uint64_t differences;
    int64_t resync_ms;
    uv_loop_t *loop;
    unsigned lost_count;  /* sentences since the engine was last live */
    bool live, list_wanted, list_running, list_is_first, sync_pending, synced, had_suspects, closed;
};

/* Monotonic ms of this turn. */
static int64_t now_of(const struct watch *watch)
{
    return (int64_t)uv_now(watch->loop);
}

static struct known *known_find(const struct watch *watch, const char *id)
{
    struct known *known;
    HASH_FIND_STR(watch->known, id, known);
    return known;
}

static struct known *known_get(struct watch *watch, const char *id)
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

static void queue_remove(struct watch *watch, struct known *known)
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

/* Asks for an inspect, not before look_at_ms (0: at once). An earlier wish is kept. */
static void queue_add(struct watch *watch, struct known *known, int64_t look_at_ms)
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

static void known_drop(struct watch *watch, struct known *known)
{
    queue_remove(watch, known);
    if (known->wanted)
        watch->callbacks.gone(watch->callbacks.user, known->id);
    HASH_DEL(watch->known, known);
    free(known->id);
    free(known);
}

/* ---- events ---- */

static void event_died(struct watch *watch, struct known *known)
{
    known->state = CONTAINER_EXITED;
    queue_add(watch, known, now_of(watch) + DIED_LOOK_MS);
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
    case EVENT_KILL:
    case EVENT_STOP:
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
    if (!known) {
        if (event->action == EVENT_DESTROY || !has_labels)
            return;
        known = known_get(watch, event->id);
    }
    known->touched = watch->events;
    known->hash = 0;
    known->suspect = known->suspect_gone = false;
    if (!known->wanted && has_labels)
        known->wanted = watch->callbacks.wanted(watch->callbacks.user, &event->labels, event->name);
    if (event->action == EVENT_DESTROY) {
        if (known->wanted)
            watch->callbacks.event(watch->callbacks.user, event);
        known_drop(watch, known);
    } else if (known->wanted) {
        watch->callbacks.event(watch->callbacks.user, event);
        event_take(watch, known, event);
    }
    watch->callbacks.wake(watch->callbacks.user);
}

/* ---- inspects ---- */

/* A container whose network namespace is another's is handed over together with its owner. */
struct pending_owner {
    struct watch *watch;
    struct container *container;
    struct pending_owner *next;
};

static void finish_sync(struct watch *watch)
{
    if (!watch->sync_pending || watch->list_running || watch->asking)
        return;
    for (struct known *known = watch->queue; known; known = known->next_queued)
        if (!known->look_at_ms)
            return;
    watch->sync_pending = false;
    watch->synced = true;
    watch->callbacks.synced(watch->callbacks.user);
}

static void hand_over(struct watch *watch, struct container *container, struct container *owner)
{
    struct known *known = known_find(watch, container->id);
    if (!known || !known->wanted) { /* destroyed meanwhile */
        container_free(container);
        container_free(owner);
        return;
    }
    known->state = container->state;
    watch->callbacks.container(watch->callbacks.user, container, owner);
}

static void ask_done(struct watch *watch)
{
    watch->asking--;
    finish_sync(watch);
    watch->callbacks.wake(watch->callbacks.user);
}

static void on_owner(void *user, const char *id, struct container *owner, const struct error *err)
{
    struct pending_owner *pending = user;
    struct watch *watch = pending->watch;
    (void)id;
    (void)err; /* A dead namespace has no owner: the container then has no address, and says so. */
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
        /* What an event changed while the engine was answering is asked again; the old answer counts no more. */
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
        known->wanted = watch->callbacks.wanted(watch->callbacks.user, &container->labels, container->name);
    const char *mode = container->network_mode ? container->network_mode : "";
    if (strncmp(mode, "container:", 10) == 0) {
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

static void on_look_timer(uv_timer_t *timer)
{
    struct watch *watch = timer->data;
    watch->callbacks.wake(watch->callbacks.user);
}

static void start_inspects(struct watch *watch)
{
    int64_t next = 0, now = now_of(watch);
    for (struct known *known = watch->queue, *after; known; known = after) {
        after = known->next_queued;
        if (watch->asking >= LIMIT_INSPECTS_IN_FLIGHT)
            return; /* an answer wakes us */
        if (known->look_at_ms > now) {
            if (!next || known->look_at_ms < next)
                next = known->look_at_ms;
            continue;
        }
        queue_remove(watch, known);
        known->asking = true;
        known->asked_touch = known->touched;
        watch->asking++;
        engine_inspect(watch->engine, known->id, on_inspected, watch);
    }
    if (next)
        uv_timer_start(&watch->look_timer, on_look_timer, (uint64_t)(next - now), 0);
}

/* ---- listings ---- */

static void on_resync_timer(uv_timer_t *timer);
static void on_suspects(uv_timer_t *timer);

static void on_element(void *user, const struct container_summary *summary)
{
    struct watch *watch = user;
    bool fresh = !known_find(watch, summary->id);
    struct known *known = known_get(watch, summary->id);
    known->listed = watch->listing;
    bool touched = known->touched > watch->listing_events;
    bool wanted = watch->callbacks.wanted(watch->callbacks.user, &summary->labels, summary->name);
    if (watch->list_is_first) {
        if (known->wanted && !wanted)
            watch->callbacks.gone(watch->callbacks.user, known->id);
        known->wanted = wanted;
        known->state = summary->state;
        if (wanted)
            queue_add(watch, known, 0);
    } else if (!touched && (fresh || (known->hash && known->hash != summary->hash) || known->state != summary->state)) {
        known->wanted |= wanted;
        if (known->wanted)
            known->suspect = watch->had_suspects = true;
        else
            known->state = summary->state;
    }
    known->hash = touched ? 0 : summary->hash;
}

static void list_absent(struct watch *watch)
{
    struct known *known, *next;
    HASH_ITER (hh, watch->known, known, next) {
        if (known->listed == watch->listing || known->touched > watch->listing_events)
            continue;
        if (watch->list_is_first)
            known_drop(watch, known);
        else
            known->suspect_gone = watch->had_suspects = true;
    }
}

static void on_listed(void *user, const struct error *err)
{
    struct watch *watch = user;
    watch->list_running = false;
    if (err) {
        if (watch->list_is_first) { /* nothing is known yet: ask again, the stream goes on */
            watch->list_wanted = true;
            uv_timer_start(&watch->resync_timer, on_look_timer, RELIST_RETRY_MS, 0);
        } else {
            uv_timer_start(&watch->resync_timer, on_resync_timer, (uint64_t)watch->resync_ms, 0);
        }
        return;
    }
    uv_timer_start(&watch->resync_timer, on_suspects, SUSPECT_MS, 0);
    list_absent(watch);
    watch->sync_pending |= watch->list_is_first;
    watch->list_is_first = false;
    finish_sync(watch);
    watch->callbacks.wake(watch->callbacks.user);
}

/* What no event explained within SUSPECT_MS was really missed: correct it and count it. */
static void on_suspects(uv_timer_t *timer)
{
    struct watch *watch = timer->data;
    struct known *known, *next;
    HASH_ITER (hh, watch->known, known, next) {
        if (known->suspect || known->suspect_gone)
            watch->differences += known->wanted;
        if (known->suspect_gone) {
            known_drop(watch, known);
            continue;
        }
        if (known->suspect)
            queue_add(watch, known, 0);
        known->suspect = false;
    }
    watch->had_suspects = false;
    uv_timer_start(&watch->resync_timer, on_resync_timer, (uint64_t)watch->resync_ms, 0);
    watch->callbacks.wake(watch->callbacks.user);
}

static void on_resync_timer(uv_timer_t *timer)
{
    struct watch *watch = timer->data;
    watch->list_wanted = watch->live;
    watch->callbacks.wake(watch->callbacks.user);
}

static void start_list(struct watch *watch)
{
    if (!watch->list_wanted || watch->list_running || !watch->live)
        return;
    watch->list_wanted = false;
    watch->listing++;
    watch->listing_events = watch->events;
    watch->list_running = true;
    if (engine_list(watch->engine, on_element, on_listed, watch) != 0)
        watch->list_running = false;
}

void watch_relist(struct watch *watch)
{
    watch->list_wanted = watch->list_is_first = true;
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
    struct engine_callbacks engine = {.on_live = on_live, .on_lost = on_lost, .on_event = on_event, .user = watch};
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
    start_list(watch);
    if (watch->live)
        start_inspects(watch);
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
    HASH_ITER (hh, watch->known, known, next) {
        HASH_DEL(watch->known, known);
        free(known->id);
        free(known);
    }
    for (struct pending_owner *pending = watch->pending, *after; pending; pending = after) {
        after = pending->next;
        container_free(pending->container);
        free(pending);
    }
    uv_close((uv_handle_t *)&watch->look_timer, on_closed);
    uv_close((uv_handle_t *)&watch->resync_timer, on_closed);
}
