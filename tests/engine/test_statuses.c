/* SPDX-License-Identifier: MIT */
/* Every way a container can stop, with what quaywatch makes of it: whose will it was (last_stop, event,
 * metric) and which status follows (CONTRACT sections 4 and 5). */
#include "tests/support/http.h"

#include <stdlib.h>
#include <string.h>

/* Ends with its code as soon as the file is there; obeys TERM at once. */
#define ENDS_WITH(code)                                                                                      \
    "sh -c 'trap \"exit 143\" TERM; httpd -p 8080 -h /www; "                                                 \
    "until [ -e /tmp/end ]; do sleep 0.1; done; exit " code "'"

static void end(struct world *world, const char *name)
{
    shell(world, "docker exec %s touch /tmp/end", name);
}

/* Waits for the stop in the JSON. code NULL: any. */
static void stopped(struct world *world, const char *name, const char *intent, const char *code)
{
    service_wait(world, name, "instances[0].last_stop.intent", intent);
    if (code)
        assert_string_equal(service_field(world, name, "instances[0].last_stop.exit_code"), code);
    assert_non_null(strstr(service_field(world, name, "instances[0].last_stop.at"), "T"));
}

static void counted(struct world *world, const char *name, const char *intent)
{
    const char *series = arena_format(&world->arena, "quaywatch_stops_total{service=\"%s\",intent=\"%s\"}",
                                      name, intent);
    for (int64_t until = clock_now_ms() + PATIENCE_MS; metric(world, series) != 1; clock_pause())
        if (clock_now_ms() > until)
            world_fail(world, "%s is %g", series, metric(world, series));
}

static void start_well(struct world *world, const char *name, const char *arguments, const char *command)
{
    container_run(world, name, arguments, command);
    service_wait(world, name, "status", "healthy");
    assert_string_equal(service_field(world, name, "instances[0].last_stop"), "null");
}

static void ends_by_itself(void **state)
{
    struct world *world = *state;
    daemon_start(world, "");
    start_well(world, "crash", CHECKED, ENDS_WITH("3"));
    start_well(world, "done", CHECKED, ENDS_WITH("0"));
    start_well(world, "shot", CHECKED, "");
    end(world, "crash");
    end(world, "done");
    container_crash(world, "shot"); /* from outside: the engine hears of no `kill` */
    stopped(world, "crash", "crash", "3");
    stopped(world, "done", "finished", "0");
    stopped(world, "shot", "crash", "137");
    service_wait(world, "crash", "status", "unhealthy");
    service_wait(world, "crash", "instances[0].decision.reason", "policy");
    service_wait(world, "done", "status", "stopped");
    service_wait(world, "shot", "status", "unhealthy");
    counted(world, "crash", "crash");
    counted(world, "done", "finished");
    counted(world, "shot", "crash");

    /* quaywatch itself begins anew: what it saw stays true. */
    char *at = service_field(world, "crash", "instances[0].last_stop.at");
    daemon_stop(world);
    daemon_start(world, "");
    stopped(world, "crash", "crash", "3");
    assert_string_equal(service_field(world, "crash", "instances[0].last_stop.at"), at);
    service_wait(world, "crash", "status", "unhealthy");
    service_wait(world, "done", "status", "stopped");
    stopped(world, "done", "finished", "0");
}

static void lacks_memory(void **state)
{
    struct world *world = *state;
    daemon_start(world, "");
    start_well(
        world, "greedy", "--memory 24m --memory-swap 24m" CHECKED LABEL("service.restart=on-failure"),
        "sh -c 'httpd -p 8080 -h /www; until [ -e /tmp/end ]; do sleep 0.1; done; exec tail /dev/zero'");
    end(world, "greedy");
    stopped(world, "greedy", "oom", "137");
    counted(world, "greedy", "oom");
    service_wait(world, "greedy", "instances[0].restarts.last_reason", "oom");
}

static void people_stop(void **state)
{
    struct world *world = *state;
    const char *labels = CHECKED LABEL("service.restart=always");
    daemon_start(world, "");
    start_well(world, "nice", labels, ENDS_WITH("3"));
    start_well(world, "killed", labels, "");
    start_well(world, "kept", arena_format(&world->arena, "--restart always %s", labels), "");
    shell(world, "docker stop nice; docker kill killed; docker stop -t 1 kept");
    static const char *const names[] = {"nice", "killed", "kept"};
    for (size_t i = 0; i < 3; i++) {
        stopped(world, names[i], "manual", NULL);
        service_wait(world, names[i], "status", "stopped");
        service_wait(world, names[i], "instances[0].decision.reason", "manual-stop");
    }
    assert_string_equal(service_field(world, "killed", "instances[0].last_stop.exit_code"), "137");
    daemon_stop(world);
    daemon_start(world, "");
    for (size_t i = 0; i < 3; i++) {
        stopped(world, names[i], "manual", NULL);
        service_stays(world, names[i], "status", "stopped", 1000);
        assert_string_equal(service_field(world, names[i], "instances[0].decision.reason"), "manual-stop");
    }

    /* Stopped while quaywatch was away: nobody saw why. */
    shell(world, "docker start nice");
    service_wait(world, "nice", "status", "healthy");
    stopped(world, "nice", "manual", NULL); /* it runs, and its last stop is remembered */
    daemon_stop(world);
    shell(world, "docker stop nice");
    daemon_start(world, "");
    stopped(world, "nice", "first-seen", NULL);
    service_wait(world, "nice", "instances[0].decision.reason", "manual-stop");
}

