/* graph.h: what the dependencies of all services add up to: circles, the order of starting, and who is at the
 * root of what is down. Pure. The registry measures whenever a dependency came, went or changed its meaning;
 * the answers are then read from the services. */
#ifndef QUAYWATCH_CORE_GRAPH_H
#define QUAYWATCH_CORE_GRAPH_H

#include "controller/core/service.h"

/* Sets graph.circle and graph.depth of the services, which are given in order of name and hold all that they
 * depend on. Circles are made of required dependencies only: nothing else makes anybody wait. */
void graph_measure(struct service *const *services, size_t count);

/* Whether a dependency of service lies in a circle: it then neither holds nor orders. */
bool graph_is_circular(const struct service *service, const struct service_dependency *dependency);

/* Whether a dependency is unmet: required, registered, in no circle, and none of its instances well; unknown
 * ones are not unmet, and one that must complete is met by exit 0. Gives its status (unhealthy, failed,
 * starting or stopped), or STATUS_COUNT when it is met. */
enum status graph_unmet(const struct service *service, const struct service_dependency *dependency);

/* Follows unmet dependencies, by name the first, down to the one that is down itself without waiting for
 * another. NULL when service has none that is unmet. */
const struct service *graph_root(const struct service *service);

/* Writes the shortest circle through service, from its smallest name on: "a → b → a". Long ones are cut in
 * the middle; "" when it is in none. */
void graph_circle(const struct service *service, char *ret, size_t size);

#endif
