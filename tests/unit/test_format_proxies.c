/* SPDX-License-Identifier: MIT */
/* Tests the formats for proxies: their bytes beside those in tests/unit/formats/proxies (GOLDENS=write writes
 * these anew, to be read before they are kept), what each takes as version, and Traefik's rules. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/error.h"
#include "exporter/formats/format.h"
#include "exporter/render/render.h"
#include "tests/support/container_builder.h"
#include "tests/support/proxy_registry.h"
#include "tests/support/sample_registry.h"
#include "tests/support/traefik_rules.h"

#define FOLDER "tests/unit/formats/proxies/"

enum { DOCUMENT_MAX = 16 * 1024 * 1024 };

/* The document; freed by the caller. */
static char *render(const struct registry *registry, const char *format, const char *version)
{
    struct buf out;
    struct error err = {0};
    buf_init(&out, DOCUMENT_MAX);
    const struct format_wish wish = {.registry = registry, .version = version};
    if (format_find(format)->render(&wish, &out, &err) != 0)
        fail_msg("%s %s: %s", format, version, err.text);
    assert_false(out.full);
    return buf_take(&out, NULL);
}

static char *file_read(const char *path)
{
    FILE *file = fopen(path, "r");
    if (!file)
        fail_msg("%s: %s", path, strerror(errno));
    char *text = calloc(1, DOCUMENT_MAX);
    assert_non_null(text);
    size_t length = fread(text, 1, DOCUMENT_MAX - 1, file);
    text[length] = '\0';
    fclose(file);
    return text;
}

static const struct {
    const char *format, *version, *file;
} goldens[] = {
    {"traefik", "2.11", "traefik-2.11.json"},
    {"traefik", "3", "traefik-3.json"},
    {"haproxy", NULL, "haproxy.cfg"},
    {"haproxy", "map", "haproxy.map"},
    {"nginx", NULL, "nginx.conf"},
    {"nginx", "stream", "nginx-stream.conf"},
    {"caddy", NULL, "caddy.json"},
    {"caddy", "caddyfile", "Caddyfile"},
};

static void test_goldens(void **state)
{
    (void)state;
    struct registry *registry = proxy_registry();
    for (size_t i = 0; i < sizeof goldens / sizeof *goldens; i++) {
        char path[128];
        snprintf(path, sizeof path, FOLDER "%s", goldens[i].file);
        char *text = render(registry, goldens[i].format, goldens[i].version);
        if (getenv("GOLDENS")) {
            FILE *file = fopen(path, "w");
            assert_non_null(file);
            assert_true(fputs(text, file) >= 0);
            assert_int_equal(fclose(file), 0);
        }
        char *golden = file_read(path);
        if (strcmp(text, golden) != 0)
            fail_msg("%s is not what is written:\n%s", path, text);
        free(golden);
        free(text);
    }
    registry_free(registry);
}

static void test_versions(void **state)
{
    (void)state;
    static const struct {
        const char *format, *version, *same, *words;
    } cases[] = {
        {"traefik", "2", "2.11", NULL},
        {"traefik", "v3.0", "3", NULL},
        {"traefik", "", "3.6", NULL},
        {"traefik", "1.7", NULL,
         "Traefik's version \"1.7\" is not known; allowed are 2, 2.11, 3, 3.0, 3.1, 3.2, 3.3, 3.4, 3.5, 3.6"},
        {"haproxy", "2.6", NULL, "allowed are none (a frontend and backends), backends"},
        {"nginx", "1.22\n", NULL, "allowed are none (upstreams and servers), upstreams"},
        {"caddy", "json", "", NULL},
        {"caddy", "2", NULL, "allowed are json and caddyfile"},
    };
    struct registry *registry = proxy_registry();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf out;
        struct error err = {0};
        buf_init(&out, DOCUMENT_MAX);
        const struct format_wish wish = {.registry = registry, .version = cases[i].version};
        int code = format_find(cases[i].format)->render(&wish, &out, &err);
        if (cases[i].words) {
            assert_int_equal(code, -EINVAL);
            assert_non_null(strstr(err.text, cases[i].words));
            assert_int_equal(out.len, 0);
        } else {
            char *same = render(registry, cases[i].format, cases[i].same);
            assert_int_equal(code, 0);
            assert_string_equal(buf_string(&out), same);
            free(same);
        }
        buf_free(&out);
    }
    registry_free(registry);
}

