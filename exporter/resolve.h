/* resolve.h: which serving instance a caller should use next. Remembers what was handed out, nothing else. */
#ifndef QUAYWATCH_EXPORTER_RESOLVE_H
#define QUAYWATCH_EXPORTER_RESOLVE_H

#include "controller/core/service.h"

enum strategy {
    STRATEGY_HEALTH_BASED,
    STRATEGY_ROUND_ROBIN,
    STRATEGY_LEAST_CONNECTIONS,
    STRATEGY_WEIGHTED_ROUND_ROBIN,
    STRATEGY_RANDOM,
    STRATEGY_COUNT
};
extern const char *const strategy_name[STRATEGY_COUNT]; /* "health_based", "round_robin", … */

/* The strategy of that name (also with dashes); -1 when there is none. */
int strategy_find(const char *name);

struct resolver;

/* A resolver without memory; seed starts its random numbers. */
struct resolver *resolver_new(uint64_t seed);

/* The next instance of service by strategy among the serving ones that carry tag (NULL: any); counted as
 * handed out. NULL when there is none. */
const struct instance *resolver_pick(struct resolver *resolver, const struct service *service,
                                     enum strategy strategy, const char *tag);

/* How often an instance was handed out. */
uint64_t resolver_handed(const struct resolver *resolver, const struct instance *instance);

/* Frees it. NULL is fine. */
void resolver_free(struct resolver *resolver);

#endif
