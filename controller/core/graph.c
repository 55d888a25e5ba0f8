/* SPDX-License-Identifier: MIT */
/* graph.c: strongly connected components (Tarjan, without recursion), depth, roots, and circles as words. */
#include "controller/core/graph.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CIRCLE_NAMES = 12,   /* of a longer circle the middle is left out */
    CIRCLE_SEARCH = 256, /* so many services are looked at for the shortest circle */
    ROOT_STEPS = 1000    /* far more than any real chain */
};

/* What one walk over the graph knows of each service. */
struct visit {
    unsigned order, low; /* order 0: not seen yet */
    unsigned component;  /* 1 …; 0: not closed yet */
    size_t next;         /* the dependency to follow next */
};

struct walk {
    struct service *const *services;
    size_t count;
    struct visit *visits;
    unsigned *open, *path; /* Tarjan's stack, and the way down from the start */
    size_t open_count, path_length;
    unsigned order, components;
    bool required_only;
};

static bool is_edge(const struct walk *walk, const struct service_dependency *dependency)
{
    return dependency->target && (walk->required_only ? dependency->type == DEPENDENCY_REQUIRED
                                                      : dependency->type != DEPENDENCY_CIRCULAR);
}

static void walk_enter(struct walk *walk, unsigned index)
{
    struct visit *visit = &walk->visits[index];
    visit->order = visit->low = ++walk->order;
    walk->open[walk->open_count++] = index;
    walk->path[walk->path_length++] = index;
}

/* The end of one service's dependencies: what is open above it is its component, if it is the first of it. */
static void walk_leave(struct walk *walk)
{
    unsigned index = walk->path[--walk->path_length];
    struct visit *visit = &walk->visits[index];
    if (walk->path_length) {
        struct visit *above = &walk->visits[walk->path[walk->path_length - 1]];
        if (visit->low < above->low)
            above->low = visit->low;
    }
    if (visit->low != visit->order)
        return;
    walk->components++;
    unsigned member;
    do {
        member = walk->open[--walk->open_count];
        walk->visits[member].component = walk->components;
    } while (member != index);
}

static void walk_from(struct walk *walk, unsigned start)
{
    walk_enter(walk, start);
    while (walk->path_length) {
        unsigned index = walk->path[walk->path_length - 1];
        struct visit *visit = &walk->visits[index];
        const struct service *service = walk->services[index];
        if (visit->next == service->dependency_count) {
            walk_leave(walk);
            continue;
        }
        const struct service_dependency *dependency = &service->dependencies[visit->next++];
        if (!is_edge(walk, dependency))
            continue;
        const struct visit *other = &walk->visits[dependency->target->graph.index];
        if (!other->order)
            walk_enter(walk, dependency->target->graph.index);
        else if (!other->component && other->order < visit->low)
            visit->low = other->order;
    }
}

/* The component of each service; freed with free(). */
static unsigned *find_components(struct service *const *services, size_t count, bool required_only)
{
    struct walk walk = {.services = services,
                        .count = count,
                        .visits = mem_new(count * sizeof *walk.visits),
                        .open = mem_new(count * sizeof *walk.open),
                        .path = mem_new(count * sizeof *walk.path),
                        .required_only = required_only};
    for (unsigned i = 0; i < count; i++)
        if (!walk.visits[i].order)
            walk_from(&walk, i);
    unsigned *components = mem_new(count * sizeof *components);
    for (size_t i = 0; i < count; i++)
        components[i] = walk.visits[i].component;
    free(walk.visits);
    free(walk.open);
    free(walk.path);
    return components;
}

static bool needs_itself(const struct service *service)
{
    for (size_t i = 0; i < service->dependency_count; i++)
        if (service->dependencies[i].target == service &&
            service->dependencies[i].type == DEPENDENCY_REQUIRED)
            return true;
    return false;
}

