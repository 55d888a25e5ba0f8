/* SPDX-License-Identifier: MIT */
/* The commands as a person uses them, at a terminal and in pipes, against a running daemon. */
#include "tests/support/http.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

static void says(struct world *world, const char *text, const char *part)
{
    if (!strstr(text, part))
        world_fail(world, "\"%s\" is missing in:\n%s", part, text);
}

/* What a command writes to stdout; it must exit with code. */
static char *output_of(struct world *world, int code, const char *command)
{
    char *output;
    int status = daemon_command(world, &output, "%s", command);
    if (status != code)
        world_fail(world, "%s: exit code %d, not %d:\n%s\n%s", command, status, code, output,
                   file_text(world, "command.errors"));
    return output;
}

static void two_services(struct world *world, const char *settings)
{
    daemon_start(world, settings);
    container_run(world, "db", CHECKED, "");
    container_run(world, "web", CHECKED LABEL("service.depends_on=db") LABEL("service.version=1.2"), "");
    service_wait(world, "db", "status", "healthy");
    service_wait(world, "web", "status", "healthy");
}

static void what_is_seen(void **state)
{
    struct world *world = *state;
    two_services(world, "");
    const char *text = output_of(world, 0, "status");
    says(world, text, "healthy: 2 services, 2 instances on ");
    says(world, text, "SERVICE  STATUS   SINCE");
    says(world, text, "\nweb      healthy  ");
    assert_null(strchr(text, '\033')); /* no colours in a pipe */
    text = output_of(world, 0, "status web");
    says(world, text, "web: healthy, version 1.2");
    says(world, text, "Depends on    db (required): healthy");
    says(world, text, " ms ");
    assert_string_equal(json_at(world, output_of(world, 0, "status --json"), "summary.services"), "2");
    assert_string_equal(json_at(world, output_of(world, 0, "status web --json"), "name"), "web");
    assert_string_equal(json_at(world, output_of(world, 0, "healthcheck --json"), "status"), "healthy");
    text = output_of(world, 0, "graph");
    says(world, text, "web -> db (required)");
    says(world, text, "1. db\n  2. web");
    says(world, output_of(world, 0, "graph --dot"), "digraph");
    says(world, output_of(world, 0, "graph --mermaid"), "graph ");
    assert_string_equal(json_at(world, output_of(world, 0, "graph --json"), "edges[0].to"), "db");
    output_of(world, 2, "status wbe");
    says(world, file_text(world, "command.errors"), "no service \"wbe\"; did you mean \"web\"?");
    assert_non_null(json_at(world, output_of(world, 1, "check --json"), "findings[0].code"));
}

static void what_is_sick_is_told_by_the_exit_code(void **state)
{
    struct world *world = *state;
    daemon_start(world, "QUAYWATCH_DRY_RUN=true");
    container_run(world, "web", CHECKED, "");
    service_wait(world, "web", "status", "healthy");
    shell(world, "docker exec web sick 503");
    service_wait(world, "web", "status", "unhealthy");
    says(world, output_of(world, 1, "status"), "Mode: dry-run");
    output_of(world, 1, "status web");
    daemon_stop(world);
    output_of(world, 3, "status");
    says(world, file_text(world, "command.errors"), "no quaywatch answers at ");
}

static void what_fires(void **state)
{
    struct world *world = *state;
    two_services(world, "QUAYWATCH_ALERT_DELAY=0 QUAYWATCH_ALERT_GROUP_WAIT=0 QUAYWATCH_DRY_RUN=true");
    assert_string_equal(output_of(world, 0, "alerts"), "Nothing fires.");
    assert_string_equal(json_at(world, output_of(world, 0, "alerts --json"), "count"), "0");
    shell(world, "docker exec db sick 503");
    http_wait(world, "/api/v1/alerts", "alerts[0].name", "service-unhealthy");
    shell(world, "docker exec web sick 503");
    http_wait(world, "/api/v1/alerts", "alerts[0].victims[0]", "web");
    const char *text = output_of(world, 0, "alerts");
    says(world, text, "SEVERITY  ALERT              SERVICE  SINCE  VICTIMS  WHAT\n");
    says(world, text, "\ncritical  service-unhealthy  db       ");
    says(world, text, "  web      db is unhealthy");
    assert_string_equal(json_at(world, output_of(world, 0, "alerts --json"), "alerts[0].service"), "db");
    daemon_stop(world);
    output_of(world, 3, "alerts");
    says(world, file_text(world, "command.errors"), "no quaywatch answers at ");
}

