/* SPDX-License-Identifier: MIT */
/* Independent clients of Consul work with quaywatch as if it were one: python3-consul2 registers and looks,
 * the consul package of npm waits, what Traefik's consulCatalog provider asks is answered, and the answers
 * have the shape of HashiCorp's own double. (tests/partners/consul; npm's are put there by install.sh.) */
#include "tests/support/http.h"
#include "tests/support/partner.h"

#include <stdio.h>
#include <string.h>

#define TOKEN "correct-horse-battery"
#define SETTINGS "QUAYWATCH_AUTH_TOKEN=" TOKEN " "
#define CLIENTS "build/consul"
#define RULE "traefik.http.routers.web.rule"

static const char *const consul_token[] = {"X-Consul-Token: " TOKEN, NULL};

static void assert_clients(struct world *world)
{
    char *output;
    if (shell_status(world, &output, "test -d " CLIENTS "/node_modules/consul") != 0)
        world_fail(world, "npm's clients are not there: run tests/partners/consul/install.sh");
}

/* A container of the service web that serves and can be made sick, and is not restarted for it. */
static char *web_run(struct world *world, const char *name)
{
    container_run(world, name,
                  CHECKED LABEL("service.name=web") LABEL("service.restart=no") LABEL("traefik.enable=true")
                      LABEL("'" RULE "=Host(`web.example`)'")
                          LABEL("traefik.http.middlewares.a.basicauth.users=me:hash"),
                  "");
    return container_address(world, name);
}

static void last_line_wait(struct world *world, const char *name, const char *line)
{
    partner_wait(world, name, "tail -n 1 %s/%s.log | grep -Fx -e '%s'", world->folder, name, line);
}

/* The package's watch sees every change, and nothing else wakes it. */
static void who_watches_sees_what_passes(void **state)
{
    struct world *world = *state;
    assert_clients(world);
    web_run(world, "web-1");
    daemon_start(world, SETTINGS);
    service_wait(world, "web", "status", "healthy");
    pid_t watch = partner_start(world, "watch", "node " CLIENTS "/watch.mjs %d web", world->port);
    last_line_wait(world, "watch", "passing: web-1");
    web_run(world, "web-2");
    last_line_wait(world, "watch", "passing: web-1 web-2");
    /* Another service's changes are none of this watch. */
    container_run(world, "other", CHECKED, "");
    service_wait(world, "other", "status", "healthy");
    shell(world, "docker exec web-2 sick 503");
    last_line_wait(world, "watch", "passing: web-1");
    shell(world, "docker exec web-2 well");
    last_line_wait(world, "watch", "passing: web-1 web-2");
    shell(world, "docker rm -f web-1");
    last_line_wait(world, "watch", "passing: web-2");
    assert_null(strstr(file_text(world, "watch.log"), "error"));

    /* A new life of quaywatch has other indexes: the client notices and goes on. */
    daemon_stop(world);
    daemon_start(world, SETTINGS);
    shell(world, "docker exec web-2 sick 503");
    last_line_wait(world, "watch", "passing: none");
    partner_stop(watch);
}

/* An application without any change. */
static void applications_register_themselves(void **state)
{
    struct world *world = *state;
    shell(world, "docker run -d --name job " IMAGE " httpd -f -p 8080 -h /www");
    char *address = container_address(world, "job");
    daemon_start(world, SETTINGS);
    char *output;
    if (shell_status(world, &output, "/usr/bin/python3 tests/partners/consul/register.py %d " TOKEN " %s",
                     world->port, address) != 0)
        world_fail(world, "%s", output);
    assert_null(strstr(daemon_log(world), TOKEN));
}

/* What is registered so is a service like any other: checked, exported, kept over a crash, removed in time.
 */
