/* SPDX-License-Identifier: MIT */
/* push: registrations, the agent's lists, and what the exit does when an agent refuses or makes no sense. */
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
#include "exporter/consul/enrol.h"
#include "exporter/consul/push.h"
#include "tests/support/exit_bench.h"
#include "tests/support/fake_http.h"
#include "tests/support/sample_registry.h"

/* ---- texts ---- */

static const char *body_of(struct arena *arena, const struct instance *instance)
{
    struct buf out;
    buf_init(&out, 1 << 20);
    consul_enrol_body("node-1", instance, 30000, 600000, &out);
    char *text = arena_copy(arena, buf_string(&out));
    buf_free(&out);
    return text;
}

static void bodies_are_what_consul_takes(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct registry *registry = sample_registry();
    struct spec *spec = sample_spec("name:-:many", "many", 80);
    char key[200], value[700];
    for (int i = 0; i < 80; i++) {
        snprintf(key, sizeof key, "key %d %0150d", i, i);
        snprintf(value, sizeof value, "%0600d", i);
        pairs_set(&spec->arena, &spec->metadata, key, value);
    }
    pairs_set(&spec->arena, &spec->metadata, "quaywatch-controller", "node-2");
    pairs_set(&spec->arena, &spec->metadata, "consul-x", "reserved");
    sample_add(registry, spec, sample_observed("abababababab", "many-1", "10.0.0.1", NULL), STATUS_HEALTHY);
    sample_settle(registry);
    const char *text = body_of(&arena, registry_service(registry, "many")->first);
    assert_non_null(
        strstr(text, "\"ID\":\"quaywatch-node-1-many-1\",\"Name\":\"many\",\"Address\":\"10.0.0.1\""));
    assert_non_null(strstr(text, "\"quaywatch-controller\":\"node-1\""));
    assert_null(strstr(text, "node-2"));
    assert_null(strstr(text, "consul-x"));
    assert_null(strstr(text, "key 1"));
    assert_non_null(strstr(text, "\"TTL\":\"30s\",\"DeregisterCriticalServiceAfter\":\"10m\""));
    assert_null(strstr(body_of(&arena, registry_service(registry, "web")->first), "secret"));
    registry_free(registry);
    arena_free(&arena);
}

struct heard {
    const char *body;
    int services, ours, same, passing;
};

static const char *on_find(void *user, const char *id)
{
    return strcmp(id, "quaywatch-node-1-web-1") == 0 ? ((struct heard *)user)->body : NULL;
}
static void on_service(void *user, const struct consul_enrolled *service)
{
    struct heard *heard = user;
    heard->services++;
    heard->ours += service->ours;
    heard->same += service->same;
}
static void on_check(void *user, const char *service, enum consul_status status)
{
    struct heard *heard = user;
    assert_string_equal(service, "a");
    heard->passing += status == CONSUL_PASSING;
}

static int read_services(struct heard *heard, const char *json)
{
    const char *body = heard->body;
    *heard = (struct heard){.body = body};
    return consul_enrolled_read(json, strlen(json), "node-1", on_find, on_service, heard);
}

