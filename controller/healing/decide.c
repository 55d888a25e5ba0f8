/* SPDX-License-Identifier: MIT */
/* decide.c: is there something to heal, and does a row of the ladder hold it back? */
#include "controller/healing/ladder.h"

#include <stdio.h>
#include <string.h>

/* Only what ended by itself, or by a restart of ours that did not come to its end, is brought up again. */
static const char *trigger_of_stop(enum intent intent, int exit_code)
{
    switch (intent) {
    case INTENT_CRASH:
    case INTENT_FINISHED:
        return exit_code ? "crashed" : "exited";
    case INTENT_OOM:
        return "oom";
    case INTENT_OURS:
        return "unfinished"; /* we stopped it, and it must come up again */
    case INTENT_NONE:
    case INTENT_MANUAL:
    case INTENT_DEPLOY:
    case INTENT_ENGINE_SHUTDOWN:
    case INTENT_FIRST_SEEN:
    case INTENT_UNKNOWN:
    case INTENT_COUNT:
        break;
    }
    return NULL;
}

const char *decide_trigger(const struct facts *facts)
{
    const struct observed *observed = facts->instance->observed;
    switch (observed->state) {
    case CONTAINER_RUNNING:
        if (observed->network_owner_gone)
            return "needs-recreate";
        if (facts->restarted_dependency)
            return "dependency-restarted";
        /* On its way back: whoever answers again is not restarted for what was. */
        if (facts->instance->health.latest_passed || (facts->checked != STATUS_UNHEALTHY && !facts->excused))
            return NULL;
        return "unhealthy";
    case CONTAINER_EXITED:
    case CONTAINER_DEAD:
        return trigger_of_stop(facts->healing->intent, observed->exit_code);
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

bool decide_follows(const struct facts *facts)
{
    return facts->instance->observed->state == CONTAINER_RUNNING &&
           (facts->instance->observed->network_owner_gone || facts->restarted_dependency);
}

bool decide_is_trial(const struct facts *facts)
{
    return facts->healing->failed_since != 0 && !decide_follows(facts);
}

/* Well by its checks, and yet it serves nobody: without a word of that "healthy" would be a riddle. */
static bool is_taken_out(const struct facts *facts)
{
    const struct breaker_view *breaker = &facts->instance->breaker;
    return breaker->tripped && breaker->state != BREAKER_CLOSED &&
           facts->instance->observed->state == CONTAINER_RUNNING &&
           (facts->checked == STATUS_HEALTHY || facts->checked == STATUS_DEGRADED);
}

/* Well, and about to end: the same. */
static bool is_stopping(const struct facts *facts)
{
    return facts->instance->leaving == LEAVING_STOPPED &&
           facts->instance->observed->state == CONTAINER_RUNNING &&
           (facts->checked == STATUS_HEALTHY || facts->checked == STATUS_DEGRADED);
}

static void nothing_to_do(const struct facts *facts, struct decision *ret)
{
    static const char *const words[STATUS_COUNT] = {
        [STATUS_STARTING] = "Starting; judged at its first passing check or at the end of its start period.",
        [STATUS_HEALTHY] = "Healthy; nothing to do.",
        [STATUS_DEGRADED] = "Degraded but serving; watched, not restarted.",
        [STATUS_UNHEALTHY] = "Its latest check passed: left alone; healthy after enough passes in a row.",
        [STATUS_FAILED] = "Failed.",
        [STATUS_UNKNOWN] = "Nothing tells whether it is well, so nothing is done.",
        [STATUS_STOPPED] = "Stopped.",
    };
    enum status status = facts->checked;
    ret->action = ACTION_NONE;
    ret->reason = status_name[status];
    snprintf(ret->sentence, sizeof ret->sentence, "%s", words[status]);
    if (status == STATUS_UNKNOWN && facts->instance->observed->unreachable)
        snprintf(ret->sentence, sizeof ret->sentence, "Not judged: %.200s.",
                 facts->instance->observed->unreachable);
    if (is_taken_out(facts)) {
        ret->reason = "tripped";
        snprintf(ret->sentence, sizeof ret->sentence,
                 "%s, but a person opened its breaker: no answer names it until that closes.",
                 status == STATUS_HEALTHY ? "Healthy" : "Degraded");
        return;
    }
    if (is_stopping(facts)) {
        ret->reason = "stopping";
        snprintf(ret->sentence, sizeof ret->sentence,
                 "%s, but it was sent a stop signal: no answer names it any more.",
                 status == STATUS_HEALTHY ? "Healthy" : "Degraded");
        return;
    }
    struct judgement judgement = {0};
    if (facts->instance->observed->state == CONTAINER_PAUSED) {
        ladder_paused(facts, &judgement);
        ret->reason = hold_name[HOLD_PAUSED];
    } else if (facts_down(facts)) {
        ladder_manual_stop(facts, &judgement);
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
        struct judgement judgement = {0};
        ladder_rows[i](facts, &judgement);
        if (!judgement.holds)
            continue;
        ret->action = ACTION_HOLD;
        ret->reason = hold_name[i];
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
    else if (strcmp(trigger, "dependency-restarted") == 0)
        snprintf(ret->sentence, sizeof ret->sentence,
                 "Its dependency \"%.100s\" was restarted: restarting after it.",
                 facts->restarted_dependency);
    else if (strcmp(trigger, "unfinished") == 0)
        snprintf(ret->sentence, sizeof ret->sentence, "A restart of ours left it stopped: restarting again.");
    else
        snprintf(ret->sentence, sizeof ret->sentence, "It %s with code %d: restarting, %u of %u.",
                 strcmp(trigger, "oom") == 0 ? "ran out of memory" : trigger,
                 facts->instance->observed->exit_code, facts->healing->counted + 1,
                 facts->instance->spec->restart_max);
}
