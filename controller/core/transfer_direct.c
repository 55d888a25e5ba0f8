/* SPDX-License-Identifier: MIT */
/* transfer_direct.c: GET over plain HTTP on a socket of its own. */
#include "controller/core/transfer_direct.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "controller/core/http_answer.h"
#include "controller/core/mem.h"
#include "controller/core/transfer_direct_request.h"
#include "controller/core/transfer_easy.h"
#include "controller/core/transfer_sockets.h"

enum {
    RECEIVE_AT_ONCE = 16 * 1024,
    NS_IN_MS = 1000000,
};

struct direct {
    TAILQ_ENTRY(direct) link;
    struct directs *directs;
    void *owner;
    int fd; /* -1 once closed */
    bool watched, sent;
    enum { DIRECT_RUNNING, DIRECT_OVER, DIRECT_TOLD } state;
    uint64_t began_ns, deadline_ns;
    void (*on_head)(void *user, int http_status);
    void *user;
    struct http_answer answer;
    char *request; /* what is to be sent, until it is */
    size_t request_len;
    enum transfer_end end;
    double total_ms;
    const char *message; /* static text */
};
TAILQ_HEAD(direct_list, direct);

struct directs {
    uv_loop_t *loop;
    struct sockets *sockets;
    uv_timer_t *timer;          /* apart, because libuv closes it later */
    struct direct_list running; /* by deadline */
    struct direct_list over;    /* those nobody has been told of */
    size_t over_count;
    struct direct **by_fd;
    size_t fd_room;
    void (*ended)(void *user);
    void *user;
};

static void on_timer(uv_timer_t *timer);

/* For the first deadline. */
static void arm(struct directs *directs)
{
    const struct direct *first = TAILQ_FIRST(&directs->running);
    if (!first) {
        uv_timer_stop(directs->timer);
    } else if (!uv_is_active((uv_handle_t *)directs->timer)) { /* else it comes early enough, and sees */
        uint64_t now_ns = uv_hrtime();
        uint64_t wait_ms = first->deadline_ns > now_ns ? (first->deadline_ns - now_ns) / NS_IN_MS + 1 : 0;
        uv_update_time(directs->loop);
        uv_timer_start(directs->timer, on_timer, wait_ms, 0);
    }
}

static void direct_close(struct direct *direct)
{
    struct directs *directs = direct->directs;
    if (direct->fd < 0)
        return;
    directs->by_fd[direct->fd] = NULL;
    close(direct->fd); /* which takes it out of the epoll, too */
    if (direct->watched)
        sockets_closed(directs->sockets);
    direct->fd = -1;
}

static void direct_end(struct direct *direct, enum transfer_end end, const char *message)
{
    struct directs *directs = direct->directs;
    direct->end = end;
    direct->message = message;
    direct->total_ms = (double)(uv_hrtime() - direct->began_ns) / NS_IN_MS;
    direct->state = DIRECT_OVER;
    direct_close(direct);
    TAILQ_REMOVE(&directs->running, direct, link);
    TAILQ_INSERT_TAIL(&directs->over, direct, link);
    directs->over_count++;
}

static void direct_fail(struct direct *direct, int error)
{
    if (direct->sent || error == EPIPE)
        direct_end(direct, TRANSFER_CUT, strerror(error));
    else
        direct_end(direct, transfer_end_of_errno(error, false), strerror(error));
}

static bool direct_watch(struct direct *direct, int what)
{
    if (sockets_watch(direct->directs->sockets, direct->fd, what, direct->watched)) {
        direct->watched = true;
        return true;
    }
    direct_end(direct, TRANSFER_LOCAL, "the socket cannot be watched");
    return false;
}

/* Sends as soon as the connection is there. Connecting to a container of this host has succeeded by the time
 * that connect returns, so that the first try nearly always does. */
