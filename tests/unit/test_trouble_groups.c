/* SPDX-License-Identifier: MIT */
/* test_trouble_groups.c: one cause is one alert that names its victims, and many at once are told as one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/mem.h"
#include "tests/support/alert_recorder.h"

static int setup(void **state)
{
    struct recorder *recorder = mem_new(sizeof *recorder);
    recorder_open(recorder, INT64_C(1800000000000));
    *state = recorder;
    return 0;
}

static int teardown(void **state)
{
    recorder_close(*state);
    free(*state);
    return 0;
}

static const char *nth(size_t i)
{
    static char name[24];
    snprintf(name, sizeof name, "s%03zu", i);
    return name;
}

static void test_200_through_one_root_are_one_alert(void **state)
{
    struct recorder *r = *state;
    enum { MANY = 200 };
    recorder_sick(r, "db", SEVERITY_CRITICAL, NULL);
    for (size_t i = 0; i < MANY; i++) {
        recorder_sick(r, nth(i), i % 2 ? SEVERITY_CRITICAL : SEVERITY_WARNING, "db");
        if (i % 10 == 0)
            recorder_wait(r, 1);
    }
    assert_int_equal(r->count, 1);
    assert_string_equal(recorder_last(r)->title, "db");
    assert_int_equal(recorder_last(r)->victim_count, 91); /* who was sick when it was told */
    recorder_wait(r, 3600);
    assert_int_equal(r->count, 1);
    assert_int_equal(recorder_suppressed(r, "victim"), MANY);
    recorder_well(r, "db");
    recorder_wait(r, 40);
    for (size_t i = 0; i < MANY; i++)
        recorder_well(r, nth(i));
    recorder_wait(r, 29);
    assert_int_equal(r->count, 1);
    recorder_wait(r, 1);
    assert_int_equal(r->count, 2);
    assert_int_equal(recorder_last(r)->state, ALERT_RESOLVED);
    assert_int_equal(recorder_last(r)->victim_count, MANY);
    assert_int_equal(troubles_due(r->troubles), 0);
}

static void test_a_graver_victim_is_told_once_more(void **state)
{
    struct recorder *r = *state;
    recorder_sick(r, "db", SEVERITY_CRITICAL, NULL);
    recorder_sick(r, "web", SEVERITY_CRITICAL, "db");
    recorder_wait(r, 11);
    recorder_sick(r, "web", SEVERITY_EMERGENCY, "db");
    assert_int_equal(r->count, 2);
    assert_int_equal(recorder_last(r)->severity, SEVERITY_EMERGENCY);
    assert_string_equal(recorder_last(r)->id, r->message[0].id);
    recorder_sick(r, "api", SEVERITY_EMERGENCY, "db");
    recorder_wait(r, 100);
    assert_int_equal(r->count, 2);
}

static void test_a_victim_that_stays_sick_is_told_by_itself(void **state)
{
    struct recorder *r = *state;
    recorder_sick(r, "db", SEVERITY_CRITICAL, NULL);
    recorder_sick(r, "api", SEVERITY_CRITICAL, "db");
    recorder_sick(r, "web", SEVERITY_CRITICAL, "db");
    recorder_wait(r, 11);
    assert_string_equal(recorder_last(r)->victims, "api,web");
    recorder_well(r, "db");
    recorder_sick(r, "api", SEVERITY_CRITICAL, NULL);
    recorder_sick(r, "web", SEVERITY_CRITICAL, NULL);
    recorder_wait(r, 20);
    recorder_well(r, "api");
    recorder_wait(r, 39);
    assert_int_equal(r->count, 1); /* it has a minute to follow */
    recorder_wait(r, 2);
    assert_int_equal(r->count, 2);
    assert_string_equal(recorder_last(r)->title, "web");
    recorder_wait(r, 31);
    assert_int_equal(r->count, 3);
    assert_int_equal(recorder_last(r)->state, ALERT_RESOLVED);
    assert_string_equal(recorder_last(r)->title, "db is healthy");
    recorder_well(r, "web");
    recorder_wait(r, 31);
    assert_int_equal(recorder_count(r, ALERT_FIRING, NULL), 2);
    assert_int_equal(recorder_count(r, ALERT_RESOLVED, NULL), 2);
}

