/* SPDX-License-Identifier: MIT */
/* The history file: what is written is read, what is too old or too much goes, what is damaged is set aside.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "controller/core/error.h"
#include "controller/core/file.h"
#include "exporter/history/database.h"
#include "exporter/history/store.h"
#include "exporter/history/window.h"

enum { S = 1000, MINUTE_S = 60, HOUR_S = 3600, DAY_S = 86400, DAYS = 400 };
static const int64_t NOW_S = 1795774521; /* 2026-11-27 */
#define NOW_MS (NOW_S * 1000)

struct fixture {
    char folder[64], path[96], aside[112];
    struct store *store;
};

static void begin(struct fixture *fixture, int64_t max_bytes)
{
    struct error err = {0};
    fixture->store = store_new(fixture->path, DAYS, max_bytes);
    assert_int_equal(store_open(fixture->store, &err), STORE_OPEN);
    assert_string_equal(err.text, "");
}

static int setup(void **state)
{
    struct fixture *fixture = mem_new(sizeof *fixture);
    snprintf(fixture->folder, sizeof fixture->folder, "/tmp/quaywatch-test-XXXXXX");
    assert_non_null(mkdtemp(fixture->folder));
    snprintf(fixture->path, sizeof fixture->path, "%s/history.db", fixture->folder);
    snprintf(fixture->aside, sizeof fixture->aside, "%s.damaged", fixture->path);
    begin(fixture, INT64_C(1) << 40);
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    store_free(fixture->store);
    char *command = mem_format("rm -rf %s", fixture->folder);
    assert_int_equal(system(command), 0);
    free(command);
    free(fixture);
    return 0;
}

static void write_item(struct fixture *fixture, const struct item *item)
{
    struct error err = {0};
    if (store_write(fixture->store, item, &err) != 0)
        fail_msg("%s", err.text);
}

static void name(struct fixture *fixture, uint32_t number, const char *key, const char *text)
{
    write_item(fixture, &(struct item){.kind = ITEM_SERVICE, .number = number, .text = {key, text}});
}

/* A minute with checks passed ones of a time, and some that failed. */
static void minute(struct fixture *fixture, uint32_t number, int64_t at_s, uint32_t passed, uint32_t failed,
                   double ms)
{
    uint32_t count[SKETCH_BUCKETS] = {0};
    uint8_t bytes[SKETCH_BYTES];
    count[sketch_bucket(ms)] = passed;
    struct minute_row row = {.number = number, .checks = passed + failed, .failures = failed};
    row.len = (uint32_t)sketch_encode(count, bytes);
    write_item(fixture, &(struct item){.kind = ITEM_MINUTE,
                                       .at_ms = at_s * 1000,
                                       .minute = {.row = &row, .count = 1, .bytes = bytes}});
}

static void put_state(struct fixture *fixture, uint32_t number, int64_t at_ms, enum condition condition)
{
    write_item(fixture, &(struct item){.kind = ITEM_STATE,
                                       .number = number,
                                       .at_ms = at_ms,
                                       .condition = condition,
                                       .status = STATUS_HEALTHY});
}

static void put_event(struct fixture *fixture, uint64_t id, int64_t at_ms, const char *sentence)
{
    write_item(fixture, &(struct item){.kind = ITEM_EVENT,
                                       .id = id,
                                       .at_ms = at_ms,
                                       .severity = SEVERITY_WARNING,
                                       .text = {"status", "web", "web-1", sentence}});
}

static int64_t id_of(struct fixture *fixture, const char *key)
{
    int64_t id = 0, since_ms;
    return store_find(fixture->store, key, &id, &since_ms) == 1 ? id : 0;
}

static struct tally tally_of(struct fixture *fixture, enum store_level level, int64_t id, int64_t from_s,
                             int64_t to_s)
{
    struct tally tally = {0};
    assert_int_equal(store_tally(fixture->store, level, id, from_s, to_s, &tally), 0);
    return tally;
}

