/* SPDX-License-Identifier: MIT */
/* The annals: the loop tells and asks, a thread writes and reads; killed, damaged, full, and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "controller/core/buf.h"
#include "controller/core/file.h"
#include "controller/core/limits.h"
#include "exporter/history/annals.h"
#include "exporter/history/report.h"
#include "tests/support/loop_run.h"
#include "tests/support/sample_registry.h"

enum { PATIENCE_MS = 20000, S = 1000, HOUR_MS = 3600 * S };

struct fixture {
    uv_loop_t loop;
    uv_timer_t timer;
    char folder[64], path[96];
    struct registry *registry;
    const struct service *service;
    struct annals *annals;
    struct moment now;
    int troubles, recoveries, notices, recalled, killed;
    uint64_t last_recalled;
    char said[400];
    struct buf answer;
    int answers, code;
};

static void say(void *user, bool lasting, const char *sentence)
{
    struct fixture *fixture = user;
    snprintf(fixture->said, sizeof fixture->said, "%s", sentence ? sentence : "");
    if (!sentence)
        fixture->recoveries++;
    else if (lasting)
        fixture->troubles++;
    else
        fixture->notices++;
}

static void recall(void *user, const struct journal_event *event)
{
    struct fixture *fixture = user;
    if (!event) {
        fixture->killed++;
        return;
    }
    assert_true(event->id > fixture->last_recalled);
    fixture->last_recalled = event->id;
    fixture->recalled++;
}

static void open_annals(struct fixture *fixture)
{
    struct annals_options options = {.path = fixture->path,
                                     .days = 400,
                                     .max_bytes = 1 << 30,
                                     .say = say,
                                     .recall = recall,
                                     .user = fixture};
    fixture->recalled = fixture->killed = 0;
    fixture->last_recalled = 0;
    fixture->annals = annals_open(&fixture->loop, &options, fixture->now);
}

static void close_annals(struct fixture *fixture)
{
    annals_close(fixture->annals, fixture->now);
    fixture->annals = NULL;
    uv_run(&fixture->loop, UV_RUN_NOWAIT);
}

static int setup(void **state)
{
    struct fixture *fixture = mem_new(sizeof *fixture);
    uv_loop_init(&fixture->loop);
    uv_timer_init(&fixture->loop, &fixture->timer);
    snprintf(fixture->folder, sizeof fixture->folder, "/tmp/quaywatch-test-XXXXXX");
    assert_non_null(mkdtemp(fixture->folder));
    snprintf(fixture->path, sizeof fixture->path, "%s/history.db", fixture->folder);
    fixture->registry = sample_registry();
    fixture->service = registry_service(fixture->registry, "db");
    fixture->now = clock_now();
    fixture->now.wall_ms -= 20 * (int64_t)HOUR_MS; /* room for stories: what lies in the future is not kept */
    struct spec *spec = fixture->service->first->spec;
    spec->slo_uptime_ppm = 999000;
    spec->slo_error_rate_ppm = 1000;
    spec->slo_p95_ms = 2000;
    spec->slo_mttr_ms = 300000;
    buf_init(&fixture->answer, LIMIT_DOCUMENT);
    open_annals(fixture);
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    close_annals(fixture);
    uv_close((uv_handle_t *)&fixture->timer, NULL);
    uv_run(&fixture->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&fixture->loop), 0);
    registry_free(fixture->registry);
    buf_free(&fixture->answer);
    char *command = mem_format("rm -rf %s", fixture->folder);
    assert_int_equal(system(command), 0);
    free(command);
    free(fixture);
    return 0;
}

/* Turns the loop until the number is at least wanted. */
static void wait_count(struct fixture *fixture, const int *count, int wanted)
{
    int64_t end_ms = clock_now().mono_ms + PATIENCE_MS;
    while (*count < wanted) {
        if (clock_now().mono_ms > end_ms)
            fail_msg("waited in vain; the latest that was said is \"%s\"", fixture->said);
        loop_run_for(&fixture->timer, 5);
    }
}

