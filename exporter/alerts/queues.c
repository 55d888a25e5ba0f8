/* SPDX-License-Identifier: MIT */
/* queues.c: all queues in one text. */
#include "exporter/alerts/queues.h"

#include <errno.h>
#include <json-c/json.h>

#include "controller/core/buf.h"
#include "controller/core/error.h"
#include "controller/core/json_writer.h"

enum { SCHEMA = 1 };

void queues_render(const struct queue *const queue[CHANNEL_COUNT], struct buf *out)
{
    struct json_writer writer, *w = &writer;
    json_start(w, out);
    json_begin_object(w);
    json_put_number(w, "schema", SCHEMA);
    json_key(w, "channels");
    json_begin_object(w);
    for (size_t i = 0; i < CHANNEL_COUNT; i++) {
        if (!queue[i]->count)
            continue;
        json_key(w, channel_name[i]);
        queue_render(queue[i], w);
    }
    json_end_object(w);
    json_end_object(w);
    buf_add(out, "\n", 1);
}

static bool read_root(struct queue *const queue[CHANNEL_COUNT], json_object *root)
{
    json_object *schema = NULL, *channels = NULL;
    if (json_object_is_type(root, json_type_object)) {
        schema = json_object_object_get(root, "schema");
        channels = json_object_object_get(root, "channels");
    }
    if (json_object_get_int64(schema) != SCHEMA || !json_object_is_type(channels, json_type_object))
        return false;
    bool whole = true;
    for (size_t i = 0; i < CHANNEL_COUNT; i++) {
        json_object *array = NULL;
        if (json_object_object_get_ex(channels, channel_name[i], &array) && queue[i])
            whole &= queue_read(queue[i], array);
    }
    return whole;
}

int queues_read(struct queue *const queue[CHANNEL_COUNT], const char *json, size_t length, struct error *err)
{
    json_tokener *tokener = json_tokener_new();
    json_object *root = tokener ? json_tokener_parse_ex(tokener, json, (int)length) : NULL;
    bool whole = tokener && json_tokener_get_error(tokener) == json_tokener_success && read_root(queue, root);
    json_object_put(root);
    if (tokener)
        json_tokener_free(tokener);
    return whole ? 0 : error_set(err, -EBADMSG, "the queue of alerts on disk is damaged");
}
