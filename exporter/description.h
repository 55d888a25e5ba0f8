/* description.h: the API as OpenAPI 3.1, made from the tables of routes and operations. Pure. */
#ifndef QUAYWATCH_EXPORTER_DESCRIPTION_H
#define QUAYWATCH_EXPORTER_DESCRIPTION_H

#include "exporter/operations.h"

struct buf;

/* The whole description as JSON. */
void description_openapi(const char *version, struct buf *out);

/* The path of a route as OpenAPI writes it: a final "*" is "{path}". */
enum { DESCRIPTION_PATH = 128 };
void description_path(const struct route *route, char ret[static DESCRIPTION_PATH]);

/* The methods of a route as OpenAPI names them ("get"), one by one; NULL behind the last. */
const char *description_method(const struct route *route, unsigned index);

/* The schemas of bodies as they are embedded: one JSON object, ended by NUL. */
const char *description_schemas(void);

#endif
