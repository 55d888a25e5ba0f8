/* SPDX-License-Identifier: MIT */
/* test_later.c: answers of a later turn, by those who wait for a change of the status document: in form like
 * any other, in time, and without harm when somebody goes away. */
#include "tests/support/server_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "controller/core/clock.h"
#include "controller/core/limits.h"

static void turn(struct served *served, int times)
{
    for (int i = 0; i < times; i++)
        uv_run(&served->loop, UV_RUN_NOWAIT);
}

/* Sends a request that is not answered now. */
static int wait_begin(struct served *served, const char *request, const char *headers)
{
    int fd = loop_connect(served->port);
    char *text = mem_format("%s HTTP/1.1\r\nHost: h\r\n%s\r\n", request, headers), byte;
    loop_send(&served->loop, fd, text, strlen(text));
    turn(served, 20);
    assert_int_equal(recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT), -1);
    free(text);
    return fd;
}

static void change(struct served *served, const char *service, enum status status)
{
    sample_status(served->registry, registry_service(served->registry, service)->first->ref, status);
    sample_settle(served->registry);
}

static struct reply wait_end(struct served *served, int fd, bool head_only)
{
    struct reply reply = loop_reply(&served->loop, fd, head_only);
    close(fd);
    return reply;
}

static double counted(struct served *served, const char *line)
{
    struct reply reply = served_ask(served, "GET /metrics", "");
    const char *at = strstr(reply.body, line);
    double value = at ? strtod(at + strlen(line), NULL) : 0;
    reply_free(&reply);
    return value;
}

static void it_is_like_any_answer(void **state)
{
    struct served *served = *state;
    static const char wait[] = "GET /api/v1/status?index=5f3a-1&wait=5m",
                      head[] = "HEAD /api/v1/status?index=1";
    static const char seconds[] = "quaywatch_http_request_duration_seconds_count ";
    char value[256];
    double measured = counted(served, seconds);
    int plain = wait_begin(served, wait, "X-Request-ID: mine\r\n");
    int small = wait_begin(served, wait, "Accept-Encoding: gzip\r\n");
    int known = wait_begin(served, wait, "If-None-Match: \"5f3a-2\"\r\n");
    int headed = wait_begin(served, head, "");
    change(served, "web", STATUS_UNHEALTHY);

    struct reply reply = wait_end(served, plain, false);
    assert_int_equal(reply.status, 200);
    assert_non_null(strstr(reply.body, "\"revision\":2,"));
    reply_header(&reply, "X-Request-ID", value);
    assert_string_equal(value, "mine");
    reply_header(&reply, "ETag", value);
    assert_string_equal(value, "\"5f3a-2\"");
    reply_header(&reply, "X-Quaywatch-Index", value);
    assert_string_equal(value, "5f3a-2");
    reply_header(&reply, "Content-Type", value);
    assert_string_equal(value, "application/json");
    size_t length = reply.length;
    reply_free(&reply);

    reply = wait_end(served, small, false);
    assert_int_equal(reply.status, 200);
    reply_header(&reply, "Content-Encoding", value);
    assert_string_equal(value, "gzip");
    assert_true(reply.length < length);
    reply_free(&reply);

    reply = wait_end(served, known, false);
    assert_int_equal(reply.status, 304);
    assert_int_equal(reply.length, 0);
    reply_free(&reply);

    reply = wait_end(served, headed, true);
    assert_int_equal(reply.status, 200);
    reply_header(&reply, "Content-Length", value);
    assert_int_equal(strtoul(value, NULL, 10), length);
    reply_free(&reply);

    /* Counted with their statuses; the time that they waited is not the server's. */
    assert_true(counted(served, "http_requests_total{route=\"/api/v1/status\",code=\"200\"} ") == 3);
    assert_true(counted(served, "http_requests_total{route=\"/api/v1/status\",code=\"304\"} ") == 1);
    assert_true(counted(served, seconds) == measured + 3); /* the three of /metrics itself */
}

