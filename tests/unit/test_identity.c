/* SPDX-License-Identifier: MIT */
/* Tests controller/labels/identity: each row of the tables of keys and of display names, and who is never
 * healed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "controller/core/text.h"
#include "controller/labels/identity.h"
#include "tests/support/container_builder.h"

#define UUID "k9p2m4x7q1w3e5r6t8y0u2i4"
#define SINGLE (UUID "-102111388303")
#define APP "coolify.applicationId", "17", "coolify.name", UUID, "coolify.type", "application"
#define PROJECT "com.docker.compose.project"
#define SERVICE "com.docker.compose.service"

struct row {
    const char *container;
    const char *labels[24];
    const char *key, *name, *source;
};

static const struct row rows[] = {
    /* The kinds, in the contract's order. */
    {"c1",
     {"service.id", "shop", "service.name", "web", "coolify.applicationId", "17"},
     "id:shop",
     "web",
     "service.name"},
    {SINGLE,
     {APP, "coolify.pullRequestId", "0", "coolify.resourceName", ("shop-" UUID), "coolify.serviceName",
      ("shop-" UUID), PROJECT, UUID, SERVICE, SINGLE},
     "app:17:0",
     "shop",
     "coolify.resourceName"},
    {UUID "-20260908T141530",
     {APP, PROJECT, UUID, SERVICE, (UUID "-20260908T141530"), "coolify.resourceName", "shop"},
     "app:17:0",
     "shop",
     "coolify.resourceName"},
    {"0123456789ab_" UUID "-102111388303",
     {APP, PROJECT, UUID, SERVICE, SINGLE, "coolify.resourceName", "shop"},
     "app:17:0",
     "shop",
     "coolify.resourceName"},
    {UUID "-pr-7",
     {APP, "coolify.pullRequestId", "7", "coolify.resourceName", ("shop-" UUID), PROJECT, UUID, SERVICE,
      (UUID "-pr-7")},
     "app:17:7",
     "shop-pr-7",
     "coolify.resourceName"},
    {"web-" UUID "-102111388303",
     {APP, "coolify.resourceName", ("shop-" UUID), "coolify.serviceName", ("shop-" UUID), PROJECT, UUID,
      SERVICE, "web"},
     "app:17:0:web",
     "shop-web",
     "coolify.resourceName"},
    {"web-" UUID "-pr-7",
     {APP, "coolify.pullRequestId", "7", "coolify.resourceName", ("shop-" UUID), PROJECT, UUID, SERVICE,
      "web-pr-7"},
     "app:17:7:web",
     "shop-web-pr-7",
     "coolify.resourceName"},
    /* Raw compose: no name, no number; a container called as its service is still a part. */
    {UUID "-web-1",
     {"coolify.applicationId", "17", PROJECT, UUID, SERVICE, "web"},
     "app:17:0:web",
     "web",
     SERVICE},
    {"web",
     {"coolify.applicationId", "17", "coolify.managed", "true", PROJECT, UUID, SERVICE, "web"},
     "app:17:0:web",
     "web",
     SERVICE},
    {"web", {"coolify.applicationId", "17"}, "app:17:0", "web", "inspect"},
    {("umami-" UUID),
     {"coolify.serviceId", "5", "coolify.resourceName", ("umami-" UUID), "coolify.serviceName", "umami",
      "coolify.service.subName", "umami", "coolify.service.subType", "application", PROJECT, UUID, SERVICE,
      "umami"},
     "svc:5:umami",
     "umami",
     "coolify.service.subName"},
    {"pg-" UUID,
     {"coolify.serviceId", "5", "coolify.resourceName", ("umami-" UUID), PROJECT, UUID, SERVICE,
      "postgresql"},
     "svc:5:postgresql",
     "umami",
     "coolify.resourceName"},
    {UUID,
     {"coolify.databaseId", "3", "coolify.database.subType", "standalone-postgresql", "coolify.resourceName",
      ("postgresql-database-" UUID), PROJECT, UUID, SERVICE, UUID},
     "db:standalone-postgresql:3",
     "postgresql-database",
     "coolify.resourceName"},
    {UUID, {"coolify.databaseId", "3", PROJECT, UUID, SERVICE, UUID}, "db:" UUID ":3", UUID, SERVICE},
    {"web.1.x",
     {"com.docker.swarm.service.id", "q1w2", "service.name", "web"},
     "swarm:q1w2",
     "web",
     "service.name"},
    {"bot-rag-1",
     {"service.name", "rag-service", PROJECT, "bot", SERVICE, "rag"},
     "name:bot:rag-service",
     "rag-service",
     "service.name"},
    {"rag", {"service.name", "rag-service"}, "name:-:rag-service", "rag-service", "service.name"},
    {"bot-rag-1", {PROJECT, "bot", SERVICE, "rag"}, "compose:bot:rag", "rag", SERVICE},
    {"plain", {NULL}, "container:plain", "plain", "inspect"},

    /* The mission's names; a display label never changes identity. */
    {"bot-rag-1",
     {"coolify.service", "rag-service", "coolify.app", "bot", PROJECT, "bot", SERVICE, "rag"},
     "compose:bot:rag",
     "rag-service",
     "coolify.service"},
    {"bot-rag-1",
     {"coolify.app", "bot", PROJECT, "bot", SERVICE, "rag"},
     "compose:bot:rag",
     "bot",
     "coolify.app"},
    /* Exactly coolify.service, never what merely begins so. */
    {"x",
     {"coolify.service.subId", "9", "coolify.serviceName", "umami"},
     "container:x",
     "umami",
     "coolify.serviceName"},

    /* The trailing project goes from generated names, not from chosen ones. */
    {"x", {PROJECT, "shop", SERVICE, "db-shop"}, "compose:shop:db-shop", "db", SERVICE},
    {"x",
     {"service.name", "db-shop", PROJECT, "shop", SERVICE, "db"},
     "name:shop:db-shop",
     "db-shop",
     "service.name"},
    {"x", {PROJECT, "shop", SERVICE, "shop"}, "compose:shop:shop", "shop", SERVICE},
    {"x", {PROJECT, "shop", SERVICE, "-shop"}, "compose:shop:-shop", "-shop", SERVICE},

    /* What is no name is passed over. */
    {"x", {"service.name", "two words", PROJECT, "p", SERVICE, "s"}, "compose:p:s", "s", SERVICE},
    {"x", {"service.name", "", "coolify.service", "rag"}, "container:x", "rag", "coolify.service"},
    {"x",
     {"service.name", "a123456789b123456789c123456789d123456789e123456789f123456789g123"},
     "container:x",
     "x",
     "inspect"},
    {"x", {"service.id", "", "service.name", "a"}, "name:-:a", "a", "service.name"},
    {"x", {"service.id", "two\nlines"}, "container:x", "x", "inspect"},
    {"x", {"coolify.applicationId", "1", "coolify.pullRequestId", "7; rm"}, "app:1:0", "x", "inspect"},
    {"x", {"coolify.applicationId", "1", "coolify.pullRequestId", "00"}, "app:1:0", "x", "inspect"},
    {"x",
     {"service.name", "web-pr-7", "coolify.pullRequestId", "7"},
     "name:-:web-pr-7",
     "web-pr-7",
     "service.name"},
    {"x",
     {"service.name", "a123456789b123456789c123456789d123456789e123456789f123456789g12",
      "coolify.pullRequestId", "7"},
     "name:-:a123456789b123456789c123456789d123456789e123456789f123456789g12",
     "a123456789b123456789c123456789d123456789e123456789f1234567-pr-7",
     "service.name"},
};

