/* SPDX-License-Identifier: MIT */
/* runtime_table.c: the backends and servers of ours that a HAProxy has. */
#include "exporter/balancers/runtime_table.h"

#include <stdlib.h>
#include <string.h>

#include "controller/core/mem.h"
#include "controller/core/proxy_name.h"

struct runtime_backend *runtime_backend_find(const struct runtime_table *table, const char *name)
{
    struct runtime_backend *backend;
    HASH_FIND_STR(table->backends, name, backend);
    return backend;
}

struct runtime_server *runtime_server_find(const struct runtime_backend *backend, const char *name)
{
    struct runtime_server *server = backend->first;
    while (server && strcmp(server->name, name) != 0)
        server = server->next;
    return server;
}

struct runtime_server *runtime_server_add(struct runtime_backend *backend, const struct runtime_row *row)
{
    struct runtime_server *server = mem_new(sizeof *server);
    server->name = mem_copy(row->server);
    server->address = mem_copy(row->address);
    server->port = row->port;
    server->weight = row->weight;
    server->state = row->state;
    server->slot = proxy_is_slot_name(row->server);
    *backend->end = server;
    backend->end = &server->next;
    return server;
}

static void server_free(struct runtime_server *server)
{
    free(server->name);
    free(server->address);
    free(server);
}

void runtime_server_remove(struct runtime_backend *backend, struct runtime_server *server)
{
    struct runtime_server **at = &backend->first;
    while (*at != server)
        at = &(*at)->next;
    *at = server->next;
    if (!*at)
        backend->end = at;
    server_free(server);
}

static struct runtime_backend *backend_make(struct runtime_table *table, const char *name)
{
    struct runtime_backend *backend = runtime_backend_find(table, name);
    if (backend)
        return backend;
    backend = mem_new(sizeof *backend);
    backend->name = mem_copy(name);
    backend->end = &backend->first;
    HASH_ADD_KEYPTR(hh, table->backends, backend->name, strlen(backend->name), backend);
    return backend;
}

int runtime_table_read(struct runtime_table *table, char *text, const char **ret_trouble)
{
    struct runtime_rows rows;
    struct runtime_row row;
    for (const char *name; (name = runtime_read_backend(&text));)
        if (proxy_is_service_name(name))
            backend_make(table, name);
    int code = runtime_rows_begin(text, &rows, ret_trouble);
    if (code != 0)
        return code;
    while (runtime_rows_next(&rows, &row)) {
        if (!proxy_is_service_name(row.backend))
            continue;
        struct runtime_backend *backend = backend_make(table, row.backend);
        if (proxy_is_server_name(row.server) || proxy_is_slot_name(row.server))
            runtime_server_add(backend, &row);
    }
    return 0;
}

void runtime_table_clear(struct runtime_table *table)
{
    struct runtime_backend *backend, *next_backend;
    HASH_ITER(hh, table->backends, backend, next_backend)
    {
        HASH_DEL(table->backends, backend);
        for (struct runtime_server *server = backend->first, *next; server; server = next) {
            next = server->next;
            server_free(server);
        }
        free(backend->name);
        free(backend);
    }
    table->backends = NULL;
}
