/* SPDX-License-Identifier: MIT */
/* parts.c: what the controller is made of besides loop, engine and sockets, and a turn of all of it: the same
 * whether a loop drives it or a simulated clock. */
#include "controller/controller_internal.h"

#include "controller/chronicle.h"
#include "controller/alerts.h"
#include "controller/core/due.h"
#include "controller/deploying.h"
#include "controller/exits.h"
#include "controller/external.h"
#include "controller/heal.h"
#include "controller/gone.h"
#include "controller/second.h"
#include "controller/usage.h"

enum { CLOCK_JUMP_MS = 2000 };

void parts_open(struct controller *controller, registry_render *render)
{
    TAILQ_INIT(&controller->marked);
    controller->registry = registry_new(render);
    registry_thrifty(controller->registry);
    controller->memory = memory_new();
    controller->reach = reach_new(controller);
    controller->journal = journal_new();
    alerts_new(controller);
    alerts_configure(controller, controller->options, NULL); /* what is wrong with it, controller_open says */
    controller->deployments = deployments_new();
    controller->externals = externals_new(controller);
    deploying_configure(controller);
    controller->gone = gone_new(controller);
    controller->exits = exits_new(controller);
    controller->settle_ends_mono_ms = controller->now.mono_ms + controller->options->settle_ms;
}

void parts_close(struct controller *controller)
{
    heal_free(controller);
    candidates_free(controller);
    reach_free(controller->reach);
    externals_free(controller->externals);
    records_free(controller);
    registry_free(controller->registry);
    memory_free(controller->memory);
    alerts_free(controller);
    journal_free(controller->journal);
    deployments_free(controller->deployments);
    second_free(controller);
    gone_free(controller->gone);
    exits_free(controller->exits);
    overrides_free(controller->overrides);
    network_place_free(&controller->place);
    stats_free(&controller->stats);
}

int64_t parts_due(const struct controller *controller)
{
    const int64_t times[] = {records_due(controller),      heal_due(controller),
                             reach_due(controller->reach), survey_due(controller),
                             usage_due(controller->usage), gone_due(controller->gone),
                             alerts_due(controller),       externals_due(controller->externals),
                             exits_due(controller->exits), state_lock_due(controller)};
    int64_t first = 0;
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++)
        first = due_earlier(first, times[i]);
    return first;
}

/* Somebody set the machine's clock: what waits for a time of day is to be thought over. */
static void note_clock(struct controller *controller)
{
    int64_t offset_ms = controller->now.wall_ms - controller->now.mono_ms;
    int64_t jump_ms = controller->clock_offset_ms ? offset_ms - controller->clock_offset_ms : 0;
    controller->clock_offset_ms = offset_ms;
    if (jump_ms > -CLOCK_JUMP_MS && jump_ms < CLOCK_JUMP_MS)
        return;
    memory_clock_moved(controller->memory, jump_ms, controller->now.wall_ms);
    chronicle_clock(controller, jump_ms);
    controller->all_dirty = controller->state_dirty = true;
    tell(controller, SEVERITY_WARNING, "clock", NULL, "The machine's clock was set %s by %lld s",
         jump_ms < 0 ? "back" : "forward", (long long)((jump_ms < 0 ? -jump_ms : jump_ms) / 1000));
}

bool parts_turn(struct controller *controller)
{
    struct moment now = clock_now();
    int64_t due = parts_due(controller);
    if (!controller->dirty && !controller->all_dirty && (!due || due > now.mono_ms))
        return false;
    controller->now = now;
    controller->dirty = false;
    note_clock(controller);
    state_lock_settle(controller);
    watch_settle(controller->watch);
    externals_settle(controller->externals);
    judge_settle(controller);
    heal_settle(controller);
    reach_settle(controller->reach);
    usage_settle(controller->usage);
    gone_settle(controller->gone);
    exits_settle(controller->exits);
    alerts_settle(controller);
    return true;
}
