/* SPDX-License-Identifier: MIT */
/* test_hook.c: webhooks arrive once, are tried again while that may help, and never leave the queue's bound.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>

#include "controller/core/error.h"
#include "controller/core/mem.h"
#include "controller/hook.h"
#include "controller/settings/options.h"
#include "tests/support/fake_http.h"

enum { ENDS_MAX = 70, PATIENCE_MS = 10000 };

struct bench {
    uv_loop_t loop;
    struct fake fake;
    struct hook *hook;
    struct options options;
    char url[64];
    int fail_first; /* that many requests are answered with fail_head */
    const char *fail_head;
    int requests, ends;
    char request[4096]; /* the latest */
    int end[ENDS_MAX];  /* codes, in their order */
    char tag[64], sentence[384];
    bool late;
};

static void on_request(struct fake_conn *conn, const char *request, void *user)
{
    struct bench *bench = user;
    bench->requests++;
    snprintf(bench->request, sizeof bench->request, "%s", request);
    fake_answer(conn, bench->requests <= bench->fail_first ? bench->fail_head : "204 No Content", "");
}

static void on_end(void *user, const char *tag, const struct error *err)
{
    struct bench *bench = user;
    assert_true(bench->ends < ENDS_MAX);
    bench->end[bench->ends++] = err ? err->code : 0;
    snprintf(bench->tag, sizeof bench->tag, "%s", tag);
    snprintf(bench->sentence, sizeof bench->sentence, "%s", err ? err->text : "");
}

static int setup(void **state)
{
    struct bench *bench = mem_new(sizeof *bench);
    uv_loop_init(&bench->loop);
    int port = fake_listen_tcp(&bench->fake, &bench->loop, on_request, bench);
    snprintf(bench->url, sizeof bench->url, "http://user:word@127.0.0.1:%d/in?token=secret", port);
    bench->options = (struct options){.on_failed_webhook = bench->url,
                                      .retry_enabled = true,
                                      .retry_attempts = 3,
                                      .retry_base_ms = 1,
                                      .retry_max_ms = 2};
    bench->fail_head = "503 Service Unavailable";
    bench->hook = hook_new(&bench->loop, on_end, bench);
    *state = bench;
    return 0;
}

static int teardown(void **state)
{
    struct bench *bench = *state;
    hook_free(bench->hook);
    fake_close(&bench->fake);
    uv_run(&bench->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&bench->loop), 0);
    free(bench);
    return 0;
}

static int send_one(struct bench *bench, const char *tag)
{
    struct error err = {0};
    return hook_send(bench->hook, &bench->options, tag,
                     &(struct hook_event){.event = "failed",
                                          .service = "we\"b",
                                          .key = "name:-:web",
                                          .container = "web-1",
                                          .sentence = "Failed.",
                                          .restarts = 5,
                                          .at_wall_ms = 1000,
                                          .host = "node-1"},
                     &err);
}

static void on_late(uv_timer_t *timer)
{
    struct bench *bench = timer->data;
    bench->late = true;
}

static void run_until(struct bench *bench, int ends)
{
    uv_timer_t timer;
    uv_timer_init(&bench->loop, &timer);
    timer.data = bench;
    uv_timer_start(&timer, on_late, PATIENCE_MS, 0);
    while (bench->ends < ends && !bench->late)
        uv_run(&bench->loop, UV_RUN_ONCE);
    uv_close((uv_handle_t *)&timer, NULL);
    uv_run(&bench->loop, UV_RUN_NOWAIT);
    assert_int_equal(bench->ends, ends);
}

