/* SPDX-License-Identifier: MIT */
/* Tests controller/labels/resolve: defaults, findings, secrets, lists, limits, networks, inspect data. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "controller/core/limits.h"
#include "tests/support/container_builder.h"

static void test_defaults(void **state)
{
    (void)state;
    struct spec *spec = resolve(LABELS("service.name", "rag"));
    assert_string_equal(spec->name, "rag");
    assert_int_equal(spec->sources.count, 1); /* a default has no source */
    assert_string_equal(source_of(spec, "name"), "service.name");
    assert_true(spec->breaker_enabled);
    assert_int_equal(spec->breaker_failures, 5);
    assert_int_equal(spec->breaker_successes, 3);
    assert_int_equal(spec->breaker_recovery_ms, 60000);
    assert_int_equal(spec->breaker_window_ms, 300000);
    assert_int_equal(spec->findings.count, 0);
    spec_free(spec);
}

static void test_sentences(void **state)
{
    (void)state;
    struct spec *spec = resolve(
        LABELS("service.port", "70000", "service.weigth", "3", "service.nonsense.at.all", "x"));
    assert_string_equal(finding(spec, "invalid-value"),
                        "Label service.port has the value \"70000\"; allowed is a port from 1 to 65535.");
    assert_int_equal(spec->findings.count, 3);
    assert_string_equal(spec->findings.item[1].sentence,
                        "Label service.nonsense.at.all is unknown and has no effect.");
    assert_string_equal(spec->findings.item[2].sentence,
                        "Label service.weigth is unknown and has no effect; did you mean service.weight?");
    spec_free(spec);

    spec = resolve(LABELS("service.health.interval", "10"));
    assert_string_equal(
        finding(spec, "invalid-value"),
        "Label service.health.interval has the value \"10\"; allowed is a duration of at least 100ms, "
        "such as 1500ms, 30s or 5m (a bare number counts milliseconds).");
    spec_free(spec);
    spec = resolve(LABELS("service.restart", "offen"));
    assert_string_equal(
        finding(spec, "invalid-value"),
        "Label service.restart has the value \"offen\"; allowed is no, false, never, on-unhealthy, "
        "on-failure or always.");
    spec_free(spec);
}

/* The families and the mission's keys are no typos; only service.* is ours to judge. */
static void test_known_labels(void **state)
{
    (void)state;
    struct spec *spec = resolve(LABELS("service.meta.x", "1", "service.port.web", "80",
                                       "service.health.header.X-Key", "s", "coolify.resource.cpu", "1.5",
                                       "coolify.whatever", "x", "services.name", "x", "service.ignore",
                                       "false"));
    assert_int_equal(spec->findings.count, 0);
    spec_free(spec);
    spec = resolve(
        LABELS("service.meta.", "1", "service.port.", "2", "service.", "3", "service.health.header.", "4"));
    assert_int_equal(spec->findings.count, 4);
    spec_free(spec);
    size_t count;
    const char *const *known = labels_known(&count);
    for (size_t i = 1; i < count; i++)
        assert_true(strcmp(known[i - 1], known[i]) < 0);
}

static void test_findings_are_bounded(void **state)
{
    (void)state;
    struct container *container = built_new("app", NULL);
    for (int i = 0; i < 500; i++) {
        char key[32];
        snprintf(key, sizeof key, "service.x%d", i);
        pairs_set(&container->arena, &container->labels, key, "1");
    }
    struct spec *spec = resolved(container);
    assert_int_equal(spec->findings.count, LIMIT_FINDINGS);
    spec_free(spec);
}

static void test_secrets_stay_out(void **state)
{
    (void)state;
    struct spec *spec = resolve(LABELS(
        "service.health.header.Authorization", "Bearer hunter2", "service.health.header.X-Bad",
        "hunter2\r\nX: y", "service.meta.basicauth.users", "hunter2", "coolify.resource.BasicAuth", "hunter2",
        "service.fallback_urls", "http://me:hunter2@host:80, http://host/?key=hunter2, http://ok:80",
        "service.port", "http://u:hunter2@x?hunter2", "traefik.http.middlewares.a.basicauth.users", "hunter2",
        "service.weight", "u:hunter2@x", "service.port.db",
        ("tcp://averyveryverylongusername:anevenlongeranevenlongeranevenlongeranevenlongeranevenlonger"
         "passwordanevenlongerpasswordanevenlongerpasswordhunter2@x")));
    assert_int_equal(spec->health_headers.count, 1);
    assert_string_equal(pairs_get(&spec->health_headers, "Authorization"), "Bearer hunter2");
    assert_int_equal(spec->fallback_urls.count, 1);
    assert_string_equal(spec->fallback_urls.item[0], "http://ok:80");
    for (size_t i = 0; i < spec->metadata.count; i++)
        assert_null(strstr(spec->metadata.item[i].value, "hunter2"));
    for (size_t i = 0; i < spec->sources.count; i++)
        assert_null(strstr(spec->sources.item[i].value, "hunter2"));
    for (size_t i = 0; i < spec->findings.count; i++) {
        assert_null(strstr(spec->findings.item[i].sentence, "hunter2"));
        assert_null(strstr(spec->findings.item[i].sentence, "longer"));
    }
    assert_int_equal(spec->findings.count, 7); /* the seventh: a check is asked for, and no port is known */
    spec_free(spec);
}