/* Circles are numbered in order of their smallest names, so that equal fleets get equal numbers. */
static void number_circles(struct service *const *services, size_t count, const unsigned *components)
{
    unsigned *size = mem_new((count + 1) * sizeof *size), *number = mem_new((count + 1) * sizeof *number);
    unsigned circles = 0;
    for (size_t i = 0; i < count; i++)
        size[components[i]]++;
    for (size_t i = 0; i < count; i++) {
        unsigned component = components[i];
        bool circle = size[component] > 1 || needs_itself(services[i]);
        if (circle && !number[component])
            number[component] = ++circles;
        services[i]->graph.circle = circle ? number[component] : 0;
    }
    free(size);
    free(number);
}

/* Whether a dependency orders: a required one outside of circles, another one where nothing contradicts it.
 * What is left has no circle. */
static bool orders(const struct service *service, const struct service_dependency *dependency,
                   const unsigned *components)
{
    const struct service *target = dependency->target;
    if (!target || dependency->type == DEPENDENCY_CIRCULAR)
        return false;
    if (dependency->type == DEPENDENCY_REQUIRED)
        return !graph_is_circular(service, dependency);
    return components[target->graph.index] != components[service->graph.index];
}

static void measure_depth(struct service *const *services, size_t count, const unsigned *components)
{
    size_t *next = mem_new(count * sizeof *next), length;
    unsigned *path = mem_new(count * sizeof *path);
    bool *seen = mem_new(count * sizeof *seen);
    for (unsigned i = 0; i < count; i++)
        services[i]->graph.depth = 0;
    for (unsigned i = 0; i < count; i++) {
        length = 0;
        if (!seen[i])
            path[length++] = i;
        seen[i] = true;
        while (length) {
            struct service *service = services[path[length - 1]];
            size_t at = next[service->graph.index];
            if (at == service->dependency_count) {
                length--;
                continue;
            }
            const struct service_dependency *dependency = &service->dependencies[at];
            if (orders(service, dependency, components)) {
                unsigned target = dependency->target->graph.index;
                if (!seen[target]) { /* the same dependency is looked at once more when it is measured */
                    seen[target] = true;
                    path[length++] = target;
                    continue;
                }
                unsigned depth = dependency->target->graph.depth + 1;
                if (depth > service->graph.depth)
                    service->graph.depth = depth;
            }
            next[service->graph.index]++;
        }
    }
    free(next);
    free(path);
    free(seen);
}

void graph_measure(struct service *const *services, size_t count)
{
    if (!count)
        return;
    for (unsigned i = 0; i < count; i++)
        services[i]->graph.index = i;
    unsigned *required = find_components(services, count, true);
    number_circles(services, count, required);
    free(required);
    unsigned *all = find_components(services, count, false);
    measure_depth(services, count, all);
    free(all);
}

bool graph_is_circular(const struct service *service, const struct service_dependency *dependency)
{
    return dependency->type == DEPENDENCY_REQUIRED && dependency->target && service->graph.circle &&
           dependency->target->graph.circle == service->graph.circle;
}

/* ---- what is down ---- */

static bool completed(const struct service *service)
{
    for (const struct instance *at = service->first; at; at = at->next)
        if (at->observed->state != CONTAINER_EXITED || at->observed->exit_code != 0)
            return false;
    return service->first != NULL;
}

static bool is_down(enum status status)
{
    switch (status) {
    case STATUS_UNHEALTHY:
    case STATUS_FAILED:
    case STATUS_STARTING:
    case STATUS_STOPPED:
        return true;
    case STATUS_HEALTHY:
    case STATUS_DEGRADED:
    case STATUS_UNKNOWN:
    case STATUS_COUNT:
        break;
    }
    return false;
}

/* The status of a service in this very turn, before it is settled: STATUS_COUNT as long as one instance is
 * well or cannot be judged. */
static enum status down_already(const struct service *service)
{
    enum status status = STATUS_COUNT;
    for (const struct instance *at = service->first; at; at = at->next) {
        if (!is_down(at->health.status))
            return STATUS_COUNT;
        bool same = status == STATUS_COUNT || status == at->health.status;
        if (at->health.status == STATUS_STARTING || status == STATUS_STARTING)
            status = STATUS_STARTING;
        else
            status = same ? at->health.status : STATUS_UNHEALTHY;
    }
    return status;
}

