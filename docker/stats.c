/* SPDX-License-Identifier: MIT */
/* stats.c: one GET request, and what its refusals mean. */
#include "docker/stats.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/limits.h"
#include "docker/decode.h"
#include "docker/engine_internal.h"

struct stats_call {
    struct engine *engine;
    struct transfer *transfer;
    stats_done *done;
    void *user;
};

/* An engine without such a container says so in its own words. A proxy, or an engine without this call,
 * answers 404, too; Podman has no words for either. */
static int refusal(const struct stats_call *call, const struct transfer_result *result, struct error *err)
{
    int code = engine_error(call->engine, "measuring a container", result, result->body, result->body_len,
                            err);
    bool unknown_container = decode_is_message(result->body, result->body_len) &&
                             strcasestr(result->body, "no such container");
    if (code == -ENOENT && !unknown_container)
        code = err->code = -EIO;
    return code;
}

static void on_done(void *user, const struct transfer_result *result)
{
    struct stats_call *call = user;
    struct stats_reading reading = {0};
    struct error err = {0};
    int code = 0;
    if (result->end != TRANSFER_DONE || result->http_status != 200)
        code = refusal(call, result, &err);
    else
        code = decode_stats(result->body, result->body_len, &reading, &err);
    stats_done *done = call->done;
    void *done_user = call->user;
    free(call);
    done(done_user, code == 0 ? &reading : NULL, code == 0 ? NULL : &err);
}

struct stats_call *stats_read(struct engine *engine, const char *container, stats_done *done, void *user)
{
    struct stats_call *call = mem_new(sizeof *call);
    call->engine = engine;
    call->done = done;
    call->user = user;
    char *id = engine_encode(container);
    struct transfer_request request;
    char *url = engine_request(engine, false, &request, "/containers/%s/stats?stream=false&one-shot=true",
                               id);
    request.max_body = LIMIT_STATS_BODY;
    request.on_done = on_done;
    request.user = call;
    call->transfer = transfer_start(engine->stats, &request);
    free(url);
    free(id);
    return call;
}

void stats_cancel(struct stats_call *call)
{
    if (!call)
        return;
    transfer_cancel(call->transfer);
    free(call);
}
