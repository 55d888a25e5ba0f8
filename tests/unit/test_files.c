/* SPDX-License-Identifier: MIT */
/* test_files.c: the files of EXPORTS as an exit, on a clock that the tests set: when they are written, what
 * keeps the last good one, who is told. */
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
#include <unistd.h>
#include <uv.h>

#include "controller/core/error.h"
#include "controller/core/file.h"
#include "exporter/files/files.h"
#include "tests/support/sample_registry.h"

enum { PATIENCE_MS = 20000, A_WHILE_MS = 60 };

struct fixture {
    uv_loop_t loop;
    char folder[64], path[96];
    struct registry *registry;
    struct exit exit;
    struct moment now; /* the tests' clock */
    bool warm, closed;
    unsigned said;                  /* changes that were told */
    char sentence[600], ended[600]; /* of the latest change; of all that ended */
    enum exit_state state;
    struct exit_report report; /* the latest; no texts */
    /* The door. */
    char calls[512];
    const char *refuse; /* what it says instead of doing it */
    bool silent;        /* it does not answer */
    uv_timer_t answer;
    struct file_call *call;
};

struct file_call {
    struct fixture *fixture;
    file_call_done *done;
    void *user;
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
    fixture->said++;
    fixture->state = report->state;
    assert_string_equal(report->kind, "file");
    snprintf(fixture->sentence, sizeof fixture->sentence, "%s", report->sentence);
}

static void on_ended(void *user, const struct exit_report *report)
{
    struct fixture *fixture = user;
    size_t used = strlen(fixture->ended);
    snprintf(fixture->ended + used, sizeof fixture->ended - used, "%s: %s;", strrchr(report->target, '/'),
             report->sentence);
}

/* ---- the door ---- */

static void on_answer(uv_timer_t *timer)
{
    struct fixture *fixture = timer->data;
    struct file_call *call = fixture->call;
    fixture->call = NULL;
    call->done(call->user, fixture->refuse, fixture->refuse ? "line one\nline two" : "");
    free(call);
}

static struct file_call *answer_later(struct fixture *fixture, file_call_done *done, void *user)
{
    struct file_call *call = mem_new(sizeof *call);
    *call = (struct file_call){fixture, done, user};
    assert_null(fixture->call);
    fixture->call = call;
    if (!fixture->silent)
        uv_timer_start(&fixture->answer, on_answer, 1, 0);
    return call;
}

static void note_call(struct fixture *fixture, const char *text)
{
    size_t used = strlen(fixture->calls);
    snprintf(fixture->calls + used, sizeof fixture->calls - used, "%s;", text);
}

static struct file_call *on_signal(void *user, const char *container, const char *name, file_call_done *done,
                                   void *done_user)
{
    char text[128];
    snprintf(text, sizeof text, "%s %s", name, container);
    note_call(user, text);
    return answer_later(user, done, done_user);
}

static struct file_call *on_exec(void *user, const char *container, const struct strings *argv,
                                 int64_t timeout_ms, file_call_done *done, void *done_user)
{
    char text[256];
    assert_int_equal(timeout_ms, 10000);
    snprintf(text, sizeof text, "%s:%s", container, argv->item[argv->count - 1]);
    note_call(user, text);
    return answer_later(user, done, done_user);
}

static void on_cancel(void *user, struct file_call *call)
{
    struct fixture *fixture = user;
    uv_timer_stop(&fixture->answer);
    fixture->call = NULL;
    free(call);
}

static void on_close(void *user)
{
    ((struct fixture *)user)->closed = true;
}

/* ---- life ---- */

static int setup(void **state)
{
    struct fixture *fixture = mem_new(sizeof *fixture);
    uv_loop_init(&fixture->loop);
    uv_timer_init(&fixture->loop, &fixture->answer);
    fixture->answer.data = fixture;
    snprintf(fixture->folder, sizeof fixture->folder, "/tmp/quaywatch-test-XXXXXX");
    assert_non_null(mkdtemp(fixture->folder));
    snprintf(fixture->path, sizeof fixture->path, "%s/hosts", fixture->folder);
    fixture->registry = sample_registry();
    fixture->now = (struct moment){.mono_ms = 100000, .wall_ms = sample_moment.wall_ms};
    fixture->warm = true;
    *state = fixture;
    return 0;
}

