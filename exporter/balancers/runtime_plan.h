/* runtime_plan.h: what must be said to a HAProxy so that its servers are what the registry says. Pure.
 *
 * Serving: its address, its weight, ready. Running without serving: drain, so that what is under way there
 * ends well. Not running: maint. No longer there: maint, and deleted once nothing is connected to it. */
#ifndef QUAYWATCH_EXPORTER_BALANCERS_RUNTIME_PLAN_H
#define QUAYWATCH_EXPORTER_BALANCERS_RUNTIME_PLAN_H

#include <stddef.h>
#include <stdint.h>

#include "exporter/balancers/runtime_table.h"

struct registry;
struct service;

/* One command, without line end. */
struct runtime_command {
    char *text; /* own */
    enum runtime_verb verb;
};

/* Commands in the order in which they are to be said. All zero is the empty list. */
struct runtime_commands {
    struct runtime_command *item;
    size_t count, cap;
};

/* Forgets the first count of them, or all. */
void runtime_commands_drop(struct runtime_commands *commands, size_t count);
void runtime_commands_free(struct runtime_commands *commands);

/* Appends what is to be said about one service, and notes it in the table as done. Nothing when HAProxy has
 * no backend for it. Without warm nothing is taken out: the registry may not know yet what is alive. */
void runtime_plan_service(struct runtime_table *table, const struct service *service, bool warm,
                          struct runtime_commands *commands);

/* The same for a service that the registry has no more, by its display name. */
void runtime_plan_gone(struct runtime_table *table, const char *name, struct runtime_commands *commands);

/* The same for all services and for all backends. */
void runtime_plan_all(struct runtime_table *table, const struct registry *registry, bool warm,
                      struct runtime_commands *commands);

#endif
