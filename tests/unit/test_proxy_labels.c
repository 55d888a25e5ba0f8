/* SPDX-License-Identifier: MIT */
/* Tests controller/labels/proxy: port, protocol and hosts from Traefik and Caddy labels. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "controller/labels/proxy.h"
#include "tests/support/container_builder.h"

#define TRAEFIK(name) "traefik.http.services." name ".loadbalancer.server"
#define CADDY "caddy_0.handle_path.0_reverse_proxy"

static const struct {
    const char *labels[7];
    int port; /* 0: none */
    enum protocol protocol;
    const char *source; /* of the port */
} rows[] = {
    {{TRAEFIK("http-0-k9") ".port", "3000"}, 3000, PROTOCOL_HTTP, TRAEFIK("http-0-k9") ".port"},
    {{"traefik.http.services.a.loadBalancer.server.port", "3000"},
     3000,
     PROTOCOL_HTTP,
     "traefik.http.services.a.loadBalancer.server.port"},
    {{TRAEFIK("a") ".port", "99999", TRAEFIK("b") ".port", "3000"},
     3000,
     PROTOCOL_HTTP,
     TRAEFIK("b") ".port"},
    {{TRAEFIK("a") ".port", "3000", TRAEFIK("a") ".scheme", "https"},
     3000,
     PROTOCOL_HTTPS,
     TRAEFIK("a") ".port"},
    {{TRAEFIK("a") ".port", "3000", TRAEFIK("a") ".scheme", "h2c"},
     3000,
     PROTOCOL_HTTP,
     TRAEFIK("a") ".port"},
    {{"traefik.tcp.services.db.loadbalancer.server.port", "5000"},
     5000,
     PROTOCOL_TCP,
     "traefik.tcp.services.db.loadbalancer.server.port"},
    {{"traefik.udp.services.dns.loadbalancer.server.port", "53"}, 0, PROTOCOL_HTTP, NULL},
    {{"traefik.http.routers.a.rule", "Host(`x`)"}, 0, PROTOCOL_HTTP, NULL},
    {{CADDY, "{{upstreams 3000}}"}, 3000, PROTOCOL_HTTP, CADDY},
    {{"caddy.reverse_proxy", "{{ upstreams 8080 }}"}, 8080, PROTOCOL_HTTP, "caddy.reverse_proxy"},
    {{"caddy_12.reverse_proxy", "/api/* {{upstreams https 8443}}"},
     8443,
     PROTOCOL_HTTPS,
     "caddy_12.reverse_proxy"},
    {{"caddy.reverse_proxy", "{{upstreams}}"}, 0, PROTOCOL_HTTP, NULL},
    {{"caddy.reverse_proxy", "{{upstreams 70000}}"}, 0, PROTOCOL_HTTP, NULL},
    {{"caddy.reverse_proxy", "10.0.0.1:80"}, 0, PROTOCOL_HTTP, NULL},
    {{"caddy.reverse_proxy", "{{upstreams 80"}, 0, PROTOCOL_HTTP, NULL},
    {{"caddy.reverse_proxy", "}}{{"}, 0, PROTOCOL_HTTP, NULL},
    {{"caddy.reverse_proxy", "{{}}"}, 0, PROTOCOL_HTTP, NULL},
};

static void test_port_and_protocol(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct spec *spec = resolve(rows[i].labels);
        if (spec->port != rows[i].port || spec->protocol != rows[i].protocol)
            print_error("row %zu: %d %s\n", i, spec->port, protocol_name[spec->protocol]);
        assert_int_equal(spec->port, rows[i].port);
        assert_int_equal(spec->protocol, rows[i].protocol);
        assert_string_equal(source_of(spec, "port"), rows[i].source ? rows[i].source : "default");
        assert_int_equal(spec->findings.count, 0);
        spec_free(spec);
    }
}

/* Only where no valid one is left is an invalid one worth a finding. */
static void test_invalid_port(void **state)
{
    (void)state;
    struct spec *spec = resolve(LABELS(TRAEFIK("a") ".port", "{{ port }}"));
    assert_int_equal(spec->port, 0);
    assert_non_null(finding(spec, "invalid-value"));
    spec_free(spec);
}

static void test_hosts(void **state)
{
    (void)state;
    static const struct {
        const char *labels[5], *hosts;
    } cases[] = {
        {{"traefik.http.routers.a.rule", "Host(`b.example.com`) && PathPrefix(`/`)",
          "traefik.http.routers.b.rule", "Host(`a.example.com`)"},
         "a.example.com, b.example.com"},
        {{"traefik.http.routers.a.rule", "Host(`a.com`, `b.com`) || (Host(\"c.com\") && Method(`GET`))"},
         "a.com, b.com, c.com"},
        {{"traefik.http.routers.a.rule", "Host(`a.com`)", "traefik.http.routers.b.rule", "Host(`a.com`)"},
         "a.com"},
        {{"traefik.http.routers.a.rule", "HostRegexp(`.+`) || HostSNI(`*`)"}, NULL},
        {{"traefik.http.routers.a.rule", "Host(`<script>`) || Host(`../x`) || Host(`unclosed"}, NULL},
        {{"caddy_0", "https://app.example.com", "caddy_1", "http://b.example.com:8080/x, c.example.com"},
         "app.example.com, b.example.com, c.example.com"},
        {{"caddy", "(snippet)", "caddy_ingress_network", "coolify"}, NULL},
        {{"caddy", ":80"}, NULL},
        {{"caddy_0.basicauth.user", "hash.example.com"}, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct spec *spec = resolve(cases[i].labels);
        const char *hosts = pairs_get(&spec->metadata, "hosts");
        if (cases[i].hosts) {
            assert_non_null(hosts);
            assert_string_equal(hosts, cases[i].hosts);
        } else {
            assert_null(hosts);
        }
        spec_free(spec);
    }
}

/* What Traefik would read from them as tags in Consul's catalogue: without passwords, or nothing at all. */
static void test_tags(void **state)
{
    (void)state;
    struct spec *spec = resolve(LABELS("traefik.http.routers.a.rule", "Host(`a.com`)", "traefik.enable",
                                       "true", "caddy", "b.com", "traefik.http.middlewares.m.basicauth.users",
                                       "u:hash", "traefik.http.middlewares.m.BasicAuth.usersFile", "/f",
                                       "traefik.http.middlewares.d.digestauth.users", "u:r:hash",
                                       "traefik.http.middlewares.f.forwardauth.address", "http://u:p@auth/"));
    assert_int_equal(spec->proxy_tags.count, 2);
    assert_string_equal(spec->proxy_tags.item[0], "traefik.enable=true");
    assert_string_equal(spec->proxy_tags.item[1], "traefik.http.routers.a.rule=Host(`a.com`)");
    assert_int_equal(spec->tags.count, 0);
    spec_free(spec);

    struct arena arena = {0};
    struct pairs many = {0};
    struct strings tags;
    for (int i = 0; i < 65; i++) {
        char key[40];
        snprintf(key, sizeof key, "traefik.http.routers.r%d.rule", i);
        pairs_set(&arena, &many, key, "x");
    }
    proxy_tags(&arena, &many, &tags);
    assert_int_equal(tags.count, 1);
    assert_string_equal(tags.item[0], "traefik.enable=false");
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_port_and_protocol),
        cmocka_unit_test(test_invalid_port),
        cmocka_unit_test(test_hosts),
        cmocka_unit_test(test_tags),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
