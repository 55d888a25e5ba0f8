/* SPDX-License-Identifier: MIT */
/* registry_settle.c: once a turn: what serves, the status of services, what changed is rendered. */
#include "controller/core/registry_internal.h"

#include "controller/core/graph.h"

#include <stdlib.h>
#include <string.h>

#include "controller/core/generation.h"

static bool instance_may_serve(const struct instance *instance)
{
    if (instance->observed->state != CONTAINER_RUNNING)
        return false;
    switch (instance->health.status) {
    case STATUS_HEALTHY:
    case STATUS_DEGRADED:
        return true;
    case STATUS_UNKNOWN:
        return instance->observed->address && instance->observed->address[0];
    case STATUS_STARTING:
    case STATUS_UNHEALTHY:
    case STATUS_FAILED:
    case STATUS_STOPPED:
    case STATUS_COUNT:
        break;
    }
    return false;
}

static bool instance_would_serve(const struct instance *instance)
{
    return instance_may_serve(instance) && instance->breaker.state == BREAKER_CLOSED;
}

/* Sets serving of each instance. The last instance of a service stays while its latest check passed, whatever
 * its breaker says, and though it is drained: a service that answers is not made to vanish, unless a person
 * wants it to. */
static bool judge_serving(struct service *service)
{
    bool any = false;
    for (struct instance *at = service->first; at; at = at->next) {
        at->serving = at->leaving == LEAVING_NOT && instance_would_serve(at);
        any |= at->serving;
    }
    if (any)
        return true;
    for (struct instance *at = service->first; at; at = at->next) {
        at->serving = at->observed->state == CONTAINER_RUNNING && at->health.latest_passed &&
                      !at->breaker.tripped && at->leaving != LEAVING_STOPPED &&
                      at->health.status != STATUS_FAILED && at->health.status != STATUS_STOPPED;
        any |= at->serving;
    }
    return any;
}

/* (Who leaves is not sick thereby: the status is what it was until it has left.) */
enum status service_aggregate(const struct service *service)
{
    size_t by_status[STATUS_COUNT] = {0};
    bool serving = false;
    size_t all = service->instance_count;
    const struct instance *place = service->first; /* the first of those with one replica number */
    for (const struct instance *at = service->first; at; at = at->next) {
        place = at->spec->replica == place->spec->replica ? place : at;
        serving |= at->serving || (at->leaving != LEAVING_NOT && instance_would_serve(at));
        if (generation_spoken_for(at, place))
            all--; /* a new generation that is not well yet makes nothing worse */
        else
            by_status[at->health.status]++;
    }
    /* What is stopped (a one-shot that is done, a replica somebody put aside) says nothing about the others.
     */
    size_t up = all - by_status[STATUS_STOPPED];
    if (!up)
        return STATUS_STOPPED;
    if (by_status[STATUS_FAILED] == up)
        return STATUS_FAILED;
    if (by_status[STATUS_UNKNOWN] == up)
        return STATUS_UNKNOWN;
    if (!serving)
        return by_status[STATUS_STARTING] ? STATUS_STARTING : STATUS_UNHEALTHY;
    return by_status[STATUS_HEALTHY] == up ? STATUS_HEALTHY : STATUS_DEGRADED;
}

void registry_uncount(struct registry *registry, struct entry *entry)
{
    struct contribution *old = &entry->contribution;
    if (!old->counted)
        return;
    registry->summary.services--;
    registry->summary.instances -= old->instances;
    registry->services_by_status[old->status]--;
    for (size_t i = 0; i < STATUS_COUNT; i++)
        registry->summary.by_status[i] -= old->by_status[i];
    *old = (struct contribution){0};
}

