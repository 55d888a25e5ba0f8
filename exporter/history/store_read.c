/* SPDX-License-Identifier: MIT */
/* store_read.c: out of the file again. What stands there is looked at as what it is: bytes from a disk. */
#include "exporter/history/store_internal.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

const int64_t store_level_s[STORE_LEVELS] = {
    [STORE_MINUTES] = 60, [STORE_HOURS] = 3600, [STORE_DAYS] = 86400};

/* The place of word in names, or count. */
static size_t word_find(const char *word, const char *const *names, size_t count)
{
    size_t i = 0;
    while (i < count && strcmp(names[i], word) != 0)
        i++;
    return i;
}

int store_find(struct store *store, const char *key, int64_t *ret_id, int64_t *ret_since_ms)
{
    struct statement *row = database_statement(store->database,
                                               "SELECT id, since_ms FROM services WHERE key = ?1");
    statement_put_text(row, 1, key);
    int code = statement_step(row);
    if (code != 1)
        return code;
    *ret_id = statement_number(row, 0);
    *ret_since_ms = statement_number(row, 1);
    statement_end(row);
    return 1;
}

/* ---- timelines ---- */

void store_seen(struct store *store, int64_t from_ms, int64_t to_ms)
{
    store->seen_from_ms = from_ms;
    store->seen_to_ms = to_ms;
}

int store_spans(struct store *store, struct span **ret, size_t *ret_count)
{
    struct span *span = NULL;
    size_t count = 0, cap = 0;
    struct statement *row = database_statement(
        store->database, "SELECT from_ms, to_ms, first FROM (SELECT * FROM watched ORDER BY from_ms DESC "
                         "LIMIT ?1) ORDER BY from_ms");
    statement_put(row, 1, STORE_SPANS);
    int code;
    while ((code = statement_step(row)) == 1) {
        if (count == cap)
            span = mem_resize(span, cap = cap ? cap * 2 : 16, sizeof *span);
        span[count++] = (struct span){.from_ms = statement_number(row, 0),
                                      .to_ms = statement_number(row, 1),
                                      .first = statement_number(row, 2) != 0};
        if (span[count - 1].from_ms == store->seen_from_ms && span[count - 1].to_ms < store->seen_to_ms)
            span[count - 1].to_ms = store->seen_to_ms;
    }
    if (code) {
        free(span);
        return code;
    }
    *ret = span;
    *ret_count = count;
    return 0;
}

bool store_ended(struct store *store)
{
    struct statement *row = database_statement(store->database,
                                               "SELECT ended FROM watched ORDER BY from_ms DESC LIMIT 1");
    bool found = statement_step(row) == 1, ended = found && statement_number(row, 0) != 0;
    if (found)
        statement_end(row);
    return ended;
}

/* What has no name we know is taken for unknown. */
static struct state state_read(struct statement *row)
{
    size_t condition = word_find(statement_text(row, 1), condition_name, CONDITION_COUNT);
    size_t status = word_find(statement_text(row, 2), status_name, STATUS_COUNT);
    bool known = condition < CONDITION_COUNT && status < STATUS_COUNT;
    return (struct state){.at_ms = statement_number(row, 0),
                          .condition = known ? (enum condition)condition : CONDITION_UNKNOWN,
                          .status = known ? (enum status)status : STATUS_UNKNOWN};
}

int store_timeline(struct store *store, int64_t id, const struct span *span, size_t span_count,
                   int64_t now_ms, struct timeline *ret)
{
    struct state *state = NULL;
    size_t count = 0, cap = 0;
    struct statement *row = database_statement(
        store->database, "SELECT at_ms, condition, status FROM (SELECT * FROM states WHERE service = ?1 "
                         "ORDER BY at_ms DESC LIMIT ?2) ORDER BY at_ms");
    statement_put(row, 1, id);
    statement_put(row, 2, STORE_STATES);
    int code;
    while ((code = statement_step(row)) == 1) {
        if (count == cap)
            state = mem_resize(state, cap = cap ? cap * 2 : 16, sizeof *state);
        state[count++] = state_read(row);
    }
    if (!code)
        timeline_build(ret, state, count, span, span_count, now_ms);
    free(state);
    return code;
}

/* ---- checks ---- */

/* Adds the columns checks, failures, times from a place on. */
static void tally_read(struct statement *row, int column, struct tally *ret)
{
    size_t length;
    int64_t checks = statement_number(row, column), failures = statement_number(row, column + 1);
    const void *times = statement_bytes(row, column + 2, &length);
    if (checks < 0 || failures < 0 || failures > checks || sketch_decode(times, length, ret) != 0)
        return; /* nothing of ours */
    tally_count(ret, (uint64_t)checks, (uint64_t)failures);
}

