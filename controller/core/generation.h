/* generation.h: an old and a new container at the same place of a service: both run while a deployment
 * replaces one by the other. Pure. CONTRACT sections 4 and 5. */
#ifndef QUAYWATCH_CORE_GENERATION_H
#define QUAYWATCH_CORE_GENERATION_H

#include "controller/core/service.h"

/* Whether two instances of one service are two live generations: both run, with the same replica number (not
 * 0) of the same compose service or Swarm service; a Coolify application names its compose service anew with
 * each deployment, there the working_dir differs. Plain containers that share a name are replicas. */
bool generation_rivals(const struct instance *a, const struct instance *b);

/* Whether another generation speaks for the place of this instance: the oldest healthy one does. place is the
 * first instance of the service with its replica number, where the caller walks the list anyway, or NULL. */
bool generation_spoken_for(const struct instance *instance, const struct instance *place);

/* When the newest of a service's second generations was created (wall ms); 0: each place has one. One that
 * crashes and that the engine brings up again counts, too. */
int64_t generation_since(const struct service *service);

#endif
