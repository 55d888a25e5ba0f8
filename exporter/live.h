/* live.h: what answers that outlast a turn of the loop have in common: later answers, callers that wait for a
 * change, streams of events, and noticing who went away meanwhile. */
#ifndef QUAYWATCH_EXPORTER_LIVE_H
#define QUAYWATCH_EXPORTER_LIVE_H

#include "exporter/context.h"

typedef struct uv_loop_s uv_loop_t;
struct consul_changes;
struct error;
struct hangups;
struct laters;
struct polls;
struct streams;

/* Something is to be sent on a connection that slept: the HTTP library must be run soon. */
typedef void live_wake(void *user);

struct live {
    const struct exporter_context *context;
    struct hangups *hangups;
    struct laters *laters;
    struct polls *polls;
    struct streams *streams;
    struct consul_changes *consul; /* what Consul's clients wait for */
    live_wake *wake;
    void *user; /* of wake */
    bool ending;
};

/* Nobody waits yet. context must outlive it. NULL with a sentence in err when the system gives no descriptor.
 */
struct live *live_open(uv_loop_t *loop, const struct exporter_context *context, live_wake *wake, void *user,
                       struct error *err);

/* Once a turn, when the registry has settled: whoever waits for what came is told. */
void live_turn(struct live *live);

/* Everybody gets what there is, as an end, and nobody waits any more: quaywatch is stopping. */
void live_end(struct live *live);

/* Wakes those who still wait, without an answer: before the HTTP library is stopped. */
void live_abandon(struct live *live);

/* Frees it, after the library was stopped; the loop must run once more. NULL is fine. */
void live_close(struct live *live);

#endif