static void ready(void *user, int code, const char *sentence, struct buf *text)
{
    struct fixture *fixture = user;
    fixture->answers++;
    fixture->code = code;
    buf_free(&fixture->answer);
    if (text)
        fixture->answer = *text, *text = (struct buf){.max = 1};
    else
        buf_text(&fixture->answer, sentence);
}

static const char *report(struct fixture *fixture)
{
    int before = fixture->answers;
    assert_int_equal(report_service(fixture->annals, fixture->service, fixture->now, ready, fixture), 0);
    wait_count(fixture, &fixture->answers, before + 1);
    return buf_string(&fixture->answer);
}

static void assert_has(const char *text, const char *words)
{
    if (!strstr(text, words))
        fail_msg("no %s in %.1500s", words, text);
}

static void later(struct fixture *fixture, int64_t ms)
{
    fixture->now.wall_ms += ms;
    fixture->now.mono_ms += ms;
}

static void put(struct fixture *fixture, enum condition condition)
{
    annals_state(fixture->annals, fixture->service, condition, fixture->now);
}

static void event(struct annals *annals, uint64_t id)
{
    annals_event(annals, &(struct journal_event){.id = id,
                                                 .at_wall_ms = clock_now().wall_ms,
                                                 .kind = "status",
                                                 .service = "db",
                                                 .container = "",
                                                 .sentence = "down"});
}

static int64_t query(const struct fixture *fixture, const char *sql)
{
    sqlite3 *handle;
    sqlite3_stmt *statement;
    assert_int_equal(sqlite3_open(fixture->path, &handle), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(handle, sql, -1, &statement, NULL), SQLITE_OK);
    int64_t number = sqlite3_step(statement) == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : -1;
    sqlite3_finalize(statement);
    sqlite3_close(handle);
    return number;
}

/* ---- telling and asking ---- */

/* Two hours, an hour apart down for 6 minutes, over two runs and a container of another name. */
static void a_story_is_told_back(void **state)
{
    struct fixture *fixture = *state;
    annals_watch(fixture->annals, true, fixture->now);
    put(fixture, CONDITION_UP);
    for (int i = 0; i < 3600; i++, later(fixture, 1 * S))
        annals_check(fixture->annals, fixture->service, i % 100 != 0, 10, fixture->now);
    put(fixture, CONDITION_DOWN);
    annals_transition(fixture->annals, fixture->service->first, "healthy", "503 Service Unavailable",
                      fixture->now);
    later(fixture, 360 * S);
    annals_restart(fixture->annals, fixture->service->first, "unhealthy", "ok", fixture->now);
    put(fixture, CONDITION_UP);
    later(fixture, 60 * S);
    close_annals(fixture);
    assert_int_equal(query(fixture, "SELECT sum(checks) FROM days"), 3600);
    assert_int_equal(query(fixture, "SELECT ended FROM watched"), 1);
    assert_true(query(fixture, "SELECT count(*) FROM minutes") >= 60);

    later(fixture, 600 * S); /* nobody watches */
    open_annals(fixture);
    annals_watch(fixture->annals, true, fixture->now);
    put(fixture, CONDITION_UP);
    later(fixture, 3180 * S);
    const char *text = report(fixture);
    assert_has(text, "\"24h\":{\"uptime_percent\":95,\"known_s\":7200,\"down_s\":360,\"failures\":1,\"mttr_"
                     "s\":360,\"p50_ms\":9.");
    assert_has(text, "\"checks\":3600,\"error_rate_percent\":1,\"flaps\":0,\"restarts\":1,\"met\":{"
                     "\"uptime\":false,\"p95\":true,\"error_rate\":false,\"mttr\":false}}");
    assert_has(text,
               "\"slo\":{\"uptime_percent\":99.9,\"p95_ms\":2000,\"error_rate_percent\":0.1,\"mttr_s\":300}");
    assert_has(text, "\"from\":\"healthy\",\"to\":\"");
    assert_has(text, "\"reason\":\"unhealthy\",\"result\":\"ok\"}]");
    char unheard_of[] = "unheard-of";
    struct service other = {.key = unheard_of, .name = unheard_of, .first = fixture->service->first};
    assert_int_equal(report_service(fixture->annals, &other, fixture->now, ready, fixture), 0);
    wait_count(fixture, &fixture->answers, 2);
    assert_has(buf_string(&fixture->answer), "\"since\":null");
    assert_has(buf_string(&fixture->answer), "\"uptime_percent\":null,\"known_s\":0");
}

