/* writer.h: text and values, written so that a value is never more than a value.
 *
 * Between quotes a value becomes their content. Outside of quotes, where a whole value may stand, it becomes
 * one: a number, true or false, a text in quotes, in JSON, YAML and TOML also a list; beside other text only
 * a plain word may stand. What cannot be written where it would stand is an error, and what a format cannot
 * write at all (line breaks in ENV, INI, comments and plain text) becomes a blank. */
#ifndef QUAYWATCH_EXPORTER_TEMPLATES_WRITER_H
#define QUAYWATCH_EXPORTER_TEMPLATES_WRITER_H

#include "exporter/templates/grammar.h"
#include "exporter/templates/template.h"
#include "exporter/templates/value.h"

/* Where in the template something stands. */
struct place {
    unsigned line, column; /* from 1; column 0: unknown */
};

struct writer {
    enum template_format format;
    struct buf *out;
    struct arena *arena;
    struct lexer lexer;
    struct value pending; /* a value that began fresh: what follows it tells whether it is a whole one */
    bool has_pending;
    const char *pending_shown;
    struct place pending_place;
    struct place place; /* after a failure: of what failed */
};

/* Begins a text of that format at the end of out. */
void writer_start(struct writer *writer, enum template_format format, struct buf *out, struct arena *arena);

/* Writes the template's own text. -EINVAL with a sentence: the value before it cannot stand there. */
int writer_text(struct writer *writer, const char *text, size_t len, struct error *err);

/* Writes a value; shown is how the template asked for it. Fails as writer_text, also for VALUE_NONE. */
int writer_value(struct writer *writer, const struct value *value, const char *shown, struct place place,
                 struct error *err);

/* Writes what is left. Fails as writer_text. */
int writer_end(struct writer *writer, struct error *err);

#endif
