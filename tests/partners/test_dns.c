/* SPDX-License-Identifier: MIT */
/* Real programs that read DNS: dig, drill and kdig, unbound and dnsmasq before us, HAProxy that follows SRV
 * records. */
#include "tests/support/http.h"
#include "tests/support/partner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ON "QUAYWATCH_DNS_LISTEN=127.0.0.1:53 QUAYWATCH_DNS_TTL=1s "
#define WEB LABEL("service.name=web") CHECKED LABEL("service.restart=no")

struct partners {
    struct world *world;
    pid_t resolver;
};

static int setup(void **state)
{
    return partner_setup(state, sizeof(struct partners));
}

static int teardown(void **state)
{
    struct partners *partners = *state;
    partner_stop(partners->resolver);
    return partner_teardown(state);
}

static void run_web(struct world *world, int number, const char *labels)
{
    shell(world,
          "docker run -d --name web-%d " WEB "%s " IMAGE
          " sh -c 'echo %d >/www/number; httpd -f -p 8080 -h /www'",
          number, labels, number);
}

static void start_two(struct world *world)
{
    run_web(world, 1, LABEL("service.version=1.2.3"));
    run_web(world, 2, LABEL("service.weight=3"));
    daemon_start(world, ON);
    service_wait(world, "web", "status", "healthy");
}

/* What a command must write, with what it asks in one line. */
static void check(struct world *world, const char *command, const char *expected)
{
    char *output = NULL;
    shell_status(world, &output, "%s", command);
    if (!strstr(output, expected))
        world_fail(world, "`%s` wrote \"%s\", without \"%s\"", command, output, expected);
}

