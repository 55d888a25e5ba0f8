/* SPDX-License-Identifier: MIT */
/* formats: the bytes of each over the sample registry, what a query leaves of them, and what nothing serves
 * looks like. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/error.h"
#include "controller/core/file.h"
#include "exporter/formats/format.h"
#include "exporter/render/render.h"
#include "tests/support/sample_registry.h"

/* What a format makes of it; freed by the caller. */
static char *rendered(const char *name, const struct format_wish *wish)
{
    struct buf out;
    struct error err = {0};
    buf_init(&out, 1 << 20);
    const struct format *format = format_find(name);
    assert_non_null(format);
    if (format->render(wish, &out, &err) != 0)
        fail_msg("%s: %s", name, err.text);
    return buf_take(&out, NULL);
}

static void assert_rendered(const char *name, const struct format_wish *wish, const char *wanted)
{
    char *text = rendered(name, wish);
    assert_string_equal(text, wanted);
    free(text);
}

/* tests/unit/formats/sample.<format> holds what each makes of the sample registry, byte for byte (written
 * anew with WRITE_GOLDEN set). */
static void test_golden_bytes(void **state)
{
    (void)state;
    static const char *const names[] = {"json", "yaml", "toml", "ini", "env", "hosts", "prometheus"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[100], *wanted;
        size_t length;
        struct error err = {0};
        struct registry *registry = sample_registry();
        char *text = rendered(names[i], &(struct format_wish){.registry = registry});
        snprintf(path, sizeof path, "tests/unit/formats/sample.%s", names[i]);
        if (getenv("WRITE_GOLDEN"))
            file_replace(path, text, strlen(text), &err);
        assert_int_equal(file_read(path, 1 << 20, &wanted, &length, &err), 0);
        if (strcmp(text, wanted) != 0)
            fail_msg("%s is not\n%s\nbut\n%s", names[i], wanted, text);
        assert_null(strstr(text, "secret"));
        free(wanted);
        free(text);
        registry_free(registry);
    }
}

/* A service of one instance, that serves or not. */
static struct spec *add(struct registry *registry, const char *name, const char *address, const char *alias,
                        bool serves)
{
    char key[80], id[16];
    static unsigned number;
    snprintf(key, sizeof key, "name:x:%s", name);
    snprintf(id, sizeof id, "%012x", ++number);
    struct spec *spec = sample_spec(key, name, 80);
    struct observed *observed = sample_observed(id, name, address, alias);
    observed->container = arena_format(&observed->arena, "c-%s", name);
    sample_add(registry, spec, observed, serves ? STATUS_HEALTHY : STATUS_UNHEALTHY);
    return spec;
}

static struct registry *empty_registry(void)
{
    struct registry *registry = registry_new(render_service);
    sample_head(registry, true);
    return registry;
}

static void test_nothing_to_tell(void **state)
{
    (void)state;
    struct registry *registry = empty_registry();
    sample_settle(registry);
    const struct format_wish wish = {.registry = registry};
    assert_rendered("json", &wish, "{\"schema\":1,\"services\":{}}\n");
    assert_rendered("yaml", &wish, "\"schema\": 1\n\"services\": {}\n");
    assert_rendered("toml", &wish, "schema = 1\n\n[services]\n");
    assert_rendered("ini", &wish, "");
    assert_rendered("env", &wish, "");
    assert_rendered("hosts", &wish, "");
    assert_rendered("prometheus", &wish, "[]\n");
    registry_free(registry);
}

