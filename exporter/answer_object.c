/* SPDX-License-Identifier: MIT */
/* answer_object.c: an answer that is one JSON object on a line of its own. */
#include "exporter/answer_object.h"

struct json_writer *answer_object_begin(struct answer_object *object, size_t max)
{
    buf_init(&object->text, max);
    json_start(&object->writer, &object->text);
    json_begin_object(&object->writer);
    return &object->writer;
}

void answer_object_end(struct answer_object *object, struct answer *answer, int status)
{
    json_end_object(&object->writer);
    buf_add(&object->text, "\n", 1);
    answer_text(answer, status, type_json, &object->text);
}