static void three_clients_read_the_same(void **state)
{
    struct partners *partners = *state;
    struct world *world = partners->world;
    start_two(world);
    char *one = container_address(world, "web-1");
    static const struct {
        const char *command, *expected;
    } cases[] = {
        {"dig @127.0.0.1 web-1.quay", "status: NOERROR"},
        {"dig @127.0.0.1 web-1.quay", "flags: qr aa rd;"},
        {"dig @127.0.0.1 web-1.quay", "recursion requested but not available"},
        {"dig @127.0.0.1 wEb-1.QUAY", "\nwEb-1.QUAY."},
        {"dig @127.0.0.1 +tcp SRV _http._tcp.web.quay", " 768 8080 "},
        {"dig @127.0.0.1 SRV _http._tcp.web.quay", "ANSWER: 2, AUTHORITY: 0, ADDITIONAL: 3"},
        {"dig @127.0.0.1 TXT web.quay", "\"version=1.2.3\""},
        {"dig @127.0.0.1 ANY web.quay", "\"RFC8482\" \"\""},
        {"dig @127.0.0.1 SOA quay", "ns.quay. hostmaster.quay."},
        {"dig @127.0.0.1 NS quay", "ns.quay.\t\t1\tIN\tA\t127.0.0.1"},
        {"dig @127.0.0.1 nobody.quay", "status: NXDOMAIN"},
        {"dig @127.0.0.1 _tcp.web.quay", "status: NOERROR"},
        {"dig @127.0.0.1 debian.org", "status: REFUSED"},
        {"dig @127.0.0.1 AXFR quay", "Transfer failed"},
        {"dig @127.0.0.1 CH TXT version.bind", "status: REFUSED"},
        {"dig @127.0.0.1 +opcode=notify SOA quay", "status: NOTIMP"},
        {"dig @127.0.0.1 +edns=7 +noednsnegotiation web.quay", "status: BADVERS"},
        {"dig @127.0.0.1 +ednsopt=65001:abcd +nsid +cookie +subnet=10.0.0.0/8 web.quay", "status: NOERROR"},
        {"dig @127.0.0.1 +bufsize=512 +dnssec web.quay", "EDNS: version: 0, flags: do; udp: 1232"},
        {"dig @127.0.0.1 +noedns web.quay", "ANSWER: 2, AUTHORITY: 0, ADDITIONAL: 0"},
        {"drill @127.0.0.1 web.quay", "rcode: NOERROR"},
        {"drill -t @127.0.0.1 _http._tcp.web.quay SRV", " 768 8080 "},
        {"drill @127.0.0.1 nobody.quay", "rcode: NXDOMAIN"},
        {"kdig @127.0.0.1 web.quay", "status: NOERROR"},
        {"kdig @127.0.0.1 +tcp +keepopen web.quay _http._tcp.web.quay SRV nobody.quay A", "status: NXDOMAIN"},
        {"kdig @127.0.0.1 +bufsize=1232 +padding +alignment=128 +tcp SRV _http._tcp.web.quay", " 256 8080 "},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check(world, cases[i].command, cases[i].expected);
    check(world, "dig @127.0.0.1 +short web-1.quay", one);
    check(world, "drill -Q @127.0.0.1 web-1.quay", one);
    check(world, "kdig @127.0.0.1 +short web-1.quay", one);
}

/* A resolver before us keeps answers for their time and no longer. */
static void follow_through(struct world *world, int port)
{
    char *one = container_address(world, "web-1"), *two = container_address(world, "web-2");
    char *both = shell(world, "printf '%%s\\n' %s %s | sort", one, two);
    output_wait(world, both, "dig @127.0.0.1 -p %d +short web.quay | sort", port);
    output_wait(world, "2", "dig @127.0.0.1 -p %d +short SRV _http._tcp.web.quay | wc -l", port);
    output_wait(world, "1", "dig @127.0.0.1 -p %d nobody.quay | grep -c 'status: NXDOMAIN'", port);
    output_wait(world, "0", "dig @127.0.0.1 -p %d web.quay AAAA +short | wc -l", port);
    shell(world, "docker exec web-1 sick 503");
    output_wait(world, two, "dig @127.0.0.1 -p %d +short web.quay", port);
    shell(world, "docker exec web-1 well");
    output_wait(world, both, "dig @127.0.0.1 -p %d +short web.quay | sort", port);
}

static void unbound_before_us(void **state)
{
    struct partners *partners = *state;
    struct world *world = partners->world;
    int port = free_port();
    start_two(world);
    shell(world,
          "cat >%s/unbound.conf <<END\n"
          "server:\n  interface: 127.0.0.1\n  port: %d\n  username: \"\"\n  chroot: \"\"\n  pidfile: \"\"\n"
          "  directory: %s\n  use-syslog: no\n  do-not-query-localhost: no\n  domain-insecure: \"quay\"\n"
          "  local-zone: \"quay.\" nodefault\n"
          "stub-zone:\n  name: \"quay\"\n  stub-addr: 127.0.0.1@53\n"
          "END",
          world->folder, port, world->folder);
    partners->resolver = partner_start(world, "unbound", "unbound -d -c %s/unbound.conf", world->folder);
    follow_through(world, port);
}

static void dnsmasq_before_us(void **state)
{
    struct partners *partners = *state;
    struct world *world = partners->world;
    int port = free_port();
    start_two(world);
    partners->resolver = partner_start(world, "dnsmasq",
                                       "dnsmasq --keep-in-foreground --user=root --port=%d --pid-file= "
                                       "--listen-address=127.0.0.1 --bind-interfaces --no-resolv --no-hosts "
                                       "--server=/quay/127.0.0.1#53",
                                       port);
    follow_through(world, port);
}

/* HAProxy's servers as "address weight", those that are up. */
static void servers_wait(struct world *world, int port, const char *expected)
{
    output_wait(world, expected,
                "curl -sf 'http://127.0.0.1:%d/;csv' | awk -F, '$1 == \"web\" && $18 == \"UP\" && $2 ~ /^s/ "
                "{print $74, $19}' | sort",
                port);
}

static void haproxy_follows_srv(void **state)
{
    struct partners *partners = *state;
    struct world *world = partners->world;
    int port = free_port(), front = free_port();
    start_two(world);
    char *one = container_address(world, "web-1"), *two = container_address(world, "web-2");
    shell(world,
          "cat >%s/haproxy.cfg <<END\n"
          "global\n  maxconn 200\n"
          "defaults\n  mode http\n  timeout connect 2s\n  timeout client 5s\n  timeout server 5s\n"
          "resolvers quay\n  nameserver quay 127.0.0.1:53\n  accepted_payload_size 1232\n  hold valid 1s\n"
          "  hold obsolete 1s\n  resolve_retries 3\n  timeout resolve 1s\n  timeout retry 1s\n"
          "listen page\n  bind 127.0.0.1:%d\n  stats enable\n  stats uri /\n  stats show-legends\n"
          "listen web\n  bind 127.0.0.1:%d\n  balance roundrobin\n"
          "  server-template s 5 _http._tcp.web.quay resolvers quay resolve-prefer ipv4 init-addr none check "
          "inter 200ms\n"
          "END",
          world->folder, port, front);
    partners->resolver = partner_start(world, "haproxy", "haproxy -db -f %s/haproxy.cfg", world->folder);
    char *first = arena_format(&world->arena, "%s:8080 1", one);
    char *second = arena_format(&world->arena, "%s:8080 3", two);
    char *both = shell(world, "printf '%%s\\n' '%s' '%s' | sort", first, second);
    servers_wait(world, port, both);
    /* Three of four requests go to the one with the weight 3. */
    output_wait(world, "6",
                "for i in 1 2 3 4 5 6 7 8; do curl -sf http://127.0.0.1:%d/number; done | grep -c 2", front);
    shell(world, "docker exec web-1 sick 503");
    servers_wait(world, port, second);
    run_web(world, 3, LABEL("service.weight=100"));
    char *third = arena_format(&world->arena, "%s:8080 100", container_address(world, "web-3"));
    servers_wait(world, port, shell(world, "printf '%%s\\n' '%s' '%s' | sort", second, third));
    shell(world, "docker rm -f web-2");
    servers_wait(world, port, third);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(three_clients_read_the_same),
        TEST(unbound_before_us),
        TEST(dnsmasq_before_us),
        TEST(haproxy_follows_srv),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
