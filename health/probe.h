/* probe.h: one check, one callback, one outcome out of a closed list. */
#ifndef QUAYWATCH_HEALTH_PROBE_H
#define QUAYWATCH_HEALTH_PROBE_H

#include "controller/core/service.h"

struct probe;
struct transfer_pool;

/* What to check. All text is copied by whoever keeps it. */
struct probe_spec {
    enum check_kind kind;    /* CHECK_HTTP or CHECK_TCP */
    const char *url;         /* "http://172.20.0.2:5000/health", "tcp://[fd00::2]:5432"; host is an IP literal */
    const char *method;      /* NULL: GET */
    const char *expect;      /* "200-299", "200,204,300-302"; NULL: 200-299 */
    const char *body;        /* substring that must be there, or NULL */
    struct pairs headers;    /* request headers */
    bool implicit;           /* every HTTP answer below 500 passes */
    int64_t timeout_ms;      /* of the whole check */
    int64_t degraded_after_ms; /* 0: off */
};

typedef void probe_done(void *user, struct outcome *outcome); /* outcome->check is the callee's to free */

/* Starts a check in pool; done is called exactly once unless cancelled, never before this returns. */
struct probe *probe_start(struct transfer_pool *pool, const struct probe_spec *spec, probe_done *done, void *user);

/* Ends it without callback. NULL is fine. */
void probe_cancel(struct probe *probe);

/* Whether status is in an expectation like "200-299,304". Pure. */
bool probe_status_expected(const char *expect, int status);

/* Whether an expectation is well-formed: comma list of numbers and ranges from 100 to 599. Pure. */
bool probe_expectation_valid(const char *expect);

/* Reads a JSON health body: "status" (healthy, ok, pass, up, degraded, warn, unhealthy, fail, down, error) and the
 * words in its "checks" or "dependencies" object (values: word, boolean, or an object with "status"), at most
 * LIMIT_HEALTH_CHECKS, sorted by name. Anything else leaves outcome as it is. Pure. */
void health_body_read(const char *body, size_t len, struct outcome *outcome);

#endif