static void healed(void **state)
{
    struct world *world = *state;
    daemon_start(world, "");
    start_well(world, "web", CHECKED, "");
    shell(world, "docker exec web sick 503");
    service_wait(world, "web", "instances[0].restarts.count", "1");
    service_wait(world, "web", "status", "healthy");
    stopped(world, "web", "healed", NULL);
    counted(world, "web", "healed");
}

static void docker_restarts_it(void **state)
{
    struct world *world = *state;
    daemon_start(world, "");
    container_run(world, "loop", "--restart always" CHECKED, "sh -c 'sleep 0.2; exit 7'");
    service_wait(world, "loop", "instances[0].container_state", "restarting");
    stopped(world, "loop", "crash", "7");
    service_wait(world, "loop", "status", "unhealthy");
    daemon_stop(world);
    daemon_start(world, "");
    stopped(world, "loop", "crash", "7");
    service_wait(world, "loop", "instances[0].container_state", "restarting");
    service_wait(world, "loop", "instances[0].decision.reason", "engine-restarting");
    shell(world, "docker stop loop"); /* between two restarts: no signal is sent, no death seen */
    service_wait(world, "loop", "status", "stopped");
    stopped(world, "loop", "manual", NULL);
    service_wait(world, "loop", "instances[0].decision.reason", "manual-stop");
}

static void engine_shuts_down(void **state)
{
    struct world *world = *state;
    daemon_start(world, "");
    start_well(world, "left", CHECKED LABEL("service.restart=always"), ENDS_WITH("0"));
    start_well(world, "back", "--restart always" CHECKED, ENDS_WITH("0"));
    engine_do(world, "stop", "");
    http_wait(world, "/api/v1/status", "engine.connected", "false");
    stopped(world, "left", "engine-shutdown", NULL);
    counted(world, "left", "engine-shutdown");
    assert_true(metric(world, "quaywatch_stops_total{service=\"left\",intent=\"manual\"}") < 0);
    engine_do(world, "start", "");
    service_wait(world, "back", "status", "healthy");
    stopped(world, "back", "engine-shutdown", NULL);
    service_wait(world, "left", "status", "stopped");
    service_wait(world, "left", "instances[0].decision.reason", "manual-stop");
    stopped(world, "left", "engine-shutdown", NULL);
}

static void neither_running_nor_ended(void **state)
{
    struct world *world = *state;
    daemon_start(world, "");
    /* (Sick, but paused long before it is healed for that.) */
    start_well(world, "paused", CHECKED LABEL("service.health.retries=100") LABEL("service.restart=always"),
               "");
    shell(world, "docker exec paused sick 503; docker pause paused");
    shell(world, "docker create --name new --label service.name=new " CHECKED " " IMAGE);
    service_wait(world, "paused", "status", "stopped");
    service_wait(world, "paused", "instances[0].container_state", "paused");
    service_wait(world, "paused", "instances[0].decision.reason", "paused");
    service_wait(world, "new", "status", "stopped");
    service_wait(world, "new", "instances[0].container_state", "created");
    assert_string_equal(service_field(world, "new", "instances[0].last_stop"), "null");
    assert_string_equal(service_field(world, "paused", "instances[0].last_stop"), "null");
    shell(world, "docker exec paused true 2>/dev/null; docker unpause paused");
    service_wait(world, "paused", "instances[0].container_state", "running");
}

/* One-shots of a service (a migration, a seed) beside its replicas, and alone. */
static void one_shots(void **state)
{
    struct world *world = *state;
    daemon_start(world, "");
    const char *joined = CHECKED LABEL("service.id=shop") LABEL("service.restart=always");
    start_well(world, "shop", joined, "");
    shell(world, "docker run -d --name seed --label service.id=shop --label service.name=shop " IMAGE
                 " sh -c 'sleep 1'");
    container_run(world, "migrate", "", "sh -c 'sleep 1'");
    http_wait(world, "/api/v1/status", "count(services[name=shop].instances)", "2");
    service_wait(world, "shop", "instances[container=seed].status", "stopped");
    service_wait(world, "shop", "status", "healthy");
    service_wait(world, "migrate", "status", "stopped");
    stopped(world, "migrate", "finished", "0");
    http_wait(world, "/api/v1/status", "summary.status", "healthy");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
    const struct CMUnitTest tests[] = {
        TEST(ends_by_itself),
        TEST(lacks_memory),
        TEST(people_stop),
        TEST(healed),
        TEST(docker_restarts_it),
        TEST(engine_shuts_down),
        TEST(neither_running_nor_ended),
        TEST(one_shots),
    };
    return cmocka_run_group_tests_name("statuses", tests, NULL, NULL);
}
