/* reference.h: how a ${…} is read, and which value it has. */
#ifndef QUAYWATCH_EXPORTER_TEMPLATES_REFERENCE_H
#define QUAYWATCH_EXPORTER_TEMPLATES_REFERENCE_H

#include "exporter/templates/scan.h"

struct render;

/* Reads what stands between "${" and ":-" or "}" into ret; -EINVAL with a sentence. */
int reference_read(const char *text, size_t len, struct arena *arena, struct reference *ret,
                   struct error *err);

/* Its value. Fails with a sentence when it has none, and no default either. */
int reference_value(const struct reference *reference, const struct render *render, struct value *ret,
                    struct error *err);

#endif
