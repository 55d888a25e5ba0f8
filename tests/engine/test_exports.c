/* SPDX-License-Identifier: MIT */
/* EXPORTS on a real engine: files that are whole at every moment, validated, told of, and kept when something
 * is wrong. */
#include "tests/support/filter_proxy.h"
#include "tests/support/http.h"
#include "tests/support/receiver.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROUNDS = 3, HEALTH_MS = 2000, REMOVAL_MS = 5000 };

/* Sorted into /api/v1/exports by their order in the file of entries. */
#define FIRST "exports[0]."

/* A file in the folder "out", which quaywatch makes and takes over. */
static char *out(struct world *world, const char *name)
{
    return arena_format(&world->arena, "%s/out/%s", world->folder, name);
}

/* Writes the file of entries and starts quaywatch with it. OUT stands for the folder "out". */
static void entries_write(struct world *world, const char *entries)
{
    char *path = arena_format(&world->arena, "%s/exports.yml", world->folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    for (const char *at = entries; *at; at++) {
        bool place = strncmp(at, "OUT/", 4) == 0;
        if (place)
            fprintf(file, "%s/out/", world->folder);
        else
            fputc(*at, file);
        at += place ? 3 : 0;
    }
    fclose(file);
}

static void start_with(struct world *world, const char *entries, const char *settings)
{
    entries_write(world, entries);
    daemon_start(world,
                 arena_format(&world->arena, "QUAYWATCH_EXPORTS='%s/exports.yml' RETRY_BASE_DELAY=500ms %s",
                              world->folder, settings));
}

static char *text_of(struct world *world, const char *name)
{
    char *text = file_text(world, arena_format(&world->arena, "out/%s", name));
    return text ? text : arena_copy(&world->arena, "");
}

static void file_wait(struct world *world, const char *name, const char *words, bool there)
{
    for (int64_t end = clock_now_ms() + PATIENCE_MS; !strstr(text_of(world, name), words) == there;
         clock_pause())
        if (clock_now_ms() > end)
            world_fail(world, "%s never %s \"%s\": %s", name, there ? "holds" : "loses", words,
                       text_of(world, name));
}

static size_t entries_in_out(struct world *world)
{
    return (size_t)strtoul(shell(world, "ls -A '%s/out' | wc -l", world->folder), NULL, 10);
}

/* ---- whole at every moment ---- */

/* Reads the file again and again until SIGTERM; ends with 0 if it was whole each time. */
static pid_t reader_start(const char *path)
{
    fflush(NULL);
    pid_t child = fork();
    if (child != 0)
        return child;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    sigset_t set;
    struct timespec pause = {.tv_nsec = 200000};
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigprocmask(SIG_BLOCK, &set, NULL);
    for (size_t times = 0; sigtimedwait(&set, NULL, &pause) != SIGTERM || times == 0; times++) {
        char text[16384];
        FILE *file = fopen(path, "r");
        size_t got = file ? fread(text, 1, sizeof text, file) : 0;
        if (!file || got < 3 || text[0] != '{' || memcmp(text + got - 2, "}\n", 2) != 0)
            _exit(1);
        fclose(file);
    }
    _exit(0);
}

static void a_reader_sees_whole_files_only(void **state)
{
    struct world *world = *state;
    int status;
    struct stat info;
    start_with(world,
               "- {format: json, path: OUT/q.json, mode: 0640}\n"
               "- {format: hosts, path: OUT/deep/hosts}\n",
               "");
    container_run(world, "web", CHECKED LABEL("service.restart=no"), "");
    container_run(world, "api", CHECKED, "");
    service_wait(world, "web", "status", "healthy");
    file_wait(world, "q.json", "\"name\":\"web\"", true);
    file_wait(world, "deep/hosts", "web", true);
    assert_int_equal(stat(out(world, "q.json"), &info), 0);
    assert_int_equal(info.st_mode & 07777, 0640);
    assert_int_equal(info.st_uid, 65532);
    char *address = service_field(world, "web", "instances[0].address");
    pid_t reader = reader_start(out(world, "q.json"));
    for (int round = 0; round < ROUNDS; round++) {
        shell(world, "docker exec web sick 503");
        service_wait(world, "web", "status", "unhealthy");
        int64_t sick = clock_now_ms();
        file_wait(world, "q.json", address, false);
        assert_true(clock_now_ms() - sick < REMOVAL_MS);
        shell(world, "docker exec web well");
        service_wait(world, "web", "status", "healthy");
        file_wait(world, "q.json", address, true);
    }
    kill(reader, SIGTERM);
    assert_int_equal(waitpid(reader, &status, 0), reader);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    assert_int_equal(entries_in_out(world), 2);
    http_wait(world, "/api/v1/exports", FIRST "kind", "file");
    http_wait(world, "/api/v1/exports", FIRST "state", "fine");
    assert_string_equal(http_json(world, "/api/v1/exports", FIRST "services"), "2");
    assert_string_equal(http_json(world, "/api/v1/exports", FIRST "target"), out(world, "q.json"));
}

/* ---- validate ---- */

/* A time to sleep that no other process of this machine sleeps, to find those that do. */
static char *own_sleep(struct world *world)
{
    return arena_format(&world->arena, "sleep 1000.%07d", (int)getpid());
}

static bool somebody_runs(struct world *world, const char *command)
{
    char *ignored;
    return shell_status(world, &ignored, "pgrep -f '%s$'", command) == 0;
}

static void what_is_not_valid_is_not_written(void **state)
{
    struct world *world = *state;
    start_with(world,
               "- {format: hosts, path: OUT/hosts, validate: 'if grep -q bad {}; then echo \"{name} is "
               "bad\"; exit 3; "
               "fi'}\n",
               "");
    container_run(world, "good", CHECKED, "");
    file_wait(world, "hosts", "good", true);
    container_run(world, "bad", CHECKED, "");
    http_wait(world, "/api/v1/exports", FIRST "state", "failing");
    http_wait(world, "/api/v1/exports", FIRST "sentence",
              "validate ended with code 3: hosts is bad; the file stays as it was");
    log_wait(world,
             arena_format(&world->arena,
                          "Export to file %s: validate ended with code 3: hosts is bad; the file stays",
                          out(world, "hosts")));
    http_wait(world, "/api/v1/events", "events[kind=export].kind", "export");
    assert_null(strstr(text_of(world, "hosts"), "bad"));
    assert_non_null(strstr(text_of(world, "hosts"), "good"));
    shell(world, "docker rm -f bad");
    http_wait(world, "/api/v1/exports", FIRST "state", "fine");
    assert_int_equal(entries_in_out(world), 1);
}

static void a_hanging_validator_is_ended(void **state)
{
    struct world *world = *state;
    const char *hang = own_sleep(world);
    start_with(world,
               arena_format(&world->arena,
                            "- {format: hosts, path: OUT/hosts, timeout: 3s, validate: '%s & %s'}\n", hang,
                            hang),
               "");
    container_run(world, "web", CHECKED, "");
    for (int64_t end = clock_now_ms() + PATIENCE_MS; !somebody_runs(world, hang); clock_pause())
        assert_true(clock_now_ms() < end);
    for (int i = 0; i < 10; i++) { /* the loop goes on meanwhile */
        int64_t asked = clock_now_ms();
        assert_int_equal(http_get(world, "/health")->status, 200);
        assert_true(clock_now_ms() - asked < HEALTH_MS);
    }
    http_wait(world, "/api/v1/exports", FIRST "sentence",
              "validate did not end within 3s and was ended; the file is not written");
    daemon_stop(world);
    assert_false(somebody_runs(world, hang)); /* nothing of it is left */
    assert_int_equal(entries_in_out(world), 0);
}

/* ---- who is told ---- */

#define LISTENER "sh -c 'trap \"echo hup >>/tmp/told\" HUP; while :; do sleep 0.1; done'"

static void all_are_told(void **state)
{
    struct world *world = *state;
    int port;
    pid_t receiver = receiver_start(world, 1, &port); /* it refuses once */
    shell(world, "docker run -d --name proxy --label service.name=proxy " IMAGE " " LISTENER);
    start_with(world,
               arena_format(
                   &world->arena,
                   "- format: hosts\n"
                   "  path: OUT/hosts\n"
                   "  minimum: {web: 1}\n"
                   "  validate: {exec: {container: proxy, command: 'echo \"test {name}\" >>/tmp/tested'}}\n"
                   "  notify:\n"
                   "  - signal: {service: proxy, signal: HUP}\n"
                   "  - exec: {container: proxy, command: [touch, '/tmp/{name}']}\n"
                   "  - http: {url: 'http://user:hidden@127.0.0.1:%d/reload?token=hidden', headers: {X-Key: "
                   "hidden}, body: '{name} is new'}\n",
                   port),
               "");
    container_run(world, "web", CHECKED, "");
    file_wait(world, "hosts", "web", true);
    receiver_wait(world, "hosts is new", 2);
    http_wait(world, "/api/v1/exports", FIRST "state", "fine");
    assert_string_equal(shell(world, "docker exec proxy cat /tmp/told"),
                        "hup"); /* once, though another failed */
    shell(world, "docker exec proxy ls /tmp/hosts");
    assert_non_null(strstr(shell(world, "docker exec proxy cat /tmp/tested"), "test .quaywatch-"));
    log_wait(world, "it is written, but not all were told: http http://127.0.0.1");
    assert_null(strstr(daemon_log(world), "hidden"));
    assert_null(strstr(http_get(world, "/api/v1/exports")->body, "hidden"));
    /* Who is not there is said, and the file is written all the same. */
    shell(world, "docker stop -t 0 proxy");
    receiver_stop(receiver);
}

static void a_filtering_socket_is_said(void **state)
{
    struct world *world = *state;
    pid_t proxy = filter_proxy_start(world, "^POST [^ ]*/(kill|exec)");
    shell(world, "docker run -d --name proxy --label service.name=proxy " IMAGE " " LISTENER);
    start_with(world,
               "- {format: hosts, path: OUT/hosts, notify: {signal: {container: proxy}}}\n"
               "- {format: hosts, path: OUT/more, notify: {exec: {container: proxy, command: [x]}}}\n",
               "");
    container_run(world, "web", CHECKED, "");
    http_wait(
        world, "/api/v1/exports", FIRST "sentence",
        "it is written, but not all were told: signal in container proxy: the engine's socket does not allow "
        "it; it must allow POST containers/*/kill");
    http_wait(world, "/api/v1/exports", "exports[1].sentence",
              "it is written, but not all were told: exec in container proxy: the engine's socket does not "
              "allow it; "
              "it must allow POST containers/*/exec, POST exec/*/start and GET exec/*/json");
    file_wait(world, "hosts", "web", true);
    filter_proxy_stop(proxy);
}

/* ---- what is kept ---- */

static void too_few_keep_the_file(void **state)
{
    struct world *world = *state;
    start_with(world, "- {format: hosts, path: OUT/hosts, minimum: {web: 1}}\n", "");
    container_run(world, "web", CHECKED LABEL("service.restart=no"), "");
    file_wait(world, "hosts", "web", true);
    char *before = text_of(world, "hosts");
    shell(world, "docker exec web sick 503");
    http_wait(world, "/api/v1/exports", FIRST "sentence",
              "0 endpoints of web serve, and minimum is 1; the file stays as it was");
    assert_string_equal(text_of(world, "hosts"), before);
    shell(world, "docker exec web well");
    http_wait(world, "/api/v1/exports", FIRST "state", "fine");
    /* The engine's loss empties nothing. */
    engine_do(world, "kill", "");
    http_wait(world, "/api/v1/status", "engine.connected", "false");
    for (int64_t end = clock_now_ms() + CALM_MS; clock_now_ms() < end; clock_pause())
        assert_string_equal(text_of(world, "hosts"), before);
    engine_do(world, "start", "");
    http_wait(world, "/api/v1/status", "engine.connected", "true");
}

static void killed_in_the_middle(void **state)
{
    struct world *world = *state;
    start_with(world, "- {format: hosts, path: OUT/hosts}\n", "");
    container_run(world, "web", CHECKED, "");
    file_wait(world, "hosts", "web", true);
    char *before = text_of(world, "hosts");
    daemon_kill(world);
    const char *hang = own_sleep(world);
    start_with(
        world,
        arena_format(&world->arena, "- {format: hosts, path: OUT/hosts, timeout: 1m, validate: %s}\n", hang),
        "");
    container_run(world, "api", CHECKED, "");
    for (int64_t end = clock_now_ms() + PATIENCE_MS; entries_in_out(world) < 2; clock_pause())
        assert_true(clock_now_ms() < end);
    daemon_kill(world);
    char *ignored;
    shell_status(world, &ignored, "pkill -f '^%s$'", hang);
    assert_int_equal(entries_in_out(world), 2);
    assert_string_equal(text_of(world, "hosts"), before);
    start_with(world, "- {format: hosts, path: OUT/hosts}\n", "");
    /* Not emptied before the first checks; if those are made already, both are there. */
    assert_non_null(strstr(text_of(world, "hosts"), "web"));
    file_wait(world, "hosts", "api", true);
    assert_non_null(strstr(text_of(world, "hosts"), "web"));
    assert_int_equal(entries_in_out(world), 1);
}

static void wrong_entries_leave_the_old_ones(void **state)
{
    struct world *world = *state;
    char *output;
    start_with(world, "- {format: hosts, path: OUT/hosts}\n", "");
    container_run(world, "web", CHECKED, "");
    file_wait(world, "hosts", "web", true);
    entries_write(world, "- format: hosts\n  path: OUT/hosts\n  mod: 0600\n");
    assert_int_equal(daemon_command(world, &output, "check"), 2);
    output = file_text(world, "command.errors");
    assert_non_null(
        strstr(output, "exports.yml: line 3: \"mod\" is unknown (did you mean mode?); allowed are"));
    kill(world->daemon, SIGHUP);
    log_wait(world, "the old files stay");
    container_run(world, "api", CHECKED, "");
    file_wait(world, "hosts", "api", true);
    entries_write(world, "- {format: hosts, path: OUT/other}\n");
    kill(world->daemon, SIGHUP);
    file_wait(world, "other", "api", true);
}

/* Nobody says that the file of entries is another: it is seen. */
static void the_file_of_entries_is_followed(void **state)
{
    struct world *world = *state;
    start_with(world, "- {format: hosts, path: OUT/hosts}\n- {format: json, path: OUT/q.json}\n", "");
    container_run(world, "web", CHECKED, "");
    file_wait(world, "hosts", "web", true);
    file_wait(world, "q.json", "web", true);
    http_wait(world, "/api/v1/exports", FIRST "endpoints", "1"); /* counted, too */
    char *writes = http_json(world, "/api/v1/exports", FIRST "writes");
    char *old = file_text(world, "exports.yml");
    entries_write(world, "- {format: hosts, path: OUT/hosts}\n- {format: hsts, path: OUT/q.json}\n");
    http_wait(world, "/api/v1/exports", "exports[kind=exports].state", "failing");
    char *said = http_json(world, "/api/v1/exports", "exports[kind=exports].sentence");
    assert_memory_equal(said, "line 2: format is \"hsts\" (did you mean hosts?)", 46);
    assert_non_null(strstr(said, "; the old files stay as they were"));
    assert_non_null(strstr(http_json(world, "/health", "checks.exports"), "line 2: format is"));
    log_wait(world, "exports.yml: line 2: format is");
    http_wait(world, "/api/v1/events", "events[kind=export].kind", "export");
    assert_string_equal(http_json(world, "/api/v1/exports", "count"), "3");
    assert_non_null(strstr(text_of(world, "q.json"), "web"));
    /* What it was: nothing was begun anew. */
    file_write(world, "exports.yml", old);
    http_wait(world, "/api/v1/exports", "failing", "0");
    assert_string_equal(http_json(world, "/api/v1/exports", "count"), "2");
    assert_string_equal(http_json(world, "/api/v1/exports", FIRST "writes"), writes);
    log_wait(world, "is in force again");
    /* One goes, one comes, one is not touched. */
    entries_write(world, "- {format: hosts, path: OUT/hosts}\n- {format: json, path: OUT/other.json}\n");
    file_wait(world, "other.json", "web", true);
    log_wait(world, arena_format(&world->arena, "Export to file %s ended; the file stays as it is",
                                 out(world, "q.json")));
    assert_non_null(strstr(http_get(world, "/api/v1/events")->body, "q.json ended; the file stays as it is"));
    assert_non_null(strstr(text_of(world, "q.json"), "web"));
    assert_string_equal(http_json(world, "/api/v1/exports", FIRST "writes"), writes);
    assert_int_equal(entries_in_out(world), 3);
}

static void what_is_wished_no_more_stays(void **state)
{
    struct world *world = *state;
    char *config = file_write(world, "q.env", "");
    char *first = arena_format(&world->arena, "%s/first", world->folder);
    char *wishes = arena_format(&world->arena, "QUAYWATCH_REGISTRY_DIR=%s\nQUAYWATCH_EXPORTS=hosts=%s\n",
                                first, out(world, "hosts"));
    file_write(world, "q.env", wishes);
    daemon_start(world, arena_format(&world->arena, "QUAYWATCH_CONFIG='%s'", config));
    container_run(world, "web", CHECKED, "");
    file_wait(world, "hosts", "web", true);
    file_wait(world, "../first/web.json", "web", true);
    file_write(world, "first/.quaywatch-abcdef.web.json", "{\"written_by\":\"quaywatch\",");
    file_write(world, "q.env",
               arena_format(&world->arena, "QUAYWATCH_REGISTRY_DIR=%s/second\n", world->folder));
    shell(world, "mkdir -m 777 '%s/second'", world->folder);
    kill(world->daemon, SIGHUP);
    log_wait(world,
             arena_format(&world->arena,
                          "Export to folder %s ended; the files of services in it stay as they are", first));
    log_wait(world, arena_format(&world->arena, "Export to file %s ended; the file stays as it is",
                                 out(world, "hosts")));
    file_wait(world, "../second/web.json", "web", true);
    for (int64_t end = clock_now_ms() + PATIENCE_MS;
         strcmp(shell(world, "ls -A '%s'", first), "web.json") != 0; clock_pause())
        assert_true(clock_now_ms() < end);
    assert_non_null(strstr(text_of(world, "hosts"), "web"));
    assert_string_equal(http_json(world, "/api/v1/exports", "count"), "1");
}

/* Who mended what it waits for needs not wait for the next attempt. */
static void sighup_tries_what_fails(void **state)
{
    struct world *world = *state;
    start_with(world, "- {format: hosts, path: OUT/hosts, validate: 'test -e OUT/../mended'}\n",
               "RETRY_BASE_DELAY=10m RETRY_MAX_DELAY=10m");
    container_run(world, "web", CHECKED, "");
    http_wait(world, "/api/v1/exports", FIRST "state", "failing");
    shell(world, "touch '%s/mended'", world->folder);
    kill(world->daemon, SIGHUP);
    file_wait(world, "hosts", "web", true);
    http_wait(world, "/api/v1/exports", FIRST "state", "fine");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_reader_sees_whole_files_only), TEST(what_is_not_valid_is_not_written),
        TEST(a_hanging_validator_is_ended),   TEST(all_are_told),
        TEST(a_filtering_socket_is_said),     TEST(too_few_keep_the_file),
        TEST(killed_in_the_middle),           TEST(the_file_of_entries_is_followed),
        TEST(what_is_wished_no_more_stays),   TEST(wrong_entries_leave_the_old_ones),
        TEST(sighup_tries_what_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
