/* SPDX-License-Identifier: MIT */
/* History over a real container's life: down and up, recreated, quaywatch stopped, killed and started again:
 * the figures go on. */
#include "tests/support/http.h"

#include <stdlib.h>
#include <string.h>

#define TOKEN "QUAYWATCH_AUTH_TOKEN=correct-horse-battery"
static const char url[] = "/api/v1/services/web/history";

static char *figure(struct world *world, const char *name)
{
    char *value = http_json(world, url, arena_format(&world->arena, "windows.24h.%s", name));
    assert_non_null(value);
    return value;
}

static double number(struct world *world, const char *name)
{
    return strtod(figure(world, name), NULL);
}

/* Sick until quaywatch has restarted it. */
static void fall_and_rise(struct world *world, const char *restarts)
{
    shell(world, "docker exec web sick 503");
    service_wait(world, "web", "status", "unhealthy");
    service_wait(world, "web", "instances[0].restarts.count", restarts);
    service_wait(world, "web", "status", "healthy");
    http_wait(world, url, "windows.24h.restarts", restarts);
}

static void figures_go_on(void **state)
{
    struct world *world = *state;
    daemon_start(world, TOKEN);
    container_run(world, "web", CHECKED LABEL("service.slo.uptime=12.5%") LABEL("service.slo.p95=1ms"), "");
    service_wait(world, "web", "status", "healthy");
    http_wait(world, url, "windows.24h.uptime_percent", "100");
    assert_string_equal(figure(world, "mttr_s"), "null");
    fall_and_rise(world, "1");
    assert_string_equal(figure(world, "failures"), "1");
    assert_string_equal(figure(world, "flaps"), "1");
    assert_string_equal(http_json(world, url, "slo.uptime_percent"), "12.5");
    assert_string_equal(http_json(world, url, "slo.p95_ms"), "1");
    assert_string_equal(http_json(world, url, "count(bars.24h)"), "48");
    assert_string_equal(http_json(world, url, "count(bars.7d)"), "56");
    assert_string_equal(http_json(world, url, "count(bars.30d)"), "60");
    assert_string_equal(http_json(world, url, "bars.24h[47].status"), "unhealthy");
    assert_string_equal(http_json(world, url, "restarts[0].reason"), "unhealthy");
    assert_string_equal(http_json(world, url, "restarts[0].result"), "ok");
    assert_string_equal(http_json(world, url, "decisions[container=web].container"), "web");
    double known_s = number(world, "known_s"), down_s = number(world, "down_s");
    assert_true(down_s > 0 && down_s < known_s);
    char *since = http_json(world, url, "since"), *last_id = http_json(world, "/api/v1/events", "last_id");

    /* Stopped and started. What it checked so far is written by then. */
    daemon_stop(world);
    daemon_start(world, TOKEN);
    service_wait(world, "web", "status", "healthy");
    assert_string_equal(http_json(world, url, "since"), since);
    assert_string_equal(figure(world, "restarts"), "1");
    assert_string_equal(figure(world, "failures"), "1");
    assert_true(number(world, "down_s") > down_s - 0.01 && number(world, "down_s") < down_s + 0.01);
    assert_true(number(world, "checks") > 3 && number(world, "error_rate_percent") > 0);
    assert_string_equal(figure(world, "met.uptime"), "true");
    assert_string_equal(figure(world, "met.error_rate"), "false");
    http_wait(world, "/api/v1/events", arena_format(&world->arena, "events[id=%s].id", last_id), last_id);
    http_wait(world, "/api/v1/events", "events[0].id", "1");
    assert_true(strtod(http_json(world, "/api/v1/events", "last_id"), NULL) > strtod(last_id, NULL));

    /* Another container in its place. */
    shell(world, "docker rm -f web");
    service_wait_gone(world, "web");
    container_run(world, "web", CHECKED, "");
    service_wait(world, "web", "status", "healthy");
    assert_string_equal(figure(world, "restarts"), "1");
    assert_string_equal(figure(world, "failures"), "1"); /* nobody's failure */
    assert_string_equal(http_json(world, url, "slo.uptime_percent"), "99.9");

    /* Killed: nothing of what was told more than a second ago is missing; ids are not given twice. */
    fall_and_rise(world, "2");
    last_id = http_json(world, "/api/v1/events", "last_id");
    clock_pause();
    http_wait(world, "/api/v1/history?window=24h", "services[name=web].restarts", "2");
    daemon_kill(world);
    daemon_start(world, TOKEN);
    service_wait(world, "web", "status", "healthy");
    assert_string_equal(figure(world, "restarts"), "2");
    assert_string_equal(figure(world, "failures"), "2");
    assert_true(strtod(http_json(world, "/api/v1/events", "last_id"), NULL) > strtod(last_id, NULL) + 50);
    assert_true(number(world, "known_s") > known_s);
    assert_null(strstr(daemon_log(world), "damaged"));
}

