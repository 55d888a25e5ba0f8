/* SPDX-License-Identifier: MIT */
/* store.c: opening the history file: whose it is, whether it is whole, what to do when it is not. */
#include "exporter/history/store_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "controller/core/error.h"

/* In the file's header (sqlite.org/fileformat.html, 1.3): that it is ours, and in which form. */
enum { APPLICATION = 0x51574831 /* "QWH1" */, SCHEMA = 1, HEADER = 100, AT_SCHEMA = 60, AT_APPLICATION = 68 };

/* Exactly as SQLite keeps them, so that a file can be told to have our tables and nothing else: what it
 * might do by triggers and views is not ours to find out. at_s is the beginning, in Unix seconds; checks are
 * ordered by time first: what is written together lies together. */
#define CHECKS(name)                                                                                         \
    "CREATE TABLE " name "(at_s INTEGER NOT NULL, service INTEGER NOT NULL, checks INTEGER NOT NULL, "       \
    "failures INTEGER NOT NULL, times BLOB NOT NULL, PRIMARY KEY(at_s, service)) WITHOUT ROWID"
#define LIST(name, columns)                                                                                  \
    "CREATE TABLE " name "(service INTEGER NOT NULL, at_ms INTEGER NOT NULL, replica INTEGER NOT NULL, "     \
    "container TEXT NOT NULL, " columns ")"
#define INDEX(name) "CREATE INDEX " name "_of ON " name "(service, at_ms)"
static const char *const tables[] = {
    "CREATE TABLE services(id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, name TEXT NOT NULL, "
    "since_ms INTEGER NOT NULL, seen_ms INTEGER NOT NULL)",
    "CREATE TABLE states(service INTEGER NOT NULL, at_ms INTEGER NOT NULL, condition TEXT NOT NULL, "
    "status TEXT NOT NULL, PRIMARY KEY(service, at_ms)) WITHOUT ROWID",
    "CREATE TABLE watched(from_ms INTEGER PRIMARY KEY, to_ms INTEGER NOT NULL, first INTEGER NOT NULL, "
    "ended INTEGER NOT NULL)",
    CHECKS("minutes"),
    CHECKS("hours"),
    CHECKS("days"),
    LIST("transitions", "before TEXT NOT NULL, after TEXT NOT NULL, reason TEXT NOT NULL"),
    INDEX("transitions"),
    LIST("restarts", "reason TEXT NOT NULL, result TEXT NOT NULL"),
    INDEX("restarts"),
    LIST("decisions", "action TEXT NOT NULL, reason TEXT NOT NULL, sentence TEXT NOT NULL"),
    INDEX("decisions"),
    "CREATE TABLE events(id INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, severity TEXT NOT NULL, "
    "kind TEXT NOT NULL, service TEXT NOT NULL, container TEXT NOT NULL, sentence TEXT NOT NULL)",
};
enum { TABLES = sizeof tables / sizeof *tables };

struct store *store_new(const char *path, unsigned days, int64_t max_bytes)
{
    struct store *store = mem_new(sizeof *store);
    store->path = mem_copy(path);
    store->days = days;
    store->max_bytes = max_bytes;
    return store;
}

void store_free(struct store *store)
{
    if (!store)
        return;
    store_close(store);
    for (size_t i = 0; i < store->place_count; i++) {
        free(store->place[i].key);
        free(store->place[i].name);
    }
    free(store->place);
    free(store->path);
    free(store);
}

void store_close(struct store *store)
{
    database_close(store->database);
    store->database = NULL;
    for (size_t i = 0; i < store->place_count; i++)
        store->place[i].id = 0;
}

bool store_is_open(const struct store *store)
{
    return store->database != NULL;
}

int store_failed(struct store *store, int code, struct error *err)
{
    struct error why = {0};
    database_explain(store->database, code, &why);
    store->damaged |= code == DATABASE_DAMAGED;
    return error_set(err, code, "The history %s: %s", store->path, why.text);
}

/* ---- whose it is ---- */

static int64_t big_endian(const uint8_t *at)
{
    return (int64_t)at[0] << 24 | at[1] << 16 | at[2] << 8 | at[3];
}

