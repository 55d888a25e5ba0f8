/* SPDX-License-Identifier: MIT */
/* test_options.c: where a setting comes from, what it may be, and the sentence when it is wrong. Runs in a
 * folder of its own, because ./.env is read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <json-c/json.h>
#include <errno.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "controller/core/error.h"
#include "controller/settings/options.h"
#include "tests/support/environment.h"

enum { WORDS = 12 };

/* Reads with this environment and these arguments (NULL-terminated, without argv[0]); the rest joined with
 * blanks. */
static int read_with(struct options *options, const char *const *env, const char *const *args, char rest[256],
                     struct error *err)
{
    char copy[WORDS][64] = {"quaywatch"}, *argv[WORDS + 1] = {copy[0]};
    int argc = 1;
    for (; args && args[argc - 1]; argc++) {
        snprintf(copy[argc], sizeof copy[argc], "%s", args[argc - 1]);
        argv[argc] = copy[argc];
    }
    environment = env;
    int rc = options_read(options, &argc, argv, environment_get, err);
    size_t used = 0;
    rest[0] = '\0';
    for (int i = 1; i < argc; i++)
        used += (size_t)snprintf(rest + used, 256 - used, "%s%s", i > 1 ? " " : "", argv[i]);
    assert_null(argv[argc]);
    return rc;
}

static void test_defaults(void **state)
{
    (void)state;
    struct options o;
    struct error err = {0};
    char rest[256];
    if (read_with(&o, NULL, NULL, rest, &err))
        fail_msg("%s", err.text);
    assert_string_equal(o.listen, "0.0.0.0:8080");
    assert_null(o.docker_host);
    assert_null(o.docker_cert_path);
    assert_string_equal(o.status_file, "");
    assert_string_equal(o.auth_token, "");
    assert_string_equal(o.config, "");
    assert_int_equal(o.watch, WATCH_LABELLED);
    assert_int_equal(o.scope, SCOPE_ALL);
    assert_int_equal(o.log_level, LOG_LEVEL_INFO);
    assert_string_equal(o.log_format, "");
    assert_false(o.dry_run);
    assert_true(o.check_enabled && o.breaker_enabled && o.metrics_enabled && o.discovery_enabled);
    assert_int_equal(o.check_interval_ms, 10000);
    assert_int_equal(o.check_timeout_ms, 5000);
    assert_string_equal(o.check_path, "/health");
    assert_int_equal(o.check_retries, 3);
    assert_int_equal(o.breaker_failures, 5);
    assert_int_equal(o.breaker_successes, 3);
    assert_int_equal(o.breaker_recovery_ms, 60000);
    assert_int_equal(o.breaker_window_ms, 300000);
    assert_int_equal(o.restart_default, RESTART_DEFAULT_AUTO);
    assert_int_equal(o.coolify_restart, RESTART_DEFAULT_NO);
    assert_int_equal(o.settle_ms, 30000);
    assert_int_equal(o.deploy_settle_ms, 60000);
    assert_int_equal(o.resync_ms, 60000);
    assert_int_equal(o.dependency_timeout_ms, 60000);
    assert_int_equal(o.graceful_shutdown_ms, 30000);
    assert_int_equal(o.discovery_timeout_ms, 5000);
    assert_int_equal(o.discovery_retries, 3);
    assert_string_equal(o.metrics_prefix, "quaywatch");
    assert_string_equal(o.load_balancing, "health_based");
    assert_string_equal(o.external_networks, "");
    assert_int_equal(o.notices.count, 0);
    options_free(&o);
    options_free(NULL);
}

#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})

