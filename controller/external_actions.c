/* SPDX-License-Identifier: MIT */
/* external_actions.c: registering, heartbeats and deregistering, as the API asks for them. A part of
 * external.h. */
#include "controller/external_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/error.h"
#include "controller/core/limits.h"
#include "controller/core/text.h"
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

int external_check(struct externals *externals, const struct registration *registration, struct error *err)
{
    int rc = check_free(externals->controller, "id", registration->id, err);
    if (!rc)
        rc = check_free(externals->controller, "name", registration->name, err);
    if (!rc && !external_find(externals, registration->id) &&
        externals_count(externals) >= LIMIT_REGISTRATIONS)
        rc = error_set(err, -ENOSPC, "%d services are registered, and no more can be; remove one first",
                       LIMIT_REGISTRATIONS);
    return rc;
}

/* What a file says is changed there. */
static int refuse_file(const struct external *external, struct error *err)
{
    return error_set(err, -EBUSY, "\"%s\" is registered by %.250s; change that, or remove it",
                     external->registration->id, external->registration->file);
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
    if (before && before->registration->file)
        rc = refuse_file(before, err);
    else
        rc = external_check(externals, registration, err);
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

static struct external *with_check(struct externals *externals, const char *check)
{
    for (struct external *at = externals->table; at; at = at->hh.next)
        for (size_t i = 0; i < at->registration->named_count; i++)
            if (strcmp(at->registration->named[i].id, check) == 0)
                return at;
    return NULL;
}

static int action_report(void *user, const char *id, const struct report *report, struct enrolled *ret,
                         struct error *err)
{
    struct controller *controller = user;
    struct external *external = id ? known(controller, id, err)
                                   : with_check(controller->externals, report->check);
    if (!external)
        return id ? err->code : error_set(err, -ENOENT, "No service has a check \"%s\"", report->check);
    controller->now = clock_now();
    int rc = external_report_take(external, report, err);
    if (rc)
        return rc;
    external_hear(external);
    ret->is_new = false;
    describe(external, ret);
    return 0;
}

static int action_suspend(void *user, const char *id, bool out, const char *reason, struct error *err)
{
    struct controller *controller = user;
    struct external *external = known(controller, id, err);
    if (!external)
        return err->code;
    controller->now = clock_now();
    const struct record *record = record_find(controller, external->instance_id);
    char line[REPORT_NOTE];
    text_one_line(reason && reason[0] ? reason : "no reason was given", line, sizeof line);
    const struct instance *instance = registry_instance(controller->registry, record->ref);
    if (out)
        tell(controller, SEVERITY_INFO, "external", instance, "Taken out by its owner: %s", line);
    else if (external->suspended)
        tell(controller, SEVERITY_INFO, "external", instance, "Put back by its owner");
    free(external->suspended);
    external->suspended = out ? mem_copy(line) : NULL;
    controller->externals->dirty = controller->dirty = true;
    external_show(external);
    return 0;
}

static int action_enrolled(void *user, const char *id, const char *check, struct enrolled *ret)
{
    struct controller *controller = user;
    struct external *external = id ? external_find(controller->externals, id)
                                   : with_check(controller->externals, check);
    if (!external)
        return -ENOENT;
    ret->is_new = false;
    describe(external, ret);
    return 0;
}

static size_t action_reports(void *user, const struct instance *instance,
                             struct report_view ret[static REPORTS_MAX])
{
    struct controller *controller = user;
    const struct record *record = record_find(controller, instance->observed->id);
    return record && record->external ? external_reports_view(record->external, ret) : 0;
}

static int action_dismiss(void *user, const char *id, struct error *err)
{
    struct controller *controller = user;
    struct external *external = known(controller, id, err);
    if (!external)
        return err->code;
    if (external->registration->file)
        return refuse_file(external, err);
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
    actions->report = action_report;
    actions->suspend = action_suspend;
    actions->enrolled = action_enrolled;
    actions->reports = action_reports;
}
