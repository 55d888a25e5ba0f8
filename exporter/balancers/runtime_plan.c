/* SPDX-License-Identifier: MIT */
/* runtime_plan.c: the registry beside what HAProxy has, and the commands that make them equal. */
#include "exporter/balancers/runtime_plan.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/mem.h"
#include "controller/core/registry.h"
#include "exporter/formats/haproxy.h"

enum {
    SPEAKS_MAX = 1024, /* a host name thrice, and words */
    COMMAND_MAX = SPEAKS_MAX + 2 * PROXY_NAME + 256
};

/* ---- commands ---- */

__attribute__((format(printf, 3, 4))) static void say(struct runtime_commands *commands,
                                                      enum runtime_verb verb, const char *format, ...)
{
    char text[COMMAND_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (commands->count == commands->cap) {
        commands->cap = commands->cap ? 2 * commands->cap : 16;
        commands->item = mem_resize(commands->item, commands->cap, sizeof *commands->item);
    }
    commands->item[commands->count++] = (struct runtime_command){mem_copy(text), verb};
}

void runtime_commands_drop(struct runtime_commands *commands, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(commands->item[i].text);
    commands->count -= count;
    if (commands->count)
        memmove(commands->item, commands->item + count, commands->count * sizeof *commands->item);
}

void runtime_commands_free(struct runtime_commands *commands)
{
    runtime_commands_drop(commands, commands->count);
    free(commands->item);
    *commands = (struct runtime_commands){0};
}

static void say_state(struct runtime_commands *commands, const struct runtime_backend *backend,
                      struct runtime_server *server, enum runtime_state state)
{
    if (server->state == state)
        return;
    server->state = state;
    say(commands, RUNTIME_SET, "set server %s/%s state %s", backend->name, server->name,
        runtime_state_name[state]);
}

/* ---- one server ---- */

/* Texts of one address may differ for IPv6. */
static bool same_address(const char *a, const char *b)
{
    struct in6_addr first, second;
    if (strcmp(a, b) == 0)
        return true;
    return strchr(a, ':') && inet_pton(AF_INET6, a, &first) == 1 && inet_pton(AF_INET6, b, &second) == 1 &&
           memcmp(&first, &second, sizeof first) == 0;
}

static bool stands_at(const struct runtime_server *server, const char *address, int port)
{
    return server->port == port && same_address(server->address, address);
}

/* Its address and weight are right before it is asked anything. */
static void bring_in(struct runtime_commands *commands, const struct runtime_backend *backend,
                     struct runtime_server *server, const struct endpoint *endpoint)
{
    if (!stands_at(server, endpoint->address, endpoint->port)) {
        say(commands, RUNTIME_MOVE, "set server %s/%s addr %s port %d", backend->name, server->name,
            endpoint->address, endpoint->port);
        free(server->address);
        server->address = mem_copy(endpoint->address);
        server->port = endpoint->port;
    }
    if (server->weight != endpoint->weight) {
        say(commands, RUNTIME_SET, "set server %s/%s weight %u", backend->name, server->name,
            endpoint->weight);
        server->weight = endpoint->weight;
    }
    say_state(commands, backend, server, RUNTIME_READY);
}

/* (What the file's default-server would say, a server that is made while HAProxy runs does not inherit.) */
static struct runtime_server *make(struct runtime_commands *commands, struct runtime_backend *backend,
                                   const char *name, const struct proxied *proxied,
                                   const struct endpoint *endpoint)
{
    struct buf speaks;
    buf_init(&speaks, SPEAKS_MAX);
    haproxy_speaks_write(proxied, &speaks);
    say(commands, RUNTIME_ADD, "add server %s/%s %s%s%s:%d weight %u check inter 2s fall 2 rise 1%s",
        backend->name, name, endpoint->ipv6 ? "[" : "", endpoint->address, endpoint->ipv6 ? "]" : "",
        endpoint->port, endpoint->weight, buf_string(&speaks));
    buf_free(&speaks);
    say(commands, RUNTIME_SET, "enable health %s/%s", backend->name, name);
    return runtime_server_add(backend, &(struct runtime_row){.server = name,
                                                             .address = endpoint->address,
                                                             .port = endpoint->port,
                                                             .weight = endpoint->weight,
                                                             .state = RUNTIME_MAINT});
}

static struct runtime_server *free_slot(const struct runtime_backend *backend)
{
    struct runtime_server *server = backend->first;
    while (server && !(server->slot && !server->taken && server->state == RUNTIME_MAINT))
        server = server->next;
    return server;
}

/* The server that stands for an instance: the one named after it, else the slot that has its address. */
static struct runtime_server *server_of(const struct runtime_backend *backend, const char *name,
                                        const struct instance *instance)
{
    struct runtime_server *server = runtime_server_find(backend, name);
    if (server)
        return server;
    const char *address = instance->observed->address;
    for (server = backend->first; server && address && address[0]; server = server->next)
        if (server->slot && !server->taken && server->state != RUNTIME_MAINT &&
            stands_at(server, address, instance->spec->port))
            return server;
    return NULL;
}

/* ---- one service ---- */

static void plan_serving(struct runtime_backend *backend, const struct proxied *proxied,
                         const struct endpoint *endpoint, struct runtime_commands *commands)
{
    char name[PROXY_NAME];
    proxy_server_name(endpoint->instance->observed->container, name);
    struct runtime_server *server = server_of(backend, name, endpoint->instance);
    if (!server)
        server = free_slot(backend);
    if (!server)
        server = make(commands, backend, name, proxied, endpoint);
    server->taken = true;
    bring_in(commands, backend, server, endpoint);
}

static void plan_resting(struct runtime_backend *backend, const struct instance *instance, bool warm,
                         struct runtime_commands *commands)
{
    char name[PROXY_NAME];
    proxy_server_name(instance->observed->container, name);
    struct runtime_server *server = server_of(backend, name, instance);
    if (!server)
        return;
    server->taken = true;
    if (!warm || server->state == RUNTIME_MAINT)
        return;
    bool runs = instance->observed->state == CONTAINER_RUNNING;
    say_state(commands, backend, server, runs ? RUNTIME_DRAIN : RUNTIME_MAINT);
}

/* Those that stand for nothing any more. */
static void plan_left(struct runtime_backend *backend, struct runtime_commands *commands)
{
    for (struct runtime_server *server = backend->first, *next; server; server = next) {
        next = server->next;
        if (server->taken)
            continue;
        say_state(commands, backend, server, RUNTIME_MAINT);
        if (server->slot)
            continue;
        say(commands, RUNTIME_DELETE, "del server %s/%s", backend->name, server->name);
        runtime_server_remove(backend, server);
    }
}

/* What comes in is said first, so that there is always somebody to serve. */
static void plan(struct runtime_backend *backend, const struct service *service, bool warm,
                 struct runtime_commands *commands)
{
    struct endpoint endpoint;
    struct proxied proxied;
    bool told = proxied_of(service, &proxied);
    for (struct runtime_server *server = backend->first; server; server = server->next)
        server->taken = false;
    for (const struct instance *at = service->first; told && at; at = at->next)
        if (proxied_endpoint(&proxied, at, &endpoint))
            plan_serving(backend, &proxied, &endpoint, commands);
    for (const struct instance *at = service->first; told && at; at = at->next)
        if (!proxied_endpoint(&proxied, at, &endpoint) && !at->spec->unproxied)
            plan_resting(backend, at, warm, commands);
    if (warm)
        plan_left(backend, commands);
}

void runtime_plan_service(struct runtime_table *table, const struct service *service, bool warm,
                          struct runtime_commands *commands)
{
    char name[PROXY_NAME];
    proxy_service_name(service->name, name);
    struct runtime_backend *backend = runtime_backend_find(table, name);
    if (!backend)
        return;
    backend->known = true;
    plan(backend, service, warm, commands);
}

static void plan_nobody(struct runtime_backend *backend, struct runtime_commands *commands)
{
    for (struct runtime_server *server = backend->first; server; server = server->next)
        server->taken = false;
    plan_left(backend, commands);
}

void runtime_plan_gone(struct runtime_table *table, const char *name, struct runtime_commands *commands)
{
    char own[PROXY_NAME];
    proxy_service_name(name, own);
    struct runtime_backend *backend = runtime_backend_find(table, own);
    if (backend)
        plan_nobody(backend, commands);
}

void runtime_plan_all(struct runtime_table *table, const struct registry *registry, bool warm,
                      struct runtime_commands *commands)
{
    struct runtime_backend *backend, *next;
    HASH_ITER(hh, table->backends, backend, next)
    backend->known = false;
    for (size_t i = 0; i < registry_count(registry); i++)
        runtime_plan_service(table, registry_at(registry, i), warm, commands);
    HASH_ITER(hh, table->backends, backend, next)
    if (warm && !backend->known)
        plan_nobody(backend, commands);
}
