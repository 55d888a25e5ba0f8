/* SPDX-License-Identifier: MIT */
/* The dialect of Coolify: real labels (ids, names, types) and the mission's coolify.service, .healthcheck.*
 * and so on. Labels are matched exactly: coolify.service is no prefix of coolify.service.subId. */
#include "controller/labels/coolify.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "controller/core/text.h"
#include "controller/labels/identity.h"
#include "controller/labels/service.h"

static const char *said(const struct pairs *labels, const char *label)
{
    const char *value = pairs_get(labels, label);
    return value && *value ? value : NULL;
}

bool coolify_has_id(const struct pairs *labels)
{
    return said(labels, "coolify.applicationId") || said(labels, "coolify.serviceId") ||
           said(labels, "coolify.databaseId");
}

const char *coolify_pull_request(const struct pairs *labels)
{
    const char *number = said(labels, "coolify.pullRequestId");
    if (!number || strlen(number) > 9 || number[strspn(number, "0123456789")] != '\0')
        return "0";
    number += strspn(number, "0");
    return *number ? number : "0";
}

/* A single application is one container whose compose service is called like it. Raw compose applications
 * carry neither coolify.name nor the resource's uuid in the container's name, whatever people called them. */
static bool single_application(const struct pairs *labels, const char *service, const char *name)
{
    if (strcmp(service, identity_plain_name(name)) != 0)
        return false;
    const char *project = said(labels, "com.docker.compose.project");
    return said(labels, "coolify.name") || (project && strncmp(service, project, strlen(project)) == 0);
}

const char *coolify_part(struct arena *arena, const struct pairs *labels, const char *name)
{
    const char *service = said(labels, "com.docker.compose.service");
    if (!said(labels, "coolify.applicationId") || !service || single_application(labels, service, name))
        return NULL;
    const char *number = coolify_pull_request(labels);
    const char *suffix = arena_format(arena, "-pr-%s", number);
    size_t length = strlen(service), cut = strlen(suffix);
    if (strcmp(number, "0") != 0 && length > cut && strcmp(service + length - cut, suffix) == 0)
        length -= cut;
    return arena_copy_n(arena, service, length);
}

const char *coolify_database_label(const struct pairs *labels)
{
    const char *type = pairs_get(labels, "coolify.type");
    if (type && strcmp(type, "database") == 0)
        return "coolify.type";
    if (said(labels, "coolify.databaseId"))
        return "coolify.databaseId";
    type = pairs_get(labels, "coolify.service.subType");
    return type && strcmp(type, "database") == 0 ? "coolify.service.subType" : NULL;
}

int coolify_check_wanted(const struct pairs *labels, const char **label)
{
    static const char *const switches[] = {"coolify.healthcheck.enabled", "coolify.healthcheck"};
    for (size_t i = 0; i < sizeof switches / sizeof *switches; i++) {
        const char *value = said(labels, *label = switches[i]);
        bool wanted;
        if (value && text_bool(value, &wanted) == 0)
            return wanted;
        if (value && *value == '/' && i == 1)
            return 1;
        if (value)
            return -EINVAL;
    }
    static const char *const asking[] = {"coolify.healthcheck.path", "coolify.healthcheck.port"};
    for (size_t i = 0; i < sizeof asking / sizeof *asking; i++)
        if (said(labels, *label = asking[i]))
            return 1;
    return -ENOENT;
}

const char *coolify_short_path(const struct resolution *r, const struct pairs *labels, bool override,
                               const char **name)
{
    (void)r;
    (void) override;
    *name = "coolify.healthcheck";
    const char *value = said(labels, *name);
    return value && *value == '/' ? value : NULL;
}

bool coolify_mission_label(const struct pairs *labels)
{
    if (said(labels, "coolify.service") || said(labels, "coolify.app") || said(labels, "coolify.healthcheck"))
        return true;
    for (size_t i = 0; i < labels->count; i++)
        if (strncmp(labels->item[i].key, "coolify.healthcheck.", 20) == 0)
            return true;
    return false;
}

static bool is_metadata(const char *label)
{
    static const char *const prefixes[] = {"coolify.resource.", "coolify.backup.", "coolify.deployment."};
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
        if (strncmp(label, prefixes[i], strlen(prefixes[i])) == 0)
            return true;
    return strcmp(label, "coolify.managed") == 0;
}

void coolify_metadata(struct resolution *r)
{
    const char *network = said(&r->merged, "coolify.network");
    const char *winner = pairs_get(&r->spec->sources, "network");
    const char *memory = said(&r->merged, "coolify.resource.memory");
    if (memory)
        text_bytes(memory, &r->spec->resource_memory_bytes); /* else only its text is shown */
    for (size_t i = 0; i < r->merged.count; i++)
        if (is_metadata(r->merged.item[i].key))
            service_meta(r, r->merged.item[i].key, r->merged.item[i].value);
    if (network && (!winner || !strstr(winner, "coolify.network")))
        service_meta(r, "coolify.network", network);
}
