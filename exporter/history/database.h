/* database.h: SQLite, as little of it as is needed: the only file that knows the library. One thread at a
 * time. */
#ifndef QUAYWATCH_EXPORTER_HISTORY_DATABASE_H
#define QUAYWATCH_EXPORTER_HISTORY_DATABASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct database;
struct error;
struct statement;

/* What went wrong, as far as it makes a difference; negative, so that it stands beside 0. */
enum {
    DATABASE_DAMAGED = -1000, /* the content is not what we or SQLite wrote */
    DATABASE_FULL,            /* no room on the disk, or above the size that was set */
    DATABASE_REFUSED,         /* not allowed: read-only, no permission, in use by another program */
    DATABASE_FAILED,          /* anything else, such as an error of the disk */
};

/* Opens path, makes it if it is not there. NULL with a code of the above and a sentence in err. */
struct database *database_open(const char *path, struct error *err);

/* Ends what is under way and closes; all statements end with it. NULL is fine. */
void database_close(struct database *database);

/* Runs statements without parameters and results. 0, or a code of the above. */
int database_run(struct database *database, const char *sql);

/* Takes back what is under way; what the latest failure was stays as it is. */
void database_undo(struct database *database);

/* What the latest failure was, as one sentence. */
void database_explain(const struct database *database, int code, struct error *err);

/* The statement of this text (static: it is remembered by its address), ready for its parameters; never NULL.
 * One that does not fit the tables fails in its first step. One use at a time. */
struct statement *database_statement(struct database *database, const char *sql);

/* The parameters, from 1 on; text and bytes must live until the statement has ended. */
void statement_put(struct statement *statement, int place, int64_t number);
void statement_put_text(struct statement *statement, int place, const char *text);
void statement_put_bytes(struct statement *statement, int place, const void *bytes, size_t len);

/* 1: there is a row; 0: it has ended and may be used again; a code of the above: it failed, and has ended. */
int statement_step(struct statement *statement);

/* For what gives no rows, or whose rows are of no interest: to its end. 0 or a code. */
int statement_run(struct statement *statement);

/* Ends it before its last row. */
void statement_end(struct statement *statement);

/* Columns of the row, from 0 on: never NULL, valid until the next step. What has another type is 0 or "". */
int64_t statement_number(struct statement *statement, int column);
const char *statement_text(struct statement *statement, int column);
const void *statement_bytes(struct statement *statement, int column, size_t *ret_len);

#endif
