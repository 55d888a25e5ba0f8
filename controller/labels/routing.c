/* SPDX-License-Identifier: MIT */
/* routing.c: public hosts of a container, and what its proxies' labels say of them. */
#include "controller/labels/routing.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "controller/core/text.h"

static const char host_chars[] = "abcdefghijklmnopqrstuvwxyz0123456789.-_";
static const char path_chars[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/.-_";

enum { HOST_MAX_LENGTH = 253 };

static bool host_valid(const char *host)
{
    if (strncmp(host, "*.", 2) == 0)
        host += 2;
    size_t length = strlen(host);
    return length > 0 && isalnum((unsigned char)host[0]) && isalnum((unsigned char)host[length - 1]) &&
           strspn(host, host_chars) == length && !strstr(host, "..");
}

bool route_read(const char *text, char ret[static ROUTE_MAX])
{
    size_t host = strcspn(text, "/"), length = strlen(text);
    if (host > HOST_MAX_LENGTH || length >= ROUTE_MAX || strspn(text + host, path_chars) != length - host)
        return false;
    char route[HOST_MAX_LENGTH + 1] = "";
    for (size_t i = 0; i < host; i++)
        route[i] = (char)tolower((unsigned char)text[i]);
    route[host] = '\0';
    if (!host_valid(route))
        return false;
    snprintf(ret, ROUTE_MAX, "%s%s", route, strcmp(text + host, "/") != 0 ? text + host : "");
    return true;
}

static void route_add(struct arena *arena, struct strings *list, const char *text)
{
    char route[ROUTE_MAX];
    if (list->count < LIMIT_HOSTS && route_read(text, route) && !strings_has(list, route))
        strings_add(arena, list, route);
}

/* The end of a part that ends at the word stop outside quotes and brackets, or of the text. */
static char *part_end(char *text, const char *stop)
{
    int depth = 0;
    char quote = '\0';
    for (char *at = text; *at; at++) {
        if (quote)
            quote = *at == quote ? '\0' : quote;
        else if (strchr("`'\"", *at))
            quote = *at;
        else if (*at == '(' || *at == ')')
            depth += *at == '(' ? 1 : -1;
        else if (depth == 0 && strncmp(at, stop, strlen(stop)) == 0)
            return at;
    }
    return text + strlen(text);
}

/* Cuts the next part off *rest, NULL at the end. */
static char *part_cut(char **rest, const char *stop)
{
    char *part = *rest;
    if (!part)
        return NULL;
    char *end = part_end(part, stop);
    *rest = *end ? end + strlen(stop) : NULL;
    *end = '\0';
    return text_trim(part);
}

/* The quoted words of "Host(`a`, `b`)". False when it is anything else. */
static bool matcher_read(struct arena *arena, char *factor, const char *name, struct strings *ret)
{
    size_t length = strlen(name);
    if (strncmp(factor, name, length) != 0 || factor[length] != '(')
        return false;
    char *at = factor + length + 1;
    for (;;) {
        at += strspn(at, " ");
        char quote = *at;
        if (quote != '`' && quote != '"')
            return false;
        char *end = strchr(at + 1, quote);
        if (!end || ret->count >= LIMIT_HOSTS)
            return false;
        *end = '\0';
        strings_add(arena, ret, at + 1);
        at = end + 1 + strspn(end + 1, " ");
        if (*at == ')')
            return at[1] == '\0';
        if (*at++ != ',')
            return false;
    }
}

/* "Host(…) && PathPrefix(…)" with nothing else in it: each host with each path. */
static void term_read(struct arena *arena, char *term, struct strings *ret)
{
    struct strings hosts = {0}, paths = {0};
    for (char *rest = term, *factor; (factor = part_cut(&rest, "&&"));) {
        struct strings *kind = strncmp(factor, "Host", 4) == 0 ? &hosts : &paths;
        if (kind->count || !matcher_read(arena, factor, kind == &hosts ? "Host" : "PathPrefix", kind))
            return;
    }
    for (size_t i = 0; i < hosts.count; i++) {
        if (strchr(hosts.item[i], '/'))
            continue;
        if (!paths.count)
            route_add(arena, ret, hosts.item[i]);
        for (size_t k = 0; k < paths.count; k++)
            if (paths.item[k][0] == '/')
                route_add(arena, ret, arena_format(arena, "%s%s", hosts.item[i], paths.item[k]));
    }
}

void routing_rule(struct arena *arena, const char *rule, struct strings *ret)
{
    char *rest = arena_copy(arena, rule);
    for (char *term; (term = part_cut(&rest, "||"));)
        term_read(arena, term, ret);
}

/* service.hosts, else false. */
static bool hosts_said(struct resolution *r, struct strings *ret)
{
    static const char label[] = "service.hosts";
    bool override = pairs_get(&r->overrides, label) != NULL;
    const char *value = pairs_get(&r->merged, label);
    if (!value)
        return false;
    char *rest = arena_copy(r->scratch, value), route[ROUTE_MAX];
    for (char *host; (host = text_cut(&rest, ','));) {
        if (*host == '\0')
            continue;
        if (!route_read(host, route)) {
            resolution_invalid(r, label, override, host,
                               "a comma list of host names such as app.example.com, *.example.com or "
                               "example.com/api");
        } else if (ret->count == LIMIT_HOSTS) {
            resolution_too_many(r, label, LIMIT_HOSTS);
            break;
        } else {
            route_add(r->scratch, ret, route);
        }
    }
    resolution_won(r, "hosts", label, override);
    return true;
}

/* Whether Caddy's labels do nothing but pass requests on: those that Coolify writes, and their like. */
static bool caddy_harmless(const struct pair *label)
{
    static const char *const harmless[] = {"reverse_proxy", "encode", "header",     "try_files",
                                           "tls",           "log",    "handle_path"};
    const char *key = label->key + strcspn(label->key, ".");
    if (*key == '\0')
        return true; /* the address */
    const char *word = strrchr(key, '.') + 1;
    word += strspn(word, "0123456789_");
    for (size_t i = 0; i < sizeof harmless / sizeof *harmless; i++)
        if (strcmp(word, harmless[i]) == 0)
            return strcmp(word, "handle_path") == 0     ? strcmp(label->value, "/*") == 0
                   : strcmp(word, "reverse_proxy") == 0 ? strncmp(label->value, "{{", 2) == 0
                                                        : true;
    return false;
}

/* "caddy" or "caddy_<n>": a site address. */
static bool caddy_site(const char *key)
{
    if (strncmp(key, "caddy", 5) != 0)
        return false;
    key += 5;
    return *key == '\0' || (*key == '_' && key[1] != '\0' && key[1 + strspn(key + 1, "0123456789")] == '\0');
}

/* Hosts of Caddy's sites; nothing when any of the labels is not known to be harmless. */
static void caddy_routes(const struct resolution *r, struct strings *ret)
{
    const struct pairs *labels = &r->merged;
    for (size_t i = 0; i < labels->count; i++)
        if (strncmp(labels->item[i].key, "caddy", 5) == 0 &&
            strcmp(labels->item[i].key, "caddy_ingress_network") != 0 && !caddy_harmless(&labels->item[i]))
            return;
    for (size_t i = 0; i < labels->count; i++) {
        if (!caddy_site(labels->item[i].key))
            continue;
        char *save, *copy = arena_copy(r->scratch, labels->item[i].value);
        for (char *word = strtok_r(copy, ", ", &save); word; word = strtok_r(NULL, ", ", &save)) {
            char *scheme = strstr(word, "://"), *host = scheme ? scheme + 3 : word;
            size_t length = strcspn(host, ":/");
            const char *path = host + length + strcspn(host + length, "/");
            if (*path == '\0' || strcmp(path, "/") == 0)
                route_add(r->scratch, ret, arena_copy_n(r->scratch, host, length));
        }
    }
}

static bool switched_off(const struct pairs *labels)
{
    bool on = true;
    for (size_t i = 0; i < labels->count; i++)
        if (strcasecmp(labels->item[i].key, "traefik.enable") == 0 &&
            text_bool(labels->item[i].value, &on) == 0)
            return !on;
    return false;
}

/* In as little room as they need: there may be ten thousand of these. */
static void hosts_keep(struct spec *spec, struct strings *hosts)
{
    if (!hosts->count)
        return;
    strings_sort(hosts);
    spec->hosts.item = arena_new(&spec->arena, hosts->count * sizeof *hosts->item);
    spec->hosts.count = hosts->count;
    for (size_t i = 0; i < hosts->count; i++)
        spec->hosts.item[i] = arena_copy(&spec->arena, hosts->item[i]);
}

/* Whether requests reach the container under another path: other proxies are not told to do that. */
static bool rewrites(const struct proxy_router *router)
{
    return router->middlewares && strstr(router->middlewares, "strip=");
}

void routing_fill(struct resolution *r)
{
    struct spec *spec = r->spec;
    struct strings hosts = {0};
    spec->unproxied = switched_off(&r->merged);
    if (!hosts_said(r, &hosts)) {
        bool open = traefik_routers(r);
        for (size_t i = 0; open && i < spec->router_count; i++)
            if (!spec->routers[i].tcp && !rewrites(&spec->routers[i]))
                routing_rule(r->scratch, spec->routers[i].rule, &hosts);
        if (open && !spec->router_count)
            caddy_routes(r, &hosts);
        if (hosts.count)
            resolution_won(r, "hosts", spec->router_count ? "traefik" : "caddy", false);
    }
    hosts_keep(spec, &hosts);
}
