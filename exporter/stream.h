/* stream.h: streams of server-sent events (WHATWG HTML, section 9.2): a caller gets the events of the journal
 * and, if it likes, the status document by its changes, as they come. A stream keeps no queue: it remembers
 * what it has told, and tells what there is beyond that when the client has read so far. */
#ifndef QUAYWATCH_EXPORTER_STREAM_H
#define QUAYWATCH_EXPORTER_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct uv_loop_s uv_loop_t;
struct MHD_Connection;
struct MHD_Response;
struct live;
struct stream;
struct streams;

/* No stream yet. live must outlive it. */
struct streams *streams_open(uv_loop_t *loop, struct live *live);

/* What a caller wants to hear. */
struct stream_wish {
    uint64_t after;    /* the events after this one */
    bool restarted;    /* it has followed another life of the controller, and is told so */
    bool status;       /* the document, too: */
    bool knows;        /* it knows the document as of … */
    uint64_t revision; /* … this revision */
};

/* A stream that is to be answered with; NULL when there are too many. */
struct stream *stream_new(struct streams *streams, const struct stream_wish *wish);

/* The response that is the stream, on a connection (fd) that waits for it. The stream ends with it. NULL, and
 * the stream has ended, when the library makes none. */
struct MHD_Response *stream_begin(struct stream *stream, struct MHD_Connection *connection, int fd);

/* How many there are. */
size_t streams_count(const struct streams *streams);

/* Once a turn: those who sleep and have something to tell wake. */
void streams_turn(struct streams *streams);

/* All streams tell what they have, and end. */
void streams_end(struct streams *streams);

/* All streams end at once: before the HTTP library is stopped. */
void streams_abandon(struct streams *streams);

/* Frees it, after the library was stopped; the loop must run once more. */
void streams_close(struct streams *streams);

#endif
