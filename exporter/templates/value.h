/* value.h: what stands in the place of a ${…} or an expression. */
#ifndef QUAYWATCH_EXPORTER_TEMPLATES_VALUE_H
#define QUAYWATCH_EXPORTER_TEMPLATES_VALUE_H

#include <stdbool.h>
#include <stddef.h>

#include "controller/core/mem.h"

enum value_kind {
    VALUE_NONE, /* there is none */
    VALUE_TEXT,
    VALUE_NUMBER, /* as its text, which is a number in all formats */
    VALUE_BOOL,   /* as its text, "true" or "false" */
    VALUE_LIST    /* of texts */
};

/* Texts live as long as the registry or the rendering's arena. */
struct value {
    enum value_kind kind;
    const char *text; /* all but lists; may hold any bytes */
    size_t len;
    struct strings list;
};

/* Values made of C's. */
struct value value_text(const char *text);
struct value value_bool(bool yes);
struct value value_number(struct arena *arena, long long number);

/* Whether text is a number as JSON writes it (RFC 8259 section 6). */
bool value_is_number(const char *text, size_t len);

/* The elements of a list in one text, with a comma between two. */
struct value value_joined(struct arena *arena, const struct value *value);

#endif
