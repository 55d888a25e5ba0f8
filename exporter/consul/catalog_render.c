/* SPDX-License-Identifier: MIT */
/* catalog_render.c: instances, checks and the node as Consul's API writes them. Lists are [] and objects {},
 * never null: typed clients rely on it. */
#include "exporter/consul/catalog.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/endpoint.h"
#include "controller/core/json_writer.h"
#include "controller/core/text.h"
#include "controller/core/url.h"

/* Everybody reaches the services at their own addresses; the node's is there because it has to be. */
#define NODE_ADDRESS "127.0.0.1"
/* What clients that look at versions get to see: the API that is spoken. */
#define API_VERSION "1.15.0"

static void put_empty(struct json_writer *w, const char *key)
{
    json_key(w, key);
    json_begin_object(w);
    json_end_object(w);
}

static void put_index(struct json_writer *w, const struct consul_catalog *catalog, uint64_t revision)
{
    json_put_number(w, "CreateIndex", (int64_t)consul_index(catalog, 0));
    json_put_number(w, "ModifyIndex", (int64_t)consul_index(catalog, revision));
}

/* ---- what is said of a service ---- */

static void put_strings(struct json_writer *w, const struct strings *list)
{
    for (size_t i = 0; i < list->count; i++)
        json_string(w, list->item[i]);
}

static void put_tags(struct json_writer *w, const char *key, const struct instance *instance)
{
    json_key(w, key);
    json_begin_array(w);
    put_strings(w, &instance->spec->tags);
    put_strings(w, &instance->spec->proxy_tags);
    json_end_array(w);
}

/* As everywhere: no passwords, and of URLs neither userinfo nor query. */
static void put_meta_text(struct json_writer *w, const char *key, const char *text)
{
    struct buf clean;
    if (!text || metadata_is_secret(key))
        return;
    buf_init(&clean, SIZE_MAX / 2);
    url_clean(text, &clean);
    json_put_string(w, key, buf_string(&clean));
    buf_free(&clean);
}

/* What is known beside the metadata, unless that says it. */
static void put_meta_fact(struct json_writer *w, const struct spec *spec, const char *key, const char *text)
{
    if (!pairs_get(&spec->metadata, key))
        put_meta_text(w, key, text);
}

static void put_meta(struct json_writer *w, const char *key, const struct spec *spec)
{
    json_key(w, key);
    json_begin_object(w);
    for (size_t i = 0; i < spec->metadata.count; i++)
        put_meta_text(w, spec->metadata.item[i].key, spec->metadata.item[i].value);
    put_meta_fact(w, spec, "environment", spec->environment);
    for (size_t i = 0; i < spec->port_count; i++) {
        char name[80], port[8];
        snprintf(name, sizeof name, "port-%.64s", spec->ports[i].name);
        snprintf(port, sizeof port, "%d", spec->ports[i].port);
        put_meta_fact(w, spec, name, port);
    }
    put_meta_fact(w, spec, "project", spec->project);
    put_meta_fact(w, spec, "protocol", protocol_name[spec->protocol]);
    put_meta_fact(w, spec, "version", spec->version);
    json_end_object(w);
}

static void put_weights(struct json_writer *w, const char *key, const struct instance *instance)
{
    struct endpoint endpoint;
    unsigned weight = instance->spec->weight ? instance->spec->weight : 1;
    if (endpoint_of(instance, &endpoint))
        weight = endpoint.weight;
    json_key(w, key);
    json_begin_object(w);
    json_put_number(w, "Passing", weight);
    json_put_number(w, "Warning", 1);
    json_end_object(w);
}

static void put_tagged_address(struct json_writer *w, const char *scope, const char *address, int port)
{
    char name[16];
    snprintf(name, sizeof name, "%s_ipv%c", scope, strchr(address, ':') ? '6' : '4');
    json_key(w, name);
    json_begin_object(w);
    json_put_string(w, "Address", address);
    json_put_number(w, "Port", port);
    json_end_object(w);
}

static void put_tagged_addresses(struct json_writer *w, const char *key, const struct instance *instance)
{
    static const char *const scope[] = {"lan", "wan"};
    const char *address = instance->observed->address, *address6 = endpoint_address6(instance);
    json_key(w, key);
    json_begin_object(w);
    for (size_t i = 0; i < 2; i++) {
        put_tagged_address(w, scope[i], address, instance->spec->port);
        if (address6)
            put_tagged_address(w, scope[i], address6, instance->spec->port);
    }
    json_end_object(w);
}

