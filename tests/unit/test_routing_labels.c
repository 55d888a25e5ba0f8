/* SPDX-License-Identifier: MIT */
/* Tests controller/labels/routing and traefik: hosts, routers, guards. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "controller/labels/routing.h"
#include "tests/support/container_builder.h"

#define ROUTER "traefik.http.routers."
#define MIDDLEWARE "traefik.http.middlewares."

/* Hosts as one text. */
static const char *hosts_of(struct spec *spec)
{
    const char *ret = "";
    for (size_t i = 0; i < spec->hosts.count; i++)
        ret = arena_format(&spec->arena, "%s%s%s", ret, i ? " " : "", spec->hosts.item[i]);
    return ret;
}

static void test_route_read(void **state)
{
    (void)state;
    static const struct {
        const char *text, *route;
    } cases[] = {
        {"App.Example.com", "app.example.com"},
        {"localhost", "localhost"},
        {"example.com/", "example.com"},
        {"example.com/Api/v1", "example.com/Api/v1"},
        {"*.example.com/api", "*.example.com/api"},
        {"*", NULL},
        {"*.", NULL},
        {"a.*.com", NULL},
        {"-a.com", NULL},
        {"a.com.", NULL},
        {"a..com", NULL},
        {"a b.com", NULL},
        {"a.com:80", NULL},
        {"a.com/x y", NULL},
        {"a.com/{env.HOME}", NULL},
        {"a.com/`", NULL},
        {"a.com/~x", NULL},
        {"\xc3\xa4.com", NULL},
        {"", NULL},
        {"/", NULL},
    };
    char route[ROUTE_MAX];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bool read = route_read(cases[i].text, route);
        if (read != (cases[i].route != NULL))
            fail_msg("%s: %d", cases[i].text, read);
        if (read)
            assert_string_equal(route, cases[i].route);
    }
}

