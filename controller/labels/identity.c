/* SPDX-License-Identifier: MIT */
/* Identity and display name of a container, each a list of rows of which the first that matches gives the
 * answer. */
#include "controller/labels/identity.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "controller/core/text.h"
#include "controller/labels/coolify.h"

enum { NAME_MAX_LENGTH = 63, IDENTITY_MAX = 256 };

/* A value that may name something: not empty, not endless, one printable line. */
static const char *said(const struct pairs *labels, const char *label)
{
    const char *value = pairs_get(labels, label);
    if (!value || *value == '\0' || strlen(value) > IDENTITY_MAX)
        return NULL;
    for (const char *c = value; *c; c++)
        if (iscntrl((unsigned char)*c))
            return NULL;
    return value;
}

static const char *key_given(struct arena *arena, const struct pairs *labels, const char *name)
{
    (void)name;
    const char *id = said(labels, "service.id");
    return id ? arena_format(arena, "id:%s", id) : NULL;
}

static const char *key_application(struct arena *arena, const struct pairs *labels, const char *name)
{
    const char *id = said(labels, "coolify.applicationId");
    if (!id)
        return NULL;
    const char *number = coolify_pull_request(labels), *part = coolify_part(arena, labels, name);
    return part ? arena_format(arena, "app:%s:%s:%s", id, number, part)
                : arena_format(arena, "app:%s:%s", id, number);
}

static const char *key_service_part(struct arena *arena, const struct pairs *labels, const char *name)
{
    const char *id = said(labels, "coolify.serviceId");
    const char *service = said(labels, "com.docker.compose.service");
    if (!service)
        service = said(labels, "coolify.service.subName");
    return id ? arena_format(arena, "svc:%s:%s", id, service ? service : identity_plain_name(name)) : NULL;
}

/* Coolify's database ids are unique within one type only. Old ones carry no type, but their project is their
 * uuid. */
static const char *key_database(struct arena *arena, const struct pairs *labels, const char *name)
{
    (void)name;
    const char *id = said(labels, "coolify.databaseId");
    const char *type = said(labels, "coolify.database.subType");
    if (!type)
        type = said(labels, "com.docker.compose.project");
    return id ? arena_format(arena, "db:%s:%s", type ? type : "-", id) : NULL;
}

static const char *key_swarm(struct arena *arena, const struct pairs *labels, const char *name)
{
    (void)name;
    const char *id = said(labels, "com.docker.swarm.service.id");
    return id ? arena_format(arena, "swarm:%s", id) : NULL;
}

static const char *key_named(struct arena *arena, const struct pairs *labels, const char *name)
{
    (void)name;
    const char *given = pairs_get(labels, "service.name");
    const char *project = said(labels, "com.docker.compose.project");
    if (!given || !text_is_name(given))
        return NULL;
    return arena_format(arena, "name:%s:%s", project ? project : "-", given);
}

static const char *key_compose(struct arena *arena, const struct pairs *labels, const char *name)
{
    (void)name;
    const char *project = said(labels, "com.docker.compose.project");
    const char *service = said(labels, "com.docker.compose.service");
    return project && service ? arena_format(arena, "compose:%s:%s", project, service) : NULL;
}

const char *identity_key(struct arena *arena, const struct pairs *labels, const char *name)
{
    static const char *(*const rows[])(struct arena *, const struct pairs *, const char *) = {
        key_given, key_application, key_service_part, key_database, key_swarm, key_named, key_compose};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *key = rows[i](arena, labels, name);
        if (key)
            return key;
    }
    return arena_format(arena, "container:%s", name);
}

/* Length of text without a trailing "-<project>", which Coolify's slugs carry (there it is the resource's
 * uuid). */
static size_t length_without_project(const char *text, const char *project)
{
    size_t length = strlen(text), cut = project ? strlen(project) : 0;
    if (cut && length > cut + 1 && text[length - cut - 1] == '-' && strcmp(text + length - cut, project) == 0)
        return length - cut - 1;
    return length;
}

