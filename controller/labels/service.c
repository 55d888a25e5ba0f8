/* SPDX-License-Identifier: MIT */
/* Our own dialect: lists, families of labels (service.port.<name>, service.meta.<key>) and dependencies. */
#include "controller/labels/service.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "controller/core/text.h"
#include "controller/core/url.h"
#include "controller/labels/secret.h"

enum { TAG_MAX = 64, HEADER_MAX = 1024 };

static const char port_prefix[] = "service.port.", meta_prefix[] = "service.meta.",
                  header_prefix[] = "service.health.header.";
static const char port_allowed[] = "a port from 1 to 65535 under a name of a-z A-Z 0-9 . _ -";

/* What follows prefix in key, NULL when key does not begin so or nothing follows. */
static const char *behind(const char *key, const char *prefix)
{
    size_t length = strlen(prefix);
    return strncmp(key, prefix, length) == 0 && key[length] != '\0' ? key + length : NULL;
}

static bool overridden(const struct resolution *r, const char *label)
{
    return pairs_get(&r->overrides, label) != NULL;
}

/* The value of label in the first tier that has it. */
static const char *tiered(const struct resolution *r, const char *label, bool *override)
{
    *override = overridden(r, label);
    return pairs_get(*override ? &r->overrides : &r->container->labels, label);
}

static bool named_port(const struct pair *label, const char **name, int64_t *port)
{
    *name = behind(label->key, port_prefix);
    return *name && text_is_name(*name) && text_number(label->value, 1, 65535, port) == 0;
}

const char *service_named_port(const struct resolution *r, const struct pairs *labels, bool override,
                               const char **name)
{
    (void)r;
    (void) override;
    const struct pair *best = NULL;
    for (size_t i = 0; i < labels->count; i++) {
        const struct pair *label = &labels->item[i];
        const char *suffix;
        int64_t port;
        if (!named_port(label, &suffix, &port))
            continue;
        bool http = strcasecmp(suffix, "http") == 0;
        if (!best || http || strcmp(label->key, best->key) < 0)
            best = label;
        if (http)
            break;
    }
    if (!best)
        return NULL;
    *name = best->key;
    return best->value;
}

const char *service_health_port(const struct resolution *r, const struct pairs *labels, bool override,
                                const char **name)
{
    (void) override;
    *name = "service.health.port";
    const char *value = pairs_get(labels, *name);
    for (size_t i = 0; value && i < r->merged.count; i++) {
        const char *suffix;
        int64_t port;
        if (named_port(&r->merged.item[i], &suffix, &port) && strcmp(suffix, value) == 0)
            return r->merged.item[i].value;
    }
    return value;
}

static int port_compare(const void *a, const void *b)
{
    const struct named_port *x = a, *y = b;
    return strcmp(x->name, y->name);
}

static void ports_fill(struct resolution *r)
{
    struct spec *spec = r->spec;
    struct named_port found[LIMIT_NAMED_PORTS];
    size_t count = 0;
    for (size_t i = 0; i < r->merged.count; i++) {
        const struct pair *label = &r->merged.item[i];
        const char *name;
        int64_t port;
        if (!behind(label->key, port_prefix))
            continue;
        if (!named_port(label, &name, &port)) {
            resolution_invalid(r, label->key, overridden(r, label->key), label->value, port_allowed);
        } else if (count == LIMIT_NAMED_PORTS) {
            resolution_too_many(r, "service.port.<name>", LIMIT_NAMED_PORTS);
            break;
        } else {
            found[count++] = (struct named_port){arena_copy(&spec->arena, name), (int)port};
        }
    }
    if (count == 0)
        return;
    spec->ports = arena_new(&spec->arena, count * sizeof *spec->ports);
    memcpy(spec->ports, found, count * sizeof *spec->ports);
    spec->port_count = count;
    qsort(spec->ports, count, sizeof *spec->ports, port_compare);
}

void service_meta(struct resolution *r, const char *key, const char *value)
{
    struct pairs *metadata = &r->spec->metadata;
    if (metadata_is_secret(key) || pairs_get(metadata, key))
        return;
    if (secret_likely(key, value)) {
        char shown[96];
        text_one_line(key, shown, sizeof shown);
        resolution_finding(
            r, "secret-in-metadata",
            "The metadata %s looks like a secret, so its value is not shown; whoever may inspect "
            "the container can read it: labels are no place for it.",
            shown);
        return;
    }
    if (metadata->count < LIMIT_METADATA)
        pairs_set(&r->spec->arena, metadata, key, value);
    else
        resolution_finding(r, "too-many", "There is more metadata than %d entries; the rest is left out.",
                           LIMIT_METADATA);
}

/* What service.meta.<key> says, and what people say to Prometheus. */
static void metadata_fill(struct resolution *r)
{
    for (size_t i = 0; i < r->merged.count; i++) {
        const char *key = behind(r->merged.item[i].key, meta_prefix);
        if (!key && strncmp(r->merged.item[i].key, "prometheus.io/", 14) == 0)
            key = r->merged.item[i].key;
        if (key && !metadata_is_secret(r->merged.item[i].key))
            service_meta(r, key, r->merged.item[i].value);
    }
}

