/* SPDX-License-Identifier: MIT */
/* What the exits do when a partner behaves as none should: how often it is asked, and what is told of it. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <dlfcn.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "controller/core/mem.h"
#include "exporter/balancers/caddy.h"
#include "exporter/balancers/haproxy.h"
#include "exporter/consul/push.h"
#include "tests/support/exit_bench.h"
#include "tests/support/fake_http.h"
#include "tests/support/sample_registry.h"

struct partner {
    struct exit_bench bench;
    struct fake fake;
    struct registry *registry;
    char place[64];
    int requests, sessions;
    int session_status; /* that a session is answered with */
    bool sessions_forgotten;
    int processes; /* that answer in turn */
    bool slow;     /* what comes waits in asking */
    struct fake_conn *asking;
    int lists;
    struct ref web;
    const char *answer; /* to everything: the whole of it */
};

/* ---- a HAProxy ---- */

static void on_bytes(struct partner *partner, struct fake_conn *conn)
{
    char text[1024];
    const char *asked = conn->request;
    if (partner->slow) {
        partner->asking = conn;
        return;
    }
    partner->lists += strstr(asked, "show backend") != NULL;
    int number = partner->requests++ % partner->processes;
    int len = snprintf(text, sizeof text, "Name: HAProxy\nPid: %d\nStart_time_sec: 5\n\n", 100 + number);
    if (strstr(asked, "show backend"))
        len += snprintf(text + len, sizeof text - (size_t)len,
                        "# name\nquaywatch-web\n\n1\n# be_name srv_name srv_addr srv_port srv_uweight "
                        "srv_admin_state\nquaywatch-web quay-web-1 10.0.0.%d 80 1 0\n\n",
                        partner->processes > 1 ? 9 : 1);
    fake_send_n(conn, text, (size_t)len);
    fake_end(conn);
}

/* Its lines have no empty line behind them, as HTTP's heads have: what is read is seen here. */
static void on_line(uv_stream_t *stream, ssize_t len, const uv_buf_t *room)
{
    struct fake_conn *conn = stream->data;
    (void)room;
    if (len < 0) {
        fake_drop(conn);
        return;
    }
    conn->request[conn->len + (size_t)len] = '\0';
    conn->len += (size_t)len;
    if (strchr(conn->request, '\n'))
        on_bytes(conn->fake->user, conn);
}

static void on_haproxy(uv_stream_t *server, int status)
{
    fake_on_connection(server, status);
    struct fake *fake = server->data;
    struct fake_conn *conn = LIST_FIRST(&fake->conns);
    if (conn && !uv_is_closing(&conn->as.handle)) {
        uv_read_stop(&conn->as.stream);
        uv_read_start(&conn->as.stream, fake_on_alloc, on_line);
    }
}

/* ---- a Consul agent, and whoever answers everything alike ---- */

static void on_request(struct fake_conn *conn, const char *request, void *user)
{
    struct partner *partner = user;
    partner->requests++;
    if (partner->answer) {
        fake_send(conn, partner->answer);
    } else if (strstr(request, "/v1/session/")) {
        partner->sessions++;
        if (partner->session_status == 200 && !(partner->sessions_forgotten && strstr(request, "/renew/")))
            fake_answer(conn, "200 OK", "{\"ID\":\"s-1\"}");
        else
            fake_answer(conn, partner->session_status == 500 ? "500 Internal Server Error" : "404 Not Found",
                        "no");
    } else if (strstr(request, "/v1/kv/")) {
        fake_answer(conn, "200 OK", "true");
    } else {
        fake_answer(conn, "200 OK", strstr(request, "GET ") ? "{}" : "");
    }
}

/* ---- a name with two addresses, at the first of which nobody listens ---- */

typedef int lookup_function(const char *name, const char *service, const struct addrinfo *req,
                            struct addrinfo **pai);

