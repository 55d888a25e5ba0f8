/* SPDX-License-Identifier: MIT */
/* Checks from outside the container, on real containers: where they are sent, what they ask for, and what is
 * said of what they find. */
#include "tests/support/http.h"

#include <string.h>

#define INSTANCE "instances[0]."

/* A container on the host's network is reached by loopback, and its certificate is looked at when asked for.
 */
static void certificates_on_the_host_network(void **state)
{
    struct world *world = *state;
    shell(world,
          "mkdir '%s/tls'; (sleep 100 | tests/support/tls_servers.sh '%s/tls' >'%s/ports') >/dev/null 2>&1 & "
          "until [ \"$(wc -l <'%s/ports')\" = 3 ]; do sleep 0.1; done",
          world->folder, world->folder, world->folder, world->folder);
    const char *port = shell(world, "head -1 '%s/ports'", world->folder);
    static const char https[] = "--network host --label service.port=%s" LABEL("service.protocol=https")
        LABEL("service.health.path=/") LABEL("service.restart=no") QUICK "%s";
    static const char *const rows[][5] = {
        {"trusted",
         (LABEL("service.health.tls_verify=true") LABEL("service.health.tls_name=app.example.com")),
         "healthy", "health.message", "200 OK"},
        {"byhost",
         (LABEL("service.health.tls_verify=true") LABEL("service.health.header.Host=app.example.com")),
         "healthy", "address", "127.0.0.1"},
        {"misnamed", (LABEL("service.health.tls_verify=true")), "unhealthy", "health.message",
         "~the certificate is not for misnamed"},
        {"trusting", "", "healthy", "findings", "~tls-not-verified"},
    };
    container_run(world, "beside", "", ""); /* by its network quaywatch knows that it is on the host itself */
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        container_run(world, rows[i][0], arena_format(&world->arena, https, port, rows[i][1]), "sleep 1000");
    daemon_start(world, arena_format(&world->arena, "HEALTH_CHECK_CA=%s/tls/ca.pem", world->folder));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        service_wait(world, rows[i][0], "status", rows[i][2]);
        service_wait(world, rows[i][0], arena_format(&world->arena, INSTANCE "%s", rows[i][3]), rows[i][4]);
    }
    service_wait(world, "trusted", INSTANCE "health.target",
                 arena_format(&world->arena, "https://127.0.0.1:%s/", port));
    service_wait(world, "misnamed", INSTANCE "health.recovery", "circuit_breaker");
    daemon_stop(world);
    shell(world, "xargs kill <'%s/tls/pids'", world->folder);
}

/* What shares another's network is asked at that one's address, also after it has got another one. */
static void a_sidecar_goes_where_its_owner_goes(void **state)
{
    struct world *world = *state;
    static const char address[] = "docker inspect -f '{{.NetworkSettings.Networks.vpn.IPAddress}}' owner";
    shell(world, "docker network create vpn >/dev/null");
    container_run(world, "owner", "--network vpn" LABEL("service.health.check=none"), "sleep 1000");
    container_run(world, "sidecar", "--network container:owner" CHECKED LABEL("service.restart=no"), "");
    daemon_start(world, "");
    service_wait(world, "sidecar", "status", "healthy");
    const char *before = shell(world, "%s", address);
    service_wait(world, "sidecar", INSTANCE "address", before);

    shell(world, "docker stop -t 0 sidecar owner >/dev/null");
    container_run(world, "squatter", "--network vpn" LABEL("service.health.check=none"), "sleep 1000");
    shell(world, "docker start owner >/dev/null && docker start sidecar >/dev/null");
    const char *after = shell(world, "%s", address);
    assert_string_not_equal(after, before);
    service_wait(world, "sidecar", INSTANCE "address", after);
    service_wait(world, "sidecar", INSTANCE "health.target",
                 arena_format(&world->arena, "http://%s:8080/cgi-bin/health", after));
    service_wait(world, "sidecar", "status", "healthy");
}

static void a_port_by_its_name(void **state)
{
    struct world *world = *state;
    container_run(world, "named",
                  LABEL("service.port=9") LABEL("service.port.admin=8080") LABEL("service.health.port=admin")
                      LABEL("service.health.path=/cgi-bin/health") QUICK,
                  "");
    daemon_start(world, "");
    service_wait(world, "named", "status", "healthy");
    service_wait(world, "named", INSTANCE "health.target", "~:8080/cgi-bin/health");
    service_wait(world, "named", INSTANCE "port", "9");
}

