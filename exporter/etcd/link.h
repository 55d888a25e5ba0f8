/* link.h: the way to an etcd cluster: one request at a time, the next endpoint when one fails, waits that
 * double when all do, the token, TLS. What requests mean is the caller's business. */
#ifndef QUAYWATCH_EXPORTER_ETCD_LINK_H
#define QUAYWATCH_EXPORTER_ETCD_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exporter/etcd/answer.h"
#include "exporter/etcd/etcd.h"

struct buf;
struct etcd_link;
struct transfer;
struct transfer_request;

/* How a request ended. */
enum link_end {
    LINK_ANSWERED, /* etcd did it, or said what it found */
    LINK_REFUSED,  /* etcd did nothing, and said why */
    LINK_LOST,     /* no answer, or one that leaves open whether it was done */
};

struct link_reply {
    enum link_end end;
    bool too_long;             /* LOST: the answer was longer than we read */
    struct etcd_answer answer; /* of LINK_ANSWERED and LINK_REFUSED; etcd_answer_free */
};

/* A link that has sent nothing yet. wake(user) is called when there is something for etcd_link_take. settings
 * must outlive it. */
struct etcd_link *etcd_link_new(uv_loop_t *loop, const struct etcd_settings *settings,
                                void (*wake)(void *user), void *user);

/* Frees it; nothing calls back afterwards. */
void etcd_link_free(struct etcd_link *link);

/* Whether a request may be sent now; and when, if only time is missing (mono ms, 0: an answer is awaited). */
bool etcd_link_ready(const struct etcd_link *link, int64_t now_mono_ms);
int64_t etcd_link_due(const struct etcd_link *link);

/* Whether a token must be got first, with etcd_link_login; its reply is seen to here. */
bool etcd_link_needs_token(const struct etcd_link *link);
void etcd_link_login(struct etcd_link *link);

/* Sends a request: path, static text, such as "/v3/kv/range". The body is taken over and emptied. */
void etcd_link_ask(struct etcd_link *link, const char *path, struct buf *body);

/* The reply to the latest request, once. */
bool etcd_link_take(struct etcd_link *link, int64_t now_mono_ms, struct link_reply *ret);

/* Starts a stream beside it, to the endpoint that answers at present. The caller fills in how it is heard,
 * and cancels it before the link is freed. */
struct transfer *etcd_link_stream(struct etcd_link *link, const char *path, struct buf *body,
                                  struct transfer_request *request);

/* The stream's token is not taken any more. */
void etcd_link_drop_token(struct etcd_link *link);

/* After LINK_ANSWERED one of both is to be called: the answer was sense; or it was none, which counts as
 * LOST. words end the sentence "<endpoint>: <words>" of etcd_link_trouble.
 */
void etcd_link_worked(struct etcd_link *link);
void etcd_link_blame(struct etcd_link *link, int64_t now_mono_ms, const char *words);

/* Grows whenever a request was LOST or the endpoint changed: what was known of the other side may be wrong.
 */
unsigned etcd_link_breaks(const struct etcd_link *link);

/* Why nothing works at present, "" while it does. No secrets. */
const char *etcd_link_trouble(const struct etcd_link *link);

/* Requests that failed since the start. */
uint64_t etcd_link_failures(const struct etcd_link *link);

#endif