/* Which source gives the check interval. */
static void test_precedence(void **state)
{
    (void)state;
    static const struct {
        const char *args[3], *env[7], *file;
        int64_t interval_ms;
    } row[] = {
        {.interval_ms = 10000},
        {.file = "HEALTH_CHECK_INTERVAL=1s", .interval_ms = 1000},
        {.file = "HEALTH_CHECK_INTERVAL=1s\nQUAYWATCH_HEALTH_CHECK_INTERVAL=2s", .interval_ms = 2000},
        {.file = "QUAYWATCH_HEALTH_CHECK_INTERVAL=2s\nQUAYWATCH_HEALTH_CHECK_INTERVAL=3s",
         .interval_ms = 3000},
        {.env = {"HEALTH_CHECK_INTERVAL", "4s"},
         .file = "QUAYWATCH_HEALTH_CHECK_INTERVAL=2s",
         .interval_ms = 4000},
        {.env = {"HEALTH_CHECK_INTERVAL", "4s", "QUAYWATCH_HEALTH_CHECK_INTERVAL", "5s"},
         .interval_ms = 5000},
        {.env = {"HEALTH_CHECK_INTERVAL", "30000"}, .interval_ms = 30000},
        {.env = {"QUAYWATCH_HEALTH_CHECK_INTERVAL", ""},
         .file = "HEALTH_CHECK_INTERVAL=1s",
         .interval_ms = 1000},
        {.args = {"--health-check-interval=6s"},
         .env = {"QUAYWATCH_HEALTH_CHECK_INTERVAL", "5s"},
         .interval_ms = 6000},
        {.args = {"--health-check-interval", "7s"}, .file = "HEALTH_CHECK_INTERVAL=1s", .interval_ms = 7000},
        {.args = {"--health-check-interval=1s", "--health-check-interval=8s"}, .interval_ms = 8000},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        struct options o;
        struct error err = {0};
        char rest[256];
        const char *env[9];
        memcpy(env, row[i].env, sizeof row[i].env);
        size_t end = 0;
        while (env[end])
            end++;
        env[end] = row[i].file ? "QUAYWATCH_CONFIG" : NULL;
        env[end + 1] = "settings";
        env[end + 2] = NULL;
        if (row[i].file)
            write_file("settings", row[i].file);
        if (read_with(&o, env, row[i].args, rest, &err))
            fail_msg("row %zu: %s", i, err.text);
        assert_int_equal(o.check_interval_ms, row[i].interval_ms);
        assert_string_equal(rest, "");
        options_free(&o);
    }
}

static void test_names(void **state)
{
    (void)state;
    struct options o;
    struct error err = {0};
    char rest[256];
    const char *const *env = LIST("CIRCUIT_BREAKER_THRESHOLD", "7", "CIRCUIT_BREAKER_RESET_TIMEOUT", "300000",
                                  "SERVICE_AUTH_TOKEN", "t0", "DOCKER_HOST", "tcp://10.0.0.1:2375",
                                  "LOG_LEVEL", "DEBUG", "LOAD_BALANCING_STRATEGY", "round_robin",
                                  /* not ours without their prefix: */
                                  "NETWORK", "x", "LISTEN", "x", "DRY_RUN", "true", "AUTH_TOKEN", "x",
                                  "SERVICE_NAME", "x", "SERVICE_PORT", "x");
    if (read_with(&o, env, NULL, rest, &err))
        fail_msg("%s", err.text);
    assert_int_equal(o.breaker_failures, 7);
    assert_int_equal(o.breaker_recovery_ms, 300000);
    assert_string_equal(o.auth_token, "t0");
    assert_string_equal(o.docker_host, "tcp://10.0.0.1:2375");
    assert_int_equal(o.log_level, LOG_LEVEL_DEBUG);
    assert_string_equal(o.load_balancing, "round_robin");
    assert_string_equal(o.network, "");
    assert_string_equal(o.listen, "0.0.0.0:8080");
    assert_false(o.dry_run);
    assert_int_equal(o.notices.count, 0);
    options_free(&o);
}

