/* SPDX-License-Identifier: MIT */
/* format_caddy.c: Caddy's configuration as JSON: one server on port 80 that leads to services by host. */
#include "exporter/formats/format.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/error.h"
#include "controller/core/json_writer.h"
#include "controller/core/text.h"
#include "exporter/formats/caddy.h"

struct caddy_shares caddy_shares(const struct proxied *proxied)
{
    struct caddy_shares shares = {0};
    struct endpoint endpoint;
    for (const struct instance *at = proxied->service->first; at; at = at->next) {
        if (!proxied_endpoint(proxied, at, &endpoint))
            continue;
        shares.divisor = common_divisor(endpoint.weight, shares.divisor);
        shares.total += endpoint.weight;
        shares.count++;
    }
    return shares;
}

unsigned caddy_repeat(const struct caddy_shares *shares, unsigned weight)
{
    if (shares->count > CADDY_NAMES_MOST / 2)
        return 1;
    if (shares->total / shares->divisor <= CADDY_NAMES_MOST)
        return weight / shares->divisor;
    size_t share = weight * (size_t)(CADDY_NAMES_MOST - shares->count) / shares->total;
    return share ? (unsigned)share : 1;
}

int caddy_expects(const struct spec *spec)
{
    int64_t status;
    const char *statuses = spec->health_status ? spec->health_status : "200-299";
    if (!proxied_check_path(spec) || (spec->health_method && strcmp(spec->health_method, "GET") != 0))
        return 0;
    if (text_number(statuses, 100, 599, &status) == 0)
        return (int)status;
    return strcmp(statuses, "200-299") == 0 ? 2 : 0;
}

static void put_ms(struct json_writer *w, const char *key, int64_t ms)
{
    char text[32];
    snprintf(text, sizeof text, "%lldms", (long long)ms);
    json_put_string(w, key, text);
}

void caddy_upstreams_write(struct json_writer *w, const struct proxied *proxied)
{
    struct caddy_shares shares = caddy_shares(proxied);
    struct endpoint endpoint;
    struct buf address;
    buf_init(&address, 128);
    json_begin_array(w);
    for (const struct instance *at = proxied->service->first; at; at = at->next) {
        if (!proxied_endpoint(proxied, at, &endpoint))
            continue;
        buf_clear(&address);
        proxied_address(&endpoint, &address);
        for (unsigned i = caddy_repeat(&shares, endpoint.weight); i > 0; i--) {
            json_begin_object(w);
            json_put_string(w, "dial", buf_string(&address));
            json_end_object(w);
        }
    }
    json_end_array(w);
    buf_free(&address);
}

static void transport_write(struct json_writer *w, const struct proxied *proxied)
{
    const struct spec *spec = proxied->spec;
    json_key(w, "transport");
    json_begin_object(w);
    json_put_string(w, "protocol", "http");
    put_ms(w, "dial_timeout", CADDY_CONNECT_MS);
    if (proxied_timeout(spec, 0))
        put_ms(w, "response_header_timeout", proxied_timeout(spec, 0));
    if (spec->protocol == PROTOCOL_HTTPS) {
        const char *name = proxied_tls_name(proxied);
        json_key(w, "tls");
        json_begin_object(w);
        if (name)
            json_put_string(w, "server_name", name);
        if (!spec->tls_verify)
            json_put_bool(w, "insecure_skip_verify", true);
        json_end_object(w);
    }
    if (spec->protocol == PROTOCOL_GRPC) {
        json_key(w, "versions");
        json_begin_array(w);
        json_string(w, "h2c");
        json_string(w, "2");
        json_end_array(w);
    }
    json_end_object(w);
}

static void checks_write(struct json_writer *w, const struct spec *spec)
{
    int expects = caddy_expects(spec);
    bool breaks = proxied_breaks(spec);
    if (!expects && !breaks)
        return;
    json_key(w, "health_checks");
    json_begin_object(w);
    if (expects) {
        json_key(w, "active");
        json_begin_object(w);
        json_put_string(w, "uri", proxied_check_path(spec));
        if (spec->health_port && spec->health_port != spec->port)
            json_put_number(w, "port", spec->health_port);
        put_ms(w, "interval", spec->interval_ms);
        put_ms(w, "timeout", spec->timeout_ms);
        json_put_number(w, "expect_status", expects);
        json_end_object(w);
    }
    if (breaks) {
        json_key(w, "passive");
        json_begin_object(w);
        json_put_number(w, "max_fails", spec->breaker_failures);
        put_ms(w, "fail_duration", spec->breaker_recovery_ms);
        json_end_object(w);
    }
    json_end_object(w);
}

static void handler_write(struct json_writer *w, const struct proxied *proxied)
{
    json_begin_object(w);
    json_put_string(w, "@id", proxied->name);
    json_put_string(w, "handler", "reverse_proxy");
    json_key(w, "upstreams");
    caddy_upstreams_write(w, proxied);
    json_key(w, "load_balancing");
    json_begin_object(w);
    json_key(w, "selection_policy");
    json_begin_object(w);
    json_put_string(w, "policy", "round_robin");
    json_end_object(w);
    json_put_number(w, "retries", proxied_retries(proxied->spec, CADDY_RETRIES));
    json_end_object(w);
    checks_write(w, proxied->spec);
    transport_write(w, proxied);
    json_end_object(w);
}

static void put_list(struct json_writer *w, const char *key, const char *text)
{
    json_key(w, key);
    json_begin_array(w);
    json_string(w, text);
    json_end_array(w);
}

