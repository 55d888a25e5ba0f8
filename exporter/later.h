/* later.h: answers that are given in a later turn: the connection sleeps meanwhile and costs nothing. For
 * what waits for a change (long poll) and for what another thread has to find out first. */
#ifndef QUAYWATCH_EXPORTER_LATER_H
#define QUAYWATCH_EXPORTER_LATER_H

#include "exporter/request.h"

struct later;

/* The client went away, or the server closes: later is not valid any more after this call. */
typedef void later_gone(void *user);

/* Called by a handler instead of filling the answer: it will be given by later_answer. gone is called with
 * user if nobody waits for it any more. NULL with a filled answer (503) when too many wait already. */
struct later *answer_later(const struct request *request, struct answer *answer, later_gone *gone,
                           void *user);

/* Sends the answer, which is used up, and ends later. For the HEAD, ETag, gzip and X-Request-ID of the
 * request that waits, as for any answer. */
void later_answer(struct later *later, struct answer *answer);

#endif
