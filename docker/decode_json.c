/* SPDX-License-Identifier: MIT */
/* Forgiving readers of json-c trees, and the engine's words that several decoders share. */
#include "docker/decode_json.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/text.h"

enum { DEPTH_MAX = 64 }; /* an inspect nests about 8 deep */

struct json_object *json_parse_object(const char *text, size_t len)
{
    while (len > 0 && strchr(" \t\r\n", text[len - 1]) && text[len - 1] != '\0')
        len--;
    if (len == 0 || len > INT_MAX)
        return NULL;
    struct json_tokener *tokener = json_tokener_new_ex(DEPTH_MAX);
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
    struct json_object *object = json_tokener_parse_ex(tokener, text, (int)len);
    bool whole = json_tokener_get_error(tokener) == json_tokener_success &&
                 json_tokener_get_parse_end(tokener) == len;
    json_tokener_free(tokener);
    if (whole && json_object_is_type(object, json_type_object))
        return object;
    json_object_put(object);
    return NULL;
}

const char *field_text(struct json_object *object, const char *key)
{
    struct json_object *member = json_member(object, key);
    if (!json_object_is_type(member, json_type_string))
        return NULL;
    const char *text = json_object_get_string(member);
    return text && text[0] ? text : NULL;
}

int64_t field_number(struct json_object *object, const char *key, int64_t fallback)
{
    struct json_object *member = json_member(object, key);
    bool number = json_object_is_type(member, json_type_int) || json_object_is_type(member, json_type_double);
    return number ? json_object_get_int64(member) : fallback;
}

int field_int(struct json_object *object, const char *key, int fallback)
{
    int64_t number = field_number(object, key, fallback);
    return number > INT_MAX ? INT_MAX : number < INT_MIN ? INT_MIN : (int)number;
}

bool field_true(struct json_object *object, const char *key)
{
    struct json_object *member = json_member(object, key);
    return json_object_is_type(member, json_type_boolean) && json_object_get_boolean(member);
}

size_t field_count(struct json_object *array)
{
    return json_object_is_type(array, json_type_array) ? json_object_array_length(array) : 0;
}

int64_t field_time(struct json_object *object, const char *key)
{
    int64_t wall_ms = 0;
    const char *text = field_text(object, key);
    if (text)
        return text_time(text, &wall_ms) == 0 ? wall_ms : 0;
    int64_t seconds = field_number(object, key, 0);
    return seconds > 0 && seconds < INT64_MAX / 1000 ? seconds * 1000 : 0;
}

/* One member, still in json-c's memory. */
struct borrowed {
    const char *key, *value;
};

static int compare_borrowed(const void *a, const void *b)
{
    const struct borrowed *left = a, *right = b;
    return strcmp(left->key, right->key);
}

bool field_pairs(struct json_object *object, size_t max_bytes, struct arena *arena, struct pairs *ret)
{
    *ret = (struct pairs){0};
    if (!json_object_is_type(object, json_type_object) || json_object_object_length(object) == 0)
        return false;
    struct borrowed *all = mem_new((size_t)json_object_object_length(object) * sizeof *all);
    size_t count = 0, used = 0;
    json_object_object_foreach(object, key, value)
    {
        if (json_object_is_type(value, json_type_string))
            all[count++] = (struct borrowed){key, json_object_get_string(value)};
    }
    /* Sorted before cutting, so that the same labels stay whatever their order was. */
    qsort(all, count, sizeof *all, compare_borrowed);
    size_t room = 16; /* a power of two, as pairs_set expects it should it add to these */
    while (room < count)
        room *= 2;
    ret->item = arena_new(arena, room * sizeof *ret->item);
    for (size_t i = 0; i < count; i++) {
        size_t bytes = strlen(all[i].key) + strlen(all[i].value);
        if (bytes > max_bytes - used)
            continue; /* a smaller one may still fit */
        used += bytes;
        ret->item[ret->count].key = arena_copy(arena, all[i].key);
        ret->item[ret->count++].value = arena_copy(arena, all[i].value);
    }
    free(all);
    return ret->count < count;
}

enum container_state decode_state(const char *word)
{
    static const struct {
        const char *word;
        enum container_state state;
    } row[] = {
        {"created", CONTAINER_CREATED},
        {"running", CONTAINER_RUNNING},
        {"paused", CONTAINER_PAUSED},
        {"restarting", CONTAINER_RESTARTING},
        {"removing", CONTAINER_REMOVING},
        {"exited", CONTAINER_EXITED},
        {"dead", CONTAINER_DEAD},
        /* Podman's own */
        {"configured", CONTAINER_CREATED},
        {"initialized", CONTAINER_CREATED},
        {"stopping", CONTAINER_RUNNING},
        {"stopped", CONTAINER_EXITED},
    };
    for (size_t i = 0; word && i < sizeof row / sizeof *row; i++)
        if (strcmp(word, row[i].word) == 0)
            return row[i].state;
    return CONTAINER_STATE_UNKNOWN;
}

enum status decode_health(const char *word)
{
    if (word && strcmp(word, "healthy") == 0)
        return STATUS_HEALTHY;
    if (word && strcmp(word, "unhealthy") == 0)
        return STATUS_UNHEALTHY;
    if (word && strcmp(word, "starting") == 0)
        return STATUS_STARTING;
    return STATUS_UNKNOWN;
}

const char *decode_name(const char *name)
{
    return name[0] == '/' ? name + 1 : name;
}