/* The checker refuses what Traefik refuses; else what it takes would prove nothing. */
static void test_rules_bite(void **state)
{
    (void)state;
    static const char *const refused[] = {
        "{\"http\":{}}",
        "{\"http\":{\"routers\":{}}}",
        "{\"http\":{\"services\":{\"a\":{\"loadBalancer\":{}}}}}",
        "{\"http\":{\"services\":{\"a\":{\"loadBalancer\":{\"servers\":[{\"url\":\"x\",\"weight\":2}]}}}}}",
        "{\"http\":{\"services\":{\"a\":{\"loadBalancer\":{\"servers\":[],\"sevrers\":[]}}}}}",
        "{\"http\":{\"services\":{\"a@b\":{\"loadBalancer\":{\"servers\":[]}}}}}",
        "{\"http\":{\"routers\":{\"a\":{\"rule\":\"x\",\"service\":\"none\"}}}}",
        "{\"http\":{\"middlewares\":{\"a\":{\"compress\":{}}}}}",
        "{} and more",
        "",
    };
    char reason[256] = "";
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        if (traefik_takes(refused[i], 211, reason, sizeof reason))
            fail_msg("%s is taken", refused[i]);
    assert_true(traefik_takes("{}\n", 211, reason, sizeof reason));
    assert_true(traefik_takes(refused[3], 300, reason, sizeof reason));
}

static void test_traefik_rules(void **state)
{
    (void)state;
    static const struct {
        const char *word;
        int version;
    } versions[] = {{"2", 211}, {"2.11", 211}, {"3", 300}, {"3.2", 302}, {"3.6", 306}};
    struct registry *registries[] = {proxy_registry(), proxy_registry_hostile(), sample_registry(),
                                     registry_new(render_service)};
    for (size_t i = 0; i < sizeof registries / sizeof *registries; i++) {
        for (size_t k = 0; k < sizeof versions / sizeof *versions; k++) {
            char *text = render(registries[i], "traefik", versions[k].word), reason[256] = "";
            if (!traefik_takes(text, versions[k].version, reason, sizeof reason))
                fail_msg("registry %zu, version %s: %s", i, versions[k].word, reason);
            free(text);
        }
        registry_free(registries[i]);
    }
}

/* No service at all: nothing that any of them refuses. */
static void test_empty(void **state)
{
    (void)state;
    struct registry *registry = registry_new(render_service);
    char *text = render(registry, "traefik", NULL);
    assert_string_equal(text, "{}\n");
    free(text);
    text = render(registry, "haproxy", NULL);
    assert_int_equal(text[0], '#');
    assert_null(strstr(text, "frontend"));
    free(text);
    registry_free(registry);
}

/* Who is guarded by labels, or not to be told of, is not opened by another way. */
static void test_guards(void **state)
{
    (void)state;
    struct registry *registry = proxy_registry();
    for (size_t i = 0; i < sizeof goldens / sizeof *goldens; i++) {
        char *text = render(registry, goldens[i].format, goldens[i].version);
        assert_null(strstr(text, "internal.example.com"));
        assert_null(strstr(text, "10.0.2.3"));
        assert_null(strstr(text, "secret-hash"));
        if (strcmp(goldens[i].format, "traefik") == 0)
            assert_non_null(strstr(text, "\"auth@docker\",\"limit@file\""));
        else
            assert_null(strstr(text, "admin.example.com"));
        free(text);
    }
    registry_free(registry);
}

/* Two services want one host: the first by name has it. */
static void test_one_host_once(void **state)
{
    (void)state;
    struct registry *registry = registry_new(render_service);
    proxy_add(registry, "b", "10.0.0.2", STATUS_HEALTHY,
              LABELS("service.port", "80", "service.hosts", "x.example.com,y.example.com"));
    proxy_add(registry, "a", "10.0.0.1", STATUS_HEALTHY,
              LABELS("service.port", "80", "service.hosts", "X.example.com"));
    sample_settle(registry);
    char *text = render(registry, "haproxy", "map");
    assert_string_equal(text, "x.example.com quaywatch-a\ny.example.com quaywatch-b\n");
    free(text);
    registry_free(registry);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_goldens),       cmocka_unit_test(test_versions),
        cmocka_unit_test(test_rules_bite),    cmocka_unit_test(test_traefik_rules),
        cmocka_unit_test(test_empty),         cmocka_unit_test(test_guards),
        cmocka_unit_test(test_one_host_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
