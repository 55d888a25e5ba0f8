/* decision.h: what is decided about an instance, and the rows of the ladder that may hold it back (CONTRACT
 * section 5), as plain data. */
#ifndef QUAYWATCH_CORE_DECISION_H
#define QUAYWATCH_CORE_DECISION_H

#include <stdbool.h>
#include <stdint.h>

/* The rows of the ladder, in order: the first that holds wins (CONTRACT section 5). */
enum hold {
    HOLD_ENGINE_DOWN,
    HOLD_POLICY,
    HOLD_DRY_RUN,
    HOLD_MANUAL_STOP,
    HOLD_ORCHESTRATED,
    HOLD_PAUSED,
    HOLD_ENGINE_RESTARTING,
    HOLD_DEPLOYING,
    HOLD_MAINTENANCE,
    HOLD_CHECK_WRONG,
    HOLD_CAPACITY,
    HOLD_START_PERIOD,
    HOLD_DEPENDENCY,
    HOLD_UNREACHABLE,
    HOLD_SETTLING,
    HOLD_STORM,
    HOLD_BACKOFF,
    HOLD_BUDGET,
    HOLD_COUNT
};
extern const char *const hold_name[HOLD_COUNT]; /* "engine-down", "policy", … */

enum action { ACTION_NONE, ACTION_ACT, ACTION_HOLD, ACTION_COUNT };
extern const char *const action_name[ACTION_COUNT];

/* What is done about one instance, and why. */
struct decision {
    enum action action;
    const char *reason; /* static text: a hold_name, or healthy, starting, stopped, unknown, unhealthy, … */
    char sentence[224]; /* one plain sentence */
    int64_t next_at_wall_ms; /* when a timed hold ends; 0: nothing timed */
};

/* The same as an instance keeps it: most sentences are short. */
struct decision_shown {
    enum action action;
    const char *reason;
    const char *sentence; /* never NULL */
    int64_t next_at_wall_ms;
};

/* What was decided about an identity at some time. */
struct past_decision {
    int64_t at_wall_ms;
    enum action action;
    const char *reason, *sentence, *container; /* never NULL */
};

/* One row of the ladder as `explain` shows it. */
struct ladder_row {
    enum hold hold;
    bool holds;
    int64_t ends_wall_ms; /* of a timed hold, else 0 */
    char sentence[224];   /* the facts used, and what ends it when it holds */
};

#endif
