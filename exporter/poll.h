/* poll.h: callers that wait for a change ("long poll"): they say which index they have seen, and are answered
 * when there is another one, or when their patience ends. An index is the text of the ETag,
 * "<start id>-<revision>"; a bare revision is taken as well. */
#ifndef QUAYWATCH_EXPORTER_POLL_H
#define QUAYWATCH_EXPORTER_POLL_H

#include "exporter/request.h"

typedef struct uv_loop_s uv_loop_t;
struct live;
struct polls;

/* Nobody waits. live must outlive it. */
struct polls *polls_open(uv_loop_t *loop, struct live *live);

/* Answers like fill, with the header X-Quaywatch-Index: at once when the request names no index, or another
 * one than now; else in the turn in which that changes, or after the request's "wait". Wrong words get a 400.
 * revision gives the revision of what fill shows: 0 when it is not there any more. */
typedef void poll_fill(const struct request *request, struct answer *answer);
typedef uint64_t poll_revision(const struct request *request);
void poll_answer(const struct request *request, struct answer *answer, poll_revision *revision,
                 poll_fill *fill);

/* The same for other forms of index. Answers like fill at once when the revision is another than seen, nobody
 * is to wait (wait_ms 0) or revision gives 0; else when it changes or the time is over. Of the request, path,
 * body, query and headers are gone then; kept is in request->kept whenever fill and revision are called, and
 * given to drop when all is over. */
struct poll_wish {
    uint64_t seen;
    int64_t wait_ms;
    poll_revision *revision;
    poll_fill *fill;
    void *kept;
    void (*drop)(void *kept);
};
void poll_hold(const struct request *request, struct answer *answer, const struct poll_wish *wish);

/* Answers those whose index has changed. */
void polls_turn(struct polls *polls);

/* Answers all with what there is. */
void polls_end(struct polls *polls);

/* Frees it, after all laters have ended; the loop must run once more. */
void polls_close(struct polls *polls);

#endif
