/* SPDX-License-Identifier: MIT */
/* json_read.c: values of JSON that came from outside. */
#include "controller/core/json_read.h"

#include <json-c/json.h>
#include <limits.h>
#include <stdlib.h>

enum { DEPTH_MAX = 16 };

struct json_object *json_first_object(const char *text, size_t len)
{
    if (len > INT_MAX)
        return NULL;
    struct json_tokener *tokener = json_tokener_new_ex(DEPTH_MAX);
    if (!tokener)
        abort();
    struct json_object *root = json_tokener_parse_ex(tokener, text, (int)len);
    json_tokener_free(tokener);
    if (json_object_is_type(root, json_type_object))
        return root;
    json_object_put(root);
    return NULL;
}

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
