/* registration.h: a service outside Docker as somebody registers it: read from the body of POST /services or
 * from the file that keeps it, and written in the same words again. Pure; fuzzed. */
#ifndef QUAYWATCH_CONTROLLER_EXTERNAL_REGISTRATION_H
#define QUAYWATCH_CONTROLLER_EXTERNAL_REGISTRATION_H

#include "controller/core/service.h"

struct buf;
struct error;
struct json_object;

enum { REGISTRATION_CHECKS = 8 };

/* A check that has a name of its own: one that the owner reports, or the one that is made here. */
struct registration_named {
    const char *id, *name, *notes; /* notes may be NULL */
    bool probed;                   /* made here; the rest is of what the owner reports: */
    int64_t ttl_ms;                /* at least so often; 0: only when something changes */
    enum status status; /* before the first report: healthy, degraded, unhealthy; starting: unsaid */
};

/* All text lives in the arena. 0 and NULL: unsaid. */
struct registration {
    struct arena arena;
    const char *id, *name, *version;
    const char *host; /* a name, or an address without brackets */
    bool by_address;  /* host is one */
    int port;         /* 0: none, where its owner reports how it is */
    enum protocol protocol;
    const char *endpoint; /* path of the check */
    struct strings tags;
    struct strings fallback_urls;
    struct pairs metadata; /* sorted */
    struct dependency *dependencies;
    size_t dependency_count;
    unsigned weight;         /* 1 when unsaid */
    int64_t ttl_ms;          /* how long it is believed without a heartbeat; 0: for good */
    const char *owner_id;    /* by which its owner calls it, where that can be no id; NULL: id */
    int64_t remove_after_ms; /* unhealthy for so long, it is removed; 0: never */
    struct registration_named named[REGISTRATION_CHECKS];
    size_t named_count;

    bool check_said;       /* its strategy */
    enum check_kind check; /* http, tcp, grpc or none; by the protocol when unsaid */
    int check_port;
    int64_t check_timeout_ms, check_interval_ms;
    const char *file; /* in which it was found; NULL: it was registered through the API */
    unsigned check_retries, check_successes;
    bool check_tls_verify;
};

/* Reads a JSON text. *ret is freed with registration_free(). On failure -EINVAL with a sentence naming the
 * field, its value and what is allowed; *ret is untouched then. */
int registration_parse(const char *json, size_t len, struct registration **ret, struct error *err);

/* The same from JSON that is read already. */
int registration_read(struct json_object *object, struct registration **ret, struct error *err);

/* Appends it as JSON that registration_parse reads as the same: equal ones give equal bytes. */
void registration_render(const struct registration *registration, struct buf *out);

/* Frees it and all its text. NULL is fine. */
void registration_free(struct registration *registration);

/* Parses JSON (NUL-terminated at len) strictly: no rest, valid UTF-8, at most LIMIT_REGISTRATION_DEPTH
 * levels. NULL with a sentence when it is none, and without one for a null. Released with json_object_put().
 */
struct json_object *registration_json(const char *json, size_t len, struct error *err);

#endif
