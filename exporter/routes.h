/* routes.h: every route, as one table (CONTRACT section 9). */
#ifndef QUAYWATCH_EXPORTER_ROUTES_H
#define QUAYWATCH_EXPORTER_ROUTES_H

#include "exporter/access.h"
#include "exporter/request.h"

enum method { METHOD_GET, METHOD_POST, METHOD_PUT, METHOD_DELETE, METHOD_ANY, METHOD_COUNT };

typedef void route_handler(const struct request *request, struct answer *answer);

struct route {
    enum method method;  /* GET answers HEAD, too */
    const char *pattern; /* "{name}" is one segment (the rest in Consul's), a final "*" anything; also the
                            metrics' label */
    route_handler *handler;
    enum access_need access;
    const char *summary; /* one line for the API's description */
};

extern const struct route routes[];
extern const size_t route_count;

/* What the server as a whole can do, as Allow says it. */
extern const char route_methods[];

/* The route of method ("GET", …) and path. Fills name with what {name} stands for. NULL when there is none:
 * then *ret_allow (of size bytes) lists the methods of the path ("GET, HEAD, OPTIONS"), or is "" when nothing
 * has that path. */
const struct route *route_find(const char *method, const char *path, char name[static REQUEST_NAME],
                               char *ret_allow, size_t size);

#endif
