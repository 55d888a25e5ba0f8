/* SPDX-License-Identifier: MIT */
/* fold.c: many troubles without a common cause are told as one: those of one moment, those of a storm, and
 * those that began during quiet hours. */
#include "controller/alerting/troubles_internal.h"

#include <stdio.h>
#include <string.h>

static const char quiet_prefix[] = "fold:quiet:";

static bool is_own(const struct trouble *trouble)
{
    return strncmp(trouble->key, "own:", 4) == 0;
}

static struct trouble *fold_new(struct troubles *troubles, const char *prefix, const char *name,
                                const char *sentence, struct moment now)
{
    char key[64];
    for (unsigned i = 0;; i++) {
        snprintf(key, sizeof key, "%s%lld.%u", prefix, (long long)now.wall_ms, i);
        if (!trouble_find(troubles, key))
            break;
    }
    struct trouble *fold = trouble_get(troubles, key);
    trouble_text(&fold->name, name);
    trouble_text(&fold->sentence, sentence);
    return fold;
}

static void fold_take(struct troubles *troubles, struct trouble *fold, struct trouble *trouble)
{
    if (fold->peak < trouble->peak)
        fold->peak = trouble->peak; /* told, even when all of it is over by now */
    trouble->peak = SEVERITY_INFO;
    trouble->parent = fold;
    trouble->folded = true;
    trouble->blocked_quiet = false;
    trouble->orphan_mono_ms = 0;
    troubles->version++;
}

/* Victims of what is a victim itself by now. */
static void adopt_grandchildren(struct troubles *troubles)
{
    for (struct trouble *at = troubles->all; at; at = at->hh.next) {
        if (!at->parent || !at->parent->parent)
            continue;
        at->parent = at->parent->parent;
        at->folded = trouble_open(at);
    }
}

static bool fold_quiet(struct troubles *troubles, struct trouble **ready, size_t count, struct moment now)
{
    size_t waited = 0;
    for (size_t i = 0; i < count; i++)
        waited += ready[i]->blocked_quiet;
    if (waited < 2)
        return false;
    struct trouble *fold = fold_new(
        troubles, quiet_prefix, "quiet-hours",
        "They began during quiet hours (ALERT_QUIET) and go on; each is in /api/v1/status.", now);
    for (size_t i = 0; i < count; i++)
        if (ready[i]->blocked_quiet)
            fold_take(troubles, fold, ready[i]);
    return true;
}

static void refill(struct troubles *troubles, struct moment now)
{
    int64_t passed_ms = now.mono_ms - troubles->tokens_mono_ms;
    troubles->tokens += (double)passed_ms / STORM_EACH_MS;
    if (troubles->tokens > STORM_BURST || !troubles->tokens_mono_ms)
        troubles->tokens = STORM_BURST;
    troubles->tokens_mono_ms = now.mono_ms;
}

static struct trouble *storm_of(struct troubles *troubles, struct moment now)
{
    const struct trouble *storm = troubles->storm; /* one that is made at this moment is not told yet */
    bool lasts = storm && (storm->told || troubles->storm_mono_ms == now.mono_ms) &&
                 now.mono_ms - troubles->storm_mono_ms < STORM_EACH_MS;
    if (!lasts)
        troubles->storm = fold_new(
            troubles, "fold:storm:", "many-services",
            "So many fell sick at once that they are told together; what they share (the host, its "
            "network, its disk) may be the cause.",
            now);
    troubles->storm_mono_ms = now.mono_ms;
    return troubles->storm;
}

static bool fold_storm(struct troubles *troubles, struct trouble **ready, size_t count, struct moment now)
{
    size_t single = 0;
    bool any = false;
    refill(troubles, now);
    for (size_t i = 0; i < count; i++)
        single += !ready[i]->folded && !is_own(ready[i]);
    for (size_t i = 0; i < count; i++) {
        if (ready[i]->folded || is_own(ready[i]))
            continue;
        if (single <= STORM_AT_ONCE && troubles->tokens >= 1) {
            troubles->tokens -= 1;
            continue;
        }
        fold_take(troubles, storm_of(troubles, now), ready[i]);
        trouble_suppressed(troubles, ready[i], NOT_STORM);
        any = true;
    }
    return any;
}

bool fold_ready(struct troubles *troubles, struct trouble **ready, size_t count, struct moment now)
{
    bool quiet = fold_quiet(troubles, ready, count, now), storm = fold_storm(troubles, ready, count, now);
    if (quiet || storm)
        adopt_grandchildren(troubles);
    return quiet || storm;
}

void fold_title(const struct trouble *fold, bool over, char *ret, size_t size)
{
    bool quiet = strncmp(fold->key, quiet_prefix, sizeof quiet_prefix - 1) == 0;
    size_t count = fold->sick_victims;
    const char *s = count == 1 ? "" : "s";
    if (over)
        snprintf(ret, size, "%s",
                 quiet ? "What began during quiet hours is over" : "The many troubles are over");
    else if (quiet)
        snprintf(ret, size, "%zu trouble%s began during quiet hours", count, s);
    else if (count == 1)
        snprintf(ret, size, "1 more service is sick");
    else
        snprintf(ret, size, "%zu services are sick at once", count);
}
