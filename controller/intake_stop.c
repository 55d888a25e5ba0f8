/* SPDX-License-Identifier: MIT */
/* intake_stop.c: a container stopped: whose will it was, and that it is remembered, counted and told. Records
 * only; nothing starts here.
 *
 * What is thought of a stop may change: a person's stop turns out to be the shutdown of the whole engine, a
 * crash one for lack of memory. Then the memory is corrected and the correction told. */
#include "controller/controller_internal.h"

#include <string.h>

enum {
    SHUTDOWN_CERTAIN_MS = 30 * 1000, /* an engine that shuts down is away by then: it was a person */
    MEMORY_CERTAIN_MS = 5 * 1000,    /* an inspect has told about lack of memory by then */
    SAME_STOP_MS = 1000,             /* between the event of a death and the time that inspect gives for it */
    EXIT_KILLED = 128 + 9
};

static const struct stop_words {
    enum severity severity;
    const char *sentence; /* NULL: nobody saw it stop, so there is nothing to tell */
} stop_words[INTENT_COUNT] = {
    [INTENT_NONE] = {SEVERITY_INFO, NULL},
    [INTENT_CRASH] = {SEVERITY_WARNING, "Crashed"},
    [INTENT_OOM] = {SEVERITY_WARNING, "Ended by the kernel for lack of memory"},
    [INTENT_FINISHED] = {SEVERITY_INFO, "Ended by itself"},
    [INTENT_MANUAL] = {SEVERITY_INFO, "Stopped by a person or a tool"},
    [INTENT_DEPLOY] = {SEVERITY_INFO, "Stopped by a deployment"},
    [INTENT_ENGINE_SHUTDOWN] = {SEVERITY_INFO, "Stopped by the engine's shutdown"},
    [INTENT_FIRST_SEEN] = {SEVERITY_INFO, NULL},
    [INTENT_UNKNOWN] = {SEVERITY_WARNING, "Stopped, and nobody saw why"},
    [INTENT_OURS] = {SEVERITY_INFO, "Stopped by a restart of ours"},
};

void intake_show_stop(struct controller *controller, const struct record *record)
{
    const struct healing *healing = record->healing;
    struct stop_view view = {.intent = intent_name[healing->stop_intent],
                             .exit_code = healing->stop_exit_code,
                             .at_wall_ms = healing->stop_at};
    registry_apply(controller->registry,
                   &(struct change){.kind = CHANGE_STOP, .ref = record->ref, .stop = &view}, controller->now);
}

static void tell_stop(struct controller *controller, const struct record *record)
{
    const struct instance *instance = registry_instance(controller->registry, record->ref);
    const struct stop_words *words = &stop_words[record->healing->stop_intent];
    if (instance && words->sentence)
        tell(controller, words->severity, "stopped", instance, "%s (exit code %d)", words->sentence,
             record->healing->stop_exit_code);
}

void intake_count_stop(struct controller *controller, struct record *record)
{
    const struct instance *instance = registry_instance(controller->registry, record->ref);
    if (!record->stop_uncounted || !instance)
        return;
    record->stop_uncounted = false;
    stats_count(&controller->stats.stops, instance_service_name(instance),
                intent_name[record->healing->stop_intent], NULL);
}

/* Remembers a stop. What may still turn out to be something else is counted when that is certain. */
static void note_stop(struct controller *controller, struct record *record, enum intent intent, int exit_code,
                      int64_t at_wall_ms)
{
    struct healing *healing = record->healing;
    intake_count_stop(controller, record);
    healing->stop_intent = intent;
    healing->stop_exit_code = exit_code > 0 ? exit_code : 0;
    healing->stop_at = at_wall_ms;
    controller->state_dirty = true;
    record->stop_noted = true;
    intake_show_stop(controller, record);
    tell_stop(controller, record);
    if (!stop_words[intent].sentence)
        return;
    record->stop_uncounted = true;
    record->stop_certain_at_wall_ms = controller->now.wall_ms + (intent == INTENT_MANUAL ? SHUTDOWN_CERTAIN_MS
                                                                 : intent == INTENT_CRASH ? MEMORY_CERTAIN_MS
                                                                                          : 0);
}

/* The stop that is remembered was another's will than was thought. */
static void correct_stop(struct controller *controller, struct record *record, enum intent intent)
{
    record->healing->stop_intent = intent;
    intake_show_stop(controller, record);
    tell_stop(controller, record);
}

