/* SPDX-License-Identifier: MIT */
/* Tests health/verdict: thresholds up and down, the start period, degraded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "health/verdict.h"

static const struct verdict_policy policy = {.retries = 3, .successes = 2, .start_period_ms = 30000};

enum { STARTED = 1000000 };

/* One second a letter: p pass, d degraded, f failure, n no address; the status after each as a letter. */
static void assert_walk(const struct verdict_policy *with, int64_t first_ms, const char *outcomes,
                        const char *expected)
{
    static const char letter[STATUS_COUNT] = {
        [STATUS_STARTING] = 'S', [STATUS_HEALTHY] = 'H', [STATUS_DEGRADED] = 'D', [STATUS_UNHEALTHY] = 'U',
        [STATUS_FAILED] = '?',   [STATUS_UNKNOWN] = '?', [STATUS_STOPPED] = '?',
    };
    struct verdict verdict;
    verdict_start(&verdict, STARTED);
    assert_int_equal(verdict.status, STATUS_STARTING);

    char seen[64];
    size_t count = strlen(outcomes);
    assert_true(count < sizeof seen);
    for (size_t i = 0; i < count; i++) {
        struct outcome outcome = {.kind = outcomes[i] == 'p'   ? OUTCOME_PASS
                                          : outcomes[i] == 'd' ? OUTCOME_DEGRADED
                                          : outcomes[i] == 'n' ? OUTCOME_NO_ADDRESS
                                                               : OUTCOME_REFUSED};
        enum status before = verdict.status;
        bool changed = verdict_step(&verdict, with, &outcome, STARTED + first_ms + (int64_t)i * 1000);
        assert_int_equal(changed, verdict.status != before);
        assert_true(verdict.failures <= with->retries && verdict.passes <= with->successes);
        seen[i] = letter[verdict.status];
    }
    seen[count] = '\0';
    assert_string_equal(seen, expected);
}

static void test_walks(void **state)
{
    (void)state;
    static const struct {
        const char *outcomes, *expected;
    } walks[] = {
        {"p", "H"},                               /* the first pass ends the start */
        {"d", "D"},           {"fffff", "SSSSS"}, /* inside the start period nothing counts */
        {"ffp", "SSH"},       {"pf", "HD"},       /* after the first pass failures count at once */
        {"pffp", "HDDH"},                         /* one pass mends what is only degraded */
        {"pfff", "HDDU"},     {"pffff", "HDDUU"},
        {"pfffp", "HDDUU"}, /* back from unhealthy needs two in a row */
        {"pfffpp", "HDDUUH"}, {"pfffpfpp", "HDDUUUUH"},
        {"pfffpd", "HDDUUD"}, /* a degraded answer counts as a pass */
        {"pfffdd", "HDDUUD"}, {"pdp", "HDH"},
        {"dff", "DDD"},       {"dfff", "DDDU"},
        {"pfpfpf", "HDHDHD"}, /* never three in a row */
        {"nn", "SS"},         /* nothing was asked */
        {"pnfn", "HHDD"},
    };
    for (size_t i = 0; i < sizeof walks / sizeof *walks; i++)
        assert_walk(&policy, 0, walks[i].outcomes, walks[i].expected);
}

static void test_start_period_ends(void **state)
{
    (void)state;
    /* The first outcome comes one second before the end, the second at the end: that one counts. */
    assert_walk(&policy, 29000, "fff", "SSS");
    assert_walk(&policy, 29000, "ffff", "SSSU");
    assert_walk(&policy, 30000, "fff", "SSU");
    /* What never passed is not served as degraded while it is being counted. */
    assert_walk(&policy, 60000, "ffp", "SSH");

    struct verdict_policy none = {.retries = 3, .successes = 2, .start_period_ms = 0};
    assert_walk(&none, 0, "fff", "SSU");
}

static void test_thresholds_of_one(void **state)
{
    (void)state;
    struct verdict_policy one = {.retries = 1, .successes = 1, .start_period_ms = 0};
    assert_walk(&one, 0, "f", "U");
    assert_walk(&one, 0, "pfpf", "HUHU");
    struct verdict_policy long_way = {.retries = 1, .successes = 4, .start_period_ms = 0};
    assert_walk(&long_way, 0, "pfpppp", "HUUUUH");
}

static void test_start_clears(void **state)
{
    (void)state;
    struct verdict verdict;
    struct outcome failure = {.kind = OUTCOME_STATUS}, pass = {.kind = OUTCOME_PASS};
    verdict_start(&verdict, STARTED);
    verdict_step(&verdict, &policy, &pass, STARTED + 1000);
    assert_true(verdict.latest_passed && verdict.judged);
    for (int i = 0; i < 3; i++)
        verdict_step(&verdict, &policy, &failure, STARTED + 2000);
    assert_int_equal(verdict.status, STATUS_UNHEALTHY);
    assert_false(verdict.latest_passed);
    assert_int_equal(verdict.failures, 3);

    verdict_start(&verdict, STARTED + 5000);
    assert_int_equal(verdict.status, STATUS_STARTING);
    assert_int_equal(verdict.failures, 0);
    assert_false(verdict.judged);
    verdict_step(&verdict, &policy, &failure, STARTED + 5000 + 29999);
    assert_int_equal(verdict.failures, 0);
    assert_int_equal(verdict.status, STATUS_STARTING);
}

static void test_every_failure_counts(void **state)
{
    (void)state;
    for (int kind = 0; kind < OUTCOME_KIND_COUNT; kind++) {
        if (!outcome_is_answer((enum outcome_kind)kind))
            continue;
        struct verdict verdict;
        struct outcome outcome = {.kind = (enum outcome_kind)kind};
        verdict_start(&verdict, STARTED);
        for (int i = 0; i < 3; i++)
            verdict_step(&verdict, &policy, &outcome, STARTED + 40000);
        bool passes = kind == OUTCOME_PASS || kind == OUTCOME_DEGRADED;
        assert_int_equal(verdict.latest_passed, passes);
        assert_int_equal(verdict.status == STATUS_UNHEALTHY, !passes);
    }
}

static void test_what_cannot_be_asked_is_not_known(void **state)
{
    (void)state;
    static const enum outcome_kind kinds[] = {OUTCOME_NOT_MADE, OUTCOME_FORBIDDEN};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct verdict verdict;
        struct outcome fail = {.kind = OUTCOME_VERDICT}, none = {.kind = kinds[i]};
        verdict_start(&verdict, STARTED);
        for (int n = 0; n < 3; n++)
            verdict_step(&verdict, &policy, &fail, STARTED + 40000);
        assert_int_equal(verdict.status, STATUS_UNHEALTHY);
        assert_true(verdict_step(&verdict, &policy, &none, STARTED + 40000));
        assert_int_equal(verdict.status, STATUS_UNKNOWN);
        assert_false(verdict_step(&verdict, &policy, &none, STARTED + 40000));
        assert_false(verdict_step(&verdict, &policy, &fail, STARTED + 40000)); /* counting begins anew */
        assert_int_equal(verdict.failures, 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_walks),
        cmocka_unit_test(test_start_period_ends),
        cmocka_unit_test(test_thresholds_of_one),
        cmocka_unit_test(test_start_clears),
        cmocka_unit_test(test_every_failure_counts),
        cmocka_unit_test(test_what_cannot_be_asked_is_not_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
