/* SPDX-License-Identifier: MIT */
/* The engine goes away under quaywatch and comes back: what was known stays, one sentence says what is wrong,
 * everything is found again, and an engine's shutdown is not taken for people stopping their containers, nor
 * for crashes. */
#include "tests/support/http.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define NOBODY 65534

/* Waits for a lost engine; the registry must still know the service. */
static void wait_lost(struct world *world, const char *service)
{
    http_wait(world, "/api/v1/status", "engine.connected", "false");
    http_wait(world, "/api/v1/status", "engine.error", "!null");
    http_wait(world, "/health", "dependencies.engine", "false");
    http_wait(world, "/health", "checks.engine", "~unhealthy: ");
    assert_non_null(service_field(world, service, "status"));
    assert_true(metric(world, "quaywatch_engine_up") == 0);
}

static void wait_back(struct world *world)
{
    http_wait(world, "/api/v1/status", "engine.connected", "true");
    http_wait(world, "/api/v1/status", "engine.error", "null");
    http_wait(world, "/health", "dependencies.engine", "true");
    assert_true(metric(world, "quaywatch_engine_up") == 1);
}

static void engine_stopped_and_started(void **state)
{
    struct world *world = *state;
    daemon_start(world, "");
    container_run(world, "web", "--restart always" CHECKED, "");
    container_run(world, "left", CHECKED LABEL("service.restart=always"), "");
    service_wait(world, "web", "status", "healthy");
    service_wait(world, "left", "status", "healthy");
    engine_do(world, "stop", "");
    wait_lost(world, "web");
    engine_do(world, "start", "");
    wait_back(world);
    /* The engine starts the one again; the other was not stopped by a person, but nobody can know: hands off.
     */
    service_wait(world, "web", "status", "healthy");
    service_wait(world, "left", "instances[0].container_state", "exited");
    service_wait(world, "left", "instances[0].decision.reason", "manual-stop");
    service_stays(world, "left", "instances[0].container_state", "exited", 2500);
    /* The one that is back is healed as before. */
    shell(world, "docker exec web sick 503");
    service_wait(world, "web", "instances[0].restarts.count", "1");
    service_wait(world, "web", "status", "healthy");
    assert_string_equal(http_json(world, "/api/v1/status", "count(services)"), "2");
    assert_true(metric(world, "quaywatch_engine_reconnects_total") >= 1);
}

static void engine_killed_containers_survive(void **state)
{
    struct world *world = *state;
    daemon_start(world, "");
    container_run(world, "web", CHECKED, "");
    container_run(world, "gone", CHECKED, "");
    service_wait(world, "web", "status", "healthy");
    service_wait(world, "gone", "status", "healthy");
    char *started_at = container_started_at(world, "web");
    char *gone_pid = shell(world, "docker inspect -f '{{.State.Pid}}' gone");
    engine_do(world, "kill", "");
    wait_lost(world, "web");
    /* Dies while nobody looks: no event will ever tell. */
    shell(world, "compose/engine.sh inside '%s' kill -KILL %s", world->engine_dir, gone_pid);
    engine_do(world, "start", "ENGINE_ARGS=--live-restore");
    wait_back(world);
    service_wait(world, "web", "status", "healthy");
    service_wait(world, "gone", "instances[0].container_state", "exited");
    assert_string_equal(container_started_at(world, "web"), started_at);
    assert_string_equal(service_field(world, "web", "instances[0].restarts.count"), "0");
    /* The stream is alive again. */
    shell(world, "docker rm -f web");
    service_wait_gone(world, "web");
    container_run(world, "fresh", CHECKED, "");
    service_wait(world, "fresh", "status", "healthy");
    shell(world, "docker rm -f fresh gone");
    engine_do(world, "stop", "");
    engine_do(world, "start", "");
}