/* One entry of kind ("format: hosts") at the fixture's path, with more of its keys as YAML. */
static void begin_kind(struct fixture *fixture, const char *what, const char *more)
{
    struct error err = {0};
    char *text = mem_format("- {%s, path: %s%s%s}", what, fixture->path, more[0] ? ", " : "", more);
    struct file_entries *entries = entries_read_yaml(text, strlen(text), &err);
    if (!entries)
        fail_msg("%s", err.text);
    free(text);
    files_open(
        &(struct files_options){.around = {.loop = &fixture->loop,
                                           .registry = fixture->registry,
                                           .warm = on_warm,
                                           .wake = on_wake,
                                           .changed = on_changed,
                                           .ended = on_ended,
                                           .user = fixture},
                                .entries = entries,
                                .door = {.signal = on_signal,
                                         .exec = on_exec,
                                         .cancel = on_cancel,
                                         .close = on_close,
                                         .user = fixture},
                                .retry = {.enabled = true, .attempts = 3, .base_ms = 1000, .max_ms = 30000}},
        &fixture->exit);
}

/* One of hosts, with more ("mode: 0600, …"). */
static void begin(struct fixture *fixture, const char *more)
{
    begin_kind(fixture, "format: hosts", more);
}

static void end(struct fixture *fixture)
{
    fixture->exit.kind->close(fixture->exit.self);
    fixture->exit = (struct exit){0};
    assert_true(fixture->closed);
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    if (fixture->exit.self)
        end(fixture);
    uv_close((uv_handle_t *)&fixture->answer, NULL);
    uv_run(&fixture->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&fixture->loop), 0);
    char *command = mem_format("rm -rf %s", fixture->folder);
    assert_int_equal(system(command), 0);
    free(command);
    registry_free(fixture->registry);
    free(fixture);
    return 0;
}

static void on_report(void *user, const struct exit_report *report)
{
    ((struct fixture *)user)->report = *report;
}

/* One turn at the tests' time. */
static void turn(struct fixture *fixture)
{
    fixture->exit.kind->settle(fixture->exit.self, fixture->now);
    uv_run(&fixture->loop, UV_RUN_NOWAIT);
    fixture->exit.kind->report(fixture->exit.self, on_report, fixture);
    usleep(200);
}

static void turn_for(struct fixture *fixture, int64_t how_long_ms)
{
    for (int64_t until = clock_now().mono_ms + how_long_ms; clock_now().mono_ms < until;)
        turn(fixture);
}

