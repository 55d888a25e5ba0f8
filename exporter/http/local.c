/* SPDX-License-Identifier: MIT */
/* local.c: a Unix socket on the loop. */
#include "exporter/http/local.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <uv.h>

#include "controller/core/error.h"
#include "controller/core/mem.h"

enum { BACKLOG = 64, AT_ONCE = 16 };

struct local {
    uv_poll_t poll;
    int fd;
    char *path;
    struct stat made; /* the file as we made it */
    local_accepted *accepted;
    void *user;
};

static void on_readable(uv_poll_t *poll, int status, int events)
{
    struct local *local = poll->data;
    struct sockaddr_un address;
    (void)status, (void)events;
    for (int i = 0; i < AT_ONCE; i++) {
        socklen_t length = sizeof address;
        int fd = accept4(local->fd, (struct sockaddr *)&address, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0)
            return; /* nobody any more, or no descriptor: then they wait in the backlog */
        local->accepted(local->user, fd, (const struct sockaddr *)&address, length);
    }
}

/* Makes room at the address: 0, or why not. */
static int clear_place(const struct sockaddr_un *address, struct error *err)
{
    const char *path = address->sun_path;
    struct stat info;
    if (lstat(path, &info) != 0)
        return errno == ENOENT ? 0 : error_set(err, -errno, "cannot make %s: %s", path, strerror(errno));
    if (!S_ISSOCK(info.st_mode))
        return error_set(err, -EEXIST, "cannot make %s: a file that is no socket has this name; remove it",
                         path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return error_set(err, -errno, "cannot make %s: %s", path, strerror(errno));
    /* A full backlog (EAGAIN) is a sign of life, too. */
    bool dead = connect(fd, (const struct sockaddr *)address, sizeof *address) < 0 && errno == ECONNREFUSED;
    close(fd);
    if (!dead)
        return error_set(err, -EADDRINUSE, "another quaywatch answers on %s, and keeps it", path);
    if (unlink(path) != 0 && errno != ENOENT)
        return error_set(err, -errno, "cannot replace %s, which a dead process left: %s", path,
                         strerror(errno));
    return 0;
}

static int listen_at(const struct sockaddr_un *address, struct error *err)
{
    int code = clear_place(address, err);
    if (code)
        return code;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    /* The mode of the file comes from the descriptor: at no moment others could open it (unix(7)). */
    if (fd >= 0 && fchmod(fd, S_IRUSR | S_IWUSR) == 0 &&
        bind(fd, (const struct sockaddr *)address, sizeof *address) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    code = error_set(err, -errno, "cannot make %s: %s", address->sun_path, strerror(errno));
    if (fd >= 0)
        close(fd);
    return code;
}

struct local *local_open(uv_loop_t *loop, const char *path, local_accepted *accepted, void *user,
                         struct error *err)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = strlen(path);
    if (length >= sizeof address.sun_path) {
        error_set(err, -ENAMETOOLONG, "cannot make %s: it has %zu bytes, and a socket's name at most %zu",
                  path, length, sizeof address.sun_path - 1);
        return NULL;
    }
    memcpy(address.sun_path, path, length);
    int fd = listen_at(&address, err);
    if (fd < 0)
        return NULL;
    struct local *local = mem_new(sizeof *local);
    local->fd = fd;
    local->path = mem_copy(path);
    local->accepted = accepted;
    local->user = user;
    if (lstat(path, &local->made) != 0)
        local->made = (struct stat){0};
    int rc = uv_poll_init(loop, &local->poll, fd);
    assert(rc == 0);
    local->poll.data = local;
    uv_poll_start(&local->poll, UV_READABLE, on_readable);
    return local;
}

static void closed(uv_handle_t *handle)
{
    free(handle->data);
}

void local_close(struct local *local)
{
    struct stat now;
    if (!local)
        return;
    uv_close((uv_handle_t *)&local->poll, closed);
    close(local->fd);
    if (lstat(local->path, &now) == 0 && now.st_ino == local->made.st_ino && now.st_dev == local->made.st_dev)
        unlink(local->path);
    free(local->path);
}
