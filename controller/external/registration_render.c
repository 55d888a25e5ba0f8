/* SPDX-License-Identifier: MIT */
/* registration_render.c: a registration in the words in which it is read. */
#include "controller/external/registration.h"

#include "controller/core/json_writer.h"
#include "controller/core/text.h"

static void put_duration(struct json_writer *w, const char *key, int64_t ms)
{
    char text[24];
    if (!ms)
        return;
    text_format_duration(ms, text);
    json_put_string(w, key, text);
}

static void put_tags(struct json_writer *w, const struct registration *registration)
{
    json_key(w, "tags");
    json_begin_array(w);
    for (size_t i = 0; i < registration->tags.count; i++)
        json_string(w, registration->tags.item[i]);
    json_end_array(w);
}

static void put_fallbacks(struct json_writer *w, const struct registration *registration)
{
    json_key(w, "fallbackUrls");
    json_begin_array(w);
    for (size_t i = 0; i < registration->fallback_urls.count; i++)
        json_string(w, registration->fallback_urls.item[i]);
    json_end_array(w);
}

static void put_dependencies(struct json_writer *w, const struct registration *registration)
{
    json_key(w, "dependencies");
    json_begin_array(w);
    for (size_t i = 0; i < registration->dependency_count; i++) {
        json_begin_object(w);
        json_put_string(w, "name", registration->dependencies[i].name);
        json_put_string(w, "type", dependency_type_name[registration->dependencies[i].type]);
        json_end_object(w);
    }
    json_end_array(w);
}

static void put_metadata(struct json_writer *w, const struct registration *registration)
{
    json_key(w, "metadata");
    json_begin_object(w);
    for (size_t i = 0; i < registration->metadata.count; i++)
        json_put_string(w, registration->metadata.item[i].key, registration->metadata.item[i].value);
    json_end_object(w);
}

static void put_check(struct json_writer *w, const struct registration *registration)
{
    json_key(w, "healthCheck");
    json_begin_object(w);
    json_put_string(w, "strategy", check_name[registration->check]);
    if (registration->check_port)
        json_put_number(w, "port", registration->check_port);
    put_duration(w, "timeout", registration->check_timeout_ms);
    put_duration(w, "interval", registration->check_interval_ms);
    if (registration->check_retries)
        json_put_number(w, "retries", registration->check_retries);
    if (registration->check_successes)
        json_put_number(w, "successes", registration->check_successes);
    if (registration->check_tls_verify)
        json_put_bool(w, "tlsVerify", true);
    json_end_object(w);
}

static void put_named(struct json_writer *w, const struct registration *registration)
{
    if (!registration->named_count)
        return;
    json_key(w, "checks");
    json_begin_array(w);
    for (size_t i = 0; i < registration->named_count; i++) {
        const struct registration_named *named = &registration->named[i];
        json_begin_object(w);
        json_put_string(w, "id", named->id);
        json_put_string(w, "name", named->name);
        if (named->notes)
            json_put_string(w, "notes", named->notes);
        if (named->probed)
            json_put_bool(w, "probe", true);
        put_duration(w, "ttl", named->ttl_ms);
        if (named->status != STATUS_STARTING)
            json_put_string(w, "status", status_name[named->status]);
        json_end_object(w);
    }
    json_end_array(w);
}

void registration_render(const struct registration *registration, struct buf *out)
{
    struct json_writer writer, *w = &writer;
    json_start(w, out);
    json_begin_object(w);
    json_put_string(w, "id", registration->id);
    json_put_string(w, "name", registration->name);
    json_put_string(w, "version", registration->version);
    json_put_string(w, "host", registration->host);
    if (registration->port)
        json_put_number(w, "port", registration->port);
    json_put_string(w, "protocol", protocol_name[registration->protocol]);
    json_put_string(w, "healthEndpoint", registration->endpoint);
    put_tags(w, registration);
    if (registration->fallback_urls.count)
        put_fallbacks(w, registration);
    put_dependencies(w, registration);
    put_metadata(w, registration);
    json_put_number(w, "weight", registration->weight);
    put_duration(w, "ttl", registration->ttl_ms);
    put_check(w, registration);
    put_named(w, registration);
    put_duration(w, "removeAfter", registration->remove_after_ms);
    if (registration->owner_id)
        json_put_string(w, "ownerId", registration->owner_id);
    json_end_object(w);
}