static void test_hosts(void **state)
{
    (void)state;
    static const struct {
        const char *labels[9], *hosts, *source;
    } cases[] = {
        {{"service.hosts", "b.com, A.com/x ,,a.com/x", ROUTER "r.rule", "Host(`c.com`)"},
         "a.com/x b.com",
         "service.hosts"},
        {{ROUTER "r.rule", "Host(`b.com`) && PathPrefix(`/`)", ROUTER "q.rule", "Host(`a.com`, \"c.com\")"},
         "a.com b.com c.com",
         "traefik"},
        {{ROUTER "r.rule", "PathPrefix(`/a`, `/b`) && Host(`x.com`)||Host(`y.com`)"},
         "x.com/a x.com/b y.com",
         "traefik"},
        {{ROUTER "r.rule", "Host(`a.com`) && ClientIP(`10.0.0.0/8`) || Host(`b.com`)"}, "b.com", "traefik"},
        {{ROUTER "r.rule", "!Host(`a.com`)"}, "", "default"},
        {{ROUTER "r.rule", "Host(`a.com`) && (PathPrefix(`/x`) || Path(`/y`))"}, "", "default"},
        {{ROUTER "r.rule", "Host(`a.com) || Host(`b.com`)"}, "", "default"},
        {{ROUTER "r.rule", "Host(`a.com`", ROUTER "s.rule", "HostSNI(`b.com`)"}, "", "default"},
        {{"traefik.tcp.routers.r.rule", "HostSNI(`a.com`)"}, "", "default"},
        /* Guards. */
        {{ROUTER "r.rule", "Host(`a.com`)", ROUTER "r.middlewares", "auth", MIDDLEWARE "auth.basicauth.users",
          "x"},
         "",
         "default"},
        {{ROUTER "r.rule", "Host(`a.com`)", ROUTER "s.rule", "Host(`b.com`)", ROUTER "s.middlewares",
          "sso@file"},
         "",
         "default"},
        {{ROUTER "r.rule", "Host(`a.com`)", ROUTER "r.middlewares", "gone"}, "", "default"},
        {{ROUTER "r.rule", "Host(`a.com`)", ROUTER "r.tls.options", "mtls@file"}, "", "default"},
        {{ROUTER "r.rule", "Host(`a.com`)", ROUTER "r.middlewares", "z", MIDDLEWARE "z.compress", "true"},
         "a.com",
         "traefik"},
        {{ROUTER "r.rule", "Host(`a.com`) && PathPrefix(`/api`)", ROUTER "r.middlewares", "s",
          MIDDLEWARE "s.stripprefix.prefixes", "/api", ROUTER "q.rule", "Host(`b.com`)"},
         "b.com",
         "traefik"},
        {{ROUTER "r.rule", "Host(`a.com`)", ROUTER "r.middlewares", "auth", "service.hosts", "open.com"},
         "open.com",
         "service.hosts"},
        {{"caddy_0", "https://b.com, a.com:443", "caddy_0.reverse_proxy", "{{upstreams 80}}"},
         "a.com b.com",
         "caddy"},
        {{"caddy_0", "https://a.com/x", "caddy_0.reverse_proxy", "{{upstreams 80}}"}, "", "default"},
        {{"caddy_0", "a.com", "caddy_0.handle_path", "/api*"}, "", "default"},
        {{"caddy_0", "a.com", "caddy_0.basicauth.me", "hash"}, "", "default"},
        {{"caddy_0", "a.com", "caddy_0.reverse_proxy", "/api/* {{upstreams 80}}"}, "", "default"},
        {{"caddy", "(snippet)"}, "", "default"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct spec *spec = resolve(cases[i].labels);
        if (strcmp(hosts_of(spec), cases[i].hosts) != 0)
            fail_msg("row %zu: %s, not %s", i, hosts_of(spec), cases[i].hosts);
        assert_string_equal(source_of(spec, "hosts"), cases[i].source);
        spec_free(spec);
    }
}

static void test_invalid(void **state)
{
    (void)state;
    struct spec *spec = resolve(LABELS("service.hosts", "good.com,http://x.com", "service.rate_limit.average",
                                       "0", "traefik.enable", "maybe"));
    assert_string_equal(hosts_of(spec), "good.com");
    assert_string_equal(pairs_get(&spec->metadata, "hosts"), "good.com");
    assert_non_null(strstr(finding(spec, "invalid-value"), "service.rate_limit.average"));
    assert_int_equal(spec->findings.count, 2);
    assert_false(spec->unproxied);
    assert_int_equal(spec->rate_average, 0);
    spec_free(spec);
    spec = resolve(LABELS("service.rate_limit.average", "20", "service.rate_limit.burst", "5",
                          "traefik.Enable", "False"));
    assert_true(spec->unproxied);
    assert_int_equal(spec->rate_average, 20);
    assert_int_equal(spec->rate_burst, 5);
    spec_free(spec);
}

static void test_routers(void **state)
{
    (void)state;
    struct spec *spec = resolve(LABELS(
        "service.port", "3000", "traefik.HTTP.routers.b.RULE", "Host(`b.com`)", ROUTER "b.entryPoints",
        "web, tls", ROUTER "b.priority", "7", ROUTER "b.tls.certResolver", "le", ROUTER "b.middlewares",
        "go,s,z@docker,auth,sso@file", MIDDLEWARE "go.redirectscheme.scheme", "https",
        MIDDLEWARE "go.redirectscheme.permanent", "true", MIDDLEWARE "s.stripprefix.prefixes", "/api",
        MIDDLEWARE "z.compress", "true", ROUTER "a.rule", "Host(`a.com`)", ROUTER "a.tls", "true",
        ROUTER "elsewhere.rule", "Host(`c.com`)", ROUTER "elsewhere.service", "other",
        "traefik.http.services.other.loadbalancer.server.port", "9000", ROUTER "api.rule", "Host(`d.com`)",
        ROUTER "api.service", "api@internal", "traefik.tcp.routers.t.rule", "HostSNI(`t.com`)",
        "traefik.tcp.routers.t.tls.passthrough", "true", ROUTER "unruled.entrypoints", "web",
        ROUTER "odd.rule", "Host(`e.com`)", ROUTER "odd.middlewares", "a b", ROUTER "a.service", "main",
        "traefik.http.services.main.loadbalancer.server.port", "3000", ROUTER "b.service", "main"));
    assert_int_equal(spec->router_count, 3);
    const struct proxy_router *a = &spec->routers[0], *b = &spec->routers[1], *t = &spec->routers[2];
    assert_string_equal(a->name, "a");
    assert_true(a->tls && !a->tcp && !a->middlewares && !a->cert_resolver);
    assert_string_equal(b->name, "b");
    assert_string_equal(b->middlewares, "redirect=https!,strip=/api,compress,auth@docker,sso@file");
    assert_string_equal(b->entrypoints, "web, tls");
    assert_string_equal(b->cert_resolver, "le");
    assert_int_equal(b->priority, 7);
    assert_true(b->tls);
    assert_true(t->tcp && t->tls && t->passthrough);
    assert_int_equal(spec->hosts.count, 0); /* guarded */
    spec_free(spec);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_route_read),
        cmocka_unit_test(test_hosts),
        cmocka_unit_test(test_invalid),
        cmocka_unit_test(test_routers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
