/* SPDX-License-Identifier: MIT */
/* swarm.c: a rollback as two requests, the second with what the first has read. */
#include "docker/swarm.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "docker/decode_json.h"
#include "docker/engine_internal.h"

enum { SERVICE_MAX = 1024 * 1024, ANSWER_MAX = 16 * 1024 };

struct rollback {
    struct engine *engine;
    struct transfer *transfer;
    char *service_id;
    int64_t version, done_before;
    swarm_rolled_back *done;
    void *user;
};

static void rollback_free(struct rollback *rollback)
{
    free(rollback->service_id);
    free(rollback);
}

static void finish(struct rollback *rollback, const struct error *err)
{
    swarm_rolled_back *done = rollback->done;
    void *user = rollback->user;
    int64_t version = rollback->version;
    rollback_free(rollback);
    done(user, version, err);
}

static void finish_refused(struct rollback *rollback, const char *what, const struct transfer_result *result)
{
    struct error err = {0};
    engine_error(rollback->engine, what, result, result->body, result->body_len, &err);
    finish(rollback, &err);
}

static void on_updated(void *user, const struct transfer_result *result)
{
    struct rollback *rollback = user;
    if (result->end == TRANSFER_DONE && result->http_status == 200)
        finish(rollback, NULL);
    else
        finish_refused(rollback, "rolling the service back", result);
}

/* Why a service is not rolled back, or 0. */
static int refuse(const struct rollback *rollback, struct json_object *service, struct error *err)
{
    const char *state = field_text(json_member(service, "UpdateStatus"), "State");
    if (rollback->version <= 0 || !json_member(service, "Spec"))
        return error_set(err, -EIO, "the engine's description of the service has no version or no Spec");
    if (!json_member(service, "PreviousSpec"))
        return error_set(err, -ENODATA, "the service has no previous specification to go back to");
    if (rollback->version == rollback->done_before || (state && strncmp(state, "rollback_", 9) == 0))
        return error_set(err, -EALREADY,
                         "it was rolled back already; again would lead back to what failed first");
    return 0;
}

static void update(struct rollback *rollback, struct json_object *service)
{
    struct transfer_request request;
    char *id = engine_encode(rollback->service_id),
         *url = engine_request(rollback->engine, false, &request,
                               "/services/%s/update?version=%lld&rollback=previous", id,
                               (long long)rollback->version);
    static const char *const headers[] = {"Content-Type: application/json", NULL};
    request.method = "POST";
    request.headers = headers;
    request.body = json_object_to_json_string_ext(json_member(service, "Spec"), JSON_C_TO_STRING_PLAIN);
    request.fresh = true; /* as for a restart: it must not be sent twice */
    request.max_body = ANSWER_MAX;
    request.on_done = on_updated;
    request.user = rollback;
    rollback->transfer = transfer_start(rollback->engine->pool, &request);
    free(url);
    free(id);
}

static void on_read(void *user, const struct transfer_result *result)
{
    struct rollback *rollback = user;
    struct error err = {0};
    rollback->transfer = NULL;
    if (result->end != TRANSFER_DONE || result->http_status != 200) {
        finish_refused(rollback, "reading the service", result);
        return;
    }
    struct json_object *service = json_parse_object(result->body, result->body_len);
    rollback->version = field_number(json_member(service, "Version"), "Index", 0);
    if (refuse(rollback, service, &err) == 0)
        update(rollback, service);
    else
        finish(rollback, &err);
    json_object_put(service);
}

struct rollback *swarm_rollback(struct engine *engine, const char *service_id, int64_t done_before,
                                swarm_rolled_back *done, void *user)
{
    struct rollback *rollback = mem_new(sizeof *rollback);
    rollback->engine = engine;
    rollback->service_id = mem_copy(service_id);
    rollback->done_before = done_before;
    rollback->done = done;
    rollback->user = user;
    struct transfer_request request;
    char *id = engine_encode(service_id), *url = engine_request(engine, false, &request, "/services/%s", id);
    request.max_body = SERVICE_MAX;
    request.on_done = on_read;
    request.user = rollback;
    rollback->transfer = transfer_start(engine->pool, &request);
    free(url);
    free(id);
    return rollback;
}

void swarm_cancel(struct rollback *rollback)
{
    if (!rollback)
        return;
    transfer_cancel(rollback->transfer);
    rollback_free(rollback);
}
