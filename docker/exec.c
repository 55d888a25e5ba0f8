/* SPDX-License-Identifier: MIT */
/* exec.c: one command in a container, from its making to its exit code: three calls, and a look again while
 * the engine has not noted the end yet. */
#include "docker/exec.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/json_writer.h"
#include "controller/core/limits.h"
#include "docker/decode.h"
#include "docker/engine_internal.h"
#include "docker/exec_stream.h"

enum { ANSWER = 64 * 1024, LOOK_AGAIN_MS = 20, LOOK_AGAIN_MAX_MS = 500 };

struct exec {
    struct engine *engine;
    struct transfer *transfer; /* the call under way, or NULL */
    uv_timer_t *again;         /* the next look */
    uint64_t again_ms;
    char id[EXEC_ID_SIZE];
    bool asked;       /* the engine was asked to start it, so it may run */
    uint64_t ends_ms; /* loop time when the command's time is over */
    int64_t timeout_ms;
    struct exec_stream *output;
    struct buf refusal; /* the body of an answer that is no stream */
    exec_done *done;
    void *user;
};

static void exec_ask(struct exec *exec);

static void on_timer_closed(uv_handle_t *handle)
{
    free(handle);
}

static void exec_free(struct exec *exec)
{
    uv_close((uv_handle_t *)exec->again, on_timer_closed);
    exec_stream_free(exec->output);
    buf_free(&exec->refusal);
    free(exec);
}

/* The end, with what is known by now. */
static void exec_end(struct exec *exec, bool running, int exit_code, const struct error *err)
{
    struct exec_result result = {.id = exec->id, .running = running, .exit_code = exit_code};
    result.output = exec_stream_output(exec->output, &result.output_len);
    result.output_cut = exec_stream_cut(exec->output);
    exec->done(exec->user, &result, err);
    exec_free(exec);
}

static void exec_fail(struct exec *exec, const char *what, const struct transfer_result *result,
                      const char *body, size_t len)
{
    struct error err = {0};
    int code = engine_error(exec->engine, what, result, body, len, &err);
    /* Where it may have been started and the engine does not say how it fares, it is taken to run. */
    exec_end(exec, exec->asked && code != -ENOENT, 0, &err);
}

static struct exec *exec_new(struct engine *engine, exec_done *done, void *user)
{
    struct exec *exec = mem_new(sizeof *exec);
    exec->engine = engine;
    exec->done = done;
    exec->user = user;
    exec->output = exec_stream_new(LIMIT_EXEC_OUTPUT);
    buf_init(&exec->refusal, ANSWER);
    exec->again = mem_new(sizeof *exec->again);
    exec->again_ms = LOOK_AGAIN_MS;
    uv_timer_init(engine->loop, exec->again);
    exec->again->data = exec;
    return exec;
}

/* ---- how it ended ---- */

static void on_again(uv_timer_t *timer)
{
    exec_ask(timer->data);
}

/* The stream's end comes a little before the engine has noted the exit code, or long before, when the command
 * has closed its output: it is asked until the command's time is over. */
static void on_state(void *user, const struct transfer_result *result)
{
    struct exec *exec = user;
    exec->transfer = NULL;
    if (result->end != TRANSFER_DONE || result->http_status != 200) {
        exec_fail(exec, "asking for a command", result, result->body, result->body_len);
        return;
    }
    struct error err = {0};
    bool running = false;
    int exit_code = 0;
    if (decode_exec_state(result->body, result->body_len, &running, &exit_code, &err) != 0) {
        exec_end(exec, true, 0, &err);
        return;
    }
    uint64_t now_ms = uv_now(exec->engine->loop);
    if (!running || now_ms >= exec->ends_ms) {
        exec_end(exec, running, exit_code, NULL);
        return;
    }
    uint64_t left_ms = exec->ends_ms - now_ms;
    uv_timer_start(exec->again, on_again, exec->again_ms < left_ms ? exec->again_ms : left_ms, 0);
    exec->again_ms = exec->again_ms * 2 < LOOK_AGAIN_MAX_MS ? exec->again_ms * 2 : LOOK_AGAIN_MAX_MS;
}

static void exec_ask(struct exec *exec)
{
    struct transfer_request request;
    char *id = engine_encode(exec->id),
         *url = engine_request(exec->engine, false, &request, "/exec/%s/json", id);
    request.max_body = LIMIT_INSPECT_BODY;
    request.on_done = on_state;
    request.user = exec;
    exec->transfer = transfer_start(exec->engine->checks, &request);
    free(url);
    free(id);
}

