/* SPDX-License-Identifier: MIT */
/* test_json_writer.c: what is written is what was meant, by the bytes and by a reader of JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <json.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/json_writer.h"
#include "controller/core/text.h"

static void test_document(void **state)
{
    (void)state;
    struct buf out;
    struct json_writer w;
    buf_init(&out, 10000);
    json_start(&w, &out);
    json_begin_object(&w);
    json_put_string(&w, "name", "rag");
    json_put_string(&w, "none", NULL);
    json_put_number(&w, "n", -5);
    json_put_bool(&w, "yes", true);
    json_put_decimal(&w, "d", 1.5);
    json_put_time(&w, "at", INT64_C(1795257000123));
    json_put_time(&w, "never", 0);
    json_key(&w, "list");
    json_begin_array(&w);
    json_begin_object(&w);
    json_end_object(&w);
    json_begin_array(&w);
    json_end_array(&w);
    json_null(&w);
    json_boolean(&w, false);
    json_raw(&w, "{\"a\":1}");
    json_end_array(&w);
    json_put_number(&w, "last", 0);
    json_end_object(&w);
    assert_int_equal(w.depth, 0);
    assert_string_equal(buf_string(&out), "{\"name\":\"rag\",\"none\":null,\"n\":-5,\"yes\":true,\"d\":1.5,"
                                          "\"at\":\"2026-11-21T10:30:00.123Z\",\"never\":null,"
                                          "\"list\":[{},[],null,false,{\"a\":1}],\"last\":0}");
    buf_free(&out);
}

static void assert_value(const char *expected, void (*write)(struct json_writer *w, const void *value),
                         const void *value)
{
    struct buf out;
    struct json_writer w;
    buf_init(&out, 10000);
    json_start(&w, &out);
    write(&w, value);
    assert_string_equal(buf_string(&out), expected);
    buf_free(&out);
}

static void write_decimal(struct json_writer *w, const void *value)
{
    json_decimal(w, *(const double *)value);
}

static void write_number(struct json_writer *w, const void *value)
{
    json_number(w, *(const int64_t *)value);
}

static void write_string(struct json_writer *w, const void *value)
{
    json_string(w, value);
}

static void test_numbers(void **state)
{
    (void)state;
    static const struct {
        double number;
        const char *text;
    } decimal[] = {{0, "0"},
                   {-0.0, "0"},
                   {1, "1"},
                   {0.5, "0.5"},
                   {0.05, "0.05"},
                   {0.001, "0.001"},
                   {0.0004, "0"},
                   {-0.0004, "0"},
                   {-1.25, "-1.25"},
                   {0.9996, "1"},
                   {12.3456, "12.346"},
                   {-99.9999, "-100"},
                   {1e6, "1000000"},
                   {123456789.125, "123456789.125"},
                   {(double)NAN, "null"},
                   {HUGE_VAL, "null"},
                   {1e300, "1.0000000000000001e+300"}};
    for (size_t i = 0; i < sizeof decimal / sizeof *decimal; i++)
        assert_value(decimal[i].text, write_decimal, &decimal[i].number);
    static const struct {
        int64_t number;
        const char *text;
    } whole[] = {
        {0, "0"}, {10, "10"}, {INT64_MAX, "9223372036854775807"}, {INT64_MIN, "-9223372036854775808"}};
    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++)
        assert_value(whole[i].text, write_number, &whole[i].number);
}

static void test_escapes(void **state)
{
    (void)state;
    static const struct {
        const char *text, *json;
    } row[] = {
        {"", "\"\""},
        {"plain text longer than eight bytes", "\"plain text longer than eight bytes\""},
        {"\"quoted\" and \\ and /", "\"\\\"quoted\\\" and \\\\ and /\""},
        {"\b\t\n\f\r", "\"\\b\\t\\n\\f\\r\""},
        {"\x01\x1f\x7f", "\"\\u0001\\u001f\x7f\""},
        {"é€😀 and more", "\"é€😀 and more\""},
        {"12345678é", "\"12345678é\""},
        {"\xff", "\"\xef\xbf\xbd\""},
        {"a\xc3", "\"a\xef\xbf\xbd\""},
        {"\xed\xa0\x80x", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdx\""},
        {"é\xff€\"", "\"é\xef\xbf\xbd€\\\"\""},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++)
        assert_value(row[i].json, write_string, row[i].text);
}

/* Every byte at every place of a word: a reader gives back what went in, apart from bytes that are no UTF-8.
 */
static void test_every_byte(void **state)
{
    (void)state;
    for (int byte = 1; byte < 256; byte++)
        for (size_t place = 0; place < 17; place++) {
            char text[18];
            memset(text, 'a', 17);
            text[17] = '\0';
            text[place] = (char)byte;
            struct buf out;
            struct json_writer w;
            buf_init(&out, 1000);
            json_start(&w, &out);
            json_string(&w, text);
            json_object *value = json_tokener_parse(buf_string(&out));
            const char *back = json_object_get_string(value);
            if (byte < 128) {
                assert_string_equal(back, text);
            } else {
                assert_int_equal(strlen(back), 19);
                assert_memory_equal(back + place, "\xef\xbf\xbd", 3);
            }
            json_object_put(value);
            buf_free(&out);
        }
}

static void test_full(void **state)
{
    (void)state;
    struct buf out;
    struct json_writer w;
    buf_init(&out, 10);
    json_start(&w, &out);
    json_begin_array(&w);
    json_string(&w, "longer than ten");
    json_end_array(&w);
    assert_true(out.full);
    assert_true(out.len <= 10);
    buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_document),   cmocka_unit_test(test_numbers), cmocka_unit_test(test_escapes),
        cmocka_unit_test(test_every_byte), cmocka_unit_test(test_full),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
