/* SPDX-License-Identifier: MIT */
/* Tests health/breaker: by hand-written walks, and by long random ones against what must always hold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "health/breaker.h"

static const struct breaker_policy policy = {
    .enabled = true,
    .failure_threshold = 5,
    .success_threshold = 3,
    .recovery_ms = 60000,
    .window_ms = 300000,
};

static struct breaker opened_at(int64_t now)
{
    struct breaker breaker = {0};
    for (int i = 0; i < 4; i++)
        assert_int_equal(breaker_step(&breaker, &policy, false, now - 4 + i), BREAKER_SAME);
    assert_int_equal(breaker_step(&breaker, &policy, false, now), BREAKER_OPENED);
    assert_int_equal(breaker.state, BREAKER_OPEN);
    return breaker;
}

static void test_opens_inside_window(void **state)
{
    (void)state;
    struct breaker breaker = {0};
    for (int i = 0; i < 4; i++) {
        assert_int_equal(breaker_step(&breaker, &policy, false, i * 1000), BREAKER_SAME);
        /* A pass does not clear the failures: flapping opens it as well. */
        assert_int_equal(breaker_step(&breaker, &policy, true, i * 1000 + 500), BREAKER_SAME);
    }
    assert_int_equal(breaker_failures(&breaker, &policy, 4000), 4);
    assert_int_equal(breaker_step(&breaker, &policy, false, 5000), BREAKER_OPENED);
    assert_int_equal(breaker_failures(&breaker, &policy, 5000), 5);
}

static void test_recalled(void **state)
{
    (void)state;
    struct breaker breaker = {0};
    breaker_recall(&breaker, -20000, false); /* opened before this process began */
    assert_int_equal(breaker_wait(&breaker, &policy, 1000), 39000);
    assert_int_equal(breaker_tick(&breaker, &policy, 39999), BREAKER_SAME);
    assert_int_equal(breaker_tick(&breaker, &policy, 40000), BREAKER_HALF_OPENED);
    assert_int_equal(breaker_step(&breaker, &policy, false, 40001), BREAKER_OPENED);
    breaker_recall(&breaker, 5000, false);
    assert_int_equal(breaker_restart(&breaker), BREAKER_HALF_OPENED);
}

static void test_tripped_by_a_person(void **state)
{
    (void)state;
    struct breaker breaker = {0};
    assert_int_equal(breaker_trip(&breaker, 1000), BREAKER_OPENED);
    assert_true(breaker.tripped);
    assert_int_equal(breaker_failures(&breaker, &policy, 1000), 0);
    assert_int_equal(breaker_step(&breaker, &policy, true, 2000), BREAKER_SAME); /* whatever the checks say */
    assert_int_equal(breaker_wait(&breaker, &policy, 31000), 30000);
    assert_int_equal(breaker_trip(&breaker, 31000), BREAKER_OPENED); /* once more: from now */
    assert_int_equal(breaker_wait(&breaker, &policy, 31000), 60000);
    assert_int_equal(breaker_tick(&breaker, &policy, 91000), BREAKER_HALF_OPENED);
    assert_true(breaker.tripped);
    for (int i = 0; i < 2; i++)
        assert_int_equal(breaker_step(&breaker, &policy, true, 92000 + i), BREAKER_SAME);
    assert_int_equal(breaker_step(&breaker, &policy, true, 93000), BREAKER_CLOSED_AGAIN);
    assert_false(breaker.tripped);
    /* A new start half-opens it as any other, but it stays the person's until it is closed. */
    breaker_trip(&breaker, 100000);
    assert_int_equal(breaker_restart(&breaker), BREAKER_HALF_OPENED);
    assert_true(breaker.tripped);
    assert_int_equal(breaker_reset(&breaker), BREAKER_CLOSED_AGAIN);
    assert_false(breaker.tripped);
    breaker_recall(&breaker, 5000, true);
    assert_true(breaker.tripped);
}

static void test_reset_by_a_person(void **state)
{
    (void)state;
    struct breaker breaker = opened_at(10000);
    assert_int_equal(breaker_reset(&breaker), BREAKER_CLOSED_AGAIN);
    assert_int_equal(breaker_failures(&breaker, &policy, 10001), 0);
    assert_int_equal(breaker_step(&breaker, &policy, false, 10002), BREAKER_SAME); /* counts anew */
    assert_int_equal(breaker_failures(&breaker, &policy, 10003), 1);
    assert_int_equal(breaker_reset(&breaker), BREAKER_SAME);
    assert_int_equal(breaker_failures(&breaker, &policy, 10004), 0);
}

