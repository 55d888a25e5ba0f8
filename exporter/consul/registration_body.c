/* SPDX-License-Identifier: MIT */
/* registration_body.c: the fields of a body, as Consul understands them. */
#include "exporter/consul/registration_internal.h"

#include <ctype.h>
#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/error.h"
#include "controller/core/limits.h"
#include "controller/core/text.h"

enum { SHOWN = 72 };

json_object *consul_body(const char *text, size_t len, struct error *err)
{
    json_tokener *tokener = json_tokener_new_ex(LIMIT_REGISTRATION_DEPTH);
    if (!tokener)
        abort();
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    json_object *root = json_tokener_parse_ex(tokener, text, (int)len + 1);
    enum json_tokener_error code = json_tokener_get_error(tokener);
    size_t end = json_tokener_get_parse_end(tokener);
    json_tokener_free(tokener);
    if (code == json_tokener_success && end >= len && json_object_is_type(root, json_type_object))
        return root;
    json_object_put(root);
    error_set(err, -EINVAL, "Request decode error: the body is not one JSON object");
    return NULL;
}

bool body_key_is(const char *key, const char *field)
{
    for (; *key; key++) {
        if (*key == '_')
            continue;
        if (tolower((unsigned char)*key) != *field++)
            return false;
    }
    return !*field;
}

json_object *body_field(json_object *body, const char *field)
{
    json_object *found = NULL;
    json_object_object_foreach(body, key, value)
    {
        if (value && body_key_is(key, field))
            found = value;
    }
    return found;
}

int body_known(json_object *body, const char *what, const char *const *names, size_t count, struct error *err)
{
    json_object_object_foreach(body, key, value)
    {
        size_t i = 0;
        (void)value;
        while (i < count && !body_key_is(key, names[i]))
            i++;
        if (i < count)
            continue;
        char shown[SHOWN];
        text_one_line(key, shown, sizeof shown);
        const char *nearest = text_nearest(key, names, count);
        return error_set(err, -EINVAL, "Request decode error: the %s's field \"%s\" is not known%s%s", what,
                         shown, nearest ? "; it may mean " : "", nearest ? nearest : "");
    }
    return 0;
}

const char *consul_body_text(json_object *body, const char *field)
{
    json_object *value = body_field(body, field);
    if (!value)
        return NULL;
    if (!json_object_is_type(value, json_type_string))
        return "";
    const char *text = json_object_get_string(value);
    /* What would end early for us would not for others. */
    return strlen(text) == (size_t)json_object_get_string_len(value) ? text : "";
}

json_object *consul_body_object(json_object *body, const char *field)
{
    json_object *value = body_field(body, field);
    return json_object_is_type(value, json_type_object) ? value : NULL;
}

int body_duration(json_object *body, const char *field, int64_t *ret_ms, struct error *err)
{
    json_object *value = body_field(body, field);
    const char *text = value ? json_object_get_string(value) : "";
    if (!value || !text[0])
        return -ENOENT;
    if (json_object_is_type(value, json_type_int)) {
        int64_t ns = json_object_get_int64(value);
        *ret_ms = ns / 1000000;
        return ns > 0 ? 0 : -ENOENT;
    }
    int64_t ms;
    if (json_object_is_type(value, json_type_string) && text_duration(text, 1000, &ms) == 0) {
        *ret_ms = ms;
        return ms > 0 ? 0 : -ENOENT;
    }
    char shown[SHOWN];
    text_one_line(text, shown, sizeof shown);
    return error_set(err, -EINVAL, "The field \"%s\" is \"%s\"; allowed is a duration such as 10s", field,
                     shown);
}

void registration_put_duration(json_object *object, const char *key, int64_t ms)
{
    char text[24];
    text_format_duration(ms, text);
    json_object_object_add(object, key, json_object_new_string(text));
}
