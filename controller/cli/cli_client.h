/* cli_client.h: asking the running daemon: at QUAYWATCH_URL if that is set, else through the Unix socket in
 * STATE_DIR if there is one, else at LISTEN. */
#ifndef QUAYWATCH_CONTROLLER_CLI_CLIENT_H
#define QUAYWATCH_CONTROLLER_CLI_CLIENT_H

#include "controller/core/transfer.h"

struct buf;
struct error;
struct options;

/* One request to the daemon, ready to be started; url, socket and header belong to it. */
struct client_request {
    struct transfer_request transfer;
    char *url, *socket, *bearer;
    const char *headers[4];
    char tls_name[256];
};

/* Prepares method (NULL: GET) path with body (NULL: none) for the daemon that options describe, with the
 * token that method needs. direct: not through the socket. client_request_free frees it. */
void client_prepare(struct client_request *request, const struct options *options, const char *method,
                    const char *path, const char *body, bool direct);
void client_request_free(struct client_request *request);

/* GET path. Returns the HTTP status and its body in ret (freed by the caller), or a negative code with err.
 * Blocks up to 10 s. */
int client_get(const char *path, const struct options *options, struct buf *ret, struct error *err);

/* The same for POST with a body ("" for none), as whoever holds AUTH_TOKEN. */
int client_post(const char *path, const char *body, const struct options *options, struct buf *ret,
                struct error *err);

/* What to say when a transfer ended without an answer; returns err's code. */
int client_complain(const struct client_request *request, enum transfer_end end, struct error *err);

/* prefix + name, percent-encoded + suffix; freed by the caller. */
char *client_path(const char *prefix, const char *name, const char *suffix);

#endif