enum status graph_unmet(const struct service *service, const struct service_dependency *dependency)
{
    const struct service *target = dependency->target;
    if (!target || dependency->type != DEPENDENCY_REQUIRED || graph_is_circular(service, dependency))
        return STATUS_COUNT;
    if (dependency->needs_completion && completed(target))
        return STATUS_COUNT;
    return is_down(target->status) ? target->status : down_already(target);
}

const struct service *graph_root(const struct service *service)
{
    const struct service *at = service;
    for (unsigned step = 0; step < ROOT_STEPS; step++) {
        const struct service *next = NULL;
        for (size_t i = 0; i < at->dependency_count && !next; i++)
            if (graph_unmet(at, &at->dependencies[i]) != STATUS_COUNT)
                next = at->dependencies[i].target;
        if (!next)
            break;
        at = next;
    }
    return at == service ? NULL : at;
}

/* ---- circles as words ---- */

/* One step of the search for the way back. */
struct step {
    const struct service *service;
    size_t from; /* the step before */
};

static int step_order(const void *a, const void *b)
{
    const struct service *const *x = a, *const *y = b;
    return (*x > *y) - (*x < *y);
}

/* Adds a service to the sorted list of those seen; false when it is there already. */
static bool see(const struct service **seen, size_t count, const struct service *service)
{
    if (count && bsearch(&service, seen, count, sizeof *seen, step_order))
        return false;
    size_t place = count;
    for (; place && seen[place - 1] > service; place--)
        seen[place] = seen[place - 1];
    seen[place] = service;
    return true;
}

/* The shortest way from service back to itself inside its circle, breadth first: fills names from service on
 * and gives their number; 0 when the circle is too large to search. */
static size_t way_back(const struct service *service, const struct service **ret)
{
    struct step *steps = mem_new(CIRCLE_SEARCH * sizeof *steps);
    const struct service **seen = mem_new(CIRCLE_SEARCH * sizeof *seen);
    size_t count = 1, length = 0;
    steps[0] = (struct step){service, 0};
    see(seen, 0, service);
    for (size_t at = 0; at < count && !length; at++) {
        const struct service *here = steps[at].service;
        for (size_t i = 0; i < here->dependency_count && !length; i++) {
            const struct service_dependency *dependency = &here->dependencies[i];
            if (!graph_is_circular(here, dependency))
                continue;
            if (dependency->target == service) {
                for (size_t back = at; back; back = steps[back].from)
                    length++;
                length++;
                size_t place = length;
                for (size_t back = at; place; back = steps[back].from)
                    ret[--place] = steps[back].service;
            } else if (count < CIRCLE_SEARCH && see(seen, count, dependency->target)) {
                steps[count++] = (struct step){dependency->target, at};
            }
        }
    }
    free(steps);
    free(seen);
    return length;
}

void graph_circle(const struct service *service, char *ret, size_t size)
{
    ret[0] = '\0';
    if (!service->graph.circle)
        return;
    const struct service **names = mem_new(CIRCLE_SEARCH * sizeof *names);
    size_t length = way_back(service, names), smallest = 0, used = 0;
    for (size_t i = 1; i < length; i++)
        if (strcmp(names[i]->name, names[smallest]->name) < 0)
            smallest = i;
    for (size_t i = 0; i < length && used < size; i++) {
        if (length > CIRCLE_NAMES && i == CIRCLE_NAMES / 2) {
            used += (size_t)snprintf(ret + used, size - used, "… (%zu services) → ", length);
            i = length - CIRCLE_NAMES / 2;
        }
        if (used < size)
            used += (size_t)snprintf(ret + used, size - used, "%.63s → ",
                                     names[(smallest + i) % length]->name);
    }
    if (length && used < size)
        snprintf(ret + used, size - used, "%.63s", names[smallest]->name);
    else if (!length)
        snprintf(ret, size, "%.63s → … → %.63s", service->name, service->name);
    free(names);
}
