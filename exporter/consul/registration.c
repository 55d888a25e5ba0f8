/* SPDX-License-Identifier: MIT */
/* registration.c: a service as Consul's clients register it, as a registration of ours. */
#include "exporter/consul/registration_internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "controller/core/error.h"
#include "controller/core/hash.h"
#include "controller/core/text.h"

enum { CHECKS_MAX = 8, SHOWN = 72, ID_SHOWN = 46, WEIGHT_MAX = 256 };

static const char *const fields[] = {
    "id",       "name",    "service",         "tags",        "address",           "port",
    "meta",     "check",   "checks",          "weights",     "enabletagoverride", "kind",
    "proxy",    "connect", "taggedaddresses", "namespace",   "partition",         "socketpath",
    "locality", "token",   "createindex",     "modifyindex", "contenthash",       "datacenter",
    "peername", "ns"};

void consul_own_id(const char *id, char ret[static CONSUL_OWN_ID])
{
    if (text_is_name(id) && id[0] != '.') {
        snprintf(ret, CONSUL_OWN_ID, "%s", id);
        return;
    }
    char clean[ID_SHOWN + 1];
    size_t length = 0;
    for (; length < ID_SHOWN && id[length]; length++) {
        const char one[2] = {id[length], '\0'};
        clean[length] = id[length];
        if (!text_is_name(one) || id[length] == '.')
            clean[length] = '_';
    }
    clean[length] = '\0';
    snprintf(ret, CONSUL_OWN_ID, "%s-%016" PRIx64, clean, hash_text(HASH_START, id));
}

static int name_read(json_object *body, const char **ret, struct error *err)
{
    char shown[SHOWN];
    const char *name = consul_body_text(body, "name");
    if (!name || !name[0])
        name = consul_body_text(body, "service");
    if (!name || !name[0])
        return error_set(err, -EINVAL, "Missing service name");
    text_one_line(name, shown, sizeof shown);
    if (!text_is_name(name))
        return error_set(err, -EINVAL,
                         "Invalid service name \"%s\": 1 to 63 characters of a-z A-Z 0-9 . _ - are allowed",
                         shown);
    *ret = name;
    return 0;
}

static int port_read(json_object *body, json_object *to, struct error *err)
{
    json_object *port = body_field(body, "port");
    int64_t number = 0;
    if (port && (!json_object_is_type(port, json_type_int) || (number = json_object_get_int64(port)) < 0 ||
                 number > 65535))
        return error_set(err, -EINVAL, "The service's Port is a whole number from 0 to 65535");
    if (number)
        json_object_object_add(to, "port", json_object_new_int64(number));
    return 0;
}

/* Whether an address is the agent's own machine, as checks like to say it. */
static bool is_loopback(const char *host)
{
    return strcasecmp(host, "localhost") == 0 || strncmp(host, "127.", 4) == 0 || strcmp(host, "::1") == 0;
}

static bool is_any(const char *host)
{
    return strcmp(host, "0.0.0.0") == 0 || strcmp(host, "::") == 0;
}

/* Where the service is: where it says, else where its check asks, else where the caller is. */
static int address_put(json_object *to, const char *said, const char *checked, const char *caller,
                       struct error *err)
{
    const char *host = said && said[0] && !is_any(said) ? said : NULL;
    if (!host && checked[0] && !is_loopback(checked) && !is_any(checked))
        host = checked;
    if (!host && caller && caller[0])
        host = caller;
    if (!host)
        return error_set(err, -EINVAL, "The service needs an Address: it cannot be told from where it asks");
    json_object_object_add(to, "host", json_object_new_string(host));
    return 0;
}

static int meta_put(json_object *body, json_object *to, struct error *err)
{
    json_object *meta = body_field(body, "meta"), *ours = json_object_new_object();
    json_object_object_add(to, "metadata", ours);
    if (meta && !json_object_is_type(meta, json_type_object))
        return error_set(err, -EINVAL, "The service's Meta is an object of texts");
    if (!meta)
        return 0;
    json_object_object_foreach(meta, key, value)
    {
        if (value)
            json_object_object_add(ours, key, json_object_get(value));
    }
    const char *version = consul_body_text(meta, "version");
    if (version && version[0])
        json_object_object_add(to, "version", json_object_new_string(version));
    return 0;
}

/* "http" and its like, by what the service says of itself or how it is checked. */
static void protocol_put(json_object *body, json_object *to, const struct consul_check_body *probe)
{
    static const char *const protocols[] = {"http", "https", "tcp", "grpc"};
    static const char *const keys[] = {"protocol", "scheme"};
    json_object *meta = consul_body_object(body, "meta");
    const char *said = NULL;
    for (size_t i = 0; meta && i < sizeof keys / sizeof *keys; i++)
        for (size_t p = 0; p < sizeof protocols / sizeof *protocols; p++) {
            const char *word = consul_body_text(meta, keys[i]);
            if (!said && word && strcasecmp(word, protocols[p]) == 0)
                said = protocols[p];
        }
    /* An https check is made by https only where the service is https. */
    if (probe && (!said || probe->scheme[0]))
        said = probe->scheme[0] ? probe->scheme : strcmp(probe->strategy, "grpc") == 0 ? "grpc" : said;
    if (said)
        json_object_object_add(to, "protocol", json_object_new_string(said));
}

static void weight_put(json_object *body, json_object *to)
{
    json_object *weights = consul_body_object(body, "weights");
    json_object *passing = weights ? body_field(weights, "passing") : NULL;
    int64_t weight = json_object_is_type(passing, json_type_int) ? json_object_get_int64(passing) : 1;
    weight = weight < 1 ? 1 : weight > WEIGHT_MAX ? WEIGHT_MAX : weight;
    json_object_object_add(to, "weight", json_object_new_int64(weight));
}

