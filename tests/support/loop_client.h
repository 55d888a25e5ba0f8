/* loop_client.h: an HTTP client for tests of a server on the test's own loop: it turns the loop while it
 * waits. */
#ifndef QUAYWATCH_TESTS_LOOP_CLIENT_H
#define QUAYWATCH_TESTS_LOOP_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

struct reply {
    int status; /* 0: the connection ended without an answer */
    char *head; /* with all header lines */
    char *body;
    size_t length; /* of body */
};

/* A connection to 127.0.0.1:port; negative when refused. */
int loop_connect(int port);

/* Sends bytes and turns the loop. */
void loop_send(uv_loop_t *loop, int fd, const void *bytes, size_t length);

/* Turns the loop until one whole reply is there, or the end of the connection (status 0, body what came), at
 * most 5 s. Without body for HEAD. Freed with reply_free. */
struct reply loop_reply(uv_loop_t *loop, int fd, bool head_only);

/* One request on a connection of its own: "GET /path", with more header lines, each ended by \r\n, or "". */
struct reply loop_ask(uv_loop_t *loop, int port, const char *request, const char *headers);

/* The value of a header in ret, "" when it is not there. */
void reply_header(const struct reply *reply, const char *name, char ret[static 256]);

/* Frees what the reply holds. */
void reply_free(struct reply *reply);

#endif
