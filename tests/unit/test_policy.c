/* SPDX-License-Identifier: MIT */
/* Tests which check runs, who may be restarted by default, and who is a database. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/container_builder.h"

static const struct {
    const char *labels[9];
    bool healthcheck;
    int port; /* exposed */
    enum check_kind check;
    const char *source; /* NULL: no label asked */
    bool disabled;
    enum check_kind implicit;
    bool finding; /* incomplete-check */
} checks[] = {
    /* Nothing asked: what is there. */
    {{NULL}, false, 0, CHECK_NONE, NULL, false, CHECK_NONE, false},
    {{NULL}, true, 0, CHECK_NONE, NULL, false, CHECK_NONE, false},
    {{NULL}, true, 3000, CHECK_NONE, NULL, false, CHECK_HTTP, false},
    {{"service.protocol", "https"}, false, 443, CHECK_NONE, NULL, false, CHECK_HTTP, false},
    {{"service.protocol", "grpc"}, false, 50051, CHECK_NONE, NULL, false, CHECK_TCP, false},
    {{NULL}, false, 5432, CHECK_NONE, NULL, false, CHECK_TCP, false},
    /* Values that tune a check ask for none. */
    {{"service.health.interval", "5s", "service.health.retries", "2"},
     true,
     80,
     CHECK_NONE,
     NULL,
     false,
     CHECK_HTTP,
     false},
    {{"coolify.healthcheck.interval", "5s"}, false, 80, CHECK_NONE, NULL, false, CHECK_HTTP, false},
    /* By word. */
    {{"service.health.check", "http"},
     true,
     80,
     CHECK_HTTP,
     "service.health.check",
     false,
     CHECK_NONE,
     false},
    {{"service.health.check", "TCP"}, false, 80, CHECK_TCP, "service.health.check", false, CHECK_NONE, false},
    {{"service.health.check", "docker"},
     true,
     80,
     CHECK_DOCKER,
     "service.health.check",
     false,
     CHECK_NONE,
     false},
    {{"service.health.check", "docker"},
     false,
     80,
     CHECK_DOCKER,
     "service.health.check",
     false,
     CHECK_NONE,
     false},
    {{"service.health.check", "none", "service.health.path", "/x"},
     true,
     80,
     CHECK_NONE,
     "service.health.check",
     true,
     CHECK_NONE,
     false},
    {{"service.health.check", "command", "service.health.command", "true"},
     false,
     0,
     CHECK_COMMAND,
     "service.health.check",
     false,
     CHECK_NONE,
     false},
    {{"service.health.check", "command"}, false, 80, CHECK_NONE, NULL, false, CHECK_HTTP, true},
    {{"service.health.check", "file"}, false, 0, CHECK_NONE, NULL, false, CHECK_NONE, true},
    {{"service.health.check", "systemd", "service.health.unit", "a.service"},
     false,
     0,
     CHECK_SYSTEMD,
     "service.health.check",
     false,
     CHECK_NONE,
     false},
    {{"service.health.check", "http"}, true, 0, CHECK_NONE, NULL, false, CHECK_NONE, true},
    {{"service.health.check", "http", "service.health.port", "81"},
     true,
     0,
     CHECK_HTTP,
     "service.health.check",
     false,
     CHECK_NONE,
     false},
    {{"service.health.check", "htpp", "coolify.healthcheck.enabled", "true"},
     false,
     80,
     CHECK_HTTP,
     "coolify.healthcheck.enabled",
     false,
     CHECK_NONE,
     false},
    /* By detail. */
    {{"service.health.path", "/up"}, true, 80, CHECK_HTTP, "service.health.path", false, CHECK_NONE, false},
    {{"service.health.status", "204"},
     false,
     80,
     CHECK_HTTP,
     "service.health.status",
     false,
     CHECK_NONE,
     false},
    {{"service.health.header.X-Key", "s"},
     false,
     80,
     CHECK_HTTP,
     "service.health.header.X-Key",
     false,
     CHECK_NONE,
     false},
    {{"service.health.command", "true"},
     false,
     80,
     CHECK_COMMAND,
     "service.health.command",
     false,
     CHECK_NONE,
     false},
    {{"service.health.port", "81"}, false, 80, CHECK_HTTP, "service.health.port", false, CHECK_NONE, false},
    {{"service.health.port", "81"}, false, 5432, CHECK_TCP, "service.health.port", false, CHECK_NONE, false},
    /* Coolify's and autoheal's. */
    {{"coolify.healthcheck.enabled", "true"},
     true,
     80,
     CHECK_HTTP,
     "coolify.healthcheck.enabled",
     false,
     CHECK_NONE,
     false},
    {{"coolify.healthcheck.enabled", "true"},
     true,
     6379,
     CHECK_TCP,
     "coolify.healthcheck.enabled",
     false,
     CHECK_NONE,
     false},
    {{"coolify.healthcheck.enabled", "true", "coolify.healthcheck.path", "/health"},
     true,
     0,
     CHECK_NONE,
     NULL,
     false,
     CHECK_NONE,
     true},
    {{"coolify.healthcheck.enabled", "false", "coolify.healthcheck.path", "/x"},
     true,
     80,
     CHECK_NONE,
     "coolify.healthcheck.enabled",
     true,
     CHECK_NONE,
     false},
    {{"coolify.healthcheck.enabled", "false", "service.health.path", "/x"},
     true,
     80,
     CHECK_HTTP,
     "service.health.path",
     false,
     CHECK_NONE,
     false},
    {{"coolify.healthcheck.path", "/x"},
     false,
     80,
     CHECK_HTTP,
     "coolify.healthcheck.path",
     false,
     CHECK_NONE,
     false},
    {{"coolify.healthcheck", "/x"}, false, 80, CHECK_HTTP, "coolify.healthcheck", false, CHECK_NONE, false},
    {{"coolify.healthcheck", "false"}, false, 80, CHECK_NONE, "coolify.healthcheck", true, CHECK_NONE, false},
    {{"autoheal", "true"}, true, 80, CHECK_DOCKER, "autoheal", false, CHECK_NONE, false},
    {{"autoheal", "false"}, true, 80, CHECK_NONE, NULL, false, CHECK_HTTP, false},
    {{"autoheal", "true", "service.health.path", "/x"},
     true,
     80,
     CHECK_HTTP,
     "service.health.path",
     false,
     CHECK_NONE,
     false},
};