static void test_arguments(void **state)
{
    (void)state;
    static const struct {
        const char *args[8], *rest, *error;
    } row[] = {
        {{"status", "rag", "--json"}, "status rag --json", NULL},
        {{"--listen", ":1", "run", "--dry-run"}, "run", NULL},
        {{"export", "env", "-o", "file", "--log-level=warn"}, "export env -o file", NULL},
        {{"export", "env", "--prefix", "A_", "--tag=x"}, "export env --prefix A_ --tag=x", NULL},
        {{"graph", "--dot", "--watch=ALL"}, "graph --dot", NULL},
        {{"--help"}, "--help", NULL},
        {{"restart", "--", "--listen", "x"}, "restart --listen x", NULL},
        {{"--dry-run", "run"}, "run", NULL},
        {{"--dry-run=no"}, "", NULL},
        {{"--lisen=:1"}, NULL, "--lisen is unknown; did you mean --listen?"},
        {{"--versoin"}, NULL, "--versoin is unknown; did you mean --version?"},
        {{"--something-else"}, NULL, "--something-else is unknown; --help lists the settings"},
        {{"--listen"}, NULL, "--listen needs a value"},
        {{"--listen", "--dry-run"}, NULL, "--listen needs a value"},
        {{"--listen="}, NULL, "--listen needs a value"},
        {{"--listen=8080"},
         NULL,
         "--listen is \"8080\"; allowed is address:port, such as 0.0.0.0:8080, [::]:8080 or :8080"},
        {{"--dry-run=maybe"}, NULL, "--dry-run is \"maybe\"; allowed is true or false"},
        {{"--health-check-retries=0"},
         NULL,
         "--health-check-retries is \"0\"; allowed is a whole number from 1 to 100"},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        struct options o;
        struct error err = {0};
        char rest[256];
        int rc = read_with(&o, NULL, row[i].args, rest, &err);
        if (row[i].error) {
            assert_true(rc < 0);
            assert_string_equal(err.text, row[i].error);
        } else {
            assert_int_equal(rc, 0);
            assert_string_equal(rest, row[i].rest);
            options_free(&o);
        }
    }
}

struct value {
    const char *key, *value;
    bool good;
};

static void check_values(const struct value *row, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct options o;
        struct error err = {0};
        char rest[256];
        int rc = read_with(&o, LIST(row[i].key, row[i].value), NULL, rest, &err);
        if ((rc == 0) != row[i].good)
            fail_msg("%s=%s: %s", row[i].key, row[i].value, rc ? err.text : "taken");
        if (rc == 0) {
            options_free(&o);
            continue;
        }
        char start[128];
        snprintf(start, sizeof start, "%s in the environment is \"%s\"; allowed is ", row[i].key,
                 row[i].value);
        assert_memory_equal(err.text, start, strlen(start));
        assert_null(o.arena.chunk);
    }
}

/* What is refused is shown, but not the password in it. */
static void test_passwords_in_refused_urls_are_not_shown(void **state)
{
    (void)state;
    struct options o;
    struct error err = {0};
    char rest[256];
    assert_true(read_with(&o, LIST("QUAYWATCH_ETCD", "http://quay:geheim@etcd:2379/?x"), NULL, rest, &err) <
                0);
    assert_non_null(strstr(err.text, "is \"http://etcd:2379/\"; allowed is"));
    assert_null(strstr(err.text, "geheim"));
}

