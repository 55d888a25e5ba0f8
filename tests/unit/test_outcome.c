/* SPDX-License-Identifier: MIT */
/* test_outcome.c: every way a check can end has a word, a class, a recovery and a sentence. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>
#include <string.h>

#include "controller/core/outcome.h"

static void words_are_whole(void **state)
{
    (void)state;
    for (int a = 0; a < OUTCOME_KIND_COUNT; a++) {
        assert_non_null(outcome_name[a]);
        assert_int_equal(strspn(outcome_name[a], "abcdefghijklmnopqrstuvwxyz-"), strlen(outcome_name[a]));
        for (int b = 0; b < a; b++)
            assert_string_not_equal(outcome_name[a], outcome_name[b]);
    }
}

static void classes_name_their_recovery(void **state)
{
    (void)state;
    static const struct {
        enum error_class class;
        const char *name, *recovery;
    } row[] = {
        {ERROR_CLASS_NETWORK, "NETWORK_ERROR", "circuit_breaker"},
        {ERROR_CLASS_TIMEOUT, "TIMEOUT_ERROR", "increase_timeout"},
        {ERROR_CLASS_SERVER, "SERVER_ERROR", "retry_with_backoff"},
        {ERROR_CLASS_CLIENT, "CLIENT_ERROR", "validate_request"},
        {ERROR_CLASS_UNKNOWN, "UNKNOWN_ERROR", "fallback_response"},
    };
    assert_null(error_class_name[ERROR_CLASS_NONE]);
    assert_null(error_class_recovery[ERROR_CLASS_NONE]);
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        assert_string_equal(error_class_name[row[i].class], row[i].name);
        assert_string_equal(error_class_recovery[row[i].class], row[i].recovery);
    }
}

static void every_end_has_its_class(void **state)
{
    (void)state;
    static const struct {
        enum outcome_kind kind;
        int http_status;
        enum error_class class;
    } row[] = {
        {OUTCOME_PASS, 200, ERROR_CLASS_NONE},          {OUTCOME_DEGRADED, 200, ERROR_CLASS_NONE},
        {OUTCOME_REFUSED, 0, ERROR_CLASS_NETWORK},      {OUTCOME_CONNECT_TIMEOUT, 0, ERROR_CLASS_TIMEOUT},
        {OUTCOME_READ_TIMEOUT, 0, ERROR_CLASS_TIMEOUT}, {OUTCOME_NO_ROUTE, 0, ERROR_CLASS_NETWORK},
        {OUTCOME_STATUS, 500, ERROR_CLASS_SERVER},      {OUTCOME_STATUS, 503, ERROR_CLASS_SERVER},
        {OUTCOME_STATUS, 404, ERROR_CLASS_CLIENT},      {OUTCOME_STATUS, 408, ERROR_CLASS_TIMEOUT},
        {OUTCOME_STATUS, 301, ERROR_CLASS_UNKNOWN},     {OUTCOME_BODY, 200, ERROR_CLASS_SERVER},
        {OUTCOME_PROTOCOL, 0, ERROR_CLASS_UNKNOWN},     {OUTCOME_TLS, 0, ERROR_CLASS_NETWORK},
        {OUTCOME_CUT, 0, ERROR_CLASS_NETWORK},          {OUTCOME_NO_ADDRESS, 0, ERROR_CLASS_NETWORK},
        {OUTCOME_VERDICT, 0, ERROR_CLASS_SERVER},       {OUTCOME_MISSING, 0, ERROR_CLASS_CLIENT},
        {OUTCOME_LOCAL, 0, ERROR_CLASS_UNKNOWN},        {OUTCOME_NOT_MADE, 0, ERROR_CLASS_UNKNOWN},
        {OUTCOME_FORBIDDEN, 0, ERROR_CLASS_UNKNOWN},
    };
    bool seen[OUTCOME_KIND_COUNT] = {false};
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        assert_int_equal(outcome_error_class(row[i].kind, row[i].http_status), row[i].class);
        seen[row[i].kind] = true;
    }
    for (int kind = 0; kind < OUTCOME_KIND_COUNT; kind++)
        assert_true(seen[kind]);
}

static void sentences(void **state)
{
    (void)state;
    char text[160];
    for (int kind = 0; kind < OUTCOME_KIND_COUNT; kind++) {
        outcome_sentence((enum outcome_kind)kind, "the detail", text, sizeof text);
        assert_true(*text);
        assert_null(strstr(text, "{}"));
        outcome_sentence((enum outcome_kind)kind, NULL, text, sizeof text);
        assert_null(strstr(text, "(null)"));
    }
    outcome_sentence(OUTCOME_CONNECT_TIMEOUT, "5s", text, sizeof text);
    assert_string_equal(text, "Could not connect: the address did not answer within 5s");
    outcome_sentence(OUTCOME_VERDICT, "two\nlines", text, sizeof text);
    assert_null(strchr(text, '\n'));
    char small[12];
    outcome_sentence(OUTCOME_REFUSED, NULL, small, sizeof small);
    assert_true(strlen(small) < sizeof small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_whole),
        cmocka_unit_test(classes_name_their_recovery),
        cmocka_unit_test(every_end_has_its_class),
        cmocka_unit_test(sentences),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
