/* SPDX-License-Identifier: MIT */
/* proxied.c: services, instances and routes as all formats for proxies tell them. */
#include "exporter/formats/proxied.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/hash.h"
#include "controller/core/registry.h"
#include "controller/core/text.h"

enum { PATH_LONGEST = 512 };

/* The first instance that proxies may tell of, or NULL. */
static const struct spec *leading_spec(const struct service *service)
{
    for (const struct instance *at = service->first; at; at = at->next)
        if (!at->spec->unproxied)
            return at->spec;
    return NULL;
}

bool proxied_endpoint(const struct proxied *proxied, const struct instance *instance, struct endpoint *ret)
{
    unsigned char bytes[16];
    return !instance->spec->unproxied && endpoint_of(instance, ret) && ret->port &&
           ret->protocol == proxied->spec->protocol &&
           inet_pton(ret->ipv6 ? AF_INET6 : AF_INET, ret->address, bytes) == 1;
}

size_t proxied_count(const struct proxied *proxied)
{
    size_t count = 0;
    struct endpoint endpoint;
    for (const struct instance *at = proxied->service->first; at; at = at->next)
        count += proxied_endpoint(proxied, at, &endpoint);
    return count;
}

void proxied_note(const struct proxied_list *list, const struct proxied *proxied)
{
    if (list->told)
        format_note(list->told, proxied_count(proxied));
}

void proxied_address(const struct endpoint *endpoint, struct buf *out)
{
    buf_format(out, endpoint->ipv6 ? "[%s]:%d" : "%s:%d", endpoint->address, endpoint->port);
}

static bool word_plain(const char *text, const char *more)
{
    for (const char *c = text; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr("._-", *c) && !strchr(more, *c))
            return false;
    return *text != '\0' && strlen(text) <= PATH_LONGEST;
}

const char *proxied_check_path(const struct spec *spec)
{
    bool http = spec->protocol == PROTOCOL_HTTP || spec->protocol == PROTOCOL_HTTPS;
    if (!http || spec->check != CHECK_HTTP || spec->health_headers.count || spec->health_body ||
        !spec->health_path || spec->health_path[0] != '/' || !word_plain(spec->health_path, "/~?=&+,;") ||
        (spec->health_method && !word_plain(spec->health_method, "")))
        return NULL;
    return spec->health_path;
}

bool proxied_breaks(const struct spec *spec)
{
    static const char *const fields[] = {"breaker.failure_threshold", "breaker.recovery_timeout",
                                         "breaker.success_threshold", "breaker.window"};
    bool said = false;
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        said |= pairs_get(&spec->sources, fields[i]) != NULL;
    return said && spec->breaker_enabled;
}

unsigned proxied_retries(const struct spec *spec, unsigned otherwise)
{
    bool said = pairs_get(&spec->sources, "retry.max") || pairs_get(&spec->sources, "retry.base_delay");
    return said ? spec->retry_max : otherwise;
}

int64_t proxied_timeout(const struct spec *spec, int64_t otherwise_ms)
{
    return pairs_get(&spec->sources, "timeout") ? spec->call_timeout_ms : otherwise_ms;
}

const char *proxied_tls_name(const struct proxied *proxied)
{
    const char *name = proxied->spec->tls_name ? proxied->spec->tls_name : proxied->service->name;
    return text_is_host(name) ? name : NULL;
}

static int name_compare(const void *a, const void *b)
{
    const struct proxied *const *x = a, *const *y = b;
    int order = strcmp((*x)->name, (*y)->name);
    return order ? order : strcmp((*x)->service->name, (*y)->service->name);
}

/* Takes those out whose name another one has already: a configuration with one name twice is refused as a
 * whole. */
static void names_part(struct proxied_list *list)
{
    if (list->count < 2)
        return;
    struct proxied **order = mem_resize(NULL, list->count, sizeof *order);
    for (size_t i = 0; i < list->count; i++)
        order[i] = &list->item[i];
    qsort(order, list->count, sizeof *order, name_compare);
    const struct proxied *kept = order[0];
    for (size_t i = 1; i < list->count; i++)
        if (strcmp(order[i]->name, kept->name) == 0)
            order[i]->spec = NULL;
        else
            kept = order[i];
    free(order);
    size_t count = 0;
    for (size_t i = 0; i < list->count; i++)
        if (list->item[i].spec)
            list->item[count++] = list->item[i];
    list->count = count;
}

