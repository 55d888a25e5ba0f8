/* SPDX-License-Identifier: MIT */
/* Rules of alerts of one's own, against a real engine: how health, what is measured and what is remembered
 * are told by them. */
#include "tests/support/http.h"
#include "tests/support/receiver.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#define FIRING "\"state\":\"firing\""
#define RESOLVED "\"state\":\"resolved\""

/* Told once it lasted longer than what a machine under load takes from degraded to unhealthy. */
static char *settings(struct world *world, int port, const char *more)
{
    return arena_format(&world->arena,
                        "QUAYWATCH_ALERT_WEBHOOK=http://127.0.0.1:%d/in QUAYWATCH_ALERT_DELAY=20s "
                        "QUAYWATCH_ALERT_GROUP_WAIT=0 QUAYWATCH_ALERT_RESOLVE_DELAY=1s %s",
                        port, more);
}

static void rules_of_ones_own(void **state)
{
    struct world *world = *state;
    int port;
    pid_t receiver = receiver_start(world, 0, &port);
    file_write(world, "rules.yml",
               "alerts:\n"
               "  - name: Service Down\n    condition: health_check_failed\n    notification: webhook\n"
               "    severity: emergency\n");
    char *rules = arena_format(&world->arena, "QUAYWATCH_ALERT_RULES=%s/rules.yml", world->folder);
    daemon_start(world, settings(world, port, rules));
    container_run(world, "web", CHECKED LABEL("service.restart=no"), "");
    service_wait(world, "web", "status", "healthy");
    file_write(world, "rules.yml", "- name: Bad\n  condition: memory > 80%\n");
    kill(world->daemon, SIGHUP);
    log_wait(world, "rules.yml: rule \"Bad\" (line 2): \"memory\" is no condition");
    log_wait(world, "the old alert rules stay");
    shell(world, "docker exec web sick 503");
    receiver_wait(world, FIRING, 1);
    char *body = receiver_body(world, FIRING, 0);
    assert_string_equal(json_at(world, body, "name"), "Service Down");
    assert_string_equal(json_at(world, body, "severity"), "emergency");
    daemon_stop(world);
    char *output;
    int code = daemon_command(world, &output, "check --alert-rules=%s/rules.yml", world->folder);
    output = file_text(world, "command.errors");
    assert_int_equal(code, 2);
    assert_non_null(strstr(output, "ALERT_RULES"));
    assert_non_null(strstr(output, "allowed are health_check_failed"));
    assert_int_equal(daemon_command(world, &output, "check --alert-rules=/nowhere.yml"), 2);
    assert_non_null(strstr(file_text(world, "command.errors"), "ALERT_RULES: cannot read /nowhere.yml"));
    receiver_stop(receiver);
}

/* The body of the message of a rule in that state. */
static char *rule_body(struct world *world, const char *rule, const char *state)
{
    char *name = arena_format(&world->arena, "\"name\":\"%s\",%s", rule, state);
    receiver_wait(world, name, 1);
    assert_int_equal(receiver_count(world, name), 1);
    return receiver_body(world, name, 0);
}

static void sentence_says(struct world *world, const char *body, const char *part)
{
    if (!strstr(json_at(world, body, "sentence"), part))
        world_fail(world, "\"%s\" is missing in %s", part, body);
}

#define PROMISE "  - {name: Promise, condition: uptime_24h < %s, severity: critical, service: web}\n"
#define GREED                                                                                                \
    "alerts:\n"                                                                                              \
    "  - {name: Memory, condition: memory_usage > 50%%, service: glutton}\n"                                 \
    "  - {name: Busy, condition: cpu > 10%%, service: glutton}\n" PROMISE

/* What is measured and what is remembered, against values of one's own. */
static void values_against_rules(void **state)
{
    struct world *world = *state;
    int port;
    pid_t receiver = receiver_start(world, 0, &port);
    container_run(world, "web", CHECKED LABEL("service.restart=no"), "");
    container_run(world, "glutton",
                  "-m 64m --shm-size 60m" LABEL("service.name=glutton") LABEL("service.health.check=none"),
                  "sleep 1000");
    daemon_start(world, ""); /* nobody is told of what is to be remembered */
    service_wait(world, "web", "status", "healthy");
    shell(world, "docker exec web sick 503");
    service_wait(world, "web", "status", "unhealthy");
    http_wait(world, "/api/v1/services/web/history", "windows.24h.met.uptime", "false"); /* it is on disk */
    shell(world, "docker exec web well");
    service_wait(world, "web", "status", "healthy");
    daemon_stop(world);

    file_write(world, "rules.yml", arena_format(&world->arena, GREED, "99.9%"));
    shell(world, "docker exec glutton sh -c 'head -c 40000000 /dev/zero >/dev/shm/fat'");
    shell(world, "docker exec -d glutton sh -c 'while [ -s /dev/shm/fat ]; do :; done'");
    daemon_start(
        world,
        settings(
            world, port,
            arena_format(
                &world->arena,
                "QUAYWATCH_ALERT_DELAY=0 QUAYWATCH_STATS_INTERVAL=500ms QUAYWATCH_ALERT_RULES=%s/rules.yml",
                world->folder)));
    char *memory = rule_body(world, "Memory", FIRING), *promise = rule_body(world, "Promise", FIRING);
    assert_string_equal(json_at(world, memory, "service"), "glutton");
    assert_string_equal(json_at(world, memory, "severity"), "warning");
    sentence_says(world, memory, "% in glutton (memory_usage > 50%).");
    assert_string_equal(json_at(world, rule_body(world, "Busy", FIRING), "service"), "glutton");
    assert_string_equal(json_at(world, promise, "service"), "web");
    assert_string_equal(json_at(world, promise, "severity"), "critical");
    sentence_says(world, promise, "(uptime_24h < 99.9%).");
    assert_string_equal(http_json(world, "/api/v1/alerts", "count"), "3");

    shell(world, "docker exec glutton sh -c ': >/dev/shm/fat'");
    file_write(world, "rules.yml", arena_format(&world->arena, GREED, "0.01%"));
    kill(world->daemon, SIGHUP);
    char *over = rule_body(world, "Memory", RESOLVED);
    assert_string_equal(json_at(world, over, "id"), json_at(world, memory, "id"));
    assert_string_equal(json_at(world, over, "title"), "glutton: Memory is over");
    rule_body(world, "Busy", RESOLVED);
    over = rule_body(world, "Promise", RESOLVED);
    assert_string_equal(json_at(world, over, "id"), json_at(world, promise, "id"));
    http_wait(world, "/api/v1/alerts", "count", "0");
    if (receiver_count(world, "") != 6)
        world_fail(world, "there were other messages: %s", file_text(world, "hooks"));
    receiver_stop(receiver);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(rules_of_ones_own),
        TEST(values_against_rules),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
