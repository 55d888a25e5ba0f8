/* SPDX-License-Identifier: MIT */
/* test_consul_registration.c: what applications send to a Consul agent, as a registration of ours. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "controller/core/error.h"
#include "controller/external/registration.h"
#include "exporter/consul/registration.h"

static json_object *body_of(const char *text)
{
    struct error err = {0};
    json_object *body = consul_body(text, strlen(text), &err);
    if (!body)
        fail_msg("%s: %s", text, err.text);
    return body;
}

static json_object *translated(const char *text)
{
    struct error err = {0};
    json_object *body = body_of(text), *ours = consul_service_read(body, "10.9.9.9", &err);
    if (!ours)
        fail_msg("%s: %s", text, err.text);
    json_object_put(body);
    return ours;
}

static const char *text(json_object *object)
{
    return json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
}

/* And what comes of it is one that we take. */
static struct registration *registered(json_object *ours)
{
    struct registration *registration = NULL;
    struct error err = {0};
    if (registration_read(ours, &registration, &err))
        fail_msg("%s: %s", text(ours), err.text);
    return registration;
}

static void assert_translated(const char *body, const char *expected)
{
    json_object *ours = translated(body);
    assert_string_equal(text(ours), expected);
    registration_free(registered(ours));
    json_object_put(ours);
}

#define NONE "\"healthCheck\":{\"strategy\":\"none\"}"

static void services_become_ours(void **state)
{
    (void)state;
    assert_translated("{\"Name\": \"web\"}",
                      "{\"metadata\":{},\"id\":\"web\",\"name\":\"web\",\"weight\":1," NONE
                      ",\"host\":\"10.9.9.9\",\"checks\":[{\"id\":\"registered\",\"name\":\"Registered\","
                      "\"status\":\"healthy\"}]}");
    /* As Consul's documentation has it. */
    assert_translated(
        "{\"ID\": \"redis1\", \"Name\": \"redis\", \"Tags\": [\"primary\", \"v1\"], \"Address\": "
        "\"127.0.0.1\","
        "\"Port\": 8000, \"Meta\": {\"redis_version\": \"4.0\"}, \"EnableTagOverride\": false,"
        "\"Check\": {\"DeregisterCriticalServiceAfter\": \"90m\", \"HTTP\": \"http://localhost:5000/health\","
        "\"Interval\": \"10s\", \"Timeout\": \"5s\"}, \"Weights\": {\"Passing\": 10, \"Warning\": 1}}",
        "{\"port\":8000,\"metadata\":{\"redis_version\":\"4.0\"},\"id\":\"redis1\",\"name\":\"redis\","
        "\"tags\":[\"primary\",\"v1\"],\"protocol\":\"http\",\"weight\":10,\"healthCheck\":{\"strategy\":"
        "\"http\",\"port\":5000,\"interval\":\"10s\",\"timeout\":\"5s\",\"retries\":1,\"successes\":1},"
        "\"host\":\"127.0.0.1\",\"checks\":[{\"id\":\"service:redis1\",\"name\":\"Service 'redis' check\","
        "\"probe\":true}],\"healthEndpoint\":\"/health\",\"removeAfter\":\"90m\"}");
    /* As the older clients write it, nulls and all. */
    assert_translated(
        "{\"name\": \"job\", \"id\": \"job/1:a\", \"address\": \"\", \"port\": 0, \"tags\": null, \"meta\": "
        "null,"
        "\"check\": null, \"checks\": [{\"ttl\": \"10s\", \"notes\": \"n\", \"status\": \"passing\"},"
        "{\"check_id\": \"mine\", \"name\": \"Mine\", \"ttl\": 5000000000, \"script\": null, \"header\": {},"
        "\"deregister_critical_service_after\": \"1s\"}]}",
        "{\"metadata\":{},\"id\":\"job_1_a-9053c387652ee0af\",\"ownerId\":\"job/1:a\",\"name\":\"job\","
        "\"weight\":1," NONE ",\"host\":\"10.9.9.9\",\"checks\":[{\"id\":\"service:job/1:a:1\",\"name\":"
        "\"Service 'job' check\",\"notes\":\"n\",\"ttl\":\"10s\",\"status\":\"healthy\"},{\"id\":\"mine\","
        "\"name\":\"Mine\",\"ttl\":\"5s\"}],\"removeAfter\":\"1m\"}");
    /* TLS as it is checked: https is verified, unless it says no. */
    assert_translated(
        "{\"Name\":\"s\",\"Port\":443,\"Check\":{\"HTTP\":\"https://s.example/x?y=1\",\"Interval\":"
        "\"1m\",\"Method\":\"GET\",\"SuccessBeforePassing\":3,\"FailuresBeforeCritical\":2}}",
        "{\"port\":443,\"metadata\":{},\"id\":\"s\",\"name\":\"s\",\"protocol\":\"https\",\"weight\":1,"
        "\"healthCheck\":{\"strategy\":\"http\",\"interval\":\"1m\",\"retries\":2,\"successes\":3,"
        "\"tlsVerify\":true},\"host\":\"s.example\",\"checks\":[{\"id\":\"service:s\",\"name\":"
        "\"Service 's' check\",\"probe\":true}],\"healthEndpoint\":\"/x?y=1\"}");
    assert_translated(
        "{\"Name\":\"t\",\"Port\":6379,\"Address\":\"fd00::7\",\"Check\":{\"TCP\":\"[fd00::7]:6380\","
        "\"Interval\":\"5s\"},\"Meta\":{\"protocol\":\"tcp\",\"version\":\"7\"}}",
        "{\"port\":6379,\"metadata\":{\"protocol\":\"tcp\",\"version\":\"7\"},\"version\":\"7\","
        "\"id\":\"t\",\"name\":\"t\",\"protocol\":\"tcp\",\"weight\":1,\"healthCheck\":{\"strategy\":"
        "\"tcp\",\"port\":6380,\"interval\":\"5s\",\"retries\":1,\"successes\":1},\"host\":"
        "\"fd00::7\",\"checks\":[{\"id\":\"service:t\",\"name\":\"Service 't' check\",\"probe\":true}]"
        "}");
}

