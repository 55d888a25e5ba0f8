/* probe.h: one check, one callback, one outcome out of a closed list. */
#ifndef QUAYWATCH_HEALTH_PROBE_H
#define QUAYWATCH_HEALTH_PROBE_H

#include "controller/core/service.h"

struct probe;
struct transfer_pool;
struct transfer_result;
struct unit_bus;

/* What to check. All text is copied by whoever keeps it. */
struct probe_spec {
    enum check_kind kind; /* what is probed: neither CHECK_NONE nor CHECK_DOCKER */
    const char *url;      /* "http://172.20.0.2:5000/health", "tcp://[fd00::2]:5432"; host is an IP literal */
    const char *container;     /* whom a check inside a container is for, in the runner's own words */
    const char *inside;        /* its command or file, as the label says it */
    const char *method;        /* NULL: GET */
    const char *expect;        /* "200-299", "200,204,300-302"; NULL: 200-299 */
    const char *body;          /* substring that must be there, or NULL */
    struct pairs headers;      /* request headers */
    bool tls_verify;           /* https: the certificate must be trusted and made out to tls_name */
    const char *tls_name;      /* https: whom to ask for; NULL: the URL's host */
    const char *ca_file;       /* whom to trust; NULL: whom the system trusts */
    const char *unit;          /* of a systemd check */
    const char *grpc_service;  /* of a grpc check; NULL: the server as a whole */
    bool implicit;             /* every HTTP answer below 500 passes */
    bool reuse;                /* leave the connection open for the next check; the prober decides it */
    int64_t timeout_ms;        /* of the whole check */
    int64_t degraded_after_ms; /* 0: off */
};

typedef void probe_done(void *user, struct outcome *outcome); /* outcome->check is the callee's to free */

/* Who makes the checks that this room cannot: those inside a container (CHECK_COMMAND, CHECK_FILE). */
struct probe_run;
struct probe_runner {
    /* Starts a check of spec (copied where it is kept); done as for probe_start. */
    struct probe_run *(*start)(void *user, const struct probe_spec *spec, probe_done *done, void *done_user);
    /* Ends it without callback; not once done was called. */
    void (*cancel)(void *user, struct probe_run *run);
    void *user;
};

/* What checks are made with: each kind takes what it needs, and is only started where that is there. */
struct probe_tools {
    struct transfer_pool *pool;        /* http, tcp */
    const struct probe_runner *runner; /* command, file */
    struct unit_bus *units;            /* systemd */
};

/* A copy with all its text in one block, freed with free(). */
struct probe_spec *probe_spec_copy(const struct probe_spec *spec);

/* Whether both ask for the same check (reuse aside, which is no matter of what is asked). Pure. */
bool probe_spec_equal(const struct probe_spec *a, const struct probe_spec *b);

/* Starts a check; what tools point to must outlive it, the struct itself need not. done is called exactly
 * once unless cancelled, never before this returns. */
struct probe *probe_start(const struct probe_tools *tools, const struct probe_spec *spec, probe_done *done,
                          void *user);

/* Ends it without callback. Not once done was called: the handle has ended by then. NULL is fine. */
void probe_cancel(struct probe *probe);

/* What the end of a transfer means for a check: the one place where outcomes are made. Pure. */
void probe_judge(const struct probe_spec *spec, const struct transfer_result *result,
                 struct outcome *outcome);

/* Whether status is in an expectation like "200-299,304". Pure. */
bool probe_status_expected(const char *expect, int status);

/* Whether an expectation is well-formed: comma list of numbers and ranges from 100 to 599. Pure. */
bool probe_expectation_valid(const char *expect);

/* Reads a JSON health body: "status" (healthy, ok, pass, up, degraded, warn, unhealthy, fail, down, error)
 * and the words in its "checks" or "dependencies" object (values: word, boolean, or an object with "status"),
 * at most LIMIT_HEALTH_CHECKS, sorted by name. Anything else leaves outcome as it is. Pure. */
void health_body_read(const char *body, size_t len, struct outcome *outcome);

#endif
