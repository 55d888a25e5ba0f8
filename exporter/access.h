/* access.h: who may ask. Sources by network, readers and changers by token, browsers by origin and by the
 * name they call us by. Pure but for access_new. CONTRACT section 13. */
#ifndef QUAYWATCH_EXPORTER_ACCESS_H
#define QUAYWATCH_EXPORTER_ACCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "exporter/http/forwarded.h"

struct access;
struct error;
struct server_options;

/* What a route needs. */
enum access_need {
    ACCESS_FREE,  /* nothing: no data of the registry */
    ACCESS_READ,  /* READ_TOKEN or AUTH_TOKEN where a READ_TOKEN is set */
    ACCESS_CHANGE /* AUTH_TOKEN, always; and from a browser a matching Origin */
};

/* What proxies say, joined by commas where it came in several lines; each may be NULL. */
struct forwarding {
    const char *x_for, *x_proto, *x_host; /* X-Forwarded-* */
    const char *rfc;                      /* Forwarded */
};

enum { VISITOR_HOST = 256 };

/* Who asks, after proxies. */
struct visitor {
    bool local; /* through the daemon's own Unix socket: whoever may open that may do everything */
    struct sockaddr_storage client; /* AF_UNSPEC: it cannot be told */
    struct sockaddr_storage other;  /* where both kinds of header are there and differ; else the same */
    enum scheme scheme; /* by which a browser came; UNKNOWN: a proxy that is not configured may be there */
    char host[VISITOR_HOST]; /* what a trusted proxy was called by, or "" */
};

/* What a request brings; each may be NULL. */
struct credentials {
    const char *authorization;  /* Authorization */
    const char *internal_token; /* X-INTERNAL-TOKEN */
    const char *consul_token;   /* X-Consul-Token, or of the query; for the routes of Consul's API only */
    const char *origin, *host;
    const struct visitor *visitor;
};

/* Reads tokens, networks, hosts and origins; the options are not needed afterwards. NULL with a sentence in
 * err for a bad network. */
struct access *access_new(const struct server_options *options, struct error *err);

/* Who asks from peer, the other end of the connection. Only a peer among TRUSTED_PROXY is believed what it
 * forwards; proxies that add one kind of header pass the other on as the client wrote it, so where both are
 * there both clients must be allowed. */
void access_visitor(const struct access *access, const struct sockaddr *peer,
                    const struct forwarding *forwarding, struct visitor *ret);

/* Whether requests of this visitor are answered at all: networks are looked at, the local socket is none. One
 * who cannot be told is not, where networks are configured. */
bool access_from(const struct access *access, const struct visitor *visitor);

/* Whether we may be called by this name (ALLOWED_HOSTS); host may be NULL. */
bool access_host(const struct access *access, const struct visitor *visitor, const char *host);

/* 0 when allowed; else 401 or 403, with one sentence in *ret_why (static text). */
int access_check(const struct access *access, enum access_need need, const struct credentials *credentials,
                 const char **ret_why);

/* CORS: whether pages of other origins are answered at all; and what Access-Control-Allow-Origin says to a
 * page of this origin, "*" or the origin itself, NULL for nothing. *ret_change: it may change things, too (it
 * has to bring the token all the same). */
bool access_cors(const struct access *access);
const char *access_cors_origin(const struct access *access, const char *origin, bool *ret_change);

/* Frees it. NULL is fine. */
void access_free(struct access *access);

#endif
