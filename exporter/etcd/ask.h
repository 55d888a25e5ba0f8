/* ask.h: what is said to etcd's JSON gateway: bodies of requests, with bytes in base64 and 64-bit numbers as
 * text, as grpc-gateway wants them. Pure. */
#ifndef QUAYWATCH_EXPORTER_ETCD_ASK_H
#define QUAYWATCH_EXPORTER_ETCD_ASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "controller/core/buf.h"
#include "controller/core/json_writer.h"

/* What a server takes in one transaction unless it was told otherwise (--max-txn-ops 128,
 * --max-request-bytes 1.5 MiB of which ours, in base64, stays a third below). */
enum { ASK_TXN_OPS = 128, ASK_TXN_BYTES = 1024 * 1024 };

/* Whole bodies, appended to out. */
void etcd_ask_token(const char *user, const char *password, struct buf *out);
void etcd_ask_grant(int64_t ttl_s, struct buf *out);
void etcd_ask_alive(int64_t lease, struct buf *out);

/* Keys from `from` (of len bytes) up to the end of the prefix; at most limit of them, as they were at
 * revision (0: now). */
void etcd_ask_range(const char *from, size_t len, const char *prefix, unsigned limit, int64_t revision,
                    struct buf *out);

/* Changes below prefix from that revision on. */
void etcd_ask_watch(const char *prefix, int64_t revision, struct buf *out);

/* One transaction: begun, filled, ended. It happens whole or not at all. */
struct ask_txn {
    struct buf conditions, changes; /* parts of the body */
    unsigned count;                 /* of changes; each has one condition */
};
void etcd_ask_txn_begin(struct ask_txn *txn);

/* Puts (text) or removes (NULL) a key, if it is as it was: at revision, 0: not there. */
void etcd_ask_txn_add(struct ask_txn *txn, const char *key, const char *text, int64_t lease,
                      uint64_t revision);

/* Whether another change with a text of len bytes fits. */
bool etcd_ask_txn_has_room(const struct ask_txn *txn, size_t len);

/* Appends the body to out and frees the parts. */
void etcd_ask_txn_end(struct ask_txn *txn, struct buf *out);

#endif
