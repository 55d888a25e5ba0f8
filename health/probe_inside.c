/* SPDX-License-Identifier: MIT */
/* probe_inside.c: the checks inside a container: this room knows none, so whoever does is handed in. */
#include <assert.h>
#include <stdlib.h>

#include "health/probe_kind.h"

/* What is under way, and who makes it. */
struct inside {
    struct probe_runner runner;
    struct probe_run *run;
};

static void on_done(void *user, struct outcome *outcome)
{
    struct probe *probe = user;
    probe_judge_pace(probe->spec, outcome);
    free(probe->running);
    probe_finish(probe, outcome);
}

static void inside_start(struct probe *probe, const struct probe_tools *tools)
{
    struct inside *inside = mem_new(sizeof *inside);
    assert(tools->runner);
    probe->running = inside;
    inside->runner = *tools->runner;
    inside->run = inside->runner.start(inside->runner.user, probe->spec, on_done, probe);
}

static void inside_cancel(struct probe *probe)
{
    struct inside *inside = probe->running;
    inside->runner.cancel(inside->runner.user, inside->run);
    free(inside);
}

const struct probe_kind probe_inside = {inside_start, inside_cancel};
