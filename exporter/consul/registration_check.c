/* SPDX-License-Identifier: MIT */
/* registration_check.c: Consul's checks as ours: TTL checks are what the owner reports, and one of HTTP, TCP
 * or gRPC becomes the check that is made. */
#include "exporter/consul/registration_internal.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "controller/core/error.h"
#include "controller/core/text.h"

enum { REMOVE_LEAST_MS = 60 * 1000, TTL_LEAST_MS = 1000, SHOWN = 120 };

static const char *const fields[] = {
    "checkid", "id", "name", "notes", "ttl", "http", "tcp", "grpc", "interval", "timeout", "status",
    "deregistercriticalserviceafter", "method", "header", "body", "tlsskipverify", "tlsservername",
    "successbeforepassing", "failuresbeforecritical", "failuresbeforewarning", "outputmaxsize",
    "disableredirects", "serviceid", "servicename", "node", "output", "type", "namespace", "partition",
    "definition", "servicetags", "exposedport", "createindex", "modifyindex",
    /* Known, and not made here: */
    "script", "args", "shell", "dockercontainerid", "udp", "h2ping", "h2pingusetls", "osservice", "aliasnode",
    "aliasservice", "grpcusetls", "tcpusetls"};

static bool is_said(json_object *body, const char *field)
{
    json_object *value = body_field(body, field);
    switch (json_object_get_type(value)) {
    case json_type_string:
        return json_object_get_string_len(value) > 0;
    case json_type_array:
        return json_object_array_length(value) > 0;
    case json_type_object:
        return json_object_object_length(value) > 0;
    case json_type_boolean:
        return json_object_get_boolean(value);
    case json_type_int:
    case json_type_double:
        return json_object_get_double(value) != 0;
    case json_type_null:
        break;
    }
    return false;
}

/* What would be another check than the one that was asked for is refused, not done in part. */
static int refuse_others(json_object *body, struct error *err)
{
    static const char *const kinds[] = {
        "script",    "args",         "shell",      "dockercontainerid", "udp",    "h2ping", "osservice",
        "aliasnode", "aliasservice", "grpcusetls", "tcpusetls",         "header", "body"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (is_said(body, kinds[i]))
            return error_set(
                err, -EINVAL,
                "A check with \"%s\" is not supported: TTL, HTTP (GET, without headers), TCP and "
                "gRPC (without TLS) are",
                kinds[i]);
    const char *method = consul_body_text(body, "method");
    if (method && method[0] && strcasecmp(method, "GET") != 0 && strcasecmp(method, "HEAD") != 0)
        return error_set(err, -EINVAL, "A check with the method %.20s is not supported: GET is", method);
    return 0;
}

static int status_read(json_object *body, const char **ret, struct error *err)
{
    static const char *const words[][2] = {{"passing", "healthy"},
                                           {"warning", "degraded"},
                                           {"critical", "unhealthy"},
                                           {"maintenance", "unhealthy"}};
    const char *said = consul_body_text(body, "status");
    *ret = NULL;
    if (!said || !said[0])
        return 0;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcasecmp(said, words[i][0]) == 0)
            *ret = words[i][1];
    return *ret ? 0 : error_set(err, -EINVAL, "A check's Status is passing, warning or critical");
}

/* host:port, [::1]:port, or either alone. */
static bool authority_read(const char *text, size_t length, struct consul_check_body *ret)
{
    const char *end = text + length, *host = text, *colon;
    size_t host_length;
    int64_t port;
    if (length && *text == '[') {
        const char *close = memchr(text, ']', length);
        if (!close)
            return false;
        host = text + 1;
        host_length = (size_t)(close - host);
        colon = close + 1 < end ? close + 1 : NULL;
    } else {
        colon = memchr(text, ':', length);
        host_length = colon ? (size_t)(colon - text) : length;
    }
    if (colon) {
        char digits[8];
        snprintf(digits, sizeof digits, "%.*s", (int)(end - colon - 1 < 7 ? end - colon - 1 : 7), colon + 1);
        if (*colon != ':' || text_number(digits, 1, 65535, &port))
            return false;
        ret->port = (int)port;
    }
    if (!host_length || host_length >= sizeof ret->host || memchr(host, '@', host_length))
        return false;
    memcpy(ret->host, host, host_length);
    ret->host[host_length] = '\0';
    return true;
}

