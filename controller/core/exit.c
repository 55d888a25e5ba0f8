/* SPDX-License-Identifier: MIT */
/* exit.c: the names of what an exit can be in. */
#include "controller/core/exit.h"

const char *const exit_state_name[EXIT_STATE_COUNT] = {
    [EXIT_WAITING] = "waiting",
    [EXIT_FINE] = "fine",
    [EXIT_FAILING] = "failing",
};
