/* SPDX-License-Identifier: MIT */
/* controller/usage against a scripted engine: how many are asked at a time and when again, what two readings
 * say, and what an engine that refuses, fails or hangs leads to. */
#include "controller/usage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "controller/controller_internal.h"
#include "controller/core/buf.h"
#include "controller/core/limits.h"
#include "controller/settings/options.h"
#include "tests/support/engine_bench.h"
#include "tests/support/sample_registry.h"

static struct moment the_time = {.mono_ms = 1000000, .wall_ms = INT64_C(1795257000123)};

/* The test's clock is the product's. */
struct moment clock_now(void)
{
    return the_time;
}

static void pass(int64_t ms)
{
    the_time.mono_ms += ms;
    the_time.wall_ms += ms;
}

enum { CONTAINERS = 20, RUNNING = CONTAINERS - 1, INTERVAL_MS = 30000, QUIET_TURNS = 200 };

struct bench {
    struct engine_bench base;
    struct controller controller;
    struct options options;
    const char *refusal; /* status line of every answer, "" hangs up; NULL: */
    long long cpu_ns, memory, limit, read_s;
    struct fake_conn *waiting[CONTAINERS];
    int asked, answered, most_waiting;
    char last[200];
};

static void serve(struct fake_conn *conn, const char *request, void *user)
{
    struct bench *bench = user;
    if (strncmp(request, "GET /_ping", 10) == 0) {
        fake_answer(conn, "200 OK\r\nApi-Version: 1.41\r\nServer: Docker/20.10.24 (linux)", "OK");
    } else if (strstr(request, "/events")) {
        fake_send(conn, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    } else {
        assert_non_null(strstr(request, "/stats?stream=false&one-shot=true"));
        bench->waiting[bench->asked - bench->answered] = conn;
        bench->asked++;
        if (bench->asked - bench->answered > bench->most_waiting)
            bench->most_waiting = bench->asked - bench->answered;
    }
}

/* The engine answers all that waits. */
static void answer_waiting(struct bench *bench)
{
    char body[512];
    snprintf(body, sizeof body,
             "{\"read\":\"2026-11-27T16:%02lld:%02lld.000000000Z\",\"cpu_stats\":{\"cpu_usage\":{\"total_"
             "usage\":%lld}},"
             "\"memory_stats\":{\"usage\":%lld,\"limit\":%lld}}",
             bench->read_s / 60, bench->read_s % 60, bench->cpu_ns, bench->memory, bench->limit);
    while (bench->answered < bench->asked) {
        struct fake_conn *conn = bench->waiting[bench->asked - bench->answered++ - 1];
        if (bench->refusal)
            bench->refusal[0] ? fake_answer(conn, bench->refusal, "") : fake_drop(conn);
        else
            fake_answer(conn, "200 OK", body);
    }
}

static void turn(struct bench *bench)
{
    bench->controller.now = clock_now();
    usage_settle(bench->controller.usage);
    uv_run(&bench->base.loop, UV_RUN_NOWAIT);
}

/* Turns until that many have been asked, and long enough to see that no more are. */
static void turn_until_asked(struct bench *bench, int asked)
{
    while (bench->asked < asked)
        turn(bench);
    for (int i = 0; i < QUIET_TURNS; i++)
        turn(bench);
    assert_int_equal(bench->asked, asked);
}

/* A round that is due by now, to its end; gives how many were asked. */
static int whole_round(struct bench *bench)
{
    int before = bench->asked;
    int64_t due = usage_due(bench->controller.usage);
    assert_true(due > 0 && due <= the_time.mono_ms);
    for (int quiet = 0; quiet < QUIET_TURNS; quiet++) {
        if (bench->answered < bench->asked)
            quiet = 0;
        answer_waiting(bench);
        turn(bench);
    }
    return bench->asked - before;
}

/* Time goes by until the next round is due; gives how long that is. */
static int64_t pass_until_due(struct bench *bench)
{
    int64_t wait = usage_due(bench->controller.usage) - the_time.mono_ms;
    assert_true(wait > 0);
    pass(wait);
    return wait;
}

static const struct usage *usage_of(struct bench *bench, int number)
{
    char name[16];
    snprintf(name, sizeof name, "s%02d", number);
    return &registry_service(bench->controller.registry, name)->first->samples.usage;
}

static void add_containers(struct controller *controller)
{
    for (int i = 0; i < CONTAINERS; i++) {
        char id[16], key[24], name[16];
        snprintf(id, sizeof id, "%012x", i + 1);
        snprintf(key, sizeof key, "name:-:s%02d", i);
        snprintf(name, sizeof name, "s%02d", i);
        struct observed *observed = sample_observed(id, name, "172.20.0.2", NULL);
        observed->memory_limit_bytes = i == 1 ? 5000 : 0;
        observed->state = i == 2 ? CONTAINER_EXITED : CONTAINER_RUNNING;
        struct record *record = mem_new(sizeof *record);
        record->ref = sample_add(controller->registry, sample_spec(key, name, 80), observed, STATUS_HEALTHY);
        snprintf(record->id, sizeof record->id, "%s", observed->id);
        HASH_ADD_STR(controller->records, id, record);
    }
    sample_settle(controller->registry);
}

static void render_nothing(const struct service *service, struct buf *out)
{
    (void)service;
    buf_text(out, "{}");
}

static int setup(void **state)
{
    struct bench *bench = mem_new(sizeof *bench);
    struct controller *controller = &bench->controller;
    bench->options.stats_interval_ms = INTERVAL_MS;
    bench->memory = 4096;
    bench->limit = 1 << 30;
    bench->cpu_ns = 1000000000;
    engine_bench_open(&bench->base, bench->last, bench->last);
    engine_bench_go_live(&bench->base, serve, bench);
    controller->options = &bench->options;
    controller->registry = registry_new(render_nothing);
    controller->journal = journal_new();
    controller->engine.connected = true;
    controller->now = clock_now();
    add_containers(controller);
    controller->usage = usage_meter_new(controller, bench->base.engine);
    usage_synced(controller->usage);
    *state = bench;
    return 0;
}

static int teardown(void **state)
{
    struct bench *bench = *state;
    struct controller *controller = &bench->controller;
    struct record *record, *next;
    usage_meter_free(controller->usage);
    engine_bench_close(&bench->base);
    HASH_ITER(hh, controller->records, record, next)
    {
        HASH_DEL(controller->records, record);
        free(record);
    }
    journal_free(controller->journal);
    registry_free(controller->registry);
    free(bench);
    return 0;
}

static void few_are_asked_at_a_time(void **state)
{
    struct bench *bench = *state;
    turn_until_asked(bench, 0);
    assert_int_equal(pass_until_due(bench), 2000);
    turn_until_asked(bench, LIMIT_STATS_IN_FLIGHT);
    bench->options.stats_interval_ms = 1; /* no second round begins beside the first */
    pass(60000);
    turn_until_asked(bench, LIMIT_STATS_IN_FLIGHT);
    answer_waiting(bench);
    turn_until_asked(bench, 2 * LIMIT_STATS_IN_FLIGHT);
    answer_waiting(bench);
    turn_until_asked(bench, RUNNING);
    answer_waiting(bench);
    turn_until_asked(bench, RUNNING);
    assert_int_equal(bench->most_waiting, LIMIT_STATS_IN_FLIGHT);
    assert_true(usage_of(bench, 0)->at_wall_ms > 0);
    assert_int_equal(usage_of(bench, 2)->at_wall_ms, 0); /* it does not run */
    /* The round took a minute: four more pass before the next. */
    assert_int_equal(pass_until_due(bench), 240000);
}

static void rounds_come_at_the_interval(void **state)
{
    struct bench *bench = *state;
    pass_until_due(bench);
    assert_int_equal(whole_round(bench), RUNNING);
    assert_int_equal(pass_until_due(bench), 5000); /* so that the processors' share is known soon */
    bench->read_s = 5;
    assert_int_equal(whole_round(bench), RUNNING);
    assert_int_equal(pass_until_due(bench), INTERVAL_MS);
    bench->options.stats_interval_ms = 0;
    assert_int_equal(usage_due(bench->controller.usage), 0);
    turn_until_asked(bench, 2 * RUNNING);
}

static void two_readings_tell_what_a_processor_does(void **state)
{
    struct bench *bench = *state;
    pass_until_due(bench);
    whole_round(bench);
    const struct usage *first = usage_of(bench, 0), *second = usage_of(bench, 1);
    assert_true(first->cpu_ratio < 0);
    assert_int_equal(first->memory_bytes, 4096);
    assert_int_equal(first->memory_limit_bytes, 0); /* the machine's is none */
    assert_int_equal(second->memory_limit_bytes, 5000);
    assert_int_equal(first->at_wall_ms, the_time.wall_ms);

    bench->read_s = 4;
    bench->cpu_ns = 3000000000;
    bench->memory = 100;
    bench->limit = 4000;
    pass_until_due(bench);
    whole_round(bench);
    assert_true(first->cpu_ratio > 0.4999 && first->cpu_ratio < 0.5001);
    assert_int_equal(first->memory_bytes, 100);
    assert_int_equal(second->memory_limit_bytes, 4000);

    bench->read_s = 64;
    bench->cpu_ns = 5; /* another run: its counter began anew */
    pass_until_due(bench);
    whole_round(bench);
    assert_true(first->cpu_ratio < 0);

    struct record *record = record_find(
        &bench->controller, registry_service(bench->controller.registry, "s00")->first->observed->id);
    usage_forget(&bench->controller, record);
    assert_int_equal(first->at_wall_ms, 0);
    assert_true(second->at_wall_ms > 0);
}

static size_t told(struct bench *bench)
{
    size_t count = 0;
    const struct journal_event *event;
    for (uint64_t id = 0; (event = journal_next(bench->controller.journal, id)); id = event->id) {
        assert_string_equal(event->kind, "usage");
        assert_non_null(strstr(event->sentence, "What containers use is not measured: "));
        count++;
    }
    return count;
}

static void who_refuses_is_not_asked_again(void **state)
{
    struct bench *bench = *state;
    bench->refusal = "403 Forbidden";
    pass_until_due(bench);
    assert_in_range(whole_round(bench), 1, LIMIT_STATS_IN_FLIGHT);
    assert_int_equal(told(bench), 1);
    assert_int_equal(usage_due(bench->controller.usage), 0);
    pass(3600 * 1000);
    int asked = bench->asked;
    turn_until_asked(bench, asked);

    bench->refusal = NULL; /* the engine comes back, and is another one */
    usage_synced(bench->controller.usage);
    pass_until_due(bench);
    assert_int_equal(whole_round(bench), RUNNING);
    assert_int_equal(told(bench), 1);
}

static void who_cannot_measure_is_asked_twice(void **state)
{
    struct bench *bench = *state;
    bench->refusal = "500 Internal Server Error";
    pass_until_due(bench);
    assert_int_equal(whole_round(bench), RUNNING);
    assert_int_equal(told(bench), 0);
    pass_until_due(bench);
    assert_int_equal(whole_round(bench), RUNNING);
    assert_int_equal(told(bench), 1);
    assert_int_equal(usage_due(bench->controller.usage), 0);
}

static void who_does_not_answer_is_left_alone(void **state)
{
    struct bench *bench = *state;
    bench->refusal = "";
    pass_until_due(bench);
    assert_in_range(whole_round(bench), LIMIT_STATS_IN_FLIGHT, RUNNING - 1);
    assert_int_equal(told(bench), 0);
    bench->refusal = NULL;
    pass_until_due(bench);
    assert_int_equal(whole_round(bench), RUNNING);
}

static void a_lost_engine_ends_the_round(void **state)
{
    struct bench *bench = *state;
    pass_until_due(bench);
    turn_until_asked(bench, LIMIT_STATS_IN_FLIGHT);
    bench->controller.engine.connected = false;
    answer_waiting(bench);
    turn_until_asked(bench, LIMIT_STATS_IN_FLIGHT);
    assert_int_equal(usage_due(bench->controller.usage), 0);
    bench->controller.engine.connected = true;
    usage_synced(bench->controller.usage);
    pass_until_due(bench);
    assert_int_equal(whole_round(bench), RUNNING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(few_are_asked_at_a_time, setup, teardown),
        cmocka_unit_test_setup_teardown(rounds_come_at_the_interval, setup, teardown),
        cmocka_unit_test_setup_teardown(two_readings_tell_what_a_processor_does, setup, teardown),
        cmocka_unit_test_setup_teardown(who_refuses_is_not_asked_again, setup, teardown),
        cmocka_unit_test_setup_teardown(who_cannot_measure_is_asked_twice, setup, teardown),
        cmocka_unit_test_setup_teardown(who_does_not_answer_is_left_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(a_lost_engine_ends_the_round, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
