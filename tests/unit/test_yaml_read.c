/* SPDX-License-Identifier: MIT */
/* YAML documents of somebody else's: whole, or a sentence. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "controller/core/error.h"
#include "controller/core/yaml_read.h"

static void test_scalars_are_texts(void **state)
{
    (void)state;
    static const char text[] = "[word, \"a\\0b\", [], 7]";
    static const char *const expected[] = {"word", NULL, NULL, "7"};
    yaml_document_t document;
    struct error err = {0};
    assert_int_equal(yaml_read(text, strlen(text), strlen(text), &document, &err), 0);
    yaml_node_t *root = yaml_document_get_root_node(&document);
    assert_int_equal(root->type, YAML_SEQUENCE_NODE);
    for (size_t i = 0; i < 4; i++) {
        const char *given = yaml_text(yaml_document_get_node(&document, root->data.sequence.items.start[i]));
        assert_true(expected[i] ? given && strcmp(given, expected[i]) == 0 : !given);
    }
    yaml_document_delete(&document);
}

static void test_what_cannot_be_read(void **state)
{
    (void)state;
    yaml_document_t document;
    struct error err = {0};
    assert_int_equal(yaml_read("a: b", 4, 3, &document, &err), -EFBIG);
    assert_string_equal(err.text, "it has more than 3 bytes");
    assert_int_equal(yaml_read("a\n b: [", 7, 99, &document, &err), -EINVAL);
    assert_non_null(strstr(err.text, "line 2 is no YAML: "));
    assert_int_equal(yaml_read("{", 1, 99, &document, NULL), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_scalars_are_texts),
                                       cmocka_unit_test(test_what_cannot_be_read)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