/* RFC 9110: a field name is a token; a value must not be able to end its line. */
static bool header_valid(const char *name, const char *value)
{
    if (strlen(name) > TAG_MAX || strlen(value) > HEADER_MAX)
        return false;
    for (const char *c = name; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr("!#$%&'*+-.^_`|~", *c))
            return false;
    for (const char *c = value; *c; c++)
        if (iscntrl((unsigned char)*c) && *c != '\t')
            return false;
    return true;
}

/* Header values are often secrets: they are never in a finding. */
static void headers_fill(struct resolution *r)
{
    struct pairs *headers = &r->spec->health_headers;
    for (size_t i = 0; i < r->merged.count; i++) {
        const struct pair *label = &r->merged.item[i];
        const char *name = behind(label->key, header_prefix);
        if (!name)
            continue;
        if (!header_valid(name, label->value)) {
            resolution_invalid(r, label->key, overridden(r, label->key), NULL, "one line of an HTTP header");
        } else if (headers->count == LIMIT_HEALTH_HEADERS) {
            resolution_too_many(r, "service.health.header.<Name>", LIMIT_HEALTH_HEADERS);
            break;
        } else {
            pairs_set(&r->spec->arena, headers, name, label->value);
        }
    }
}

static bool tag_valid(const char *tag)
{
    size_t length = strlen(tag);
    for (size_t i = 0; i < length; i++)
        if (iscntrl((unsigned char)tag[i]))
            return false;
    return length <= TAG_MAX;
}

static void tags_fill(struct resolution *r)
{
    static const char label[] = "service.tags";
    bool override;
    struct strings *tags = &r->spec->tags;
    char *rest = arena_copy(&r->spec->arena, tiered(r, label, &override));
    for (char *tag; (tag = text_cut(&rest, ',')) != NULL;) {
        if (*tag == '\0' || strings_has(tags, tag))
            continue;
        if (!tag_valid(tag)) {
            resolution_invalid(r, label, override, tag,
                               "a comma list of tags of at most 64 printable characters");
        } else if (tags->count == LIMIT_TAGS) {
            resolution_too_many(r, label, LIMIT_TAGS);
            break;
        } else {
            strings_add(&r->spec->arena, tags, tag);
        }
    }
    if (tags->count == 0)
        return;
    strings_sort(tags);
    resolution_won(r, "tags", label, override);
}

static void fallbacks_fill(struct resolution *r)
{
    static const char label[] = "service.fallback_urls";
    static const char allowed[] =
        "a comma list of URLs such as http://host:5000, without user name and query";
    bool override;
    struct strings *urls = &r->spec->fallback_urls;
    char *rest = arena_copy(&r->spec->arena, tiered(r, label, &override));
    for (char *url; (url = text_cut(&rest, ',')) != NULL;) {
        if (*url == '\0' || strings_has(urls, url))
            continue;
        if (!url_is_plain(url)) {
            resolution_invalid(r, label, override, url, allowed);
        } else if (urls->count == LIMIT_FALLBACK_URLS) {
            resolution_too_many(r, label, LIMIT_FALLBACK_URLS);
            break;
        } else {
            strings_add(&r->spec->arena, urls, url);
        }
    }
    if (urls->count)
        resolution_won(r, "fallback_urls", label, override);
}

void service_lists(struct resolution *r)
{
    ports_fill(r);
    metadata_fill(r);
    headers_fill(r);
    tags_fill(r);
    fallbacks_fill(r);
}

static bool dependency_type_read(const char *text, enum dependency_type *ret)
{
    for (unsigned i = 0; i < DEPENDENCY_TYPE_COUNT; i++)
        if (strcasecmp(dependency_type_name[i], text) == 0) {
            *ret = (enum dependency_type)i;
            return true;
        }
    return false;
}

/* "db:required, redis:optional, cache". A type that is none counts as required: the cautious reading. */
void service_dependencies(struct resolution *r)
{
    static const char *const labels[] = {"service.depends_on", "service.dependencies"};
    bool override = false;
    const char *label = NULL, *value = NULL;
    for (int tier = 1; tier >= 0 && !value; tier--)
        for (size_t i = 0; i < 2 && !value; i++) {
            override = tier == 1;
            value = pairs_get(resolution_tier(r, override), label = labels[i]);
        }
    char *rest = arena_copy(&r->spec->arena, value);
    for (char *part; (part = text_cut(&rest, ',')) != NULL;) {
        char *fields = part;
        const char *name = text_cut(&fields, ':'), *word = text_cut(&fields, ':');
        enum dependency_type type = DEPENDENCY_REQUIRED;
        if (*name == '\0' && !word)
            continue;
        if (!text_is_name(name)) {
            resolution_invalid(r, label, override, name, "a comma list of service names");
            continue;
        }
        if (word && *word && !dependency_type_read(word, &type))
            resolution_invalid(r, label, override, word,
                               "a type required, optional, soft or circular after the colon");
        resolution_depend(r, name, type, label, false);
    }
}

bool service_labelled(const struct pairs *labels)
{
    for (size_t i = 0; i < labels->count; i++)
        if (behind(labels->item[i].key, "service.") && strcmp(labels->item[i].key, "service.ignore") != 0)
            return true;
    return false;
}
