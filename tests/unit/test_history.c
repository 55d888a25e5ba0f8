/* SPDX-License-Identifier: MIT */
/* test_history.c: what is worth remembering of decisions, and that it stays small. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "controller/healing/history.h"

static bool note(struct history **history, enum action action, const char *reason, int64_t at)
{
    struct decision_shown decision = {.action = action, .reason = reason, .sentence = "Because."};
    return history_note(history, &decision, "web-1", at);
}

static void calm_costs_nothing(void **state)
{
    (void)state;
    struct history *history = NULL;
    assert_false(note(&history, ACTION_NONE, "starting", 1));
    assert_false(note(&history, ACTION_NONE, "healthy", 2));
    assert_false(note(&history, ACTION_NONE, "degraded", 3));
    assert_null(history);
    size_t count;
    assert_null(history_items(history, &count));
    assert_int_equal(count, 0);
}

static void news_is_another_action_or_reason(void **state)
{
    (void)state;
    static const struct {
        enum action action;
        const char *reason;
        bool news;
    } rows[] = {
        {ACTION_ACT, "unhealthy", true},  {ACTION_ACT, "unhealthy", false}, {ACTION_NONE, "starting", true},
        {ACTION_NONE, "healthy", true},   {ACTION_NONE, "starting", false}, /* quaywatch itself began anew */
        {ACTION_NONE, "unknown", false},  {ACTION_NONE, "healthy", false},  {ACTION_NONE, "degraded", true},
        {ACTION_HOLD, "backoff", true},   {ACTION_HOLD, "budget", true},    {ACTION_HOLD, "budget", false},
        {ACTION_NONE, "unhealthy", true}, {ACTION_ACT, "unhealthy", true},
    };
    struct history *history = NULL;
    size_t expected = 0, count;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(note(&history, rows[i].action, rows[i].reason, (int64_t)i + 1), rows[i].news);
        expected += rows[i].news;
        const struct past_decision *item = history_items(history, &count);
        assert_int_equal(count, expected);
        if (!rows[i].news)
            continue;
        assert_int_equal(item[count - 1].at_wall_ms, i + 1);
        assert_int_equal(item[count - 1].action, rows[i].action);
        assert_string_equal(item[count - 1].reason, rows[i].reason);
        assert_string_equal(item[count - 1].sentence, "Because.");
        assert_string_equal(item[count - 1].container, "web-1");
    }
    history_free(history);
}

static void the_oldest_goes(void **state)
{
    (void)state;
    struct history *history = NULL;
    char reason[32];
    for (int i = 0; i < 3 * HISTORY_DECISIONS; i++) {
        snprintf(reason, sizeof reason, "reason-%d", i); /* copied: this text changes */
        assert_true(note(&history, ACTION_HOLD, reason, i + 1));
    }
    size_t count;
    const struct past_decision *item = history_items(history, &count);
    assert_int_equal(count, HISTORY_DECISIONS);
    assert_string_equal(item[0].reason, "reason-40");
    assert_string_equal(item[HISTORY_DECISIONS - 1].reason, "reason-59");
    history_free(history);
    history_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calm_costs_nothing),
        cmocka_unit_test(news_is_another_action_or_reason),
        cmocka_unit_test(the_oldest_goes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
