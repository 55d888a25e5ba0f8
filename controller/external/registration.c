/* SPDX-License-Identifier: MIT */
/* registration.c: from JSON to a registration, field by field. */
#include "controller/external/registration.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/error.h"
#include "controller/core/limits.h"
#include "controller/core/text.h"
#include "controller/external/registration_field.h"

enum { VALUE_SHOWN = 72 }; /* of what was said, in a sentence */

static int wrong_value(const char *prefix, const char *name, json_object *value, const char *allowed,
                       struct error *err)
{
    char shown[VALUE_SHOWN];
    text_one_line(json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN), shown, sizeof shown);
    return error_set(err, -EINVAL, "The field \"%s%s\" is %s; allowed is %s", prefix, name, shown, allowed);
}

static int unknown_field(const char *prefix, const char *key, const struct registration_field *table,
                         size_t count, struct error *err)
{
    const char *names[REGISTRATION_FIELDS] = {0};
    char shown[VALUE_SHOWN];
    for (size_t i = 0; i < count; i++)
        names[i] = table[i].name;
    const char *nearest = text_nearest(key, names, count);
    text_one_line(key, shown, sizeof shown);
    if (nearest)
        return error_set(err, -EINVAL, "The field \"%s%s\" is not known; \"%s%s\" may be meant", prefix,
                         shown, prefix, nearest);
    char list[256] = "";
    size_t used = 0;
    for (size_t i = 0; i < count && used < sizeof list; i++)
        used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", i ? ", " : "", names[i]);
    return error_set(err, -EINVAL, "The field \"%s%s\" is not known; known are %s", prefix, shown, list);
}

/* Reads the members of object by a table. A null is as good as nothing. */
static int fields_read(struct registration *r, const char *prefix, json_object *object,
                       const struct registration_field *table, size_t count, struct error *err)
{
    json_object_object_foreach(object, key, value)
    {
        size_t i = 0;
        while (i < count && strcmp(key, table[i].name) != 0 &&
               !(table[i].also && strcmp(key, table[i].also) == 0))
            i++;
        if (i == count)
            return unknown_field(prefix, key, table, count, err);
        if (value && !table[i].read(r, value))
            return wrong_value(prefix, key, value, table[i].allowed, err);
    }
    return 0;
}

/* What must be there; an id is made of the place where the service is. */
static int complete(struct registration *r, struct error *err)
{
    static const char missing[] = "The field \"%s\" is missing; it is %s";
    if (!r->name)
        return error_set(err, -EINVAL, missing, "name", registration_allowed_name);
    if (!r->host)
        return error_set(err, -EINVAL, missing, "host", "a host name or an IP address");
    bool reported = false; /* its owner says how it is: then it needs no port */
    for (size_t i = 0; i < r->named_count; i++)
        reported |= !r->named[i].probed;
    if (!r->port && !reported)
        return error_set(err, -EINVAL, missing, "port", "a whole number from 1 to 65535");
    if (!r->check_said && !r->port)
        r->check = CHECK_NONE;
    else if (!r->check_said)
        r->check = r->protocol == PROTOCOL_HTTP || r->protocol == PROTOCOL_HTTPS ? CHECK_HTTP : CHECK_TCP;
    if (r->id)
        return 0;
    char *id = arena_format(&r->arena, "%s-%s-%d", r->name, r->host, r->port);
    for (char *colon = id; (colon = strchr(colon, ':'));)
        *colon = '_';
    r->id = id;
    return text_is_name(id) && id[0] != '.'
               ? 0
               : error_set(err, -EINVAL, missing, "id", registration_allowed_name);
}

int registration_read(json_object *object, struct registration **ret, struct error *err)
{
    if (!json_object_is_type(object, json_type_object))
        return error_set(err, -EINVAL, "The body is not a JSON object");
    struct registration *r = mem_new(sizeof *r);
    r->weight = 1;
    r->endpoint = "/health";
    int rc = fields_read(r, "", object, registration_fields, REGISTRATION_FIELDS, err);
    json_object *check = json_object_object_get(object, "healthCheck");
    if (!check)
        check = json_object_object_get(object, "health_check");
    if (!rc && check)
        rc = fields_read(r, "healthCheck.", check, registration_check_fields, REGISTRATION_CHECK_FIELDS, err);
    if (!rc)
        rc = complete(r, err);
    if (rc)
        registration_free(r);
    else
        *ret = r;
    return rc;
}

json_object *registration_json(const char *json, size_t len, struct error *err)
{
    json_tokener *tokener = json_tokener_new_ex(LIMIT_REGISTRATION_DEPTH);
    if (!tokener)
        abort();
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    /* With its NUL: so that a number alone is known to have ended. */
    json_object *root = json_tokener_parse_ex(tokener, json, (int)len + 1);
    enum json_tokener_error code = json_tokener_get_error(tokener);
    size_t end = json_tokener_get_parse_end(tokener);
    json_tokener_free(tokener);
    if (code == json_tokener_success && end >= len)
        return root;
    json_object_put(root);
    error_set(err, -EINVAL, "The body is no JSON (at byte %zu: %s)", end,
              code == json_tokener_success ? "something follows" : json_tokener_error_desc(code));
    return NULL;
}

int registration_parse(const char *json, size_t len, struct registration **ret, struct error *err)
{
    if (len > LIMIT_REGISTRATION_BODY)
        return error_set(err, -EINVAL, "The body has %zu bytes; allowed are at most %d", len,
                         LIMIT_REGISTRATION_BODY);
    json_object *root = registration_json(json, len, err);
    if (!root)
        return err && err->code ? err->code : error_set(err, -EINVAL, "The body is not a JSON object");
    int rc = registration_read(root, ret, err);
    json_object_put(root);
    return rc;
}

void registration_free(struct registration *registration)
{
    if (!registration)
        return;
    arena_free(&registration->arena);
    free(registration);
}
