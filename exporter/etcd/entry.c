/* SPDX-License-Identifier: MIT */
/* entry.c: an instance as other programs find it in etcd. */
#include "exporter/etcd/entry.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/endpoint.h"
#include "controller/core/json_read.h"
#include "controller/core/json_writer.h"
#include "controller/core/limits.h"
#include "controller/core/url.h"

enum { SHORT_ID = 12 };

void etcd_entry_key(const char *prefix, const char *node, const struct endpoint *endpoint, struct buf *out)
{
    buf_format(out, "%s/services/", prefix);
    url_put_part(endpoint->instance->service->name, out);
    buf_text(out, "/");
    url_put_part(node, out);
    buf_text(out, ":");
    url_put_part(endpoint->instance->observed->container, out);
}

static void put_clean(struct json_writer *w, const char *text)
{
    struct buf cleaned;
    buf_init(&cleaned, LIMIT_LABEL_BYTES);
    url_clean(text, &cleaned);
    json_string(w, buf_string(&cleaned));
    buf_free(&cleaned);
}

static void put_said(struct json_writer *w, const char *key, const char *text)
{
    if (!text)
        return;
    json_key(w, key);
    put_clean(w, text);
}

static void put_lists(struct json_writer *w, const struct spec *spec)
{
    json_key(w, "tags");
    json_begin_array(w);
    for (size_t i = 0; i < spec->tags.count; i++)
        put_clean(w, spec->tags.item[i]);
    json_end_array(w);
    json_key(w, "meta");
    json_begin_object(w);
    for (size_t i = 0; i < spec->metadata.count; i++)
        if (!metadata_is_secret(spec->metadata.item[i].key))
            put_said(w, spec->metadata.item[i].key, spec->metadata.item[i].value);
    json_end_object(w);
    if (!spec->port_count)
        return;
    json_key(w, "ports");
    json_begin_object(w);
    for (size_t i = 0; i < spec->port_count; i++)
        json_put_number(w, spec->ports[i].name, spec->ports[i].port);
    json_end_object(w);
}

void etcd_entry_value(const char *node, const struct endpoint *endpoint, struct buf *out)
{
    const struct instance *instance = endpoint->instance;
    const struct spec *spec = instance->spec;
    struct json_writer writer, *w = &writer;
    char id[SHORT_ID + 1], url[ENDPOINT_URL];
    snprintf(id, sizeof id, "%s", instance->observed->id);
    endpoint_url(endpoint->protocol, endpoint->address, endpoint->port, url);
    json_start(w, out);
    json_begin_object(w);
    json_put_string(w, "controller", node);
    json_put_string(w, "service", instance->service->name);
    json_put_string(w, "instance", instance->observed->container);
    json_put_string(w, "id", id);
    json_put_string(w, "addr", endpoint->address);
    if (endpoint->address6)
        json_put_string(w, "addr6", endpoint->address6);
    json_put_number(w, "port", endpoint->port);
    json_put_string(w, "protocol", protocol_name[endpoint->protocol]);
    json_put_string(w, "url", url);
    json_put_string(w, "status", status_name[instance->health.status]);
    json_put_number(w, "weight", endpoint->weight);
    put_said(w, "version", spec->version);
    put_said(w, "project", spec->project);
    put_said(w, "environment", spec->environment);
    put_lists(w, spec);
    json_end_object(w);
}

bool etcd_entry_is_of(const char *value, size_t len, const char *node)
{
    if (!len || *value != '{')
        return false;
    struct json_object *object = json_first_object(value, len);
    const char *controller = json_text(object, "controller");
    bool ours = controller && strcmp(controller, node) == 0;
    json_object_put(object);
    return ours;
}