static void it_arrives_once(void **state)
{
    struct bench *bench = *state;
    assert_int_equal(send_one(bench, "name:-:web#1"), 0);
    assert_int_equal(bench->ends, 0); /* never before it returns */
    run_until(bench, 1);
    assert_int_equal(bench->end[0], 0);
    assert_string_equal(bench->tag, "name:-:web#1");
    assert_int_equal(bench->requests, 1);
    assert_memory_equal(bench->request, "POST /in?token=secret HTTP/1.1\r\n", 32);
    assert_non_null(strstr(bench->request, "Content-Type: application/json\r\n"));
    assert_non_null(strstr(bench->request, "Authorization: Basic "));
    assert_string_equal(strstr(bench->request, "\r\n\r\n") + 4,
                        "{\"event\":\"failed\",\"service\":\"we\\\"b\",\"key\":\"name:-:web\","
                        "\"container\":\"web-1\",\"sentence\":\"Failed.\",\"restarts\":5,"
                        "\"at\":\"1970-01-01T00:00:01.000Z\",\"host\":\"node-1\"}");
}

static void it_is_tried_again(void **state)
{
    struct bench *bench = *state;
    bench->fail_first = 2;
    send_one(bench, "a");
    send_one(bench, "b");
    run_until(bench, 2);
    assert_int_equal(bench->end[0], 0);
    assert_int_equal(bench->end[1], 0);
    assert_int_equal(bench->requests, 4);
}

static void it_gives_up(void **state)
{
    struct bench *bench = *state;
    bench->fail_first = 100;
    send_one(bench, "a");
    run_until(bench, 1);
    assert_int_equal(bench->end[0], -EIO);
    assert_string_equal(bench->sentence, "it answered 503");
    assert_int_equal(bench->requests, 3);

    bench->options.retry_enabled = false;
    send_one(bench, "b");
    run_until(bench, 2);
    assert_int_equal(bench->requests, 4);

    /* What will not change is not asked twice; a redirect is not followed. */
    bench->options.retry_enabled = true;
    bench->fail_head = "404 Not Found";
    send_one(bench, "c");
    run_until(bench, 3);
    assert_int_equal(bench->requests, 5);
    bench->fail_head = "302 Found\r\nLocation: /elsewhere";
    send_one(bench, "d");
    run_until(bench, 4);
    assert_int_equal(bench->requests, 6);
    assert_string_equal(bench->sentence, "it answered 302");
}

static void nobody_answers(void **state)
{
    struct bench *bench = *state;
    bench->options.on_failed_webhook = "http://user:word@127.0.0.1:1/in?token=secret";
    send_one(bench, "a");
    run_until(bench, 1);
    assert_int_equal(bench->end[0], -EIO);
    assert_string_equal(bench->sentence, "no answer (refused)");
    assert_null(strstr(bench->sentence, "secret"));
}

static void the_queue_has_a_bound(void **state)
{
    struct bench *bench = *state;
    for (int i = 0; i < 64; i++)
        assert_int_equal(send_one(bench, "a"), 0);
    assert_int_equal(send_one(bench, "b"), -ENOBUFS);
    run_until(bench, 64);
    assert_int_equal(send_one(bench, "b"), 0);
    run_until(bench, 65);
    assert_int_equal(bench->requests, 65);
}

static void it_may_end_in_the_middle(void **state)
{
    struct bench *bench = *state;
    bench->fail_first = 100;
    bench->options.retry_base_ms = bench->options.retry_max_ms = 60000;
    send_one(bench, "a");
    send_one(bench, "b");
    while (bench->requests == 0)
        uv_run(&bench->loop, UV_RUN_ONCE);
    assert_int_equal(bench->ends, 0); /* the teardown drops both, without a call */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_arrives_once, setup, teardown),
        cmocka_unit_test_setup_teardown(it_is_tried_again, setup, teardown),
        cmocka_unit_test_setup_teardown(it_gives_up, setup, teardown),
        cmocka_unit_test_setup_teardown(nobody_answers, setup, teardown),
        cmocka_unit_test_setup_teardown(the_queue_has_a_bound, setup, teardown),
        cmocka_unit_test_setup_teardown(it_may_end_in_the_middle, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