static void test_lists(void **state)
{
    (void)state;
    struct spec *spec = resolve(LABELS("service.tags", "nodejs, api,,backend,api", "service.meta.owner",
                                       "ops <x>", "service.port.grpc", "9000", "service.port.http", "80",
                                       "service.fallback_urls", "http://b:1,ftp://x,http://a:2/p"));
    assert_int_equal(spec->tags.count, 3);
    assert_string_equal(spec->tags.item[0], "api");
    assert_string_equal(spec->tags.item[2], "nodejs");
    assert_string_equal(source_of(spec, "tags"), "service.tags");
    assert_string_equal(pairs_get(&spec->metadata, "owner"), "ops <x>");
    assert_int_equal(spec->port_count, 2);
    assert_string_equal(spec->ports[0].name, "grpc");
    assert_int_equal(spec->ports[1].port, 80);
    assert_int_equal(spec->fallback_urls.count, 2); /* in the order given: it is a chain */
    assert_string_equal(spec->fallback_urls.item[0], "http://b:1");
    assert_non_null(strstr(finding(spec, "invalid-value"), "ftp://x"));
    spec_free(spec);
}

static void test_limits(void **state)
{
    (void)state;
    struct container *container = built_new("app", NULL);
    const char *list = "";
    for (int i = 0; i < 80; i++) {
        char key[64];
        list = arena_format(&container->arena, "%st%d,", list, i);
        snprintf(key, sizeof key, "service.meta.k%d", i);
        pairs_set(&container->arena, &container->labels, key, "v");
        snprintf(key, sizeof key, "service.port.p%d", i);
        pairs_set(&container->arena, &container->labels, key, "80");
        snprintf(key, sizeof key, "service.health.header.H%d", i);
        pairs_set(&container->arena, &container->labels, key, "v");
    }
    pairs_set(&container->arena, &container->labels, "service.tags", list);
    pairs_set(&container->arena, &container->labels, "service.depends_on", list);
    pairs_sort(&container->labels);
    container->labels_cut = true;
    struct spec *spec = resolved(container);
    assert_int_equal(spec->tags.count, LIMIT_TAGS);
    assert_int_equal(spec->metadata.count, LIMIT_METADATA);
    assert_int_equal(spec->port_count, LIMIT_NAMED_PORTS);
    assert_int_equal(spec->health_headers.count, LIMIT_HEALTH_HEADERS);
    assert_int_equal(spec->dependency_count, LIMIT_DEPENDENCIES);
    assert_non_null(finding(spec, "too-many"));
    assert_non_null(finding(spec, "labels-cut"));
    assert_int_equal(spec->findings.count, 6); /* each said once */
    spec_free(spec);
}

