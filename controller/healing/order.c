/* SPDX-License-Identifier: MIT */
/* order.c: roots before dependents, what is important before what is not, the sick longest first. */
#include "controller/healing/order.h"

#include <string.h>

unsigned order_rank(const struct spec *spec)
{
    static const struct {
        const char *tag;
        unsigned rank;
    } ranks[] = {{"critical", 0}, {"important", 1}, {"optional", 3}};
    for (size_t i = 0; i < sizeof ranks / sizeof *ranks; i++)
        if (strings_has(&spec->tags, ranks[i].tag))
            return ranks[i].rank;
    return 2;
}

struct order order_of(const struct instance *instance)
{
    return (struct order){.depth = instance->service->graph.depth,
                          .rank = order_rank(instance->spec),
                          .since_wall_ms = instance->since_wall_ms,
                          .key = instance->spec->key,
                          .container = instance->observed->container};
}

int order_compare(const struct order *a, const struct order *b)
{
    if (a->depth != b->depth)
        return a->depth < b->depth ? -1 : 1;
    if (a->rank != b->rank)
        return a->rank < b->rank ? -1 : 1;
    if (a->since_wall_ms != b->since_wall_ms)
        return a->since_wall_ms < b->since_wall_ms ? -1 : 1;
    int keys = strcmp(a->key, b->key);
    return keys ? keys : strcmp(a->container, b->container);
}
