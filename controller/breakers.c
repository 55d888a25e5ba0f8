/* SPDX-License-Identifier: MIT */
/* breakers.c: an open breaker is the key's, not the container's nor this process's: it is remembered, and
 * comes back with the next container or the next quaywatch. A part of the controller. */
#include "controller/controller_internal.h"

struct breaker_policy breaker_policy_of(const struct spec *spec)
{
    return (struct breaker_policy){spec->breaker_enabled, spec->breaker_failures, spec->breaker_successes,
                                   spec->breaker_recovery_ms, spec->breaker_window_ms};
}

void breaker_remember(struct controller *controller, struct record *record)
{
    int64_t opened_at = record->breaker.state == BREAKER_CLOSED  ? 0
                        : record->healing->breaker_opened_at > 0 ? record->healing->breaker_opened_at
                                                                 : controller->now.wall_ms;
    if (record->breaker.state == BREAKER_OPEN)
        opened_at = controller->now.wall_ms;
    controller->state_dirty |= opened_at != record->healing->breaker_opened_at;
    record->healing->breaker_opened_at = opened_at;
}

/* A run that began after it opened makes it half-open at once; our own beginning changes nothing. */
void breaker_return(struct controller *controller, struct record *record, const struct instance *instance)
{
    int64_t opened_at = record->healing->breaker_opened_at;
    if (!opened_at || !instance->spec->breaker_enabled)
        return;
    int64_t ago_ms = controller->now.wall_ms - opened_at;
    breaker_recall(&record->breaker, controller->now.mono_ms - (ago_ms > 0 ? ago_ms : 0));
    if (instance->observed->started_at_wall_ms > opened_at)
        breaker_restart(&record->breaker);
    struct breaker_view view = instance->breaker;
    view.state = record->breaker.state;
    view.last_change_wall_ms = opened_at;
    registry_apply(controller->registry,
                   &(struct change){.kind = CHANGE_BREAKER, .ref = record->ref, .breaker = &view},
                   controller->now);
    struct breaker_policy policy = breaker_policy_of(instance->spec);
    prober_delay(controller->prober, record->ref,
                 breaker_wait(&record->breaker, &policy, controller->now.mono_ms));
}
