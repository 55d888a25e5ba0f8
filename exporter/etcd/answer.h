/* answer.h: etcd's answers → values. Bytes are hostile: every field may be missing or of another type. Pure;
 * fuzzed. json-c stays behind this door. */
#ifndef QUAYWATCH_EXPORTER_ETCD_ANSWER_H
#define QUAYWATCH_EXPORTER_ETCD_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "controller/core/mem.h"

/* Codes of gRPC that are told apart. */
enum { GRPC_OUT_OF_RANGE = 11, GRPC_UNAUTHENTICATED = 16, GRPC_DENIED = 7, GRPC_NOT_FOUND = 5 };

/* One key as it is, or (removed) was; texts live in the answer's arena. A key that holds a NUL is left out:
 * it cannot be ours. */
struct etcd_pair {
    const char *key, *value;
    size_t value_len;
    int64_t lease;
    uint64_t revision; /* at which it was changed, or removed */
    bool removed;
};

/* What any answer may say; what it does not say is 0. */
struct etcd_answer {
    struct arena arena;
    uint64_t revision;      /* of the whole store */
    int64_t lease, ttl_s;   /* grant and keep-alive; ttl 0: the lease is gone */
    const char *token;      /* or NULL */
    bool succeeded;         /* of a transaction */
    struct etcd_pair *pair; /* of a range, or events of a watch, in their order */
    size_t count;
    bool more;              /* of a range: not all were told */
    const char *last_key;   /* of a range: of the last key, also when it was left out; or NULL */
    size_t last_len;        /* its bytes */
    bool created, canceled; /* of a watch */
    uint64_t compacted;     /* of a watch: the first revision that it can begin with; or 0 */
    int code;               /* of an error, gRPC's; 0: no error */
    const char *error;      /* its words, one line, or "" */
};

/* Reads one answer, or one line of a stream. -EBADMSG when it is no JSON object. *ret is freed with
 * etcd_answer_free in any case. */
int etcd_answer_read(const char *json, size_t len, struct etcd_answer *ret);
void etcd_answer_free(struct etcd_answer *answer);

#endif
