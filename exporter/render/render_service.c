/* SPDX-License-Identifier: MIT */
/* render_service.c: one service as JSON, the fragment that the status document is joined from. */
#include "exporter/render/render.h"

#include <stdlib.h>
#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/endpoint.h"
#include "controller/core/graph.h"
#include "controller/core/json_writer.h"
#include "controller/core/limits.h"
#include "controller/core/url.h"
#include "exporter/render/view.h"

/* Text that may be "" when unknown is null in JSON. */
static const char *or_null(const char *text)
{
    return text && text[0] ? text : NULL;
}

static int text_order(const void *a, const void *b)
{
    const char *const *x = a, *const *y = b;
    return strcmp(*x, *y);
}

static void put_sorted(struct json_writer *w, const char *key, const struct strings *list)
{
    const char *item[LIMIT_TAGS];
    size_t count = list->count < LIMIT_TAGS ? list->count : LIMIT_TAGS;
    for (size_t i = 0; i < count; i++)
        item[i] = list->item[i];
    if (count > 1)
        qsort(item, count, sizeof *item, text_order);
    json_key(w, key);
    json_begin_array(w);
    for (size_t i = 0; i < count; i++)
        json_string(w, item[i]);
    json_end_array(w);
}

static int pair_order(const void *a, const void *b)
{
    const struct pair *x = a, *y = b;
    return strcmp(x->key, y->key);
}

/* A sorted object; secret keys (basic authentication) are left out, whoever let them in. */
static void put_pairs(struct json_writer *w, const char *key, const struct pairs *pairs)
{
    json_key(w, key);
    json_begin_object(w);
    if (pairs->count) {
        struct pair *item = mem_resize(NULL, pairs->count, sizeof *item);
        memcpy(item, pairs->item, pairs->count * sizeof *item);
        qsort(item, pairs->count, sizeof *item, pair_order);
        for (size_t i = 0; i < pairs->count; i++) {
            if (metadata_is_secret(item[i].key))
                continue;
            json_key(w, item[i].key);
            view_put_clean(w, item[i].value);
        }
        free(item);
    }
    json_end_object(w);
}

static void put_breaker(struct json_writer *w, const struct breaker_view *breaker)
{
    json_key(w, "circuit_breaker");
    json_begin_object(w);
    json_put_string(w, "state", breaker_state_name[breaker->state]);
    json_put_number(w, "failure_count", breaker->failure_count);
    json_put_time(w, "last_failure", breaker->last_failure_wall_ms);
    json_put_time(w, "last_state_change", breaker->last_change_wall_ms);
    json_put_bool(w, "tripped", breaker->tripped);
    json_end_object(w);
}

static void put_dependencies(struct json_writer *w, const struct service *service)
{
    json_key(w, "dependencies");
    json_begin_array(w);
    for (size_t i = 0; i < service->dependency_count; i++) {
        const struct service_dependency *one = &service->dependencies[i];
        json_begin_object(w);
        json_put_string(w, "name", one->name);
        json_put_string(w, "type", dependency_type_name[one->type]);
        json_put_string(w, "status", status_name[one->target ? one->target->status : STATUS_UNKNOWN]);
        json_put_string(w, "source", one->source);
        json_put_bool(w, "circular", graph_is_circular(service, one));
        json_end_object(w);
    }
    json_end_array(w);
}

static void put_ports(struct json_writer *w, const struct observed *observed)
{
    json_key(w, "ports");
    json_begin_object(w);
    for (size_t i = 0; i < observed->port_count;) {
        const char *container = observed->ports[i].container;
        json_key(w, container);
        json_begin_array(w);
        for (; i < observed->port_count && strcmp(observed->ports[i].container, container) == 0; i++) {
            if (!observed->ports[i].host)
                continue;
            json_begin_object(w);
            json_put_string(w, "host", observed->ports[i].host);
            json_put_number(w, "port", observed->ports[i].host_port);
            json_end_object(w);
        }
        json_end_array(w);
    }
    json_end_object(w);
}

static void put_networks(struct json_writer *w, const struct observed *observed)
{
    json_key(w, "networks");
    json_begin_array(w);
    for (size_t i = 0; i < observed->network_count; i++) {
        const struct network_view *network = &observed->networks[i];
        json_begin_object(w);
        json_put_string(w, "name", network->name);
        json_put_string(w, "address", or_null(network->address));
        if (network->address6)
            json_put_string(w, "address6", network->address6);
        put_sorted(w, "aliases", &network->aliases);
        json_end_object(w);
    }
    json_end_array(w);
}

