/* SPDX-License-Identifier: MIT */
/* Ordinary calls to the engine: list, inspect, restart. Each call is one small record from start to its
 * callback. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/limits.h"
#include "docker/decode.h"
#include "docker/engine_internal.h"

enum {
    LIST_TIMEOUT_MS = 30000,   /* 10,000 containers take a busy engine a few seconds */
    RESTART_MARGIN_MS = 30000, /* beyond the time that the container has for stopping */
    ERROR_BODY = 16 * 1024,
};

struct call {
    LIST_ENTRY(call) link;
    struct engine *engine;
    char *id;
    void *user;
    engine_listed *listed;
    engine_inspected *inspected;
    engine_restarted *restarted;
    struct list_decoder *decoder; /* of a list */
    struct error broken;          /* what the decoder found, while inside libcurl */
    struct buf refusal;           /* the body of an answer to a list that is none */
};

static struct call *call_new(struct engine *engine, const char *id, void *user)
{
    struct call *call = mem_new(sizeof *call);
    call->engine = engine;
    call->id = mem_copy(id);
    call->user = user;
    buf_init(&call->refusal, ERROR_BODY);
    LIST_INSERT_HEAD(&engine->calls, call, link);
    return call;
}

static void call_free(struct call *call)
{
    if (call->engine->list == call)
        call->engine->list = NULL;
    LIST_REMOVE(call, link);
    list_decoder_free(call->decoder);
    buf_free(&call->refusal);
    free(call->id);
    free(call);
}

void engine_calls_free(struct engine *engine)
{
    while (!LIST_EMPTY(&engine->calls))
        call_free(LIST_FIRST(&engine->calls));
}

int engine_error(const struct engine *engine, const char *what, const struct transfer_result *result,
                 const char *body, size_t len, struct error *err)
{
    char sentence[SENTENCE];
    if (result->end != TRANSFER_DONE) {
        engine_words_transport(engine, result, sentence);
        return error_set(err, -EPIPE, "%s", sentence);
    }
    engine_words_refusal(engine, what, result->http_status, body, len, sentence);
    switch (result->http_status) {
    case 401:
    case 403:
        return error_set(err, -EACCES, "%s", sentence);
    case 404:
        return error_set(err, -ENOENT, "%s", sentence);
    case 409:
        return error_set(err, -EBUSY, "%s", sentence);
    default:
        return error_set(err, -EIO, "%s", sentence);
    }
}

static void on_list_data(void *user, int http_status, const char *data, size_t len)
{
    struct call *call = user;
    if (http_status != 200)
        buf_add(&call->refusal, data, len);
    else if (call->broken.code == 0)
        list_decoder_feed(call->decoder, data, len, &call->broken);
}

static void on_list_done(void *user, const struct transfer_result *result)
{
    struct call *call = user;
    struct error err = {0};
    if (result->end != TRANSFER_DONE || result->http_status != 200)
        engine_error(call->engine, "GET /containers/json", result, buf_string(&call->refusal),
                     call->refusal.len, &err);
    else if (call->broken.code != 0)
        err = call->broken;
    else if (!list_decoder_complete(call->decoder))
        error_set(&err, -EBADMSG, "the engine's container list ends in the middle");
    engine_listed *listed = call->listed;
    void *listed_user = call->user;
    call_free(call);
    listed(listed_user, err.code ? &err : NULL);
}

int engine_list(struct engine *engine, void (*element)(void *user, const struct container_summary *summary),
                engine_listed *done, void *user)
{
    if (engine->list)
        return -EBUSY;
    struct call *call = call_new(engine, NULL, user);
    call->listed = done;
    call->decoder = list_decoder_new(element, user);
    engine->list = call;
    struct transfer_request request;
    char *url = engine_request(engine, false, &request, "/containers/json?all=1");
    if (request.total_timeout_ms < LIST_TIMEOUT_MS)
        request.total_timeout_ms = LIST_TIMEOUT_MS;
    request.on_data = on_list_data;
    request.on_done = on_list_done;
    request.user = call;
    transfer_start(engine->pool, &request);
    free(url);
    return 0;
}

char *engine_encode(const char *text)
{
    char *ret = mem_new(3 * strlen(text) + 1), *out = ret;
    for (const char *c = text; *c; c++) {
        bool plain = (*c >= '0' && *c <= '9') || (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
                     *c == '_' || *c == '-';
        out += snprintf(out, 4, plain ? "%c" : "%%%02X", (unsigned char)*c);
    }
    return ret;
}

static void on_inspect_done(void *user, const struct transfer_result *result)
{
    struct call *call = user;
    struct error err = {0};
    struct container *container = NULL;
    if (result->end != TRANSFER_DONE || result->http_status != 200)
        engine_error(call->engine, "inspecting the container", result, result->body, result->body_len, &err);
    else if (result->body_cut)
        error_set(&err, -EBADMSG, "the engine's description of a container is longer than %d bytes",
                  (int)LIMIT_INSPECT_BODY);
    else
        decode_inspect(result->body, result->body_len, &container, &err);
    engine_inspected *inspected = call->inspected;
    void *inspected_user = call->user;
    char *id = call->id;
    call->id = NULL;
    call_free(call);
    inspected(inspected_user, id, container, container ? NULL : &err);
    free(id);
}

void engine_inspect(struct engine *engine, const char *id, engine_inspected *done, void *user)
{
    struct call *call = call_new(engine, id, user);
    call->inspected = done;
    struct transfer_request request;
    char *encoded = engine_encode(id),
         *url = engine_request(engine, false, &request, "/containers/%s/json", encoded);
    request.max_body = LIMIT_INSPECT_BODY;
    request.on_done = on_inspect_done;
    request.user = call;
    transfer_start(engine->pool, &request);
    free(url);
    free(encoded);
}

static void on_restart_done(void *user, const struct transfer_result *result)
{
    struct call *call = user;
    struct error err = {0};
    if (result->end != TRANSFER_DONE || result->http_status != 204)
        engine_error(call->engine, "restarting the container", result, result->body, result->body_len, &err);
    engine_restarted *restarted = call->restarted;
    void *restarted_user = call->user;
    char *id = call->id;
    call->id = NULL;
    call_free(call);
    restarted(restarted_user, id, err.code ? &err : NULL);
    free(id);
}

void engine_restart(struct engine *engine, const char *id, int stop_timeout_s, int grace_s,
                    engine_restarted *done, void *user)
{
    struct call *call = call_new(engine, id, user);
    call->restarted = done;
    char wait[32] = "";
    if (stop_timeout_s >= 0)
        snprintf(wait, sizeof wait, "?t=%d", stop_timeout_s);
    struct transfer_request request;
    char *encoded = engine_encode(id),
         *url = engine_request(engine, false, &request, "/containers/%s/restart%s", encoded, wait);
    request.method = "POST";
    request.fresh = true; /* on a reused connection that breaks, libcurl would send it a second time */
    request.total_timeout_ms = (int64_t)(stop_timeout_s >= 0 ? stop_timeout_s : grace_s) * 1000 +
                               RESTART_MARGIN_MS;
    request.max_body = ERROR_BODY;
    request.on_done = on_restart_done;
    request.user = call;
    transfer_start(engine->pool, &request);
    free(url);
    free(encoded);
}
