/* SPDX-License-Identifier: MIT */
/* Tests controller/core/latency: nearest-rank percentiles. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "controller/core/latency.h"
#include "controller/core/service.h"

static void test_percentiles(void **state)
{
    (void)state;
    static const struct {
        float ring[10];
        unsigned count;
        double quantile, expected;
    } cases[] = {
        {{0}, 0, 0.5, 0},
        {{7}, 1, 0, 7},
        {{7}, 1, 0.5, 7},
        {{7}, 1, 0.99, 7},
        {{2, 1}, 2, 0.5, 1},
        {{2, 1}, 2, 0.51, 2},
        {{3, 1, 2}, 3, 0.5, 2},
        {{10, 9, 8, 7, 6, 5, 4, 3, 2, 1}, 10, 0.5, 5},
        {{10, 9, 8, 7, 6, 5, 4, 3, 2, 1}, 10, 0.9, 9},
        {{10, 9, 8, 7, 6, 5, 4, 3, 2, 1}, 10, 0.99, 10},
        {{10, 9, 8, 7, 6, 5, 4, 3, 2, 1}, 10, 0, 1},
        {{10, 9, 8, 7, 6, 5, 4, 3, 2, 1}, 10, 1, 10},
        {{5, 5, 5, 1, 5}, 5, 0.2, 1},
        {{5, 5, 5, 1, 5}, 5, 0.21, 5},
        {{1, 2, 99, 99}, 2, 1, 2}, /* only the first count values */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double got = latency_percentile(cases[i].ring, cases[i].count, cases[i].quantile);
        assert_true(got == cases[i].expected);
    }
}

static void test_full_ring(void **state)
{
    (void)state;
    float ring[SAMPLE_RING];
    for (unsigned i = 0; i < SAMPLE_RING; i++)
        ring[i] = (float)(i * 37 % SAMPLE_RING + 1); /* 1 to 64, mixed */
    assert_true(latency_percentile(ring, SAMPLE_RING, 0.5) == 32);
    assert_true(latency_percentile(ring, SAMPLE_RING, 0.9) == 58);
    assert_true(latency_percentile(ring, SAMPLE_RING, 0.99) == 64);
    assert_true(ring[1] == 38); /* the ring stays as it is */
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_percentiles), cmocka_unit_test(test_full_ring)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
