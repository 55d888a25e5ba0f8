/* SPDX-License-Identifier: MIT */
/* test_folder.c: the folder with a file a service: what is written, left alone and removed, and when. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "controller/core/error.h"
#include "controller/core/file.h"
#include "exporter/files/folder.h"
#include "exporter/files/folder_disk.h"
#include "tests/support/sample_registry.h"

struct fixture {
    uv_loop_t loop;
    char path[64];
    struct registry *registry;
    struct exit exit;
    struct moment now; /* the tests' clock */
    bool warm;
    unsigned said;
    struct exit_report report; /* the latest; no texts */
    char sentence[600], ended[200];
};

static bool on_warm(void *user)
{
    return ((struct fixture *)user)->warm;
}

static void on_wake(void *user)
{
    (void)user; /* the tests settle all the time */
}

static void on_changed(void *user, const struct exit_report *report)
{
    struct fixture *fixture = user;
    (void)report;
    fixture->said++;
}

static void on_ended(void *user, const struct exit_report *report)
{
    struct fixture *fixture = user;
    snprintf(fixture->ended, sizeof fixture->ended, "%s %s", report->kind, report->sentence);
}

static void on_report(void *user, const struct exit_report *report)
{
    struct fixture *fixture = user;
    assert_string_equal(report->kind, "folder");
    assert_string_equal(report->target, fixture->path);
    fixture->report = *report;
    snprintf(fixture->sentence, sizeof fixture->sentence, "%s", report->sentence);
}

static void open_exit(struct fixture *fixture)
{
    const struct exit_surroundings around = {.loop = &fixture->loop,
                                             .registry = fixture->registry,
                                             .state_dir = "",
                                             .warm = on_warm,
                                             .wake = on_wake,
                                             .changed = on_changed,
                                             .ended = on_ended,
                                             .user = fixture};
    fixture->exit = folder_open(&around, fixture->path);
}

static int setup(void **state)
{
    struct fixture *fixture = mem_new(sizeof *fixture);
    uv_loop_init(&fixture->loop);
    snprintf(fixture->path, sizeof fixture->path, "/tmp/quaywatch-folder.XXXXXX");
    assert_non_null(mkdtemp(fixture->path));
    fixture->registry = sample_registry();
    fixture->warm = true;
    fixture->now = clock_now();
    open_exit(fixture);
    *state = fixture;
    return 0;
}

static void close_exit(struct fixture *fixture)
{
    fixture->exit.kind->close(fixture->exit.self);
    uv_run(&fixture->loop, UV_RUN_DEFAULT);
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    char command[200];
    close_exit(fixture);
    assert_int_equal(uv_loop_close(&fixture->loop), 0);
    registry_free(fixture->registry);
    snprintf(command, sizeof command, "rm -rf %s", fixture->path);
    assert_int_equal(system(command), 0);
    free(fixture);
    return 0;
}

/* Turns until there is nothing more to do: every job's end is a turn of the loop. */
static void settle(struct fixture *fixture)
{
    for (int calm = 0; calm < 2;) {
        fixture->now.mono_ms += 1000;
        fixture->exit.kind->settle(fixture->exit.self, fixture->now);
        calm = uv_loop_alive(&fixture->loop) ? 0 : calm + 1;
        uv_run(&fixture->loop, UV_RUN_DEFAULT);
    }
    fixture->exit.kind->report(fixture->exit.self, on_report, fixture);
}

static char *content(const struct fixture *fixture, const char *name)
{
    char path[400], *text = NULL;
    size_t length;
    struct error unheard;
    snprintf(path, sizeof path, "%s/%s", fixture->path, name);
    return file_read(path, 1 << 20, &text, &length, &unheard) == 0 ? text : NULL;
}

static void put(const struct fixture *fixture, const char *name, const char *text)
{
    char path[400];
    struct error err = {0};
    snprintf(path, sizeof path, "%s/%s", fixture->path, name);
    assert_int_equal(file_replace(path, text, strlen(text), &err), 0);
}

static void assert_content(const struct fixture *fixture, const char *name, const char *holds)
{
    char *text = content(fixture, name);
    if ((text != NULL) != (holds != NULL) || (text && !strstr(text, holds)))
        fail_msg("%s is %s", name, text ? text : "not there");
    free(text);
}

static void remove_service(struct fixture *fixture, const char *name)
{
    const struct service *service = registry_service(fixture->registry, name);
    while (service && service->first) {
        struct change change = {.kind = CHANGE_GONE, .ref = service->first->ref};
        registry_apply(fixture->registry, &change, sample_moment);
        sample_settle(fixture->registry);
        service = registry_service(fixture->registry, name);
    }
}

