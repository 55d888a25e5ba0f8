/* SPDX-License-Identifier: MIT */
/* docker/exec and docker/archive against a scripted engine: what is asked in what order, how each answer
 * ends, and when a process may be left. */
#include "docker/exec.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "controller/core/error.h"
#include "docker/archive.h"
#include "tests/support/engine_bench.h"

#define STREAM "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\n"
#define RUNNING "200 OK\n\n{\"Running\":true,\"ExitCode\":null}"
#define EXITED(code) "200 OK\n\n{\"Running\":false,\"ExitCode\":" code "}"

/* How the engine answers: "status\n\nbody"; "" is no answer at all. */
struct script {
    const char *create, *start, *archive;
    const char *state[4]; /* one after another, the last for good */
    bool start_hangs;     /* after what it has sent */
};

struct bench {
    struct engine_bench base;
    struct script script;
    char asked[2048], bodies[2048];
    int done, states, code, exit_code, exists;
    bool running, cut;
    char id[EXEC_ID_SIZE], output[64], sentence[512];
};

static void answer(struct fake_conn *conn, const char *text)
{
    char head[256];
    if (!text[0])
        return;
    const char *body = strstr(text, "\n\n");
    snprintf(head, sizeof head, "%.*s", body ? (int)(body - text) : (int)strlen(text), text);
    fake_answer(conn, head, body ? body + 2 : "");
}

static void serve_start(struct bench *bench, struct fake_conn *conn)
{
    if (bench->script.start) {
        answer(conn, bench->script.start);
        return;
    }
    fake_send(conn, STREAM);
    fake_send_n(conn, "\1\0\0\0\0\0\0\4out\n\2\0", 14);
    fake_send_n(conn, "\0\0\0\0\0\3err", 9);
    if (!bench->script.start_hangs)
        fake_end(conn);
}

static void serve(struct fake_conn *conn, const char *request, void *user)
{
    struct bench *bench = user;
    const struct script *script = &bench->script;
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
    len = strlen(bench->bodies);
    snprintf(bench->bodies + len, sizeof bench->bodies - len, "%s\n", strstr(request, "\r\n\r\n") + 4);
    if (strstr(path, "/start")) {
        serve_start(bench, conn);
    } else if (strstr(path, "/archive")) {
        char head[256];
        snprintf(head, sizeof head, "HTTP/1.1 %s\r\nContent-Length: 40\r\n\r\n", script->archive);
        fake_send(conn, head); /* HEAD: no body, whatever the length says */
    } else if (strstr(path, "/json")) {
        int last = bench->states < 3 && script->state[bench->states + 1] ? bench->states + 1 : bench->states;
        answer(conn, script->state[bench->states] ? script->state[bench->states] : EXITED("0"));
        bench->states = last;
    } else {
        answer(conn, script->create ? script->create : "201 Created\n\n{\"Id\":\"e1\"}");
    }
}

static void on_done(void *user, const struct exec_result *result, const struct error *err)
{
    struct bench *bench = user;
    bench->done++;
    bench->code = err ? err->code : 0;
    bench->running = result->running;
    bench->exit_code = result->exit_code;
    bench->cut = result->output_cut;
    assert_int_equal(strlen(result->output), result->output_len);
    snprintf(bench->id, sizeof bench->id, "%s", result->id);
    snprintf(bench->output, sizeof bench->output, "%.60s", result->output);
    snprintf(bench->sentence, sizeof bench->sentence, "%s", err ? err->text : "");
}

static void on_looked(void *user, bool exists, const struct error *err)
{
    struct bench *bench = user;
    bench->done++;
    bench->exists = exists;
    bench->code = err ? err->code : 0;
}

static int set_up(void **state)
{
    struct bench *bench = calloc(1, sizeof *bench);
    engine_bench_open(&bench->base, bench->asked, bench->sentence);
    engine_bench_go_live(&bench->base, serve, bench);
    *state = bench;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *bench = *state;
    engine_bench_close(&bench->base);
    free(bench);
    return 0;
}

