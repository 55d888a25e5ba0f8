/* SPDX-License-Identifier: MIT */
/* loop_client.c: an HTTP client that turns the server's loop while it waits. */
#include "tests/support/loop_client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "controller/core/buf.h"
#include "controller/core/clock.h"
#include "controller/core/mem.h"

enum { PATIENCE_MS = 5000, REPLY_MAX = 256 * 1024 * 1024 };

int loop_connect(int port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0) {
        close(fd);
        return -1;
    }
    return fd;
}

void loop_send(uv_loop_t *loop, int fd, const void *bytes, size_t length)
{
    const char *at = bytes;
    int64_t end = clock_now().mono_ms + PATIENCE_MS;
    while (length && clock_now().mono_ms < end) {
        ssize_t sent = send(fd, at, length, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN)
            return;
        if (sent > 0) {
            at += sent;
            length -= (size_t)sent;
        }
        uv_run(loop, UV_RUN_NOWAIT);
    }
}

/* The length of the body by the head, 0 without one. */
static size_t announced(const struct reply *reply)
{
    char length[256];
    reply_header(reply, "Content-Length", length);
    return strtoul(length, NULL, 10);
}

static bool whole(struct buf *got, bool head_only, struct reply *reply)
{
    const char *text = buf_string(got), *end = strstr(text, "\r\n\r\n");
    if (!end)
        return false;
    size_t head = (size_t)(end - text) + 4;
    free(reply->head);
    reply->head = mem_format("%.*s", (int)head, text);
    size_t body = head_only ? 0 : announced(reply);
    if (got->len < head + body)
        return false;
    reply->status = atoi(text + strcspn(text, " "));
    if (reply->status == 100) { /* the real one follows */
        buf_drop(got, head);
        return whole(got, head_only, reply);
    }
    reply->length = got->len - head;
    reply->body = mem_new(reply->length + 1);
    memcpy(reply->body, text + head, reply->length);
    return true;
}

struct reply loop_reply(uv_loop_t *loop, int fd, bool head_only)
{
    struct reply reply = {0};
    struct buf got;
    char block[65536];
    bool done = false;
    int64_t end = clock_now().mono_ms + PATIENCE_MS;
    buf_init(&got, REPLY_MAX);
    while (!done && clock_now().mono_ms < end) {
        struct pollfd ready = {.fd = fd, .events = POLLIN};
        uv_run(loop, UV_RUN_NOWAIT);
        if (poll(&ready, 1, 1) <= 0)
            continue;
        ssize_t count = recv(fd, block, sizeof block, MSG_DONTWAIT);
        if (count <= 0)
            break;
        buf_add(&got, block, (size_t)count);
        done = whole(&got, head_only, &reply);
    }
    if (!done) {
        reply.status = 0;
        reply.body = buf_take(&got, &reply.length);
    }
    buf_free(&got);
    return reply;
}

struct reply loop_ask(uv_loop_t *loop, int port, const char *request, const char *headers)
{
    int fd = loop_connect(port);
    if (fd < 0)
        return (struct reply){0};
    char *text = mem_format("%s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n%s\r\n", request, port, headers);
    loop_send(loop, fd, text, strlen(text));
    struct reply reply = loop_reply(loop, fd, strncmp(request, "HEAD ", 5) == 0);
    free(text);
    close(fd);
    return reply;
}

void reply_header(const struct reply *reply, const char *name, char ret[static 256])
{
    size_t length = strlen(name);
    ret[0] = '\0';
    for (const char *line = reply->head; line; line = strstr(line, "\r\n")) {
        line += line == reply->head ? 0 : 2;
        if (strncasecmp(line, name, length) != 0 || line[length] != ':')
            continue;
        line += length + 1;
        line += strspn(line, " ");
        snprintf(ret, 256, "%.*s", (int)strcspn(line, "\r"), line);
        return;
    }
}

void reply_free(struct reply *reply)
{
    free(reply->head);
    free(reply->body);
    *reply = (struct reply){0};
}