static int refuse_mesh(json_object *body, struct error *err)
{
    const char *kind = consul_body_text(body, "kind");
    json_object *connect = consul_body_object(body, "connect"); /* (a proxy means nothing without a kind) */
    json_object *sidecar = connect ? body_field(connect, "sidecarservice") : NULL;
    if ((kind && kind[0]) || sidecar)
        return error_set(err, -EINVAL, "The service mesh (Kind, Connect) is not supported");
    return 0;
}

/* ---- its checks ---- */

struct check_list {
    struct consul_check_body check[CHECKS_MAX];
    size_t count;
};

static int checks_read(json_object *body, struct check_list *ret, struct error *err)
{
    json_object *one = body_field(body, "check"), *several = body_field(body, "checks");
    ret->count = 0;
    if (several && !json_object_is_type(several, json_type_array))
        return error_set(err, -EINVAL, "The service's Checks is a list");
    size_t count = several ? json_object_array_length(several) : 0;
    if (count + (one != NULL) > CHECKS_MAX)
        return error_set(err, -EINVAL, "A service has at most %d checks", CHECKS_MAX);
    if (json_object_is_type(one, json_type_object) && json_object_object_length(one) == 0)
        one = NULL;
    if (one && check_body_read(one, &ret->check[ret->count++], err))
        return -EINVAL;
    for (size_t i = 0; i < count; i++)
        if (check_body_read(json_object_array_get_idx(several, i), &ret->check[ret->count++], err))
            return -EINVAL;
    return 0;
}

static int checks_add(json_object *to, const struct check_list *list, const char *id, const char *service,
                      struct error *err)
{
    for (size_t i = 0; i < list->count; i++) {
        char check[300], name[160];
        if (list->count == 1)
            snprintf(check, sizeof check, "service:%.140s", id);
        else
            snprintf(check, sizeof check, "service:%.140s:%zu", id, i + 1);
        snprintf(name, sizeof name, "Service '%s' check", service);
        if (check_body_add(to, &list->check[i], check, name, err))
            return -EINVAL;
    }
    return 0;
}

/* ---- the service ---- */

static int service_fill(json_object *body, const char *address, json_object *to, struct error *err)
{
    const char *name = "", *id = consul_body_text(body, "id");
    char own[CONSUL_OWN_ID];
    struct check_list checks;
    const struct consul_check_body *probe = NULL;
    if (body_known(body, "service", fields, sizeof fields / sizeof *fields, err) || refuse_mesh(body, err) ||
        name_read(body, &name, err) || port_read(body, to, err) || meta_put(body, to, err) ||
        checks_read(body, &checks, err))
        return -EINVAL;
    for (size_t i = 0; i < checks.count; i++)
        if (checks.check[i].strategy)
            probe = &checks.check[i];
    id = id && id[0] ? id : name;
    consul_own_id(id, own);
    json_object_object_add(to, "id", json_object_new_string(own));
    if (strcmp(own, id) != 0)
        json_object_object_add(to, "ownerId", json_object_new_string(id));
    json_object_object_add(to, "name", json_object_new_string(name));
    json_object *tags = body_field(body, "tags");
    if (tags)
        json_object_object_add(to, "tags", json_object_get(tags));
    protocol_put(body, to, probe);
    weight_put(body, to);
    registration_put_no_probe(to);
    if (address_put(to, consul_body_text(body, "address"), probe ? probe->host : "", address, err))
        return -EINVAL;
    return checks_add(to, &checks, id, name, err);
}

json_object *consul_service_read(json_object *body, const char *address, struct error *err)
{
    json_object *to = json_object_new_object();
    if (service_fill(body, address, to, err) == 0) {
        json_object *list = json_object_object_get(to, "checks");
        /* Who brings neither a check nor a port is there until it is deregistered. */
        if (!json_object_object_get(to, "port") && !list) {
            struct consul_check_body always = {.status = "healthy"};
            check_body_add(to, &always, "registered", "Registered", err);
        }
        return to;
    }
    json_object_put(to);
    return NULL;
}

int consul_check_add(json_object *registration, json_object *body, struct error *err)
{
    struct consul_check_body check;
    char id[300];
    if (check_body_read(body, &check, err))
        return -EINVAL;
    if (!check.name || !check.name[0])
        return error_set(err, -EINVAL, "Missing check name");
    if (!check.strategy && !check.ttl_ms)
        return error_set(err, -EINVAL, "A check needs a TTL, HTTP, TCP or GRPC");
    snprintf(id, sizeof id, "%.160s", check.name);
    return check_body_add(registration, &check, id, check.name, err);
}

int consul_catalog_checks_add(json_object *registration, json_object *body, struct error *err)
{
    json_object *one = body_field(body, "check"), *several = body_field(body, "checks");
    const char *name = json_object_get_string(json_object_object_get(registration, "name"));
    size_t count = json_object_is_type(several, json_type_array) ? json_object_array_length(several) : 0;
    for (size_t i = 0; i < count + 1; i++) {
        json_object *check = i < count ? json_object_array_get_idx(several, i) : one;
        struct consul_check_body read;
        char id[300];
        if (!check)
            continue;
        if (check_body_read(check, &read, err))
            return -EINVAL;
        if (!read.status)
            read.status = "unhealthy";
        read.strategy = NULL; /* the catalogue only keeps what it is told */
        snprintf(id, sizeof id, "service:%.140s", name);
        if (check_body_add(registration, &read, id, name, err))
            return -EINVAL;
    }
    return 0;
}