/* A number out of the file, by SQLite itself. */
static int64_t query(struct fixture *fixture, const char *sql)
{
    sqlite3 *handle;
    sqlite3_stmt *statement;
    assert_int_equal(sqlite3_open(fixture->path, &handle), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(handle, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    int64_t number = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(handle);
    return number;
}

static void reopen(struct fixture *fixture, enum store_opening expected, const char *words)
{
    struct error err = {0};
    store_free(fixture->store);
    fixture->store = store_new(fixture->path, DAYS, INT64_C(1) << 40);
    assert_int_equal(store_open(fixture->store, &err), expected);
    if (!strstr(err.text, words))
        fail_msg("\"%s\" lacks \"%s\"", err.text, words);
}

/* ---- what is written is read ---- */

struct seen {
    size_t count;
    char text[8][64];
};

static void see(void *user, const struct store_row *row)
{
    struct seen *seen = user;
    if (seen->count < 8)
        snprintf(seen->text[seen->count], sizeof seen->text[0], "%s %s %s", row->text[0], row->text[1],
                 row->text[2]);
    seen->count++;
}

static void lists_are_kept_over_restarts(void **state)
{
    struct fixture *fixture = *state;
    name(fixture, 3, "name:-:web", "web");
    for (int i = 0; i < 3; i++) {
        static const char *const containers[] = {"a", "b", "c"};
        write_item(fixture, &(struct item){.kind = ITEM_TRANSITION,
                                           .number = 3,
                                           .replica = 2,
                                           .at_ms = NOW_MS + i,
                                           .text = {containers[i], "healthy", "unhealthy", "503"}});
        write_item(fixture, &(struct item){.kind = ITEM_RESTART,
                                           .number = 3,
                                           .at_ms = NOW_MS + i,
                                           .text = {containers[i], "unhealthy", i == 1 ? "skipped" : "ok"}});
        write_item(fixture, &(struct item){.kind = ITEM_DECISION,
                                           .number = 3,
                                           .at_ms = NOW_MS + i,
                                           .text = {containers[i], "hold", "backoff", "Waits; 'quoted'."}});
        put_event(fixture, (uint64_t)i + 7, NOW_MS, containers[i]);
    }
    reopen(fixture, STORE_OPEN, "");
    /* Another life knows it by another number, and perhaps under another name. */
    name(fixture, 0, "name:-:web", "shop");
    put_state(fixture, 0, NOW_MS, CONDITION_UP);
    int64_t id = id_of(fixture, "name:-:web"), restarts = 0;
    assert_true(id > 0);
    assert_int_equal(query(fixture, "SELECT count(*) FROM services WHERE name = 'shop'"), 1);
    struct seen seen = {0};
    assert_int_equal(store_list(fixture->store, ITEM_TRANSITION, id, 2, see, &seen), 0);
    assert_int_equal(seen.count, 2);
    assert_string_equal(seen.text[0], "c healthy unhealthy");
    assert_string_equal(seen.text[1], "b healthy unhealthy");
    seen.count = 0;
    assert_int_equal(store_list(fixture->store, ITEM_RESTART, id, 50, see, &seen), 0);
    assert_string_equal(seen.text[1], "b unhealthy skipped");
    assert_int_equal(store_restarts(fixture->store, id, NOW_MS, &restarts), 0);
    assert_int_equal(restarts, 2); /* what was skipped is none */
    seen.count = 0;
    assert_int_equal(store_list(fixture->store, ITEM_DECISION, id, 1, see, &seen), 0);
    assert_string_equal(seen.text[0], "c hold backoff");
    seen.count = 0;
    assert_int_equal(store_events(fixture->store, 2, see, &seen), 0);
    assert_int_equal(seen.count, 2); /* the latest, oldest first */
    assert_string_equal(seen.text[0], "status web web-1");
    assert_int_equal(store_list(fixture->store, ITEM_DECISION, id + 1, 1, see, &seen), 0);
    assert_int_equal(seen.count, 2);
}

/* Property: hours and days are always the sum of their minutes, in whatever order those come. */
static void minutes_add_up(void **state)
{
    struct fixture *fixture = *state;
    int64_t day_s = NOW_S - NOW_S % DAY_S;
    srand(11);
    name(fixture, 0, "a", "a");
    name(fixture, 1, "b", "b");
    for (int i = 0; i < 400; i++) /* also twice into the same minute, as with a clock that is set back */
        minute(fixture, (uint32_t)(rand() % 2), day_s + rand() % 300 * 30 / MINUTE_S * MINUTE_S,
               (uint32_t)(rand() % 50), (uint32_t)(rand() % 3), 1 + rand() % 500);
    static const char *const keys[] = {"a", "b"};
    for (size_t i = 0; i < 2; i++) {
        int64_t id = id_of(fixture, keys[i]);
        struct tally day = tally_of(fixture, STORE_DAYS, id, day_s, day_s + DAY_S);
        struct tally hours = tally_of(fixture, STORE_HOURS, id, day_s, day_s + DAY_S);
        struct tally minutes = tally_of(fixture, STORE_MINUTES, id, day_s, day_s + DAY_S);
        assert_true(day.checks > 1000);
        assert_memory_equal(&day, &hours, sizeof day);
        assert_memory_equal(&day, &minutes, sizeof day);
        struct tally hour = tally_of(fixture, STORE_HOURS, id, day_s, day_s + HOUR_S);
        struct tally part = tally_of(fixture, STORE_MINUTES, id, day_s, day_s + HOUR_S);
        assert_memory_equal(&hour, &part, sizeof hour);
    }
}

static void a_timeline_comes_back(void **state)
{
    struct fixture *fixture = *state;
    name(fixture, 0, "a", "a");
    write_item(fixture,
               &(struct item){.kind = ITEM_SPAN, .at_ms = NOW_MS, .until_ms = NOW_MS, .first = true});
    put_state(fixture, 0, NOW_MS, CONDITION_UP);
    put_state(fixture, 0, NOW_MS + 60 * S, CONDITION_DOWN);
    put_state(fixture, 0, NOW_MS + 90 * S, CONDITION_UP);
    assert_false(store_ended(fixture->store));
    write_item(
        fixture,
        &(struct item){
            .kind = ITEM_SPAN, .at_ms = NOW_MS, .until_ms = NOW_MS + 120 * S, .first = true, .ended = true});
    assert_true(store_ended(fixture->store));
    struct span *span;
    size_t count;
    assert_int_equal(store_spans(fixture->store, &span, &count), 0);
    assert_int_equal(count, 1);
    struct timeline timeline;
    struct timeline_figures figures;
    assert_int_equal(
        store_timeline(fixture->store, id_of(fixture, "a"), span, count, NOW_MS + 3600 * S, &timeline), 0);
    timeline_figures(&timeline, 0, NOW_MS + 3600 * S, &figures);
    assert_int_equal(figures.known_ms, 120 * S);
    assert_int_equal(figures.down_ms, 30 * S);
    timeline_free(&timeline);
    free(span);

    /* The clock is set back by a minute: what was recorded for later has not been yet. */
    write_item(fixture, &(struct item){.kind = ITEM_FORGET, .at_ms = NOW_MS + 60 * S});
    assert_int_equal(query(fixture, "SELECT count(*) FROM states"), 2);
    assert_int_equal(query(fixture, "SELECT to_ms FROM watched"), NOW_MS + 60 * S);
}

/* ---- bounds ---- */

static void the_old_goes(void **state)
{
    struct fixture *fixture = *state;
    struct error err = {0};
    name(fixture, 0, "a", "a");
    name(fixture, 1, "old", "old");
    minute(fixture, 0, NOW_S - NOW_S % 60 - 27 * HOUR_S, 5, 0, 3);
    minute(fixture, 0, NOW_S - NOW_S % 60 - 25 * HOUR_S, 5, 0, 3);
    minute(fixture, 0, NOW_S - 36 * DAY_S, 5, 0, 3);
    minute(fixture, 0, NOW_S - 401 * DAY_S, 5, 0, 3);
    minute(fixture, 0, NOW_S + 30 * DAY_S, 5, 0, 3); /* the clock was wrong */
    put_event(fixture, 1, NOW_MS - 401 * (int64_t)DAY_S * 1000, "old");
    put_event(fixture, 2, NOW_MS - 399 * (int64_t)DAY_S * 1000, "kept");
    put_state(fixture, 0, NOW_MS - 60 * (int64_t)DAY_S * 1000, CONDITION_DOWN);
    put_state(fixture, 0, NOW_MS - 50 * (int64_t)DAY_S * 1000, CONDITION_UP);
    put_state(fixture, 1, NOW_MS - 450 * (int64_t)DAY_S * 1000, CONDITION_GONE);
    write_item(fixture, &(struct item){.kind = ITEM_SPAN,
                                       .at_ms = NOW_MS - 500 * (int64_t)DAY_S * 1000,
                                       .until_ms = NOW_MS - 450 * (int64_t)DAY_S * 1000});
    write_item(
        fixture,
        &(struct item){.kind = ITEM_SPAN, .at_ms = NOW_MS - 440 * (int64_t)DAY_S * 1000, .until_ms = NOW_MS});
    name(fixture, 1, "young", "young"); /* nobody records the old one any more */
    assert_int_equal(store_tidy(fixture->store, NOW_MS, &err), 0);
    assert_int_equal(query(fixture, "SELECT count(*) FROM minutes"), 1);
    assert_int_equal(query(fixture, "SELECT count(*) FROM hours"), 2);
    assert_int_equal(query(fixture, "SELECT count(*) FROM days"), 2);
    assert_int_equal(query(fixture, "SELECT count(*) FROM events"), 1);
    assert_int_equal(query(fixture, "SELECT count(*) FROM watched"), 1);
    assert_int_equal(query(fixture, "SELECT count(*) FROM states"), 1); /* it still says how it is */
    assert_int_equal(query(fixture, "SELECT condition = 'up' FROM states"), 1);
    assert_int_equal(query(fixture, "SELECT count(*) FROM services WHERE key = 'a'"), 1);
    assert_int_equal(query(fixture, "SELECT count(*) FROM services"), 1);
}

static void the_size_is_bounded(void **state)
{
    struct fixture *fixture = *state;
    enum { MAX = 512 * 1024, EVENTS = 4000 };
    struct error err = {0};
    store_free(fixture->store);
    begin(fixture, MAX);
    struct item *first = NULL;
    for (int i = EVENTS; i > 0;
         i--) { /* newest first in the list, so that ids are not the order of time by chance */
        struct item *item = item_new(
            &(struct item){.kind = ITEM_EVENT,
                           .id = (uint64_t)i,
                           .at_ms = NOW_MS - (EVENTS - i) * 60 * (int64_t)S,
                           .severity = SEVERITY_INFO,
                           .text = {"status", "web", "web-1",
                                    "a sentence of usual length that says what happened, and why, and what "
                                    "is done about it; and then it goes on"}});
        item->next = first;
        first = item;
    }
    write_item(fixture, first);
    items_free(first);
    assert_true(store_bytes(fixture->store) > MAX);
    assert_int_equal(store_tidy(fixture->store, NOW_MS, &err), 0);
    assert_true(store_bytes(fixture->store) <= MAX);
    assert_int_equal(query(fixture, "SELECT max(id) FROM events"), EVENTS);
    assert_true(query(fixture, "SELECT min(id) FROM events") > 10);
    assert_true(query(fixture, "SELECT count(*) FROM events") > EVENTS / 3);
    assert_int_equal(query(fixture, "SELECT count(*) = max(id) - min(id) + 1 FROM events"), 1);
    store_close(fixture->store);
    struct stat info;
    assert_int_equal(stat(fixture->path, &info), 0);
    assert_true(info.st_size <= MAX + 64 * 1024); /* room that is not used is given back */
}

/* ---- damage ---- */

static void spoil(struct fixture *fixture, const char *bytes, off_t at, size_t len)
{
    store_close(fixture->store);
    int fd = open(fixture->path, O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, bytes, len, at), (ssize_t)len);
    close(fd);
}

static void assert_fresh(struct fixture *fixture)
{
    reopen(fixture, STORE_FRESH, "is damaged");
    assert_int_equal(access(fixture->aside, F_OK), 0);
    name(fixture, 0, "a", "a");
    put_state(fixture, 0, NOW_MS, CONDITION_UP);
    assert_int_equal(query(fixture, "SELECT count(*) FROM states"), 1);
    reopen(fixture, STORE_OPEN, "");
}

static void what_is_no_database_is_set_aside(void **state)
{
    struct fixture *fixture = *state;
    spoil(fixture, "hello", 0, 5);
    assert_fresh(fixture);
    store_close(fixture->store);
    assert_int_equal(truncate(fixture->path, 50), 0);
    assert_fresh(fixture);
    store_close(fixture->store);
    assert_int_equal(truncate(fixture->path, 0), 0); /* nothing was ever in it */
    reopen(fixture, STORE_OPEN, "");
}

static void damage_inside_is_found(void **state)
{
    struct fixture *fixture = *state;
    int64_t page = query(fixture, "SELECT rootpage FROM sqlite_schema WHERE name = 'events'");
    char noise[512];
    memset(noise, 0x5a, sizeof noise);
    spoil(fixture, noise, (page - 1) * 4096, sizeof noise);
    reopen(fixture, STORE_OPEN, ""); /* so far nobody has met it */
    name(fixture, 0, "a", "a");
    struct error err = {0};
    struct item item = {.kind = ITEM_EVENT, .id = 1, .text = {"status", "", "", ""}};
    assert_int_equal(store_write(fixture->store, &item, &err), DATABASE_DAMAGED);
    assert_non_null(strstr(err.text, "malformed"));
    store_close(fixture->store);
    struct error why = {0};
    assert_int_equal(store_open(fixture->store, &why), STORE_FRESH);
    assert_int_equal(store_write(fixture->store, &item, &err), 0);
}

static void other_tables_are_not_ours(void **state)
{
    static const char *const changes[] = {
        "CREATE TABLE more(x)",      "DROP TABLE days",
        "PRAGMA application_id = 5", "CREATE TRIGGER t AFTER INSERT ON events BEGIN DELETE FROM states; END",
        "CREATE VIEW v AS SELECT 1", "ALTER TABLE events ADD COLUMN y"};
    struct fixture *fixture = *state;
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        sqlite3 *handle;
        store_close(fixture->store);
        assert_int_equal(sqlite3_open(fixture->path, &handle), SQLITE_OK);
        assert_int_equal(sqlite3_exec(handle, changes[i], NULL, NULL, NULL), SQLITE_OK);
        sqlite3_close(handle);
        assert_fresh(fixture);
    }
}

