/* SPDX-License-Identifier: MIT */
/* test_server_limits.c: what is too large, too slow or too much, and does no harm to others. */
#include "tests/support/server_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "controller/core/buf.h"
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

/* Lets the server do what is due. */
static void turn(struct served *served, int times)
{
    for (int i = 0; i < times; i++)
        uv_run(&served->loop, UV_RUN_NOWAIT);
}

/* Whether the server has ended this connection. */
static bool ended(int fd)
{
    char byte;
    return recv(fd, &byte, 1, MSG_DONTWAIT | MSG_PEEK) == 0;
}

static void more_descriptors(void)
{
    struct rlimit files; /* both ends of the connections are ours */
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &files), 0);
    files.rlim_cur = files.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &files), 0);
}

/* As many idle connections as there may be, and ten times as many again: others are served all the time, and
 * those that make room are the ones that were idle longest. */
static void test_idle_connections(void **state)
{
    struct served *served = *state;
    enum { SOME = LIMIT_HTTP_CONNECTIONS };
    static const char text[] = "GET /health HTTP/1.1\r\nHost: h\r\n\r\n";
    int *fds = mem_new(SOME * sizeof *fds);
    more_descriptors();
    for (int i = 0; i < SOME; i++) {
        fds[i] = loop_connect(served->port);
        assert_true(fds[i] >= 0);
        turn(served, 3);
    }
    turn(served, 20);
    assert_false(ended(fds[0]));
    /* One of them works: it is not idle any more as long as others are. */
    uint64_t began = uv_hrtime();
    while (uv_hrtime() - began < 5000000) /* its request comes later than the others' beginning */
        turn(served, 1);
    loop_send(&served->loop, fds[0], text, sizeof text - 1);
    struct reply reply = loop_reply(&served->loop, fds[0], false);
    assert_int_equal(reply.status, 200);
    reply_free(&reply);
    for (int i = 0; i < 20; i++)
        assert_int_equal(served_status(served, "GET /health", ""), 200);
    assert_false(ended(fds[0]));
    assert_true(ended(fds[1]));
    assert_false(ended(fds[SOME - 1]));
    /* All at once, more than fit. */
    for (int round = 0; round < 10; round++) {
        for (int i = 0; i < SOME; i++) {
            close(fds[i]);
            fds[i] = loop_connect(served->port);
            if (i % 50 == 0)
                turn(served, 1);
        }
        assert_int_equal(served_status(served, "GET /health", ""), 200);
    }
    for (int i = 0; i < SOME; i++)
        close(fds[i]);
    turn(served, 20);
    assert_int_equal(served_status(served, "GET /health", ""), 200);
    free(fds);
}

struct slow {
    const char *at_once, *slowly; /* what is sent; of the second a byte now and then, its last one for ever */
    int64_t least_ms, most_ms;    /* until the server ends it */
    int fd;
    int64_t took_ms; /* -1: it has not ended */
};

static void trickle(struct slow *slow, uint64_t began)
{
    if (slow->took_ms >= 0)
        return;
    if (ended(slow->fd)) {
        slow->took_ms = (int64_t)(uv_hrtime() - began) / 1000000;
        return;
    }
    if (slow->slowly[0])
        send(slow->fd, slow->slowly, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (slow->slowly[0] && slow->slowly[1])
        slow->slowly++;
}

/* An idle connection ends after idle_s, whoever dawdles after twice that; meanwhile others are served. */
static void test_slow_clients(void **state)
{
    struct served *served = *state;
    enum { COUNT = 4, MOST_MS = 20000 };
    static const char begin[] = "POST /api/v1/services/web/reload HTTP/1.1\r\nHost: h\r\n" TOKEN;
    char *head = mem_format("%sContent-Length: 60000\r\n\r\n", begin);
    char *chunks = mem_format("%sTransfer-Encoding: chunked\r\n\r\n2710\r\n", begin);
    struct slow slow[COUNT] = {{"", "", 900, 5000, -1, -1},
                               {"", "GET /health HTTP/1.1\r\nHost: h\r\nX-Slow: a", 1900, 6000, -1, -1},
                               {head, "x", 1900, 6000, -1, -1},
                               {chunks, "x", 1900, 6000, -1, -1}};
    served->options.idle_s = 1;
    served_reopen(served);
    uint64_t began = uv_hrtime();
    for (size_t i = 0; i < COUNT; i++) {
        slow[i].fd = loop_connect(served->port);
        loop_send(&served->loop, slow[i].fd, slow[i].at_once, strlen(slow[i].at_once));
    }
    for (size_t left = COUNT; left && uv_hrtime() - began < MOST_MS * 1000000U;) {
        left = 0;
        assert_int_equal(served_status(served, "GET /health", ""), 200);
        for (size_t i = 0; i < COUNT; i++) {
            trickle(&slow[i], began);
            left += slow[i].took_ms < 0;
        }
        usleep(10000);
    }
    for (size_t i = 0; i < COUNT; i++) {
        if (slow[i].took_ms < slow[i].least_ms || slow[i].took_ms > slow[i].most_ms)
            fail_msg("%zu: %lld ms", i, (long long)slow[i].took_ms);
        close(slow[i].fd);
    }
    assert_int_equal(served->restarts, 0);
    free(head);
    free(chunks);
}

/* Requests that come in one piece are answered one after another, in their order. */
static void test_pipelining(void **state)
{
    struct served *served = *state;
    enum { COUNT = 50 };
    struct buf text;
    char path[40];
    buf_init(&text, 1 << 20);
    for (int i = 0; i < COUNT; i++)
        buf_format(&text, "GET /none/%02d HTTP/1.1\r\nHost: h\r\n%s\r\n", i,
                   i == COUNT - 1 ? "Connection: close\r\n" : "");
    int fd = loop_connect(served->port);
    loop_send(&served->loop, fd, buf_string(&text), text.len);
    buf_clear(&text);
    for (bool more = true; more;) {
        struct reply reply = loop_reply(&served->loop, fd, false);
        more = reply.status != 0;
        buf_text(&text, more ? reply.head : "");
        buf_text(&text, reply.body);
        reply_free(&reply);
    }
    const char *at = buf_string(&text);
    for (int i = 0; i < COUNT; i++) {
        snprintf(path, sizeof path, "/none/%02d", i);
        at = strstr(at, path);
        assert_non_null(at);
    }
    buf_free(&text);
    close(fd);
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
        SERVED(test_large_head),       SERVED(test_bodies),           SERVED(test_keep_alive),
        SERVED(test_smuggled_request), SERVED(test_idle_connections), SERVED(test_slow_clients),
        SERVED(test_pipelining),       SERVED(test_slow_reader),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
