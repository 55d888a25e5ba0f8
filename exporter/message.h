/* message.h: what is sent to many streams alike, rendered once: counted bytes that remember what they tell.
 * The latest few are kept for whoever comes next. One thread only. */
#ifndef QUAYWATCH_EXPORTER_MESSAGE_H
#define QUAYWATCH_EXPORTER_MESSAGE_H

#include <stdbool.h>

#include "exporter/context.h"

struct messages;

/* One or several whole messages of a stream. */
struct message {
    char *data;
    size_t len;
    uint64_t to; /* up to which event, or revision, it tells */
    unsigned holders;
};

/* No message yet. context must outlive it. */
struct messages *messages_new(const struct exporter_context *context);

/* The events after one, as many as fit a message; NULL when there are none. For the caller to release. */
struct message *message_events(struct messages *messages, uint64_t after);

/* The status document: what changed after a revision, or all of it where from is NULL, or that is not known
 * any more, or would be much. For the caller to release. */
struct message *message_status(struct messages *messages, const uint64_t *from);

/* The bytes of all messages that somebody holds, or that are kept. */
size_t messages_bytes(const struct messages *messages);

/* The oldest message that somebody holds; NULL when there is none. */
const struct message *messages_oldest(const struct messages *messages);

/* The holder does not need it any more. NULL is fine. */
void message_release(struct messages *messages, struct message *message);

/* Keeps no message any more: nobody is there to come next. */
void messages_clear(struct messages *messages);

/* Frees it, after all messages were released. */
void messages_free(struct messages *messages);

#endif