static void lists_of_an_agent(void **state)
{
    (void)state;
    struct heard heard = {.body = "{\"Name\":\"web\",\"Address\":\"10.0.0.1\",\"Port\":80,\"Tags\":[],"
                                  "\"Meta\":{\"quaywatch-controller\":\"node-1\"},"
                                  "\"Weights\":{\"Passing\":1,\"Warning\":1},\"Check\":{}}"};
#define GIVEN(port, meta)                                                                                    \
    "{\"quaywatch-node-1-web-1\":{\"Service\":\"web\",\"Address\":\"10.0.0.1\",\"Port\":" port               \
    ",\"Tags\":null,\"Meta\":" meta ",\"Weights\":{\"Warning\":1,\"Passing\":1},\"Extra\":1},"               \
    "\"other\":{},\"third\":null}"
    assert_int_equal(read_services(&heard, GIVEN("80", "{\"quaywatch-controller\":\"node-1\"}")), 0);
    assert_int_equal(heard.services, 3);
    assert_int_equal(heard.ours, 1);
    assert_int_equal(heard.same, 1);
    assert_int_equal(read_services(&heard, GIVEN("81", "{\"quaywatch-controller\":\"node-1\"}")), 0);
    assert_int_equal(heard.ours, 1);
    assert_int_equal(heard.same, 0);
    assert_int_equal(read_services(&heard, GIVEN("80", "{\"quaywatch-controller\":\"node-2\"}")), 0);
    assert_int_equal(heard.ours, 0);
    assert_int_equal(read_services(&heard, "[]"), -EBADMSG);
    assert_int_equal(read_services(&heard, "<html>"), -EBADMSG);
    const char *checks = "{\"a\":{\"ServiceID\":\"a\",\"Status\":\"passing\"},"
                         "\"b\":{\"ServiceID\":\"a\",\"Status\":\"passing\"},"
                         "\"c\":{\"ServiceID\":\"c\",\"Status\":\"strange\"},\"d\":7}";
    assert_int_equal(consul_checks_read(checks, strlen(checks), on_check, &heard), 0);
    assert_int_equal(heard.passing, 1);
}

/* ---- an agent of our own, with faults on demand ---- */

enum fault { FAULT_NONE, FAULT_REFUSE_WEB, FAULT_NO_CHECKS, FAULT_HTML, FAULT_FOREIGN };

struct agent {
    struct exit_bench bench;
    struct fake fake;
    struct registry *registry;
    struct ref web, db;
    char url[64];
    enum fault fault;
    bool has_db;
    int requests, lists, enrols, statuses, removals;
};

static void on_request(struct fake_conn *conn, const char *request, void *user)
{
    struct agent *agent = user;
    agent->requests++;
    bool web = strstr(request, "node-1-web-1") != NULL;
    if (agent->fault == FAULT_HTML) {
        fake_answer(conn, "200 OK", "<html>");
    } else if (strncmp(request, "GET /v1/agent/services", 22) == 0) {
        agent->lists++;
        fake_answer(conn, "200 OK",
                    agent->fault == FAULT_FOREIGN ? "{\"quaywatch-node-1-web-1\":{\"Service\":\"web\"}}"
                                                  : "{}");
    } else if (strncmp(request, "GET /v1/agent/checks", 20) == 0) {
        fake_answer(conn, "200 OK", "{}");
    } else if (strstr(request, "/service/register")) {
        agent->enrols++;
        agent->has_db = agent->has_db || !web;
        if (web && agent->fault == FAULT_REFUSE_WEB)
            fake_answer(conn, "400 Bad Request", "Invalid\nservice name");
        else
            fake_answer(conn, "200 OK", "");
    } else if (strstr(request, "/check/update/")) {
        agent->statuses++;
        if (agent->fault == FAULT_NO_CHECKS)
            fake_answer(conn, "404 Not Found", "Unknown check ID");
        else
            fake_answer(conn, "200 OK", "");
    } else {
        agent->removals++;
        fake_answer(conn, "200 OK", "");
    }
}

static int setup(void **state)
{
    struct agent *agent = mem_new(sizeof *agent);
    agent->registry = sample_many(0);
    agent->web = sample_add(agent->registry, sample_spec("name:-:web", "web", 80),
                            sample_observed("aaaaaaaaaaaa", "web-1", "10.0.0.1", NULL), STATUS_HEALTHY);
    agent->db = sample_add(agent->registry, sample_spec("name:-:db", "db", 5432),
                           sample_observed("bbbbbbbbbbbb", "db-1", "10.0.0.2", NULL), STATUS_HEALTHY);
    sample_settle(agent->registry);
    exit_bench_open(&agent->bench, agent->registry);
    snprintf(agent->url, sizeof agent->url, "http://127.0.0.1:%d/",
             fake_listen_tcp(&agent->fake, &agent->bench.loop, on_request, agent));
    const struct consul_push_settings settings = {.url = agent->url,
                                                  .token = "",
                                                  .ca_file = "",
                                                  .node = "node-1",
                                                  .lock = "",
                                                  .ttl_ms = 30000,
                                                  .deregister_after_ms = 600000,
                                                  .retry_base_ms = 20,
                                                  .retry_max_ms = 100};
    consul_push_open(&settings, &agent->bench.around, &agent->bench.exit);
    *state = agent;
    return 0;
}

