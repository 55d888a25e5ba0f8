/* prober.h: when to check. One slot per instance, one check in flight each, spread over the interval with
 * jitter, due checks gathered on a 100 ms tick, bounded concurrency; nothing due means no wake-up. */
#ifndef QUAYWATCH_HEALTH_PROBER_H
#define QUAYWATCH_HEALTH_PROBER_H

#include "health/probe.h"

typedef struct uv_loop_s uv_loop_t;
struct prober;

/* Called once per finished check, on the loop. outcome->check is the callee's to free. */
typedef void prober_result(void *user, struct ref ref, struct outcome *outcome);

/* A prober with at most max_in_flight checks over the network at a time. */
struct prober *prober_new(uv_loop_t *loop, unsigned max_in_flight, prober_result *result, void *user);

/* Who makes checks inside containers (copied); before the first of them is set. They, and the
 * checks of units, wait in lines of their own (LIMIT_COMMANDS_IN_FLIGHT and so on) beside max_in_flight. */
void prober_set_runner(struct prober *prober, const struct probe_runner *runner);

/* Adds or replaces what is checked for ref, every interval_ms; the first check comes at once (spread over at
 * most one second when many are added together). An equal spec and interval change nothing. Text is copied.
 */
void prober_set(struct prober *prober, struct ref ref, const struct probe_spec *spec, int64_t interval_ms);

/* Forgets ref; a check in flight is cancelled without result. Unknown refs are fine. */
void prober_remove(struct prober *prober, struct ref ref);

/* No check of ref before delay_ms have passed (an open breaker's recovery time); 0: check now. */
void prober_delay(struct prober *prober, struct ref ref, int64_t delay_ms);

/* Checks in flight, and slots. */
size_t prober_in_flight(const struct prober *prober);
size_t prober_count(const struct prober *prober);

/* Cancels everything and frees; the loop must run once more. NULL is fine. */
void prober_free(struct prober *prober);

#endif
