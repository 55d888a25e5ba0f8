/* SPDX-License-Identifier: MIT */
/* fake_engine.c: a Docker Engine of thousands of containers that do not exist, on a Unix socket, for
 * measuring and for scripted faults. It answers what quaywatch asks in the shapes that a real 20.10 was seen
 * to use.
 *
 *   fake_engine SOCKET CONTAINERS [--port PORT] [--subnet N] [--stopped]
 *
 * Commands come on stdin, one a line:
 *   die N [EXIT]     container N ends (exit code 1)
 *   start N          and starts again
 *   storm RATE MS    RATE events a second for MS milliseconds, in turn a die and a start
 *   quit             as does SIGTERM; the end of stdin means nothing */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>
#include <uv.h>

#include "controller/core/mem.h"
#include "tests/fake_engine/shapes.h"

enum { HEAD_MAX = 16 * 1024, STORM_TICK_MS = 10 };

struct client {
    uv_pipe_t pipe; /* first: closing frees what begins here */
    struct engine *engine;
    struct client *next; /* of those that read events */
    bool reads_events, closing;
    size_t used;
    char head[HEAD_MAX];
};

struct engine {
    uv_loop_t loop;
    uv_pipe_t listener;
    uv_pipe_t commands;
    uv_timer_t storm;
    uv_signal_t sigterm;
    struct fake_world world;
    struct fake_container *container;
    unsigned count;
    struct client *readers;
    double storm_rate, storm_due;
    int64_t storm_ends_ms, storm_last_ms;
    unsigned storm_next;
    struct buf line; /* of a command */
};

/* ---- answers ---- */

struct reply {
    uv_write_t write; /* first */
    char *text;
};

static void on_closed(uv_handle_t *handle)
{
    free(handle);
}

static void client_close(struct client *client)
{
    if (client->closing)
        return;
    client->closing = true;
    for (struct client **at = &client->engine->readers; *at; at = &(*at)->next) {
        if (*at == client) {
            *at = client->next;
            break;
        }
    }
    uv_close((uv_handle_t *)&client->pipe, on_closed);
}

static void on_written(uv_write_t *write, int status)
{
    struct reply *reply = (struct reply *)write;
    (void)status; /* a broken pipe is seen by the reader */
    free(reply->text);
    free(reply);
}

/* Sends the content of out and leaves it empty. */
static void client_send(struct client *client, struct buf *out)
{
    struct reply *reply = mem_new(sizeof *reply);
    size_t length;
    reply->text = buf_take(out, &length);
    uv_buf_t piece = uv_buf_init(reply->text, (unsigned)length);
    uv_write(&reply->write, (uv_stream_t *)&client->pipe, &piece, 1, on_written);
}

static const char common_head[] = "Api-Version: 1.41\r\nDocker-Experimental: false\r\nOstype: linux\r\n"
                                  "Server: Docker/20.10.24 (linux)\r\n";

/* One whole answer; body is empty afterwards. */
static void client_answer(struct client *client, int status, const char *type, struct buf *body)
{
    struct buf out;
    buf_init(&out, SIZE_MAX / 2);
    buf_format(&out, "HTTP/1.1 %d %s\r\n%s", status, status < 300 ? "OK" : "Not OK", common_head);
    if (status != 204)
        buf_format(&out, "Content-Type: %s\r\nContent-Length: %zu\r\n", type, body->len);
    buf_text(&out, "\r\n");
    buf_add(&out, buf_string(body), body->len);
    buf_free(body);
    client_send(client, &out);
}

static void event_send(struct engine *engine, unsigned number, const char *action, const char *extra,
                       const char *value)
{
    struct buf line;
    buf_init(&line, HEAD_MAX);
    fake_put_event(&line, &engine->world, number, action, extra, value);
    for (struct client *at = engine->readers; at; at = at->next) {
        struct buf out;
        buf_init(&out, 2 * HEAD_MAX);
        buf_format(&out, "%zx\r\n", line.len);
        buf_add(&out, line.data, line.len);
        buf_text(&out, "\r\n");
        client_send(at, &out);
    }
    buf_free(&line);
}

