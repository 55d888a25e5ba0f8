/* SPDX-License-Identifier: MIT */
/* Tests controller/labels/overrides: the file's form, its refusals, and which selector wins. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "controller/core/error.h"
#include "controller/labels/overrides.h"

static const char *label(const struct overrides *overrides, struct arena *arena, const char *container,
                         const char *key, const char *project, const char *service, const char *wanted)
{
    struct pairs found = {0};
    overrides_for(overrides, arena, container, key, project, service, &found);
    return pairs_get(&found, wanted);
}

static void test_selectors(void **state)
{
    (void)state;
    struct error err;
    struct overrides *overrides = overrides_parse("\xef\xbb\xbf# for containers we may not label\r\n"
                                                  "\r\n"
                                                  "[shop-web-1]\r\n"
                                                  "  service.port = 1  \r\n"
                                                  "[compose:shop:web]\n"
                                                  "service.port=2\nservice.weight=2\n"
                                                  "[ shop/web ]\n"
                                                  "service.port=3\nservice.weight=3\nservice.tags=a=b,c\n"
                                                  "service.version=\n"
                                                  "[shop-web-1]\nservice.retry.max=1\nservice.port=4",
                                                  &err);
    assert_non_null(overrides);
    struct arena arena = {0};
    assert_string_equal(
        label(overrides, &arena, "shop-web-1", "compose:shop:web", "shop", "web", "service.port"), "4");
    assert_string_equal(
        label(overrides, &arena, "shop-web-1", "compose:shop:web", "shop", "web", "service.weight"), "2");
    assert_string_equal(
        label(overrides, &arena, "shop-web-1", "compose:shop:web", "shop", "web", "service.tags"), "a=b,c");
    assert_string_equal(label(overrides, &arena, "x", "compose:shop:web", NULL, NULL, "service.port"), "2");
    assert_string_equal(label(overrides, &arena, "x", NULL, "shop", "web", "service.port"), "3");
    assert_string_equal(label(overrides, &arena, "x", NULL, "shop", "web", "service.version"), "");
    assert_string_equal(label(overrides, &arena, "shop-web-1", NULL, NULL, NULL, "service.retry.max"), "1");
    assert_null(label(overrides, &arena, "x", "y", "shop", "webx", "service.port"));
    assert_null(label(overrides, &arena, "x", "y", "sho", "p/web", "service.port"));
    assert_null(label(overrides, &arena, NULL, NULL, NULL, NULL, "service.port"));
    arena_free(&arena);
    overrides_free(overrides);
}

static void test_empty(void **state)
{
    (void)state;
    struct error err;
    struct overrides *overrides = overrides_parse("", &err);
    assert_non_null(overrides);
    overrides_free(overrides);
    overrides = overrides_parse("# only words\n\n[nobody]\n", NULL);
    assert_non_null(overrides);
    overrides_free(overrides);
    overrides_free(NULL);
}

static void test_refusals(void **state)
{
    (void)state;
    static const struct {
        const char *text, *words;
    } rows[] = {
        {"service.port=1\n", "line 1: a [selector]"},
        {"[a]\nservice.port\n", "line 2: must be label=value"},
        {"[a]\n=1\n", "line 2: must be"},
        {"[a]\n\n#\nservice port=1", "line 4: must be"},
        {"[a", "line 1: a selector"},
        {"[]", "line 1: a selector"},
        {"[ ]", "line 1: a selector"},
        {"[", "line 1: a selector"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct error err = {0};
        assert_null(overrides_parse(rows[i].text, &err));
        assert_true(err.code < 0);
        if (!strstr(err.text, rows[i].words))
            print_error("row %zu: %s\n", i, err.text);
        assert_non_null(strstr(err.text, rows[i].words));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_selectors),
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
