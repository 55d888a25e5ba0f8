/* SPDX-License-Identifier: MIT */
/* test_troubles.c: when a trouble is told, told again, and over; by itself, without causes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "controller/core/error.h"
#include "controller/core/mem.h"
#include "controller/core/text.h"
#include "tests/support/alert_recorder.h"

enum { HOUR = 3600 };

static int setup(void **state)
{
    struct recorder *recorder = mem_new(sizeof *recorder);
    setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
    tzset();
    int64_t wall_ms;
    text_time("2026-11-20T12:00:00+01:00", &wall_ms);
    recorder_open(recorder, wall_ms);
    *state = recorder;
    return 0;
}

static int teardown(void **state)
{
    recorder_close(*state);
    free(*state);
    return 0;
}

static void go_to(struct recorder *r, const char *time)
{
    int64_t wall_ms = 0;
    assert_int_equal(text_time(time, &wall_ms), 0);
    assert_true(wall_ms > r->now.wall_ms);
    recorder_wait(r, (wall_ms - r->now.wall_ms) / 1000);
}

static void quiet_hours(struct recorder *r, const char *text)
{
    assert_int_equal(quiet_parse(text, &r->quiet), 0);
    recorder_configure(r);
}

static void test_warning_waits_and_is_told_once(void **state)
{
    struct recorder *r = *state;
    recorder_sick(r, "a", SEVERITY_WARNING, NULL);
    recorder_wait(r, 59);
    assert_int_equal(r->count, 0);
    recorder_wait(r, 1);
    assert_int_equal(r->count, 1);
    assert_int_equal(recorder_last(r)->state, ALERT_FIRING);
    assert_int_equal(recorder_last(r)->severity, SEVERITY_WARNING);
    assert_int_equal(recorder_last(r)->channels, 1);
    for (int i = 0; i < 50; i++) {
        recorder_sick(r, "a", SEVERITY_WARNING, NULL);
        recorder_wait(r, 10);
    }
    assert_int_equal(r->count, 1);
    recorder_well(r, "a");
    recorder_wait(r, 29);
    assert_int_equal(r->count, 1);
    recorder_wait(r, 1);
    assert_int_equal(r->count, 2);
    assert_int_equal(recorder_last(r)->state, ALERT_RESOLVED);
    assert_string_equal(recorder_last(r)->title, "a is healthy");
    assert_string_equal(recorder_last(r)->id, r->message[0].id);
    assert_int_equal(troubles_due(r->troubles), 0); /* nothing is waited for any more */
}

static void test_short_warning_is_none(void **state)
{
    struct recorder *r = *state;
    recorder_sick(r, "a", SEVERITY_WARNING, NULL);
    recorder_wait(r, 50);
    recorder_well(r, "a");
    recorder_wait(r, HOUR);
    recorder_sick(r, "a", SEVERITY_WARNING, NULL);
    recorder_wait(r, 50);
    recorder_well(r, "a");
    recorder_wait(r, HOUR);
    assert_int_equal(r->count, 0);
    assert_int_equal(recorder_suppressed(r, "short"), 2);
    assert_false(troubles_knows(r->troubles, "a"));
}

static void test_unhealthy_is_told_even_if_it_is_short(void **state)
{
    struct recorder *r = *state;
    recorder_sick(r, "a", SEVERITY_CRITICAL, NULL);
    recorder_wait(r, 2);
    troubles_undecided(r->troubles, "a", r->now);
    recorder_wait(r, 2);
    recorder_well(r, "a");
    assert_int_equal(r->count, 0);
    recorder_wait(r, 6);
    assert_int_equal(r->count, 1);
    assert_int_equal(recorder_last(r)->severity, SEVERITY_CRITICAL);
    recorder_wait(r, 40);
    assert_int_equal(r->count, 2);
    assert_int_equal(recorder_last(r)->state, ALERT_RESOLVED);
}

