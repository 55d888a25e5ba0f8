/* SPDX-License-Identifier: MIT */
/* test_server_limits.c: what is too large, too slow or too much, and does no harm to others. */
#include "tests/support/server_fixture.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "controller/core/limits.h"

static void test_large_head(void **state)
{
    struct served *fixture = *state;
    /* How large the head is; its one long header is what is left. */
    static const struct {
        size_t bytes;
        int status;
    } cases[] = {{8192, 200}, {LIMIT_HTTP_HEAD - 300, 200}, {LIMIT_HTTP_HEAD + 300, 431}, {65536, 431}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *headers = mem_format("X-Long: %0*d\r\n", (int)cases[i].bytes - 8, 0);
        int status = served_status(fixture, "GET /api/v1/status", headers);
        if (status != cases[i].status)
            fail_msg("%zu bytes: %d", cases[i].bytes, status);
        free(headers);
    }
    assert_int_equal(served_status(fixture, "GET /health", ""), 200);
}

static void test_bodies(void **state)
{
    struct served *fixture = *state;
    static const char request[] = "POST /api/v1/services/web/reload";
    assert_int_equal(served_status(fixture, request, TOKEN "Content-Length: 65537\r\n"), 413);
    assert_int_equal(served_status(fixture, request, TOKEN "Content-Length: 99999999999999999999\r\n"), 413);
    assert_int_equal(fixture->restarts, 0);
    /* The whole of a fitting body, and a second request behind it on the same connection. */
    int fd = loop_connect(fixture->port);
    char *text = mem_format("%s HTTP/1.1\r\nHost: h\r\n" TOKEN "Content-Length: 65536\r\n\r\n%065536d",
                            request, 0);
    loop_send(&fixture->loop, fd, text, strlen(text));
    struct reply reply = loop_reply(&fixture->loop, fd, false);
    assert_int_equal(reply.status, 202);
    reply_free(&reply);
    static const char next[] = "GET /health HTTP/1.1\r\nHost: h\r\n\r\n";
    loop_send(&fixture->loop, fd, next, sizeof next - 1);
    reply = loop_reply(&fixture->loop, fd, false);
    assert_int_equal(reply.status, 200);
    reply_free(&reply);
    close(fd);
    free(text);
    /* An endless one in chunks is cut off. */
    fd = loop_connect(fixture->port);
    text = mem_format("%s HTTP/1.1\r\nHost: h\r\n" TOKEN
                      "Transfer-Encoding: chunked\r\n\r\n20000\r\n%0131072d\r\n",
                      request, 0);
    loop_send(&fixture->loop, fd, text, strlen(text));
    reply = loop_reply(&fixture->loop, fd, false);
    assert_int_equal(reply.status, 0);
    reply_free(&reply);
    close(fd);
    free(text);
    assert_int_equal(fixture->restarts, 1);
}

/* One connection serves many requests, also when they come in one piece. */
static void test_keep_alive(void **state)
{
    struct served *fixture = *state;
    static const char *const requests[] = {"GET /api/v1/status", "HEAD /health", "GET /nothing", "GET /",
                                           "POST /api/v1/services/web/reload"};
    int fd = loop_connect(fixture->port);
    for (size_t i = 0; i < 10; i++) {
        char *text = mem_format("%s HTTP/1.1\r\nHost: h\r\n\r\n", requests[i % 5]);
        loop_send(&fixture->loop, fd, text, strlen(text));
        struct reply reply = loop_reply(&fixture->loop, fd, requests[i % 5][0] == 'H');
        assert_int_not_equal(reply.status, 0);
        reply_free(&reply);
        free(text);
    }
    close(fd);
}

/* A GET with a body: the body is not taken for the next request. */
static void test_smuggled_request(void **state)
{
    struct served *fixture = *state;
    static const char hidden[] = "POST /api/v1/services/web/reload HTTP/1.1\r\nHost: h\r\n\r\n";
    static const char next[] = "GET /nothing HTTP/1.1\r\nHost: h\r\n\r\n";
    int fd = loop_connect(fixture->port);
    char *text = mem_format("GET /health HTTP/1.1\r\nHost: h\r\nContent-Length: %zu\r\n\r\n%s",
                            sizeof hidden - 1, hidden);
    loop_send(&fixture->loop, fd, text, strlen(text));
    struct reply reply = loop_reply(&fixture->loop, fd, false);
    assert_int_equal(reply.status, 200);
    assert_null(strstr(reply.body, "Unauthorized"));
    reply_free(&reply);
    loop_send(&fixture->loop, fd, next, sizeof next - 1);
    reply = loop_reply(&fixture->loop, fd, false);
    assert_int_equal(reply.status, 404);
    reply_free(&reply);
    free(text);
    close(fd);
}

/* Refused beyond the limit, without harm to those who are there. */
static void test_too_many_connections(void **state)
{
    struct served *fixture = *state;
    enum { SOME = LIMIT_HTTP_CONNECTIONS };
    struct rlimit files; /* both ends of the connections are ours */
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &files), 0);
    files.rlim_cur = files.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &files), 0);
    int *fds = mem_new((SOME + 1) * sizeof *fds);
    int opened = 0;
    for (; opened < SOME && (fds[opened] = loop_connect(fixture->port)) >= 0; opened++)
        for (int turn = 0; turn < 3; turn++)
            uv_run(&fixture->loop, UV_RUN_NOWAIT);
    assert_int_equal(opened, SOME);
    assert_int_equal(served_status(fixture, "GET /health", ""), 0);
    static const char text[] = "GET /health HTTP/1.1\r\nHost: h\r\n\r\n";
    loop_send(&fixture->loop, fds[7], text, sizeof text - 1);
    struct reply reply = loop_reply(&fixture->loop, fds[7], false);
    assert_int_equal(reply.status, 200);
    reply_free(&reply);
    for (int i = 0; i < opened; i++)
        close(fds[i]);
    for (int turn = 0; turn < 20; turn++)
        uv_run(&fixture->loop, UV_RUN_NOWAIT);
    assert_int_equal(served_status(fixture, "GET /health", ""), 200);
    free(fds);
}

/* Who reads slowly gets the whole of the revision it asked for, while others get the next one. */
static void test_slow_reader(void **state)
{
    struct served *fixture = *state;
    struct registry *small = fixture->registry;
    fixture->registry = sample_many(3000);
    fixture->context.registry = fixture->registry;
    static const char text[] = "GET /api/v1/status HTTP/1.1\r\nHost: h\r\n\r\n";
    int fd = loop_connect(fixture->port);
    loop_send(&fixture->loop, fd, text, sizeof text - 1);
    for (int turn = 0; turn < 50; turn++)
        uv_run(&fixture->loop, UV_RUN_NOWAIT);
    sample_status(fixture->registry, registry_at(fixture->registry, 5)->first->ref, STATUS_FAILED);
    sample_settle(fixture->registry);
    struct reply reply = served_ask(fixture, "GET /api/v1/status", "");
    assert_non_null(strstr(reply.body, "\"revision\":2,"));
    reply_free(&reply);
    reply = loop_reply(&fixture->loop, fd, false);
    assert_int_equal(reply.status, 200);
    assert_non_null(strstr(reply.body, "\"revision\":1,"));
    assert_true(reply.length > 1000000);
    assert_int_equal(reply.body[reply.length - 1], '\n');
    reply_free(&reply);
    close(fd);
    registry_free(small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVED(test_large_head),           SERVED(test_bodies),
        SERVED(test_keep_alive),           SERVED(test_smuggled_request),
        SERVED(test_too_many_connections), SERVED(test_slow_reader),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
