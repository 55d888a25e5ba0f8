/* SPDX-License-Identifier: MIT */
/* Sources that are no labels of ours: inspect data, and what users of autoheal have on their containers. */
#include "controller/labels/inspect.h"

#include <inttypes.h>
#include <string.h>

#include "controller/core/text.h"
#include "controller/labels/database.h"

static const char inspect_name[] = "inspect";

/* The one container port that is published over TCP, "" when there are several or none. */
static const char *sole_published(const struct resolution *r)
{
    int64_t only = 0;
    for (size_t i = 0; i < r->container->port_count; i++) {
        const struct container_port *port = &r->container->ports[i];
        int64_t number;
        const char *slash = strchr(port->container, '/');
        if (!port->host || !slash || strcmp(slash, "/tcp") != 0)
            continue;
        char *digits = arena_copy_n(&r->spec->arena, port->container, (size_t)(slash - port->container));
        if (text_number(digits, 1, 65535, &number) < 0)
            continue;
        if (only && only != number)
            return NULL;
        only = number;
    }
    return only ? arena_format(&r->spec->arena, "%" PRId64, only) : NULL;
}

const char *inspect_port(const struct resolution *r, const struct pairs *labels, bool override,
                         const char **name)
{
    (void)labels;
    if (override)
        return NULL;
    *name = inspect_name;
    const struct container *container = r->container;
    if (container->exposed_tcp_count == 1)
        return arena_format(&r->spec->arena, "%d", container->exposed_tcp[0]);
    int known = database_image_port(container->image);
    for (size_t i = 0; i < container->exposed_tcp_count; i++)
        if (container->exposed_tcp[i] == known)
            return arena_format(&r->spec->arena, "%d", known);
    const char *published = sole_published(r);
    if (published)
        return published;
    return known && container->exposed_tcp_count == 0 ? arena_format(&r->spec->arena, "%d", known) : NULL;
}

static const char *healthcheck_ms(const struct resolution *r, int64_t ms, bool override, const char **name)
{
    *name = inspect_name;
    if (override || !r->container->has_healthcheck || ms <= 0)
        return NULL;
    return arena_format(&r->spec->arena, "%" PRId64 "ms", ms);
}

const char *inspect_interval(const struct resolution *r, const struct pairs *labels, bool override,
                             const char **name)
{
    (void)labels;
    return healthcheck_ms(r, r->container->health_interval_ms, override, name);
}

const char *inspect_timeout(const struct resolution *r, const struct pairs *labels, bool override,
                            const char **name)
{
    (void)labels;
    return healthcheck_ms(r, r->container->health_timeout_ms, override, name);
}

const char *inspect_start_period(const struct resolution *r, const struct pairs *labels, bool override,
                                 const char **name)
{
    (void)labels;
    return healthcheck_ms(r, r->container->health_start_period_ms, override, name);
}

const char *inspect_retries(const struct resolution *r, const struct pairs *labels, bool override,
                            const char **name)
{
    (void)labels;
    *name = inspect_name;
    if (override || !r->container->has_healthcheck || r->container->health_retries <= 0)
        return NULL;
    return arena_format(&r->spec->arena, "%d", r->container->health_retries);
}

const char *inspect_autoheal(const struct resolution *r, const struct pairs *labels, bool override,
                             const char **name)
{
    (void)r;
    (void) override;
    bool wanted;
    const char *value = pairs_get(labels, "autoheal");
    *name = "autoheal";
    return value && text_bool(value, &wanted) == 0 && wanted ? "on-unhealthy" : NULL;
}