static void test_network_label(void **state)
{
    (void)state;
    static const struct {
        const char *labels[7], *network, *source;
        bool finding;
    } rows[] = {
        {{"service.network", "backend"}, "backend", "service.network", false},
        {{"service.network", "nope", "traefik.docker.network", "edge"},
         "edge",
         "traefik.docker.network",
         true},
        {{"service.network", "back", "com.docker.compose.project", "shop"},
         "shop_back",
         "service.network",
         false},
        {{"coolify.network", "internal", "caddy_ingress_network", "edge"},
         "edge",
         "caddy_ingress_network",
         false},
        {{"coolify.network", "edge", "caddy_ingress_network", "backend"}, "edge", "coolify.network", false},
        {{"traefik.docker.network", "gone"}, NULL, "default", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct container *container = built_new("app", rows[i].labels);
        built_network(container, "backend", "10.0.1.2", 24);
        built_network(container, "edge", "10.0.2.2", 24);
        built_network(container, "shop_back", "10.0.3.2", 24);
        struct spec *spec = resolved(container);
        if (rows[i].network)
            assert_string_equal(spec->network, rows[i].network);
        else
            assert_null(spec->network);
        assert_string_equal(source_of(spec, "network"), rows[i].source);
        assert_int_equal(finding(spec, "invalid-value") != NULL, rows[i].finding);
        const char *shown = pairs_get(&spec->metadata, "coolify.network");
        assert_int_equal(shown != NULL, i == 3);
        spec_free(spec);
    }
    struct options options = built_options();
    options.network = "edge";
    struct container *container = built_new("app", NULL);
    built_network(container, "edge", "10.0.2.2", 24);
    struct spec *spec = labels_resolve(container, &options, NULL);
    assert_string_equal(spec->network, "edge");
    built_free(container);
    spec_free(spec);
}

static void test_inspect_port(void **state)
{
    (void)state;
    struct container *container = built_new("app", NULL);
    built_expose(container, 3000);
    struct spec *spec = resolved(container);
    assert_int_equal(spec->port, 3000);
    assert_string_equal(source_of(spec, "port"), "inspect");
    spec_free(spec);

    container = built_new("app", NULL); /* several: only a published one decides */
    built_expose(container, 3000);
    built_expose(container, 4000);
    built_publish(container, "3000/tcp", NULL, 0);
    built_publish(container, "4000/tcp", "0.0.0.0", 14000);
    built_publish(container, "4000/tcp", "::", 14000);
    built_publish(container, "53/udp", "0.0.0.0", 53);
    spec = resolved(container);
    assert_int_equal(spec->port, 4000);
    spec_free(spec);

    container = built_new("app", NULL);
    built_expose(container, 3000);
    built_expose(container, 4000);
    spec = resolved(container);
    assert_int_equal(spec->port, 0);
    assert_string_equal(source_of(spec, "port"), "default");
    spec_free(spec);

    container = built_new("db", NULL); /* of several, a known image's own */
    container->image = "docker.io/library/mysql:8@sha256:1";
    built_expose(container, 3306);
    built_expose(container, 33060);
    spec = resolved(container);
    assert_int_equal(spec->port, 3306);
    assert_int_equal(spec->protocol, PROTOCOL_TCP);
    spec_free(spec);
}

static void test_healthcheck_values(void **state)
{
    (void)state;
    struct container *container = built_new("app", LABELS("service.health.timeout", "1s"));
    container->has_healthcheck = true;
    container->health_interval_ms = 7000;
    container->health_timeout_ms = 8000;
    container->health_retries = 9;
    container->health_start_period_ms = 5000;
    struct spec *spec = resolved(container);
    assert_true(spec->has_healthcheck);
    assert_int_equal(spec->interval_ms, 7000);
    assert_string_equal(source_of(spec, "health.interval"), "inspect");
    assert_int_equal(spec->timeout_ms, 1000);
    assert_int_equal(spec->retries, 9);
    assert_int_equal(spec->start_period_ms, 5000); /* unset takes the container's, shorter or not */
    spec_free(spec);

    container = built_new("app", LABELS("service.health.start_period", "2s", "service.health.retries", "4"));
    container->has_healthcheck = true;
    container->health_start_period_ms = 60000;
    container->health_retries = 9;
    container->health_interval_ms =
        10; /* shorter than we go: the default, and no finding about what nobody labelled */
    spec = resolved(container);
    assert_int_equal(spec->start_period_ms, 60000); /* the longer of both */
    assert_string_equal(source_of(spec, "health.start_period"), "inspect");
    assert_int_equal(spec->retries, 4);
    assert_int_equal(spec->interval_ms, 10000);
    assert_int_equal(spec->findings.count, 0);
    spec_free(spec);

    container = built_new("app", LABELS("service.health.start_period", "90s"));
    container->has_healthcheck = true;
    container->health_start_period_ms = 60000;
    spec = resolved(container);
    assert_int_equal(spec->start_period_ms, 90000);
    spec_free(spec);

    container = built_new("app", NULL); /* values without a HEALTHCHECK (Test is NONE) count nothing */
    container->health_interval_ms = 7000;
    spec = resolved(container);
    assert_int_equal(spec->interval_ms, 10000);
    spec_free(spec);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),         cmocka_unit_test(test_sentences),
        cmocka_unit_test(test_known_labels),     cmocka_unit_test(test_findings_are_bounded),
        cmocka_unit_test(test_secrets_stay_out), cmocka_unit_test(test_lists),
        cmocka_unit_test(test_limits),           cmocka_unit_test(test_network_label),
        cmocka_unit_test(test_inspect_port),     cmocka_unit_test(test_healthcheck_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
