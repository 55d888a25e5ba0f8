/* SPDX-License-Identifier: MIT */
/* store_write.c: items into the file, a transaction a batch; and what is too old or too much out of it. */
#include "exporter/history/store_internal.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/error.h"

enum { HOUR_MS = 3600 * 1000 };
static const int64_t DAY_MS = INT64_C(86400) * 1000;

/* ---- services ---- */

static void place_set(struct store *store, uint32_t number, const char *key, const char *name)
{
    if (number >= store->place_count) {
        size_t count = store->place_count ? store->place_count * 2 : 64;
        while (count <= number)
            count *= 2;
        store->place = mem_resize(store->place, count, sizeof *store->place);
        memset(store->place + store->place_count, 0, (count - store->place_count) * sizeof *store->place);
        store->place_count = count;
    }
    struct place *place = &store->place[number];
    free(place->key);
    free(place->name);
    *place = (struct place){.key = mem_copy(key), .name = mem_copy(name)};
}

/* The id of a service, whose row is made if there is none; 0 or a code. */
static int place_find(struct store *store, uint32_t number, int64_t at_ms, int64_t *ret_id)
{
    assert(number < store->place_count && store->place[number].key);
    struct place *place = &store->place[number];
    if (!place->id) {
        struct statement *row = database_statement(
            store->database,
            "INSERT INTO services(key, name, since_ms, seen_ms) VALUES(?1, ?2, ?3, ?3) "
            "ON CONFLICT(key) DO UPDATE SET name = excluded.name, seen_ms = excluded.seen_ms RETURNING id");
        statement_put_text(row, 1, place->key);
        statement_put_text(row, 2, place->name);
        statement_put(row, 3, at_ms);
        int code = statement_step(row);
        if (code != 1)
            return code ? code : DATABASE_DAMAGED;
        place->id = statement_number(row, 0);
        statement_end(row);
    }
    *ret_id = place->id;
    return 0;
}

/* What a transaction that came to nothing has made is not there. */
static void places_forget(struct store *store)
{
    for (size_t i = 0; i < store->place_count; i++)
        store->place[i].id = 0;
}

/* ---- checks ---- */

static const char *const replace_checks[STORE_LEVELS] = {
    [STORE_MINUTES] = "INSERT OR REPLACE INTO minutes(at_s, service, checks, failures, times) "
                      "VALUES(?1, ?2, ?3, ?4, ?5)",
    [STORE_HOURS] = "INSERT OR REPLACE INTO hours(at_s, service, checks, failures, times) "
                    "VALUES(?1, ?2, ?3, ?4, ?5)",
    [STORE_DAYS] = "INSERT OR REPLACE INTO days(at_s, service, checks, failures, times) "
                   "VALUES(?1, ?2, ?3, ?4, ?5)",
};

/* Adds a minute to the row that it belongs to. */
static int checks_add(struct store *store, enum store_level level, int64_t at_s, int64_t id,
                      const struct tally *minute)
{
    int64_t length_s = store_level_s[level], from_s = at_s - at_s % length_s;
    struct tally sum = *minute;
    int code = store_tally(store, level, id, from_s, from_s + length_s, &sum);
    if (code)
        return code;
    uint8_t times[SKETCH_BYTES];
    size_t length = sketch_encode(sum.count, times);
    struct statement *row = database_statement(store->database, replace_checks[level]);
    statement_put(row, 1, from_s);
    statement_put(row, 2, id);
    statement_put(row, 3, (int64_t)sum.checks);
    statement_put(row, 4, (int64_t)sum.failures);
    statement_put_bytes(row, 5, times, length);
    return statement_run(row);
}

static int write_minute(struct store *store, const struct item *item)
{
    for (size_t i = 0; i < item->minute.count; i++) {
        const struct minute_row *row = &item->minute.row[i];
        struct tally tally = {.checks = row->checks, .failures = row->failures};
        int64_t id;
        sketch_decode(item->minute.bytes + row->from, row->len, &tally);
        int code = place_find(store, row->number, item->at_ms, &id);
        for (unsigned level = 0; level < STORE_LEVELS && !code; level++)
            code = checks_add(store, (enum store_level)level, item->at_ms / 1000, id, &tally);
        if (code)
            return code;
    }
    return 0;
}

/* ---- all else ---- */

static int write_state(struct store *store, const struct item *item, int64_t id)
{
    struct statement *row = database_statement(
        store->database,
        "INSERT OR REPLACE INTO states(service, at_ms, condition, status) VALUES(?1, ?2, ?3, ?4)");
    statement_put(row, 1, id);
    statement_put(row, 2, item->at_ms);
    statement_put_text(row, 3, condition_name[item->condition]);
    statement_put_text(row, 4, status_name[item->status]);
    return statement_run(row);
}

