/* SPDX-License-Identifier: MIT */
/* grouping.c: the cause of a sickness, by the dependencies. */
#include "controller/alerting/grouping.h"

#include "controller/core/graph.h"

enum { SUSPECT_STEPS = 8 }; /* longer chains are not followed: whoever is at their end shows by itself */

/* Whether its own checks are well, so that only a dependency makes it degraded. */
static bool is_well_itself(const struct service *service)
{
    for (const struct instance *at = service->first; at; at = at->next) {
        const struct health_shown *health = &at->health;
        if (health->status != STATUS_DEGRADED && health->status != STATUS_HEALTHY)
            return false;
        for (enum layer layer = 0; layer < LAYER_COUNT; layer++)
            if (layer != LAYER_DEPENDENCIES && health->has_layer[layer] &&
                health->layer[layer] != STATUS_HEALTHY)
                return false;
    }
    return true;
}

static bool is_down(enum status status)
{
    return status == STATUS_UNHEALTHY || status == STATUS_FAILED || status == STATUS_STOPPED;
}

const struct service *grouping_cause(const struct service *service)
{
    const struct service *root = graph_root(service);
    if (root || service->status != STATUS_DEGRADED || !is_well_itself(service))
        return root;
    for (size_t i = 0; i < service->dependency_count; i++) {
        const struct service_dependency *dependency = &service->dependencies[i];
        if (dependency->type != DEPENDENCY_OPTIONAL || !dependency->target || dependency->target == service ||
            !is_down(dependency->target->status))
            continue;
        root = graph_root(dependency->target);
        return root ? root : dependency->target;
    }
    return NULL;
}

static bool suspects(const struct service *service, unsigned steps)
{
    for (size_t i = 0; steps && i < service->dependency_count; i++) {
        const struct service_dependency *dependency = &service->dependencies[i];
        const struct service *target = dependency->target;
        if (!target || dependency->type != DEPENDENCY_REQUIRED || graph_is_circular(service, dependency))
            continue;
        if (target->status == STATUS_DEGRADED || target->status == STATUS_STARTING ||
            suspects(target, steps - 1))
            return true;
    }
    return false;
}

bool grouping_suspects(const struct service *service)
{
    return suspects(service, SUSPECT_STEPS);
}