static int teardown(void **state)
{
    struct agent *agent = *state;
    fake_close(&agent->fake);
    exit_bench_close(&agent->bench);
    registry_free(agent->registry);
    free(agent);
    return 0;
}

static bool is_in_step(void *user)
{
    const struct agent *agent = user;
    return agent->bench.state == EXIT_FINE && agent->statuses >= 2;
}
static bool is_failing(void *user)
{
    return ((const struct agent *)user)->bench.state == EXIT_FAILING;
}
static bool never(void *user)
{
    (void)user;
    return false;
}

#define UNTIL(condition) assert_true(exit_bench_until(&agent->bench, condition, agent, 5000))

static void calm(struct agent *agent, int64_t ms)
{
    exit_bench_until(&agent->bench, never, NULL, ms);
}

static void only_what_changes_is_told(void **state)
{
    struct agent *agent = *state;
    UNTIL(is_in_step);
    calm(agent, 100);
    assert_int_equal(agent->enrols, 2);
    assert_int_equal(agent->statuses, 2);
    assert_int_equal(agent->lists, 1);
    sample_status(agent->registry, agent->web, STATUS_FAILED); /* runs still: critical, not removed */
    sample_settle(agent->registry);
    calm(agent, 100);
    assert_int_equal(agent->enrols, 2);
    assert_int_equal(agent->statuses, 3);
    registry_apply(agent->registry, &(struct change){.kind = CHANGE_GONE, .ref = agent->web}, sample_moment);
    sample_settle(agent->registry);
    calm(agent, 100);
    assert_int_equal(agent->removals, 1);
    assert_int_equal(agent->requests, 2 + 2 + 3 + 1);
}

static void one_that_is_refused_harms_no_other(void **state)
{
    struct agent *agent = *state;
    agent->fault = FAULT_REFUSE_WEB;
    UNTIL(is_failing);
    assert_string_equal(agent->bench.sentence,
                        "it does not take the service quaywatch-node-1-web-1 (400: Invalid service name)");
    calm(agent, 200);
    assert_true(agent->has_db);
    assert_int_equal(agent->enrols, 2); /* not again at once */
}

static void somebody_elses_service_is_left_alone(void **state)
{
    struct agent *agent = *state;
    agent->fault = FAULT_FOREIGN;
    UNTIL(is_failing);
    calm(agent, 100);
    assert_non_null(strstr(agent->bench.sentence, "quaywatch-node-1-web-1 is somebody else's"));
    assert_int_equal(agent->enrols, 1);
    registry_apply(agent->registry, &(struct change){.kind = CHANGE_GONE, .ref = agent->web}, sample_moment);
    sample_settle(agent->registry);
    calm(agent, 100);
    assert_int_equal(agent->removals, 0);
    assert_int_equal(agent->bench.state, EXIT_FINE);
}

static void an_agent_that_makes_no_sense_is_asked_seldom(void **state)
{
    struct agent *agent = *state;
    agent->fault = FAULT_HTML;
    UNTIL(is_failing);
    calm(agent, 400);
    assert_non_null(strstr(agent->bench.sentence, "is it a Consul agent?"));
    assert_in_range(agent->requests, 3, 10);
    agent->fault = FAULT_NO_CHECKS;
    agent->requests = 0;
    calm(agent, 400);
    assert_non_null(strstr(agent->bench.sentence, "it answered 404: Unknown check ID"));
    assert_in_range(agent->requests, 3, 20);
    agent->fault = FAULT_NONE;
    UNTIL(is_in_step);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bodies_are_what_consul_takes),
        cmocka_unit_test(lists_of_an_agent),
        TEST(only_what_changes_is_told),
        TEST(one_that_is_refused_harms_no_other),
        TEST(somebody_elses_service_is_left_alone),
        TEST(an_agent_that_makes_no_sense_is_asked_seldom),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