/* Each kind of value, right and wrong. */
static void test_values(void **state)
{
    (void)state;
    static const struct value row[] = {
        {"QUAYWATCH_LISTEN", ":0", true},
        {"QUAYWATCH_LISTEN", "[::1]:8080", true},
        {"QUAYWATCH_LISTEN", "localhost:8080", true},
        {"QUAYWATCH_LISTEN", "0.0.0.0:65536", false},
        {"QUAYWATCH_LISTEN", "[::1:8080", false},
        {"QUAYWATCH_LISTEN", "::1:8080", false},
        {"QUAYWATCH_LISTEN", "[]:8080", false},
        {"QUAYWATCH_LISTEN", "0.0.0.0:", false},
        {"DOCKER_HOST", "unix:///run/docker.sock", true},
        {"DOCKER_HOST", "unix://run/docker.sock", false},
        {"DOCKER_HOST", "ssh://host", false},
        {"DOCKER_API_VERSION", "1.41", true},
        {"DOCKER_API_VERSION", "v1.41", false},
        {"DOCKER_API_VERSION", "1.41x", false},
        {"HEALTH_CHECK_TIMEOUT", "100ms", true},
        {"HEALTH_CHECK_TIMEOUT", "99", false},
        {"HEALTH_CHECK_TIMEOUT", "-1s", false},
        {"HEALTH_CHECK_TIMEOUT", "31d", false},
        {"HEALTH_CHECK_PATH", "/status?deep=1", true},
        {"HEALTH_CHECK_PATH", "status", false},
        {"HEALTH_CHECK_PATH", "/a b", false},
        {"QUAYWATCH_SETTLE", "0", true},
        {"QUAYWATCH_WATCH", "all", true},
        {"QUAYWATCH_WATCH", "some", false},
        {"QUAYWATCH_RESTART_DEFAULT", "on-failure", true},
        {"QUAYWATCH_RESTART_DEFAULT", "sometimes", false},
        {"QUAYWATCH_ALLOWED_NETWORKS", "10.0.0.0/8, fd00::/8", true},
        {"QUAYWATCH_ALLOWED_NETWORKS", "10.0.0.0/8, *", false},
        {"QUAYWATCH_EXTERNAL_NETWORKS", "10.0.0.0/33", false},
        {"QUAYWATCH_METRICS_PREFIX", "quay_2", true},
        {"QUAYWATCH_METRICS_PREFIX", "2quay", false},
        {"QUAYWATCH_METRICS_PREFIX", "quay-watch", false},
        {"SERVICE_DISCOVERY_BACKOFF", "exponential", true},
        {"SERVICE_DISCOVERY_BACKOFF", "fibonacci", false},
        {"LOAD_BALANCING_STRATEGY", "best", false},
        {"CIRCUIT_BREAKER_FAILURE_THRESHOLD", "five", false},
        {"RETRY_MAX_ATTEMPTS", "0", false},
        {"INTERNAL_NETWORK_ONLY", "ture", false},
        {"RETRY_BASE_DELAY", "soon", false},
    };
    check_values(row, sizeof row / sizeof *row);
}

static void test_hosts_and_origins(void **state)
{
    (void)state;
    static const struct value row[] = {
        {"QUAYWATCH_TRUSTED_PROXY", "127.0.0.1, 10.0.0.0/8, fd00::/8", true},
        {"QUAYWATCH_TRUSTED_PROXY", "traefik", false},
        {"QUAYWATCH_ALLOWED_HOSTS", "quay.example.com, *.lan,quaywatch", true},
        {"QUAYWATCH_ALLOWED_HOSTS", "*", false},
        {"QUAYWATCH_ALLOWED_HOSTS", "https://quay.example.com", false},
        {"QUAYWATCH_CORS_ORIGINS", "*", true},
        {"QUAYWATCH_CORS_ORIGINS", "https://a.example:8443, http://[::1]:80,http://b.example", true},
        {"QUAYWATCH_CORS_ORIGINS", "https://a.example/", false},
        {"QUAYWATCH_CORS_ORIGINS", "a.example", false},
        {"QUAYWATCH_CORS_ORIGINS", "https://*.example", false},
        {"QUAYWATCH_CORS_ORIGINS", "http://[::1", false},
        {"QUAYWATCH_CORS_ORIGINS", "http://", false},
    };
    check_values(row, sizeof row / sizeof *row);
}

