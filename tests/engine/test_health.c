/* SPDX-License-Identifier: MIT */
/* Checks against real containers: what each kind of check makes of what it meets (CONTRACT section 4). */
#include "tests/support/http.h"

#include <string.h>

/* Containers whose answer never changes: the labels, the command, and what must come of it. */
static const struct fixed_case {
    const char *name, *labels, *command, *status, *field, *value;
} fixed_cases[] = {
    {"fine", CHECKED, "", "healthy", "health.http_status", "200"},
    {"error", CHECKED, "sh -c 'serve & sleep 0.3; sick 500; wait'", "unhealthy", "health.http_status", "500"},
    {"missing", LABEL("service.port=8080") LABEL("service.health.path=/nothing") QUICK, "", "unhealthy",
     "health.http_status", "404"},
    {"expects404",
     LABEL("service.port=8080") LABEL("service.health.path=/nothing") LABEL("service.health.status=404")
         QUICK,
     "", "healthy", "health.http_status", "404"},
    {"hasbody", CHECKED LABEL("service.health.body=status"), "", "healthy", "health.check", "http"},
    {"lacksbody", CHECKED LABEL("service.health.body=nowhere"), "", "unhealthy", "health.http_status", "200"},
    {"otherport",
     LABEL("service.port=9") LABEL("service.health.port=8080") LABEL("service.health.path=/health") QUICK, "",
     "healthy", "health.target", "~:8080/health"},
    {"tcpfine", LABEL("service.health.check=tcp") LABEL("service.port=5432") QUICK, "nc -ll -p 5432 -e cat",
     "healthy", "health.check", "tcp"},
    {"tcpshut", LABEL("service.health.check=tcp") LABEL("service.port=5432") QUICK, "sleep 1000", "unhealthy",
     "health.error_class", "NETWORK_ERROR"},
    {"refused", CHECKED, "sleep 1000", "unhealthy", "health.error_class", "NETWORK_ERROR"},
    {"silent", LABEL("service.port=8080") LABEL("service.health.path=/x") QUICK,
     "nc -ll -p 8080 -e sleep 100", "unhealthy", "health.error_class", "TIMEOUT_ERROR"},
    {"unchecked", LABEL("service.health.check=none"), "", "unknown", "health.check", "none"},
    {"portless", LABEL("service.tags=a"), "", "unknown", "health.check", "none"},
    {"nonet", "--network none" CHECKED, "", "unknown", "findings", "~unreachable-network"},
};

static void answers_that_stay(void **state)
{
    struct world *world = *state;
    for (size_t i = 0; i < sizeof fixed_cases / sizeof *fixed_cases; i++)
        container_run(world, fixed_cases[i].name,
                      arena_format(&world->arena, "%s --label service.restart=no", fixed_cases[i].labels),
                      fixed_cases[i].command);
    daemon_start(world, "");
    for (size_t i = 0; i < sizeof fixed_cases / sizeof *fixed_cases; i++) {
        const struct fixed_case *row = &fixed_cases[i];
        service_wait(world, row->name, "status", row->status);
        service_wait(world, row->name, arena_format(&world->arena, "instances[0].%s", row->field),
                     row->value);
    }
}

static void answers_that_change(void **state)
{
    struct world *world = *state;
    daemon_start(world, "");
    container_run(world, "web", CHECKED LABEL("service.restart=no"), "");
    service_wait(world, "web", "status", "healthy");
    assert_string_equal(service_field(world, "web", "instances[0].health.layers.service"), "healthy");
    shell(world, "docker exec web sick 503");
    service_wait(world, "web", "status", "unhealthy");
    assert_string_equal(service_field(world, "web", "instances[0].health.error_class"), "SERVER_ERROR");
    assert_string_equal(service_field(world, "web", "instances[0].health.consecutive_failures"), "2");
    service_stays(world, "web", "instances[0].health.consecutive_failures", "2", 800);
    shell(world, "docker exec web well");
    service_wait(world, "web", "status", "healthy");
    assert_string_equal(service_field(world, "web", "instances[0].health.consecutive_failures"), "0");
}

static void a_few_failures_only_degrade(void **state)
{
    struct world *world = *state;
    daemon_start(world, "");
    container_run(world, "web",
                  LABEL("service.port=8080") LABEL("service.health.path=/cgi-bin/health")
                      LABEL("service.health.interval=300ms") LABEL("service.health.retries=1000"),
                  "");
    service_wait(world, "web", "status", "healthy");
    shell(world, "docker exec web sick 503");
    service_wait(world, "web", "status", "degraded");
    service_stays(world, "web", "status", "degraded", 1000);
    assert_string_equal(service_field(world, "web", "instances[0].serving"), "true");
}