static void test_a_file_a_service(void **state)
{
    struct fixture *fixture = *state;
    settle(fixture);
    assert_content(fixture, "web.json",
                   "{\"written_by\":\"quaywatch\",\"name\":\"web\",\"project\":\"bot\",");
    assert_content(fixture, "db.json", "\"endpoints\":[\"tcp://172.20.0.3:5432\"]");
    assert_content(fixture, "cache.json", "\"serving\":true");
    assert_int_equal(fixture->report.state, EXIT_FINE);
    assert_int_equal(fixture->report.writes, 3);
    assert_int_equal(fixture->report.services, 3);
    assert_int_equal(fixture->report.endpoints, 3);
    assert_true(fixture->report.bytes > 900 && fixture->report.written_at_wall_ms > 0);
    assert_int_equal(fixture->exit.kind->due(fixture->exit.self), 0);

    /* One changes: one is written. One goes: its file goes. */
    struct ref ref = registry_service(fixture->registry, "web")->first->ref;
    sample_status(fixture->registry, ref, STATUS_UNHEALTHY);
    sample_settle(fixture->registry);
    remove_service(fixture, "cache");
    settle(fixture);
    assert_content(fixture, "web.json", "\"serving\":false,\"url\":null");
    assert_content(fixture, "cache.json", NULL);
    assert_int_equal(fixture->report.writes, 5);
    assert_int_equal(fixture->report.services, 2);
    assert_int_equal(fixture->report.endpoints, 1);

    /* The next run writes nothing again. */
    close_exit(fixture);
    open_exit(fixture);
    settle(fixture);
    assert_int_equal(fixture->report.writes, 0);
    assert_int_equal(fixture->report.spared, 2);
    assert_int_equal(fixture->report.state, EXIT_FINE);
}

static void test_what_is_foreign_stays(void **state)
{
    struct fixture *fixture = *state;
    put(fixture, "web.json", "{\"mine\": 1}");
    put(fixture, "notes.json", "{\"written_by\":\"me\"}");
    put(fixture, "gone.json", "{\"written_by\":\"quaywatch\",\"name\":\"gone\"}");
    put(fixture, "readme.txt", "{\"written_by\":\"quaywatch\"");
    put(fixture, ".quaywatch-abcdef.db.json",
        "{\"written_by\":\"quaywatch\",\"na"); /* a write that never ended */
    put(fixture, "x.json.backup", "{\"written_by\":\"quaywatch\"}");
    settle(fixture);
    assert_content(fixture, "web.json", "{\"mine\": 1}");
    assert_content(fixture, "notes.json", "me");
    assert_content(fixture, "gone.json", NULL);
    assert_content(fixture, "readme.txt", "");
    assert_content(fixture, ".quaywatch-abcdef.db.json", NULL);
    assert_content(fixture, "x.json.backup", "quaywatch");
    assert_content(fixture, "db.json", "\"name\":\"db\"");
    assert_int_equal(fixture->report.state, EXIT_FAILING);
    assert_non_null(strstr(fixture->sentence, "/web.json was not written by quaywatch, so it is left alone"));
    assert_true(fixture->exit.kind->due(fixture->exit.self) > 0);
    unsigned said = fixture->said;

    /* It is tried again, without a word; and works when the other file is away. */
    fixture->now.mono_ms = fixture->exit.kind->due(fixture->exit.self);
    settle(fixture);
    assert_int_equal(fixture->report.state, EXIT_FAILING);
    assert_int_equal(fixture->said, said);
    char path[100];
    snprintf(path, sizeof path, "%s/web.json", fixture->path);
    unlink(path);
    fixture->now.mono_ms = fixture->exit.kind->due(fixture->exit.self);
    settle(fixture);
    assert_content(fixture, "web.json", "\"name\":\"web\"");
    assert_int_equal(fixture->report.state, EXIT_FINE);
    assert_int_equal(fixture->said, said + 1);
    assert_int_equal(fixture->exit.kind->due(fixture->exit.self), 0);
}

/* Before the registry is known, what stands there stays, but what is new is told. */
static void test_nothing_goes_before_it_is_warm(void **state)
{
    struct fixture *fixture = *state;
    put(fixture, "gone.json", "{\"written_by\":\"quaywatch\",\"name\":\"gone\"}");
    fixture->warm = false;
    settle(fixture);
    assert_content(fixture, "gone.json", "gone");
    assert_content(fixture, "web.json", "web");
    assert_int_equal(fixture->exit.kind->due(fixture->exit.self), 0);
    fixture->warm = true;
    settle(fixture);
    assert_content(fixture, "gone.json", NULL);
}

static void test_what_was_removed_comes_back(void **state)
{
    struct fixture *fixture = *state;
    char command[300];
    settle(fixture);
    snprintf(command, sizeof command, "rm -rf %s", fixture->path);
    assert_int_equal(system(command), 0);
    remove_service(fixture, "web"); /* soon: nobody looks */
    settle(fixture);
    assert_content(fixture, "db.json", NULL);
    fixture->now.mono_ms += 5 * 60 * 1000;
    remove_service(fixture, "cache");
    settle(fixture);
    assert_content(fixture, "db.json", "\"name\":\"db\"");
    assert_content(fixture, "cache.json", NULL);
}