int getaddrinfo(const char *name, const char *service, const struct addrinfo *req, struct addrinfo **pai)
{
    void *found = dlsym(RTLD_NEXT, "getaddrinfo");
    lookup_function *real;
    memcpy(&real, &found, sizeof real);
    if (name && strcmp(name, "slow.test") == 0)
        sleep(2);
    if (!name || strcmp(name, "two.test") != 0)
        return real(name, service, req, pai);
    int code = real("::1", service, req, pai);
    return code ? code : real("127.0.0.1", service, req, &(*pai)->ai_next);
}

/* ---- the bench ---- */

static int setup(void **state)
{
    struct partner *partner = mem_new(sizeof *partner);
    partner->registry = sample_many(0);
    partner->processes = 1;
    partner->web = sample_add(partner->registry, sample_spec("name:-:web", "web", 80),
                              sample_observed("aaaaaaaaaaaa", "web-1", "10.0.0.1", NULL), STATUS_HEALTHY);
    sample_settle(partner->registry);
    exit_bench_open(&partner->bench, partner->registry);
    *state = partner;
    return 0;
}

static int teardown(void **state)
{
    struct partner *partner = *state;
    fake_close(&partner->fake);
    exit_bench_close(&partner->bench);
    registry_free(partner->registry);
    free(partner);
    return 0;
}

static bool never(void *user)
{
    (void)user;
    return false;
}
static bool is_fine(void *user)
{
    return ((const struct partner *)user)->bench.state == EXIT_FINE;
}
static bool is_failing(void *user)
{
    return ((const struct partner *)user)->bench.state == EXIT_FAILING;
}
static bool has_sessions(void *user)
{
    return ((const struct partner *)user)->sessions >= 3;
}

#define UNTIL(condition) assert_true(exit_bench_until(&partner->bench, condition, partner, 5000))

static void calm(struct partner *partner, int64_t ms)
{
    exit_bench_until(&partner->bench, never, NULL, ms);
}

static void open_haproxy(struct partner *partner, const char *host)
{
    int port = fake_listen_tcp(&partner->fake, &partner->bench.loop, on_request, partner);
    partner->fake.as.stream.connection_cb = on_haproxy;
    snprintf(partner->place, sizeof partner->place, "%s:%d", host, port);
    partner->bench.exit = haproxy_open(&partner->bench.around, partner->place);
}

static void open_consul(struct partner *partner)
{
    snprintf(partner->place, sizeof partner->place, "http://127.0.0.1:%d",
             fake_listen_tcp(&partner->fake, &partner->bench.loop, on_request, partner));
    const struct consul_push_settings settings = {.url = partner->place,
                                                  .token = "",
                                                  .ca_file = "",
                                                  .node = "node-1",
                                                  .lock = "a/lock",
                                                  .ttl_ms = 30000,
                                                  .deregister_after_ms = 600000,
                                                  .retry_base_ms = 20,
                                                  .retry_max_ms = 200};
    consul_push_open(&settings, &partner->bench.around, &partner->bench.exit);
}

static void open_caddy(struct partner *partner)
{
    snprintf(partner->place, sizeof partner->place, "http://127.0.0.1:%d",
             fake_listen_tcp(&partner->fake, &partner->bench.loop, on_request, partner));
    partner->bench.exit = caddy_open(&partner->bench.around, partner->place);
}

/* ---- tests ---- */

static void processes_that_answer_in_turn_are_not_asked_without_end(void **state)
{
    struct partner *partner = *state;
    partner->processes = 2;
    open_haproxy(partner, "127.0.0.1");
    UNTIL(is_failing);
    assert_non_null(strstr(partner->bench.sentence, "several processes answer there in turn"));
    calm(partner, 600);
    assert_in_range(partner->requests, 6, 24);
    assert_true(is_failing(partner));
    assert_in_range(partner->bench.told, 1, 2); /* it may have been fine before */
}

static bool is_asking(void *user)
{
    return ((const struct partner *)user)->asking != NULL;
}

