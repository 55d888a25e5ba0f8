/* changes.h: at which revision the answers changed that are about all services at once: which there are, and
 * with which tags. Kept only once somebody has asked, and brought up to date by what changed since.
 *
 * Whoever waits for one service waits for its own revision; whoever waits for a service that does not exist,
 * for the next change of which there are. */
#ifndef QUAYWATCH_EXPORTER_CONSUL_CHANGES_H
#define QUAYWATCH_EXPORTER_CONSUL_CHANGES_H

#include "exporter/consul/catalog.h"

struct consul_changes;

/* Nothing is kept yet. */
struct consul_changes *consul_changes_new(void);

/* The revision of the list of services with their tags (/v1/catalog/services), as of now. */
uint64_t consul_changes_services(struct consul_changes *changes, const struct registry *registry);

/* The revision since which a service of this name is as it is now, there or not. */
uint64_t consul_changes_service(struct consul_changes *changes, const struct registry *registry,
                                const char *name);

/* Frees it. NULL is fine. */
void consul_changes_free(struct consul_changes *changes);

#endif