static void all_services_in_one_answer(void **state)
{
    struct fixture *fixture = *state;
    annals_watch(fixture->annals, true, fixture->now);
    put(fixture, CONDITION_DOWN);
    annals_check(fixture->annals, fixture->service, true, 100, fixture->now);
    later(fixture, HOUR_MS);
    annals_check(fixture->annals, fixture->service, false, 5, fixture->now);
    later(fixture, 60 * S);
    annals_check(fixture->annals, fixture->service, true, 5, fixture->now); /* the minute that runs */
    static const char *const names[] = {"24h", "7d", "30d"};
    for (unsigned i = 0; i < WINDOW_COUNT; i++) {
        int before = fixture->answers;
        assert_int_equal(
            report_fleet(fixture->annals, fixture->registry, (enum window)i, fixture->now, ready, fixture),
            0);
        wait_count(fixture, &fixture->answers, before + 1);
        const char *text = buf_string(&fixture->answer);
        char *head = mem_format(
            "{\"window\":\"%s\",\"services\":[{\"name\":\"cache\",\"uptime_percent\":null,\"p95_ms\":null,",
            names[i]);
        assert_has(text, head);
        free(head);
        assert_has(text, "{\"name\":\"db\",\"uptime_percent\":0,\"p95_ms\":103.");
        assert_has(text, "\"error_rate_percent\":50,\"flaps\":0,\"restarts\":0,\"bars\":[{");
    }
}

/* The same is told once; what was lost sight of is told anew. */
static void states_are_told_once(void **state)
{
    struct fixture *fixture = *state;
    annals_watch(fixture->annals, true, fixture->now);
    for (int i = 0; i < 5; i++, later(fixture, S))
        put(fixture, CONDITION_UP);
    assert_int_equal(annals_condition(fixture->annals, fixture->service->key), CONDITION_UP);
    annals_clock(fixture->annals, HOUR_MS, fixture->now);
    later(fixture, S);
    put(fixture, CONDITION_UP);
    later(fixture, S);
    annals_gone(fixture->annals, fixture->service->key, fixture->now);
    annals_gone(fixture->annals, fixture->service->key, fixture->now);
    assert_int_equal(annals_condition(fixture->annals, fixture->service->key), CONDITION_GONE);
    close_annals(fixture);
    assert_int_equal(query(fixture, "SELECT count(*) FROM states WHERE condition = 'up'"), 2);
    assert_int_equal(query(fixture, "SELECT count(*) FROM states WHERE condition = 'gone'"), 1);
    open_annals(fixture);
}

/* The clock goes back an hour and on from there: figures stay between nothing and all. */
static void the_clock_is_set(void **state)
{
    struct fixture *fixture = *state;
    annals_watch(fixture->annals, true, fixture->now);
    put(fixture, CONDITION_UP);
    later(fixture, 2 * HOUR_MS);
    put(fixture, CONDITION_DOWN);
    later(fixture, 60 * S);
    fixture->now.wall_ms -= HOUR_MS;
    annals_clock(fixture->annals, -HOUR_MS, fixture->now);
    put(fixture, CONDITION_UP);
    later(fixture, HOUR_MS / 2);
    assert_has(report(fixture),
               "\"24h\":{\"uptime_percent\":100,\"known_s\":5460,"); /* 1 h 1 min, and half an hour */
    fixture->now.wall_ms += 10 * HOUR_MS;
    annals_clock(fixture->annals, 10 * HOUR_MS, fixture->now);
    put(fixture, CONDITION_UP);
    later(fixture, 60 * S);
    assert_has(report(fixture), "\"24h\":{\"uptime_percent\":100,\"known_s\":5520,");
}

