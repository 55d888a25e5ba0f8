/* SPDX-License-Identifier: MIT */
/* engine_bench.c: an engine on the test's own loop, against a scripted one. */
#include "tests/support/engine_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <unistd.h>

enum { DEADLINE_MS = 8000 };

static void on_live(void *user, const char *version, const char *api)
{
    struct engine_bench *bench = user;
    (void)version;
    (void)api;
    bench->live++;
}

static void on_lost(void *user, const char *sentence)
{
    (void)user;
    fail_msg("the engine was lost: %s", sentence);
}

static void on_event(void *user, const struct engine_event *event)
{
    (void)user;
    (void)event;
}

static void on_deadline(uv_timer_t *timer)
{
    struct engine_bench *bench = timer->data;
    fail_msg("nothing happened for %d ms; asked: %s; told: %s", DEADLINE_MS, bench->asked, bench->told);
}

void engine_bench_open(struct engine_bench *bench, const char *asked, const char *told)
{
    bench->asked = asked;
    bench->told = told;
    uv_loop_init(&bench->loop);
    uv_timer_init(&bench->loop, &bench->deadline);
    bench->deadline.data = bench;
    uv_timer_start(&bench->deadline, on_deadline, DEADLINE_MS, 0);
    snprintf(bench->folder, sizeof bench->folder, "/tmp/engine_bench.XXXXXX");
    assert_non_null(mkdtemp(bench->folder));
    snprintf(bench->socket, sizeof bench->socket, "%s/socket", bench->folder);
    snprintf(bench->host, sizeof bench->host, "unix://%s", bench->socket);
}

void engine_bench_go_live(struct engine_bench *bench, fake_handler *handler, void *user)
{
    fake_listen_unix(&bench->fake, &bench->loop, bench->socket, handler, user);
    const struct engine_options options = {.host = bench->host, .timeout_ms = 1000};
    const struct engine_callbacks callbacks = {on_live, on_lost, on_event, bench};
    bench->engine = engine_open(&bench->loop, &options, &callbacks, NULL);
    engine_bench_wait(bench, &bench->live, 1);
}

void engine_bench_wait(struct engine_bench *bench, const int *counter, int value)
{
    while (*counter < value)
        uv_run(&bench->loop, UV_RUN_ONCE);
}

void engine_bench_close(struct engine_bench *bench)
{
    engine_close(bench->engine);
    if (bench->fake.loop) /* somebody served */
        fake_close(&bench->fake);
    uv_close((uv_handle_t *)&bench->deadline, NULL);
    uv_run(&bench->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&bench->loop), 0);
    unlink(bench->socket);
    rmdir(bench->folder);
}
