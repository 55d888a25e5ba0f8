/* SPDX-License-Identifier: MIT */
/* fields.c: the table of fields. */
#include "exporter/templates/fields.h"

#include <errno.h>
#include <string.h>

#include "controller/core/env_name.h"
#include "controller/core/error.h"
#include "controller/core/text.h"

/* A subject, and where it can be reached. */
struct seen {
    const struct service *service;
    const struct instance *instance; /* the one that stands for it; NULL: a service without any */
    bool meant; /* the instance itself is, by its address; else the service, by a name where it has one */
    bool serves;
    struct endpoint endpoint;
    struct arena *arena;
};

typedef struct value field_read(const struct seen *seen);

/* What a field needs. */
enum need { NEEDS_NOTHING, NEEDS_ENDPOINT, NEEDS_PORT };

static struct value read_address_url(const struct seen *seen)
{
    char url[ENDPOINT_URL];
    endpoint_url(seen->endpoint.protocol, seen->endpoint.address, seen->endpoint.port, url);
    return value_text(arena_copy(seen->arena, url));
}

static struct value read_url(const struct seen *seen)
{
    char url[ENDPOINT_URL] = "";
    if (!seen->meant)
        endpoint_name_url(seen->instance, url);
    return url[0] ? value_text(arena_copy(seen->arena, url)) : read_address_url(seen);
}

static struct value read_host(const struct seen *seen)
{
    const char *name = seen->meant ? NULL : endpoint_name(seen->instance);
    if (name)
        return value_text(name);
    if (!seen->endpoint.ipv6)
        return value_text(seen->endpoint.address);
    return value_text(arena_format(seen->arena, "[%s]", seen->endpoint.address));
}

static struct value read_address(const struct seen *seen)
{
    return value_text(seen->endpoint.address);
}

static struct value read_address6(const struct seen *seen)
{
    return value_text(seen->endpoint.address6);
}

static struct value read_port(const struct seen *seen)
{
    return value_number(seen->arena, seen->endpoint.port);
}

static struct value read_weight(const struct seen *seen)
{
    return value_number(seen->arena, (long long)seen->endpoint.weight);
}

static struct value read_name(const struct seen *seen)
{
    return value_text(seen->service->name);
}

static struct value read_env_name(const struct seen *seen)
{
    char name[ENV_NAME];
    env_name(seen->service->name, NULL, name);
    return value_text(arena_copy(seen->arena, name));
}

static struct value read_key(const struct seen *seen)
{
    return value_text(seen->service->key);
}

static struct value read_service_status(const struct seen *seen)
{
    return value_text(status_name[seen->service->status]);
}

static struct value read_service_serving(const struct seen *seen)
{
    return value_bool(seen->service->serving);
}

static struct value read_count(const struct seen *seen)
{
    struct endpoint endpoint;
    long long count = 0;
    for (const struct instance *at = seen->service->first; at; at = at->next)
        count += endpoint_of(at, &endpoint);
    return value_number(seen->arena, count);
}

/* ---- of the instance that stands for the service, or is meant ---- */

static struct value read_status(const struct seen *seen)
{
    return value_text(status_name[seen->instance->health.status]);
}

static struct value read_serving(const struct seen *seen)
{
    return value_bool(seen->serves);
}

static struct value read_protocol(const struct seen *seen)
{
    return value_text(protocol_name[seen->instance->spec->protocol]);
}

static struct value read_version(const struct seen *seen)
{
    return value_text(seen->instance->spec->version);
}

static struct value read_environment(const struct seen *seen)
{
    return value_text(seen->instance->spec->environment);
}

static struct value read_project(const struct seen *seen)
{
    return value_text(seen->instance->spec->project);
}

static struct value read_tags(const struct seen *seen)
{
    return (struct value){.kind = VALUE_LIST, .list = seen->instance->spec->tags};
}

static struct value read_fallback_urls(const struct seen *seen)
{
    return (struct value){.kind = VALUE_LIST, .list = seen->instance->spec->fallback_urls};
}

static struct value read_health_endpoint(const struct seen *seen)
{
    return value_text(endpoint_has_health(seen->instance) ? seen->instance->spec->health_path : NULL);
}

static struct value read_container(const struct seen *seen)
{
    return value_text(seen->instance->observed->container);
}

static struct value read_id(const struct seen *seen)
{
    return value_text(arena_format(seen->arena, "%.12s", seen->instance->observed->id));
}

static struct value read_replica(const struct seen *seen)
{
    return value_number(seen->arena, (long long)seen->instance->spec->replica);
}

static struct value read_timeout(const struct seen *seen)
{
    return value_number(seen->arena, (long long)seen->instance->spec->call_timeout_ms);
}

static struct value read_retries(const struct seen *seen)
{
    return value_number(seen->arena, (long long)seen->instance->spec->retry_max);
}

