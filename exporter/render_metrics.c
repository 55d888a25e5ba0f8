/* SPDX-License-Identifier: MIT */
/* render_metrics.c: the registry and the counters as Prometheus text. Label values are foreign text: escaped.
 */
#include "exporter/render.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/text.h"
#include "exporter/view.h"

struct page {
    struct buf *out;
    const char *prefix;
    const struct registry *registry;
};

static void put_family(const struct page *page, const char *name, const char *type, const char *help)
{
    buf_format(page->out, "# HELP %s_%s %s\n# TYPE %s_%s %s\n", page->prefix, name, help, page->prefix, name,
               type);
}

void render_label_value(const char *value, struct buf *out)
{
    while (*value) {
        size_t length = text_utf8_length(value);
        if (*value == '\\' || *value == '"' || *value == '\n') {
            const char escape[2] = {'\\', *value == '\n' ? 'n' : *value};
            buf_add(out, escape, sizeof escape);
            length = 1;
        } else if (!length) {
            buf_add(out, "\xef\xbf\xbd", 3);
            length = 1;
        } else {
            buf_add(out, value, length);
        }
        value += length;
    }
}

/* The shortest text that reads back as the same number. */
static void put_value(struct buf *out, double value)
{
    if (isinf(value)) {
        buf_text(out, value > 0 ? "+Inf" : "-Inf");
        return;
    }
    char text[40];
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (fabs(strtod(text, NULL) - value) <= 0)
            break;
    }
    buf_text(out, text);
}

/* One sample with up to three labels; keys ends with NULL. */
static void put_sample(const struct page *page, const char *name, const char *const *keys,
                       const char *const *values, double value)
{
    buf_format(page->out, "%s_%s", page->prefix, name);
    for (size_t i = 0; keys && keys[i]; i++) {
        buf_format(page->out, "%s%s=\"", i ? "," : "{", keys[i]);
        render_label_value(values[i] ? values[i] : "", page->out);
        buf_text(page->out, keys[i + 1] ? "\"" : "\"}");
    }
    buf_text(page->out, " ");
    put_value(page->out, value);
    buf_text(page->out, "\n");
}

static void put_single(const struct page *page, const char *name, const char *type, const char *help,
                       double value)
{
    put_family(page, name, type, help);
    put_sample(page, name, NULL, NULL, value);
}

static void put_counters(const struct page *page, const char *name, const char *help, const char *const *keys,
                         const struct counters *counters)
{
    put_family(page, name, "counter", help);
    for (size_t i = 0; i < counters->count; i++) {
        const struct counter_set *set = &counters->set[i];
        const char *values[] = {set->label[0], set->label[1], set->label[2]};
        put_sample(page, name, keys, values, (double)set->count);
    }
}

static void put_histogram(const struct page *page, const char *name, const char *help,
                          const struct histogram *histogram)
{
    put_family(page, name, "histogram", help);
    uint64_t below = 0;
    for (size_t i = 0; i < STATS_BUCKETS; i++) {
        below += histogram->count[i];
        buf_format(page->out, "%s_%s_bucket{le=\"", page->prefix, name);
        put_value(page->out, stats_bucket[i]);
        buf_format(page->out, "\"} %" PRIu64 "\n", below);
    }
    buf_format(page->out, "%s_%s_sum ", page->prefix, name);
    put_value(page->out, histogram->sum_s);
    buf_format(page->out, "\n%s_%s_count %" PRIu64 "\n", page->prefix, name, histogram->total);
}

/* One gauge of every service; value returns NAN where there is nothing to say. */
static void put_per_service(const struct page *page, const char *name, const char *help,
                            double (*value)(const struct service *service))
{
    static const char *const keys[] = {"service", NULL};
    put_family(page, name, "gauge", help);
    for (size_t i = 0; i < registry_count(page->registry); i++) {
        const struct service *service = registry_at(page->registry, i);
        const char *values[] = {service->name};
        double number = value(service);
        if (!isnan(number))
            put_sample(page, name, keys, values, number);
    }
}

static double value_health(const struct service *service)
{
    return service->serving ? 1 : 0;
}

/* The mean over the instances of their latest check. */
static double value_response_ms(const struct service *service)
{
    double sum = 0;
    unsigned count = 0;
    for (const struct instance *at = service->first; at; at = at->next) {
        if (!at->samples.ring_count)
            continue;
        sum += at->samples.response_ms;
        count++;
    }
    return count ? sum / count : (double)NAN;
}

