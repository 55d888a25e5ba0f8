/* chronicle.h: what the controller sees and does, told to the history (exporter/history/annals.h). All of
 * this does nothing where no history is kept. */
#ifndef QUAYWATCH_CONTROLLER_CHRONICLE_H
#define QUAYWATCH_CONTROLLER_CHRONICLE_H

#include <stdbool.h>
#include <stdint.h>

#include "controller/core/service.h"

struct controller;

/* Opens the history in STATE_DIR, if that is set and wanted; the journal goes on where it was. */
void chronicle_open(struct controller *controller);

/* Writes what waits; the loop must run once more. */
void chronicle_close(struct controller *controller);

/* A service may be in another state: its status, or its maintenance. */
void chronicle_service(struct controller *controller, const struct service *service);

/* An instance is about to go, and perhaps its service with it. */
void chronicle_leave(struct controller *controller, const struct instance *instance);

/* Once a turn, when the registry has settled: services that are gone; and doubt about our own network. */
void chronicle_settle(struct controller *controller);

/* Its status is another; before STATUS_COUNT: it is new. */
void chronicle_status(struct controller *controller, const struct instance *instance, enum status before);

/* The decision that is shown is news. */
void chronicle_decision(struct controller *controller, const struct instance *instance);

/* A restart ended. */
void chronicle_restart(struct controller *controller, const struct instance *instance, const char *reason,
                       const char *result);

/* A check that counts was made. */
void chronicle_check(struct controller *controller, const struct instance *instance, bool passed,
                     double response_ms);

/* The journal has a new event. */
void chronicle_event(struct controller *controller);

/* The engine answers, or does not any more. */
void chronicle_engine(struct controller *controller);

/* Somebody set the machine's clock. */
void chronicle_clock(struct controller *controller, int64_t jump_ms);

#endif
