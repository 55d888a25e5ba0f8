/* SPDX-License-Identifier: MIT */
/* The table of fields × sources, and the rule that reads it: per field the first valid source wins. */
#include "controller/labels/fields.h"

#include <stddef.h>
#include <string.h>

#include "controller/labels/coolify.h"
#include "controller/labels/database.h"
#include "controller/labels/inspect.h"
#include "controller/labels/proxy.h"
#include "controller/labels/service.h"

static const struct choice protocols[] = {
    {"http", PROTOCOL_HTTP}, {"https", PROTOCOL_HTTPS}, {"tcp", PROTOCOL_TCP}, {"grpc", PROTOCOL_GRPC}};
static const struct choice restarts[] = {{"no", RESTART_NO},
                                         {"false", RESTART_NO},
                                         {"never", RESTART_NO},
                                         {"on-unhealthy", RESTART_ON_UNHEALTHY},
                                         {"on-failure", RESTART_ON_FAILURE},
                                         {"always", RESTART_ALWAYS}};
static const struct choice methods[] = {{"GET", 0}, {"HEAD", 0}, {"POST", 0}, {"PUT", 0}, {"OPTIONS", 0}};
static const struct choice severities[] = {{"warning", 0}, {"critical", 0}, {"emergency", 0}};
static const struct choice reactions[] = {{"none", 0}, {"webhook", 0}, {"swarm-rollback", 0}};

enum { BREAKER_MAX = 32, THRESHOLD_MAX = 1000, TEXT_MAX = 256, LONG_MAX_BYTES = 4096, RATE_MAX = 1000000 };

/* clang-format off */
#define MEMBER(member) offsetof(struct spec, member)
#define CHOICES(list) .choices = (list), .choice_count = sizeof(list) / sizeof(*(list))
#define OUR(text) {.label = "service." text}
#define LABEL(text) {.label = (text)}
#define QUIET(text) {.label = (text), .quiet = true}
#define FIND(function) {.find = (function)}
#define HINT(function) {.find = (function), .quiet = true}

