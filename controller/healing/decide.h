/* decide.h: should this instance be restarted now, and if not, why not? Pure: one table row a hold, facts in,
 * decision out. CONTRACT section 5. */
#ifndef QUAYWATCH_CONTROLLER_DECIDE_H
#define QUAYWATCH_CONTROLLER_DECIDE_H

#include "controller/healing/healing.h"

/* A hold that only more than this instance can show: judged elsewhere, told here. */
struct told {
    bool holds;
    int64_t ends_wall_ms; /* 0: not timed */
    char sentence[200];   /* also when it does not hold */
};

/* Everything a decision depends on. */
struct facts {
    const struct instance
        *instance; /* its health.status is what the checks say (before failed is put over it) */
    const struct healing *healing;
    enum status checked; /* that status */
    struct moment now;

    bool engine_connected;
    bool dry_run;                 /* of the controller */
    const char *observe_only;     /* why nothing may be done at all, or NULL */
    int64_t observe_ends_wall_ms; /* then one restart is tried again */
    const char *out_of_scope;     /* why this container is not ours to heal, or NULL */
    int64_t settle_ends_mono;     /* the controller or the engine started a moment ago; 0: not */
    bool check_passed;            /* this check has passed for this key before */
    bool doubted;                 /* its latest answer is from such a time, and it has not been asked again */
    bool unreachable_many;        /* the fault may be ours, see HOLD_UNREACHABLE */
    bool excused;       /* it fails, but as most do: it is degraded, not unhealthy, for as long as that
                           is in doubt */
    unsigned in_flight; /* restarts of ours under way, this instance's not among them */
    const struct instance *sibling_restarting; /* one of the same service that is being restarted, or NULL */
    bool stop_asked;                           /* a stop signal that was not ours was sent since it started */
    bool restarting;                           /* one of them is this instance's */
    unsigned recent_restarts;                  /* services restarted within the last minute */
    int64_t recent_ends_wall_ms;               /* the first of them does not count any more */
    const char *restart_trouble;               /* why the latest restart did not work; "" or NULL: it did */
    size_t services;
    int64_t maintenance_until_wall_ms; /* 0: none */
    struct told deploying, dependency;
    const char *restarted_dependency; /* one that began anew, after which this instance is to be restarted, or
                                         NULL */
    int64_t restarted_at;             /* when that was, on the engine's clock */
};

/* Why an instance should be healed, NULL when there is nothing to heal: "unhealthy" (also if it is excused
 * from being shown so: the row unreachable then holds it back), "crashed", "oom", "exited", "unfinished"
 * (stopped by a restart of ours that did not come to its end), "dependency-restarted" (it is to follow a
 * dependency that began anew, well or not), "needs-recreate" (the owner of its network is gone: the row
 * dependency holds that back for good). */
const char *decide_trigger(const struct facts *facts);

/* Whether the trigger is one that no check of the instance itself gave. */
bool decide_follows(const struct facts *facts);

/* The decision: none, act, or hold with the first row that holds. */
void decide(const struct facts *facts, struct decision *ret);

/* All rows in order, for explain. */
void decide_ladder(const struct facts *facts, struct ladder_row row[static HOLD_COUNT]);

/* Whether acting now would be a trial restart of a failed instance. */
bool decide_is_trial(const struct facts *facts);

#endif
