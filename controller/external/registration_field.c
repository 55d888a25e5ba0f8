/* SPDX-License-Identifier: MIT */
/* registration_field.c: the fields of a registration, one table row each, and how each is read. */
#include "controller/external/registration_field.h"

#include <arpa/inet.h>
#include <json-c/json.h>
#include <string.h>
#include <strings.h>

#include "controller/core/limits.h"
#include "controller/core/text.h"
#include "controller/core/url.h"

enum {
    TEXT_MAX = 256, /* of a version, a path, a metadata value */
    META_MAX = 512,
    TAG_MAX = 1024, /* those for Traefik hold whole rules */
    REMOVE_LEAST_MS = 60 * 1000,
    TTL_LEAST_MS = 5 * 1000,
    TTL_MOST_MS = 24 * 3600 * 1000,
    CHECK_LEAST_MS = 100, /* as for the labels */
    CHECK_MOST_MS = 24 * 3600 * 1000,
    WEIGHT_MAX = 256,
    RETRIES_MAX = 1000,
};

/* ---- kinds of values ---- */

const char *registration_text(json_object *value, size_t max)
{
    if (!json_object_is_type(value, json_type_string))
        return NULL;
    const char *text = json_object_get_string(value);
    size_t len = (size_t)json_object_get_string_len(value);
    if (len == 0 || len > max)
        return NULL;
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
            return NULL;
    return text;
}

static const char *name_text(json_object *value)
{
    const char *text = registration_text(value, TEXT_MAX);
    return text && text_is_name(text) ? text : NULL;
}

/* A whole number, also one in a string. */
static bool whole_number(json_object *value, int64_t min, int64_t max, int64_t *ret)
{
    bool said = json_object_is_type(value, json_type_int) || registration_text(value, TEXT_MAX);
    return said && text_number(json_object_get_string(value), min, max, ret) == 0;
}

bool registration_duration(json_object *value, int64_t least_ms, int64_t most_ms, int64_t *ret_ms)
{
    int64_t ms;
    bool said = json_object_is_type(value, json_type_int) || registration_text(value, TEXT_MAX);
    if (!said || text_duration(json_object_get_string(value), 1000, &ms) != 0)
        return false;
    if (ms < least_ms || ms > most_ms)
        return false;
    *ret_ms = ms;
    return true;
}

/* The place of a word in a list of names; -1 when it is not there. */
static int word_place(const char *text, const char *const *names, int count)
{
    for (int i = 0; text && i < count; i++)
        if (strcasecmp(text, names[i]) == 0)
            return i;
    return -1;
}

/* ---- the fields ---- */

static bool read_id(struct registration *r, json_object *value)
{
    const char *text = name_text(value);
    r->id = arena_copy(&r->arena, text);
    return text && text[0] != '.'; /* it stands in paths, where "." and ".." mean something else */
}

static bool read_name(struct registration *r, json_object *value)
{
    const char *text = name_text(value);
    r->name = arena_copy(&r->arena, text);
    return text != NULL;
}

static bool read_version(struct registration *r, json_object *value)
{
    const char *text = registration_text(value, TEXT_MAX);
    r->version = arena_copy(&r->arena, text);
    return text != NULL;
}

static bool read_host(struct registration *r, json_object *value)
{
    unsigned char address[sizeof(struct in6_addr)];
    const char *text = registration_text(value, TEXT_MAX);
    size_t len = text ? strlen(text) : 0;
    if (!text)
        return false;
    bool brackets = len > 2 && text[0] == '[' && text[len - 1] == ']';
    char *host = brackets ? arena_copy_n(&r->arena, text + 1, len - 2) : arena_copy(&r->arena, text);
    bool six = inet_pton(AF_INET6, host, address) == 1;
    r->by_address = six || (!brackets && inet_pton(AF_INET, host, address) == 1);
    r->host = host;
    return r->by_address || (!brackets && text_is_host(host));
}

static bool read_port(struct registration *r, json_object *value)
{
    int64_t number;
    if (!whole_number(value, 1, 65535, &number))
        return false;
    r->port = (int)number;
    return true;
}

static bool read_protocol(struct registration *r, json_object *value)
{
    int place = word_place(registration_text(value, TEXT_MAX), protocol_name, PROTOCOL_COUNT);
    if (place < 0)
        return false;
    r->protocol = (enum protocol)place;
    return true;
}

static bool read_endpoint(struct registration *r, json_object *value)
{
    const char *text = registration_text(value, TEXT_MAX);
    if (!text || text[0] != '/')
        return false;
    for (const char *c = text; *c; c++)
        if (*c == ' ' || *c == '#' || (unsigned char)*c > 0x7e)
            return false;
    r->endpoint = arena_copy(&r->arena, text);
    return true;
}

