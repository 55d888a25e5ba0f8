/* SPDX-License-Identifier: MIT */
/* Values of JSON that came from outside. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_members_and_texts)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