static void test_secrets(void **state)
{
    (void)state;
    struct options o;
    struct error err = {0};
    char rest[256];
    write_file("token", "  s3cret\n");
    write_file("empty", "\n");
    assert_int_equal(read_with(&o, LIST("QUAYWATCH_AUTH_TOKEN_FILE", "token"), NULL, rest, &err), 0);
    assert_string_equal(o.auth_token, "s3cret");
    options_free(&o);
    assert_int_equal(
        read_with(&o, LIST("SERVICE_AUTH_TOKEN_FILE", "token"), LIST("--read-token-file=token"), rest, &err),
        0);
    assert_string_equal(o.auth_token, "s3cret");
    assert_string_equal(o.read_token, "s3cret");
    options_free(&o);
    assert_int_equal(read_with(&o, LIST("QUAYWATCH_AUTH_TOKEN", "near", "QUAYWATCH_AUTH_TOKEN_FILE", "none"),
                               NULL, rest, &err),
                     0);
    assert_string_equal(o.auth_token, "near");
    options_free(&o);
    /* Switched off by an empty argument. */
    assert_int_equal(read_with(&o, LIST("QUAYWATCH_AUTH_TOKEN", "near"), LIST("--auth-token="), rest, &err),
                     0);
    assert_string_equal(o.auth_token, "");
    options_free(&o);

    assert_true(read_with(&o, LIST("QUAYWATCH_AUTH_TOKEN_FILE", "none"), NULL, rest, &err) < 0);
    assert_string_equal(err.text,
                        "QUAYWATCH_AUTH_TOKEN_FILE in the environment: cannot read none: No such file or "
                        "directory");
    assert_true(read_with(&o, LIST("QUAYWATCH_AUTH_TOKEN_FILE", "empty"), NULL, rest, &err) < 0);
    assert_non_null(strstr(err.text, "which is empty"));
    /* The value itself is never shown. */
    assert_true(read_with(&o, LIST("SERVICE_AUTH_TOKEN", "se cret"), NULL, rest, &err) < 0);
    assert_null(strstr(err.text, "cret"));
    /* Only secrets have files. */
    assert_true(read_with(&o, NULL, LIST("--listen-file=token"), rest, &err) < 0);
}

/* A webhook's URL often holds a token: it is not in the sentence. */
static void test_webhook(void **state)
{
    (void)state;
    static const char *const good[] = {"http://hook/", "https://user:word@hook.example:8443/a?token=b"};
    static const char *const bad[] = {"ftp://secret/", "hook.example/secret", "http://", "http:///secret",
                                      "http://hook/ secret"};
    struct options o;
    struct error err = {0};
    char rest[256];
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_int_equal(read_with(&o, LIST("QUAYWATCH_ON_FAILED_WEBHOOK", good[i]), NULL, rest, &err), 0);
        assert_string_equal(o.on_failed_webhook, good[i]);
        options_free(&o);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(read_with(&o, LIST("QUAYWATCH_ON_FAILED_WEBHOOK", bad[i]), NULL, rest, &err),
                         -EINVAL);
        assert_non_null(strstr(err.text, "ON_FAILED_WEBHOOK"));
        assert_non_null(strstr(err.text, "allowed is a URL"));
        assert_null(strstr(err.text, "secret"));
    }
    write_file("hook", "http://hook/token\n");
    assert_int_equal(read_with(&o, LIST("QUAYWATCH_ON_FAILED_WEBHOOK_FILE", "hook"), NULL, rest, &err), 0);
    assert_string_equal(o.on_failed_webhook, "http://hook/token");
    assert_true(o.retry_enabled);
    assert_int_equal(o.retry_attempts, 3);
    assert_int_equal(o.retry_base_ms, 1000);
    assert_int_equal(o.retry_max_ms, 30000);
    options_free(&o);
}

