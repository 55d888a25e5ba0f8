/* swarm.h: rolling a Swarm service back to its previous specification. Managers only; other nodes refuse with
 * a sentence. */
#ifndef QUAYWATCH_DOCKER_SWARM_H
#define QUAYWATCH_DOCKER_SWARM_H

#include "docker/engine.h"

struct rollback;

/* err NULL: it was rolled back, and version was the one that failed. Else err->code: -ENODATA there is no
 * previous specification, -EALREADY this version was rolled back before, or is what a rollback led to
 * (another one would lead back to what failed first), -ENOENT no such service, -EACCES forbidden (401, 403),
 * -EPIPE no answer (ask again later), -EIO other. */
typedef void swarm_rolled_back(void *user, int64_t version, const struct error *err);

/* GET /services/{id}, then POST /services/{id}/update?version=…&rollback=previous with its present Spec; not
 * for the version done_before (0: none). done is called exactly once unless cancelled, never before this
 * returns. */
struct rollback *swarm_rollback(struct engine *engine, const char *service_id, int64_t done_before,
                                swarm_rolled_back *done, void *user);

/* Ends it without done; not once done was called. Must have ended before its engine is closed. NULL is fine.
 */
void swarm_cancel(struct rollback *rollback);

#endif
