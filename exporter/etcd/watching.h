/* watching.h: etcd's own news of the keys below our prefix: one stream, whose lines are kept until they are
 * taken. */
#ifndef QUAYWATCH_EXPORTER_ETCD_WATCHING_H
#define QUAYWATCH_EXPORTER_ETCD_WATCHING_H

#include <stdbool.h>
#include <stdint.h>

#include "exporter/etcd/answer.h"

struct etcd_link;
struct watching;

/* Not watching yet. wake(user) is called when there is something for etcd_watching_take. */
struct watching *etcd_watching_new(struct etcd_link *link, const char *prefix, void (*wake)(void *user),
                                   void *user);

/* Stops and frees it. */
void etcd_watching_free(struct watching *watching);

/* Asks for what changes from that revision on; and stops asking. */
void etcd_watching_start(struct watching *watching, int64_t revision);
void etcd_watching_stop(struct watching *watching);

/* Whether the stream is open, or about to be. */
bool etcd_watching_runs(const struct watching *watching);

/* The next news: true with *ret (etcd_answer_free). */
bool etcd_watching_take(struct watching *watching, struct etcd_answer *ret);

#endif
