/* SPDX-License-Identifier: MIT */
/* core/transfer against a scripted server on the same loop: every way a transfer can end, reuse, and its
 * life. */
#include "controller/core/transfer.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/support/fake_http.h"

enum { DEADLINE_MS = 5000 };

static const char *const script[][2] = {
    {"/ok", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Thing: yes\r\n\r\nhello"},
    {"/old", "HTTP/1.0 200 OK\r\n\r\nuntil the end"},
    {"/chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: "
                "chunked\r\n\r\n3\r\nabc\r\n4\r\ndefg\r\n0\r\nX-Trailer: 1\r\n\r\n"},
    {"/cut", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello"},
    {"/cut-chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\nabc"},
    {"/bad-chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n"},
    {"/ssh", "SSH-2.0-OpenSSH_9.2\r\n"},
    {"/redis", "-ERR unknown command 'GET'\r\n"},
    {"/empty", ""},
    {"/continue", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"},
    {"/moved", "HTTP/1.1 302 Found\r\nLocation: /ok\r\nContent-Length: 0\r\n\r\n"},
    {"/broken", "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n\r\ndown"},
};

/* Everything that one test needs. */
struct bench {
    uv_loop_t loop;
    uv_timer_t deadline;
    struct fake fake;
    int port;
    struct transfer_pool *pool;
    char folder[64], socket[96], url[128];
    bool fresh; /* requests do not reuse connections: where they can, they go without libcurl */
};

/* What one transfer told us. */
struct seen {
    uv_loop_t *loop;
    int done, heads, head_status, pieces;
    struct transfer_result result;
    char body[512], message[256], thing[32], last_request[2048];
    struct transfer *cancel; /* to be cancelled in on_done */
    struct transfer_pool *free_pool, *start_in;
    struct transfer_request *start;
};

static void on_deadline(uv_timer_t *timer)
{
    (void)timer;
    fail_msg("nothing happened for %d ms", DEADLINE_MS);
}

static void serve(struct fake_conn *conn, const char *request, void *user)
{
    (void)user;
    char path[64] = "";
    sscanf(request, "%*s %63s", path);
    for (size_t i = 0; i < sizeof script / sizeof *script; i++)
        if (strcmp(path, script[i][0]) == 0) {
            fake_send(conn, script[i][1]);
            if (!strstr(script[i][1], "Content-Length: 5"))
                fake_end(conn);
            return;
        }
    char text[4096];
    if (strcmp(path, "/number") == 0) {
        snprintf(text, sizeof text, "%d", conn->number);
        fake_answer(conn, "200 OK", text);
    } else if (strcmp(path, "/echo") == 0) {
        snprintf(text, sizeof text, "%.4000s", request);
        fake_answer(conn, "200 OK", text);
    } else if (strcmp(path, "/head-then-nothing") == 0) {
        fake_send(conn, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhel");
    } else if (strcmp(path, "/long-header") == 0) {
        fake_send(conn, "HTTP/1.1 200 OK\r\nX: ");
        memset(text, 'x', sizeof text);
        for (int i = 0; i < 100; i++)
            fake_send_n(conn, text, sizeof text);
    }
    /* "/silent" and others: no answer at all */
}

static int set_up(void **state)
{
    struct bench *bench = calloc(1, sizeof *bench);
    uv_loop_init(&bench->loop);
    bench->port = fake_listen_tcp(&bench->fake, &bench->loop, serve, NULL);
    bench->pool = transfer_pool_new(&bench->loop, 8);
    snprintf(bench->folder, sizeof bench->folder, "/tmp/test_transfer.XXXXXX");
    assert_non_null(mkdtemp(bench->folder));
    snprintf(bench->socket, sizeof bench->socket, "%s/socket", bench->folder);
    uv_timer_init(&bench->loop, &bench->deadline);
    uv_timer_start(&bench->deadline, on_deadline, DEADLINE_MS, 0);
    *state = bench;
    return 0;
}

static int set_up_fresh(void **state)
{
    set_up(state);
    struct bench *bench = *state;
    bench->fresh = true;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *bench = *state;
    transfer_pool_free(bench->pool);
    fake_close(&bench->fake);
    uv_close((uv_handle_t *)&bench->deadline, NULL);
    uv_run(&bench->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&bench->loop), 0); /* no handle is left behind */
    unlink(bench->socket);
    rmdir(bench->folder);
    free(bench);
    return 0;
}

static void on_done(void *user, const struct transfer_result *result)
{
    struct seen *seen = user;
    uv_stop(seen->loop); /* a timer's callback would else be followed by one wait for sockets */
    seen->done++;
    seen->result = *result;
    snprintf(seen->body, sizeof seen->body, "%s", result->body);
    snprintf(seen->message, sizeof seen->message, "%s", result->message);
    transfer_cancel(seen->cancel);
    if (seen->start) {
        struct transfer_request *start = seen->start;
        seen->start = NULL;
        transfer_start(seen->start_in, start);
    }
    transfer_pool_free(seen->free_pool);
}

static void on_head(void *user, int http_status)
{
    struct seen *seen = user;
    seen->heads++;
    seen->head_status = http_status;
}

static void on_header(void *user, const char *line, size_t len)
{
    struct seen *seen = user;
    if (len > 9 && memcmp(line, "X-Thing: ", 9) == 0)
        snprintf(seen->thing, sizeof seen->thing, "%.*s", (int)len - 9, line + 9);
}

static void on_data(void *user, int http_status, const char *data, size_t len)
{
    struct seen *seen = user;
    assert_int_equal(http_status, 200);
    seen->pieces++;
    size_t have = strlen(seen->thing);
    snprintf(seen->thing + have, sizeof seen->thing - have, "%.*s", (int)len, data);
}

static struct transfer_request request_for(struct bench *bench, const char *path, struct seen *seen)
{
    snprintf(bench->url, sizeof bench->url, "http://127.0.0.1:%d%s", bench->port, path);
    if (seen)
        seen->loop = &bench->loop;
    return (struct transfer_request){.url = bench->url,
                                     .max_body = 1024,
                                     .total_timeout_ms = 2000,
                                     .fresh = bench->fresh,
                                     .on_head = on_head,
                                     .on_done = on_done,
                                     .user = seen};
}

static void run(struct bench *bench, struct seen *seen)
{
    while (!seen->done)
        uv_run(&bench->loop, UV_RUN_ONCE);
}

static struct seen fetch(struct bench *bench, const struct transfer_request *request)
{
    struct seen seen = {.loop = &bench->loop};
    struct transfer_request copy = *request;
    copy.user = &seen;
    transfer_start(bench->pool, &copy);
    assert_int_equal(transfer_pool_active(bench->pool), 1);
    assert_int_equal(seen.done, 0);
    run(bench, &seen);
    assert_int_equal(seen.done, 1);
    assert_int_equal(transfer_pool_active(bench->pool), 0);
    return seen;
}

static void answers_are_told_as_they_are(void **state)
{
    static const struct {
        const char *path;
        enum transfer_end end;
        int status;
        const char *body;
        int heads;
    } row[] = {
        {"/ok", TRANSFER_DONE, 200, "hello", 1},
        {"/old", TRANSFER_DONE, 200, "until the end", 1},
        {"/chunks", TRANSFER_DONE, 200, "abcdefg", 1},
        {"/continue", TRANSFER_DONE, 201, "", 1},
        {"/moved", TRANSFER_DONE, 302, "", 1},
        {"/broken", TRANSFER_DONE, 503, "down", 1},
        {"/cut", TRANSFER_CUT, 200, "hello", 1},
        {"/cut-chunk", TRANSFER_CUT, 200, "abc", 1},
        {"/empty", TRANSFER_CUT, 0, "", 0},
        {"/bad-chunk", TRANSFER_PROTOCOL, 200, "", 1},
        {"/ssh", TRANSFER_PROTOCOL, 0, "", 0},
        {"/redis", TRANSFER_PROTOCOL, 0, "", 0},
        {"/long-header", TRANSFER_PROTOCOL, 0, "", 0},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        struct transfer_request request = request_for(*state, row[i].path, NULL);
        struct seen seen = fetch(*state, &request);
        if (seen.result.end != row[i].end)
            fail_msg("%s: %s (%s), wanted %s", row[i].path, transfer_end_name(seen.result.end), seen.message,
                     transfer_end_name(row[i].end));
        assert_int_equal(seen.result.http_status, row[i].status);
        assert_string_equal(seen.body, row[i].body);
        assert_int_equal(seen.heads, row[i].heads);
        assert_int_equal(seen.head_status, row[i].status);
        assert_int_equal(seen.result.body_cut, false);
        assert_true((seen.message[0] == '\0') == (row[i].end == TRANSFER_DONE));
        assert_true(seen.result.total_ms > 0 && seen.result.total_ms < 2000);
    }
}

static void long_bodies_are_cut(void **state)
{
    struct transfer_request request = request_for(*state, "/ok", NULL);
    request.max_body = 5;
    struct seen seen = fetch(*state, &request);
    assert_int_equal(seen.result.body_cut, false);
    request.max_body = 4;
    seen = fetch(*state, &request);
    assert_int_equal(seen.result.end, TRANSFER_DONE);
    assert_true(seen.result.body_cut);
    assert_string_equal(seen.body, "hell");
    request.max_body = 0;
    seen = fetch(*state, &request);
    assert_int_equal(seen.result.end, TRANSFER_DONE);
    assert_string_equal(seen.body, "");
}

static void streams_get_pieces_and_headers(void **state)
{
    struct transfer_request request = request_for(*state, "/chunks", NULL);
    request.on_data = on_data;
    request.total_timeout_ms = 0;
    struct seen seen = fetch(*state, &request);
    assert_string_equal(seen.thing, "abcdefg");
    assert_string_equal(seen.body, "");
    assert_true(seen.pieces >= 1);
    request = request_for(*state, "/ok", NULL);
    request.on_header = on_header;
    assert_string_equal(fetch(*state, &request).thing, "yes");
}

static void waiting_ends_as_the_right_timeout(void **state)
{
    struct bench *bench = *state;
    static const char *const paths[] = {"/silent", "/head-then-nothing"};
    for (int i = 0; i < 2; i++) {
        struct transfer_request request = request_for(bench, paths[i], NULL);
        request.total_timeout_ms = 120;
        struct seen seen = fetch(bench, &request);
        assert_int_equal(seen.result.end, TRANSFER_READ_TIMEOUT);
        assert_true(seen.result.total_ms >= 100 && seen.result.total_ms < 1000);
    }
    /* A listener with a full queue does not answer further connects. */
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), filler[8];
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    assert_int_equal(bind(fd, (struct sockaddr *)&address, len), 0);
    assert_int_equal(listen(fd, 0), 0);
    getsockname(fd, (struct sockaddr *)&address, &len);
    for (int i = 0; i < 8; i++) {
        filler[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        (void)!connect(filler[i], (struct sockaddr *)&address, len);
    }
    struct transfer_request request = request_for(bench, "/", NULL);
    snprintf(bench->url, sizeof bench->url, "http://127.0.0.1:%d/", ntohs(address.sin_port));
    request.connect_timeout_ms = bench->fresh ? 0 : 120;
    request.total_timeout_ms = bench->fresh ? 120 : 2000;
    for (int connect_only = 0; connect_only < 2; connect_only++) {
        request.connect_only = connect_only;
        assert_int_equal(fetch(bench, &request).result.end, TRANSFER_CONNECT_TIMEOUT);
    }
    for (int i = 0; i < 8; i++)
        close(filler[i]);
    close(fd);
}

static int closed_port(void)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    assert_int_equal(bind(fd, (struct sockaddr *)&address, len), 0);
    getsockname(fd, (struct sockaddr *)&address, &len);
    close(fd);
    return ntohs(address.sin_port);
}

/* No resolver asks anybody about a label of more than 63 letters. */
#define LONG_LABEL "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void unreachable_ones_say_why(void **state)
{
    struct bench *bench = *state;
    char refused[64];
    snprintf(refused, sizeof refused, "http://127.0.0.1:%d/", closed_port());
    const struct {
        const char *url;
        bool connect_only, resolve;
        enum transfer_end end;
    } row[] = {
        {refused, false, false, TRANSFER_REFUSED},
        {refused, true, false, TRANSFER_REFUSED},
        {"http://255.255.255.255:80/", false, false, TRANSFER_NO_ROUTE},
        {"http://localhost:80/", false, false, TRANSFER_LOCAL},
        {"http://127.1/", false, false, TRANSFER_LOCAL},
        {"http://127.0.0.1@example.invalid/", false, false, TRANSFER_LOCAL},
        {"http://example.invalid\\@127.0.0.1/", false, false, TRANSFER_LOCAL},
        {"http://[::1/", false, false, TRANSFER_LOCAL},
        {"http:///", false, false, TRANSFER_LOCAL},
        {"ftp://127.0.0.1/", false, true, TRANSFER_LOCAL},
        {"file:///etc/hostname", false, true, TRANSFER_LOCAL},
        {"no url", false, true, TRANSFER_LOCAL},
        {"http://127.0.0.1:99999/", false, false, TRANSFER_LOCAL},
        {"http://" LONG_LABEL ".invalid/", false, true, TRANSFER_NAME},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        struct transfer_request request = request_for(bench, "/", NULL);
        request.url = row[i].url;
        request.connect_only = row[i].connect_only;
        request.resolve = row[i].resolve;
        struct seen seen = fetch(bench, &request);
        if (seen.result.end != row[i].end)
            fail_msg("%s: %s (%s), wanted %s", row[i].url, transfer_end_name(seen.result.end), seen.message,
                     transfer_end_name(row[i].end));
        assert_true(seen.message[0] != '\0');
        assert_int_equal(seen.result.http_status, 0);
    }
}

static void unix_sockets_say_why(void **state)
{
    struct bench *bench = *state;
    struct transfer_request request = request_for(bench, "/ok", NULL);
    request.url = "http://engine/ok";
    request.unix_socket = bench->socket;
    assert_int_equal(fetch(bench, &request).result.end, TRANSFER_NO_SOCKET);

    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, bench->socket, strlen(bench->socket));
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    close(fd); /* the file stays, nobody listens */
    assert_int_equal(fetch(bench, &request).result.end, TRANSFER_REFUSED);
    if (geteuid() == 0)
        assert_int_equal(seteuid(65534), 0);
    chmod(bench->socket, 0);
    assert_int_equal(fetch(bench, &request).result.end, TRANSFER_DENIED);
    if (getuid() == 0)
        assert_int_equal(seteuid(0), 0);
    unlink(bench->socket);

    struct fake fake;
    fake_listen_unix(&fake, &bench->loop, bench->socket, serve, NULL);
    struct seen seen = fetch(bench, &request);
    assert_int_equal(seen.result.end, TRANSFER_DONE);
    assert_string_equal(seen.body, "hello");
    fake_close(&fake);
    uv_run(&bench->loop, UV_RUN_NOWAIT);

    char path[200];
    memset(path, 'x', sizeof path);
    path[0] = '/';
    path[sizeof path - 1] = '\0';
    request.unix_socket = path;
    assert_int_equal(fetch(bench, &request).result.end, TRANSFER_LOCAL);
}

static void plain_http_is_no_tls(void **state)
{
    struct bench *bench = *state;
    struct transfer_request request = request_for(bench, "/ssh", NULL);
    snprintf(bench->url, sizeof bench->url, "https://127.0.0.1:%d/ok", bench->port);
    request.total_timeout_ms = 300;
    /* The server waits for an end of a head that never comes: connected, but no answer. */
    assert_int_equal(fetch(bench, &request).result.end, TRANSFER_READ_TIMEOUT);
    request.connect_only = true; /* no handshake is tried */
    assert_int_equal(fetch(bench, &request).result.end, TRANSFER_DONE);
}

static void connections_are_reused_unless_fresh(void **state)
{
    struct bench *bench = *state;
    struct transfer_request request = request_for(bench, "/number", NULL);
    assert_string_equal(fetch(bench, &request).body, "1");
    assert_string_equal(fetch(bench, &request).body, "1");
    request.fresh = true;
    assert_string_equal(fetch(bench, &request).body, "2");
    request.fresh = false;
    assert_string_equal(fetch(bench, &request).body, "1");
    assert_int_equal(bench->fake.open, 1);
    /* The server goes away between two requests: a new connection is made, nobody sees an error. */
    fake_drop(LIST_FIRST(&bench->fake.conns));
    uv_run(&bench->loop, UV_RUN_NOWAIT);
    assert_string_equal(fetch(bench, &request).body, "3");
}

static void connect_only_sends_nothing_and_closes(void **state)
{
    struct bench *bench = *state;
    struct transfer_request request = request_for(bench, "/", NULL);
    request.connect_only = true;
    for (int i = 0; i < 3; i++) {
        struct seen seen = fetch(bench, &request);
        assert_int_equal(seen.result.end, TRANSFER_DONE);
        assert_int_equal(seen.result.http_status, 0);
        while (bench->fake.accepted <= i || bench->fake.open > 0)
            uv_run(&bench->loop, UV_RUN_ONCE);
    }
    assert_int_equal(bench->fake.accepted, 3);
}

static void requests_are_sent_as_asked(void **state)
{
    struct bench *bench = *state;
    static const char *const headers[] = {"Host: elsewhere", "X-Check: 1", NULL};
    static const struct {
        const char *method, *body, *line, *end;
    } row[] = {
        {NULL, NULL, "GET /echo HTTP/1.1\r\n", "\r\n\r\n"},
        {"POST", NULL, "POST /echo HTTP/1.1\r\n", "\r\n\r\n"},
        {"POST", "{}", "POST /echo HTTP/1.1\r\n", "\r\n\r\n{}"},
        {"PUT", "abc", "PUT /echo HTTP/1.1\r\n", "\r\n\r\nabc"},
        {"DELETE", NULL, "DELETE /echo HTTP/1.1\r\n", "\r\n\r\n"},
    };
    setenv("http_proxy", "http://127.0.0.1:1", 1); /* must not be used */
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        struct transfer_request request = request_for(bench, "/echo", NULL);
        request.method = row[i].method;
        request.body = row[i].body;
        request.headers = headers;
        struct seen seen = fetch(bench, &request);
        assert_int_equal(seen.result.end, TRANSFER_DONE);
        assert_memory_equal(seen.body, row[i].line, strlen(row[i].line));
        assert_string_equal(seen.body + strlen(seen.body) - strlen(row[i].end), row[i].end);
        assert_non_null(strstr(seen.body, "\r\nHost: elsewhere\r\n"));
        assert_non_null(strstr(seen.body, "\r\nX-Check: 1\r\n"));
        assert_null(strstr(seen.body, "Content-Type"));
        assert_null(strstr(seen.body, "Expect"));
    }
    unsetenv("http_proxy");
    struct transfer_request request = request_for(bench, "/ok", NULL);
    request.method = "HEAD";
    struct seen seen = fetch(bench, &request);
    assert_int_equal(seen.result.end, TRANSFER_DONE);
    assert_string_equal(seen.body, "");
}