/* A copy with "-pr-<N>" behind it for a preview, shortening the name where both do not fit. */
static const char *with_preview(struct arena *arena, const char *text, const char *number)
{
    if (strcmp(number, "0") == 0)
        return arena_copy(arena, text);
    char suffix[24];
    int added = snprintf(suffix, sizeof suffix, "-pr-%s", number);
    size_t length = strlen(text);
    if (length >= (size_t)added && strcmp(text + length - (size_t)added, suffix) == 0)
        return arena_copy(arena, text);
    int room = NAME_MAX_LENGTH - added;
    return arena_format(arena, "%.*s%s", length < (size_t)room ? (int)length : room, text, suffix);
}

/* Names that a person chose are taken as they are; generated ones lose the trailing project. */
static const struct name_row {
    const char *label;
    bool chosen;
    bool joined; /* of a compose application: "<value>-<part>" */
} name_rows[] = {{"service.name", true, false},         {"coolify.service", true, false},
                 {"coolify.app", true, false},          {"coolify.service.subName", false, false},
                 {"coolify.resourceName", false, true}, {"coolify.resourceName", false, false},
                 {"coolify.serviceName", false, false}, {"com.docker.compose.service", false, false}};

const char *identity_name(struct arena *arena, const struct pairs *labels, const char *name,
                          const char **source)
{
    const char *project = said(labels, "com.docker.compose.project");
    const char *number = coolify_pull_request(labels);
    const char *part = coolify_part(arena, labels, name);
    for (size_t i = 0; i < sizeof name_rows / sizeof *name_rows; i++) {
        const struct name_row *row = &name_rows[i];
        const char *value = said(labels, row->label);
        if (!value || (row->joined && !part))
            continue;
        value = arena_copy_n(arena, value,
                             row->chosen ? strlen(value) : length_without_project(value, project));
        if (row->joined)
            value = arena_format(arena, "%s-%s", value, part);
        if (!text_is_name(value))
            continue;
        *source = row->label;
        return with_preview(arena, value, number);
    }
    *source = "inspect";
    name = arena_copy_n(arena, name, length_without_project(name, project));
    return with_preview(arena, name, number);
}

const char *identity_plain_name(const char *name)
{
    return strspn(name, "0123456789abcdef") == 12 && name[12] == '_' && name[13] != '\0' ? name + 13 : name;
}

static bool label_is(const struct pairs *labels, const char *label, const char *wanted)
{
    const char *value = pairs_get(labels, label);
    return value && strcasecmp(value, wanted) == 0;
}

static bool any_label(const struct pairs *labels, const char *prefix)
{
    for (size_t i = 0; i < labels->count; i++)
        if (strncmp(labels->item[i].key, prefix, strlen(prefix)) == 0)
            return true;
    return false;
}

/* The TCP proxy of a public Coolify database: "<uuid>-proxy", in a compose project that is called "proxy" for
 * all. */
static bool database_proxy(const struct pairs *labels, const char *name)
{
    size_t uuid = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789");
    return uuid >= 7 && strcmp(name + uuid, "-proxy") == 0 &&
           label_is(labels, "com.docker.compose.project", "proxy");
}

/* Whether the image's last part, without tag, is quaywatch. */
static bool own_image(const char *image)
{
    const char *slash = strrchr(image, '/');
    const char *base = slash ? slash + 1 : image;
    return strncmp(base, "quaywatch", 9) == 0 && (base[9] == '\0' || base[9] == ':' || base[9] == '@');
}

const char *identity_never_heal(const struct pairs *labels, const char *name, const char *image,
                                bool *orchestrated)
{
    *orchestrated = false;
    name = identity_plain_name(name);
    if (any_label(labels, "com.docker.swarm.task") || pairs_get(labels, "com.docker.swarm.service.id")) {
        *orchestrated = true;
        return "Swarm task";
    }
    if (any_label(labels, "io.kubernetes.")) {
        *orchestrated = true;
        return "Kubernetes container";
    }
    if (pairs_get(labels, "quaywatch.controller") || own_image(image))
        return "quaywatch itself";
    if (strcmp(name, "coolify") == 0 || strncmp(name, "coolify-", 8) == 0 ||
        label_is(labels, "coolify.proxy", "true"))
        return "Coolify's own container";
    if (strstr(image, "coollabsio/coolify-helper"))
        return "Coolify's helper";
    if (database_proxy(labels, name))
        return "Coolify's database proxy";
    return label_is(labels, "com.docker.compose.oneoff", "true") ? "one-off compose container" : NULL;
}
