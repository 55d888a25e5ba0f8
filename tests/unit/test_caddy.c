/* SPDX-License-Identifier: MIT */
/* What of ours is found in Caddy's configuration, and what it should be. */
#include "tests/support/sample.h"

#include <errno.h>
#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>

#include "controller/core/error.h"
#include "exporter/balancers/caddy_config.h"
#include "exporter/formats/proxied.h"

static struct caddy_handler *find(struct caddy_handler *handlers, const char *id)
{
    struct caddy_handler *handler;
    HASH_FIND_STR(handlers, id, handler);
    return handler;
}

static void test_only_our_handlers_are_found(void **state)
{
    (void)state;
    static const char config[] =
        "{\"apps\":{\"http\":{\"servers\":{\"a\":{\"routes\":[{\"handle\":[{\"@id\":\"quaywatch-web\","
        "\"handler\":"
        "\"reverse_proxy\",\"upstreams\":[{\"dial\":\"10.0.0.1:80\"},{\"dial\":\"10.0.0.2:80\",\"max_"
        "requests\":5}]"
        "}]},{\"handle\":[{\"handler\":\"subroute\",\"routes\":[{\"handle\":[{\"@id\":\"quaywatch-db\","
        "\"handler\":"
        "\"reverse_proxy\"}]}]}]},{\"@id\":\"quaywatch-route\",\"handle\":[]},{\"handle\":[{\"@id\":\"mine\","
        "\"handler\":\"reverse_proxy\",\"upstreams\":[]},{\"@id\":\"quaywatch-a;b\",\"handler\":\"reverse_"
        "proxy\"}]"
        "}]}}}}}";
    struct caddy_handler *handlers = NULL;
    struct error err = {0};
    assert_int_equal(caddy_config_read(config, sizeof config - 1, &handlers, &err), 0);
    assert_int_equal(HASH_COUNT(handlers), 2);
    assert_string_equal(find(handlers, "quaywatch-web")->upstreams, "10.0.0.1:80\n10.0.0.2:80\n");
    assert_string_equal(find(handlers, "quaywatch-db")->upstreams, "");
    caddy_handlers_clear(&handlers);
    assert_int_equal(caddy_config_read("null", 4, &handlers, &err), 0); /* it has none at all */
    assert_null(handlers);
    assert_int_equal(caddy_config_read("<html>", 6, &handlers, &err), -EBADMSG);
    assert_non_null(strstr(err.text, "its configuration cannot be read"));
}

static void render(const struct service *service, struct buf *out)
{
    buf_text(out, service->name);
}

static void test_upstreams_are_what_serves(void **state)
{
    (void)state;
    struct registry *registry = registry_new(render);
    struct spec *spec = sample_spec("k", "web");
    spec->replica = 2;
    spec->weight = 2;
    struct observed *observed = sample_observed('b', "web-2");
    observed->address = "fd00::2";
    struct ref first = sample_add(registry, sample_spec("k", "web"), sample_observed('a', "web-1"))->ref;
    struct ref second = sample_add(registry, spec, observed)->ref;
    sample_health(registry, first, STATUS_HEALTHY);
    sample_health(registry, second, STATUS_HEALTHY);
    registry_settle(registry, (struct moment){.mono_ms = 3, .wall_ms = 1000002});
    struct proxied proxied;
    struct buf out;
    buf_init(&out, 4096);
    assert_true(proxied_of(registry_at(registry, 0), &proxied));
    caddy_lines_write(&proxied, &out);
    assert_string_equal(buf_string(&out), "172.20.0.2:80\n[fd00::2]:80\n[fd00::2]:80\n");
    buf_clear(&out);
    caddy_body_write(&proxied, &out);
    assert_string_equal(
        buf_string(&out),
        "[{\"dial\":\"172.20.0.2:80\"},{\"dial\":\"[fd00::2]:80\"},{\"dial\":\"[fd00::2]:80\"}]");
    buf_clear(&out);
    caddy_body_write(NULL, &out);
    assert_string_equal(buf_string(&out), "[]");
    buf_clear(&out);
    caddy_lines_write(NULL, &out);
    assert_string_equal(buf_string(&out), "");
    buf_free(&out);
    registry_free(registry);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_our_handlers_are_found),
        cmocka_unit_test(test_upstreams_are_what_serves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
