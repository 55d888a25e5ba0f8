/* SPDX-License-Identifier: MIT */
/* test_server_resolve.c: what a caller is told to use, and what to try after it. */
#include "tests/support/server_fixture.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

/* The answer to GET /services/<rest>; put by the caller. */
static json_object *resolved(struct served *fixture, const char *rest)
{
    char *request = mem_format("GET /services/%s", rest);
    struct reply reply = served_ask(fixture, request, "");
    if (reply.status != 200)
        fail_msg("%s: %d %s", request, reply.status, reply.body);
    json_object *root = json_tokener_parse(reply.body);
    assert_non_null(root);
    reply_free(&reply);
    free(request);
    return root;
}

static void chain_is(struct served *fixture, const char *rest, const char *url, const char *chain)
{
    json_object *root = resolved(fixture, rest);
    const char *text = json_object_to_json_string_ext(json_object_object_get(root, "fallback_chain"),
                                                      JSON_C_TO_STRING_PLAIN |
                                                          JSON_C_TO_STRING_NOSLASHESCAPE);
    if (strcmp(json_object_get_string(json_object_object_get(root, "url")), url) != 0)
        fail_msg("%s: %s", rest, json_object_to_json_string(root));
    if (strcmp(text, chain) != 0)
        fail_msg("%s: %s", rest, text);
    json_object_put(root);
}

/* Two instances that serve, the second with a tag. */
static void make_two(struct served *fixture)
{
    const struct service *db = registry_service(fixture->registry, "db");
    struct instance *second = db->first->next;
    strings_add(&second->spec->arena, &second->spec->tags, "gold");
    sample_status(fixture->registry, second->ref, STATUS_HEALTHY);
    sample_settle(fixture->registry);
}

static void test_chain_of_one(void **state)
{
    struct served *fixture = *state;
    chain_is(fixture, "web/resolve", "http://web:5000",
             "[\"http://web:5000\",\"http://172.20.0.2:5000\",\"https://other:8443/api\"]");
    chain_is(fixture, "web/resolve?order=address-first", "http://172.20.0.2:5000",
             "[\"http://172.20.0.2:5000\",\"http://web:5000\",\"https://other:8443/api\"]");
    /* IPv6, and a name that is the container's own. */
    chain_is(fixture, "cache/resolve?order=address-first", "tcp://[fd00::5]:6379",
             "[\"tcp://[fd00::5]:6379\",\"tcp://bot-cache-1:6379\"]");
}

static void test_chain_of_several(void **state)
{
    struct served *fixture = *state;
    make_two(fixture);
    /* The address of whom was picked, since the name means both; then the name, then the others that serve.
     */
    chain_is(fixture, "db/resolve?strategy=round_robin", "tcp://172.20.0.3:5432",
             "[\"tcp://172.20.0.3:5432\",\"tcp://db:5432\",\"tcp://172.20.0.4:5432\"]");
    chain_is(fixture, "db/resolve?strategy=round-robin", "tcp://172.20.0.4:5432",
             "[\"tcp://172.20.0.4:5432\",\"tcp://db:5432\",\"tcp://172.20.0.3:5432\"]");
    chain_is(fixture, "db/resolve?order=dns-first&strategy=round_robin", "tcp://db:5432",
             "[\"tcp://db:5432\",\"tcp://172.20.0.3:5432\",\"tcp://172.20.0.4:5432\"]");
    /* Only who has the tag, also in the chain. */
    chain_is(fixture, "db/resolve?tag=gold", "tcp://172.20.0.4:5432",
             "[\"tcp://172.20.0.4:5432\",\"tcp://db:5432\"]");
    struct reply reply = served_ask(fixture, "GET /services/db/resolve?tag=silver", "");
    assert_int_equal(reply.status, 503);
    assert_non_null(
        strstr(reply.body, "No instance of \\\"db\\\" with the tag \\\"silver\\\" serves at present"));
    reply_free(&reply);
}

static void test_who_does_not_serve_is_not_in_it(void **state)
{
    struct served *fixture = *state;
    make_two(fixture);
    const struct instance *first = registry_service(fixture->registry, "db")->first;
    const struct breaker_view open = {.state = BREAKER_OPEN};
    registry_apply(fixture->registry,
                   &(struct change){.kind = CHANGE_BREAKER, .ref = first->ref, .breaker = &open},
                   sample_moment);
    sample_settle(fixture->registry);
    static const char *const strategies[] = {"health_based", "round_robin", "least_connections",
                                             "weighted_round_robin", "random"};
    for (size_t i = 0; i < sizeof strategies / sizeof *strategies; i++) {
        char *rest = mem_format("db/resolve?strategy=%s", strategies[i]);
        json_object *root = resolved(fixture, rest);
        assert_string_equal(json_object_get_string(json_object_object_get(root, "strategy")), strategies[i]);
        json_object_put(root);
        chain_is(fixture, rest, "tcp://172.20.0.4:5432", "[\"tcp://172.20.0.4:5432\",\"tcp://db:5432\"]");
        free(rest);
    }
    sample_status(fixture->registry, first->next->ref, STATUS_UNHEALTHY);
    sample_status(fixture->registry, first->ref, STATUS_UNHEALTHY);
    sample_settle(fixture->registry);
    struct reply reply = served_ask(fixture, "GET /services/db/resolve", "");
    assert_int_equal(reply.status, 503);
    assert_non_null(strstr(reply.body, "its status is unhealthy"));
    reply_free(&reply);
}

/* Registered by a host name: its name first, and never a container's. */
static void test_outside_docker(void **state)
{
    struct served *fixture = *state;
    struct spec *spec = sample_spec("external:nas", "nas", 443);
    spec->external = true;
    spec->external_host = "nas.lan";
    spec->protocol = PROTOCOL_HTTPS;
    struct observed *observed = sample_observed("eeeeeeeeeeee", "nas-1", "192.168.1.9", NULL);
    observed->network_count = 0;
    sample_add(fixture->registry, spec, observed, STATUS_HEALTHY);
    spec = sample_spec("external:box", "box", 80);
    spec->external = true;
    observed = sample_observed("ffffffffffff", "box-1", "192.168.1.8", NULL);
    observed->network_count = 0;
    sample_add(fixture->registry, spec, observed, STATUS_HEALTHY);
    sample_settle(fixture->registry);
    chain_is(fixture, "nas/resolve", "https://nas.lan:443",
             "[\"https://nas.lan:443\",\"https://192.168.1.9:443\"]");
    chain_is(fixture, "box/resolve", "http://192.168.1.8:80", "[\"http://192.168.1.8:80\"]");
    /* Who registered it knows it by its id. */
    chain_is(fixture, "box-1/resolve", "http://192.168.1.8:80", "[\"http://192.168.1.8:80\"]");
    assert_int_equal(served_status(fixture, "GET /services/bot-web-1/nothing", ""), 404);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVED(test_chain_of_one),
        SERVED(test_chain_of_several),
        SERVED(test_who_does_not_serve_is_not_in_it),
        SERVED(test_outside_docker),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
