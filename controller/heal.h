/* heal.h: restarts: those that were decided, and those that people ask for. A part of the controller, see
 * controller_internal.h. */
#ifndef QUAYWATCH_CONTROLLER_HEAL_H
#define QUAYWATCH_CONTROLLER_HEAL_H

#include <stdbool.h>
#include <stdint.h>

struct controller;
struct decision;
struct error;
struct facts;
struct record;
struct service;

/* Begins a restart that was decided from facts. */
void heal_start(struct controller *controller, struct record *record, const struct decision *decision,
                const struct facts *facts);

/* A person's restart of a service (struct actions): its instances one after another; one that serves waits
 * until those before it serve again. */
int heal_person(void *user, const struct service *service, bool force, struct error *err);

/* Its part of a turn, after the registry was settled: drained ones are restarted when it is time, the next
 * ones begun. And when there is something that waits for its time (mono ms); 0: nothing. */
void heal_settle(struct controller *controller);
int64_t heal_due(const struct controller *controller);

/* A restart that was begun on this container is known to have ended, one way or the other. */
void heal_forget_pending(struct controller *controller, struct record *record);

/* Services restarted within the last minute; *ret_ends_mono_ms: when the first of them will not count any
 * more. */
unsigned heal_recent_services(const struct controller *controller, int64_t *ret_ends_mono_ms);

/* Restarts of ours under way. */
unsigned heal_in_flight(const struct controller *controller);

/* Drops what waits; what is under way goes on. */
void heal_stop(struct controller *controller);

/* Frees the list. */
void heal_free(struct controller *controller);

#endif
