/* SPDX-License-Identifier: MIT */
/* Live answers of the whole daemon: what happens to a container reaches those who listen, and those who come
 * back get what they missed, exactly once; the socket in STATE_DIR needs no token. */
#include "tests/support/http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <uv.h>

#include "tests/support/stream_client.h"

#define STREAM "/api/v1/events?stream=1"

/* A client of the daemon; the loop that it turns is empty. */
struct listener {
    struct stream_client client;
    uv_loop_t loop;
    char last_id[64], index[64]; /* of the latest event and document */
};

static void listen_begin(struct world *world, struct listener *listener, const char *path, const char *header)
{
    *listener = (struct listener){0};
    uv_loop_init(&listener->loop);
    stream_client_open(&listener->client, &listener->loop, world->port, path, header);
}

static void listen_end(struct listener *listener)
{
    stream_client_close(&listener->client);
    uv_loop_close(&listener->loop);
}

static void listen_next(struct world *world, struct listener *listener, struct stream_message *message)
{
    for (int64_t end = clock_now_ms() + PATIENCE_MS; !stream_client_next(&listener->client, message);)
        if (clock_now_ms() > end || listener->client.ended)
            world_fail(world, "no message came: %s", listener->client.head);
    if (strcmp(message->event, "event") == 0)
        snprintf(listener->last_id, sizeof listener->last_id, "%s", message->id);
    if (strcmp(message->event, "status") == 0)
        snprintf(listener->index, sizeof listener->index, "%s", json_at(world, message->data, "index"));
}

/* Reads until an event of this kind. */
static void listen_event(struct world *world, struct listener *listener, const char *kind)
{
    struct stream_message message;
    do
        listen_next(world, listener, &message);
    while (strcmp(message.event, "event") != 0 || strcmp(json_at(world, message.data, "kind"), kind) != 0);
}

/* Reads until the document says this of the service web. */
static void listen_status(struct world *world, struct listener *listener, const char *status)
{
    const char *said;
    do {
        struct stream_message message;
        listen_next(world, listener, &message);
        said = strcmp(message.event, "status") == 0
                   ? json_at(world, message.data, "services[name=web].status")
                   : NULL;
    } while (!said || strcmp(said, status) != 0);
}

static void a_crash_reaches_who_listens(void **state)
{
    struct world *world = *state;
    struct listener listener;
    daemon_start(world, "");
    container_run(world, "web", CHECKED LABEL("service.restart=no"), "");
    service_wait(world, "web", "status", "healthy");
    listen_begin(world, &listener, STREAM "&include=status", "");
    listen_status(world, &listener, "healthy");
    shell(world, "docker kill web");
    listen_event(world, &listener, "stopped");
    listen_status(world, &listener, "stopped");
    char *last_id = arena_copy(&world->arena, listener.last_id);
    char *index = arena_copy(&world->arena, listener.index);
    listen_end(&listener);

    /* Meanwhile, while nobody listens. */
    shell(world, "docker start web");
    service_wait(world, "web", "status", "healthy");
    shell(world, "docker exec web sick 503");
    service_wait(world, "web", "status", "unhealthy");

    /* Whatever the list says beyond the last id comes, once, in order. */
    char *list = http_get(world,
                          arena_format(&world->arena, "/api/v1/events?after=%s", strrchr(last_id, '-') + 1))
                     ->body;
    int missed = atoi(json_at(world, list, "count(events)"));
    assert_true(missed >= 2);
    listen_begin(world, &listener, arena_format(&world->arena, STREAM "&include=status&since=%s", index),
                 arena_format(&world->arena, "Last-Event-ID: %s\r\n", last_id));
    for (int i = 0; i < missed; i++) {
        struct stream_message message;
        listen_next(world, &listener, &message);
        assert_string_equal(message.event, "event");
        assert_string_equal(json_at(world, message.data, "id"),
                            json_at(world, list, arena_format(&world->arena, "events[%d].id", i)));
        assert_string_equal(json_at(world, message.data, "sentence"),
                            json_at(world, list, arena_format(&world->arena, "events[%d].sentence", i)));
    }
    struct stream_message message; /* what happened since the list was taken, and the document */
    do
        listen_next(world, &listener, &message);
    while (strcmp(message.event, "event") == 0);
    assert_string_equal(message.event, "status");
    assert_string_equal(json_at(world, message.data, "full"), "false");
    assert_string_equal(json_at(world, message.data, "services[name=web].status"), "unhealthy");
    listen_end(&listener);
}

