/* SPDX-License-Identifier: MIT */
/* render_metrics.c: the metrics page: the services, then what is counted. */
#include "exporter/render/render.h"

#include <stddef.h>

#include "controller/core/buf.h"
#include "exporter/alerts/channels.h"
#include "exporter/render/metrics_exports.h"
#include "exporter/render/metrics_services.h"
#include "exporter/render/metrics_text.h"

/* The counters with labels. */
static const struct {
    const char *name, *help;
    const char *key[4];
    size_t offset; /* in struct stats */
} counter_family[] = {
    {"probes_total",
     "Health checks done, by result and class of error.",
     {"service", "result", "error_class"},
     offsetof(struct stats, probes)},
    {"restarts_total",
     "Restarts of containers, by reason and result.",
     {"service", "reason", "result"},
     offsetof(struct stats, restarts)},
    {"stops_total",
     "Stops of containers, by whose will it was.",
     {"service", "intent"},
     offsetof(struct stats, stops)},
    {"holds_total",
     "Decisions to hold instead of acting, by reason.",
     {"reason"},
     offsetof(struct stats, holds)},
    {"alerts_suppressed_total",
     "Alerts that were not sent by themselves, by reason.",
     {"reason"},
     offsetof(struct stats, alerts_suppressed)},
    {"engine_events_total",
     "Events received from the engine, by action.",
     {"action"},
     offsetof(struct stats, events)},
    {"http_requests_total",
     "HTTP requests answered, by route and status code.",
     {"route", "code"},
     offsetof(struct stats, requests)},
    {"alerts_sent_total",
     "Alerts handed to a channel, by how that ended.",
     {"channel", "result"},
     offsetof(struct stats, alerts)},
    {"dns_queries_total",
     "DNS queries answered, by response code.",
     {"rcode"},
     offsetof(struct stats, dns_queries)},
};

/* A counter that first appears as 1 has not increased for Prometheus: what alerts ask about begins at 0. */
static void put_zeros(const struct metrics_page *page, const struct exporter_context *context,
                      const struct counters *counters, const char *name, const char *const *keys)
{
    const struct stats *stats = context->stats;
    for (size_t i = 0; counters == &stats->holds && i < HOLD_COUNT; i++) {
        const char *values[] = {hold_name[i]};
        if (!stats_has(counters, values[0], NULL, NULL))
            metrics_sample(page, name, keys, values, 0);
    }
    for (int i = 0; counters == &stats->alerts && i < CHANNEL_COUNT; i++) {
        const char *values[] = {channel_name[i], "dropped"};
        if (channels_has(context->channels, (enum channel_kind)i) &&
            !stats_has(counters, values[0], values[1], NULL))
            metrics_sample(page, name, keys, values, 0);
    }
    for (size_t i = 0; counters == &stats->restarts && i < registry_count(context->registry); i++) {
        const char *values[] = {registry_at(context->registry, i)->name, status_name[STATUS_UNHEALTHY], "ok"};
        if (!stats_has(counters, values[0], values[1], values[2]))
            metrics_sample(page, name, keys, values, 0);
    }
}

static void put_counters(const struct metrics_page *page, const struct exporter_context *context)
{
    for (size_t i = 0; i < sizeof counter_family / sizeof *counter_family; i++) {
        const struct counters *counters = (const void *)((const char *)context->stats +
                                                         counter_family[i].offset);
        const char *name = counter_family[i].name;
        metrics_family(page, name, "counter", counter_family[i].help);
        for (size_t set = 0; set < counters->count; set++)
            metrics_sample(page, name, counter_family[i].key, (const char *const *)counters->set[set].label,
                           (double)counters->set[set].count);
        put_zeros(page, context, counters, name, counter_family[i].key);
    }
}

static void put_waiting_alerts(const struct metrics_page *page, const struct channels *channels)
{
    static const char *const keys[] = {"channel", NULL};
    metrics_family(page, "alerts_waiting", "gauge", "Alerts that wait to be sent on a channel.");
    for (int i = 0; i < CHANNEL_COUNT; i++) {
        const char *values[] = {channel_name[i]};
        if (channels_has(channels, (enum channel_kind)i))
            metrics_sample(page, "alerts_waiting", keys, values,
                           (double)channels_waiting(channels, (enum channel_kind)i));
    }
}

static void count_alert(void *to, const struct alert_listed *listed)
{
    unsigned *count = to;
    count[listed->alert.severity]++;
}

static void put_alerts(const struct metrics_page *page, const struct exporter_context *context)
{
    static const char *const keys[] = {"severity", NULL};
    unsigned count[SEVERITY_COUNT] = {0};
    if (context->alerts)
        context->alerts(context->actions.user, count_alert, count);
    metrics_family(page, "alerts_firing", "gauge", "Alerts that fire, by severity.");
    for (enum severity i = SEVERITY_WARNING; i < SEVERITY_COUNT; i++) {
        const char *values[] = {severity_name[i]};
        metrics_sample(page, "alerts_firing", keys, values, count[i]);
    }
}

static void put_totals(const struct metrics_page *page, const struct exporter_context *context)
{
    const struct stats *stats = context->stats;
    metrics_histogram(page, "probe_duration_seconds", "Duration of health checks.", &stats->probe_seconds);
    metrics_histogram(page, "http_request_duration_seconds", "Duration of HTTP requests.",
                      &stats->request_seconds);
    metrics_single(page, "engine_up", "gauge", "Whether the container engine answers.",
                   registry_engine(context->registry)->connected ? 1 : 0);
    metrics_single(page, "engine_event_lag_seconds", "gauge",
                   "Age of the latest engine event when it was handled.", stats->event_lag_s);
    metrics_single(page, "engine_reconnects_total", "counter",
                   "Connections to the engine lost and found again.", (double)stats->engine_reconnects);
    metrics_single(page, "resync_differences_total", "counter",
                   "Differences found by comparing with a full list.", (double)stats->resync_differences);
    put_alerts(page, context);
    metrics_exports(page, context);
    put_counters(page, context);
}

void render_metrics(const struct exporter_context *context, struct moment now, struct buf *out)
{
    (void)now; /* nothing that moves by itself is exported: Prometheus has its own clock */
    static const char *const build_keys[] = {"version", NULL};
    const char *build_values[] = {context->version};
    struct metrics_page page = {.out = out, .prefix = context->metrics_prefix};
    metrics_services(&page, context->registry);
    put_totals(&page, context);
    put_waiting_alerts(&page, context->channels);
    metrics_family(&page, "build_info", "gauge", "A constant 1 with the version as label.");
    metrics_sample(&page, "build_info", build_keys, build_values, 1);
}
