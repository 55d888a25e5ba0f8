/* transfer.h: asynchronous HTTP client: libcurl's multi interface on the libuv loop. Whole body or stream,
 * over a Unix socket or TCP. A pool has its own connections and slots, so that a storm in one cannot starve
 * another. Also plain TCP connects (no bytes sent), so that checks of both kinds share one path. */
#ifndef QUAYWATCH_CORE_TRANSFER_H
#define QUAYWATCH_CORE_TRANSFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct uv_loop_s uv_loop_t;
struct transfer;
struct transfer_pool;

/* How a transfer ended, seen from the network; what the answer means is the caller's business. */
enum transfer_end {
    TRANSFER_DONE,      /* an HTTP answer with a status, or (connect_only) a connection */
    TRANSFER_REFUSED,   /* connection refused or reset while connecting; a Unix socket nobody listens on */
    TRANSFER_NO_SOCKET, /* the Unix socket does not exist */
    TRANSFER_DENIED,    /* the Unix socket may not be opened (permissions) */
    TRANSFER_NO_ROUTE,  /* no route, network unreachable, or no local address or port left */
    TRANSFER_CONNECT_TIMEOUT, /* nothing answered the connect in time */
    TRANSFER_READ_TIMEOUT,    /* connected, but no whole answer in time */
    TRANSFER_PROTOCOL,        /* the bytes are not HTTP */
    TRANSFER_TLS,             /* the TLS handshake or the certificate failed */
    TRANSFER_CUT,             /* the connection ended in the middle of the answer */
    TRANSFER_NAME,            /* the host name did not resolve */
    TRANSFER_LOCAL,           /* our own fault: bad URL, out of descriptors, … */
    TRANSFER_END_COUNT
};

/* Why TLS failed, as far as it is known. */
enum tls_fault {
    TLS_FAULT_HANDSHAKE,   /* no TLS there, no common version, broken off, … */
    TLS_FAULT_SELF_SIGNED, /* nobody vouches for the certificate but itself */
    TLS_FAULT_UNTRUSTED,   /* its issuer is not among those trusted */
    TLS_FAULT_EXPIRED,
    TLS_FAULT_NOT_YET,   /* valid from a later time on */
    TLS_FAULT_NAME,      /* made out to other names */
    TLS_FAULT_CA_FILE,   /* our own: ca_file cannot be used */
    TLS_FAULT_CERT_FILE, /* our own: nor can cert_file or key_file */
    TLS_FAULT_COUNT
};

struct transfer_result {
    enum transfer_end end;
    enum tls_fault tls_fault; /* of TRANSFER_TLS */
    int http_status;          /* 0 without an answer */
    const char *body;         /* NUL-terminated, valid during the callback; "" when streamed */
    size_t body_len;          /* at most max_body */
    bool body_cut;            /* there was more than max_body */
    double total_ms;          /* from start to end */
    const char *message;      /* libcurl's words for the failure, "" when DONE */
};

struct transfer_request {
    const char *method; /* NULL is GET */
    const char *url;    /* host must be an IP literal unless resolve is set: names would start a thread */
    const char *unix_socket;    /* path, or NULL for TCP */
    const char *const *headers; /* NULL-terminated array of "Name: value", or NULL */
    const char *body;           /* sent as it is; NULL for none */
    size_t body_len;            /* 0: body is text, up to its end */
    size_t max_body;            /* the answer's body is cut here (not an error) */
    int64_t connect_timeout_ms; /* 0: total_timeout_ms */
    int64_t total_timeout_ms;   /* 0: no bound (streams) */
    bool connect_only;          /* only open a TCP connection to the URL's host and port */
    bool fresh;                 /* a new connection, closed afterwards */
    bool resolve;               /* the URL's host may be a name */
    bool http2;                 /* speak HTTP/2 from the first byte (https: by ALPN) */
    bool insecure;              /* do not verify the certificate */
    const char *tls_name; /* https: whom to ask for, and whose certificate to expect, instead of the URL's
                             host, which stays what is connected to; also the Host header. NULL: the host */
    const char *ca_file, *cert_file, *key_file; /* TLS client files, or NULL */

    /* Streams: called for each piece of the body as it comes; http_status is set. Must only record: it may
     * neither start nor cancel a transfer. NULL: the body is collected. */
    void (*on_data)(void *user, int http_status, const char *data, size_t len);
    /* Called once when the answer's head is complete, before any body; may be NULL. Same restriction as
     * on_data. */
    void (*on_head)(void *user, int http_status);
    /* Called for each header line of the answer, without line end, also for those that follow the body; may
     * be NULL. Same restriction as on_data. */
    void (*on_header)(void *user, const char *line, size_t len);
    /* Called exactly once unless the transfer is cancelled; may start and cancel transfers. */
    void (*on_done)(void *user, const struct transfer_result *result);
    void *user;
};

/* A pool on loop with at most max_connections kept open for reuse. NULL only when libcurl cannot start. */
struct transfer_pool *transfer_pool_new(uv_loop_t *loop, unsigned max_connections);

/* Cancels everything and frees the pool; the loop must run once more to close its handles. NULL is fine. */
void transfer_pool_free(struct transfer_pool *pool);

/* Starts a request; everything in it is copied. The handle is valid until on_done returns or transfer_cancel.
 * Never NULL: what cannot start ends as TRANSFER_LOCAL in a later turn. */
struct transfer *transfer_start(struct transfer_pool *pool, const struct transfer_request *request);

/* Ends a transfer without calling on_done. Not from on_data, on_head or on_header. NULL is fine. */
void transfer_cancel(struct transfer *transfer);

/* Transfers under way. */
size_t transfer_pool_active(const struct transfer_pool *pool);

/* Name of an end, for logs and tests ("refused", "connect-timeout", …). */
const char *transfer_end_name(enum transfer_end end);

#endif
