/* verdict.h: outcomes → status, by thresholds. Pure. CONTRACT section 4. */
#ifndef QUAYWATCH_HEALTH_VERDICT_H
#define QUAYWATCH_HEALTH_VERDICT_H

#include "controller/core/service.h"

struct verdict_policy {
    unsigned retries,
        successes; /* failures in a row to unhealthy, passes in a row back to healthy; at least 1 */
    int64_t start_period_ms;
};

/* The memory of one check on one run of a container. All zero plus verdict_start is a new one. */
struct verdict {
    enum status status; /* starting, healthy, degraded, unhealthy; unknown: the check cannot be made */
    unsigned failures;  /* in a row, stops at retries */
    unsigned passes;    /* in a row, stops at successes */
    bool latest_passed;
    int64_t started_mono_ms; /* when the container started, on our clock */
    bool judged;             /* the start is over: a pass came or the period ended */
};

/* A new start: starting until the first pass or the end of the start period; counts are cleared. */
void verdict_start(struct verdict *verdict, int64_t started_mono_ms);

/* One outcome at now. Failures inside the start period count nowhere. Returns true when status changed. */
bool verdict_step(struct verdict *verdict, const struct verdict_policy *policy, const struct outcome *outcome,
                  int64_t now_mono_ms);

#endif
