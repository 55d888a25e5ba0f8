/* watch_internal.h: the watch's own structure, shared by watch.c (events and life), watch_inspect.c (the
 * queue of inspects), watch_list.c (listings and what they correct) and watch_stranger.c (what nobody wants).
 */
#ifndef QUAYWATCH_CONTROLLER_WATCH_INTERNAL_H
#define QUAYWATCH_CONTROLLER_WATCH_INTERNAL_H

#include <sys/queue.h>
#include <uthash.h>
#include <uv.h>

#include "controller/watch/watch.h"

/* What is kept of every container of the engine, wanted or not. */
struct known {
    UT_hash_handle hh;
    char *id;
    char *name;      /* of one that is not wanted, else NULL: */
    const char *why; /* it is not; static text */
    struct known *next_queued;
    uint64_t hash;        /* of the latest list element; 0: an event came since */
    uint64_t touched;     /* number of the latest event that concerned it */
    uint64_t digest;      /* of what was handed over last; 0: nothing yet */
    uint64_t asked_touch; /* `touched` when the inspect under way began */
    uint64_t listed;      /* number of the latest listing that had it */
    int64_t look_at_ms;   /* inspect not before; 0: no delay */
    enum container_state state;
    bool wanted, queued, asking, again; /* waiting; an inspect is under way; and must be repeated */
    bool matters;                       /* not wanted, but its end is to be told */
    bool suspect;                       /* the list differs from what events told: see watch_list.c */
    bool suspect_gone;
    bool suspect_asked; /* the inspect under way tells whether something was missed */
    char *owner;        /* id of the container whose network it shares, or NULL: then also */
    LIST_ENTRY(known) sharer_link;
};

LIST_HEAD(known_list, known);

struct watch {
    struct watch_callbacks callbacks;
    struct engine *engine;
    struct known *known;
    struct known *queue, **queue_end;
    struct pending_owner *pending;
    struct known_list sharers; /* those that have an owner: few */
    uv_timer_t look_timer, resync_timer;
    unsigned handles_open;
    unsigned asking;         /* inspects in flight */
    uint64_t events;         /* number of the latest event */
    uint64_t listing;        /* number of the latest listing */
    uint64_t listing_events; /* `events` when it began */
    uint64_t differences;
    int64_t resync_ms;
    uv_loop_t *loop;
    unsigned lost_count; /* sentences since the engine was last live */
    bool live, list_wanted, list_running, list_is_first, sync_pending, synced, had_suspects;
};

/* A container whose network namespace is another's is handed over together with its owner. */
struct pending_owner {
    struct watch *watch;
    struct container *container;
    struct pending_owner *next;
};

/* Monotonic ms of this turn. */
int64_t watch_now(const struct watch *watch);

/* The record of a container id: NULL when there is none; known_get makes it. */
struct known *known_find(const struct watch *watch, const char *id);
struct known *known_get(struct watch *watch, const char *id);

/* Asks whether it is wanted; remembers name and reason of one that is not. */
bool known_is_wanted(struct watch *watch, struct known *known, const struct pairs *labels, const char *name);

/* An event of one that is not wanted: its state, and whoever it matters to is shown it. */
void stranger_event(struct watch *watch, struct known *known, const struct engine_event *event);
/* Shows the owner a container that is not wanted. */
void known_other(struct watch *watch, struct known *known, const struct watch_other *other);

/* Forgets a container; a wanted one is reported gone. */
void known_drop(struct watch *watch, struct known *known);

/* Frees a record that is in no queue and no map any more. */
void known_free(struct known *known);

/* The container shares the network of owner (an id, or NULL for nobody's). */
void known_set_owner(struct watch *watch, struct known *known, const char *owner);

/* Something happened to the container id: those that share its network have another address, or none. */
void sharers_look(struct watch *watch, const char *id);

/* Asks for an inspect, not before look_at_ms (0: at once). An earlier wish is kept. */
void queue_add(struct watch *watch, struct known *known, int64_t look_at_ms);

/* Takes it out of the queue, if it is there. */
void queue_remove(struct watch *watch, struct known *known);

/* Starts what waits and is due, within LIMIT_INSPECTS_IN_FLIGHT. */
void watch_start_inspects(struct watch *watch);

/* Reports the listing as taken in once all its inspects are answered. */
void watch_finish_sync(struct watch *watch);

/* Starts a listing when one is wanted. */
void watch_start_list(struct watch *watch);

/* A timer that only wakes the owner. */
void watch_on_timer(uv_timer_t *timer);

#endif
