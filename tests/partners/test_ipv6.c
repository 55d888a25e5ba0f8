/* SPDX-License-Identifier: MIT */
/* Real proxies and IPv6: HAProxy, by its runtime socket, and Caddy, by its admin API, lead to an instance
 * that is published by IPv6; HAProxy that asks by DNS gets one server of one that has both addresses. */
#include "tests/support/haproxy.h"
#include "tests/support/http.h"

#include <stdio.h>
#include <string.h>

#define RUN CHECKED LABEL("service.name=web") LABEL("service.restart=no") "--network dual "

static void network_make(struct world *world)
{
    shell(world, "docker network create --ipv6 --subnet 172.30.7.0/24 --subnet fd00:7::/64 dual");
}

/* Takes the engine's machine, and so quaywatch, out of the network's IPv4: what is published is of IPv6. */
static void leave_ipv4(struct world *world)
{
    shell(world, "ip addr del 172.30.7.1/24 dev br-$(docker network inspect -f '{{slice .Id 0 12}}' dual) && "
                 "ip -4 -o addr show | grep -c 172.30.7 || :");
}

static char *address6_of(struct world *world, const char *container)
{
    return shell(world, "docker inspect -f '{{.NetworkSettings.Networks.dual.GlobalIPv6Address}}' %s",
                 container);
}

static void haproxy_is_led_to_ipv6(void **state)
{
    struct haproxy_partner *haproxy = *state;
    struct world *world = haproxy->world;
    network_make(world);
    container_run(world, "web-1", RUN, "");
    container_run(world, "web-2", RUN, "");
    leave_ipv4(world);
    haproxy_start(haproxy, "  server quay-web-1 127.0.0.1:1\n");
    daemon_start(world, arena_format(&world->arena, "QUAYWATCH_HAPROXY=unix://%s", haproxy->socket));
    service_wait(world, "web", "status", "healthy");
    char *first = address6_of(world, "web-1"), *second = address6_of(world, "web-2");
    haproxy_server_wait(haproxy, "quay-web-1", arena_format(&world->arena, "%s:8080 weight 1 ready", first));
    haproxy_server_wait(haproxy, "quay-web-2", arena_format(&world->arena, "%s:8080 weight 1 ready", second));
    for (int i = 0; i < 4; i++)
        assert_string_equal(shell(world, "curl -sSf http://127.0.0.1:%d/health", haproxy->port), "ok");
    shell(world, "docker exec web-1 sick 503");
    haproxy_server_wait(haproxy, "quay-web-1", arena_format(&world->arena, "%s:8080 weight 1 drain", first));
    assert_string_equal(shell(world, "curl -sSf http://127.0.0.1:%d/health", haproxy->port), "ok");
}

static void caddy_is_led_to_ipv6(void **state)
{
    struct haproxy_partner *haproxy = *state; /* only its world */
    struct world *world = haproxy->world;
    network_make(world);
    container_run(world, "web-1", RUN, "");
    leave_ipv4(world);
    int admin = free_port(), port = free_port();
    char *path = file_write(
        world, "caddy.json",
        arena_format(&world->arena,
                     "{\"admin\":{\"listen\":\"127.0.0.1:%d\"},\"apps\":{\"http\":{\"servers\":{\"web\":{"
                     "\"listen\":[\"127.0.0.1:%d\"],\"automatic_https\":{\"disable\":true},\"routes\":[{"
                     "\"handle\":[{\"@id\":\"quaywatch-web\",\"handler\":\"reverse_proxy\",\"upstreams\":[]}]"
                     "}]}}}}}",
                     admin, port));
    pid_t caddy = partner_start(world, "caddy",
                                "env HOME=%s XDG_DATA_HOME=%s XDG_CONFIG_HOME=%s caddy run --config %s",
                                world->folder, world->folder, world->folder, path);
    partner_wait(world, "caddy", "curl -sSf http://127.0.0.1:%d/config/", admin);
    daemon_start(world, arena_format(&world->arena, "QUAYWATCH_CADDY=http://127.0.0.1:%d/", admin));
    output_wait(world, arena_format(&world->arena, "[{\"dial\":\"[%s]:8080\"}]", address6_of(world, "web-1")),
                "curl -sS http://127.0.0.1:%d/id/quaywatch-web/upstreams", admin);
    assert_string_equal(shell(world, "curl -sSf http://127.0.0.1:%d/health", port), "ok");
    partner_stop(caddy);
}

static void by_dns_one_server_of_two_addresses(void **state)
{
    struct haproxy_partner *haproxy = *state;
    struct world *world = haproxy->world;
    network_make(world);
    container_run(world, "web-1", RUN, "");
    daemon_start(world, "QUAYWATCH_DNS_LISTEN=127.0.0.1:53 QUAYWATCH_DNS_TTL=1s");
    char *six = address6_of(world, "web-1");
    output_wait(world, six, "dig @127.0.0.1 +short AAAA web.quay");
    haproxy_start(
        haproxy,
        "  server-template s 4 _http._tcp.web.quay resolvers quay resolve-prefer ipv4 init-addr none\n"
        "resolvers quay\n  nameserver quay 127.0.0.1:53\n  hold valid 1s\n");
    partner_wait(world, "haproxy", "curl -sSf http://127.0.0.1:%d/health", haproxy->port);
    char *told = haproxy_ask(haproxy, "show servers state quaywatch-web");
    size_t servers = 0;
    for (const char *at = told; (at = strstr(at, " 8080 ")); at++)
        servers++;
    if (servers != 1)
        world_fail(world, "HAProxy has %zu servers of one instance: %s", servers, told);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, haproxy_world_setup, haproxy_world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(haproxy_is_led_to_ipv6),
        TEST(caddy_is_led_to_ipv6),
        TEST(by_dns_one_server_of_two_addresses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
