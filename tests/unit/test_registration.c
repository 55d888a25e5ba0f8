/* SPDX-License-Identifier: MIT */
/* test_registration.c: what may stand in the body of POST /services, and what is said of what may not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/error.h"
#include "controller/core/limits.h"
#include "controller/external/registration.h"

static struct registration *parsed(const char *json)
{
    struct registration *registration = NULL;
    struct error err = {0};
    if (registration_parse(json, strlen(json), &registration, &err) != 0)
        fail_msg("%s: %s", json, err.text);
    return registration;
}

static char *rendered(const struct registration *registration)
{
    struct buf out;
    buf_init(&out, 1 << 20);
    registration_render(registration, &out);
    return buf_take(&out, NULL);
}

/* The whole of it, as services register themselves in the wild. */
static void everything_is_read(void **state)
{
    (void)state;
    struct registration *r = parsed(
        "{\"id\": \"ellie-1\", \"name\": \"ellie-backend\", \"version\": \"1.0.0\", \"host\": \"localhost\","
        " \"port\": 3001, \"protocol\": \"http\", \"healthEndpoint\": \"/healthz\","
        " \"tags\": [\"api\", \"backend\", \"api\"], \"metadata\": {\"environment\": \"production\","
        " \"zone\": 3, \"canary\": false},"
        " \"dependencies\": [\"redis\", \"database:optional\", {\"name\": \"queue\", \"type\": \"soft\"},"
        " \"redis:soft\"], \"weight\": 4, \"ttl\": \"90s\","
        " \"healthCheck\": {\"strategy\": \"TCP\", \"port\": 5432, \"timeout\": 10, \"interval\": \"500ms\","
        " \"retries\": 3, \"tlsVerify\": true}}");
    assert_string_equal(r->id, "ellie-1");
    assert_string_equal(r->name, "ellie-backend");
    assert_string_equal(r->version, "1.0.0");
    assert_string_equal(r->host, "localhost");
    assert_false(r->by_address);
    assert_int_equal(r->port, 3001);
    assert_int_equal(r->protocol, PROTOCOL_HTTP);
    assert_string_equal(r->endpoint, "/healthz");
    assert_int_equal(r->tags.count, 2);
    assert_string_equal(pairs_get(&r->metadata, "environment"), "production");
    assert_string_equal(pairs_get(&r->metadata, "zone"), "3");
    assert_string_equal(pairs_get(&r->metadata, "canary"), "false");
    assert_int_equal(r->dependency_count, 3);
    assert_int_equal(r->dependencies[0].type, DEPENDENCY_REQUIRED);
    assert_int_equal(r->dependencies[1].type, DEPENDENCY_OPTIONAL);
    assert_string_equal(r->dependencies[2].name, "queue");
    assert_int_equal(r->dependencies[2].type, DEPENDENCY_SOFT);
    assert_int_equal(r->weight, 4);
    assert_int_equal(r->ttl_ms, 90000);
    assert_int_equal(r->check, CHECK_TCP);
    assert_int_equal(r->check_port, 5432);
    assert_int_equal(r->check_timeout_ms, 10000);
    assert_int_equal(r->check_interval_ms, 500);
    assert_int_equal(r->check_retries, 3);
    assert_true(r->check_tls_verify);

    /* What is answered can be registered again, and is the same then. */
    char *once = rendered(r);
    struct registration *again = parsed(once);
    char *twice = rendered(again);
    assert_string_equal(once, twice);
    free(once);
    free(twice);
    registration_free(again);
    registration_free(r);
}

static void little_is_enough(void **state)
{
    (void)state;
    struct registration *r = parsed("{\"name\": \"nas\", \"host\": \"10.0.0.5\", \"port\": \"80\"}");
    assert_string_equal(r->id, "nas-10.0.0.5-80");
    assert_true(r->by_address);
    assert_int_equal(r->check, CHECK_HTTP);
    assert_string_equal(r->endpoint, "/health");
    assert_int_equal(r->ttl_ms, 0);
    assert_int_equal(r->weight, 1);
    assert_null(r->version);
    registration_free(r);

    r = parsed("{\"name\": \"db\", \"host\": \"[fd00::5]\", \"port\": 5432, \"protocol\": \"tcp\","
               " \"ttl\": 5, \"health_endpoint\": \"/ping\", \"version\": null,"
               " \"health_check\": {\"endpoint\": \"/pong?a=1\", \"tls_verify\": false}}");
    assert_string_equal(r->id, "db-fd00__5-5432");
    assert_string_equal(r->host, "fd00::5");
    assert_true(r->by_address);
    assert_int_equal(r->check, CHECK_TCP);
    assert_int_equal(r->ttl_ms, 5000);
    assert_string_equal(r->endpoint, "/pong?a=1");
    registration_free(r);
}

