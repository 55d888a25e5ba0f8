/* SPDX-License-Identifier: MIT */
/* format_haproxy.c: backends for HAProxy, and a frontend that leads to them by host; read beside a
 * configuration of one's own (haproxy -f own.cfg -f this). */
#include "exporter/formats/format.h"

#include <errno.h>
#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/error.h"
#include "controller/core/text.h"
#include "exporter/formats/haproxy.h"

enum {
    RATE_WINDOW_S = 10,
    CONNECT_MS = 5000,
    ANSWER_MS = 60000,
    TCP_IDLE_H = 1,
    SLOW_START_S = 5,
    RETRIES = 3
};

enum part { PART_ALL, PART_BACKENDS, PART_MAP };

static int part_read(const char *wished, enum part *ret, struct error *err)
{
    *ret = PART_ALL;
    if (!wished || !wished[0])
        return 0;
    if (strcmp(wished, "backends") == 0)
        *ret = PART_BACKENDS;
    else if (strcmp(wished, "map") == 0)
        *ret = PART_MAP;
    else
        return error_set(err, -EINVAL,
                         "The version \"%.16s\" of haproxy is not known; allowed are none (a frontend and "
                         "backends), backends (these alone) and map (hosts and their backends)",
                         wished);
    return 0;
}

/* At most average × time + burst requests, as a bucket of tokens would let through in that time. */
static void rate_write(const struct spec *spec, struct buf *out)
{
    unsigned long long most = (unsigned long long)spec->rate_average * RATE_WINDOW_S +
                              (spec->rate_burst ? spec->rate_burst : spec->rate_average);
    buf_format(out,
               "    stick-table type ipv6 size 100k expire %ds store http_req_rate(%ds)\n"
               "    http-request track-sc2 src\n"
               "    http-request deny deny_status 429 if { sc_http_req_rate(2) gt %llu }\n",
               2 * RATE_WINDOW_S, RATE_WINDOW_S, most);
}

/* "200-299,404" as HAProxy takes it: no blanks. */
static void statuses_write(const char *statuses, struct buf *out)
{
    for (const char *c = statuses; *c; c++)
        if ((*c >= '0' && *c <= '9') || *c == '-' || *c == ',')
            buf_format(out, "%c", *c);
}

/* The service's own check, where HAProxy can make it; else whether the port takes connections. */
static void check_write(const struct proxied *proxied, struct buf *out)
{
    const struct spec *spec = proxied->spec;
    const char *path = proxied_check_path(spec);
    if (!path)
        return;
    const char *host = text_is_host(proxied->service->name) ? proxied->service->name : "localhost";
    buf_format(out,
               "    option httpchk\n"
               "    http-check send meth %s uri %s ver HTTP/1.1 hdr Host %s hdr Connection close\n"
               "    http-check expect status ",
               spec->health_method ? spec->health_method : "GET", path, host);
    statuses_write(spec->health_status ? spec->health_status : "200-299", out);
    buf_text(out, "\n");
}

static void http_write(const struct proxied *proxied, struct buf *out)
{
    const struct spec *spec = proxied->spec;
    /* A request that was sent is repeated only where that cannot do anything twice. */
    buf_format(out,
               "    mode http\n"
               "    balance roundrobin\n"
               "    option redispatch\n"
               "    retries %u\n"
               "    retry-on conn-failure empty-response\n"
               "    http-request disable-l7-retry unless METH_GET\n"
               "    timeout connect %dms\n"
               "    timeout server %lldms\n"
               "    timeout tunnel %dh\n",
               proxied_retries(spec, RETRIES), CONNECT_MS, (long long)proxied_timeout(spec, ANSWER_MS),
               TCP_IDLE_H);
    if (spec->rate_average)
        rate_write(spec, out);
    check_write(proxied, out);
}

void haproxy_speaks_write(const struct proxied *proxied, struct buf *out)
{
    const struct spec *spec = proxied->spec;
    const char *name = proxied_tls_name(proxied);
    if (spec->protocol == PROTOCOL_GRPC)
        buf_text(out, " proto h2");
    if (spec->protocol != PROTOCOL_HTTPS)
        return;
    if (!spec->tls_verify || !name)
        buf_text(out, " ssl verify none");
    else
        buf_format(out, " ssl verify required ca-file @system-ca sni str(%s) verifyhost %s check-sni %s",
                   name, name, name);
}

