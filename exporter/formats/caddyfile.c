/* SPDX-License-Identifier: MIT */
/* caddyfile.c: a snippet for each service, and a site for each host: imported into a Caddyfile of one's own.
 */
#include "exporter/formats/caddy.h"

#include <string.h>

#include "controller/core/buf.h"

static void upstreams_write(const struct proxied *proxied, struct buf *out)
{
    struct caddy_shares shares = caddy_shares(proxied);
    struct endpoint endpoint;
    for (const struct instance *at = proxied->service->first; at; at = at->next) {
        if (!proxied_endpoint(proxied, at, &endpoint))
            continue;
        for (unsigned i = caddy_repeat(&shares, endpoint.weight); i > 0; i--) {
            buf_text(out, " ");
            proxied_address(&endpoint, out);
        }
    }
}

static void check_write(const struct spec *spec, struct buf *out)
{
    int expects = caddy_expects(spec);
    if (!expects)
        return;
    buf_format(out, "\t\thealth_uri %s\n\t\thealth_interval %lldms\n\t\thealth_timeout %lldms\n",
               proxied_check_path(spec), (long long)spec->interval_ms, (long long)spec->timeout_ms);
    if (spec->health_port && spec->health_port != spec->port)
        buf_format(out, "\t\thealth_port %d\n", spec->health_port);
    buf_format(out, expects < 10 ? "\t\thealth_status %dxx\n" : "\t\thealth_status %d\n", expects);
}

static void transport_write(const struct proxied *proxied, struct buf *out)
{
    const struct spec *spec = proxied->spec;
    buf_format(out, "\t\ttransport http {\n\t\t\tdial_timeout %dms\n", CADDY_CONNECT_MS);
    if (proxied_timeout(spec, 0))
        buf_format(out, "\t\t\tresponse_header_timeout %lldms\n", (long long)proxied_timeout(spec, 0));
    if (spec->protocol == PROTOCOL_HTTPS) {
        const char *name = proxied_tls_name(proxied);
        buf_text(out, spec->tls_verify ? "\t\t\ttls\n" : "\t\t\ttls_insecure_skip_verify\n");
        if (name)
            buf_format(out, "\t\t\ttls_server_name %s\n", name);
    }
    if (spec->protocol == PROTOCOL_GRPC)
        buf_text(out, "\t\t\tversions h2c 2\n");
    buf_text(out, "\t\t}\n");
}

/* Without any server it answers 503. */
static void snippet_write(const struct proxied *proxied, struct buf *out)
{
    const struct spec *spec = proxied->spec;
    buf_format(out, "\n(%s) {\n", proxied->name);
    if (!proxied_count(proxied)) {
        buf_text(out, "\trespond 503\n}\n");
        return;
    }
    buf_text(out, "\treverse_proxy");
    upstreams_write(proxied, out);
    buf_format(out, " {\n\t\tlb_policy round_robin\n\t\tlb_retries %u\n",
               proxied_retries(spec, CADDY_RETRIES));
    check_write(spec, out);
    if (proxied_breaks(spec))
        buf_format(out, "\t\tmax_fails %u\n\t\tfail_duration %lldms\n", spec->breaker_failures,
                   (long long)spec->breaker_recovery_ms);
    transport_write(proxied, out);
    buf_text(out, "\t}\n}\n");
}

/* One site a host. Caddy itself puts the longest path first. */
static void sites_write(const struct proxied_list *list, struct buf *out)
{
    const struct route *open = NULL;
    bool whole = false;
    for (size_t i = 0; i <= list->route_count; i++) {
        const struct route *route = i < list->route_count ? &list->route[i] : NULL;
        const struct proxied *proxied = route ? &list->item[route->proxied] : NULL;
        if (proxied && proxied->spec->protocol == PROTOCOL_TCP)
            continue;
        if (open && (!route || !route_same_host(open, route)))
            buf_text(out, whole ? "}\n" : "\thandle {\n\t\trespond 404\n\t}\n}\n");
        if (!route)
            return;
        if (!open || !route_same_host(open, route)) {
            buf_format(out, "\n%s {\n", route->host);
            open = route;
            whole = false;
        }
        if (strcmp(route->path, "/") == 0)
            buf_format(out, "\thandle {\n\t\timport %s\n\t}\n", proxied->name);
        else
            buf_format(out, "\thandle %s* {\n\t\timport %s\n\t}\n", route->path, proxied->name);
        whole |= strcmp(route->path, "/") == 0;
    }
}

void caddyfile_write(const struct proxied_list *list, struct buf *out)
{
    proxied_preface("Caddy", out);
    for (size_t i = 0; i < list->count; i++)
        if (list->item[i].spec->protocol != PROTOCOL_TCP) {
            snippet_write(&list->item[i], out);
            proxied_note(list, &list->item[i]);
        }
    sites_write(list, out);
}
