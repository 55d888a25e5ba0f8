/* runtime_link.h: one exchange with a HAProxy: a connection, one line with commands, the answer up to the end
 * of the connection. (One that stayed open would keep the old process of a reload alive.) */
#ifndef QUAYWATCH_EXPORTER_BALANCERS_RUNTIME_LINK_H
#define QUAYWATCH_EXPORTER_BALANCERS_RUNTIME_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#include "controller/core/socket_place.h"

struct runtime_link;

/* The longest line that is sent at once: HAProxy reads it into one of its buffers (tune.bufsize, 16 KiB). */
enum { RUNTIME_LINE = 8 * 1024 };

/* How an exchange ended; texts live during the call. */
struct runtime_ended {
    int code;     /* 0, or a negative errno value */
    char *answer; /* NUL-terminated, may be cut to pieces; "" on failure */
    size_t answer_len;
};

/* Sends line (with its end), which is copied. done is called once, unless the link is closed before; it must
 * only record. */
struct runtime_link *runtime_link_open(uv_loop_t *loop, const struct socket_place *place, const char *line,
                                       void (*done)(void *user, const struct runtime_ended *ended),
                                       void *user);

/* Ends it: done is not called any more. The loop frees it in its next turns. To be called after done, too.
 * NULL is fine. */
void runtime_link_close(struct runtime_link *link);

#endif
