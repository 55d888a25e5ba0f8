/* asked.h: which variables a template asks for, as far as its text tells. */
#ifndef QUAYWATCH_EXPORTER_TEMPLATES_ASKED_H
#define QUAYWATCH_EXPORTER_TEMPLATES_ASKED_H

#include "exporter/templates/scan.h"

/* The names that it declares or has in a ${…}, each once. */
void asked_names(const struct scanned *scanned, struct arena *arena, struct strings *ret);

/* Whether the Lua in it may ask for that name: it is a word of it, or Lua makes names of its own. */
bool asked_by_lua(const struct scanned *scanned, const char *name);

#endif
