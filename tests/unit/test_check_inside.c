/* SPDX-License-Identifier: MIT */
/* What the end of a command or the look for a file means for the check. */
#include "controller/check_inside.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "controller/core/error.h"

static void commands(void **state)
{
    (void)state;
    static const struct {
        int code;
        bool running;
        enum outcome_kind kind;
        const char *message;
    } rows[] = {
        {0, false, OUTCOME_PASS, "Command exited with code 0"},
        {1, false, OUTCOME_VERDICT, "Command exited with code 1"},
        {255, false, OUTCOME_VERDICT, "Command exited with code 255"},
        {126, false, OUTCOME_MISSING,
         "Command cannot run (code 126): it is not in the container, or may not be executed"},
        {127, false, OUTCOME_MISSING,
         "Command cannot run (code 127): it is not in the container, or may not be executed"},
        {0, true, OUTCOME_READ_TIMEOUT,
         "Command did not end within 5s; it still runs, and no other is started meanwhile"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct exec_result result = {.id = "e1",
                                           .running = rows[i].running,
                                           .exit_code = rows[i].code,
                                           .output = "hunter2",
                                           .output_len = 7};
        struct outcome outcome;
        check_inside_judge_command(&result, NULL, 5000, &outcome);
        assert_int_equal(outcome.kind, rows[i].kind);
        assert_string_equal(outcome.message, rows[i].message);
    }
}

static void what_the_engine_does_not_do(void **state)
{
    (void)state;
    static const struct {
        int code;
        enum outcome_kind kind;
        const char *part;
    } rows[] = {
        {-EACCES, OUTCOME_FORBIDDEN, "allow "}, {-EBUSY, OUTCOME_NOT_MADE, "paused"},
        {-ENOENT, OUTCOME_NOT_MADE, "gone"},    {-EIO, OUTCOME_NOT_MADE, "engine"},
        {-EBADMSG, OUTCOME_NOT_MADE, "engine"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct exec_result result = {.id = "", .output = ""};
        struct error err;
        struct outcome outcome;
        error_set(&err, rows[i].code, "exec: \"hunter2\": not found");
        for (int file = 0; file < 2; file++) {
            if (file)
                check_inside_judge_file("/x", false, &err, &outcome);
            else
                check_inside_judge_command(&result, &err, 5000, &outcome);
            assert_int_equal(outcome.kind, rows[i].kind);
            assert_non_null(strstr(outcome.message, rows[i].part));
            assert_null(strstr(outcome.message, "hunter2"));
            assert_true(strlen(outcome.message) < sizeof outcome.message - 1); /* nothing is cut */
            assert_false(outcome_is_answer(outcome.kind));
        }
    }
}

static void files(void **state)
{
    (void)state;
    struct outcome outcome;
    check_inside_judge_file("/run/ready", true, NULL, &outcome);
    assert_int_equal(outcome.kind, OUTCOME_PASS);
    assert_string_equal(outcome.message, "File /run/ready exists");
    check_inside_judge_file("/run/ready\n", false, NULL, &outcome);
    assert_int_equal(outcome.kind, OUTCOME_VERDICT);
    assert_string_equal(outcome.message, "File /run/ready  does not exist");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commands),
        cmocka_unit_test(what_the_engine_does_not_do),
        cmocka_unit_test(files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
