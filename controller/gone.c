/* SPDX-License-Identifier: MIT */
/* gone.c: looks, some time after services went, which counters belong to none: those that were without one at
 * the look before, too, are forgotten. */
#include "controller/gone.h"

#include <stdlib.h>
#include <string.h>

#include "controller/controller_internal.h"

enum { LOOK_MS = 10 * 60 * 1000, FAMILIES = 3 };

/* The labels of a counter family that belonged to no service at the latest look, sorted. */
struct missing {
    struct counters *counters;
    struct arena arena;
    struct strings names;
};

struct gone {
    struct controller *controller;
    uint64_t topology; /* of the registry, as known here */
    int64_t look_mono_ms;
    struct missing missing[FAMILIES];
};

struct gone *gone_new(struct controller *controller)
{
    struct gone *gone = mem_new(sizeof *gone);
    struct stats *stats = &controller->stats;
    struct counters *by_service[FAMILIES] = {&stats->probes, &stats->restarts, &stats->stops};
    gone->controller = controller;
    for (size_t i = 0; i < FAMILIES; i++)
        gone->missing[i].counters = by_service[i];
    return gone;
}

void gone_free(struct gone *gone)
{
    if (!gone)
        return;
    for (size_t i = 0; i < FAMILIES; i++)
        arena_free(&gone->missing[i].arena);
    free(gone);
}

static int compare_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool is_service(const struct registry *registry, const char *name)
{
    const struct service *service = registry_service(registry, name);
    return service && strcmp(service->name, name) == 0; /* names lead to services in other ways, too */
}

/* Forgets what is missing for the second time, remembers what is missing for the first. */
static void look(struct missing *missing, const struct registry *registry)
{
    struct counters *counters = missing->counters;
    struct arena arena = {0};
    struct strings names = {0};
    for (size_t i = 0; i < counters->count;) {
        char *name = arena_copy(&arena, counters->set[i].label[0]);
        size_t last = i;
        while (last < counters->count && strcmp(counters->set[last].label[0], name) == 0)
            last++;
        bool kept = !name[0] || strcmp(name, "other") == 0 || is_service(registry, name);
        bool again = !kept && missing->names.count &&
                     bsearch(&name, missing->names.item, missing->names.count, sizeof name, compare_text);
        if (again) {
            stats_forget(counters, name);
            continue;
        }
        if (!kept)
            strings_add(&arena, &names, name);
        i = last;
    }
    arena_free(&missing->arena);
    missing->arena = arena;
    missing->names = names;
}

void gone_settle(struct gone *gone)
{
    struct controller *controller = gone->controller;
    uint64_t topology = registry_topology(controller->registry);
    int64_t now = controller->now.mono_ms;
    if (topology != gone->topology && !gone->look_mono_ms)
        gone->look_mono_ms = now + LOOK_MS;
    gone->topology = topology;
    if (!gone->look_mono_ms || gone->look_mono_ms > now)
        return;
    bool more = false;
    for (size_t i = 0; i < FAMILIES; i++) {
        look(&gone->missing[i], controller->registry);
        more |= gone->missing[i].names.count > 0;
    }
    gone->look_mono_ms = more ? now + LOOK_MS : 0;
}

int64_t gone_due(const struct gone *gone)
{
    return gone->look_mono_ms;
}
