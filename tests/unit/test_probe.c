/* SPDX-License-Identifier: MIT */
/* Tests health/probe: real checks against a small server, and the judgement of every end as a table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "controller/core/transfer.h"
#include "health/probe.h"
#include "tests/support/answer_server.h"

#define JSON(status, body)                                                                                   \
    "HTTP/1.1 " status "\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n" body

static const struct answer answers[] = {
    {"/ok", "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nall is well", 0, false},
    {"/empty", "HTTP/1.1 204 No Content\r\n\r\n", 0, false},
    {"/404", "HTTP/1.1 404 Nothing\r\nContent-Length: 0\r\n\r\n", 0, false},
    {"/500", "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", 0, false},
    {"/302", "HTTP/1.1 302 Found\r\nLocation: /ok\r\nContent-Length: 0\r\n\r\n", 0, false},
    {"/slow", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", 150, false},
    {"/hang", NULL, 0, false},
    {"/half", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", 0, false},
    {"/garbage", "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", 0, true},
    {"/cut", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", 0, true},
    {"/nothing", "", 0, true},
    {"/degraded",
     JSON("503 Service Unavailable", "{\"status\":\"degraded\",\"checks\":{\"cache\":\"warn\"}}"), 0, true},
    {"/sick503", JSON("503 Service Unavailable", "{\"status\":\"unhealthy\",\"checks\":{\"db\":\"fail\"}}"),
     0, true},
    {"/sick200", JSON("200 OK", "{\"status\":\"fail\",\"dependencies\":{\"db\":false}}"), 0, true},
    {"/warn200", JSON("200 OK", "{\"status\":\"warn\"}"), 0, true},
    {"/well200", JSON("200 OK", "{\"status\":\"ok\",\"checks\":{\"db\":\"up\",\"a\":true}}"), 0, true},
    {"/sick404", JSON("404 Not Found", "{\"status\":\"degraded\",\"checks\":{\"db\":\"fail\"}}"), 0, true},
    {"", "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", 0, true},
};

struct world {
    uv_loop_t loop;
    struct answer_server server;
    struct transfer_pool *pool;
    struct outcome outcome;
    unsigned done;
    char url[128];
};

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    uv_loop_init(&world->loop);
    answer_server_start(&world->server, &world->loop, answers);
    world->pool = transfer_pool_new(&world->loop, 16);
    *state = world;
    return world->pool ? 0 : -1;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    transfer_pool_free(world->pool);
    answer_server_stop(&world->server);
    uv_run(&world->loop, UV_RUN_DEFAULT);
    int left = uv_loop_close(&world->loop);
    free(world->outcome.check);
    free(world);
    return left;
}

static void on_outcome(void *user, struct outcome *outcome)
{
    struct world *world = user;
    free(world->outcome.check);
    world->outcome = *outcome;
    world->done++;
    uv_stop(&world->loop);
}

/* Makes one check and waits for its outcome. */
static const struct outcome *check(struct world *world, const struct probe_spec *spec)
{
    unsigned before = world->done;
    probe_start(&(struct probe_tools){.pool = world->pool}, spec, on_outcome, world);
    assert_int_equal(world->done, before); /* never before it returns */
    while (world->done == before)
        uv_run(&world->loop, UV_RUN_DEFAULT);
    assert_int_equal(world->done, before + 1);
    return &world->outcome;
}

static struct probe_spec http_spec(struct world *world, const char *path)
{
    snprintf(world->url, sizeof world->url, "http://127.0.0.1:%d%s", world->server.port, path);
    return (struct probe_spec){.kind = CHECK_HTTP, .url = world->url, .timeout_ms = 300};
}