static void put_proxy(struct json_writer *w, const char *key)
{
    json_key(w, key);
    json_begin_object(w);
    json_put_string(w, "Mode", "");
    put_empty(w, "MeshGateway");
    put_empty(w, "Expose");
    json_end_object(w);
}

/* ---- the node ---- */

static void put_node_addresses(struct json_writer *w)
{
    static const char *const names[] = {"lan", "lan_ipv4", "wan", "wan_ipv4"};
    json_key(w, "TaggedAddresses");
    json_begin_object(w);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        json_put_string(w, names[i], NODE_ADDRESS);
    json_end_object(w);
}

static void put_node_fields(struct json_writer *w, const struct consul_catalog *catalog, const char *meta)
{
    char id[CONSUL_NODE_ID];
    consul_node_id(catalog, id);
    json_put_string(w, "ID", id);
    json_put_string(w, "Node", consul_node_name(catalog));
    json_put_string(w, "Address", NODE_ADDRESS);
    json_put_string(w, "Datacenter", CONSUL_DATACENTER);
    put_node_addresses(w);
    json_key(w, meta);
    json_begin_object(w);
    json_put_string(w, "consul-network-segment", "");
    json_end_object(w);
}

void consul_put_node(struct json_writer *w, const struct consul_catalog *catalog)
{
    json_begin_object(w);
    put_node_fields(w, catalog, "Meta");
    put_index(w, catalog, 0);
    json_end_object(w);
}

/* ---- services ---- */

void consul_put_catalog_service(struct json_writer *w, const struct consul_catalog *catalog,
                                const struct instance *instance)
{
    json_begin_object(w);
    put_node_fields(w, catalog, "NodeMeta");
    json_put_string(w, "ServiceKind", "");
    json_put_string(w, "ServiceID", consul_service_id(instance));
    json_put_string(w, "ServiceName", instance->service->name);
    put_tags(w, "ServiceTags", instance);
    json_put_string(w, "ServiceAddress", instance->observed->address);
    put_tagged_addresses(w, "ServiceTaggedAddresses", instance);
    put_weights(w, "ServiceWeights", instance);
    put_meta(w, "ServiceMeta", instance->spec);
    json_put_number(w, "ServicePort", instance->spec->port);
    json_put_string(w, "ServiceSocketPath", "");
    json_put_bool(w, "ServiceEnableTagOverride", false);
    put_proxy(w, "ServiceProxy");
    put_empty(w, "ServiceConnect");
    put_index(w, catalog, instance->service->revision);
    json_end_object(w);
}

/* What the health, the agent's and the node's view of a service have in common. */
static void put_service_fields(struct json_writer *w, const struct instance *instance)
{
    json_put_string(w, "Kind", "");
    json_put_string(w, "ID", consul_service_id(instance));
    json_put_string(w, "Service", instance->service->name);
    put_tags(w, "Tags", instance);
    put_meta(w, "Meta", instance->spec);
    json_put_number(w, "Port", instance->spec->port);
    json_put_string(w, "Address", instance->observed->address);
    put_tagged_addresses(w, "TaggedAddresses", instance);
    put_weights(w, "Weights", instance);
    json_put_bool(w, "EnableTagOverride", false);
}

void consul_put_node_service(struct json_writer *w, const struct consul_catalog *catalog,
                             const struct instance *instance)
{
    json_begin_object(w);
    put_service_fields(w, instance);
    json_put_string(w, "SocketPath", "");
    put_proxy(w, "Proxy");
    put_empty(w, "Connect");
    json_put_string(w, "PeerName", "");
    put_index(w, catalog, instance->service->revision);
    json_end_object(w);
}

void consul_put_agent_service(struct json_writer *w, const struct consul_catalog *catalog,
                              const struct instance *instance)
{
    char hash[24];
    snprintf(hash, sizeof hash, "%016llx",
             (unsigned long long)consul_index(catalog, instance->service->revision));
    json_begin_object(w);
    put_service_fields(w, instance);
    json_put_string(w, "SocketPath", "");
    json_put_string(w, "ContentHash", hash);
    json_put_string(w, "Datacenter", CONSUL_DATACENTER);
    json_end_object(w);
}

static void put_check_tags(struct json_writer *w, const struct instance *instance)
{
    if (instance) {
        put_tags(w, "ServiceTags", instance);
        return;
    }
    json_key(w, "ServiceTags");
    json_begin_array(w);
    json_end_array(w);
}

