/* queues.h: the queues of all channels as one JSON text, and back. */
#ifndef QUAYWATCH_EXPORTER_ALERTS_QUEUES_H
#define QUAYWATCH_EXPORTER_ALERTS_QUEUES_H

#include "exporter/alerts/channels.h"
#include "exporter/alerts/queue.h"

struct error;

/* Writes all of them. */
void queues_render(const struct queue *const queue[CHANNEL_COUNT], struct buf *out);

/* Reads what queues_render wrote into empty queues; what is of a channel without one (NULL) is dropped.
 * -EBADMSG with a sentence for damaged text: the queues hold what could be read then. Pure; fuzzed. */
int queues_read(struct queue *const queue[CHANNEL_COUNT], const char *json, size_t length, struct error *err);

#endif
