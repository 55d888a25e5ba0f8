/* SPDX-License-Identifier: MIT */
/* service.health.command: its two forms, and what is neither. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "tests/support/container_builder.h"

#include "controller/labels/command.h"

static const struct {
    const char *text;
    const char *argv[5]; /* none: not usable */
} rows[] = {
    {"[\"/bin/check\", \"-x\"]", {"/bin/check", "-x"}},
    {" [\"/bin/check\",\"two words\",\"\"]\n", {"/bin/check", "two words", ""}},
    {"[\"CMD\", \"curl\", \"-f\", \"http://localhost\"]", {"curl", "-f", "http://localhost"}},
    {"[\"CMD-SHELL\", \"curl -f localhost || exit 1\"]", {"/bin/sh", "-c", "curl -f localhost || exit 1"}},
    {"pg_isready -U app || exit 1", {"/bin/sh", "-c", "pg_isready -U app || exit 1"}},
    {"[ -e /tmp/ready ]", {"/bin/sh", "-c", "[ -e /tmp/ready ]"}},
    {"[ \"$A\" = \"b\" ]", {"/bin/sh", "-c", "[ \"$A\" = \"b\" ]"}},
    {"[[ -e x ]]", {"/bin/sh", "-c", "[[ -e x ]]"}},
    {"CMD true", {"/bin/sh", "-c", "CMD true"}},
    {"{\"a\": 1}", {"/bin/sh", "-c", "{\"a\": 1}"}},
    {"[\"\\u00e9\"]", {"\u00e9"}},
    {"", {0}},
    {" \t\n", {0}},
    {"[]", {0}},
    {"[\"\"]", {0}},
    {"[1, 2]", {0}},
    {"[\"a\", null]", {0}},
    {"[\"a\", [\"b\"]]", {0}},
    {"[\"a\\u0000b\"]", {0}},
    {"[\"a\", \"b\"", {0}},
    {"[\"a\"] x", {0}},
    {"[\"a\" \"b\"]", {0}},
    {"[\"CMD\"]", {0}},
    {"[\"CMD-SHELL\"]", {0}},
    {"[\"CMD-SHELL\", \"a\", \"b\"]", {0}},
    {"[\"CMD-SHELL\", \" \"]", {0}},
};

static void both_forms(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena arena = {0};
        struct strings argv;
        int code = command_parse(rows[i].text, &arena, &argv);
        size_t count = 0;
        while (count < 5 && rows[i].argv[count])
            count++;
        if (code != (count ? 0 : -EINVAL) || argv.count != count)
            fail_msg("%s: %d, %zu arguments", rows[i].text, code, argv.count);
        for (size_t a = 0; a < count; a++)
            assert_string_equal(argv.item[a], rows[i].argv[a]);
        arena_free(&arena);
    }
}

static void a_broken_one_is_a_finding_that_does_not_quote_it(void **state)
{
    (void)state;
    const char *const labels[] = {"service.health.command", "[\"check\", \"--password=hunter2\"", NULL};
    struct spec *spec = resolve(labels);
    const char *sentence = finding(spec, "invalid-value");
    assert_non_null(sentence);
    assert_non_null(strstr(sentence, "service.health.command"));
    assert_non_null(strstr(sentence, "JSON array"));
    assert_null(strstr(sentence, "hunter2"));
    assert_null(spec->health_command);
    assert_non_null(finding(spec, "incomplete-check"));
    spec_free(spec);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_forms),
        cmocka_unit_test(a_broken_one_is_a_finding_that_does_not_quote_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
