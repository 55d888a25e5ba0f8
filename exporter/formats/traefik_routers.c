/* SPDX-License-Identifier: MIT */
/* traefik_routers.c: routers of Traefik, of labels and of hosts, and the middlewares before a service. */
#include "exporter/formats/traefik.h"

#include <stdio.h>
#include <string.h>

#include "controller/core/text.h"

enum { PATH_PRIORITY = 1 };

/* What is more than this in a time window closes a service for a while: answers that say it is broken, or no
 * answers. */
static const char broken[] = "NetworkErrorRatio() > 0.30 || ResponseCodeRatio(500, 600, 0, 600) > 0.25";
enum { RECOVERY_MS = 10000, UNAVAILABLE = 503 };

void traefik_middlewares(struct traefik *traefik, const struct proxied *proxied)
{
    const struct spec *spec = proxied->spec;
    struct json_writer *w;
    if (spec->rate_average) {
        w = traefik_entry(traefik, TRAEFIK_MIDDLEWARES, proxied->name, "~rate-limit");
        json_key(w, "rateLimit");
        json_begin_object(w);
        json_put_number(w, "average", spec->rate_average);
        json_put_number(w, "burst", spec->rate_burst ? spec->rate_burst : spec->rate_average);
        json_end_object(w);
        json_end_object(w);
    }
    if (proxied_breaks(spec)) {
        w = traefik_entry(traefik, TRAEFIK_MIDDLEWARES, proxied->name, "~breaker");
        json_key(w, "circuitBreaker");
        json_begin_object(w);
        json_put_string(w, "expression", broken);
        traefik_put_duration(w, "fallbackDuration", spec->breaker_recovery_ms);
        traefik_put_duration(w, "recoveryDuration", RECOVERY_MS);
        if (traefik->version >= TRAEFIK_3)
            json_put_number(w, "responseCode", UNAVAILABLE);
        json_end_object(w);
        json_end_object(w);
    }
    if (proxied_retries(spec, 0)) {
        w = traefik_entry(traefik, TRAEFIK_MIDDLEWARES, proxied->name, "~retry");
        json_key(w, "retry");
        json_begin_object(w);
        json_put_number(w, "attempts", (int64_t)spec->retry_max + 1); /* Traefik counts the first one */
        if (spec->retry_delay_ms)
            traefik_put_duration(w, "initialInterval", spec->retry_delay_ms);
        json_end_object(w);
        json_end_object(w);
    }
}

static bool has_middlewares(const struct spec *spec)
{
    return spec->rate_average || proxied_breaks(spec) || proxied_retries(spec, 0) > 0;
}

static void own_middlewares_write(struct json_writer *w, const struct proxied *proxied)
{
    char name[PROXY_NAME + 16];
    const struct {
        bool wanted;
        const char *suffix;
    } rows[] = {{proxied->spec->rate_average > 0, "rate-limit"},
                {proxied_breaks(proxied->spec), "breaker"},
                {proxied_retries(proxied->spec, 0) > 0, "retry"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].wanted) {
            snprintf(name, sizeof name, "%s~%s", proxied->name, rows[i].suffix);
            json_string(w, name);
        }
}

/* What a middleware of the labels is called among ours: "quaywatch~redirect-https", told once. */
static const char *shared_middleware(struct traefik *traefik, const char *token)
{
    const char *value = strchr(token, '=');
    size_t length = value ? strlen(value) : 0;
    bool permanent = value && value[length - 1] == '!';
    char *name = arena_format(&traefik->arena, "quaywatch~%s", token);
    for (char *c = name; *c; c++)
        *c = *c == '=' || *c == '/' || *c == '!' ? '~' : *c;
    if (strings_has(&traefik->shared, name))
        return name;
    strings_add(&traefik->arena, &traefik->shared, name);
    struct json_writer *w = traefik_entry(traefik, TRAEFIK_MIDDLEWARES, name, "");
    if (!value) {
        json_key(w, "compress");
        json_begin_object(w);
        json_put_number(w, "minResponseBodyBytes", 1024); /* its default: an empty object is refused */
    } else if (strncmp(token, "strip=", 6) == 0) {
        json_key(w, "stripPrefix");
        json_begin_object(w);
        json_key(w, "prefixes");
        json_begin_array(w);
        json_string(w, value + 1);
        json_end_array(w);
    } else {
        json_key(w, "redirectScheme");
        json_begin_object(w);
        json_put_string(w, "scheme",
                        arena_copy_n(&traefik->arena, value + 1, length - 1 - (permanent ? 1 : 0)));
        if (permanent)
            json_put_bool(w, "permanent", true);
    }
    json_end_object(w);
    json_end_object(w);
    return name;
}