static void a_haproxy_slower_than_the_changes_is_asked_what_it_has(void **state)
{
    struct partner *partner = *state;
    open_haproxy(partner, "127.0.0.1");
    UNTIL(is_fine);
    partner->slow = true;
    for (int i = 0; i < 2000; i++) {
        sample_status(partner->registry, partner->web, i % 2 ? STATUS_HEALTHY : STATUS_FAILED);
        sample_settle(partner->registry);
        exit_bench_settle(&partner->bench);
    }
    UNTIL(is_asking);
    int lists = partner->lists, before = partner->requests;
    partner->slow = false;
    on_bytes(partner, partner->asking);
    calm(partner, 300);
    assert_int_equal(partner->lists, lists + 1);
    assert_in_range(partner->requests, before + 2,
                    before + 3); /* and not one line after another of old news */
    assert_true(is_fine(partner));
}

static void the_second_address_of_a_name_is_tried(void **state)
{
    struct partner *partner = *state;
    open_haproxy(partner, "two.test");
    UNTIL(is_fine);
    assert_int_equal(partner->bench.told, 1);
}

static void a_name_server_that_hangs_does_not_hold_up_the_end(void **state)
{
    struct partner *partner = *state;
    open_haproxy(partner, "slow.test");
    calm(partner, 100);
    const int64_t begun = clock_now().mono_ms;
    partner->bench.exit.kind->close(partner->bench.exit.self);
    partner->bench.exit.self = NULL;
    fake_close(&partner->fake);
    uv_timer_stop(&partner->bench.due);
    uv_run(&partner->bench.loop, UV_RUN_DEFAULT);
    assert_true(clock_now().mono_ms - begun < 1000);
}

static void an_agent_without_sessions_is_not_asked_without_end(void **state)
{
    struct partner *partner = *state;
    partner->session_status = 404;
    open_consul(partner);
    UNTIL(is_failing);
    assert_non_null(strstr(partner->bench.sentence, "it answered 404: no"));
    calm(partner, 400);
    assert_in_range(partner->sessions, 2, 10);
    assert_true(is_failing(partner));
}

static void a_session_that_fails_keeps_no_service_waiting(void **state)
{
    struct partner *partner = *state;
    partner->session_status = 500;
    open_consul(partner);
    UNTIL(has_sessions);
    int told = (int)partner->bench.told, before = partner->requests - partner->sessions;
    calm(partner, 400);
    assert_int_equal(partner->requests - partner->sessions, before); /* all else is as it was */
    assert_int_equal(partner->bench.told, told);
    assert_true(is_failing(partner));
    sample_add(partner->registry, sample_spec("name:-:db", "db", 5432),
               sample_observed("bbbbbbbbbbbb", "db-1", "10.0.0.2", NULL), STATUS_HEALTHY);
    sample_settle(partner->registry);
    calm(partner, 50);
    assert_int_equal(partner->requests - partner->sessions, before + 2); /* registered, and its status */
    partner->session_status = 200;
    UNTIL(is_fine);
}

static void an_error_with_status_200_is_no_list(void **state)
{
    struct partner *partner = *state;
    partner->answer = "HTTP/1.1 200 OK\r\nContent-Length: 17\r\n\r\n{\"error\":\"oh no\"}";
    open_consul(partner);
    UNTIL(is_failing);
    assert_non_null(strstr(partner->bench.sentence, "is it a Consul agent?"));
    calm(partner, 300);
    assert_in_range(partner->requests, 2, 12);
}

static void a_redirect_is_told_as_what_it_is(void **state)
{
    struct partner *partner = *state;
    partner->answer = "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n";
    open_caddy(partner);
    UNTIL(is_failing);
    assert_non_null(strstr(partner->bench.sentence, "it does not say its configuration (it answered 302);"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(processes_that_answer_in_turn_are_not_asked_without_end),
        TEST(a_haproxy_slower_than_the_changes_is_asked_what_it_has),
        TEST(the_second_address_of_a_name_is_tried),
        TEST(a_name_server_that_hangs_does_not_hold_up_the_end),
        TEST(an_agent_without_sessions_is_not_asked_without_end),
        TEST(a_session_that_fails_keeps_no_service_waiting),
        TEST(an_error_with_status_200_is_no_list),
        TEST(a_redirect_is_told_as_what_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
