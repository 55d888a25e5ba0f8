/* transfer_sockets.h: the sockets of one transfer pool, watched by an epoll of the pool's own, of which the
 * loop knows only the one descriptor. A socket lives as short as a check: registering each with libuv took
 * four system calls more and a handle that outlives it. */
#ifndef QUAYWATCH_CORE_TRANSFER_SOCKETS_H
#define QUAYWATCH_CORE_TRANSFER_SOCKETS_H

#include <stdbool.h>

typedef struct uv_loop_s uv_loop_t;
struct sockets;

enum { SOCKET_READABLE = 1, SOCKET_WRITABLE = 2, SOCKET_BROKEN = 4 };

struct sockets_callbacks {
    void (*ready)(void *user, int fd, int what); /* once a socket; may add, change and drop sockets */
    void (*done)(void *user);                    /* after all that were ready; may close the sockets */
    void *user;
};

/* NULL when the system has no descriptor left. */
struct sockets *sockets_open(uv_loop_t *loop, const struct sockets_callbacks *callbacks);

/* Watches fd for SOCKET_READABLE and SOCKET_WRITABLE; known: it is watched already. False when it cannot be
 * watched. */
bool sockets_watch(struct sockets *sockets, int fd, int what, bool known);

/* Watches fd no more. */
void sockets_forget(struct sockets *sockets, int fd);

/* A watched socket was closed. */
void sockets_closed(struct sockets *sockets);

/* No callback comes any more; the loop must run once more. NULL is fine. */
void sockets_close(struct sockets *sockets);

#endif