/* ---- what happens to containers ---- */

static void container_die(struct engine *engine, unsigned number, int exit_code)
{
    struct fake_container *container = &engine->container[number];
    char code[16];
    if (!container->running)
        return;
    container->running = false;
    container->exit_code = exit_code;
    container->finished_at_ms = fake_now_ms();
    snprintf(code, sizeof code, "%d", exit_code);
    event_send(engine, number, "die", "exitCode", code);
}

static void container_start(struct engine *engine, unsigned number)
{
    struct fake_container *container = &engine->container[number];
    if (container->running)
        return;
    container->running = true;
    container->exit_code = 0;
    container->started_at_ms = fake_now_ms();
    event_send(engine, number, "start", NULL, NULL);
}

static void container_restart(struct engine *engine, unsigned number)
{
    event_send(engine, number, "kill", "signal", "15");
    container_die(engine, number, 143);
    event_send(engine, number, "stop", NULL, NULL);
    container_start(engine, number);
    event_send(engine, number, "restart", NULL, NULL);
}

/* ---- requests ---- */

/* By whole id, whose end says the number; -1 for none. */
static int container_find(const struct engine *engine, const char *id, size_t length)
{
    char known[FAKE_ID];
    unsigned number = length == FAKE_ID - 1 ? (unsigned)strtoul(id + 56, NULL, 16) : UINT32_MAX;
    if (number >= engine->count)
        return -1;
    fake_id(number, 0, known);
    return strncmp(known, id, length) == 0 ? (int)number : -1;
}

static void answer_list(struct client *client, struct buf *body)
{
    const struct engine *engine = client->engine;
    struct json_writer w;
    json_start(&w, body);
    json_begin_array(&w);
    for (unsigned i = 0; i < engine->count; i++)
        fake_put_element(&w, &engine->world, &engine->container[i]);
    json_end_array(&w);
    client_answer(client, 200, "application/json", body);
}

static void answer_container(struct client *client, const char *method, const char *path, struct buf *body)
{
    struct engine *engine = client->engine;
    size_t length = strcspn(path, "/?");
    int number = container_find(engine, path, length);
    struct json_writer w;
    json_start(&w, body);
    if (number < 0) {
        buf_text(body, "{\"message\":\"No such container\"}");
        client_answer(client, 404, "application/json", body);
    } else if (strcmp(path + length, "/json") == 0) {
        fake_put_inspect(&w, &engine->world, &engine->container[number]);
        client_answer(client, 200, "application/json", body);
    } else if (strcmp(method, "POST") == 0 && strncmp(path + length, "/restart", 8) == 0) {
        container_restart(engine, (unsigned)number);
        client_answer(client, 204, "", body);
    } else {
        buf_text(body, "{\"message\":\"page not found\"}");
        client_answer(client, 404, "application/json", body);
    }
}

static void answer_events(struct client *client)
{
    struct buf out;
    buf_init(&out, HEAD_MAX);
    buf_format(&out,
               "HTTP/1.1 200 OK\r\n%sContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n",
               common_head);
    client_send(client, &out);
    if (client->reads_events)
        return;
    client->reads_events = true;
    client->next = client->engine->readers;
    client->engine->readers = client;
}

/* "/v1.41/containers/json" means "/containers/json". */
static const char *path_plain(const char *path)
{
    const char *rest = strncmp(path, "/v1.", 4) == 0 ? strchr(path + 1, '/') : NULL;
    return rest ? rest : path;
}

