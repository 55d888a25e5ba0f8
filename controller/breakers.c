/* SPDX-License-Identifier: MIT */
/* breakers.c: how breakers change, by checks, time and people, and that an open one is the key's, not the
 * container's nor this process's: it is remembered, and comes back with the next container or the next
 * quaywatch. A part of the controller. */
#include "controller/controller_internal.h"

#include <errno.h>
#include <string.h>

#include "controller/core/error.h"

struct breaker_policy breaker_policy_of(const struct spec *spec)
{
    return (struct breaker_policy){spec->breaker_enabled, spec->breaker_failures, spec->breaker_successes,
                                   spec->breaker_recovery_ms, spec->breaker_window_ms};
}

/* What a breaker has become is kept in the memory. */
static void breaker_remember(struct controller *controller, struct record *record)
{
    struct healing *healing = record->healing;
    const struct breaker *breaker = record_breaker(record);
    int64_t opened_at = breaker->state == BREAKER_CLOSED ? 0
                        : healing->breaker_opened_at > 0 ? healing->breaker_opened_at
                                                         : controller->now.wall_ms;
    if (breaker->state == BREAKER_OPEN)
        opened_at = controller->now.wall_ms;
    controller->state_dirty |= opened_at != healing->breaker_opened_at ||
                               healing->breaker_tripped != breaker->tripped;
    healing->breaker_opened_at = opened_at;
    healing->breaker_tripped = breaker->tripped;
}

/* A run that began after it opened makes it half-open at once; our own beginning changes nothing. */
void breaker_return(struct controller *controller, struct record *record, const struct instance *instance)
{
    int64_t opened_at = record->healing->breaker_opened_at;
    if (!opened_at || !instance->spec->breaker_enabled)
        return;
    int64_t ago_ms = controller->now.wall_ms - opened_at;
    struct breaker *breaker = record_breaker_own(record);
    breaker_recall(breaker, controller->now.mono_ms - (ago_ms > 0 ? ago_ms : 0),
                   record->healing->breaker_tripped);
    if (instance->observed->started_at_wall_ms > opened_at)
        breaker_restart(breaker);
    struct breaker_view view = instance->breaker;
    view.state = breaker->state;
    view.tripped = breaker->tripped;
    view.last_change_wall_ms = opened_at;
    registry_apply(controller->registry,
                   &(struct change){.kind = CHANGE_BREAKER, .ref = record->ref, .breaker = &view},
                   controller->now);
    struct breaker_policy policy = breaker_policy_of(instance->spec);
    prober_delay(controller->prober, record->ref, breaker_wait(breaker, &policy, controller->now.mono_ms));
}

/* ---- what a change means ---- */

static void breaker_tell(struct controller *controller, struct record *record,
                         const struct instance *instance, enum breaker_event event)
{
    struct breaker_policy policy = breaker_policy_of(instance->spec);
    switch (event) {
    case BREAKER_SAME:
        break;
    case BREAKER_OPENED:
        if (!record->breaker_told) /* one that opens again and again without having closed says so once */
            tell(controller, SEVERITY_WARNING, "breaker", instance,
                 "Circuit breaker OPEN (threshold reached: %u/%u)",
                 breaker_failures(record_breaker(record), &policy, controller->now.mono_ms),
                 instance->spec->breaker_failures);
        break;
    case BREAKER_HALF_OPENED:
        if (!record->breaker_told)
            tell(controller, SEVERITY_INFO, "breaker", instance, "Circuit breaker entering HALF_OPEN state");
        break;
    case BREAKER_CLOSED_AGAIN:
        tell(controller, SEVERITY_INFO, "breaker", instance, "Circuit breaker CLOSED (service recovered)");
        break;
    }
}

