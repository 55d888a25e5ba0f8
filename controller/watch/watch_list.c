/* SPDX-License-Identifier: MIT */
/* watch_list.c: listings, and what they correct: a difference counts only when no event explains it a second
 * later. */
#include "controller/watch/watch_internal.h"

#include "controller/core/error.h"

enum {
    SUSPECT_MS = 10000, /* how long a busy engine may take to send the event that explains a difference */
    RELIST_RETRY_MS = 1000
};

static void on_resync_timer(uv_timer_t *timer);
static void on_suspects(uv_timer_t *timer);

static void on_element(void *user, const struct container_summary *summary)
{
    struct watch *watch = user;
    bool fresh = !known_find(watch, summary->id);
    struct known *known = known_get(watch, summary->id);
    known->listed = watch->listing;
    bool touched = known->touched > watch->listing_events;
    bool wanted = known_is_wanted(watch, known, &summary->labels, summary->name);
    if (watch->list_is_first) {
        if (known->wanted && !wanted)
            watch->callbacks.gone(watch->callbacks.user, known->id);
        known->wanted = wanted;
        known->state = summary->state;
        if (wanted)
            queue_add(watch, known, 0);
    } else if (!touched &&
               (fresh || (known->hash && known->hash != summary->hash) || known->state != summary->state)) {
        known->wanted |= wanted;
        if (known->wanted)
            known->suspect = watch->had_suspects = true;
        else
            known->state = summary->state;
    }
    known->hash = touched ? 0 : summary->hash;
    if (!known->wanted)
        known_other(watch, known,
                    &(struct watch_other){.id = summary->id,
                                          .name = summary->name,
                                          .image = summary->image ? summary->image : "",
                                          .labels = &summary->labels,
                                          .state = summary->state,
                                          .action = EVENT_COUNT,
                                          .created_at_wall_ms = summary->created_at_wall_ms,
                                          .overtaken = touched && known->matters});
}

static void list_absent(struct watch *watch)
{
    struct known *known, *next;
    HASH_ITER(hh, watch->known, known, next)
    {
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
            uv_timer_start(&watch->resync_timer, watch_on_timer, RELIST_RETRY_MS, 0);
        } else {
            uv_timer_start(&watch->resync_timer, on_resync_timer, (uint64_t)watch->resync_ms, 0);
        }
        return;
    }
    list_absent(watch);
    if (watch->had_suspects)
        uv_timer_start(&watch->resync_timer, on_suspects, SUSPECT_MS, 0);
    else
        uv_timer_start(&watch->resync_timer, on_resync_timer, (uint64_t)watch->resync_ms, 0);
    watch->sync_pending |= watch->list_is_first;
    watch->list_is_first = false;
    watch_finish_sync(watch);
    mem_return(); /* what has piled up since the latest listing, too */
    watch->callbacks.wake(watch->callbacks.user);
}

/* What no event explained within SUSPECT_MS was really missed: correct it and count it. */
static void on_suspects(uv_timer_t *timer)
{
    struct watch *watch = timer->data;
    struct known *known, *next;
    HASH_ITER(hh, watch->known, known, next)
    {
        if (known->suspect_gone) {
            watch->differences += known->wanted;
            known_drop(watch, known);
            continue;
        }
        if (known->suspect) {
            known->suspect_asked = true;
            queue_add(watch, known, 0);
        }
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

void watch_start_list(struct watch *watch)
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