static int write_span(struct store *store, const struct item *item)
{
    struct statement *row = database_statement(
        store->database, "INSERT INTO watched(from_ms, to_ms, first, ended) VALUES(?1, ?2, ?3, ?4) "
                         "ON CONFLICT(from_ms) DO UPDATE SET to_ms = max(to_ms, excluded.to_ms), "
                         "ended = max(ended, excluded.ended)");
    statement_put(row, 1, item->at_ms);
    statement_put(row, 2, item->until_ms);
    statement_put(row, 3, item->first);
    statement_put(row, 4, item->ended);
    return statement_run(row);
}

static int write_event(struct store *store, const struct item *item)
{
    struct statement *row = database_statement(
        store->database, "INSERT OR REPLACE INTO events(id, at_ms, severity, kind, service, container, "
                         "sentence) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)");
    statement_put(row, 1, (int64_t)item->id);
    statement_put(row, 2, item->at_ms);
    statement_put_text(row, 3, severity_name[item->severity]);
    for (int i = 0; i < 4; i++)
        statement_put_text(row, 4 + i, item->text[i]);
    return statement_run(row);
}

/* A row of a list: the columns after the first three are the item's texts. */
static int write_row(struct store *store, const struct item *item, int64_t id, const char *sql)
{
    struct statement *row = database_statement(store->database, sql);
    statement_put(row, 1, id);
    statement_put(row, 2, item->at_ms);
    statement_put(row, 3, item->replica);
    for (int i = 0; i < ITEM_TEXTS && item->text[i]; i++)
        statement_put_text(row, 4 + i, item->text[i]);
    return statement_run(row);
}

static int forget_after(struct store *store, const struct item *item)
{
    static const char *const words[] = {"DELETE FROM states WHERE at_ms > ?1",
                                        "DELETE FROM watched WHERE from_ms > ?1",
                                        "UPDATE watched SET to_ms = ?1 WHERE to_ms > ?1"};
    int code = 0;
    for (size_t i = 0; i < sizeof words / sizeof *words && !code; i++) {
        struct statement *row = database_statement(store->database, words[i]);
        statement_put(row, 1, item->at_ms);
        code = statement_run(row);
    }
    return code;
}

static int write_item(struct store *store, const struct item *item)
{
    int64_t id = 0;
    int code = 0;
    if (item->kind == ITEM_STATE || item->kind == ITEM_TRANSITION || item->kind == ITEM_RESTART ||
        item->kind == ITEM_DECISION)
        code = place_find(store, item->number, item->at_ms, &id);
    if (code)
        return code;
    switch (item->kind) {
    case ITEM_SERVICE:
        place_set(store, item->number, item->text[0], item->text[1]);
        return 0;
    case ITEM_STATE:
        return write_state(store, item, id);
    case ITEM_SPAN:
        return write_span(store, item);
    case ITEM_FORGET:
        return forget_after(store, item);
    case ITEM_TRANSITION:
        return write_row(store, item, id,
                         "INSERT INTO transitions(service, at_ms, replica, container, before, after, reason) "
                         "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)");
    case ITEM_RESTART:
        return write_row(store, item, id,
                         "INSERT INTO restarts(service, at_ms, replica, container, reason, result) "
                         "VALUES(?1, ?2, ?3, ?4, ?5, ?6)");
    case ITEM_DECISION:
        return write_row(
            store, item, id,
            "INSERT INTO decisions(service, at_ms, replica, container, action, reason, sentence) "
            "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)");
    case ITEM_EVENT:
        return write_event(store, item);
    case ITEM_MINUTE:
        return write_minute(store, item);
    }
    return 0;
}

/* Ends a transaction, one way or the other. */
static int settle(struct store *store, int code, struct error *err)
{
    if (!code)
        code = database_run(store->database, "COMMIT");
    if (!code)
        return 0;
    store_failed(store, code, err);
    database_undo(store->database);
    places_forget(store);
    return code;
}

int store_write(struct store *store, const struct item *item, struct error *err)
{
    int code = database_run(store->database, "BEGIN IMMEDIATE");
    for (; item && !code; item = item->next)
        code = write_item(store, item);
    return settle(store, code, err);
}

/* ---- tidying ---- */

enum kept_for { FOR_MINUTES, FOR_HOURS, FOR_DAYS };

/* What has an age, and what its times are counted in. Two statements a table, since each of them alone finds
 * its rows by their order. */
#define CHECKS(table, how_long)                                                                              \
    {                                                                                                        \
        "SELECT min(at_s), max(at_s) FROM " table, "DELETE FROM " table " WHERE at_s < ?1",                  \
            "DELETE FROM " table " WHERE at_s > ?1", 1000, how_long                                          \
    }
#define LIST(table)                                                                                          \
    {                                                                                                        \
        "SELECT min(at_ms), max(at_ms) FROM " table, "DELETE FROM " table " WHERE at_ms < ?1",               \
            "DELETE FROM " table " WHERE at_ms > ?1", 1, FOR_DAYS                                            \
    }
