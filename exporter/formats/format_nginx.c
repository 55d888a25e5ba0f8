/* SPDX-License-Identifier: MIT */
/* format_nginx.c: upstreams for nginx, and servers that lead to them by host; included in its http block, or
 * what speaks TCP in its stream block. */
#include "exporter/formats/format.h"

#include <errno.h>
#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/error.h"
#include "exporter/formats/proxied.h"

enum { FAILS = 2, PAUSE_S = 5, CONNECT_S = 5, ANSWER_MS = 60000, ZONE_KB = 64, IDLE_CONNECTIONS = 16 };

/* nginx finds names by a hash whose buckets are 64 bytes wide unless it is told otherwise, which can be said
 * once only: longer names are written as patterns. */
enum { NAME_HASHED = 40 };

enum part { PART_ALL, PART_UPSTREAMS, PART_STREAM };

static int part_read(const char *wished, enum part *ret, struct error *err)
{
    *ret = PART_ALL;
    if (!wished || !wished[0])
        return 0;
    if (strcmp(wished, "upstreams") == 0)
        *ret = PART_UPSTREAMS;
    else if (strcmp(wished, "stream") == 0)
        *ret = PART_STREAM;
    else
        return error_set(err, -EINVAL,
                         "The version \"%.16s\" of nginx is not known; allowed are none (upstreams and "
                         "servers), upstreams (these alone) and stream (upstreams that speak TCP)",
                         wished);
    return 0;
}

/* A server takes about a kilobyte of its zone. */
static size_t zone_kb(size_t servers)
{
    size_t pages = (servers * 2 + 3) / 4 * 4;
    return pages + 32 > ZONE_KB ? pages + 32 : ZONE_KB;
}

/* Without any server it answers 502: nginx refuses an upstream that has none. */
static void upstream_write(const struct proxied *proxied, bool stream, struct buf *out)
{
    const struct spec *spec = proxied->spec;
    struct endpoint endpoint;
    bool breaks = proxied_breaks(spec);
    size_t count = proxied_count(proxied);
    buf_format(out, "\nupstream %s {\n    zone %s %zuk;\n", proxied->name, proxied->name, zone_kb(count));
    for (const struct instance *at = proxied->service->first; at; at = at->next) {
        if (!proxied_endpoint(proxied, at, &endpoint))
            continue;
        buf_text(out, "    server ");
        proxied_address(&endpoint, out);
        buf_format(out, " weight=%u max_fails=%u fail_timeout=%llds;\n", endpoint.weight,
                   breaks ? spec->breaker_failures : FAILS,
                   (long long)(breaks ? (spec->breaker_recovery_ms + 999) / 1000 : PAUSE_S));
    }
    if (!count)
        buf_text(out, "    server 127.0.0.1:1 down;\n");
    if (!stream)
        buf_format(out, "    keepalive %d;\n", IDLE_CONNECTIONS);
    buf_text(out, "}\n");
    if (!stream && spec->rate_average)
        buf_format(out, "limit_req_zone $binary_remote_addr zone=%s~rate:1m rate=%ur/s;\n", proxied->name,
                   spec->rate_average);
}

static void tls_write(const struct proxied *proxied, struct buf *out)
{
    const struct spec *spec = proxied->spec;
    const char *name = proxied_tls_name(proxied);
    if (spec->protocol != PROTOCOL_HTTPS || !name)
        return;
    buf_format(out, "        proxy_ssl_server_name on;\n        proxy_ssl_name %s;\n", name);
    if (spec->tls_verify)
        buf_text(out, "        proxy_ssl_verify on;\n"
                      "        proxy_ssl_trusted_certificate /etc/ssl/certs/ca-certificates.crt;\n");
}

