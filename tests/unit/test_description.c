/* SPDX-License-Identifier: MIT */
/* test_description.c: the description of the API has every route and nothing else, in both of its forms. */
#include "tests/support/server_fixture.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/limits.h"
#include "exporter/answers_consul.h"
#include "exporter/description.h"
#include "exporter/docs_schema.h"
#include "exporter/html.h"

static json_object *described(void)
{
    struct buf out;
    buf_init(&out, LIMIT_DOCUMENT);
    description_openapi("0.1.0", &out);
    json_object *tree = json_tokener_parse(buf_string(&out));
    assert_non_null(tree);
    buf_free(&out);
    return tree;
}

/* The value at names that end with NULL. */
static json_object *at(json_object *tree, const char *const *names)
{
    for (; tree && *names; names++)
        tree = json_object_object_get(tree, *names);
    return tree;
}
#define AT(tree, ...) at(tree, (const char *const[]){__VA_ARGS__, NULL})

static const char *text(json_object *value)
{
    return value ? json_object_get_string(value) : "";
}

/* Every route of the API has a row that describes it, and every row a route. */
static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < route_count; i++)
        if (operation_wanted(&routes[i]) && !operation_find(&routes[i]))
            fail_msg("exporter/operations.c has no row for %s", routes[i].pattern);
    for (size_t i = 0; i < operation_count; i++) {
        size_t r = 0;
        while (r < route_count && operation_find(&routes[r]) != &operations[i])
            r++;
        if (r == route_count)
            fail_msg("exporter/operations.c describes %s, and there is no such route", operations[i].pattern);
        for (size_t other = 0; other < i; other++)
            assert_string_not_equal(operations[i].id, operations[other].id);
        bool known = false;
        for (size_t s = 0; s < subject_count; s++)
            known |= strcmp(subjects[s].name, operations[i].subject) == 0;
        assert_true(known && operations[i].reply[0].status);
    }
}

/* Path, method, id, token: as the table of routes has them. */
static void test_paths(void **state)
{
    (void)state;
    json_object *tree = described(), *paths = AT(tree, "paths");
    int expected = 0, found = 0;
    for (size_t i = 0; i < route_count; i++) {
        char path[DESCRIPTION_PATH];
        const char *method;
        description_path(&routes[i], path);
        if (!operation_wanted(&routes[i])) {
            assert_null(AT(paths, path));
            continue;
        }
        for (unsigned m = 0; (method = description_method(&routes[i], m)); m++, expected++) {
            json_object *operation = AT(paths, path, method);
            if (!operation)
                fail_msg("%s %s is not described", method, path);
            assert_string_equal(text(AT(operation, "summary")), routes[i].summary);
            assert_non_null(strstr(text(AT(operation, "operationId")), operation_find(&routes[i])->id));
            json_object *security = AT(operation, "security");
            size_t ways = json_object_array_length(security);
            assert_int_equal(ways, routes[i].access == ACCESS_FREE     ? 0
                                   : routes[i].access == ACCESS_CHANGE ? 2
                                                                       : 3);
            bool consul = consul_route(routes[i].pattern); /* there, it is a 403 */
            assert_int_equal(AT(operation, "responses", consul ? "403" : "401") != NULL,
                             routes[i].access != ACCESS_FREE);
            assert_non_null(AT(operation, "responses", "default"));
        }
    }
    json_object_object_foreach(paths, path, item)
    {
        (void)path;
        found += json_object_object_length(item);
    }
    assert_int_equal(found, expected);
    json_object_put(tree);
}

/* Everything that is referred to is there. */
static unsigned check_refs(json_object *root, json_object *value)
{
    unsigned count = 0;
    if (json_object_is_type(value, json_type_array))
        for (size_t i = 0; i < json_object_array_length(value); i++)
            count += check_refs(root, json_object_array_get_idx(value, i));
    if (!json_object_is_type(value, json_type_object))
        return count;
    json_object_object_foreach(value, key, member)
    {
        char kind[40], name[80];
        count += check_refs(root, member);
        if (strcmp(key, "$ref") != 0)
            continue;
        assert_int_equal(sscanf(text(member), "#/components/%39[a-z]/%79[A-Za-z]", kind, name), 2);
        if (!AT(root, "components", kind, name))
            fail_msg("there is no %s", text(member));
        count++;
    }
    return count;
}

static void test_refs(void **state)
{
    (void)state;
    json_object *tree = described();
    assert_true(check_refs(tree, tree) > 100);
    assert_string_equal(text(AT(tree, "openapi")), "3.1.0");
    json_object_put(tree);
}

/* The page for people: a card and a link for each operation, and each schema; and it stands under the same
 * rules as the dashboard. */
static void test_page(void **state)
{
    struct served *served = *state;
    char value[256], wanted[160];
    struct reply reply = served_ask(served, "GET /docs", "");
    assert_int_equal(reply.status, 200);
    reply_header(&reply, "Content-Security-Policy", value);
    assert_int_equal(strncmp(value, "default-src 'self'", 18), 0);
    assert_null(strstr(reply.body, "<style"));
    assert_null(strstr(reply.body, "style=\""));
    assert_null(strstr(reply.body, "<script>"));
    for (size_t i = 0; i < operation_count; i++) {
        snprintf(wanted, sizeof wanted, "<article id=\"%s\"", operations[i].id);
        assert_non_null(strstr(reply.body, wanted));
        snprintf(wanted, sizeof wanted, "href=\"#%s\"", operations[i].id);
        assert_non_null(strstr(reply.body, wanted));
        for (size_t r = 0; r < OPERATION_REPLIES && operations[i].reply[r].schema; r++) {
            snprintf(wanted, sizeof wanted, "id=\"schema-%s\"", operations[i].reply[r].schema);
            assert_non_null(strstr(reply.body, wanted));
        }
    }
    reply_free(&reply);
    reply = served_ask(served, "GET /", "Accept: application/json\r\n");
    assert_non_null(strstr(reply.body, "\"docs\":\"/docs\""));
    reply_free(&reply);
    reply = served_ask(served, "GET /", "");
    assert_non_null(strstr(reply.body, "href=\"/docs\""));
    reply_free(&reply);
}

static void test_html(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, 1 << 16);
    html_text(&out, "<b a=\"1\" c='2'>&amp;\xc3\xa4");
    assert_string_equal(buf_string(&out), "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;amp;\xc3\xa4");
    buf_clear(&out);
    html_sentence(&out, "the status document");
    html_sentence(&out, "");
    html_sentence(&out, "Done.");
    assert_string_equal(buf_string(&out), "The status document.Done.");
    buf_clear(&out);
    docs_put_schemas(&out, "{\"A\":{\"properties\":{\"x<\":{\"type\":[\"string\",\"null\"]},\"l\":{\"items\":"
                           "{\"properties\":{\"y\":{\"enum\":[\"a\",null]}}}}}}}");
    assert_non_null(strstr(buf_string(&out), "<code>x&lt;</code></th><td>string or null</td>"));
    assert_non_null(
        strstr(buf_string(&out), "<code>l[].y</code></th><td><code>a</code> <code>null</code></td>"));
    buf_clear(&out);
    docs_put_schemas(&out, "nonsense");
    buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows), cmocka_unit_test(test_paths), cmocka_unit_test(test_refs),
        SERVED(test_page),           cmocka_unit_test(test_html),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