/* Its bytes stay as they are. */
static void a_later_form_is_not_touched(void **state)
{
    struct fixture *fixture = *state;
    spoil(fixture, "\0\0\0\2", 60, 4);
    char *before, *after;
    size_t before_len, after_len;
    struct error err = {0};
    assert_int_equal(file_read(fixture->path, 1 << 24, &before, &before_len, &err), 0);
    reopen(fixture, STORE_NEWER, "was written by a later quaywatch");
    assert_false(store_is_open(fixture->store));
    assert_int_equal(file_read(fixture->path, 1 << 24, &after, &after_len, &err), 0);
    assert_int_equal(before_len, after_len);
    assert_memory_equal(before, after, after_len);
    assert_int_not_equal(access(fixture->aside, F_OK), 0);
    free(before);
    free(after);
}

static void a_folder_that_is_not_there(void **state)
{
    struct fixture *fixture = *state;
    struct error err = {0};
    struct store *store = store_new("/nonexistent/history.db", DAYS, 1 << 30);
    assert_int_equal(store_open(store, &err), STORE_CLOSED);
    assert_non_null(strstr(err.text, "/nonexistent/history.db cannot be opened: "));
    store_free(store);
    /* Nobody may write here, not even root: the reason is that, not that the file is missing. */
    store = store_new("/sys/history.db", DAYS, 1 << 30);
    assert_int_equal(store_open(store, &err), STORE_CLOSED);
    assert_non_null(strstr(err.text, "/sys/history.db cannot be opened: "));
    assert_null(strstr(err.text, "No such file"));
    store_free(store);
    (void)fixture;
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(lists_are_kept_over_restarts), TEST(minutes_add_up),
        TEST(a_timeline_comes_back),        TEST(the_old_goes),
        TEST(the_size_is_bounded),          TEST(what_is_no_database_is_set_aside),
        TEST(damage_inside_is_found),       TEST(other_tables_are_not_ours),
        TEST(a_later_form_is_not_touched),  TEST(a_folder_that_is_not_there),
    };
    return cmocka_run_group_tests_name("history_store", tests, NULL, NULL);
}
