/* SPDX-License-Identifier: MIT */
/* test_exports.c: what people are told of the standing exits: list, own health, metrics. */
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/server_fixture.h"

/* One exit that works and one that does not, with names that want to be more than values. */
static void tell_two(void *user, exit_tell *tell, void *to)
{
    (void)user;
    tell(to, &(struct exit_report){.kind = "file",
                                   .target = "/etc/\"q\"\n\\x",
                                   .state = EXIT_FINE,
                                   .sentence = "",
                                   .since_wall_ms = sample_moment.wall_ms,
                                   .written_at_wall_ms = sample_moment.wall_ms,
                                   .writes = 3,
                                   .spared = 2,
                                   .bytes = 900,
                                   .services = 3,
                                   .endpoints = 4});
    tell(to, &(struct exit_report){.kind = "etcd",
                                   .target = "http://127.0.0.1:2379",
                                   .state = EXIT_FAILING,
                                   .sentence = "etcd does not answer",
                                   .since_wall_ms = sample_moment.wall_ms,
                                   .failures = 5});
}

static struct json_object *ask(struct served *served, const char *request)
{
    struct reply reply = served_ask(served, request, "");
    struct json_object *root = json_tokener_parse(reply.body);
    assert_int_equal(reply.status, 200);
    assert_non_null(root);
    reply_free(&reply);
    return root;
}

static const char *text_of(struct json_object *object, const char *key)
{
    return json_object_get_string(json_object_object_get(object, key));
}

static bool never(void *user)
{
    (void)user;
    return false;
}

static bool always(void *user)
{
    (void)user;
    return true;
}

/* Before the first checks an answer would tell programs that what serves is gone. */
static void test_nothing_is_told_before_it_is_known(void **state)
{
    static const char *const wholes[] = {"/export/traefik", "/export/json?tag=api", "/v1/catalog/services",
                                         "/v1/health/service/web?passing", "/v1/health/state/any"};
    struct served *served = *state;
    for (size_t i = 0; i < 2 * (sizeof wholes / sizeof *wholes); i++) {
        char request[128], after[256];
        snprintf(request, sizeof request, "GET %s", wholes[i / 2]);
        served->context.warm = i % 2 ? always : never;
        struct reply reply = served_ask(served, request, "");
        reply_header(&reply, "Retry-After", after);
        assert_int_equal(reply.status, i % 2 ? 200 : 503);
        assert_string_equal(after, i % 2 ? "" : "1");
        assert_int_equal(!strstr(reply.body, "has just begun"), i % 2);
        reply_free(&reply);
    }
    served->context.warm = never;
    json_object_put(ask(served, "GET /v1/agent/services")); /* what an application registered itself */
    json_object_put(ask(served, "GET /api/v1/status"));
}

static void test_each_is_listed_with_why_it_fails(void **state)
{
    struct served *served = *state;
    struct json_object *root = ask(served, "GET /api/v1/exports");
    assert_int_equal(json_object_get_int(json_object_object_get(root, "count")), 0);
    json_object_put(root);
    served->context.exits = tell_two;
    root = ask(served, "GET /api/v1/exports");
    struct json_object *list = json_object_object_get(root, "exports");
    struct json_object *file = json_object_array_get_idx(list, 0), *etcd = json_object_array_get_idx(list, 1);
    assert_int_equal(json_object_array_length(list), 2);
    assert_int_equal(json_object_get_int(json_object_object_get(root, "failing")), 1);
    assert_string_equal(text_of(file, "target"), "/etc/\"q\"\n\\x");
    assert_string_equal(text_of(file, "state"), "fine");
    assert_string_equal(text_of(file, "written_at"), "2026-11-21T10:30:00.123Z");
    assert_string_equal(text_of(file, "endpoints"), "4");
    assert_string_equal(text_of(etcd, "state"), "failing");
    assert_string_equal(text_of(etcd, "sentence"), "etcd does not answer");
    assert_null(json_object_object_get(etcd, "written_at"));
    json_object_put(root);
}

static void test_one_that_fails_is_said_in_our_own_health(void **state)
{
    struct served *served = *state;
    served->context.exits = tell_two;
    struct json_object *root = ask(served, "GET /health");
    assert_string_equal(text_of(json_object_object_get(root, "checks"), "exports"),
                        "warning: etcd http://127.0.0.1:2379: etcd does not answer");
    assert_string_equal(text_of(root, "status"), "degraded");
    json_object_put(root);
}

static void tell_many(void *user, exit_tell *tell, void *to)
{
    (void)user;
    for (unsigned i = 0; i < 12; i++)
        tell(to, &(struct exit_report){.kind = "file",
                                       .target = "/run/some/folder/services.conf",
                                       .state = EXIT_FAILING,
                                       .sentence = "its folder does not exist; the file is not written"});
}

/* None is cut in the middle of a word. */
static void test_many_that_fail_are_counted(void **state)
{
    struct served *served = *state;
    served->context.exits = tell_many;
    struct json_object *root = ask(served, "GET /health");
    const char *said = text_of(json_object_object_get(root, "checks"), "exports"), *last = strrchr(said, ';');
    assert_string_equal(last, "; 8 more fail");
    assert_memory_equal(last - strlen("is not written"), "is not written", strlen("is not written"));
    json_object_put(root);
}

static void test_metrics_have_a_sample_a_target(void **state)
{
    struct served *served = *state;
    served->context.exits = tell_two;
    struct reply reply = served_ask(served, "GET /metrics", "");
    assert_non_null(
        strstr(reply.body, "quaywatch_export_up{kind=\"file\",target=\"/etc/\\\"q\\\"\\n\\\\x\"} 1\n"));
    assert_non_null(
        strstr(reply.body, "quaywatch_export_up{kind=\"etcd\",target=\"http://127.0.0.1:2379\"} 0\n"));
    assert_non_null(strstr(
        reply.body, "quaywatch_export_failures_total{kind=\"etcd\",target=\"http://127.0.0.1:2379\"} 5\n"));
    reply_free(&reply);
}

static void test_a_prefix_of_the_settings_has_its_own_tag(void **state)
{
    struct served *served = *state;
    struct reply plain = served_ask(served, "GET /export/env", "");
    char tag[128], headers[160];
    assert_int_equal(sscanf(strstr(plain.head, "ETag: "), "ETag: %127s", tag), 1);
    snprintf(headers, sizeof headers, "If-None-Match: %s\r\n", tag);
    assert_int_equal(served_status(served, "GET /export/env", headers), 304);
    served->context.env_prefix = "MY_"; /* as after reading the settings again */
    assert_int_equal(served_status(served, "GET /export/env", headers), 200);
    reply_free(&plain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVED(test_each_is_listed_with_why_it_fails),
        SERVED(test_nothing_is_told_before_it_is_known),
        SERVED(test_one_that_fails_is_said_in_our_own_health),
        SERVED(test_many_that_fail_are_counted),
        SERVED(test_metrics_have_a_sample_a_target),
        SERVED(test_a_prefix_of_the_settings_has_its_own_tag),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
