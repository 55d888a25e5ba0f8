/* SPDX-License-Identifier: MIT */
/* traefik_services.c: services of Traefik: their servers, weights and checks. */
#include "exporter/formats/traefik.h"

#include <stdio.h>
#include <string.h>

#include "controller/core/text.h"

enum { WEIGHT_MOST = 256 };

/* How many endpoints have which weight. */
struct weights {
    size_t count[WEIGHT_MOST + 1];
    size_t kinds;
};

static void weights_count(const struct proxied *proxied, struct weights *ret)
{
    *ret = (struct weights){0};
    struct endpoint endpoint;
    for (const struct instance *at = proxied->service->first; at; at = at->next)
        if (proxied_endpoint(proxied, at, &endpoint) && endpoint.weight <= WEIGHT_MOST)
            ret->kinds += ret->count[endpoint.weight]++ == 0;
}

/* The URL's scheme: gRPC is HTTP/2 without TLS. */
static const char *scheme_of(enum protocol protocol)
{
    switch (protocol) {
    case PROTOCOL_HTTPS:
        return "https";
    case PROTOCOL_GRPC:
        return "h2c";
    case PROTOCOL_HTTP:
    case PROTOCOL_TCP:
    case PROTOCOL_COUNT:
        break;
    }
    return "http";
}

static void server_write(struct json_writer *w, const struct endpoint *endpoint, bool tcp, bool weighted)
{
    char text[ENDPOINT_URL];
    struct buf address;
    buf_init(&address, sizeof text);
    proxied_address(endpoint, &address);
    json_begin_object(w);
    if (tcp) {
        json_put_string(w, "address", buf_string(&address));
    } else {
        snprintf(text, sizeof text, "%s://%s", scheme_of(endpoint->protocol), buf_string(&address));
        json_put_string(w, "url", text);
    }
    if (weighted)
        json_put_number(w, "weight", endpoint->weight);
    json_end_object(w);
    buf_free(&address);
}

/* The servers of one weight; of all when weight is 0. */
static void servers_write(struct json_writer *w, const struct proxied *proxied, unsigned weight, bool tcp,
                          bool weighted)
{
    struct endpoint endpoint;
    json_key(w, "servers");
    json_begin_array(w);
    for (const struct instance *at = proxied->service->first; at; at = at->next)
        if (proxied_endpoint(proxied, at, &endpoint) && (!weight || endpoint.weight == weight))
            server_write(w, &endpoint, tcp, weighted);
    json_end_array(w);
}

/* Traefik takes 2xx and 3xx for well, and from 3.0 on any one status that it is told. True when a check of
 * its own is no stricter than that of quaywatch; *status is the one to be told, or 0. */
static bool status_fits(const char *statuses, int version, int64_t *status)
{
    struct arena arena = {0};
    char *rest = arena_copy(&arena, statuses ? statuses : "200-299");
    bool fits = true;
    *status = 0;
    if (version >= TRAEFIK_3 && text_number(rest, 100, 599, status) == 0)
        rest = NULL;
    for (char *part; (part = text_cut(&rest, ','));) {
        char *high = part;
        int64_t number;
        const char *low = text_cut(&high, '-');
        fits = fits && text_number(low, 200, 399, &number) == 0 &&
               (!high || text_number(high, 200, 399, &number) == 0);
    }
    arena_free(&arena);
    return fits;
}

static void check_write(const struct traefik *traefik, struct json_writer *w, const struct spec *spec)
{
    const char *path = proxied_check_path(spec);
    int64_t status;
    if (!path || !status_fits(spec->health_status, traefik->version, &status))
        return;
    json_key(w, "healthCheck");
    json_begin_object(w);
    json_put_string(w, "path", path);
    traefik_put_duration(w, "interval", spec->interval_ms);
    traefik_put_duration(w, "timeout", spec->timeout_ms);
    if (spec->health_port && spec->health_port != spec->port)
        json_put_number(w, "port", spec->health_port);
    if (spec->health_method && strcmp(spec->health_method, "GET") != 0)
        json_put_string(w, "method", spec->health_method);
    if (status)
        json_put_number(w, "status", status);
    json_end_object(w);
}

