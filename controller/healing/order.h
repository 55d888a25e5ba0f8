/* order.h: who is healed first when several want to be at once. Pure. */
#ifndef QUAYWATCH_CONTROLLER_HEALING_ORDER_H
#define QUAYWATCH_CONTROLLER_HEALING_ORDER_H

#include "controller/core/service.h"

/* By tag, lower is earlier: "critical", "important", neither, "optional". */
unsigned order_rank(const struct spec *spec);

/* What an instance is sorted by. */
struct order {
    unsigned depth; /* see graph.h: roots have less than those that depend on them */
    unsigned rank;
    int64_t since_wall_ms; /* it has its status */
    const char *key, *container;
};

/* Takes it from an instance. */
struct order order_of(const struct instance *instance);

/* Negative: a before b. Roots first, then by rank, then who is sick longest; then by name, so that an order
 * is the same each time. */
int order_compare(const struct order *a, const struct order *b);

#endif
