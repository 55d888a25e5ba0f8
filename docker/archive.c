/* SPDX-License-Identifier: MIT */
/* archive.c: one HEAD request. */
#include "docker/archive.h"

#include <stdlib.h>

#include "docker/engine_internal.h"

struct archive {
    struct engine *engine;
    struct transfer *transfer;
    archive_done *done;
    void *user;
};

static void on_done(void *user, const struct transfer_result *result)
{
    struct archive *archive = user;
    struct error err = {0};
    bool answered = result->end == TRANSFER_DONE &&
                    (result->http_status == 200 || result->http_status == 404);
    if (!answered)
        engine_error(archive->engine, "looking for a file", result, "", 0, &err);
    archive_done *done = archive->done;
    void *done_user = archive->user;
    free(archive);
    done(done_user, answered && result->http_status == 200, answered ? NULL : &err);
}

struct archive *archive_look(struct engine *engine, const char *container, const char *path,
                             int64_t timeout_ms, archive_done *done, void *user)
{
    struct archive *archive = mem_new(sizeof *archive);
    archive->engine = engine;
    archive->done = done;
    archive->user = user;
    char *id = engine_encode(container), *encoded = engine_encode(path);
    struct transfer_request request;
    char *url = engine_request(engine, false, &request, "/containers/%s/archive?path=%s", id, encoded);
    request.method = "HEAD";
    request.total_timeout_ms = timeout_ms;
    request.on_done = on_done;
    request.user = archive;
    archive->transfer = transfer_start(engine->checks, &request);
    free(url);
    free(encoded);
    free(id);
    return archive;
}

void archive_cancel(struct archive *archive)
{
    if (!archive)
        return;
    transfer_cancel(archive->transfer);
    free(archive);
}