static void services_are_renamed_and_forgotten(void **state)
{
    struct fixture *fixture = *state;
    struct service one = *fixture->service;
    char first[] = "one", second[] = "two";
    for (unsigned i = 0; i < 1000; i++) { /* each gone before the next comes: one number does for all */
        char key[32];
        snprintf(key, sizeof key, "container:job-%u", i);
        one.key = key;
        one.name = i % 2 ? first : second;
        annals_state(fixture->annals, &one, CONDITION_UP, fixture->now);
        annals_check(fixture->annals, &one, true, 3, fixture->now);
        later(fixture, 1);
        annals_gone(fixture->annals, key, fixture->now);
    }
    one.key = fixture->service->key;
    one.name = first;
    annals_state(fixture->annals, &one, CONDITION_UP, fixture->now);
    one.name = second;
    annals_state(fixture->annals, &one, CONDITION_DOWN, fixture->now);
    close_annals(fixture);
    assert_int_equal(query(fixture, "SELECT count(*) FROM services"), 1001);
    assert_int_equal(query(fixture, "SELECT count(DISTINCT service) FROM minutes WHERE checks = 1"), 1000);
    assert_int_equal(
        query(fixture, "SELECT count(*) FROM services WHERE name = 'two' AND key NOT LIKE 'container%'"), 1);
    open_annals(fixture);
}

/* What rules ask for: nothing at first, then what is worked out; not anew before a minute is over. */
static void uptime_is_remembered(void **state)
{
    struct fixture *fixture = *state;
    const char *key = fixture->service->key;
    annals_watch(fixture->annals, true, fixture->now);
    put(fixture, CONDITION_UP);
    later(fixture, 3 * HOUR_MS);
    put(fixture, CONDITION_DOWN);
    later(fixture, HOUR_MS);
    int64_t end_ms = clock_now().mono_ms + PATIENCE_MS;
    double percent = -1;
    while ((percent = annals_uptime(fixture->annals, key, 24 * HOUR_MS, fixture->now)) < 0 &&
           clock_now().mono_ms < end_ms)
        loop_run_for(&fixture->timer, 5);
    assert_true(percent == 75);
    later(fixture, 30 * S);
    put(fixture, CONDITION_UP);
    assert_true(annals_uptime(fixture->annals, key, 24 * HOUR_MS, fixture->now) == 75);
    assert_true(annals_uptime(fixture->annals, "nobody", 24 * HOUR_MS, fixture->now) < 0);
    assert_true(annals_uptime(NULL, key, 24 * HOUR_MS, fixture->now) < 0);
    later(fixture, 2 * HOUR_MS);
    while ((percent = annals_uptime(fixture->annals, key, 24 * HOUR_MS, fixture->now)) == 75 &&
           clock_now().mono_ms < end_ms)
        loop_run_for(&fixture->timer, 5);
    assert_true(percent > 82 && percent < 84); /* 5 of 6 hours */
}

/* ---- trouble ---- */

static void too_many_questions_are_refused(void **state)
{
    struct fixture *fixture = *state;
    int asked = 0;
    while (report_service(fixture->annals, fixture->service, fixture->now, ready, fixture) == 0 &&
           asked < 100000)
        asked++;
    assert_true(asked >= LIMIT_HISTORY_JOBS && asked < 100000);
    close_annals(fixture); /* those that wait are answered, too */
    assert_int_equal(fixture->answers, asked);
    open_annals(fixture);
}

static void events_go_on_after_a_restart(void **state)
{
    struct fixture *fixture = *state;
    annals_watch(fixture->annals, true, fixture->now);
    for (uint64_t id = 1; id <= 1500; id++)
        event(fixture->annals, id);
    close_annals(fixture);
    open_annals(fixture);
    assert_int_equal(fixture->recalled, JOURNAL_EVENTS);
    assert_int_equal(fixture->last_recalled, 1500);
    assert_int_equal(fixture->killed, 0);
}

