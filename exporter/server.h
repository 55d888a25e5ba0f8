/* server.h: the HTTP server: libmicrohttpd's epoll descriptor on the libuv loop. Routes are one const table
 * (routes.h).
 */
#ifndef QUAYWATCH_EXPORTER_SERVER_H
#define QUAYWATCH_EXPORTER_SERVER_H

#include "exporter/context.h"

typedef struct uv_loop_s uv_loop_t;
struct server;

struct server_options {
    const char *listen;     /* "0.0.0.0:8080", "[::]:8080", ":8080"; port 0 takes a free one */
    int listen_fd;          /* an inherited listening socket (systemd's LISTEN_FDS), or -1 */
    const char *auth_token; /* "": everything that changes is refused */
    const char *read_token; /* "": reading is free */
    const char *allowed_networks, *blocked_networks; /* comma lists of CIDR; "": all, none */
    bool internal_only;                              /* private and loopback sources only */
    const char
        *trusted_proxy; /* comma list of CIDR: whose X-Forwarded-* and Forwarded are believed; "": nobody's */
    const char *allowed_hosts; /* comma list of names we may be called by; "": all */
    const char *cors_origins; /* comma list of origins whose pages may read (and, with token, change); "*" all
                                 may read; "": none */
    int idle_s; /* an idle connection ends after so many seconds, twice that for a whole request; 0:
                   LIMIT_HTTP_IDLE_S */
    const char *tls_cert, *tls_key; /* PEM files; "": plain HTTP */
};

/* Listens and serves from the loop. context must outlive the server. NULL with a sentence (address in use:
 * which, and what to do) in err; the loop must run once more then, too. */
struct server *server_open(uv_loop_t *loop, const struct server_options *options,
                           struct exporter_context *context, struct error *err);

/* Listens at a Unix socket (mode 0600), too: whoever can open it may read and change without a token. A
 * negative code with a sentence in err when that cannot be; the server goes on without it. */
int server_open_local(struct server *server, const char *path, struct error *err);

/* Reads certificate and key anew, for connections that begin from now on. A negative code with a sentence in
 * err: everything stays as it was. */
int server_reload_tls(struct server *server, const char *cert, const char *key, struct error *err);

/* The port that is listened on. */
int server_port(const struct server *server);

/* quaywatch is stopping: streams end, who waits for a change is answered with what there is, and nobody may
 * wait any more. Everything else is served until server_close. NULL is fine. */
void server_stop(struct server *server);

/* Stops listening, ends all connections and frees; the loop must run once more. NULL is fine. */
void server_close(struct server *server);

#endif