static void they_are_services_like_any_other(void **state)
{
    struct world *world = *state;
    shell(world, "docker run -d --name job " IMAGE " httpd -f -p 8080 -h /www");
    char *address = container_address(world, "job");
    /* (Its breaker opens while it is sick, or slow to start.) */
    char *settings = arena_format(
        &world->arena, SETTINGS "QUAYWATCH_EXTERNAL_NETWORKS=%s CIRCUIT_BREAKER_RECOVERY_TIMEOUT=1s",
        address);
    daemon_start(world, settings);
    const char *body = arena_format(
        &world->arena,
        "{\"name\": \"job\", \"id\": \"a:1\", \"address\": \"%s\", \"port\": 8080, \"checks\": ["
        "{\"http\": \"http://localhost:8080/cgi-bin/health\", \"interval\": \"200ms\", \"timeout\": \"1s\"},"
        "{\"ttl\": \"30s\", \"status\": \"passing\", \"notes\": \"its own word\"}]}",
        address);
    const struct http_answer *answer = http_ask(world, "PUT", "/v1/agent/service/register?token=" TOKEN, NULL,
                                                body);
    if (answer->status != 200)
        world_fail(world, "%d %s", answer->status, answer->body);
    assert_string_equal(answer->body, "");
    service_wait(world, "job", "status", "healthy");
    assert_string_equal(service_field(world, "job", "instances[0].health.target"),
                        arena_format(&world->arena, "http://%s:8080/cgi-bin/health", address));
    assert_string_equal(service_field(world, "job", "instances[0].health.checks"),
                        "{\"service:a:1:2\":\"healthy\"}");
    assert_non_null(strstr(http_get(world, "/export/hosts")->body, address));
    assert_string_equal(http_json(world, "/v1/health/service/job?passing", "[0].Service.ID"), "a:1");

    /* The check that quaywatch makes, and what the application says: the worse counts. */
    shell(world, "docker exec job sick 503");
    service_wait(world, "job", "status", "unhealthy");
    http_wait(world, "/v1/health/service/job?passing", "count()", "0");
    shell(world, "docker exec job well");
    service_wait(world, "job", "status", "healthy");
    answer = http_ask(world, "PUT", "/v1/agent/check/update/service:a:1:2", consul_token,
                      "{\"Status\": \"warning\", \"Output\": \"see http://me:secret@log/?key=secret\"}");
    assert_int_equal(answer->status, 200);
    service_wait(world, "job", "status", "degraded");
    service_wait(world, "job", "instances[0].health.message", "~see http://log/");
    assert_null(strstr(http_get(world, "/v1/agent/checks")->body, "secret"));
    answer = http_ask(world, "PUT", "/v1/agent/check/pass/service:a:1:1", consul_token, "");
    assert_int_equal(answer->status, 400);

    /* A crash forgets neither the service nor what it said. */
    http_wait(world, "/health", "status", "*");
    partner_wait(world, "quaywatch", "grep -q '\"status\":\"degraded\"' %s/state/externals.json",
                 world->folder);
    daemon_kill(world);
    daemon_start(world, settings);
    service_wait(world, "job", "status", "degraded");
    assert_string_equal(http_json(world, "/v1/agent/checks", "service:a:1:2.Output"), "see http://log/");

    /* What belongs to a container is not taken over. */
    web_run(world, "web-1");
    service_wait(world, "web", "status", "healthy");
    answer = http_ask(world, "PUT", "/v1/agent/service/register", consul_token,
                      "{\"Name\": \"web\", \"Port\": 80, \"Address\": \"10.0.0.1\"}");
    assert_int_equal(answer->status, 409);
    assert_non_null(strstr(answer->body, "belongs to a container"));
    answer = http_ask(world, "PUT", "/v1/agent/service/deregister/web-1", consul_token, "");
    assert_int_equal(answer->status, 409);

    /* Where it does not say where it is, it is where it asks from. */
    answer = http_ask(world, "PUT", "/v1/agent/service/register", consul_token,
                      "{\"Name\": \"near\", \"Check\": {\"TTL\": \"20s\", \"Status\": \"passing\"}}");
    assert_int_equal(answer->status, 200);
    http_wait(world, "/v1/health/service/near?passing=1", "[0].Service.Address", "127.0.0.1");
    assert_string_equal(http_json(world, "/v1/health/service/near", "[0].Service.Port"), "0");
}

/* Traefik would route to what serves, and to nothing else, without being told anything else. */
static void traefik_finds_its_routes(void **state)
{
    struct world *world = *state;
    assert_clients(world);
    char *first = web_run(world, "web-1");
    container_run(world, "hidden", CHECKED LABEL("traefik.enable=false"), "");
    daemon_start(world, SETTINGS);
    service_wait(world, "web", "status", "healthy");
    pid_t traefik = partner_start(world, "traefik", "node " CLIENTS "/traefik.mjs %d", world->port);
    char *one = arena_format(&world->arena, "web http://%s:8080 " RULE "=Host(`web.example`)", first);
    last_line_wait(world, "traefik", arena_format(&world->arena, "routes: %s", one));
    char *second = web_run(world, "web-2");
    char *two = arena_format(&world->arena, "web http://%s:8080 " RULE "=Host(`web.example`)", second);
    bool ordered = strcmp(one, two) < 0;
    char *both = arena_format(&world->arena, "routes: %s; %s", ordered ? one : two, ordered ? two : one);
    last_line_wait(world, "traefik", both);
    shell(world, "docker exec web-1 sick 503");
    last_line_wait(world, "traefik", arena_format(&world->arena, "routes: %s", two));
    shell(world, "docker exec web-1 well");
    last_line_wait(world, "traefik", both);
    assert_null(strstr(http_get(world, "/v1/catalog/services")->body, "basicauth"));
    partner_stop(traefik);
}

static void answers_have_the_shape_of_consuls(void **state)
{
    struct world *world = *state;
    assert_clients(world);
    web_run(world, "web-1");
    daemon_start(world, SETTINGS);
    service_wait(world, "web", "status", "healthy");
    char *output;
    if (shell_status(world, &output, "cd " CLIENTS " && node shapes.mjs %d web", world->port) != 0)
        world_fail(world, "%s", output);
    assert_string_equal(output, "the shapes are the same");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(who_watches_sees_what_passes),      TEST(applications_register_themselves),
        TEST(they_are_services_like_any_other),  TEST(traefik_finds_its_routes),
        TEST(answers_have_the_shape_of_consuls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