static void test_growing_worse_keeps_the_id(void **state)
{
    struct recorder *r = *state;
    recorder_sick(r, "a", SEVERITY_WARNING, NULL);
    recorder_wait(r, 60);
    recorder_sick(r, "a", SEVERITY_CRITICAL, NULL);
    assert_int_equal(r->count, 2);
    recorder_sick(r, "a", SEVERITY_EMERGENCY, NULL);
    assert_int_equal(r->count, 3);
    assert_int_equal(recorder_last(r)->severity, SEVERITY_EMERGENCY);
    assert_int_equal(recorder_count(r, ALERT_FIRING, r->message[0].id), 3);
    /* Up and down for a moment is no news; as bad again after it was better for a while is. */
    recorder_sick(r, "a", SEVERITY_WARNING, NULL);
    recorder_wait(r, 20);
    recorder_sick(r, "a", SEVERITY_EMERGENCY, NULL);
    recorder_wait(r, 20);
    assert_int_equal(r->count, 3);
    recorder_sick(r, "a", SEVERITY_WARNING, NULL);
    recorder_wait(r, 31);
    assert_int_equal(r->count, 3);
    recorder_sick(r, "a", SEVERITY_CRITICAL, NULL);
    assert_int_equal(r->count, 4);
    recorder_well(r, "a");
    recorder_wait(r, 31);
    assert_int_equal(recorder_count(r, ALERT_RESOLVED, r->message[0].id), 1);
    assert_int_equal(recorder_last(r)->severity, SEVERITY_EMERGENCY);
}

static void test_starting_ends_nothing(void **state)
{
    struct recorder *r = *state;
    recorder_sick(r, "a", SEVERITY_CRITICAL, NULL);
    recorder_wait(r, 11);
    troubles_undecided(r->troubles, "a", r->now);
    recorder_wait(r, 300);
    recorder_sick(r, "a", SEVERITY_CRITICAL, NULL);
    recorder_wait(r, 300);
    assert_int_equal(r->count, 1);
    troubles_undecided(r->troubles, "a", r->now); /* nobody can judge it any more */
    recorder_wait(r, 15 * 60 + 31);
    assert_int_equal(r->count, 2);
    assert_int_equal(recorder_last(r)->state, ALERT_RESOLVED);
}

static void test_reminders(void **state)
{
    struct recorder *r = *state;
    recorder_sick(r, "a", SEVERITY_CRITICAL, NULL);
    recorder_wait(r, 10 + 4 * HOUR - 1);
    assert_int_equal(r->count, 1);
    recorder_wait(r, 8 * HOUR);
    assert_int_equal(recorder_count(r, ALERT_REMINDER, NULL), 2);
    assert_non_null(strstr(recorder_last(r)->sentence, "It has lasted for 8h."));
    r->settings.remind_ms = 0;
    recorder_configure(r);
    recorder_wait(r, 48 * HOUR);
    assert_int_equal(recorder_count(r, ALERT_REMINDER, NULL), 2);
    assert_int_equal(troubles_due(r->troubles), 0);
}

static void test_flapping_is_said_once(void **state)
{
    struct recorder *r = *state;
    for (int i = 0; i < 60; i++) { /* two hours: sick for a minute, well for a minute */
        recorder_sick(r, "a", SEVERITY_CRITICAL, NULL);
        recorder_wait(r, 60);
        recorder_well(r, "a");
        recorder_wait(r, 60);
    }
    assert_int_equal(recorder_count(r, ALERT_FIRING, NULL), 3);
    assert_int_equal(recorder_count(r, ALERT_RESOLVED, NULL), 2);
    assert_non_null(strstr(recorder_last(r)->sentence, "It comes and goes"));
    assert_int_equal(recorder_suppressed(r, "flapping"), 1);
    recorder_wait(r, 15 * 60);
    assert_int_equal(recorder_count(r, ALERT_RESOLVED, NULL), 3);
    recorder_wait(r, HOUR); /* and forgotten */
    recorder_sick(r, "a", SEVERITY_CRITICAL, NULL);
    recorder_wait(r, 10);
    assert_null(strstr(recorder_last(r)->sentence, "comes and goes"));
}

