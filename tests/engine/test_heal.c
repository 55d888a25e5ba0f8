/* SPDX-License-Identifier: MIT */
/* Healing against real containers: who is restarted, when, how often, and who never is (CONTRACT section 5).
 */
#include "tests/support/http.h"

#include <stdlib.h>
#include <string.h>

/* How long nothing must happen before a test believes that nothing will: several checks and backoffs. */
enum { CALM_MS = 3000 };

/* A server that is sick from its start on and again after every restart. */
#define CHRONIC "sh -c 'trap exit TERM; sick 503; httpd -p 8080 -h /www; while :; do sleep 0.1; done'"

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

static void unhealthy_is_restarted_once(void **state)
{
    struct world *world = *state;
    daemon_start(world, "");
    container_run(world, "web", CHECKED, "");
    container_run(world, "other", CHECKED, "");
    service_wait(world, "web", "status", "healthy");
    service_wait(world, "other", "status", "healthy");
    char *started_at = container_started_at(world, "web"), *other_at = container_started_at(world, "other");
    shell(world, "docker exec web sick 503");
    service_wait(world, "web", "instances[0].restarts.count", "1");
    service_wait(world, "web", "status", "healthy");
    char *restarted_at = container_started_at(world, "web");
    assert_string_not_equal(restarted_at, started_at);
    service_stays(world, "web", "instances[0].restarts.count", "1", CALM_MS);
    assert_string_equal(container_started_at(world, "web"), restarted_at);
    assert_string_equal(container_started_at(world, "other"), other_at);
    assert_string_equal(service_field(world, "web", "instances[0].decision.reason"), "healthy");
    assert_string_not_equal(service_field(world, "web", "instances[0].restarts.last_at"), "null");
    assert_true(
        metric(world, "quaywatch_restarts_total{service=\"web\",reason=\"unhealthy\",result=\"ok\"}") == 1 ||
        strstr(http_get(world, "/metrics")->body, "quaywatch_restarts_total{service=\"web\"") != NULL);
}

