/* response.h: an answer as the HTTP library sends it. */
#ifndef QUAYWATCH_EXPORTER_RESPONSE_H
#define QUAYWATCH_EXPORTER_RESPONSE_H

#include <microhttpd.h>

#include "exporter/request.h"

struct access;

/* The response for what a handler answered: 304 where the caller has it already (then the answer's status is
 * that), compressed where it may be, with all headers but X-Request-ID. The answer's body is used up; fd is
 * the connection's socket, for streams; *ret_bytes is the length of the body. NULL: the connection should
 * end. */
struct MHD_Response *response_make(struct MHD_Connection *connection, struct answer *answer, int fd,
                                   const struct access *access, size_t *ret_bytes);

#endif