static void server_write(const struct proxied *proxied, const struct endpoint *endpoint, struct buf *out)
{
    const struct spec *spec = proxied->spec;
    char name[PROXY_NAME];
    proxy_server_name(endpoint->instance->observed->container, name);
    buf_format(out, "    server %s ", name);
    proxied_address(endpoint, out);
    buf_format(out, " weight %u check inter %lldms fall %u rise %u slowstart %ds", endpoint->weight,
               (long long)(spec->interval_ms ? spec->interval_ms : 10000), spec->retries ? spec->retries : 3,
               spec->successes ? spec->successes : 2, SLOW_START_S);
    if (proxied_check_path(spec) && spec->health_port && spec->health_port != endpoint->port)
        buf_format(out, " port %d", spec->health_port);
    haproxy_speaks_write(proxied, out);
    buf_text(out, "\n");
}

/* Without any server it answers 503. */
static void backend_write(const struct proxied *proxied, struct buf *out)
{
    buf_format(out, "\nbackend %s\n", proxied->name);
    if (proxied->spec->protocol == PROTOCOL_TCP)
        buf_format(out,
                   "    mode tcp\n"
                   "    balance roundrobin\n"
                   "    option redispatch\n"
                   "    timeout connect %dms\n"
                   "    timeout server %dh\n",
                   CONNECT_MS, TCP_IDLE_H);
    else
        http_write(proxied, out);
    struct endpoint endpoint;
    for (const struct instance *at = proxied->service->first; at; at = at->next)
        if (proxied_endpoint(proxied, at, &endpoint))
            server_write(proxied, &endpoint, out);
}

static bool route_fits(const struct proxied_list *list, const struct route *route)
{
    return list->item[route->proxied].spec->protocol != PROTOCOL_TCP;
}

static void rule_write(const struct proxied_list *list, const struct route *route, struct buf *out)
{
    buf_format(out, "    use_backend %s if { var(txn.quaywatch_host) ", list->item[route->proxied].name);
    if (route->any) {
        buf_text(out, "-m reg '");
        route_pattern(route, out);
        buf_text(out, "' }");
    } else {
        buf_format(out, "-m str %s }", route->host);
    }
    if (strcmp(route->path, "/") != 0)
        buf_format(out, " { path_beg %s }", route->path);
    buf_text(out, "\n");
}

static void frontend_write(const struct proxied_list *list, struct buf *out)
{
    bool any = false;
    for (size_t i = 0; i < list->route_count; i++)
        any |= route_fits(list, &list->route[i]);
    if (!any)
        return;
    buf_text(out, "\nfrontend quaywatch\n"
                  "    bind \"${QUAYWATCH_BIND-:80}\"\n"
                  "    mode http\n"
                  "    timeout client 30s\n"
                  "    timeout http-request 10s\n"
                  "    timeout http-keep-alive 30s\n"
                  "    option forwardfor\n"
                  "    http-request set-header X-Forwarded-Proto http\n"
                  "    http-request set-var(txn.quaywatch_host) req.hdr(host),field(1,:),lower\n");
    /* A host stands before the pattern that takes it, too. */
    for (int pattern = 0; pattern <= 1; pattern++)
        for (size_t i = 0; i < list->route_count; i++)
            if (route_fits(list, &list->route[i]) && list->route[i].any == pattern)
                rule_write(list, &list->route[i], out);
    buf_text(out, "    default_backend quaywatch:nowhere\n"
                  "\nbackend quaywatch:nowhere\n"
                  "    mode http\n"
                  "    http-request deny deny_status 404\n");
}

static void map_write(const struct proxied_list *list, struct buf *out)
{
    for (size_t i = 0; i < list->route_count; i++) {
        const struct route *route = &list->route[i];
        if (route_fits(list, route) && !route->any && strcmp(route->path, "/") == 0)
            buf_format(out, "%s %s\n", route->host, list->item[route->proxied].name);
    }
}

int format_haproxy(const struct format_wish *wish, struct buf *out, struct error *err)
{
    enum part part;
    if (part_read(wish->version, &part, err) < 0)
        return -EINVAL;
    struct proxied_list list;
    proxied_collect(wish, false, &list);
    if (part == PART_MAP) {
        map_write(&list, out);
    } else {
        proxied_preface("HAProxy", out);
        if (part == PART_ALL)
            frontend_write(&list, out);
        for (size_t i = 0; i < list.count; i++) {
            backend_write(&list.item[i], out);
            proxied_note(&list, &list.item[i]);
        }
    }
    proxied_free(&list);
    return 0;
}
