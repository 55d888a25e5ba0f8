/* SPDX-License-Identifier: MIT */
/* Values of JSON that came from outside. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "controller/core/json_read.h"

static void test_members_and_texts(void **state)
{
    (void)state;
    struct json_object *root = json_tokener_parse(
        "{\"text\":\"a\",\"empty\":\"\",\"null\":null,\"list\":[1]}");
    assert_non_null(root);
    assert_string_equal(json_text(root, "text"), "a");
    assert_string_equal(json_text(root, "empty"), "");
    assert_null(json_text(root, "null"));
    assert_null(json_text(root, "list"));
    assert_null(json_text(root, "missing"));
    assert_null(json_member(root, "null"));
    assert_null(json_member(root, "missing"));
    struct json_object *list = json_member(root, "list");
    assert_true(json_object_is_type(list, json_type_array));
    assert_null(json_member(list, "text"));
    assert_null(json_text(NULL, "text"));
    json_object_put(root);
}

static struct json_object *first(const char *text)
{
    return json_first_object(text, strlen(text));
}

static void test_the_first_object(void **state)
{
    (void)state;
    struct json_object *root = first(" {\"a\":\"b\"}\nand more");
    assert_string_equal(json_text(root, "a"), "b");
    json_object_put(root);
    static const char *const none[] = {"", " ", "null", "[{}]", "1", "\"{}\"", "{\"a\":", "{]", "word"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        assert_null(first(none[i]));
    assert_null(json_first_object("{}", 1)); /* only so much is looked at */

    char deep[] = "{\"a\":[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]}";
    assert_null(first(deep));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_members_and_texts),
                                       cmocka_unit_test(test_the_first_object)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