static void backoff_and_budget_end_in_failed(void **state)
{
    struct world *world = *state;
    daemon_start(world, "");
    container_run(world, "web",
                  CHECKED LABEL("service.restart.max=2") LABEL("service.restart.backoff=4s")
                      LABEL("service.restart.backoff_max=4s"),
                  CHRONIC);
    service_wait(world, "web", "instances[0].restarts.in_window", "1");
    service_wait(world, "web", "instances[0].decision.reason", "backoff");
    assert_string_not_equal(service_field(world, "web", "instances[0].decision.next_at"), "null");
    service_wait(world, "web", "status", "failed");
    assert_string_equal(service_field(world, "web", "instances[0].restarts.in_window"), "2");
    assert_string_equal(service_field(world, "web", "instances[0].restarts.max"), "2");
    assert_string_equal(service_field(world, "web", "instances[0].decision.reason"), "budget");
    assert_string_equal(service_field(world, "web", "instances[0].serving"), "false");
    assert_string_equal(http_json(world, "/api/v1/status", "summary.failed"), "1");
    char *started_at = container_started_at(world, "web");
    service_stays(world, "web", "status", "failed", CALM_MS);
    assert_string_equal(container_started_at(world, "web"), started_at);
    /* Mended by hand. */
    shell(world, "docker exec web well");
    service_wait(world, "web", "status", "healthy");
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

static void people_stopped_it(void **state)
{
    struct world *world = *state;
    daemon_start(world, "");
    const char *labels = CHECKED LABEL("service.restart=always");
    container_run(world, "nice", labels, "");
    container_run(world, "deaf", arena_format(&world->arena, "--stop-timeout 1 %s", labels),
                  "httpd -f -p 8080 -h /www");
    container_run(world, "killed", labels, "");
    container_run(world, "hupped", arena_format(&world->arena, "--stop-signal HUP %s", labels), "sleep 1000");
    service_wait(world, "nice", "status", "healthy");
    service_wait(world, "deaf", "status", "healthy");
    service_wait(world, "killed", "status", "healthy");
    shell(world, "docker stop nice & docker stop deaf & docker kill killed & docker kill hupped; wait");
    for (const char *const *name = (const char *const[]){"nice", "deaf", "killed", NULL}; *name; name++) {
        service_wait(world, *name, "instances[0].container_state", "exited");
        service_wait(world, *name, "status", "stopped");
        service_wait(world, *name, "instances[0].decision.reason", "manual-stop");
    }
    service_stays(world, "nice", "instances[0].container_state", "exited", CALM_MS);
    assert_string_equal(shell(world,
                              "docker ps -q --filter name=nice --filter name=deaf --filter name=killed "
                              "--filter name=hupped"),
                        "");
}

/* Told to end, a good service first fails its checks, so that nobody sends it work any more, and ends later:
 * that is no illness. */
static void a_draining_service_is_left_alone(void **state)
{
    struct world *world = *state;
    daemon_start(world, "");
    container_run(world, "web", CHECKED LABEL("service.restart=always"),
                  "sh -c 'trap \"sick 503\" TERM; well; httpd -p 8080 -h /www; while :; do sleep 0.1; done'");
    service_wait(world, "web", "status", "healthy");
    char *started_at = container_started_at(world, "web");
    shell(world, "docker stop -t 4 web >/dev/null 2>&1 &");
    service_wait(world, "web", "instances[0].health.http_status", "503");
    service_wait(world, "web", "instances[0].decision.reason", "manual-stop");
    service_wait(world, "web", "status", "stopped");
    service_stays(world, "web", "status", "stopped", CALM_MS);
    assert_string_equal(container_started_at(world, "web"), started_at);
    assert_string_equal(service_field(world, "web", "instances[0].restarts.count"), "0");
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

static void crashes_are_healed_when_asked(void **state)
{
    struct world *world = *state;
    daemon_start(world, "");
    container_run(world, "crash", CHECKED LABEL("service.restart=on-failure"), "");
    container_run(world, "ends", LABEL("service.restart=always") QUICK, "sh -c 'sleep 3'");
    container_run(world, "leave", CHECKED LABEL("service.restart=on-unhealthy"), "");
    service_wait(world, "crash", "status", "healthy");
    service_wait(world, "leave", "status", "healthy");
    container_crash(world, "crash");
    container_crash(world, "leave");
    service_wait(world, "crash", "instances[0].restarts.count", "1");
    service_wait(world, "crash", "status", "healthy");
    service_wait(world, "ends", "instances[0].restarts.count", "!0");
    service_wait(world, "leave", "instances[0].decision.reason", "policy");
    assert_string_equal(service_field(world, "leave", "instances[0].container_state"), "exited");
}

static void paused_is_not_touched(void **state)
{
    struct world *world = *state;
    daemon_start(world, "");
    container_run(world, "web", CHECKED LABEL("service.restart=always"), "");
    service_wait(world, "web", "status", "healthy");
    char *started_at = container_started_at(world, "web");
    shell(world, "docker pause web");
    service_wait(world, "web", "instances[0].container_state", "paused");
    service_stays(world, "web", "instances[0].container_state", "paused", CALM_MS);
    assert_string_not_equal(service_field(world, "web", "instances[0].decision.action"), "act");
    assert_string_equal(container_started_at(world, "web"), started_at);
    /* While it was already sick as well. */
    shell(world, "docker unpause web");
    service_wait(world, "web", "status", "healthy");
    assert_string_equal(service_field(world, "web", "instances[0].restarts.count"), "0");
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

static void everything_unreachable_is_our_fault(void **state)
{
    struct world *world = *state;
    daemon_start(world, "");
    const char *names[] = {"one", "two", "three", "four"};
    for (size_t i = 0; i < 4; i++)
        container_run(world, names[i], CHECKED, "");
    for (size_t i = 0; i < 4; i++)
        service_wait(world, names[i], "status", "healthy");
    shell(world, "iptables -N quaywatch-test && iptables -A quaywatch-test -p tcp --dport 8080 -j DROP && "
                 "iptables -I OUTPUT -d 172.16.0.0/12 -j quaywatch-test");
    for (size_t i = 0; i < 4; i++)
        service_wait(world, names[i], "instances[0].decision.reason", "unreachable");
    http_wait(world, "/health", "checks", "~cannot be reached");
    service_stays(world, "one", "instances[0].restarts.count", "0", CALM_MS);
    shell(world, "iptables -F quaywatch-test");
    for (size_t i = 0; i < 4; i++) {
        service_wait(world, names[i], "status", "healthy");
        service_stays(world, names[i], "instances[0].restarts.count", "0", 0);
    }
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
    int status = http_ask(world, "POST", path, right, "")->status;
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
        cmocka_unit_test_setup_teardown(unhealthy_is_restarted_once, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(backoff_and_budget_end_in_failed, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(memory_survives_recreation_and_restart, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(people_stopped_it, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(a_draining_service_is_left_alone, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(exited_before_we_came, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(crashes_are_healed_when_asked, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(paused_is_not_touched, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(holds_by_label_and_check, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(dry_run_everywhere, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(young_controller_settles, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(young_container_starts, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(engine_restarts_it_already, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(everything_unreachable_is_our_fault, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(people_restart_by_api, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(without_a_token_nothing_changes, world_setup, world_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
