/* SPDX-License-Identifier: MIT */
/* test_child.c: commands of this machine: their end, their output, their time, and that nothing is left. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

#include "controller/core/child.h"
#include "controller/core/error.h"

enum { OUTPUT = 64 };

struct fixture {
    uv_loop_t loop;
    struct arena arena;
    unsigned ended;
    struct child_result result;
    char output[OUTPUT + 1], sentence[120];
    int64_t timeout_ms;
};

static int setup(void **state)
{
    struct fixture *fixture = mem_new(sizeof *fixture);
    uv_loop_init(&fixture->loop);
    fixture->timeout_ms = 20000;
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    uv_run(&fixture->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&fixture->loop), 0);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no child is left, not even a zombie */
    assert_int_equal(errno, ECHILD);
    arena_free(&fixture->arena);
    free(fixture);
    return 0;
}

static void on_done(void *user, const struct child_result *result)
{
    struct fixture *fixture = user;
    fixture->ended++;
    fixture->result = *result;
    snprintf(fixture->output, sizeof fixture->output, "%s", result->output);
    assert_int_equal(strlen(result->output), result->output_len);
    child_sentence(result, fixture->timeout_ms, fixture->sentence, sizeof fixture->sentence);
}

static struct child *begin(struct fixture *fixture, const char *line, struct error *err)
{
    struct strings argv = {0};
    assert_int_equal(child_command(line, "/bin/sh", &fixture->arena, &argv, err), 0);
    return child_start(&fixture->loop,
                       &(struct child_request){.argv = &argv,
                                               .timeout_ms = fixture->timeout_ms,
                                               .max_output = OUTPUT,
                                               .done = on_done,
                                               .user = fixture},
                       err);
}

static void run(struct fixture *fixture, const char *line)
{
    struct error err = {0};
    fixture->ended = 0;
    assert_non_null(begin(fixture, line, &err));
    assert_int_equal(fixture->ended, 0);
    uv_run(&fixture->loop, UV_RUN_DEFAULT);
    assert_int_equal(fixture->ended, 1);
}

static void test_ends_and_says(void **state)
{
    struct fixture *fixture = *state;
    run(fixture, "echo well; exit 0");
    assert_int_equal(fixture->result.exit_code, 0);
    assert_int_equal(fixture->result.signal, 0);
    assert_string_equal(fixture->output, "well\n");
    assert_string_equal(fixture->sentence, "ended with code 0");
    run(fixture, "echo out; echo err >&2; exit 3");
    assert_int_equal(fixture->result.exit_code, 3);
    assert_string_equal(fixture->output, "out\nerr\n");
    assert_string_equal(fixture->sentence, "ended with code 3");
    run(fixture, "kill -SEGV $$");
    assert_int_equal(fixture->result.signal, SIGSEGV);
    assert_string_equal(fixture->sentence, "was ended by signal 11 (Segmentation fault)");
    run(fixture, "cat; echo nothing to read");
    assert_string_equal(fixture->output, "nothing to read\n");
}

static void test_output_is_bounded(void **state)
{
    struct fixture *fixture = *state;
    run(fixture, "head -c 3000000 /dev/zero | tr '\\0' x; exit 4");
    assert_int_equal(fixture->result.exit_code, 4); /* it was read to its end, or it would hang */
    assert_true(fixture->result.output_cut);
    assert_int_equal(strspn(fixture->output, "x"), OUTPUT);
    run(fixture, "printf 1234");
    assert_false(fixture->result.output_cut);
}

/* Whether a process still runs (a zombie does not). */
static bool runs(pid_t pid)
{
    char path[64], text[256] = "";
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *file = fopen(path, "r");
    if (!file)
        return false;
    size_t got = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    const char *state = got ? strrchr(text, ')') : NULL;
    return state && state[2] != 'Z' && state[2] != 'X';
}

static void wait_gone(pid_t pid)
{
    for (int i = 0; runs(pid) && i < 1000; i++)
        usleep(10000);
    assert_false(runs(pid));
}

static void test_timeout_ends_the_whole_group(void **state)
{
    struct fixture *fixture = *state;
    fixture->timeout_ms = 200;
    run(fixture, "sleep 100 & echo $!; wait");
    assert_true(fixture->result.timed_out);
    assert_string_equal(fixture->sentence, "did not end within 200ms and was ended");
    wait_gone((pid_t)strtol(fixture->output, NULL, 10));
    /* It hears no SIGTERM, nor does its child. */
    uint64_t begun = uv_hrtime();
    run(fixture, "trap '' TERM; (trap '' TERM; sleep 100) & echo $!; while :; do sleep 0.1; done");
    assert_true(fixture->result.timed_out);
    assert_int_equal(fixture->result.signal, SIGKILL);
    assert_true(uv_hrtime() - begun < UINT64_C(15000000000));
    wait_gone((pid_t)strtol(fixture->output, NULL, 10));
}

