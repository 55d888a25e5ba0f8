/* SPDX-License-Identifier: MIT */
/* Tests health/due_heap: order under random sets, moves and removals. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "health/due_heap.h"

enum { THINGS = 500 };

static void assert_first_is_least(const struct due_heap *heap, const struct due *things)
{
    size_t inside = 0;
    int64_t least = INT64_MAX;
    for (size_t i = 0; i < THINGS; i++) {
        if (things[i].place == 0)
            continue;
        inside++;
        least = things[i].at_ms < least ? things[i].at_ms : least;
        assert_ptr_equal(heap->item[things[i].place - 1], &things[i]);
    }
    assert_int_equal(heap->count, inside);
    const struct due *first = due_heap_first(heap);
    assert_int_equal(first == NULL, inside == 0);
    if (first)
        assert_int_equal(first->at_ms, least);
}

static void test_random(void **state)
{
    (void)state;
    struct due_heap heap = {0};
    static struct due things[THINGS];
    srand(7);
    for (int i = 0; i < 20000; i++) {
        struct due *thing = &things[rand() % THINGS];
        if (rand() % 3)
            due_heap_set(&heap, thing, rand() % 1000);
        else
            due_heap_remove(&heap, thing);
        if (i % 50 == 0)
            assert_first_is_least(&heap, things);
    }
    int64_t last = -1;
    for (struct due *first; (first = due_heap_first(&heap));) {
        assert_true(first->at_ms >= last);
        last = first->at_ms;
        due_heap_remove(&heap, first);
        due_heap_remove(&heap, first); /* once more is nothing */
    }
    assert_first_is_least(&heap, things);
    due_heap_free(&heap);
    due_heap_set(&heap, &things[0], 1); /* usable afterwards */
    assert_ptr_equal(due_heap_first(&heap), &things[0]);
    due_heap_free(&heap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_random)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
