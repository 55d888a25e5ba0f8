/* SPDX-License-Identifier: MIT */
/* signal.c: one POST. */
#include "docker/signal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "docker/engine_internal.h"

enum { ANSWER = 16 * 1024 };

struct signal_call {
    struct engine *engine;
    struct transfer *transfer;
    signal_done *done;
    void *user;
};

static void on_done(void *user, const struct transfer_result *result)
{
    struct signal_call *call = user;
    struct error err = {0};
    bool sent = result->end == TRANSFER_DONE && result->http_status == 204;
    if (!sent)
        engine_error(call->engine, "sending a signal", result, result->body, result->body_len, &err);
    if (err.code == -EIO && strstr(err.text, "is not running")) /* older engines: 500 */
        err.code = -EBUSY;
    signal_done *done = call->done;
    void *done_user = call->user;
    free(call);
    done(done_user, sent ? NULL : &err);
}

struct signal_call *signal_send(struct engine *engine, const char *container, const char *name,
                                signal_done *done, void *user)
{
    struct signal_call *call = mem_new(sizeof *call);
    call->engine = engine;
    call->done = done;
    call->user = user;
    char *id = engine_encode(container), *encoded = engine_encode(name);
    struct transfer_request request;
    char *url = engine_request(engine, false, &request, "/containers/%s/kill?signal=%s", id, encoded);
    request.method = "POST";
    request.fresh = true; /* on a reused connection that breaks, it would be sent a second time */
    request.max_body = ANSWER;
    request.on_done = on_done;
    request.user = call;
    call->transfer = transfer_start(engine->checks, &request);
    free(url);
    free(encoded);
    free(id);
    return call;
}

void signal_cancel(struct signal_call *call)
{
    if (!call)
        return;
    transfer_cancel(call->transfer);
    free(call);
}
