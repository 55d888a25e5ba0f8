/* SPDX-License-Identifier: MIT */
/* exit.c: what an exit can be in, and when that is news. */
#include "controller/core/exit.h"

#include <stdio.h>
#include <string.h>

const char *const exit_state_name[EXIT_STATE_COUNT] = {
    [EXIT_WAITING] = "waiting",
    [EXIT_FINE] = "fine",
    [EXIT_FAILING] = "failing",
};

bool exit_report_stand(struct exit_report *report, char *own, size_t size, enum exit_state state,
                       const char *sentence, int64_t now_wall_ms)
{
    if (report->state == state && strncmp(own, sentence, size - 1) == 0) /* one that is cut is no news */
        return false;
    if (report->state != state)
        report->since_wall_ms = now_wall_ms;
    report->state = state;
    snprintf(own, size, "%s", sentence);
    return true;
}