static void cancelling_calls_nobody(void **state)
{
    struct bench *bench = *state;
    struct seen first = {0}, second = {0}, refused = {0};
    struct transfer_request request = request_for(bench, "/silent", &second);
    struct transfer *waiting = transfer_start(bench->pool, &request);
    refused.loop = &bench->loop;
    request.url = "ftp://1.2.3.4/";
    request.user = &refused;
    transfer_cancel(transfer_start(bench->pool, &request));
    request = request_for(bench, "/ok", &first);
    first.cancel = waiting; /* from inside on_done */
    struct seen third = {0};
    struct transfer_request next = request_for(bench, "/number", &third);
    first.start = &next;
    first.start_in = bench->pool;
    request.url = bench->url;
    request = request_for(bench, "/ok", &first);
    next.url = "http://127.0.0.1:1/";
    transfer_start(bench->pool, &request);
    run(bench, &third);
    assert_int_equal(first.done, 1);
    assert_int_equal(second.done, 0);
    assert_int_equal(refused.done, 0);
    assert_int_equal(third.result.end, TRANSFER_REFUSED);
    transfer_cancel(NULL);
    /* Cancelling oneself in on_done is harmless. */
    struct seen self = {0};
    request = request_for(bench, "/ok", &self);
    self.cancel = transfer_start(bench->pool, &request);
    run(bench, &self);
    assert_int_equal(transfer_pool_active(bench->pool), 0);
}