static void direct_send(struct direct *direct, const char *text, size_t len)
{
    ssize_t sent = send(direct->fd, text, len, MSG_NOSIGNAL);
    if (sent == (ssize_t)len) {
        direct->sent = true;
        free(direct->request);
        direct->request = NULL;
        direct_watch(direct, SOCKET_READABLE);
        return;
    }
    if (sent < 0 && errno != EAGAIN && errno != ENOTCONN && errno != EINTR) {
        direct_fail(direct, errno);
        return;
    }
    size_t left = sent > 0 ? len - (size_t)sent : len;
    char *rest = mem_new(left + 1);
    memcpy(rest, text + (len - left), left);
    free(direct->request);
    direct->request = rest;
    direct->request_len = left;
    direct_watch(direct, SOCKET_WRITABLE);
}

static void direct_receive(struct direct *direct)
{
    char data[RECEIVE_AT_ONCE];
    ssize_t len = recv(direct->fd, data, sizeof data, 0);
    if (len < 0) {
        if (errno != EAGAIN && errno != EINTR)
            direct_fail(direct, errno);
        return;
    }
    bool head_before = direct->answer.status != 0;
    enum answer_state state = len > 0 ? http_answer_feed(&direct->answer, data, (size_t)len)
                                      : http_answer_end(&direct->answer);
    if (!head_before && direct->answer.status && direct->on_head)
        direct->on_head(direct->user, direct->answer.status);
    switch (state) {
    case ANSWER_MORE:
        break;
    case ANSWER_WHOLE:
        direct_end(direct, TRANSFER_DONE, "");
        break;
    case ANSWER_BROKEN:
        direct_end(direct, TRANSFER_PROTOCOL, "the answer is not HTTP");
        break;
    case ANSWER_CUT:
        direct_end(direct, TRANSFER_CUT, "the connection was closed before the answer was whole");
        break;
    }
}

static void on_socket_ready(void *user, int fd, int what)
{
    struct directs *directs = user;
    struct direct *direct = (size_t)fd < directs->fd_room ? directs->by_fd[fd] : NULL;
    int error = 0;
    socklen_t len = sizeof error;
    if (!direct)
        return;
    if (direct->sent) {
        direct_receive(direct);
    } else if ((what & SOCKET_BROKEN) && getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == 0 && error) {
        direct_fail(direct, error);
    } else {
        direct_send(direct, direct->request, direct->request_len);
    }
}

static void on_sockets_done(void *user)
{
    struct directs *directs = user;
    if (directs->over_count > 0)
        directs->ended(directs->user);
}

static void on_timer(uv_timer_t *timer)
{
    struct directs *directs = timer->data;
    uint64_t now_ns = uv_hrtime();
    for (struct direct *first; (first = TAILQ_FIRST(&directs->running)) && first->deadline_ns <= now_ns;)
        direct_end(first, first->sent ? TRANSFER_READ_TIMEOUT : TRANSFER_CONNECT_TIMEOUT, "timed out");
    arm(directs);
    if (directs->over_count > 0)
        directs->ended(directs->user); /* last: they may be closed in it */
}

static void on_closed(uv_handle_t *handle)
{
    free(handle);
}

struct directs *directs_open(uv_loop_t *loop, void (*ended)(void *user), void *user)
{
    struct directs *directs = mem_new(sizeof *directs);
    struct sockets_callbacks callbacks = {.ready = on_socket_ready, .done = on_sockets_done, .user = directs};
    directs->sockets = sockets_open(loop, &callbacks);
    if (!directs->sockets) {
        free(directs);
        return NULL;
    }
    directs->loop = loop;
    directs->ended = ended;
    directs->user = user;
    TAILQ_INIT(&directs->running);
    TAILQ_INIT(&directs->over);
    directs->timer = mem_new(sizeof *directs->timer);
    uv_timer_init(loop, directs->timer);
    directs->timer->data = directs;
    return directs;
}

void directs_close(struct directs *directs)
{
    if (!directs)
        return;
    while (!TAILQ_EMPTY(&directs->running))
        direct_free(TAILQ_FIRST(&directs->running));
    while (!TAILQ_EMPTY(&directs->over))
        direct_free(TAILQ_FIRST(&directs->over));
    sockets_close(directs->sockets);
    uv_close((uv_handle_t *)directs->timer, on_closed);
    free(directs->by_fd);
    free(directs);
}