static void what_a_person_changes(void **state)
{
    struct world *world = *state;
    two_services(world, "QUAYWATCH_AUTH_TOKEN=secret QUAYWATCH_DEPLOY_SETTLE=0");
    says(world, output_of(world, 0, "maintenance web 1h"), "web: under maintenance until ");
    service_wait(world, "web", "maintenance_until", "*");
    assert_string_equal(json_at(world, output_of(world, 0, "maintenance web off --json"), "service"), "web");
    output_of(world, 2, "maintenance web soon");
    says(world, file_text(world, "command.errors"), "The duration is \"soon\"; allowed is");
    says(world, output_of(world, 0, "restart web"), "web: restarting");
    service_wait(world, "web", "instances[0].restarts.last_reason", "manual");
    service_wait(world, "web", "status", "healthy");
}

/* `script` gives the command a terminal of its own, of this size. */
static const char *on_terminal(struct world *world, int columns, int seconds, const char *command)
{
    char *port = arena_format(&world->arena, "%d", world->port), *output;
    shell_status(
        world, &output,
        "TERM=xterm QUAYWATCH_LISTEN=127.0.0.1:%s QUAYWATCH_CONFIG=/dev/null timeout -s INT %d script -qec "
        "'stty cols %d rows 20; %s \"$QUAYWATCH\" %s' /dev/null </dev/null",
        port, seconds, columns, "exec", command);
    return output;
}

static void at_a_terminal(void **state)
{
    struct world *world = *state;
    two_services(world, "");
    const char *text = on_terminal(world, 50, 5, "status");
    says(world, text, "\033[32mhealthy\033[0m");
    says(world, text, "…");
    says(world, on_terminal(world, 200, 5, "status"), "Healthy; nothing to do.");
}

static void live_in_place(void **state)
{
    struct world *world = *state;
    two_services(world, "");
    shell(world,
          "TERM=xterm QUAYWATCH_LISTEN=127.0.0.1:%d QUAYWATCH_CONFIG=/dev/null setsid script -qefc "
          "'stty cols 120 rows 20; exec \"$QUAYWATCH\" watch' '%s/watch.out' </dev/null >/dev/null 2>&1 & "
          "echo $! >'%s/watch.pid'",
          world->port, world->folder, world->folder);
    shell(world, "until grep -q 'web.*Healthy; nothing' '%s/watch.out'; do sleep 0.1; done", world->folder);
    shell(world, "docker pause web");
    shell(world, "until grep -q 'web.*stopped' '%s/watch.out'; do sleep 0.1; done", world->folder);
    shell(world, "docker unpause web; kill -INT $(pgrep -P $(cat '%s/watch.pid'))", world->folder);
    shell(world, "while kill -0 $(cat '%s/watch.pid') 2>/dev/null; do sleep 0.1; done", world->folder);
    const char *text = file_text(world, "watch.out");
    says(world, text, "\033[?1049h\033[?25l"); /* another screen, no cursor */
    says(world, text, "\033[H\033[J");
    says(world, text, "\033[?25h\033[?1049l"); /* and all as before */
}

static void live_in_a_pipe(void **state)
{
    struct world *world = *state;
    two_services(world, "");
    shell(world,
          "QUAYWATCH_LISTEN=127.0.0.1:%d QUAYWATCH_CONFIG=/dev/null \"$QUAYWATCH\" watch --json "
          ">'%s/watch.json' & echo $! "
          ">'%s/watch.pid'",
          world->port, world->folder, world->folder);
    shell(world, "until grep -q '\"name\":\"web\"' '%s/watch.json'; do sleep 0.1; done; docker pause web",
          world->folder);
    shell(world,
          "until tail -n 1 '%s/watch.json' | grep -q '\"container_state\":\"paused\"'; do sleep 0.1; done",
          world->folder);
    shell(world, "docker unpause web; kill $(cat '%s/watch.pid')", world->folder);
    assert_string_equal(
        shell(world, "jq -s 'map(.revision) | . == (sort | unique)' '%s/watch.json'", world->folder),
        "true"); /* each once, in order */
}

