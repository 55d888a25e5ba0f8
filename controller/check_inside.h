/* check_inside.h: the checks that the engine makes for us inside a container: `command` and `file`. Joins
 * docker/exec and docker/archive to the prober, which knows no Docker.
 *
 * At most one command runs in a container at a time (docker/exec_once.h), whatever becomes of its check. */
#ifndef QUAYWATCH_CONTROLLER_CHECK_INSIDE_H
#define QUAYWATCH_CONTROLLER_CHECK_INSIDE_H

#include "docker/exec.h"
#include "health/prober.h"

struct check_inside;

/* One that makes the prober's checks by an engine, which must outlive it. A probe's container is its id, what
 * is inside the text of the label. */
struct check_inside *check_inside_new(struct engine *engine, struct prober *prober);

/* The container is gone, and with it whatever ran there. NULL is fine. */
void check_inside_forget(struct check_inside *inside, const char *container);

/* Frees it; the prober's checks must have ended. NULL is fine. */
void check_inside_free(struct check_inside *inside);

/* What the end of a command means for its check; timeout_ms is the check's. All but response_ms is set; no
 * word of the command or its output gets in. Pure. */
void check_inside_judge_command(const struct exec_result *result, const struct error *err, int64_t timeout_ms,
                                struct outcome *ret);

/* The same for a file. */
void check_inside_judge_file(const char *path, bool exists, const struct error *err, struct outcome *ret);

#endif