/* A body whose other fields are right. */
static void refused(const char *members, const char *expected)
{
    char *json = mem_format("{\"id\": \"x\", \"name\": \"x\", \"host\": \"h\", \"port\": 1%s%s}",
                            members[0] ? ", " : "", members);
    struct registration *registration = NULL;
    struct error err = {0};
    assert_int_equal(registration_parse(json, strlen(json), &registration, &err), -EINVAL);
    assert_null(registration);
    if (!strstr(err.text, expected))
        fail_msg("%s: \"%s\" does not say \"%s\"", json, err.text, expected);
    free(json);
}

static void wrong_values_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *members, *expected;
    } rows[] = {
        {"\"port\": 70000", "The field \"port\" is 70000; allowed is a whole number from 1 to 65535"},
        {"\"port\": 0", "\"port\" is 0"},
        {"\"port\": -1", "\"port\" is -1"},
        {"\"port\": 80.5", "\"port\" is 80.5"},
        {"\"port\": [1]", "\"port\" is [1]"},
        {"\"port\": 99999999999999999999", "\"port\" is"},
        {"\"id\": \"\"", "\"id\" is \"\""},
        {"\"id\": \"a/b\"", "\"id\" is \"a"},
        {"\"id\": \"..\"", "the first of which is no dot"},
        {"\"id\": 5", "\"id\" is 5"},
        {"\"name\": \"two words\"", "\"name\" is \"two words\""},
        {"\"name\": \"a\\u0000b\"", "\"name\" is"},
        {"\"host\": \"http://h\"", "\"host\" is"},
        {"\"host\": \"h:80\"", "\"host\" is"},
        {"\"host\": \"user@h\"", "\"host\" is"},
        {"\"host\": \"fe80::1%eth0\"", "\"host\" is"},
        {"\"host\": \"[127.0.0.1]\"", "\"host\" is"},
        {"\"host\": \"\"", "\"host\" is"},
        {"\"protocol\": \"ftp\"", "http, https, tcp or grpc"},
        {"\"healthEndpoint\": \"health\"", "a path such as /health"},
        {"\"healthEndpoint\": \"http://other/\"", "a path such as /health"},
        {"\"healthEndpoint\": \"/a b\"", "\"healthEndpoint\" is"},
        {"\"healthEndpoint\": \"/a\\r\\nX: y\"", "\"healthEndpoint\" is"},
        {"\"version\": \"a\\u001bb\"", "\"version\" is"},
        {"\"tags\": \"api\"", "\"tags\" is \"api\""},
        {"\"tags\": [1]", "\"tags\" is [1]"},
        {"\"metadata\": []", "\"metadata\" is []"},
        {"\"metadata\": {\"a b\": \"c\"}", "\"metadata\" is"},
        {"\"metadata\": {\"a\": {}}", "\"metadata\" is"},
        {"\"metadata\": {\"a\": null}", "\"metadata\" is"},
        {"\"dependencies\": {}", "\"dependencies\" is"},
        {"\"dependencies\": [\"a:often\"]", "\"dependencies\" is"},
        {"\"dependencies\": [\"\"]", "\"dependencies\" is"},
        {"\"dependencies\": [{\"type\": \"soft\"}]", "\"dependencies\" is"},
        {"\"dependencies\": [{\"name\": \"a\", \"healthCheck\": {}}]", "\"dependencies\" is"},
        {"\"weight\": 257", "from 1 to 256"},
        {"\"ttl\": 4", "The field \"ttl\" is 4; allowed is a duration from 5s to 24h"},
        {"\"ttl\": \"25h\"", "\"ttl\" is \"25h\""},
        {"\"ttl\": true", "\"ttl\" is true"},
        {"\"ttl\": \"soon\"", "\"ttl\" is \"soon\""},
        {"\"healthCheck\": \"tcp\"", "\"healthCheck\" is \"tcp\""},
        {"\"healthCheck\": {\"strategy\": \"command\"}", "\"healthCheck.strategy\" is \"command\""},
        {"\"healthCheck\": {\"timeout\": \"50ms\"}", "\"healthCheck.timeout\" is \"50ms\""},
        {"\"healthCheck\": {\"retries\": 0}", "\"healthCheck.retries\" is 0"},
        {"\"healthCheck\": {\"tlsVerify\": 1}", "\"healthCheck.tlsVerify\" is 1"},
        {"\"healthCheck\": {\"intervall\": 1}", "\"healthCheck.interval\" may be meant"},
        {"\"healthEndpont\": \"/\"", "\"healthEndpoint\" may be meant"},
        {"\"colour\": \"red\"", "The field \"colour\" is not known; known are id, name, version, host"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        refused(rows[i].members, rows[i].expected);
}

static void what_is_missing_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *json, *expected;
    } rows[] = {
        {"", "no JSON"},
        {"{", "no JSON"},
        {"{} {}", "no JSON"},
        {"{\"name\": \"\xff\"}", "no JSON"},
        {"null", "not a JSON object"},
        {"[]", "not a JSON object"},
        {"5", "not a JSON object"},
        {"{}", "The field \"name\" is missing"},
        {"{\"name\": \"a\"}", "The field \"host\" is missing"},
        {"{\"name\": \"a\", \"host\": \"h\", \"port\": null}", "The field \"port\" is missing"},
        {"{\"name\": \"a\", \"port\": 1, \"host\": "
         "\"a-host-that-is-much-too-long-for-an-id-to-be-made-of.example.com\"}",
         "The field \"id\" is missing"},
        {"[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]", "no JSON"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct registration *registration = NULL;
        struct error err = {0};
        assert_int_equal(registration_parse(rows[i].json, strlen(rows[i].json), &registration, &err),
                         -EINVAL);
        if (!strstr(err.text, rows[i].expected))
            fail_msg("%s: \"%s\" does not say \"%s\"", rows[i].json, err.text, rows[i].expected);
    }
}

