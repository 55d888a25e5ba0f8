/* laters.h: the answers that are still to come, as the server sees them; handlers know later.h. */
#ifndef QUAYWATCH_EXPORTER_LATERS_H
#define QUAYWATCH_EXPORTER_LATERS_H

#include "exporter/later.h"

struct laters;
struct live;

/* Nobody waits. live must outlive them. */
struct laters *laters_new(struct live *live);

/* After a handler that asked for a later answer: lets the connection (fd) sleep until that is there, and
 * true; false when it is there already. */
bool later_sleep(struct later *later, int fd);

/* The connection woke: the answer in ret, and true; false when nobody waits for one. Frees later. */
bool later_take(struct later *later, struct answer *ret);

/* The connection ends without having taken the answer. Frees later; NULL is fine. */
void later_drop(struct later *later);

/* The server closes: whoever waits is told (gone), and all connections wake. Before the library is stopped.
 */
void laters_end(struct laters *laters);

/* Frees it, after all laters. NULL is fine. */
void laters_free(struct laters *laters);

#endif
