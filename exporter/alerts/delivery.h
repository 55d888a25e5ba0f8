/* delivery.h: one attempt to hand one message to one service, and what its answer means. */
#ifndef QUAYWATCH_EXPORTER_ALERTS_DELIVERY_H
#define QUAYWATCH_EXPORTER_ALERTS_DELIVERY_H

#include "exporter/alerts/channel.h"

struct delivery;
struct transfer_pool;
struct transfer_result;

enum verdict {
    VERDICT_TAKEN,
    VERDICT_LATER,  /* it may work another time */
    VERDICT_SLOWER, /* too many messages: as many again only after wait_ms */
    VERDICT_NEVER,  /* this message, as things are set up, will not be taken */
};

struct judged {
    enum verdict verdict;
    int64_t wait_ms;    /* what the service wishes; 0: nothing */
    bool perhaps_taken; /* of VERDICT_LATER: no answer came, but it may have arrived */
    int status;         /* of the answer, 0 without one */
    char sentence[192]; /* how it ended, without the address: "it answered 404: …" */
};

/* What the end of an attempt means; retry_after is that header's value or "". Pure. */
void delivery_judge(enum channel_kind kind, const struct transfer_result *result, const char *retry_after,
                    int64_t now_wall_ms, struct judged *ret);

/* How long "Retry-After: value" asks to wait (seconds or a date, RFC 9110 10.2.3), at most an hour; 0 when it
 * says nothing. */
int64_t delivery_retry_after(const char *value, int64_t now_wall_ms);

/* Called once, unless it is cancelled. */
typedef void delivery_done(void *user, const struct judged *judged);

/* Renders and sends, at most timeout_ms long. Over HTTP through pool, mail past it. */
struct delivery *delivery_start(uv_loop_t *loop, struct transfer_pool *pool, enum channel_kind kind,
                                const struct channels_config *config, const struct telling *telling,
                                int64_t timeout_ms, delivery_done *done, void *user);

/* Ends it without a call. NULL is fine. */
void delivery_cancel(struct delivery *delivery);

#endif