/* The first row of a name is the service's where the second is an instance's. */
static const struct field {
    const char *name;
    enum need need;
    bool of_service; /* it needs no instance, and one that is meant has another row */
    field_read *read;
} fields[] = {
    {"url", NEEDS_PORT, false, read_url},
    {"host", NEEDS_ENDPOINT, false, read_host},
    {"port", NEEDS_PORT, false, read_port},
    {"protocol", NEEDS_NOTHING, false, read_protocol},
    {"address", NEEDS_ENDPOINT, false, read_address},
    {"address6", NEEDS_ENDPOINT, false, read_address6},
    {"address_url", NEEDS_PORT, false, read_address_url},
    {"weight", NEEDS_ENDPOINT, false, read_weight},
    {"name", NEEDS_NOTHING, true, read_name},
    {"name", NEEDS_NOTHING, false, read_container},
    {"service", NEEDS_NOTHING, false, read_name},
    {"env_name", NEEDS_NOTHING, false, read_env_name},
    {"status", NEEDS_NOTHING, true, read_service_status},
    {"status", NEEDS_NOTHING, false, read_status},
    {"serving", NEEDS_NOTHING, true, read_service_serving},
    {"serving", NEEDS_NOTHING, false, read_serving},
    {"version", NEEDS_NOTHING, false, read_version},
    {"environment", NEEDS_NOTHING, false, read_environment},
    {"project", NEEDS_NOTHING, false, read_project},
    {"tags", NEEDS_NOTHING, false, read_tags},
    {"fallback_urls", NEEDS_NOTHING, false, read_fallback_urls},
    {"health_endpoint", NEEDS_NOTHING, false, read_health_endpoint},
    {"count", NEEDS_NOTHING, true, read_count},
    {"key", NEEDS_NOTHING, false, read_key},
    {"container", NEEDS_NOTHING, false, read_container},
    {"id", NEEDS_NOTHING, false, read_id},
    {"replica", NEEDS_NOTHING, false, read_replica},
    {"timeout_ms", NEEDS_NOTHING, false, read_timeout},
    {"retry_max", NEEDS_NOTHING, false, read_retries},
};
enum { FIELDS = sizeof fields / sizeof *fields };

bool field_has_keys(const char *name)
{
    return strcmp(name, "meta") == 0 || strcmp(name, "metadata") == 0;
}

bool field_known(const char *name)
{
    for (size_t i = 0; i < FIELDS; i++)
        if (strcmp(fields[i].name, name) == 0)
            return true;
    return false;
}

bool field_is_number(const char *name)
{
    static const char *const numbers[] = {"port", "weight", "count", "replica", "timeout_ms", "retry_max"};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (strcmp(numbers[i], name) == 0)
            return true;
    return false;
}

/* An instance that serves speaks for the service, else the first. */
const struct instance *field_speaker(const struct subject *subject)
{
    struct endpoint endpoint;
    if (subject->instance)
        return subject->instance;
    for (const struct instance *at = subject->service->first; at; at = at->next)
        if (endpoint_of(at, &endpoint) && endpoint.port)
            return at;
    for (const struct instance *at = subject->service->first; at; at = at->next)
        if (endpoint_of(at, &endpoint))
            return at;
    return subject->service->first;
}

const struct pairs *field_metadata(const struct subject *subject)
{
    const struct instance *instance = field_speaker(subject);
    return instance ? &instance->spec->metadata : NULL;
}

static int no_field(const struct subject *subject, const char *name, struct error *err)
{
    const char *known[FIELDS + 1];
    for (size_t i = 0; i < FIELDS; i++)
        known[i] = fields[i].name;
    known[FIELDS] = "metadata";
    char shown[64], service[64];
    text_one_line(name, shown, sizeof shown);
    text_one_line(subject->service->name, service, sizeof service);
    const char *nearest = text_nearest(name, known, FIELDS + 1);
    return error_set(
        err, -ENOENT,
        "Service '%s' has no field and no metadata '%s'%s%s%s; there are: url host port protocol "
        "address weight name status serving version environment project tags fallback_urls "
        "health_endpoint meta.KEY and others",
        service, shown, nearest ? "; did you mean '" : "", nearest ? nearest : "", nearest ? "'?" : "");
}

static struct value keyed(const struct subject *subject, const char *key)
{
    const struct pairs *pairs = field_metadata(subject);
    return value_text(pairs ? pairs_get(pairs, key) : NULL);
}

static int check_need(const struct seen *seen, enum need need, struct error *err)
{
    if (need == NEEDS_NOTHING)
        return 0;
    if (!seen->serves)
        return error_set(err, -ENOENT, "Service '%s' has no serving instance", seen->service->name);
    if (need == NEEDS_PORT && !seen->endpoint.port)
        return error_set(err, -ENOENT, "No port of service '%s' is known; label service.port says it",
                         seen->service->name);
    return 0;
}

int field_value(const struct subject *subject, const char *name, const char *key, struct arena *arena,
                struct value *ret, struct error *err)
{
    struct seen seen = {.service = subject->service,
                        .instance = field_speaker(subject),
                        .meant = subject->instance != NULL,
                        .arena = arena};
    *ret = (struct value){.kind = VALUE_NONE};
    seen.serves = seen.instance && endpoint_of(seen.instance, &seen.endpoint);
    if (key) {
        *ret = keyed(subject, key);
        return 0;
    }
    for (size_t i = 0; i < FIELDS; i++) {
        if (strcmp(fields[i].name, name) != 0 || (fields[i].of_service && subject->instance))
            continue;
        int rc = check_need(&seen, fields[i].need, err);
        if (!rc && (seen.instance || fields[i].of_service))
            *ret = fields[i].read(&seen);
        return rc;
    }
    *ret = keyed(subject, name);
    return ret->kind == VALUE_NONE ? no_field(subject, name, err) : 0;
}