static void test_window_forgets(void **state)
{
    (void)state;
    struct breaker breaker = {0};
    for (int i = 0; i < 4; i++)
        breaker_step(&breaker, &policy, false, i);
    assert_int_equal(breaker_failures(&breaker, &policy, 299999), 4);
    assert_int_equal(breaker_failures(&breaker, &policy, 300000), 3);
    assert_int_equal(breaker_tick(&breaker, &policy, 300003), BREAKER_SAME);
    assert_int_equal(breaker.failure_count, 0);
    /* One failure a minute and a quarter: never five inside five minutes. */
    for (int i = 0; i < 100; i++)
        assert_int_equal(breaker_step(&breaker, &policy, false, 400000 + i * 75000), BREAKER_SAME);
    assert_int_equal(breaker.state, BREAKER_CLOSED);
    /* One a minute: the fifth comes after four. */
    int64_t from = 400000 + 100 * 75000 + 300000;
    for (int i = 0; i < 4; i++)
        assert_int_equal(breaker_step(&breaker, &policy, false, from + i * 60000), BREAKER_SAME);
    assert_int_equal(breaker_step(&breaker, &policy, false, from + 4 * 60000), BREAKER_OPENED);
}

static void test_recovery(void **state)
{
    (void)state;
    struct breaker breaker = opened_at(1000000);
    assert_int_equal(breaker_wait(&breaker, &policy, 1000000), 60000);
    assert_int_equal(breaker_wait(&breaker, &policy, 1059999), 1);
    assert_int_equal(breaker_tick(&breaker, &policy, 1059999), BREAKER_SAME);
    assert_int_equal(breaker_wait(&breaker, &policy, 1060000), 0);
    assert_int_equal(breaker_tick(&breaker, &policy, 1060000), BREAKER_HALF_OPENED);
    assert_int_equal(breaker_tick(&breaker, &policy, 1060001), BREAKER_SAME);
    assert_int_equal(breaker_wait(&breaker, &policy, 1060001), 0);

    assert_int_equal(breaker_step(&breaker, &policy, true, 1060100), BREAKER_SAME);
    assert_int_equal(breaker_step(&breaker, &policy, true, 1070100), BREAKER_SAME);
    assert_int_equal(breaker.state, BREAKER_HALF_OPEN);
    assert_int_equal(breaker_step(&breaker, &policy, true, 1080100), BREAKER_CLOSED_AGAIN);
    assert_int_equal(breaker_failures(&breaker, &policy, 1080100), 0);
    /* Five new failures are needed. */
    for (int i = 0; i < 4; i++)
        assert_int_equal(breaker_step(&breaker, &policy, false, 1080200 + i), BREAKER_SAME);
    assert_int_equal(breaker_step(&breaker, &policy, false, 1080300), BREAKER_OPENED);
}

static void test_half_open_fails(void **state)
{
    (void)state;
    struct breaker breaker = opened_at(1000000);
    breaker_tick(&breaker, &policy, 1060000);
    breaker_step(&breaker, &policy, true, 1060100);
    breaker_step(&breaker, &policy, true, 1060200);
    assert_int_equal(breaker_step(&breaker, &policy, false, 1060300), BREAKER_OPENED);
    assert_int_equal(breaker_wait(&breaker, &policy, 1060300), 60000);
    /* The passes before do not count next time. */
    assert_int_equal(breaker_tick(&breaker, &policy, 1120300), BREAKER_HALF_OPENED);
    assert_int_equal(breaker_step(&breaker, &policy, true, 1120400), BREAKER_SAME);
    assert_int_equal(breaker_step(&breaker, &policy, true, 1120500), BREAKER_SAME);
    assert_int_equal(breaker_step(&breaker, &policy, true, 1120600), BREAKER_CLOSED_AGAIN);
}

static void test_step_without_tick(void **state)
{
    (void)state;
    /* A result that comes while open and early says nothing; one after the recovery time is the half-open
     * check. */
    struct breaker breaker = opened_at(1000000);
    assert_int_equal(breaker_step(&breaker, &policy, true, 1000100), BREAKER_SAME);
    assert_int_equal(breaker_step(&breaker, &policy, false, 1000200), BREAKER_SAME);
    assert_int_equal(breaker_wait(&breaker, &policy, 1000200), 59800);
    struct breaker other = breaker;
    assert_int_equal(breaker_step(&breaker, &policy, true, 1060000), BREAKER_HALF_OPENED);
    assert_int_equal(breaker.passes, 1);
    assert_int_equal(breaker_step(&other, &policy, false, 1060000), BREAKER_OPENED);
    assert_int_equal(other.state, BREAKER_OPEN);
    assert_int_equal(breaker_wait(&other, &policy, 1060000), 60000);
}

static void test_restart(void **state)
{
    (void)state;
    struct breaker breaker = opened_at(1000000);
    assert_int_equal(breaker_restart(&breaker), BREAKER_HALF_OPENED);
    assert_int_equal(breaker_failures(&breaker, &policy, 1000001), 0);
    assert_int_equal(breaker_wait(&breaker, &policy, 1000001), 0);
    breaker_step(&breaker, &policy, true, 1000002);
    assert_int_equal(breaker_restart(&breaker), BREAKER_SAME);
    assert_int_equal(breaker.state, BREAKER_HALF_OPEN);
    assert_int_equal(breaker.passes, 0);

    struct breaker closed = {0};
    for (int i = 0; i < 4; i++)
        breaker_step(&closed, &policy, false, i);
    assert_int_equal(breaker_restart(&closed), BREAKER_SAME);
    assert_int_equal(closed.state, BREAKER_CLOSED);
    for (int i = 0; i < 4; i++)
        assert_int_equal(breaker_step(&closed, &policy, false, 10 + i), BREAKER_SAME);
}