static void engine_restarted_while_containers_change(void **state)
{
    struct world *world = *state;
    daemon_start(world, "");
    container_run(world, "keep", "--restart unless-stopped" CHECKED, "");
    container_run(world, "away", CHECKED, "");
    service_wait(world, "keep", "status", "healthy");
    service_wait(world, "away", "status", "healthy");
    engine_do(world, "stop", "");
    engine_do(world, "start", "");
    shell(world, "docker rm -f away");
    container_run(world, "fresh", CHECKED, "");
    service_wait(world, "keep", "status", "healthy");
    service_wait(world, "fresh", "status", "healthy");
    service_wait_gone(world, "away");
    assert_string_equal(http_json(world, "/api/v1/status", "count(services)"), "2");
}

static void engine_hangs(void **state)
{
    struct world *world = *state;
    daemon_start(world, "");
    container_run(world, "web", CHECKED, "");
    service_wait(world, "web", "status", "healthy");
    shell(world, "kill -STOP $(cat '%s/engine.pid')", world->engine_dir);
    http_wait(world, "/api/v1/status", "engine.connected", "false");
    /* Health checks need no engine. */
    assert_string_equal(service_field(world, "web", "status"), "healthy");
    shell(world, "kill -CONT $(cat '%s/engine.pid')", world->engine_dir);
    wait_back(world);
    service_stays(world, "web", "status", "healthy", 1000);
}

/* A socket file that nobody listens on any more. */
static void leave_socket(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    assert_true(strlen(path) < sizeof address.sun_path);
    memcpy(address.sun_path, path, strlen(path) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    close(fd);
    assert_int_equal(chmod(path, 0777), 0);
}

/* Each of them in its own words: what, why, what to do. */
static void each_trouble_has_its_sentence(void **state)
{
    struct world *world = *state;
    char *sentence[3];
    world->docker_host = arena_format(&world->arena, "unix://%s/no.sock", world->folder);
    daemon_start(world, "");
    http_wait(world, "/api/v1/status", "engine.error", "~no.sock");
    sentence[0] = http_json(world, "/api/v1/status", "engine.error");
    daemon_stop(world);
    /* A socket whose owner is dead. */
    leave_socket(arena_format(&world->arena, "%s/no.sock", world->folder));
    daemon_start(world, "");
    http_wait(world, "/api/v1/status", "engine.error", "!null");
    sentence[1] = http_json(world, "/api/v1/status", "engine.error");
    daemon_stop(world);
    /* One that we may not open. */
    world->docker_host = arena_format(&world->arena, "unix://%s/docker.sock", world->engine_dir);
    world->uid = NOBODY;
    daemon_start(world, "");
    http_wait(world, "/api/v1/status", "engine.error", "~docker.sock");
    sentence[2] = http_json(world, "/api/v1/status", "engine.error");
    assert_non_null(strstr(sentence[2], "ermission"));
    for (size_t i = 0; i < 3; i++) {
        assert_true(strlen(sentence[i]) > 40); /* not just strerror's words */
        assert_string_not_equal(sentence[i], sentence[(i + 1) % 3]);
    }
}

static void engine_appears_late(void **state)
{
    struct world *world = *state;
    container_run(world, "web", CHECKED, "");
    world->docker_host = arena_format(&world->arena, "unix://%s/late.sock", world->folder);
    daemon_start(world, "");
    http_wait(world, "/api/v1/status", "engine.connected", "false");
    shell(world, "ln -s '%s/docker.sock' '%s/late.sock'", world->engine_dir, world->folder);
    wait_back(world);
    service_wait(world, "web", "status", "healthy");
}

int main(int argc, char **argv)
{
    if (argc > 1)
        cmocka_set_test_filter(argv[1]); /* one test by name, with * and ? */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(engine_stopped_and_started, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(engine_killed_containers_survive, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(engine_restarted_while_containers_change, world_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(engine_hangs, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(each_trouble_has_its_sentence, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(engine_appears_late, world_setup, world_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
