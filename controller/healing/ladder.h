/* ladder.h: the rows of the ladder, one function a hold (CONTRACT section 5). Pure. Each says whether it
 * holds, by which facts, and what ends it; a row is asked whether or not there is anything to heal (for
 * explain). */
#ifndef QUAYWATCH_CONTROLLER_HEALING_LADDER_H
#define QUAYWATCH_CONTROLLER_HEALING_LADDER_H

#include "controller/healing/decide.h"

/* What a row says: a timed hold also names its end. */
struct judgement {
    bool holds;
    int64_t ends_wall_ms; /* 0: not timed */
    char sentence[224];
};

/* The rows in order of enum hold. */
typedef void ladder_judge(const struct facts *facts, struct judgement *ret);
extern ladder_judge *const ladder_rows[HOLD_COUNT];

/* Writes the verdict of a row. */
void ladder_say(struct judgement *ret, bool holds, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Whether the container does not run and nobody is bringing it up. */
bool facts_down(const struct facts *facts);

/* ---- somebody's will: ladder_will.c ---- */
ladder_judge ladder_engine_down, ladder_policy, ladder_dry_run, ladder_manual_stop, ladder_orchestrated,
    ladder_paused, ladder_engine_restarting, ladder_deploying, ladder_maintenance;

/* ---- doubt: ladder_doubt.c ---- */
ladder_judge ladder_check_wrong, ladder_start_period, ladder_dependency, ladder_unreachable;

/* ---- pace: ladder_pace.c ---- */
ladder_judge ladder_capacity, ladder_settling, ladder_storm, ladder_backoff, ladder_budget;

#endif
