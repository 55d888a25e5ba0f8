/* SPDX-License-Identifier: MIT */
/* test_text.c: durations, numbers, booleans, times, names, and sentences made of foreign text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "controller/core/error.h"
#include "controller/core/text.h"

#define COUNT(table) (sizeof(table) / sizeof *(table))

static void test_durations(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t bare, ms;
        int rc;
    } row[] = {
        {"1500ms", 1, 1500, 0},
        {"30s", 1, 30000, 0},
        {"5m", 1, 300000, 0},
        {"1h", 1, 3600000, 0},
        {"2d", 1, 172800000, 0},
        {"1m30s", 1, 90000, 0},
        {"1h0m0s", 1, 3600000, 0},
        {"1h2m3s4ms", 1, 3723004, 0},
        {"  10s\t", 1, 10000, 0},
        {"1.5s", 1, 1500, 0},
        {"0.25m", 1, 15000, 0},
        {"1.5", 1000, 1500, 0},
        {"1.9999ms", 1, 1, 0},
        {"30", 1, 30, 0},
        {"30", 1000, 30000, 0},
        {"0", 1, 0, 0},
        {"0s", 1000, 0, 0},
        {"007s", 1, 7000, 0},
        {"3650d", 1, INT64_C(315360000000), 0},
        {"315360000001", 1, 0, -ERANGE},
        {"3650d1ms", 1, 0, -ERANGE},
        {"99999999999999999999999999h", 1, 0, -ERANGE},
        {"99999999999999999999999999", 1000, 0, -ERANGE},
        {"9999999999d9999999999h", 1, 0, -ERANGE},
        {"9999999999d5x", 1, 0, -EINVAL},
        {"", 1, 0, -EINVAL},
        {"  ", 1, 0, -EINVAL},
        {"s", 1, 0, -EINVAL},
        {"-5s", 1, 0, -EINVAL},
        {"+5s", 1, 0, -EINVAL},
        {"5 s", 1, 0, -EINVAL},
        {"5S", 1, 0, -EINVAL},
        {"5sec", 1, 0, -EINVAL},
        {"5s x", 1, 0, -EINVAL},
        {"30s1m", 1, 0, -EINVAL},
        {"1m1m", 1, 0, -EINVAL},
        {"1m30", 1, 0, -EINVAL},
        {"30 40", 1, 0, -EINVAL},
        {".5s", 1, 0, -EINVAL},
        {"1.s", 1, 0, -EINVAL},
        {"1,5s", 1, 0, -EINVAL},
        {"0x10", 1, 0, -EINVAL},
        {"1e3", 1, 0, -EINVAL},
    };
    for (size_t i = 0; i < COUNT(row); i++) {
        int64_t ms = -77;
        int rc = text_duration(row[i].text, row[i].bare, &ms);
        if (rc != row[i].rc || ms != (rc ? -77 : row[i].ms))
            fail_msg("\"%s\" gives %d, %lld", row[i].text, rc, (long long)ms);
    }
}

static void test_format_durations(void **state)
{
    (void)state;
    static const struct {
        int64_t ms;
        const char *text;
    } row[] = {{0, "0s"},
               {1, "1ms"},
               {1500, "1500ms"},
               {30000, "30s"},
               {90000, "90s"},
               {300000, "5m"},
               {7200000, "2h"},
               {86400000, "24h"},
               {-1500, "-1500ms"},
               {-60000, "-1m"},
               {INT64_MIN, "-9223372036854775808ms"}};
    for (size_t i = 0; i < COUNT(row); i++) {
        char text[24];
        text_format_duration(row[i].ms, text);
        assert_string_equal(text, row[i].text);
    }
}

static void test_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t min, max, number;
        int rc;
    } row[] = {
        {"0", 0, 10, 0, 0},
        {" 10 ", 0, 10, 10, 0},
        {"-0", -1, 1, 0, 0},
        {"-5", -5, 5, -5, 0},
        {"00005", 0, 10, 5, 0},
        {"11", 0, 10, 0, -ERANGE},
        {"-1", 0, 10, 0, -ERANGE},
        {"70000", 1, 65535, 0, -ERANGE},
        {"9223372036854775807", INT64_MIN, INT64_MAX, INT64_MAX, 0},
        {"-9223372036854775808", INT64_MIN, INT64_MAX, INT64_MIN, 0},
        {"9223372036854775808", INT64_MIN, INT64_MAX, 0, -ERANGE},
        {"-9223372036854775809", INT64_MIN, INT64_MAX, 0, -ERANGE},
        {"184467440737095516160", INT64_MIN, INT64_MAX, 0, -ERANGE},
        {"18446744073709551617", 0, 10, 0, -ERANGE},
        {"", 0, 10, 0, -EINVAL},
        {"-", 0, 10, 0, -EINVAL},
        {"+5", 0, 10, 0, -EINVAL},
        {"- 5", -9, 10, 0, -EINVAL},
        {"5 5", 0, 100, 0, -EINVAL},
        {"5x", 0, 10, 0, -EINVAL},
        {"0x5", 0, 10, 0, -EINVAL},
        {"5.0", 0, 10, 0, -EINVAL},
    };
    for (size_t i = 0; i < COUNT(row); i++) {
        int64_t number = -77;
        int rc = text_number(row[i].text, row[i].min, row[i].max, &number);
        if (rc != row[i].rc || number != (rc ? -77 : row[i].number))
            fail_msg("\"%s\" gives %d, %lld", row[i].text, rc, (long long)number);
    }
}

static void test_bytes(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t bytes;
        int rc;
    } row[] = {
        {"0", 0, 0},
        {"1048576", 1048576, 0},
        {"512M", 512 << 20, 0},
        {" 1.5g ", UINT64_C(3) << 29, 0},
        {"256 MiB", 256 << 20, 0},
        {"64kb", 64 << 10, 0},
        {"12b", 12, 0},
        {"2T", UINT64_C(2) << 40, 0},
        {"1024p", UINT64_C(1) << 60, 0},
        {"1025p", 0, -ERANGE},
        {"99999999999999999999999999999999", 0, -ERANGE},
        {"", 0, -EINVAL},
        {"M", 0, -EINVAL},
        {"-1M", 0, -EINVAL},
        {".5g", 0, -EINVAL},
        {"1.", 0, -EINVAL},
        {"1e3", 0, -EINVAL},
        {"0x10", 0, -EINVAL},
        {"512 M of it", 0, -EINVAL},
        {"512Mx", 0, -EINVAL},
        {"80%", 0, -EINVAL},
    };
    for (size_t i = 0; i < COUNT(row); i++) {
        uint64_t bytes = 77;
        int rc = text_bytes(row[i].text, &bytes);
        if (rc != row[i].rc || bytes != (rc ? 77 : row[i].bytes))
            fail_msg("\"%s\" gives %d, %llu", row[i].text, rc, (unsigned long long)bytes);
    }
}

static void test_booleans(void **state)
{
    (void)state;
    static const char *const yes[] = {"true", "1", "yes", "on", "TRUE", "True", " Yes ", "oN"};
    static const char *const no[] = {"false", "0", "no", "off", "FALSE", "\tOff\n"};
    static const char *const neither[] = {"", " ", "ture", "2", "y", "tru", "truee", "true false", "01"};
    for (size_t i = 0; i < COUNT(yes); i++) {
        bool value = false;
        assert_int_equal(text_bool(yes[i], &value), 0);
        assert_true(value);
    }
    for (size_t i = 0; i < COUNT(no); i++) {
        bool value = true;
        assert_int_equal(text_bool(no[i], &value), 0);
        assert_false(value);
    }
    for (size_t i = 0; i < COUNT(neither); i++) {
        bool value = true;
        assert_int_equal(text_bool(neither[i], &value), -EINVAL);
        assert_true(value);
    }
}

static void test_times(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ms;
        int rc;
    } row[] = {
        {"1970-01-01T00:00:00Z", 0, 0},
        {"0001-01-01T00:00:00Z", 0, 0},
        {"2026-11-21T10:30:00.123Z", INT64_C(1795257000123), 0},
        {"2026-11-21T10:30:00.123456789Z", INT64_C(1795257000123), 0},
        {"2026-11-21T12:30:00.1+02:00", INT64_C(1795257000100), 0},
        {"2026-11-21T05:00:00-05:30", INT64_C(1795257000000), 0},
        {"2026-11-21t10:30:00z", INT64_C(1795257000000), 0},
        {"2026-11-21 10:30:00Z", INT64_C(1795257000000), 0},
        {" 2026-11-21T10:30:00Z ", INT64_C(1795257000000), 0},
        {"2024-02-29T00:00:00Z", INT64_C(1709164800000), 0},
        {"2000-02-29T00:00:00Z", INT64_C(951782400000), 0},
        {"1969-12-31T23:59:59.5Z", -500, 0},
        {"2016-12-31T23:59:60Z", INT64_C(1483228800000), 0},
        {"9999-12-31T23:59:59.999Z", INT64_C(253402300799999), 0},
        {"2023-02-29T00:00:00Z", 0, -EINVAL},
        {"1900-02-29T00:00:00Z", 0, -EINVAL},
        {"2026-13-01T00:00:00Z", 0, -EINVAL},
        {"2026-00-01T00:00:00Z", 0, -EINVAL},
        {"2026-04-31T00:00:00Z", 0, -EINVAL},
        {"2026-01-01T24:00:00Z", 0, -EINVAL},
        {"2026-01-01T00:60:00Z", 0, -EINVAL},
        {"2026-01-01T00:00:61Z", 0, -EINVAL},
        {"2026-01-01T00:00:00", 0, -EINVAL},
        {"2026-01-01T00:00:00.Z", 0, -EINVAL},
        {"2026-01-01T00:00:00+0200", 0, -EINVAL},
        {"2026-01-01T00:00:00+24:00", 0, -EINVAL},
        {"2026-01-01T00:00:00Zx", 0, -EINVAL},
        {"2026-1-01T00:00:00Z", 0, -EINVAL},
        {"2026-01-01", 0, -EINVAL},
        {"", 0, -EINVAL},
    };
    for (size_t i = 0; i < COUNT(row); i++) {
        int64_t ms = -77;
        int rc = text_time(row[i].text, &ms);
        if (rc != row[i].rc || ms != (rc ? -77 : row[i].ms))
            fail_msg("\"%s\" gives %d, %lld", row[i].text, rc, (long long)ms);
    }
}

/* Against the C library, over 900 years in steps that meet every day of the week, month and leap rule. */
static void test_format_times(void **state)
{
    (void)state;
    char text[32], expected[80];
    for (int64_t second = -INT64_C(17000000000); second < INT64_C(17000000000); second += 86400 * 11 + 3661) {
        struct tm tm;
        time_t moment = (time_t)second;
        gmtime_r(&moment, &tm);
        snprintf(expected, sizeof expected, "%04d-%02d-%02dT%02d:%02d:%02d.042Z", tm.tm_year + 1900,
                 tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
        text_format_time(second * 1000 + 42, text);
        assert_string_equal(text, expected);
        int64_t back = 0;
        assert_int_equal(text_time(text, &back), 0);
        assert_int_equal(back, second * 1000 + 42);
    }
    text_format_time(INT64_MAX, text);
    assert_string_equal(text, "9999-12-31T23:59:59.999Z");
    text_format_time(INT64_MIN, text);
    assert_string_equal(text, "0000-01-01T00:00:00.000Z");
}

static void test_names(void **state)
{
    (void)state;
    char name[65];
    memset(name, 'a', 64);
    name[64] = '\0';
    assert_false(text_is_name(name));
    name[63] = '\0';
    assert_true(text_is_name(name));
    assert_true(text_is_name("Rag-Service_1.x"));
    assert_false(text_is_name(""));
    assert_false(text_is_name("a b"));
    assert_false(text_is_name("a/b"));
    assert_false(text_is_name("ä"));
}

static void test_nearest(void **state)
{
    (void)state;
    static const char *const word[] = {"service.port", "service.protocol", "service.health.interval", "no"};
    static const struct {
        const char *text, *nearest;
    } row[] = {
        {"service.prot", "service.port"},
        {"SERVICE.PORT", "service.port"},
        {"service.protocl", "service.protocol"},
        {"service.health.intervall", "service.health.interval"},
        {"service.helth.intervals", "service.health.interval"},
        {"something else entirely", NULL},
        {"n", NULL},
        {"no", "no"},
        {"xx", NULL},
        {"", NULL},
    };
    for (size_t i = 0; i < COUNT(row); i++) {
        const char *nearest = text_nearest(row[i].text, word, COUNT(word));
        if ((nearest == NULL) != (row[i].nearest == NULL) ||
            (nearest && strcmp(nearest, row[i].nearest) != 0))
            fail_msg("\"%s\" gives %s", row[i].text, nearest ? nearest : "nothing");
    }
    char huge[1000];
    memset(huge, 'a', sizeof huge - 1);
    huge[sizeof huge - 1] = '\0';
    assert_null(text_nearest(huge, word, COUNT(word)));
    assert_null(text_nearest("a", NULL, 0));
}

static void test_cut(void **state)
{
    (void)state;
    char text[] = " a, b c ,,d ", *rest = text;
    assert_string_equal(text_cut(&rest, ','), "a");
    assert_string_equal(text_cut(&rest, ','), "b c");
    assert_string_equal(text_cut(&rest, ','), "");
    assert_string_equal(text_cut(&rest, ','), "d");
    assert_null(rest);
    assert_null(text_cut(&rest, ','));
    char blank[] = " \t\n";
    assert_string_equal(text_trim(blank), "");
}

static void test_utf8(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t length;
    } row[] = {{"", 0},
               {"a", 1},
               {"\x7f", 1},
               {"é", 2},
               {"€", 3},
               {"😀", 4},
               {"\x80", 0},
               {"\xc0\x80", 0},
               {"\xc1\xbf", 0},
               {"\xc3", 0},
               {"\xc3"
                "a",
                0},
               {"\xe0\x80\x80", 0},
               {"\xed\xa0\x80", 0},
               {"\xed\x9f\xbf", 3},
               {"\xe2\x82", 0},
               {"\xf0\x80\x80\x80", 0},
               {"\xf4\x8f\xbf\xbf", 4},
               {"\xf4\x90\x80\x80", 0},
               {"\xff", 0}};
    for (size_t i = 0; i < COUNT(row); i++)
        if (text_utf8_length(row[i].text) != row[i].length)
            fail_msg("row %zu gives %zu", i, text_utf8_length(row[i].text));
}

