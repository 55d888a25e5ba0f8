/* SPDX-License-Identifier: MIT */
/* format_prometheus.c: the serving instances as targets for Prometheus (http_sd and file_sd): a group each,
 * with what is known of them in labels __meta_quaywatch_<name>. What users of Prometheus say about scraping
 * is honoured: the labels prometheus.io/scrape, /port, /path and /scheme, and service.meta.metrics_port and
 * service.meta.metrics_path. */
#include "exporter/formats/format.h"

#include <stdio.h>
#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/json_writer.h"
#include "controller/core/text.h"
#include "exporter/formats/listing.h"

#define META "__meta_quaywatch_"

/* An empty label is as good as none: it is not written. */
static void put_label(struct json_writer *w, const char *name, const char *value)
{
    if (value && value[0])
        json_put_string(w, name, value);
}

/* The first of both keys that has a value, else NULL. */
static const char *said(const struct listing *listing, const char *key, const char *other)
{
    const char *value = pairs_get(&listing->metadata, key);
    return value ? value : pairs_get(&listing->metadata, other);
}

static bool is_wanted(const struct listing *listing)
{
    const char *scrape = pairs_get(&listing->metadata, "prometheus.io/scrape");
    bool wanted = true;
    return !scrape || text_bool(scrape, &wanted) != 0 || wanted;
}

/* host:port as Prometheus calls it. */
static void put_target(struct json_writer *w, const struct listing *listing, const struct endpoint *endpoint)
{
    const char *wish = said(listing, "prometheus.io/port", "metrics_port");
    char target[ENDPOINT_URL];
    int64_t port = endpoint->port;
    if (wish)
        (void)text_number(wish, 1, 65535, &port); /* what is no port says nothing */
    snprintf(target, sizeof target, endpoint->ipv6 ? "[%s]:%d" : "%s:%d", endpoint->address, (int)port);
    json_key(w, "targets");
    json_begin_array(w);
    json_string(w, target);
    json_end_array(w);
}

/* How it is to be scraped, where that is not as ever. */
static void put_way(struct json_writer *w, const struct listing *listing, const struct endpoint *endpoint,
                    struct arena *arena)
{
    const char *path = said(listing, "prometheus.io/path", "metrics_path");
    const char *scheme = pairs_get(&listing->metadata, "prometheus.io/scheme");
    if (path && path[0] == '/')
        put_label(w, "__metrics_path__", arena_copy_n(arena, path, strcspn(path, "?#")));
    if (scheme && (strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0))
        put_label(w, "__scheme__", scheme);
    else if (endpoint->protocol == PROTOCOL_HTTPS)
        put_label(w, "__scheme__", "https");
}

/* ",api,v1,": a regular expression finds ",api," whatever stands beside it. */
static const char *joined(struct arena *arena, const struct strings *list)
{
    struct buf text;
    buf_init(&text, SIZE_MAX / 2);
    for (size_t i = 0; i < list->count; i++)
        buf_format(&text, "%s%s,", i ? "" : ",", list->item[i]);
    const char *copy = arena_copy(arena, buf_string(&text));
    buf_free(&text);
    return copy;
}

/* Names of labels are letters, digits and "_"; of several keys that become one, the first counts. */
static void put_metadata(struct json_writer *w, const struct listing *listing, struct arena *arena)
{
    struct strings names = {0};
    for (size_t i = 0; i < listing->metadata.count; i++) {
        const struct pair *pair = &listing->metadata.item[i];
        char *name = arena_format(arena, META "metadata_%s", pair->key);
        for (char *at = name; *at; at++)
            if (!((*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') || (*at >= '0' && *at <= '9')))
                *at = '_';
        if (strings_has(&names, name))
            continue;
        strings_add(arena, &names, name);
        put_label(w, name, pair->value);
    }
}

static void put_labels(struct json_writer *w, const struct listing *listing, const struct endpoint *endpoint)
{
    char id[LISTING_ID];
    struct arena arena = {0};
    listing_id(endpoint->instance, id);
    json_key(w, "labels");
    json_begin_object(w);
    put_way(w, listing, endpoint, &arena);
    put_label(w, META "service", listing->name);
    put_label(w, META "project", listing->project);
    put_label(w, META "environment", listing->environment);
    put_label(w, META "version", listing->version);
    put_label(w, META "status", status_name[endpoint->instance->health.status]);
    put_label(w, META "tags", joined(&arena, &listing->tags));
    put_label(w, META "container", listing_text(&arena, endpoint->instance->observed->container));
    put_label(w, META "instance_id", listing_text(&arena, id));
    put_label(w, META "address", endpoint->address);
    put_label(w, META "address6", endpoint->address6);
    put_label(w, META "port", arena_format(&arena, "%d", endpoint->port));
    put_label(w, META "protocol", protocol_name[endpoint->protocol]);
    put_label(w, META "weight", arena_format(&arena, "%u", endpoint->weight));
    put_label(w, META "health_path", listing->health_endpoint);
    put_metadata(w, listing, &arena);
    json_end_object(w);
    arena_free(&arena);
}

static size_t put_service(void *user, const struct listing *listing)
{
    struct json_writer *w = user;
    size_t count = is_wanted(listing) ? listing->instance_count : 0;
    for (size_t i = 0; i < count; i++) {
        json_begin_object(w);
        put_target(w, listing, &listing->instances[i]);
        put_labels(w, listing, &listing->instances[i]);
        json_end_object(w);
    }
    return count;
}

int format_prometheus(const struct format_wish *wish, struct buf *out, struct error *err)
{
    struct json_writer w;
    (void)err;
    json_start(&w, out);
    json_begin_array(&w);
    listing_each(wish, put_service, &w);
    json_end_array(&w);
    buf_add(out, "\n", 1);
    return 0;
}