static void test_what_it_leaves_behind_is_ended(void **state)
{
    struct fixture *fixture = *state;
    run(fixture, "sleep 100 & echo $!; exit 0"); /* which also keeps the output open */
    assert_int_equal(fixture->result.exit_code, 0);
    assert_false(fixture->result.timed_out);
    wait_gone((pid_t)strtol(fixture->output, NULL, 10));
}

static void test_cancel(void **state)
{
    struct fixture *fixture = *state;
    struct error err = {0};
    struct child *child = begin(fixture, "sleep 100", &err);
    assert_non_null(child);
    child_cancel(child);
    child_cancel(NULL);
    uv_run(&fixture->loop, UV_RUN_DEFAULT);
    assert_int_equal(fixture->ended, 0);
}

static void test_cannot_start(void **state)
{
    struct fixture *fixture = *state;
    struct error err = {0};
    struct strings argv = {0};
    strings_add(&fixture->arena, &argv, "/no/such/program");
    assert_null(child_start(
        &fixture->loop,
        &(struct child_request){
            .argv = &argv, .timeout_ms = 1000, .max_output = OUTPUT, .done = on_done, .user = fixture},
        &err));
    assert_int_equal(err.code, -ENOENT);
    assert_string_equal(err.text, "cannot start /no/such/program: no such file or directory");
}

static void test_environment(void **state)
{
    struct fixture *fixture = *state;
    struct error err = {0};
    struct strings argv = {0}, env = {0};
    strings_add(&fixture->arena, &argv, "/usr/bin/env");
    strings_add(&fixture->arena, &env, "ONLY=this");
    assert_non_null(child_start(&fixture->loop,
                                &(struct child_request){.argv = &argv,
                                                        .env = &env,
                                                        .timeout_ms = 10000,
                                                        .max_output = OUTPUT,
                                                        .done = on_done,
                                                        .user = fixture},
                                &err));
    uv_run(&fixture->loop, UV_RUN_DEFAULT);
    assert_string_equal(fixture->output, "ONLY=this\n");
}

/* ---- command lines ---- */

static void splits(struct fixture *fixture, const char *line, const char *expected)
{
    struct strings argv = {0};
    struct error err = {0};
    char joined[256] = "";
    assert_int_equal(child_command(line, "/no/shell", &fixture->arena, &argv, &err), 0);
    for (size_t i = 0; i < argv.count; i++)
        snprintf(joined + strlen(joined), sizeof joined - strlen(joined), "<%s>", argv.item[i]);
    assert_string_equal(joined, expected);
}

static void refuses(struct fixture *fixture, const char *line, const char *words)
{
    struct strings argv = {0};
    struct error err = {0};
    assert_int_equal(child_command(line, NULL, &fixture->arena, &argv, &err), -EINVAL);
    assert_non_null(strstr(err.text, words));
    assert_int_equal(argv.count, 0);
}

static void test_command_lines(void **state)
{
    struct fixture *fixture = *state;
    struct strings argv = {0};
    assert_int_equal(child_command("a | b", "/bin/sh", &fixture->arena, &argv, NULL), 0);
    assert_int_equal(argv.count, 3);
    assert_string_equal(argv.item[2], "a | b");
    splits(fixture, "haproxy -c  -f {}", "<haproxy><-c><-f><{}>");
    splits(fixture, " a 'b c' \"d e\" f\\ g ''", "<a><b c><d e><f g><>");
    splits(fixture, "a '$x | y' \"\\$\"", "<a><$x | y><$>");
    refuses(fixture, "a | b", "\"|\"");
    refuses(fixture, "a && b", "\"&\"");
    refuses(fixture, "a \"$HOME\"", "\"$\"");
    refuses(fixture, "a 'b", "not closed");
    refuses(fixture, " \t", "empty");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_ends_and_says),
        TEST(test_output_is_bounded),
        TEST(test_timeout_ends_the_whole_group),
        TEST(test_what_it_leaves_behind_is_ended),
        TEST(test_cancel),
        TEST(test_cannot_start),
        TEST(test_environment),
        TEST(test_command_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
