/* SPDX-License-Identifier: MIT */
/* The circuit breaker: a ring of failure times and three states. */
#include "health/breaker.h"

#include <assert.h>

/* The count-th youngest failure, 0 being the latest. */
static int64_t failure_at(const struct breaker *breaker, unsigned count)
{
    return breaker->failed_at[(breaker->next + BREAKER_RING - 1 - count) % BREAKER_RING];
}

static unsigned failures_inside(const struct breaker *breaker, const struct breaker_policy *policy,
                                int64_t now_mono_ms)
{
    unsigned count = 0;
    while (count < breaker->failure_count && now_mono_ms - failure_at(breaker, count) < policy->window_ms)
        count++;
    return count;
}

static void failure_record(struct breaker *breaker, int64_t now_mono_ms)
{
    breaker->failed_at[breaker->next] = now_mono_ms;
    breaker->next = (breaker->next + 1) % BREAKER_RING;
    if (breaker->failure_count < BREAKER_RING)
        breaker->failure_count++;
}

static enum breaker_event breaker_open(struct breaker *breaker, int64_t now_mono_ms)
{
    breaker->state = BREAKER_OPEN;
    breaker->opened_at = now_mono_ms;
    breaker->passes = 0;
    return BREAKER_OPENED;
}

/* Closing forgets the failures: otherwise the next one would open it again at once. */
static enum breaker_event breaker_close(struct breaker *breaker)
{
    *breaker = (struct breaker){.state = BREAKER_CLOSED};
    return BREAKER_CLOSED_AGAIN;
}

static enum breaker_event step_closed(struct breaker *breaker, const struct breaker_policy *policy,
                                      bool passed, int64_t now_mono_ms)
{
    if (passed)
        return BREAKER_SAME;
    failure_record(breaker, now_mono_ms);
    if (failures_inside(breaker, policy, now_mono_ms) < policy->failure_threshold)
        return BREAKER_SAME;
    return breaker_open(breaker, now_mono_ms);
}

static enum breaker_event step_half_open(struct breaker *breaker, const struct breaker_policy *policy,
                                         bool passed, int64_t now_mono_ms)
{
    if (!passed) {
        failure_record(breaker, now_mono_ms);
        return breaker_open(breaker, now_mono_ms);
    }
    breaker->passes++;
    return breaker->passes >= policy->success_threshold ? breaker_close(breaker) : BREAKER_SAME;
}

enum breaker_event breaker_step(struct breaker *breaker, const struct breaker_policy *policy, bool passed,
                                int64_t now_mono_ms)
{
    assert(policy->failure_threshold >= 1 && policy->failure_threshold <= BREAKER_RING);
    assert(breaker->state < BREAKER_STATE_COUNT);
    enum breaker_event event = breaker_tick(breaker, policy, now_mono_ms);
    if (!policy->enabled)
        return event;

    switch (breaker->state) {
    case BREAKER_CLOSED:
        return step_closed(breaker, policy, passed, now_mono_ms);
    case BREAKER_OPEN:
        /* A check that was under way when it opened: it neither lengthens nor shortens the recovery time. */
        return BREAKER_SAME;
    case BREAKER_HALF_OPEN: {
        enum breaker_event after = step_half_open(breaker, policy, passed, now_mono_ms);
        return after == BREAKER_SAME ? event : after;
    }
    case BREAKER_STATE_COUNT:
        break;
    }
    return BREAKER_SAME;
}

enum breaker_event breaker_restart(struct breaker *breaker)
{
    bool was_open = breaker->state == BREAKER_OPEN;
    bool closed = breaker->state == BREAKER_CLOSED;
    *breaker = (struct breaker){.state = closed ? BREAKER_CLOSED : BREAKER_HALF_OPEN,
                                .tripped = breaker->tripped};
    return was_open ? BREAKER_HALF_OPENED : BREAKER_SAME;
}

enum breaker_event breaker_trip(struct breaker *breaker, int64_t now_mono_ms)
{
    breaker->tripped = true;
    return breaker_open(breaker, now_mono_ms);
}

enum breaker_event breaker_reset(struct breaker *breaker)
{
    bool closed = breaker->state == BREAKER_CLOSED;
    breaker_close(breaker);
    return closed ? BREAKER_SAME : BREAKER_CLOSED_AGAIN;
}

void breaker_recall(struct breaker *breaker, int64_t opened_mono_ms, bool tripped)
{
    *breaker = (struct breaker){.state = BREAKER_OPEN, .opened_at = opened_mono_ms, .tripped = tripped};
}

enum breaker_event breaker_tick(struct breaker *breaker, const struct breaker_policy *policy,
                                int64_t now_mono_ms)
{
    if (!policy->enabled)
        return breaker->state == BREAKER_CLOSED ? BREAKER_SAME : breaker_close(breaker);

    breaker->failure_count = failures_inside(breaker, policy, now_mono_ms);
    if (breaker->state != BREAKER_OPEN || breaker_wait(breaker, policy, now_mono_ms) > 0)
        return BREAKER_SAME;
    breaker->state = BREAKER_HALF_OPEN;
    breaker->passes = 0;
    return BREAKER_HALF_OPENED;
}

int64_t breaker_wait(const struct breaker *breaker, const struct breaker_policy *policy, int64_t now_mono_ms)
{
    if (!policy->enabled || breaker->state != BREAKER_OPEN)
        return 0;
    int64_t wait_ms = breaker->opened_at + policy->recovery_ms - now_mono_ms;
    return wait_ms > 0 ? wait_ms : 0;
}

unsigned breaker_failures(const struct breaker *breaker, const struct breaker_policy *policy,
                          int64_t now_mono_ms)
{
    unsigned count = failures_inside(breaker, policy, now_mono_ms);
    return count < policy->failure_threshold ? count : policy->failure_threshold;
}