static void test_which_check(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
        struct container *container = built_new("app", checks[i].labels);
        container->has_healthcheck = checks[i].healthcheck;
        if (checks[i].port)
            built_expose(container, checks[i].port);
        struct spec *spec = resolved(container);
        const char *source = pairs_get(&spec->sources, "health.check");
        bool finds = finding(spec, "incomplete-check") != NULL;
        if (spec->check != checks[i].check || spec->implicit != checks[i].implicit ||
            finds != checks[i].finding || spec->check_disabled != checks[i].disabled)
            print_error("row %zu: %s, implicit %s, by %s\n", i, check_name[spec->check],
                        check_name[spec->implicit], source ? source : "-");
        assert_int_equal(spec->check, checks[i].check);
        assert_int_equal(spec->check_explicit, checks[i].source != NULL);
        assert_int_equal(spec->implicit, checks[i].implicit);
        assert_int_equal(spec->check_disabled, checks[i].disabled);
        assert_int_equal(finds, checks[i].finding);
        if (checks[i].source)
            assert_string_equal(source, checks[i].source);
        else
            assert_null(source);
        spec_free(spec);
    }
}

static void test_checks_off_by_setting(void **state)
{
    (void)state;
    struct options options = built_options();
    options.check_enabled = false;
    struct container *container = built_new("app", LABELS("service.port", "80"));
    struct spec *spec = labels_resolve(container, &options, NULL);
    assert_true(spec->check_disabled);
    assert_int_equal(spec->implicit, CHECK_NONE);
    spec_free(spec);
    built_free(container);
    container = built_new("app", LABELS("service.port", "80", "service.health.check", "http"));
    spec = labels_resolve(container, &options, NULL);
    assert_false(spec->check_disabled);
    assert_int_equal(spec->check, CHECK_HTTP);
    spec_free(spec);
    built_free(container);
}

