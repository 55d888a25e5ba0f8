/* SPDX-License-Identifier: MIT */
/* stream_client.c: reads chunks, lines and messages of a stream while it turns the server's loop. */
#include "tests/support/stream_client.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "controller/core/clock.h"
#include "controller/core/mem.h"
#include "tests/support/loop_client.h"

enum { PATIENCE_MS = 5000, QUIET_MS = 150, ROOM = 256 * 1024 * 1024 };

void stream_client_open(struct stream_client *client, uv_loop_t *loop, int port, const char *path,
                        const char *headers)
{
    *client = (struct stream_client){.loop = loop, .fd = loop_connect(port)};
    buf_init(&client->raw, ROOM);
    buf_init(&client->text, ROOM);
    char *request = mem_format("GET %s HTTP/1.1\r\nHost: h\r\n%s\r\n", path, headers);
    loop_send(loop, client->fd, request, strlen(request));
    free(request);
    for (int i = 0; i < 5; i++)
        uv_run(loop, UV_RUN_NOWAIT);
}

/* Moves what is whole from raw to text. */
static void unpack(struct stream_client *client)
{
    struct buf *raw = &client->raw;
    if (!client->head) {
        const char *end = strstr(buf_string(raw), "\r\n\r\n");
        if (!end)
            return;
        size_t length = (size_t)(end - raw->data) + 4;
        client->head = mem_format("%.*s", (int)length, raw->data);
        buf_drop(raw, length);
    }
    size_t done = 0;
    while (!client->ended && raw->len > done) {
        char *after;
        const char *at = raw->data + done;
        size_t length = strtoul(at, &after, 16);
        if (after == at || strncmp(after, "\r\n", 2) != 0 ||
            raw->len - done < (size_t)(after - at) + length + 4)
            break;
        buf_add(&client->text, after + 2, length);
        done += (size_t)(after - at) + length + 4;
        client->ended = length == 0;
    }
    buf_drop(raw, done);
}

/* One message from text: false when none is whole. Comments and retry are noted and passed over. */
static bool parse(struct stream_client *client, struct stream_message *ret)
{
    for (;;) {
        buf_drop(&client->text, client->taken);
        client->taken = 0;
        char *end = client->text.len ? strstr(client->text.data, "\n\n") : NULL;
        if (!end)
            return false;
        client->taken = (size_t)(end - client->text.data) + 2;
        *end = '\0';
        *ret = (struct stream_message){.event = "", .id = "", .data = ""};
        for (char *line = client->text.data, *next; line; line = next) {
            next = strchr(line, '\n');
            if (next)
                *next++ = '\0';
            if (strncmp(line, "event: ", 7) == 0)
                ret->event = line + 7;
            else if (strncmp(line, "id: ", 4) == 0)
                ret->id = line + 4;
            else if (strncmp(line, "data: ", 6) == 0)
                ret->data = line + 6;
            else if (strncmp(line, "retry: ", 7) == 0)
                client->retry_ms = atoi(line + 7);
            else if (line[0] == ':')
                client->comments++;
        }
        if (ret->data[0])
            return true;
    }
}

static bool read_for(struct stream_client *client, int64_t ms, struct stream_message *ret)
{
    static char block[1 << 18];
    int64_t end = clock_now().mono_ms + ms;
    while (!parse(client, ret)) {
        struct pollfd ready = {.fd = client->fd, .events = POLLIN};
        if (client->ended || clock_now().mono_ms > end)
            return false;
        uv_run(client->loop, UV_RUN_NOWAIT);
        if (poll(&ready, 1, 1) <= 0)
            continue;
        ssize_t count = recv(client->fd, block, sizeof block, MSG_DONTWAIT);
        if (count <= 0)
            return false;
        buf_add(&client->raw, block, (size_t)count);
        unpack(client);
    }
    return true;
}

bool stream_client_next(struct stream_client *client, struct stream_message *ret)
{
    return read_for(client, PATIENCE_MS, ret);
}

bool stream_client_quiet(struct stream_client *client)
{
    struct stream_message message;
    return !read_for(client, QUIET_MS, &message);
}

void stream_client_close(struct stream_client *client)
{
    close(client->fd);
    buf_free(&client->raw);
    buf_free(&client->text);
    free(client->head);
}
