/* identity.h: what belongs together (CONTRACT section 2). Pure. */
#ifndef QUAYWATCH_CONTROLLER_LABELS_IDENTITY_H
#define QUAYWATCH_CONTROLLER_LABELS_IDENTITY_H

#include "docker/container.h"

/* The identity key of a container, in arena. */
const char *identity_key(struct arena *arena, const struct pairs *labels, const char *name);

/* The display name that is wanted, in arena; *source is the label it comes from, or "inspect" for the
 * container's name (static text). The registry makes it unique. */
const char *identity_name(struct arena *arena, const struct pairs *labels, const char *name,
                          const char **source);

/* The name without the 12 hex digits and "_" that compose puts before it while it recreates the container. */
const char *identity_plain_name(const char *name);

/* Why this container is never healed (static text), or NULL; *orchestrated when an orchestrator heals it. */
const char *identity_never_heal(const struct pairs *labels, const char *name, const char *image,
                                bool *orchestrated);

#endif