/* What the channels for alerts are set to. */
static void test_alert_values(void **state)
{
    (void)state;
    static const struct {
        const char *key, *value;
        bool good;
    } row[] = {
        {"ALERT_SLACK", "https://hooks.slack.com/services/T/B/x", true},
        {"ALERT_SLACK", "hooks.slack.com/secret", false},
        {"ALERT_DISCORD", "https://@/secret", false},
        {"ALERT_WEBHOOK", "http://:80/secret", false},
        {"ALERT_NTFY", "https://ntfy.sh/my-topic_1", true},
        {"ALERT_NTFY", "https://ntfy.sh/", false},
        {"ALERT_NTFY", "https://ntfy.sh", false},
        {"ALERT_NTFY", "https://ntfy.sh/secret?x=1", false},
        {"ALERT_HEALTHCHECKS", "https://hc-ping.com/secret\r\nX: y", false},
        {"ALERT_HEALTHCHECKS_INTERVAL", "30s", true},
        {"ALERT_HEALTHCHECKS_INTERVAL", "10", false},
        {"ALERT_EMAIL_TLS", "Required", true},
        {"ALERT_EMAIL_TLS", "maybe", false},
        {"ALERT_EMAIL_FROM", "watch@example.org", true},
        {"ALERT_EMAIL_FROM", "Quay Wätch <watch@example.org>", true},
        {"ALERT_EMAIL_FROM", "Quay <watch@example.org> x", false},
        {"ALERT_EMAIL_FROM", "Quay\nBcc: x <watch@example.org>", false},
        {"ALERT_EMAIL_FROM", "watch", false},
        {"ALERT_EMAIL_FROM", "@example.org", false},
        {"ALERT_EMAIL_FROM", "a@b@c", false},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        struct options o;
        struct error err = {0};
        char rest[256], key[64];
        snprintf(key, sizeof key, "QUAYWATCH_%s", row[i].key);
        int rc = read_with(&o, LIST(key, row[i].value), NULL, rest, &err);
        if (rc != (row[i].good ? 0 : -EINVAL))
            fail_msg("%s=%s: %s", row[i].key, row[i].value, err.text);
        if (row[i].good) {
            options_free(&o);
            continue;
        }
        assert_non_null(strstr(err.text, row[i].key));
        assert_non_null(strstr(err.text, "allowed is"));
        assert_null(strstr(err.text, "secret"));
    }
}

/* Some of them are nothing without another one. */
static void test_alert_pairs(void **state)
{
    (void)state;
    struct options o;
    struct error err = {0};
    char rest[256];
    assert_int_equal(read_with(&o, LIST("QUAYWATCH_ALERT_GOTIFY", "http://secret/"), NULL, rest, &err),
                     -EINVAL);
    assert_string_equal(err.text, "ALERT_GOTIFY is set, but ALERT_GOTIFY_TOKEN is not; both are needed");
    assert_int_equal(read_with(&o, LIST("QUAYWATCH_ALERT_EMAIL", "smtp://u:secret@h:587"), NULL, rest, &err),
                     -EINVAL);
    assert_string_equal(err.text, "ALERT_EMAIL is set, but ALERT_EMAIL_TO is not; both are needed");
    assert_int_equal(read_with(&o, LIST("QUAYWATCH_ALERT_EMAIL", "http://u:secret@h"), NULL, rest, &err),
                     -EINVAL);
    assert_null(strstr(err.text, "secret"));
    write_file("mail", "smtps://u:p%40ss@mail.example:465\n");
    assert_int_equal(read_with(&o,
                               LIST("QUAYWATCH_ALERT_EMAIL_FILE", "mail", "QUAYWATCH_ALERT_EMAIL_TO",
                                    "a@example.org, b@example.org"),
                               NULL, rest, &err),
                     0);
    assert_string_equal(o.alert_email, "smtps://u:p%40ss@mail.example:465");
    assert_string_equal(o.alert_email_to, "a@example.org, b@example.org");
    assert_int_equal(o.alert_email_tls, ALERT_EMAIL_TLS_AUTO);
    assert_int_equal(o.alert_ping_ms, 60000);
    options_free(&o);
    assert_int_equal(read_with(&o,
                               LIST("QUAYWATCH_ALERT_EMAIL", "smtp://h", "QUAYWATCH_ALERT_EMAIL_TO", "a@b,"),
                               NULL, rest, &err),
                     -EINVAL);
}