/* A service without a serving instance is told of, without any place to reach it. */
static void test_nothing_serves(void **state)
{
    (void)state;
    struct registry *registry = empty_registry();
    struct spec *spec = add(registry, "web", "10.0.0.1", "web", false);
    strings_add(&spec->arena, &spec->fallback_urls, "http://spare:80");
    sample_settle(registry);
    const struct format_wish wish = {.registry = registry};
    char *json = rendered("json", &wish);
    assert_non_null(strstr(json, "\"status\":\"unhealthy\",\"serving\":false,\"url\":null,"));
    assert_non_null(strstr(json, "\"host\":null,"));
    assert_non_null(strstr(json, "\"endpoints\":[],\"fallback_urls\":[\"http://spare:80\"],"));
    assert_non_null(strstr(json, "\"instances\":[]"));
    assert_null(strstr(json, "10.0.0.1"));
    free(json);
    assert_rendered("env", &wish,
                    "WEB_URL=\nWEB_HOST=\nWEB_PORT=\nWEB_PROTOCOL=\nWEB_HEALTH_ENDPOINT=\n"
                    "WEB_FALLBACK_URLS=http://spare:80\n");
    assert_rendered("hosts", &wish, "");
    assert_rendered("prometheus", &wish, "[]\n");
    registry_free(registry);
}

static void test_queries(void **state)
{
    (void)state;
    struct registry *registry = sample_registry();
    struct format_wish wish = {.registry = registry, .tag = "api"};
    assert_rendered("hosts", &wish, "172.20.0.2\tweb bot-web-1\n");
    wish.project = "other";
    assert_rendered("hosts", &wish, "");
    wish.project = "bot";
    wish.tag = "";
    assert_rendered("hosts", &wish, "172.20.0.2\tweb bot-web-1\n");
    registry_free(registry);
}

static void test_env_prefix(void **state)
{
    (void)state;
    struct registry *registry = empty_registry();
    add(registry, "9to5", "10.0.0.1", "9to5", true);
    sample_settle(registry);
    static const char wanted[] = "A_9TO5_URL=http://9to5:80\n";
    char *text = rendered("env", &(struct format_wish){.registry = registry, .prefix = "A_"});
    assert_int_equal(strncmp(text, wanted, sizeof wanted - 1), 0);
    free(text);
    text = rendered("env", &(struct format_wish){.registry = registry});
    assert_int_equal(strncmp(text, "_9TO5_URL=", 10), 0);
    free(text);
    static const char *const wrong[] = {"9", "A-", "A B", "$(x)", "A=\n", "\xc3\xa4"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct error err = {0};
        struct buf out;
        buf_init(&out, 1000);
        assert_int_equal(
            format_env(&(struct format_wish){.registry = registry, .prefix = wrong[i]}, &out, &err), -EINVAL);
        assert_non_null(strstr(err.text, "allowed are letters"));
        assert_int_equal(out.len, 0);
    }
    registry_free(registry);
}

/* Of services that would have the same variables the first keeps them, and the file says so. */
static void test_env_collisions(void **state)
{
    (void)state;
    struct registry *registry = empty_registry();
    struct spec *spec = add(registry, "my-app", "10.0.0.1", "my-app", true);
    strings_add(&spec->arena, &spec->tags, "one");
    spec = add(registry, "my.app", "10.0.0.2", "my.app", true);
    strings_add(&spec->arena, &spec->tags, "two");
    spec = add(registry, "My_App", "10.0.0.3", "My_App", true);
    strings_add(&spec->arena, &spec->tags, "two");
    add(registry, "docker", "10.0.0.4", "docker", true);
    sample_settle(registry);
    char *text = rendered("env", &(struct format_wish){.registry = registry});
    assert_non_null(strstr(text, "MY_APP_URL=http://My_App:80\n"));
    assert_non_null(strstr(text, "# my-app is left out: MY_APP_* are those of My_App\n"));
    assert_non_null(strstr(text, "# my.app is left out: MY_APP_* are those of My_App\n"));
    assert_non_null(strstr(text, "# DOCKER_HOST is left out"));
    assert_non_null(strstr(text, "\nDOCKER_URL=http://docker:80\n"));
    assert_null(strstr(text, "\nDOCKER_HOST="));
    free(text);
    text = rendered("env", &(struct format_wish){.registry = registry, .tag = "one"});
    assert_non_null(strstr(text, "MY_APP_URL=http://my-app:80\n"));
    assert_null(strstr(text, "#"));
    free(text);
    text = rendered("env", &(struct format_wish){.registry = registry, .prefix = "A"});
    assert_non_null(strstr(text, "ADOCKER_HOST=docker\n"));
    free(text);
    registry_free(registry);
}