/* As labels of that kind, such tags are told nobody. */
static bool tag_holds_password(const char *tag)
{
    return strcasestr(tag, ".basicauth.") || strcasestr(tag, ".digestauth.");
}

static bool read_tags(struct registration *r, json_object *value)
{
    size_t count = json_object_is_type(value, json_type_array) ? json_object_array_length(value) : 0;
    if (!json_object_is_type(value, json_type_array) || count > LIMIT_TAGS)
        return false;
    for (size_t i = 0; i < count; i++) {
        const char *tag = registration_text(json_object_array_get_idx(value, i), TAG_MAX);
        if (!tag)
            return false;
        if (!tag_holds_password(tag) && !strings_has(&r->tags, tag))
            strings_add(&r->arena, &r->tags, tag);
    }
    return true;
}

static bool read_fallbacks(struct registration *r, json_object *value)
{
    size_t count = json_object_is_type(value, json_type_array) ? json_object_array_length(value) : 0;
    if (!json_object_is_type(value, json_type_array) || count > LIMIT_FALLBACK_URLS)
        return false;
    for (size_t i = 0; i < count; i++) {
        json_object *url = json_object_array_get_idx(value, i);
        if (!json_object_is_type(url, json_type_string) || !url_is_plain(json_object_get_string(url)))
            return false;
        strings_add(&r->arena, &r->fallback_urls, json_object_get_string(url));
    }
    return true;
}

static bool read_metadata(struct registration *r, json_object *value)
{
    if (!json_object_is_type(value, json_type_object) || json_object_object_length(value) > LIMIT_METADATA)
        return false;
    json_object_object_foreach(value, key, member)
    {
        bool word = json_object_is_type(member, json_type_int) ||
                    json_object_is_type(member, json_type_double) ||
                    json_object_is_type(member, json_type_boolean);
        bool none = json_object_is_type(member, json_type_string) && json_object_get_string_len(member) == 0;
        const char *text = word || none ? json_object_get_string(member)
                                        : registration_text(member, META_MAX);
        if (!text_is_name(key) || !text)
            return false;
        pairs_set(&r->arena, &r->metadata, key, text);
    }
    pairs_sort(&r->metadata);
    return true;
}

/* "redis", "redis:optional" or {"name": "redis", "type": "optional"}. */
static bool read_dependency(struct registration *r, json_object *value, struct dependency *ret)
{
    bool object = json_object_is_type(value, json_type_object);
    json_object *name = object ? json_object_object_get(value, "name") : value;
    json_object *type = object ? json_object_object_get(value, "type") : NULL;
    if (object && json_object_object_length(value) != 1 + (type != NULL))
        return false;
    const char *text = registration_text(name, TEXT_MAX);
    if (!text)
        return false;
    char *copy = arena_copy(&r->arena, text);
    const char *word = type ? registration_text(type, TEXT_MAX) : NULL;
    if (type && !word)
        return false;
    char *colon = object ? NULL : strchr(copy, ':');
    if (colon) {
        *colon = '\0';
        word = colon + 1;
    }
    int place = word ? word_place(word, dependency_type_name, DEPENDENCY_TYPE_COUNT) : DEPENDENCY_REQUIRED;
    if (place < 0 || !text_is_name(copy))
        return false;
    *ret = (struct dependency){.name = copy, .type = (enum dependency_type)place, .source = "registration"};
    return true;
}

static bool read_dependencies(struct registration *r, json_object *value)
{
    size_t count = json_object_is_type(value, json_type_array) ? json_object_array_length(value) : 0;
    if (!json_object_is_type(value, json_type_array) || count > LIMIT_DEPENDENCIES)
        return false;
    r->dependencies = arena_new(&r->arena, (count + 1) * sizeof *r->dependencies);
    for (size_t i = 0; i < count; i++) {
        struct dependency *dependency = &r->dependencies[r->dependency_count];
        if (!read_dependency(r, json_object_array_get_idx(value, i), dependency))
            return false;
        bool twice = false;
        for (size_t d = 0; d < r->dependency_count; d++)
            twice |= strcmp(r->dependencies[d].name, dependency->name) == 0;
        r->dependency_count += !twice;
    }
    return true;
}

static bool read_weight(struct registration *r, json_object *value)
{
    int64_t number;
    if (!whole_number(value, 1, WEIGHT_MAX, &number))
        return false;
    r->weight = (unsigned)number;
    return true;
}

static bool read_ttl(struct registration *r, json_object *value)
{
    return registration_duration(value, TTL_LEAST_MS, TTL_MOST_MS, &r->ttl_ms);
}

/* ---- how it is checked ---- */

static bool read_strategy(struct registration *r, json_object *value)
{
    int place = word_place(registration_text(value, TEXT_MAX), check_name, CHECK_COUNT);
    if (place != CHECK_HTTP && place != CHECK_TCP && place != CHECK_GRPC && place != CHECK_NONE)
        return false;
    r->check = (enum check_kind)place;
    r->check_said = true;
    return true;
}