void intake_set_intent(struct controller *controller, struct record *record, enum intent intent)
{
    struct healing *healing = record->healing;
    bool same = strcmp(healing->intent_container, record->id) == 0;
    if (healing->intent == intent && same)
        return;
    bool corrects = record->stop_noted && same && healing->intent != INTENT_NONE && intent != INTENT_NONE;
    healing->intent = intent;
    snprintf(healing->intent_container, sizeof healing->intent_container, "%s", record->id);
    healing->intent_at = controller->now.wall_ms;
    controller->state_dirty = true;
    if (corrects)
        correct_stop(controller, record, intent);
}

void intake_died(struct controller *controller, struct record *record, enum intent intent, int exit_code,
                 int64_t at_wall_ms)
{
    record->stop_noted = false; /* of an earlier run, whose end no inspect came between */
    bool by_kernel = record->oom_seen && exit_code == EXIT_KILLED;
    record->oom_seen = false;
    if (intent == INTENT_CRASH && by_kernel)
        intent = INTENT_OOM;
    intake_set_intent(controller, record, intent);
    note_stop(controller, record, intent, exit_code, at_wall_ms);
}

/* What is to be thought of a container that is found stopped, without a death having been seen. */
static enum intent intent_of_found(const struct record *record)
{
    const struct healing *healing = record->healing;
    if (strcmp(healing->pending_container, record->id) == 0)
        return INTENT_OURS;
    if (record->stop_asked)
        return INTENT_MANUAL;
    if (strcmp(healing->intent_container, record->id) == 0 && healing->intent != INTENT_NONE)
        return healing->intent;
    return record->seen_running ? INTENT_UNKNOWN : INTENT_FIRST_SEEN;
}

static bool is_noted(const struct healing *healing, const struct observed *observed)
{
    return observed->finished_at_wall_ms <= healing->stop_at + SAME_STOP_MS;
}

static bool lacked_memory(const struct observed *observed)
{
    return observed->oom_killed && observed->exit_code == EXIT_KILLED;
}

/* Docker brings up again what ends by itself under such a policy: where it did not, somebody stopped it
 * between two of its restarts, which no event tells. */
static bool was_stopped_between(const struct healing *healing, const struct observed *observed)
{
    const char *policy = observed->engine_restart_policy ? observed->engine_restart_policy : "";
    bool by_itself = healing->intent == INTENT_CRASH || healing->intent == INTENT_OOM ||
                     healing->intent == INTENT_FINISHED;
    return by_itself && observed->state == CONTAINER_EXITED &&
           (strcmp(policy, "always") == 0 || strcmp(policy, "unless-stopped") == 0);
}

void intake_found_down(struct controller *controller, struct record *record, const struct observed *observed)
{
    struct healing *healing = record->healing;
    if (!record->seen_running || healing->intent == INTENT_NONE) {
        intake_set_intent(controller, record, intent_of_found(record));
        if (!is_noted(healing, observed))
            note_stop(controller, record, healing->intent, observed->exit_code,
                      observed->finished_at_wall_ms);
        else if (healing->intent == INTENT_MANUAL && healing->stop_intent != INTENT_MANUAL &&
                 healing->stop_at <= observed->finished_at_wall_ms + SAME_STOP_MS)
            correct_stop(controller, record, INTENT_MANUAL);
    }
    if (was_stopped_between(healing, observed))
        intake_set_intent(controller, record, INTENT_MANUAL);
    if (healing->intent == INTENT_CRASH && lacked_memory(observed))
        intake_set_intent(controller, record, INTENT_OOM);
    if (healing->intent != INTENT_MANUAL)
        intake_count_stop(controller, record);
}

void intake_found_restarting(struct controller *controller, struct record *record,
                             const struct observed *observed)
{
    /* Docker restarts by its policy only what ended by itself. */
    enum intent intent = !observed->exit_code      ? INTENT_FINISHED
                         : lacked_memory(observed) ? INTENT_OOM
                                                   : INTENT_CRASH;
    if (record->healing->intent == INTENT_CRASH && intent == INTENT_OOM)
        intake_set_intent(controller, record, intent);
    if (!is_noted(record->healing, observed))
        note_stop(controller, record, intent, observed->exit_code, observed->finished_at_wall_ms);
    intake_count_stop(controller, record);
}