static void json_bodies_refine_the_answer(void **state)
{
    struct world *world = *state;
    daemon_start(world, "");
    container_run(world, "web", CHECKED LABEL("service.restart=no"), "");
    service_wait(world, "web", "status", "healthy");
    shell(world, "docker exec web sick 200 '%s'",
          "{\"status\": \"degraded\", \"checks\": {\"database\": \"healthy\", \"cache\": {\"status\": "
          "\"unhealthy\"}}}");
    service_wait(world, "web", "status", "degraded");
    service_wait(world, "web", "instances[0].health.checks.cache", "unhealthy");
    service_wait(world, "web", "instances[0].health.checks.database", "healthy");
    shell(world, "docker exec web sick 200 '%s'", "{\"status\": \"unhealthy\"}");
    service_wait(world, "web", "status", "unhealthy");
    shell(world, "docker exec web sick 503 '%s'", "{\"status\": \"degraded\"}");
    service_wait(world, "web", "status", "degraded");
    shell(world, "docker exec web sick 200 'plain words'");
    service_wait(world, "web", "status", "healthy");
}

static void slow_answers_degrade(void **state)
{
    struct world *world = *state;
    daemon_start(world, "");
    container_run(world, "web", CHECKED LABEL("service.health.degraded_after=300ms"), "");
    service_wait(world, "web", "status", "healthy");
    shell(world, "docker exec web sh -c 'echo 0.5 >/tmp/delay'");
    service_wait(world, "web", "status", "degraded");
    shell(world, "docker exec web rm /tmp/delay");
    service_wait(world, "web", "status", "healthy");
}

static void dockers_own_healthcheck(void **state)
{
    struct world *world = *state;
    daemon_start(world, "");
    container_run(world, "db",
                  LABEL("service.health.check=docker")
                      LABEL("service.restart=no") "--health-cmd 'test -e /tmp/fine' --health-interval 1s "
                                                  "--health-retries 2 --health-timeout 1s "
                                                  "--health-start-period 60s",
                  "");
    service_wait(world, "db", "status", "starting");
    shell(world, "docker exec db touch /tmp/fine");
    service_wait(world, "db", "status", "healthy");
    assert_string_equal(service_field(world, "db", "instances[0].health.check"), "docker");
    assert_string_equal(service_field(world, "db", "instances[0].health.layers.container"), "healthy");
    shell(world, "docker exec db rm /tmp/fine");
    service_wait(world, "db", "status", "unhealthy");
    service_wait(world, "db", "instances[0].decision.reason", "policy");
    /* A paused container reads "unhealthy" in inspect, which means nothing. */
    shell(world, "docker exec db touch /tmp/fine");
    service_wait(world, "db", "status", "healthy");
    shell(world, "docker pause db");
    service_wait(world, "db", "status", "stopped");
    service_stays(world, "db", "status", "stopped", 500);
}

static void implicit_check_beside_a_healthcheck(void **state)
{
    struct world *world = *state;
    daemon_start(world, "");
    container_run(world, "web", LABEL("service.port=8080") "--health-cmd true --health-interval 1s", "");
    service_wait(world, "web", "status", "healthy");
    container_run(world, "shut",
                  LABEL("service.port=8080") "--health-cmd true --health-interval 1s " LABEL(
                      "service.health.start_period=1s") LABEL("service.health.interval=200ms"),
                  "sleep 1000");
    /* Docker says fine, our own guess does not: degraded at most, and never a restart. */
    service_wait(world, "shut", "status", "degraded");
    service_stays(world, "shut", "status", "degraded", 1500);
    assert_string_equal(service_field(world, "shut", "instances[0].status"), "degraded");
    assert_string_equal(service_field(world, "shut", "instances[0].restarts.count"), "0");
}