static void test_answers(void **state)
{
    struct world *world = *state;
    static const struct {
        const char *path;
        bool implicit;
        enum outcome_kind kind;
        int http_status;
        const char *message;
        size_t checks;
    } cases[] = {
        {"/ok", false, OUTCOME_PASS, 200, "200 OK", 0},
        {"/empty", false, OUTCOME_PASS, 204, "204 No Content", 0},
        {"/404", false, OUTCOME_STATUS, 404,
         "404 Not Found: there is nothing at this path; service.health.path says which one to ask", 0},
        {"/404", true, OUTCOME_PASS, 404, "404 Not Found", 0},
        {"/500", false, OUTCOME_STATUS, 500,
         "500 Internal Server Error: the service reports a fault of its own", 0},
        {"/500", true, OUTCOME_STATUS, 500,
         "500 Internal Server Error: the service reports a fault of its own", 0},
        {"/302", false, OUTCOME_STATUS, 302,
         "302 Found: it sends elsewhere, which is not followed; expected is 200-299", 0},
        {"/302", true, OUTCOME_PASS, 302, "302 Found", 0},
        {"/hang", false, OUTCOME_READ_TIMEOUT, 0, "No complete answer within 300ms", 0},
        {"/half", false, OUTCOME_READ_TIMEOUT, 200, "No complete answer within 300ms", 0},
        {"/garbage", false, OUTCOME_PROTOCOL, 0, "What answers on this port does not speak HTTP", 0},
        {"/garbage", true, OUTCOME_PROTOCOL, 0, "What answers on this port does not speak HTTP", 0},
        {"/cut", false, OUTCOME_CUT, 200, "The connection was closed before the answer was complete", 0},
        {"/nothing", false, OUTCOME_CUT, 0, "The connection was closed before the answer was complete", 0},
        {"/degraded", false, OUTCOME_DEGRADED, 503, "503 Service Unavailable, and its answer says degraded",
         1},
        {"/degraded", true, OUTCOME_DEGRADED, 503, "503 Service Unavailable, and its answer says degraded",
         1},
        {"/sick503", false, OUTCOME_STATUS, 503,
         "503 Service Unavailable: the service reports a fault of its own", 1},
        {"/sick200", false, OUTCOME_BODY, 200, "200 OK, but its answer says unhealthy", 1},
        {"/warn200", false, OUTCOME_DEGRADED, 200, "200 OK, but its answer says degraded", 0},
        {"/well200", false, OUTCOME_PASS, 200, "200 OK", 2},
        {"/sick404", true, OUTCOME_PASS, 404, "404 Not Found", 0}, /* bodies refine 2xx and 503 only */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct probe_spec spec = http_spec(world, cases[i].path);
        spec.implicit = cases[i].implicit;
        const struct outcome *outcome = check(world, &spec);
        assert_string_equal(outcome->message, cases[i].message);
        assert_int_equal(outcome->kind, cases[i].kind);
        assert_int_equal(outcome->http_status, cases[i].http_status);
        assert_int_equal(outcome->check_count, cases[i].checks);
        assert_true(outcome->response_ms > 0 && outcome->response_ms < 5000);
    }
}

static void test_ipv6(void **state)
{
    struct world *world = *state;
    struct answer_server server;
    char url[64], host[32];
    answer_server_start_at(&server, &world->loop, answers, "::1");
    snprintf(url, sizeof url, "http://[::1]:%d/ok", server.port);
    snprintf(host, sizeof host, "\r\nHost: [::1]:%d\r\n", server.port);
    struct probe_spec spec = {.kind = CHECK_HTTP, .url = url, .timeout_ms = 5000};
    assert_int_equal(check(world, &spec)->kind, OUTCOME_PASS);
    assert_non_null(strstr(server.head, host));
    snprintf(url, sizeof url, "tcp://[::1]:%d", server.port);
    spec.kind = CHECK_TCP;
    assert_int_equal(check(world, &spec)->kind, OUTCOME_PASS);
    answer_server_stop(&server);
    uv_run(&world->loop, UV_RUN_NOWAIT);
    uv_run(&world->loop, UV_RUN_NOWAIT);
}

static void test_expectations(void **state)
{
    struct world *world = *state;
    struct probe_spec spec = http_spec(world, "/404");
    spec.expect = "404";
    assert_int_equal(check(world, &spec)->kind, OUTCOME_PASS);
    spec = http_spec(world, "/ok");
    spec.expect = "204";
    assert_int_equal(check(world, &spec)->kind, OUTCOME_STATUS);
    assert_string_equal(world->outcome.message, "200 OK, but expected is 204");
    spec = http_spec(world, "/ok");
    spec.body = "is well";
    assert_int_equal(check(world, &spec)->kind, OUTCOME_PASS);
    spec.body = "is ill";
    assert_int_equal(check(world, &spec)->kind, OUTCOME_BODY);
    assert_string_equal(world->outcome.message,
                        "200 OK, but its answer lacks the text of service.health.body");
}

