/* signal.h: sends a signal to a container's first process. */
#ifndef QUAYWATCH_DOCKER_SIGNAL_H
#define QUAYWATCH_DOCKER_SIGNAL_H

#include "docker/engine.h"

struct signal_call;

/* err NULL: it was sent. Else code -EACCES forbidden (401, 403), -ENOENT no such container, -EBUSY it does
 * not run (409), -EPIPE no answer, -EIO all else. */
typedef void signal_done(void *user, const struct error *err);

/* POST /containers/{id}/kill?signal=…, within the engine's timeout; container is an id or a name, name "HUP"
 * and the like. done is called exactly once unless cancelled, never before this returns. */
struct signal_call *signal_send(struct engine *engine, const char *container, const char *name,
                                signal_done *done, void *user);

/* Stops waiting, without done. Not once done was called. Must have ended before its engine is closed. NULL is
 * fine. */
void signal_cancel(struct signal_call *call);

#endif
