/* archive.h: whether a path exists in a container, by the archive API's stat: no process is started, so that
 * it works in images without a shell. It sees image, volumes and bind mounts; what lies in a tmpfs or /proc
 * the engine does not see. A link counts as existing wherever it leads. */
#ifndef QUAYWATCH_DOCKER_ARCHIVE_H
#define QUAYWATCH_DOCKER_ARCHIVE_H

#include "docker/engine.h"

struct archive;

/* err NULL: exists is the answer. Else the engine did not look: code -EACCES forbidden (401, 403), -EPIPE no
 * answer, -EIO all else. (A container that is gone cannot be told from a file that is: the answer has no
 * body.) */
typedef void archive_done(void *user, bool exists, const struct error *err);

/* HEAD /containers/{id}/archive?path=…, within timeout_ms. done is called exactly once unless cancelled,
 * never before this returns. */
struct archive *archive_look(struct engine *engine, const char *container, const char *path,
                             int64_t timeout_ms, archive_done *done, void *user);

/* Ends it without done; not once done was called. Must have ended before its engine is closed. NULL is fine.
 */
void archive_cancel(struct archive *archive);

#endif