static void test_the_root_of_the_root(void **state)
{
    struct recorder *r = *state;
    recorder_sick(r, "api", SEVERITY_CRITICAL, NULL);
    recorder_sick(r, "web", SEVERITY_CRITICAL, "api");
    recorder_wait(r, 5);
    recorder_sick(r, "db", SEVERITY_CRITICAL, NULL); /* shows later, and before anything was told */
    recorder_sick(r, "api", SEVERITY_CRITICAL, "db");
    recorder_wait(r, 11);
    assert_int_equal(r->count, 1);
    assert_string_equal(recorder_last(r)->title, "db");
    assert_string_equal(recorder_last(r)->victims, "api,web");
}

static void test_a_suspect_is_waited_for(void **state)
{
    struct recorder *r = *state;
    struct trouble_fact fact = recorder_fact("web", SEVERITY_CRITICAL, NULL);
    fact.suspect = true;
    troubles_set(r->troubles, &fact, r->now);
    recorder_wait(r, 25);
    assert_int_equal(r->count, 0);
    recorder_sick(r, "db", SEVERITY_CRITICAL, NULL);
    recorder_sick(r, "web", SEVERITY_CRITICAL, "db");
    recorder_wait(r, 11);
    assert_int_equal(r->count, 1);
    assert_string_equal(recorder_last(r)->victims, "web");
    fact.key = "alone";
    troubles_set(r->troubles, &fact, r->now);
    recorder_wait(r, 41);
    assert_int_equal(r->count, 2); /* nothing else showed */
}

static void test_a_stopped_cause_is_told_by_its_victims(void **state)
{
    struct recorder *r = *state;
    recorder_sick(r, "db", SEVERITY_INFO, NULL);
    recorder_wait(r, 600);
    assert_int_equal(r->count, 0);
    assert_false(troubles_knows(r->troubles, "db"));
    struct trouble_fact stopped = recorder_fact("db", SEVERITY_INFO, NULL);
    troubles_set(r->troubles, &stopped, r->now);
    recorder_sick(r, "web", SEVERITY_CRITICAL, "db");
    recorder_wait(r, 11);
    assert_int_equal(r->count, 1);
    assert_string_equal(recorder_last(r)->title, "db");
    assert_int_equal(recorder_last(r)->severity, SEVERITY_CRITICAL);
    recorder_well(r, "web");
    recorder_wait(r, 31);
    assert_int_equal(recorder_last(r)->state, ALERT_RESOLVED);
}

static void test_a_short_cause_takes_its_victims_with_it(void **state)
{
    struct recorder *r = *state;
    struct trouble_fact engine = recorder_fact("own:engine-away", SEVERITY_CRITICAL, NULL);
    engine.delay_ms = 30000;
    troubles_set(r->troubles, &engine, r->now);
    for (size_t i = 0; i < 100; i++)
        recorder_sick(r, nth(i), SEVERITY_CRITICAL, "own:engine-away");
    recorder_wait(r, 20);
    recorder_well(r, "own:engine-away");
    for (size_t i = 0; i < 100; i++)
        recorder_sick(r, nth(i), SEVERITY_CRITICAL, NULL);
    recorder_wait(r, 50);
    for (size_t i = 0; i < 99; i++)
        recorder_well(r, nth(i));
    recorder_wait(r, 600);
    assert_int_equal(r->count, 1);
    assert_string_equal(recorder_last(r)->title, "s099");
}

static void test_a_victims_own_channel_hears_of_it(void **state)
{
    struct recorder *r = *state;
    recorder_sick(r, "db", SEVERITY_CRITICAL, NULL);
    recorder_wait(r, 11);
    assert_int_equal(recorder_last(r)->channels, 1);
    struct trouble_fact fact = recorder_fact("web", SEVERITY_WARNING, "db");
    fact.channels = 2;
    troubles_set(r->troubles, &fact, r->now);
    recorder_wait(r, 1);
    assert_int_equal(r->count, 2);
    assert_int_equal(recorder_last(r)->channels, 2); /* and only that one */
    recorder_well(r, "db");
    recorder_well(r, "web");
    recorder_wait(r, 31);
    assert_int_equal(recorder_last(r)->channels, 3);
}

