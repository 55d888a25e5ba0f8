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

/* Whether there is a field of that name; and whether it is a number. */
bool field_known(const char *name);
bool field_is_number(const char *name);

/* Whether name is "meta" or "metadata", which have keys. */
bool field_has_keys(const char *name);

/* The instance that speaks for the subject: the one that is meant, one that serves, or the first; or NULL. */
const struct instance *field_speaker(const struct subject *subject);

/* Which pairs those are, of the subject. */
const struct pairs *field_metadata(const struct subject *subject);

#endif
