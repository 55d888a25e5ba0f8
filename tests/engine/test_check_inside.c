/* SPDX-License-Identifier: MIT */
/* Checks inside real containers: commands by the exec API, files by the archive API (CONTRACT section 4). */
#include "tests/support/filter_proxy.h"
#include "tests/support/http.h"

#include <stdlib.h>
#include <string.h>

#define COMMAND(text) " --label 'service.health.command=" text "' "
#define FILE_CHECK(path) LABEL("service.health.file=" path)
#define UNHEALED LABEL("service.restart=no")

/* Containers whose answer never changes. None has a network that quaywatch could reach it by. */
static const struct fixed_case {
    const char *name, *labels, *status, *field, *value;
} fixed_cases[] = {
    {"array", COMMAND("[\"test\", \"-d\", \"/bin\"]"), "healthy", "health.message",
     "Command exited with code 0"},
    {"line", COMMAND("test -d /bin && [ $((1 + 1)) = 2 ]"), "healthy", "health.check", "command"},
    {"composes", COMMAND("[\"CMD-SHELL\", \"exit 0\"]"), "healthy", "health.target", "command"},
    {"talks", COMMAND("cat /dev/zero | head -c 300000; echo hunter2 >&2"), "healthy", "health.check",
     "command"},
    {"fails", COMMAND("echo hunter2; exit 3"), "unhealthy", "health.message", "Command exited with code 3"},
    {"class", COMMAND("[\"false\"]"), "unhealthy", "health.error_class", "SERVER_ERROR"},
    {"absent", COMMAND("[\"/nothing/here\", \"hunter2\"]"), "unhealthy", "health.message",
     "~Command cannot run"},
    {"absent2", COMMAND("/nothing/here hunter2"), "unhealthy", "health.error_class", "CLIENT_ERROR"},
    {"exists", FILE_CHECK("/bin/busybox"), "healthy", "health.message", "File /bin/busybox exists"},
    {"folder", FILE_CHECK("/bin"), "healthy", "health.target", "/bin"},
    {"blank", " --label 'service.health.file=/no such?file' ", "unhealthy", "health.message",
     "File /no such?file does not exist"},
};

static void answers_that_stay(void **state)
{
    struct world *world = *state;
    for (size_t i = 0; i < sizeof fixed_cases / sizeof *fixed_cases; i++)
        container_run(
            world, fixed_cases[i].name,
            arena_format(&world->arena, "--network none" QUICK UNHEALED "%s", fixed_cases[i].labels), "");
    daemon_start(world, "QUAYWATCH_LOG_LEVEL=info");
    for (size_t i = 0; i < sizeof fixed_cases / sizeof *fixed_cases; i++) {
        const struct fixed_case *row = &fixed_cases[i];
        service_wait(world, row->name, "status", row->status);
        service_wait(world, row->name, arena_format(&world->arena, "instances[0].%s", row->field),
                     row->value);
        assert_null(strstr(service_field(world, row->name, "instances[0].findings"), "unreachable-network"));
    }
    /* Neither a command's words nor what it wrote is anywhere. */
    static const char *const places[] = {"/api/v1/status",
                                         "/api/v1/samples",
                                         "/services",
                                         "/metrics",
                                         "/services/fails",
                                         "/api/v1/services/absent2/explain",
                                         "/api/v1/services/fails/explain",
                                         "/api/v1/lint",
                                         "/api/v1/events"};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        assert_null(strstr(http_get(world, places[i])->body, "hunter2"));
    assert_null(strstr(daemon_log(world), "hunter2"));
    daemon_stop(world);
    char *ignored;
    assert_int_not_equal(shell_status(world, &ignored, "grep -rs hunter2 '%s'", world->folder), 0);
}

static void answers_that_change(void **state)
{
    struct world *world = *state;
    daemon_start(world, "");
    container_run(world, "ready", "--network none" QUICK UNHEALED FILE_CHECK("/ready"), "sleep 1000");
    container_run(world, "good", "--network none" QUICK UNHEALED COMMAND("! test -e /bad"), "sleep 1000");
    service_wait(world, "ready", "status", "unhealthy");
    service_wait(world, "good", "status", "healthy");
    shell(world, "docker exec ready touch /ready; docker exec good touch /bad");
    service_wait(world, "ready", "status", "healthy");
    service_wait(world, "good", "status", "unhealthy");
    shell(world, "docker exec ready rm /ready; docker exec good rm /bad");
    service_wait(world, "ready", "status", "unhealthy");
    service_wait(world, "good", "status", "healthy");
}

