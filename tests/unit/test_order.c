/* SPDX-License-Identifier: MIT */
/* test_order.c: who is healed first: roots, then what is important, then who is sick longest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

#include "controller/healing/order.h"
#include "tests/support/sample.h"

enum { MANY = 40 };

static void ranks_come_from_tags(void **state)
{
    (void)state;
    static const struct {
        const char *tag;
        unsigned rank;
    } cases[] = {{"critical", 0}, {"important", 1}, {"api", 2}, {"optional", 3}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct spec *spec = sample_spec("k", "web");
        strings_add(&spec->arena, &spec->tags, cases[i].tag);
        assert_int_equal(order_rank(spec), cases[i].rank);
        spec_free(spec);
    }
    struct spec *spec = sample_spec("k", "web");
    strings_add(&spec->arena, &spec->tags, "optional");
    strings_add(&spec->arena, &spec->tags, "critical");
    assert_int_equal(order_rank(spec), 0);
    spec_free(spec);
}

static int compare(const void *a, const void *b)
{
    return order_compare(a, b);
}

/* 40 at once, in any order: always the same order comes out, and each pair in it is right. */
static void forty_are_ordered(void **state)
{
    (void)state;
    struct order orders[MANY], first[MANY];
    char keys[MANY][8];
    for (unsigned i = 0; i < MANY; i++) {
        snprintf(keys[i], sizeof keys[i], "k%02u", i);
        orders[i] = (struct order){.depth = i * 7 % 3,
                                   .rank = i * 5 % 4,
                                   .since_wall_ms = (int64_t)(i * 11 % 6),
                                   .key = keys[i],
                                   .container = "c"};
    }
    uint32_t random = 1;
    for (int round = 0; round < 50; round++) {
        for (unsigned i = MANY - 1; i > 0; i--) {
            random = random * 1664525 + 1013904223;
            unsigned other = (random >> 8) % (i + 1);
            struct order swap = orders[i];
            orders[i] = orders[other];
            orders[other] = swap;
        }
        qsort(orders, MANY, sizeof *orders, compare);
        if (round == 0)
            memcpy(first, orders, sizeof first);
        assert_memory_equal(orders, first, sizeof first);
    }
    for (unsigned i = 1; i < MANY; i++) {
        const struct order *a = &orders[i - 1], *b = &orders[i];
        assert_true(a->depth <= b->depth);
        assert_true(a->depth < b->depth || a->rank <= b->rank);
        assert_true(a->depth < b->depth || a->rank < b->rank || a->since_wall_ms <= b->since_wall_ms);
        assert_true(order_compare(a, b) < 0 && order_compare(b, a) > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranks_come_from_tags),
        cmocka_unit_test(forty_are_ordered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