static struct exec *start(struct bench *bench, int64_t timeout_ms)
{
    char *argv[] = {(char[]){"/bin/check"}, (char[]){"-x \"y\""}}; /* copied */
    const struct strings command = {argv, 2};
    bench->states = 0;
    return exec_start(bench->base.engine, "c/1", &command, timeout_ms, on_done, bench);
}

static void wait_done(struct bench *bench, int count)
{
    engine_bench_wait(&bench->base, &bench->done, count);
    assert_int_equal(bench->done, count);
}

static void run(struct bench *bench, int64_t timeout_ms)
{
    int before = bench->done;
    start(bench, timeout_ms);
    assert_int_equal(bench->done, before);
    wait_done(bench, before + 1);
}

static void a_command_runs_to_its_end(void **state)
{
    struct bench *bench = *state;
    bench->script.state[0] = EXITED("3");
    run(bench, 2000);
    assert_string_equal(bench->asked, "POST /v1.41/containers/c%2F1/exec\nPOST /v1.41/exec/e1/start\n"
                                      "GET /v1.41/exec/e1/json\n");
    assert_string_equal(bench->bodies, "{\"AttachStdout\":true,\"AttachStderr\":true,"
                                       "\"Cmd\":[\"/bin/check\",\"-x \\\"y\\\"\"]}\n"
                                       "{\"Detach\":false,\"Tty\":false}\n\n");
    assert_int_equal(bench->code, 0);
    assert_int_equal(bench->exit_code, 3);
    assert_false(bench->running);
    assert_string_equal(bench->output, "out\nerr");
    assert_string_equal(bench->id, "e1");
}

static void the_engine_notes_the_end_late(void **state)
{
    struct bench *bench = *state;
    bench->script.state[0] = bench->script.state[1] = RUNNING;
    bench->script.state[2] = EXITED("0");
    run(bench, 5000);
    assert_false(bench->running);
    assert_int_equal(bench->code, 0);
    bench->script.state[2] = RUNNING; /* or never: it has closed its output and goes on */
    run(bench, 300);
    assert_true(bench->running);
    assert_int_equal(bench->code, 0);
}

static void time_is_over(void **state)
{
    struct bench *bench = *state;
    bench->script.start_hangs = true;
    bench->script.state[0] = RUNNING;
    run(bench, 150);
    assert_true(bench->running);
    assert_int_equal(bench->code, 0);
    assert_string_equal(bench->id, "e1");
    bench->script.state[0] = EXITED("0"); /* a child of it keeps the output open */
    run(bench, 150);
    assert_false(bench->running);
    assert_int_equal(bench->exit_code, 0);
}