/* The setting names another folder: what we wrote here stays, what was never finished goes. */
static void test_ended_for_good(void **state)
{
    struct fixture *fixture = *state;
    settle(fixture);
    put(fixture, ".quaywatch-abcdef.db.json", "{\"written_by\":\"quaywatch\",\"half\":true}");
    put(fixture, ".quaywatch-notes.json", "mine");
    fixture->exit.kind->end(fixture->exit.self);
    uv_run(&fixture->loop, UV_RUN_DEFAULT);
    assert_string_equal(fixture->ended, "folder the files of services in it stay as they are");
    assert_content(fixture, "db.json", "\"name\":\"db\"");
    assert_content(fixture, ".quaywatch-abcdef.db.json", NULL);
    assert_content(fixture, ".quaywatch-notes.json", "mine");
    /* In the middle of a job, and the folder is not there (any more). */
    snprintf(fixture->ended, sizeof fixture->ended, "%s", "");
    open_exit(fixture);
    fixture->exit.kind->settle(fixture->exit.self, fixture->now);
    fixture->exit.kind->end(fixture->exit.self);
    uv_run(&fixture->loop, UV_RUN_DEFAULT);
    assert_string_not_equal(fixture->ended, "");
    open_exit(fixture);
}

/* A restart says of nobody that it does not serve before it was looked at. */
static void test_a_restart_empties_nothing(void **state)
{
    struct fixture *fixture = *state;
    settle(fixture);
    assert_content(fixture, "web.json", "\"serving\":true");
    close_exit(fixture);
    struct ref ref = registry_service(fixture->registry, "web")->first->ref;
    sample_status(fixture->registry, ref, STATUS_STARTING);
    sample_settle(fixture->registry);
    fixture->warm = false;
    open_exit(fixture);
    settle(fixture);
    assert_content(fixture, "web.json", "\"serving\":true");
    assert_int_equal(fixture->report.writes, 0);
    fixture->warm = true;
    settle(fixture);
    assert_content(fixture, "web.json", "\"serving\":false");
    assert_int_equal(fixture->report.writes, 1);
}

static void test_the_folder_is_made(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(rmdir(fixture->path), 0);
    settle(fixture);
    assert_content(fixture, "web.json", "web");

    /* Where it cannot be, that is said, and tried again. */
    close_exit(fixture);
    char command[200];
    snprintf(command, sizeof command, "rm -rf %s; touch %s", fixture->path, fixture->path);
    assert_int_equal(system(command), 0);
    open_exit(fixture);
    fixture->exit.kind->settle(fixture->exit.self, fixture->now);
    uv_run(&fixture->loop, UV_RUN_DEFAULT);
    fixture->exit.kind->report(fixture->exit.self, on_report, fixture);
    assert_int_equal(fixture->report.state, EXIT_FAILING);
    assert_non_null(strstr(fixture->sentence, fixture->path));
    int64_t due = fixture->exit.kind->due(fixture->exit.self);
    assert_true(due > 0);
    assert_int_equal(unlink(fixture->path), 0);
    fixture->now.mono_ms = due;
    settle(fixture);
    assert_int_equal(fixture->report.state, EXIT_FINE);
    assert_content(fixture, "web.json", "web");
}

static void test_many(void **state)
{
    struct fixture *fixture = *state;
    close_exit(fixture);
    registry_free(fixture->registry);
    fixture->registry = sample_many(200);
    open_exit(fixture);
    settle(fixture);
    assert_int_equal(fixture->report.writes, 200);
    assert_int_equal(fixture->report.services, 200);
    remove_service(fixture, "service-00007");
    settle(fixture);
    assert_int_equal(fixture->report.writes, 201);
    assert_content(fixture, "service-00007.json", NULL);
}

static void test_names_of_files(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"web", "web.json"},
        {"My_App.1-x", "My_App.1-x.json"},
        {"..", "%2E..json"},
        {".hidden", "%2Ehidden.json"},
        {"../etc/passwd", "%2E.%2Fetc%2Fpasswd.json"},
        {"a%b", "a%25b.json"},
        {"\xc3\xa4\n", "%C3%A4%0A.json"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char name[FOLDER_NAME];
        assert_true(folder_file_name(cases[i][0], name));
        assert_string_equal(name, cases[i][1]);
    }
    char name[FOLDER_NAME], endless[400];
    memset(endless, 'a', sizeof endless - 1);
    endless[sizeof endless - 1] = '\0';
    assert_false(folder_file_name(endless, name));
    assert_false(folder_file_name("", name));
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_a_file_a_service),
        IN_FOLDER(test_what_is_foreign_stays),
        IN_FOLDER(test_nothing_goes_before_it_is_warm),
        IN_FOLDER(test_what_was_removed_comes_back),
        IN_FOLDER(test_ended_for_good),
        IN_FOLDER(test_a_restart_empties_nothing),
        IN_FOLDER(test_the_folder_is_made),
        IN_FOLDER(test_many),
        cmocka_unit_test(test_names_of_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
