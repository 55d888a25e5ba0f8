/* SPDX-License-Identifier: MIT */
/* Why, as a person asks it: `quaywatch explain`, `events` and `check`, and what they remember. */
#include "tests/support/http.h"

#include <string.h>

static const char *explained(struct world *world, const char *name)
{
    char *output;
    if (daemon_command(world, &output, "explain %s", name) != 0)
        world_fail(world, "explain %s: %s", name, output);
    return output;
}

static void says(struct world *world, const char *text, const char *part)
{
    if (!strstr(text, part))
        world_fail(world, "\"%s\" is missing in:\n%s", part, text);
}

static const char url[] = "/api/v1/services/web/explain";

static void past_decisions_outlive_everybody(void **state)
{
    struct world *world = *state;
    daemon_start(world, "");
    container_run(world, "web", CHECKED, "");
    container_run(world, "calm", CHECKED, "");
    service_wait(world, "web", "status", "healthy");
    service_wait(world, "calm", "status", "healthy");
    http_wait(world, url, "count(instances[0].decisions)", "0");
    shell(world, "docker exec web sick 503");
    service_wait(world, "web", "instances[0].restarts.count", "1");
    service_wait(world, "web", "status", "healthy");
    shell(world, "docker rm -f web");
    service_wait_gone(world, "web");
    container_run(world, "web", CHECKED, "");
    service_wait(world, "web", "status", "healthy");
    http_wait(world, url, "instances[0].decisions[0].reason", "healthy");
    char *at = http_json(world, url, "instances[0].decisions[0].at");
    char *count = http_json(world, url, "count(instances[0].decisions)");
    daemon_stop(world);
    daemon_start(world, "");
    service_wait(world, "web", "status", "healthy");
    assert_string_equal(http_json(world, url, "instances[0].decisions[0].at"), at);
    assert_string_equal(http_json(world, url, "count(instances[0].decisions)"), count);
    assert_string_equal(http_json(world, url, "instances[0].decisions[action=act].reason"), "unhealthy");
    /* Who was never worth a decision has none. */
    assert_string_equal(http_json(world, "/api/v1/services/calm/explain", "count(instances[0].decisions)"),
                        "0");
    assert_null(strstr(file_text(world, "state/memory.json"), "\"decisions\":[]"));
}

static void all_is_explained(void **state)
{
    struct world *world = *state;
    daemon_start(world, "");
    container_run(world, "web",
                  CHECKED LABEL("service.restart.backoff=1h") LABEL("service.restart.backoff_max=1h")
                      LABEL("service.healht.path=/x"),
                  "");
    service_wait(world, "web", "status", "healthy");
    shell(world, "docker exec web sick 503");
    service_wait(world, "web", "instances[0].restarts.count", "1");
    service_wait(world, "web", "status", "healthy");
    shell(world, "docker exec web sick 503");
    service_wait(world, "web", "instances[0].decision.reason", "backoff");
    assert_string_equal(http_json(world, url, "instances[0].registered_by"), "service.name");
    assert_string_equal(http_json(world, url, "instances[0].budget.restarts_left"), "4");
    assert_string_not_equal(http_json(world, url, "instances[0].budget.backoff_ends_at"), "null");
    assert_string_equal(http_json(world, url, "instances[0].last_stop.intent"), "healed");
    http_wait(world, url, "count(instances[0].check.last_results)", "8");
    http_wait(world, url, "instances[0].check.last_results[7].http_status", "503");

    const char *text = explained(world, "web");
    static const char *const parts[] = {"web: unhealthy",
                                        "by service.name",
                                        "hold (backoff)",
                                        "every 200ms",
                                        "status          503",
                                        "4 of 5 restarts left",
                                        "last because of: unhealthy",
                                        "healed, exit code",
                                        "no  engine-down",
                                        "yes backoff",
                                        "act  unhealthy",
                                        "service.health.interval",
                                        "unknown-label",
                                        "default"};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        says(world, text, parts[i]);
    char *json;
    assert_int_equal(daemon_command(world, &json, "explain web --json"), 0);
    assert_string_equal(json_at(world, json, "instances[0].decision.reason"), "backoff");
}

static void who_is_not_registered(void **state)
{
    struct world *world = *state;
    char *output;
    shell(world, "docker run -d --name plain " IMAGE);
    daemon_start(world, "");
    shell(world, "docker run -d --name hidden --label service.name=x --label service.ignore=true " IMAGE);
    http_wait(world, "/api/v1/services/hidden/explain", "registered", "false");
    says(world, explained(world, "hidden"), "service.ignore hides it");
    says(world, explained(world, "plain"), "No service.*");
    char *id = shell(world, "docker inspect -f '{{.Id}}' plain");
    says(world, explained(world, id), "plain");
    shell(world, "docker rename plain other; docker pause other");
    http_wait(world, "/api/v1/services/other/explain", "container_state", "paused");
    assert_int_equal(daemon_command(world, &output, "explain plain"), 2);
    shell(world, "docker rm -f other");
    http_wait(world, "/api/v1/services/other/explain", "status", "404");
}

static void what_happened(void **state)
{
    struct world *world = *state;
    char *output;
    daemon_start(world, "");
    container_run(world, "web", CHECKED LABEL("service.healht.path=/x"), "");
    service_wait(world, "web", "status", "healthy");
    shell(world, "docker exec web sick 503");
    service_wait(world, "web", "instances[0].restarts.count", "1");
    service_wait(world, "web", "status", "healthy");
    assert_int_equal(daemon_command(world, &output, "events"), 0);
    static const char *const parts[] = {"info      engine ", "critical  status",    "warning   restart ",
                                        "info      stopped", "info      restarted", "web: "};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        says(world, output, parts[i]);
    char *last = http_json(world, "/api/v1/events", "last_id");
    char *next = arena_format(&world->arena, "/api/v1/events?after=%s", last);
    assert_string_equal(http_json(world, next, "count(events)"), "0");
    shell(world, "docker stop web");
    http_wait(world, next, "events[0].kind", "*");
    assert_int_equal(daemon_command(world, &output, "events --json"), 0);
    assert_string_equal(json_at(world, output, "events[0].id"), "1");
    assert_int_equal(daemon_command(world, &output, "check"), 1);
    says(world, output, "web\n  ");
    says(world, output, "  unknown-label  ");
    says(world, output, "finding");
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
    if (argc > 1)
        cmocka_set_test_filter(argv[1]); /* one test by name, with * and ? */
    const struct CMUnitTest tests[] = {
        TEST(past_decisions_outlive_everybody),
        TEST(all_is_explained),
        TEST(who_is_not_registered),
        TEST(what_happened),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
