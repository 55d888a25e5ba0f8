/* SPDX-License-Identifier: MIT */
/* tcp.c: questions that come by TCP. */
#include "exporter/dns/tcp.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "controller/core/limits.h"
#include "controller/core/mem.h"
#include "exporter/dns/framing.h"
#include "exporter/dns/message.h"
#include "exporter/dns/dns_address.h"
#include "exporter/dns/responder.h"

/* What waits for a slow reader: no more questions of its are taken beyond, until half of it is gone. */
enum { BACKLOG = 128, WAITING_MOST = 128 * 1024 };

struct connection {
    uv_tcp_t handle;
    struct tcp *tcp;
    TAILQ_ENTRY(connection) link;
    struct sockaddr_storage from, own;
    struct framing framing;
    uint64_t since_ms; /* of its latest question, or answer that it took */
    bool paused, closing;
};

struct tcp {
    uv_tcp_t handle;
    uv_timer_t idle;
    struct responder *responder;
    uint64_t idle_ms;
    TAILQ_HEAD(connections, connection) connections; /* the idlest first */
    size_t count;
    int open; /* handles of its own */
};

static void on_connection_closed(uv_handle_t *handle)
{
    struct connection *connection = handle->data;
    framing_free(&connection->framing);
    free(connection);
}

static void connection_close(struct connection *connection)
{
    if (connection->closing)
        return;
    connection->closing = true;
    TAILQ_REMOVE(&connection->tcp->connections, connection, link);
    connection->tcp->count--;
    uv_close((uv_handle_t *)&connection->handle, on_connection_closed);
}

/* ---- those that ask nothing ---- */

static void on_idle(uv_timer_t *timer);

static void arm_idle(struct tcp *tcp)
{
    const struct connection *first = TAILQ_FIRST(&tcp->connections);
    if (!first) {
        uv_timer_stop(&tcp->idle);
        return;
    }
    uint64_t now = uv_now(tcp->handle.loop), ends = first->since_ms + tcp->idle_ms;
    if (!uv_is_active((uv_handle_t *)&tcp->idle))
        uv_timer_start(&tcp->idle, on_idle, ends > now ? ends - now : 1, 0);
}

static void on_idle(uv_timer_t *timer)
{
    struct tcp *tcp = timer->data;
    uint64_t now = uv_now(timer->loop);
    struct connection *first;
    while ((first = TAILQ_FIRST(&tcp->connections)) && first->since_ms + tcp->idle_ms <= now)
        connection_close(first);
    arm_idle(tcp);
}

static void connection_moved(struct connection *connection)
{
    struct tcp *tcp = connection->tcp;
    connection->since_ms = uv_now(tcp->handle.loop);
    TAILQ_REMOVE(&tcp->connections, connection, link);
    TAILQ_INSERT_TAIL(&tcp->connections, connection, link);
}

/* ---- questions and answers ---- */

struct reply {
    uv_write_t request;
    uint8_t bytes[];
};

static void connection_go_on(struct connection *connection);

static void on_written(uv_write_t *request, int status)
{
    struct connection *connection = request->data;
    free(request); /* the reply begins with it */
    if (connection->closing)
        return;
    if (status < 0) {
        connection_close(connection);
        return;
    }
    connection_moved(connection);
    if (connection->paused &&
        uv_stream_get_write_queue_size((uv_stream_t *)&connection->handle) < WAITING_MOST / 2)
        connection_go_on(connection);
}

static void send_reply(struct connection *connection, const uint8_t *bytes, size_t size)
{
    struct reply *reply = mem_new(sizeof *reply + FRAMING_LENGTH + size);
    framing_length(size, reply->bytes);
    memcpy(reply->bytes + FRAMING_LENGTH, bytes, size);
    reply->request.data = connection;
    uv_buf_t buffer = uv_buf_init((char *)reply->bytes, (unsigned)(FRAMING_LENGTH + size));
    if (uv_write(&reply->request, (uv_stream_t *)&connection->handle, &buffer, 1, on_written) != 0) {
        free(reply);
        connection_close(connection);
    }
}

