/* SPDX-License-Identifier: MIT */
/* listing.c: from the registry's service to what is told of it. */
#include "exporter/formats/listing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/limits.h"
#include "controller/core/registry.h"
#include "controller/core/text.h"
#include "controller/core/url.h"
#include "exporter/formats/format.h"

/* ---- text ---- */

static bool is_utf8(const char *text)
{
    for (size_t length; *text; text += length)
        if (!(length = text_utf8_length(text)))
            return false;
    return true;
}

const char *listing_text(struct arena *arena, const char *text)
{
    if (!text || is_utf8(text))
        return arena_copy(arena, text);
    struct buf valid;
    buf_init(&valid, SIZE_MAX / 2);
    for (size_t length; *text; text += length ? length : 1) {
        length = text_utf8_length(text);
        buf_add(&valid, length ? text : "\xef\xbf\xbd", length ? length : 3);
    }
    const char *copy = arena_copy(arena, buf_string(&valid));
    buf_free(&valid);
    return copy;
}

static const char *clean_text(struct arena *arena, const char *text)
{
    if (!strstr(text, "://"))
        return listing_text(arena, text);
    struct buf clean;
    buf_init(&clean, SIZE_MAX / 2);
    url_clean(text, &clean);
    const char *copy = listing_text(arena, buf_string(&clean));
    buf_free(&clean);
    return copy;
}

void listing_id(const struct instance *instance, char ret[static LISTING_ID])
{
    snprintf(ret, LISTING_ID, "%.12s", instance->observed->id);
}

/* ---- the parts ---- */

static int port_order(const void *a, const void *b)
{
    const struct named_port *x = a, *y = b;
    return strcmp(x->name, y->name);
}

/* What labels say: of the instance that stands for the service. */
static void fill_labels(const struct spec *spec, struct arena *arena, struct listing *ret)
{
    ret->project = listing_text(arena, spec->project);
    ret->version = listing_text(arena, spec->version);
    ret->environment = listing_text(arena, spec->environment);
    ret->protocol = protocol_name[spec->protocol];
    ret->port = spec->port > 0 ? spec->port : 0;
    ret->timeout_ms = spec->call_timeout_ms;
    ret->retry_max = spec->retry_max;
    ret->retry_delay_ms = spec->retry_delay_ms;
    for (size_t i = 0; i < spec->fallback_urls.count && i < LIMIT_FALLBACK_URLS; i++)
        strings_add(arena, &ret->fallback_urls, clean_text(arena, spec->fallback_urls.item[i]));
    for (size_t i = 0; i < spec->tags.count && i < LIMIT_TAGS; i++)
        strings_add(arena, &ret->tags, listing_text(arena, spec->tags.item[i]));
    strings_sort(&ret->tags);
    for (size_t i = 0; i < spec->metadata.count; i++) {
        const struct pair *pair = &spec->metadata.item[i];
        if (is_utf8(pair->key) && !metadata_is_secret(pair->key))
            pairs_set(arena, &ret->metadata, pair->key, clean_text(arena, pair->value));
    }
    pairs_sort(&ret->metadata);
    if (!spec->port_count)
        return;
    ret->ports = arena_new(arena, spec->port_count * sizeof *ret->ports);
    for (size_t i = 0; i < spec->port_count; i++)
        if (is_utf8(spec->ports[i].name))
            ret->ports[ret->port_count++] = spec->ports[i];
    if (ret->port_count)
        qsort(ret->ports, ret->port_count, sizeof *ret->ports, port_order);
}

static void fill_health(const struct instance *instance, struct arena *arena, struct listing *ret)
{
    const char *path = instance->spec->health_path;
    if (path && path[0] && endpoint_has_health(instance)) /* its query may hold a key */
        ret->health_endpoint = listing_text(arena, arena_copy_n(arena, path, strcspn(path, "?#")));
}

static void fill_endpoints(const struct service *service, struct arena *arena, struct listing *ret)
{
    char url[ENDPOINT_URL];
    struct endpoint endpoint;
    if (!service->instance_count)
        return;
    ret->instances = arena_new(arena, service->instance_count * sizeof *ret->instances);
    for (const struct instance *at = service->first; at; at = at->next) {
        if (!endpoint_of(at, &endpoint) || !endpoint.port)
            continue;
        endpoint_url(endpoint.protocol, endpoint.address, endpoint.port, url);
        strings_add(arena, &ret->endpoints, url);
        ret->instances[ret->instance_count++] = endpoint;
    }
}

/* The name where there is one that leads to all, else the first that serves. */
static void fill_url(struct arena *arena, struct listing *ret)
{
    char url[ENDPOINT_URL];
    if (!ret->instance_count)
        return;
    const struct endpoint *first = &ret->instances[0];
    endpoint_name_url(first->instance, url);
    ret->serving = true;
    ret->port = first->port;
    ret->host = arena_copy(arena, url[0] ? endpoint_name(first->instance) : first->address);
    ret->url = arena_copy(arena, url[0] ? url : ret->endpoints.item[0]);
}

void listing_make(const struct service *service, struct arena *arena, struct listing *ret)
{
    *ret = (struct listing){.name = service->name,
                            .status = status_name[service->status],
                            .protocol = protocol_name[PROTOCOL_HTTP]};
    fill_endpoints(service, arena, ret);
    const struct instance *face = ret->instance_count ? ret->instances[0].instance : service->first;
    if (!face)
        return;
    fill_labels(face->spec, arena, ret);
    fill_health(face, arena, ret);
    fill_url(arena, ret);
}

bool listing_wants(const struct format_wish *wish, const struct service *service)
{
    return is_utf8(service->name) && format_selects(wish, service);
}

void listing_each(const struct format_wish *wish, size_t (*tell)(void *user, const struct listing *listing),
                  void *user)
{
    for (size_t i = 0; i < registry_count(wish->registry); i++) {
        const struct service *service = registry_at(wish->registry, i);
        struct arena arena = {0};
        struct listing listing;
        if (!listing_wants(wish, service))
            continue;
        listing_make(service, &arena, &listing);
        format_note(wish->told, tell(user, &listing));
        arena_free(&arena);
    }
}
