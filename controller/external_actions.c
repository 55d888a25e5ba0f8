/* SPDX-License-Identifier: MIT */
/* external_actions.c: registering, heartbeats and deregistering, as the API asks for them. A part of
 * external.h. */
#include "controller/external_internal.h"

#include <errno.h>

#include "controller/core/error.h"
#include "controller/core/limits.h"
#include "exporter/context.h"

static bool is_container(const struct instance *instance)
{
    return instance && !instance->spec->external;
}

/* Whether a name or id means a container, or a service that has one. */
static bool belongs_to_container(const struct controller *controller, const char *word)
{
    const struct service *service = registry_service(controller->registry, word);
    for (const struct instance *at = service ? service->first : NULL; at; at = at->next)
        if (is_container(at))
            return true;
    return is_container(registry_container(controller->registry, word));
}

static int check_free(const struct controller *controller, const char *field, const char *word,
                      struct error *err)
{
    if (!belongs_to_container(controller, word))
        return 0;
    return error_set(err, -EBUSY,
                     "The field \"%s\" is \"%s\", which belongs to a container; take another, or label the "
                     "container instead",
                     field, word);
}

static void describe(const struct external *external, struct enrolled *ret)
{
    const struct controller *controller = external->externals->controller;
    int64_t ttl_ms = external->registration->ttl_ms;
    ret->id = external->registration->id;
    ret->name = external->registration->name;
    ret->json = external->json;
    ret->expires_at_wall_ms = ttl_ms ? controller->now.wall_ms + ttl_ms : 0;
}

static int action_enroll(void *user, const char *body, size_t len, struct enrolled *ret, struct error *err)
{
    struct controller *controller = user;
    struct externals *externals = controller->externals;
    struct registration *registration;
    int rc = registration_parse(body, len, &registration, err);
    if (rc)
        return rc;
    const struct external *before = external_find(externals, registration->id);
    rc = check_free(controller, "id", registration->id, err);
    if (!rc)
        rc = check_free(controller, "name", registration->name, err);
    if (!rc && !before && externals_count(externals) >= LIMIT_REGISTRATIONS)
        rc = error_set(err, -ENOSPC, "%d services are registered, and no more can be; remove one first",
                       LIMIT_REGISTRATIONS);
    if (rc) {
        registration_free(registration);
        return rc;
    }
    controller->now = clock_now();
    struct external *external = external_put(externals, registration, 0, controller->now.wall_ms);
    ret->is_new = !before;
    if (!before) {
        const struct record *record = record_find(controller, external->instance_id);
        tell(controller, SEVERITY_INFO, "external", registry_instance(controller->registry, record->ref),
             "Registered: \"%s\" at %s, port %d", registration->id, registration->host, registration->port);
    }
    describe(external, ret);
    return 0;
}

static struct external *known(struct controller *controller, const char *id, struct error *err)
{
    struct external *external = external_find(controller->externals, id);
    if (!external && belongs_to_container(controller, id))
        error_set(err, -EBUSY, "\"%s\" belongs to a container: it is registered by its labels", id);
    else if (!external)
        error_set(err, -ENOENT, "No service is registered with the id \"%s\"", id);
    return external;
}

static int action_heartbeat(void *user, const char *id, struct enrolled *ret, struct error *err)
{
    struct controller *controller = user;
    struct external *external = known(controller, id, err);
    if (!external)
        return err->code;
    controller->now = clock_now();
    external_hear(external);
    ret->is_new = false;
    describe(external, ret);
    return 0;
}

static int action_dismiss(void *user, const char *id, struct error *err)
{
    struct controller *controller = user;
    struct external *external = known(controller, id, err);
    if (!external)
        return err->code;
    controller->now = clock_now();
    const struct record *record = record_find(controller, external->instance_id);
    tell(controller, SEVERITY_INFO, "external", registry_instance(controller->registry, record->ref),
         "Removed: \"%s\" was deregistered", id);
    external_drop(external);
    return 0;
}

void external_actions(struct actions *actions)
{
    actions->enroll = action_enroll;
    actions->heartbeat = action_heartbeat;
    actions->dismiss = action_dismiss;
}
