/* SPDX-License-Identifier: MIT */
/* ladder_pace.c: the holds that pace: sick and worth a restart, but not now. */
#include "controller/healing/ladder.h"

#include "controller/core/generation.h"

/* One instance of a replicated service at a time: the next waits until the one before is judged. */
static void capacity_one_by_one(const struct facts *facts, struct judgement *ret)
{
    const struct instance *instance = facts->instance;
    const struct instance *busy = facts->sibling_restarting;
    for (const struct instance *at = instance->service->first; at && !busy; at = at->next)
        if (at != instance && at->health.status == STATUS_STARTING && !generation_spoken_for(at, NULL))
            busy = at; /* a new generation that starts beside a healthy one takes nothing away */
    if (busy)
        ladder_say(
            ret, true, "%.80s of the same service is %s; one at a time, this one follows when it is judged.",
            busy->observed->container, busy == facts->sibling_restarting ? "being restarted" : "starting");
    else
        ladder_say(ret, false, "No other instance of this service is being restarted.");
}

/* coolify.deployment.max_unavailable: no restart may leave fewer serving than all but so many. Shares are
 * rounded down, as orchestrators do. One that serves nothing takes nothing away. */
static void capacity_of_service(const struct facts *facts, struct judgement *ret)
{
    const struct instance *instance = facts->instance;
    const struct share *share = &instance->spec->max_unavailable;
    unsigned all = 0, serving = 0;
    for (const struct instance *at = instance->service->first; at; at = at->next) {
        if (at != instance && generation_spoken_for(at, NULL))
            continue; /* two generations fill one place */
        all += at->health.status != STATUS_STOPPED;
        serving += at->serving;
    }
    unsigned allowed = share->percent ? all * share->value / 100 : share->value;
    unsigned least = all > allowed ? all - allowed : 0;
    unsigned left = serving - (serving && instance->serving);
    if (!instance->serving)
        ladder_say(ret, false, "It serves nothing now, so a restart takes nothing away: %u of %u serve.",
                   serving, all);
    else if (left < least)
        ladder_say(ret, true,
                   "A restart would leave %u of %u serving; max_unavailable=%u%s wants %u; ends when enough "
                   "others serve.",
                   left, all, share->value, share->percent ? "%" : "", least);
    else
        ladder_say(ret, false, "A restart leaves %u of %u serving, and %u are enough.", left, all, least);
}

void ladder_capacity(const struct facts *facts, struct judgement *ret)
{
    if (facts->instance->spec->max_unavailable.set)
        capacity_of_service(facts, ret);
    else
        capacity_one_by_one(facts, ret);
}

void ladder_settling(const struct facts *facts, struct judgement *ret)
{
    if (facts->settle_ends_mono > facts->now.mono_ms) {
        ladder_say(ret, true,
                   "The controller or the engine has just started; ends when things have settled.");
        ret->ends_wall_ms = facts->now.wall_ms + facts->settle_ends_mono - facts->now.mono_ms;
    } else {
        ladder_say(ret, false, "Controller and engine have settled.");
    }
}

void ladder_storm(const struct facts *facts, struct judgement *ret)
{
    if (facts->in_flight >= 2) {
        ladder_say(ret, true, "2 restarts are under way already; this one waits for them.");
    } else if (facts->recent_restarts >= 3 && (size_t)facts->recent_restarts * 4 > facts->services) {
        ladder_say(ret, true,
                   "A quarter of all services were restarted within a minute; the rest waits it out.");
        ret->ends_wall_ms = facts->recent_ends_wall_ms;
    } else {
        ladder_say(ret, false, "%u restarts under way.", facts->in_flight);
    }
}

void ladder_backoff(const struct facts *facts, struct judgement *ret)
{
    int64_t end = healing_backoff_end(facts->healing, facts->instance->spec);
    bool holds = end > facts->now.wall_ms && !facts->healing->failed_since;
    if (holds && facts->restart_trouble && facts->restart_trouble[0]) {
        ladder_say(ret, true,
                   "The latest restart did not work (%.110s); the next waits for its backoff to end.",
                   facts->restart_trouble);
        ret->ends_wall_ms = end;
    } else if (holds) {
        ladder_say(ret, true, "Restarted %u time%s lately; the next restart waits for its backoff to end.",
                   facts->healing->backoff_step, facts->healing->backoff_step == 1 ? "" : "s");
        ret->ends_wall_ms = end;
    } else {
        ladder_say(ret, false, end ? "The backoff is over." : "No restart lately.");
    }
}

void ladder_budget(const struct facts *facts, struct judgement *ret)
{
    const struct healing *healing = facts->healing;
    const struct spec *spec = facts->instance->spec;
    if (decide_follows(facts)) {
        ladder_say(ret, false, "A restart after a dependency's is not counted.");
    } else if (!healing_budget_used(healing, spec)) {
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