static void location_write(const struct proxied *proxied, const char *path, struct buf *out)
{
    const struct spec *spec = proxied->spec;
    long long timeout = (long long)proxied_timeout(spec, ANSWER_MS);
    buf_format(out,
               "    location %s {\n"
               "        proxy_pass %s://%s;\n"
               "        proxy_read_timeout %lldms;\n"
               "        proxy_send_timeout %lldms;\n",
               path, spec->protocol == PROTOCOL_HTTPS ? "https" : "http", proxied->name, timeout, timeout);
    if (proxied_retries(spec, 0))
        buf_format(out, "        proxy_next_upstream_tries %u;\n", proxied_retries(spec, 0) + 1);
    tls_write(proxied, out);
    if (spec->rate_average)
        buf_format(out, "        limit_req zone=%s~rate burst=%u nodelay;\n        limit_req_status 429;\n",
                   proxied->name, spec->rate_burst ? spec->rate_burst : spec->rate_average);
    buf_text(out, "    }\n");
}

static bool is_http(const struct proxied *proxied)
{
    return proxied->spec->protocol == PROTOCOL_HTTP || proxied->spec->protocol == PROTOCOL_HTTPS;
}

static void server_open(const struct route *route, struct buf *out)
{
    buf_text(out, "\nserver {\n    listen 80;\n    server_name ");
    if (route->any || strlen(route->host) > NAME_HASHED) {
        buf_text(out, "\"~");
        route_pattern(route, out);
        buf_text(out, "\"");
    } else {
        buf_text(out, route->host);
    }
    buf_format(out,
               ";\n"
               "    proxy_http_version 1.1;\n"
               "    proxy_set_header Host $host;\n"
               "    proxy_set_header X-Real-IP $remote_addr;\n"
               "    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;\n"
               "    proxy_set_header X-Forwarded-Proto $scheme;\n"
               "    proxy_set_header Upgrade $http_upgrade;\n"
               "    proxy_set_header Connection $quaywatch_connection;\n"
               "    proxy_connect_timeout %ds;\n",
               CONNECT_S);
}

/* The first of a port's servers is the one for hosts that no other has: it must not be a service's. */
static const char servers_preface[] = "\nmap $http_upgrade $quaywatch_connection {\n"
                                      "    default upgrade;\n"
                                      "    \"\" \"\";\n"
                                      "}\n"
                                      "\n"
                                      "server {\n"
                                      "    listen 80;\n"
                                      "    server_name quaywatch.invalid;\n"
                                      "    return 404;\n"
                                      "}\n";

/* One server a host; exact names come before patterns wherever they stand. */
static void servers_write(const struct proxied_list *list, struct buf *out)
{
    const struct route *open = NULL;
    bool whole = false, any = false;
    for (size_t i = 0; i <= list->route_count; i++) {
        const struct route *route = i < list->route_count ? &list->route[i] : NULL;
        if (route && !is_http(&list->item[route->proxied]))
            continue;
        if (open && (!route || !route_same_host(open, route)))
            buf_text(out, whole ? "}\n" : "    location / {\n        return 404;\n    }\n}\n");
        if (!route)
            return;
        if (!any)
            buf_text(out, servers_preface);
        any = true;
        if (!open || !route_same_host(open, route)) {
            server_open(route, out);
            open = route;
            whole = false;
        }
        location_write(&list->item[route->proxied], route->path, out);
        whole |= strcmp(route->path, "/") == 0;
    }
}

int format_nginx(const struct format_wish *wish, struct buf *out, struct error *err)
{
    enum part part;
    if (part_read(wish->version, &part, err) < 0)
        return -EINVAL;
    struct proxied_list list;
    proxied_collect(wish, true, &list);
    proxied_preface(part == PART_STREAM ? "nginx's stream block" : "nginx's http block", out);
    for (size_t i = 0; i < list.count; i++)
        if ((list.item[i].spec->protocol == PROTOCOL_TCP) == (part == PART_STREAM)) {
            upstream_write(&list.item[i], part == PART_STREAM, out);
            proxied_note(&list, &list.item[i]);
        }
    if (part == PART_ALL)
        servers_write(&list, out);
    proxied_free(&list);
    return 0;
}