static void test_restart_neither_repeats_nor_forgets(void **state)
{
    struct recorder *r = *state;
    recorder_sick(r, "a", SEVERITY_CRITICAL, NULL);
    recorder_sick(r, "b", SEVERITY_CRITICAL, NULL);
    recorder_sick(r, "c", SEVERITY_WARNING, NULL); /* not told yet */
    recorder_wait(r, 15);
    assert_int_equal(r->count, 2);
    recorder_restart(r, 120);
    recorder_wait(r, 60);
    recorder_sick(r, "a", SEVERITY_CRITICAL, NULL);
    recorder_well(r, "b");
    recorder_wait(r, 60);
    assert_int_equal(r->count, 3);
    assert_int_equal(recorder_last(r)->state, ALERT_RESOLVED);
    assert_string_equal(recorder_last(r)->title, "b is healthy");
    recorder_sick(r, "a", SEVERITY_EMERGENCY, NULL);
    assert_int_equal(r->count, 4);
    assert_string_equal(recorder_last(r)->id, r->message[0].id);
    recorder_restart(r, 4 * HOUR); /* a reminder was due meanwhile */
    assert_int_equal(recorder_last(r)->state, ALERT_REMINDER);
    recorder_well(r, "a");
    recorder_wait(r, 31);
    assert_int_equal(recorder_count(r, ALERT_RESOLVED, r->message[0].id) +
                         recorder_count(r, ALERT_RESOLVED, r->message[1].id),
                     2);
}

static void test_flapping_survives_a_restart(void **state)
{
    struct recorder *r = *state;
    for (int i = 0; i < 20; i++) {
        recorder_sick(r, "a", SEVERITY_CRITICAL, NULL);
        recorder_wait(r, 20);
        recorder_well(r, "a");
        recorder_wait(r, 60);
        recorder_restart(r, 10);
    }
    assert_int_equal(recorder_count(r, ALERT_FIRING, NULL), 3);
}

static void test_damaged_memory(void **state)
{
    struct recorder *r = *state;
    static const char *const texts[] = {"", "[]", "{", "x", "null"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct error err = {0};
        assert_int_equal(troubles_read(r->troubles, texts[i], strlen(texts[i]), r->now, &err), -EBADMSG);
        assert_non_null(strstr(err.text, "memory of alerts"));
    }
    static const char odd[] =
        "{\"troubles\": [7, {}, {\"key\": 3}, {\"key\": \"a\", \"told\": true, \"parent\": \"a\", \"open\": "
        "true,"
        " \"severity\": 99, \"since\": -4, \"fired\": [\"x\", 9e99, -1], \"level\": 77}, {\"key\": \"b\","
        " \"parent\": \"nobody\", \"open\": true, \"severity\": 3}]}";
    assert_int_equal(troubles_read(r->troubles, odd, strlen(odd), r->now, NULL), 0);
    recorder_wait(r, 24 * HOUR);
    assert_int_equal(recorder_count(r, ALERT_RESOLVED, NULL), 1); /* a, of which nothing was heard any more */
    assert_int_equal(recorder_count(r, ALERT_FIRING, NULL), 0);
    assert_false(troubles_knows(r->troubles, "b"));
}

static void test_severity_and_channels(void **state)
{
    struct recorder *r = *state;
    r->settings.least = SEVERITY_CRITICAL;
    recorder_configure(r);
    recorder_sick(r, "a", SEVERITY_WARNING, NULL);
    recorder_wait(r, 61);
    assert_int_equal(r->count, 1); /* news, but nobody is sent it */
    assert_int_equal(recorder_last(r)->channels, 0);
    assert_int_equal(recorder_suppressed(r, "severity"), 1);
    recorder_sick(r, "a", SEVERITY_CRITICAL, NULL);
    assert_int_equal(recorder_last(r)->channels, 1);
    struct trouble_fact fact = recorder_fact("b", SEVERITY_CRITICAL, NULL);
    fact.channels = 6 | 8; /* 8 is not configured */
    fact.least = SEVERITY_EMERGENCY;
    troubles_set(r->troubles, &fact, r->now);
    recorder_wait(r, 11);
    assert_int_equal(recorder_last(r)->channels, 0);
    fact.severity = SEVERITY_EMERGENCY;
    troubles_set(r->troubles, &fact, r->now);
    recorder_wait(r, 1);
    assert_int_equal(recorder_last(r)->channels, 6);
    fact.channels = 0; /* a label says none */
    fact.key = "c";
    troubles_set(r->troubles, &fact, r->now);
    recorder_wait(r, 11);
    assert_int_equal(recorder_last(r)->channels, 0);
}

