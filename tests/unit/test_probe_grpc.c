/* SPDX-License-Identifier: MIT */
/* Tests health/probe_grpc and grpc_health: a server of the gRPC project, servers that speak something else,
 * and bytes that are no answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "controller/core/transfer.h"
#include "health/grpc_health.h"
#include "health/probe_kind.h"
#include "tests/support/answer_server.h"
#include "tests/support/server_process.h"

static const struct answer answers[] = {
    {"", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", 0, true},
};

struct world {
    uv_loop_t loop;
    struct answer_server server;
    struct transfer_pool *pool;
    struct outcome outcome;
    unsigned done;
    char url[64];
};

/* The server is the whole program's: it takes a second to start. */
static struct server_process server;
static int port, bare_port;

static int group_set_up(void **state)
{
    (void)state;
    int ports[2];
    if (server_process_start(&server, "/usr/bin/python3", "tests/support/grpc_server.py", ports, 2) < 0)
        return -1;
    port = ports[0];
    bare_port = ports[1];
    return 0;
}

static int group_tear_down(void **state)
{
    (void)state;
    return server_process_stop(&server);
}

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    uv_loop_init(&world->loop);
    answer_server_start(&world->server, &world->loop, answers);
    world->pool = transfer_pool_new(&world->loop, 16);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    transfer_pool_free(world->pool);
    answer_server_stop(&world->server);
    uv_run(&world->loop, UV_RUN_DEFAULT);
    int left = uv_loop_close(&world->loop);
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

static struct probe_spec spec_of(struct world *world, int at_port, const char *service)
{
    snprintf(world->url, sizeof world->url, "grpc://127.0.0.1:%d", at_port);
    return (struct probe_spec){
        .kind = CHECK_GRPC, .url = world->url, .grpc_service = service, .timeout_ms = 20000};
}

static void check(struct world *world, const struct probe_spec *spec, enum outcome_kind kind,
                  const char *message)
{
    unsigned before = world->done;
    probe_start(&(struct probe_tools){.pool = world->pool}, spec, on_outcome, world);
    assert_int_equal(world->done, before);
    while (world->done == before)
        uv_run(&world->loop, UV_RUN_DEFAULT);
    assert_string_equal(world->outcome.message, message);
    assert_int_equal(world->outcome.kind, kind);
}

