/* SPDX-License-Identifier: MIT */
/* Swarm tasks on a real single-node swarm: they are their orchestrator's to restart, but a service whose
 * tasks keep falling is failed, and is rolled back where its label says so. */
#include "tests/support/http.h"

#include <string.h>

/* Tasks fall sick or end quickly, and are made anew quickly. (This machine's network has no load balancer of
 * its own, hence dnsrr; without a registry images are not resolved.) */
#define CREATE                                                                                               \
    "docker service create -q --detach --name shop --endpoint-mode dnsrr --no-resolve-image "                \
    "--restart-delay 200ms --container-label service.name=shop --container-label service.restart.max=2 "     \
    "--container-label service.restart.window=1m "

static void swarm_leave(struct world *world)
{
    char *ignored;
    shell_status(world, &ignored, "docker service rm shop; docker swarm leave --force");
}

static void swarm_start(struct world *world)
{
    char *ignored;
    shell_status(world, &ignored, "docker swarm leave --force");
    shell(world, "docker swarm init --advertise-addr 127.0.0.1 --listen-addr 127.0.0.1:2377");
}

static int swarm_teardown(void **state)
{
    swarm_leave(*state);
    return world_teardown(state);
}

static void wait_for(struct world *world, const char *wanted, const char *command)
{
    const char *got = "";
    for (int64_t end = clock_now_ms() + PATIENCE_MS; clock_now_ms() < end; clock_pause())
        if (strcmp(got = shell(world, "%s", command), wanted) == 0)
            return;
    world_fail(world, "`%s` gives \"%s\" and not \"%s\"", command, got, wanted);
}

#define ARGS "docker service inspect -f '{{json .Spec.TaskTemplate.ContainerSpec.Args}}' shop"

static void falling_tasks_are_rolled_back_once(void **state)
{
    struct world *world = *state;
    swarm_start(world);
    daemon_start(world, "");
    shell(world, CREATE "--container-label service.on_failed=swarm-rollback " IMAGE " sleep 1000");
    service_wait(world, "shop", "instances[0].container_state", "running");
    service_wait(world, "shop", "key",
                 arena_format(&world->arena, "swarm:%s",
                              shell(world, "docker service "
                                           "inspect -f "
                                           "'{{.ID}}' shop")));
    /* A version that ends at once. */
    shell(world, "docker service update -q --detach --no-resolve-image --args 'sleep 0.5' shop");
    wait_for(world, "[\"sleep\",\"1000\"]", ARGS);
    wait_for(world, "rollback_completed", "docker service inspect -f '{{.UpdateStatus.State}}' shop");
    char *log = daemon_log(world);
    assert_non_null(strstr(log, "emergency: failed after 2 restarts"));
    assert_non_null(strstr(log, "rolled back to its previous specification"));
    assert_null(strstr(log, "Restarting (")); /* quaywatch itself restarts no task */
    /* What a rollback led to is not rolled back again, though it has a previous specification, too. */
    service_wait(world, "shop", "instances[0].restarts.in_window", "!0");
    assert_string_equal(shell(world, "grep -c 'is rolled back to' '%s/daemon.log'", world->folder), "1");
}

static void without_a_previous_version_it_is_said(void **state)
{
    struct world *world = *state;
    swarm_start(world);
    daemon_start(world, "");
    shell(world, CREATE "--container-label service.on_failed=swarm-rollback " IMAGE " sleep 0.5");
    for (int64_t end = clock_now_ms() + PATIENCE_MS;
         !strstr(daemon_log(world), "Not rolled back: the service has no previous specification");
         clock_pause())
        assert_true(clock_now_ms() < end);
    assert_non_null(strstr(daemon_log(world), "emergency: failed after 2 restarts"));
    assert_string_equal(shell(world, ARGS), "[\"sleep\",\"0.5\"]");
}

static void without_the_label_it_is_only_failed(void **state)
{
    struct world *world = *state;
    swarm_start(world);
    daemon_start(world, "");
    shell(world, CREATE IMAGE " sleep 1000");
    service_wait(world, "shop", "instances[0].container_state", "running");
    shell(world, "docker service update -q --detach --no-resolve-image --args 'sleep 0.5' shop");
    for (int64_t end = clock_now_ms() + PATIENCE_MS;
         !strstr(daemon_log(world), "emergency: failed after 2 restarts"); clock_pause())
        assert_true(clock_now_ms() < end);
    assert_null(strstr(daemon_log(world), "olled back"));
    assert_string_equal(shell(world, ARGS), "[\"sleep\",\"0.5\"]");
}

int main(int argc, char **argv)
{
    if (argc > 1)
        cmocka_set_test_filter(argv[1]); /* one test by name, with * and ? */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(falling_tasks_are_rolled_back_once, world_setup, swarm_teardown),
        cmocka_unit_test_setup_teardown(without_a_previous_version_it_is_said, world_setup, swarm_teardown),
        cmocka_unit_test_setup_teardown(without_the_label_it_is_only_failed, world_setup, swarm_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
