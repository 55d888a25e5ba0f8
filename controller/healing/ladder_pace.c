/* SPDX-License-Identifier: MIT */
/* ladder_pace.c: the holds that pace: sick and worth a restart, but not now. */
#include "controller/healing/ladder.h"

/* One instance of a replicated service at a time: the next waits until the one before is judged. */
void ladder_capacity(const struct facts *facts, struct judgement *ret)
{
    const struct instance *instance = facts->instance;
    const struct instance *busy = facts->sibling_restarting;
    for (const struct instance *at = instance->service->first; at && !busy; at = at->next)
        if (at != instance && at->health.status == STATUS_STARTING)
            busy = at;
    if (busy)
        ladder_say(
            ret, true, "%.80s of the same service is %s; one at a time, this one follows when it is judged.",
            busy->observed->container, busy == facts->sibling_restarting ? "being restarted" : "starting");
    else
        ladder_say(ret, false, "No other instance of this service is being restarted.");
}

void ladder_settling(const struct facts *facts, struct judgement *ret)
{
    if (facts->settle_ends_mono > facts->now.mono_ms) {
        ladder_say(ret, true, "The controller or the engine started a moment ago; things settle first.");
        ret->ends_wall_ms = facts->now.wall_ms + facts->settle_ends_mono - facts->now.mono_ms;
    } else {
        ladder_say(ret, false, "Controller and engine have settled.");
    }
}

void ladder_storm(const struct facts *facts, struct judgement *ret)
{
    if (facts->in_flight >= 2)
        ladder_say(ret, true, "2 restarts are under way already; this one waits for them.");
    else if (facts->recent_restarts >= 3 && (size_t)facts->recent_restarts * 4 > facts->services)
        ladder_say(ret, true, "%u of %zu services were restarted within a minute; the rest waits.",
                   facts->recent_restarts, facts->services);
    else
        ladder_say(ret, false, "%u restarts under way.", facts->in_flight);
}

void ladder_backoff(const struct facts *facts, struct judgement *ret)
{
    int64_t end = healing_backoff_end(facts->healing, facts->instance->spec);
    if (end > facts->now.wall_ms && !facts->healing->failed_since) {
        ladder_say(ret, true, "Restarted %u times lately; the next restart waits for its backoff to end.",
                   facts->healing->backoff_step);
        ret->ends_wall_ms = end;
    } else {
        ladder_say(ret, false, end ? "The backoff is over." : "No restart lately.");
    }
}

void ladder_budget(const struct facts *facts, struct judgement *ret)
{
    const struct healing *healing = facts->healing;
    const struct spec *spec = facts->instance->spec;
    if (!healing_budget_used(healing, spec)) {
        ladder_say(ret, false, "%u of %u restarts used since it was last healthy.", healing->counted,
                   spec->restart_max);
    } else if (healing->failed_since && healing->next_trial_at <= facts->now.wall_ms) {
        ladder_say(ret, false, "All %u restarts are used, but a trial restart is due.", spec->restart_max);
    } else {
        ladder_say(ret, true,
                   "Failed: all %u restarts are used and it is still sick; a trial restart follows.",
                   spec->restart_max);
        ret->ends_wall_ms = healing->next_trial_at;
    }
}