/* By the file's first bytes alone: SQLite would already change what lies beside it. */
static enum store_opening look(const struct store *store, struct error *err)
{
    uint8_t header[HEADER] = {0};
    int fd = open(store->path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return STORE_OPEN; /* there is none, or SQLite says why not */
    ssize_t length = read(fd, header, sizeof header);
    close(fd);
    if (length <= 0)
        return STORE_OPEN;
    if (length < HEADER || memcmp(header, "SQLite format 3", 16) != 0) {
        error_set(err, DATABASE_DAMAGED, "it is no SQLite file");
        return STORE_FRESH;
    }
    int64_t application = big_endian(header + AT_APPLICATION), schema = big_endian(header + AT_SCHEMA);
    if (application == APPLICATION && schema > SCHEMA) {
        error_set(err, -EPROTO,
                  "The history %s was written by a later quaywatch (form %lld, this one knows %d) and is not "
                  "touched: run the later one, or move the file away",
                  store->path, (long long)schema, SCHEMA);
        return STORE_NEWER;
    }
    return STORE_OPEN;
}

/* ---- its tables ---- */

static int make_tables(struct database *database)
{
    int code = database_run(database, "BEGIN IMMEDIATE");
    for (size_t i = 0; i < TABLES && !code; i++)
        code = database_run(database, tables[i]);
    char mark[96];
    snprintf(mark, sizeof mark, "PRAGMA application_id = %d; PRAGMA user_version = %d; COMMIT", APPLICATION,
             SCHEMA);
    if (!code)
        code = database_run(database, mark);
    if (code)
        database_undo(database);
    return code;
}

enum { TABLES_NONE = 1, TABLES_OTHER };

/* 0: they are as they should be; one of the above, or a code. */
static int check_tables(struct database *database)
{
    struct statement *list = database_statement(
        database, "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL LIMIT 100");
    size_t found = 0, known = 0;
    int code;
    while ((code = statement_step(list)) == 1) {
        const char *sql = statement_text(list, 0);
        found++;
        for (size_t i = 0; i < TABLES; i++)
            known += strcmp(sql, tables[i]) == 0;
    }
    if (code)
        return code;
    if (!found)
        return TABLES_NONE;
    struct statement *mark = database_statement(
        database, "SELECT application_id, user_version FROM pragma_application_id, pragma_user_version");
    code = statement_step(mark);
    bool ours = code == 1 && statement_number(mark, 0) == APPLICATION && statement_number(mark, 1) == SCHEMA;
    if (code == 1)
        statement_end(mark);
    return code < 0 ? code : ours && found == TABLES && known == TABLES ? 0 : TABLES_OTHER;
}

/* ---- opening ---- */

/* The file and what SQLite keeps beside it; the latter must not be met by a fresh one. */
static int set_aside(const struct store *store)
{
    static const char *const parts[] = {"", "-wal", "-shm"};
    int code = 0;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        char *from = mem_format("%s%s", store->path, parts[i]);
        char *to = mem_format("%s.damaged%s", store->path, parts[i]);
        if (rename(from, to) != 0) {
            if (errno != ENOENT)
                code = -errno;
            unlink(to); /* of an earlier time: it does not belong to this one */
        }
        free(from);
        free(to);
    }
    return code;
}

static int open_whole(struct store *store, struct error *err)
{
    store->database = database_open(store->path, err);
    if (!store->database)
        return err->code;
    int code = check_tables(store->database);
    if (code == TABLES_NONE)
        code = make_tables(store->database);
    if (code == TABLES_OTHER)
        code = error_set(err, DATABASE_DAMAGED, "it does not have the tables of a history");
    else if (code)
        database_explain(store->database, code, err);
    if (code)
        store_close(store);
    return code;
}

enum store_opening store_open(struct store *store, struct error *err)
{
    struct error why = {0};
    enum store_opening found = store->damaged ? STORE_FRESH : look(store, &why);
    if (found == STORE_NEWER) {
        *err = why;
        return found;
    }
    if (store->damaged)
        error_set(&why, DATABASE_DAMAGED, "what is in it cannot be right");
    int code = found == STORE_OPEN ? open_whole(store, &why) : DATABASE_DAMAGED;
    if (!code)
        return STORE_OPEN;
    bool damaged = code == DATABASE_DAMAGED;
    int moved = damaged ? set_aside(store) : 0;
    struct error again = {0};
    if (!damaged || moved || open_whole(store, &again) != 0) {
        error_set(err, code, "The history %s cannot be opened: %s", store->path,
                  moved     ? strerror(-moved)
                  : damaged ? again.text
                            : why.text);
        return STORE_CLOSED;
    }
    store->damaged = false;
    error_set(err, code,
              "The history %s is damaged (%s); it was set aside as %s.damaged, and a fresh one begun",
              store->path, why.text, store->path);
    return STORE_FRESH;
}
