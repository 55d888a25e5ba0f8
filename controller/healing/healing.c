/* SPDX-License-Identifier: MIT */
/* healing.c: backoff, budget, failure and trials of one identity, as transitions of plain memory. */
#include "controller/healing/healing.h"

#include <stdio.h>
#include <string.h>

#include "controller/core/due.h"
#include "controller/core/hash.h"

enum { FORGET_BACKOFF_MS = 10 * 60 * 1000, TRIAL_FIRST_MS = 5 * 60 * 1000, TRIAL_MOST_MS = 60 * 60 * 1000 };

const char *const intent_name[INTENT_COUNT] = {
    [INTENT_NONE] = "none",
    [INTENT_CRASH] = "crash",
    [INTENT_OOM] = "oom",
    [INTENT_FINISHED] = "finished",
    [INTENT_MANUAL] = "manual",
    [INTENT_DEPLOY] = "deploy",
    [INTENT_ENGINE_SHUTDOWN] = "engine-shutdown",
    [INTENT_FIRST_SEEN] = "first-seen",
    [INTENT_UNKNOWN] = "unknown",
    [INTENT_OURS] = "healed",
};

/* -200 to 200 thousandths, from key and step. */
static int64_t jitter(const struct healing *healing)
{
    return (int64_t)(hash_number(hash_text(HASH_START, healing->key), healing->backoff_step) % 401) - 200;
}

int64_t healing_backoff_end(const struct healing *healing, const struct spec *spec)
{
    if (!healing->backoff_step)
        return 0;
    int64_t wait = spec->backoff_ms;
    for (unsigned step = 1; step < healing->backoff_step && wait < spec->backoff_max_ms; step++)
        wait *= 2;
    if (wait > spec->backoff_max_ms)
        wait = spec->backoff_max_ms;
    return healing->last_at + wait + wait * jitter(healing) / 1000;
}

bool healing_budget_used(const struct healing *healing, const struct spec *spec)
{
    return healing->counted >= spec->restart_max;
}

static void restart_note(struct healing *healing, const char *container, const char *reason, int64_t now)
{
    healing->total++;
    healing->backoff_step++;
    healing->last_at = now;
    healing->healthy_since = 0;
    snprintf(healing->last_reason, sizeof healing->last_reason, "%s", reason);
    snprintf(healing->pending_container, sizeof healing->pending_container, "%s", container);
    healing->pending_at = now;
}

void healing_follow(struct healing *healing, const char *container, const char *reason, int64_t restarted_at,
                    int64_t now)
{
    restart_note(healing, container, reason, now);
    healing->followed_at = restarted_at;
    snprintf(healing->followed_container, sizeof healing->followed_container, "%s", container);
}

bool healing_run(struct healing *healing, int64_t started_at, bool known, bool beside)
{
    bool anew = known || (healing->run_at && started_at > healing->run_at && !beside);
    if (known || started_at > healing->run_at)
        healing->run_at = started_at;
    if (anew)
        healing->restarted_at = started_at;
    return anew;
}

void healing_restart(struct healing *healing, const char *container, const char *reason, bool trial,
                     int64_t now)
{
    restart_note(healing, container, reason, now);
    if (!trial) {
        healing->counted++;
        return;
    }
    healing->trials++;
    int64_t wait = TRIAL_FIRST_MS;
    for (unsigned i = 0; i < healing->trials && wait < TRIAL_MOST_MS; i++)
        wait *= 2;
    healing->next_trial_at = now + (wait > TRIAL_MOST_MS ? TRIAL_MOST_MS : wait);
}

void healing_undo(struct healing *healing, const struct healing *before)
{
    healing->total = before->total;
    healing->counted = before->counted;
    healing->backoff_step = before->backoff_step;
    healing->last_at = before->last_at;
    healing->trials = before->trials;
    healing->next_trial_at = before->next_trial_at;
    healing->followed_at = before->followed_at;
    memcpy(healing->followed_container, before->followed_container, sizeof healing->followed_container);
    memcpy(healing->last_reason, before->last_reason, sizeof healing->last_reason);
}

static void forget_failure(struct healing *healing)
{
    healing->counted = 0;
    healing->failed_since = healing->next_trial_at = 0;
    healing->trials = 0;
}

void healing_person(struct healing *healing)
{
    forget_failure(healing);
    healing->backoff_step = 0;
}