/* "/api" takes what begins so. */
static void put_path(struct json_writer *w, const char *path)
{
    char pattern[1024];
    if (strcmp(path, "/") == 0)
        return;
    snprintf(pattern, sizeof pattern, "%s*", path);
    put_list(w, "path", pattern);
}

/* A list of matchers that is begun when it has something to hold. */
struct exceptions {
    struct json_writer *w;
    bool any;
};

static void exception_write(struct exceptions *exceptions, const struct route *route,
                            const struct route *other)
{
    struct json_writer *w = exceptions->w;
    if (other->proxied == route->proxied)
        return;
    if (!exceptions->any) {
        json_key(w, "not");
        json_begin_array(w);
    }
    exceptions->any = true;
    json_begin_object(w);
    if (!route_same_host(route, other))
        put_list(w, "host", other->host);
    put_path(w, other->path);
    json_end_object(w);
}

static bool same_parent(const struct route *a, const struct route *b)
{
    return strcmp(a->host + a->parent, b->host + b->parent) == 0;
}

/* Caddy takes the first route that fits, and a service is one route: what others have more exactly is taken
 * out of it, so that the order of routes means nothing. */
static void exceptions_write(struct json_writer *w, const struct proxied_list *list, size_t at)
{
    const struct route *route = &list->route[at];
    struct exceptions exceptions = {.w = w};
    size_t i = at, path = strcmp(route->path, "/") == 0 ? 0 : strlen(route->path);
    for (; i > 0 && route_same_host(route, &list->route[i - 1]); i--)
        if (strncmp(list->route[i - 1].path, route->path, path) == 0)
            exception_write(&exceptions, route, &list->route[i - 1]);
        else if (!route->any)
            break;
    for (; route->any && i > 0 && same_parent(route, &list->route[i - 1]); i--)
        if (!list->route[i - 1].any)
            exception_write(&exceptions, route, &list->route[i - 1]);
    if (exceptions.any)
        json_end_array(w);
}

static void route_write(struct json_writer *w, const struct proxied_list *list, const size_t *routes,
                        size_t count)
{
    json_begin_object(w);
    json_key(w, "match");
    json_begin_array(w);
    for (size_t i = 0; i < count; i++) {
        const struct route *route = &list->route[routes[i]];
        json_begin_object(w);
        put_list(w, "host", route->host);
        put_path(w, route->path);
        exceptions_write(w, list, routes[i]);
        json_end_object(w);
    }
    json_end_array(w);
    json_key(w, "handle");
    json_begin_array(w);
    handler_write(w, &list->item[list->route[routes[0]].proxied]);
    json_end_array(w);
    json_put_bool(w, "terminal", true);
    json_end_object(w);
}

/* Each service that a route leads to, in order of name. */
static void routes_write(struct json_writer *w, const struct proxied_list *list)
{
    size_t *order = mem_resize(NULL, list->route_count + 1, sizeof *order);
    size_t *first = mem_new((list->count + 1) * sizeof *first);
    for (size_t i = 0; i < list->route_count; i++)
        first[list->route[i].proxied]++;
    size_t sum = 0;
    for (size_t i = 0; i <= list->count; i++)
        first[i] = sum += i < list->count ? first[i] : 0;
    /* first[i] is where those of i end; each that is put before it moves it down to where they begin. */
    for (size_t i = list->route_count; i > 0; i--)
        order[--first[list->route[i - 1].proxied]] = i - 1;
    for (size_t i = 0; i < list->count; i++)
        if (first[i + 1] > first[i] && list->item[i].spec->protocol != PROTOCOL_TCP) {
            route_write(w, list, &order[first[i]], first[i + 1] - first[i]);
            proxied_note(list, &list->item[i]);
        }
    free(first);
    free(order);
}

/* What no service wants: Caddy by itself answers 200 with nothing. */
static void nowhere_write(struct json_writer *w)
{
    json_begin_object(w);
    json_key(w, "handle");
    json_begin_array(w);
    json_begin_object(w);
    json_put_string(w, "handler", "static_response");
    json_put_number(w, "status_code", 404);
    json_end_object(w);
    json_end_array(w);
    json_end_object(w);
}

static void json_form(const struct proxied_list *list, struct buf *out)
{
    struct json_writer w;
    json_start(&w, out);
    json_begin_object(&w);
    json_key(&w, "apps");
    json_begin_object(&w);
    json_key(&w, "http");
    json_begin_object(&w);
    json_key(&w, "servers");
    json_begin_object(&w);
    json_key(&w, "quaywatch");
    json_begin_object(&w);
    put_list(&w, "listen", ":80");
    json_key(&w, "automatic_https");
    json_begin_object(&w);
    json_put_bool(&w, "disable", true);
    json_end_object(&w);
    json_key(&w, "routes");
    json_begin_array(&w);
    routes_write(&w, list);
    nowhere_write(&w);
    json_end_array(&w);
    for (int i = 0; i < 5; i++)
        json_end_object(&w);
    buf_text(out, "\n");
}

int format_caddy(const struct format_wish *wish, struct buf *out, struct error *err)
{
    bool whole = !wish->version || !wish->version[0] || strcmp(wish->version, "json") == 0;
    if (!whole && strcmp(wish->version, "caddyfile") != 0)
        return error_set(err, -EINVAL,
                         "The version \"%.16s\" of caddy is not known; allowed are json and caddyfile",
                         wish->version);
    struct proxied_list list;
    proxied_collect(wish, false, &list);
    if (whole)
        json_form(&list, out);
    else
        caddyfile_write(&list, out);
    proxied_free(&list);
    return 0;
}