static int url_read(const char *url, struct consul_check_body *ret, struct error *err)
{
    const char *at = NULL;
    if (strncasecmp(url, "http://", 7) == 0)
        at = url + 7;
    else if (strncasecmp(url, "https://", 8) == 0)
        at = url + 8;
    size_t length = at ? strcspn(at, "/?#") : 0;
    if (!at || !authority_read(at, length, ret) || strlen(at + length) >= sizeof ret->path)
        return error_set(err, -EINVAL, "A check's HTTP is a URL such as http://10.0.0.7:8080/health");
    snprintf(ret->scheme, sizeof ret->scheme, "%s", at == url + 7 ? "http" : "https");
    if (!ret->port)
        ret->port = at == url + 7 ? 80 : 443;
    snprintf(ret->path, sizeof ret->path, "%s%s", at[length] == '/' ? "" : "/", at + length);
    return 0;
}

static int probe_read(json_object *body, struct consul_check_body *ret, struct error *err)
{
    const char *http = consul_body_text(body, "http"), *tcp = consul_body_text(body, "tcp");
    const char *grpc = consul_body_text(body, "grpc");
    if (http && http[0]) {
        ret->strategy = "http";
        return url_read(http, ret, err);
    }
    const char *place = tcp && tcp[0] ? tcp : grpc;
    if (!place || !place[0])
        return 0;
    ret->strategy = place == tcp ? "tcp" : "grpc";
    if (strchr(place, '/'))
        return error_set(err, -EINVAL, "A check of one gRPC service alone is not supported: leave it out");
    return authority_read(place, strlen(place), ret)
               ? 0
               : error_set(err, -EINVAL, "A check's %s is host:port", place == tcp ? "TCP" : "GRPC");
}

static int64_t number_of(json_object *body, const char *field)
{
    json_object *value = body_field(body, field);
    int64_t number = json_object_is_type(value, json_type_int) ? json_object_get_int64(value) : 0;
    return number < 0 ? 0 : number > 1000 ? 1000 : number;
}

static int times_read(json_object *body, struct consul_check_body *ret, struct error *err)
{
    static const char *const names[] = {"ttl", "interval", "timeout", "deregistercriticalserviceafter"};
    int64_t *const values[] = {&ret->ttl_ms, &ret->interval_ms, &ret->timeout_ms, &ret->remove_after_ms};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (body_duration(body, names[i], values[i], err) == -EINVAL)
            return -EINVAL;
    if (ret->ttl_ms && ret->ttl_ms < TTL_LEAST_MS)
        return error_set(err, -EINVAL, "A check's TTL is at least 1s");
    if (ret->remove_after_ms && ret->remove_after_ms < REMOVE_LEAST_MS)
        ret->remove_after_ms = REMOVE_LEAST_MS; /* as Consul has it */
    return 0;
}

int check_body_read(json_object *body, struct consul_check_body *ret, struct error *err)
{
    *ret = (struct consul_check_body){0};
    if (!json_object_is_type(body, json_type_object))
        return error_set(err, -EINVAL, "A check is an object");
    if (body_known(body, "check", fields, sizeof fields / sizeof *fields, err) || refuse_others(body, err) ||
        status_read(body, &ret->status, err) || times_read(body, ret, err) || probe_read(body, ret, err))
        return -EINVAL;
    ret->id = consul_body_text(body, "checkid");
    if (!ret->id || !ret->id[0])
        ret->id = consul_body_text(body, "id");
    ret->name = consul_body_text(body, "name");
    ret->notes = consul_body_text(body, "notes");
    json_object *skip = body_field(body, "tlsskipverify");
    ret->tls_verify = strcmp(ret->scheme, "https") == 0 && !json_object_get_boolean(skip);
    ret->retries = number_of(body, "failuresbeforecritical");
    ret->successes = number_of(body, "successbeforepassing");
    if (ret->strategy && ret->ttl_ms)
        return error_set(err, -EINVAL, "A check has either a TTL or something to ask, not both");
    if (ret->strategy && !ret->interval_ms)
        return error_set(err, -EINVAL, "A check needs its Interval");
    return 0;
}

/* ---- into a registration of ours ---- */

static json_object *checks_of(json_object *registration)
{
    json_object *list = json_object_object_get(registration, "checks");
    if (!list) {
        list = json_object_new_array();
        json_object_object_add(registration, "checks", list);
    }
    return list;
}

static int place_of(json_object *list, const char *id)
{
    for (size_t i = 0; i < json_object_array_length(list); i++) {
        const char *has = json_object_get_string(
            json_object_object_get(json_object_array_get_idx(list, i), "id"));
        if (has && strcmp(has, id) == 0)
            return (int)i;
    }
    return -1;
}