static void client_request(struct client *client, const char *method, const char *path)
{
    struct buf body;
    buf_init(&body, SIZE_MAX / 2);
    path = path_plain(path);
    if (strcmp(path, "/_ping") == 0) {
        buf_text(&body, "OK");
        client_answer(client, 200, "text/plain", &body);
    } else if (strcmp(path, "/version") == 0) {
        buf_text(&body, "{\"Version\":\"20.10.24\",\"ApiVersion\":\"1.41\",\"MinAPIVersion\":\"1.12\"}");
        client_answer(client, 200, "application/json", &body);
    } else if (strncmp(path, "/events", 7) == 0) {
        answer_events(client);
    } else if (strncmp(path, "/containers/json", 16) == 0) {
        answer_list(client, &body);
    } else if (strncmp(path, "/containers/", 12) == 0) {
        answer_container(client, method, path + 12, &body);
    } else {
        buf_text(&body, "{\"message\":\"page not found\"}");
        client_answer(client, 404, "application/json", &body);
    }
}

/* No request that quaywatch sends has a body. */
static void client_parse(struct client *client)
{
    char *end;
    while (!client->closing && (end = memmem(client->head, client->used, "\r\n\r\n", 4))) {
        char method[16], path[1024];
        *end = '\0';
        size_t length = (size_t)(end - client->head) + 4;
        if (sscanf(client->head, "%15s %1023s", method, path) == 2)
            client_request(client, method, path);
        else
            client_close(client);
        client->used -= length;
        memmove(client->head, client->head + length, client->used);
    }
    if (client->used == HEAD_MAX)
        client_close(client);
}

static void on_room(uv_handle_t *handle, size_t suggested, uv_buf_t *ret)
{
    struct client *client = (struct client *)handle;
    (void)suggested;
    *ret = uv_buf_init(client->head + client->used, (unsigned)(HEAD_MAX - client->used));
}

static void on_read(uv_stream_t *stream, ssize_t length, const uv_buf_t *piece)
{
    struct client *client = (struct client *)stream;
    (void)piece;
    if (length < 0) {
        client_close(client);
        return;
    }
    client->used += (size_t)length;
    client_parse(client);
}

static void on_connection(uv_stream_t *listener, int status)
{
    struct engine *engine = listener->data;
    if (status < 0)
        return;
    struct client *client = mem_new(sizeof *client);
    client->engine = engine;
    uv_pipe_init(&engine->loop, &client->pipe, 0);
    uv_accept(listener, (uv_stream_t *)&client->pipe);
    uv_read_start((uv_stream_t *)&client->pipe, on_room, on_read);
}

/* ---- commands ---- */

static void on_storm(uv_timer_t *timer)
{
    struct engine *engine = timer->data;
    int64_t now = (int64_t)uv_now(&engine->loop);
    engine->storm_due += engine->storm_rate * (double)(now - engine->storm_last_ms) / 1000.0;
    engine->storm_last_ms = now;
    for (; engine->storm_due >= 1; engine->storm_due -= 1) {
        unsigned number = engine->storm_next / 2 % engine->count;
        if (engine->storm_next++ % 2)
            container_start(engine, number);
        else
            container_die(engine, number, 1);
    }
    if (now >= engine->storm_ends_ms)
        uv_timer_stop(timer);
}

static void command_run(struct engine *engine, const char *line)
{
    unsigned number = 0, milliseconds = 0;
    int exit_code = 1;
    double rate = 0;
    if (sscanf(line, "die %u %d", &number, &exit_code) >= 1 && number < engine->count) {
        container_die(engine, number, exit_code);
    } else if (sscanf(line, "start %u", &number) == 1 && number < engine->count) {
        container_start(engine, number);
    } else if (sscanf(line, "storm %lf %u", &rate, &milliseconds) == 2 && rate > 0 && engine->count) {
        engine->storm_rate = rate;
        engine->storm_due = 0;
        engine->storm_last_ms = (int64_t)uv_now(&engine->loop);
        engine->storm_ends_ms = engine->storm_last_ms + milliseconds;
        uv_timer_start(&engine->storm, on_storm, STORM_TICK_MS, STORM_TICK_MS);
    } else if (strcmp(line, "quit") == 0) {
        uv_stop(&engine->loop);
    } else if (line[0]) {
        fprintf(stderr, "fake_engine: \"%s\" is no command\n", line);
    }
}