static void fd_keep(struct directs *directs, struct direct *direct)
{
    size_t fd = (size_t)direct->fd;
    if (fd >= directs->fd_room) {
        size_t room = directs->fd_room ? directs->fd_room : 64;
        while (room <= fd)
            room *= 2;
        directs->by_fd = mem_resize(directs->by_fd, room, sizeof(struct direct *));
        memset(directs->by_fd + directs->fd_room, 0, (room - directs->fd_room) * sizeof(struct direct *));
        directs->fd_room = room;
    }
    directs->by_fd[fd] = direct;
}

/* Nearly all have the same time to run, so the place is nearly always the end. */
static void insert_by_deadline(struct directs *directs, struct direct *direct)
{
    struct direct *before = TAILQ_LAST(&directs->running, direct_list);
    while (before && before->deadline_ns > direct->deadline_ns)
        before = TAILQ_PREV(before, direct_list, link);
    if (before) {
        TAILQ_INSERT_AFTER(&directs->running, before, direct, link);
        return;
    }
    TAILQ_INSERT_HEAD(&directs->running, direct, link);
    uv_timer_stop(directs->timer); /* this one is due first */
}

static void direct_connect(struct direct *direct, const struct direct_target *target, const char *text,
                           size_t len)
{
    int family = target->address.ss_family;
    direct->fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (direct->fd < 0) {
        direct_end(direct, transfer_end_of_errno(errno, false), strerror(errno));
        return;
    }
    fd_keep(direct->directs, direct);
    if (connect(direct->fd, (const struct sockaddr *)&target->address, target->address_len) != 0 &&
        errno != EINPROGRESS)
        direct_fail(direct, errno);
    else
        direct_send(direct, text, len);
}

struct direct *direct_start(struct directs *directs, const struct transfer_request *request, void *owner)
{
    char text[DIRECT_REQUEST];
    struct direct_target target;
    if (!direct_fits(request) || !direct_target_read(request->url, &target))
        return NULL;
    size_t len = direct_request_write(request, &target, text);
    if (len >= sizeof text)
        return NULL;
    struct direct *direct = mem_new(sizeof *direct);
    direct->directs = directs;
    direct->owner = owner;
    direct->on_head = request->on_head;
    direct->user = request->user;
    direct->began_ns = uv_hrtime();
    direct->deadline_ns = direct->began_ns + (uint64_t)request->total_timeout_ms * NS_IN_MS;
    http_answer_init(&direct->answer, request->max_body);
    insert_by_deadline(directs, direct);
    direct_connect(direct, &target, text, len);
    if (direct->state == DIRECT_OVER)
        uv_timer_start(directs->timer, on_timer, 0, 0); /* to be told of in a later turn */
    else
        arm(directs);
    return direct;
}

size_t directs_over(const struct directs *directs)
{
    return directs->over_count;
}

void *directs_next(struct directs *directs)
{
    struct direct *direct = TAILQ_FIRST(&directs->over);
    if (!direct)
        return NULL;
    TAILQ_REMOVE(&directs->over, direct, link);
    directs->over_count--;
    direct->state = DIRECT_TOLD; /* its owner's alone: all others may be closed before it is freed */
    return direct->owner;
}

void direct_result(const struct direct *direct, struct transfer_result *ret)
{
    *ret = (struct transfer_result){.end = direct->end,
                                    .http_status = direct->answer.status,
                                    .body = buf_string(&direct->answer.body),
                                    .body_len = direct->answer.body.len,
                                    .body_cut = direct->answer.body_cut,
                                    .total_ms = direct->total_ms,
                                    .message = direct->message};
}

void direct_free(struct direct *direct)
{
    if (!direct)
        return;
    switch (direct->state) {
    case DIRECT_RUNNING:
        direct_close(direct);
        TAILQ_REMOVE(&direct->directs->running, direct, link);
        break;
    case DIRECT_OVER:
        TAILQ_REMOVE(&direct->directs->over, direct, link);
        direct->directs->over_count--;
        break;
    case DIRECT_TOLD:
        break;
    }
    http_answer_free(&direct->answer);
    free(direct->request);
    free(direct);
}
