/* SPDX-License-Identifier: MIT */
/* What people and programs do to containers shows up in the registry: started, stopped, renamed, connected,
 * recreated, killed, paused, many at once. */
#include "tests/support/http.h"

#include <stdlib.h>
#include <string.h>

static void container_started_stopped_removed(void **state)
{
    struct world *world = *state;
    daemon_start(world, "");
    char *id = container_run(world, "web", CHECKED, "");
    service_wait(world, "web", "status", "healthy");
    assert_memory_equal(service_field(world, "web", "instances[0].id"), id, 12);
    assert_string_equal(service_field(world, "web", "instances[0].container"), "web");
    assert_string_equal(service_field(world, "web", "instances[0].container_state"), "running");
    assert_string_equal(service_field(world, "web", "instances[0].port"), "8080");
    assert_string_equal(service_field(world, "web", "instances[0].sources.port"), "service.port");
    assert_string_equal(service_field(world, "web", "instances[0].serving"), "true");
    assert_string_equal(service_field(world, "web", "instances[0].address"), container_address(world, "web"));
    shell(world, "docker stop web");
    service_wait(world, "web", "instances[0].container_state", "exited");
    service_wait(world, "web", "status", "stopped");
    service_wait(world, "web", "instances[0].serving", "false");
    shell(world, "docker start web");
    service_wait(world, "web", "status", "healthy");
    shell(world, "docker rm -f web");
    service_wait_gone(world, "web");
}

static void containers_that_were_there_before(void **state)
{
    struct world *world = *state;
    container_run(world, "old", CHECKED, "");
    container_run(world, "ended", CHECKED, "true");
    shell(world, "docker create --name made --label service.name=made " IMAGE);
    daemon_start(world, "");
    service_wait(world, "old", "status", "healthy");
    service_wait(world, "ended", "status", "stopped");
    service_wait(world, "made", "instances[0].container_state", "created");
    service_wait(world, "made", "status", "stopped");
}

static void which_containers_are_registered(void **state)
{
    struct world *world = *state;
    shell(world, "docker run -d --name plain " IMAGE);
    container_run(world, "hidden", LABEL("service.ignore=true"), "");
    shell(world, "docker run -d --name auto --label autoheal=true " IMAGE);
    container_run(world, "web", "", "");
    daemon_start(world, "");
    service_wait(world, "web", "status", "*");
    service_wait(world, "auto", "status", "*");
    assert_null(service_field(world, "plain", "status"));
    assert_null(service_field(world, "hidden", "status"));
    daemon_stop(world);
    daemon_start(world, "QUAYWATCH_WATCH=all");
    service_wait(world, "plain", "status", "*");
    assert_string_equal(service_field(world, "plain", "key"), "container:plain");
    assert_null(service_field(world, "hidden", "status"));
}

static void container_renamed(void **state)
{
    struct world *world = *state;
    daemon_start(world, "");
    container_run(world, "web", CHECKED, "");
    service_wait(world, "web", "instances[0].container", "web");
    shell(world, "docker rename web front");
    service_wait(world, "web", "instances[0].container", "front");
    /* Without labels for it the name is the identity. */
    shell(world, "docker run -d --name bare --label service.port=8080 " IMAGE);
    service_wait(world, "bare", "key", "container:bare");
    shell(world, "docker rename bare plain");
    service_wait(world, "plain", "key", "container:plain");
    service_wait_gone(world, "bare");
}

static void networks_connected_and_disconnected(void **state)
{
    struct world *world = *state;
    daemon_start(world, "");
    shell(world, "docker network create first && docker network create second");
    container_run(world, "web", "--network first --network-alias front" CHECKED, "");
    service_wait(world, "web", "status", "healthy");
    service_wait(world, "web", "instances[0].networks[name=first].aliases", "~front");
    assert_null(service_field(world, "web", "instances[0].networks[name=second]"));
    shell(world, "docker network connect --alias api --alias backend second web");
    service_wait(world, "web", "instances[0].networks[name=second].aliases", "~backend");
    service_wait(world, "web", "instances[0].networks[name=second].address",
                 shell(world, "docker inspect -f '{{.NetworkSettings.Networks.second.IPAddress}}' web"));
    http_wait(world, "/services/backend", "name", "web");
    shell(world, "docker network disconnect first web");
    service_wait(world, "web", "instances[0].networks[name=first]", NULL);
    service_wait(world, "web", "instances[0].address",
                 shell(world, "docker inspect -f '{{.NetworkSettings.Networks.second.IPAddress}}' web"));
    service_wait(world, "web", "status", "healthy");
    service_stays(world, "web", "status", "healthy", 1000);
}

static void container_recreated(void **state)
{
    struct world *world = *state;
    daemon_start(world, "");
    char *first = container_run(world, "web", CHECKED, "");
    service_wait(world, "web", "status", "healthy");
    char *key = service_field(world, "web", "key");
    shell(world, "docker rm -f web");
    char *second = container_run(world, "web", CHECKED LABEL("service.version=2"), "");
    assert_string_not_equal(first, second);
    service_wait(world, "web", "instances[0].id", arena_copy_n(&world->arena, second, 12));
    service_wait(world, "web", "status", "healthy");
    assert_string_equal(service_field(world, "web", "key"), key);
    assert_string_equal(service_field(world, "web", "version"), "2");
    assert_string_equal(http_json(world, "/api/v1/status", "count(services)"), "1");
}

