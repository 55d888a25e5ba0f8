/* SPDX-License-Identifier: MIT */
/* sample_template.c: rendering templates in tests. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/sample_template.h"

#include "controller/core/buf.h"
#include "controller/core/error.h"

int sample_template_setup(void **state)
{
    struct registry *registry = sample_registry();
    struct spec *database = sample_spec("name:x:database", "database", 5432);
    database->protocol = PROTOCOL_TCP;
    database->weight = 7;
    database->version = "15.2";
    database->health_path = "/health";
    database->check = CHECK_HTTP;
    database->check_explicit = true;
    pairs_set(&database->arena, &database->metadata, "did", "did:plc:abc");
    pairs_set(&database->arena, &database->metadata, "owner.team", "data & friends");
    strings_add(&database->arena, &database->tags, "sql");
    strings_add(&database->arena, &database->tags, "primary");
    sample_add(registry, database, sample_observed("aaaaaaaaaaa1", "x-database-1", "10.0.0.1", "db-alias"),
               STATUS_HEALTHY);
    sample_add(registry, sample_spec("name:x:my.db", "my.db", 80),
               sample_observed("aaaaaaaaaaa2", "x-my-1", "10.0.0.2", NULL), STATUS_HEALTHY);
    sample_add(registry, sample_spec("name:x:gone", "gone", 80),
               sample_observed("aaaaaaaaaaa3", "x-gone-1", "10.0.0.3", NULL), STATUS_UNHEALTHY);
    sample_add(registry, sample_spec("name:x:six", "six", 0),
               sample_observed("aaaaaaaaaaa4", "x-six-1", "fd00::9", NULL), STATUS_HEALTHY);
    sample_settle(registry);
    *state = registry;
    return 0;
}

int sample_template_teardown(void **state)
{
    registry_free(*state);
    return 0;
}

char *sample_render(struct registry *registry, const char *name, const char *text, const char *const *given,
                    int *ret_code)
{
    struct arena arena = {0};
    struct pairs variables = {0}, environment = {0};
    struct error err = {0};
    struct buf out;
    for (; given && *given; given += 2)
        pairs_set(&arena, &variables, given[0], given[1]);
    buf_init(&out, TEMPLATE_OUTPUT);
    struct template *template = template_parse(name, text, strlen(text), &err);
    pairs_set(&arena, &environment, "FROM_ENVIRONMENT", "e");
    pairs_set(&arena, &environment, "A", "not declared");
    const struct template_wish wish = {
        .registry = registry, .variables = &variables, .environment = &environment};
    *ret_code = template ? template_render(template, &wish, &out, &err) : err.code;
    char *result = *ret_code ? mem_copy(err.text) : buf_take(&out, NULL);
    template_free(template);
    buf_free(&out);
    arena_free(&arena);
    return result;
}

void expect_made(struct registry *registry, const char *name, const char *text, const char *const *given,
                 const char *wanted)
{
    int code;
    char *made = sample_render(registry, name, text, given, &code);
    assert_string_equal(made, wanted);
    assert_int_equal(code, 0);
    free(made);
}

void expect_refused(struct registry *registry, const char *name, const char *text, const char *const *given,
                    int code, const char *part)
{
    int got;
    char *made = sample_render(registry, name, text, given, &got);
    if (!strstr(made, part))
        fail_msg("\"%s\" is not in: %s", part, made);
    assert_int_equal(got, code);
    free(made);
}
