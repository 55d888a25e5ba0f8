/* SPDX-License-Identifier: MIT */
/* Podman's compatible service, for watching: its events have other names and another order, its lists lack
 * fields. */
#include "tests/support/http.h"

#include <string.h>

static void containers_come_and_go(void **state)
{
    struct world *world = *state;
    container_run(world, "old", CHECKED, "");
    daemon_start(world, "");
    http_wait(world, "/api/v1/status", "engine.connected", "true");
    service_wait(world, "old", "status", "healthy");
    char *id = container_run(world, "web", CHECKED, "");
    service_wait(world, "web", "status", "healthy");
    assert_memory_equal(service_field(world, "web", "instances[0].id"), id, 12);
    shell(world, "docker stop web");
    service_wait(world, "web", "instances[0].container_state", "exited");
    service_wait(world, "web", "instances[0].serving", "false");
    shell(world, "docker start web");
    service_wait(world, "web", "status", "healthy");
    shell(world, "docker rm -f web");
    service_wait_gone(world, "web");
    service_wait(world, "old", "status", "healthy");
    assert_true(metric(world, "quaywatch_engine_reconnects_total") == 0);
}

static void container_process_killed(void **state)
{
    struct world *world = *state;
    daemon_start(world, "");
    container_run(world, "web", CHECKED LABEL("service.restart=no"), "");
    service_wait(world, "web", "status", "healthy");
    container_crash(world, "web");
    service_wait(world, "web", "instances[0].container_state", "exited");
    service_wait(world, "web", "instances[0].serving", "false");
}

static void host_network(void **state)
{
    struct world *world = *state;
    /* Its gateway is an address of ours: that is how quaywatch knows for sure that it runs on the engine's
     * own host. */
    container_run(world, "bridged", CHECKED, "");
    daemon_start(world, "");
    service_wait(world, "bridged", "status", "healthy");
    container_run(world, "web",
                  "--network host" LABEL("service.port=8081") LABEL("service.health.path=/health") QUICK,
                  "serve 8081");
    service_wait(world, "web", "instances[0].container_state", "running");
    service_wait(world, "web", "status", "healthy");
}

static void service_stopped_and_started(void **state)
{
    struct world *world = *state;
    daemon_start(world, "");
    container_run(world, "web", CHECKED, "");
    service_wait(world, "web", "status", "healthy");
    engine_do(world, "kill", "");
    http_wait(world, "/api/v1/status", "engine.connected", "false");
    assert_non_null(service_field(world, "web", "status"));
    engine_do(world, "start", "");
    http_wait(world, "/api/v1/status", "engine.connected", "true");
    service_wait(world, "web", "status", "healthy");
    shell(world, "docker rm -f web");
    service_wait_gone(world, "web");
}

int main(int argc, char **argv)
{
    if (argc > 1)
        cmocka_set_test_filter(argv[1]); /* one test by name, with * and ? */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(containers_come_and_go, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(container_process_killed, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(host_network, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(service_stopped_and_started, world_setup, world_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