static void services_of_a_real_server(void **state)
{
    struct world *world = *state;
    char longest[201];
    memset(longest, 'x', 200);
    longest[200] = '\0';
    const struct {
        const char *service;
        enum outcome_kind kind;
        const char *message;
    } rows[] = {
        {NULL, OUTCOME_PASS, "The server is serving"},
        {"good", OUTCOME_PASS, "Service good is serving"},
        {longest, OUTCOME_PASS,
         "Service xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx is "
         "serving"},
        {"bad", OUTCOME_VERDICT, "Service bad says that it is not serving (NOT_SERVING)"},
        {"odd", OUTCOME_VERDICT, "Service odd says that its health is not known (UNKNOWN)"},
        {"none", OUTCOME_MISSING,
         "The server knows no gRPC service none; service.health.grpc_service names it"},
        {"login", OUTCOME_MISSING,
         "The server does not allow the health call; send service.health.header.<Name>"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct probe_spec spec = spec_of(world, port, rows[i].service);
        check(world, &spec, rows[i].kind, rows[i].message);
        spec.reuse = true; /* which is not done here */
        check(world, &spec, rows[i].kind, rows[i].message);
    }
    struct probe_spec spec = spec_of(world, bare_port, NULL);
    check(world, &spec, OUTCOME_MISSING, "The server has no gRPC health service (grpc.health.v1.Health)");
}

static void headers_are_metadata(void **state)
{
    struct world *world = *state;
    struct probe_spec spec = spec_of(world, port, "login");
    char name[] = "Authorization", value[] = "token";
    struct pair header = {name, value};
    spec.headers = (struct pairs){.item = &header, .count = 1};
    check(world, &spec, OUTCOME_PASS, "Service login is serving");
}

static void slow_and_silent(void **state)
{
    struct world *world = *state;
    struct probe_spec spec = spec_of(world, port, "slow");
    spec.timeout_ms = 200;
    check(world, &spec, OUTCOME_READ_TIMEOUT, "No complete answer within 200ms");
    spec.timeout_ms = 20000;
    spec.degraded_after_ms = 100;
    check(world, &spec, OUTCOME_DEGRADED, "Slower than 100ms");
}

static void other_protocols(void **state)
{
    struct world *world = *state;
    struct probe_spec spec = spec_of(world, world->server.port, NULL);
    check(world, &spec, OUTCOME_PROTOCOL, "What answers on this port does not speak gRPC");
    spec = spec_of(world, 1, NULL);
    check(world, &spec, OUTCOME_REFUSED, "Nothing listens on this port: the connection was refused");
}

static void cancelled(void **state)
{
    struct world *world = *state;
    struct probe_spec spec = spec_of(world, port, "slow");
    struct probe *early = probe_start(&(struct probe_tools){.pool = world->pool}, &spec, on_outcome, world);
    probe_cancel(early);
    struct probe *late = probe_start(&(struct probe_tools){.pool = world->pool}, &spec, on_outcome, world);
    for (int i = 0; i < 5; i++)
        uv_run(&world->loop, UV_RUN_NOWAIT);
    probe_cancel(late);
    assert_int_equal(transfer_pool_active(world->pool), 0);
    assert_int_equal(world->done, 0);
}

#define BYTES(text) text, sizeof(text) - 1

static void answers_as_bytes(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t len;
        int code;
        enum grpc_serving serving;
    } rows[] = {
        {BYTES("\0\0\0\0\0"), 0, GRPC_UNKNOWN},
        {BYTES("\0\0\0\0\2\10\1"), 0, GRPC_SERVING},
        {BYTES("\0\0\0\0\2\10\2"), 0, GRPC_NOT_SERVING},
        {BYTES("\0\0\0\0\2\10\3"), 0, GRPC_SERVICE_UNKNOWN},
        {BYTES("\0\0\0\0\2\10\4"), 0, GRPC_UNKNOWN},             /* of a later protocol */
        {BYTES("\0\0\0\0\4\10\2\10\1"), 0, GRPC_SERVING},        /* the last counts */
        {BYTES("\0\0\0\0\6\22\2ab\10\1"), 0, GRPC_SERVING},      /* a field that is not known */
        {BYTES("\0\0\0\0\3\10\201\0"), 0, GRPC_SERVING},         /* a longer number than needed */
        {BYTES("\0\0\0\0\13\21abcdefgh\10\1"), 0, GRPC_SERVING}, /* eight bytes */
        {BYTES("\0\0\0\0\7\25abcd\10\1"), 0, GRPC_SERVING},      /* four bytes */
        {BYTES(""), -1, GRPC_UNKNOWN},
        {BYTES("\0\0\0\0"), -1, GRPC_UNKNOWN},
        {BYTES("\1\0\0\0\2\10\1"), -1, GRPC_UNKNOWN},           /* compressed, without having been asked */
        {BYTES("\0\0\0\0\3\10\1"), -1, GRPC_UNKNOWN},           /* too short */
        {BYTES("\0\0\0\0\2\10\1\0\0\0\0\0"), -1, GRPC_UNKNOWN}, /* a second message */
        {BYTES("\0\0\0\0\1\10"), -1, GRPC_UNKNOWN},             /* no number */
        {BYTES("\0\0\0\0\2\22\5"), -1, GRPC_UNKNOWN},           /* five bytes of none */
        {BYTES("\0\0\0\0\2\13\14"), -1, GRPC_UNKNOWN},          /* a group */
        {BYTES("\0\0\0\0\14\10\377\377\377\377\377\377\377\377\377\377\1"), -1, GRPC_UNKNOWN},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        enum grpc_serving serving = GRPC_UNKNOWN;
        int code = grpc_health_read(rows[i].bytes, rows[i].len, &serving);
        assert_int_equal(code < 0, rows[i].code < 0);
        assert_int_equal(serving, rows[i].serving);
    }
}

static void requests_as_bytes(void **state)
{
    (void)state;
    char bytes[GRPC_REQUEST_MAX], service[400];
    assert_int_equal(grpc_health_request(NULL, bytes), 5);
    assert_memory_equal(bytes, "\0\0\0\0\0", 5);
    assert_int_equal(grpc_health_request("ab", bytes), 9);
    assert_memory_equal(bytes, "\0\0\0\0\4\12\2ab", 9);
    memset(service, 'x', sizeof service);
    service[sizeof service - 1] = '\0';
    assert_int_equal(grpc_health_request(service, bytes), GRPC_REQUEST_MAX);
    assert_memory_equal(bytes, "\0\0\0\1\3\12\200\2x", 9);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(services_of_a_real_server),
        TEST(headers_are_metadata),
        TEST(slow_and_silent),
        TEST(other_protocols),
        TEST(cancelled),
        cmocka_unit_test(answers_as_bytes),
        cmocka_unit_test(requests_as_bytes),
    };
    return cmocka_run_group_tests(tests, group_set_up, group_tear_down);
}