static void test_keys_and_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *row = &rows[i];
        struct container *container = built_new(row->container, row->labels);
        const char *source = NULL;
        const char *key = identity_key(&container->arena, &container->labels, container->name);
        const char *name = identity_name(&container->arena, &container->labels, container->name, &source);
        if (strcmp(key, row->key) != 0 || strcmp(name, row->name) != 0 || strcmp(source, row->source) != 0)
            print_error("row %zu: %s %s %s, not %s %s %s\n", i, key, name, source, row->key, row->name,
                        row->source);
        assert_string_equal(key, row->key);
        assert_string_equal(name, row->name);
        assert_string_equal(source, row->source);
        built_free(container);
    }
}

/* A new generation of a single application has another container name and compose service, and the same key.
 */
static void test_rolling_update_is_one_key(void **state)
{
    (void)state;
    static const char *const old_labels[] = {APP, PROJECT, UUID, SERVICE, (UUID "-102111388303"), NULL};
    static const char *const new_labels[] = {APP, PROJECT, UUID, SERVICE, (UUID "-104502119042"), NULL};
    struct container *a = built_new(UUID "-102111388303", old_labels),
                     *b = built_new(UUID "-104502119042", new_labels);
    assert_string_equal(identity_key(&a->arena, &a->labels, a->name),
                        identity_key(&b->arena, &b->labels, b->name));
    built_free(a);
    built_free(b);
}

