/* SPDX-License-Identifier: MIT */
/* quaywatch registers at a Consul agent: a small one of our own, against which an independent client is held
 * first. */
#include "tests/support/http.h"
#include "tests/support/partner.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SETTINGS "QUAYWATCH_NODE_NAME=node-1 QUAYWATCH_CONSUL_TTL=3s QUAYWATCH_CONSUL_LOCK=quaywatch/leader "

struct partners {
    struct world *world;
    pid_t agent;
    int port;
    const char *token;
};

static int setup(void **state)
{
    if (partner_setup(state, sizeof(struct partners)) != 0)
        return -1;
    struct partners *partners = *state;
    partners->port = free_port();
    partners->token = "";
    return 0;
}

static int teardown(void **state)
{
    struct partners *partners = *state;
    partner_stop(partners->agent);
    return partner_teardown(state);
}

static void agent_start(struct partners *partners)
{
    partners->agent = partner_start(partners->world, "consul",
                                    "/usr/bin/python3 tests/partners/fake_consul.py %d %s", partners->port,
                                    partners->token);
    partner_wait(partners->world, "consul", "curl -sf 'http://127.0.0.1:%d/v1/agent/self?token=%s'",
                 partners->port, partners->token);
}

static void quaywatch_start(struct partners *partners, const char *settings)
{
    struct world *world = partners->world;
    daemon_start(world, arena_format(&world->arena, SETTINGS "QUAYWATCH_CONSUL=http://127.0.0.1:%d %s",
                                     partners->port, settings));
}

/* Waits until jq's answer about a path of the agent is this. */
static void consul_wait(struct partners *partners, const char *path, const char *filter, const char *expected)
{
    struct world *world = partners->world;
    const char *answer = "";
    for (int64_t end = clock_now_ms() + PATIENCE_MS; clock_now_ms() < end; clock_pause()) {
        char *output;
        shell_status(world, &output, "curl -s 'http://127.0.0.1:%d/v1/%s?token=%s' | jq -rc '%s'",
                     partners->port, path, partners->token, filter);
        answer = output;
        if (strcmp(answer, expected) == 0)
            return;
    }
    world_fail(world, "%s of %s is %s and not %s", filter, path, answer, expected);
}

static void consul_put(struct partners *partners, const char *path, const char *body)
{
    shell(partners->world, "curl -sf -X PUT 'http://127.0.0.1:%d/v1/%s' -d '%s'", partners->port, path, body);
}

static void exports_wait(struct partners *partners, const char *field, const char *expected)
{
    struct world *world = partners->world;
    http_wait(world, "/api/v1/exports", arena_format(&world->arena, "exports[kind=consul].%s", field),
              expected);
}

#define WEB "quaywatch-node-1-web"
#define STATUSES "[.[] | .ServiceID + \" \" + .Status] | sort | join(\",\")"

static void the_agent_is_one(void **state)
{
    struct partners *partners = *state;
    agent_start(partners);
    char *said = shell(partners->world, "/usr/bin/python3 tests/partners/consul_clients.py %d 2>&1",
                       partners->port);
    assert_string_equal(said, "ok");
}