static void events_go_on_over_a_restart(void **state)
{
    struct world *world = *state;
    two_services(world, "");
    shell(world,
          "QUAYWATCH_LISTEN=127.0.0.1:%d QUAYWATCH_CONFIG=/dev/null \"$QUAYWATCH\" events --follow "
          ">'%s/events' 2>&1 & echo "
          "$! >'%s/events.pid'",
          world->port, world->folder, world->folder);
    shell(world, "until grep -q 'web: starting -> healthy' '%s/events'; do sleep 0.1; done; docker pause web",
          world->folder);
    shell(world, "until grep -q 'web: .*Paused' '%s/events'; do sleep 0.1; done", world->folder);
    daemon_stop(world);
    shell(world, "until grep -q 'asking again' '%s/events'; do sleep 0.1; done; docker unpause web",
          world->folder);
    daemon_start(world, "");
    service_wait(world, "web", "status", "healthy");
    shell(world, "until [ $(grep -c 'web: .*-> healthy' '%s/events') -ge 2 ]; do sleep 0.1; done",
          world->folder);
    assert_string_equal(shell(world, "grep -c 'asking again' '%s/events'", world->folder), "1");
    shell(world, "kill $(cat '%s/events.pid')", world->folder);
}

static void shells_complete(void **state)
{
    struct world *world = *state;
    char *output;
    two_services(world, "");
    static const char *const shells[] = {"bash", "zsh", "fish"};
    for (size_t i = 0; i < 3; i++)
        shell(world, "\"$QUAYWATCH\" completion %s >'%s/%s' && %s -n '%s/%s'", shells[i], world->folder,
              shells[i], shells[i], world->folder, shells[i]);
    /* The program's name leads to the one under test, which finds the daemon. */
    shell(world,
          "printf '#!/bin/sh\\nQUAYWATCH_LISTEN=127.0.0.1:%d QUAYWATCH_CONFIG=/dev/null exec \"%%s\" "
          "\"$@\"\\n' "
          "\"$QUAYWATCH\" >'%s/quaywatch'; chmod +x '%s/quaywatch'",
          world->port, world->folder, world->folder);
    static const struct {
        const char *words, *found;
    } rows[] = {{"sta", "status"},
                {"status we", "web"},
                {"breaker web t", "trip"},
                {"events --fo", "--follow"},
                {"export json --o", "--output"},
                {"help mai", "maintenance"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        output = shell(world,
                       "PATH='%s':$PATH bash -c 'source %s/bash; COMP_WORDS=(quaywatch %s); "
                       "COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _quaywatch; echo \"${COMPREPLY[@]}\"'",
                       world->folder, world->folder, rows[i].words);
        assert_string_equal(output, rows[i].found);
        output = shell(
            world,
            "HOME='%s' PATH='%s':$PATH fish -c 'source %s/fish; complete -C \"quaywatch %s\"' | cut -f 1",
            world->folder, world->folder, world->folder, rows[i].words);
        says(world, output, rows[i].found);
    }
    output = shell(
        world,
        "HOME='%s' zsh -fc 'autoload -U compinit; compinit -u -D; source %s/zsh; echo $_comps[quaywatch]'",
        world->folder, world->folder);
    assert_string_equal(output, "_quaywatch");
}

static void the_manual_is_in_order(void **state)
{
    struct world *world = *state;
    char *output;
    shell(world, "\"$QUAYWATCH\" manual >'%s/quaywatch.1'", world->folder);
    int code = shell_status(world, &output, "mandoc -T lint -W warning '%s/quaywatch.1'", world->folder);
    if (code)
        world_fail(world, "%s", output);
    says(world, shell(world, "mandoc -T utf8 '%s/quaywatch.1' | col -b", world->folder), "AUTH_TOKEN");
}

static void output_goes_to_a_file(void **state)
{
    struct world *world = *state;
    two_services(world, "");
    char *command = arena_format(&world->arena, "graph --dot --output '%s/graph.dot'", world->folder);
    assert_string_equal(output_of(world, 0, command), "");
    says(world, file_text(world, "graph.dot"), "digraph");
    output_of(world, 2, "graph --dot -o /nowhere/graph.dot");
    says(world, file_text(world, "command.errors"), "/nowhere/graph.dot");
}

static void settings_are_explained(void **state)
{
    struct world *world = *state;
    daemon_start(world, "QUAYWATCH_PROFILE=dev QUAYWATCH_AUTH_TOKEN=hidden-token");
    char *text = output_of(world, 0, "check --explain");
    says(world, text, "QUAYWATCH_CIRCUIT_BREAKER_ENABLED in profile dev\n");
    says(world, text, "(secret)");
    says(world, text, "\n  production (prod-cluster): ");
    says(world, text, "\nNo findings");
    assert_null(strstr(text, "hidden-token"));
    /* Beside a document, not in it. */
    assert_string_equal(json_at(world, output_of(world, 0, "check --explain --json"), "count(findings)"),
                        "0");
    says(world, file_text(world, "command.errors"), "in profile dev\n");
}

/* What the settings of exits name and is not there, in one go; a port that our own daemon has is no finding.
 */
static void settings_are_checked_against_the_machine(void **state)
{
    struct world *world = *state;
    char *entries = file_write(world, "exports.yml",
                               arena_format(&world->arena,
                                            "- {format: hosts, path: %s/out/hosts, owner: nobody-here}\n"
                                            "- {format: json, path: %s/out/q, validate: no-such-program}\n",
                                            world->folder, world->folder));
    int port = free_port();
    char *settings = arena_format(
        &world->arena, "QUAYWATCH_EXPORTS='%s' QUAYWATCH_DNS_LISTEN=127.0.0.1:%d QUAYWATCH_ETCD_CA=/none.pem",
        entries, port);
    daemon_start(world, settings);
    http_wait(world, "/api/v1/exports", "exports[kind=dns].kind", "dns");
    char *text = output_of(world, 1, "check");
    says(world, text, "settings\n");
    says(world, text, "exports.yml: line 1: owner: there is no user nobody-here here");
    says(world, text, "exports.yml: line 2: validate: there is no program no-such-program here");
    says(world, text, "ETCD_CA is /none.pem: No such file or directory");
    says(world, text, "\n3 findings");
    text = output_of(world, 1, "check --json");
    assert_string_equal(json_at(world, text, "findings[code=export-owner].service"), "");
    assert_string_equal(json_at(world, text, "count(findings)"), "3");
    /* Said also when nobody answers at the engine's socket. */
    engine_do(world, "kill", "");
    says(world, output_of(world, 3, "check"), "there is no program no-such-program here");
    engine_do(world, "start", "");
}

/* Two that write one folder would undo each other's memory: as in a rolling update, the new one observes, and
 * goes on where the old one ends. The commands only read it. */
static void a_state_dir_is_for_one(void **state)
{
    struct world *world = *state;
    char *output;
    container_run(world, "well", CHECKED, "");
    daemon_start(world, "");
    service_wait(world, "well", "status", "healthy");
    pid_t first = world->daemon;
    world->daemon = world->port = 0;
    daemon_start(world, "");
    http_wait(world, "/api/v1/status", "controller.mode", "observe");
    http_wait(world, "/health", "checks",
              arena_format(&world->arena, "~another quaywatch (process %d on ", (int)first));
    char *started = container_started_at(world, "well");
    shell(world, "docker exec well sick 503");
    service_wait(world, "well", "instances[0].decision.reason", "policy"); /* here; the first restarts it */
    service_wait(world, "well", "status", "healthy");
    assert_string_not_equal(container_started_at(world, "well"), started);
    assert_string_equal(service_field(world, "well", "instances[0].restarts.count"), "0");
    assert_int_equal(daemon_command(world, &output, "status"), 0);
    assert_true(daemon_command(world, &output, "check") < 2); /* 1: it has findings */
    assert_int_equal(daemon_command(world, &output, "once"), 0);
    assert_int_equal(kill(first, SIGTERM), 0);
    assert_int_equal(waitpid(first, NULL, 0), first);
    http_wait(world, "/api/v1/status", "controller.mode", "act");
    service_wait(world, "well", "instances[0].restarts.count", "1");
    shell(world, "docker exec well sick 503");
    service_wait(world, "well", "instances[0].restarts.count", "2");
}

static void exports_tell_how_they_fare(void **state)
{
    struct world *world = *state;
    daemon_start(world, "");
    says(world, output_of(world, 0, "exports"), "Nothing is exported by itself.");
    daemon_stop(world);
    daemon_start(world, "QUAYWATCH_HAPROXY=unix:///nowhere/haproxy.sock");
    http_wait(world, "/api/v1/exports", "exports[0].state", "failing");
    char *text = output_of(world, 1, "exports");
    says(world, text, "unix:///nowhere/haproxy.sock");
    says(world, text, "failing");
    assert_string_equal(json_at(world, output_of(world, 1, "exports --json"), "failing"), "1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_seen, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(what_is_sick_is_told_by_the_exit_code, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(what_fires, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(what_a_person_changes, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(at_a_terminal, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(live_in_place, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(live_in_a_pipe, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(events_go_on_over_a_restart, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(shells_complete, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(the_manual_is_in_order, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(output_goes_to_a_file, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(settings_are_explained, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(settings_are_checked_against_the_machine, world_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(a_state_dir_is_for_one, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(exports_tell_how_they_fare, world_setup, world_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