static void container_process_killed(void **state)
{
    struct world *world = *state;
    daemon_start(world, "");
    container_run(world, "web", CHECKED LABEL("service.restart=no"), "");
    service_wait(world, "web", "status", "healthy");
    container_crash(world, "web");
    service_wait(world, "web", "instances[0].container_state", "exited");
    service_wait(world, "web", "status", "unhealthy");
    service_wait(world, "web", "instances[0].serving", "false");
    service_wait(world, "web", "instances[0].decision.action", "hold");
    service_wait(world, "web", "instances[0].decision.reason", "policy");
}

static void container_paused(void **state)
{
    struct world *world = *state;
    daemon_start(world, "");
    container_run(world, "web", CHECKED, "");
    service_wait(world, "web", "status", "healthy");
    shell(world, "docker pause web");
    service_wait(world, "web", "instances[0].container_state", "paused");
    service_wait(world, "web", "status", "stopped");
    service_wait(world, "web", "instances[0].serving", "false");
    shell(world, "docker unpause web");
    service_wait(world, "web", "status", "healthy");
}

/* The names and states of all containers, one a line in order, as the engine says and as quaywatch says. */
static bool registry_equals_engine(struct world *world, char **ret_engine, char **ret_registry)
{
    char *path = arena_format(&world->arena, "%s/status.json", world->folder);
    *ret_engine = shell(world, "docker ps -a --no-trunc --format '{{.ID}} {{.Names}} {{.State}}' | "
                               "sed -E 's/^(.{12})[^ ]*/\\1/' | LC_ALL=C sort");
    *ret_registry = shell(
        world,
        "curl -s http://127.0.0.1:%d/api/v1/status >'%s' && jq -r '.services[].instances[] | "
        "\"\\(.id) \\(.container) \\(.container_state)\"' '%s' | LC_ALL=C sort",
        world->port, path, path);
    return strcmp(*ret_engine, *ret_registry) == 0;
}

static void wait_registry_equals_engine(struct world *world, const char *when)
{
    char *engine, *registry;
    for (int64_t end = clock_now_ms() + PATIENCE_MS; !registry_equals_engine(world, &engine, &registry);
         clock_pause())
        if (clock_now_ms() > end)
            world_fail(world, "%s the registry differs from the engine:\n%s\n--- registry:\n%s", when, engine,
                       registry);
}

/* Starts twenty containers at once: name1 to name20. */
static void run_twenty(struct world *world, const char *name)
{
    shell(world,
          "for i in $(seq 20); do docker run -d --name %s$i --label service.name=%s$i --label "
          "service.port=8080 " IMAGE " >/dev/null & done; wait",
          name, name);
}

static void many_at_once(void **state)
{
    struct world *world = *state;
    daemon_start(world, "QUAYWATCH_RESYNC_INTERVAL=2s");
    run_twenty(world, "red");
    run_twenty(world, "green");
    run_twenty(world, "blue");
    wait_registry_equals_engine(world, "After 60 starts");
    http_wait(world, "/api/v1/status", "count(services)", "60");
    http_wait(world, "/api/v1/status", "summary.healthy", "60");
    /* At once: some removed, some stopped, some renamed, some begun. */
    shell(world, "for i in $(seq 20); do docker rm -f red$i >/dev/null & docker kill green$i >/dev/null & "
                 "docker rename blue$i navy$i & done; wait");
    run_twenty(world, "red");
    wait_registry_equals_engine(world, "After the storm");
    shell(world, "docker ps -aq | xargs docker rm -f");
    http_wait(world, "/api/v1/status", "count(services)", "0");
    /* A resync later, and the time it gives events to explain what it found, nothing had been missed by them.
     */
    for (int64_t end = clock_now_ms() + 13000; clock_now_ms() < end; clock_pause())
        assert_string_equal(http_json(world, "/api/v1/status", "count(services)"), "0");
    double differences = metric(world, "quaywatch_resync_differences_total");
    if (differences != 0)
        world_fail(world, "The resync found %g differences that no event had told.", differences);
    assert_true(metric(world, "quaywatch_engine_reconnects_total") == 0);
    assert_true(metric(world, "quaywatch_engine_up") == 1);
}

static void labels_too_large_are_cut(void **state)
{
    struct world *world = *state;
    daemon_start(world, "");
    shell(world,
          "big=$(head -c 50000 /dev/zero | tr '\\0' x); docker run -d --name web --label service.name=web "
          "--label service.port=8080 --label zz.one=$big --label zz.two=$big " IMAGE);
    service_wait(world, "web", "status", "healthy");
    service_wait(world, "web", "instances[0].findings", "~abel");
    shell(world, "docker stop web");
    service_wait(world, "web", "status", "stopped");
    assert_true(metric(world, "quaywatch_engine_reconnects_total") == 0);
}

static void overrides_reach_unlabelled_containers(void **state)
{
    struct world *world = *state;
    shell(world, "printf '[legacy]\\nservice.name=billing\\nservice.port=8080\\n' >'%s/overrides'",
          world->folder);
    shell(world, "docker run -d --name legacy " IMAGE);
    daemon_start(world, arena_format(&world->arena, "QUAYWATCH_OVERRIDES=%s/overrides", world->folder));
    service_wait(world, "billing", "status", "healthy");
    assert_string_equal(service_field(world, "billing", "instances[0].container"), "legacy");
}

int main(int argc, char **argv)
{
    if (argc > 1)
        cmocka_set_test_filter(argv[1]); /* one test by name, with * and ? */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(container_started_stopped_removed, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(containers_that_were_there_before, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(which_containers_are_registered, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(container_renamed, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(networks_connected_and_disconnected, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(container_recreated, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(container_process_killed, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(container_paused, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(many_at_once, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(labels_too_large_are_cut, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(overrides_reach_unlabelled_containers, world_setup, world_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
