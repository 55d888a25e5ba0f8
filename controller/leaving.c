/* SPDX-License-Identifier: MIT */
/* leaving.c: an instance that was sent a stop signal is told to nobody from that moment on: what it does
 * until it ends it does for those that are with it already. */
#include "controller/controller_internal.h"

enum {
    STOP_LEAST_MS = 30000, /* whoever stops it may give it more time than its own (docker stop -t) */
    STOP_MARGIN_MS = 5000
};

static void show(struct controller *controller, const struct record *record, enum instance_leaving leaving)
{
    registry_apply(controller->registry,
                   &(struct change){.kind = CHANGE_LEAVING, .ref = record->ref, .leaving = leaving},
                   controller->now);
}

void leaving_begin(struct controller *controller, struct record *record, const struct instance *instance)
{
    if (instance->observed->state != CONTAINER_RUNNING)
        return;
    int64_t stop_ms = instance->observed->engine_stop_timeout_ms;
    stop_ms = (stop_ms > STOP_LEAST_MS ? stop_ms : STOP_LEAST_MS) + STOP_MARGIN_MS;
    record->leaving_until_mono_ms = controller->now.mono_ms + stop_ms;
    record_look_at(controller, record, controller->now.wall_ms + stop_ms);
    show(controller, record, LEAVING_STOPPED);
}

void leaving_look(struct controller *controller, struct record *record, const struct instance *instance)
{
    if (!record->leaving_until_mono_ms)
        return;
    if (controller->now.mono_ms < record->leaving_until_mono_ms) {
        record_look_at(controller, record,
                       controller->now.wall_ms + record->leaving_until_mono_ms - controller->now.mono_ms);
        return;
    }
    if (instance->observed->state == CONTAINER_RUNNING)
        tell(controller, SEVERITY_INFO, "drain", instance,
             "It was sent a stop signal and runs on: it is told to others again");
    leaving_end(controller, record);
}

void leaving_end(struct controller *controller, struct record *record)
{
    record->leaving_until_mono_ms = 0;
    show(controller, record, LEAVING_NOT);
}