/* A name means one service, whatever its case; a service's own name wins over aliases; what every machine
 * knows is never given another meaning. */
static void test_hosts_contradict_nothing(void **state)
{
    (void)state;
    struct registry *registry = empty_registry();
    add(registry, "api", "10.0.0.1", "shared", true);
    add(registry, "db", "10.0.0.2", "Shared", true);
    add(registry, "cache", "10.0.0.3", "API", true);
    add(registry, "DB", "10.0.0.4", "only", true);
    add(registry, "localhost", "10.0.0.5", "10.1.2.3", true);
    add(registry, "six", "fd00::6", "a.localhost", true);
    add(registry, "x.", "10.0.0.7", "evil\n1.2.3.4 bank", true);
    sample_settle(registry);
    assert_rendered("hosts", &(struct format_wish){.registry = registry},
                    "10.0.0.4\tDB only\n10.0.0.1\tapi c-api\n10.0.0.3\tcache c-cache\n"
                    "10.0.0.5\tc-localhost\nfd00::6\tsix c-six\n");
    registry_free(registry);
}

static void test_prometheus_wishes(void **state)
{
    (void)state;
    struct registry *registry = empty_registry();
    struct spec *spec = add(registry, "a", "10.0.0.1", "a", true);
    pairs_set(&spec->arena, &spec->metadata, "prometheus.io/port", "9100");
    pairs_set(&spec->arena, &spec->metadata, "prometheus.io/path", "/m?token=1");
    pairs_set(&spec->arena, &spec->metadata, "prometheus.io/scheme", "https");
    spec = add(registry, "b", "fd00::2", "b", true);
    pairs_set(&spec->arena, &spec->metadata, "prometheus.io/port", "70000");
    pairs_set(&spec->arena, &spec->metadata, "prometheus.io/path", "m");
    pairs_set(&spec->arena, &spec->metadata, "prometheus.io/scheme", "gopher");
    spec = add(registry, "c", "10.0.0.3", "c", true);
    pairs_set(&spec->arena, &spec->metadata, "prometheus.io/scrape", "False");
    spec = add(registry, "d", "10.0.0.4", "d", true);
    pairs_set(&spec->arena, &spec->metadata, "metrics_port", "1");
    pairs_set(&spec->arena, &spec->metadata, "metrics_path", "/x");
    sample_settle(registry);
    char *text = rendered("prometheus", &(struct format_wish){.registry = registry});
    assert_non_null(strstr(text, "{\"targets\":[\"10.0.0.1:9100\"],\"labels\":{\"__metrics_path__\":\"/m\","
                                 "\"__scheme__\":\"https\",\"__meta_quaywatch_service\":\"a\","));
    assert_non_null(
        strstr(text, "{\"targets\":[\"[fd00::2]:80\"],\"labels\":{\"__meta_quaywatch_service\":\"b\","));
    assert_null(strstr(text, "10.0.0.3"));
    assert_non_null(strstr(text, "{\"targets\":[\"10.0.0.4:1\"],\"labels\":{\"__metrics_path__\":\"/x\","));
    free(text);
    registry_free(registry);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden_bytes),
        cmocka_unit_test(test_nothing_to_tell),
        cmocka_unit_test(test_nothing_serves),
        cmocka_unit_test(test_queries),
        cmocka_unit_test(test_env_prefix),
        cmocka_unit_test(test_env_collisions),
        cmocka_unit_test(test_hosts_contradict_nothing),
        cmocka_unit_test(test_prometheus_wishes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
