/* SPDX-License-Identifier: MIT */
/* test_status_file.c: the status file: its bytes, its pace, its trouble, its end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>
#include <uv.h>

#include "controller/core/buf.h"
#include "controller/core/error.h"
#include "controller/core/file.h"
#include "exporter/render/render.h"
#include "exporter/server.h"
#include "exporter/status_file.h"
#include "tests/support/loop_client.h"
#include "tests/support/sample_registry.h"

enum { PATIENCE_MS = 20000 };

struct fixture {
    uv_loop_t loop;
    char folder[64], path[96];
    struct registry *registry;
    struct stats stats;
    struct exporter_context context;
    struct status_file *file;
    int troubles, recoveries;
};

static void on_trouble(void *user, const char *sentence)
{
    struct fixture *fixture = user;
    if (sentence)
        fixture->troubles++;
    else
        fixture->recoveries++;
}

static int setup(void **state)
{
    struct fixture *fixture = mem_new(sizeof *fixture);
    struct error err = {0};
    uv_loop_init(&fixture->loop);
    snprintf(fixture->folder, sizeof fixture->folder, "/tmp/quaywatch-test-XXXXXX");
    assert_non_null(mkdtemp(fixture->folder));
    snprintf(fixture->path, sizeof fixture->path, "%s/deep/status.json", fixture->folder);
    fixture->registry = sample_registry();
    fixture->context = (struct exporter_context){.registry = fixture->registry,
                                                 .stats = &fixture->stats,
                                                 .version = "0.1.0",
                                                 .metrics_prefix = "quaywatch"};
    fixture->file = status_file_open(&fixture->loop, fixture->path, &fixture->context, on_trouble, fixture,
                                     &err);
    assert_non_null(fixture->file);
    *state = fixture;
    return 0;
}

static void close_file(struct fixture *fixture)
{
    status_file_close(fixture->file);
    fixture->file = NULL;
    uv_run(&fixture->loop, UV_RUN_DEFAULT);
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    if (fixture->file)
        close_file(fixture);
    assert_int_equal(uv_loop_close(&fixture->loop), 0);
    char *command = mem_format("rm -rf %s", fixture->folder);
    assert_int_equal(system(command), 0);
    free(command);
    stats_free(&fixture->stats);
    registry_free(fixture->registry);
    free(fixture);
    return 0;
}

/* Turns the loop for that long. */
static void turn(struct fixture *fixture, int64_t how_long_ms)
{
    int64_t end = clock_now().mono_ms + how_long_ms;
    while (clock_now().mono_ms < end) {
        uv_run(&fixture->loop, UV_RUN_NOWAIT);
        usleep(500);
    }
}

static char *content(const struct fixture *fixture)
{
    char *text = NULL;
    struct error err;
    return file_read(fixture->path, SIZE_MAX / 2, &text, NULL, &err) ? NULL : text;
}

static bool holds(const struct fixture *fixture, const char *words)
{
    char *text = content(fixture);
    bool ret = text && strstr(text, words);
    free(text);
    return ret;
}

/* Turns the loop until the file holds the words; a loaded machine is no failure. */
static void wait_for(struct fixture *fixture, const char *words)
{
    int64_t end = clock_now().mono_ms + PATIENCE_MS;
    while (!holds(fixture, words)) {
        if (clock_now().mono_ms > end)
            fail_msg("the file never holds %s", words);
        turn(fixture, 5);
    }
}

/* The same for a number that grows. */
static void wait_count(struct fixture *fixture, const int *count, int expected)
{
    int64_t end = clock_now().mono_ms + PATIENCE_MS;
    while (*count < expected && clock_now().mono_ms < end)
        turn(fixture, 5);
    assert_int_equal(*count, expected);
}

static void change(struct fixture *fixture, enum status status)
{
    sample_status(fixture->registry, registry_service(fixture->registry, "web")->first->ref, status);
    sample_settle(fixture->registry);
    status_file_touch(fixture->file);
}

/* The file is the served document of the same revision, byte for byte. */
static void test_equals_the_answer(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    const struct server_options options = {.listen = "127.0.0.1:0", .listen_fd = -1};
    struct server *server = server_open(&fixture->loop, &options, &fixture->context, &err);
    assert_non_null(server);
    for (int round = 0; round < 3; round++) {
        change(fixture, round % 2 ? STATUS_HEALTHY : STATUS_UNHEALTHY);
        char *revision = mem_format("\"revision\":%d,", round + 2);
        wait_for(fixture, revision);
        free(revision);
        struct reply reply = loop_ask(&fixture->loop, server_port(server), "GET /api/v1/status", "");
        char *text = content(fixture);
        assert_non_null(text);
        assert_string_equal(text, reply.body);
        free(text);
        reply_free(&reply);
    }
    server_close(server);
}

