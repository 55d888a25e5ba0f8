/* local.h: the server's second way in: a Unix socket that only its owner (and root) can open. */
#ifndef QUAYWATCH_EXPORTER_HTTP_LOCAL_H
#define QUAYWATCH_EXPORTER_HTTP_LOCAL_H

#include <sys/socket.h>

typedef struct uv_loop_s uv_loop_t;
struct error;
struct local;

/* A connection came: fd is the callee's from now on. */
typedef void local_accepted(void *user, int fd, const struct sockaddr *address, socklen_t length);

/* Listens at path, mode 0600. A socket that a dead process left there is replaced; -EADDRINUSE when one is
 * alive behind it, -EEXIST when something else is there, -ENAMETOOLONG, or another errno: NULL, and a
 * sentence in err. */
struct local *local_open(uv_loop_t *loop, const char *path, local_accepted *accepted, void *user,
                         struct error *err);

/* Stops listening, removes the socket's file if it still is ours, and frees; the loop must run once more.
 * NULL is fine. */
void local_close(struct local *local);

#endif
