/* SPDX-License-Identifier: MIT */
/* Tests the dialects of labels together: compose, the mission, real Coolify, overrides; and who is
 * registered. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "controller/core/error.h"
#include "controller/labels/overrides.h"
#include "tests/support/container_builder.h"

static void assert_dependency(const struct spec *spec, size_t index, const char *name,
                              enum dependency_type type, const char *source, bool completion)
{
    assert_true(index < spec->dependency_count);
    assert_string_equal(spec->dependencies[index].name, name);
    assert_int_equal(spec->dependencies[index].type, type);
    assert_string_equal(spec->dependencies[index].source, source);
    assert_int_equal(spec->dependencies[index].needs_completion, completion);
}

static void test_dependencies(void **state)
{
    (void)state;
    struct container *container = built_new(
        "app", LABELS("service.depends_on",
                      "db:required, redis:optional,cache:SOFT,peer:circular,plain,,a b:soft,odd:requird",
                      "service.dependencies", "unread", "com.docker.compose.depends_on",
                      "redis:service_healthy:true,migrate:service_completed_successfully:false,queue"));
    container->network_mode = "container:abc123";
    struct spec *spec = resolved(container);
    assert_int_equal(spec->dependency_count, 9);
    static const char label[] = "service.depends_on";
    assert_dependency(spec, 0, "db", DEPENDENCY_REQUIRED, label, false);
    assert_dependency(spec, 1, "redis", DEPENDENCY_OPTIONAL, label, false); /* the label says otherwise */
    assert_dependency(spec, 2, "cache", DEPENDENCY_SOFT, label, false);
    assert_dependency(spec, 3, "peer", DEPENDENCY_CIRCULAR, label, false);
    assert_dependency(spec, 4, "plain", DEPENDENCY_REQUIRED, label, false);
    assert_dependency(spec, 5, "odd", DEPENDENCY_REQUIRED, label, false);
    assert_dependency(spec, 6, "migrate", DEPENDENCY_REQUIRED, "compose", true);
    assert_dependency(spec, 7, "queue", DEPENDENCY_REQUIRED, "compose", false);
    assert_dependency(spec, 8, "container:abc123", DEPENDENCY_REQUIRED, "network_mode", false);
    assert_int_equal(spec->findings.count, 2);
    assert_true(spec->cascade); /* who lives in another's network is cut off when that one restarts */
    spec_free(spec);

    spec = resolve(LABELS("service.dependencies", "a", "com.docker.compose.depends_on", ""));
    assert_int_equal(spec->dependency_count, 1);
    assert_dependency(spec, 0, "a", DEPENDENCY_REQUIRED, "service.dependencies", false);
    spec_free(spec);

    container = built_new("app", LABELS("service.restart.cascade", "false"));
    container->network_mode = "container:abc123";
    spec = resolved(container);
    assert_false(spec->cascade);
    spec_free(spec);
}

static void test_compose_facts(void **state)
{
    (void)state;
    struct spec *spec = resolve(LABELS("com.docker.compose.project", "bot", "com.docker.compose.service",
                                       "rag", "com.docker.compose.container-number", "3"));
    assert_string_equal(spec->compose_project, "bot");
    assert_string_equal(spec->compose_service, "rag");
    assert_int_equal(spec->replica, 3);
    assert_string_equal(source_of(spec, "name"), "com.docker.compose.service");
    spec_free(spec);
    spec = resolve(LABELS("com.docker.swarm.task.name", "web.2.k2w", "com.docker.swarm.task.id", "k2w"));
    assert_int_equal(spec->replica, 2);
    assert_true(spec->orchestrated);
    assert_string_equal(spec->never_heal, "Swarm task");
    assert_null(spec->compose_project);
    spec_free(spec);
    spec = resolve(LABELS("com.docker.swarm.task.name", "web.nodeid.k2w"));
    assert_int_equal(spec->replica, 0);
    spec_free(spec);
}