static bool read_check_port(struct registration *r, json_object *value)
{
    int64_t number;
    if (!whole_number(value, 1, 65535, &number))
        return false;
    r->check_port = (int)number;
    return true;
}

static bool read_timeout(struct registration *r, json_object *value)
{
    return registration_duration(value, CHECK_LEAST_MS, CHECK_MOST_MS, &r->check_timeout_ms);
}

static bool read_interval(struct registration *r, json_object *value)
{
    return registration_duration(value, CHECK_LEAST_MS, CHECK_MOST_MS, &r->check_interval_ms);
}

static bool read_retries(struct registration *r, json_object *value)
{
    int64_t number;
    if (!whole_number(value, 1, RETRIES_MAX, &number))
        return false;
    r->check_retries = (unsigned)number;
    return true;
}

static bool read_tls_verify(struct registration *r, json_object *value)
{
    r->check_tls_verify = json_object_get_boolean(value);
    return json_object_is_type(value, json_type_boolean);
}

static bool read_successes(struct registration *r, json_object *value)
{
    int64_t number;
    if (!whole_number(value, 1, RETRIES_MAX, &number))
        return false;
    r->check_successes = (unsigned)number;
    return true;
}

static bool read_owner_id(struct registration *r, json_object *value)
{
    const char *text = registration_text(value, TEXT_MAX);
    r->owner_id = arena_copy(&r->arena, text);
    return text != NULL;
}

static bool read_remove_after(struct registration *r, json_object *value)
{
    return registration_duration(value, REMOVE_LEAST_MS, INT64_C(30) * TTL_MOST_MS, &r->remove_after_ms);
}

static bool read_check(struct registration *r, json_object *value)
{
    (void)r;
    return json_object_is_type(value, json_type_object); /* its fields are read by themselves */
}

const char registration_allowed_name[] = "1 to 63 characters of a-z A-Z 0-9 . _ -";
static const char allowed_check_time[] =
    "a duration from 100ms to 24h such as 1500ms, or a number of seconds";
static const char allowed_path[] =
    "a path such as /health, of at most 256 printable characters without blanks";

const struct registration_field registration_fields[REGISTRATION_FIELDS] = {
    {"id", NULL, read_id, "1 to 63 characters of a-z A-Z 0-9 . _ -, the first of which is no dot"},
    {"name", NULL, read_name, registration_allowed_name},
    {"version", NULL, read_version, "a text of at most 256 characters"},
    {"host", NULL, read_host, "a host name or an IP address, without port"},
    {"port", NULL, read_port, "a whole number from 1 to 65535"},
    {"protocol", NULL, read_protocol, "http, https, tcp or grpc"},
    {"healthEndpoint", "health_endpoint", read_endpoint, allowed_path},
    {"tags", NULL, read_tags, "a list of at most 64 texts of 1 to 1024 characters"},
    {"fallbackUrls", "fallback_urls", read_fallbacks,
     "a list of at most 16 URLs such as http://host:5000, without user name and query"},
    {"dependencies", NULL, read_dependencies,
     "a list of at most 64 service names, each also as \"name:type\" or {\"name\", \"type\"} with the type "
     "required, optional, soft or circular"},
    {"metadata", NULL, read_metadata,
     "an object of at most 64 texts, numbers or booleans, each of at most 512 characters, with keys of a-z "
     "A-Z 0-9 . _ -"},
    {"weight", NULL, read_weight, "a whole number from 1 to 256"},
    {"ttl", NULL, read_ttl, "a duration from 5s to 24h such as 1m, or a number of seconds"},
    {"healthCheck", "health_check", read_check,
     "an object of strategy, endpoint, port, timeout, interval, retries, successes and tlsVerify"},
    {"checks", NULL, registration_read_named, registration_allowed_named},
    {"removeAfter", "remove_after", read_remove_after, "a duration from 1m to 720h, or a number of seconds"},
    {"ownerId", "owner_id", read_owner_id, "a text of at most 256 characters"},
};

const struct registration_field registration_check_fields[REGISTRATION_CHECK_FIELDS] = {
    {"strategy", NULL, read_strategy, "http, tcp, grpc or none"},
    {"endpoint", NULL, read_endpoint, allowed_path},
    {"port", NULL, read_check_port, "a whole number from 1 to 65535"},
    {"timeout", NULL, read_timeout, allowed_check_time},
    {"interval", NULL, read_interval, allowed_check_time},
    {"retries", NULL, read_retries, "a whole number from 1 to 1000"},
    {"successes", NULL, read_successes, "a whole number from 1 to 1000"},
    {"tlsVerify", "tls_verify", read_tls_verify, "true or false"},
};
