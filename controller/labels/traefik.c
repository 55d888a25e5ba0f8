/* SPDX-License-Identifier: MIT */
/* traefik.c: the routers of Traefik's docker labels, as far as they can be told without changing what they
 * mean. */
#include "controller/labels/routing.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "controller/core/text.h"

enum { RULE_MAX = 1024, WORD_MAX = 256, PRIORITY_MAX = 1000000000 };

/* A router's labels, still as they stand there. */
struct draft {
    const char *name; /* name_length bytes */
    size_t name_length;
    const char *rule, *entrypoints, *middlewares, *service, *priority, *cert_resolver, *tls_options;
    bool tcp, tls, passthrough;
};

/* What follows prefix in text, whatever the case; NULL when it does not begin so. */
static const char *behind(const char *text, const char *prefix)
{
    size_t length = strlen(prefix);
    return strncasecmp(text, prefix, length) == 0 ? text + length : NULL;
}

static bool on(const char *value)
{
    bool ret;
    return text_bool(value, &ret) == 0 && ret;
}

static bool is_words(const char *text, const char *more)
{
    for (const char *c = text; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr("_.-", *c) && !strchr(more, *c))
            return false;
    return *text != '\0' && strlen(text) <= WORD_MAX;
}

static bool is_line(const char *text)
{
    for (const char *c = text; *c; c++)
        if (iscntrl((unsigned char)*c))
            return false;
    return *text != '\0' && strlen(text) <= RULE_MAX;
}

/* The draft of that name among count; a new one, or NULL when there are too many. */
static struct draft *draft_of(struct draft *drafts, size_t *count, bool tcp, const char *name, size_t length)
{
    for (size_t i = 0; i < *count; i++)
        if (drafts[i].tcp == tcp && drafts[i].name_length == length &&
            strncasecmp(drafts[i].name, name, length) == 0)
            return &drafts[i];
    if (*count == LIMIT_ROUTERS)
        return NULL;
    drafts[*count] = (struct draft){.name = name, .name_length = length, .tcp = tcp};
    return &drafts[(*count)++];
}

