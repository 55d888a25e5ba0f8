/* SPDX-License-Identifier: MIT */
/* test_exit.c: when the standing of an exit is news, and since when it stands so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "controller/core/exit.h"

static void test_what_is_news(void **state)
{
    (void)state;
    char own[16] = "";
    struct exit_report report = {.state = EXIT_WAITING, .sentence = own};
    assert_false(exit_report_stand(&report, own, sizeof own, EXIT_WAITING, "", 1));
    assert_true(exit_report_stand(&report, own, sizeof own, EXIT_FAILING, "no answer", 2));
    assert_false(exit_report_stand(&report, own, sizeof own, EXIT_FAILING, "no answer", 3));
    assert_true(exit_report_stand(&report, own, sizeof own, EXIT_FAILING, "refused", 4));
    assert_string_equal(report.sentence, "refused");
    assert_int_equal(report.since_wall_ms, 2); /* it has failed since then, whatever it says now */
    assert_true(exit_report_stand(&report, own, sizeof own, EXIT_FINE, "", 5));
    assert_int_equal(report.state, EXIT_FINE);
    assert_int_equal(report.since_wall_ms, 5);
    assert_string_equal(own, "");
}

static void test_a_long_sentence_is_told_once(void **state)
{
    (void)state;
    char own[8] = "";
    struct exit_report report = {.state = EXIT_FINE, .sentence = own};
    assert_true(exit_report_stand(&report, own, sizeof own, EXIT_FAILING, "it is too long", 1));
    assert_string_equal(own, "it is t");
    assert_false(exit_report_stand(&report, own, sizeof own, EXIT_FAILING, "it is too long", 2));
    assert_true(exit_report_stand(&report, own, sizeof own, EXIT_FAILING, "it is", 3));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_what_is_news),
                                       cmocka_unit_test(test_a_long_sentence_is_told_once)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
