/* SPDX-License-Identifier: MIT */
/* test_quiet.c: quiet hours: what may be written, over midnight, by days, and when the clocks are set. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "controller/core/quiet.h"
#include "controller/core/text.h"

static int in_berlin(void **state)
{
    (void)state;
    setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1); /* Berlin's rules, whatever zones are installed */
    tzset();
    return 0;
}

static int64_t at(const char *text)
{
    int64_t wall_ms = 0;
    assert_int_equal(text_time(text, &wall_ms), 0);
    return wall_ms;
}

static struct quiet parsed(const char *text)
{
    struct quiet quiet;
    assert_int_equal(quiet_parse(text, &quiet), 0);
    return quiet;
}

static void test_wrong_ones_are_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {"22:00",          "22-7",          "25:00-07:00",      "22:00-07:60",
                                        "22:00-22:00",    "Xyz 1:00-2:00", "Mon- 22:00-07:00", "22:00-07:00,",
                                        "Mon22:00-07:00", "24:00-07:00",   "22:00-07:00 x",    "24:01-25:00",
                                        "22:0-07:00",     "Mon-Fri,,Sun"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct quiet quiet = {.count = 7};
        assert_int_equal(quiet_parse(wrong[i], &quiet), -EINVAL);
        assert_int_equal(quiet.count, 7);
    }
    assert_int_equal(parsed("").count, 0);
    assert_int_equal(parsed("  ").count, 0);
    assert_int_equal(parsed("Mon-Fri 22:00-7:00, Sat-Sun,12:00-13:00").count, 3);
}

static void test_over_midnight(void **state)
{
    (void)state;
    struct quiet quiet = parsed("22:00-07:00");
    assert_false(quiet_at(&quiet, at("2026-11-20T21:59:59+01:00")));
    assert_true(quiet_at(&quiet, at("2026-11-20T22:00:00+01:00")));
    assert_true(quiet_at(&quiet, at("2026-11-21T00:00:00+01:00")));
    assert_true(quiet_at(&quiet, at("2026-11-21T06:59:59+01:00")));
    assert_false(quiet_at(&quiet, at("2026-11-21T07:00:00+01:00")));
    assert_int_equal(quiet_end(&quiet, at("2026-11-20T22:30:30+01:00")), at("2026-11-21T07:00:00+01:00"));
    assert_int_equal(quiet_end(&quiet, at("2026-11-21T06:59:59+01:00")), at("2026-11-21T07:00:00+01:00"));
    assert_int_equal(quiet_end(&quiet, at("2026-11-21T12:00:00+01:00")), 0);
}

static void test_days_are_those_of_the_beginning(void **state)
{
    (void)state;
    struct quiet quiet = parsed("Fri 22:00-07:00, Sun"); /* 2026-11-20 is a Friday */
    assert_false(quiet_at(&quiet, at("2026-11-20T06:00:00+01:00")));
    assert_true(quiet_at(&quiet, at("2026-11-21T06:00:00+01:00")));
    assert_false(quiet_at(&quiet, at("2026-11-21T23:00:00+01:00")));
    assert_true(quiet_at(&quiet, at("2026-11-22T00:00:00+01:00")));
    assert_int_equal(quiet_end(&quiet, at("2026-11-22T00:00:00+01:00")), at("2026-11-23T00:00:00+01:00"));
    struct quiet around = parsed("Sat-Mon 01:00-02:00");
    assert_true(quiet_at(&around, at("2026-11-23T01:30:00+01:00")));
    assert_false(quiet_at(&around, at("2026-11-24T01:30:00+01:00")));
    struct quiet always = parsed("00:00-24:00");
    assert_true(quiet_at(&always, at("2026-11-24T01:30:00+01:00")));
    assert_int_equal(quiet_end(&always, at("2026-11-24T01:30:00+01:00")), 0);
}

static void test_clocks_are_set(void **state)
{
    (void)state;
    struct quiet quiet = parsed("22:00-07:00");
    /* In the night to 2026-03-29 an hour is missing, in that to 2026-10-25 one is there twice. */
    assert_int_equal(quiet_end(&quiet, at("2026-03-28T22:00:00+01:00")), at("2026-03-29T07:00:00+02:00"));
    assert_int_equal(quiet_end(&quiet, at("2026-10-24T22:00:00+02:00")), at("2026-10-25T07:00:00+01:00"));
    struct quiet short_one = parsed("01:00-02:30"); /* ends inside the missing hour: when that is over */
    assert_int_equal(quiet_end(&short_one, at("2026-03-29T01:30:00+01:00")), at("2026-03-29T03:00:00+02:00"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wrong_ones_are_refused),
        cmocka_unit_test(test_over_midnight),
        cmocka_unit_test(test_days_are_those_of_the_beginning),
        cmocka_unit_test(test_clocks_are_set),
    };
    return cmocka_run_group_tests(tests, in_berlin, NULL);
}
