/* SPDX-License-Identifier: MIT */
/* Alerts of a real engine's troubles, as a receiver gets them: once, with their victims, and once their end.
 */
#include "tests/support/http.h"
#include "tests/support/receiver.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ENGINE_AWAY_MS = 45000 };

#define FIRING "\"state\":\"firing\""
#define RESOLVED "\"state\":\"resolved\""

/* Quick, but for what a machine under load may take for several containers to fall sick. */
static char *settings(struct world *world, int port, const char *more)
{
    return arena_format(
        &world->arena,
        "QUAYWATCH_ALERT_WEBHOOK=http://127.0.0.1:%d/in?token=hidden QUAYWATCH_ALERT_DELAY=20s "
        "QUAYWATCH_ALERT_GROUP_WAIT=5s QUAYWATCH_ALERT_RESOLVE_DELAY=1s %s",
        port, more);
}

static void run_needing(struct world *world, const char *name, const char *needs)
{
    container_run(world, name, arena_format(&world->arena, CHECKED LABEL("service.depends_on=%s"), needs),
                  "");
}

static bool queue_waits(struct world *world)
{
    const char *text = file_text(world, "state/alert-queue.json");
    return text && strstr(text, "\"waiting\":true");
}

static void one_root_is_one_alert(void **state)
{
    struct world *world = *state;
    int port;
    pid_t receiver = receiver_start(world, 0, &port);
    daemon_start(world, settings(world, port, ""));
    container_run(world, "db", CHECKED, "");
    run_needing(world, "api", "db");
    run_needing(world, "web", "api");
    const char *names[] = {"db", "api", "web"};
    for (size_t i = 0; i < 3; i++)
        service_wait(world, names[i], "status", "healthy");
    container_crash(world, "db");
    shell(world, "docker exec api sick 503");
    shell(world, "docker exec web sick 503");
    receiver_wait(world, FIRING, 1);
    char *body = receiver_body(world, FIRING, 0);
    assert_string_equal(json_at(world, body, "severity"), "critical");
    assert_string_equal(json_at(world, body, "name"), "service-unhealthy");
    assert_string_equal(json_at(world, body, "service"), "db");
    assert_string_equal(json_at(world, body, "title"), "db is unhealthy");
    assert_string_equal(json_at(world, body, "victims[0]"), "api");
    assert_string_equal(json_at(world, body, "victims[1]"), "web");
    http_wait(world, "/api/v1/alerts", "count", "1");
    assert_string_equal(http_json(world, "/api/v1/alerts", "alerts[0].id"), json_at(world, body, "id"));
    assert_string_equal(http_json(world, "/api/v1/alerts", "alerts[0].sent_to[0]"), "webhook");
    assert_int_equal((int)metric(world, "quaywatch_alerts_firing{severity=\"critical\"}"), 1);
    assert_int_equal((int)metric(world, "quaywatch_alerts_suppressed_total{reason=\"victim\"}"), 2);

    /* A new quaywatch knows it: nothing is told again, and its end is not forgotten. (That it was delivered
     * is on disk a moment later: killed before that, it would be sent again.) */
    for (int64_t end = clock_now_ms() + PATIENCE_MS; queue_waits(world); clock_pause())
        assert_true(clock_now_ms() < end);
    daemon_kill(world);
    daemon_start(world, settings(world, port, ""));
    service_wait(world, "web", "status", "unhealthy");
    service_stays(world, "web", "status", "unhealthy", 2 * CALM_MS);
    assert_int_equal(receiver_count(world, ""), 1);
    http_wait(world, "/api/v1/alerts", "alerts[0].victims[1]", "web");
    /* (All at once: what is still sick when db is back would be restarted.) */
    shell(world, "docker exec api well & docker exec web well & docker start db & wait");
    receiver_wait(world, RESOLVED, 1);
    body = receiver_body(world, RESOLVED, 0);
    assert_string_equal(json_at(world, body, "id"), json_at(world, receiver_body(world, FIRING, 0), "id"));
    assert_string_equal(json_at(world, body, "title"), "db is healthy");
    assert_string_equal(json_at(world, body, "victims[1]"), "web");
    service_stays(world, "web", "status", "healthy", CALM_MS);
    assert_int_equal(receiver_count(world, ""), 2);
    assert_string_equal(http_json(world, "/api/v1/alerts", "count"), "0");
    assert_null(strstr(daemon_log(world), "hidden"));
    receiver_stop(receiver);
}

static void what_a_person_does_is_no_alert(void **state)
{
    struct world *world = *state;
    int port;
    pid_t receiver = receiver_start(world, 0, &port);
    daemon_start(world, settings(world, port, "QUAYWATCH_ALERT_GROUP_WAIT=1s QUAYWATCH_AUTH_TOKEN=t"));
    container_run(world, "web", CHECKED, "");
    container_run(world, "sick", CHECKED, "");
    container_run(world, "none", CHECKED LABEL("service.alert.channels=none") LABEL("service.restart=no"),
                  "");
    const char *names[] = {"web", "sick", "none"};
    for (size_t i = 0; i < 3; i++)
        service_wait(world, names[i], "status", "healthy");
    shell(world, "docker stop -t 1 web");
    service_wait(world, "web", "status", "stopped");
    const char *const headers[] = {"Authorization: Bearer t", "Content-Type: application/json", NULL};
    assert_int_equal(
        http_ask(world, "POST", "/api/v1/services/sick/maintenance", headers, "{\"duration\": \"1h\"}")
            ->status,
        200);
    shell(world, "docker exec sick sick 503");
    service_wait(world, "sick", "status", "unhealthy");
    service_stays(world, "sick", "status", "unhealthy", CALM_MS);
    assert_string_equal(http_json(world, "/api/v1/alerts", "count"), "0");
    shell(world, "docker exec none sick 503");
    http_wait(world, "/api/v1/alerts", "alerts[0].service", "none"); /* it fires, and nobody is sent it */
    assert_string_equal(http_json(world, "/api/v1/alerts", "count(alerts[0].sent_to)"), "0");
    if (receiver_count(world, ""))
        world_fail(world, "somebody was told: %s", receiver_body(world, "", 0));
    assert_int_equal((int)metric(world, "quaywatch_alerts_suppressed_total{reason=\"maintenance\"}"), 1);
    receiver_stop(receiver);
}

static void a_lost_engine_is_one_alert(void **state)
{
    struct world *world = *state;
    int port;
    pid_t receiver = receiver_start(world, 0, &port);
    daemon_start(world, settings(world, port, "QUAYWATCH_ALERT_GROUP_WAIT=1s"));
    container_run(world, "one", CHECKED, "");
    container_run(world, "two", CHECKED, "");
    service_wait(world, "one", "status", "healthy");
    service_wait(world, "two", "status", "healthy");
    engine_do(world, "kill", "");
    for (int64_t end = clock_now_ms() + ENGINE_AWAY_MS; receiver_count(world, FIRING) < 1; clock_pause())
        assert_true(clock_now_ms() < end);
    char *body = receiver_body(world, FIRING, 0);
    assert_string_equal(json_at(world, body, "name"), "engine-away");
    assert_string_equal(json_at(world, body, "severity"), "critical");
    engine_do(world, "start", "");
    receiver_wait(world, RESOLVED, 1);
    assert_string_equal(json_at(world, receiver_body(world, RESOLVED, 0), "title"),
                        "The container engine answers again");
    assert_int_equal(receiver_count(world, FIRING), 1);
    receiver_stop(receiver);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(one_root_is_one_alert),
        TEST(what_a_person_does_is_no_alert),
        TEST(a_lost_engine_is_one_alert),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