static void draft_fill(struct draft *draft, const char *field, const char *value)
{
    const struct {
        const char *field;
        const char **member;
    } texts[] = {{"rule", &draft->rule},
                 {"entrypoints", &draft->entrypoints},
                 {"middlewares", &draft->middlewares},
                 {"service", &draft->service},
                 {"priority", &draft->priority},
                 {"tls.certresolver", &draft->cert_resolver},
                 {"tls.options", &draft->tls_options}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (strcasecmp(texts[i].field, field) == 0)
            *texts[i].member = value;
    if (strcasecmp(field, "tls.passthrough") == 0)
        draft->passthrough = on(value);
    draft->tls |= strcasecmp(field, "tls") == 0 ? on(value) : behind(field, "tls.") != NULL;
}

/* *guards is set when there are more than are read. */
static size_t drafts_read(const struct pairs *labels, struct draft *drafts, bool *guards)
{
    size_t count = 0;
    for (size_t i = 0; i < labels->count; i++) {
        const char *name = behind(labels->item[i].key, "traefik.http.routers.");
        bool tcp = !name;
        if (tcp)
            name = behind(labels->item[i].key, "traefik.tcp.routers.");
        const char *dot = name ? strchr(name, '.') : NULL;
        if (!dot || dot == name)
            continue;
        struct draft *draft = draft_of(drafts, &count, tcp, name, (size_t)(dot - name));
        if (draft)
            draft_fill(draft, dot + 1, labels->item[i].value);
        else
            *guards = true;
    }
    return count;
}

/* Whether a router leads to the port that is told. */
static bool leads_here(const struct resolution *r, const struct draft *draft)
{
    const char *prefix = draft->tcp ? "traefik.tcp.services." : "traefik.http.services.";
    for (size_t i = 0; i < r->merged.count; i++) {
        const struct pair *label = &r->merged.item[i];
        const char *name = behind(label->key, prefix), *dot = name ? strchr(name, '.') : NULL;
        int64_t port;
        if (!dot || strcasecmp(dot, ".loadbalancer.server.port") != 0 ||
            text_number(label->value, 1, 65535, &port) < 0)
            continue;
        if (!draft->service || (strlen(draft->service) == (size_t)(dot - name) &&
                                strncasecmp(draft->service, name, (size_t)(dot - name)) == 0))
            return port == r->spec->port;
    }
    return !draft->service || !strchr(draft->service, '@');
}

/* What the container's labels define under a middleware's name. */
struct middleware {
    const char *scheme, *prefixes;
    bool permanent, compress;
    bool other, guards; /* something else; something that may keep somebody out */
};

static void middleware_fill(struct middleware *found, const char *field, const char *value)
{
    static const char *const open[] = {"headers.",        "retry.",       "ratelimit.",   "circuitbreaker.",
                                       "buffering.",      "inflightreq.", "contenttype.", "redirectregex.",
                                       "redirectscheme.", "compress."};
    if (strcasecmp(field, "compress") == 0)
        found->compress = on(value);
    else if (strcasecmp(field, "redirectscheme.scheme") == 0)
        found->scheme = value;
    else if (strcasecmp(field, "redirectscheme.permanent") == 0)
        found->permanent = on(value);
    else if (strcasecmp(field, "stripprefix.prefixes") == 0)
        found->prefixes = value;
    else {
        bool harmless = false;
        for (size_t i = 0; i < sizeof open / sizeof *open; i++)
            harmless |= behind(field, open[i]) != NULL;
        found->other = true;
        found->guards |= !harmless;
    }
}

/* One name of a router's list as proxy_router has it; *guards is set when it may keep somebody out. */
static const char *middleware_token(struct resolution *r, const char *name, bool tcp, bool *guards)
{
    const char *at = strchr(name, '@');
    if (at && strcmp(at, "@docker") != 0) {
        *guards = true;
        return name;
    }
    const char *bare = at ? arena_copy_n(r->scratch, name, (size_t)(at - name)) : name;
    const char *prefix = arena_format(r->scratch, "traefik.%s.middlewares.%s.", tcp ? "tcp" : "http", bare);
    struct middleware found = {0};
    bool any = false;
    for (size_t i = 0; i < r->merged.count; i++) {
        const char *field = behind(r->merged.item[i].key, prefix);
        if (field)
            middleware_fill(&found, field, r->merged.item[i].value);
        any |= field != NULL;
    }
    bool strip = found.prefixes && found.prefixes[0] == '/' && is_words(found.prefixes, "/");
    bool redirect = found.scheme && is_words(found.scheme, "");
    *guards |= !any || found.guards || (found.prefixes && !strip);
    if (!found.other && found.compress && !found.scheme && !found.prefixes)
        return "compress";
    if (!found.other && !found.compress && redirect && !found.prefixes)
        return arena_format(r->scratch, "redirect=%s%s", found.scheme, found.permanent ? "!" : "");
    if (!found.other && !found.compress && !found.scheme && strip)
        return arena_format(r->scratch, "strip=%s", found.prefixes);
    return arena_format(r->scratch, "%s@docker", bare);
}

/* The list of a router; false when it cannot be told. */
static bool middlewares_read(struct resolution *r, const struct draft *draft, const char **ret, bool *guards)
{
    char *rest = arena_copy(r->scratch, draft->middlewares);
    const char *list = NULL;
    for (char *name; (name = text_cut(&rest, ','));) {
        if (!is_words(name, "@")) {
            *guards = true;
            return false;
        }
        const char *token = middleware_token(r, name, draft->tcp, guards);
        list = list ? arena_format(r->scratch, "%s,%s", list, token) : token;
    }
    *ret = arena_copy(&r->spec->arena, list);
    return true;
}

/* False when it cannot be told, or leads elsewhere. */
static bool router_read(struct resolution *r, const struct draft *draft, struct proxy_router *ret,
                        bool *guards)
{
    struct arena *arena = &r->spec->arena;
    int64_t priority = 0;
    *ret = (struct proxy_router){.tcp = draft->tcp, .tls = draft->tls, .passthrough = draft->passthrough};
    *guards |= draft->tls_options && strcmp(draft->tls_options, "default") != 0;
    if (!middlewares_read(r, draft, &ret->middlewares, guards))
        return false;
    const char *name = arena_copy_n(r->scratch, draft->name, draft->name_length);
    if (!draft->rule || !is_line(draft->rule) || !is_words(name, "") || !leads_here(r, draft) ||
        (draft->entrypoints && !is_words(draft->entrypoints, ", ")) ||
        (draft->cert_resolver && !is_words(draft->cert_resolver, "")) ||
        (draft->tls_options && !is_words(draft->tls_options, "@")) ||
        (draft->priority && text_number(draft->priority, 0, PRIORITY_MAX, &priority) < 0))
        return false;
    ret->priority = (int)priority;
    ret->name = arena_copy(arena, name);
    ret->rule = arena_copy(arena, draft->rule);
    ret->entrypoints = arena_copy(arena, draft->entrypoints);
    ret->cert_resolver = arena_copy(arena, draft->cert_resolver);
    bool bare = draft->tls_options && !strchr(draft->tls_options, '@') &&
                strcmp(draft->tls_options, "default") != 0;
    ret->tls_options = bare ? arena_format(arena, "%s@docker", draft->tls_options)
                            : arena_copy(arena, draft->tls_options);
    return true;
}

static int router_compare(const void *a, const void *b)
{
    const struct proxy_router *x = a, *y = b;
    return x->tcp != y->tcp ? x->tcp - y->tcp : strcmp(x->name, y->name);
}

bool traefik_routers(struct resolution *r)
{
    struct draft drafts[LIMIT_ROUTERS];
    struct proxy_router routers[LIMIT_ROUTERS];
    struct spec *spec = r->spec;
    bool guards = false;
    size_t count = drafts_read(&r->merged, drafts, &guards);
    for (size_t i = 0; i < count; i++)
        spec->router_count += router_read(r, &drafts[i], &routers[spec->router_count], &guards);
    if (spec->router_count) {
        spec->routers = arena_new(&spec->arena, spec->router_count * sizeof *routers);
        memcpy(spec->routers, routers, spec->router_count * sizeof *routers);
        qsort(spec->routers, spec->router_count, sizeof *routers, router_compare);
    }
    return !guards;
}
