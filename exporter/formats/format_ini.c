/* SPDX-License-Identifier: MIT */
/* format_ini.c: the services as an INI file, a section a service, and one an instance. INI has no rule for
 * quoting: what is not made of plain characters is written as a JSON string in ASCII, without any character
 * that a reader of INI files knows (comments, interpolation, the end of a section or line). */
#include "exporter/formats/format.h"

#include <stdio.h>
#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/text.h"
#include "exporter/formats/listing.h"

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
static const char plain_name[] = LETTERS "._-";
static const char plain_value[] = LETTERS " ._-+:/@[]";

/* ---- text ---- */

static void put_unit(struct buf *out, uint32_t unit)
{
    buf_format(out, "\\u%04x", unit);
}

/* The character at text, of length bytes. */
static uint32_t code_point(const char *text, size_t length)
{
    static const unsigned char mask[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint32_t code = (unsigned char)text[0] & mask[length];
    for (size_t i = 1; i < length; i++)
        code = code << 6 | ((unsigned char)text[i] & 0x3f);
    return code;
}

/* The inside of a JSON string: what is not plain is escaped, commas too, so that lists can be cut at them. */
static void put_escaped(struct buf *out, const char *text, const char *plain)
{
    for (size_t length; (length = text_utf8_length(text)); text += length) {
        uint32_t code = code_point(text, length);
        if (length == 1 && strchr(plain, *text)) {
            buf_add(out, text, 1);
        } else if (*text == '"' || *text == '\\') {
            buf_format(out, "\\%c", *text);
        } else if (code < 0x10000) {
            put_unit(out, code);
        } else {
            put_unit(out, 0xd800 + ((code - 0x10000) >> 10));
            put_unit(out, 0xdc00 + ((code - 0x10000) & 0x3ff));
        }
    }
}

static void put_quoted(struct buf *out, const char *text)
{
    buf_text(out, "\"");
    put_escaped(out, text, plain_value);
    buf_text(out, "\"");
}

/* Blanks at the ends would be cut. */
static bool is_plain(const char *text)
{
    size_t length = strlen(text);
    return length && !text[strspn(text, plain_value)] && text[0] != ' ' && text[length - 1] != ' ';
}

static void put_value(struct buf *out, const char *text)
{
    if (is_plain(text))
        buf_text(out, text);
    else
        put_quoted(out, text);
}

/* "DEFAULT" means something to Python's reader. A slash is between service and instance only. */
static void put_section(struct buf *out, const char *service, const char *instance)
{
    bool plain = !service[strspn(service, plain_name)] &&
                 (!instance || !instance[strspn(instance, plain_name)]) && strcmp(service, "DEFAULT") != 0;
    buf_format(out, "%s[%s", out->len ? "\n" : "", plain ? "" : "\"");
    put_escaped(out, service, plain_name);
    if (instance) {
        buf_text(out, "/");
        put_escaped(out, instance, plain_name);
    }
    buf_format(out, "%s]\n", plain ? "" : "\"");
}

/* ---- values ---- */

static void put_text(struct buf *out, const char *key, const char *text)
{
    buf_format(out, "%s =", key);
    if (text) {
        buf_text(out, " ");
        put_value(out, text);
    }
    buf_text(out, "\n");
}

static void put_number(struct buf *out, const char *key, int64_t number)
{
    buf_format(out, "%s = %lld\n", key, (long long)number);
}

static void put_texts(struct buf *out, const char *key, const struct strings *list)
{
    buf_format(out, "%s =", key);
    for (size_t i = 0; i < list->count; i++) {
        buf_text(out, i ? ", " : " ");
        put_value(out, list->item[i]);
    }
    buf_text(out, "\n");
}

/* Keys of INI files differ in no more than case for some readers: these are one value of JSON. */
static void put_pairs(struct buf *out, const char *key, const struct pairs *pairs)
{
    buf_format(out, "%s = {", key);
    for (size_t i = 0; i < pairs->count; i++) {
        buf_text(out, i ? ", " : "");
        put_quoted(out, pairs->item[i].key);
        buf_text(out, ": ");
        put_quoted(out, pairs->item[i].value);
    }
    buf_text(out, "}\n");
}

static void put_ports(struct buf *out, const struct listing *listing)
{
    buf_text(out, "ports = {");
    for (size_t i = 0; i < listing->port_count; i++) {
        buf_text(out, i ? ", " : "");
        put_quoted(out, listing->ports[i].name);
        buf_format(out, ": %d", listing->ports[i].port);
    }
    buf_text(out, "}\n");
}

/* ---- sections ---- */

static void put_instance(struct buf *out, const char *service, const struct endpoint *endpoint)
{
    char id[LISTING_ID], url[ENDPOINT_URL];
    struct arena arena = {0};
    listing_id(endpoint->instance, id);
    endpoint_url(endpoint->protocol, endpoint->address, endpoint->port, url);
    put_section(out, service, listing_text(&arena, endpoint->instance->observed->container));
    put_text(out, "id", listing_text(&arena, id));
    put_text(out, "address", listing_text(&arena, endpoint->address));
    if (endpoint->address6)
        put_text(out, "address6", listing_text(&arena, endpoint->address6));
    put_number(out, "port", endpoint->port);
    put_text(out, "protocol", protocol_name[endpoint->protocol]);
    put_number(out, "weight", endpoint->weight);
    put_text(out, "url", listing_text(&arena, url));
    arena_free(&arena);
}

static size_t put_service(void *user, const struct listing *listing)
{
    struct buf *out = user;
    put_section(out, listing->name, NULL);
    put_text(out, "project", listing->project);
    put_text(out, "version", listing->version);
    put_text(out, "environment", listing->environment);
    put_text(out, "status", listing->status);
    put_text(out, "serving", listing->serving ? "true" : "false");
    put_text(out, "url", listing->url);
    put_text(out, "protocol", listing->protocol);
    put_text(out, "host", listing->host);
    if (listing->port)
        put_number(out, "port", listing->port);
    else
        put_text(out, "port", NULL);
    put_texts(out, "endpoints", &listing->endpoints);
    put_texts(out, "fallback_urls", &listing->fallback_urls);
    put_text(out, "health_endpoint", listing->health_endpoint);
    put_number(out, "timeout_ms", listing->timeout_ms);
    put_number(out, "retry_max", listing->retry_max);
    put_number(out, "retry_base_delay_ms", listing->retry_delay_ms);
    put_texts(out, "tags", &listing->tags);
    put_pairs(out, "metadata", &listing->metadata);
    put_ports(out, listing);
    for (size_t i = 0; i < listing->instance_count; i++)
        put_instance(out, listing->name, &listing->instances[i]);
    return listing->instance_count;
}

int format_ini(const struct format_wish *wish, struct buf *out, struct error *err)
{
    (void)err;
    listing_each(wish, put_service, out);
    return 0;
}
