/* SPDX-License-Identifier: MIT */
/* maintenance.c: a service that people work on is not healed, until a set time. */
#include "controller/controller_internal.h"

#include <errno.h>

#include "controller/chronicle.h"
#include "controller/core/error.h"
#include "controller/core/text.h"

/* No maintenance is set for longer: one that ends later is from a time when the clock was wrong. */
static const int64_t LONGEST_MS = INT64_C(30) * 24 * 3600 * 1000;

static void show(struct controller *controller, struct ref ref, int64_t until_wall_ms)
{
    registry_apply(controller->registry,
                   &(struct change){.kind = CHANGE_MAINTENANCE, .ref = ref, .until_wall_ms = until_wall_ms},
                   controller->now);
    chronicle_service(controller, registry_instance(controller->registry, ref)->service);
}

int maintenance_set(void *user, const struct service *service, int64_t duration_ms, struct error *err)
{
    struct controller *controller = user;
    const struct instance *first = service->first;
    if (!first)
        return error_set(err, -ENOENT, "%s has no instance any more", service->name);
    controller->now = clock_now();
    int64_t before = memory_maintenance(controller->memory, service->key);
    int64_t until = duration_ms ? controller->now.wall_ms + duration_ms : 0;
    memory_set_maintenance(controller->memory, service->key, until);
    show(controller, first->ref, until);
    char text[32];
    text_format_time(until, text);
    if (until)
        tell(controller, SEVERITY_INFO, "maintenance", first, "Under maintenance until %s; not healed", text);
    else if (before)
        tell(controller, SEVERITY_INFO, "maintenance", first, "Maintenance ended by a person; healed again");
    for (const struct instance *at = first; at; at = at->next) {
        struct record *record = record_find(controller, at->observed->id);
        if (record)
            record_mark(controller, record);
    }
    state_save(controller); /* a person was told that it is so: it must be so after a crash, too */
    return 0;
}

void maintenance_look(struct controller *controller, struct record *record, const struct instance *instance)
{
    const char *key = instance->service->key;
    int64_t until = memory_maintenance(controller->memory, key), now = controller->now.wall_ms;
    if (until > now + LONGEST_MS) {
        until = now + LONGEST_MS;
        memory_set_maintenance(controller->memory, key, until);
    }
    if (until && until <= now) {
        until = 0;
        memory_set_maintenance(controller->memory, key, 0);
        controller->state_dirty = true;
        tell(controller, SEVERITY_INFO, "maintenance", instance, "Maintenance has ended; healed again");
    }
    if (until != instance->service->maintenance_until_wall_ms)
        show(controller, record->ref, until);
    record_look_at(controller, record, until);
}