static void what_serves_is_registered(void **state)
{
    struct partners *partners = *state;
    struct world *world = partners->world;
    agent_start(partners);
    consul_put(partners, "agent/service/register", "{\"Name\": \"web\", \"ID\": \"theirs\", \"Port\": 1}");
    quaywatch_start(partners, "");
    container_run(world, "web",
                  CHECKED LABEL("service.tags=b,a") LABEL("service.version=1.2") LABEL("service.weight=5")
                      LABEL("service.meta.team.x=blue") LABEL("service.restart=no"),
                  "");
    consul_wait(partners, "agent/checks", STATUSES, WEB " passing");
    consul_wait(partners, "agent/services", ".\"" WEB "\" | [.Service, .Port, .Tags, .Weights.Passing]",
                "[\"web\",8080,[\"a\",\"b\"],5]");
    consul_wait(partners, "agent/services",
                ".\"" WEB "\".Meta | [.\"quaywatch-controller\", .version, .team_x, .protocol]",
                "[\"node-1\",\"1.2\",\"blue\",\"http\"]");
    consul_wait(partners, "agent/services", ".\"" WEB "\".Address",
                service_field(world, "web", "instances[0].address"));
    exports_wait(partners, "state", "fine");
    exports_wait(partners, "endpoints", "1");
    /* Its check is renewed for longer than its TTL. */
    for (int64_t end = clock_now_ms() + 4500; clock_now_ms() < end; clock_pause())
        consul_wait(partners, "health/service/web", "[.[].Checks[].Status] | unique | join(\",\")",
                    "passing");
    shell(world, "docker exec web sick 503");
    consul_wait(partners, "agent/checks", STATUSES, WEB " critical");
    shell(world, "docker exec web well");
    consul_wait(partners, "agent/checks", STATUSES, WEB " passing");
    consul_wait(partners, "kv/quaywatch/leader",
                ".[0] | (.Value | @base64d) + \" \" + (.Session != null | tostring)",
                "{\"controller\":\"node-1\"} true");
    consul_wait(partners, "session/list", ".[0].Name", "quaywatch node-1");
    shell(world, "docker rm -f web");
    consul_wait(partners, "agent/services", "keys | join(\",\")", "theirs");
    consul_wait(partners, "agent/checks", "length", "0");
}

static void what_the_agent_loses_comes_back(void **state)
{
    struct partners *partners = *state;
    struct world *world = partners->world;
    quaywatch_start(partners, ""); /* before there is an agent */
    container_run(world, "web", CHECKED, "");
    exports_wait(partners, "sentence", "~the connection was refused");
    agent_start(partners);
    consul_wait(partners, "agent/checks", STATUSES, WEB " passing");
    exports_wait(partners, "state", "fine");
    partner_stop(partners->agent); /* it keeps nothing */
    agent_start(partners);
    consul_wait(partners, "agent/checks", STATUSES, WEB " passing");
    consul_put(partners, "agent/service/deregister/" WEB, "");
    consul_wait(partners, "agent/checks", STATUSES, WEB " passing");
    kill(partners->agent, SIGSTOP);
    exports_wait(partners, "sentence", "~no answer in time");
    container_run(world, "api", CHECKED, "");
    kill(partners->agent, SIGCONT);
    consul_wait(partners, "agent/checks", STATUSES, "quaywatch-node-1-api passing," WEB " passing");
    exports_wait(partners, "state", "fine");
    /* A restart of quaywatch is none for Consul; what went meanwhile is removed after the first checks. */
    shell(world, "docker rm -f api");
    daemon_kill(world);
    quaywatch_start(partners, "");
    consul_wait(partners, "agent/checks", STATUSES, WEB " passing");
    exports_wait(partners, "state", "fine");
    daemon_kill(world);
    consul_wait(partners, "agent/checks", STATUSES, WEB " critical");
}

static void tokens(void **state)
{
    struct partners *partners = *state;
    struct world *world = partners->world;
    partners->token = "right";
    agent_start(partners);
    container_run(world, "web", CHECKED, "");
    quaywatch_start(partners, "QUAYWATCH_CONSUL_TOKEN=wrong-token");
    exports_wait(partners, "sentence", "~CONSUL_TOKEN may not do what is needed here (403");
    daemon_stop(world);
    quaywatch_start(partners, "QUAYWATCH_CONSUL_TOKEN=right");
    consul_wait(partners, "agent/checks", STATUSES, WEB " passing");
    exports_wait(partners, "state", "fine");
    shell(world, "! grep -e wrong-token %s/daemon.log", world->folder);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_agent_is_one),
        TEST(what_serves_is_registered),
        TEST(what_the_agent_loses_comes_back),
        TEST(tokens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