/* ./.env may be anybody's: what is not ours is passed over. A file that was named is ours. */
static void test_files(void **state)
{
    (void)state;
    struct options o;
    struct error err = {0};
    char rest[256];
    write_file(".env",
               "SERVICE_NAME=rag\nLISTEN=x\nnonsense line\nHEALTH_CHECK_INTERVAL=20s # slow\n"
               "QUAYWATCH_LISEN=:1\nSERVICE_AUTH_TOKEN=${TOKEN}\nexport QUAYWATCH_READ_TOKEN=\"${NONE}\"\n"
               "SERVICE_DISCOVERY_RETRIES=7\n");
    if (read_with(&o, LIST("TOKEN", "from-outside"), NULL, rest, &err))
        fail_msg("%s", err.text);
    assert_string_equal(o.config, "./.env");
    assert_int_equal(o.check_interval_ms, 20000);
    assert_string_equal(o.auth_token, "from-outside");
    assert_string_equal(o.read_token, "");
    assert_int_equal(o.notices.count, 3);
    assert_string_equal(o.notices.item[0], "./.env: line 3 is no KEY=value line and is ignored");
    assert_string_equal(o.notices.item[1],
                        "QUAYWATCH_LISEN in ./.env is unknown; did you mean QUAYWATCH_LISTEN?");
    assert_string_equal(o.notices.item[2],
                        "SERVICE_DISCOVERY_RETRIES in ./.env is not supported yet and has no effect");
    options_free(&o);

    write_file("settings", "LISTEN=:1\nQUAYWATCH_NETWORK=net\n");
    assert_int_equal(read_with(&o, NULL, LIST("--config", "settings"), rest, &err), 0);
    assert_string_equal(o.config, "settings");
    assert_string_equal(o.network, "net");
    assert_int_equal(o.check_interval_ms, 10000); /* ./.env is not read beside it */
    assert_string_equal(o.notices.item[0], "LISTEN in settings is unknown; did you mean QUAYWATCH_LISTEN?");
    options_free(&o);

    write_file("settings", "QUAYWATCH_NETWORK=net\npassword\n");
    assert_true(read_with(&o, LIST("QUAYWATCH_CONFIG", "settings"), NULL, rest, &err) < 0);
    assert_string_equal(err.text, "settings: line 2 (\"password\") is no KEY=value line");
    assert_true(read_with(&o, LIST("QUAYWATCH_CONFIG", "none"), NULL, rest, &err) < 0);
    assert_string_equal(err.text, "settings: cannot read none: No such file or directory");
    write_file("settings", "QUAYWATCH_LISTEN=here\n");
    assert_true(read_with(&o, LIST("QUAYWATCH_CONFIG", "settings"), NULL, rest, &err) < 0);
    assert_memory_equal(err.text, "QUAYWATCH_LISTEN in settings is \"here\"", 38);
    unlink(".env");
}

static void add_line(void *user, const char *key, const char *value)
{
    char *text = user;
    size_t used = strlen(text);
    snprintf(text + used, 512 - used, "[%s|%s]", key, value);
}

static void test_lines(void **state)
{
    (void)state;
    static const struct {
        const char *text, *lines;
    } row[] = {
        {"", ""},
        {"\n\n  # comment\n#\n", ""},
        {"A=b\nC_D.e-f= g h \r\n", "[A|b][C_D.e-f|g h]"},
        {"\xef\xbb\xbf"
         "A=b",
         "[A|b]"},
        {"  export A = b\nexport\tC=d\nexported=1", "[A|b][C|d][exported|1]"},
        {"A=\nB=''\nC=\"\"", "[A|][B|][C|]"},
        {"A=b # c\nB=b#c\nC=#c\nD='#d' # e", "[A|b][B|b#c][C|][D|#d]"},
        {"A=\"x \\\"y\\\" \\n\\t\\\\ \\$z \\q\"", "[A|x \"y\" \n\t\\ $z \\q]"},
        {"A='x \\n \"y\"'", "[A|x \\n \"y\"]"},
        {"A=b=c", "[A|b=c]"},
        {"A=it's", "[A|it's]"},
        {"A", NULL},
        {"=b", NULL},
        {"1A=b", NULL},
        {"A B=c", NULL},
        {"A=\"b", NULL},
        {"A='b' c", NULL},
        {"export=", "[export|]"},
        {"export A", NULL},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        char text[256], lines[512] = "";
        struct error err = {0};
        snprintf(text, sizeof text, "%s", row[i].text);
        int rc = options_parse_file(text, add_line, lines, &err);
        if (row[i].lines) {
            assert_int_equal(rc, 0);
            assert_string_equal(lines, row[i].lines);
        } else if (rc == 0) {
            fail_msg("\"%s\" is taken: %s", row[i].text, lines);
        }
    }
    /* What may be a secret is not shown. */
    char text[] = "A=1\nmy key=secret";
    struct error err = {0};
    char lines[512] = "";
    assert_true(options_parse_file(text, add_line, lines, &err) < 0);
    assert_string_equal(err.text, "line 2 (\"my key\") is no KEY=value line");
}

