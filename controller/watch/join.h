/* join.h: which networks quaywatch should put itself on, so that checks reach what it watches, and which it
 * should leave again (CONTRACT section 4, JOIN_NETWORKS). Pure: it is told what is, and says what to do next.
 *
 * A network is wanted while a running container that is to be checked can be reached by no other. It is left
 * as soon as the last of those stops, is asked to stop, or leaves: whoever then removes the network must not
 * find quaywatch on it. Networks that somebody else put quaywatch on are neither joined nor ever left. */
#ifndef QUAYWATCH_CONTROLLER_JOIN_H
#define QUAYWATCH_CONTROLLER_JOIN_H

#include "docker/container.h"
#include "docker/network.h"

struct join;

/* The alias that marks an endpoint as made by quaywatch, so that it is known again after a restart. */
#define JOIN_ALIAS "quaywatch-joined"

/* A container, for as long as the call. */
struct join_member {
    const char *id;
    const char *owner;     /* the container whose network it shares, or NULL */
    const char *preferred; /* name of the network to join for it, or NULL */
    bool running;
    bool wants; /* it is to be checked over the network, and its networks may be joined */
    const struct container_network *networks; /* its own, or its owner's */
    size_t network_count;
};

enum join_action {
    JOIN_LOOK,  /* inspect the network, then join_looked */
    JOIN_ENTER, /* connect, then join_done */
    JOIN_LEAVE, /* disconnect, then join_done */
};

struct join_step {
    enum join_action action;
    const char *id, *name; /* of the network; valid until the next call */
};

enum join_end {
    JOIN_WORKED,
    JOIN_GONE,    /* there is no such network any more */
    JOIN_REFUSED, /* the engine does not let us: others are tried, this one again much later */
    JOIN_FAILED,  /* tried again soon */
};

/* All empty. */
struct join *join_new(void);

/* Frees it. NULL is fine. */
void join_free(struct join *join);

/* A container as it is now. */
void join_member_set(struct join *join, const struct join_member *given);

/* It is gone, and it does not run any more. Unknown ids are fine here and below. */
void join_member_gone(struct join *join, const char *id);
void join_member_down(struct join *join, const char *id);

/* Somebody wants it to stop: it needs no network, unless it still runs at until_ms (monotonic, as all times
 * here). */
void join_member_stopping(struct join *join, const char *id, int64_t until_ms);

/* A container, perhaps the owner of others' network, has left the network of that name. */
void join_member_left(struct join *join, const char *id, const char *network);

/* The networks that quaywatch is on, by the latest inspect of its container; changed is called with the id of
 * each container that may have become reachable by this, or unreachable. Whether they differ from before. */
bool join_self_set(struct join *join, const struct container_network *networks, size_t count,
                   void (*changed)(void *user, const char *container_id), void *user);

/* Whether quaywatch may be put on networks at all; false is the start. */
void join_enable(struct join *join, bool enabled);

/* Nothing is wanted any more, for good: all that was joined is left. */
void join_close(struct join *join);

/* What to do next, at most LIMIT_JOINS_IN_FLIGHT at a time; false: nothing now. Every step must be answered.
 * leave: networks may be left: all containers are known. */
bool join_next(struct join *join, int64_t now_ms, bool leave, struct join_step *ret);

/* The answer to JOIN_LOOK: facts NULL when there are none (end says why). */
void join_looked(struct join *join, const char *id, const struct network_facts *facts, enum join_end end,
                 int64_t now_ms);

/* The answer to JOIN_ENTER and JOIN_LEAVE. */
void join_done(struct join *join, const char *id, enum join_action action, enum join_end end, int64_t now_ms);

/* Forgets that networks were refused or unfit: the engine is another, or settings are. */
void join_retry(struct join *join);

/* When join_next may have something to do that it had not before; 0: nothing waits for a time. */
int64_t join_due(const struct join *join);

/* Steps not answered yet, and networks that quaywatch has put itself on. */
unsigned join_busy(const struct join *join);
unsigned join_count(const struct join *join);

/* Whether LIMIT_JOINED_NETWORKS keeps quaywatch from a network it should join. */
bool join_full(const struct join *join);

#endif
