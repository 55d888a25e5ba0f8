/* SPDX-License-Identifier: MIT */
/* heal_drain.c: an instance that serves is told to nobody for a while before it is restarted, so that nobody
 * is in the middle of something with it. Only where others serve meanwhile: the only one would just be away
 * longer.
 */
#include "controller/heal_internal.h"

#include "controller/core/text.h"

static bool others_serve(const struct instance *instance)
{
    for (const struct instance *at = instance->service->first; at; at = at->next)
        if (at != instance && at->serving && at->leaving == LEAVING_NOT)
            return true;
    return false;
}

bool drain_begin(struct restart *restart, struct record *record, const struct instance *instance)
{
    struct controller *controller = restart->controller;
    int64_t drain_ms = controller->options->drain_ms;
    if (!drain_ms || !instance->serving || !others_serve(instance))
        return false;
    char duration[24];
    text_format_duration(drain_ms, duration);
    restart->step = RESTART_DRAINING;
    restart->until_mono_ms = controller->now.mono_ms + drain_ms;
    record->restarting = true; /* the decision stands, and its siblings wait */
    registry_apply(controller->registry,
                   &(struct change){.kind = CHANGE_LEAVING, .ref = record->ref, .leaving = LEAVING_DRAINED},
                   controller->now);
    controller->dirty = true;
    restart_show(restart, record, instance, restart->until_mono_ms,
                 "Drained before its restart (%s): healthy, but no answer names it.", restart->reason);
    tell(controller, SEVERITY_INFO, "drain", instance, "Draining for %s before its restart (%s)", duration,
         restart->reason);
    return true;
}

bool drain_look(struct restart *restart)
{
    struct controller *controller = restart->controller;
    struct record *record;
    const struct instance *instance = restart_instance(restart, &record);
    if (!instance) {
        restart_end(restart, "gone", "the container is gone");
        return true;
    }
    /* (It serves again: it is the last one that does, see registry_settle.c.) */
    if (instance->serving && restart->person) {
        restart_end(restart, "skipped", "no other instance serves any more");
        return true;
    }
    bool runs = instance->observed->state == CONTAINER_RUNNING && !record->stop_asked;
    if (runs && controller->now.mono_ms < restart->until_mono_ms)
        return false;
    restart_show(restart, record, instance, 0, "Restarting (%s) after it was drained.", restart->reason);
    restart_run(restart, record, instance);
    return false;
}
