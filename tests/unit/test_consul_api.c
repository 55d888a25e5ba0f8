/* SPDX-License-Identifier: MIT */
/* test_consul_api.c: Consul's questions over HTTP: headers, waiting, tokens, errors. */
#include "tests/support/server_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define FIRST "1795257000000002" /* the index of the sample's first revision */

static void assert_answer(struct served *served, const char *request, const char *headers, int status,
                          const char *type, const char *part)
{
    char value[256];
    struct reply reply = served_ask(served, request, headers);
    reply_header(&reply, "Content-Type", value);
    if (reply.status != status || strcmp(value, type) != 0 || !strstr(reply.body, part))
        fail_msg("%s: %d %s: %s", request, reply.status, value, reply.body);
    reply_free(&reply);
}

#define JSON "application/json"
#define TEXT "text/plain; charset=utf-8"

static void every_question_has_its_answer(void **state)
{
    struct served *served = *state;
    static const char *const cases[][2] = {
        {"/v1/catalog/services", "{\"cache\":[],\"db\":[],\"web\":[\"api\",\"b<i>\"]}\n"},
        {"/v1/catalog/service/db", "\"ServiceID\":\"bot-db-2\""},
        {"/v1/catalog/service/none", "[]\n"},
        {"/v1/catalog/service/db?filter=ServiceID==%22bot-db-3%22", "[]\n"},
        {"/v1/catalog/nodes", "[{\"ID\":\""},
        {"/v1/catalog/nodes?node-meta=a:b", "[]\n"},
        {"/v1/catalog/datacenters", "[\"dc1\"]\n"},
        {"/v1/catalog/node/node-1", "\"Services\":{\"bot-cache-1\":{"},
        {"/v1/catalog/node/other", "null\n"},
        {"/v1/health/service/db", "\"Status\":\"critical\""},
        {"/v1/health/service/web?tag=api&tag=b%3Ci%3E", "\"ID\":\"bot-web-1\""},
        {"/v1/health/service/web?tag=api&tag=none", "[]\n"},
        {"/v1/health/service/web?near=_agent&stale&cached&dc=dc1", "\"ID\":\"bot-web-1\""},
        {"/v1/health/checks/db", "[{\"Node\":\"node-1\",\"CheckID\":\"service:bot-db-1\""},
        {"/v1/health/state/any", "[{\"Node\":\"node-1\",\"CheckID\":\"serfHealth\""},
        {"/v1/health/state/critical", "[{\"Node\":\"node-1\",\"CheckID\":\"service:bot-db-2\""},
        {"/v1/health/state/warning", "[]\n"},
        {"/v1/health/node/node-1", "\"CheckID\":\"service:bot-cache-1\""},
        {"/v1/health/node/other", "[]\n"},
        {"/v1/agent/self", "\"NodeName\":\"node-1\""},
        {"/v1/agent/members", "[{\"Name\":\"node-1\""},
        {"/v1/agent/services", "{\"bot-cache-1\":{\"Kind\":\"\",\"ID\":\"bot-cache-1\""},
        {"/v1/agent/services?filter=Service==db", "{\"bot-db-1\":{"},
        {"/v1/agent/service/bot-db-2", "\"ContentHash\":"},
        {"/v1/agent/checks", "{\"service:bot-cache-1\":{"},
        {"/v1/agent/health/service/id/bot-db-1", "{\"AggregatedStatus\":\"passing\""},
        {"/v1/status/leader", "\"127.0.0.1:8300\"\n"},
        {"/v1/status/peers", "[\"127.0.0.1:8300\"]\n"},
        {"/v1/session/list", "[]\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *request = mem_format("GET %s", cases[i][0]);
        assert_answer(served, request, "", 200, JSON, cases[i][1]);
        free(request);
    }
}

static void only_what_passes_when_that_is_asked_for(void **state)
{
    struct served *served = *state;
    static const char *const with[] = {"?passing", "?passing=", "?passing=1", "?passing=true"};
    static const char *const without[] = {"", "?passing=false", "?passing=0"};
    for (size_t i = 0; i < sizeof with / sizeof *with; i++) {
        char *request = mem_format("GET /v1/health/service/db%s", with[i]);
        struct reply reply = served_ask(served, request, "");
        assert_non_null(strstr(reply.body, "bot-db-1"));
        assert_null(strstr(reply.body, "bot-db-2"));
        reply_free(&reply);
        free(request);
    }
    for (size_t i = 0; i < sizeof without / sizeof *without; i++) {
        char *request = mem_format("GET /v1/health/service/db%s", without[i]);
        assert_answer(served, request, "", 200, JSON, "bot-db-2");
        free(request);
    }
}

static void errors_are_plain_sentences(void **state)
{
    struct served *served = *state;
    static const struct {
        const char *request;
        int status;
        const char *text;
    } cases[] = {
        {"GET /v1/health/service/db?passing=perhaps", 400, "Invalid value for ?passing"},
        {"GET /v1/health/service/db?index=x", 400, "Invalid index"},
        {"GET /v1/health/service/db?index=-1", 400, "Invalid index"},
        {"GET /v1/health/service/db?wait=soon", 400, "Invalid wait time"},
        {"GET /v1/health/service/db?filter=Service.Prot==1", 400, "\"Service.Prot\" is not known here"},
        {"GET /v1/catalog/services?filter=a==b", 400, "not supported"},
        {"GET /v1/catalog/services?dc=dc2", 500, "No path to datacenter"},
        {"GET /v1/agent/service/none", 404, "unknown service ID: none"},
        {"GET /v1/agent/health/service/id/none", 404, "ServiceId none not found"},
        {"GET /v1/agent/health/service/name/none", 404, "ServiceName none Not Found"},
        {"GET /v1/agent/health/service/name/db?format=xml", 400, "json or text"},
        {"GET /v1/kv/config/application", 404, "no key/value store"},
        {"GET /v1/connect/ca/roots", 501, "\"/v1/connect/ca/roots\" is not among"},
        {"PUT /v1/session/create", 501, "is not among what it can do"},
        {"PUT /v1/event/fire/x", 501, "is not among what it can do"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_answer(served, cases[i].request, "", cases[i].status, TEXT, cases[i].text);
}

/* For load balancers that look at the status alone. */
static void health_is_also_a_status(void **state)
{
    struct served *served = *state;
    assert_answer(served, "GET /v1/agent/health/service/id/bot-db-2", "", 503, JSON,
                  "{\"AggregatedStatus\":\"critical\"");
    assert_answer(served, "GET /v1/agent/health/service/id/bot-db-2?format=text", "", 503, TEXT, "critical");
    assert_answer(served, "GET /v1/agent/health/service/name/db?format=text", "", 503, TEXT, "critical");
    assert_answer(served, "GET /v1/agent/health/service/name/web?format=text", "", 200, TEXT, "passing");
}

/* ---- waiting ---- */

static void turn(struct served *served, int times)
{
    for (int i = 0; i < times; i++)
        uv_run(&served->loop, UV_RUN_NOWAIT);
}

static void assert_index(const struct reply *reply, const char *expected)
{
    char value[256];
    reply_header(reply, "X-Consul-Index", value);
    assert_string_equal(value, expected);
    reply_header(reply, "X-Consul-KnownLeader", value);
    assert_string_equal(value, "true");
    reply_header(reply, "X-Consul-LastContact", value);
    assert_string_equal(value, "0");
}

static int wait_begin(struct served *served, const char *request)
{
    int fd = loop_connect(served->port);
    char *text = mem_format("%s HTTP/1.1\r\nHost: h\r\n\r\n", request), byte;
    loop_send(&served->loop, fd, text, strlen(text));
    turn(served, 20);
    if (recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) != -1)
        fail_msg("%s does not wait", request);
    free(text);
    return fd;
}

static bool is_waiting(struct served *served, int fd)
{
    char byte;
    turn(served, 20);
    return recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == -1;
}

static struct reply wait_end(struct served *served, int fd)
{
    struct reply reply = loop_reply(&served->loop, fd, false);
    close(fd);
    return reply;
}

static void change(struct served *served, const char *service, enum status status)
{
    sample_status(served->registry, registry_service(served->registry, service)->first->ref, status);
    sample_settle(served->registry);
    turn(served, 2);
}

static void who_waits_wakes_by_a_change_of_his_own(void **state)
{
    struct served *served = *state;
    struct reply reply = served_ask(served, "GET /v1/health/service/cache?passing=1", "");
    assert_index(&reply, FIRST);
    assert_non_null(strstr(reply.body, "bot-cache-1"));
    reply_free(&reply);

    int cache = wait_begin(served, "GET /v1/health/service/cache?passing=1&index=" FIRST "&wait=5m");
    int services = wait_begin(served, "GET /v1/catalog/services?index=" FIRST);
    int none = wait_begin(served, "GET /v1/health/service/none?index=" FIRST "&wait=60s");
    int any = wait_begin(served, "GET /v1/health/state/any?index=" FIRST);
    change(served, "web", STATUS_UNHEALTHY);
    assert_true(is_waiting(served, cache));
    assert_true(is_waiting(served, services));
    assert_true(is_waiting(served, none));
    reply = wait_end(served, any);
    assert_index(&reply, "1795257000000003");
    reply_free(&reply);

    /* What was asked for besides is still known then: only what passes. */
    change(served, "cache", STATUS_UNHEALTHY);
    reply = wait_end(served, cache);
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply.body, "[]\n");
    assert_index(&reply, "1795257000000004");
    reply_free(&reply);

    struct spec *spec = sample_spec("name:bot:none", "none", 80);
    sample_add(served->registry, spec, sample_observed("f0f0f0f0f0f0", "none-1", "172.20.0.9", NULL),
               STATUS_HEALTHY);
    sample_settle(served->registry);
    reply = wait_end(served, none);
    assert_non_null(strstr(reply.body, "none-1"));
    assert_index(&reply, "1795257000000005");
    reply_free(&reply);
    reply = wait_end(served, services);
    assert_non_null(strstr(reply.body, "\"none\":[]"));
    assert_index(&reply, "1795257000000005");
    reply_free(&reply);
}

static void other_indexes_are_answered_at_once(void **state)
{
    struct served *served = *state;
    static const char *const cases[] = {
        "GET /v1/health/service/cache?index=1&wait=5m",                 /* an old one, */
        "GET /v1/health/service/cache?index=99999999999999999&wait=5m", /* one that is yet to come, */
        "GET /v1/health/service/cache?index=0&wait=5m",                 /* none */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct reply reply = served_ask(served, cases[i], "");
        assert_int_equal(reply.status, 200);
        assert_index(&reply, FIRST);
        reply_free(&reply);
    }
}

static void patience_ends(void **state)
{
    struct served *served = *state;
    int fd = wait_begin(served, "GET /v1/health/service/cache?wait=150ms&index=" FIRST);
    struct reply reply = wait_end(served, fd);
    assert_int_equal(reply.status, 200);
    assert_index(&reply, FIRST);
    assert_non_null(strstr(reply.body, "bot-cache-1"));
    reply_free(&reply);
    /* Neither who goes away nor the end of the server does harm. */
    int gone = wait_begin(served, "GET /v1/catalog/services?index=" FIRST);
    close(gone);
    turn(served, 20);
    gone = wait_begin(served, "GET /v1/health/service/db?filter=Checks.Status==critical&index=" FIRST);
    served_reopen(served);
    close(gone);
}

/* ---- tokens ---- */

static void tokens_come_as_consul_sends_them(void **state)
{
    struct served *served = *state;
    served->options.read_token = "reader";
    served_reopen(served);
    assert_answer(served, "GET /v1/catalog/services", "", 403, TEXT, "Permission denied: Reading needs");
    assert_answer(served, "GET /v1/catalog/services", "X-Consul-Token: wrong\r\n", 403, TEXT, "Permission");
    assert_answer(served, "GET /v1/catalog/services", "X-Consul-Token: reader\r\n", 200, JSON, "cache");
    assert_answer(served, "GET /v1/catalog/services?token=reader", "", 200, JSON, "cache");
    assert_answer(served, "GET /v1/catalog/services", "X-Consul-Token: change-me\r\n", 200, JSON, "cache");
    assert_answer(served, "GET /v1/catalog/services", "Authorization: Bearer reader\r\n", 200, JSON, "cache");
    /* On our own routes they are none. */
    assert_int_equal(served_status(served, "GET /services?token=reader", ""), 401);
    assert_int_equal(served_status(served, "GET /services", "X-Consul-Token: reader\r\n"), 401);
    assert_int_equal(served_status(served, "GET /v1/api/status/services", "X-Consul-Token: reader\r\n"), 401);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVED(every_question_has_its_answer),
        SERVED(only_what_passes_when_that_is_asked_for),
        SERVED(errors_are_plain_sentences),
        SERVED(health_is_also_a_status),
        SERVED(who_waits_wakes_by_a_change_of_his_own),
        SERVED(other_indexes_are_answered_at_once),
        SERVED(patience_ends),
        SERVED(tokens_come_as_consul_sends_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