static const struct {
    const char *labels[7];
    const char *image;
    enum restart_default restart, coolify;
    enum restart_policy policy;
} policies[] = {
    {{NULL}, "app", RESTART_DEFAULT_AUTO, RESTART_DEFAULT_AUTO, RESTART_NO},
    {{"service.port", "80"}, "app", RESTART_DEFAULT_AUTO, RESTART_DEFAULT_AUTO, RESTART_ON_UNHEALTHY},
    {{"coolify.service", "rag"}, "app", RESTART_DEFAULT_AUTO, RESTART_DEFAULT_AUTO, RESTART_ON_UNHEALTHY},
    {{"coolify.app", "bot"}, "app", RESTART_DEFAULT_AUTO, RESTART_DEFAULT_AUTO, RESTART_ON_UNHEALTHY},
    {{"coolify.healthcheck.path", "/x"},
     "app",
     RESTART_DEFAULT_AUTO,
     RESTART_DEFAULT_AUTO,
     RESTART_ON_UNHEALTHY},
    {{"coolify.managed", "true", "coolify.port", "80"},
     "app",
     RESTART_DEFAULT_AUTO,
     RESTART_DEFAULT_AUTO,
     RESTART_NO},
    {{"coolify.applicationId", "17"}, "app", RESTART_DEFAULT_AUTO, RESTART_DEFAULT_AUTO, RESTART_NO},
    {{"coolify.applicationId", "17", "coolify.service", "x"},
     "app",
     RESTART_DEFAULT_AUTO,
     RESTART_DEFAULT_AUTO,
     RESTART_NO},
    {{"coolify.applicationId", "17", "service.port", "80"},
     "app",
     RESTART_DEFAULT_AUTO,
     RESTART_DEFAULT_AUTO,
     RESTART_ON_UNHEALTHY},
    {{"coolify.applicationId", "17", "service.port", "80"},
     "app",
     RESTART_DEFAULT_AUTO,
     RESTART_DEFAULT_NO,
     RESTART_ON_UNHEALTHY},
    {{"coolify.applicationId", "17", "service.restart", "always"},
     "app",
     RESTART_DEFAULT_AUTO,
     RESTART_DEFAULT_NO,
     RESTART_ALWAYS},
    {{"coolify.applicationId", "17"}, "app", RESTART_DEFAULT_ALWAYS, RESTART_DEFAULT_AUTO, RESTART_NO},
    {{"coolify.applicationId", "17"},
     "app",
     RESTART_DEFAULT_AUTO,
     RESTART_DEFAULT_ON_UNHEALTHY,
     RESTART_ON_UNHEALTHY},
    {{"coolify.databaseId", "3"}, "app", RESTART_DEFAULT_AUTO, RESTART_DEFAULT_AUTO, RESTART_NO},
    {{"service.name", "db"}, "postgres:16-alpine", RESTART_DEFAULT_AUTO, RESTART_DEFAULT_AUTO, RESTART_NO},
    {{"service.name", "db", "service.port", "6379"},
     "app",
     RESTART_DEFAULT_AUTO,
     RESTART_DEFAULT_AUTO,
     RESTART_NO},
    {{"service.name", "db", "service.restart", "on-failure"},
     "mysql",
     RESTART_DEFAULT_AUTO,
     RESTART_DEFAULT_AUTO,
     RESTART_ON_FAILURE},
    {{"autoheal", "true"}, "postgres", RESTART_DEFAULT_AUTO, RESTART_DEFAULT_AUTO, RESTART_ON_UNHEALTHY},
    {{"service.name", "a"}, "app", RESTART_DEFAULT_NO, RESTART_DEFAULT_AUTO, RESTART_NO},
    {{NULL}, "app", RESTART_DEFAULT_ON_FAILURE, RESTART_DEFAULT_AUTO, RESTART_ON_FAILURE},
};

static void test_restart_defaults(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof policies / sizeof *policies; i++) {
        struct options options = built_options();
        options.restart_default = policies[i].restart;
        options.coolify_restart = policies[i].coolify;
        struct container *container = built_new("app", policies[i].labels);
        container->image = policies[i].image;
        struct spec *spec = labels_resolve(container, &options, NULL);
        if (spec->restart != policies[i].policy)
            print_error("row %zu: %s\n", i, restart_policy_name[spec->restart]);
        assert_int_equal(spec->restart, policies[i].policy);
        spec_free(spec);
        built_free(container);
    }
}

static void test_databases(void **state)
{
    (void)state;
    static const struct {
        const char *image;
        int port;
        bool database;
        enum protocol protocol;
    } rows[] = {
        {"postgres", 0, true, PROTOCOL_TCP},
        {"docker.io/library/postgres:16@sha256:abc", 0, true, PROTOCOL_TCP},
        {"localhost:5000/redis:7", 0, true, PROTOCOL_TCP},
        {"localhost:5000/team/redis", 0, true, PROTOCOL_TCP},
        {"redis-commander", 0, false, PROTOCOL_HTTP},
        {"my/notpostgres", 0, false, PROTOCOL_HTTP},
        {"postgres/tools:1", 0, false, PROTOCOL_HTTP},
        {"mcr.microsoft.com/mssql/server:2022", 0, true, PROTOCOL_TCP},
        {"elasticsearch:8", 0, true, PROTOCOL_HTTP},
        {"", 0, false, PROTOCOL_HTTP},
        {"app", 27017, true, PROTOCOL_TCP},
        {"app", 9000, false, PROTOCOL_HTTP},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct container *container = built_new("app", NULL);
        container->image = rows[i].image;
        if (rows[i].port)
            built_expose(container, rows[i].port);
        struct spec *spec = resolved(container);
        if (spec->database != rows[i].database)
            print_error("row %zu: %s\n", i, rows[i].image);
        assert_int_equal(spec->database, rows[i].database);
        assert_int_equal(spec->protocol, rows[i].protocol);
        spec_free(spec);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_which_check),
        cmocka_unit_test(test_checks_off_by_setting),
        cmocka_unit_test(test_restart_defaults),
        cmocka_unit_test(test_databases),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