/* Nobody ever sees a part of a document, or a temporary file left behind. */
static void test_whole_and_clean(void **state)
{
    struct fixture *fixture = *state;
    for (int round = 0; round < 200; round++) {
        change(fixture, round % 2 ? STATUS_HEALTHY : STATUS_UNHEALTHY);
        turn(fixture, 2);
        char *text = content(fixture);
        size_t length = text ? strlen(text) : 0;
        assert_true(!text || (length > 4 && strcmp(text + length - 4, "}]}\n") == 0));
        free(text);
    }
    wait_for(fixture, "\"revision\":201,");
    turn(fixture, 50);
    char *folder = mem_format("%s/deep", fixture->folder);
    DIR *list = opendir(folder);
    int entries = 0;
    for (const struct dirent *entry; (entry = readdir(list));)
        entries += entry->d_name[0] != '.';
    closedir(list);
    free(folder);
    assert_int_equal(entries, 1);
    struct stat info;
    assert_int_equal(stat(fixture->path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0644);
}

static void test_trouble_and_recovery(void **state)
{
    struct fixture *fixture = *state;
    change(fixture, STATUS_UNHEALTHY);
    wait_for(fixture, "\"revision\":2,");
    char *folder = mem_format("%s/deep", fixture->folder), *away = mem_format("%s/away", fixture->folder);
    assert_int_equal(rename(folder, away), 0);
    change(fixture, STATUS_HEALTHY);
    wait_count(fixture, &fixture->troubles, 1);
    change(fixture, STATUS_UNHEALTHY);
    turn(fixture, 150); /* said once */
    assert_int_equal(fixture->troubles, 1);
    assert_int_equal(fixture->recoveries, 0);
    assert_int_equal(rename(away, folder), 0);
    change(fixture, STATUS_HEALTHY);
    wait_count(fixture, &fixture->recoveries, 1);
    wait_for(fixture, "\"revision\":5,");
    assert_int_equal(fixture->troubles, 1);
    free(folder);
    free(away);
}

/* What is not on disk yet is written at the end, also while a write is under way. */
static void test_last_write(void **state)
{
    struct fixture *fixture = *state;
    change(fixture, STATUS_UNHEALTHY);
    change(fixture, STATUS_HEALTHY);
    change(fixture, STATUS_UNHEALTHY);
    close_file(fixture);
    assert_true(holds(fixture, "\"revision\":4,"));
}

static void test_nothing_to_write_at_the_end(void **state)
{
    struct fixture *fixture = *state;
    change(fixture, STATUS_UNHEALTHY);
    wait_for(fixture, "\"revision\":2,");
    turn(fixture, 50); /* the loop hears of the end of the write */
    const struct timeval old[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
    assert_int_equal(utimes(fixture->path, old), 0);
    close_file(fixture);
    struct stat info;
    assert_int_equal(stat(fixture->path, &info), 0);
    assert_int_equal(info.st_mtime, 1000);
}

/* Calm: the time of the file alone moves. */
static void test_renewal(void **state)
{
    struct fixture *fixture = *state;
    change(fixture, STATUS_UNHEALTHY);
    wait_for(fixture, "\"revision\":2,");
    turn(fixture, 50); /* the loop hears of the end of the write */
    const struct timeval old[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
    struct stat before, after;
    assert_int_equal(utimes(fixture->path, old), 0);
    assert_int_equal(stat(fixture->path, &before), 0);
    int64_t end = clock_now().mono_ms + 10000 + PATIENCE_MS;
    do {
        turn(fixture, 50);
        assert_int_equal(stat(fixture->path, &after), 0);
    } while (after.st_mtime == 1000 && clock_now().mono_ms < end);
    assert_int_equal(after.st_ino, before.st_ino);
    assert_true(after.st_mtime > 1000);
}

static void test_folder_in_the_way(void **state)
{
    struct fixture *fixture = *state;
    struct error err = {0};
    char *path = mem_format("%s/deep/status.json/x/status.json", fixture->folder);
    change(fixture, STATUS_UNHEALTHY);
    wait_for(fixture, "\"revision\":2,");
    turn(fixture, 50); /* the loop hears of the end of the write */
    assert_null(status_file_open(&fixture->loop, path, &fixture->context, NULL, NULL, &err));
    assert_true(err.code < 0);
    assert_non_null(strstr(err.text, path));
    free(path);
    status_file_close(NULL);
}

#define WITH_FILE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FILE(test_equals_the_answer),           WITH_FILE(test_whole_and_clean),
        WITH_FILE(test_trouble_and_recovery),        WITH_FILE(test_last_write),
        WITH_FILE(test_nothing_to_write_at_the_end), WITH_FILE(test_renewal),
        WITH_FILE(test_folder_in_the_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