/* Shows and remembers it, and has the instance checked when that tells something. */
static void breaker_changed(struct controller *controller, struct record *record,
                            const struct instance *instance, enum breaker_event event)
{
    struct breaker_policy policy = breaker_policy_of(instance->spec);
    struct breaker_view view = instance->breaker;
    const struct breaker *breaker = record_breaker(record);
    unsigned failures = breaker_failures(breaker, &policy, controller->now.mono_ms);
    if (failures > view.failure_count || (event == BREAKER_OPENED && !breaker->tripped))
        view.last_failure_wall_ms = controller->now.wall_ms;
    view.state = breaker->state;
    view.failure_count = failures;
    view.tripped = breaker->tripped;
    switch (event) {
    case BREAKER_SAME:
        break;
    case BREAKER_OPENED:
        prober_delay(controller->prober, record->ref,
                     breaker_wait(breaker, &policy, controller->now.mono_ms));
        break;
    case BREAKER_HALF_OPENED:
        record->breaker_told = true;
        prober_delay(controller->prober, record->ref, 0);
        break;
    case BREAKER_CLOSED_AGAIN:
        record->breaker_told = false;
        break;
    }
    if (event != BREAKER_SAME) {
        breaker_remember(controller, record);
        view.last_change_wall_ms = controller->now.wall_ms;
    }
    registry_apply(controller->registry,
                   &(struct change){.kind = CHANGE_BREAKER, .ref = record->ref, .breaker = &view},
                   controller->now);
    record_breaker_settle(record);
    record_mark(controller, record);
}

void judge_breaker(struct controller *controller, struct record *record, const struct instance *instance,
                   enum breaker_event event)
{
    breaker_tell(controller, record, instance, event);
    breaker_changed(controller, record, instance, event);
}

/* ---- time ---- */

/* What nothing checks could never prove itself: its recovery time is all there is to wait for. */
static bool is_over(const struct record *record)
{
    const struct breaker *breaker = record_breaker(record);
    return breaker->tripped && breaker->state == BREAKER_HALF_OPEN && record->plan.probe == CHECK_NONE;
}

void breaker_look(struct controller *controller, struct record *record, const struct instance *instance)
{
    struct breaker_policy policy = breaker_policy_of(instance->spec);
    if (record_breaker(record)->state == BREAKER_CLOSED && !record_breaker(record)->failure_count)
        return;
    enum breaker_event event = breaker_tick(record->breaker, &policy, controller->now.mono_ms);
    if (event != BREAKER_SAME)
        judge_breaker(controller, record, instance, event);
    if (is_over(record)) {
        tell(controller, SEVERITY_INFO, "breaker", instance,
             "Circuit breaker CLOSED (its recovery time is over, and nothing is checked)");
        breaker_changed(controller, record, instance, breaker_reset(record->breaker));
    }
    int64_t wait = breaker_wait(record_breaker(record), &policy, controller->now.mono_ms);
    if (wait)
        record_look_at(controller, record, controller->now.wall_ms + wait);
}

/* ---- people ---- */

static void trip_one(struct controller *controller, struct record *record, const struct instance *instance)
{
    enum breaker_event event = breaker_trip(record_breaker_own(record), controller->now.mono_ms);
    record->breaker_told = false; /* the trial that follows is told, too */
    tell(controller, SEVERITY_WARNING, "breaker", instance, "Circuit breaker OPEN (tripped by a person)");
    breaker_changed(controller, record, instance, event);
}

static void reset_one(struct controller *controller, struct record *record, const struct instance *instance)
{
    enum breaker_event event = breaker_reset(record_breaker_own(record));
    if (event == BREAKER_CLOSED_AGAIN)
        tell(controller, SEVERITY_INFO, "breaker", instance, "Circuit breaker CLOSED (reset by a person)");
    breaker_changed(controller, record, instance, event);
    prober_delay(controller->prober, record->ref, 0);
}

int breaker_person(void *user, const struct service *service, const struct instance *only, bool trip,
                   struct error *err)
{
    struct controller *controller = user;
    controller->now = clock_now();
    for (const struct instance *at = service->first; at; at = at->next)
        if ((!only || at == only) && !at->spec->breaker_enabled)
            return error_set(err, -EBUSY, "Circuit breakers are switched off (CIRCUIT_BREAKER_ENABLED)");
    for (const struct instance *at = service->first; at; at = at->next) {
        struct record *record = only && at != only ? NULL : record_find(controller, at->observed->id);
        if (record && trip)
            trip_one(controller, record, at);
        else if (record)
            reset_one(controller, record, at);
    }
    state_save(controller); /* a person was told that it is so: it must be so after a crash, too */
    return 0;
}