/* Damaged while it is in use: said, set aside, and what was to be written stands in the fresh one. */
static void damage_in_use(void **state)
{
    struct fixture *fixture = *state;
    for (uint64_t id = 1; id <= 200; id++)
        event(fixture->annals, id);
    put(fixture, CONDITION_UP);
    close_annals(fixture);
    int64_t page = query(fixture, "SELECT rootpage FROM sqlite_schema WHERE name = 'states'");
    int fd = open(fixture->path, O_RDWR | O_CLOEXEC);
    char noise[1024];
    memset(noise, 0x5a, sizeof noise);
    assert_int_equal(pwrite(fd, noise, sizeof noise, (page - 1) * 4096), (ssize_t)sizeof noise);
    close(fd);
    open_annals(fixture);
    assert_int_equal(fixture->recalled, 200);
    put(fixture, CONDITION_DOWN);
    event(fixture->annals, 201);
    wait_count(fixture, &fixture->notices, 1);
    assert_has(fixture->said, "is damaged");
    assert_has(fixture->said, "a fresh one begun");
    close_annals(fixture);
    assert_int_equal(query(fixture, "SELECT count(*) FROM states"), 1);
    assert_int_equal(query(fixture, "SELECT id FROM events"), 201);
    assert_int_equal(fixture->troubles, 0);
    open_annals(fixture);
}

/* A disk without room: said once; recorded again, with what waited, when there is some. */
/* The bytes that this thread has written to files so far. */
static long long written_here(void)
{
    char line[64];
    long long bytes = -1;
    FILE *io = fopen("/proc/thread-self/io", "r");
    assert_non_null(io);
    while (bytes < 0 && fgets(line, sizeof line, io))
        if (strncmp(line, "wchar: ", 7) == 0)
            bytes = strtoll(line + 7, NULL, 10);
    fclose(io);
    assert_true(bytes >= 0);
    return bytes;
}

/* Whoever tells never writes: a slow disk is another thread's. */
static void the_loop_writes_nothing(void **state)
{
    enum { MUCH = 100 * 1024, LITTLE = 8 * 1024, ENOUGH = 1000 };
    struct fixture *fixture = *state;
    struct stat log = {0};
    char *path = mem_format("%s-wal", fixture->path);
    annals_watch(fixture->annals, true, fixture->now);
    long long before = written_here();
    for (uint64_t id = 1; id <= ENOUGH; id++)
        event(fixture->annals, id);
    put(fixture, CONDITION_UP);
    int64_t end_ms = clock_now().mono_ms + PATIENCE_MS;
    while (stat(path, &log) != 0 || log.st_size < MUCH) {
        assert_true(clock_now().mono_ms < end_ms);
        loop_run_for(&fixture->timer, 5);
    }
    assert_true(written_here() - before < LITTLE);
    free(path);
}