static void test_slow(void **state)
{
    struct world *world = *state;
    struct probe_spec spec = http_spec(world, "/slow");
    spec.timeout_ms = 3000;
    spec.degraded_after_ms = 100;
    assert_int_equal(check(world, &spec)->kind, OUTCOME_DEGRADED);
    assert_string_equal(world->outcome.message, "Slower than 100ms");
    assert_int_equal(world->outcome.http_status, 200);
    assert_true(world->outcome.response_ms >= 140);
    spec.degraded_after_ms = 2500;
    assert_int_equal(check(world, &spec)->kind, OUTCOME_PASS);
    spec.timeout_ms = 100;
    assert_int_equal(check(world, &spec)->kind, OUTCOME_READ_TIMEOUT);
}

static void test_request(void **state)
{
    struct world *world = *state;
    struct probe_spec spec = http_spec(world, "/ok?deep=1");
    check(world, &spec);
    char expected[256];
    snprintf(expected, sizeof expected,
             "GET /ok?deep=1 HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUser-Agent: quaywatch\r\n"
             "Accept: application/json, */*\r\n\r\n",
             world->server.port);
    assert_string_equal(world->server.head, expected);

    /* Own headers; hostile ones are left out, and do not displace what is sent anyway. */
    struct pair headers[] = {
        {(char[]){"X-Probe"}, (char[]){"yes"}},
        {(char[]){"user-agent"}, (char[]){"mine"}},
        {(char[]){"Accept"}, (char[]){"a\r\nX-Evil: 1"}},
        {(char[]){"X Evil"}, (char[]){"2"}},
        {(char[]){""}, (char[]){"3"}},
        {(char[]){"X-Evil:"}, (char[]){"4"}},
    };
    spec.headers = (struct pairs){.item = headers, .count = sizeof headers / sizeof *headers};
    spec.method = "HEAD";
    spec.reuse = true;
    check(world, &spec);
    assert_int_equal(world->outcome.kind, OUTCOME_PASS);
    assert_non_null(strstr(world->server.head, "HEAD /ok?deep=1 HTTP/1.1\r\n"));
    assert_non_null(strstr(world->server.head, "\r\nX-Probe: yes\r\n"));
    assert_non_null(strstr(world->server.head, "\r\nuser-agent: mine\r\n"));
    assert_non_null(strstr(world->server.head, "\r\nAccept: application/json, */*\r\n"));
    assert_null(strstr(world->server.head, "Evil"));
    assert_null(strstr(world->server.head, "quaywatch"));
}

static void test_connections(void **state)
{
    struct world *world = *state;
    struct probe_spec spec = http_spec(world, "/ok");
    unsigned before = world->server.accepted;
    for (int i = 0; i < 3; i++)
        check(world, &spec);
    assert_int_equal(world->server.accepted, before + 3);
    spec.reuse = true;
    for (int i = 0; i < 3; i++)
        check(world, &spec);
    assert_int_equal(world->server.accepted, before + 4);
}

/* A port of loopback where nobody listens. */
static int bound_socket(int *ret_port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, size), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    *ret_port = ntohs(address.sin_port);
    return fd;
}