static void test_nothing_is_sent_in_quiet_hours(void **state)
{
    struct recorder *r = *state;
    quiet_hours(r, "22:00-07:00");
    go_to(r, "2026-11-20T21:59:55+01:00");
    recorder_sick(r, "a", SEVERITY_CRITICAL, NULL); /* due ten seconds later: too late */
    recorder_sick(r, "b", SEVERITY_CRITICAL, NULL);
    go_to(r, "2026-11-20T23:00:00+01:00");
    recorder_sick(r, "c", SEVERITY_CRITICAL, NULL);
    recorder_wait(r, 20);
    recorder_well(r, "c"); /* began and ended in the night */
    recorder_sick(r, "d", SEVERITY_EMERGENCY, NULL);
    recorder_wait(r, 11);
    assert_int_equal(r->count, 1);
    assert_string_equal(recorder_last(r)->title, "d");
    recorder_well(r, "d");
    recorder_wait(r, 31);
    assert_int_equal(r->count, 2); /* who heard of it hears of its end */
    go_to(r, "2026-11-21T06:59:59+01:00");
    assert_int_equal(r->count, 2);
    go_to(r, "2026-11-21T07:00:01+01:00");
    assert_int_equal(r->count, 3);
    assert_string_equal(recorder_last(r)->name, "quiet-hours");
    assert_string_equal(recorder_last(r)->title, "2 troubles began during quiet hours");
    assert_string_equal(recorder_last(r)->victims, "a,b");
    assert_int_equal(recorder_last(r)->severity, SEVERITY_CRITICAL);
    recorder_well(r, "a");
    recorder_wait(r, 60);
    assert_int_equal(r->count, 3);
    recorder_well(r, "b");
    recorder_wait(r, 60);
    assert_int_equal(r->count, 4);
    assert_int_equal(recorder_last(r)->state, ALERT_RESOLVED);
    assert_string_equal(recorder_last(r)->id, r->message[2].id);
    assert_string_equal(recorder_last(r)->victims, "a,b");
    assert_int_equal(recorder_suppressed(r, "quiet-hours"), 3);
}

static void test_one_of_the_night_is_told_as_itself(void **state)
{
    struct recorder *r = *state;
    quiet_hours(r, "22:00-07:00");
    recorder_sick(r, "old", SEVERITY_CRITICAL, NULL);
    recorder_wait(r, 11);
    go_to(r, "2026-11-20T23:00:00+01:00");
    size_t before = r->count;
    recorder_well(r, "old"); /* its end is no reason to wake anybody, either */
    recorder_sick(r, "a", SEVERITY_WARNING, NULL);
    recorder_sick(r, "b", SEVERITY_CRITICAL, NULL);
    go_to(r, "2026-11-21T02:00:00+01:00");
    recorder_well(r, "b");
    go_to(r, "2026-11-21T06:59:00+01:00");
    assert_int_equal(r->count, before);
    go_to(r, "2026-11-21T07:00:01+01:00");
    assert_int_equal(r->count, before + 2);
    assert_int_equal(recorder_count(r, ALERT_RESOLVED, r->message[0].id), 1);
    assert_int_equal(recorder_count(r, ALERT_FIRING, NULL), 2);
    assert_string_equal(
        r->message[before].title[0] == 'a' ? r->message[before].title : r->message[before + 1].title, "a");
}