static void what_cannot_be_done_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *body, *said;
    } cases[] = {
        {"{}", "Missing service name"},
        {"{\"Name\":\"a b\"}", "Invalid service name \"a b\""},
        {"{\"Name\":\"a\",\"Prot\":1}", "field \"Prot\" is not known"},
        {"{\"Name\":\"a\",\"Port\":70000}", "Port is a whole number"},
        {"{\"Name\":\"a\",\"Port\":\"80\"}", "Port is a whole number"},
        {"{\"Name\":\"a\",\"Meta\":[1]}", "Meta is an object"},
        {"{\"Name\":\"a\",\"Checks\":{}}", "Checks is a list"},
        {"{\"Name\":\"a\",\"Check\":1}", "A check is an object"},
        {"{\"Name\":\"a\",\"Check\":{\"TTl\":\"soon\"}}", "\"ttl\" is \"soon\""},
        {"{\"Name\":\"a\",\"Check\":{\"TTL\":\"1ms\"}}", "at least 1s"},
        {"{\"Name\":\"a\",\"Check\":{\"HTTP\":\"ftp://x/\",\"Interval\":\"1s\"}}", "is a URL such as"},
        {"{\"Name\":\"a\",\"Check\":{\"HTTP\":\"http://u:p@x/\",\"Interval\":\"1s\"}}", "is a URL such as"},
        {"{\"Name\":\"a\",\"Check\":{\"HTTP\":\"http://x/\"}}", "needs its Interval"},
        {"{\"Name\":\"a\",\"Check\":{\"TCP\":\"x:y\",\"Interval\":\"1s\"}}", "TCP is host:port"},
        {"{\"Name\":\"a\",\"Check\":{\"HTTP\":\"http://x\",\"TTL\":\"5s\",\"Interval\":\"1s\"}}", "not both"},
        {"{\"Name\":\"a\",\"Check\":{\"Args\":[\"sh\"],\"Interval\":\"1s\"}}", "\"args\" is not supported"},
        {"{\"Name\":\"a\",\"Check\":{\"HTTP\":\"http://x\",\"Header\":{\"a\":[\"b\"]},\"Interval\":\"1s\"}}",
         "\"header\" is not supported"},
        {"{\"Name\":\"a\",\"Check\":{\"HTTP\":\"http://x\",\"Method\":\"POST\",\"Interval\":\"1s\"}}",
         "the method POST is not supported"},
        {"{\"Name\":\"a\",\"Check\":{\"TTL\":\"5s\",\"Status\":\"fine\"}}", "passing, warning or critical"},
        {"{\"Name\":\"a\",\"Checks\":[{\"TCP\":\"x:1\",\"Interval\":\"1s\"},{\"TCP\":\"x:2\",\"Interval\":"
         "\"1s\"}]}",
         "makes one HTTP, TCP or gRPC check"},
        {"{\"Name\":\"a\",\"Kind\":\"connect-proxy\"}", "service mesh"},
        {"{\"Name\":\"a\",\"Connect\":{\"SidecarService\":{}}}", "service mesh"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct error err = {0};
        json_object *body = body_of(cases[i].body);
        assert_null(consul_service_read(body, "10.9.9.9", &err));
        if (!strstr(err.text, cases[i].said))
            fail_msg("%s: %s", cases[i].body, err.text);
        json_object_put(body);
    }
    struct error err = {0};
    json_object *body = body_of("{\"Name\":\"a\",\"Port\":1}");
    assert_null(consul_service_read(body, "", &err));
    assert_non_null(strstr(err.text, "needs an Address"));
    json_object_put(body);
    static const char *const none[] = {"", "[]", "1", "{\"a\":1} x", "{\"a\":}", "null"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        struct error why = {0};
        assert_null(consul_body(none[i], strlen(none[i]), &why));
        assert_non_null(strstr(why.text, "Request decode error"));
    }
}

