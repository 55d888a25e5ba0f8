/* join_internal.h: what join.c (containers and what they need) and join_step.c (what to do about it) share.
 */
#ifndef QUAYWATCH_CONTROLLER_JOIN_INTERNAL_H
#define QUAYWATCH_CONTROLLER_JOIN_INTERNAL_H

#include <uthash.h>

#include "controller/watch/join.h"

struct net {
    UT_hash_handle hh;
    char *id, *name;
    unsigned members; /* containers on it */
    unsigned needed;  /* those that need quaywatch there */
    bool on, ours;    /* quaywatch is on it; and put itself there */
    bool told;        /* `on`, as the containers on it were told last */
    bool fit;         /* looked at, and good */
    bool unfit;       /* of no use until not_before_ms; 0: until join_retry */
    bool busy;        /* a step is under way: */
    enum join_action action;
    int64_t not_before_ms;
    unsigned failures;
};

struct member {
    UT_hash_handle hh;
    char *id, *owner, *preferred;
    struct net **nets;
    size_t net_count;
    bool running, wants;
    int64_t stopping_until_ms; /* 0: nobody has asked it to */
    struct net *via;           /* quaywatch is needed on this one for it, or NULL */
};

struct join {
    struct net *nets;
    struct member *members;
    unsigned owned;           /* members whose network is another container's */
    unsigned busy;            /* steps under way */
    int64_t stopping_next_ms; /* when the first of those asked to stop counts again; 0: none */
    int64_t due_ms;           /* when something that waits for its time may be done; 0: nothing waits */
    bool dirty;               /* something has changed since join_next found nothing to do */
    bool leave;               /* as join_next was last told */
    bool enabled, closed, full;
};

/* Chooses anew by which network a member is reached. */
void member_choose(struct join *join, struct member *member);

/* The same for all that are to be reached by net; NULL: for all. */
void members_choose(struct join *join, const struct net *net);

/* Forgets a network that nobody is on, nor was when that was last told. */
void net_tidy(struct join *join, struct net *net);

/* The network of that id, or NULL. */
struct net *net_find(const struct join *join, const char *id);

#endif
