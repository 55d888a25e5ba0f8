/* SPDX-License-Identifier: MIT */
/* test_stats.c: counters by labels, their bound, and histograms. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "controller/core/stats.h"

static const struct counter_set *find(const struct counters *counters, const char *a, const char *b)
{
    for (size_t i = 0; i < counters->count; i++)
        if (strcmp(counters->set[i].label[0], a) == 0 && (!b || strcmp(counters->set[i].label[1], b) == 0))
            return &counters->set[i];
    return NULL;
}

static void test_counting(void **state)
{
    (void)state;
    struct stats stats = {0};
    char name[] = "rag";
    for (int i = 0; i < 3; i++)
        stats_count(&stats.probes, name, "pass", NULL);
    name[0] = 'b'; /* labels are copied */
    stats_count(&stats.probes, name, "pass", NULL);
    stats_count(&stats.probes, "rag", "refused", NULL);
    stats_count(&stats.probes, "rag", NULL, NULL);
    stats_count(&stats.restarts, "rag", "unhealthy", "done");
    assert_int_equal(stats.probes.count, 4);
    assert_int_equal(find(&stats.probes, "bag", "pass")->count, 1);
    assert_null(stats.probes.set[1].label[1]);
    assert_int_equal(stats.probes.set[2].count, 3); /* sorted: bag/pass, rag/-, rag/pass, rag/refused */
    assert_int_equal(stats.probes.set[3].count, 1);
    assert_string_equal(stats.restarts.set[0].label[2], "done");
    assert_true(stats_has(&stats.restarts, "rag", "unhealthy", "done"));
    assert_false(stats_has(&stats.restarts, "rag", "unhealthy", NULL));
    stats_forget(&stats.probes, "rag");
    assert_false(stats_has(&stats.probes, "rag", "pass", NULL));
    stats_forget(&stats.probes, "nobody");
    assert_int_equal(stats.probes.count, 1);
    assert_int_equal(find(&stats.probes, "bag", "pass")->count, 1);
    stats_count(&stats.probes, "rag", "pass", NULL);
    assert_int_equal(find(&stats.probes, "rag", "pass")->count, 1);
    stats_free(&stats);
    stats_free(NULL);
}

/* Services come and go: growing after shrinking keeps every count. */
static void test_bound(void **state)
{
    (void)state;
    struct stats stats = {0};
    char name[16];
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < STATS_SETS + 10; i++) {
            snprintf(name, sizeof name, "s%d", i * 7919 % (STATS_SETS + 10));
            stats_count(&stats.probes, name, "pass", NULL);
        }
        assert_int_equal(stats.probes.count, STATS_SETS + 1);
        assert_int_equal(find(&stats.probes, "other", "other")->count, 10 * (round + 1));
        uint64_t total = 0;
        for (size_t i = 0; i < stats.probes.count; i++)
            total += stats.probes.set[i].count;
        assert_int_equal(total, (STATS_SETS + 10) * (round + 1));
    }
    for (int i = 0; i < STATS_SETS + 10; i++) {
        snprintf(name, sizeof name, "s%d", i);
        stats_forget(&stats.probes, name);
    }
    assert_int_equal(stats.probes.count, 1);
    for (int i = 0; i < 100; i++) {
        snprintf(name, sizeof name, "t%d", i);
        stats_count(&stats.probes, name, NULL, NULL);
    }
    assert_int_equal(stats.probes.count, 101);
    stats_free(&stats);
    assert_int_equal(stats.probes.count, 0);
}

static void test_histogram(void **state)
{
    (void)state;
    struct histogram histogram = {0};
    for (size_t i = 1; i < STATS_BUCKETS; i++)
        assert_true(stats_bucket[i] > stats_bucket[i - 1]);
    assert_true(isinf(stats_bucket[STATS_BUCKETS - 1]));
    stats_observe(&histogram, stats_bucket[0]); /* bounds are inclusive */
    stats_observe(&histogram, stats_bucket[0] * 1.01);
    stats_observe(&histogram, 1e9);
    assert_int_equal(histogram.count[0], 1);
    assert_int_equal(histogram.count[1], 1);
    assert_int_equal(histogram.count[STATS_BUCKETS - 1], 1);
    assert_int_equal(histogram.total, 3);
    assert_true(histogram.sum_s > 1e9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counting),
        cmocka_unit_test(test_bound),
        cmocka_unit_test(test_histogram),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
