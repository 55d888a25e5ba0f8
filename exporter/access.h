/* access.h: who may ask. Sources by network, readers and changers by token, browsers by origin. Pure but for
 * access_new. CONTRACT section 13. */
#ifndef QUAYWATCH_EXPORTER_ACCESS_H
#define QUAYWATCH_EXPORTER_ACCESS_H

#include <stdbool.h>

struct access;
struct error;
struct server_options;
struct sockaddr;

/* What a route needs. */
enum access_need {
    ACCESS_FREE,  /* nothing: no data of the registry */
    ACCESS_READ,  /* READ_TOKEN or AUTH_TOKEN where a READ_TOKEN is set */
    ACCESS_CHANGE /* AUTH_TOKEN, always; and from a browser a matching Origin */
};

/* How a request came in. */
enum transport {
    TRANSPORT_NETWORK,
    TRANSPORT_LOCAL /* through the daemon's own Unix socket: whoever may open that may do everything */
};

/* What a request brings; each text may be NULL. */
struct credentials {
    enum transport transport;
    const char *authorization;  /* Authorization */
    const char *internal_token; /* X-INTERNAL-TOKEN */
    const char *origin, *host;
};

/* Reads tokens and networks; the options are not needed afterwards. NULL with a sentence in err for a bad
 * network. */
struct access *access_new(const struct server_options *options, struct error *err);

/* The transport that an address belongs to. */
enum transport access_transport(const struct sockaddr *address);

/* Whether requests from this address are answered at all: networks are looked at, the local socket is not
 * one.
 */
bool access_from(const struct access *access, const struct sockaddr *address);

/* 0 when allowed; else 401 or 403, with one sentence in *ret_why (static text). */
int access_check(const struct access *access, enum access_need need, const struct credentials *credentials,
                 const char **ret_why);

/* Frees it. NULL is fine. */
void access_free(struct access *access);

#endif
