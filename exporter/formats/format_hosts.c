/* SPDX-License-Identifier: MIT */
/* format_hosts.c: names and addresses as in /etc/hosts (hosts(5)): each serving instance by its service's
 * name, its container's name and its network aliases, as far as each of them means one service only. */
#include "exporter/formats/format.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "controller/core/buf.h"
#include "controller/core/endpoint.h"
#include "controller/core/registry.h"
#include "controller/core/text.h"

/* A name, and a service that somebody may mean by it. */
struct claim {
    const char *name;
    const struct service *service;
    bool alias; /* not the service's own name */
    size_t order;
};
struct claims {
    struct claim *item;
    size_t count, room;
};

/* What every machine has in its own file, or as an address. */
static bool is_reserved(const char *name)
{
    static const char *const names[] = {"localhost",      "ip6-localhost",   "ip6-loopback",
                                        "ip6-localnet",   "ip6-mcastprefix", "ip6-allnodes",
                                        "ip6-allrouters", "broadcasthost"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcasecmp(name, names[i]) == 0)
            return true;
    const char *end = strrchr(name, '.');
    return (end && strcasecmp(end, ".localhost") == 0) || strncasecmp(name, "localhost.", 10) == 0 ||
           !name[strspn(name, "0123456789.")];
}

static bool can_be_host(const char *name)
{
    if (!text_is_host(name) || is_reserved(name))
        return false;
    char last = name[strlen(name) - 1];
    return last != '.' && last != '-';
}

static void claim_add(struct claims *claims, const char *name, const struct service *service, bool alias)
{
    if (!can_be_host(name))
        return;
    if (claims->count == claims->room) {
        claims->room = claims->room ? 2 * claims->room : 64;
        claims->item = mem_resize(claims->item, claims->room, sizeof *claims->item);
    }
    claims->item[claims->count] = (struct claim){name, service, alias, claims->count};
    claims->count++;
}

/* Calls tell for each name of an instance that is not its service's. */
static void each_alias(const struct instance *instance,
                       void (*tell)(void *user, const struct instance *instance, const char *name),
                       void *user)
{
    const struct observed *observed = instance->observed;
    if (!instance->spec->external) /* there it is only an id */
        tell(user, instance, observed->container);
    for (size_t i = 0; i < observed->network_count; i++)
        for (size_t a = 0; a < observed->networks[i].aliases.count; a++)
            tell(user, instance, observed->networks[i].aliases.item[a]);
}

static void claim_alias(void *user, const struct instance *instance, const char *name)
{
    claim_add(user, name, instance->service, true);
}

/* By name, whatever its case; services' own names before aliases, then in order. */
static int claim_order(const void *a, const void *b)
{
    const struct claim *x = a, *y = b;
    int order = strcasecmp(x->name, y->name);
    if (order)
        return order;
    if (x->alias != y->alias)
        return x->alias ? 1 : -1;
    return (x->order > y->order) - (x->order < y->order);
}

/* What each name means: one claim a name is left, and none where aliases contradict each other. */
static void claims_decide(struct claims *claims)
{
    size_t kept = 0;
    if (claims->count)
        qsort(claims->item, claims->count, sizeof *claims->item, claim_order);
    for (size_t i = 0, end; i < claims->count; i = end) {
        const struct claim *first = &claims->item[i];
        bool one = true;
        for (end = i + 1; end < claims->count && strcasecmp(claims->item[end].name, first->name) == 0; end++)
            one &= claims->item[end].service == first->service;
        if (one || !first->alias)
            claims->item[kept++] = *first;
    }
    claims->count = kept;
}

static int name_order(const void *name, const void *claim)
{
    return strcasecmp(name, ((const struct claim *)claim)->name);
}

static bool means(const struct claims *claims, const char *name, const struct service *service)
{
    const struct claim *claim =
        claims->count ? bsearch(name, claims->item, claims->count, sizeof *claims->item, name_order) : NULL;
    return claim && claim->service == service;
}

/* ---- lines ---- */

struct line {
    const struct claims *claims;
    struct strings names;
    struct arena arena;
};

static void line_add(void *user, const struct instance *instance, const char *name)
{
    struct line *line = user;
    if (!means(line->claims, name, instance->service))
        return;
    for (size_t i = 0; i < line->names.count; i++)
        if (strcasecmp(line->names.item[i], name) == 0)
            return;
    strings_add(&line->arena, &line->names, name);
}

/* A line for each of its addresses. Whether it has a name that means it. */
static bool put_lines(const struct endpoint *endpoint, const struct claims *claims, struct buf *out)
{
    const char *const address[] = {endpoint->address, endpoint->address6};
    struct line line = {.claims = claims};
    line_add(&line, endpoint->instance, endpoint->instance->service->name);
    each_alias(endpoint->instance, line_add, &line);
    for (size_t a = 0; a < 2 && address[a] && line.names.count; a++) {
        for (size_t i = 0; i < line.names.count; i++)
            buf_format(out, "%s%s%s", i ? " " : address[a], i ? "" : "\t", line.names.item[i]);
        buf_text(out, "\n");
    }
    arena_free(&line.arena);
    return line.names.count > 0;
}

int format_hosts(const struct format_wish *wish, struct buf *out, struct error *err)
{
    struct claims claims = {0};
    struct endpoint endpoint;
    (void)err;
    for (size_t i = 0; i < registry_count(wish->registry); i++) {
        const struct service *service = registry_at(wish->registry, i);
        claim_add(&claims, service->name, service, false);
        for (const struct instance *at = service->first; at; at = at->next)
            each_alias(at, claim_alias, &claims);
    }
    claims_decide(&claims);
    for (size_t i = 0; i < registry_count(wish->registry); i++) {
        const struct service *service = registry_at(wish->registry, i);
        size_t told = 0;
        for (const struct instance *at = format_selects(wish, service) ? service->first : NULL; at;
             at = at->next)
            told += endpoint_of(at, &endpoint) && put_lines(&endpoint, &claims, out);
        format_note(wish->told, told);
    }
    free(claims.item);
    return 0;
}
