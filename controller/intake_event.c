/* SPDX-License-Identifier: MIT */
/* intake_event.c: an event of a container → its state, and whose will it was that it stopped. Records only;
 * nothing starts here. */
#include "controller/controller_internal.h"
#include "controller/deploying.h"

#include <string.h>

/* The engine was asked to restart it, and has not said that it is done. */
static bool is_ours(const struct record *record)
{
    return record->restart_sent || strcmp(record->healing->pending_container, record->id) == 0;
}

/* Not one of an earlier run that is told late, as after a lost connection. */
static bool is_of_this_run(const struct record *record, const struct engine_event *event)
{
    return event->time_ns <= 0 || event->time_ns / 1000000 >= record->started_at_wall_ms;
}

/* A stop signal: of our restart the first, unless the container was down; all others are somebody's. Of
 * either kind it ends this run. */
static void take_kill(struct controller *controller, struct record *record, const struct instance *instance,
                      const struct engine_event *event)
{
    int signal = event->signal;
    bool is_stop = signal == 15 || signal == record->stop_signal;
    if (!is_stop && signal != 9)
        return;
    if (is_of_this_run(record, event))
        leaving_begin(controller, record, instance);
    if (!is_ours(record))
        record->stop_asked = true;
    else if (is_stop && !record->own_kill_due)
        record->stop_meanwhile = true;
    else if (is_stop)
        record->own_kill_due = false;
}

static bool engine_keeps(const struct observed *observed)
{
    return observed->engine_restart_policy && strcmp(observed->engine_restart_policy, "no") != 0;
}

/* Deaths that come before the connection counts as live are an engine's that ends or begins (at its boot it
 * ends what an earlier one left running). */
static enum intent intent_of_death(const struct controller *controller, const struct record *record,
                                   int exit_code)
{
    if (is_ours(record))
        return INTENT_OURS;
    if (!record->seen_running) /* the event is late: it was stopped already when first seen */
        return INTENT_FIRST_SEEN;
    if (record->stop_asked && !controller->engine.connected)
        return INTENT_ENGINE_SHUTDOWN;
    if (record->stop_asked)
        return deploying_replaces(controller, record) ? INTENT_DEPLOY : INTENT_MANUAL;
    return exit_code ? INTENT_CRASH : INTENT_FINISHED;
}

/* Somebody asked for the end, and it is there already: then it was for that. */
static void correct_intent(struct controller *controller, struct record *record,
                           const struct observed *observed)
{
    if (record->stop_asked && !is_ours(record) && observed->state == CONTAINER_EXITED)
        intake_set_intent(controller, record, intent_of_death(controller, record, observed->exit_code));
}

static void change_state(struct controller *controller, struct record *record, enum container_state state,
                         int exit_code, enum status docker_health)
{
    registry_apply(controller->registry,
                   &(struct change){.kind = CHANGE_STATE,
                                    .ref = record->ref,
                                    .state = state,
                                    .exit_code = exit_code,
                                    .docker_health = docker_health},
                   controller->now);
    if (state != CONTAINER_RUNNING)
        prober_remove(controller->prober, record->ref);
}

/* Order of die and stop differs between engines; kill comes first, unless a loaded engine tells of it after
 * the death that it led to. A stop or kill that comes behind its die corrects what was thought. */
void intake_event(void *user, const struct engine_event *event)
{
    struct controller *controller = user;
    controller->now = clock_now();
    stats_count(&controller->stats.events, engine_action_name[event->action], NULL, NULL);
    if (event->time_ns > 0)
        controller->stats.event_lag_s = (double)controller->now.wall_ms / 1e3 - (double)event->time_ns / 1e9;
    struct record *record = record_find(controller, event->id);
    const struct instance *instance = record ? registry_instance(controller->registry, record->ref) : NULL;
    if (!instance)
        return;
    const struct observed *observed = instance->observed;
    switch (event->action) {
    case EVENT_KILL:
        take_kill(controller, record, instance, event);
        if (is_of_this_run(record, event))
            correct_intent(controller, record, observed);
        break;
    case EVENT_STOP:
        if (is_ours(record))
            break;
        record->stop_asked = true;
        correct_intent(controller, record, observed);
        break;
    case EVENT_DIE:
        intake_died(controller, record, intent_of_death(controller, record, event->exit_code),
                    event->exit_code,
                    event->time_ns > 0 ? event->time_ns / 1000000 : controller->now.wall_ms);
        change_state(controller, record, CONTAINER_EXITED, event->exit_code, STATUS_UNKNOWN);
        if (!record->stop_asked && !is_ours(record) && engine_keeps(observed))
            record_await(controller,
                         record); /* it may be restarting it already: the look that follows tells */
        break;
    case EVENT_OOM: /* perhaps of a lesser process only: the death that follows will tell */
        record->oom_seen = true;
        break;
    case EVENT_PAUSE:
        change_state(controller, record, CONTAINER_PAUSED, observed->exit_code, STATUS_UNKNOWN);
        break;
    case EVENT_HEALTH:
        if (observed->state == CONTAINER_RUNNING)
            change_state(controller, record, observed->state, observed->exit_code, event->health);
        break;
    case EVENT_CREATE:
    case EVENT_START:
    case EVENT_RESTART:
    case EVENT_DESTROY:
    case EVENT_RENAME:
    case EVENT_UPDATE:
    case EVENT_UNPAUSE:
    case EVENT_CONNECT:
    case EVENT_DISCONNECT:
    case EVENT_OTHER:
    case EVENT_COUNT:
        break;
    }
    reach_event(controller->reach, record, event);
    deploying_event(controller, instance, event);
    record_mark(controller, record);
}
