/* SPDX-License-Identifier: MIT */
/* Healing against real containers: who is restarted, when, how often, and who never is (CONTRACT section 5).
 */
#include "tests/support/http.h"

#include <stdlib.h>
#include <string.h>

static void stays_unrestarted(struct world *world, const char *name, const char *reason)
{
    char *started_at = container_started_at(world, name);
    service_wait(world, name, "instances[0].decision.action", "hold");
    service_wait(world, name, "instances[0].decision.reason", reason);
    service_stays(world, name, "instances[0].decision.action", "hold", CALM_MS);
    assert_string_equal(container_started_at(world, name), started_at);
    assert_string_equal(service_field(world, name, "instances[0].restarts.count"), "0");
    assert_true(strlen(service_field(world, name, "instances[0].decision.sentence")) > 10);
}

static void memory_survives_recreation_and_restart(void **state)
{
    struct world *world = *state;
    daemon_start(world, "");
    container_run(world, "web", CHECKED, "");
    service_wait(world, "web", "status", "healthy");
    shell(world, "docker exec web sick 503");
    service_wait(world, "web", "instances[0].restarts.count", "1");
    service_wait(world, "web", "status", "healthy");
    daemon_stop(world);
    daemon_start(world, "");
    service_wait(world, "web", "status", "healthy");
    assert_string_equal(service_field(world, "web", "instances[0].restarts.count"), "1");
    shell(world, "docker rm -f web");
    container_run(world, "web", CHECKED, "");
    service_wait(world, "web", "status", "healthy");
    assert_string_equal(service_field(world, "web", "instances[0].restarts.count"), "1");
}

static void exited_before_we_came(void **state)
{
    struct world *world = *state;
    container_run(world, "web", CHECKED LABEL("service.restart=always"), "sh -c 'exit 3'");
    daemon_start(world, "");
    service_wait(world, "web", "instances[0].container_state", "exited");
    service_wait(world, "web", "instances[0].decision.reason", "manual-stop");
    service_stays(world, "web", "instances[0].container_state", "exited", CALM_MS);
}

static void holds_by_label_and_check(void **state)
{
    struct world *world = *state;
    daemon_start(world, "");
    container_run(world, "no", CHECKED LABEL("service.restart=no"), CHRONIC);
    container_run(world, "dry", CHECKED LABEL("service.dry_run=true"), CHRONIC);
    container_run(world, "wrong", LABEL("service.port=8080") LABEL("service.health.path=/nothing") QUICK, "");
    stays_unrestarted(world, "no", "policy");
    stays_unrestarted(world, "dry", "dry-run");
    stays_unrestarted(world, "wrong", "check-wrong");
    assert_true(metric(world, "quaywatch_holds_total{reason=\"policy\"}") >= 1);
}

static void dry_run_everywhere(void **state)
{
    struct world *world = *state;
    daemon_start(world, "QUAYWATCH_DRY_RUN=true");
    container_run(world, "web", CHECKED, CHRONIC);
    stays_unrestarted(world, "web", "dry-run");
    assert_string_not_equal(http_json(world, "/api/v1/status", "controller.mode"), "act");
}

static void young_controller_settles(void **state)
{
    struct world *world = *state;
    container_run(world, "web", CHECKED, CHRONIC);
    daemon_start(world, "QUAYWATCH_SETTLE=6s");
    service_wait(world, "web", "instances[0].decision.reason", "settling");
    assert_string_not_equal(service_field(world, "web", "instances[0].decision.next_at"), "null");
    assert_string_equal(service_field(world, "web", "instances[0].restarts.count"), "0");
    service_wait(world, "web", "instances[0].restarts.count", "1");
}

static void young_container_starts(void **state)
{
    struct world *world = *state;
    daemon_start(world, "");
    container_run(world, "web",
                  LABEL("service.port=8080") LABEL("service.health.path=/cgi-bin/health")
                      LABEL("service.health.interval=200ms") LABEL("service.health.start_period=60s"),
                  CHRONIC);
    service_wait(world, "web", "instances[0].health.http_status", "503");
    service_stays(world, "web", "status", "starting", CALM_MS);
    assert_string_equal(service_field(world, "web", "instances[0].health.consecutive_failures"), "0");
    shell(world, "docker exec web well");
    service_wait(world, "web", "status", "healthy");
}

static void engine_restarts_it_already(void **state)
{
    struct world *world = *state;
    daemon_start(world, "");
    container_run(world, "loop", "--restart always" CHECKED LABEL("service.restart=always"),
                  "sh -c 'sleep 0.2; exit 1'");
    service_wait(world, "loop", "instances[0].container_state", "restarting");
    service_wait(world, "loop", "status", "unhealthy");
    service_wait(world, "loop", "instances[0].decision.reason", "engine-restarting");
    service_stays(world, "loop", "instances[0].restarts.count", "0", CALM_MS);
}

static void people_restart_by_api(void **state)
{
    struct world *world = *state;
    daemon_start(world, "QUAYWATCH_AUTH_TOKEN=correct-horse-battery");
    container_run(world, "web", CHECKED LABEL("service.restart=no"), "");
    service_wait(world, "web", "status", "healthy");
    char *started_at = container_started_at(world, "web");
    const char *path = "/api/v1/services/web/reload";
    const char *wrong[] = {"Authorization: Bearer wrong", NULL};
    const char *right[] = {"Authorization: Bearer correct-horse-battery", NULL};
    assert_int_equal(http_ask(world, "POST", path, NULL, "")->status, 401);
    assert_int_equal(http_ask(world, "POST", path, wrong, "")->status, 401);
    assert_int_equal(http_ask(world, "GET", path, right, NULL)->status, 405);
    assert_int_equal(http_ask(world, "POST", "/api/v1/services/nobody/reload", right, "")->status, 404);
    assert_string_equal(container_started_at(world, "web"), started_at);
    int status; /* 409 while its first appearance counts as a deployment */
    while ((status = http_ask(world, "POST", path, right, "")->status) == 409)
        clock_pause();
    assert_true(status == 200 || status == 202);
    for (int64_t end = clock_now_ms() + PATIENCE_MS;
         strcmp(container_started_at(world, "web"), started_at) == 0;)
        assert_true(clock_now_ms() < end);
    service_wait(world, "web", "status", "healthy");
    /* Our own restart is nobody's manual stop. */
    service_stays(world, "web", "status", "healthy", 1000);
}

static void without_a_token_nothing_changes(void **state)
{
    struct world *world = *state;
    daemon_start(world, "");
    container_run(world, "web", CHECKED, "");
    service_wait(world, "web", "status", "healthy");
    const struct http_answer *answer = http_ask(world, "POST", "/api/v1/services/web/reload", NULL, "");
    assert_int_equal(answer->status, 403);
    assert_non_null(strstr(http_header(world, answer, "Content-Type"), "application/problem+json"));
}

int main(int argc, char **argv)
{
    if (argc > 1)
        cmocka_set_test_filter(argv[1]); /* one test by name, with * and ? */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(memory_survives_recreation_and_restart, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(exited_before_we_came, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(holds_by_label_and_check, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(dry_run_everywhere, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(young_controller_settles, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(young_container_starts, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(engine_restarts_it_already, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(people_restart_by_api, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(without_a_token_nothing_changes, world_setup, world_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
