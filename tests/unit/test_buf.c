/* SPDX-License-Identifier: MIT */
/* test_buf.c: growable bytes and their maximum. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/buf.h"

static void test_grow(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, 100000);
    assert_string_equal(buf_string(&buf), "");
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(buf_text(&buf, "abcde"), 0);
        assert_int_equal(buf_format(&buf, "%04d", i), 0);
        assert_int_equal(strlen(buf_string(&buf)), buf.len);
    }
    assert_int_equal(buf.len, 9000);
    assert_memory_equal(buf.data + 8991, "abcde0999", 10);
    buf_free(&buf);
    assert_string_equal(buf_string(&buf), "");
    assert_int_equal(buf.max, 100000);
}

/* All or nothing at the maximum, and full stays until clear. */
static void test_maximum(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, 10);
    assert_int_equal(buf_text(&buf, "12345678"), 0);
    assert_int_equal(buf_text(&buf, "abc"), -ENOBUFS);
    assert_true(buf.full);
    assert_string_equal(buf_string(&buf), "12345678");
    assert_int_equal(buf_text(&buf, "a"), -ENOBUFS);
    buf_clear(&buf);
    assert_false(buf.full);
    assert_int_equal(buf_text(&buf, "1234567890"), 0);
    assert_false(buf.full);
    assert_int_equal(buf_format(&buf, "%d", 1), -ENOBUFS);
    assert_string_equal(buf_string(&buf), "1234567890");
    buf_free(&buf);
    assert_false(buf.full);

    assert_int_equal(buf_format(&buf, "%s", "1234567890"), 0);
    buf_clear(&buf);
    assert_int_equal(buf_format(&buf, "%s", "12345678901"), -ENOBUFS);
    assert_string_equal(buf_string(&buf), "");
    buf_free(&buf);

    buf_init(&buf, 0);
    assert_int_equal(buf_text(&buf, ""), 0);
    assert_int_equal(buf_text(&buf, "a"), -ENOBUFS);
    buf_free(&buf);

    buf_init(&buf, SIZE_MAX);
    assert_int_equal(buf_text(&buf, "no overflow"), 0);
    buf_free(&buf);
}

static void test_drop_and_take(void **state)
{
    (void)state;
    struct buf buf;
    size_t len = 9;
    buf_init(&buf, 100);
    buf_drop(&buf, 5);
    char *data = buf_take(&buf, &len);
    assert_string_equal(data, "");
    assert_int_equal(len, 0);
    free(data);

    buf_add(&buf, "a\0bcdef", 7);
    buf_drop(&buf, 3);
    assert_string_equal(buf_string(&buf), "cdef");
    data = buf_take(&buf, &len);
    assert_int_equal(len, 4);
    assert_string_equal(data, "cdef");
    free(data);
    assert_int_equal(buf.len, 0);
    buf_text(&buf, "xyz");
    buf_drop(&buf, 50);
    assert_string_equal(buf_string(&buf), "");
    data = buf_take(&buf, NULL);
    free(data);
    buf_free(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_grow),
        cmocka_unit_test(test_maximum),
        cmocka_unit_test(test_drop_and_take),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
