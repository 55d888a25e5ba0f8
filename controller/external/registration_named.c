/* SPDX-License-Identifier: MIT */
/* registration_named.c: the checks of a registration that have names of their own, read. */
#include <json-c/json.h>
#include <string.h>
#include <strings.h>

#include "controller/external/registration_field.h"

enum { NAME_MAX_BYTES = 160, NOTES_MAX = 256, LEAST_MS = 1000, MOST_MS = 24 * 3600 * 1000 };

const char registration_allowed_named[] =
    "a list of at most 8 objects with an id of their own, and name, notes, ttl (1s to 24h), status (healthy, "
    "degraded, unhealthy) or probe: true for the one that quaywatch makes";

/* Whether the member of this name is a text, or not there. */
static bool read_text(struct registration *r, json_object *object, const char *key, size_t max,
                      const char **ret)
{
    json_object *value = json_object_object_get(object, key);
    const char *text = value ? registration_text(value, max) : NULL;
    *ret = arena_copy(&r->arena, text);
    return !value || text;
}

static bool read_status(json_object *object, enum status *ret)
{
    json_object *value = json_object_object_get(object, "status");
    const char *word = value ? registration_text(value, NAME_MAX_BYTES) : NULL;
    static const enum status allowed[] = {STATUS_HEALTHY, STATUS_DEGRADED, STATUS_UNHEALTHY};
    for (size_t i = 0; word && i < sizeof allowed / sizeof *allowed; i++)
        if (strcasecmp(word, status_name[allowed[i]]) == 0) {
            *ret = allowed[i];
            return true;
        }
    return !value;
}

static bool is_known(const char *key)
{
    static const char *const keys[] = {"id", "name", "notes", "ttl", "status", "probe"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (strcmp(key, keys[i]) == 0)
            return true;
    return false;
}

static bool read_one(struct registration *r, json_object *object)
{
    struct registration_named *named = &r->named[r->named_count];
    if (!json_object_is_type(object, json_type_object))
        return false;
    json_object_object_foreach(object, key, member)
    {
        (void)member;
        if (!is_known(key))
            return false;
    }
    json_object *ttl = json_object_object_get(object, "ttl"),
                *probe = json_object_object_get(object, "probe");
    *named = (struct registration_named){.status = STATUS_STARTING};
    if (!read_text(r, object, "id", NAME_MAX_BYTES, &named->id) || !named->id ||
        !read_text(r, object, "name", NAME_MAX_BYTES, &named->name) ||
        !read_text(r, object, "notes", NOTES_MAX, &named->notes) || !read_status(object, &named->status) ||
        (ttl && !registration_duration(ttl, LEAST_MS, MOST_MS, &named->ttl_ms)) ||
        (probe && !json_object_is_type(probe, json_type_boolean)))
        return false;
    named->probed = json_object_get_boolean(probe);
    if (!named->name)
        named->name = named->id;
    for (size_t i = 0; i < r->named_count; i++)
        if (strcmp(r->named[i].id, named->id) == 0 || (named->probed && r->named[i].probed))
            return false;
    r->named_count++;
    return !named->probed || (!ttl && named->status == STATUS_STARTING);
}

bool registration_read_named(struct registration *r, json_object *value)
{
    if (!json_object_is_type(value, json_type_array) || json_object_array_length(value) > REGISTRATION_CHECKS)
        return false;
    for (size_t i = 0; i < json_object_array_length(value); i++)
        if (!read_one(r, json_object_array_get_idx(value, i)))
            return false;
    return true;
}