static void a_restart_of_the_daemon_is_told(void **state)
{
    struct world *world = *state;
    struct listener listener;
    daemon_start(world, "");
    container_run(world, "web", CHECKED, "");
    service_wait(world, "web", "status", "healthy");
    listen_begin(world, &listener, STREAM "&include=status&last_event_id=0", "");
    listen_event(world, &listener, "status");
    listen_status(world, &listener, "healthy");
    char *last_id = arena_copy(&world->arena, listener.last_id);
    char *index = arena_copy(&world->arena, listener.index);

    /* The stream ends as it should: not in the middle of something. */
    daemon_stop(world);
    struct stream_message message;
    while (stream_client_next(&listener.client, &message))
        ;
    assert_true(listener.client.ended);
    listen_end(&listener);

    daemon_start(world, "");
    listen_begin(world, &listener, arena_format(&world->arena, STREAM "&include=status&since=%s", index),
                 arena_format(&world->arena, "Last-Event-ID: %s\r\n", last_id));
    listen_next(world, &listener, &message);
    assert_string_equal(message.event, "restart");
    listen_status(world, &listener, "healthy");
    assert_string_not_equal(listener.index, index);
    listen_end(&listener);
}

static void a_script_waits_for_a_change(void **state)
{
    struct world *world = *state;
    static const char path[] = "/api/v1/services/web/status";
    daemon_start(world, "");
    container_run(world, "web", CHECKED LABEL("service.restart=no"), "");
    service_wait(world, "web", "status", "healthy");
    const struct http_answer *answer = http_get(world, path);
    char *index = http_header(world, answer, "X-Quaywatch-Index");
    char *url = arena_format(&world->arena, "%s?index=%s&wait=10s", path, index);
    shell(world, "(sleep 0.5; docker kill web) >/dev/null 2>&1 &");
    int64_t began = clock_now_ms();
    answer = http_get(world, url);
    assert_true(clock_now_ms() - began < 9000);
    assert_int_equal(answer->status, 200);
    assert_string_not_equal(http_header(world, answer, "X-Quaywatch-Index"), index);
    service_wait(world, "web", "status", "stopped");
}

/* The daemon gave up root; the socket is its own, and nobody else's. */
static void the_socket_needs_no_token(void **state)
{
    struct world *world = *state;
    struct stat info;
    char *socket = arena_format(&world->arena, "%s/state/quaywatch.sock", world->folder);
    daemon_start(world, "QUAYWATCH_READ_TOKEN=read-me");
    container_run(world, "web", CHECKED, "");
    assert_int_equal(http_get(world, "/api/v1/status")->status, 401);
    assert_int_equal(stat(socket, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    assert_int_equal(info.st_uid, 65532);
    char *said;
    for (int64_t end = clock_now_ms() + PATIENCE_MS;; clock_pause()) {
        said = shell(world, "curl -s --unix-socket '%s' http://q/api/v1/services/web/status", socket);
        char *status = json_at(world, said, "status");
        if (status && strcmp(status, "healthy") == 0)
            break;
        assert_true(clock_now_ms() < end);
    }
    char *started_at = container_started_at(world, "web");
    shell(world,
          "curl -s --fail-with-body -X POST --unix-socket '%s' "
          "'http://q/api/v1/services/web/reload?force=true'",
          socket);
    for (int64_t end = clock_now_ms() + PATIENCE_MS;
         strcmp(container_started_at(world, "web"), started_at) == 0; clock_pause())
        assert_true(clock_now_ms() < end);
    /* Killed, it leaves its socket behind; the next one takes the place. Stopped, it takes it along. */
    daemon_kill(world);
    assert_int_equal(stat(socket, &info), 0);
    daemon_start(world, "QUAYWATCH_READ_TOKEN=read-me");
    shell(world, "curl -sf --unix-socket '%s' http://q/api/v1/status", socket);
    daemon_stop(world);
    assert_int_equal(stat(socket, &info), -1);
}

int main(int argc, char **argv)
{
    if (argc > 1)
        cmocka_set_test_filter(argv[1]); /* one test by name, with * and ? */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_crash_reaches_who_listens, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(a_restart_of_the_daemon_is_told, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(a_script_waits_for_a_change, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(the_socket_needs_no_token, world_setup, world_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