static void test_plain_name(void **state)
{
    (void)state;
    assert_string_equal(identity_plain_name("0123456789ab_web"), "web");
    assert_string_equal(identity_plain_name("0123456789abc_web"), "0123456789abc_web");
    assert_string_equal(identity_plain_name("0123456789ax_web"), "0123456789ax_web");
    assert_string_equal(identity_plain_name("0123456789ab_"), "0123456789ab_");
    assert_string_equal(identity_plain_name(""), "");
}

static const struct {
    const char *name, *image;
    const char *labels[5];
    const char *why; /* NULL: may be healed */
    bool orchestrated;
} never[] = {
    {"web", "nginx", {NULL}, NULL, false},
    {"coolify", "ghcr.io/coollabsio/coolify:4", {NULL}, "Coolify's own container", false},
    {"coolify-db", "postgres:15-alpine", {NULL}, "Coolify's own container", false},
    {"coolify-sentinel", "x", {"coolify.managed", "true"}, "Coolify's own container", false},
    {"0123456789ab_coolify-redis", "redis", {NULL}, "Coolify's own container", false},
    {"traefik", "traefik:v3.6", {"coolify.proxy", "true"}, "Coolify's own container", false},
    {"traefik", "traefik:v3.6", {"coolify.proxy", "false"}, NULL, false},
    {"mycoolify", "x", {NULL}, NULL, false},
    {"occs8cg0kog80s4gkssg8kcs",
     "docker.io/coollabsio/coolify-helper:1.0.15",
     {NULL},
     "Coolify's helper",
     false},
    {UUID "-proxy", "nginx:stable-alpine", {PROJECT, "proxy"}, "Coolify's database proxy", false},
    {UUID "-proxy", "nginx:stable-alpine", {PROJECT, "shop"}, NULL, false},
    {"my-proxy", "nginx", {PROJECT, "proxy"}, NULL, false},
    {"job", "x", {"com.docker.compose.oneoff", "True"}, "one-off compose container", false},
    {"job", "x", {"com.docker.compose.oneoff", "False"}, NULL, false},
    {"web.1.x", "x", {"com.docker.swarm.task.id", "t1"}, "Swarm task", true},
    {"web.1.x", "x", {"com.docker.swarm.service.id", "s1"}, "Swarm task", true},
    {"k8s_web", "x", {"io.kubernetes.pod.name", "web"}, "Kubernetes container", true},
    {"qw", "quaywatch:dev", {NULL}, "quaywatch itself", false},
    {"qw", "ghcr.io/example/quaywatch@sha256:1", {NULL}, "quaywatch itself", false},
    {"qw", "example/quaywatch-demo", {NULL}, NULL, false},
    {"qw", "busybox", {"quaywatch.controller", "all"}, "quaywatch itself", false},
};

static void test_never_heal(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof never / sizeof *never; i++) {
        struct container *container = built_new(never[i].name, never[i].labels);
        bool orchestrated = !never[i].orchestrated;
        const char *why = identity_never_heal(&container->labels, never[i].name, never[i].image,
                                              &orchestrated);
        if (never[i].why)
            assert_string_equal(why, never[i].why);
        else
            assert_null(why);
        assert_int_equal(orchestrated, never[i].orchestrated);
        built_free(container);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys_and_names),
        cmocka_unit_test(test_rolling_update_is_one_key),
        cmocka_unit_test(test_plain_name),
        cmocka_unit_test(test_never_heal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
