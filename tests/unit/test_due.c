/* SPDX-License-Identifier: MIT */
/* test_due.c: what is due first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "controller/core/due.h"

static void test_what_is_never_due_is_not_first(void **state)
{
    (void)state;
    assert_int_equal(due_earlier(0, 0), 0);
    assert_int_equal(due_earlier(0, 5), 5);
    assert_int_equal(due_earlier(5, 0), 5);
    assert_int_equal(due_earlier(5, 7), 5);
    assert_int_equal(due_earlier(7, 5), 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_what_is_never_due_is_not_first)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
