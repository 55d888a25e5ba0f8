/* SPDX-License-Identifier: MIT */
/* network.c: calls to the engine about its networks. */
#include "docker/network.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/json_writer.h"
#include "docker/decode.h"
#include "docker/engine_internal.h"

enum {
    NETWORK_TIMEOUT_MS = 20000, /* an engine that starts many containers takes a network's lock for seconds */
    NETWORK_BODY = 4 * 1024 * 1024, /* a network's description names all containers on it */
    REQUEST_BODY = 4096,
    LAST_RESORT = -100, /* of several networks, the one of the highest priority is the way out; 0 is usual */
};

struct network_call {
    LIST_ENTRY(network_call) link;
    struct engine *engine;
    const char *what; /* static text: "connecting to a network" */
    engine_network_found *found;
    engine_network_done *done;
    void *user;
};

static struct network_call *call_new(struct engine *engine, const char *what, void *user)
{
    struct network_call *call = mem_new(sizeof *call);
    call->engine = engine;
    call->what = what;
    call->user = user;
    LIST_INSERT_HEAD(&engine->network_calls, call, link);
    return call;
}

static void call_free(struct network_call *call)
{
    LIST_REMOVE(call, link);
    free(call);
}

void engine_network_calls_free(struct engine *engine)
{
    while (!LIST_EMPTY(&engine->network_calls))
        call_free(LIST_FIRST(&engine->network_calls));
}

static int refusal_code(const struct transfer_result *result)
{
    switch (result->http_status) {
    case 401:
        return -EACCES;
    case 403:
        return decode_is_message(result->body, result->body_len) ? -EPERM : -EACCES;
    case 404:
        return -ENOENT;
    default:
        return -EIO;
    }
}

/* The error for an answer other than the one wanted. */
static void call_error(const struct network_call *call, const struct transfer_result *result,
                       struct error *err)
{
    char sentence[SENTENCE], message[200];
    if (result->end != TRANSFER_DONE) {
        engine_words_transport(call->engine, result, sentence);
        error_set(err, -EIO, "%s", sentence);
        return;
    }
    decode_message(result->body, result->body_len, message, sizeof message);
    error_set(err, refusal_code(result), "%s was answered with %d%s%s", call->what, result->http_status,
              message[0] ? ": " : "", message);
}

/* Sends the call to /networks/{id}{verb}; body NULL makes it a GET. */
static void call_send(struct network_call *call, const char *id, const char *verb, const char *body,
                      void (*on_done)(void *user, const struct transfer_result *result))
{
    static const char *const headers[] = {"Content-Type: application/json", NULL};
    struct transfer_request request;
    char *encoded = engine_encode(id),
         *url = engine_request(call->engine, false, &request, "/networks/%s%s", encoded, verb);
    request.max_body = NETWORK_BODY;
    request.on_done = on_done;
    request.user = call;
    if (request.total_timeout_ms < NETWORK_TIMEOUT_MS)
        request.total_timeout_ms = NETWORK_TIMEOUT_MS;
    if (body) {
        request.method = "POST";
        request.headers = headers;
        request.body = body;
    }
    transfer_start(call->engine->pool, &request);
    free(url);
    free(encoded);
}

static void on_found(void *user, const struct transfer_result *result)
{
    struct network_call *call = user;
    struct error err = {0};
    struct arena arena = {0};
    struct network_facts facts;
    if (result->end != TRANSFER_DONE || result->http_status != 200)
        call_error(call, result, &err);
    else
        decode_network(result->body, result->body_len, &arena, &facts, &err);
    engine_network_found *found = call->found;
    void *found_user = call->user;
    call_free(call);
    found(found_user, err.code ? NULL : &facts, err.code ? &err : NULL);
    arena_free(&arena);
}

void engine_network_inspect(struct engine *engine, const char *id, engine_network_found *done, void *user)
{
    struct network_call *call = call_new(engine, "looking at a network", user);
    call->found = done;
    call_send(call, id, "", NULL, on_found);
}

static void on_changed(void *user, const struct transfer_result *result)
{
    struct network_call *call = user;
    struct error err = {0};
    if (result->end != TRANSFER_DONE || result->http_status != 200)
        call_error(call, result, &err);
    engine_network_done *done = call->done;
    void *done_user = call->user;
    call_free(call);
    done(done_user, err.code ? &err : NULL);
}

void engine_network_connect(struct engine *engine, const char *id, const char *container, const char *alias,
                            engine_network_done *done, void *user)
{
    struct network_call *call = call_new(engine, "connecting to a network", user);
    call->done = done;
    struct buf body;
    struct json_writer w;
    buf_init(&body, REQUEST_BODY);
    json_start(&w, &body);
    json_begin_object(&w);
    json_put_string(&w, "Container", container);
    json_key(&w, "EndpointConfig");
    json_begin_object(&w);
    json_key(&w, "Aliases");
    json_begin_array(&w);
    json_string(&w, alias);
    json_end_array(&w);
    json_put_number(&w, "GwPriority", LAST_RESORT);
    json_end_object(&w);
    json_end_object(&w);
    call_send(call, id, "/connect", buf_string(&body), on_changed);
    buf_free(&body);
}

void engine_network_disconnect(struct engine *engine, const char *id, const char *container,
                               engine_network_done *done, void *user)
{
    struct network_call *call = call_new(engine, "disconnecting from a network", user);
    call->done = done;
    struct buf body;
    struct json_writer w;
    buf_init(&body, REQUEST_BODY);
    json_start(&w, &body);
    json_begin_object(&w);
    json_put_string(&w, "Container", container);
    json_end_object(&w);
    call_send(call, id, "/disconnect", buf_string(&body), on_changed);
    buf_free(&body);
}