static void a_full_disk(void **state)
{
    struct fixture *fixture = *state;
    close_annals(fixture);
    assert_int_equal(unshare(CLONE_NEWNS), 0); /* needs root, like all that needs private mounts */
    assert_int_equal(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
    assert_int_equal(mount("none", fixture->folder, "tmpfs", 0, "size=1m"), 0);
    char *filler = mem_format("%s/filler", fixture->folder);
    char *fill = mem_format("head -c 2m /dev/zero >%s 2>/dev/null; true", filler);
    assert_int_equal(system(fill), 0);
    open_annals(fixture); /* there is not even room for an empty one */
    assert_int_equal(fixture->troubles, 1);
    assert_non_null(annals_trouble(fixture->annals));
    assert_has(fixture->said, "cannot be opened: database or disk is full");
    event(fixture->annals, 1);
    assert_int_equal(truncate(filler, 0), 0);
    wait_count(fixture, &fixture->recoveries, 1);
    assert_null(annals_trouble(fixture->annals));

    assert_int_equal(system(fill), 0);
    for (uint64_t id = 2; id < 2000; id++)
        event(fixture->annals, id);
    wait_count(fixture, &fixture->troubles, 2);
    assert_has(fixture->said, "full");
    put(fixture, CONDITION_UP);
    loop_run_for(&fixture->timer, 1500);
    assert_int_equal(fixture->troubles, 2);
    assert_int_equal(unlink(filler), 0);
    wait_count(fixture, &fixture->recoveries, 2);
    close_annals(fixture);
    assert_int_equal(query(fixture, "SELECT count(*) = 1999 AND max(id) = 1999 FROM events"), 1);
    assert_int_equal(query(fixture, "SELECT count(*) FROM states"), 1);
    assert_int_equal(umount2(fixture->folder, MNT_DETACH), 0);
    free(filler);
    free(fill);
    open_annals(fixture);
}

/* ---- killed ---- */

enum { ROUNDS = 8, TOLD = 100000, LAST_SECOND_MS = 1000, SLACK_MS = 700 /* a commit on a loaded machine */ };

/* What the child has told, and when; seen by the one who kills it. */
struct told {
    volatile uint64_t last;
    volatile int64_t at_mono_ms[TOLD];
};

static void tell_without_end(struct fixture *fixture, struct told *told)
{
    fixture->now = clock_now();
    open_annals(fixture);
    annals_watch(fixture->annals, true, fixture->now);
    for (uint64_t id = fixture->last_recalled + 1; id < TOLD; id++) {
        fixture->now = clock_now();
        event(fixture->annals, id);
        put(fixture, id % 2 ? CONDITION_UP : CONDITION_DOWN);
        for (int i = 0; i < 20; i++)
            annals_check(fixture->annals, fixture->service, true, i, fixture->now);
        told->at_mono_ms[id] = clock_now().mono_ms;
        told->last = id;
        loop_run_for(&fixture->timer, 2);
    }
    _exit(1);
}

static void killed_at_any_moment(void **state)
{
    struct fixture *fixture = *state;
    close_annals(fixture);
    struct told *told = mmap(NULL, sizeof *told, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(told, MAP_FAILED);
    srand((unsigned)getpid());
    for (int round = 0; round < ROUNDS; round++) {
        uint64_t before = told->last;
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            uv_loop_fork(&fixture->loop);
            tell_without_end(fixture, told);
        }
        while (told->last == before)
            usleep(1000);
        usleep((useconds_t)(rand() % 1800000));
        int64_t killed_ms = clock_now().mono_ms;
        kill(child, SIGKILL);
        assert_int_equal(waitpid(child, NULL, 0), child);
        uint64_t due = told->last;
        while (due && told->at_mono_ms[due] > killed_ms - LAST_SECOND_MS - SLACK_MS)
            due--;
        open_annals(fixture);
        assert_string_equal(fixture->said, "");
        assert_int_equal(fixture->killed, fixture->recalled > 0);
        assert_true(fixture->last_recalled <= told->last);
        if (fixture->last_recalled < due)
            fail_msg("round %d: %llu of %llu events are there", round,
                     (unsigned long long)fixture->last_recalled, (unsigned long long)due);
        close_annals(fixture);
        assert_int_equal(
            query(fixture, "SELECT count(*) = 1 FROM pragma_integrity_check WHERE integrity_check = 'ok'"),
            1);
        assert_int_equal(query(fixture, "SELECT count(*) = max(id) FROM events"), 1);
        /* And it was watched until the latest of them. */
        assert_int_equal(query(fixture, "SELECT max(to_ms) >= (SELECT max(at_ms) FROM states) FROM watched"),
                         1);
        told->last = fixture->last_recalled;
    }
    assert_true(told->last > 100);
    munmap(told, sizeof *told);
    open_annals(fixture);
}

int main(int argc, char **argv)
{
    if (argc > 1)
        cmocka_set_test_filter(argv[1]); /* one test by name, with * and ? */
#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_story_is_told_back),
        TEST(all_services_in_one_answer),
        TEST(states_are_told_once),
        TEST(the_clock_is_set),
        TEST(services_are_renamed_and_forgotten),
        TEST(uptime_is_remembered),
        TEST(too_many_questions_are_refused),
        TEST(events_go_on_after_a_restart),
        TEST(damage_in_use),
        TEST(the_loop_writes_nothing),
        TEST(a_full_disk),
        TEST(killed_at_any_moment),
    };
    return cmocka_run_group_tests_name("annals", tests, NULL, NULL);
}