/* The mission's example, whole. */
static void test_mission_example(void **state)
{
    (void)state;
    struct container *container = built_new(
        "bot-rag-1",
        LABELS("coolify.managed", "true", "coolify.service", "rag-service", "coolify.app", "once-human-bot",
               "coolify.healthcheck.enabled", "true", "coolify.healthcheck.path", "/health",
               "coolify.healthcheck.interval", "30s", "coolify.healthcheck.timeout", "10s",
               "coolify.healthcheck.retries", "3", "coolify.resource.cpu", "1.5", "coolify.resource.memory",
               "512M", "coolify.backup.retention", "7d", "coolify.network", "internal", "coolify.port",
               "5000", "coolify.protocol", "http", "coolify.deployment.max_unavailable", "0",
               "traefik.enable", "false"));
    built_network(container, "once-human-network", "172.20.0.2", 16);
    struct spec *spec = resolved(container);
    assert_string_equal(spec->name, "rag-service");
    assert_int_equal(spec->port, 5000);
    assert_int_equal(spec->check, CHECK_HTTP);
    assert_int_equal(spec->interval_ms, 30000);
    assert_int_equal(spec->timeout_ms, 10000);
    assert_int_equal(spec->restart, RESTART_ON_UNHEALTHY);
    assert_int_equal(spec->findings.count, 0);
    assert_false(spec->coolify);
    assert_string_equal(pairs_get(&spec->metadata, "coolify.resource.cpu"), "1.5");
    assert_int_equal(spec->resource_memory_bytes, 512 << 20);
    assert_string_equal(pairs_get(&spec->metadata, "coolify.network"), "internal");
    assert_string_equal(pairs_get(&spec->metadata, "coolify.deployment.max_unavailable"), "0");
    for (size_t i = 1; i < spec->sources.count; i++)
        assert_true(strcmp(spec->sources.item[i - 1].key, spec->sources.item[i].key) < 0);
    spec_free(spec);
}

/* A container as Coolify deploys a single application. */
static void test_real_coolify(void **state)
{
    (void)state;
    struct container *container = built_new(
        "k9p2m4x7q1w3e5r6t8y0u2i4-102111388303",
        LABELS("caddy_0", "https://app.example.com", "caddy_0.handle_path.0_reverse_proxy",
               "{{upstreams 3000}}", "caddy_ingress_network", "coolify", "com.docker.compose.depends_on", "",
               "com.docker.compose.oneoff", "False", "com.docker.compose.project", "k9p2m4x7q1w3e5r6t8y0u2i4",
               "com.docker.compose.service", "k9p2m4x7q1w3e5r6t8y0u2i4-102111388303", "coolify.applicationId",
               "17", "coolify.environmentName", "production", "coolify.managed", "true", "coolify.name",
               "k9p2m4x7q1w3e5r6t8y0u2i4", "coolify.projectName", "my-first-project", "coolify.pullRequestId",
               "0", "coolify.resourceName", "examplesmain-k9p2m4x7q1w3e5r6t8y0u2i4", "coolify.type",
               "application", "traefik.enable", "true", "traefik.http.routers.http-0-k9.rule",
               "Host(`app.example.com`) && PathPrefix(`/`)",
               "traefik.http.services.https-0-k9.loadbalancer.server.port", "3000"));
    container->has_healthcheck = true;
    container->health_retries = 10;
    built_network(container, "coolify", "10.0.1.12", 24);
    struct spec *spec = resolved(container);
    assert_string_equal(spec->key, "app:17:0");
    assert_string_equal(spec->name, "examplesmain");
    assert_string_equal(spec->project, "my-first-project");
    assert_int_equal(spec->port, 3000);
    assert_string_equal(spec->network, "coolify");
    assert_int_equal(spec->retries, 10);
    assert_int_equal(spec->implicit, CHECK_HTTP);
    assert_int_equal(spec->restart, RESTART_NO);
    assert_true(spec->coolify);
    assert_null(spec->never_heal);
    assert_string_equal(pairs_get(&spec->metadata, "hosts"), "app.example.com");
    assert_int_equal(spec->findings.count, 0);
    spec_free(spec);
}

