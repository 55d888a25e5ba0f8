/* SPDX-License-Identifier: MIT */
/* hangup.c: an epoll descriptor of our own that knows connections only by their end. */
#include "exporter/http/hangup.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "controller/core/error.h"
#include "controller/core/mem.h"

struct hangups {
    int epoll_fd;
};

struct hangups *hangups_open(struct error *err)
{
    int fd = epoll_create1(EPOLL_CLOEXEC);
    if (fd < 0) {
        error_set(err, -errno, "cannot watch connections: %s", strerror(errno));
        return NULL;
    }
    struct hangups *hangups = mem_new(sizeof *hangups);
    hangups->epoll_fd = fd;
    return hangups;
}

int hangups_fd(const struct hangups *hangups)
{
    return hangups->epoll_fd;
}

void hangups_look(struct hangups *hangups)
{
    struct epoll_event event;
    /* One at a time: what is done for one may end the watch of another. */
    while (epoll_wait(hangups->epoll_fd, &event, 1, 0) == 1) {
        struct hangup *hangup = event.data.ptr;
        hangup_end(hangups, hangup);
        hangup->gone(hangup->user);
    }
}

void hangup_watch(struct hangups *hangups, struct hangup *hangup, int fd, hangup_gone *gone, void *user)
{
    struct epoll_event event = {.events = EPOLLRDHUP, .data.ptr = hangup};
    *hangup = (struct hangup){.gone = gone, .user = user, .fd = fd};
    /* Without memory for it in the kernel the end is noticed at the next write. */
    if (epoll_ctl(hangups->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0)
        hangup->fd = -1;
}

void hangup_end(struct hangups *hangups, struct hangup *hangup)
{
    if (hangup->fd >= 0)
        epoll_ctl(hangups->epoll_fd, EPOLL_CTL_DEL, hangup->fd, NULL);
    hangup->fd = -1;
}

void hangups_close(struct hangups *hangups)
{
    if (!hangups)
        return;
    close(hangups->epoll_fd);
    free(hangups);
}
