/* SPDX-License-Identifier: MIT */
/* answer.c: reads what the gateway says: zero, false and empty fields are left out, 64-bit numbers are
 * texts, and answers of streams stand in "result". */
#include "exporter/etcd/answer.h"

#include <errno.h>
#include <json-c/json.h>
#include <limits.h>
#include <string.h>

#include "controller/core/base64.h"
#include "controller/core/json_read.h"
#include "controller/core/text.h"

enum { ERROR_TEXT = 200 };

static int64_t number_of(struct json_object *object, const char *key)
{
    struct json_object *value = json_member(object, key);
    int64_t number = 0;
    if (json_object_is_type(value, json_type_string))
        text_number(json_object_get_string(value), 0, INT64_MAX, &number);
    else if (json_object_is_type(value, json_type_int))
        number = json_object_get_int64(value);
    return number > 0 ? number : 0;
}

static bool truth_of(struct json_object *object, const char *key)
{
    struct json_object *value = json_member(object, key);
    return json_object_is_type(value, json_type_boolean) && json_object_get_boolean(value);
}

static size_t length_of(struct json_object *array)
{
    return json_object_is_type(array, json_type_array) ? json_object_array_length(array) : 0;
}

/* Bytes, "" when there are none; NULL when they are no base64. */
static const char *bytes_of(struct arena *arena, struct json_object *object, const char *key, size_t *ret_len)
{
    const char *text = json_text(object, key);
    *ret_len = 0;
    return text ? base64_read(arena, text, ret_len) : "";
}

/* False when the pair is left out. */
static bool read_pair(struct etcd_answer *ret, struct json_object *kv, struct etcd_pair *pair)
{
    size_t key_len;
    pair->key = bytes_of(&ret->arena, kv, "key", &key_len);
    if (!pair->key)
        return false;
    ret->last_key = pair->key;
    ret->last_len = key_len;
    pair->value = bytes_of(&ret->arena, kv, "value", &pair->value_len);
    pair->lease = number_of(kv, "lease");
    pair->revision = (uint64_t)number_of(kv, "mod_revision");
    return pair->value && key_len && !memchr(pair->key, '\0', key_len);
}

static void read_range(struct etcd_answer *ret, struct json_object *kvs)
{
    size_t count = length_of(kvs);
    ret->pair = count ? arena_new(&ret->arena, count * sizeof *ret->pair) : NULL;
    for (size_t i = 0; i < count; i++)
        ret->count += read_pair(ret, json_object_array_get_idx(kvs, i), &ret->pair[ret->count]);
}

static void read_events(struct etcd_answer *ret, struct json_object *events)
{
    size_t count = length_of(events);
    ret->pair = count ? arena_new(&ret->arena, count * sizeof *ret->pair) : NULL;
    for (size_t i = 0; i < count; i++) {
        struct json_object *event = json_object_array_get_idx(events, i);
        const char *type = json_text(event, "type");
        struct etcd_pair *pair = &ret->pair[ret->count];
        pair->removed = type && strcmp(type, "DELETE") == 0;
        ret->count += read_pair(ret, json_member(event, "kv"), pair);
    }
}

/* {"error": "words", "code": 5}; in streams {"error": {"grpc_code": 5, "message": "words"}}. */
static void read_error(struct etcd_answer *ret, struct json_object *root)
{
    struct json_object *error = json_member(root, "error");
    bool stream = json_object_is_type(error, json_type_object);
    const char *words = stream ? json_text(error, "message") : json_text(root, "error");
    char line[ERROR_TEXT];
    int64_t code = stream ? number_of(error, "grpc_code") : number_of(root, "code");
    if (!words)
        words = json_text(root, "message");
    if (!error && !code)
        return;
    ret->code = code > 0 && code < INT_MAX ? (int)code : 2; /* UNKNOWN */
    text_one_line(words ? words : "", line, sizeof line);
    ret->error = arena_copy(&ret->arena, line);
}

static void read_result(struct etcd_answer *ret, struct json_object *result)
{
    ret->revision = (uint64_t)number_of(json_member(result, "header"), "revision");
    ret->lease = number_of(result, "ID");
    ret->ttl_s = number_of(result, "TTL");
    ret->token = arena_copy(&ret->arena, json_text(result, "token"));
    ret->succeeded = truth_of(result, "succeeded");
    ret->more = truth_of(result, "more");
    ret->created = truth_of(result, "created");
    ret->canceled = truth_of(result, "canceled");
    ret->compacted = (uint64_t)number_of(result, "compact_revision");
    if (json_member(result, "events"))
        read_events(ret, json_member(result, "events"));
    else
        read_range(ret, json_member(result, "kvs"));
}

int etcd_answer_read(const char *json, size_t len, struct etcd_answer *ret)
{
    *ret = (struct etcd_answer){.error = ""};
    struct json_object *root = json_first_object(json, len);
    if (!root)
        return -EBADMSG;
    struct json_object *result = json_member(root, "result");
    read_error(ret, root);
    read_result(ret, result ? result : root);
    json_object_put(root);
    return 0;
}

void etcd_answer_free(struct etcd_answer *answer)
{
    arena_free(&answer->arena);
}
