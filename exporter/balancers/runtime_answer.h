/* runtime_answer.h: reading what HAProxy answers on its runtime socket (management.txt, section 9.3). Pure
 * and total: whatever comes, nothing is read beyond the text. All readers cut the text where it stands. */
#ifndef QUAYWATCH_EXPORTER_BALANCERS_RUNTIME_ANSWER_H
#define QUAYWATCH_EXPORTER_BALANCERS_RUNTIME_ANSWER_H

#include <stdbool.h>
#include <stdint.h>

/* Which process answers: another one after a reload or a restart. */
struct runtime_process {
    int64_t pid, started_s; /* started_s (Unix time) is 0 where HAProxy does not say it (before 2.5) */
};

/* Reads the answer to `show info` at *text and moves *text behind it. -EBADMSG, with *ret_trouble in the text
 * (its first line), when it is none. */
int runtime_read_info(char **text, struct runtime_process *ret, const char **ret_trouble);

/* The next name of the answer to `show backend` at *text; NULL at its end, with *text moved behind it. (Only
 * there is a backend told that has no servers.) */
const char *runtime_read_backend(char **text);

enum runtime_state { RUNTIME_READY, RUNTIME_DRAIN, RUNTIME_MAINT, RUNTIME_STATE_COUNT };
extern const char *const runtime_state_name[RUNTIME_STATE_COUNT]; /* as `set server … state` wants it */

/* One server of `show servers state`. */
struct runtime_row {
    const char *backend, *server, *address;
    int port;
    unsigned weight; /* 0 to 256 */
    enum runtime_state state;
};

enum { RUNTIME_COLUMNS = 6 };
struct runtime_rows {
    char *rest;
    int column[RUNTIME_COLUMNS]; /* where each that we read stands */
};

/* Begins with the answer to `show servers state`. -EBADMSG, with *ret_trouble in the text (its first line),
 * when it is none or lacks a column. */
int runtime_rows_begin(char *text, struct runtime_rows *ret, const char **ret_trouble);

/* The next server; false at the end. Lines that are none are passed over. Texts live as long as the text. */
bool runtime_rows_next(struct runtime_rows *rows, struct runtime_row *ret);

/* What kind of command was sent: each says otherwise that it worked. */
enum runtime_verb {
    RUNTIME_SET,    /* weight, state, enable health: nothing is said */
    RUNTIME_MOVE,   /* set server … addr: a sentence is said */
    RUNTIME_ADD,    /* add server: "New server registered." */
    RUNTIME_DELETE, /* del server: its sentence is not followed by an empty line, so nothing else follows */
};

/* Takes the answer to one command off *text: NULL when it worked, else HAProxy's sentence, in the text. */
const char *runtime_trouble(char **text, enum runtime_verb verb);

#endif
