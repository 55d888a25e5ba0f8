/* answer_object.h: an answer that is one JSON object, written as it comes. */
#ifndef QUAYWATCH_EXPORTER_ANSWER_OBJECT_H
#define QUAYWATCH_EXPORTER_ANSWER_OBJECT_H

#include "controller/core/buf.h"
#include "controller/core/json_writer.h"
#include "exporter/request.h"

struct answer_object {
    struct json_writer writer;
    struct buf text;
};

/* Opens the object, which may become at most max bytes: its members are written to what is returned, until
 * answer_object_end. */
struct json_writer *answer_object_begin(struct answer_object *object, size_t max);

/* Closes the object: it is the answer now, never cached. */
void answer_object_end(struct answer_object *object, struct answer *answer, int status);

#endif