static void note_unknown(void *user, const char *key, const char *nearest)
{
    add_line(user, key, nearest ? nearest : "-");
}

static void test_unknown(void **state)
{
    (void)state;
    char entry[][48] = {"QUAYWATCH_LISTEN=x",
                        "QUAYWATCH_LISTN=x",
                        "LISTN=x",
                        "QUAYWATCH_CONFIG=x",
                        "QUAYWATCH_AUTH_TOKEN_FILE=x",
                        "QUAYWATCH_LISTEN_FILE=x",
                        "QUAYWATCH_ETCD=x",
                        "QUAYWATCH_ALTOGETHER_DIFFERENT=x",
                        "QUAYWATCH_"};
    char *list[10] = {0}, lines[512] = "";
    for (size_t i = 0; i < 9; i++)
        list[i] = entry[i];
    options_unknown(list, note_unknown, lines);
    assert_string_equal(lines, "[QUAYWATCH_LISTN|QUAYWATCH_LISTEN][QUAYWATCH_LISTEN_FILE|QUAYWATCH_LISTEN]"
                               "[QUAYWATCH_ALTOGETHER_DIFFERENT|-][QUAYWATCH_|-]");
}

static void test_print(void **state)
{
    (void)state;
    for (int markdown = 0; markdown < 2; markdown++) {
        char *text = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&text, &size);
        options_print(out, markdown ? OPTIONS_AS_MARKDOWN : OPTIONS_AS_TEXT);
        fclose(out);
        assert_non_null(strstr(text, markdown ? "| `LISTEN` | `0.0.0.0:8080` |" : "\n  --listen "));
        assert_non_null(
            strstr(text, markdown ? "`CIRCUIT_BREAKER_RESET_TIMEOUT`" : "(default 0.0.0.0:8080)\n"));
        assert_null(strstr(text, markdown ? "| `PROXY`" : "\n  --proxy")); /* does nothing yet */
        assert_null(strstr(text, "(null)"));
        free(text);
    }
}

static void test_print_for_programs(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    options_print(out, OPTIONS_AS_JSON);
    fclose(out);
    json_object *root = json_tokener_parse(text), *list, *value;
    assert_true(json_object_object_get_ex(root, "settings", &list));
    bool seen = false;
    for (size_t i = 0; i < json_object_array_length(list); i++) {
        json_object *row = json_object_array_get_idx(list, i);
        assert_true(json_object_object_get_ex(row, "key", &value));
        if (strcmp(json_object_get_string(value), "LISTEN") != 0)
            continue;
        seen = json_object_object_get_ex(row, "default", &value) &&
               strcmp(json_object_get_string(value), "0.0.0.0:8080") == 0;
        assert_true(json_object_object_get_ex(row, "meaning", &value));
    }
    assert_true(seen);
    assert_null(strstr(text, "\"PROXY\""));
    json_object_put(root);
    free(text);
}

static char folder[] = "/tmp/quaywatch-test-XXXXXX";

static int set_up(void **state)
{
    (void)state;
    return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    static const char *const name[] = {".env", "settings", "token", "empty", "hook", "mail"};
    for (size_t i = 0; i < sizeof name / sizeof *name; i++)
        unlink(name[i]);
    return chdir("/") || rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_precedence),
        cmocka_unit_test(test_passwords_in_refused_urls_are_not_shown),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_arguments),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_hosts_and_origins),
        cmocka_unit_test(test_secrets),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_unknown),
        cmocka_unit_test(test_webhook),
        cmocka_unit_test(test_alert_values),
        cmocka_unit_test(test_alert_pairs),
        cmocka_unit_test(test_print),
        cmocka_unit_test(test_print_for_programs),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
