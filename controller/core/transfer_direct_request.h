/* transfer_direct_request.h: the pure half of a direct transfer: a URL → where to connect, a request → bytes.
 * Only transfer_direct*.c include this. */
#ifndef QUAYWATCH_CORE_TRANSFER_DIRECT_REQUEST_H
#define QUAYWATCH_CORE_TRANSFER_DIRECT_REQUEST_H

#include <sys/socket.h>

#include "controller/core/transfer.h"

enum { DIRECT_REQUEST = 4096 }; /* of a request with all its headers; longer ones are libcurl's */

/* Whether the request, but for its URL and its length, is one that is made here. What is not, or is not quite
 * regular, is left to libcurl. */
bool direct_fits(const struct transfer_request *request);

/* Points into the URL. */
struct direct_target {
    struct sockaddr_storage address;
    socklen_t address_len;
    const char *host; /* as in the URL, with its port unless that is missing */
    size_t host_len;
    const char *path; /* "/…", or "" */
    size_t path_len;
};

/* Reads "http://10.0.0.1:80/path", "http://[fd00::1]/"; false for all that is written in any other way. */
bool direct_target_read(const char *url, struct direct_target *ret);

/* Writes the request without a final NUL. Its length; DIRECT_REQUEST or more: it does not fit. */
size_t direct_request_write(const struct transfer_request *request, const struct direct_target *target,
                            char text[static DIRECT_REQUEST]);

#endif
