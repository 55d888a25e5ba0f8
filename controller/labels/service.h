/* service.h: our own dialect: the service.* labels that are more than one value. Inside labels/ only. */
#ifndef QUAYWATCH_CONTROLLER_LABELS_SERVICE_H
#define QUAYWATCH_CONTROLLER_LABELS_SERVICE_H

#include "controller/labels/fields.h"

/* Of the valid service.port.<name> the one named "http", else the first by name. A source_find. */
const char *service_named_port(const struct resolution *r, const struct pairs *labels, bool override,
                               const char **name);

/* Fills tags, fallback URLs, named ports, metadata and health headers. */
void service_lists(struct resolution *r);

/* Adds one entry to the metadata unless the key is there already. What looks like a secret becomes a finding
 * instead. */
void service_meta(struct resolution *r, const char *key, const char *value);

/* Adds the dependencies of service.depends_on, else service.dependencies. */
void service_dependencies(struct resolution *r);

/* Whether any service.* label other than service.ignore is there. */
bool service_labelled(const struct pairs *labels);

/* Findings for service.* labels that nobody knows, and for switches that are neither true nor false. */
void service_lint(struct resolution *r);

/* service.health.port: a number, or the name of a service.port.<name>, whose number it is then. A
 * source_find. */
const char *service_health_port(const struct resolution *r, const struct pairs *labels, bool override,
                                const char **name);

#endif