static void test_registration(void **state)
{
    (void)state;
    static const struct {
        const char *labels[5];
        enum watch_mode watch;
        bool registered;
        const char *why;
    } rows[] = {
        {{NULL}, WATCH_LABELLED, false, "no label asks for it"},
        {{NULL}, WATCH_ALL, true, "WATCH=all"},
        {{"service.name", "a"}, WATCH_LABELLED, true, "service.name"},
        {{"service.unheard", "a"}, WATCH_LABELLED, true, "service.unheard"},
        {{"services.name", "a"}, WATCH_LABELLED, false, "no label asks for it"},
        {{"coolify.managed", "true"}, WATCH_LABELLED, true, "coolify.managed"},
        {{"coolify", "true"}, WATCH_LABELLED, false, "no label asks for it"},
        {{"autoheal", "true"}, WATCH_LABELLED, true, "autoheal"},
        {{"autoheal", "yes"}, WATCH_LABELLED, true, "autoheal"},
        {{"autoheal", "false"}, WATCH_LABELLED, false, "no label asks for it"},
        {{"autoheal.stop.timeout", "20"}, WATCH_LABELLED, false, "no label asks for it"},
        {{"service.ignore", "true"}, WATCH_ALL, false, "service.ignore"},
        {{"service.ignore", "TRUE", "service.name", "a"}, WATCH_LABELLED, false, "service.ignore"},
        {{"service.ignore", "false"}, WATCH_LABELLED, true, "service.ignore"},
        {{"service.ignore", "ture"}, WATCH_LABELLED, true, "service.ignore"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct container *container = built_new("app", rows[i].labels);
        const char *why = NULL;
        bool registered = labels_registered(&container->labels, NULL, "app", rows[i].watch, &why);
        if (registered != rows[i].registered)
            print_error("row %zu\n", i);
        assert_int_equal(registered, rows[i].registered);
        assert_string_equal(why, rows[i].why);
        built_free(container);
    }
}

static void test_overrides_come_first(void **state)
{
    (void)state;
    struct error err;
    struct overrides *overrides = overrides_parse("[shop/web]\n"
                                                  "coolify.port = 7000\n"
                                                  "coolify.service = storefront\n"
                                                  "service.restart = sometimes\n"
                                                  "service.meta.owner = ops\n"
                                                  "coolify.proxy = true\n"
                                                  "[other]\nservice.ignore = true\n",
                                                  &err);
    assert_non_null(overrides);
    struct container *container = built_new(
        "shop-web-1", LABELS("com.docker.compose.project", "shop", "com.docker.compose.service", "web",
                             "service.port", "5000", "service.restart", "always", "service.name", "web"));
    struct options options = built_options();
    struct spec *spec = labels_resolve(container, &options, overrides);
    assert_int_equal(spec->port,
                     7000); /* a lower dialect in the file still beats the container's own labels */
    assert_string_equal(source_of(spec, "port"), "overrides:coolify.port");
    assert_string_equal(spec->name, "storefront");
    assert_string_equal(source_of(spec, "name"), "overrides:coolify.service");
    assert_string_equal(spec->key, "name:shop:web");
    assert_int_equal(spec->restart, RESTART_ALWAYS);
    assert_non_null(
        strstr(finding(spec, "invalid-value"), "Override service.restart has the value \"sometimes\""));
    assert_string_equal(pairs_get(&spec->metadata, "owner"), "ops");
    assert_null(spec->never_heal); /* who is never healed is not the file's to say */
    spec_free(spec);
    built_free(container);

    const char *why;
    container = built_new("shop-web-1",
                          LABELS("com.docker.compose.project", "shop", "com.docker.compose.service", "web"));
    assert_true(labels_registered(&container->labels, overrides, "shop-web-1", WATCH_LABELLED, &why));
    assert_string_equal(why, "overrides");
    assert_false(labels_registered(&container->labels, overrides, "other", WATCH_ALL, &why));
    assert_string_equal(why, "service.ignore");
    built_free(container);
    overrides_free(overrides);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dependencies),    cmocka_unit_test(test_compose_facts),
        cmocka_unit_test(test_mission_example), cmocka_unit_test(test_real_coolify),
        cmocka_unit_test(test_registration),    cmocka_unit_test(test_overrides_come_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
