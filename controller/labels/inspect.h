/* inspect.h: what inspect data says where no label does, and the labels of other restarters. Inside labels/
 * only. */
#ifndef QUAYWATCH_CONTROLLER_LABELS_INSPECT_H
#define QUAYWATCH_CONTROLLER_LABELS_INSPECT_H

#include "controller/labels/fields.h"

/* The only exposed TCP port, else the only published one, else a known database's own. A source_find. */
const char *inspect_port(const struct resolution *r, const struct pairs *labels, bool override,
                         const char **name);

/* The container's HEALTHCHECK values, where it has one and states them. Each a source_find. */
const char *inspect_interval(const struct resolution *r, const struct pairs *labels, bool override,
                             const char **name);
const char *inspect_timeout(const struct resolution *r, const struct pairs *labels, bool override,
                            const char **name);
const char *inspect_start_period(const struct resolution *r, const struct pairs *labels, bool override,
                                 const char **name);
const char *inspect_retries(const struct resolution *r, const struct pairs *labels, bool override,
                            const char **name);

/* "on-unhealthy" where autoheal=true. A source_find. */
const char *inspect_autoheal(const struct resolution *r, const struct pairs *labels, bool override,
                             const char **name);

#endif