static void the_connection_goes_on(void **state)
{
    struct served *served = *state;
    static const char next[] = "GET /health HTTP/1.1\r\nHost: h\r\n\r\n";
    int fd = wait_begin(served, "GET /api/v1/status?index=1", "");
    /* Sent too early: it waits for its turn. */
    loop_send(&served->loop, fd, next, sizeof next - 1);
    turn(served, 20);
    change(served, "web", STATUS_FAILED);
    /* One reply at a time: what follows is the next one's. */
    char block[65536];
    size_t got = 0;
    int64_t end = clock_now().mono_ms + 5000;
    while (clock_now().mono_ms < end) {
        turn(served, 1);
        ssize_t count = recv(fd, block + got, sizeof block - 1 - got, MSG_DONTWAIT);
        got += count > 0 ? (size_t)count : 0;
        block[got] = '\0';
        if (strstr(block, "\"uptime\""))
            break;
    }
    assert_non_null(strstr(block, "\"revision\":2,"));
    assert_non_null(strstr(block, "\"uptime\""));
    close(fd);
}

static void time_ends_it(void **state)
{
    struct served *served = *state;
    int64_t began = clock_now().mono_ms;
    int longer = wait_begin(served, "GET /api/v1/status?index=1&wait=5m", "");
    struct reply reply = served_ask(served, "GET /api/v1/status?index=1&wait=150", "");
    int64_t took = clock_now().mono_ms - began;
    assert_int_equal(reply.status, 200);
    assert_non_null(strstr(reply.body, "\"revision\":1,"));
    assert_true(took >= 150 && took < 4000);
    reply_free(&reply);
    began = clock_now().mono_ms;
    assert_int_equal(
        served_status(served, "GET /api/v1/status?index=5f3a-1&wait=100ms", "If-None-Match: \"5f3a-1\"\r\n"),
        304);
    assert_true(clock_now().mono_ms - began >= 100);
    change(served, "web", STATUS_FAILED);
    reply = wait_end(served, longer, false);
    assert_int_equal(reply.status, 200);
    reply_free(&reply);
}

/* Another index than the present one: there is something to tell. */
static void it_does_not_wait_for_what_is_there(void **state)
{
    struct served *served = *state;
    static const char *const indexes[] = {"0", "2", "5f3a-0", "5f3a-2", "5f3b-1", "0-1", "99999999999"};
    int64_t began = clock_now().mono_ms;
    for (size_t i = 0; i < sizeof indexes / sizeof *indexes; i++) {
        char request[100];
        snprintf(request, sizeof request, "GET /api/v1/status?index=%s&wait=5m", indexes[i]);
        assert_int_equal(served_status(served, request, ""), 200);
    }
    assert_true(clock_now().mono_ms - began < 4000);
}

static void wrong_words(void **state)
{
    struct served *served = *state;
    static const struct {
        const char *query, *holds;
    } cases[] = {
        {"index=x", "\\\"x\\\" of index"},
        {"index=", "of index"},
        {"index=-1", "\\\"-1\\\" of index"},
        {"index=zz-1", "of index"},
        {"index=5f3a-", "of index"},
        {"index=1&wait=soon", "\\\"soon\\\" of wait"},
        {"index=1&wait=99ms", "from 100ms to 5m"},
        {"index=1&wait=301s", "from 100ms to 5m"},
        {"index=1&wait=", "of wait"},
        {"wait=5s", "needs index="},
    };
    static const char *const paths[] = {"/api/v1/status", "/api/v1/services/web/status"};
    for (size_t i = 0; i < 2 * sizeof cases / sizeof *cases; i++) {
        char request[100];
        snprintf(request, sizeof request, "GET %s?%s", paths[i % 2], cases[i / 2].query);
        struct reply reply = served_ask(served, request, "");
        if (reply.status != 400 || !strstr(reply.body, cases[i / 2].holds))
            fail_msg("%s: %d %s", request, reply.status, reply.body);
        reply_free(&reply);
    }
}