static void a_pool_may_go_at_any_time(void **state)
{
    struct bench *bench = *state;
    struct seen seen[4] = {0};
    for (int inside = 0; inside < 2; inside++) {
        struct transfer_pool *pool = transfer_pool_new(&bench->loop, 2);
        static const char *const paths[] = {"/silent", "/head-then-nothing", "/chunks"};
        memset(seen, 0, sizeof seen);
        for (int i = 0; i < 3; i++) {
            struct transfer_request request = request_for(bench, paths[i], &seen[i]);
            transfer_start(pool, &request);
        }
        struct transfer_request request = request_for(bench, "/ok", &seen[3]);
        request.url = "http://name/";
        transfer_start(pool, &request);
        if (inside) {
            seen[2].free_pool = pool;
            run(bench, &seen[2]);
        } else {
            uv_run(&bench->loop, UV_RUN_NOWAIT);
            transfer_pool_free(pool);
        }
        uv_run(&bench->loop, UV_RUN_NOWAIT);
        assert_int_equal(seen[0].done + seen[1].done, 0);
    }
    transfer_pool_free(NULL);
}

static void an_idle_pool_does_not_wake(void **state)
{
    struct bench *bench = *state;
    struct transfer_request request = request_for(bench, "/number", NULL);
    fetch(bench, &request); /* leaves an idle connection */
    uv_run(&bench->loop, UV_RUN_NOWAIT);
    fake_close(&bench->fake);
    uv_close((uv_handle_t *)&bench->deadline, NULL);
    alarm(DEADLINE_MS / 1000);
    uv_run(&bench->loop, UV_RUN_DEFAULT); /* returns only if no timer and no poll of the pool is active */
    alarm(0);
    uv_timer_init(&bench->loop, &bench->deadline);
    uv_tcp_init(&bench->loop, &bench->fake.as.tcp);
}

