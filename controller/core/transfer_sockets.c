/* SPDX-License-Identifier: MIT */
/* transfer_sockets.c: an epoll inside the loop's. */
#include "controller/core/transfer_sockets.h"

#include <stddef.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>
#include <uv.h>

#include "controller/core/mem.h"

enum { EVENTS_AT_ONCE = 64 }; /* what is left is found ready again in the next turn */

struct sockets {
    uv_poll_t poll; /* first: closing frees what begins here */
    int epoll;
    size_t watched; /* while there are none, the loop may end */
    struct sockets_callbacks callbacks;
};

static int what_of(uint32_t events)
{
    return (events & (EPOLLIN | EPOLLHUP) ? SOCKET_READABLE : 0) | (events & EPOLLOUT ? SOCKET_WRITABLE : 0) |
           (events & EPOLLERR ? SOCKET_BROKEN : 0);
}

static void on_ready(uv_poll_t *poll, int status, int events)
{
    struct sockets *sockets = (struct sockets *)poll;
    struct epoll_event event[EVENTS_AT_ONCE];
    (void)status, (void)events;
    int count = epoll_wait(sockets->epoll, event, EVENTS_AT_ONCE, 0);
    /* One that is dropped meanwhile may still come: libcurl knows its sockets and ignores others. */
    for (int i = 0; i < count; i++)
        sockets->callbacks.ready(sockets->callbacks.user, event[i].data.fd, what_of(event[i].events));
    sockets->callbacks.done(sockets->callbacks.user);
}

struct sockets *sockets_open(uv_loop_t *loop, const struct sockets_callbacks *callbacks)
{
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    if (epoll < 0)
        return NULL;
    struct sockets *sockets = mem_new(sizeof *sockets);
    sockets->epoll = epoll;
    sockets->callbacks = *callbacks;
    if (uv_poll_init(loop, &sockets->poll, epoll) < 0 ||
        uv_poll_start(&sockets->poll, UV_READABLE, on_ready) < 0)
        abort(); /* an epoll can always be watched by another */
    uv_unref((uv_handle_t *)&sockets->poll);
    return sockets;
}

bool sockets_watch(struct sockets *sockets, int fd, int what, bool known)
{
    struct epoll_event event = {.data.fd = fd};
    if (what & SOCKET_READABLE)
        event.events |= EPOLLIN;
    if (what & SOCKET_WRITABLE)
        event.events |= EPOLLOUT;
    if (epoll_ctl(sockets->epoll, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event) < 0)
        return false;
    if (!known && sockets->watched++ == 0)
        uv_ref((uv_handle_t *)&sockets->poll);
    return true;
}

void sockets_forget(struct sockets *sockets, int fd)
{
    epoll_ctl(sockets->epoll, EPOLL_CTL_DEL, fd, NULL);
    sockets_closed(sockets);
}

void sockets_closed(struct sockets *sockets)
{
    if (--sockets->watched == 0)
        uv_unref((uv_handle_t *)&sockets->poll);
}

static void on_closed(uv_handle_t *handle)
{
    struct sockets *sockets = (struct sockets *)handle;
    close(sockets->epoll);
    free(sockets);
}

void sockets_close(struct sockets *sockets)
{
    if (sockets)
        uv_close((uv_handle_t *)&sockets->poll, on_closed);
}
