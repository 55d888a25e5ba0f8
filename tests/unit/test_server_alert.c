/* SPDX-License-Identifier: MIT */
/* test_server_alert.c: trying a channel for alerts by a request; what health and metrics say of the channels.
 */
#include "tests/support/server_fixture.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "controller/core/clock.h"
#include "controller/core/error.h"
#include "controller/core/mem.h"
#include "exporter/alerts/channels.h"
#include "tests/support/fake_http.h"

struct bench {
    struct served *served;
    struct fake fake;
    const char *answer; /* "": none */
    int requests;
};

static void on_request(struct fake_conn *conn, const char *request, void *user)
{
    struct bench *bench = user;
    (void)request;
    bench->requests++;
    if (bench->answer[0])
        fake_answer(conn, bench->answer, "");
}

static void on_trouble(void *user, enum channel_kind kind, const char *sentence)
{
    (void)user;
    (void)kind;
    (void)sentence;
}

static void begin(struct bench *bench, void **state)
{
    struct error err = {0};
    char url[64];
    *bench = (struct bench){.served = *state, .answer = "200 OK"};
    struct served *served = bench->served;
    served_close(served);
    int port = fake_listen_tcp(&bench->fake, &served->loop, on_request, bench);
    snprintf(url, sizeof url, "http://127.0.0.1:%d/secret", port);
    const struct channels_config config = {.url = {[CHANNEL_SLACK] = url},
                                           .host = "node-1",
                                           .retry = true,
                                           .attempts = 1,
                                           .retry_base_ms = 60000};
    served->context.channels = channels_open(&served->loop, &config, "", &served->stats, on_trouble, NULL,
                                             &err);
    assert_non_null(served->context.channels);
    served_open(served);
}

static void end(struct bench *bench)
{
    struct served *served = bench->served;
    server_close(served->server);
    channels_close(served->context.channels);
    served->context.channels = NULL;
    fake_close(&bench->fake);
    uv_run(&served->loop, UV_RUN_DEFAULT);
    served_open(served);
}

static void assert_says(struct bench *bench, const char *request, int status, const char *words)
{
    struct reply reply = served_ask(bench->served, request, TOKEN);
    if (reply.status != status || !strstr(reply.body, words))
        fail_msg("%s: %d %s", request, reply.status, reply.body);
    assert_null(strstr(reply.body, "secret"));
    reply_free(&reply);
}

static void a_test_is_answered_when_it_has_ended(void **state)
{
    struct bench bench;
    begin(&bench, state);
    assert_says(&bench, "POST /api/v1/alerts/test/slack", 200,
                "{\"channel\":\"slack\",\"result\":\"delivered\",\"status\":200,"
                "\"sentence\":\"it was taken (200)\"}\n");
    bench.answer = "403 Forbidden";
    assert_says(&bench, "POST /api/v1/alerts/test/slack", 502,
                "The test alert was not delivered by slack: it answered 403: it does not let us.");
    assert_int_equal(bench.requests, 2);
    assert_says(&bench, "POST /api/v1/alerts/test/email", 409, "No alert was sent: ALERT_EMAIL is not set.");
    assert_says(&bench, "POST /api/v1/alerts/test/slak", 404, "did you mean \\\"slack\\\"?");
    assert_says(&bench, "POST /api/v1/alerts/test/something", 404, "there are webhook, slack, discord");
    assert_int_equal(served_status(bench.served, "POST /api/v1/alerts/test/slack", ""), 401);
    assert_int_equal(served_status(bench.served, "GET /api/v1/alerts/test/slack", TOKEN), 405);
    assert_int_equal(bench.requests, 2);
    end(&bench);
    assert_int_equal(served_status(bench.served, "POST /api/v1/alerts/test/slack", TOKEN), 409);
}

static void whoever_asked_may_go(void **state)
{
    struct bench bench;
    begin(&bench, state);
    bench.answer = "";
    struct served *served = bench.served;
    static const char request[] = "POST /api/v1/alerts/test/slack HTTP/1.1\r\nHost: h\r\n" TOKEN
                                  "Content-Length: 0\r\n\r\n";
    int fd = loop_connect(served->port);
    loop_send(&served->loop, fd, request, sizeof request - 1);
    while (bench.requests < 1)
        uv_run(&served->loop, UV_RUN_ONCE);
    assert_says(&bench, "POST /api/v1/alerts/test/slack", 409, "a test of slack is under way");
    close(fd); /* the client goes first */
    for (int i = 0; i < 50; i++)
        uv_run(&served->loop, UV_RUN_NOWAIT);
    end(&bench);
    begin(&bench, state);
    bench.answer = "";
    fd = loop_connect(served->port);
    loop_send(&served->loop, fd, request, sizeof request - 1);
    while (bench.requests < 1)
        uv_run(&served->loop, UV_RUN_ONCE);
    end(&bench); /* quaywatch goes first */
    close(fd);
}

static void health_and_metrics_know(void **state)
{
    struct bench bench;
    begin(&bench, state);
    struct served *served = bench.served;
    assert_says(&bench, "GET /health", 200, "\"alerts\":\"healthy\"");
    bench.answer = "500 Internal Server Error";
    const struct alert alert = {
        .id = "a", .name = "a", .title = "a", .host = "", .sentence = "a", .at_wall_ms = clock_now().wall_ms};
    channels_send(served->context.channels, 1u << CHANNEL_SLACK, &alert);
    while (!channels_trouble(served->context.channels, CHANNEL_SLACK))
        uv_run(&served->loop, UV_RUN_ONCE);
    assert_says(&bench, "GET /health", 200,
                "\"alerts\":\"warning: slack: it answered 500; what is to be told");
    assert_says(&bench, "GET /health", 200, "\"status\":\"degraded\"");
    assert_says(&bench, "GET /metrics", 200,
                "quaywatch_alerts_sent_total{channel=\"slack\",result=\"retried\"} 1");
    assert_says(&bench, "GET /metrics", 200,
                "quaywatch_alerts_sent_total{channel=\"slack\",result=\"dropped\"} 0");
    assert_says(&bench, "GET /metrics", 200, "quaywatch_alerts_waiting{channel=\"slack\"} 1");
    end(&bench);
    struct reply reply = served_ask(served, "GET /health", "");
    assert_null(strstr(reply.body, "\"alerts\"")); /* where there are none */
    reply_free(&reply);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVED(a_test_is_answered_when_it_has_ended),
        SERVED(whoever_asked_may_go),
        SERVED(health_and_metrics_know),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