static void mend(int64_t *at, int64_t latest)
{
    if (*at > latest)
        *at = latest;
}

void healing_mend_clock(struct healing *healing, int64_t now)
{
    mend(&healing->last_at, now);
    mend(&healing->healthy_since, now);
    if (healing->failed_since > now) {
        if (healing->reacted_at == healing->failed_since)
            healing->reacted_at = now;
        if (healing->reacting_at == healing->failed_since)
            healing->reacting_at = now;
        healing->failed_since = now;
    }
    mend(&healing->next_trial_at, now + TRIAL_MOST_MS);
    mend(&healing->intent_at, now);
    mend(&healing->pending_at, now);
    mend(&healing->container_at, now);
    mend(&healing->breaker_opened_at, now);
    mend(&healing->used_at, now);
}

/* (When a container was made stands in the engine's own record, which does not move.) */
void healing_clock_moved(struct healing *healing, int64_t by_ms, int64_t now)
{
    int64_t *const times[] = {&healing->last_at,           &healing->healthy_since, &healing->failed_since,
                              &healing->next_trial_at,     &healing->intent_at,     &healing->pending_at,
                              &healing->stop_at,           &healing->reacted_at,    &healing->reacting_at,
                              &healing->breaker_opened_at, &healing->used_at};
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++)
        if (*times[i]) /* 0 is never */
            *times[i] = *times[i] + by_ms > 0 ? *times[i] + by_ms : 1;
    healing_mend_clock(healing, now);
}

bool healing_stands(struct healing *healing, const char *container, int64_t created_at, bool *ret_replaced)
{
    *ret_replaced = false;
    if (strcmp(healing->container, container) == 0)
        return true;
    if (created_at < healing->container_at)
        return false;
    *ret_replaced = healing->container[0] != '\0';
    snprintf(healing->container, sizeof healing->container, "%s", container);
    healing->container_at = created_at;
    return true;
}

void healing_replaced(struct healing *healing, int64_t now)
{
    healing->total++;
    healing->counted++;
    healing->last_at = now;
    healing->healthy_since = 0;
    snprintf(healing->last_reason, sizeof healing->last_reason, "replaced");
}

/* Well since healthy_since: what is forgotten by now, and when more will be. */
static int64_t forget(struct healing *healing, const struct spec *spec, int64_t now)
{
    int64_t for_ms = now - healing->healthy_since;
    int64_t next = 0;
    if (for_ms >= spec->restart_window_ms)
        forget_failure(healing);
    else if (healing->counted)
        next = healing->healthy_since + spec->restart_window_ms;
    int64_t forget_at = healing->healthy_since + FORGET_BACKOFF_MS;
    if (for_ms >= FORGET_BACKOFF_MS)
        healing->backoff_step = 0;
    else if (healing->backoff_step)
        next = due_earlier(next, forget_at);
    return next;
}

int64_t healing_observe(struct healing *healing, const struct spec *spec, bool healthy, int64_t now)
{
    healing_mend_clock(healing, now);
    if (!healthy) {
        healing->healthy_since = 0;
        return 0;
    }
    if (!healing->healthy_since)
        healing->healthy_since = now;
    healing->failed_since = healing->next_trial_at = 0;
    healing->trials = 0;
    return forget(healing, spec, now);
}

int64_t healing_observe_unchecked(struct healing *healing, const struct spec *spec, int64_t now)
{
    healing_mend_clock(healing, now);
    if (!healing->healthy_since)
        healing->healthy_since = now;
    return forget(healing, spec, now);
}

bool healing_fail(struct healing *healing, int64_t now)
{
    if (healing->failed_since)
        return false;
    healing->failed_since = now;
    healing->trials = 0;
    healing->next_trial_at = now + TRIAL_FIRST_MS;
    return true;
}

bool healing_container(struct healing *healing, const char *image, const char *config_hash)
{
    bool other = (healing->image[0] && strcmp(healing->image, image) != 0) ||
                 (healing->config_hash[0] && config_hash[0] &&
                  strcmp(healing->config_hash, config_hash) != 0);
    if (other) {
        forget_failure(healing);
        healing->passed_check[0] = '\0';
    }
    snprintf(healing->image, sizeof healing->image, "%s", image);
    snprintf(healing->config_hash, sizeof healing->config_hash, "%s", config_hash);
    return other;
}