/* A list or object of count members. */
static char *many(const char *before, const char *const member[2], size_t count, const char *after)
{
    struct buf out;
    buf_init(&out, 1 << 20);
    buf_text(&out, before);
    for (size_t i = 0; i < count; i++) {
        buf_text(&out, i ? "," : "");
        buf_text(&out, member[0]);
        buf_format(&out, "%zu", i);
        buf_text(&out, member[1]);
    }
    buf_text(&out, after);
    return buf_take(&out, NULL);
}

static void bounds_hold(void **state)
{
    (void)state;
    static const struct {
        const char *before, *member[2], *after;
    } shapes[] = {
        {"\"tags\": [", {"\"t", "\""}, "]"},
        {"\"dependencies\": [", {"\"d", "\""}, "]"},
        {"\"metadata\": {", {"\"m", "\": \"v\""}, "}"},
    };
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        char *most = many(shapes[i].before, shapes[i].member, 64, shapes[i].after);
        char *more = many(shapes[i].before, shapes[i].member, 65, shapes[i].after);
        char *json = mem_format("{\"name\": \"a\", \"host\": \"h\", \"port\": 1, %s}", most);
        registration_free(parsed(json));
        refused(more, "64");
        free(json);
        free(more);
        free(most);
    }
    char *large = many("{\"name\": \"a\", \"version\": \"", (const char *const[2]){"", ""},
                       LIMIT_REGISTRATION_BODY, "\"}");
    struct registration *registration = NULL;
    struct error err = {0};
    assert_int_equal(registration_parse(large, strlen(large), &registration, &err), -EINVAL);
    assert_non_null(strstr(err.text, "allowed are at most 16384"));
    free(large);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_is_read),
        cmocka_unit_test(little_is_enough),
        cmocka_unit_test(wrong_values_are_named),
        cmocka_unit_test(what_is_missing_is_named),
        cmocka_unit_test(bounds_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