static void checks_come_stay_and_go(void **state)
{
    (void)state;
    struct error err = {0};
    json_object *ours = translated("{\"Name\":\"a\",\"Port\":1,\"Check\":{\"TTL\":\"5s\"}}");
    json_object *check = body_of(
        "{\"Name\":\"web\",\"ServiceID\":\"a\",\"HTTP\":\"http://a:1/ok\",\"Interval\":"
        "\"2s\",\"DeregisterCriticalServiceAfter\":\"5m\"}");
    assert_int_equal(consul_check_add(ours, check, &err), 0);
    json_object_put(check);
    struct registration *r = registered(ours);
    assert_int_equal(r->named_count, 2);
    assert_int_equal(r->check, CHECK_HTTP);
    assert_string_equal(r->endpoint, "/ok");
    assert_true(r->named[1].probed && r->remove_after_ms == 300000);
    registration_free(r);

    /* A new registration that names none of them keeps them; one that names one replaces that. */
    json_object *again = translated("{\"Name\":\"a\",\"Port\":1,\"Check\":{\"TTL\":\"9s\"}}");
    consul_checks_keep(again, ours);
    r = registered(again);
    assert_int_equal(r->named_count, 2);
    assert_int_equal(r->named[0].ttl_ms, 9000);
    assert_int_equal(r->check, CHECK_HTTP);
    assert_string_equal(r->endpoint, "/ok");
    assert_int_equal(r->remove_after_ms, 300000);
    registration_free(r);

    assert_false(consul_check_remove(again, "nothing"));
    assert_true(consul_check_remove(again, "web"));
    r = registered(again);
    assert_int_equal(r->named_count, 1);
    assert_int_equal(r->check, CHECK_NONE);
    registration_free(r);
    json_object_put(again);
    json_object_put(ours);

    json_object *bad = body_of("{\"Name\":\"web\"}");
    ours = translated("{\"Name\":\"a\",\"Port\":1}");
    assert_true(consul_check_add(ours, bad, &err) != 0);
    json_object_put(bad);
    bad = body_of("{\"TTL\":\"5s\"}");
    assert_true(consul_check_add(ours, bad, &err) != 0);
    assert_string_equal(err.text, "Missing check name");
    json_object_put(bad);
    json_object *entry = body_of(
        "{\"Check\":{\"CheckID\":\"c\",\"Name\":\"C\",\"Status\":\"passing\",\"ServiceID\":"
        "\"a\"},\"Checks\":[{\"Name\":\"d\"}]}");
    assert_int_equal(consul_catalog_checks_add(ours, entry, &err), 0);
    r = registered(ours);
    assert_int_equal(r->named_count, 2);
    assert_int_equal(r->named[0].status, STATUS_UNHEALTHY);
    assert_int_equal(r->named[1].status, STATUS_HEALTHY);
    registration_free(r);
    json_object_put(entry);
    json_object_put(ours);
}

static void ids_are_told_apart(void **state)
{
    (void)state;
    char one[CONSUL_OWN_ID], other[CONSUL_OWN_ID];
    consul_own_id("web-1", one);
    assert_string_equal(one, "web-1");
    consul_own_id("web/1", one);
    consul_own_id("web:1", other);
    assert_string_not_equal(one, other);
    assert_int_equal(strncmp(one, "web_1-", 6), 0);
    char long_id[300];
    memset(long_id, 'x', sizeof long_id - 1);
    long_id[sizeof long_id - 1] = '\0';
    consul_own_id(long_id, one);
    assert_int_equal(strlen(one), 63);
    consul_own_id("", one);
    assert_true(strlen(one) > 0);
    consul_own_id("..", one);
    assert_int_equal(strncmp(one, "__-", 3), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(services_become_ours),
        cmocka_unit_test(what_cannot_be_done_is_refused),
        cmocka_unit_test(checks_come_stay_and_go),
        cmocka_unit_test(ids_are_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
