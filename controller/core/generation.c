/* SPDX-License-Identifier: MIT */
/* generation.c: two live generations of one place, and which of them speaks for it. */
#include "controller/core/generation.h"

#include <string.h>

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool runs(const struct instance *instance)
{
    return instance->observed->state == CONTAINER_RUNNING;
}

/* It runs, or has crashed and the engine brings it up again: a new release that crashes on and on is still
 * the one that is being deployed. */
static bool lives(const struct instance *instance)
{
    const char *policy = instance->observed->engine_restart_policy;
    enum container_state state = instance->observed->state;
    bool kept = policy && strcmp(policy, "no") != 0;
    bool crashed = instance->health.status == STATUS_UNHEALTHY || instance->health.status == STATUS_FAILED;
    return state == CONTAINER_RUNNING || state == CONTAINER_RESTARTING ||
           (state == CONTAINER_EXITED && kept && crashed);
}

static bool same_place(const struct instance *a, const struct instance *b)
{
    const struct spec *one = a->spec, *other = b->spec;
    if (a == b || !one->replica || one->replica != other->replica)
        return false;
    if (!same_text(one->compose_project, other->compose_project))
        return false; /* one service.id over several projects: replicas */
    if (one->coolify_application && other->coolify_application)
        return !same_text(one->working_dir, other->working_dir);
    return same_text(one->compose_service, other->compose_service);
}

bool generation_rivals(const struct instance *a, const struct instance *b)
{
    return runs(a) && runs(b) && same_place(a, b);
}

static bool older(const struct instance *a, const struct instance *b)
{
    int64_t one = a->observed->created_at_wall_ms, other = b->observed->created_at_wall_ms;
    return one != other ? one < other : strcmp(a->observed->id, b->observed->id) < 0;
}

/* The instances are in order of replica: those of one place stand together. */
static const struct instance *place_first(const struct instance *instance)
{
    const struct instance *at = instance->service->first;
    while (at->spec->replica < instance->spec->replica)
        at = at->next;
    return at;
}

bool generation_spoken_for(const struct instance *instance, const struct instance *place)
{
    unsigned replica = instance->spec->replica;
    if (!replica || !runs(instance))
        return false;
    bool healthy = instance->health.status == STATUS_HEALTHY;
    for (const struct instance *at = place ? place : place_first(instance);
         at && at->spec->replica == replica; at = at->next)
        if (at->health.status == STATUS_HEALTHY && generation_rivals(instance, at) &&
            (!healthy || older(at, instance)))
            return true;
    return false;
}

int64_t generation_since(const struct service *service)
{
    int64_t since = 0;
    for (const struct instance *at = service->first; at; at = at->next)
        for (const struct instance *other = at->next; other && other->spec->replica == at->spec->replica;
             other = other->next) {
            if (!lives(at) || !lives(other) || !same_place(at, other))
                continue;
            const struct instance *newer = older(at, other) ? other : at;
            if (newer->observed->created_at_wall_ms > since)
                since = newer->observed->created_at_wall_ms;
        }
    return since;
}
