/* SPDX-License-Identifier: MIT */
/* test_weakness.c: what is allowed and still weak is found, and nothing else; secrets in metadata are not
 * shown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "controller/labels/secret.h"
#include "tests/support/container_builder.h"

static void secrets_are_known_by_their_form(void **state)
{
    (void)state;
    static const struct {
        const char *key, *value;
        bool secret;
    } rows[] = {
        {"db_password", "hunter2", true},
        {"dbPassword", "hunter2", true},
        {"API.TOKEN", "abc", true},
        {"api_key", "abc", true},
        {"stripe-secret", "x", true},
        {"database", "postgres://app:hunter2@db/app", true},
        {"dsn", "Server=db;User=app;Password=hunter2", true},
        {"webhook", "https://example.com/hook?key=abc123", true},
        {"pem", "-----BEGIN RSA PRIVATE KEY----- MIIE", true},
        {"ci", "ghp_0123456789abcdefghijklmnopqrstuvwxyz", true},
        {"cloud", "AKIAIOSFODNN7EXAMPLE", true},
        {"auth", "Bearer 0123456789abcdef", true},
        {"owner", "ops", false},
        {"tokenizer", "bpe", false},
        {"max_tokens", "4096", false},
        {"token_limit", "4096", false},
        {"secret_name", "db-password", false},
        {"password", "", false},
        {"password", "required", false},
        {"password_file", "/run/secrets/db", false},
        {"db_password", "/run/secrets/db", false},
        {"token", "${TOKEN}", false},
        {"partition-key", "user_id", false},
        {"query", "a=b&sort=name", false},
        {"repository", "ssh://git@example.com/app.git", false},
        {"docs", "https://example.com/a:b@c", false},
        {"note", "Basic information about keys", false},
        {"", "", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (secret_likely(rows[i].key, rows[i].value) != rows[i].secret)
            fail_msg("%s=%s should %sbe a secret", rows[i].key, rows[i].value, rows[i].secret ? "" : "not ");
}

static void secrets_are_not_shown(void **state)
{
    (void)state;
    struct spec *spec = resolve(LABELS("service.meta.db_password", "hunter2", "service.meta.owner", "ops",
                                       "coolify.resource.token", "hunter2"));
    assert_int_equal(spec->metadata.count, 1);
    assert_string_equal(pairs_get(&spec->metadata, "owner"), "ops");
    assert_non_null(strstr(finding(spec, "secret-in-metadata"), "looks like a secret"));
    for (size_t i = 0; i < spec->findings.count; i++)
        assert_null(strstr(spec->findings.item[i].sentence, "hunter2"));
    spec_free(spec);
}

static void intervals_below_timeouts(void **state)
{
    (void)state;
    struct spec *spec = resolve(LABELS("service.port", "80", "service.health.timeout", "30s"));
    assert_string_equal(finding(spec, "interval-below-timeout"),
                        "A check may take 30s, but the next is due after 10s: one that hangs delays those "
                        "behind it; make service.health.timeout the shorter one.");
    spec_free(spec);
    /* Nobody said the timeout, nothing is checked by us, or all is well. */
    spec = resolve(LABELS("service.port", "80", "service.health.interval", "1s"));
    assert_null(finding(spec, "interval-below-timeout"));
    spec_free(spec);
    spec = resolve(LABELS("service.health.check", "docker", "service.health.timeout", "30s"));
    assert_null(finding(spec, "interval-below-timeout"));
    spec_free(spec);
    spec = resolve(LABELS("service.port", "80", "service.health.timeout", "10s"));
    assert_null(finding(spec, "interval-below-timeout"));
    spec_free(spec);
    struct container *container = built_new("app", LABELS("service.port", "80"));
    container->has_healthcheck = true;
    container->health_interval_ms = 1000;
    container->health_timeout_ms = 5000;
    spec = resolved(container);
    assert_null(finding(spec, "interval-below-timeout")); /* Docker waits for one before the next */
    spec_free(spec);
}

static void ports_that_nobody_chose(void **state)
{
    (void)state;
    struct container *container = built_new("app", LABELS("service.name", "app"));
    for (int port = 80; port < 85; port++)
        built_expose(container, port);
    struct spec *spec = resolved(container);
    assert_string_equal(finding(spec, "missing-port"),
                        "It exposes several ports (80, 81, 82, 83, …) and no label says at which one it "
                        "serves: add service.port.");
    spec_free(spec);
    const char *const *const quiet[] = {LABELS("service.port", "81"), LABELS("com.example", "x"),
                                        LABELS("service.port.http", "82")};
    for (size_t i = 0; i < 3; i++) {
        container = built_new("app", quiet[i]);
        built_expose(container, 80);
        built_expose(container, 81);
        spec = resolved(container);
        assert_null(finding(spec, "missing-port"));
        spec_free(spec);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(secrets_are_known_by_their_form),
        cmocka_unit_test(secrets_are_not_shown),
        cmocka_unit_test(intervals_below_timeouts),
        cmocka_unit_test(ports_that_nobody_chose),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
