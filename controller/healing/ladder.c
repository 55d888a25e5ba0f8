/* SPDX-License-Identifier: MIT */
/* ladder.c: the table of rows, in the order in which they are asked. */
#include "controller/healing/ladder.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

ladder_judge *const ladder_rows[HOLD_COUNT] = {
    [HOLD_ENGINE_DOWN] = ladder_engine_down,
    [HOLD_POLICY] = ladder_policy,
    [HOLD_DRY_RUN] = ladder_dry_run,
    [HOLD_MANUAL_STOP] = ladder_manual_stop,
    [HOLD_ORCHESTRATED] = ladder_orchestrated,
    [HOLD_PAUSED] = ladder_paused,
    [HOLD_ENGINE_RESTARTING] = ladder_engine_restarting,
    [HOLD_DEPLOYING] = ladder_deploying,
    [HOLD_MAINTENANCE] = ladder_maintenance,
    [HOLD_CHECK_WRONG] = ladder_check_wrong,
    [HOLD_CAPACITY] = ladder_capacity,
    [HOLD_START_PERIOD] = ladder_start_period,
    [HOLD_DEPENDENCY] = ladder_dependency,
    [HOLD_UNREACHABLE] = ladder_unreachable,
    [HOLD_SETTLING] = ladder_settling,
    [HOLD_STORM] = ladder_storm,
    [HOLD_BACKOFF] = ladder_backoff,
    [HOLD_BUDGET] = ladder_budget,
};

void ladder_say(struct judgement *ret, bool holds, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    ret->holds = holds;
    vsnprintf(ret->sentence, sizeof ret->sentence, format, arguments);
    va_end(arguments);
}

bool facts_down(const struct facts *facts)
{
    enum container_state state = facts->instance->observed->state;
    return state == CONTAINER_EXITED || state == CONTAINER_DEAD || state == CONTAINER_CREATED;
}

void decide_ladder(const struct facts *facts, struct ladder_row row[static HOLD_COUNT])
{
    for (size_t i = 0; i < HOLD_COUNT; i++) {
        struct judgement judgement = {0};
        ladder_rows[i](facts, &judgement);
        row[i] = (struct ladder_row){.hold = (enum hold)i,
                                     .holds = judgement.holds,
                                     .ends_wall_ms = judgement.holds ? judgement.ends_wall_ms : 0};
        memcpy(row[i].sentence, judgement.sentence, sizeof row[i].sentence);
    }
}