static void test_disabled(void **state)
{
    (void)state;
    struct breaker_policy off = policy;
    off.enabled = false;
    struct breaker breaker = {0};
    for (int i = 0; i < 50; i++)
        assert_int_equal(breaker_step(&breaker, &off, false, i), BREAKER_SAME);
    assert_int_equal(breaker.state, BREAKER_CLOSED);
    /* Switched off while open: closed, and said so once. */
    breaker = opened_at(1000000);
    assert_int_equal(breaker_tick(&breaker, &off, 1000001), BREAKER_CLOSED_AGAIN);
    assert_int_equal(breaker_tick(&breaker, &off, 1000002), BREAKER_SAME);
}

/* A model that forgets nothing: all failures since the last time the counts were cleared. */
struct model {
    int64_t failed_at[4000];
    size_t count;
};

static unsigned model_failures(const struct model *model, int64_t now, int64_t window_ms)
{
    unsigned inside = 0;
    for (size_t i = 0; i < model->count; i++)
        inside += now - model->failed_at[i] < window_ms;
    return inside;
}

static void random_walk(unsigned seed)
{
    srand(seed);
    struct breaker_policy random_policy = {
        .enabled = true,
        .failure_threshold = 1 + (unsigned)rand() % BREAKER_RING,
        .success_threshold = 1 + (unsigned)rand() % BREAKER_RING,
        .recovery_ms = 1 + rand() % 2000,
        .window_ms = 1 + rand() % 5000,
    };
    struct breaker breaker = {0};
    static struct model model;
    model.count = 0;
    int64_t now = 5, opened = -1;
    unsigned passes = 0;
    int failing = rand() % 10;
    for (int i = 0; i < 3000; i++) {
        now += rand() % 200;
        enum breaker_state before = breaker.state;
        enum breaker_event event;
        int what = rand() % 50;
        if (what == 0) {
            event = breaker_restart(&breaker);
            model.count = 0;
            passes = 0;
        } else if (what < 20) {
            event = breaker_tick(&breaker, &random_policy, now);
        } else {
            bool passed = rand() % 10 >= failing;
            event = breaker_step(&breaker, &random_policy, passed, now);
            if (!passed && (before == BREAKER_CLOSED || breaker.state != before || event == BREAKER_OPENED))
                model.failed_at[model.count++] = now;
            bool tried = before == BREAKER_HALF_OPEN ||
                         (before == BREAKER_OPEN && now - opened >= random_policy.recovery_ms);
            passes = passed && tried ? passes + 1 : 0;
        }
        if (event == BREAKER_CLOSED_AGAIN) {
            assert_int_equal(passes, random_policy.success_threshold);
            model.count = 0;
            passes = 0;
        }

        /* It never serves while there are threshold failures inside the window, and opens for nothing less.
         */
        unsigned inside = model_failures(&model, now, random_policy.window_ms);
        if (breaker.state == BREAKER_CLOSED)
            assert_true(inside < random_policy.failure_threshold);
        if (event == BREAKER_OPENED && before == BREAKER_CLOSED)
            assert_int_equal(inside, random_policy.failure_threshold);
        /* It stays open for the recovery time, unless the container starts anew. */
        if (event == BREAKER_HALF_OPENED && what != 0)
            assert_true(now - opened >= random_policy.recovery_ms);
        if (event == BREAKER_OPENED)
            opened = now;
        /* Half-open is the only way back. */
        assert_false(before == BREAKER_OPEN && breaker.state == BREAKER_CLOSED &&
                     random_policy.success_threshold > 1);
        assert_true(breaker_failures(&breaker, &random_policy, now) <= random_policy.failure_threshold);
        if (breaker.state == BREAKER_OPEN)
            assert_true(breaker_wait(&breaker, &random_policy, now) <= random_policy.recovery_ms);
        else
            assert_int_equal(breaker_wait(&breaker, &random_policy, now), 0);
    }
}

static void test_random_walks(void **state)
{
    (void)state;
    for (unsigned seed = 1; seed <= 60; seed++)
        random_walk(seed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_opens_inside_window),
        cmocka_unit_test(test_recalled),
        cmocka_unit_test(test_tripped_by_a_person),
        cmocka_unit_test(test_reset_by_a_person),
        cmocka_unit_test(test_window_forgets),
        cmocka_unit_test(test_recovery),
        cmocka_unit_test(test_half_open_fails),
        cmocka_unit_test(test_step_without_tick),
        cmocka_unit_test(test_restart),
        cmocka_unit_test(test_disabled),
        cmocka_unit_test(test_random_walks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
