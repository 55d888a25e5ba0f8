/* SPDX-License-Identifier: MIT */
/* What is wrong with the labels as such: unknown service.* keys with the nearest known one, switches that are
 * none. */
#include "controller/labels/service.h"

#include <string.h>

#include "controller/core/text.h"
#include "controller/labels/resolve.h"

enum { OUR_PREFIX = sizeof "service." - 1 };

static const char *const known[] = {
    "service.alert.channels",
    "service.alert.severity",
    "service.breaker.failure_threshold",
    "service.breaker.recovery_timeout",
    "service.breaker.success_threshold",
    "service.breaker.window",
    "service.dependencies",
    "service.depends_on",
    "service.dry_run",
    "service.environment",
    "service.fallback_urls",
    "service.health.body",
    "service.health.check",
    "service.health.command",
    "service.health.degraded_after",
    "service.health.file",
    "service.health.grpc_service",
    "service.health.header.<Name>",
    "service.health.interval",
    "service.health.method",
    "service.health.path",
    "service.health.port",
    "service.health.retries",
    "service.health.start_period",
    "service.health.status",
    "service.health.successes",
    "service.health.timeout",
    "service.health.tls_name",
    "service.health.tls_verify",
    "service.health.unit",
    "service.hosts",
    "service.id",
    "service.ignore",
    "service.meta.<key>",
    "service.name",
    "service.network",
    "service.on_failed",
    "service.port",
    "service.port.<name>",
    "service.project",
    "service.protocol",
    "service.rate_limit.average",
    "service.rate_limit.burst",
    "service.restart",
    "service.restart.backoff",
    "service.restart.backoff_max",
    "service.restart.cascade",
    "service.restart.max",
    "service.restart.stop_timeout",
    "service.restart.window",
    "service.retry.base_delay",
    "service.retry.max",
    "service.slo.error_rate",
    "service.slo.mttr",
    "service.slo.p95",
    "service.slo.uptime",
    "service.tags",
    "service.timeout",
    "service.version",
    "service.weight",
};
enum { KNOWN_COUNT = sizeof known / sizeof *known };

const char *const *labels_known(size_t *ret_count)
{
    *ret_count = KNOWN_COUNT;
    return known;
}

/* Whether label is a known one, where "<…>" at a known one's end stands for at least one character. */
static bool label_known(const char *label)
{
    for (size_t i = 0; i < KNOWN_COUNT; i++) {
        size_t fixed = strcspn(known[i], "<");
        if (known[i][fixed] == '\0' ? strcmp(known[i], label) == 0
                                    : strncmp(known[i], label, fixed) == 0 && label[fixed] != '\0')
            return true;
    }
    return false;
}

/* The known label nearest to this one. All begin alike, so only what follows is compared. */
static const char *label_nearest(const char *label)
{
    const char *words[KNOWN_COUNT];
    for (size_t i = 0; i < KNOWN_COUNT; i++)
        words[i] = known[i] + OUR_PREFIX;
    const char *nearest = text_nearest(label + OUR_PREFIX, words, KNOWN_COUNT);
    return nearest ? nearest - OUR_PREFIX : NULL;
}

static void unknown_found(struct resolution *r, const char *label)
{
    char shown[96];
    text_one_line(label, shown, sizeof shown);
    /* Comparing costs length × length: what is much longer than any label of ours is near to none. */
    const char *nearest = strlen(label) < sizeof shown ? label_nearest(label) : NULL;
    if (nearest)
        resolution_finding(r, "unknown-label", "Label %s is unknown and has no effect; did you mean %s?",
                           shown, nearest);
    else
        resolution_finding(r, "unknown-label", "Label %s is unknown and has no effect.", shown);
}

void service_lint(struct resolution *r)
{
    static const char *const switches[] = {"service.ignore", "autoheal"};
    for (size_t i = 0; i < sizeof switches / sizeof *switches; i++) {
        const char *value = pairs_get(&r->merged, switches[i]);
        bool override = pairs_get(&r->overrides, switches[i]) != NULL, ignored;
        if (value && text_bool(value, &ignored) < 0)
            resolution_invalid(r, switches[i], override, value, "true or false");
    }
    for (size_t i = 0; i < r->merged.count && r->spec->findings.count < LIMIT_FINDINGS; i++) {
        const char *label = r->merged.item[i].key;
        if (strncmp(label, "service.", OUR_PREFIX) == 0 && !label_known(label))
            unknown_found(r, label);
    }
}
