/* transfer_direct.h: the transfers that nearly all checks are, without libcurl: GET over plain HTTP from an
 * IP address, on a connection of its own. Measured at half of what libcurl takes for the same, besides the
 * kernel's share. Only transfer.c includes this. */
#ifndef QUAYWATCH_CORE_TRANSFER_DIRECT_H
#define QUAYWATCH_CORE_TRANSFER_DIRECT_H

#include "controller/core/transfer.h"

struct direct;
struct directs;

/* All that one pool has under way. ended is called in a turn of the loop in which directs_next has something;
 * it may close them. NULL when the system has no descriptor left. */
struct directs *directs_open(uv_loop_t *loop, void (*ended)(void *user), void *user);

/* Ends and frees all without a word. NULL is fine. */
void directs_close(struct directs *directs);

/* Starts a request; nothing of it need outlive the call. owner comes back from directs_next. NULL when it is
 * not such a one, or is written in an unusual way: then it is libcurl's. */
struct direct *direct_start(struct directs *directs, const struct transfer_request *request, void *owner);

/* How many have ended and were not told of yet. */
size_t directs_over(const struct directs *directs);

/* The owner of one that has ended and was not told of yet, or NULL. */
void *directs_next(struct directs *directs);

/* How it ended; the text in *ret lives until direct_free. */
void direct_result(const struct direct *direct, struct transfer_result *ret);

/* Frees it; one that is under way is ended without a word. */
void direct_free(struct direct *direct);

#endif