/* ---- while it runs ---- */

/* Inside libcurl: only recorded. */
static void on_output(void *user, int http_status, const char *data, size_t len)
{
    struct exec *exec = user;
    if (http_status == 200)
        exec_stream_feed(exec->output, data, len);
    else
        buf_add(&exec->refusal, data, len);
}

static void on_stream_end(void *user, const struct transfer_result *result)
{
    struct exec *exec = user;
    int status = result->http_status;
    exec->transfer = NULL;
    bool refused = result->end == TRANSFER_DONE &&
                   (status == 401 || status == 403 || status == 404 || status == 409);
    bool never_sent = result->end == TRANSFER_REFUSED || result->end == TRANSFER_NO_SOCKET ||
                      result->end == TRANSFER_DENIED || result->end == TRANSFER_CONNECT_TIMEOUT;
    if (refused || never_sent) {
        exec->asked = false;
        exec_fail(exec, "running a command", result, buf_string(&exec->refusal), exec->refusal.len);
        return;
    }
    if (result->end == TRANSFER_READ_TIMEOUT)
        exec->ends_ms = 0; /* one look, whatever rounding says */
    exec_ask(exec);
}

static void exec_run(struct exec *exec)
{
    static const char *const headers[] = {"Content-Type: application/json", NULL};
    struct transfer_request request;
    char *id = engine_encode(exec->id),
         *url = engine_request(exec->engine, false, &request, "/exec/%s/start", id);
    request.method = "POST";
    request.headers = headers;
    request.body = "{\"Detach\":false,\"Tty\":false}";
    request.fresh = true; /* the engine takes the connection over, and it must not be sent twice */
    request.total_timeout_ms = exec->timeout_ms;
    request.on_data = on_output;
    request.on_done = on_stream_end;
    request.user = exec;
    exec->asked = true;
    exec->ends_ms = uv_now(exec->engine->loop) + (uint64_t)exec->timeout_ms;
    exec->transfer = transfer_start(exec->engine->checks, &request);
    free(url);
    free(id);
}

/* ---- before ---- */

static void on_created(void *user, const struct transfer_result *result)
{
    struct exec *exec = user;
    struct error err = {0};
    exec->transfer = NULL;
    if (result->end != TRANSFER_DONE || (result->http_status != 201 && result->http_status != 200))
        exec_fail(exec, "running a command", result, result->body, result->body_len);
    else if (decode_exec_created(result->body, result->body_len, exec->id, sizeof exec->id, &err) != 0)
        exec_end(exec, false, 0, &err);
    else
        exec_run(exec);
}

static void command_write(const struct strings *argv, struct buf *ret)
{
    struct json_writer writer;
    json_start(&writer, ret);
    json_begin_object(&writer);
    json_put_bool(&writer, "AttachStdout", true);
    json_put_bool(&writer, "AttachStderr", true);
    json_key(&writer, "Cmd");
    json_begin_array(&writer);
    for (size_t i = 0; i < argv->count; i++)
        json_string(&writer, argv->item[i]);
    json_end_array(&writer);
    json_end_object(&writer);
}

struct exec *exec_start(struct engine *engine, const char *container, const struct strings *argv,
                        int64_t timeout_ms, exec_done *done, void *user)
{
    static const char *const headers[] = {"Content-Type: application/json", NULL};
    struct exec *exec = exec_new(engine, done, user);
    exec->timeout_ms = timeout_ms;
    struct buf body;
    buf_init(&body, ANSWER);
    command_write(argv, &body);
    struct transfer_request request;
    char *id = engine_encode(container),
         *url = engine_request(engine, false, &request, "/containers/%s/exec", id);
    request.method = "POST";
    request.headers = headers;
    request.body = buf_string(&body);
    request.max_body = ANSWER;
    request.on_done = on_created;
    request.user = exec;
    exec->transfer = transfer_start(engine->checks, &request);
    free(url);
    free(id);
    buf_free(&body);
    return exec;
}

struct exec *exec_look(struct engine *engine, const char *id, exec_done *done, void *user)
{
    struct exec *exec = exec_new(engine, done, user);
    snprintf(exec->id, sizeof exec->id, "%s", id);
    exec->asked = true;
    exec_ask(exec);
    return exec;
}

const char *exec_id(const struct exec *exec)
{
    return exec->asked ? exec->id : "";
}

void exec_cancel(struct exec *exec)
{
    if (!exec)
        return;
    transfer_cancel(exec->transfer);
    exec_free(exec);
}
