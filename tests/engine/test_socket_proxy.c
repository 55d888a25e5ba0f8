/* SPDX-License-Identifier: MIT */
/* Behind a filtering socket proxy (a real HAProxy): all works with what the contract lists and no more, and a
 * refused restart is said, not tried again and again (CONTRACT section 13). */
#include "tests/support/http.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* What is said of a restart: allow it, or answer something else. */
#define ALLOWED "http-request allow if { method POST } restart"
#define DENIED "http-request deny deny_status 403 if { method POST } restart"
#define ANSWERED(status)                                                                                     \
    "http-request return status " status " content-type application/json string "                            \
    "'{\"message\":\"not now, says the test\"}' if { method POST } restart"

static pid_t proxy_start(struct world *world, const char *restart_rule)
{
    char *config = arena_format(&world->arena, "%s/proxy.cfg", world->folder);
    char *command = arena_format(
        &world->arena,
        "cat >'%s' <<'END'\n"
        "global\n    maxconn 200\n"
        "defaults\n    mode http\n    timeout connect 5s\n    timeout client 1h\n    timeout server 1h\n"
        "    option http-no-delay\n"
        "frontend proxy\n    bind unix@%s/proxy.sock mode 666\n"
        "    acl restart path_reg ^(/v[0-9.]+)?/containers/[0-9a-f]+/restart$\n"
        "    acl listed path_reg ^(/v[0-9.]+)?/(containers/|events|networks|version)\n"
        "    %s\n    http-request deny unless { method GET } listed\n"
        "    default_backend engine\n"
        "backend engine\n    server engine unix@%s/docker.sock\nEND\n",
        config, world->folder, restart_rule, world->engine_dir);
    shell(world, "%s", command);
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        execlp("haproxy", "haproxy", "-q", "-db", "-f", config, (char *)NULL);
        _exit(127);
    }
    world->docker_host = arena_format(&world->arena, "unix://%s/proxy.sock", world->folder);
    for (int64_t end = clock_now_ms() + PATIENCE_MS;; clock_pause()) {
        char *ignored;
        if (shell_status(world, &ignored, "curl -sf --unix-socket '%s/proxy.sock' http://d/version",
                         world->folder) == 0)
            return child;
        assert_true(clock_now_ms() < end);
    }
}

static void proxy_stop(pid_t proxy)
{
    kill(proxy, SIGKILL);
    waitpid(proxy, NULL, 0);
}

static void refused(struct world *world, const char *method, const char *path)
{
    assert_string_equal(shell(world,
                              "curl -s -o /dev/null -w '%%{http_code}' -X %s --unix-socket '%s/proxy.sock' "
                              "http://d%s",
                              method, world->folder, path),
                        "403");
}

static void what_is_listed_is_enough(void **state)
{
    struct world *world = *state;
    pid_t proxy = proxy_start(world, ALLOWED);
    refused(world, "GET", "/_ping");
    refused(world, "GET", "/info");
    refused(world, "POST", "/containers/aa/stop");
    daemon_start(world, "");
    container_run(world, "web", CHECKED, "");
    service_wait(world, "web", "status", "healthy");
    assert_string_equal(http_json(world, "/api/v1/status", "engine.connected"), "true");
    assert_string_equal(http_json(world, "/api/v1/status", "engine.version"),
                        shell(world, "docker version -f '{{.Server.Version}}'"));
    assert_string_not_equal(http_json(world, "/api/v1/status", "engine.api_version"), "");
    shell(world, "docker exec web sick 503");
    service_wait(world, "web", "instances[0].restarts.count", "1");
    service_wait(world, "web", "status", "healthy");
    shell(world, "docker stop -t 1 web");
    service_wait(world, "web", "instances[0].decision.reason", "manual-stop");
    assert_string_equal(http_json(world, "/api/v1/status", "controller.mode"), "act");
    daemon_stop(world);
    proxy_stop(proxy);
}

static void a_refused_restart_is_observed(void **state)
{
    struct world *world = *state;
    pid_t proxy = proxy_start(world, DENIED);
    daemon_start(world, "");
    container_run(world, "web", CHECKED, "");
    service_wait(world, "web", "status", "healthy");
    char *started_at = container_started_at(world, "web");
    shell(world, "docker exec web sick 503");
    http_wait(world, "/api/v1/status", "controller.mode", "observe");
    service_wait(world, "web", "instances[0].decision.reason", "policy");
    service_wait(world, "web", "instances[0].decision.sentence", "~Observing only");
    assert_string_not_equal(service_field(world, "web", "instances[0].decision.next_at"), "null");
    http_wait(world, "/health", "checks.controller", "~refuses restarts");
    http_wait(world, "/health", "status", "degraded");
    service_stays(world, "web", "instances[0].restarts.count", "0", 3000);
    assert_string_equal(container_started_at(world, "web"), started_at);
    assert_string_equal(shell(world, "grep -c 'Restart (unhealthy) refused' '%s/daemon.log'", world->folder),
                        "1");
    /* Somebody mends the proxy. */
    proxy_stop(proxy);
    proxy = proxy_start(world, ALLOWED);
    service_wait(world, "web", "instances[0].restarts.count", "1");
    service_wait(world, "web", "status", "healthy");
    assert_string_equal(http_json(world, "/api/v1/status", "controller.mode"), "act");
    http_wait(world, "/health", "checks.controller", "healthy");
    daemon_stop(world);
    proxy_stop(proxy);
}

/* The engine answers something that no second try changes: said, paced, and in the end failed. */
static void an_unwilling_engine(struct world *world, const char *rule)
{
    pid_t proxy = proxy_start(world, rule);
    daemon_start(world, "");
    container_run(world, "web",
                  CHECKED LABEL("service.restart.max=2") LABEL("service.restart.backoff=2s")
                      LABEL("service.restart.backoff_max=2s"),
                  "");
    service_wait(world, "web", "status", "healthy");
    char *started_at = container_started_at(world, "web");
    shell(world, "docker exec web sick 503");
    service_wait(world, "web", "instances[0].decision.sentence", "~not now, says the test");
    assert_string_equal(service_field(world, "web", "instances[0].decision.reason"), "backoff");
    service_wait(world, "web", "status", "failed");
    service_stays(world, "web", "instances[0].restarts.count", "2", 2000);
    assert_string_equal(container_started_at(world, "web"), started_at);
    daemon_stop(world);
    proxy_stop(proxy);
}

static void a_conflict_is_said(void **state)
{
    an_unwilling_engine(*state, ANSWERED("409"));
}

static void a_container_unknown_to_restart_is_said(void **state)
{
    an_unwilling_engine(*state, ANSWERED("404"));
}

int main(int argc, char **argv)
{
    if (argc > 1)
        cmocka_set_test_filter(argv[1]); /* one test by name, with * and ? */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_listed_is_enough, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(a_refused_restart_is_observed, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(a_conflict_is_said, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(a_container_unknown_to_restart_is_said, world_setup, world_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
