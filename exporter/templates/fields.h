/* fields.h: what a template can say of a service or of one instance of it. One table. */
#ifndef QUAYWATCH_EXPORTER_TEMPLATES_FIELDS_H
#define QUAYWATCH_EXPORTER_TEMPLATES_FIELDS_H

#include "controller/core/endpoint.h"
#include "exporter/templates/value.h"

struct error;

/* Whose fields are meant. */
struct subject {
    const struct service *service;
    const struct instance *instance; /* one that is meant; NULL: the first that serves stands for all */
};

/* The field of that name, with its key (of metadata and ports; NULL: none), texts in the arena where they are
 * made. A name that is no field is looked up in the metadata. *ret is VALUE_NONE, and 0 is returned, when
 * labels say nothing of it. -ENOENT with a sentence: no such field, or nothing serves. */
int field_value(const struct subject *subject, const char *name, const char *key, struct arena *arena,
                struct value *ret, struct error *err);

/* Whether the field of that name is a number. */
bool field_is_number(const char *name);

/* Whether a field of that name has keys: "meta" and "metadata". */
bool field_has_keys(const char *name);

/* Which pairs those are, of the subject. */
const struct pairs *field_metadata(const struct subject *subject);

/* "rag-service" as the name of an environment variable: "RAG_SERVICE". */
const char *field_env_name(const char *name, struct arena *arena);

#endif
