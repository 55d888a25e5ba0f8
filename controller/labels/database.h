/* database.h: which containers are databases: by Coolify's type, by image, by port. They are not restarted by
 * default and speak no HTTP. Inside labels/ only. */
#ifndef QUAYWATCH_CONTROLLER_LABELS_DATABASE_H
#define QUAYWATCH_CONTROLLER_LABELS_DATABASE_H

#include "controller/labels/fields.h"

/* The usual port of the database in this image ("docker.io/library/postgres:16"), 0 when it is none we know.
 */
int database_image_port(const char *image);

/* Whether the container is a database, by Coolify type, image or the port found (r->spec->port). */
bool database_is(const struct resolution *r);

/* The usual port of coolify.database.subType. A source_find. */
const char *database_coolify_port(const struct resolution *r, const struct pairs *labels, bool override,
                                  const char **name);

/* "tcp" for databases whose protocol is not HTTP. Needs r->spec->port. A source_find. */
const char *database_protocol(const struct resolution *r, const struct pairs *labels, bool override,
                              const char **name);

#endif
