/* SPDX-License-Identifier: MIT */
/* decide.c: the ladder. Each row says whether it holds, by which facts, and what ends it. */
#include "controller/decide.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "controller/core/text.h"

/* One judgement: the row's sentence and when a timed hold ends. */
struct judgement {
    bool holds;
    bool judged;
    int64_t ends_wall_ms;
    char sentence[224];
};

typedef void judge(const struct facts *facts, struct judgement *ret);

static void say(struct judgement *ret, bool holds, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void say(struct judgement *ret, bool holds, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    ret->holds = holds;
    vsnprintf(ret->sentence, sizeof ret->sentence, format, arguments);
    va_end(arguments);
}

static const struct observed *observed_of(const struct facts *facts)
{
    return facts->instance->observed;
}

static bool is_down(const struct facts *facts)
{
    enum container_state state = observed_of(facts)->state;
    return state == CONTAINER_EXITED || state == CONTAINER_DEAD || state == CONTAINER_CREATED;
}

static bool engine_restarts_itself(const char *policy)
{
    return policy && (strcmp(policy, "always") == 0 || strcmp(policy, "unless-stopped") == 0);
}

/* ---- rows ---- */

static void judge_engine_down(const struct facts *facts, struct judgement *ret)
{
    if (facts->engine_connected)
        say(ret, false, "The engine answers.");
    else
        say(ret, true, "The engine does not answer; nothing is done until it does.");
}

static void judge_policy(const struct facts *facts, struct judgement *ret)
{
    const struct spec *spec = facts->instance->spec;
    const char *policy = restart_policy_name[spec->restart];
    const char *trigger = decide_trigger(facts);
    if (facts->observe_only)
        say(ret, true, "Observing only: %s.", facts->observe_only);
    else if (spec->never_heal && !spec->orchestrated)
        say(ret, true, "Never restarted: %s.", spec->never_heal);
    else if (facts->out_of_scope)
        say(ret, true, "Not restarted: %s.", facts->out_of_scope);
    else if (spec->restart == RESTART_NO)
        say(ret, true, "Restart policy is \"no\"; the label service.restart=on-unhealthy allows restarts.");
    else if (is_down(facts) && spec->restart == RESTART_ON_UNHEALTHY && facts->healing->intent != INTENT_OURS)
        say(ret, true,
            "Restart policy is \"on-unhealthy\"; service.restart=on-failure also restarts crashes.");
    else if (trigger && strcmp(trigger, "exited") == 0 && spec->restart != RESTART_ALWAYS &&
             facts->healing->intent != INTENT_OURS)
        say(ret, true,
            "It ended with code 0 and policy is \"%s\"; only service.restart=always restarts that.", policy);
    else
        say(ret, false, "Restart policy is \"%s\".", policy);
}

static void judge_dry_run(const struct facts *facts, struct judgement *ret)
{
    if (facts->dry_run)
        say(ret, true, "Dry run (QUAYWATCH_DRY_RUN): would be restarted, is not.");
    else if (facts->instance->spec->dry_run)
        say(ret, true, "Dry run (service.dry_run): would be restarted, is not.");
    else
        say(ret, false, "Not a dry run.");
}

static void judge_manual_stop(const struct facts *facts, struct judgement *ret)
{
    const struct observed *observed = observed_of(facts);
    if (!is_down(facts)) {
        if (facts->stop_asked && !facts->restarting)
            say(ret, true, "Somebody sent it a stop signal; it is left alone until it is started anew.");
        else
            say(ret, false, "The container is %s.", container_state_name[observed->state]);
        return;
    }
    enum intent intent = facts->healing->intent;
    if (facts->restarting || intent == INTENT_OURS)
        say(ret, false, "Stopped by a restart of ours.");
    else if (observed->state == CONTAINER_CREATED)
        say(ret, true, "Created but never started; starting it is a person's decision.");
    else if (intent == INTENT_MANUAL)
        say(ret, true, "Stopped by a person or a tool; it stays stopped until somebody starts it.");
    else if (intent == INTENT_ENGINE_SHUTDOWN)
        say(ret, true, "Left stopped by an engine shutdown; it stays so until somebody starts it.");
    else if (intent == INTENT_FIRST_SEEN)
        say(ret, true, "It was already stopped when first seen; it stays so until somebody starts it.");
    else if (engine_restarts_itself(observed->engine_restart_policy))
        say(ret, true,
            "Exited although Docker's policy is \"%s\": somebody stopped it; it waits for a start.",
            observed->engine_restart_policy);
    else if (facts->instance->spec->coolify && strncmp(facts->instance->spec->key, "app:", 4) == 0 &&
             (!observed->engine_restart_policy || strcmp(observed->engine_restart_policy, "no") == 0))
        say(ret, true, "Stopped by Coolify (its policy is \"no\"); it waits for a start there.");
    else if (intent == INTENT_CRASH || intent == INTENT_FINISHED)
        say(ret, false, "It ended by itself with code %d.", observed->exit_code);
    else
        say(ret, true, "Nobody saw why it stopped; it stays so until somebody starts it.");
}

static void judge_orchestrated(const struct facts *facts, struct judgement *ret)
{
    const struct spec *spec = facts->instance->spec;
    if (spec->orchestrated)
        say(ret, true, "%s: its orchestrator heals it.",
            spec->never_heal ? spec->never_heal : "Orchestrated");
    else
        say(ret, false, "No orchestrator owns it.");
}

static void judge_paused(const struct facts *facts, struct judgement *ret)
{
    if (observed_of(facts)->state == CONTAINER_PAUSED)
        say(ret, true, "Paused; it is left alone until somebody unpauses it.");
    else
        say(ret, false, "Not paused.");
}

static void judge_engine_restarting(const struct facts *facts, struct judgement *ret)
{
    if (observed_of(facts)->state == CONTAINER_RESTARTING)
        say(ret, true,
            "Docker is restarting it by its own policy; this ends when it runs or Docker gives up.");
    else if (facts->restarting)
        say(ret, true, "A restart is under way; this ends when the engine answers.");
    else
        say(ret, false, "Nobody is restarting it.");
}

static void judge_later(const struct facts *facts, struct judgement *ret)
{
    (void)facts;
    ret->judged = false;
    say(ret, false, "Not yet judged.");
}

static void judge_check_wrong(const struct facts *facts, struct judgement *ret)
{
    const struct health_shown *health = &facts->instance->health;
    int status = health->http_status;
    bool client_error = status >= 400 && status < 500 && status != 408 && status != 429;
    bool judged_by_probe = health->check == CHECK_HTTP || health->check == CHECK_TCP;
    if (is_down(facts) || !judged_by_probe)
        say(ret, false, "The check's own answer is not the fault.");
    else if (facts->check_passed)
        say(ret, false, "This check has passed before.");
    else if (client_error)
        say(ret, true,
            "The answer is %d and this check has never passed: mend path or port, a restart cures nothing.",
            status);
    else if (health->implicit)
        say(ret, true,
            "An unasked-for check that has never passed proves nothing; add service.health.* labels.");
    else
        say(ret, false, "The answer is not a client error.");
}

/* One instance of a replicated service at a time: the next waits until the one before is judged. */
static void judge_capacity(const struct facts *facts, struct judgement *ret)
{
    const struct instance *instance = facts->instance;
    const struct instance *busy = facts->sibling_restarting;
    for (const struct instance *at = instance->service->first; at && !busy; at = at->next)
        if (at != instance && at->health.status == STATUS_STARTING)
            busy = at;
    if (busy)
        say(ret, true, "%.80s of the same service is %s; one at a time, this one follows when it is judged.",
            busy->observed->container, busy == facts->sibling_restarting ? "being restarted" : "starting");
    else
        say(ret, false, "No other instance of this service is being restarted.");
}

static void judge_start_period(const struct facts *facts, struct judgement *ret)
{
    const struct instance *instance = facts->instance;
    int64_t end = instance->observed->started_at_wall_ms + instance->spec->start_period_ms;
    if (instance->observed->state == CONTAINER_RUNNING && facts->checked == STATUS_STARTING &&
        end > facts->now.wall_ms) {
        say(ret, true, "Still inside its start period; judged when that ends.");
        ret->ends_wall_ms = end;
    } else {
        say(ret, false, "Its start period is over.");
    }
}

static void judge_unreachable(const struct facts *facts, struct judgement *ret)
{
    const struct observed *observed = observed_of(facts);
    if (observed->unreachable && facts->instance->health.check != CHECK_DOCKER && !is_down(facts))
        say(ret, true, "Cannot be reached from here (%.120s): that is no proof of sickness.",
            observed->unreachable);
    else if (facts->unreachable_many)
        say(ret, true,
            "%u of %u checked instances cannot be reached: the fault may be ours; ends when most answer.",
            facts->unreachable_count, facts->checked_count);
    else if (facts->doubted)
        say(ret, true, "Its answer is from a time when most could not be reached; ends with its next check.");
    else
        say(ret, false, "The network is not in doubt.");
}

static void judge_settling(const struct facts *facts, struct judgement *ret)
{
    if (facts->settle_ends_mono > facts->now.mono_ms) {
        say(ret, true, "The controller or the engine started a moment ago; things settle first.");
        ret->ends_wall_ms = facts->now.wall_ms + facts->settle_ends_mono - facts->now.mono_ms;
    } else {
        say(ret, false, "Controller and engine have settled.");
    }
}

static void judge_storm(const struct facts *facts, struct judgement *ret)
{
    if (facts->in_flight >= 2)
        say(ret, true, "2 restarts are under way already; this one waits for them.");
    else if (facts->recent_restarts >= 3 && (size_t)facts->recent_restarts * 4 > facts->services)
        say(ret, true, "%u of %zu services were restarted within a minute; the rest waits.",
            facts->recent_restarts, facts->services);
    else
        say(ret, false, "%u restarts under way.", facts->in_flight);
}

static void judge_backoff(const struct facts *facts, struct judgement *ret)
{
    int64_t end = healing_backoff_end(facts->healing, facts->instance->spec);
    if (end > facts->now.wall_ms && !facts->healing->failed_since) {
        say(ret, true, "Restarted %u times lately; the next restart waits for its backoff to end.",
            facts->healing->backoff_step);
        ret->ends_wall_ms = end;
    } else {
        say(ret, false, end ? "The backoff is over." : "No restart lately.");
    }
}

static void judge_budget(const struct facts *facts, struct judgement *ret)
{
    const struct healing *healing = facts->healing;
    const struct spec *spec = facts->instance->spec;
    if (!healing_budget_used(healing, spec)) {
        say(ret, false, "%u of %u restarts used since it was last healthy.", healing->counted,
            spec->restart_max);
    } else if (healing->failed_since && healing->next_trial_at <= facts->now.wall_ms) {
        say(ret, false, "All %u restarts are used, but a trial restart is due.", spec->restart_max);
    } else {
        say(ret, true, "Failed: all %u restarts are used and it is still sick; a trial restart follows.",
            spec->restart_max);
        ret->ends_wall_ms = healing->next_trial_at;
    }
}

static const struct row {
    enum hold hold;
    judge *judge;
} rows[HOLD_COUNT] = {
    {HOLD_ENGINE_DOWN, judge_engine_down},
    {HOLD_POLICY, judge_policy},
    {HOLD_DRY_RUN, judge_dry_run},
    {HOLD_MANUAL_STOP, judge_manual_stop},
    {HOLD_ORCHESTRATED, judge_orchestrated},
    {HOLD_PAUSED, judge_paused},
    {HOLD_ENGINE_RESTARTING, judge_engine_restarting},
    {HOLD_DEPLOYING, judge_later},
    {HOLD_MAINTENANCE, judge_later},
    {HOLD_CHECK_WRONG, judge_check_wrong},
    {HOLD_CAPACITY, judge_capacity},
    {HOLD_START_PERIOD, judge_start_period},
    {HOLD_DEPENDENCY, judge_later},
    {HOLD_UNREACHABLE, judge_unreachable},
    {HOLD_SETTLING, judge_settling},
    {HOLD_STORM, judge_storm},
    {HOLD_BACKOFF, judge_backoff},
    {HOLD_BUDGET, judge_budget},
};

/* ---- the decision ---- */

const char *decide_trigger(const struct facts *facts)
{
    const struct observed *observed = observed_of(facts);
    switch (observed->state) {
    case CONTAINER_RUNNING:
        return facts->checked == STATUS_UNHEALTHY ? "unhealthy" : NULL;
    case CONTAINER_EXITED:
    case CONTAINER_DEAD:
        if (facts->healing->intent != INTENT_CRASH && facts->healing->intent != INTENT_FINISHED &&
            facts->healing->intent != INTENT_OURS)
            return NULL;
        if (facts->healing->intent == INTENT_OURS)
            return "unfinished"; /* we stopped it, and it must come up again */
        if (observed->oom_killed)
            return "oom";
        return observed->exit_code ? "crashed" : "exited";
    case CONTAINER_RESTARTING:
        return "crashed";
    case CONTAINER_CREATED:
    case CONTAINER_PAUSED:
    case CONTAINER_REMOVING:
    case CONTAINER_STATE_UNKNOWN:
    case CONTAINER_STATE_COUNT:
        break;
    }
    return NULL;
}

bool decide_is_trial(const struct facts *facts)
{
    return facts->healing->failed_since != 0;
}

static void nothing_to_do(const struct facts *facts, struct decision *ret)
{
    static const char *const words[STATUS_COUNT] = {
        [STATUS_STARTING] = "Starting; judged at its first passing check or at the end of its start period.",
        [STATUS_HEALTHY] = "Healthy; nothing to do.",
        [STATUS_DEGRADED] = "Degraded but serving; watched, not restarted.",
        [STATUS_UNHEALTHY] = "Unhealthy.",
        [STATUS_FAILED] = "Failed.",
        [STATUS_UNKNOWN] = "Nothing tells whether it is well, so nothing is done.",
        [STATUS_STOPPED] = "Stopped.",
    };
    enum status status = facts->checked;
    ret->action = ACTION_NONE;
    ret->reason = status_name[status];
    snprintf(ret->sentence, sizeof ret->sentence, "%s", words[status]);
    if (status == STATUS_UNKNOWN && observed_of(facts)->unreachable)
        snprintf(ret->sentence, sizeof ret->sentence, "Not judged: %.200s.", observed_of(facts)->unreachable);
    struct judgement judgement = {.judged = true};
    if (observed_of(facts)->state == CONTAINER_PAUSED) {
        judge_paused(facts, &judgement);
        ret->reason = hold_name[HOLD_PAUSED];
    } else if (is_down(facts)) {
        judge_manual_stop(facts, &judgement);
        ret->reason = hold_name[HOLD_MANUAL_STOP];
    }
    if (judgement.holds) { /* what keeps a stopped one stopped is a hold, and is said as one */
        ret->action = ACTION_HOLD;
        memcpy(ret->sentence, judgement.sentence, sizeof ret->sentence);
    } else {
        ret->reason = status_name[status];
    }
}

void decide(const struct facts *facts, struct decision *ret)
{
    *ret = (struct decision){0};
    const char *trigger = decide_trigger(facts);
    if (!trigger) {
        nothing_to_do(facts, ret);
        return;
    }
    for (size_t i = 0; i < HOLD_COUNT; i++) {
        struct judgement judgement = {.judged = true};
        rows[i].judge(facts, &judgement);
        if (!judgement.holds)
            continue;
        ret->action = ACTION_HOLD;
        ret->reason = hold_name[rows[i].hold];
        ret->next_at_wall_ms = judgement.ends_wall_ms;
        memcpy(ret->sentence, judgement.sentence, sizeof ret->sentence);
        return;
    }
    ret->action = ACTION_ACT;
    ret->reason = trigger;
    const char *what = facts->instance->health.message;
    if (decide_is_trial(facts))
        snprintf(ret->sentence, sizeof ret->sentence, "Trial restart of a failed instance (%s).", trigger);
    else if (strcmp(trigger, "unhealthy") == 0)
        snprintf(ret->sentence, sizeof ret->sentence, "Unhealthy (%.120s): restarting, %u of %u.", what,
                 facts->healing->counted + 1, facts->instance->spec->restart_max);
    else if (strcmp(trigger, "unfinished") == 0)
        snprintf(ret->sentence, sizeof ret->sentence, "A restart of ours left it stopped: restarting again.");
    else
        snprintf(ret->sentence, sizeof ret->sentence, "It %s with code %d: restarting, %u of %u.",
                 strcmp(trigger, "oom") == 0 ? "ran out of memory" : trigger, observed_of(facts)->exit_code,
                 facts->healing->counted + 1, facts->instance->spec->restart_max);
}

void decide_ladder(const struct facts *facts, struct ladder_row row[static HOLD_COUNT])
{
    for (size_t i = 0; i < HOLD_COUNT; i++) {
        struct judgement judgement = {.judged = true};
        rows[i].judge(facts, &judgement);
        row[i].hold = rows[i].hold;
        row[i].state = !judgement.judged ? ROW_NOT_JUDGED : judgement.holds ? ROW_HOLDS : ROW_CLEAR;
        memcpy(row[i].sentence, judgement.sentence, sizeof row[i].sentence);
    }
}
