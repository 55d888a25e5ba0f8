/* SPDX-License-Identifier: MIT */
/* template: values of services and variables in text, what is missing, and where errors are. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/error.h"
#include "controller/core/mem.h"
#include "exporter/templates/template.h"
#include "tests/support/sample_template.h"

static void test_the_missions_own_template(void **state)
{
    const char *const given[] = {"hostname", "pds.example.com", NULL};
    expect_made(*state, "pds.env",
                "<%@ variable hostname: string required %>\n"
                "<%@ variable port: number = 3000 %>\n"
                "PDS_HOSTNAME=${hostname}\nPDS_PORT=${port}\nPDS_DATABASE_URL=${service.database.url}\n"
                "PDS_DID=${service.database.did}\n",
                given,
                "PDS_HOSTNAME=pds.example.com\nPDS_PORT=3000\nPDS_DATABASE_URL=tcp://db-alias:5432\n"
                "PDS_DID=did:plc:abc\n");
}

static void test_fields_of_a_service(void **state)
{
    static const struct {
        const char *text, *wanted;
    } rows[] = {
        {"${service.database.url}", "tcp://db-alias:5432"},
        {"${service.database.address_url}", "tcp://10.0.0.1:5432"},
        {"${service.database.host}", "db-alias"},
        {"${service.database.port}", "5432"},
        {"${service.database.protocol}", "tcp"},
        {"${service.database.address}", "10.0.0.1"},
        {"${service.database.weight}", "7"},
        {"${service.database.status} ${service.database.serving}", "healthy true"},
        {"${service.database.version}", "15.2"},
        {"${service.database.tags}", "sql,primary"},
        {"${service.database.health_endpoint}", "/health"},
        {"${service.database.meta.owner.team}", "data & friends"},
        {"${service.database.metadata.did}", "did:plc:abc"},
        {"${service.database.name} ${service.database.env_name}", "database DATABASE"},
        {"${service.db-alias.port}", "5432"},
        {"${service.\"my.db\".port}", "80"},
        {"${service.my.db.port}", "80"},
        {"${service.\"database\".meta.did}", "did:plc:abc"},
        {"${service.gone.serving} ${service.gone.status} ${service.gone.count}", "false unhealthy 0"},
        {"${service.six.host} ${service.six.address}", "x-six-1 fd00::9"},
        {"${service.db.count}", "1"},
        {"$${service.x.url} $$ $5 $", "${service.x.url} $$ $5 $"},
        {"<%% a %>", "<% a %>"},
        {"", ""},
        {"a\n<%# a comment\n of two lines %>\nb <%# another %>c\n", "a\nb c\n"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        expect_made(*state, "x", rows[i].text, NULL, rows[i].wanted);
}

static void test_defaults(void **state)
{
    const char *const given[] = {"A", "a", "EMPTY", "", NULL};
    expect_made(*state, "x", "${A:-b} ${B:-b} ${B:-} ${EMPTY:-e} [${EMPTY}]", given, "a b  e []");
    expect_made(*state, "x", "${B:-${C:-${A}}} ${B:-x${A}y${C:-z}}", given, "a xayz");
    expect_made(*state, "x", "${B:-{\"a\": 1\\}} ${B:-$${A}", given, "{\"a\": 1} ${A");
    expect_made(*state, "x", "${service.nobody.url:-http://localhost} ${service.gone.url:-none}", given,
                "http://localhost none");
    expect_made(*state, "x",
                "${service.database.meta.none:-m} ${service.database.environment:-e} ${service.six.port:-1}",
                given, "m e 1");
    expect_made(*state, "x.json", "[${service.gone.port:-80}, ${service.gone.url:-80}, ${B:-80}]", given,
                "[80, \"80\", \"80\"]");
}

static void test_what_is_missing_is_said_with_its_place(void **state)
{
    const char *const given[] = {"HOSTNAME", "x", NULL};
    expect_refused(*state, "/etc/x/app.tmpl", "a\n  é ${HOSTNAM}", given, -ENOENT,
                   "app.tmpl, line 2, column 5: Required variable 'HOSTNAM' is missing; did you mean "
                   "'HOSTNAME'?; there are: HOSTNAME");
    expect_refused(*state, "/etc/x/app.tmpl", "${X}", NULL, -ENOENT,
                   "Required variable 'X' is missing; none is given");
    expect_refused(*state, "/etc/x/app.tmpl", "<%@ variable X: string required %>\nnothing", given, -ENOENT,
                   "app.tmpl: Required variable 'X' is missing");
    expect_refused(*state, "/etc/x/app.tmpl", "${service.databse.url}", NULL, -ENOENT,
                   "line 1, column 1: There is no service 'databse'; did you mean 'database'?");
    expect_refused(*state, "/etc/x/app.tmpl", "${service.gone.url}", NULL, -ENOENT,
                   "Service 'gone' has no serving instance");
    expect_refused(*state, "/etc/x/app.tmpl", "${service.six.url}", NULL, -ENOENT,
                   "No port of service 'six' is known");
    expect_refused(*state, "/etc/x/app.tmpl", "${service.database.prot}", NULL, -ENOENT,
                   "Service 'database' has no field and no metadata 'prot'; did you mean 'port'?");
    expect_refused(*state, "/etc/x/app.tmpl", "${service.database.meta.who}", NULL, -ENOENT,
                   "Service 'database' has no metadata 'who'");
}

static void test_wrong_templates(void **state)
{
    expect_refused(*state, "/etc/x/app.tmpl", "a\nb ${X", NULL, -EINVAL,
                   "app.tmpl, line 2, column 3: A ${ is never closed by a }");
    expect_refused(*state, "/etc/x/app.tmpl", "a ${X:-${Y}", NULL, -EINVAL,
                   "line 1, column 3: A ${ is never closed");
    expect_refused(*state, "/etc/x/app.tmpl", "<% a", NULL, -EINVAL,
                   "line 1, column 1: A <% is never closed by a %>");
    expect_refused(*state, "/etc/x/app.tmpl", "${}", NULL, -EINVAL, "names no value; allowed: ${NAME}");
    expect_refused(*state, "/etc/x/app.tmpl", "${a b}", NULL, -EINVAL, "'${a b' names no value");
    expect_refused(*state, "/etc/x/app.tmpl", "${service.x}", NULL, -EINVAL, "names no value");
    expect_refused(*state, "/etc/x/app.tmpl", "${service..url}", NULL, -EINVAL, "names no value");
    expect_refused(*state, "/etc/x/app.tmpl", "${service.\"x\"url}", NULL, -EINVAL, "names no value");
    expect_refused(*state, "/etc/x/app.tmpl", "<%@ formt: json %>", NULL, -EINVAL,
                   "Unknown declaration 'formt'; allowed:");
    expect_refused(*state, "/etc/x/app.tmpl", "<%@ format: jsn %>", NULL, -EINVAL,
                   "Unknown format 'jsn'; allowed: text json yaml toml env ini");
    expect_refused(*state, "/etc/x/app.tmpl", "<%@ variable x: int %>", NULL, -EINVAL,
                   "Unknown type 'int'; allowed: string number boolean");
    expect_refused(*state, "/etc/x/app.tmpl", "<%@ variable x: number = abc %>", NULL, -EINVAL,
                   "Variable 'x' must be a number, not 'abc'");
    expect_refused(*state, "/etc/x/app.tmpl", "<%@ variable x %><%@ variable x %>", NULL, -EINVAL,
                   "declared twice");
    expect_refused(*state, "/etc/x/app.tmpl", "<%@ variable 1x %>", NULL, -EINVAL,
                   "'1x' is no name of a variable");
    expect_refused(*state, "/etc/x/app.tmpl", "${A:-${A:-${A:-${A:-${A:-${A:-${A:-${A:-${A:-${A:-x}}}}}}}}}}",
                   NULL, -EINVAL, "Defaults stand in defaults more than 8 deep");
}

static void test_types(void **state)
{
    const char *const given[] = {"n", "12", "b", "yes", "s", "12", NULL};
    const char *const wrong[] = {"n", "twelve", NULL};
    const char *const wrong_b[] = {"b", "perhaps", NULL};
    static const char text[] = "<%@ variable n: number %>\n<%@ variable b: boolean = no %>\n"
                               "<%@ variable s = \" two \" %>\n[${n}, ${b}, ${s}]\n";
    expect_made(*state, "x.json", text, given, "[12, true, \"12\"]\n");
    expect_made(*state, "x.json", "<%@ variable n: number = -1.5e3 %>[${n}]", NULL, "[-1.5e3]");
    expect_made(*state, "x", "<%@ variable s = \" two \" %>[${s}]", NULL, "[ two ]");
    expect_refused(*state, "/etc/x/app.tmpl", text, wrong, -EINVAL,
                   "Variable 'n' must be a number, not 'twelve'");
    expect_refused(*state, "/etc/x/app.tmpl", text, wrong_b, -EINVAL,
                   "Variable 'b' must be true or false, not 'perhaps'");
    expect_refused(*state, "/etc/x/app.tmpl", "<%@ variable n: number %>${n:-x}", NULL, -EINVAL,
                   "Variable 'n' must be a number");
}

static void test_the_environment_is_asked_for(void **state)
{
    const char *const given[] = {"FROM_ENVIRONMENT", "g", NULL};
    static const char text[] =
        "<%@ variable FROM_ENVIRONMENT: string environment = d %>\n${FROM_ENVIRONMENT}";
    expect_made(*state, "x", text, NULL, "e");
    expect_made(*state, "x", text, given, "g");
    expect_made(*state, "x", "<%@ variable B: number environment = 5 %>\n${B}", NULL, "5");
    expect_made(*state, "x", "<%@ variable FROM_ENVIRONMENT = d %>\n${FROM_ENVIRONMENT}", NULL, "d");
    expect_refused(*state, "x", "${FROM_ENVIRONMENT}", NULL, -ENOENT,
                   "Required variable 'FROM_ENVIRONMENT' is missing; none is given");
    expect_refused(*state, "x", "<%= vars.A %>", NULL, -ENOENT, "Required variable 'A' is missing");
}

static void test_bounds(void **state)
{
    struct error err = {0};
    size_t size = TEMPLATE_SIZE + 1;
    char *big = mem_new(size);
    memset(big, 'a', size);
    assert_null(template_parse("big", big, size, &err));
    assert_non_null(strstr(err.text, "has 131073 bytes; at most 131072 are allowed"));
    struct template *template = template_parse("big", big, size - 1, &err);
    assert_non_null(template);
    struct buf out;
    buf_init(&out, 100);
    buf_add(&out, "before", 6);
    const struct template_wish wish = {.registry = *state};
    assert_int_equal(template_render(template, &wish, &out, &err), -ENOBUFS);
    assert_string_equal(buf_string(&out), "before");
    template_free(template);
    free(big);
    buf_free(&out);
}

/* Which variables are asked for, before anything is rendered. */
static void check_given(const char *text, const char *name, const char *expected)
{
    struct arena arena = {0};
    struct pairs given = {0};
    struct error err = {0};
    struct template *template = template_parse("t", text, strlen(text), &err);
    assert_non_null(template);
    pairs_set(&arena, &given, name, "1");
    int rc = template_check_given(template, &given, &err);
    if (expected ? rc == 0 || !strstr(err.text, expected) : rc != 0)
        fail_msg("%s: %s", text, err.text);
    template_free(template);
    arena_free(&arena);
}

