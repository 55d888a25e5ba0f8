/* SPDX-License-Identifier: MIT */
/* ladder_will.c: the holds that somebody or something wills: the engine, labels and settings, a person, an
 * orchestrator. */
#include "controller/healing/ladder.h"

#include <string.h>

static bool engine_restarts_itself(const char *policy)
{
    return policy && (strcmp(policy, "always") == 0 || strcmp(policy, "unless-stopped") == 0);
}

void ladder_engine_down(const struct facts *facts, struct judgement *ret)
{
    if (facts->instance->spec->external)
        ladder_say(ret, false, "It is no container: no engine is needed.");
    else if (facts->engine_connected)
        ladder_say(ret, false, "The engine answers.");
    else
        ladder_say(ret, true, "The engine does not answer; nothing is done until it does.");
}

void ladder_policy(const struct facts *facts, struct judgement *ret)
{
    const struct spec *spec = facts->instance->spec;
    const char *policy = restart_policy_name[spec->restart];
    const char *trigger = decide_trigger(facts);
    ret->ends_wall_ms = facts->observe_only ? facts->observe_ends_wall_ms : 0;
    if (facts->observe_only)
        ladder_say(ret, true, "Observing only: %.150s%s.", facts->observe_only,
                   facts->observe_ends_wall_ms ? "; one restart is tried again at the given time" : "");
    else if (spec->never_heal && !spec->orchestrated)
        ladder_say(ret, true, "Never restarted: %s.", spec->never_heal);
    else if (facts->out_of_scope)
        ladder_say(ret, true, "Not restarted: %s.", facts->out_of_scope);
    else if (spec->restart == RESTART_NO)
        ladder_say(ret, true,
                   "Restart policy is \"no\"; the label service.restart=on-unhealthy allows restarts.");
    else if (trigger && strcmp(trigger, "exited") == 0 && spec->restart != RESTART_ALWAYS &&
             facts->healing->intent != INTENT_OURS)
        ladder_say(ret, true,
                   "It ended with code 0 and policy is \"%s\"; only service.restart=always restarts that.",
                   policy);
    else if (facts_down(facts) && spec->restart == RESTART_ON_UNHEALTHY &&
             facts->healing->intent != INTENT_OURS)
        ladder_say(ret, true,
                   "Restart policy is \"on-unhealthy\"; service.restart=on-failure also restarts crashes.");
    else
        ladder_say(ret, false, "Restart policy is \"%s\".", policy);
}

void ladder_dry_run(const struct facts *facts, struct judgement *ret)
{
    if (facts->dry_run)
        ladder_say(ret, true, "Dry run (QUAYWATCH_DRY_RUN): would be restarted, is not.");
    else if (facts->instance->spec->dry_run)
        ladder_say(ret, true, "Dry run (service.dry_run): would be restarted, is not.");
    else
        ladder_say(ret, false, "Not a dry run.");
}

void ladder_manual_stop(const struct facts *facts, struct judgement *ret)
{
    const struct observed *observed = facts->instance->observed;
    if (!facts_down(facts)) {
        if (facts->stop_asked && !facts->restarting)
            ladder_say(ret, true,
                       "Somebody sent it a stop signal; it is left alone until it is started anew.");
        else
            ladder_say(ret, false, "The container is %s.", container_state_name[observed->state]);
        return;
    }
    enum intent intent = facts->healing->intent;
    if (facts->restarting || intent == INTENT_OURS)
        ladder_say(ret, false, "Stopped by a restart of ours.");
    else if (observed->state == CONTAINER_CREATED)
        ladder_say(ret, true, "Created but never started; starting it is a person's decision.");
    else if (intent == INTENT_MANUAL)
        ladder_say(ret, true, "Stopped by a person or a tool; it stays stopped until somebody starts it.");
    else if (intent == INTENT_DEPLOY)
        ladder_say(ret, true, "Stopped by a deployment; it stays so until somebody starts it.");
    else if (intent == INTENT_ENGINE_SHUTDOWN)
        ladder_say(ret, true, "Left stopped by an engine shutdown; it stays so until somebody starts it.");
    else if (intent == INTENT_FIRST_SEEN)
        ladder_say(ret, true,
                   "It was already stopped when first seen; it stays so until somebody starts it.");
    else if (engine_restarts_itself(observed->engine_restart_policy))
        ladder_say(ret, true,
                   "Exited although Docker's policy is \"%s\": somebody stopped it; it waits for a start.",
                   observed->engine_restart_policy);
    else if (facts->instance->spec->coolify && strncmp(facts->instance->spec->key, "app:", 4) == 0 &&
             (!observed->engine_restart_policy || strcmp(observed->engine_restart_policy, "no") == 0))
        ladder_say(ret, true, "Stopped by Coolify (its policy is \"no\"); it waits for a start there.");
    else if (intent == INTENT_CRASH || intent == INTENT_OOM || intent == INTENT_FINISHED)
        ladder_say(ret, false, "It ended by itself with code %d.", observed->exit_code);
    else
        ladder_say(ret, true, "Nobody saw why it stopped; it stays so until somebody starts it.");
}

void ladder_orchestrated(const struct facts *facts, struct judgement *ret)
{
    const struct spec *spec = facts->instance->spec;
    if (spec->orchestrated)
        ladder_say(ret, true, "%s: its orchestrator heals it.",
                   spec->never_heal ? spec->never_heal : "Orchestrated");
    else
        ladder_say(ret, false, "No orchestrator owns it.");
}

void ladder_paused(const struct facts *facts, struct judgement *ret)
{
    if (facts->instance->observed->state == CONTAINER_PAUSED)
        ladder_say(ret, true, "Paused; it is left alone until somebody unpauses it.");
    else
        ladder_say(ret, false, "Not paused.");
}

void ladder_engine_restarting(const struct facts *facts, struct judgement *ret)
{
    if (facts->instance->observed->state == CONTAINER_RESTARTING)
        ladder_say(ret, true,
                   "Docker is restarting it by its own policy; this ends when it runs or Docker gives up.");
    else if (facts->restarting)
        ladder_say(ret, true, "A restart is under way; this ends when the engine answers.");
    else
        ladder_say(ret, false, "Nobody is restarting it.");
}

/* What only more than one instance shows is judged elsewhere. */
void ladder_deploying(const struct facts *facts, struct judgement *ret)
{
    ladder_say(ret, facts->deploying.holds, "%s",
               facts->deploying.sentence[0] ? facts->deploying.sentence : "No deployment is under way.");
    ret->ends_wall_ms = facts->deploying.ends_wall_ms;
}

void ladder_maintenance(const struct facts *facts, struct judgement *ret)
{
    if (facts->maintenance_until_wall_ms <= facts->now.wall_ms) {
        ladder_say(ret, false, "No maintenance is set.");
        return;
    }
    ladder_say(ret, true,
               "Under maintenance; ends at its set time or with `quaywatch maintenance SERVICE off`.");
    ret->ends_wall_ms = facts->maintenance_until_wall_ms;
}