static void a_storm_is_served(void **state)
{
    struct bench *bench = *state;
    enum { STORM = 200 };
    static struct seen seen[STORM];
    memset(seen, 0, sizeof seen);
    for (int i = 0; i < STORM; i++) {
        struct transfer_request request = request_for(bench, i % 3 ? "/ok" : "/chunks", &seen[i]);
        request.fresh = i % 2;
        request.connect_only = i % 5 == 0;
        transfer_start(bench->pool, &request);
    }
    while (transfer_pool_active(bench->pool) > 0)
        uv_run(&bench->loop, UV_RUN_ONCE);
    for (int i = 0; i < STORM; i++) {
        assert_int_equal(seen[i].done, 1);
        assert_int_equal(seen[i].result.end, TRANSFER_DONE);
    }
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(answers_are_told_as_they_are),
        TEST(long_bodies_are_cut),
        TEST(streams_get_pieces_and_headers),
        TEST(waiting_ends_as_the_right_timeout),
        TEST(unreachable_ones_say_why),
        TEST(unix_sockets_say_why),
        TEST(plain_http_is_no_tls),
        TEST(connections_are_reused_unless_fresh),
        TEST(connect_only_sends_nothing_and_closes),
        TEST(requests_are_sent_as_asked),
        TEST(cancelling_calls_nobody),
        TEST(a_pool_may_go_at_any_time),
        TEST(an_idle_pool_does_not_wake),
        TEST(a_storm_is_served),
#define FRESH(name) {#name " without libcurl", name, set_up_fresh, tear_down, NULL}
        FRESH(answers_are_told_as_they_are),
        FRESH(long_bodies_are_cut),
        FRESH(waiting_ends_as_the_right_timeout),
        FRESH(unreachable_ones_say_why),
        FRESH(requests_are_sent_as_asked),
        FRESH(cancelling_calls_nobody),
        FRESH(a_pool_may_go_at_any_time),
        FRESH(an_idle_pool_does_not_wake),
        FRESH(a_storm_is_served),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
