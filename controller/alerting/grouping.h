/* grouping.h: whose trouble is whose fault, from the dependencies. Pure. */
#ifndef QUAYWATCH_CONTROLLER_ALERTING_GROUPING_H
#define QUAYWATCH_CONTROLLER_ALERTING_GROUPING_H

#include "controller/core/service.h"

/* The service whose fault it is that this one is sick: the root of its unmet required dependencies; or, where
 * nothing but an optional dependency makes it degraded, that one or its root. NULL: its own. */
const struct service *grouping_cause(const struct service *service);

/* Whether something that it requires, directly or not, is on its way to be found down: it fails some checks
 * or is starting. */
bool grouping_suspects(const struct service *service);

#endif