static const struct kept {
    const char *bounds, *drop_before, *drop_after;
    int64_t unit_ms;
    enum kept_for how_long;
} kept[] = {
    CHECKS("minutes", FOR_MINUTES),
    CHECKS("hours", FOR_HOURS),
    CHECKS("days", FOR_DAYS),
    LIST("transitions"),
    LIST("restarts"),
    LIST("decisions"),
    LIST("events"),
    {"SELECT min(to_ms), max(to_ms) FROM watched", "DELETE FROM watched WHERE to_ms < ?1",
     "DELETE FROM watched WHERE from_ms > ?1", 1, FOR_HOURS},
    /* The latest before still says how it is now. */
    {"SELECT min(at_ms), max(at_ms) FROM states",
     "DELETE FROM states WHERE at_ms < ?1 AND at_ms < (SELECT max(at_ms) FROM states AS other "
     "WHERE other.service = states.service AND other.at_ms <= ?1)",
     "DELETE FROM states WHERE at_ms > ?1", 1, FOR_HOURS},
};
enum { KEPT = sizeof kept / sizeof *kept };

static int run_with(struct store *store, const char *sql, int64_t number)
{
    struct statement *statement = database_statement(store->database, sql);
    statement_put(statement, 1, number);
    return statement_run(statement);
}

/* Services that are not recorded any more and of which nothing is left. */
static int drop_services(struct store *store, int64_t now_ms)
{
    int code = 0;
    for (size_t i = 0; i < store->place_count && !code; i++) {
        if (!store->place[i].id)
            continue;
        struct statement *seen = database_statement(
            store->database, "UPDATE services SET seen_ms = ?1 WHERE id = ?2 AND seen_ms < ?1 - 86400000");
        statement_put(seen, 1, now_ms);
        statement_put(seen, 2, store->place[i].id);
        code = statement_run(seen);
    }
    if (!code)
        code = run_with(store,
                        "DELETE FROM states WHERE service IN (SELECT id FROM services WHERE seen_ms < ?1)",
                        now_ms - store->days * DAY_MS);
    if (!code)
        code = run_with(store, "DELETE FROM services WHERE seen_ms < ?1", now_ms - store->days * DAY_MS);
    return code;
}

static int drop_old(struct store *store, int64_t now_ms)
{
    int code = 0;
    int64_t days_ms = store->days * DAY_MS;
    const int64_t ages[] = {[FOR_MINUTES] = STORE_MINUTE_HOURS * (int64_t)HOUR_MS,
                            [FOR_HOURS] = STORE_HOUR_HOURS * (int64_t)HOUR_MS,
                            [FOR_DAYS] = days_ms};
    for (size_t i = 0; i < KEPT && !code; i++) {
        int64_t age_ms = ages[kept[i].how_long] < days_ms ? ages[kept[i].how_long] : days_ms;
        code = run_with(store, kept[i].drop_before, (now_ms - age_ms) / kept[i].unit_ms);
        if (!code) /* from a time when the clock was wrong */
            code = run_with(store, kept[i].drop_after, (now_ms + HOUR_MS) / kept[i].unit_ms);
    }
    return code ? code : drop_services(store, now_ms);
}

/* Each kind gives up its oldest share. */
static int drop_share(struct store *store)
{
    int code = 0;
    for (size_t i = 0; i < KEPT && !code; i++) {
        struct statement *bounds = database_statement(store->database, kept[i].bounds);
        code = statement_step(bounds);
        if (code != 1)
            return code;
        int64_t first = statement_number(bounds, 0), last = statement_number(bounds, 1);
        statement_end(bounds);
        code = 0;
        if (first > 0 && last > first)
            code = run_with(store, kept[i].drop_before, first + (last - first) / STORE_SHARE + 1);
    }
    return code;
}

static int64_t pragma(struct store *store, const char *sql)
{
    struct statement *statement = database_statement(store->database, sql);
    if (statement_step(statement) != 1)
        return -1;
    int64_t number = statement_number(statement, 0);
    statement_end(statement);
    return number;
}

int64_t store_bytes(struct store *store)
{
    int64_t pages = pragma(store, "PRAGMA page_count"), unused = pragma(store, "PRAGMA freelist_count"),
            size = pragma(store, "PRAGMA page_size");
    return pages < 0 || unused < 0 || size < 0 ? -1 : (pages - unused) * size;
}

int store_tidy(struct store *store, int64_t now_ms, struct error *err)
{
    int code = database_run(store->database, "BEGIN IMMEDIATE");
    if (!code)
        code = drop_old(store, now_ms);
    code = settle(store, code, err);
    /* More than a few rounds only where somebody set a much smaller size: the rest next time. */
    for (unsigned round = 0; !code && round < STORE_SHARE && store_bytes(store) > store->max_bytes; round++) {
        code = database_run(store->database, "BEGIN IMMEDIATE");
        if (!code)
            code = drop_share(store);
        code = settle(store, code, err);
    }
    if (!code && pragma(store, "PRAGMA page_count") * pragma(store, "PRAGMA page_size") > store->max_bytes)
        code = database_run(store->database, "PRAGMA incremental_vacuum(4096)");
    return code;
}