void consul_put_check(struct json_writer *w, const struct consul_catalog *catalog,
                      const struct consul_check *check)
{
    const struct instance *instance = check->instance;
    char interval[24] = "", timeout[24] = "";
    bool probed = instance && instance->health.check != CHECK_NONE &&
                  instance->health.check != CHECK_DOCKER && check->type[0] &&
                  strcmp(check->type, "ttl") != 0 && strcmp(check->type, "maintenance") != 0;
    if (probed) {
        text_format_duration(instance->spec->interval_ms, interval);
        text_format_duration(instance->spec->timeout_ms, timeout);
    }
    json_begin_object(w);
    json_put_string(w, "Node", consul_node_name(catalog));
    json_put_string(w, "CheckID", check->id);
    json_put_string(w, "Name", check->name);
    json_put_string(w, "Status", consul_status_name[check->status]);
    json_put_string(w, "Notes", check->notes);
    json_put_string(w, "Output", check->output);
    json_put_string(w, "ServiceID", instance ? consul_service_id(instance) : "");
    json_put_string(w, "ServiceName", instance ? instance->service->name : "");
    put_check_tags(w, instance);
    json_put_string(w, "Type", check->type);
    json_put_string(w, "Interval", interval);
    json_put_string(w, "Timeout", timeout);
    json_put_number(w, "ExposedPort", 0);
    put_empty(w, "Definition");
    put_index(w, catalog, instance ? instance->service->revision : 0);
    json_end_object(w);
}

void consul_put_health_service(struct json_writer *w, const struct consul_catalog *catalog,
                               const struct instance *instance)
{
    struct consul_check check[CONSUL_CHECKS], node;
    size_t count = consul_checks(catalog, instance, check);
    consul_node_check(&node);
    json_begin_object(w);
    json_key(w, "Node");
    consul_put_node(w, catalog);
    json_key(w, "Service");
    consul_put_node_service(w, catalog, instance);
    json_key(w, "Checks");
    json_begin_array(w);
    consul_put_check(w, catalog, &node);
    for (size_t i = 0; i < count; i++)
        consul_put_check(w, catalog, &check[i]);
    json_end_array(w);
    json_end_object(w);
}

void consul_put_service_tags(struct json_writer *w, const struct service *service)
{
    const char **tags;
    size_t count = consul_service_tags(service, &tags);
    json_begin_array(w);
    for (size_t i = 0; i < count; i++)
        json_string(w, tags[i]);
    json_end_array(w);
    free(tags);
}

/* ---- the agent ---- */

void consul_put_member(struct json_writer *w, const struct consul_catalog *catalog)
{
    char id[CONSUL_NODE_ID];
    consul_node_id(catalog, id);
    json_begin_object(w);
    json_put_string(w, "Name", consul_node_name(catalog));
    json_put_string(w, "Addr", NODE_ADDRESS);
    json_put_number(w, "Port", 8301);
    json_key(w, "Tags");
    json_begin_object(w);
    json_put_string(w, "build", API_VERSION ":quaywatch");
    json_put_string(w, "dc", CONSUL_DATACENTER);
    json_put_string(w, "id", id);
    json_put_string(w, "port", "8300");
    json_put_string(w, "role", "consul");
    json_end_object(w);
    json_put_number(w, "Status", 1); /* alive */
    json_put_number(w, "ProtocolMin", 1);
    json_put_number(w, "ProtocolMax", 5);
    json_put_number(w, "ProtocolCur", 2);
    json_put_number(w, "DelegateMin", 2);
    json_put_number(w, "DelegateMax", 5);
    json_put_number(w, "DelegateCur", 4);
    json_end_object(w);
}

void consul_put_self(struct json_writer *w, const struct consul_catalog *catalog)
{
    char id[CONSUL_NODE_ID], version[64];
    consul_node_id(catalog, id);
    snprintf(version, sizeof version, API_VERSION "+quaywatch.%s", catalog->version);
    json_begin_object(w);
    json_key(w, "Config");
    json_begin_object(w);
    json_put_string(w, "Datacenter", CONSUL_DATACENTER);
    json_put_string(w, "PrimaryDatacenter", CONSUL_DATACENTER);
    json_put_string(w, "NodeName", consul_node_name(catalog));
    json_put_string(w, "NodeID", id);
    json_put_string(w, "Revision", "");
    json_put_bool(w, "Server", true);
    json_put_string(w, "Version", version);
    json_put_string(w, "BuildDate", "");
    json_end_object(w);
    put_empty(w, "DebugConfig");
    put_empty(w, "Coord");
    json_key(w, "Member");
    consul_put_member(w, catalog);
    put_empty(w, "Stats");
    put_empty(w, "Meta");
    json_end_object(w);
}