static bool is_probe(json_object *check)
{
    return json_object_get_boolean(json_object_object_get(check, "probe"));
}

static bool has_probe(json_object *list)
{
    for (size_t i = 0; i < json_object_array_length(list); i++)
        if (is_probe(json_object_array_get_idx(list, i)))
            return true;
    return false;
}

static void probe_put(json_object *registration, const struct consul_check_body *check)
{
    json_object *probe = json_object_new_object();
    json_object_object_add(probe, "strategy", json_object_new_string(check->strategy));
    int own = json_object_get_int(json_object_object_get(registration, "port"));
    if (check->port && check->port != own)
        json_object_object_add(probe, "port", json_object_new_int(check->port));
    if (check->path[0])
        json_object_object_add(registration, "healthEndpoint", json_object_new_string(check->path));
    registration_put_duration(probe, "interval", check->interval_ms);
    if (check->timeout_ms)
        registration_put_duration(probe, "timeout", check->timeout_ms);
    json_object_object_add(probe, "retries", json_object_new_int64(check->retries ? check->retries : 1));
    json_object_object_add(probe, "successes",
                           json_object_new_int64(check->successes ? check->successes : 1));
    if (check->tls_verify)
        json_object_object_add(probe, "tlsVerify", json_object_new_boolean(true));
    json_object_object_add(registration, "healthCheck", probe);
}

void registration_put_no_probe(json_object *registration)
{
    json_object *probe = json_object_new_object();
    json_object_object_add(probe, "strategy", json_object_new_string("none"));
    json_object_object_add(registration, "healthCheck", probe);
}

int check_body_add(json_object *registration, const struct consul_check_body *check, const char *id,
                   const char *name, struct error *err)
{
    const char *named = check->id && check->id[0] ? check->id : id;
    json_object *list = checks_of(registration), *one = json_object_new_object();
    json_object_object_add(one, "id", json_object_new_string(named));
    json_object_object_add(one, "name",
                           json_object_new_string(check->name && check->name[0] ? check->name : name));
    if (check->notes && check->notes[0])
        json_object_object_add(one, "notes", json_object_new_string(check->notes));
    if (check->strategy)
        json_object_object_add(one, "probe", json_object_new_boolean(true));
    if (check->ttl_ms)
        registration_put_duration(one, "ttl", check->ttl_ms);
    if (check->status && !check->strategy)
        json_object_object_add(one, "status", json_object_new_string(check->status));
    consul_check_remove(registration, named);
    if (check->strategy && has_probe(list)) {
        json_object_put(one);
        return error_set(
            err, -EINVAL,
            "quaywatch makes one HTTP, TCP or gRPC check of a service; let the service report the "
            "others as TTL checks");
    }
    json_object_array_add(list, one);
    if (check->strategy)
        probe_put(registration, check);
    if (check->remove_after_ms)
        registration_put_duration(registration, "removeAfter", check->remove_after_ms);
    return 0;
}

void consul_checks_keep(json_object *registration, json_object *before)
{
    json_object *old = json_object_object_get(before, "checks"), *list = checks_of(registration);
    static const char *const probed[] = {"healthCheck", "healthEndpoint"};
    bool probe = has_probe(list);
    for (size_t i = 0; json_object_is_type(old, json_type_array) && i < json_object_array_length(old); i++) {
        json_object *one = json_object_array_get_idx(old, i);
        const char *id = json_object_get_string(json_object_object_get(one, "id"));
        if (!id || place_of(list, id) >= 0 || (is_probe(one) && probe))
            continue;
        json_object_array_add(list, json_object_get(one));
        for (size_t p = 0; is_probe(one) && p < sizeof probed / sizeof *probed; p++)
            json_object_object_add(registration, probed[p],
                                   json_object_get(json_object_object_get(before, probed[p])));
        json_object *after = json_object_object_get(before, "removeAfter");
        if (after && !json_object_object_get(registration, "removeAfter"))
            json_object_object_add(registration, "removeAfter", json_object_get(after));
    }
}

bool consul_check_remove(json_object *registration, const char *id)
{
    json_object *list = checks_of(registration);
    int place = place_of(list, id);
    if (place < 0)
        return false;
    if (is_probe(json_object_array_get_idx(list, (size_t)place)))
        registration_put_no_probe(registration);
    json_object_array_del_idx(list, (size_t)place, 1);
    return true;
}
