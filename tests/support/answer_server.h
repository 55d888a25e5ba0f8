/* answer_server.h: a small server on loopback for tests, on the test's own loop: what it answers depends on
 * the path. */
#ifndef QUAYWATCH_TESTS_ANSWER_SERVER_H
#define QUAYWATCH_TESTS_ANSWER_SERVER_H

#include <arpa/inet.h>
#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

/* One path and what happens there. */
struct answer {
    const char *path;  /* compared up to its end: "/" matches all; the first match wins */
    const char *bytes; /* NULL: never answers */
    uint64_t delay_ms; /* before the answer */
    bool close;        /* close after it */
};

struct answer_server {
    uv_tcp_t listener;
    const struct answer *answers;
    int port;
    unsigned accepted, requests, open, open_max;
    char head[4096]; /* of the latest request */
    struct answer_connection *connections;
};

struct answer_connection {
    uv_tcp_t tcp;
    uv_timer_t timer;
    uv_write_t write;
    struct answer_server *server;
    struct answer_connection *next;
    const struct answer *answer;
    char head[4096];
    size_t head_len;
    unsigned closing;
};

static inline void answer_closed(uv_handle_t *handle)
{
    struct answer_connection *connection = handle->data;
    if (++connection->closing < 2)
        return;
    struct answer_connection **at = &connection->server->connections;
    while (*at != connection)
        at = &(*at)->next;
    *at = connection->next;
    free(connection);
}

static inline void answer_close(struct answer_connection *connection)
{
    if (uv_is_closing((uv_handle_t *)&connection->tcp))
        return;
    connection->server->open--;
    uv_close((uv_handle_t *)&connection->tcp, answer_closed);
    uv_close((uv_handle_t *)&connection->timer, answer_closed);
}

static inline void answer_written(uv_write_t *write, int status)
{
    struct answer_connection *connection = write->data;
    if (status < 0 || connection->answer->close)
        answer_close(connection);
}

static inline void answer_send(uv_timer_t *timer)
{
    struct answer_connection *connection = timer->data;
    const char *bytes = connection->answer->bytes;
    /* libuv does not write to the bytes, but its type has no const. */
    uv_buf_t buf = {.len = strlen(bytes)};
    memcpy(&buf.base, &bytes, sizeof buf.base);
    connection->write.data = connection;
    uv_write(&connection->write, (uv_stream_t *)&connection->tcp, &buf, 1, answer_written);
}

static inline void answer_request(struct answer_connection *connection)
{
    struct answer_server *server = connection->server;
    server->requests++;
    memcpy(server->head, connection->head, sizeof server->head);
    const char *path = strchr(connection->head, ' ');
    path = path ? path + 1 : "";
    for (connection->answer = server->answers;
         strncmp(path, connection->answer->path, strlen(connection->answer->path)) != 0;)
        connection->answer++;
    connection->head_len = 0;
    if (connection->answer->bytes)
        uv_timer_start(&connection->timer, answer_send, connection->answer->delay_ms, 0);
}

static inline void answer_alloc(uv_handle_t *handle, size_t size, uv_buf_t *buf)
{
    struct answer_connection *connection = handle->data;
    (void)size;
    buf->base = connection->head + connection->head_len;
    buf->len = sizeof connection->head - 1 - connection->head_len;
}

static inline void answer_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buf)
{
    struct answer_connection *connection = stream->data;
    (void)buf;
    if (count < 0) {
        answer_close(connection);
        return;
    }
    connection->head_len += (size_t)count;
    connection->head[connection->head_len] = '\0';
    /* A TLS handshake has no empty line: it is answered as a request without a path. */
    if (strstr(connection->head, "\r\n\r\n") || connection->head[0] == 0x16)
        answer_request(connection);
}

static inline void answer_accept(uv_stream_t *listener, int status)
{
    struct answer_server *server = listener->data;
    assert(status == 0);
    struct answer_connection *connection = calloc(1, sizeof *connection);
    connection->server = server;
    connection->next = server->connections;
    server->connections = connection;
    uv_tcp_init(listener->loop, &connection->tcp);
    uv_timer_init(listener->loop, &connection->timer);
    connection->tcp.data = connection->timer.data = connection;
    uv_accept(listener, (uv_stream_t *)&connection->tcp);
    uv_read_start((uv_stream_t *)&connection->tcp, answer_alloc, answer_read);
    server->accepted++;
    server->open++;
    server->open_max = server->open > server->open_max ? server->open : server->open_max;
}

/* Listens on a free port of an address of this machine. The last of answers must match everything ("" as
 * path). */
static inline void answer_server_start_at(struct answer_server *server, uv_loop_t *loop,
                                          const struct answer *answers, const char *host)
{
    struct sockaddr_in6 address; /* room for either */
    *server = (struct answer_server){.answers = answers};
    if (strchr(host, ':'))
        uv_ip6_addr(host, 0, &address);
    else
        uv_ip4_addr(host, 0, (struct sockaddr_in *)&address);
    uv_tcp_init(loop, &server->listener);
    server->listener.data = server;
    int status = uv_tcp_bind(&server->listener, (const struct sockaddr *)&address, 0);
    if (status == 0)
        status = uv_listen((uv_stream_t *)&server->listener, 4096, answer_accept);
    int size = sizeof address;
    if (status == 0)
        status = uv_tcp_getsockname(&server->listener, (struct sockaddr *)&address, &size);
    assert(status == 0);
    server->port = ntohs(address.sin6_port); /* at the same place in both */
}

/* The same on 127.0.0.1. */
static inline void answer_server_start(struct answer_server *server, uv_loop_t *loop,
                                       const struct answer *answers)
{
    answer_server_start_at(server, loop, answers, "127.0.0.1");
}

/* Closes all; the loop must run once more. */
static inline void answer_server_stop(struct answer_server *server)
{
    for (struct answer_connection *at = server->connections; at; at = at->next)
        answer_close(at);
    uv_close((uv_handle_t *)&server->listener, NULL);
}

#endif