/* In order: protocol needs the port that was found before it. */
static const struct field table[] = {
    {"version", VALUE_TEXT, MEMBER(version), .max = TEXT_MAX,
     .sources = {OUR("version"), QUIET("org.opencontainers.image.version")}},
    {"environment", VALUE_TEXT, MEMBER(environment), .max = TEXT_MAX,
     .sources = {OUR("environment"), QUIET("coolify.environmentName")}},
    {"project", VALUE_TEXT, MEMBER(project), .max = TEXT_MAX,
     .sources = {OUR("project"), QUIET("coolify.projectName"), QUIET("com.docker.compose.project")}},
    {"weight", VALUE_NUMBER, MEMBER(weight), .min = 1, .max = 256, .sources = {OUR("weight")}},

    {"port", VALUE_PORT, MEMBER(port),
     .sources = {OUR("port"), FIND(service_named_port), LABEL("coolify.port"), FIND(proxy_traefik_port),
                 FIND(proxy_caddy_port), HINT(database_coolify_port), HINT(inspect_port)}},
    {"protocol", VALUE_CHOICE, MEMBER(protocol), CHOICES(protocols),
     .sources = {OUR("protocol"), LABEL("coolify.protocol"), HINT(proxy_traefik_protocol),
                 HINT(proxy_caddy_protocol), HINT(database_protocol)}},
    {"network", VALUE_NETWORK, MEMBER(network),
     .sources = {OUR("network"), QUIET("coolify.network"), QUIET("traefik.docker.network"),
                 QUIET("caddy_ingress_network")}},

    {"rate_limit.average", VALUE_NUMBER, MEMBER(rate_average), .min = 1, .max = RATE_MAX,
     .sources = {OUR("rate_limit.average")}},
    {"rate_limit.burst", VALUE_NUMBER, MEMBER(rate_burst), .min = 1, .max = RATE_MAX,
     .sources = {OUR("rate_limit.burst")}},
    {"timeout", VALUE_DURATION, MEMBER(call_timeout_ms), .min = 100, .sources = {OUR("timeout")}},
    {"retry.max", VALUE_NUMBER, MEMBER(retry_max), .min = 0, .max = 100, .sources = {OUR("retry.max")}},
    {"retry.base_delay", VALUE_DURATION, MEMBER(retry_delay_ms), .min = 0, .sources = {OUR("retry.base_delay")}},

    {"health.path", VALUE_PATH, MEMBER(health_path), .max = 1024,
     .sources = {OUR("health.path"), LABEL("coolify.healthcheck.path"), FIND(coolify_short_path)}},
    {"health.port", VALUE_PORT, MEMBER(health_port),
     .sources = {FIND(service_health_port), LABEL("coolify.healthcheck.port")}},
    {"health.method", VALUE_WORD, MEMBER(health_method), CHOICES(methods),
     .sources = {OUR("health.method"), LABEL("coolify.healthcheck.method")}},
    {"health.status", VALUE_STATUSES, MEMBER(health_status), .max = TEXT_MAX, .sources = {OUR("health.status")}},
    {"health.body", VALUE_RAW, MEMBER(health_body), .max = LONG_MAX_BYTES, .sources = {OUR("health.body")}},
    {"health.command", VALUE_COMMAND, MEMBER(health_command), .max = LONG_MAX_BYTES,
     .sources = {OUR("health.command")}},
    {"health.file", VALUE_TEXT, MEMBER(health_file), .max = LONG_MAX_BYTES, .sources = {OUR("health.file")}},
    {"health.unit", VALUE_TEXT, MEMBER(health_unit), .max = TEXT_MAX, .sources = {OUR("health.unit")}},
    {"health.grpc_service", VALUE_TEXT, MEMBER(grpc_service), .max = TEXT_MAX, .sources = {OUR("health.grpc_service")}},
    {"health.tls_verify", VALUE_BOOL, MEMBER(tls_verify), .sources = {OUR("health.tls_verify")}},
    {"health.tls_name", VALUE_HOST, MEMBER(tls_name), .max = TEXT_MAX, .sources = {OUR("health.tls_name")}},
    {"health.interval", VALUE_DURATION, MEMBER(interval_ms), .min = 100,
     .sources = {OUR("health.interval"), LABEL("coolify.healthcheck.interval"), HINT(inspect_interval)}},
    {"health.timeout", VALUE_DURATION, MEMBER(timeout_ms), .min = 100,
     .sources = {OUR("health.timeout"), LABEL("coolify.healthcheck.timeout"), HINT(inspect_timeout)}},
    {"health.start_period", VALUE_DURATION, MEMBER(start_period_ms), .min = 0,
     .sources = {OUR("health.start_period"), LABEL("coolify.healthcheck.start_period"),
                 HINT(inspect_start_period)}},
    {"health.retries", VALUE_NUMBER, MEMBER(retries), .min = 1, .max = THRESHOLD_MAX,
     .sources = {OUR("health.retries"), LABEL("coolify.healthcheck.retries"), HINT(inspect_retries)}},
    {"health.successes", VALUE_NUMBER, MEMBER(successes), .min = 1, .max = THRESHOLD_MAX,
     .sources = {OUR("health.successes")}},
    {"health.degraded_after", VALUE_DURATION, MEMBER(degraded_after_ms), .min = 0,
     .sources = {OUR("health.degraded_after")}},

    {"breaker.failure_threshold", VALUE_NUMBER, MEMBER(breaker_failures), .min = 1, .max = BREAKER_MAX,
     .sources = {OUR("breaker.failure_threshold")}},
    {"breaker.success_threshold", VALUE_NUMBER, MEMBER(breaker_successes), .min = 1, .max = THRESHOLD_MAX,
     .sources = {OUR("breaker.success_threshold")}},
    {"breaker.recovery_timeout", VALUE_DURATION, MEMBER(breaker_recovery_ms), .min = 100,
     .sources = {OUR("breaker.recovery_timeout")}},
    {"breaker.window", VALUE_DURATION, MEMBER(breaker_window_ms), .min = 100, .sources = {OUR("breaker.window")}},

    {"restart", VALUE_CHOICE, MEMBER(restart), CHOICES(restarts),
     .sources = {OUR("restart"), HINT(inspect_autoheal)}},
    {"restart.max", VALUE_NUMBER, MEMBER(restart_max), .min = 1, .max = THRESHOLD_MAX,
     .sources = {OUR("restart.max")}},
    {"restart.window", VALUE_DURATION, MEMBER(restart_window_ms), .min = 100, .sources = {OUR("restart.window")}},
    {"restart.backoff", VALUE_DURATION, MEMBER(backoff_ms), .min = 100, .sources = {OUR("restart.backoff")}},
    {"restart.backoff_max", VALUE_DURATION, MEMBER(backoff_max_ms), .min = 100,
     .sources = {OUR("restart.backoff_max")}},
    {"restart.stop_timeout", VALUE_DURATION, MEMBER(stop_timeout_ms), .min = 1000,
     .sources = {OUR("restart.stop_timeout"), LABEL("autoheal.stop.timeout")}},
    {"restart.cascade", VALUE_BOOL, MEMBER(cascade), .sources = {OUR("restart.cascade")}},
    {"max_unavailable", VALUE_SHARE, MEMBER(max_unavailable), .max = THRESHOLD_MAX,
     .sources = {LABEL("coolify.deployment.max_unavailable")}},
    {"slo.uptime", VALUE_PERCENT, MEMBER(slo_uptime_ppm), .sources = {OUR("slo.uptime")}},
    {"slo.p95", VALUE_DURATION, MEMBER(slo_p95_ms), .min = 1, .sources = {OUR("slo.p95")}},
    {"slo.error_rate", VALUE_PERCENT, MEMBER(slo_error_rate_ppm), .sources = {OUR("slo.error_rate")}},
    {"slo.mttr", VALUE_DURATION, MEMBER(slo_mttr_ms), .min = 1000, .sources = {OUR("slo.mttr")}},
    {"on_failed", VALUE_WORD, MEMBER(on_failed), CHOICES(reactions), .sources = {OUR("on_failed")}},
    {"alert.channels", VALUE_CHANNELS, MEMBER(alert_channels), .max = TEXT_MAX,
     .sources = {OUR("alert.channels")}},
    {"alert.severity", VALUE_WORD, MEMBER(alert_severity), CHOICES(severities), .sources = {OUR("alert.severity")}},
    {"dry_run", VALUE_BOOL, MEMBER(dry_run), .sources = {OUR("dry_run")}},
};
/* clang-format on */