/* One service: others may change meanwhile. */
static void one_service(void **state)
{
    struct served *served = *state;
    char value[256];
    struct reply reply = served_ask(served, "GET /api/v1/services/cache/status", "");
    reply_header(&reply, "X-Quaywatch-Index", value);
    assert_string_equal(value, "5f3a-1");
    reply_free(&reply);
    int fd = wait_begin(served, "GET /api/v1/services/cache/status?index=5f3a-1", ""), gone;
    char byte;
    change(served, "db", STATUS_FAILED);
    turn(served, 20);
    assert_int_equal(recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT), -1);
    change(served, "cache", STATUS_UNHEALTHY);
    reply = wait_end(served, fd, false);
    assert_int_equal(reply.status, 200);
    assert_non_null(strstr(reply.body, "\"status\":\"unhealthy\""));
    reply_header(&reply, "X-Quaywatch-Index", value);
    assert_string_equal(value, "5f3a-3");
    reply_free(&reply);
    /* It is gone: that is a change, too. */
    gone = wait_begin(served, "GET /api/v1/services/cache/status?index=3", "");
    registry_apply(
        served->registry,
        &(struct change){.kind = CHANGE_GONE, .ref = registry_service(served->registry, "cache")->first->ref},
        sample_moment);
    sample_settle(served->registry);
    reply = wait_end(served, gone, false);
    assert_int_equal(reply.status, 404);
    reply_free(&reply);
    assert_int_equal(served_status(served, "GET /api/v1/services/cache/status?index=3", ""), 404);
}

/* Who goes away is forgotten at once, and leaves room for others; beyond the bound callers are refused. */
static void bound_and_gone(void **state)
{
    struct served *served = *state;
    int fds[LIMIT_HTTP_POLLS];
    struct rlimit files;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &files), 0);
    files.rlim_cur = files.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &files), 0);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < LIMIT_HTTP_POLLS; i++)
            fds[i] = wait_begin(served, "GET /api/v1/status?index=1&wait=5m", "");
        struct reply reply = served_ask(served, "GET /api/v1/status?index=1", "");
        assert_int_equal(reply.status, 503);
        assert_non_null(strstr(reply.body, "callers wait for a change already"));
        reply_free(&reply);
        assert_int_equal(served_status(served, "GET /api/v1/status?index=0", ""), 200);
        for (int i = 0; i < LIMIT_HTTP_POLLS; i++)
            close(fds[i]);
        turn(served, 50);
    }
    int fd = wait_begin(served, "GET /api/v1/status?index=1&wait=5m", "");
    change(served, "db", STATUS_FAILED);
    struct reply reply = wait_end(served, fd, false);
    assert_int_equal(reply.status, 200);
    reply_free(&reply);
}

/* The server closes while somebody waits: it is told what there is, and nothing is left (the sanitizers
 * look).
 */
static void the_server_closes(void **state)
{
    struct served *served = *state;
    int fd = wait_begin(served, "GET /api/v1/status?index=1&wait=5m", "");
    served_reopen(served);
    struct reply reply = wait_end(served, fd, false);
    assert_int_equal(reply.status, 200);
    assert_non_null(strstr(reply.body, "\"revision\":1,"));
    reply_free(&reply);
    assert_int_equal(served_status(served, "GET /health", ""), 200);
}

/* The time that idle clients are given is not that of those who wait for us. */
static void nobody_is_ended_for_waiting(void **state)
{
    struct served *served = *state;
    served->options.idle_s = 1;
    served_reopen(served);
    int64_t began = clock_now().mono_ms;
    assert_int_equal(served_status(served, "GET /api/v1/status?index=1&wait=3500ms", ""), 200);
    assert_true(clock_now().mono_ms - began >= 3500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVED(it_is_like_any_answer),
        SERVED(the_connection_goes_on),
        SERVED(time_ends_it),
        SERVED(it_does_not_wait_for_what_is_there),
        SERVED(wrong_words),
        SERVED(one_service),
        SERVED(bound_and_gone),
        SERVED(the_server_closes),
        SERVED(nobody_is_ended_for_waiting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