static void test_many_at_once_are_told_as_one(void **state)
{
    struct recorder *r = *state;
    for (size_t i = 0; i < 200; i++)
        recorder_sick(r, nth(i), SEVERITY_CRITICAL, NULL);
    recorder_wait(r, 11);
    assert_int_equal(r->count, 1);
    assert_string_equal(recorder_last(r)->name, "many-services");
    assert_string_equal(recorder_last(r)->title, "200 services are sick at once");
    recorder_sick(r, "late", SEVERITY_CRITICAL, NULL); /* one more shortly afterwards has its own alert */
    recorder_wait(r, 11);
    assert_int_equal(r->count, 2);
    recorder_restart(r, 5);
    for (size_t i = 0; i < 200; i++)
        recorder_well(r, nth(i));
    recorder_well(r, "late");
    recorder_wait(r, 40);
    assert_int_equal(recorder_count(r, ALERT_FIRING, NULL), 2);
    assert_int_equal(recorder_count(r, ALERT_RESOLVED, r->message[0].id), 1);
    assert_int_equal(recorder_count(r, ALERT_RESOLVED, r->message[1].id), 1);
    assert_int_equal(r->count, 4);
}

static void test_a_slow_storm_is_bounded(void **state)
{
    struct recorder *r = *state;
    for (size_t i = 0; i < 200; i++) { /* one every 5 s for a quarter of an hour */
        recorder_sick(r, nth(i), SEVERITY_CRITICAL, NULL);
        recorder_wait(r, 5);
    }
    recorder_wait(r, 60);
    assert_in_range(r->count, 20, 45); /* ten, one a minute, and what is put together each minute */
    for (size_t i = 0; i < 200; i++)
        recorder_well(r, nth(i));
    recorder_wait(r, 31);
    assert_int_equal(recorder_count(r, ALERT_FIRING, NULL), recorder_count(r, ALERT_RESOLVED, NULL));
}

static void test_victims_survive_a_restart(void **state)
{
    struct recorder *r = *state;
    recorder_sick(r, "db", SEVERITY_CRITICAL, NULL);
    recorder_sick(r, "web", SEVERITY_CRITICAL, "db");
    recorder_wait(r, 11);
    recorder_restart(r, 60);
    recorder_wait(r, 20);
    recorder_sick(r, "db", SEVERITY_CRITICAL, NULL);
    recorder_sick(r, "web", SEVERITY_CRITICAL, "db");
    recorder_wait(r, 600);
    assert_int_equal(r->count, 1);
    recorder_well(r, "web");
    recorder_well(r, "db");
    recorder_wait(r, 31);
    assert_int_equal(r->count, 2);
    assert_string_equal(recorder_last(r)->victims, "web");
}

static void test_a_held_cause_holds_its_victims(void **state)
{
    struct recorder *r = *state;
    recorder_sick(r, "db", SEVERITY_CRITICAL, NULL);
    troubles_hold(r->troubles, "db", "maintenance", r->now);
    recorder_sick(r, "web", SEVERITY_CRITICAL, "db");
    recorder_wait(r, 3600);
    assert_int_equal(r->count, 0);
    troubles_hold(r->troubles, "db", NULL, r->now);
    recorder_wait(r, 11);
    assert_int_equal(r->count, 1);
    assert_string_equal(recorder_last(r)->victims, "web");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_200_through_one_root_are_one_alert, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_graver_victim_is_told_once_more, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_victim_that_stays_sick_is_told_by_itself, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_root_of_the_root, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_suspect_is_waited_for, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_stopped_cause_is_told_by_its_victims, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_short_cause_takes_its_victims_with_it, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_victims_own_channel_hears_of_it, setup, teardown),
        cmocka_unit_test_setup_teardown(test_many_at_once_are_told_as_one, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_slow_storm_is_bounded, setup, teardown),
        cmocka_unit_test_setup_teardown(test_victims_survive_a_restart, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_held_cause_holds_its_victims, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