static void test_no_connection(void **state)
{
    struct world *world = *state;
    int port, fd = bound_socket(&port);
    for (int tcp = 0; tcp < 2; tcp++) {
        char url[64];
        snprintf(url, sizeof url, "%s://127.0.0.1:%d/", tcp ? "tcp" : "http", port);
        struct probe_spec spec = {.kind = tcp ? CHECK_TCP : CHECK_HTTP, .url = url, .timeout_ms = 1000};
        assert_int_equal(check(world, &spec)->kind, OUTCOME_REFUSED);
        assert_string_equal(world->outcome.message,
                            "Nothing listens on this port: the connection was refused");
        assert_int_equal(world->outcome.http_status, 0);
    }

    /* A queue of one, and full: the next connection is not even refused. */
    assert_int_equal(listen(fd, 0), 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    address.sin_port = htons((uint16_t)port);
    int waiting[4];
    for (int i = 0; i < 4; i++) {
        waiting[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        (void)!connect(waiting[i], (const struct sockaddr *)&address, sizeof address);
    }
    char url[64];
    snprintf(url, sizeof url, "http://127.0.0.1:%d/", port);
    struct probe_spec spec = {.kind = CHECK_HTTP, .url = url, .timeout_ms = 200};
    assert_int_equal(check(world, &spec)->kind, OUTCOME_CONNECT_TIMEOUT);
    assert_string_equal(world->outcome.message, "Could not connect: the address did not answer within 200ms");
    for (int i = 0; i < 4; i++)
        close(waiting[i]);
    close(fd);
}

static void test_tcp_and_tls(void **state)
{
    struct world *world = *state;
    char url[64];
    unsigned requests = world->server.requests;
    snprintf(url, sizeof url, "tcp://127.0.0.1:%d", world->server.port);
    struct probe_spec spec = {.kind = CHECK_TCP, .url = url, .timeout_ms = 1000};
    assert_int_equal(check(world, &spec)->kind, OUTCOME_PASS);
    assert_string_equal(world->outcome.message, "Connected");
    assert_int_equal(world->server.requests, requests); /* no bytes sent */

    snprintf(url, sizeof url, "https://127.0.0.1:%d/ok", world->server.port);
    spec = (struct probe_spec){.kind = CHECK_HTTP, .url = url, .timeout_ms = 1000};
    assert_int_equal(check(world, &spec)->kind, OUTCOME_TLS);
    assert_string_equal(world->outcome.message, "No secure connection (TLS): what answers does not speak "
                                                "https, or has no version or name in common with the check");

    spec = (struct probe_spec){.kind = CHECK_HTTP, .url = "http://localhost/", .timeout_ms = 1000};
    assert_int_equal(check(world, &spec)->kind, OUTCOME_LOCAL); /* names are never looked up */
}

static void test_cancel(void **state)
{
    struct world *world = *state;
    unsigned before = world->done;
    struct probe_spec spec = http_spec(world, "/hang");
    struct probe *early = probe_start(&(struct probe_tools){.pool = world->pool}, &spec, on_outcome, world);
    struct probe *late = probe_start(&(struct probe_tools){.pool = world->pool}, &spec, on_outcome, world);
    probe_cancel(early);
    for (int i = 0; i < 5; i++)
        uv_run(&world->loop, UV_RUN_NOWAIT);
    probe_cancel(late);
    probe_cancel(NULL);
    spec = http_spec(world, "/ok");
    check(world, &spec);
    assert_int_equal(world->done, before + 1);
    assert_int_equal(transfer_pool_active(world->pool), 0);
}

static void test_judge_every_end(void **state)
{
    (void)state;
    static const struct {
        enum outcome_kind kind;
        const char *message;
    } expected[TRANSFER_END_COUNT] = {
        [TRANSFER_DONE] = {OUTCOME_PASS, "Connected"},
        [TRANSFER_REFUSED] = {OUTCOME_REFUSED, "Nothing listens on this port: the connection was refused"},
        [TRANSFER_NO_SOCKET] = {OUTCOME_LOCAL,
                                "The check failed on quaywatch's own side: words of the library"},
        [TRANSFER_DENIED] = {OUTCOME_LOCAL, "The check failed on quaywatch's own side: words of the library"},
        [TRANSFER_NO_ROUTE] = {OUTCOME_NO_ROUTE, "No network path leads from quaywatch to this address"},
        [TRANSFER_CONNECT_TIMEOUT] = {OUTCOME_CONNECT_TIMEOUT,
                                      "Could not connect: the address did not answer within 5s"},
        [TRANSFER_READ_TIMEOUT] = {OUTCOME_READ_TIMEOUT, "No complete answer within 5s"},
        [TRANSFER_PROTOCOL] = {OUTCOME_PROTOCOL, "What answers on this port does not speak HTTP"},
        [TRANSFER_TLS] = {OUTCOME_TLS, "No secure connection (TLS): what answers does not speak https, or "
                                       "has no version or name in common with the check"},
        [TRANSFER_CUT] = {OUTCOME_CUT, "The connection was closed before the answer was complete"},
        [TRANSFER_NAME] = {OUTCOME_NO_ADDRESS,
                           "The target is a name, not an address, and names are not looked up"},
        [TRANSFER_LOCAL] = {OUTCOME_LOCAL, "The check failed on quaywatch's own side: words of the library"},
    };
    struct probe_spec spec = {.kind = CHECK_TCP, .timeout_ms = 5000};
    for (int end = 0; end < TRANSFER_END_COUNT; end++) {
        struct transfer_result result = {
            .end = (enum transfer_end)end, .body = "", .message = "words\nof the library", .total_ms = 12.5};
        struct outcome outcome;
        probe_judge(&spec, &result, &outcome);
        assert_int_equal(outcome.kind, expected[end].kind);
        assert_string_equal(outcome.message, expected[end].message);
        assert_true(outcome.response_ms == 12.5);
        assert_null(outcome.check);
    }
}

static void test_judge_odd_answers(void **state)
{
    (void)state;
    static const char body[] = "{\"status\":\"unhealthy\"}";
    struct probe_spec spec = {.kind = CHECK_HTTP, .timeout_ms = 5000};
    struct transfer_result result = {
        .http_status = 299, .body = body, .body_len = sizeof body - 1, .message = "", .total_ms = 1};
    struct outcome outcome;
    probe_judge(&spec, &result, &outcome);
    assert_string_equal(outcome.message,
                        "299, but its answer says unhealthy"); /* a status without a phrase */
    result.body_cut = true;                                    /* more than is read: not judged by half */
    probe_judge(&spec, &result, &outcome);
    assert_int_equal(outcome.kind, OUTCOME_PASS);

    /* A long expectation is cut to the field. */
    char expect[1000];
    memset(expect, '1', sizeof expect);
    expect[sizeof expect - 1] = '\0';
    spec.expect = expect;
    probe_judge(&spec, &result, &outcome);
    assert_int_equal(outcome.kind, OUTCOME_STATUS);
    assert_true(strlen(outcome.message) < sizeof outcome.message);
}

static void test_expectation(void **state)
{
    (void)state;
    static const struct {
        const char *expect;
        bool valid;
        int in, out;
    } cases[] = {
        {"200", true, 200, 201},
        {"200-299", true, 299, 300},
        {"200,204,300-302", true, 301, 201},
        {" 200 - 204 , 404 ", true, 404, 205},
        {"100-599", true, 599, 99},
        {"", false, 0, 200},
        {"200,", false, 0, 201},
        {",200", false, 0, 200},
        {"2xx", false, 0, 200},
        {"20", false, 0, 200},
        {"2000", false, 0, 200},
        {"299-200", false, 0, 250},
        {"600", false, 0, 600},
        {"099", false, 0, 99},
        {"200-", false, 0, 200},
        {"200-600", false, 0, 201},
        {"200 204", false, 0, 204},
        {"-200", false, 0, 200},
        {"200--204", false, 0, 202},
        {"200;204", false, 0, 204},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(probe_expectation_valid(cases[i].expect), cases[i].valid);
        if (cases[i].in)
            assert_true(probe_status_expected(cases[i].expect, cases[i].in));
        assert_false(probe_status_expected(cases[i].expect, cases[i].out));
    }
    assert_true(probe_status_expected(NULL, 200) && probe_status_expected(NULL, 299));
    assert_false(probe_status_expected(NULL, 300) || probe_status_expected(NULL, 199));
}

static void test_spec_copy(void **state)
{
    (void)state;
    struct pair headers[] = {{(char[]){"A"}, (char[]){"1"}}, {(char[]){"B"}, (char[]){""}}};
    struct probe_spec spec = {.kind = CHECK_HTTP,
                              .url = "http://127.0.0.1/",
                              .expect = "200",
                              .headers = {headers, 2},
                              .timeout_ms = 5000};
    struct probe_spec *copy = probe_spec_copy(&spec);
    assert_true(probe_spec_equal(&spec, copy));
    assert_ptr_not_equal(copy->url, spec.url);
    assert_ptr_not_equal(copy->headers.item[1].value, headers[1].value);
    copy->reuse = true;
    assert_true(probe_spec_equal(&spec, copy));

    struct probe_spec others[8];
    for (int i = 0; i < 8; i++)
        others[i] = spec;
    struct pair other_headers[] = {{(char[]){"A"}, (char[]){"2"}}, {(char[]){"B"}, (char[]){""}}};
    others[0].kind = CHECK_TCP;
    others[1].url = "http://127.0.0.2/";
    others[2].method = "GET";
    others[3].expect = NULL;
    others[4].headers = (struct pairs){other_headers, 2};
    others[5].headers.count = 1;
    others[6].timeout_ms = 4000;
    others[7].degraded_after_ms = 1;
    for (int i = 0; i < 8; i++)
        assert_false(probe_spec_equal(copy, &others[i]));
    free(copy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_answers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_ipv6, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_expectations, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_slow, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_request, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_connections, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_connection, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_tcp_and_tls, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_cancel, set_up, tear_down),
        cmocka_unit_test(test_judge_every_end),
        cmocka_unit_test(test_judge_odd_answers),
        cmocka_unit_test(test_expectation),
        cmocka_unit_test(test_spec_copy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
