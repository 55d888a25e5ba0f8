/* SPDX-License-Identifier: MIT */
/* test_exit_inside.c: signals and commands for exits against a scripted engine: what is asked, what refusals
 * mean, and that a command that outlived its time is not started a second time. */
#include "controller/exit_inside.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "controller/core/error.h"
#include "tests/support/engine_bench.h"

enum { TIMEOUT_MS = 150 };

struct bench {
    struct engine_bench base;
    struct file_door door;
    const char *kill, *state; /* answers: "status\n\nbody" */
    bool hangs;
    char asked[2048], trouble[512], output[64];
    int done, starts;
    bool well;
};

static void answer(struct fake_conn *conn, const char *text)
{
    char head[256];
    const char *body = strstr(text, "\n\n");
    snprintf(head, sizeof head, "%.*s", body ? (int)(body - text) : (int)strlen(text), text);
    fake_answer(conn, head, body ? body + 2 : "");
}

static void serve(struct fake_conn *conn, const char *request, void *user)
{
    struct bench *bench = user;
    char method[16] = "", path[1024] = "";
    sscanf(request, "%15s %1023s", method, path);
    if (strcmp(path, "/_ping") == 0) {
        answer(conn, "200 OK\r\nApi-Version: 1.41\r\nServer: Docker/20.10.24 (linux)\n\nOK");
        return;
    }
    if (strstr(path, "/events")) {
        fake_send(conn, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        return;
    }
    size_t len = strlen(bench->asked);
    snprintf(bench->asked + len, sizeof bench->asked - len, "%s %s\n", method, path);
    if (strstr(path, "/kill")) {
        answer(conn, bench->kill);
    } else if (strstr(path, "/start")) {
        bench->starts++;
        fake_send(conn, "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\n");
        fake_send_n(conn, "\1\0\0\0\0\0\0\4out\n", 12);
        if (!bench->hangs)
            fake_end(conn);
    } else if (strstr(path, "/json")) {
        answer(conn, bench->state);
    } else {
        answer(conn, "201 Created\n\n{\"Id\":\"e1\"}");
    }
}

static int set_up(void **state)
{
    struct bench *bench = mem_new(sizeof *bench);
    engine_bench_open(&bench->base, bench->asked, bench->trouble);
    engine_bench_go_live(&bench->base, serve, bench);
    bench->door = exit_inside_open(bench->base.engine);
    bench->state = "200 OK\n\n{\"Running\":false,\"ExitCode\":0}";
    *state = bench;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *bench = *state;
    bench->door.close(bench->door.user);
    engine_bench_close(&bench->base);
    free(bench);
    return 0;
}

static void on_done(void *user, const char *trouble, const char *output)
{
    struct bench *bench = user;
    bench->done++;
    bench->well = !trouble;
    snprintf(bench->trouble, sizeof bench->trouble, "%s", trouble ? trouble : "");
    snprintf(bench->output, sizeof bench->output, "%s", output);
}

static void expect(struct bench *bench, const char *asked, const char *trouble)
{
    engine_bench_wait(&bench->base, &bench->done, bench->done + 1);
    assert_string_equal(bench->asked, asked);
    assert_string_equal(bench->trouble, trouble);
    assert_true(bench->well == !trouble[0]);
    bench->asked[0] = '\0';
}

static void send_signal(struct bench *bench, const char *answered, const char *trouble)
{
    bench->kill = answered;
    assert_non_null(bench->door.signal(bench->door.user, "proxy/1", "HUP", on_done, bench));
    expect(bench, "POST /v1.41/containers/proxy%2F1/kill?signal=HUP\n", trouble);
}

static void signals(void **state)
{
    struct bench *bench = *state;
    send_signal(bench, "204 No Content", "");
    send_signal(bench, "403 Forbidden",
                "the engine's socket does not allow it; it must allow POST containers/*/kill");
    send_signal(bench, "404 Not Found\n\n{\"message\":\"No such container: proxy\"}",
                "there is no such container");
    send_signal(bench, "409 Conflict\n\n{\"message\":\"Container x is not running\"}", "it does not run");
    send_signal(bench, "500 Oops\n\n{\"message\":\"Cannot kill container: x: Container x is not running\"}",
                "it does not run");
    send_signal(bench, "400 Bad\n\n{\"message\":\"Invalid signal: FOO\"}",
                "sending a signal was answered with 400: Invalid signal: FOO");
}

static struct file_call *begin(struct bench *bench)
{
    struct arena arena = {0};
    struct strings argv = {0};
    strings_add(&arena, &argv, "nginx");
    strings_add(&arena, &argv, "-t");
    struct file_call *call = bench->door.exec(bench->door.user, "proxy", &argv, TIMEOUT_MS, on_done, bench);
    assert_non_null(call);
    arena_free(&arena);
    return call;
}

#define CREATED "POST /v1.41/containers/proxy/exec\n"
#define STARTED "POST /v1.41/exec/e1/start\n"
#define LOOKED "GET /v1.41/exec/e1/json\n"

static void commands(void **state)
{
    struct bench *bench = *state;
    begin(bench);
    expect(bench, CREATED STARTED LOOKED, "");
    bench->state = "200 OK\n\n{\"Running\":false,\"ExitCode\":1}";
    begin(bench);
    expect(bench, CREATED STARTED LOOKED, "ended with code 1");
    assert_string_equal(bench->output, "out\n");
    bench->state = "200 OK\n\n{\"Running\":false,\"ExitCode\":127}";
    begin(bench);
    expect(bench, CREATED STARTED LOOKED, "ended with code 127 (it is not there, or may not be run)");
}

static void what_outlives_its_time_is_not_started_twice(void **state)
{
    struct bench *bench = *state;
    static const char still[] =
        "did not end within 150ms; it still runs there, and no other is started meanwhile";
    bench->hangs = true;
    bench->state = "200 OK\n\n{\"Running\":true,\"ExitCode\":null}";
    begin(bench);
    expect(bench, CREATED STARTED LOOKED, still);
    begin(bench);
    expect(bench, LOOKED, still);
    bench->hangs = false;
    bench->state = "200 OK\n\n{\"Running\":false,\"ExitCode\":0}";
    begin(bench);
    expect(bench, LOOKED CREATED STARTED LOOKED, "");
    begin(bench);
    expect(bench, CREATED STARTED LOOKED, "");
}

/* Nobody waits for its end any more, but it goes on. */
static void what_was_left_alone_is_not_started_twice(void **state)
{
    struct bench *bench = *state;
    bench->hangs = true;
    struct file_call *call = begin(bench);
    engine_bench_wait(&bench->base, &bench->starts, 1);
    bench->door.cancel(bench->door.user, call);
    bench->asked[0] = '\0';
    bench->state = "200 OK\n\n{\"Running\":true,\"ExitCode\":null}";
    begin(bench);
    expect(bench, LOOKED, "did not end within 150ms; it still runs there, and no other is started meanwhile");
}

static void cancelled(void **state)
{
    struct bench *bench = *state;
    struct arena arena = {0};
    struct strings argv = {0};
    strings_add(&arena, &argv, "x");
    bench->kill = "204 No Content";
    bench->door.cancel(bench->door.user,
                       bench->door.exec(bench->door.user, "proxy", &argv, TIMEOUT_MS, on_done, bench));
    bench->door.cancel(bench->door.user,
                       bench->door.signal(bench->door.user, "proxy", "HUP", on_done, bench));
    bench->door.cancel(bench->door.user, NULL);
    send_signal(bench, "204 No Content", "");
    assert_int_equal(bench->done, 1);
    arena_free(&arena);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(signals),
        TEST(commands),
        TEST(what_outlives_its_time_is_not_started_twice),
        TEST(what_was_left_alone_is_not_started_twice),
        TEST(cancelled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
