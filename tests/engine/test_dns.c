/* SPDX-License-Identifier: MIT */
/* Names of containers by DNS, on port 53 as it is used: who stops serving is gone from the answers at once,
 * containers ask through Docker's own resolver, and many questions keep nobody from healing. */
#include "tests/support/http.h"
#include "tests/support/partner.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#define DIG "dig @127.0.0.1 +tries=1 +time=2 "
#define ON "QUAYWATCH_DNS_LISTEN=0.0.0.0:53 QUAYWATCH_DNS_TTL=1s "

static char *address_of(struct world *world, const char *container)
{
    return shell(world, "docker inspect -f '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' %s",
                 container);
}

static char *status_of(struct world *world, const char *name)
{
    return shell(world, DIG "%s | sed -n 's/.*status: \\([A-Z]*\\),.*/\\1/p'", name);
}

static void run_two(struct world *world)
{
    for (int i = 1; i <= 2; i++)
        shell(world,
              "docker run -d --name web-%d --label service.name=web --label service.tags=n%d " CHECKED LABEL(
                  "service.restart=no") IMAGE,
              i, i);
}

static void who_does_not_serve_is_not_told(void **state)
{
    struct world *world = *state;
    run_two(world);
    daemon_start(world, ON);
    service_wait(world, "web", "status", "healthy");
    char *one = address_of(world, "web-1"), *two = address_of(world, "web-2");
    char *both = shell(world, "printf '%%s\\n' %s %s | sort", one, two);
    output_wait(world, both, DIG "+short web.quay | sort");
    output_wait(world, two, DIG "+short n2.web.quay");
    output_wait(world, one, DIG "+short web-1.quay");
    output_wait(world, "2", DIG "+short +tcp SRV _http._tcp.web.quay | sort -u | wc -l");
    /* (Docker's default bridge has no aliases, and none is needed.) */
    shell(world, "docker exec web-1 sick 503");
    output_wait(world, two, DIG "+short web.quay");
    output_wait(world, "", DIG "+short web-1.quay");
    assert_string_equal(status_of(world, "web-1.quay"), "NOERROR");
    shell(world, "docker exec web-2 sick 503");
    output_wait(world, "", DIG "+short web.quay");
    assert_string_equal(status_of(world, "web.quay"), "NOERROR"); /* it exists, and nobody serves */
    shell(world, "docker exec web-1 well");
    output_wait(world, one, DIG "+short web.quay");
    shell(world, "docker rm -f web-1 web-2");
    output_wait(world, "1", DIG "web.quay | grep -c 'status: NXDOMAIN'");
    assert_string_equal(shell(world, DIG "web.quay | awk '$4 == \"SOA\" {print $1, $2}'"), "quay. 1");
    assert_true(metric(world, "quaywatch_dns_queries_total{rcode=\"NOERROR\"}") > 5);
    assert_true(metric(world, "quaywatch_dns_queries_total{rcode=\"NXDOMAIN\"}") >= 1);
    http_wait(world, "/api/v1/exports", "exports[0].kind", "dns");
    http_wait(world, "/api/v1/exports", "exports[0].target", "0.0.0.0:53");
    http_wait(world, "/api/v1/exports", "exports[0].state", "fine");
}

/* A container asks quaywatch by the gateway of another network than its own: the answer must come from the
 * address that was asked. On a network of its own Docker's resolver asks for it. */
static void containers_ask(void **state)
{
    struct world *world = *state;
    run_two(world);
    shell(world, "docker network create other");
    char *gateway = shell(world, "docker inspect -f '{{.NetworkSettings.Gateway}}' web-1");
    daemon_start(world, ON);
    service_wait(world, "web", "status", "healthy");
    char *one = address_of(world, "web-1");
    output_wait(world, one,
                "docker run --rm --dns %s " IMAGE " nslookup n1.web.quay | tail -n +3 | "
                "sed -n 's/^Address.*: *\\([0-9.]*\\).*/\\1/p'",
                gateway);
    output_wait(world, one,
                "docker run --rm --network other --dns %s " IMAGE " nslookup n1.web.quay | "
                "tail -n +3 | sed -n 's/^Address.*: *\\([0-9.]*\\).*/\\1/p'",
                gateway);
    output_wait(world, one,
                "docker run --rm --network other " IMAGE " nslookup n1.web.quay %s | "
                "tail -n +3 | sed -n 's/^Address.*: *\\([0-9.]*\\).*/\\1/p'",
                gateway);
}

static void many_questions_keep_nobody_from_healing(void **state)
{
    struct world *world = *state;
    container_run(world, "web", CHECKED, "");
    daemon_start(world, ON);
    service_wait(world, "web", "status", "healthy");
    char *load = arena_format(
        &world->arena,
        "for i in $(seq 2000); do echo web.quay A; echo no.quay AAAA; echo _http._tcp.web.quay SRV; "
        "done >%s/questions; for i in 1 2; do { while [ -e %s/questions ]; do dig @127.0.0.1 "
        "+noall -f %s/questions >/dev/null 2>&1; done; } & done; wait",
        world->folder, world->folder, world->folder);
    char *started = container_started_at(world, "web");
    shell(world, "setsid sh -c '%s' >/dev/null 2>&1 &", load);
    shell(world, "docker exec web sick 503");
    service_wait(world, "web", "instances[0].restarts.count", "1");
    service_wait(world, "web", "status", "healthy");
    assert_string_not_equal(container_started_at(world, "web"), started);
    shell(world, "rm %s/questions", world->folder);
    assert_true(metric(world, "quaywatch_dns_queries_total{rcode=\"NXDOMAIN\"}") > 100);
}

/* Root, which port 53 needs, is given up after the start: other places that need it leave the old ones open.
 */
static void settings_are_read_again(void **state)
{
    struct world *world = *state;
    char *config = arena_format(&world->arena, "%s/settings", world->folder);
    int port = free_port();
    shell(world, "echo 'QUAYWATCH_DNS_LISTEN=127.0.0.1:53,127.0.0.1:%d' >%s; chmod 644 %s", port, config,
          config);
    container_run(world, "web", CHECKED, "");
    daemon_start(world, arena_format(&world->arena, "QUAYWATCH_CONFIG=%s", config));
    service_wait(world, "web", "status", "healthy");
    char *address = address_of(world, "web");
    output_wait(world, address, DIG "+short web.quay");
    shell(world, "echo 'QUAYWATCH_DNS_LISTEN=127.0.0.1:54' >%s", config);
    kill(world->daemon, SIGHUP);
    log_wait(world, "DNS is answered as before: the old DNS settings stay");
    output_wait(world, address, DIG "+short web.quay");
    shell(world, "printf 'QUAYWATCH_DNS_LISTEN=127.0.0.1:%d\\nQUAYWATCH_DNS_ZONE=svc.test\\n' >%s", port,
          config);
    kill(world->daemon, SIGHUP);
    output_wait(world, address, DIG "-p %d +short web.svc.test", port);
    output_wait(world, "1", DIG "-p %d web.quay | grep -c REFUSED", port);
    shell(world, ": >%s", config);
    kill(world->daemon, SIGHUP);
    output_wait(world, "closed", DIG "-p %d web.svc.test >/dev/null || echo closed", port);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(who_does_not_serve_is_not_told),
        TEST(containers_ask),
        TEST(many_questions_keep_nobody_from_healing),
        TEST(settings_are_read_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