static void refusals(void **state)
{
    struct bench *bench = *state;
    static const struct {
        struct script script;
        int code;
        bool running; /* it may have been started */
    } rows[] = {
        {{.create = "403 Forbidden"}, -EACCES, false},
        {{.create = "404 Not Found\n\n{\"message\":\"No such container\"}"}, -ENOENT, false},
        {{.create = "409 Conflict\n\n{\"message\":\"is paused\"}"}, -EBUSY, false},
        {{.create = "500 Oops"}, -EIO, false},
        {{.create = "201 Created\n\n{}"}, -EBADMSG, false},
        {{.create = ""}, -EPIPE, false},
        {{.start = "403 Forbidden"}, -EACCES, false},
        {{.start = "409 Conflict\n\n{\"message\":\"is paused\"}"}, -EBUSY, false},
        {{.start = "404 Not Found"}, -ENOENT, false},
        {{.start = "500 Oops", .state = {"500 Oops"}}, -EIO, true},
        {{.state = {"403 Forbidden"}}, -EACCES, true},
        {{.state = {"404 Not Found"}}, -ENOENT, false},
        {{.state = {"200 OK\n\n[]"}}, -EBADMSG, true},
        {{.state = {""}}, -EPIPE, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bench->script = rows[i].script;
        run(bench, 2000);
        if (bench->code != rows[i].code || bench->running != rows[i].running)
            fail_msg("row %zu: code %d, running %d: %s", i, bench->code, bench->running, bench->sentence);
        assert_string_not_equal(bench->sentence, "");
    }
}

static void engines_that_refuse_what_is_missing(void **state)
{
    struct bench *bench = *state;
    bench->script.start = "400 Bad Request\n\n{\"message\":\"OCI runtime exec failed\"}";
    bench->script.state[0] = EXITED("127");
    run(bench, 2000);
    assert_int_equal(bench->code, 0);
    assert_int_equal(bench->exit_code, 127);
}

static void one_look(void **state)
{
    struct bench *bench = *state;
    bench->script.state[0] = RUNNING;
    exec_look(bench->base.engine, "e7", on_done, bench);
    wait_done(bench, 1);
    assert_string_equal(bench->asked, "GET /v1.41/exec/e7/json\n");
    assert_true(bench->running);
    assert_string_equal(bench->id, "e7");
    bench->script.state[0] = "404 Not Found";
    exec_look(bench->base.engine, "e7", on_done, bench);
    wait_done(bench, 2);
    assert_int_equal(bench->code, -ENOENT);
    assert_false(bench->running);
}

static void cancelled_at_every_stage(void **state)
{
    struct bench *bench = *state;
    struct exec *exec = start(bench, 5000);
    assert_string_equal(exec_id(exec), ""); /* nothing was started yet */
    exec_cancel(exec);
    exec_cancel(NULL);
    bench->script.start_hangs = true;
    exec = start(bench, 5000);
    while (!strstr(bench->asked, "/start"))
        uv_run(&bench->base.loop, UV_RUN_ONCE);
    assert_string_equal(exec_id(exec), "e1");
    exec_cancel(exec);
    bench->script.start_hangs = false;
    bench->script.state[0] = RUNNING;
    exec = start(bench, 5000);
    while (!strstr(bench->asked, "/json"))
        uv_run(&bench->base.loop, UV_RUN_ONCE);
    for (int i = 0; i < 3; i++)
        uv_run(&bench->base.loop, UV_RUN_ONCE); /* it waits for its next look */
    exec_cancel(exec);
    for (int i = 0; i < 10; i++)
        uv_run(&bench->base.loop, UV_RUN_NOWAIT);
    assert_int_equal(bench->done, 0);
}

static void look_for_file(struct bench *bench, const char *answer_head)
{
    bench->script.archive = answer_head;
    int before = bench->done;
    archive_look(bench->base.engine, "c1", "/run/a b?", 2000, on_looked, bench);
    wait_done(bench, before + 1);
}

static void files_are_looked_for(void **state)
{
    struct bench *bench = *state;
    look_for_file(bench, "200 OK");
    assert_string_equal(bench->asked, "HEAD /v1.41/containers/c1/archive?path=%2Frun%2Fa%20b%3F\n");
    assert_true(bench->exists && bench->code == 0);
    look_for_file(bench, "404 Not Found");
    assert_true(!bench->exists && bench->code == 0);
    look_for_file(bench, "403 Forbidden");
    assert_int_equal(bench->code, -EACCES);
    look_for_file(bench, "500 Internal Server Error");
    assert_int_equal(bench->code, -EIO);
    archive_cancel(archive_look(bench->base.engine, "c1", "/x", 2000, on_looked, bench));
    archive_cancel(NULL);
    assert_int_equal(bench->done, 4);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_command_runs_to_its_end),
        TEST(the_engine_notes_the_end_late),
        TEST(time_is_over),
        TEST(refusals),
        TEST(engines_that_refuse_what_is_missing),
        TEST(one_look),
        TEST(cancelled_at_every_stage),
        TEST(files_are_looked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
