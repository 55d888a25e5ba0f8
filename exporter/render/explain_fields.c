/* SPDX-License-Identifier: MIT */
/* explain_fields.c: the table of fields as people know them, and how each value reads. */
#include "exporter/render/explain_fields.h"

#include <stdio.h>
#include <string.h>

#include "controller/core/json_writer.h"
#include "controller/core/text.h"
#include "exporter/render/view.h"

enum kind {
    KIND_TEXT,
    KIND_HIDDEN,
    KIND_NUMBER,
    KIND_PORT,
    KIND_DURATION,
    KIND_BOOL,
    KIND_PERCENT,
    KIND_PROTOCOL,
    KIND_POLICY
};

#define AT(member) offsetof(struct spec, member)
/* The names are those of the sources. */
static const struct field {
    const char *name;
    enum kind kind;
    size_t offset;
    bool only_said; /* shown only when somebody said it */
} fields[] = {
    {"name", KIND_TEXT, AT(name), false},
    {"version", KIND_TEXT, AT(version), false},
    {"environment", KIND_TEXT, AT(environment), false},
    {"project", KIND_TEXT, AT(project), false},
    {"port", KIND_PORT, AT(port), false},
    {"protocol", KIND_PROTOCOL, AT(protocol), false},
    {"network", KIND_TEXT, AT(network), false},
    {"weight", KIND_NUMBER, AT(weight), true},
    {"timeout", KIND_DURATION, AT(call_timeout_ms), true},
    {"retry.max", KIND_NUMBER, AT(retry_max), true},
    {"retry.base_delay", KIND_DURATION, AT(retry_delay_ms), true},
    {"health.path", KIND_TEXT, AT(health_path), false},
    {"health.port", KIND_PORT, AT(health_port), false},
    {"health.method", KIND_TEXT, AT(health_method), true},
    {"health.status", KIND_TEXT, AT(health_status), true},
    {"health.body", KIND_TEXT, AT(health_body), false},
    {"health.command", KIND_HIDDEN, AT(health_command), false},
    {"health.file", KIND_TEXT, AT(health_file), false},
    {"health.unit", KIND_TEXT, AT(health_unit), false},
    {"health.grpc_service", KIND_TEXT, AT(grpc_service), false},
    {"health.tls_verify", KIND_BOOL, AT(tls_verify), true},
    {"health.tls_name", KIND_TEXT, AT(tls_name), false},
    {"health.interval", KIND_DURATION, AT(interval_ms), false},
    {"health.timeout", KIND_DURATION, AT(timeout_ms), false},
    {"health.start_period", KIND_DURATION, AT(start_period_ms), false},
    {"health.retries", KIND_NUMBER, AT(retries), false},
    {"health.successes", KIND_NUMBER, AT(successes), false},
    {"health.degraded_after", KIND_DURATION, AT(degraded_after_ms), true},
    {"breaker.failure_threshold", KIND_NUMBER, AT(breaker_failures), false},
    {"breaker.success_threshold", KIND_NUMBER, AT(breaker_successes), false},
    {"breaker.recovery_timeout", KIND_DURATION, AT(breaker_recovery_ms), false},
    {"breaker.window", KIND_DURATION, AT(breaker_window_ms), false},
    {"restart", KIND_POLICY, AT(restart), false},
    {"restart.max", KIND_NUMBER, AT(restart_max), false},
    {"restart.window", KIND_DURATION, AT(restart_window_ms), false},
    {"restart.backoff", KIND_DURATION, AT(backoff_ms), false},
    {"restart.backoff_max", KIND_DURATION, AT(backoff_max_ms), false},
    {"restart.stop_timeout", KIND_DURATION, AT(stop_timeout_ms), true},
    {"restart.cascade", KIND_BOOL, AT(cascade), true},
    {"slo.uptime", KIND_PERCENT, AT(slo_uptime_ppm), true},
    {"slo.p95", KIND_DURATION, AT(slo_p95_ms), true},
    {"slo.error_rate", KIND_PERCENT, AT(slo_error_rate_ppm), true},
    {"slo.mttr", KIND_DURATION, AT(slo_mttr_ms), true},
    {"on_failed", KIND_TEXT, AT(on_failed), true},
    {"alert.channels", KIND_TEXT, AT(alert_channels), false},
    {"alert.severity", KIND_TEXT, AT(alert_severity), false},
    {"dry_run", KIND_BOOL, AT(dry_run), true},
};
enum { FIELDS = sizeof fields / sizeof fields[0], VALUE_SIZE = 32 };

/* The value as text: its own, or written to ret; NULL when there is none. */
static const char *value_of(const struct spec *spec, const struct field *field, char ret[static VALUE_SIZE])
{
    const char *at = (const char *)spec + field->offset, *text;
    int64_t duration;
    unsigned number; /* also an int that is not negative */
    bool yes;
    enum protocol protocol;
    enum restart_policy policy;
    switch (field->kind) {
    case KIND_TEXT:
        memcpy(&text, at, sizeof text);
        return text;
    case KIND_HIDDEN: /* like a HEALTHCHECK's: its words may hold a password */
        memcpy(&text, at, sizeof text);
        return text ? "(not shown)" : NULL;
    case KIND_PORT:
    case KIND_NUMBER:
        memcpy(&number, at, sizeof number);
        snprintf(ret, VALUE_SIZE, "%u", number);
        return number || field->kind == KIND_NUMBER ? ret : NULL;
    case KIND_PERCENT:
        memcpy(&number, at, sizeof number);
        snprintf(ret, VALUE_SIZE, "%g%%", number / 1e4);
        return ret;
    case KIND_DURATION:
        memcpy(&duration, at, sizeof duration);
        if (duration < 0)
            return NULL;
        text_format_duration(duration, ret);
        return ret;
    case KIND_BOOL:
        memcpy(&yes, at, sizeof yes);
        return yes ? "true" : "false";
    case KIND_PROTOCOL:
        memcpy(&protocol, at, sizeof protocol);
        return protocol_name[protocol];
    case KIND_POLICY:
        memcpy(&policy, at, sizeof policy);
        return restart_policy_name[policy];
    }
    return NULL;
}

void explain_put_fields(struct json_writer *w, const struct spec *spec)
{
    json_key(w, "fields");
    json_begin_array(w);
    for (size_t i = 0; i < FIELDS; i++) {
        char text[VALUE_SIZE];
        const char *source = pairs_get(&spec->sources, fields[i].name);
        const char *value = value_of(spec, &fields[i], text);
        if (!source && (!value || fields[i].only_said))
            continue;
        json_begin_object(w);
        json_put_string(w, "field", fields[i].name);
        json_key(w, "value");
        view_put_clean(w, value);
        json_put_string(w, "source", source ? source : "default");
        json_end_object(w);
    }
    json_end_array(w);
}
