/* outcome.h: every way a check can end, as one closed list: its word in the metrics, the class of its error
 * and what is to be done about that, and its sentence for a person. */
#ifndef QUAYWATCH_CORE_OUTCOME_H
#define QUAYWATCH_CORE_OUTCOME_H

#include <stdbool.h>
#include <stddef.h>

enum outcome_kind {
    OUTCOME_PASS,
    OUTCOME_DEGRADED,        /* passed, but slow, or the answer itself says so */
    OUTCOME_REFUSED,         /* nothing listens */
    OUTCOME_CONNECT_TIMEOUT, /* the address did not answer */
    OUTCOME_READ_TIMEOUT,    /* connected, but no whole answer in time; a command that did not end */
    OUTCOME_NO_ROUTE,
    OUTCOME_STATUS,     /* an HTTP status that is not wanted */
    OUTCOME_BODY,       /* the body says unhealthy, or lacks what is wanted */
    OUTCOME_PROTOCOL,   /* another protocol than the check's */
    OUTCOME_TLS,        /* no encrypted connection, or no trusted one */
    OUTCOME_CUT,        /* the connection ended in the middle of the answer */
    OUTCOME_NO_ADDRESS, /* nothing to ask */
    OUTCOME_VERDICT,    /* what was asked says no: a command's exit code, a unit's state, NOT_SERVING */
    OUTCOME_MISSING,    /* what was to be asked does not exist or may not be asked: a unit, a command, a gRPC
                         * service. A restart cures nothing
                         */
    OUTCOME_LOCAL,      /* our own fault: out of descriptors, … */
    OUTCOME_NOT_MADE,  /* we lack what this check needs (no D-Bus): nothing was learned, nothing is counted */
    OUTCOME_FORBIDDEN, /* the engine does not let us make this check: the same, and so it will be next time */
    OUTCOME_KIND_COUNT
};
extern const char *const outcome_name[OUTCOME_KIND_COUNT]; /* "pass", "refused", … as metrics label */

/* Whether it says something about what was checked. */
bool outcome_is_answer(enum outcome_kind kind);

/* The classes of errors that users of the API know. */
enum error_class {
    ERROR_CLASS_NONE, /* a pass */
    ERROR_CLASS_NETWORK,
    ERROR_CLASS_TIMEOUT,
    ERROR_CLASS_SERVER,
    ERROR_CLASS_CLIENT,
    ERROR_CLASS_UNKNOWN,
    ERROR_CLASS_COUNT
};
extern const char *const error_class_name[ERROR_CLASS_COUNT]; /* "NETWORK_ERROR", …; NULL for none */
extern const char
    *const error_class_recovery[ERROR_CLASS_COUNT]; /* "circuit_breaker", …: for callers; NULL for none */

/* The class of an outcome; http_status tells 4xx from 5xx for OUTCOME_STATUS. */
enum error_class outcome_error_class(enum outcome_kind kind, int http_status);

/* The sentence of an outcome: its pattern with detail (what was found, or a limit) put in, on one line, cut
 * to size. detail NULL: the pattern's own words where it has some, else "". */
void outcome_sentence(enum outcome_kind kind, const char *detail, char *ret, size_t size);

#endif
