/* fake_http.h: a scripted HTTP server on the test's own loop. A handler gets each request's text and sends
 * whatever bytes it likes. Included by tests only. */
#ifndef QUAYWATCH_TESTS_FAKE_HTTP_H
#define QUAYWATCH_TESTS_FAKE_HTTP_H

#include <arpa/inet.h>
#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <uv.h>

struct fake;

struct fake_conn {
    LIST_ENTRY(fake_conn) link;
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_tcp_t tcp;
        uv_pipe_t pipe;
    } as;
    struct fake *fake;
    int number; /* 1, 2, … in order of arrival */
    char request[16384];
    size_t len;
};

/* Called for each whole request head; text is NUL-terminated. */
typedef void fake_handler(struct fake_conn *conn, const char *request, void *user);

struct fake {
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_tcp_t tcp;
        uv_pipe_t pipe;
    } as;
    uv_loop_t *loop;
    LIST_HEAD(, fake_conn) conns;
    fake_handler *handler;
    void *user;
    int accepted, open;
    bool is_pipe;
};

struct fake_write {
    uv_write_t write;
    char data[];
};

static inline void fake_on_closed(uv_handle_t *handle)
{
    struct fake_conn *conn = handle->data;
    conn->fake->open--;
    LIST_REMOVE(conn, link);
    free(conn);
}

/* Closes the connection, dropping what is not sent yet. */
static inline void fake_drop(struct fake_conn *conn)
{
    if (!uv_is_closing(&conn->as.handle))
        uv_close(&conn->as.handle, fake_on_closed);
}

static inline void fake_on_written(uv_write_t *write, int status)
{
    (void)status;
    free(write);
}

static inline void fake_send_n(struct fake_conn *conn, const char *data, size_t len)
{
    struct fake_write *write = malloc(sizeof *write + len);
    assert(write);
    memcpy(write->data, data, len);
    uv_buf_t piece = uv_buf_init(write->data, (unsigned)len);
    if (uv_write(&write->write, &conn->as.stream, &piece, 1, fake_on_written) < 0)
        free(write);
}

static inline void fake_send(struct fake_conn *conn, const char *text)
{
    fake_send_n(conn, text, strlen(text));
}

/* A whole answer with a Content-Length; head is "200 OK" with further header lines if wanted. */
static inline void fake_answer(struct fake_conn *conn, const char *head, const char *body)
{
    char line[512];
    snprintf(line, sizeof line, "HTTP/1.1 %s\r\nContent-Length: %zu\r\n\r\n", head, strlen(body));
    fake_send(conn, line);
    fake_send(conn, body);
}

static inline void fake_on_shut(uv_shutdown_t *shut, int status)
{
    (void)status;
    fake_drop(shut->data);
    free(shut);
}

/* Closes the connection once everything is sent. */
static inline void fake_end(struct fake_conn *conn)
{
    uv_shutdown_t *shut = malloc(sizeof *shut);
    assert(shut);
    shut->data = conn;
    if (uv_shutdown(shut, &conn->as.stream, fake_on_shut) < 0)
        free(shut);
}

static inline void fake_on_alloc(uv_handle_t *handle, size_t size, uv_buf_t *ret)
{
    (void)size;
    struct fake_conn *conn = handle->data;
    *ret = uv_buf_init(conn->request + conn->len, (unsigned)(sizeof conn->request - 1 - conn->len));
}

static inline void fake_on_read(uv_stream_t *stream, ssize_t len, const uv_buf_t *buf)
{
    (void)buf;
    struct fake_conn *conn = stream->data;
    if (len < 0) {
        fake_drop(conn);
        return;
    }
    conn->len += (size_t)len;
    conn->request[conn->len] = '\0';
    if (strstr(conn->request, "\r\n\r\n")) { /* bodies, if any, come with their head: they are short */
        conn->len = 0;
        conn->fake->handler(conn, conn->request, conn->fake->user);
    }
}

static inline void fake_on_connection(uv_stream_t *server, int status)
{
    struct fake *fake = server->data;
    if (status < 0)
        return;
    struct fake_conn *conn = calloc(1, sizeof *conn);
    assert(conn);
    conn->fake = fake;
    conn->number = ++fake->accepted;
    fake->open++;
    LIST_INSERT_HEAD(&fake->conns, conn, link);
    if (fake->is_pipe)
        uv_pipe_init(fake->loop, &conn->as.pipe, 0);
    else
        uv_tcp_init(fake->loop, &conn->as.tcp);
    conn->as.handle.data = conn;
    if (uv_accept(server, &conn->as.stream) == 0 && (fake->is_pipe || uv_tcp_nodelay(&conn->as.tcp, 1) == 0))
        uv_read_start(&conn->as.stream, fake_on_alloc, fake_on_read);
    else
        fake_drop(conn);
}

static inline void fake_listen(struct fake *fake, uv_loop_t *loop, fake_handler *handler, void *user)
{
    fake->loop = loop;
    fake->handler = handler;
    fake->user = user;
    fake->as.handle.data = fake;
    int rc = uv_listen(&fake->as.stream, 1024, fake_on_connection);
    assert(rc == 0);
    (void)rc;
}

/* Serves on a Unix socket at path. */
static inline void fake_listen_unix(struct fake *fake, uv_loop_t *loop, const char *path,
                                    fake_handler *handler, void *user)
{
    memset(fake, 0, sizeof *fake);
    fake->is_pipe = true;
    uv_pipe_init(loop, &fake->as.pipe, 0);
    int rc = uv_pipe_bind(&fake->as.pipe, path);
    assert(rc == 0);
    (void)rc;
    fake_listen(fake, loop, handler, user);
}

/* Serves on a free port of 127.0.0.1 and returns it. */
static inline int fake_listen_tcp(struct fake *fake, uv_loop_t *loop, fake_handler *handler, void *user)
{
    memset(fake, 0, sizeof *fake);
    uv_tcp_init(loop, &fake->as.tcp);
    struct sockaddr_in address;
    uv_ip4_addr("127.0.0.1", 0, &address);
    uv_tcp_bind(&fake->as.tcp, (const struct sockaddr *)&address, 0);
    fake_listen(fake, loop, handler, user);
    struct sockaddr_storage bound;
    int len = sizeof bound;
    uv_tcp_getsockname(&fake->as.tcp, (struct sockaddr *)&bound, &len);
    memcpy(&address, &bound, sizeof address);
    return ntohs(address.sin_port);
}

/* Stops listening and closes every connection; a Unix socket's file goes too. */
static inline void fake_close(struct fake *fake)
{
    struct fake_conn *conn;
    LIST_FOREACH(conn, &fake->conns, link)
    fake_drop(conn);
    if (!uv_is_closing(&fake->as.handle))
        uv_close(&fake->as.handle, NULL);
}

#endif
