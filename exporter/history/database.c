/* SPDX-License-Identifier: MIT */
/* database.c: SQLite behind a narrow door. */
#include "exporter/history/database.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "controller/core/error.h"
#include "controller/core/mem.h"

enum { STATEMENTS = 96, BUSY_MS = 200 };

struct statement {
    struct database *database;
    sqlite3_stmt *stmt; /* NULL: it could not be made, because of */
    int code;
    const char *sql;
};

struct database {
    sqlite3 *handle;
    struct statement statement[STATEMENTS];
    size_t count;
    int latest, system; /* SQLite's own code of the latest failure, and the system's */
};

static int sort(struct database *database, int code)
{
    if (code == SQLITE_OK || code == SQLITE_ROW || code == SQLITE_DONE)
        return 0;
    database->latest = code;
    database->system = sqlite3_system_errno(database->handle);
    switch (code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT:
    case SQLITE_ERROR:      /* the tables are not those that our statements are for */
    case SQLITE_CONSTRAINT: /* they hold what cannot be there */
    case SQLITE_MISMATCH:
    case SQLITE_SCHEMA:
    case SQLITE_TOOBIG:
        return DATABASE_DAMAGED;
    case SQLITE_FULL:
        return DATABASE_FULL;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_AUTH:
        return DATABASE_REFUSED;
    default:
        return database->system == ENOSPC ? DATABASE_FULL : DATABASE_FAILED;
    }
}

void database_explain(const struct database *database, int code, struct error *err)
{
    const char *words = sqlite3_errstr(database->latest & 0xff);
    if (database->system && code != DATABASE_DAMAGED)
        error_set(err, code, "%s (%s)", words, strerror(database->system));
    else
        error_set(err, code, "%s", words);
}

/* The file may come from anywhere: nothing in it may act by itself, and its cells are checked. NORMAL: with
 * the write-ahead log a crash of ours loses nothing that was committed, one of the machine perhaps the latest
 * seconds, and neither damages the file. */
static int prepare(struct database *database)
{
    sqlite3_db_config(database->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)NULL);
    sqlite3_db_config(database->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, (int *)NULL);
    sqlite3_limit(database->handle, SQLITE_LIMIT_LENGTH, 1 << 20);
    sqlite3_busy_timeout(database->handle, BUSY_MS);
    return database_run(database, "PRAGMA cell_size_check = ON; PRAGMA cache_size = -1024; "
                                  "PRAGMA temp_store = MEMORY; PRAGMA auto_vacuum = INCREMENTAL; "
                                  "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; "
                                  "PRAGMA journal_size_limit = 4194304;");
}

/* Where SQLite may not write it tries to read, and reports that the file is missing: the first reason counts.
 */
static void explain_open(const struct database *database, const char *path, int code, struct error *err)
{
    int fd = code == DATABASE_REFUSED ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644) : 0;
    if (fd < 0)
        error_set(err, code, "%s", strerror(errno));
    else
        database_explain(database, code, err);
    if (fd > 0)
        close(fd);
}

struct database *database_open(const char *path, struct error *err)
{
    struct database *database = mem_new(sizeof *database);
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    int code = sqlite3_open_v2(path, &database->handle, flags, NULL);
    if (!database->handle) {
        free(database);
        error_set(err, DATABASE_FAILED, "no memory for SQLite");
        return NULL;
    }
    sqlite3_extended_result_codes(database->handle, 1);
    code = sort(database, code);
    if (!code)
        code = prepare(database);
    if (!code)
        return database;
    explain_open(database, path, code, err);
    database_close(database);
    return NULL;
}

void database_close(struct database *database)
{
    if (!database)
        return;
    for (size_t i = 0; i < database->count; i++)
        sqlite3_finalize(database->statement[i].stmt);
    sqlite3_close(database->handle);
    free(database);
}

int database_run(struct database *database, const char *sql)
{
    return sort(database, sqlite3_exec(database->handle, sql, NULL, NULL, NULL));
}

void database_undo(struct database *database)
{
    sqlite3_exec(database->handle, "ROLLBACK", NULL, NULL, NULL); /* fails where SQLite did it already */
}

struct statement *database_statement(struct database *database, const char *sql)
{
    for (size_t i = 0; i < database->count; i++)
        if (database->statement[i].sql == sql)
            return &database->statement[i];
    if (database->count == STATEMENTS)
        abort(); /* a text that is made anew each time */
    struct statement *statement = &database->statement[database->count];
    *statement = (struct statement){.database = database, .sql = sql};
    statement->code = sort(database, sqlite3_prepare_v3(database->handle, sql, -1, SQLITE_PREPARE_PERSISTENT,
                                                        &statement->stmt, NULL));
    if (!statement->code)
        database->count++; /* else it is tried again next time */
    return statement;
}

void statement_put(struct statement *statement, int place, int64_t number)
{
    sqlite3_bind_int64(statement->stmt, place, number);
}

void statement_put_text(struct statement *statement, int place, const char *text)
{
    sqlite3_bind_text(statement->stmt, place, text, -1, SQLITE_STATIC);
}

void statement_put_bytes(struct statement *statement, int place, const void *bytes, size_t len)
{
    sqlite3_bind_blob64(statement->stmt, place, len ? bytes : "", len, SQLITE_STATIC);
}

int statement_step(struct statement *statement)
{
    if (!statement->stmt)
        return statement->code;
    int code = sqlite3_step(statement->stmt);
    if (code == SQLITE_ROW)
        return 1;
    int ret = sort(statement->database, code);
    statement_end(statement);
    return ret;
}

int statement_run(struct statement *statement)
{
    int code;
    while ((code = statement_step(statement)) == 1)
        ;
    return code;
}

void statement_end(struct statement *statement)
{
    sqlite3_reset(statement->stmt);
    sqlite3_clear_bindings(statement->stmt);
}

int64_t statement_number(struct statement *statement, int column)
{
    return sqlite3_column_type(statement->stmt, column) == SQLITE_INTEGER
               ? sqlite3_column_int64(statement->stmt, column)
               : 0;
}

const char *statement_text(struct statement *statement, int column)
{
    if (sqlite3_column_type(statement->stmt, column) != SQLITE_TEXT)
        return "";
    const unsigned char *text = sqlite3_column_text(statement->stmt, column);
    return text ? (const char *)text : "";
}

const void *statement_bytes(struct statement *statement, int column, size_t *ret_len)
{
    const void *bytes = sqlite3_column_type(statement->stmt, column) == SQLITE_BLOB
                            ? sqlite3_column_blob(statement->stmt, column)
                            : NULL;
    *ret_len = bytes ? (size_t)sqlite3_column_bytes(statement->stmt, column) : 0;
    return bytes ? bytes : "";
}