static void middlewares_write(struct traefik *traefik, struct json_writer *w, const struct proxied *proxied,
                              const struct proxy_router *router)
{
    bool own = !router->tcp && has_middlewares(proxied->spec);
    if (!router->middlewares && !own)
        return;
    json_key(w, "middlewares");
    json_begin_array(w);
    char *rest = arena_copy(&traefik->arena, router->middlewares);
    for (char *token; (token = text_cut(&rest, ','));)
        json_string(w, strchr(token, '@') ? token : shared_middleware(traefik, token));
    if (own)
        own_middlewares_write(w, proxied);
    json_end_array(w);
}

static void tls_write(struct json_writer *w, const struct proxy_router *router)
{
    if (!router->tls)
        return;
    bool passthrough = router->tcp && router->passthrough;
    json_key(w, "tls");
    json_begin_object(w);
    if (router->cert_resolver)
        json_put_string(w, "certResolver", router->cert_resolver);
    if (passthrough)
        json_put_bool(w, "passthrough", true);
    if (router->tls_options || (!router->cert_resolver && !passthrough))
        json_put_string(w, "options", router->tls_options ? router->tls_options : "default");
    json_end_object(w);
}

/* A router of labels, or of a host: with the same fields. */
static void router_write(struct traefik *traefik, const struct proxied *proxied,
                         const struct proxy_router *router)
{
    char *suffix = arena_format(&traefik->arena, "~%s", router->name);
    struct json_writer *w = traefik_entry(traefik, router->tcp ? TRAEFIK_TCP_ROUTERS : TRAEFIK_ROUTERS,
                                          proxied->name, suffix);
    json_put_string(w, "rule", router->rule);
    json_put_string(w, "service", proxied->name);
    if (router->entrypoints) {
        json_key(w, "entryPoints");
        json_begin_array(w);
        char *rest = arena_copy(&traefik->arena, router->entrypoints);
        for (char *entry; (entry = text_cut(&rest, ','));)
            if (*entry)
                json_string(w, entry);
        json_end_array(w);
    }
    if (router->priority)
        json_put_number(w, "priority", router->priority);
    middlewares_write(traefik, w, proxied, router);
    tls_write(w, router);
    json_end_object(w);
}

void traefik_label_routers(struct traefik *traefik, const struct proxied *proxied)
{
    for (size_t i = 0; i < proxied->spec->router_count; i++)
        if (proxied->spec->routers[i].tcp || proxied->spec->protocol != PROTOCOL_TCP)
            router_write(traefik, proxied, &proxied->spec->routers[i]);
}

/* "*.example.com" in the words of the version. */
static const char *host_rule(struct traefik *traefik, const struct route *route)
{
    if (!route->any)
        return arena_format(&traefik->arena, "Host(`%s`)", route->host);
    if (traefik->version < TRAEFIK_3)
        return arena_format(&traefik->arena, "HostRegexp(`{any:[^.]+}.%s`)", route->host + 2);
    struct buf pattern;
    buf_init(&pattern, 4096);
    route_pattern(route, &pattern);
    const char *rule = arena_format(&traefik->arena, "HostRegexp(`%s`)", buf_string(&pattern));
    buf_free(&pattern);
    return rule;
}

void traefik_host_router(struct traefik *traefik, const struct proxied *proxied, const struct route *route)
{
    /* Labels of Traefik's own say more than the hosts that were read out of them. */
    if (proxied->spec->router_count || proxied->spec->protocol == PROTOCOL_TCP)
        return;
    struct arena *arena = &traefik->arena;
    const char *host = host_rule(traefik, route);
    bool whole = strcmp(route->path, "/") == 0;
    char *name = arena_format(arena, "%s%s", route->host, whole ? "" : route->path);
    for (char *c = name; *c; c++)
        *c = *c == '/' ? '~' : *c;
    /* The longest rule comes first, and a pattern is longer than the hosts that it must not take. */
    const struct proxy_router router = {
        .name = name,
        .rule = whole ? host : arena_format(arena, "%s && PathPrefix(`%s`)", host, route->path),
        .priority = route->any ? PATH_PRIORITY + (int)strlen(route->path) : 0};
    router_write(traefik, proxied, &router);
}