static void on_command_room(uv_handle_t *handle, size_t suggested, uv_buf_t *ret)
{
    static char room[512];
    (void)handle, (void)suggested;
    *ret = uv_buf_init(room, sizeof room);
}

static void on_command(uv_stream_t *stream, ssize_t length, const uv_buf_t *piece)
{
    struct engine *engine = stream->data;
    char *end;
    if (length < 0) {
        uv_read_stop(stream);
        return;
    }
    buf_add(&engine->line, piece->base, (size_t)length);
    while (engine->line.len && (end = strchr(engine->line.data, '\n'))) {
        *end = '\0';
        command_run(engine, engine->line.data);
        buf_drop(&engine->line, (size_t)(end - engine->line.data) + 1);
    }
}

static void on_signal(uv_signal_t *handle, int number)
{
    (void)number;
    uv_stop(handle->loop);
}

/* ---- life ---- */

static void engine_fill(struct engine *engine, bool running)
{
    engine->world.booted_ms = fake_now_ms() - 3600 * 1000;
    engine->container = mem_new((engine->count + 1) * sizeof *engine->container);
    for (unsigned i = 0; i < engine->count; i++)
        engine->container[i] = (struct fake_container){.number = i,
                                                       .running = running,
                                                       .started_at_ms = engine->world.booted_ms,
                                                       .finished_at_ms = running ? 0
                                                                                 : engine->world.booted_ms};
}

static void open_handles(struct engine *engine)
{
    uv_loop_init(&engine->loop);
    uv_pipe_init(&engine->loop, &engine->listener, 0);
    uv_pipe_init(&engine->loop, &engine->commands, 0);
    uv_timer_init(&engine->loop, &engine->storm);
    uv_signal_init(&engine->loop, &engine->sigterm);
    engine->listener.data = engine->commands.data = engine->storm.data = engine;
    uv_signal_start(&engine->sigterm, on_signal, SIGTERM);
    if (uv_guess_handle(STDIN_FILENO) == UV_NAMED_PIPE && uv_pipe_open(&engine->commands, STDIN_FILENO) == 0)
        uv_read_start((uv_stream_t *)&engine->commands, on_command_room, on_command);
}

static int usage(void)
{
    fputs("usage: fake_engine SOCKET CONTAINERS [--port PORT] [--subnet N] [--stopped]\n", stderr);
    return 2;
}

int main(int argc, char **argv)
{
    struct engine engine = {.world = {.port = 5000, .subnet = 200}};
    bool running = true;
    if (argc < 3)
        return usage();
    engine.count = (unsigned)atoi(argv[2]);
    for (int i = 3; i < argc; i++) {
        if (strcmp(argv[i], "--stopped") == 0)
            running = false;
        else if (strcmp(argv[i], "--port") == 0 && i + 1 < argc)
            engine.world.port = atoi(argv[++i]);
        else if (strcmp(argv[i], "--subnet") == 0 && i + 1 < argc)
            engine.world.subnet = atoi(argv[++i]);
        else
            return usage();
    }
    signal(SIGPIPE, SIG_IGN);
    buf_init(&engine.line, HEAD_MAX);
    engine_fill(&engine, running);
    open_handles(&engine);
    unlink(argv[1]);
    if (uv_pipe_bind(&engine.listener, argv[1]) != 0 ||
        uv_pipe_chmod(&engine.listener, UV_READABLE | UV_WRITABLE) != 0 || /* quaywatch gives up root */
        uv_listen((uv_stream_t *)&engine.listener, 128, on_connection) != 0) {
        fprintf(stderr, "fake_engine: cannot listen on %s\n", argv[1]);
        return 1;
    }
    uv_run(&engine.loop, UV_RUN_DEFAULT);
    unlink(argv[1]);
    free(engine.container);
    buf_free(&engine.line);
    return 0;
}