static void test_what_is_never_asked_for(void **state)
{
    (void)state;
    check_given("${A}", "A", NULL);
    check_given("${B:-${A}}", "A", NULL);
    check_given("<%@ variable A: number %>", "A", NULL);
    check_given("<% if vars.A then %>x<% end %>", "A", NULL);
    check_given("<%= vars['A'] %>", "A", NULL);
    check_given("<% for k, v in pairs(vars) do end %>", "A", NULL);
    check_given("A", "A", "t: It never asks for a variable 'A'; it asks for none");
    check_given("${AB} ${service.A.url}", "A", "It never asks for a variable 'A'; it asks for: AB");
    check_given("<%= vars.AB %>", "A", "It never asks for a variable 'A'");
    check_given("A <%# A %> <%= 1 %>", "A", "It never asks for a variable 'A'");
}

static void check_needs(const char *text, const char *expected)
{
    struct error err = {0};
    struct template *template = template_parse("t", text, strlen(text), &err);
    const struct template_wish wish = {0};
    assert_non_null(template);
    int rc = template_check(template, &wish, &err);
    if (expected ? rc == 0 || !strstr(err.text, expected) : rc != 0)
        fail_msg("%s: %s", text, err.text);
    template_free(template);
}

static void test_what_it_needs(void **state)
{
    (void)state;
    check_needs("${service.none.url} ${A:-x} ${A:-${B}}", NULL);
    check_needs("<%@ variable A: number = 3 %>${A}", NULL);
    check_needs("<% if vars.A then %>${A}<% end %>", NULL); /* who knows */
    check_needs("a\n${A}", "t, line 2, column 1: Required variable 'A' is missing");
    check_needs("<%@ variable A: string required %>", "t: Required variable 'A' is missing");
}

static void test_formats_by_name(void **state)
{
    (void)state;
    assert_int_equal(template_format_of("/a/b.json"), TEMPLATE_JSON);
    assert_int_equal(template_format_of("b.yml.tmpl"), TEMPLATE_YAML);
    assert_int_equal(template_format_of(".env"), TEMPLATE_ENV);
    assert_int_equal(template_format_of("x.ini.template"), TEMPLATE_INI);
    assert_int_equal(template_format_of("x.toml.tpl"), TEMPLATE_TOML);
    assert_int_equal(template_format_of("json"), TEMPLATE_TEXT);
    assert_int_equal(template_format_of("/a.json/b"), TEMPLATE_TEXT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_missions_own_template),
        cmocka_unit_test(test_fields_of_a_service),
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_what_is_missing_is_said_with_its_place),
        cmocka_unit_test(test_wrong_templates),
        cmocka_unit_test(test_types),
        cmocka_unit_test(test_the_environment_is_asked_for),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_what_is_never_asked_for),
        cmocka_unit_test(test_what_it_needs),
        cmocka_unit_test(test_formats_by_name),
    };
    return cmocka_run_group_tests(tests, sample_template_setup, sample_template_teardown);
}
