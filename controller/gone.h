/* gone.h: the counters of services that are gone for good are forgotten, so that their labels do not grow for
 * as long as quaywatch runs. A service that comes back within ten minutes goes on where it was. */
#ifndef QUAYWATCH_CONTROLLER_GONE_H
#define QUAYWATCH_CONTROLLER_GONE_H

#include <stdint.h>

struct controller;
struct gone;

/* For this controller, which outlives it. */
struct gone *gone_new(struct controller *controller);

/* Frees it. NULL is fine. */
void gone_free(struct gone *gone);

/* Once a turn, after the registry has settled. */
void gone_settle(struct gone *gone);

/* When there is something to forget (mono ms); 0: nothing is missing. */
int64_t gone_due(const struct gone *gone);

#endif
