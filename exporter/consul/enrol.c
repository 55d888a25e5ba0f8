/* SPDX-License-Identifier: MIT */
/* enrol.c: writes registrations and reads lists. Consul's HTTP API, agent endpoints; limits of Meta from the
 * same place: 64 pairs, keys of A-Z a-z 0-9 _ - up to 128, values up to 512. */
#include "exporter/consul/enrol.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/endpoint.h"
#include "controller/core/json_read.h"
#include "controller/core/json_writer.h"
#include "controller/core/limits.h"
#include "controller/core/text.h"
#include "controller/core/url.h"

enum { META_PAIRS = 64, META_KEY = 128, META_VALUE = 512 };

void consul_enrol_id(const char *node, const struct instance *instance, struct buf *out)
{
    buf_format(out, "quaywatch-%s-%s", node, instance->observed->container);
}

enum consul_status consul_enrol_status(const struct instance *instance)
{
    struct endpoint endpoint;
    if (!endpoint_of(instance, &endpoint))
        return CONSUL_CRITICAL;
    return instance->health.status == STATUS_DEGRADED ? CONSUL_WARNING : CONSUL_PASSING;
}

/* ---- writing ---- */

struct meta {
    struct json_writer *w;
    struct strings keys; /* so far */
    struct arena arena;
};

