/* registration_internal.h: what the files of registration.h share. */
#ifndef QUAYWATCH_EXPORTER_CONSUL_REGISTRATION_INTERNAL_H
#define QUAYWATCH_EXPORTER_CONSUL_REGISTRATION_INTERNAL_H

#include <stdint.h>

#include "exporter/consul/registration.h"

/* Whether a key of a body means this field (lower case, without underscores). */
bool body_key_is(const char *key, const char *field);

/* The value of a field, NULL when it is not there or null. */
struct json_object *body_field(struct json_object *body, const char *field);

/* Refuses fields that are not among names (count of them), and names the nearest. what: "service", "check".
 */
int body_known(struct json_object *body, const char *what, const char *const *names, size_t count,
               struct error *err);

/* A duration as Consul writes it: "10s", "1m30s", or a number of nanoseconds. -ENOENT: not there; -EINVAL
 * with a sentence. */
int body_duration(struct json_object *body, const char *field, int64_t *ret_ms, struct error *err);

/* Adds a duration to a registration, as a text. */
void registration_put_duration(struct json_object *object, const char *key, int64_t ms);

/* Says in a registration that nothing is asked for its health. */
void registration_put_no_probe(struct json_object *registration);

/* A check of a body, read. Texts are the body's. */
struct consul_check_body {
    const char *id, *name, *notes;        /* NULL: unsaid */
    const char *status;                   /* ours: "healthy", …; NULL: unsaid */
    int64_t ttl_ms;                       /* 0: it is probed, or neither */
    const char *strategy;                 /* "http", "tcp", "grpc"; NULL: its owner reports it */
    char scheme[8], host[256], path[256]; /* of what is probed; "" where unsaid */
    int port;                             /* 0: unsaid */
    int64_t interval_ms, timeout_ms, remove_after_ms;
    int64_t retries, successes;
    bool tls_verify;
};

/* Reads a check. -EINVAL with a sentence. */
int check_body_read(struct json_object *body, struct consul_check_body *ret, struct error *err);

/* Puts a read check into a registration of ours; id and name are used where the check says none. */
int check_body_add(struct json_object *registration, const struct consul_check_body *check, const char *id,
                   const char *name, struct error *err);

#endif