static void put_health(struct json_writer *w, const struct health_shown *health)
{
    json_key(w, "health");
    json_begin_object(w);
    json_put_string(w, "check", check_name[health->check]);
    json_key(w, "target");
    view_put_clean(w, or_null(health->target));
    json_put_bool(w, "implicit", health->implicit);
    json_put_number(w, "consecutive_failures", health->consecutive_failures);
    json_key(w, "http_status");
    if (health->http_status)
        json_number(w, health->http_status);
    else
        json_null(w);
    json_put_string(w, "error_class", error_class_name[health->error_class]);
    json_put_string(w, "recovery", error_class_recovery[health->error_class]);
    json_key(w, "message");
    view_put_clean(w, or_null(health->message));
    json_key(w, "layers");
    json_begin_object(w);
    for (size_t i = 0; i < LAYER_COUNT; i++)
        if (health->has_layer[i])
            json_put_string(w, layer_name[i], status_name[health->layer[i]]);
    json_end_object(w);
    json_key(w, "checks");
    json_begin_object(w);
    for (size_t i = 0; i < health->check_count && i < LIMIT_HEALTH_CHECKS; i++)
        json_put_string(w, health->check_items[i].name, health->check_items[i].word);
    json_end_object(w);
    json_end_object(w);
}

static void put_restarts(struct json_writer *w, const struct restart_view *restarts)
{
    json_key(w, "restarts");
    json_begin_object(w);
    json_put_number(w, "count", restarts->count);
    json_put_number(w, "in_window", restarts->in_window);
    json_put_number(w, "max", restarts->max);
    json_put_time(w, "last_at", restarts->last_at_wall_ms);
    json_put_string(w, "last_reason", or_null(restarts->last_reason));
    json_end_object(w);
}

static void put_instance(struct json_writer *w, const struct instance *instance)
{
    const struct spec *spec = instance->spec;
    const struct observed *observed = instance->observed;
    char id[VIEW_SHORT_ID];
    view_short_id(observed->id, id);
    json_begin_object(w);
    json_put_string(w, "id", id);
    json_put_string(w, "container", observed->container);
    json_put_string(w, "container_state", spec->external ? NULL : container_state_name[observed->state]);
    json_put_bool(w, "external", spec->external);
    json_put_string(w, "status", status_name[instance->health.status]);
    json_put_time(w, "since", instance->since_wall_ms);
    json_put_string(w, "address", or_null(observed->address));
    if (endpoint_address6(instance))
        json_put_string(w, "address6", endpoint_address6(instance));
    json_key(w, "port");
    if (spec->port > 0)
        json_number(w, spec->port);
    else
        json_null(w);
    json_put_string(w, "protocol", protocol_name[spec->protocol]);
    json_put_number(w, "weight", spec->weight);
    json_put_bool(w, "serving", instance->serving);
    put_ports(w, observed);
    put_networks(w, observed);
    put_health(w, &instance->health);
    put_breaker(w, &instance->breaker);
    put_restarts(w, &instance->restarts);
    view_put_last_stop(w, &instance->last_stop);
    view_put_decision(w, &instance->decision);
    put_pairs(w, "sources", &spec->sources);
    json_key(w, "findings");
    view_put_findings(w, instance);
    json_end_object(w);
}

/* The chain a caller may try in order: the name, the address of each serving instance, the labels' fallbacks.
 */
static void put_endpoints(struct json_writer *w, const struct service *service)
{
    char url[VIEW_URL];
    json_key(w, "endpoints");
    json_begin_array(w);
    view_dns_url(service->first, url);
    if (url[0] && service->serving) /* where nothing serves, the name leads to what is isolated */
        json_string(w, url);
    for (const struct instance *at = service->first; at; at = at->next) {
        view_address_url(at, url);
        if (at->serving && url[0])
            json_string(w, url);
    }
    const struct strings *fallbacks = &service->first->spec->fallback_urls;
    for (size_t i = 0; i < fallbacks->count && i < LIMIT_FALLBACK_URLS; i++)
        view_put_clean(w, fallbacks->item[i]);
    json_end_array(w);
}

void render_service(const struct service *service, struct buf *out)
{
    struct json_writer writer, *w = &writer;
    const struct instance *first = service->first;
    json_start(w, out);
    json_begin_object(w);
    json_put_string(w, "name", service->name);
    json_put_string(w, "key", service->key);
    json_put_string(w, "status", status_name[service->status]);
    json_put_time(w, "maintenance_until", service->maintenance_until_wall_ms);
    if (first) {
        const struct spec *spec = first->spec;
        char url[VIEW_URL];
        json_put_string(w, "version", spec->version);
        json_put_string(w, "project", spec->project);
        json_put_string(w, "environment", spec->environment);
        put_sorted(w, "tags", &spec->tags);
        put_pairs(w, "metadata", &spec->metadata);
        view_dns_url(first, url);
        if (!url[0])
            view_address_url(first, url);
        json_put_string(w, "url", or_null(url));
        put_endpoints(w, service);
    }
    const struct breaker_view breaker = view_breaker(service);
    put_breaker(w, &breaker);
    put_dependencies(w, service);
    json_key(w, "instances");
    json_begin_array(w);
    for (const struct instance *at = first; at; at = at->next)
        put_instance(w, at);
    json_end_array(w);
    json_end_object(w);
}
