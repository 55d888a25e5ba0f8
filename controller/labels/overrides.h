/* overrides.h: labels for containers whose labels cannot be edited (Coolify strips coolify.* from single
 * applications). File: `[selector]` lines, where a selector is a container name, an identity key or
 * `project/service` of compose, each followed by `label=value` lines; # comments. */
#ifndef QUAYWATCH_CONTROLLER_LABELS_OVERRIDES_H
#define QUAYWATCH_CONTROLLER_LABELS_OVERRIDES_H

#include "controller/core/mem.h"

struct error;
struct overrides;

/* Parses the text of an overrides file. NULL with one sentence naming the line on bad input. */
struct overrides *overrides_parse(const char *text, struct error *err);

/* Adds to ret (in arena) the labels for a container known by these names (any may be NULL). Where several
 * selectors match and say different things, the container's name wins over the key, and the key over
 * project/service; among equal ones the later line. */
void overrides_for(const struct overrides *overrides, struct arena *arena, const char *container,
                   const char *key, const char *project, const char *service, struct pairs *ret);

/* Frees it. NULL is fine. */
void overrides_free(struct overrides *overrides);

#endif