/* What people do on purpose is no downtime. */
static void willed_time_is_not_down(void **state)
{
    struct world *world = *state;
    daemon_start(world, TOKEN);
    container_run(world, "web", CHECKED, "");
    service_wait(world, "web", "status", "healthy");
    char *said;
    assert_int_equal(daemon_command(world, &said, "maintenance web 1h"), 0);
    shell(world, "docker exec web sick 503");
    service_wait(world, "web", "status", "unhealthy");
    assert_string_equal(figure(world, "failures"), "0");
    assert_string_equal(figure(world, "uptime_percent"), "100");
    assert_int_equal(daemon_command(world, &said, "maintenance web off"), 0);
    http_wait(world, url, "windows.24h.failures", "1");
    service_wait(world, "web", "status", "healthy");
    double down_s = number(world, "down_s"), known_s;
    shell(world, "docker stop -t 1 web");
    service_wait(world, "web", "status", "stopped");
    assert_true((known_s = number(world, "known_s")) > 0);
    service_stays(world, "web", "status", "stopped", 1000);
    assert_true(number(world, "known_s") < known_s + 0.5);
    assert_true(number(world, "down_s") < down_s + 0.5);
}

static void asked_wrongly_or_without_a_folder(void **state)
{
    struct world *world = *state;
    daemon_start(world, "QUAYWATCH_STATE_DIR=");
    container_run(world, "web", CHECKED, "");
    service_wait(world, "web", "status", "healthy");
    const struct http_answer *answer = http_get(world, url);
    assert_int_equal(answer->status, 503);
    assert_string_equal(json_at(world, answer->body, "detail"),
                        "History is kept in STATE_DIR, and none is set.");
    assert_int_equal(http_get(world, "/api/v1/history")->status, 503);
    answer = http_get(world, "/api/v1/history?window=1y");
    assert_int_equal(answer->status, 400);
    assert_non_null(strstr(answer->body, "allowed are 24h, 7d and 30d"));
    assert_int_equal(http_get(world, "/api/v1/services/nobody/history")->status, 404);
    assert_int_equal(http_ask(world, "HEAD", url, NULL, NULL)->status, 503);
    assert_int_equal(http_ask(world, "POST", "/api/v1/history", NULL, "")->status, 405);
}

/* Said in /health, everything else goes on; recorded when it is possible again. */
static void a_file_that_cannot_be_written(void **state)
{
    struct world *world = *state;
    shell(world, "mkdir -p %s/state/history.db", world->folder);
    daemon_start(world, "");
    container_run(world, "web", CHECKED, "");
    service_wait(world, "web", "status", "healthy");
    http_wait(world, "/health", "checks.controller", "~history.db cannot be opened");
    assert_int_equal(http_get(world, url)->status, 503);
    shell(world, "rmdir %s/state/history.db", world->folder);
    http_wait(world, "/health", "checks.controller", "healthy");
    http_wait(world, url, "windows.24h.uptime_percent", "100");
    log_wait(world, "The history is recorded again");
}

/* Some other file in its place: set aside, and begun anew. */
static void a_damaged_file_is_set_aside(void **state)
{
    struct world *world = *state;
    shell(world, "mkdir -p %s/state && echo hello >%s/state/history.db", world->folder, world->folder);
    daemon_start(world, "");
    container_run(world, "web", CHECKED, "");
    service_wait(world, "web", "status", "healthy");
    http_wait(world, url, "windows.24h.uptime_percent", "100");
    assert_string_equal(file_text(world, "state/history.db.damaged"), "hello\n");
    assert_non_null(strstr(daemon_log(world), "is damaged (it is no SQLite file); it was set aside as"));
    assert_string_equal(http_json(world, "/health", "checks.controller"), "healthy");
}

int main(int argc, char **argv)
{
    if (argc > 1)
        cmocka_set_test_filter(argv[1]); /* one test by name, with * and ? */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(figures_go_on, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(willed_time_is_not_down, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(asked_wrongly_or_without_a_folder, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(a_file_that_cannot_be_written, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(a_damaged_file_is_set_aside, world_setup, world_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