/* An image that holds one program and nothing else. */
static void import_bare(struct world *world)
{
    shell(world,
          "cd '%s' && mkdir bare && cp $(command -v busybox) bare/busybox && "
          "tar -C bare -c . | docker import -c 'CMD [\"/busybox\", \"sleep\", \"1000\"]' - bare:1",
          world->folder);
}

static void images_without_a_shell(void **state)
{
    struct world *world = *state;
    import_bare(world);
    shell(world,
          "docker run -d --name file --network none --label service.name=file" QUICK UNHEALED FILE_CHECK(
              "/ready") "bare:1");
    shell(world,
          "docker run -d --name array --network none --label service.name=array" QUICK UNHEALED COMMAND(
              "[\"/busybox\", \"true\"]") "bare:1");
    shell(world, "docker run -d --name shell --network none --label service.name=shell" QUICK COMMAND(
                     "true") "bare:1");
    daemon_start(world, "");
    service_wait(world, "file", "instances[0].health.message", "File /ready does not exist");
    service_wait(world, "array", "status", "healthy");
    /* It can never have worked, so a restart would cure nothing. */
    service_wait(world, "shell", "instances[0].decision.reason", "check-wrong");
    shell(world, "docker exec file /busybox touch /ready");
    service_wait(world, "file", "status", "healthy");
}

/* How many processes of a container have this in their command line. */
static int processes(struct world *world, const char *container, const char *words)
{
    return atoi(shell(world, "docker top %s -o pid,args | grep -cF -e '%s' || true", container, words));
}

/* Their ids. */
static char *process_id(struct world *world, const char *container, const char *words)
{
    return shell(world, "docker top %s -o pid,args | awk '/%s/ {print $1}'", container, words);
}

static void wait_processes(struct world *world, const char *container, const char *words, int count)
{
    for (int64_t end = clock_now_ms() + PATIENCE_MS; processes(world, container, words) != count;
         clock_pause())
        if (clock_now_ms() > end)
            world_fail(world, "%d processes of %s in %s instead of %d", processes(world, container, words),
                       words, container, count);
}

static void hanging_commands_never_pile_up(void **state)
{
    struct world *world = *state;
    daemon_start(world, "");
    container_run(world, "web",
                  "--network none" QUICK UNHEALED COMMAND("[\"sleep\", \"4321\"]")
                      LABEL("service.health.timeout=300ms"),
                  "sleep 1000");
    service_wait(world, "web", "status", "unhealthy");
    assert_string_equal(service_field(world, "web", "instances[0].health.message"),
                        "Command did not end within 300ms; it still runs, and no other is started meanwhile");
    assert_string_equal(service_field(world, "web", "instances[0].health.error_class"), "TIMEOUT_ERROR");
    assert_int_equal(processes(world, "web", "sleep 4321"), 1);
    service_stays(world, "web", "status", "unhealthy", 2000);
    assert_int_equal(processes(world, "web", "sleep 4321"), 1);
    /* Once it has ended, the next is started, and no earlier. */
    char *first = process_id(world, "web", "sleep 4321");
    shell(world, "compose/engine.sh inside '%s' kill -KILL %s", world->engine_dir, first);
    for (int64_t end = clock_now_ms() + PATIENCE_MS;
         strlen(process_id(world, "web", "sleep 4321")) == 0 ||
         strcmp(process_id(world, "web", "sleep 4321"), first) == 0;
         clock_pause())
        if (clock_now_ms() > end)
            world_fail(world, "No second command was started");
    assert_int_equal(processes(world, "web", "sleep 4321"), 1);
    /* A check that is cancelled in the middle leaves its process behind: the next knows of it. */
    shell(world, "docker pause web");
    service_wait(world, "web", "status", "stopped");
    shell(world, "docker unpause web");
    service_wait(world, "web", "status", "unhealthy");
    service_stays(world, "web", "status", "unhealthy", 1000);
    assert_int_equal(processes(world, "web", "sleep 4321"), 1);
}

static void commands_that_hang_keep_nobody_waiting(void **state)
{
    struct world *world = *state;
    for (int i = 0; i < 18; i++) /* more than may run at once */
        container_run(world, arena_format(&world->arena, "hang%d", i),
                      "--network none" QUICK UNHEALED COMMAND("[\"sleep\", \"4321\"]")
                          LABEL("service.health.timeout=20s"),
                      "sleep 1000");
    daemon_start(world, "");
    container_run(world, "file", "--network none" QUICK FILE_CHECK("/bin"), "sleep 1000");
    container_run(world, "web", CHECKED, "");
    service_wait(world, "file", "status", "healthy");
    service_wait(world, "web", "status", "healthy");
    shell(world, "docker exec web sick 503");
    service_wait(world, "web", "instances[0].restarts.count", "1");
}