/* A key is made one that Consul takes; what is longer than it takes is cut; what is too much is left out. */
static void put_meta(struct meta *meta, const char *key, const char *text)
{
    char *name = arena_copy_n(&meta->arena, key, strlen(key) < META_KEY ? strlen(key) : META_KEY);
    struct buf clean;
    if (!text || !text[0] || !name[0] || meta->keys.count >= META_PAIRS || metadata_is_secret(key))
        return;
    for (char *at = name; *at; at++)
        if (!strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-", *at))
            *at = '_';
    if (strings_has(&meta->keys, name) || strncmp(name, "consul-", 7) == 0) /* reserved */
        return;
    buf_init(&clean, LIMIT_LABEL_BYTES);
    url_clean(text, &clean);
    char value[META_VALUE];
    text_one_line(buf_string(&clean), value, sizeof value);
    strings_add(&meta->arena, &meta->keys, name);
    json_put_string(meta->w, name, value);
    buf_free(&clean);
}

static void put_metas(struct json_writer *w, const char *node, const struct instance *instance,
                      const char *check)
{
    const struct spec *spec = instance->spec;
    struct meta meta = {.w = w};
    json_key(w, "Meta");
    json_begin_object(w);
    put_meta(&meta, ENROL_META, node);
    put_meta(&meta, "quaywatch-check", check); /* a list of services does not tell of it */
    put_meta(&meta, "container", instance->observed->container);
    put_meta(&meta, "protocol", protocol_name[spec->protocol]);
    put_meta(&meta, "version", spec->version);
    put_meta(&meta, "project", spec->project);
    put_meta(&meta, "environment", spec->environment);
    for (size_t i = 0; i < spec->metadata.count; i++)
        put_meta(&meta, spec->metadata.item[i].key, spec->metadata.item[i].value);
    json_end_object(w);
    arena_free(&meta.arena);
}

static void put_tags(struct json_writer *w, const struct spec *spec)
{
    json_key(w, "Tags");
    json_begin_array(w);
    for (size_t i = 0; i < spec->tags.count; i++) {
        struct buf clean;
        buf_init(&clean, LIMIT_LABEL_BYTES);
        url_clean(spec->tags.item[i], &clean);
        json_string(w, buf_string(&clean));
        buf_free(&clean);
    }
    json_end_array(w);
}

/* The agent tells of the address itself by its family; the other one has to be said. */
static void put_second_address(struct json_writer *w, const struct instance *instance)
{
    static const char *const name[] = {"lan_ipv6", "wan_ipv6"};
    const char *address = endpoint_address6(instance);
    if (!address)
        return;
    json_key(w, "TaggedAddresses");
    json_begin_object(w);
    for (size_t i = 0; i < 2; i++) {
        json_key(w, name[i]);
        json_begin_object(w);
        json_put_string(w, "Address", address);
        json_put_number(w, "Port", instance->spec->port);
        json_end_object(w);
    }
    json_end_object(w);
}

static void put_check(struct json_writer *w, const char *id, int64_t ttl_ms, int64_t deregister_after_ms)
{
    char text[24];
    json_key(w, "Check");
    json_begin_object(w);
    json_put_string(w, "CheckID", id);
    json_put_string(w, "Name", "quaywatch");
    text_format_duration(ttl_ms, text);
    json_put_string(w, "TTL", text);
    if (deregister_after_ms) {
        text_format_duration(deregister_after_ms, text);
        json_put_string(w, "DeregisterCriticalServiceAfter", text);
    }
    json_end_object(w);
}

void consul_enrol_body(const char *node, const struct instance *instance, int64_t ttl_ms,
                       int64_t deregister_after_ms, struct buf *out)
{
    const struct spec *spec = instance->spec;
    struct json_writer writer, *w = &writer;
    unsigned weight = spec->weight ? spec->weight : 1;
    struct buf id;
    buf_init(&id, LIMIT_LABEL_BYTES);
    consul_enrol_id(node, instance, &id);
    json_start(w, out);
    json_begin_object(w);
    json_put_string(w, "ID", buf_string(&id));
    json_put_string(w, "Name", instance->service->name);
    json_put_string(w, "Address", instance->observed->address);
    json_put_number(w, "Port", spec->port);
    put_second_address(w, instance);
    put_tags(w, spec);
    char ttl[24], after[24];
    text_format_duration(ttl_ms, ttl);
    text_format_duration(deregister_after_ms, after);
    char *check = mem_format("ttl %s, deregistered after %s", ttl, after);
    put_metas(w, node, instance, check);
    free(check);
    json_key(w, "Weights");
    json_begin_object(w);
    json_put_number(w, "Passing", weight);
    json_put_number(w, "Warning", (weight + 1) / 2);
    json_end_object(w);
    put_check(w, buf_string(&id), ttl_ms, deregister_after_ms);
    json_end_object(w);
    buf_free(&id);
}

/* ---- reading ---- */

static const char *text_of(struct json_object *object, const char *key)
{
    const char *text = json_text(object, key);
    return text ? text : "";
}

/* The agent gives null for what is empty. */
static bool are_equal(struct json_object *wanted, struct json_object *given)
{
    if (!given)
        return json_object_is_type(wanted, json_type_array) && json_object_array_length(wanted) == 0;
    return json_object_equal(wanted, given) != 0;
}

/* Whether the agent has the second address that is wanted, or none. (The first one it adds of itself. Agents
 * that know of no tagged addresses tell none, and are not asked again.) */
static bool has_second(struct json_object *wanted, struct json_object *given)
{
    struct json_object *tagged = json_member(given, "TaggedAddresses");
    struct json_object *second = json_member(json_member(wanted, "TaggedAddresses"), "lan_ipv6");
    struct json_object *has = json_member(tagged, "lan_ipv6");
    if (!json_object_is_type(tagged, json_type_object) || !json_object_object_length(tagged))
        return true;
    if (second)
        return are_equal(second, has);
    return !has || strcmp(text_of(has, "Address"), text_of(wanted, "Address")) == 0;
}

static bool is_same(const char *body, struct json_object *given)
{
    static const char *const fields[][2] = {{"Name", "Service"}, {"Address", "Address"},
                                            {"Port", "Port"},    {"Tags", "Tags"},
                                            {"Meta", "Meta"},    {"Weights", "Weights"}};
    struct json_object *wanted = json_first_object(body, strlen(body));
    bool same = wanted != NULL;
    for (size_t i = 0; same && i < sizeof fields / sizeof *fields; i++)
        same = are_equal(json_member(wanted, fields[i][0]), json_member(given, fields[i][1]));
    same = same && has_second(wanted, given);
    json_object_put(wanted);
    return same;
}

int consul_enrolled_read(const char *json, size_t len, const char *node,
                         const char *(*find)(void *user, const char *id),
                         void (*each)(void *user, const struct consul_enrolled *service), void *user)
{
    struct json_object *root = json_first_object(json, len);
    if (!root)
        return -EBADMSG;
    json_object_object_foreach(root, id, given)
    {
        if (json_object_is_type(given, json_type_string)) {
            json_object_put(root);
            return -EBADMSG; /* {"error": "…"} and the like */
        }
        const char *body = find(user, id);
        struct consul_enrolled service = {
            .id = id,
            .ours = strcmp(text_of(json_member(given, "Meta"), ENROL_META), node) == 0,
            .same = body && is_same(body, given)};
        each(user, &service);
    }
    json_object_put(root);
    return 0;
}

int consul_checks_read(const char *json, size_t len,
                       void (*each)(void *user, const char *service, enum consul_status status), void *user)
{
    struct json_object *root = json_first_object(json, len);
    if (!root)
        return -EBADMSG;
    json_object_object_foreach(root, id, check)
    {
        const char *word = text_of(check, "Status");
        const char *service = text_of(check, "ServiceID");
        if (strcmp(id, service) != 0) /* of others, or not of a service: ours is named as the service */
            continue;
        int status = 0;
        while (status < CONSUL_STATUS_COUNT && strcmp(consul_status_name[status], word) != 0)
            status++;
        if (status < CONSUL_STATUS_COUNT)
            each(user, service, (enum consul_status)status);
    }
    json_object_put(root);
    return 0;
}