static void answer_all(struct connection *connection)
{
    const uint8_t *query, *reply;
    size_t len;
    const struct asker asker = {.stream = true,
                                .from = (const struct sockaddr *)&connection->from,
                                .own = (const struct sockaddr *)&connection->own};
    while (!connection->closing) {
        if (uv_stream_get_write_queue_size((uv_stream_t *)&connection->handle) > WAITING_MOST) {
            connection->paused = true;
            uv_read_stop((uv_stream_t *)&connection->handle);
            return;
        }
        if (!framing_next(&connection->framing, &query, &len))
            return;
        size_t size = responder_answer(connection->tcp->responder, &asker, query, len, &reply);
        if (!size) { /* no query at all: whoever speaks something else here is not kept */
            connection_close(connection);
            return;
        }
        connection_moved(connection);
        send_reply(connection, reply, size);
    }
}

static void on_room(uv_handle_t *handle, size_t suggested, uv_buf_t *ret)
{
    struct connection *connection = handle->data;
    size_t room;
    (void)suggested;
    uint8_t *at = framing_room(&connection->framing, &room);
    *ret = uv_buf_init((char *)at, (unsigned)room);
}

static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buffer)
{
    struct connection *connection = stream->data;
    (void)buffer;
    if (count < 0) {
        connection_close(connection);
        return;
    }
    framing_came(&connection->framing, (size_t)count);
    answer_all(connection);
}

static void connection_go_on(struct connection *connection)
{
    connection->paused = false;
    answer_all(connection);
    if (!connection->closing && !connection->paused)
        uv_read_start((uv_stream_t *)&connection->handle, on_room, on_read);
}

/* ---- connections ---- */

static void on_connection(uv_stream_t *server, int status)
{
    struct tcp *tcp = server->data;
    if (status < 0)
        return;
    struct connection *connection = mem_new(sizeof *connection);
    connection->tcp = tcp;
    uv_tcp_init(server->loop, &connection->handle);
    connection->handle.data = connection;
    if (tcp->count >= LIMIT_DNS_CONNECTIONS) /* the idlest makes room */
        connection_close(TAILQ_FIRST(&tcp->connections));
    TAILQ_INSERT_TAIL(&tcp->connections, connection, link);
    tcp->count++;
    connection->since_ms = uv_now(server->loop);
    int from = sizeof connection->from, own = sizeof connection->own;
    if (uv_accept(server, (uv_stream_t *)&connection->handle) != 0 ||
        uv_tcp_getpeername(&connection->handle, (struct sockaddr *)&connection->from, &from) != 0 ||
        uv_tcp_getsockname(&connection->handle, (struct sockaddr *)&connection->own, &own) != 0) {
        connection_close(connection);
        return;
    }
    dns_address_unmap(&connection->own);
    uv_tcp_nodelay(&connection->handle, 1);
    uv_read_start((uv_stream_t *)&connection->handle, on_room, on_read);
    arm_idle(tcp);
}

static void on_closed(uv_handle_t *handle)
{
    struct tcp *tcp = handle->data;
    if (--tcp->open == 0)
        free(tcp);
}

struct tcp *tcp_open(uv_loop_t *loop, const struct sockaddr_storage *place, struct responder *responder,
                     uint64_t idle_ms, int *ret_code, struct error *err)
{
    struct tcp *tcp = mem_new(sizeof *tcp);
    TAILQ_INIT(&tcp->connections);
    tcp->responder = responder;
    tcp->idle_ms = idle_ms;
    uv_tcp_init(loop, &tcp->handle);
    uv_timer_init(loop, &tcp->idle);
    tcp->handle.data = tcp->idle.data = tcp;
    tcp->open = 2;
    *ret_code = uv_tcp_bind(&tcp->handle, (const struct sockaddr *)place, 0);
    if (*ret_code == 0)
        *ret_code = uv_listen((uv_stream_t *)&tcp->handle, BACKLOG, on_connection);
    if (*ret_code == 0)
        return tcp;
    dns_address_failed(place, *ret_code, err);
    tcp_close(tcp);
    return NULL;
}

void tcp_close(struct tcp *tcp)
{
    struct connection *first;
    if (!tcp)
        return;
    while ((first = TAILQ_FIRST(&tcp->connections)))
        connection_close(first);
    uv_close((uv_handle_t *)&tcp->handle, on_closed);
    uv_close((uv_handle_t *)&tcp->idle, on_closed);
}