static double value_response_s(const struct service *service)
{
    return value_response_ms(service) / 1000;
}

static double value_breaker(const struct service *service)
{
    switch (view_breaker(service).state) {
    case BREAKER_OPEN:
        return 1;
    case BREAKER_HALF_OPEN:
        return 2;
    case BREAKER_CLOSED:
    case BREAKER_STATE_COUNT:
        break;
    }
    return 0;
}

static void put_by_status(const struct page *page, const char *name, const char *help, bool instances)
{
    static const char *const keys[] = {"service", "status", NULL};
    put_family(page, name, "gauge", help);
    for (size_t i = 0; i < registry_count(page->registry); i++) {
        const struct service *service = registry_at(page->registry, i);
        size_t count[STATUS_COUNT] = {0};
        if (!instances)
            count[service->status] = 1;
        for (const struct instance *at = service->first; instances && at; at = at->next)
            count[at->health.status]++;
        for (size_t status = 0; status < STATUS_COUNT; status++) {
            const char *values[] = {service->name, status_name[status]};
            put_sample(page, name, keys, values, (double)count[status]);
        }
    }
}

static void put_services(const struct page *page)
{
    put_per_service(page, "service_health", "Whether the service is serving (1) or not (0).", value_health);
    put_per_service(page, "service_response_time_ms", "Response time of the latest checks in milliseconds.",
                    value_response_ms);
    put_per_service(page, "service_response_time_seconds", "Response time of the latest checks in seconds.",
                    value_response_s);
    put_per_service(page, "circuit_breaker_state", "Circuit breaker: 0 closed, 1 open, 2 half-open.",
                    value_breaker);
    put_by_status(page, "service_status", "Status of the service as a state set: 1 for the present one.",
                  false);
    put_by_status(page, "service_instances", "Instances of the service in each status.", true);
}

static void put_totals(const struct page *page, const struct stats *stats)
{
    static const char *const probe_keys[] = {"service", "result", "error_class", NULL};
    static const char *const restart_keys[] = {"service", "reason", "result", NULL};
    static const char *const stop_keys[] = {"service", "intent", NULL};
    static const char *const hold_keys[] = {"reason", NULL};
    static const char *const event_keys[] = {"action", NULL};
    static const char *const request_keys[] = {"route", "code", NULL};
    put_histogram(page, "probe_duration_seconds", "Duration of health checks.", &stats->probe_seconds);
    put_counters(page, "probes_total", "Health checks done, by result and class of error.", probe_keys,
                 &stats->probes);
    put_counters(page, "restarts_total", "Restarts of containers, by reason and result.", restart_keys,
                 &stats->restarts);
    put_counters(page, "stops_total", "Stops of containers, by whose will it was.", stop_keys, &stats->stops);
    put_counters(page, "holds_total", "Decisions to hold instead of acting, by reason.", hold_keys,
                 &stats->holds);
    put_single(page, "engine_up", "gauge", "Whether the container engine answers.",
               registry_engine(page->registry)->connected ? 1 : 0);
    put_counters(page, "engine_events_total", "Events received from the engine, by action.", event_keys,
                 &stats->events);
    put_single(page, "engine_event_lag_seconds", "gauge",
               "Age of the latest engine event when it was handled.", stats->event_lag_s);
    put_single(page, "engine_reconnects_total", "counter", "Connections to the engine lost and found again.",
               (double)stats->engine_reconnects);
    put_single(page, "resync_differences_total", "counter",
               "Differences found by comparing with a full list.", (double)stats->resync_differences);
    put_counters(page, "http_requests_total", "HTTP requests answered, by route and status code.",
                 request_keys, &stats->requests);
    put_histogram(page, "http_request_duration_seconds", "Duration of HTTP requests.",
                  &stats->request_seconds);
}

void render_metrics(const struct exporter_context *context, struct moment now, struct buf *out)
{
    (void)now; /* nothing that moves by itself is exported: Prometheus has its own clock */
    static const char *const build_keys[] = {"version", NULL};
    const char *build_values[] = {context->version};
    struct page page = {.out = out, .prefix = context->metrics_prefix, .registry = context->registry};
    put_services(&page);
    put_totals(&page, context->stats);
    put_family(&page, "build_info", "gauge", "A constant 1 with the version as label.");
    put_sample(&page, "build_info", build_keys, build_values, 1);
}
