/* SPDX-License-Identifier: MIT */
/* env_services.c: from variables to registrations. */
#include "controller/external/env_services.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <uthash.h>

#include "controller/core/buf.h"
#include "controller/core/json_writer.h"
#include "controller/core/limits.h"
#include "controller/core/service.h"
#include "controller/core/text.h"

enum part { PART_URL, PART_HOST, PART_PORT, PART_PROTOCOL, PART_HEALTH, PART_FALLBACKS, PART_COUNT };
static const char *const part_suffix[PART_COUNT] = {
    [PART_URL] = "_URL",
    [PART_HOST] = "_HOST",
    [PART_PORT] = "_PORT",
    [PART_PROTOCOL] = "_PROTOCOL",
    [PART_HEALTH] = "_HEALTH_ENDPOINT",
    [PART_FALLBACKS] = "_FALLBACK_URLS",
};

/* The variables of one service. */
struct group {
    UT_hash_handle hh;
    const char *name;
    const char *value[PART_COUNT]; /* NULL: not there, or empty */
};

/* What a URL says of where it leads. */
struct place {
    char *host;
    const char *port; /* NULL: unsaid */
    const char *protocol;
};

/* ---- which variables belong together ---- */

/* The part that a name is, with the length of what stands before it; PART_COUNT: none. */
static enum part part_of(const char *name, size_t *ret_length)
{
    size_t length = strlen(name);
    for (unsigned part = 0; part < PART_COUNT; part++) {
        size_t end = strlen(part_suffix[part]);
        if (length > end && strcmp(name + length - end, part_suffix[part]) == 0) {
            *ret_length = length - end;
            return (enum part)part;
        }
    }
    return PART_COUNT;
}

static struct group *groups_find(const struct pairs *variables, const char *prefix, struct arena *arena)
{
    struct group *groups = NULL, *group;
    size_t skip = strlen(prefix);
    for (size_t i = 0; i < variables->count; i++) {
        const struct pair *pair = &variables->item[i];
        size_t length = 0;
        if (strncmp(pair->key, prefix, skip) != 0)
            continue;
        enum part part = part_of(pair->key + skip, &length);
        if (part == PART_COUNT)
            continue;
        HASH_FIND(hh, groups, pair->key + skip, length, group);
        if (!group) {
            group = arena_new(arena, sizeof *group);
            group->name = arena_copy_n(arena, pair->key + skip, length);
            HASH_ADD_KEYPTR(hh, groups, group->name, length, group);
        }
        group->value[part] = pair->value[0] ? pair->value : NULL;
    }
    return groups;
}

/* ---- one service ---- */

/* "rag-service" of "RAG_SERVICE". */
static const char *service_name(struct arena *arena, const char *variables)
{
    char *name = arena_copy(arena, variables + strspn(variables, "_"));
    for (char *at = name; *at; at++)
        *at = (char)(*at == '_' ? '-' : *at >= 'A' && *at <= 'Z' ? *at - 'A' + 'a' : *at);
    return name;
}

/* The protocol of a scheme: what is not one of ours is spoken over TCP. */
static const char *protocol_of(const char *scheme, size_t length)
{
    for (unsigned i = 0; i < PROTOCOL_COUNT; i++)
        if (strlen(protocol_name[i]) == length && strncasecmp(scheme, protocol_name[i], length) == 0)
            return protocol_name[i];
    return protocol_name[PROTOCOL_TCP];
}

/* Reads scheme://user:password@host:port/path into ret, whose port counts where the URL names none. What is
 * wrong with it, or NULL. */
static const char *read_url(const char *url, struct arena *arena, struct place *ret)
{
    const char *authority = strstr(url, "://");
    if (!authority || authority == url)
        return "is no URL such as http://host:5000";
    ret->protocol = protocol_of(url, (size_t)(authority - url));
    authority += 3;
    char *host = arena_copy_n(arena, authority, strcspn(authority, "/?#"));
    char *at = strrchr(host, '@');
    if (at)
        host = at + 1;
    char *bracket = host[0] == '[' ? strchr(host, ']') : NULL,
         *colon = strrchr(bracket ? bracket : host, ':');
    if (colon) {
        *colon = '\0';
        ret->port = colon + 1;
    } else if (!ret->port && strcmp(ret->protocol, protocol_name[PROTOCOL_HTTP]) == 0) {
        ret->port = "80";
    } else if (!ret->port && strcmp(ret->protocol, protocol_name[PROTOCOL_HTTPS]) == 0) {
        ret->port = "443";
    }
    ret->host = host;
    return !host[0] ? "names no host" : !ret->port ? "names no port" : NULL;
}

static void put_fallbacks(struct json_writer *w, const char *list, struct arena *arena)
{
    char *rest = arena_copy(arena, list), *url;
    json_key(w, "fallbackUrls");
    json_begin_array(w);
    while ((url = text_cut(&rest, ',')))
        if (*url)
            json_string(w, url);
    json_end_array(w);
}

static const char *registration_of(const struct group *group, const struct place *place, struct arena *arena)
{
    const char *name = service_name(arena, group->name), *protocol = group->value[PART_PROTOCOL];
    struct json_writer writer, *w = &writer;
    struct buf out;
    buf_init(&out, SIZE_MAX / 2);
    json_start(w, &out);
    json_begin_object(w);
    json_put_string(w, "id", arena_format(arena, "env-%s", name));
    json_put_string(w, "name", name);
    json_put_string(w, "host", place->host);
    json_put_string(w, "port", place->port);
    json_put_string(w, "protocol", protocol ? protocol : place->protocol);
    json_put_string(w, "healthEndpoint", group->value[PART_HEALTH]);
    if (group->value[PART_FALLBACKS])
        put_fallbacks(w, group->value[PART_FALLBACKS], arena);
    json_end_object(w);
    const char *json = arena_copy(arena, buf_string(&out));
    buf_free(&out);
    return json;
}

/* A URL says all; without one host and port are needed. */
static void read_group(const struct group *group, struct arena *arena, struct env_service *ret)
{
    struct place place = {.port = group->value[PART_PORT]};
    const char *trouble = NULL;
    *ret = (struct env_service){.variables = group->name};
    if (group->value[PART_URL])
        trouble = read_url(group->value[PART_URL], arena, &place);
    else
        place.host = arena_copy(arena, group->value[PART_HOST]);
    if (trouble)
        ret->trouble = arena_format(arena, "%.80s_URL %s", group->name, trouble);
    else if (!place.port)
        ret->trouble = arena_format(arena, "%.80s_HOST is set, and %.80s_PORT is not", group->name,
                                    group->name);
    else
        ret->json = registration_of(group, &place, arena);
}

void env_services_read(const struct pairs *variables, const char *prefix, struct arena *arena,
                       struct env_services *ret)
{
    struct group *groups = groups_find(variables, prefix, arena), *group, *next;
    *ret = (struct env_services){.count = 0};
    if (groups)
        ret->item = arena_new(arena, HASH_COUNT(groups) * sizeof *ret->item);
    HASH_ITER(hh, groups, group, next)
    {
        if (group->value[PART_URL] || group->value[PART_HOST])
            read_group(group, arena, &ret->item[ret->count++]);
        HASH_DEL(groups, group);
    }
}