/* Certificates are looked at where the service's own check looks at them. */
static void transport_write(struct traefik *traefik, struct json_writer *w, const struct proxied *proxied)
{
    static const char shared[] = "quaywatch~any-certificate";
    const struct spec *spec = proxied->spec;
    if (spec->protocol != PROTOCOL_HTTPS)
        return;
    char name[PROXY_NAME + 16];
    if (!spec->tls_verify) {
        json_put_string(w, "serversTransport", shared);
        if (strings_has(&traefik->shared, shared))
            return;
        strings_add(&traefik->arena, &traefik->shared, shared);
        struct json_writer *entry = traefik_entry(traefik, TRAEFIK_TRANSPORTS, shared, "");
        json_put_bool(entry, "insecureSkipVerify", true);
        json_end_object(entry);
        return;
    }
    const char *host = proxied_tls_name(proxied);
    if (!host)
        return;
    snprintf(name, sizeof name, "%s~certificate", proxied->name);
    json_put_string(w, "serversTransport", name);
    struct json_writer *entry = traefik_entry(traefik, TRAEFIK_TRANSPORTS, name, "");
    json_put_string(entry, "serverName", host);
    json_end_object(entry);
}

static void balancer_write(struct traefik *traefik, const struct proxied *proxied, const char *suffix,
                           unsigned weight, bool weighted)
{
    struct json_writer *w = traefik_entry(traefik, TRAEFIK_SERVICES, proxied->name, suffix);
    json_key(w, "loadBalancer");
    json_begin_object(w);
    servers_write(w, proxied, weight, false, weighted);
    check_write(traefik, w, proxied->spec);
    json_put_bool(w, "passHostHeader", true);
    transport_write(traefik, w, proxied);
    json_end_object(w);
    json_end_object(w);
}

static void tcp_balancer_write(struct traefik *traefik, const struct proxied *proxied, const char *suffix,
                               unsigned weight)
{
    struct json_writer *w = traefik_entry(traefik, TRAEFIK_TCP_SERVICES, proxied->name, suffix);
    json_key(w, "loadBalancer");
    json_begin_object(w);
    servers_write(w, proxied, weight, true, false);
    json_end_object(w);
    json_end_object(w);
}

/* One balancer for each weight ("<name>~weight-3"), and one over them that has as much of each as its servers
 * have together: for servers that take no weight themselves. */
static void weighted_write(struct traefik *traefik, const struct proxied *proxied,
                           const struct weights *weights, bool tcp)
{
    char suffix[24], name[PROXY_NAME + 24];
    for (unsigned i = 1; i <= WEIGHT_MOST; i++) {
        snprintf(suffix, sizeof suffix, "~weight-%u", i);
        if (weights->count[i] && tcp)
            tcp_balancer_write(traefik, proxied, suffix, i);
        else if (weights->count[i])
            balancer_write(traefik, proxied, suffix, i, false);
    }
    struct json_writer *w = traefik_entry(traefik, tcp ? TRAEFIK_TCP_SERVICES : TRAEFIK_SERVICES,
                                          proxied->name, "");
    json_key(w, "weighted");
    json_begin_object(w);
    json_key(w, "services");
    json_begin_array(w);
    for (unsigned i = 1; i <= WEIGHT_MOST; i++) {
        if (!weights->count[i])
            continue;
        snprintf(name, sizeof name, "%s~weight-%u", proxied->name, i);
        json_begin_object(w);
        json_put_string(w, "name", name);
        json_put_number(w, "weight", (int64_t)(i * weights->count[i]));
        json_end_object(w);
    }
    json_end_array(w);
    json_end_object(w);
    json_end_object(w);
}

void traefik_http_service(struct traefik *traefik, const struct proxied *proxied)
{
    struct weights weights;
    weights_count(proxied, &weights);
    if (weights.kinds > 1 && traefik->version < TRAEFIK_3)
        weighted_write(traefik, proxied, &weights, false);
    else
        balancer_write(traefik, proxied, "", 0, weights.kinds > 1);
}

void traefik_tcp_service(struct traefik *traefik, const struct proxied *proxied)
{
    struct weights weights;
    weights_count(proxied, &weights);
    if (weights.kinds > 1)
        weighted_write(traefik, proxied, &weights, true);
    else
        tcp_balancer_write(traefik, proxied, "", 0);
}
