/* stream_client.h: a client of server-sent events for tests of a server on the test's own loop. */
#ifndef QUAYWATCH_TESTS_STREAM_CLIENT_H
#define QUAYWATCH_TESTS_STREAM_CLIENT_H

#include <stdbool.h>
#include <uv.h>

#include "controller/core/buf.h"

struct stream_client {
    uv_loop_t *loop;
    int fd;
    struct buf raw;  /* as it came, of the body in chunks */
    struct buf text; /* without the chunks */
    size_t taken;    /* of text: what the latest message was made of */
    char *head;
    int retry_ms;
    int comments;
    bool ended; /* by its last chunk, as it should */
};

/* Texts live until the next message. */
struct stream_message {
    const char *event, *id, *data; /* "" when there is none */
};

/* Connects and asks for path; does not read yet. */
void stream_client_open(struct stream_client *client, uv_loop_t *loop, int port, const char *path,
                        const char *headers);

/* Turns the loop until a message with data is there, at most 5 s. False when none comes, or the stream ends.
 */
bool stream_client_next(struct stream_client *client, struct stream_message *ret);

/* Turns the loop for a while: whether no message came. */
bool stream_client_quiet(struct stream_client *client);

/* Closes the connection and frees. */
void stream_client_close(struct stream_client *client);

#endif
