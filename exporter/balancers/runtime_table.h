/* runtime_table.h: what a HAProxy is known to have of ours: backends and the servers in them, as it told last
 * and as it was told since. What is not ours by its name is not in it. Pure. */
#ifndef QUAYWATCH_EXPORTER_BALANCERS_RUNTIME_TABLE_H
#define QUAYWATCH_EXPORTER_BALANCERS_RUNTIME_TABLE_H

#include <stddef.h>
#include <uthash.h>

#include "exporter/balancers/runtime_answer.h"

struct runtime_server {
    struct runtime_server *next;
    char *name, *address; /* own */
    int port;
    unsigned weight;
    enum runtime_state state;
    bool slot;  /* takes any instance; else it is the one container's that it is named after */
    bool taken; /* while planning: it stands for an instance */
};

struct runtime_backend {
    UT_hash_handle hh;
    char *name; /* own */
    struct runtime_server *first, **end;
    bool known; /* while planning: a service has it */
};

struct runtime_table {
    struct runtime_backend *backends; /* a hash by name */
};

/* Fills an empty table from the answers to `show backend;show servers state`, which are cut to pieces.
 * -EBADMSG, with *ret_trouble in the text (the first line of what was something else): it is not to be relied
 * on. */
int runtime_table_read(struct runtime_table *table, char *text, const char **ret_trouble);

/* The backend of that name, or NULL; the server in it, or NULL. */
struct runtime_backend *runtime_backend_find(const struct runtime_table *table, const char *name);
struct runtime_server *runtime_server_find(const struct runtime_backend *backend, const char *name);

/* Adds a server at its end. */
struct runtime_server *runtime_server_add(struct runtime_backend *backend, const struct runtime_row *row);

/* Takes a server out and frees it. */
void runtime_server_remove(struct runtime_backend *backend, struct runtime_server *server);

/* Frees all in it; it is empty afterwards. */
void runtime_table_clear(struct runtime_table *table);

#endif
