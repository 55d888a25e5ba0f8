/* SPDX-License-Identifier: MIT */
/* test_mem.c: allocation, arenas and the lists inside them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/mem.h"

static void test_blocks(void **state)
{
    (void)state;
    unsigned char *block = mem_new(100);
    for (size_t i = 0; i < 100; i++)
        assert_int_equal(block[i], 0);
    block[99] = 7;
    block = mem_resize(block, 50, 4);
    assert_int_equal(block[99], 7);
    free(block);
    free(mem_new(0));
    assert_null(mem_copy(NULL));
    char *copy = mem_copy("text"), *format = mem_format("%s-%d", "text", 3);
    assert_string_equal(copy, "text");
    assert_string_equal(format, "text-3");
    free(copy);
    free(format);
}

/* Blocks of all sizes, among them some larger than any chunk: zeroed, aligned, apart from each other. */
static void test_arena_blocks(void **state)
{
    (void)state;
    struct arena arena = {0};
    unsigned char *block[200];
    for (size_t i = 0; i < 200; i++) {
        size_t size = i % 50 == 49 ? 100000 : i * 7 + 1;
        arena_copy(&arena, "odd"); /* leaves the next place unaligned */
        block[i] = arena_new(&arena, size);
        assert_int_equal((uintptr_t)block[i] % _Alignof(max_align_t), 0);
        for (size_t j = 0; j < size; j++)
            assert_int_equal(block[i][j], 0);
        memset(block[i], (int)i, size);
    }
    for (size_t i = 0; i < 200; i++) {
        size_t size = i % 50 == 49 ? 100000 : i * 7 + 1;
        for (size_t j = 0; j < size; j++)
            assert_int_equal(block[i][j], (unsigned char)i);
    }
    arena_free(&arena);
    assert_null(arena.chunk);
    assert_string_equal(arena_copy(&arena, "again"), "again");
    arena_free(&arena);
}

static void test_arena_text(void **state)
{
    (void)state;
    struct arena arena = {0};
    char long_text[5000];
    memset(long_text, 'x', sizeof long_text - 1);
    long_text[sizeof long_text - 1] = '\0';
    assert_null(arena_copy(&arena, NULL));
    assert_string_equal(arena_copy_n(&arena, "abcdef", 3), "abc");
    assert_string_equal(arena_copy_n(&arena, "", 0), "");
    assert_string_equal(arena_format(&arena, "%d-%s", 5, "a"), "5-a");
    assert_string_equal(arena_format(&arena, "%s", long_text), long_text);
    arena_free(&arena);
}

static void test_strings(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct strings list = {0};
    char text[16];
    strings_sort(&list);
    assert_false(strings_has(&list, "1"));
    for (int i = 0; i < 100; i++) {
        snprintf(text, sizeof text, "%d", i);
        strings_add(&arena, &list, text);
    }
    assert_int_equal(list.count, 100);
    for (int i = 0; i < 100; i++) {
        snprintf(text, sizeof text, "%d", i);
        assert_string_equal(list.item[i], text);
        assert_true(strings_has(&list, text));
    }
    assert_false(strings_has(&list, "100"));
    strings_sort(&list);
    assert_string_equal(list.item[0], "0");
    for (size_t i = 1; i < list.count; i++)
        assert_true(strcmp(list.item[i - 1], list.item[i]) < 0);
    arena_free(&arena);
}

static void test_pairs(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct pairs list = {0};
    pairs_sort(&list);
    char key[16], value[16];
    for (int i = 99; i >= 0; i--) {
        snprintf(key, sizeof key, "k%02d", i);
        snprintf(value, sizeof value, "%d", i);
        pairs_set(&arena, &list, key, value);
    }
    pairs_set(&arena, &list, "k50", "changed");
    assert_int_equal(list.count, 100);
    assert_string_equal(pairs_get(&list, "k50"), "changed");
    assert_string_equal(pairs_get(&list, "k99"), "99");
    assert_null(pairs_get(&list, "k"));
    pairs_sort(&list);
    for (int i = 0; i < 100; i++) {
        snprintf(key, sizeof key, "k%02d", i);
        assert_string_equal(list.item[i].key, key);
    }
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blocks),     cmocka_unit_test(test_arena_blocks),
        cmocka_unit_test(test_arena_text), cmocka_unit_test(test_strings),
        cmocka_unit_test(test_pairs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
