/* SPDX-License-Identifier: MIT */
/* Tests what https checks make of certificates: servers of OpenSSL with good and bad ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "controller/core/transfer.h"
#include "health/probe.h"
#include "tests/support/answer_server.h"
#include "tests/support/server_process.h"

static const struct answer answers[] = {{"", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 0, true}};

enum { GOOD, OLD, OWN, SERVERS };

struct world {
    uv_loop_t loop;
    struct answer_server plain;
    struct transfer_pool *pool;
    struct outcome outcome;
    unsigned done;
    struct server_process servers;
    int port[SERVERS];
    char folder[64], ca_file[128], url[64];
};

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    snprintf(world->folder, sizeof world->folder, "/tmp/quaywatch-tls.XXXXXX");
    assert_non_null(mkdtemp(world->folder));
    snprintf(world->ca_file, sizeof world->ca_file, "%s/ca.pem", world->folder);
    assert_int_equal(server_process_start(&world->servers, "tests/support/tls_servers.sh", world->folder,
                                          world->port, SERVERS),
                     0);
    uv_loop_init(&world->loop);
    answer_server_start(&world->plain, &world->loop, answers);
    world->pool = transfer_pool_new(&world->loop, 16);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    server_process_stop(&world->servers);
    transfer_pool_free(world->pool);
    answer_server_stop(&world->plain);
    uv_run(&world->loop, UV_RUN_DEFAULT);
    int left = uv_loop_close(&world->loop);
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", world->folder);
    left |= system(command);
    free(world);
    return left;
}

static void on_outcome(void *user, struct outcome *outcome)
{
    struct world *world = user;
    world->outcome = *outcome;
    world->done++;
    uv_stop(&world->loop);
}

static struct probe_spec spec_of(struct world *world, int port, const char *tls_name)
{
    snprintf(world->url, sizeof world->url, "https://127.0.0.1:%d/", port);
    return (struct probe_spec){.kind = CHECK_HTTP,
                               .url = world->url,
                               .timeout_ms = 20000,
                               .tls_verify = tls_name != NULL,
                               .tls_name = tls_name,
                               .ca_file = world->ca_file};
}

static void check(struct world *world, const struct probe_spec *spec, enum outcome_kind kind,
                  const char *message)
{
    unsigned before = world->done;
    probe_start(&(struct probe_tools){.pool = world->pool}, spec, on_outcome, world);
    while (world->done == before)
        uv_run(&world->loop, UV_RUN_DEFAULT);
    free(world->outcome.check);
    world->outcome.check = NULL;
    assert_string_equal(world->outcome.message, message);
    assert_int_equal(world->outcome.kind, kind);
}

static void good_and_bad_certificates(void **state)
{
    struct world *world = *state;
    const struct {
        int port;
        const char *name; /* NULL: not verified */
        enum outcome_kind kind;
        const char *message;
    } rows[] = {
        {world->port[GOOD], NULL, OUTCOME_PASS, "200 OK"},
        {world->port[OLD], NULL, OUTCOME_PASS, "200 OK"},
        {world->port[OWN], NULL, OUTCOME_PASS, "200 OK"},
        {world->port[GOOD], "app.example.com", OUTCOME_PASS, "200 OK"},
        {world->port[GOOD], "other.example.com", OUTCOME_TLS,
         "No secure connection (TLS): the certificate is not for other.example.com; service.health.tls_name "
         "says whom to expect"},
        {world->port[OLD], "app.example.com", OUTCOME_TLS,
         "No secure connection (TLS): the certificate has expired"},
        {world->port[OWN], "app.example.com", OUTCOME_TLS,
         "No secure connection (TLS): the certificate is self-signed; trust its issuer with HEALTH_CHECK_CA"},
        {world->plain.port, "app.example.com", OUTCOME_TLS,
         "No secure connection (TLS): what answers does not speak https, or has no version or name in common "
         "with the check"},
    };
    for (int round = 0; round < 2;
         round++) /* the second over kept handles, and connections where there are */
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
            struct probe_spec spec = spec_of(world, rows[i].port, rows[i].name);
            spec.reuse = round == 1;
            check(world, &spec, rows[i].kind, rows[i].message);
        }
}

static void whom_to_trust(void **state)
{
    struct world *world = *state;
    struct probe_spec spec = spec_of(world, world->port[GOOD], "app.example.com");
    spec.ca_file = NULL; /* the system's */
    check(world, &spec, OUTCOME_TLS,
          "No secure connection (TLS): nobody trusted has issued the certificate; HEALTH_CHECK_CA names "
          "further issuers");
    spec.ca_file = "/nowhere/ca.pem";
    check(world, &spec, OUTCOME_NOT_MADE,
          "Not checked: the file of HEALTH_CHECK_CA cannot be read or holds no certificate");
    spec.tls_name = NULL; /* an address is no name in the certificate */
    spec.ca_file = world->ca_file;
    check(world, &spec, OUTCOME_TLS,
          "No secure connection (TLS): the certificate is not for this address; service.health.tls_name says "
          "whom to expect");
}

/* Without TLS the name means nothing; a Host of the check is sent as it is. */
static void the_host_of_a_check(void **state)
{
    struct world *world = *state;
    struct probe_spec spec = spec_of(world, world->plain.port, NULL);
    char url[64], name[] = "Host", value[] = "b.example.com";
    struct pair header = {name, value};
    snprintf(url, sizeof url, "http://127.0.0.1:%d/", world->plain.port);
    spec.url = url;
    spec.tls_name = "app.example.com";
    check(world, &spec, OUTCOME_PASS, "200 OK");
    assert_null(strstr(world->plain.head, "app.example.com")); /* plain http knows no such name */
    spec.headers = (struct pairs){.item = &header, .count = 1};
    check(world, &spec, OUTCOME_PASS, "200 OK");
    assert_non_null(strstr(world->plain.head, "\r\nHost: b.example.com\r\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_and_bad_certificates),
        cmocka_unit_test(whom_to_trust),
        cmocka_unit_test(the_host_of_a_check),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
