/* queue.h: what waits for one channel, and what people were told of that goes on. Pure; times are arguments.
 * At most one entry a trouble: a newer alert of it takes the older one's place. */
#ifndef QUAYWATCH_EXPORTER_ALERTS_QUEUE_H
#define QUAYWATCH_EXPORTER_ALERTS_QUEUE_H

#include <sys/queue.h>

#include "exporter/alerts/alert.h"

struct buf;
struct json_object;
struct json_writer;

enum {
    QUEUE_ENTRIES = 512, /* of one channel: troubles that are remembered */
    QUEUE_WAITING = 128, /* of those, that wait to be told; the least bad one is left out beyond */
};

struct entry {
    TAILQ_ENTRY(entry) link;
    struct alert *alert; /* the latest of its trouble */
    bool waiting;        /* to be told */
    bool in_flight;      /* being told just now; what came meanwhile makes it wait again */
    bool told;           /* people may know of the trouble */
};
TAILQ_HEAD(entry_list, entry);

struct queue {
    struct entry_list entries; /* in the order in which they began to wait */
    size_t count, waiting;
    unsigned left_out; /* not told of since the latest message, for want of room */
    bool by_severity; /* the receiver takes an alert of another severity for another alert: the old one has to
                         be ended */
};

/* An empty queue. */
void queue_init(struct queue *queue, bool by_severity);

/* Frees its entries; it is empty then. */
void queue_free(struct queue *queue);

/* An alert is to be told; it is copied. */
void queue_put(struct queue *queue, const struct alert *alert);

/* The entry of a trouble, or NULL. */
struct entry *queue_find(const struct queue *queue, const char *id);

/* Begins to tell: marks the first max waiting entries as being in flight and puts their alerts into item.
 * Returns how many. The alerts stay valid until the queue changes. */
size_t queue_take(struct queue *queue, const struct alert **item, size_t max);

/* All entries, waiting or not, for a receiver that is told of everything at once; those waiting are in flight
 * then. */
size_t queue_take_all(struct queue *queue, const struct alert **item, size_t max);

/* How what was taken ended: it arrived; it did not and waits again (perhaps_told: nobody knows whether it
 * arrived); it is given up. */
void queue_told(struct queue *queue);
void queue_untold(struct queue *queue, bool perhaps_told);
size_t queue_drop(struct queue *queue);

/* Drops what waits since before before_wall_ms and is not in flight. Returns how many. */
size_t queue_expire(struct queue *queue, int64_t before_wall_ms);

/* Troubles that are not among these ids have ended: entries that were told wait to be told so when keeps is
 * set, all others are forgotten. */
void queue_keep_only(struct queue *queue, const char *const *id, size_t count, bool keeps,
                     int64_t now_wall_ms);

/* Puts back an entry as it was. False when its trouble is there already, there is no room, or nothing in it
 * is worth keeping. */
bool queue_restore(struct queue *queue, const struct alert *alert, bool waiting, bool told);

/* Writes the entries as a JSON array; what is in flight as waiting. */
void queue_render(const struct queue *queue, struct json_writer *w);

/* Reads what queue_render wrote into an empty queue. False when something in it is not as it was written; the
 * rest is taken. */
bool queue_read(struct queue *queue, struct json_object *array);

#endif
