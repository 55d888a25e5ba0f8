/* watch.h: what the engine says → what is. Keeps a small record of every container, asks inspect for those
 * that matter, lists at connect and every RESYNC_INTERVAL, and corrects what events missed. DESIGN section 3.
 *
 * Measured rules behind it: aliases, health, exit code and policy are only in inspect; inspect right after
 * `die` blocks the engine for 45 ms, so a death is taken from the event and looked at later; list and event
 * stream are two connections, so a difference counts only when no event explains it within ten seconds. */
#ifndef QUAYWATCH_CONTROLLER_WATCH_H
#define QUAYWATCH_CONTROLLER_WATCH_H

#include "docker/engine.h"

struct watch;

/* A container that is not wanted, as an event or a listing shows it. The texts live during the callback only.
 */
struct watch_other {
    const char *id, *name, *image;
    const struct pairs *labels; /* an event's: with its other attributes, unsorted */
    enum container_state state;
    enum engine_action action;  /* EVENT_COUNT: a listing's */
    int64_t created_at_wall_ms; /* 0: an event does not say */
    bool overtaken;             /* a listing's, and events have shown it since: only its birth is news */
};

struct watch_callbacks {
    /* Whether a container with these labels and this name is registered; *why (static text when it is not)
     * says by what, or why not. */
    bool (*wanted)(void *user, const struct pairs *labels, const char *name, const char **why);
    /* A wanted container as it is now; taken over. owner is the one whose network it shares (`container:`),
     * taken over, or NULL. */
    void (*container)(void *user, struct container *container, struct container *owner);
    /* An event of a wanted container, as it comes: record only. */
    void (*event)(void *user, const struct engine_event *event);
    /* A container, wanted or not, was connected to a network or left one: record only. */
    void (*moved)(void *user, const struct engine_event *event);
    /* A wanted container is gone, or not wanted any more. */
    void (*gone)(void *user, const char *id);
    /* One that is not wanted; often, so it must be cheap. True: it matters for others, its end is to be told
     * by other_gone. Record only. */
    bool (*other)(void *user, const struct watch_other *other);
    void (*other_gone)(void *user, const char *id);
    /* The engine was reached; fresh: it had been away, not just the stream cut. */
    void (*live)(void *user, const char *version, const char *api, bool fresh);
    /* A listing was taken in whole: all inspects it asked for have been answered. */
    void (*synced)(void *user);
    /* The engine is away: one sentence. */
    void (*lost)(void *user, const char *sentence);
    /* Something was recorded: watch_settle should run this turn. */
    void (*wake)(void *user);
    void *user;
};

/* What is kept of a container that is not wanted. */
struct watch_stranger {
    const char *id, *name;
    enum container_state state;
    const char *why; /* what `wanted` said */
};

/* Connects (see engine_open) and keeps watching; resync_ms is the time between listings. NULL with err as
 * engine_open. */
struct watch *watch_open(uv_loop_t *loop, const struct engine_options *options, int64_t resync_ms,
                         const struct watch_callbacks *callbacks, struct error *err);

/* Once a turn: starts what was recorded (inspects, listings). */
void watch_settle(struct watch *watch);

/* The engine behind it, for calls of the owner. */
struct engine *watch_engine(struct watch *watch);

/* Forgets what it knows of a container's details and inspects it again. */
void watch_refresh(struct watch *watch, const char *id);

/* Asks `wanted` again for all containers (after a reload): lists anew. */
void watch_relist(struct watch *watch);

/* The container that is not wanted and has this id, id prefix (12 or more digits) or name; false when there
 * is none. Texts are valid until the next turn. */
bool watch_stranger(const struct watch *watch, const char *name, struct watch_stranger *ret);

/* Differences that periodic listings found and no event explained. */
uint64_t watch_differences(const struct watch *watch);

/* Whether the first listing has been taken in whole. */
bool watch_synced(const struct watch *watch);

/* Stops and frees; the loop must run once more. NULL is fine. */
void watch_close(struct watch *watch);

#endif