static void entry_count(struct registry *registry, struct entry *entry)
{
    registry_uncount(registry, entry);
    struct contribution *now = &entry->contribution;
    now->counted = true;
    now->status = entry->service.status;
    now->instances = (unsigned)entry->service.instance_count;
    for (const struct instance *at = entry->service.first; at; at = at->next)
        now->by_status[at->health.status]++;
    registry->summary.services++;
    registry->summary.instances += now->instances;
    registry->services_by_status[now->status]++;
    for (size_t i = 0; i < STATUS_COUNT; i++)
        registry->summary.by_status[i] += now->by_status[i];
}

/* Aggregates one entry; true when what dependents see of it changed. */
static bool settle_entry(struct registry *registry, struct entry *entry)
{
    struct service *service = &entry->service;
    enum status before = service->status;
    bool served = service->serving;
    service->serving = judge_serving(service);
    service->status = service_aggregate(service);
    entry_count(registry, entry);
    bool changed = before != service->status || served != service->serving || !entry->rendered;
    if (changed)
        registry_push(&registry->moved, &registry->moved_count, &registry->moved_cap, service);
    return changed;
}

static bool render_entry(struct registry *registry, struct entry *entry)
{
    entry->dirty = false;
    if (!fragment_settle(registry, entry))
        return false;
    trail_changed(registry, entry);
    return true;
}

static enum status worst(const struct summary *summary, const size_t services[STATUS_COUNT])
{
    if (!summary->services)
        return STATUS_UNKNOWN;
    if (services[STATUS_FAILED])
        return STATUS_FAILED;
    if (services[STATUS_UNHEALTHY])
        return STATUS_UNHEALTHY;
    if (services[STATUS_DEGRADED])
        return STATUS_DEGRADED;
    if (services[STATUS_STARTING])
        return STATUS_STARTING;
    if (services[STATUS_HEALTHY])
        return STATUS_HEALTHY;
    return services[STATUS_UNKNOWN] ? STATUS_UNKNOWN : STATUS_STOPPED;
}

/* Circles and depth anew; who shows its dependencies otherwise now is rendered. */
static void measure(struct registry *registry)
{
    size_t count = registry->sorted_count;
    struct service **services = mem_resize(NULL, count + 1, sizeof(struct service *));
    for (size_t i = 0; i < count; i++)
        services[i] = &registry->sorted[i]->service;
    graph_measure(services, count);
    free(services);
    for (size_t i = 0; i < count; i++) {
        struct entry *entry = registry->sorted[i];
        const struct service *service = &entry->service;
        uint64_t circular = 0;
        for (size_t d = 0; d < service->dependency_count && d < 64; d++)
            circular |= (uint64_t)graph_is_circular(service, &service->dependencies[d]) << d;
        if (circular != entry->circular)
            registry_mark(registry, entry);
        entry->circular = circular;
    }
}

void registry_link(struct registry *registry)
{
    if (registry->relink_count)
        registry_reindex(registry);
    if (registry->relinked)
        measure(registry);
    registry->relinked = false;
}

bool registry_settle(struct registry *registry, struct moment now)
{
    registry->moved_count = 0;
    bool changed = registry->head || registry->removed;
    if (!changed && !registry->dirty_count)
        return false;
    fragments_settle(registry, now);
    registry_link(registry);
    registry->head = registry->removed = false;

    /* The list may grow behind us by dependents of what changed: their fragments show its status. */
    for (size_t i = 0; i < registry->dirty_count; i++) {
        struct entry *entry = registry->dirty[i];
        if (!settle_entry(registry, entry))
            continue;
        for (size_t d = 0; d < entry->dependent_count; d++) {
            const void *dependent = entry->dependents[d];
            struct entry *other;
            memcpy(&other, &dependent, sizeof other);
            registry_mark(registry, other);
        }
    }
    for (size_t i = 0; i < registry->dirty_count; i++)
        changed |= render_entry(registry, registry->dirty[i]);
    registry->dirty_count = 0;
    if (!changed)
        return false;
    registry->summary.status = worst(&registry->summary, registry->services_by_status);
    registry->revision++;
    registry->changed_at_wall_ms = now.wall_ms;
    return true;
}