static void test_quiet_over_the_night_when_clocks_are_set(void **state)
{
    struct recorder *r = *state;
    quiet_hours(r, "22:00-07:00");
    recorder_close(r);
    int64_t wall_ms;
    text_time("2026-10-24T23:00:00+02:00", &wall_ms);
    recorder_open(r, wall_ms);
    quiet_hours(r, "22:00-07:00");
    recorder_sick(r, "a", SEVERITY_CRITICAL, NULL);
    go_to(r, "2026-10-25T06:59:59+01:00"); /* nine hours later by the clock, ten in truth */
    assert_int_equal(r->count, 0);
    go_to(r, "2026-10-25T07:00:01+01:00");
    assert_int_equal(r->count, 1);
}

static void test_held_is_not_told(void **state)
{
    struct recorder *r = *state;
    recorder_sick(r, "a", SEVERITY_CRITICAL, NULL);
    troubles_hold(r->troubles, "a", "maintenance", r->now);
    recorder_wait(r, HOUR);
    assert_int_equal(r->count, 0);
    assert_int_equal(recorder_suppressed(r, "maintenance"), 1);
    troubles_hold(r->troubles, "a", NULL, r->now);
    recorder_wait(r, 9);
    assert_int_equal(r->count, 0); /* its time begins anew */
    recorder_wait(r, 2);
    assert_int_equal(r->count, 1);
    troubles_hold(r->troubles, "a", "deployment", r->now);
    recorder_sick(r, "a", SEVERITY_EMERGENCY, NULL);
    recorder_wait(r, 5 * HOUR);
    assert_int_equal(r->count, 1);
    recorder_well(r, "a");
    recorder_wait(r, 31);
    assert_int_equal(recorder_last(r)->state, ALERT_RESOLVED);
}

static void count_shown(void *user, const struct trouble_shown *shown)
{
    char *text = user;
    size_t used = strlen(text);
    snprintf(text + used, 200 - used, "%s:%d:%u:%d ", shown->alert.title, (int)shown->alert.severity,
             shown->told, shown->quiet);
}

static void test_what_is_shown(void **state)
{
    struct recorder *r = *state;
    char text[200] = "";
    recorder_sick(r, "b", SEVERITY_CRITICAL, NULL);
    recorder_wait(r, 20);
    recorder_sick(r, "a", SEVERITY_WARNING, NULL);
    troubles_show(r->troubles, count_shown, text);
    assert_string_equal(text, "b:2:1:0 ");
    recorder_wait(r, 60);
    text[0] = '\0';
    troubles_show(r->troubles, count_shown, text);
    assert_string_equal(text, "b:2:1:0 a:1:1:0 ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_warning_waits_and_is_told_once, setup, teardown),
        cmocka_unit_test_setup_teardown(test_short_warning_is_none, setup, teardown),
        cmocka_unit_test_setup_teardown(test_unhealthy_is_told_even_if_it_is_short, setup, teardown),
        cmocka_unit_test_setup_teardown(test_growing_worse_keeps_the_id, setup, teardown),
        cmocka_unit_test_setup_teardown(test_starting_ends_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(test_reminders, setup, teardown),
        cmocka_unit_test_setup_teardown(test_flapping_is_said_once, setup, teardown),
        cmocka_unit_test_setup_teardown(test_restart_neither_repeats_nor_forgets, setup, teardown),
        cmocka_unit_test_setup_teardown(test_flapping_survives_a_restart, setup, teardown),
        cmocka_unit_test_setup_teardown(test_damaged_memory, setup, teardown),
        cmocka_unit_test_setup_teardown(test_severity_and_channels, setup, teardown),
        cmocka_unit_test_setup_teardown(test_nothing_is_sent_in_quiet_hours, setup, teardown),
        cmocka_unit_test_setup_teardown(test_one_of_the_night_is_told_as_itself, setup, teardown),
        cmocka_unit_test_setup_teardown(test_quiet_over_the_night_when_clocks_are_set, setup, teardown),
        cmocka_unit_test_setup_teardown(test_held_is_not_told, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_is_shown, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
