/* admission.h: what a request's head must fulfil before its route is asked: framing, size, source, the name
 * it calls us by, tokens; and what pages of other origins are told (CORS). */
#ifndef QUAYWATCH_EXPORTER_ADMISSION_H
#define QUAYWATCH_EXPORTER_ADMISSION_H

#include <microhttpd.h>

#include "exporter/access.h"
#include "exporter/request.h"
#include "exporter/routes.h"

/* Whether a request target can mean only one thing: no encoded NUL, no control characters. Pure. */
bool admission_target(const char *uri);

/* Whether it has no more than LIMIT_HTTP_ARGUMENTS parameters: for more the library has no memory, and then
 * neither answers nor ends. Pure. */
bool admission_arguments(const char *uri);

/* Who asks. */
void admission_visitor(const struct access *access, struct MHD_Connection *connection, struct visitor *ret);

/* Whether head and body are where everybody would see them: else, by differing views of two servers, one
 * request could hide in another. False with a refusal in answer, after which the connection ends. */
bool admission_framing(struct MHD_Connection *connection, const char *version, struct answer *answer);

/* Whether this visitor is answered at all, whatever it asks; else the refusal is in answer. */
bool admission_visit(const struct access *access, struct MHD_Connection *connection,
                     const struct visitor *visitor, struct answer *answer);

/* Whether it may have this route; else the refusal is in answer. */
bool admission_route(const struct access *access, struct MHD_Connection *connection,
                     const struct visitor *visitor, const struct route *route, struct answer *answer);

/* The answer to OPTIONS where the methods in allow are possible; for a browser that asks on behalf of a page,
 * what that page may do. */
void admission_options(const struct access *access, struct MHD_Connection *connection, const char *allow,
                       struct answer *answer);

/* Adds what a page of another origin needs to read the answer. Vary is given the headers that it depends on
 * in any case, comma separated, or "". */
void admission_cors(const struct access *access, struct MHD_Connection *connection, const char *vary,
                    struct MHD_Response *response);

#endif