/* A name with capitals is written small, with a hash of what it was. */
bool proxied_of(const struct service *service, struct proxied *ret)
{
    *ret = (struct proxied){.service = service, .spec = leading_spec(service)};
    proxy_service_name(service->name, ret->name);
    return ret->spec != NULL;
}

static void name_fold(struct proxied *one)
{
    static const char capitals[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    char small[PROXY_NAME];
    if (!strpbrk(one->name, capitals))
        return;
    uint64_t hash = hash_text(HASH_START, one->service->name);
    snprintf(small, sizeof small, "%.*s-%016" PRIx64, PROXY_NAME - 18, one->name, hash);
    for (char *c = small; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    memcpy(one->name, small, sizeof small);
}

static void services_collect(const struct format_wish *wish, bool fold, struct proxied_list *list)
{
    size_t all = registry_count(wish->registry);
    list->item = mem_resize(NULL, all + 1, sizeof *list->item);
    for (size_t i = 0; i < all; i++) {
        const struct service *service = registry_at(wish->registry, i);
        struct proxied *one = &list->item[list->count];
        if (!proxied_of(service, one) || !format_selects(wish, service))
            continue;
        list->count++;
        if (fold)
            name_fold(one);
    }
    names_part(list);
}

static void route_read(struct proxied_list *list, const char *text, size_t proxied)
{
    const char *slash = strchr(text, '/');
    char *host = slash ? arena_copy_n(&list->arena, text, (size_t)(slash - text))
                       : arena_copy(&list->arena, text);
    bool any = strncmp(host, "*.", 2) == 0;
    /* The labels' reader lets no other through; what an instance has by another way is looked at here. */
    if (!word_plain(any ? host + 2 : host, "") || (slash && !word_plain(slash, "/")))
        return;
    const char *dot = strchr(host, '.');
    list->route[list->route_count++] = (struct route){.host = host,
                                                      .path = slash ? arena_copy(&list->arena, slash) : "/",
                                                      .parent = dot ? (size_t)(dot - host) + 1 : strlen(host),
                                                      .any = any,
                                                      .proxied = proxied};
}

static int route_compare(const void *a, const void *b)
{
    const struct route *x = a, *y = b;
    int order = strcmp(x->host + x->parent, y->host + y->parent);
    if (order || x->any != y->any)
        return order ? order : x->any - y->any;
    if ((order = strcmp(x->host, y->host)))
        return order;
    /* Backwards: what begins with another path stands right before it. */
    if ((order = strcmp(y->path, x->path)))
        return order;
    return (x->proxied > y->proxied) - (x->proxied < y->proxied);
}

bool route_same_host(const struct route *a, const struct route *b)
{
    return strcmp(a->host, b->host) == 0;
}

static void routes_collect(struct proxied_list *list)
{
    size_t most = 0;
    for (size_t i = 0; i < list->count; i++)
        for (const struct instance *at = list->item[i].service->first; at; at = at->next)
            most += at->spec->hosts.count;
    list->route = mem_resize(NULL, most + 1, sizeof *list->route);
    for (size_t i = 0; i < list->count; i++)
        for (const struct instance *at = list->item[i].service->first; at; at = at->next)
            for (size_t k = 0; !at->spec->unproxied && k < at->spec->hosts.count; k++)
                route_read(list, at->spec->hosts.item[k], i);
    qsort(list->route, list->route_count, sizeof *list->route, route_compare);
    size_t count = 0;
    for (size_t i = 0; i < list->route_count; i++) {
        const struct route *kept = count ? &list->route[count - 1] : NULL;
        if (!kept || !route_same_host(kept, &list->route[i]) || strcmp(kept->path, list->route[i].path) != 0)
            list->route[count++] = list->route[i];
    }
    list->route_count = count;
}

void proxied_collect(const struct format_wish *wish, bool fold, struct proxied_list *ret)
{
    *ret = (struct proxied_list){.told = wish->told};
    services_collect(wish, fold, ret);
    routes_collect(ret);
}

void proxied_free(struct proxied_list *list)
{
    free(list->item);
    free(list->route);
    arena_free(&list->arena);
}

void route_pattern(const struct route *route, struct buf *out)
{
    buf_text(out, route->any ? "^[^.]+" : "^");
    for (const char *c = route->any ? route->host + 1 : route->host; *c; c++)
        buf_format(out, *c == '.' ? "\\%c" : "%c", *c);
    buf_text(out, "$");
}

void proxied_preface(const char *format, struct buf *out)
{
    buf_format(out, "# Services for %s, written by quaywatch: changes made here are lost.\n", format);
}
