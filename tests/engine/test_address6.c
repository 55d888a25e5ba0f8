/* SPDX-License-Identifier: MIT */
/* Networks with IPv6 on a real engine: both addresses of a container are told where both answer, and one that
 * has IPv6 alone is checked and told everywhere. */
#include "tests/support/http.h"
#include "tests/support/partner.h"

#include <stdio.h>
#include <string.h>

#define DIG "dig @127.0.0.1 +tries=1 +time=2 +short "
#define ON "QUAYWATCH_DNS_LISTEN=0.0.0.0:53 QUAYWATCH_DNS_TTL=1s "
#define TOKEN "QUAYWATCH_AUTH_TOKEN=correct-horse-battery "
#define DUAL "--network dual " CHECKED LABEL("service.restart=no")

static char *address6_of(struct world *world, const char *container)
{
    return shell(world,
                 "docker inspect -f '{{range .NetworkSettings.Networks}}{{.GlobalIPv6Address}}{{end}}' %s",
                 container);
}

static char *address4_of(struct world *world, const char *container)
{
    return shell(world, "docker inspect -f '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' %s",
                 container);
}

static void export_has(struct world *world, const char *format, const char *part)
{
    const char *text = http_get(world, arena_format(&world->arena, "/export/%s", format))->body;
    if (!strstr(text, part))
        world_fail(world, "%s lacks \"%s\": %s", format, part, text);
}

static void both_addresses_are_told(void **state)
{
    struct world *world = *state;
    shell(world, "docker network create --ipv6 --subnet 172.30.7.0/24 --subnet fd00:7::/64 dual");
    container_run(world, "web", DUAL, "");
    daemon_start(world, ON);
    service_wait(world, "web", "status", "healthy");
    char *four = address4_of(world, "web"), *six = address6_of(world, "web");
    assert_int_equal(strncmp(six, "fd00:7::", 8), 0);
    output_wait(world, six, DIG "AAAA web.quay");
    output_wait(world, four, DIG "A web.quay");
    output_wait(
        world, arena_format(&world->arena, "%s\n%s", four, six),
        "dig @127.0.0.1 SRV _http._tcp.web.quay +noall +additional | awk '$4 ~ /^A/ {print $5}' | sort");
    char *target = shell(world, DIG "SRV _http._tcp.web.quay | awk '{print $4}'");
    output_wait(world, six, DIG "AAAA %s", target);
    assert_string_equal(service_field(world, "web", "instances[0].address"), four);
    assert_string_equal(service_field(world, "web", "instances[0].address6"), six);
    assert_string_equal(service_field(world, "web", "instances[0].networks[0].address6"), six);
    export_has(world, "hosts", arena_format(&world->arena, "%s\tweb", four));
    export_has(world, "hosts", arena_format(&world->arena, "%s\tweb", six));
    export_has(world, "json", arena_format(&world->arena, "\"address6\":\"%s\"", six));
    /* A container asks as it always does, and reaches it by that. */
    assert_string_equal(
        shell(world, "docker run --rm --network dual " IMAGE " wget -qO- http://[%s]:8080/health", six),
        "ok");
    /* What falls sick is told by none of them. */
    shell(world, "docker exec web sick 503");
    output_wait(world, "", DIG "AAAA web.quay");
    shell(world, "docker exec web well");
    output_wait(world, six, DIG "AAAA web.quay");
}

/* A program that listens on IPv4 alone has the address, but does not serve there; what it becomes in its next
 * run is found out anew. */
static void an_address_where_nobody_answers_is_not_told(void **state)
{
    struct world *world = *state;
    shell(world, "docker network create --ipv6 --subnet 172.30.7.0/24 --subnet fd00:7::/64 dual");
    container_run(world, "four", DUAL,
                  "sh -c 'trap exit TERM; if [ -e /tmp/both ]; then httpd -p 8080 -h /www; "
                  "else httpd -p 0.0.0.0:8080 -h /www; fi; while :; do sleep 0.1; done'");
    container_run(world, "both", DUAL, "");
    daemon_start(world, ON);
    service_wait(world, "four", "status", "healthy");
    service_wait(world, "both", "instances[0].address6", "*");
    output_wait(world, address4_of(world, "four"), DIG "A four.quay");
    service_stays(world, "four", "instances[0].address6", NULL, CALM_MS);
    char *six = address6_of(world, "four");
    assert_string_equal(service_field(world, "four", "instances[0].networks[0].address6"), six);
    assert_string_equal(shell(world, DIG "AAAA four.quay"), "");
    assert_null(strstr(http_get(world, "/export/hosts")->body, six));
    shell(world, "docker exec four touch /tmp/both && docker restart -t 1 four");
    service_wait(world, "four", "instances[0].address6", address6_of(world, "four"));
    shell(world, "docker exec four rm /tmp/both && docker restart -t 1 four");
    service_wait(world, "four", "instances[0].address6", NULL);
    service_wait(world, "four", "status", "healthy");
}