static bool empty_is_unset(enum value_kind kind)
{
    return kind == VALUE_TEXT || kind == VALUE_RAW || kind == VALUE_COMMAND || kind == VALUE_NETWORK;
}

/* Whether the source speaks in this tier and its value is valid; then the member is set. */
static bool source_wins(struct resolution *r, const struct field *field, const struct source *source,
                        bool override)
{
    const struct pairs *labels = resolution_tier(r, override);
    const char *name = source->label;
    const char *value = source->find ? source->find(r, labels, override, &name) : pairs_get(labels, name);
    if (!value || (*value == '\0' && empty_is_unset(field->kind)))
        return false;
    if (value_read(r, field, name, value) == 0) {
        bool found = name != source->label; /* among the container's labels, which do not stay */
        resolution_won(r, field->name, found ? arena_copy(&r->spec->arena, name) : name, override);
        return true;
    }
    /* A container that shares another's network has none of its own to name. */
    bool quiet = source->quiet || (field->kind == VALUE_NETWORK && r->container->network_count == 0);
    if (!quiet) {
        char allowed[256];
        value_allowed(r, field, name, allowed, sizeof allowed);
        resolution_invalid(r, name, override, field->kind == VALUE_COMMAND ? NULL : value, allowed);
    }
    return false;
}

static bool tier_wins(struct resolution *r, const struct field *field, bool override)
{
    for (size_t i = 0; i < FIELD_SOURCES; i++) {
        const struct source *source = &field->sources[i];
        if (!source->label && !source->find)
            return false;
        if (source_wins(r, field, source, override))
            return true;
    }
    return false;
}

void fields_apply(struct resolution *r)
{
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (r->overrides.count == 0 || !tier_wins(r, &table[i], true))
            tier_wins(r, &table[i], false);
}