int store_tally(struct store *store, enum store_level level, int64_t id, int64_t from_s, int64_t to_s,
                struct tally *tally)
{
    static const char *const words[STORE_LEVELS] = {
        [STORE_MINUTES] = "SELECT checks, failures, times FROM minutes WHERE at_s = ?1 AND service = ?2",
        [STORE_HOURS] = "SELECT checks, failures, times FROM hours WHERE at_s = ?1 AND service = ?2",
        [STORE_DAYS] = "SELECT checks, failures, times FROM days WHERE at_s = ?1 AND service = ?2",
    };
    struct statement *row = database_statement(store->database, words[level]);
    for (int64_t at_s = from_s; at_s < to_s; at_s += store_level_s[level]) {
        statement_put(row, 1, at_s);
        statement_put(row, 2, id);
        int code = statement_step(row);
        if (code < 0)
            return code;
        if (code == 1) {
            tally_read(row, 0, tally);
            statement_end(row);
        }
    }
    return 0;
}

int store_tallies(struct store *store, enum store_level level, int64_t from_s, int64_t to_s,
                  store_whose *whose, void *user)
{
    static const char *const words[STORE_LEVELS] = {
        [STORE_MINUTES] =
            "SELECT service, checks, failures, times FROM minutes WHERE at_s >= ?1 AND at_s < ?2",
        [STORE_HOURS] = "SELECT service, checks, failures, times FROM hours WHERE at_s >= ?1 AND at_s < ?2",
        [STORE_DAYS] = "SELECT service, checks, failures, times FROM days WHERE at_s >= ?1 AND at_s < ?2",
    };
    struct statement *row = database_statement(store->database, words[level]);
    statement_put(row, 1, from_s);
    statement_put(row, 2, to_s);
    int code;
    while ((code = statement_step(row)) == 1) {
        struct tally *tally = whose(user, statement_number(row, 0));
        if (tally)
            tally_read(row, 1, tally);
    }
    return code;
}

/* ---- lists ---- */

static int each_row(struct statement *statement, int texts, store_each_row *each, void *user)
{
    int code;
    while ((code = statement_step(statement)) == 1) {
        struct store_row row = {.service = statement_number(statement, 0),
                                .at_ms = statement_number(statement, 1)};
        for (int i = 0; i < texts; i++)
            row.text[i] = statement_text(statement, 2 + i);
        each(user, &row);
    }
    return code;
}

int store_list(struct store *store, enum item_kind kind, int64_t id, size_t limit, store_each_row *each,
               void *user)
{
    const char *sql = NULL;
    int texts = 4;
    switch (kind) {
    case ITEM_TRANSITION:
        sql = "SELECT service, at_ms, container, before, after, reason FROM transitions WHERE service = ?1 "
              "ORDER BY at_ms DESC, rowid DESC LIMIT ?2";
        break;
    case ITEM_RESTART:
        sql = "SELECT service, at_ms, container, reason, result FROM restarts WHERE service = ?1 "
              "ORDER BY at_ms DESC, rowid DESC LIMIT ?2";
        texts = 3;
        break;
    case ITEM_DECISION:
        sql = "SELECT service, at_ms, container, action, reason, sentence FROM decisions WHERE service = ?1 "
              "ORDER BY at_ms DESC, rowid DESC LIMIT ?2";
        break;
    case ITEM_SERVICE:
    case ITEM_STATE:
    case ITEM_SPAN:
    case ITEM_FORGET:
    case ITEM_EVENT:
    case ITEM_MINUTE:
        break;
    }
    assert(sql);
    struct statement *statement = database_statement(store->database, sql);
    statement_put(statement, 1, id);
    statement_put(statement, 2, (int64_t)limit);
    return each_row(statement, texts, each, user);
}

int store_events(struct store *store, size_t limit, store_each_row *each, void *user)
{
    struct statement *statement = database_statement(
        store->database,
        "SELECT id, at_ms, severity, kind, service, container, sentence FROM (SELECT * FROM events "
        "ORDER BY id DESC LIMIT ?1) ORDER BY id");
    statement_put(statement, 1, (int64_t)limit);
    int code;
    while ((code = statement_step(statement)) == 1) {
        size_t severity = word_find(statement_text(statement, 2), severity_name, SEVERITY_COUNT);
        int64_t id = statement_number(statement, 0);
        if (id <= 0 || severity == SEVERITY_COUNT)
            continue;
        struct store_row row = {
            .id = (uint64_t)id, .at_ms = statement_number(statement, 1), .severity = (enum severity)severity};
        for (int i = 0; i < 4; i++)
            row.text[i] = statement_text(statement, 3 + i);
        each(user, &row);
    }
    return code;
}

/* What never reached the container is no restart. */
#define TRIED "AND result NOT IN ('skipped', 'refused', 'gone')"

int store_restarts(struct store *store, int64_t id, int64_t from_ms, int64_t *ret)
{
    struct statement *row = database_statement(
        store->database, "SELECT count(*) FROM restarts WHERE service = ?1 AND at_ms >= ?2 " TRIED);
    statement_put(row, 1, id);
    statement_put(row, 2, from_ms);
    int code = statement_step(row);
    if (code != 1)
        return code ? code : DATABASE_DAMAGED;
    *ret = statement_number(row, 0);
    statement_end(row);
    return 0;
}

int store_all_restarts(struct store *store, int64_t from_ms, store_each_row *each, void *user)
{
    struct statement *statement = database_statement(
        store->database,
        "SELECT service, count(*) FROM restarts WHERE at_ms >= ?1 " TRIED " GROUP BY service");
    statement_put(statement, 1, from_ms);
    return each_row(statement, 0, each, user);
}
