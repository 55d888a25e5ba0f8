/* SPDX-License-Identifier: MIT */
/* test_alert_pace.c: how fast a channel is used, and what a service's answer means. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "controller/core/transfer.h"
#include "exporter/alerts/delivery.h"
#include "exporter/alerts/pace.h"

static const struct channel_row row = {.spacing_ms = 100, .burst = 3, .refill_ms = 1000};

static void a_bucket_empties_and_fills(void **state)
{
    (void)state;
    struct pace pace;
    int64_t now = 50000;
    pace_init(&pace, &row, now);
    for (unsigned left = 3; left > 0; left--) {
        assert_int_equal(pace_tokens(&pace, &row, now), left);
        assert_true(pace_due(&pace, &row) <= now);
        pace_take(&pace, &row, now);
        if (left > 1)
            assert_int_equal(pace_due(&pace, &row), now + 100);
        now += 100;
    }
    assert_int_equal(pace_tokens(&pace, &row, now), 0);
    assert_int_equal(pace_due(&pace, &row), 51000);
    assert_int_equal(pace_tokens(&pace, &row, 51000), 1);
    assert_int_equal(pace_tokens(&pace, &row, 53000), 3);
    assert_int_equal(pace_tokens(&pace, &row, 99000), 3); /* never more */
    pace_take(&pace, &row, 99000);
    assert_int_equal(pace_tokens(&pace, &row, 99000), 2);
}

static void failures_double_the_wait(void **state)
{
    (void)state;
    const struct channels_config config = {
        .attempts = 4, .retry = true, .retry_base_ms = 1000, .retry_max_ms = 3000};
    static const int64_t wait[] = {1000, 2000, 3000, 60000, 60000};
    struct pace pace;
    int64_t now = 100000;
    pace_init(&pace, &row, now);
    for (size_t i = 0; i < sizeof wait / sizeof *wait; i++) {
        assert_int_equal(pace_failed(&pace, &config, now), i == 3); /* said once */
        assert_int_equal(pace_due(&pace, &row), now + wait[i]);
        now += wait[i];
    }
    pace_hold(&pace, 1, now - 1000); /* a shorter wait does not shorten it */
    assert_int_equal(pace.held_mono_ms, now);
    pace_worked(&pace);
    assert_true(pace_due(&pace, &row) < now);
    assert_false(pace_failed(&pace, &config, now));
    assert_int_equal(pace_due(&pace, &row), now + 1000);
}

