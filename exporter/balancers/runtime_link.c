/* SPDX-License-Identifier: MIT */
/* runtime_link.c: connects, sends one line, reads until the other side closes. */
#include "exporter/balancers/runtime_link.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/mem.h"
#include "controller/core/name_query.h"

enum { ANSWER_MAX = 16 * 1024 * 1024 }; /* 200 bytes a server: more than 80,000 */

struct runtime_link {
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_pipe_t pipe;
        uv_tcp_t tcp;
    } u;
    uv_connect_t connect;
    uv_write_t write;
    struct name_query *lookup;     /* under way, or NULL */
    struct addrinfo *found, *next; /* of the name; the address that is tried if this one fails */
    uv_loop_t *loop;
    char *line;
    struct buf answer;
    char piece[16 * 1024];
    void (*done)(void *user, const struct runtime_ended *ended);
    void *user;
    bool closed;
};

static void let_go(struct runtime_link *link)
{
    uv_freeaddrinfo(link->found);
    buf_free(&link->answer);
    free(link->line);
    free(link);
}

static void on_closed(uv_handle_t *handle)
{
    let_go(handle->data);
}

static void end(struct runtime_link *link, int code)
{
    if (link->closed || !link->done)
        return;
    void (*done)(void *, const struct runtime_ended *) = link->done;
    link->done = NULL;
    char nothing[1] = "";
    size_t length = 0;
    char *answer = code == 0 ? buf_take(&link->answer, &length) : NULL;
    done(link->user,
         &(struct runtime_ended){.code = code, .answer = answer ? answer : nothing, .answer_len = length});
    free(answer);
}

static void on_room(uv_handle_t *handle, size_t wanted, uv_buf_t *ret)
{
    (void)wanted;
    struct runtime_link *link = handle->data;
    *ret = uv_buf_init(link->piece, sizeof link->piece);
}

static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *piece)
{
    struct runtime_link *link = stream->data;
    if (count > 0 && buf_add(&link->answer, piece->base, (size_t)count) != 0)
        end(link, -EMSGSIZE);
    else if (count < 0)
        end(link, count == UV_EOF ? 0 : (int)count);
}

static void on_written(uv_write_t *write, int status)
{
    struct runtime_link *link = write->data;
    if (status < 0 && status != UV_ECANCELED)
        end(link, status);
}

static void connect_next(uv_handle_t *handle);

static void on_connected(uv_connect_t *connect, int status)
{
    struct runtime_link *link = connect->data;
    if (status == UV_ECANCELED)
        return;
    if (status != 0 && link->next && !link->closed) { /* a socket connects once */
        uv_close(&link->u.handle, connect_next);
        return;
    }
    if (status == 0)
        status = uv_read_start(&link->u.stream, on_room, on_read);
    if (status == 0) {
        uv_buf_t line = uv_buf_init(link->line, (unsigned)strlen(link->line));
        status = uv_write(&link->write, &link->u.stream, &line, 1, on_written);
    }
    if (status != 0)
        end(link, status);
}

static void connect_to(struct runtime_link *link, const struct sockaddr *address)
{
    int code = uv_tcp_connect(&link->connect, &link->u.tcp, address, on_connected);
    if (code != 0 && link->next)
        uv_close(&link->u.handle, connect_next);
    else if (code != 0)
        end(link, code);
}

/* Tries the next address of the name: localhost has two, and HAProxy may listen at the second only. */
static void connect_next(uv_handle_t *handle)
{
    struct runtime_link *link = handle->data;
    if (link->closed) {
        let_go(link);
        return;
    }
    const struct addrinfo *at = link->next;
    link->next = at->ai_next;
    uv_tcp_init(link->loop, &link->u.tcp);
    connect_to(link, at->ai_addr);
}

static void on_looked_up(void *user, int code, struct addrinfo *found)
{
    struct runtime_link *link = user;
    link->lookup = NULL;
    link->found = found;
    if (code != 0) {
        end(link, code);
        return;
    }
    link->next = found->ai_next;
    connect_to(link, found->ai_addr);
}

static void connect_tcp(struct runtime_link *link, const struct socket_place *place)
{
    struct sockaddr_storage address;
    if (uv_ip4_addr(place->host, place->port, (struct sockaddr_in *)(void *)&address) == 0 ||
        uv_ip6_addr(place->host, place->port, (struct sockaddr_in6 *)(void *)&address) == 0) {
        connect_to(link, (const struct sockaddr *)(const void *)&address);
        return;
    }
    char port[16];
    snprintf(port, sizeof port, "%d", place->port);
    link->lookup = name_query_start(link->loop, place->host, port, on_looked_up, link);
}

struct runtime_link *runtime_link_open(uv_loop_t *loop, const struct socket_place *place, const char *line,
                                       void (*done)(void *user, const struct runtime_ended *ended),
                                       void *user)
{
    struct runtime_link *link = mem_new(sizeof *link);
    link->loop = loop;
    link->line = mem_copy(line);
    link->done = done;
    link->user = user;
    buf_init(&link->answer, ANSWER_MAX);
    if (place->path[0])
        uv_pipe_init(loop, &link->u.pipe, 0);
    else
        uv_tcp_init(loop, &link->u.tcp);
    link->u.handle.data = link->connect.data = link->write.data = link;
    if (place->path[0])
        uv_pipe_connect(&link->connect, &link->u.pipe, place->path, on_connected);
    else
        connect_tcp(link, place);
    return link;
}

void runtime_link_close(struct runtime_link *link)
{
    if (!link)
        return;
    link->closed = true;
    name_query_cancel(link->lookup);
    if (!uv_is_closing(&link->u.handle)) /* between two addresses: connect_next lets go */
        uv_close(&link->u.handle, on_closed);
}
