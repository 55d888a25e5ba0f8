/* stats.h: what a container uses at present, by the stats API: one reading, without the second that Docker
 * waits for a difference (one-shot, API 1.41). Docker 20.10 still takes up to a second to answer, newer ones
 * 3 ms: these calls have connections of their own, so that nothing else waits behind them. */
#ifndef QUAYWATCH_DOCKER_STATS_H
#define QUAYWATCH_DOCKER_STATS_H

#include <stdbool.h>

#include "docker/engine.h"

/* One reading. What the engine does not say is not there. */
struct stats_reading {
    int64_t read_wall_ms; /* by the engine's clock; 0: not said */
    bool has_cpu, has_memory;
    uint64_t cpu_ns;             /* processor time since the container's start */
    uint64_t memory_bytes;       /* without the page cache that is not in use, as `docker stats` shows it */
    uint64_t memory_limit_bytes; /* the machine's memory where the container has no limit; 0: not said */
};

struct stats_call;

/* reading, or NULL with err: -ENODATA the container does not run, -ENOENT there is none such, -EACCES
 * forbidden (401, 403), -EPIPE no whole answer, -EBADMSG and -EIO all else. */
typedef void stats_done(void *user, const struct stats_reading *reading, const struct error *err);

/* GET /containers/{id}/stats?stream=false&one-shot=true. done is called exactly once unless cancelled, never
 * before this returns. */
struct stats_call *stats_read(struct engine *engine, const char *container, stats_done *done, void *user);

/* Ends it without done; not once done was called. Must have ended before its engine is closed. NULL is fine.
 */
void stats_cancel(struct stats_call *call);

#endif
