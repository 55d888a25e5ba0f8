/* exchange.h: one HTTP request from its head to the end of its answer: limits, access, route, handler,
 * headers, counting. The callbacks have the HTTP library's forms; server.c hands them to it. */
#ifndef QUAYWATCH_EXPORTER_EXCHANGE_H
#define QUAYWATCH_EXPORTER_EXCHANGE_H

#include <microhttpd.h>

#include "exporter/access.h"
#include "exporter/context.h"

/* One connection, in the list of those that are open; the library's "socket context". */
struct client {
    struct client *next, *previous;
    int fd;
    bool ending;           /* its socket is shut: it will be dropped */
    struct tls_pair *pair; /* the certificate it began with; NULL: it is plain */
    int64_t
        waiting_since_ms; /* monotonic: when the server began to wait for a whole request; 0: answering one */
};

struct exchanges;
struct live;

/* What all exchanges share. context, access and live must outlive it. */
struct exchanges *exchanges_new(struct exporter_context *context, const struct access *access,
                                struct live *live);

/* Frees it, after the last exchange. NULL is fine. */
void exchanges_free(struct exchanges *exchanges);

/* Now and then: forgets the documents that nobody comes for any more. True while any is left. */
bool exchanges_rest(struct exchanges *exchanges);

/* The callback of MHD_OPTION_URI_LOG_CALLBACK, as soon as the request line is there; cls are the exchanges.
 */
void *exchange_begin(void *cls, const char *uri, struct MHD_Connection *connection);

/* MHD_AccessHandlerCallback; cls are the exchanges. */
enum MHD_Result exchange_handle(void *cls, struct MHD_Connection *connection, const char *url,
                                const char *method, const char *version, const char *upload_data,
                                size_t *upload_data_size, void **con_cls);

/* MHD_RequestCompletedCallback; cls are the exchanges. */
void exchange_completed(void *cls, struct MHD_Connection *connection, void **con_cls,
                        enum MHD_RequestTerminationCode code);

#endif
