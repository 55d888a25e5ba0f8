/* explain_fields.h: every field of a spec with its value and the source that gave it, as explain shows it. */
#ifndef QUAYWATCH_EXPORTER_RENDER_EXPLAIN_FIELDS_H
#define QUAYWATCH_EXPORTER_RENDER_EXPLAIN_FIELDS_H

#include "controller/core/service.h"

struct json_writer;

/* Writes the key "fields" and its array: [{"field": "port", "value": "8080", "source": "service.port"}], in
 * the order of the README's table of labels. A field without a value is left out, unless a source is named.
 */
void explain_put_fields(struct json_writer *w, const struct spec *spec);

#endif