static void test_one_line(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t size;
        const char *line;
    } row[] = {
        {"plain", 32, "plain"},
        {"a\nb\tc\x1b[31m\x7f", 32, "a b c [31m "},
        {"a\xc2\x85z", 32, "a z"},
        {"é€😀", 32, "é€😀"},
        {"a\xff\xc3z", 32, "a??z"},
        {"1234567", 8, "1234567"},
        {"12345678", 8, "1234…"},
        {"éééé", 8, "éé…"},
        {"123", 3, "12"},
        {"é", 2, ""},
        {"", 1, ""},
        {"abc", 1, ""},
    };
    for (size_t i = 0; i < COUNT(row); i++) {
        char line[32] = "untouched";
        text_one_line(row[i].text, line, row[i].size);
        assert_string_equal(line, row[i].line);
    }
}

static void test_errors(void **state)
{
    (void)state;
    struct error err = {0};
    assert_int_equal(error_set(NULL, -EINVAL, "%s", "x"), -EINVAL);
    assert_int_equal(error_wrap(NULL, "%s", "x"), -EIO);
    assert_int_equal(error_set(&err, -ENOENT, "no %s", "file"), -ENOENT);
    assert_int_equal(error_wrap(&err, "reading %d", 5), -ENOENT);
    assert_string_equal(err.text, "reading 5: no file");
    assert_int_equal(error_set(&err, -EINVAL, "%s!", err.text), -EINVAL);
    assert_string_equal(err.text, "reading 5: no file!");
    char huge[1000];
    memset(huge, 'a', sizeof huge - 1);
    huge[sizeof huge - 1] = '\0';
    error_wrap(&err, "%s", "context");
    error_wrap(&err, "%s", huge);
    assert_int_equal(strlen(err.text), sizeof err.text - 1);
    error_set(&err, -EINVAL, "%s", huge);
    error_wrap(&err, "context");
    assert_int_equal(strlen(err.text), sizeof err.text - 1);
    assert_memory_equal(err.text, "context: aaa", 12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_durations),    cmocka_unit_test(test_format_durations),
        cmocka_unit_test(test_numbers),      cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_booleans),     cmocka_unit_test(test_times),
        cmocka_unit_test(test_format_times), cmocka_unit_test(test_names),
        cmocka_unit_test(test_nearest),      cmocka_unit_test(test_cut),
        cmocka_unit_test(test_utf8),         cmocka_unit_test(test_one_line),
        cmocka_unit_test(test_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
