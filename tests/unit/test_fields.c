/* SPDX-License-Identifier: MIT */
/* Tests the table of controller/labels/fields: which source wins per field, and what is not allowed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/support/container_builder.h"

/* A number as text for any numeric, boolean or text field, so that one table can compare all. */
static const char *field_value(const struct spec *spec, const char *field, char ret[static 64])
{
    const struct {
        const char *name;
        long long number;
        const char *text;
    } all[] = {
        {"port", spec->port, NULL},
        {"weight", spec->weight, NULL},
        {"timeout", spec->call_timeout_ms, NULL},
        {"retry.max", spec->retry_max, NULL},
        {"retry.base_delay", spec->retry_delay_ms, NULL},
        {"health.port", spec->health_port, NULL},
        {"health.interval", spec->interval_ms, NULL},
        {"health.timeout", spec->timeout_ms, NULL},
        {"health.start_period", spec->start_period_ms, NULL},
        {"health.retries", spec->retries, NULL},
        {"health.successes", spec->successes, NULL},
        {"health.degraded_after", spec->degraded_after_ms, NULL},
        {"breaker.failure_threshold", spec->breaker_failures, NULL},
        {"breaker.success_threshold", spec->breaker_successes, NULL},
        {"breaker.recovery_timeout", spec->breaker_recovery_ms, NULL},
        {"breaker.window", spec->breaker_window_ms, NULL},
        {"restart.max", spec->restart_max, NULL},
        {"restart.window", spec->restart_window_ms, NULL},
        {"restart.backoff", spec->backoff_ms, NULL},
        {"restart.backoff_max", spec->backoff_max_ms, NULL},
        {"restart.stop_timeout", spec->stop_timeout_ms, NULL},
        {"restart.cascade", spec->cascade, NULL},
        {"slo.uptime", spec->slo_uptime_ppm, NULL},
        {"slo.error_rate", spec->slo_error_rate_ppm, NULL},
        {"slo.p95", spec->slo_p95_ms, NULL},
        {"slo.mttr", spec->slo_mttr_ms, NULL},
        {"dry_run", spec->dry_run, NULL},
        {"on_failed", 0, spec->on_failed},
        {"version", 0, spec->version},
        {"environment", 0, spec->environment},
        {"project", 0, spec->project},
        {"network", 0, spec->network},
        {"health.path", 0, spec->health_path},
        {"health.method", 0, spec->health_method},
        {"health.status", 0, spec->health_status},
        {"health.body", 0, spec->health_body},
        {"health.command", 0, spec->health_command},
        {"health.file", 0, spec->health_file},
        {"health.unit", 0, spec->health_unit},
        {"protocol", 0, protocol_name[spec->protocol]},
        {"restart", 0, restart_policy_name[spec->restart]},
        {"health.check", 0, check_name[spec->check]},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (strcmp(all[i].name, field) == 0) {
            if (all[i].text)
                return all[i].text;
            snprintf(ret, 64, "%lld", all[i].number);
            return ret;
        }
    fail_msg("no field %s", field);
    return "";
}

static const struct {
    const char *field, *labels[9], *value, *source;
    bool finding; /* an invalid-value finding is expected */
} fields[] = {
    /* Each service.* label, its default, and what is not allowed. */
    {"weight", {NULL}, "1", "default", false},
    {"weight", {"service.weight", "256"}, "256", "service.weight", false},
    {"weight", {"service.weight", "257"}, "1", "default", true},
    {"weight", {"service.weight", "0"}, "1", "default", true},
    {"version",
     {"service.version", "1.0.0", "org.opencontainers.image.version", "2"},
     "1.0.0",
     "service.version",
     false},
    {"version", {"org.opencontainers.image.version", "2"}, "2", "org.opencontainers.image.version", false},
    {"version",
     {"service.version", "", "org.opencontainers.image.version", "2"},
     "2",
     "org.opencontainers.image.version",
     false},
    {"version",
     {"service.version", "a\nb", "org.opencontainers.image.version", "2"},
     "2",
     "org.opencontainers.image.version",
     true},
    {"environment",
     {"service.environment", "test", "coolify.environmentName", "production"},
     "test",
     "service.environment",
     false},
    {"environment",
     {"coolify.environmentName", "production"},
     "production",
     "coolify.environmentName",
     false},
    {"project",
     {"service.project", "a", "coolify.projectName", "b", "com.docker.compose.project", "c"},
     "a",
     "service.project",
     false},
    {"project",
     {"coolify.projectName", "b", "com.docker.compose.project", "c"},
     "b",
     "coolify.projectName",
     false},
    {"project", {"com.docker.compose.project", "c"}, "c", "com.docker.compose.project", false},
    {"timeout", {NULL}, "30000", "default", false},
    {"timeout", {"service.timeout", "1500"}, "1500", "service.timeout", false},
    {"timeout", {"service.timeout", "99ms"}, "30000", "default", true},
    {"slo.uptime", {NULL}, "999000", "default", false},
    {"slo.uptime", {"service.slo.uptime", "99.95%"}, "999500", "service.slo.uptime", false},
    {"slo.uptime", {"service.slo.uptime", " 99.9999 "}, "999999", "service.slo.uptime", false},
    {"slo.uptime", {"service.slo.uptime", "100%"}, "1000000", "service.slo.uptime", false},
    {"slo.uptime", {"service.slo.uptime", "0"}, "0", "service.slo.uptime", false},
    {"slo.uptime", {"service.slo.uptime", "100.1%"}, "999000", "default", true},
    {"slo.uptime", {"service.slo.uptime", "99.99999%"}, "999000", "default", true},
    {"slo.uptime", {"service.slo.uptime", "99.%"}, "999000", "default", true},
    {"slo.uptime", {"service.slo.uptime", ".9%"}, "999000", "default", true},
    {"slo.uptime", {"service.slo.uptime", "-1%"}, "999000", "default", true},
    {"slo.uptime", {"service.slo.uptime", "99%%"}, "999000", "default", true},
    {"slo.uptime", {"service.slo.uptime", "%"}, "999000", "default", true},
    {"slo.uptime", {"service.slo.uptime", ""}, "999000", "default", true},
    {"slo.error_rate", {NULL}, "1000", "default", false},
    {"slo.error_rate", {"service.slo.error_rate", "0.01%"}, "100", "service.slo.error_rate", false},
    {"slo.p95", {NULL}, "2000", "default", false},
    {"slo.p95", {"service.slo.p95", "250"}, "250", "service.slo.p95", false},
    {"slo.p95", {"service.slo.p95", "0"}, "2000", "default", true},
    {"slo.mttr", {NULL}, "300000", "default", false},
    {"slo.mttr", {"service.slo.mttr", "10m"}, "600000", "service.slo.mttr", false},
    {"slo.mttr", {"service.slo.mttr", "10"}, "300000", "default", true},
    {"retry.max", {NULL}, "3", "default", false},
    {"retry.max", {"service.retry.max", "0"}, "0", "service.retry.max", false},
    {"retry.base_delay", {NULL}, "1000", "default", false},
    {"retry.base_delay", {"service.retry.base_delay", "2s"}, "2000", "service.retry.base_delay", false},

    {"port", {"service.port", "5000", "coolify.port", "6000"}, "5000", "service.port", false},
    {"port", {"service.port", "70000", "coolify.port", "6000"}, "6000", "coolify.port", true},
    {"port", {"service.port", "http"}, "0", "default", true},
    {"port", {"service.port", ""}, "0", "default", true},
    {"port", {"service.port", " 5000 "}, "5000", "service.port", false},
    {"port",
     {"service.port.web", "80", "service.port.admin", "81", "coolify.port", "6000"},
     "81",
     "service.port.admin",
     false},
    {"port", {"service.port.http", "80", "service.port.admin", "81"}, "80", "service.port.http", false},
    {"port", {"service.port.admin", "x", "service.port.web", "80"}, "80", "service.port.web", true},
    {"port",
     {"coolify.port", "6000", "traefik.http.services.a.loadbalancer.server.port", "7000"},
     "6000",
     "coolify.port",
     false},
    {"port",
     {"coolify.port", "0", "traefik.http.services.a.loadbalancer.server.port", "7000"},
     "7000",
     "traefik.http.services.a.loadbalancer.server.port",
     true},
    {"port",
     {"traefik.http.services.a.loadbalancer.server.port", "7000", "caddy_0.handle_path.0_reverse_proxy",
      "{{upstreams 8000}}"},
     "7000",
     "traefik.http.services.a.loadbalancer.server.port",
     false},
    {"port",
     {"caddy_0.handle_path.0_reverse_proxy", "{{upstreams 8000}}"},
     "8000",
     "caddy_0.handle_path.0_reverse_proxy",
     false},
    {"port", {"coolify.database.subType", "standalone-mongodb"}, "27017", "coolify.database.subType", false},

    {"protocol", {NULL}, "http", "default", false},
    {"protocol", {"service.protocol", "TCP", "coolify.protocol", "http"}, "tcp", "service.protocol", false},
    {"protocol", {"service.protocol", "udp", "coolify.protocol", "https"}, "https", "coolify.protocol", true},
    {"protocol", {"service.protocol", "grpc"}, "grpc", "service.protocol", false},
    {"protocol", {"coolify.type", "database"}, "tcp", "coolify.type", false},
    {"protocol", {"coolify.service.subType", "database"}, "tcp", "coolify.service.subType", false},
    {"protocol", {"service.port", "6379"}, "tcp", "service.port", false},
    {"protocol", {"service.port", "6379", "service.protocol", "http"}, "http", "service.protocol", false},
    {"protocol",
     {"traefik.http.services.a.loadbalancer.server.port", "443",
      "traefik.http.services.a.loadbalancer.server.scheme", "https"},
     "https",
     "traefik.http.services.a.loadbalancer.server.scheme",
     false},

    {"health.path", {NULL}, "/health", "default", false},
    {"health.path",
     {"service.health.path", "/a", "coolify.healthcheck.path", "/b"},
     "/a",
     "service.health.path",
     false},
    {"health.path",
     {"service.health.path", "a", "coolify.healthcheck.path", "/b"},
     "/b",
     "coolify.healthcheck.path",
     true},
    {"health.path", {"service.health.path", "/a b"}, "/health", "default", true},
    {"health.path", {"coolify.healthcheck", "/c"}, "/c", "coolify.healthcheck", false},
    {"health.port",
     {"service.health.port", "81", "coolify.healthcheck.port", "82"},
     "81",
     "service.health.port",
     false},
    {"health.method", {NULL}, "GET", "default", false},
    {"health.method", {"service.health.method", "head"}, "HEAD", "service.health.method", false},
    {"health.method", {"service.health.method", "DELETE"}, "GET", "default", true},
    {"health.status", {NULL}, "200-299", "default", false},
    {"health.status",
     {"service.health.status", "200,300-399"},
     "200,300-399",
     "service.health.status",
     false},
    {"health.status", {"service.health.status", "299-200"}, "200-299", "default", true},
    {"health.status", {"service.health.status", "200,"}, "200-299", "default", true},
    {"health.status", {"service.health.status", "99"}, "200-299", "default", true},
    {"health.body", {"service.health.body", "ok"}, "ok", "service.health.body", false},
    {"health.command", {"service.health.command", "true"}, "true", "service.health.command", false},
    {"health.file", {"service.health.file", "/tmp/up"}, "/tmp/up", "service.health.file", false},
    {"health.unit", {"service.health.unit", "a.service"}, "a.service", "service.health.unit", false},
    {"health.interval", {NULL}, "10000", "default", false},
    {"health.interval", {"service.health.interval", "15000"}, "15000", "service.health.interval", false},
    {"health.interval", {"service.health.interval", "10"}, "10000", "default", true},
    {"health.interval",
     {"coolify.healthcheck.interval", "30"},
     "30000",
     "coolify.healthcheck.interval",
     false},
    {"health.interval",
     {"service.health.interval", "soon", "coolify.healthcheck.interval", "30s"},
     "30000",
     "coolify.healthcheck.interval",
     true},
    {"health.timeout", {NULL}, "5000", "default", false},
    {"health.timeout",
     {"service.health.timeout", "100ms", "coolify.healthcheck.timeout", "9"},
     "100",
     "service.health.timeout",
     false},
    {"health.start_period", {NULL}, "30000", "default", false},
    {"health.start_period", {"service.health.start_period", "0"}, "0", "service.health.start_period", false},
    {"health.start_period",
     {"coolify.healthcheck.start_period", "5"},
     "5000",
     "coolify.healthcheck.start_period",
     false},
    {"health.retries", {NULL}, "3", "default", false},
    {"health.retries",
     {"service.health.retries", "7", "coolify.healthcheck.retries", "8"},
     "7",
     "service.health.retries",
     false},
    {"health.retries",
     {"service.health.retries", "0", "coolify.healthcheck.retries", "8"},
     "8",
     "coolify.healthcheck.retries",
     true},
    {"health.successes", {NULL}, "2", "default", false},
    {"health.successes", {"service.health.successes", "4"}, "4", "service.health.successes", false},
    {"health.degraded_after", {NULL}, "0", "default", false},
    {"health.degraded_after",
     {"service.health.degraded_after", "800"},
     "800",
     "service.health.degraded_after",
     false},
    {"health.degraded_after",
     {"service.health.degraded_after", "off"},
     "0",
     "service.health.degraded_after",
     false},

    {"breaker.failure_threshold",
     {"service.breaker.failure_threshold", "9"},
     "9",
     "service.breaker.failure_threshold",
     false},
    {"breaker.success_threshold", {"service.breaker.success_threshold", "0"}, "3", "default", true},
    {"breaker.recovery_timeout",
     {"service.breaker.recovery_timeout", "2m"},
     "120000",
     "service.breaker.recovery_timeout",
     false},
    {"breaker.window", {"service.breaker.window", "1h"}, "3600000", "service.breaker.window", false},

    {"restart", {"service.restart", "always"}, "always", "service.restart", false},
    {"restart", {"service.restart", "false"}, "no", "service.restart", false},
    {"restart", {"service.restart", "NEVER"}, "no", "service.restart", false},
    {"restart",
     {"service.restart", "on-failure", "autoheal", "true"},
     "on-failure",
     "service.restart",
     false},
    {"restart", {"service.restart", "unless-stopped", "autoheal", "true"}, "on-unhealthy", "autoheal", true},
    {"restart.max", {NULL}, "5", "default", false},
    {"restart.max", {"service.restart.max", "2"}, "2", "service.restart.max", false},
    {"restart.window", {NULL}, "600000", "default", false},
    {"restart.window", {"service.restart.window", "1m"}, "60000", "service.restart.window", false},
    {"restart.backoff", {NULL}, "10000", "default", false},
    {"restart.backoff", {"service.restart.backoff", "1s"}, "1000", "service.restart.backoff", false},
    {"restart.backoff_max", {NULL}, "300000", "default", false},
    {"restart.backoff_max", {"service.restart.backoff", "10m"}, "600000", "default", false},
    {"restart.backoff_max",
     {"service.restart.backoff_max", "1s"},
     "10000",
     "service.restart.backoff_max",
     true},
    {"restart.stop_timeout", {NULL}, "-1", "default", false},
    {"restart.stop_timeout",
     {"service.restart.stop_timeout", "2s", "autoheal.stop.timeout", "20"},
     "2000",
     "service.restart.stop_timeout",
     false},
    {"restart.stop_timeout",
     {"service.restart.stop_timeout", "999", "autoheal.stop.timeout", "20"},
     "20000",
     "autoheal.stop.timeout",
     true},
    {"restart.cascade", {NULL}, "0", "default", false},
    {"restart.cascade", {"service.restart.cascade", "Yes"}, "1", "service.restart.cascade", false},
    {"on_failed", {NULL}, "none", "default", false},
    {"on_failed", {"service.on_failed", "webhook"}, "webhook", "service.on_failed", false},
    {"on_failed", {"service.on_failed", "explode"}, "none", "default", true},
    {"dry_run", {NULL}, "0", "default", false},
    {"dry_run", {"service.dry_run", "1"}, "1", "service.dry_run", false},
    {"dry_run", {"service.dry_run", "ture"}, "0", "default", true},
};

static void test_precedence_per_field(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        struct spec *spec = resolve(fields[i].labels);
        char number[64];
        const char *value = field_value(spec, fields[i].field, number);
        const char *source = source_of(spec, fields[i].field), *found = finding(spec, "invalid-value");
        if (strcmp(value, fields[i].value) != 0 || strcmp(source, fields[i].source) != 0 ||
            !found == fields[i].finding)
            print_error("row %zu, %s: %s by %s; %s\n", i, fields[i].field, value, source,
                        found ? found : "-");
        assert_string_equal(value, fields[i].value);
        assert_string_equal(source, fields[i].source);
        assert_int_equal(found != NULL, fields[i].finding);
        assert_null(finding(spec, "unknown-label"));
        spec_free(spec);
    }
}

static void shares(void **state)
{
    (void)state;
    static const char label[] = "coolify.deployment.max_unavailable";
    static const struct {
        const char *text;
        bool set, percent;
        unsigned value;
    } cases[] = {
        {"1", true, false, 1},       {"0", true, false, 0},     {"25%", true, true, 25},
        {" 100% ", true, true, 100}, {"-1", false, false, 0},   {"101%", false, false, 0},
        {"%", false, false, 0},      {"", false, false, 0},     {"one", false, false, 0},
        {"1.5", false, false, 0},    {"1001", false, false, 0}, {"99999999999999999999%", false, false, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct spec *spec = resolve(LABELS("service.name", "web", label, cases[i].text));
        assert_int_equal(spec->max_unavailable.set, cases[i].set);
        assert_int_equal(spec->max_unavailable.percent, cases[i].percent);
        assert_int_equal(spec->max_unavailable.value, cases[i].value);
        const char *sentence = finding(spec, "invalid-value");
        assert_int_equal(sentence == NULL, cases[i].set);
        if (sentence)
            assert_non_null(strstr(sentence, "a share from 0% to 100%"));
        spec_free(spec);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_precedence_per_field),
        cmocka_unit_test(shares),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