/* Without a check over the network, the second is told as the first is: unproven. */
static void told_unchecked_as_the_first_one_is(void **state)
{
    struct world *world = *state;
    shell(world, "docker network create --ipv6 --subnet 172.30.7.0/24 --subnet fd00:7::/64 dual");
    container_run(world, "plain",
                  "--network dual " LABEL("service.port=8080") LABEL("service.health.check=none"),
                  "httpd -f -p 0.0.0.0:8080 -h /www");
    daemon_start(world, ON);
    service_wait(world, "plain", "status", "unknown");
    output_wait(world, address4_of(world, "plain"), DIG "A plain.quay");
    output_wait(world, address6_of(world, "plain"), DIG "AAAA plain.quay");
}

#define ENGINE "curl -sSf --unix-socket %s/docker.sock -H 'Content-Type: application/json' "

/* Makes the network "six", whether this engine can make one without IPv4 (from 28 on) or not; then it is
 * true. */
static bool network_of_ipv6_alone(struct world *world)
{
    shell(world,
          ENGINE
          "http://engine/networks/create -d '{\"Name\":\"six\",\"EnableIPv4\":false,\"EnableIPv6\":true,"
          "\"IPAM\":{\"Config\":[{\"Subnet\":\"fd00:9::/64\"}]}}'",
          world->engine_dir);
    return strstr(shell(world, ENGINE "http://engine/networks/six", world->engine_dir),
                  "\"EnableIPv4\":false");
}

/* A service "six" that has an IPv6 address alone: a container, or, where the engine gives every container one
 * of IPv4, a registered service at the address of a container that quaywatch does not watch. Its address. */
static char *six_run(struct world *world)
{
    static const char *const bearer[] = {"Authorization: Bearer correct-horse-battery", NULL};
    if (network_of_ipv6_alone(world)) {
        container_run(
            world, "six",
            "--network six " CHECKED LABEL("service.restart=no") LABEL("service.hosts=six.example.org"), "");
        daemon_start(world, ON);
        return address6_of(world, "six");
    }
    shell(world, "docker run -d --name other --network six " IMAGE);
    char *address = address6_of(world, "other");
    daemon_start(world, ON TOKEN "QUAYWATCH_EXTERNAL_NETWORKS=fd00:9::/64");
    char *body = arena_format(&world->arena,
                              "{\"id\": \"six\", \"name\": \"six\", \"host\": \"%s\", \"port\": 8080, "
                              "\"healthEndpoint\": \"/cgi-bin/health\"}",
                              address);
    assert_int_equal(http_ask(world, "POST", "/services", bearer, body)->status, 201);
    return address;
}

static void one_of_ipv6_alone_is_served_everywhere(void **state)
{
    struct world *world = *state;
    char *six = six_run(world);
    assert_int_equal(strncmp(six, "fd00:9::", 8), 0);
    service_wait(world, "six", "status", "healthy");
    char *place = arena_format(&world->arena, "[%s]:8080", six);
    assert_string_equal(service_field(world, "six", "instances[0].address"), six);
    assert_null(service_field(world, "six", "instances[0].address6"));
    assert_string_equal(service_field(world, "six", "instances[0].serving"), "true");
    assert_string_equal(service_field(world, "six", "instances[0].health.target"),
                        arena_format(&world->arena, "http://%s/cgi-bin/health", place));
    assert_string_equal(http_json(world, "/services/six/resolve?order=address-first", "url"),
                        arena_format(&world->arena, "http://%s", place));
    output_wait(world, six, DIG "AAAA six.quay");
    assert_string_equal(shell(world, DIG "A six.quay"), "");
    output_wait(world, six,
                "dig @127.0.0.1 SRV _http._tcp.six.quay +noall +additional | "
                "awk '$4 == \"AAAA\" {print $5}'");
    static const struct {
        const char *format, *before, *after;
    } rows[] = {
        {"json", "\"address\":\"", "\""},
        {"json", "\"http://[", "]:8080\""},
        {"yaml", "\"address\": \"", "\""},
        {"toml", "address = \"", "\""},
        {"ini", "address = ", "\n"},
        {"hosts", "", "\tsix"},
        {"prometheus", "\"targets\":[\"[", "]:8080\"]"},
        {"haproxy", " [", "]:8080"},
        {"nginx", "server [", "]:8080"},
        {"traefik", "http://[", "]:8080"},
        {"env", "SIX_", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        export_has(world, rows[i].format,
                   arena_format(&world->arena, "%s%s%s", rows[i].before,
                                strcmp(rows[i].format, "env") == 0 ? "" : six, rows[i].after));
    if (strcmp(service_field(world, "six", "instances[0].external"), "true") != 0) /* a host needs a label */
        export_has(world, "caddy", arena_format(&world->arena, "{\"dial\":\"%s\"}", place));
    /* The URL that stands there is one that works. */
    char *url = shell(world,
                      "curl -sSf http://127.0.0.1:%d/export/prometheus | "
                      "sed 's/.*\"targets\":\\[\"\\([^\"]*\\)\".*/\\1/'",
                      world->port);
    assert_string_equal(shell(world, "curl -sSfg http://%s/health", url), "ok");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(both_addresses_are_told, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(an_address_where_nobody_answers_is_not_told, world_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(told_unchecked_as_the_first_one_is, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(one_of_ipv6_alone_is_served_everywhere, world_setup, world_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
