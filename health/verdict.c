/* SPDX-License-Identifier: MIT */
/* Turns the outcomes of one check into a status by thresholds: falls after retries, rises after successes. */
#include "health/verdict.h"

#include <assert.h>

void verdict_start(struct verdict *verdict, int64_t started_mono_ms)
{
    *verdict = (struct verdict){.status = STATUS_STARTING, .started_mono_ms = started_mono_ms};
}

static unsigned count_to(unsigned count, unsigned limit)
{
    return count < limit ? count + 1 : limit;
}

/* A slow or degraded answer is an answer: it counts towards the thresholds as a pass. */
static void verdict_pass(struct verdict *verdict, const struct verdict_policy *policy, bool degraded)
{
    verdict->judged = true;
    verdict->failures = 0;
    verdict->passes = count_to(verdict->passes, policy->successes);
    /* Only the way back from unhealthy asks for several passes: a start or a single failure asks for one. */
    if (verdict->status == STATUS_UNHEALTHY && verdict->passes < policy->successes)
        return;
    verdict->status = degraded ? STATUS_DEGRADED : STATUS_HEALTHY;
}

static void verdict_fail(struct verdict *verdict, const struct verdict_policy *policy, int64_t now_mono_ms)
{
    verdict->passes = 0;
    if (!verdict->judged && now_mono_ms - verdict->started_mono_ms < policy->start_period_ms)
        return;
    verdict->judged = true;
    verdict->failures = count_to(verdict->failures, policy->retries);
    if (verdict->failures >= policy->retries)
        verdict->status = STATUS_UNHEALTHY;
    else if (verdict->status == STATUS_HEALTHY)
        verdict->status = STATUS_DEGRADED;
    /* What never passed stays starting until it is unhealthy: degraded would put it into the exports. */
}

/* What can no longer be asked is not known; what was known before is old. */
static void verdict_forget(struct verdict *verdict)
{
    verdict->status = STATUS_UNKNOWN;
    verdict->judged = verdict->latest_passed = false;
    verdict->failures = verdict->passes = 0;
}

bool verdict_step(struct verdict *verdict, const struct verdict_policy *policy, const struct outcome *outcome,
                  int64_t now_mono_ms)
{
    assert(policy->retries > 0 && policy->successes > 0);
    if (outcome->kind == OUTCOME_NO_ADDRESS)
        return false; /* nothing was asked, so nothing is known */

    enum status before = verdict->status;
    if (!outcome_is_answer(outcome->kind)) {
        verdict_forget(verdict);
        return verdict->status != before;
    }
    verdict->latest_passed = outcome->kind == OUTCOME_PASS || outcome->kind == OUTCOME_DEGRADED;
    if (verdict->latest_passed)
        verdict_pass(verdict, policy, outcome->kind == OUTCOME_DEGRADED);
    else
        verdict_fail(verdict, policy, now_mono_ms);
    return verdict->status != before;
}
