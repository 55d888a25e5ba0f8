/* SPDX-License-Identifier: MIT */
/* json_read.c: values of JSON that came from outside. */
#include "controller/core/json_read.h"

#include <json-c/json.h>

struct json_object *json_member(struct json_object *object, const char *key)
{
    struct json_object *ret = NULL;
    if (json_object_is_type(object, json_type_object))
        json_object_object_get_ex(object, key, &ret);
    return ret;
}

const char *json_text(struct json_object *object, const char *key)
{
    struct json_object *text = json_member(object, key);
    return json_object_is_type(text, json_type_string) ? json_object_get_string(text) : NULL;
}