/* Each is stopped while its command runs. (Not while it is being started: Docker 20.10 never gets over a
 * pause at that moment.) */
static void pausing_and_killing_meanwhile(void **state)
{
    struct world *world = *state;
    static const char *const names[] = {"pause", "kill", "gone"};
    daemon_start(world, "");
    for (int i = 0; i < 3; i++)
        container_run(world, names[i],
                      "--network none" QUICK COMMAND("[\"sleep\", \"2\"]")
                          LABEL("service.health.timeout=10s"),
                      "sleep 1000");
    for (int i = 0; i < 3; i++)
        service_wait(world, names[i], "status", "healthy");
    wait_processes(world, "pause", "sleep 2", 1);
    shell(world, "docker pause pause");
    wait_processes(world, "kill", "sleep 2", 1);
    shell(world, "docker kill kill");
    wait_processes(world, "gone", "sleep 2", 1);
    shell(world, "docker rm -f gone");
    service_wait(world, "pause", "status", "stopped");
    service_wait(world, "kill", "status", "stopped");
    service_wait_gone(world, "gone");
    service_stays(world, "pause", "instances[0].restarts.count", "0", 1500);
    assert_string_equal(service_field(world, "kill", "instances[0].decision.reason"), "manual-stop");
    shell(world, "docker unpause pause; docker start kill");
    service_wait(world, "pause", "status", "healthy");
    service_wait(world, "kill", "status", "healthy");
    assert_string_equal(service_field(world, "pause", "instances[0].restarts.count"), "0");
    assert_string_equal(service_field(world, "kill", "instances[0].restarts.count"), "0");
}

static void a_failing_command_is_healed(void **state)
{
    struct world *world = *state;
    daemon_start(world, "");
    /* The tmpfs is empty again after a restart. */
    container_run(world, "web", "--network none --tmpfs /tmp" QUICK COMMAND("! test -e /tmp/bad"),
                  "sleep 1000");
    service_wait(world, "web", "status", "healthy");
    char *started_at = container_started_at(world, "web");
    shell(world, "docker exec web touch /tmp/bad");
    service_wait(world, "web", "instances[0].restarts.count", "1");
    service_wait(world, "web", "status", "healthy");
    assert_string_not_equal(container_started_at(world, "web"), started_at);
    service_stays(world, "web", "instances[0].restarts.count", "1", 2000);
}

static void a_proxy_that_forbids_makes_nobody_sick(void **state)
{
    struct world *world = *state;
    pid_t proxy = filter_proxy_start(world, "^POST [^ ]*/exec|^HEAD [^ ]*/archive");
    container_run(world, "command", "--network none" QUICK COMMAND("false"), "sleep 1000");
    container_run(world, "file", "--network none" QUICK FILE_CHECK("/nothing"), "sleep 1000");
    daemon_start(world, "");
    service_wait(world, "command", "instances[0].findings", "~check-refused");
    service_wait(world, "file", "instances[0].findings", "~check-refused");
    assert_string_equal(service_field(world, "command", "status"), "unknown");
    assert_string_equal(service_field(world, "file", "status"), "unknown");
    assert_non_null(strstr(service_field(world, "command", "instances[0].health.message"), "forbids"));
    service_stays(world, "command", "instances[0].restarts.count", "0", 2000);
    assert_string_equal(service_field(world, "command", "status"), "unknown");
    filter_proxy_stop(proxy);
    proxy = filter_proxy_start(world, "^DELETE"); /* now it is allowed */
    service_wait(world, "command", "instances[0].restarts.count", "1");
    service_wait(world, "file", "instances[0].findings", "!~check-refused");
    daemon_stop(world);
    filter_proxy_stop(proxy);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
    const struct CMUnitTest tests[] = {
        TEST(answers_that_stay),
        TEST(answers_that_change),
        TEST(images_without_a_shell),
        TEST(hanging_commands_never_pile_up),
        TEST(commands_that_hang_keep_nobody_waiting),
        TEST(pausing_and_killing_meanwhile),
        TEST(a_failing_command_is_healed),
        TEST(a_proxy_that_forbids_makes_nobody_sick),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