#define UNTIL(condition)                                                                                     \
    for (int64_t until = clock_now().mono_ms + PATIENCE_MS; !(condition); turn(fixture))                     \
        if (clock_now().mono_ms > until)                                                                     \
    fail_msg("never: %s (%s)", #condition, fixture->sentence)

static char *content(const struct fixture *fixture)
{
    char *text = NULL;
    return file_read(fixture->path, 100000, &text, NULL, NULL) == 0 ? text : mem_copy("");
}

static bool holds(const struct fixture *fixture, const char *words)
{
    char *text = content(fixture);
    bool ret = strstr(text, words) != NULL;
    free(text);
    return ret;
}

static size_t entries_in(const char *folder)
{
    size_t count = 0;
    DIR *list = opendir(folder);
    for (const struct dirent *entry; (entry = readdir(list));)
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(list);
    return count;
}

static void put(const struct fixture *fixture, const char *text)
{
    assert_int_equal(file_replace(fixture->path, text, strlen(text), NULL), 0);
}

/* Instance number n (from 0) of a service. */
static void set(struct fixture *fixture, const char *service, unsigned n, enum status status)
{
    const struct instance *instance = registry_service(fixture->registry, service)->first;
    while (n--)
        instance = instance->next;
    sample_status(fixture->registry, instance->ref, status);
    sample_settle(fixture->registry);
}

static int64_t due(const struct fixture *fixture)
{
    return fixture->exit.kind->due(fixture->exit.self);
}

/* ---- when ---- */

static void test_written_at_once_at_the_start(void **state)
{
    struct fixture *fixture = *state;
    struct stat info;
    begin(fixture, "mode: 0600");
    UNTIL(fixture->state == EXIT_FINE);
    assert_true(holds(fixture, "172.20.0.2\tweb"));
    assert_false(holds(fixture, "172.20.0.4")); /* it is unhealthy */
    assert_int_equal(stat(fixture->path, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0600);
    assert_int_equal(fixture->said, 1);
    assert_int_equal(fixture->report.writes, 1);
    assert_int_equal(fixture->report.services, 3);
    assert_int_equal(fixture->report.endpoints, 3);
    assert_int_equal(fixture->report.bytes, info.st_size);
    assert_int_equal(fixture->report.written_at_wall_ms, fixture->now.wall_ms);
    assert_int_equal(due(fixture), 0); /* nothing is due while nothing changes */
}

static void test_additions_wait_for_quiet(void **state)
{
    struct fixture *fixture = *state;
    begin(fixture, "");
    UNTIL(fixture->state == EXIT_FINE);
    fixture->now.mono_ms += 60000;
    int64_t changed = fixture->now.mono_ms;
    set(fixture, "db", 1, STATUS_HEALTHY);
    turn_for(fixture, A_WHILE_MS);
    assert_false(holds(fixture, "172.20.0.4"));
    assert_int_equal(due(fixture), changed + 500);
    fixture->now.mono_ms += 499;
    turn_for(fixture, A_WHILE_MS);
    assert_false(holds(fixture, "172.20.0.4"));
    fixture->now.mono_ms++;
    UNTIL(holds(fixture, "172.20.0.4"));
    assert_int_equal(due(fixture), 0);
}

/* What the text tells is counted: one without a known port is in hosts, and in no json. */
static void test_told_endpoints_are_counted(void **state)
{
    struct fixture *fixture = *state;
    begin(fixture, "");
    UNTIL(fixture->state == EXIT_FINE);
    size_t endpoints = fixture->report.endpoints, services = fixture->report.services;
    sample_add(fixture->registry, sample_spec("name:x:portless", "portless", 0),
               sample_observed("0123456789ab", "portless-1", "10.9.9.9", NULL), STATUS_HEALTHY);
    sample_settle(fixture->registry);
    fixture->now.mono_ms += 1000;
    turn(fixture);
    fixture->now.mono_ms += 1000;
    UNTIL(holds(fixture, "10.9.9.9"));
    UNTIL(fixture->report.endpoints == endpoints + 1 && fixture->report.services == services + 1);
    end(fixture);
    uv_run(&fixture->loop, UV_RUN_DEFAULT);
    begin_kind(fixture, "format: json", "");
    UNTIL(fixture->exit.self && fixture->report.writes == 1);
    assert_int_equal(fixture->report.endpoints, endpoints);
    assert_int_equal(fixture->report.services, services);
}

static void test_removals_are_written_at_once(void **state)
{
    struct fixture *fixture = *state;
    begin(fixture, "debounce: 1m, max_wait: 5m");
    UNTIL(fixture->state == EXIT_FINE);
    fixture->now.mono_ms += 1000;
    set(fixture, "web", 0, STATUS_UNHEALTHY);
    UNTIL(!holds(fixture, "172.20.0.2"));
    set(fixture, "db", 0, STATUS_UNHEALTHY); /* the next keeps its distance */
    turn_for(fixture, A_WHILE_MS);
    assert_true(holds(fixture, "172.20.0.3"));
    fixture->now.mono_ms += 500;
    UNTIL(!holds(fixture, "172.20.0.3"));
}

static void test_equal_bytes_are_spared(void **state)
{
    struct fixture *fixture = *state;
    struct stat before, after;
    begin(fixture, "notify: {signal: {container: c}}");
    UNTIL(fixture->state == EXIT_FINE);
    fixture->calls[0] = '\0';
    assert_int_equal(stat(fixture->path, &before), 0);
    fixture->now.mono_ms += 60000;
    set(fixture, "db", 1, STATUS_FAILED); /* it does not serve either way */
    turn(fixture);
    fixture->now.mono_ms += 500;
    UNTIL(fixture->report.spared == 1);
    turn_for(fixture, A_WHILE_MS);
    assert_int_equal(stat(fixture->path, &after), 0);
    assert_int_equal(before.st_ino, after.st_ino);
    assert_int_equal(fixture->report.writes, 1);
    assert_string_equal(fixture->calls, "");
    assert_int_equal(fixture->said, 1);
}

/* ---- what an earlier quaywatch left ---- */

static void test_not_emptied_before_the_first_checks(void **state)
{
    struct fixture *fixture = *state;
    fixture->warm = false;
    put(fixture, "10.9.9.9\tof-the-run-before\n");
    set(fixture, "web", 0, STATUS_STARTING);
    begin(fixture, "");
    turn_for(fixture, A_WHILE_MS);
    assert_true(holds(fixture, "of-the-run-before"));
    assert_int_equal(due(fixture), 0);
    fixture->now.mono_ms += 30000;
    turn_for(fixture, A_WHILE_MS);
    assert_true(holds(fixture, "of-the-run-before"));
    assert_int_equal(fixture->said, 0);
    fixture->warm = true;
    UNTIL(holds(fixture, "172.20.0.3"));
    assert_false(holds(fixture, "of-the-run-before"));
}

/* A file that is not there yet is made as soon as there is something to tell. */
static void test_new_file_before_the_first_checks(void **state)
{
    struct fixture *fixture = *state;
    fixture->warm = false;
    set(fixture, "web", 0, STATUS_STARTING);
    set(fixture, "db", 0, STATUS_STARTING);
    set(fixture, "cache", 0, STATUS_STARTING);
    begin(fixture, "");
    turn_for(fixture, A_WHILE_MS);
    assert_int_equal(access(fixture->path, F_OK), -1);
    assert_int_equal(fixture->said, 0);
    set(fixture, "web", 0, STATUS_HEALTHY);
    turn(fixture);
    fixture->now.mono_ms += 500;
    UNTIL(holds(fixture, "172.20.0.2"));
}

/* Killed between the writing and the telling: the next one tells. */
static void test_untold_is_told_by_the_next(void **state)
{
    struct fixture *fixture = *state;
    begin(fixture, "");
    UNTIL(fixture->state == EXIT_FINE);
    end(fixture);
    char *mark = mem_format("%s/.quaywatch.hosts.untold", fixture->folder);
    assert_int_equal(file_replace(mark, "", 0, NULL), 0);
    begin(fixture, "notify: [{signal: {container: a}}, {signal: {container: b, signal: USR1}}]");
    UNTIL(access(mark, F_OK) != 0);
    assert_string_equal(fixture->calls, "HUP a;USR1 b;");
    assert_int_equal(fixture->report.writes, 0);
    turn_for(fixture, A_WHILE_MS);
    end(fixture);
    fixture->calls[0] = '\0';
    fixture->state = EXIT_WAITING;
    begin(fixture, "notify: {signal: {container: a}}");
    UNTIL(fixture->state == EXIT_FINE);
    assert_string_equal(fixture->calls, ""); /* and nobody after that */
    free(mark);
}

/* What serves at no port stands among names and addresses, and in no list of URLs. */
static void test_endpoints_are_those_in_the_file(void **state)
{
    static const struct {
        const char *format;
        size_t endpoints;
    } kinds[] = {{"format: hosts", 4}, {"format: json", 3}};
    struct fixture *fixture = *state;
    sample_add(fixture->registry, sample_spec("name:-:worker", "worker", 0),
               sample_observed("9f9f9f9f9f9f", "worker-1", "172.20.0.9", "worker"), STATUS_HEALTHY);
    sample_settle(fixture->registry);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        begin_kind(fixture, kinds[i].format, "");
        UNTIL(fixture->state == EXIT_FINE);
        assert_int_equal(fixture->report.endpoints, kinds[i].endpoints);
        end(fixture);
        fixture->state = EXIT_WAITING;
    }
}

/* ---- what keeps the last good file ---- */

static void test_minimum(void **state)
{
    struct fixture *fixture = *state;
    begin(fixture, "minimum: 3");
    UNTIL(fixture->state == EXIT_FINE);
    fixture->now.mono_ms += 1000;
    set(fixture, "web", 0, STATUS_UNHEALTHY);
    UNTIL(fixture->state == EXIT_FAILING);
    assert_string_equal(fixture->sentence, "2 endpoints serve, and minimum is 3; the file stays as it was");
    assert_true(holds(fixture, "172.20.0.2"));
    assert_int_equal(due(fixture), 0); /* only a change can mend it */
    set(fixture, "db", 1, STATUS_HEALTHY);
    turn(fixture);
    fixture->now.mono_ms += 500;
    UNTIL(fixture->state == EXIT_FINE);
    assert_false(holds(fixture, "172.20.0.2"));
    assert_true(holds(fixture, "172.20.0.4"));
}

static void test_minimum_of_a_service(void **state)
{
    struct fixture *fixture = *state;
    begin(fixture, "minimum: {db: 2, web: 1}");
    UNTIL(fixture->state == EXIT_FAILING);
    assert_string_equal(fixture->sentence,
                        "1 endpoint of db serves, and minimum is 2; the file is not written");
    set(fixture, "db", 1, STATUS_HEALTHY);
    turn(fixture);
    fixture->now.mono_ms += 500;
    UNTIL(fixture->state == EXIT_FINE);
}

static void test_validate_refuses(void **state)
{
    struct fixture *fixture = *state;
    put(fixture, "10.9.9.9\tgood\n");
    begin(fixture, "validate: 'echo bad thing in {}; echo {name} >&2; grep -q 172.20.0.4 {}'");
    UNTIL(fixture->state == EXIT_FAILING);
    char *expected = mem_format("validate ended with code 1: bad thing in %s hosts; the file stays as it was",
                                fixture->path);
    assert_string_equal(fixture->sentence, expected); /* with the name it will have */
    free(expected);
    assert_true(holds(fixture, "good"));
    assert_int_equal(entries_in(fixture->folder), 1);
    assert_int_equal(due(fixture), fixture->now.mono_ms + 1000); /* tried again */
    fixture->now.mono_ms += 1000;
    UNTIL(fixture->report.failures == 2);
    assert_int_equal(due(fixture), fixture->now.mono_ms + 2000);
    assert_int_equal(fixture->said, 1); /* and said once */
    set(fixture, "db", 1, STATUS_HEALTHY);
    turn(fixture);
    fixture->now.mono_ms += 500;
    UNTIL(fixture->state == EXIT_FINE);
    assert_true(holds(fixture, "172.20.0.4"));
    assert_int_equal(entries_in(fixture->folder), 1);
}

static void test_validate_that_hangs(void **state)
{
    struct fixture *fixture = *state;
    put(fixture, "10.9.9.9\tgood\n");
    begin(fixture, "timeout: 100ms, validate: sleep 100");
    UNTIL(fixture->state == EXIT_FAILING);
    assert_string_equal(fixture->sentence,
                        "validate did not end within 100ms and was ended; the file stays as it was");
    assert_true(holds(fixture, "good"));
}

static void test_validate_in_a_container(void **state)
{
    struct fixture *fixture = *state;
    fixture->refuse = "ended with code 1";
    begin(fixture, "validate: {exec: {service: web, command: [nginx, -t, -c, '/x/{name}']}}");
    UNTIL(fixture->state == EXIT_FAILING);
    assert_string_equal(fixture->sentence,
                        "validate in container bot-web-1: ended with code 1: line one line "
                        "two; the file is not written");
    assert_non_null(strstr(fixture->calls, "bot-web-1:/x/.quaywatch-"));
    fixture->refuse = NULL;
    fixture->now.mono_ms += 1000;
    UNTIL(fixture->state == EXIT_FINE);
}

static void test_cannot_write(void **state)
{
    struct fixture *fixture = *state;
    snprintf(fixture->path, sizeof fixture->path, "%s/folder", fixture->folder);
    assert_int_equal(mkdir(fixture->path, 0755), 0);
    begin(fixture, "");
    UNTIL(fixture->state == EXIT_FAILING);
    assert_non_null(strstr(fixture->sentence, "/folder: Is a directory; "));
    assert_int_equal(rmdir(fixture->path), 0);
    fixture->now.mono_ms += 1000;
    UNTIL(fixture->state == EXIT_FINE);
}

/* ---- who is told ---- */

static void test_notify(void **state)
{
    struct fixture *fixture = *state;
    char *more = mem_format(
        "notify: [{signal: {container: proxy}}, 'cp {} %s/copy', {signal: {service: db}}, "
        "{exec: {service: db, command: [reload, '{name}']}}]",
        fixture->folder);
    begin(fixture, more);
    UNTIL(fixture->state == EXIT_FINE);
    assert_string_equal(fixture->calls, "HUP proxy;HUP bot-db-1;HUP bot-db-2;bot-db-1:hosts;bot-db-2:hosts;");
    assert_int_equal(entries_in(fixture->folder), 2); /* the file and its copy: no mark */
    free(more);
}

static void test_notify_fails(void **state)
{
    struct fixture *fixture = *state;
    fixture->refuse = "it does not run";
    char *more = mem_format("notify: ['echo x >>%s/told', {signal: {container: proxy}}]", fixture->folder);
    begin(fixture, more);
    UNTIL(fixture->state == EXIT_FAILING);
    assert_string_equal(fixture->sentence,
                        "it is written, but not all were told: signal in container proxy: it "
                        "does not run: line one line two");
    assert_true(holds(fixture, "172.20.0.2"));
    assert_int_equal(due(fixture), fixture->now.mono_ms + 1000);
    fixture->refuse = NULL;
    fixture->now.mono_ms += 1000;
    UNTIL(fixture->state == EXIT_FINE);
    assert_string_equal(fixture->calls, "HUP proxy;HUP proxy;");
    snprintf(fixture->path, sizeof fixture->path, "%s/told", fixture->folder);
    char *text = content(fixture);
    assert_string_equal(text, "x\n"); /* who was told is not told again */
    free(text);
    free(more);
}

/* What changes while somebody is told is written afterwards, and told again. */
static void test_change_during_a_run(void **state)
{
    struct fixture *fixture = *state;
    fixture->silent = true;
    begin(fixture, "notify: {signal: {container: proxy}}");
    UNTIL(fixture->call);
    set(fixture, "web", 0, STATUS_UNHEALTHY);
    fixture->now.mono_ms += 10000;
    turn_for(fixture, A_WHILE_MS);
    assert_true(holds(fixture, "172.20.0.2"));
    fixture->silent = false;
    uv_timer_start(&fixture->answer, on_answer, 0, 0);
    UNTIL(!holds(fixture, "172.20.0.2") && fixture->report.writes == 2 && strlen(fixture->calls) > 12);
    assert_string_equal(fixture->calls, "HUP proxy;HUP proxy;");
}

/* ---- templates ---- */

static void template_put(const struct fixture *fixture, const char *text)
{
    char *path = mem_format("%s/app.conf.tmpl", fixture->folder);
    assert_int_equal(file_replace(path, text, strlen(text), NULL), 0);
    free(path);
}

static void test_template(void **state)
{
    struct fixture *fixture = *state;
    char *kind = mem_format("template: %s/app.conf.tmpl, variables: {WHO: me}", fixture->folder);
    template_put(fixture, "cache ${service.cache.url} by ${WHO} and ${NOBODY:-none}\n");
    begin_kind(fixture, kind, "");
    UNTIL(fixture->state == EXIT_FINE);
    char *text = content(fixture);
    assert_string_equal(text, "cache tcp://bot-cache-1:6379 by me and none\n");
    free(text);
    /* A wrong one is said, and the file stays; the next good one is written without anybody's word. */
    template_put(fixture, "x\n${service.cach.url}\n");
    turn_for(fixture, A_WHILE_MS);
    fixture->now.mono_ms += 500;
    UNTIL(fixture->state == EXIT_FAILING);
    assert_non_null(strstr(fixture->sentence, "app.conf.tmpl, line 2, column "));
    assert_non_null(strstr(fixture->sentence, "; the file stays as it was"));
    assert_true(holds(fixture, "cache tcp"));
    template_put(fixture, "port ${service.cache.port}\n");
    turn_for(fixture, A_WHILE_MS);
    fixture->now.mono_ms += 500;
    UNTIL(fixture->state == EXIT_FINE);
    assert_true(holds(fixture, "port 6379\n"));
    free(kind);
}

/* What a template needs does not serve any more: the last good file stays. */
static void test_template_without_its_service(void **state)
{
    struct fixture *fixture = *state;
    char *kind = mem_format("template: %s/app.conf.tmpl", fixture->folder);
    template_put(fixture, "${service.db.host}\n");
    begin_kind(fixture, kind, "");
    UNTIL(fixture->state == EXIT_FINE);
    fixture->now.mono_ms += 1000;
    set(fixture, "db", 0, STATUS_UNHEALTHY);
    UNTIL(fixture->state == EXIT_FAILING);
    assert_non_null(strstr(fixture->sentence, "; the file stays as it was"));
    free(kind);
}

/* ---- the end ---- */

static void test_closed_in_the_middle(void **state)
{
    struct fixture *fixture = *state;
    begin(fixture, "validate: sleep 100");
    end(fixture); /* a worker looks */
    uv_run(&fixture->loop, UV_RUN_DEFAULT);
    begin(fixture, "validate: sleep 100");
    UNTIL(entries_in(fixture->folder) == 1);
    turn_for(fixture, A_WHILE_MS); /* it validates */
    end(fixture);
    uv_run(&fixture->loop, UV_RUN_DEFAULT);
    assert_int_equal(entries_in(fixture->folder), 0);
    fixture->silent = true;
    begin(fixture, "validate: {exec: {container: c, command: [x]}}");
    UNTIL(fixture->call);
    end(fixture);
    assert_null(fixture->call);
    assert_int_equal(fixture->said, 0);
}

/* ---- other entries ---- */

static const struct file_retry quick = {.enabled = true, .attempts = 3, .base_ms = 1000, .max_ms = 30000};

/* Other entries: DIR/ stands for the fixture's folder. Whether any is another. */
static bool change(struct fixture *fixture, const char *text)
{
    struct error err = {0};
    char *yaml = mem_format("%s", "");
    for (const char *at = text; *at;) {
        bool folder = strncmp(at, "DIR/", 4) == 0;
        char *more = folder ? mem_format("%s%s/", yaml, fixture->folder) : mem_format("%s%c", yaml, *at);
        at += folder ? 4 : 1;
        free(yaml);
        yaml = more;
    }
    struct file_entries *entries = entries_read_yaml(yaml, strlen(yaml), &err);
    if (!entries)
        fail_msg("%s", err.text);
    free(yaml);
    return files_change(&fixture->exit, entries, &quick);
}

static void on_each(void *user, const struct exit_report *report)
{
    struct fixture *fixture = user;
    size_t used = strlen(fixture->calls);
    snprintf(fixture->calls + used, sizeof fixture->calls - used, "%s %s %u;", strrchr(report->target, '/'),
             exit_state_name[report->state], (unsigned)report->writes);
}

/* "/hosts fine 1;…" of all files. */
static const char *files_of(struct fixture *fixture)
{
    fixture->calls[0] = '\0';
    fixture->exit.kind->report(fixture->exit.self, on_each, fixture);
    return fixture->calls;
}

static bool there(const struct fixture *fixture, const char *name)
{
    char *path = mem_format("%s/%s", fixture->folder, name);
    bool ret = access(path, F_OK) == 0;
    free(path);
    return ret;
}

static void test_other_entries(void **state)
{
    struct fixture *fixture = *state;
    begin(fixture, "");
    UNTIL(fixture->state == EXIT_FINE);
    assert_string_equal(files_of(fixture), "/hosts fine 1;");
    /* The same in the same words: nothing happens, and what was counted is still known. */
    assert_false(change(fixture, "[{path: DIR/hosts, format: hosts}]"));
    turn_for(fixture, A_WHILE_MS);
    assert_string_equal(files_of(fixture), "/hosts fine 1;");
    /* One more before it. */
    assert_true(change(fixture, "[{format: json, path: DIR/q.json}, {format: hosts, path: DIR/hosts}]"));
    UNTIL(there(fixture, "q.json") && strstr(files_of(fixture), "q.json fine 1;/hosts fine 1;"));
    assert_int_equal(fixture->report.spared, 0); /* it was not even looked at */
    /* Another mode: begun anew. */
    assert_true(change(fixture, "[{format: hosts, path: DIR/hosts, mode: 0600}]"));
    UNTIL(strstr(files_of(fixture), "/hosts fine 0;"));
    struct stat info;
    assert_int_equal(stat(fixture->path, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0600);
    assert_string_equal(fixture->ended, "/q.json: the file stays as it is;");
    assert_true(there(fixture, "q.json"));
    assert_int_equal(entries_in(fixture->folder), 2);
}

/* Somebody was to be told, or a validator looked at it: nothing of that is left beside the file. */
static void test_what_stands_beside_it_goes(void **state)
{
    struct fixture *fixture = *state;
    fixture->refuse = "no such container";
    begin(fixture, "notify: {signal: {container: c}}");
    UNTIL(fixture->state == EXIT_FAILING);
    assert_true(there(fixture, ".quaywatch.hosts.untold"));
    assert_true(change(fixture, "[{format: hosts, path: DIR/more, validate: sleep 100}]"));
    UNTIL(!there(fixture, ".quaywatch.hosts.untold"));
    assert_true(holds(fixture, "db"));
    UNTIL(entries_in(fixture->folder) == 2); /* the new one is being validated */
    turn_for(fixture, A_WHILE_MS);
    assert_true(change(fixture, "[]"));
    UNTIL(entries_in(fixture->folder) == 1);
    assert_string_equal(files_of(fixture), "");
    assert_string_equal(fixture->ended, "/hosts: the file stays as it is;/more: nothing was written;");
    assert_true(there(fixture, "hosts"));
}

static void test_ended_for_good(void **state)
{
    struct fixture *fixture = *state;
    fixture->refuse = "no such container";
    begin(fixture, "notify: {signal: {container: c}}");
    UNTIL(fixture->state == EXIT_FAILING);
    fixture->exit.kind->end(fixture->exit.self);
    fixture->exit = (struct exit){0};
    assert_true(fixture->closed);
    uv_run(&fixture->loop, UV_RUN_DEFAULT);
    assert_string_equal(fixture->ended, "/hosts: the file stays as it is;");
    assert_int_equal(entries_in(fixture->folder), 1);
}

/* A file that is mounted by itself is written in place: its folder, which is another there, sees nothing. */
static void test_watched_in_place(void **state)
{
    struct fixture *fixture = *state;
    char *kind = mem_format("template: %s/in/app.tmpl", fixture->folder);
    char *make = mem_format("cd %s && mkdir in && echo one >real && ln -s ../real in/app.tmpl",
                            fixture->folder);
    char *mend = mem_format("echo two >%s/real", fixture->folder);
    assert_int_equal(system(make), 0);
    begin_kind(fixture, kind, "");
    UNTIL(holds(fixture, "one"));
    assert_int_equal(system(mend), 0);
    turn_for(fixture, A_WHILE_MS);
    fixture->now.mono_ms += 1000;
    UNTIL(holds(fixture, "two"));
    free(kind);
    free(make);
    free(mend);
}

static void test_check(void **state)
{
    (void)state;
    struct error err = {0};
    struct file_entries *entries = entries_read_inline("hosts=/tmp/x", &err);
    assert_int_equal(files_check(entries, &err), 0);
    entries_free(entries);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_written_at_once_at_the_start),
        TEST(test_additions_wait_for_quiet),
        TEST(test_removals_are_written_at_once),
        TEST(test_told_endpoints_are_counted),
        TEST(test_equal_bytes_are_spared),
        TEST(test_not_emptied_before_the_first_checks),
        TEST(test_new_file_before_the_first_checks),
        TEST(test_untold_is_told_by_the_next),
        TEST(test_endpoints_are_those_in_the_file),
        TEST(test_minimum),
        TEST(test_minimum_of_a_service),
        TEST(test_validate_refuses),
        TEST(test_validate_that_hangs),
        TEST(test_validate_in_a_container),
        TEST(test_cannot_write),
        TEST(test_notify),
        TEST(test_notify_fails),
        TEST(test_change_during_a_run),
        TEST(test_template),
        TEST(test_template_without_its_service),
        TEST(test_closed_in_the_middle),
        TEST(test_other_entries),
        TEST(test_what_stands_beside_it_goes),
        TEST(test_ended_for_good),
        TEST(test_watched_in_place),
        cmocka_unit_test(test_check),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
