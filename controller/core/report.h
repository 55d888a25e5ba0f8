/* report.h: a check of a service outside Docker as its owner knows it: one that the owner reports itself, or
 * the one that is probed. Plain data. */
#ifndef QUAYWATCH_CORE_REPORT_H
#define QUAYWATCH_CORE_REPORT_H

#include "controller/core/service.h"

enum { REPORTS_MAX = 10 }; /* of one service: what it registered, and that it was taken out */

/* Texts live until the next turn, and are "" where nothing is said. */
struct report_view {
    const char *id, *name, *notes;
    const char *output; /* the latest that was said, or found */
    /* HEALTHY, DEGRADED or UNHEALTHY; STARTING: nothing was said yet; STOPPED: taken out by its owner. */
    enum status status;
    int64_t ttl_ms; /* without a report for so long it is unhealthy; 0: never */
    bool probed;    /* quaywatch finds it out itself */
};

#endif