static void answers_mean_something(void **state)
{
    (void)state;
    static const struct {
        enum channel_kind kind;
        int status;
        enum verdict verdict;
        const char *words;
    } cases[] = {
        {CHANNEL_SLACK, 200, VERDICT_TAKEN, "it was taken (200)"},
        {CHANNEL_DISCORD, 204, VERDICT_TAKEN, "it was taken (204)"},
        {CHANNEL_WEBHOOK, 302, VERDICT_NEVER, "it answered 302: it sends us on to another address"},
        {CHANNEL_SLACK, 400, VERDICT_NEVER, "it answered 400: it does not take what was sent"},
        {CHANNEL_NTFY, 401, VERDICT_NEVER, "it answered 401: it wants other credentials"},
        {CHANNEL_SLACK, 404, VERDICT_NEVER, "it answered 404: there is nothing at this address"},
        {CHANNEL_GOTIFY, 408, VERDICT_LATER, "it answered 408"},
        {CHANNEL_GOTIFY, 425, VERDICT_LATER, "it answered 425"},
        {CHANNEL_GOTIFY, 429, VERDICT_SLOWER, "it answered 429: too many messages"},
        {CHANNEL_GOTIFY, 500, VERDICT_LATER, "it answered 500"},
        {CHANNEL_GOTIFY, 503, VERDICT_LATER, "it answered 503"},
        {CHANNEL_EMAIL, 250, VERDICT_TAKEN, "it was taken (250)"},
        {CHANNEL_EMAIL, 421, VERDICT_LATER, "it answered 421: it is not available"},
        {CHANNEL_EMAIL, 451, VERDICT_LATER, "it answered 451: it has an error"},
        {CHANNEL_EMAIL, 535, VERDICT_NEVER, "it answered 535: user or password are wrong"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct transfer_result result = {.http_status = cases[i].status, .body = "secret"};
        struct judged judged;
        delivery_judge(cases[i].kind, &result, "", 0, &judged);
        assert_int_equal(judged.verdict, cases[i].verdict);
        assert_int_equal(judged.status, cases[i].status);
        assert_int_equal(judged.wait_ms, 0);
        assert_string_equal(judged.sentence, cases[i].words);
    }
}

static void no_answer_is_tried_again(void **state)
{
    (void)state;
    for (int end = TRANSFER_DONE + 1; end < TRANSFER_END_COUNT; end++) {
        for (int fault = 0; fault < (end == TRANSFER_TLS ? TLS_FAULT_COUNT : 1); fault++) {
            const struct transfer_result result = {.end = (enum transfer_end)end,
                                                   .tls_fault = (enum tls_fault)fault,
                                                   .message = "http://secret",
                                                   .body = ""};
            struct judged judged;
            delivery_judge(CHANNEL_SLACK, &result, "", 0, &judged);
            assert_int_equal(judged.verdict, VERDICT_LATER);
            assert_int_equal(judged.status, 0);
            assert_true(strlen(judged.sentence) > 10);
            assert_null(strstr(judged.sentence, "secret"));
            assert_int_equal(judged.perhaps_taken, end == TRANSFER_READ_TIMEOUT || end == TRANSFER_CUT);
        }
    }
}

static void waits_are_what_is_asked_for(void **state)
{
    (void)state;
    static const struct {
        enum channel_kind kind;
        int status;
        const char *retry_after, *body;
        int64_t wait_ms;
    } cases[] = {
        {CHANNEL_SLACK, 429, " 30", "", 30000},
        {CHANNEL_SLACK, 429, "30", "{\"retry_after\": 90}", 30000},
        {CHANNEL_SLACK, 503, "7", "", 7000},
        {CHANNEL_SLACK, 404, "7", "", 0},
        {CHANNEL_DISCORD, 429, "", "{\"retry_after\": 0.65, \"global\": false}", 651},
        {CHANNEL_DISCORD, 429, "1", "{\"retry_after\": 0.65}", 1000},
        {CHANNEL_DISCORD, 429, "1", "{\"retry_after\": 64}", 64001},
        {CHANNEL_DISCORD, 429, "", "{\"retry_after\": 1e99}", 3600000},
        {CHANNEL_DISCORD, 429, "", "{\"retry_after\": -1}", 0},
        {CHANNEL_DISCORD, 429, "", "{\"retry_after\": \"x\"}", 0},
        {CHANNEL_DISCORD, 429, "", "[[[[", 0},
        {CHANNEL_EMAIL, 451, "9", "", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct transfer_result result = {.http_status = cases[i].status, .body = cases[i].body};
        struct judged judged;
        delivery_judge(cases[i].kind, &result, cases[i].retry_after, 0, &judged);
        assert_int_equal(judged.wait_ms, cases[i].wait_ms);
    }
}

static void retry_after_is_seconds_or_a_date(void **state)
{
    (void)state;
    static const int64_t now_ms = 1795343470000; /* Sun, 22 Nov 2026 10:31:10 GMT */
    assert_int_equal(delivery_retry_after("120", now_ms), 120000);
    assert_int_equal(delivery_retry_after("\t5 ", now_ms), 5000);
    assert_int_equal(delivery_retry_after("Sun, 22 Nov 2026 10:31:40 GMT", now_ms), 30000);
    assert_int_equal(delivery_retry_after("Sun, 22 Nov 2026 10:31:00 GMT", now_ms), 0);
    assert_int_equal(delivery_retry_after("Sun, 22 Nov 2099 10:31:00 GMT", now_ms), 3600000);
    assert_int_equal(delivery_retry_after("99999999", now_ms), 3600000);
    assert_int_equal(delivery_retry_after("9999999999999999999999", now_ms), 0);
    assert_int_equal(delivery_retry_after("-1", now_ms), 0);
    assert_int_equal(delivery_retry_after("soon", now_ms), 0);
    assert_int_equal(delivery_retry_after("", now_ms), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bucket_empties_and_fills),  cmocka_unit_test(failures_double_the_wait),
        cmocka_unit_test(answers_mean_something),      cmocka_unit_test(no_answer_is_tried_again),
        cmocka_unit_test(waits_are_what_is_asked_for), cmocka_unit_test(retry_after_is_seconds_or_a_date),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
