/* SPDX-License-Identifier: MIT */
/* Tests health_body_read: status words, checks in all shapes, order, bounds, and what is no health body. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "controller/core/buf.h"
#include "controller/core/limits.h"
#include "health/probe.h"

/* Reads body and writes what came of it as one line: "healthy; db=healthy cache=unknown". */
static const char *reading(const char *body)
{
    static char line[4096];
    struct outcome outcome = {.kind = OUTCOME_STATUS, .http_status = 503, .message = "untouched"};
    health_body_read(body, strlen(body), &outcome);
    assert_int_equal(outcome.kind, OUTCOME_STATUS);
    assert_string_equal(outcome.message, "untouched");
    assert_int_equal(outcome.check == NULL, outcome.check_count == 0);

    size_t used = (size_t)snprintf(line, sizeof line, "%s;",
                                   outcome.has_body_status ? status_name[outcome.body_status] : "-");
    for (size_t i = 0; i < outcome.check_count; i++)
        used += (size_t)snprintf(line + used, sizeof line - used, " %s=%s", outcome.check[i].name,
                                 outcome.check[i].word);
    free(outcome.check);
    return line;
}

static void test_status_words(void **state)
{
    (void)state;
    static const struct {
        const char *word, *expected;
    } words[] = {
        {"healthy", "healthy;"},
        {"ok", "healthy;"},
        {"OK", "healthy;"},
        {"pass", "healthy;"},
        {"UP", "healthy;"},
        {"Degraded", "degraded;"},
        {"warn", "degraded;"},
        {"warning: 8% free", "degraded;"},
        {"unhealthy: timeout", "unhealthy;"},
        {"unhealthy", "unhealthy;"},
        {"fail", "unhealthy;"},
        {"down", "unhealthy;"},
        {"error", "unhealthy;"},
        {" ok ", "healthy;"},
        {"ok, mostly", "healthy;"},
        {"okay", "-;"},
        {"pass-through", "-;"},
        {"", "-;"},
        {"not ok", "-;"},
        {"starting", "-;"},
        {"unhealthyandmuchlongerthananyfield", "-;"},
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        char body[128];
        snprintf(body, sizeof body, "{\"status\": \"%s\"}", words[i].word);
        assert_string_equal(reading(body), words[i].expected);
    }
}

static void test_checks(void **state)
{
    (void)state;
    static const struct {
        const char *body, *expected;
    } bodies[] = {
        {"{\"status\":\"healthy\",\"checks\":{\"redis\":\"healthy\",\"database\":\"unhealthy: timeout\"}}",
         "healthy; database=unhealthy redis=healthy"},
        {"{\"dependencies\":{\"engine\":true,\"disk\":false}}", "-; disk=unhealthy engine=healthy"},
        {"{\"checks\":{\"disk\":\"warning: 8.2% free\",\"odd\":\"purple\",\"n\":7,\"z\":null}}",
         "-; disk=degraded n=unknown odd=unknown z=unknown"},
        {"{\"status\":\"ok\",\"checks\":{\"db\":{\"status\":\"up\",\"ms\":3},\"x\":{\"ms\":3},\"y\":{"
         "\"status\":{}}}}",
         "healthy; db=healthy x=unknown y=unknown"},
        /* health+json: a list of measurements, the worst counts */
        {"{\"status\":\"pass\",\"checks\":{\"cpu\":[{\"status\":\"pass\"},{\"status\":\"warn\"}],\"none\":[]}"
         "}",
         "healthy; cpu=degraded none=unknown"},
        /* both objects, one name in both: the worse */
        {"{\"checks\":{\"db\":\"ok\",\"a\":\"fail\"},\"dependencies\":{\"db\":\"degraded\",\"a\":\"ok\"}}",
         "-; a=unhealthy db=degraded"},
        {"{\"checks\":[\"db\"],\"dependencies\":\"none\"}", "-;"},
        {"{\"checks\":{}}", "-;"},
        {"  \r\n\t{\"status\":\"ok\"}\n", "healthy;"},
        {"{\"status\":true,\"checks\":{\"a\\u0001b\":\"ok\",\"\":\"ok\"}}", "-; =healthy a b=healthy"},
    };
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++)
        assert_string_equal(reading(bodies[i].body), bodies[i].expected);
}

static void test_not_a_health_body(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "",
        " ",
        "ok",
        "\"healthy\"",
        "[{\"status\":\"ok\"}]",
        "<html>{\"status\":\"ok\"}</html>",
        "{",
        "{\"status\":\"ok\"",
        "{'status':'ok'}",
        "{\"status\":\"ok\"} trailing",
        "{\"status\":\"ok\"}{}",
        "{\"status\":\"\xff\xfe\"}",
        "{\"status\":[\"ok\"]}",
        "{\"status\":200}",
        "{\"health\":\"ok\"}",
        "null",
    };
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++)
        assert_string_equal(reading(bodies[i]), "-;");

    struct buf deep;
    buf_init(&deep, 65536);
    buf_text(&deep, "{\"status\":\"ok\",\"a\":");
    for (int i = 0; i < 20000; i++)
        buf_text(&deep, "[");
    assert_string_equal(reading(buf_string(&deep)), "-;");
    buf_free(&deep);
}

static void test_length_is_respected(void **state)
{
    (void)state;
    struct outcome outcome = {0};
    health_body_read("{\"status\":\"ok\"}garbage", strlen("{\"status\":\"ok\"}"), &outcome);
    assert_true(outcome.has_body_status);
    outcome = (struct outcome){0};
    static const char with_nul[] = "{\"status\":\0\"ok\"}";
    health_body_read(with_nul, sizeof with_nul - 1, &outcome);
    assert_false(outcome.has_body_status);
}

static void test_bounds(void **state)
{
    (void)state;
    /* The first in byte order stay, in whatever order they come. */
    struct buf body;
    buf_init(&body, LIMIT_HEALTH_BODY);
    buf_text(&body, "{\"checks\":{");
    for (int i = 99; i >= 0; i--)
        buf_format(&body, "\"check-%02d\":\"ok\"%s", i * 37 % 100, i ? "," : "");
    buf_text(&body, "}}");
    struct outcome outcome = {0};
    health_body_read(body.data, body.len, &outcome);
    assert_int_equal(outcome.check_count, LIMIT_HEALTH_CHECKS);
    for (size_t i = 0; i < outcome.check_count; i++) {
        char name[32];
        snprintf(name, sizeof name, "check-%02zu", i);
        assert_string_equal(outcome.check[i].name, name);
    }
    free(outcome.check);

    /* Names are cut to the field, and what is one name then is shown once. */
    buf_clear(&body);
    static const char long_name[] = "a-name-that-is-much-longer-than-the-field-that-holds-it";
    buf_format(&body, "{\"checks\":{\"%s-1\":\"ok\",\"%s-2\":\"fail\"}}", long_name, long_name);
    outcome = (struct outcome){0};
    health_body_read(body.data, body.len, &outcome);
    assert_int_equal(outcome.check_count, 1);
    assert_memory_equal(outcome.check[0].name, long_name, 40);
    assert_true(strlen(outcome.check[0].name) < sizeof outcome.check[0].name);
    assert_string_equal(outcome.check[0].word, "unhealthy");
    free(outcome.check);
    buf_free(&body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_status_words),
        cmocka_unit_test(test_checks),
        cmocka_unit_test(test_not_a_health_body),
        cmocka_unit_test(test_length_is_respected),
        cmocka_unit_test(test_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
