/* SPDX-License-Identifier: MIT */
/* test_server.c: the server itself: where it listens, what it counts, ids of requests, its own health. */
#include "tests/support/server_fixture.h"

#include <stdio.h>
#include <string.h>

#include "controller/core/error.h"
#include "exporter/http/listen.h"

static void test_request_id(void **state)
{
    struct served *fixture = *state;
    char exact[160], longer[160];
    snprintf(exact, sizeof exact, "X-Request-ID: %0128d\r\n", 0);
    snprintf(longer, sizeof longer, "X-Request-ID: %0129d\r\n", 0);
    const struct {
        const char *header, *expected; /* NULL: a new one */
    } cases[] = {
        {"X-Request-ID: abc-1\r\n", "abc-1"},
        {"X-Correlation-ID: corr\r\n", "corr"},
        {"X-Request-ID: a\r\nX-Correlation-ID: b\r\n", "a"},
        {"X-Request-ID: a\tb\r\n", NULL},
        {"X-Request-ID: \xc3\xa4\r\n", NULL},
        {"", NULL},
        {longer, NULL},
    };
    char first[256] = "", id[256];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct reply reply = served_ask(fixture, "GET /api/v1/status", cases[i].header);
        reply_header(&reply, "X-Request-ID", id);
        assert_int_equal(reply.status, 200);
        if (cases[i].expected) {
            assert_string_equal(id, cases[i].expected);
        } else {
            assert_int_equal(strspn(id, "0123456789abcdef-"), 17);
            assert_string_not_equal(id, first);
            memcpy(first, id, sizeof first);
        }
        reply_free(&reply);
    }
    struct reply reply = served_ask(fixture, "GET /nothing", exact);
    reply_header(&reply, "X-Request-ID", id);
    assert_int_equal(strlen(id), 128);
    reply_free(&reply);
}

static void test_health_tells_trouble(void **state)
{
    struct served *fixture = *state;
    fixture->trouble = "Restarts are refused: only observing";
    struct reply reply = served_ask(fixture, "GET /health", "");
    assert_int_equal(reply.status, 200);
    assert_non_null(strstr(reply.body, "{\"status\":\"degraded\","));
    assert_non_null(strstr(reply.body, "\"controller\":\"warning: Restarts are refused: only observing\""));
    assert_non_null(strstr(reply.body, "\"memory\":{\"used\":"));
    reply_free(&reply);
    /* The engine of the samples is away since a moment long ago, or to come. */
    sample_head(fixture->registry, false);
    sample_settle(fixture->registry);
    bool long_ago = clock_now().wall_ms - sample_moment.wall_ms > 30000;
    reply = served_ask(fixture, "GET /health", "");
    assert_int_equal(reply.status, long_ago ? 503 : 200);
    assert_non_null(strstr(reply.body, "\"engine\":\"unhealthy: The engine is away\""));
    reply_free(&reply);
    const struct engine_view lost = {.since_wall_ms = clock_now().wall_ms - 31000};
    registry_apply(fixture->registry, &(struct change){.kind = CHANGE_ENGINE, .engine = &lost},
                   sample_moment);
    assert_int_equal(served_status(fixture, "GET /health", ""), 503);
    const struct engine_view new_loss = {.since_wall_ms = clock_now().wall_ms - 5000};
    registry_apply(fixture->registry, &(struct change){.kind = CHANGE_ENGINE, .engine = &new_loss},
                   sample_moment);
    assert_int_equal(served_status(fixture, "GET /health", ""), 200);
}

static void test_counts(void **state)
{
    struct served *fixture = *state;
    served_status(fixture, "GET /services/web", "");
    served_status(fixture, "GET /services/db", "");
    served_status(fixture, "GET /no/such/thing", "");
    struct reply reply = served_ask(fixture, "GET /metrics", "");
    assert_non_null(
        strstr(reply.body, "quaywatch_http_requests_total{route=\"/services/{name}\",code=\"200\"} 2\n"));
    assert_non_null(strstr(reply.body, "quaywatch_http_requests_total{route=\"other\",code=\"404\"} 1\n"));
    assert_non_null(strstr(reply.body, "quaywatch_http_request_duration_seconds_count 3\n"));
    reply_free(&reply);
    fixture->context.metrics_enabled = false;
    assert_int_equal(served_status(fixture, "GET /metrics", ""), 404);
}

static void test_inherited_socket(void **state)
{
    struct served *fixture = *state;
    struct error err;
    served_close(fixture);
    fixture->options.listen_fd = listen_open("127.0.0.1:0", &err);
    assert_true(fixture->options.listen_fd >= 0);
    int port = listen_port(fixture->options.listen_fd);
    served_open(fixture);
    assert_int_equal(fixture->port, port);
    assert_int_equal(served_status(fixture, "GET /health", ""), 200);
}

static void test_bad_places(void **state)
{
    struct served *fixture = *state;
    char taken[40];
    snprintf(taken, sizeof taken, "127.0.0.1:%d", fixture->port);
    const struct {
        const char *listen, *blocked, *sentence;
    } cases[] = {
        {taken, "", "another program uses this port"},
        {"nonsense", "", "an address and a port are needed"},
        {"1.2.3.4:99999", "", "an address and a port"},
        {"[::1:80", "", "bracket"},
        {"203.0.113.7:0", "", "does not have that address"},
        {"127.0.0.1:0", "10.0.0.0/33", "10.0.0.0/33"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct error err = {0};
        struct server_options options = {
            .listen = cases[i].listen, .listen_fd = -1, .blocked_networks = cases[i].blocked};
        assert_null(server_open(&fixture->loop, &options, &fixture->context, &err));
        if (err.code >= 0 || !strstr(err.text, cases[i].sentence))
            fail_msg("%s: %s", cases[i].listen, err.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVED(test_request_id),       SERVED(test_health_tells_trouble), SERVED(test_counts),
        SERVED(test_inherited_socket), SERVED(test_bad_places),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
