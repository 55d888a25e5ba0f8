/* SPDX-License-Identifier: MIT */
/* test_url.c: what may be shown to anybody. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "controller/core/url.h"

static void test_secret_metadata(void **state)
{
    (void)state;
    assert_true(metadata_is_secret("basicauth"));
    assert_true(metadata_is_secret("traefik.middlewares.a.BasicAuth.users"));
    assert_false(metadata_is_secret("basic-auth"));
    assert_false(metadata_is_secret("team"));
    assert_false(metadata_is_secret(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_secret_metadata)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