static void errors_have_a_class_and_a_recovery(void **state)
{
    struct world *world = *state;
    container_run(world, "deaf", CHECKED LABEL("service.restart=no"), "sleep 1000");
    container_run(world, "fine", CHECKED, "");
    daemon_start(world, "");
    service_wait(world, "deaf", "status", "unhealthy");
    service_wait(world, "fine", "status", "healthy");
    service_wait(world, "deaf", INSTANCE "health.error_class", "NETWORK_ERROR");
    service_wait(world, "deaf", INSTANCE "health.recovery", "circuit_breaker");
    service_wait(world, "deaf", INSTANCE "health.message",
                 "Nothing listens on this port: the connection was refused");
    service_wait(world, "fine", INSTANCE "health.recovery", "null");
    assert_true(metric(world, "quaywatch_probes_total{service=\"deaf\",result=\"refused\",error_class="
                              "\"NETWORK_ERROR\"}") > 0);
    assert_true(metric(world, "quaywatch_probes_total{service=\"fine\",result=\"pass\",error_class=\"\"}") >
                0);
    const char *explained = http_get(world, "/api/v1/services/deaf/explain")->body;
    assert_non_null(strstr(explained, "\"recovery\":\"circuit_breaker\""));
}

/* Units of a real systemd; and without any, nothing is known, said, and never a reason to restart. */
static void units_of_the_host(void **state)
{
    struct world *world = *state;
    static const char *const rows[][3] = {
        {"good", "healthy", "The host's unit good.service is active (running)"},
        {"bad", "unhealthy", "The host's unit bad.service is failed (failed)"},
        {"slow", "degraded", "The host's unit slow.service is activating (start)"},
        {"nope", "unhealthy", "There is no unit nope.service on the host; service.health.unit names it"},
    };
    enum { ROWS = sizeof rows / sizeof *rows };
    const char *units = arena_format(&world->arena, "%s/units", world->folder);
    shell(world, "tests/support/systemd.sh up '%s' >/dev/null 2>&1", units);
    for (size_t i = 0; i < ROWS; i++)
        container_run(
            world, rows[i][0],
            arena_format(&world->arena, "--network none --label service.health.unit=%s" QUICK, rows[i][0]),
            "sleep 1000");
    daemon_start(world,
                 arena_format(&world->arena, "DRY_RUN=true DBUS_SYSTEM_BUS_ADDRESS=unix:path=%s/bus", units));
    for (size_t i = 0; i < ROWS; i++) {
        service_wait(world, rows[i][0], "status", rows[i][1]);
        service_wait(world, rows[i][0], INSTANCE "health.message", rows[i][2]);
        service_wait(world, rows[i][0], INSTANCE "health.check", "systemd");
    }
    service_wait(world, "nope", INSTANCE "health.error_class", "CLIENT_ERROR");
    http_wait(world, "/api/v1/services/nope/explain", "instances[0].ladder[hold=check-wrong].state", "holds");

    shell(world, "tests/support/systemd.sh down '%s'", units);
    for (size_t i = 0; i < ROWS; i++) {
        service_wait(world, rows[i][0], "status", "unknown");
        service_wait(world, rows[i][0], INSTANCE "health.message", "~/run/dbus/system_bus_socket");
        service_wait(world, rows[i][0], INSTANCE "findings", "~check-not-made");
        service_wait(world, rows[i][0], INSTANCE "decision.action", "none");
    }

    shell(world, "tests/support/systemd.sh up '%s' stranger >/dev/null 2>&1", units);
    service_wait(world, "good", INSTANCE "health.message", "~useradd --system --uid 65532 quaywatch");
    shell(world, "tests/support/systemd.sh down '%s'", units);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
    const struct CMUnitTest tests[] = {
        TEST(certificates_on_the_host_network),
        TEST(a_sidecar_goes_where_its_owner_goes),
        TEST(a_port_by_its_name),
        TEST(errors_have_a_class_and_a_recovery),
        TEST(units_of_the_host),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
