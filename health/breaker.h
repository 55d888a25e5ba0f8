/* breaker.h: the circuit breaker of one instance. Pure. CONTRACT section 4. */
#ifndef QUAYWATCH_HEALTH_BREAKER_H
#define QUAYWATCH_HEALTH_BREAKER_H

#include "controller/core/service.h"

enum { BREAKER_RING = 32 };

struct breaker_policy {
    bool enabled;
    unsigned failure_threshold, success_threshold; /* 1 to BREAKER_RING */
    int64_t recovery_ms, window_ms;
};

/* All zero is a closed breaker without history. */
struct breaker {
    enum breaker_state state;
    int64_t failed_at[BREAKER_RING]; /* mono ms of the latest failures, a ring */
    unsigned failure_count, next;    /* entries in use; where the next goes */
    unsigned passes;                 /* in a row while half-open */
    int64_t opened_at;               /* mono ms */
    bool tripped;                    /* opened by a person, and not closed since */
};

/* What changed: nothing, opened, half-opened or closed. */
enum breaker_event { BREAKER_SAME, BREAKER_OPENED, BREAKER_HALF_OPENED, BREAKER_CLOSED_AGAIN };

/* One check result. A pass while closed does not clear the window's failures; time does. */
enum breaker_event breaker_step(struct breaker *breaker, const struct breaker_policy *policy, bool passed,
                                int64_t now_mono_ms);

/* A new start of the container: counts are cleared, an open breaker becomes half-open at once. */
enum breaker_event breaker_restart(struct breaker *breaker);

/* A person opens it, whatever the checks say: like one that failures opened it becomes half-open after
 * recovery_ms. One that is open already is so for that long from now. The policy must be enabled. */
enum breaker_event breaker_trip(struct breaker *breaker, int64_t now_mono_ms);

/* A person closes it; its failures are forgotten. BREAKER_SAME when it was closed. */
enum breaker_event breaker_reset(struct breaker *breaker);

/* A breaker that was open or half-open in an earlier life, since opened_mono_ms (may be negative): it is open
 * until its recovery time is over, which breaker_tick sees. Its failures are not known any more. */
void breaker_recall(struct breaker *breaker, int64_t opened_mono_ms, bool tripped);

/* Time passes: an open breaker becomes half-open after recovery_ms; failures older than the window are
 * forgotten. */
enum breaker_event breaker_tick(struct breaker *breaker, const struct breaker_policy *policy,
                                int64_t now_mono_ms);

/* When the next check may run: milliseconds from now until an open breaker half-opens, else 0. */
int64_t breaker_wait(const struct breaker *breaker, const struct breaker_policy *policy, int64_t now_mono_ms);

/* Failures inside the window, at most the threshold. */
unsigned breaker_failures(const struct breaker *breaker, const struct breaker_policy *policy,
                          int64_t now_mono_ms);

#endif