static void implicit_check_alone(void **state)
{
    struct world *world = *state;
    daemon_start(world, "");
    container_run(world, "web", LABEL("service.port=8080"), "");
    service_wait(world, "web", "status", "healthy");
    assert_string_equal(service_field(world, "web", "instances[0].health.implicit"), "true");
    assert_non_null(strstr(service_field(world, "web", "instances[0].health.target"), "/health"));
    /* Any answer below 500 proves life. */
    shell(world, "docker exec web rm /www/health");
    service_wait(world, "web", "instances[0].findings", "~no-health-endpoint");
    assert_string_equal(service_field(world, "web", "status"), "healthy");
    /* 500 from the first answer on: sick, but a check that never passed restarts nothing. */
    container_run(world, "ill", LABEL("service.port=8080") QUICK,
                  "nc -ll -p 8080 -e sh -c \"while read line && [ \\${#line} -gt 1 ]; do :; done; "
                  "printf 'HTTP/1.1 500 X\\r\\nContent-Length: 0\\r\\nConnection: close\\r\\n\\r\\n'\"");
    service_wait(world, "ill", "instances[0].health.http_status", "500");
    service_wait(world, "ill", "status", "unhealthy");
    service_stays(world, "ill", "instances[0].restarts.count", "0", 2500);
}

static void bytes_that_are_not_http(void **state)
{
    struct world *world = *state;
    daemon_start(world, "");
    container_run(world, "smtp", LABEL("service.port=2525") QUICK,
                  "nc -ll -p 2525 -e sh -c \"echo 220 hello; sleep 0.2\"");
    service_wait(world, "smtp", "instances[0].findings", "~not-http");
    service_wait(world, "smtp", "status", "healthy");
    service_wait(world, "smtp", "instances[0].health.check", "tcp");
}

static void breaker_opens_and_closes(void **state)
{
    struct world *world = *state;
    daemon_start(world, "");
    /* Two instances: the last one of a service is exported whatever its breaker says. */
    const char *labels = LABEL("service.name=web") CHECKED LABEL("service.restart=no")
        LABEL("service.breaker.failure_threshold=3") LABEL("service.breaker.success_threshold=2")
            LABEL("service.breaker.recovery_timeout=2s");
    shell(world, "docker run -d --name web1 %s " IMAGE, labels);
    shell(world, "docker run -d --name web2 %s " IMAGE, labels);
    service_wait(world, "web", "instances[container=web2].status", "healthy");
    service_wait(world, "web", "instances[container=web1].status", "healthy");
    shell(world, "docker exec web1 sick 503");
    service_wait(world, "web", "instances[container=web1].circuit_breaker.state", "open");
    service_wait(world, "web", "instances[container=web1].serving", "false");
    service_wait(world, "web", "instances[container=web1].circuit_breaker.failure_count", "3");
    service_wait(world, "web", "status", "degraded");
    assert_string_equal(service_field(world, "web", "instances[container=web2].circuit_breaker.state"),
                        "closed");
    http_wait(world, "/services/web/resolve", "url", "*");
    shell(world, "docker exec web1 well");
    service_wait(world, "web", "instances[container=web1].circuit_breaker.state", "closed");
    service_wait(world, "web", "instances[container=web1].serving", "true");
    service_wait(world, "web", "status", "healthy");
    assert_non_null(strstr(daemon_log(world), "[web] Circuit breaker OPEN (threshold reached: 3/3)"));
    assert_non_null(strstr(daemon_log(world), "HALF_OPEN"));
    assert_non_null(strstr(daemon_log(world), "CLOSED (service recovered)"));
}

static void optional_dependency_down_degrades(void **state)
{
    struct world *world = *state;
    daemon_start(world, "");
    container_run(world, "cache", CHECKED LABEL("service.restart=no"), "");
    container_run(world, "web", CHECKED LABEL("service.depends_on=cache:optional,nowhere"), "");
    service_wait(world, "web", "status", "healthy");
    assert_string_equal(service_field(world, "web", "dependencies[name=cache].type"), "optional");
    assert_string_equal(service_field(world, "web", "dependencies[name=nowhere].type"), "required");
    shell(world, "docker exec cache sick 503");
    service_wait(world, "cache", "status", "unhealthy");
    service_wait(world, "web", "dependencies[name=cache].status", "unhealthy");
    service_wait(world, "web", "status", "degraded");
    shell(world, "docker exec cache well");
    service_wait(world, "web", "status", "healthy");
}

int main(int argc, char **argv)
{
    if (argc > 1)
        cmocka_set_test_filter(argv[1]); /* one test by name, with * and ? */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(answers_that_stay, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(answers_that_change, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(a_few_failures_only_degrade, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(json_bodies_refine_the_answer, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(slow_answers_degrade, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(dockers_own_healthcheck, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(implicit_check_beside_a_healthcheck, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(implicit_check_alone, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(bytes_that_are_not_http, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(breaker_opens_and_closes, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(optional_dependency_down_degrades, world_setup, world_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
