/* SPDX-License-Identifier: MIT */
/* Tests health/prober on a real loop against a small server: when checks come, how many run, what ends them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "health/prober.h"
#include "tests/support/answer_server.h"
#include "tests/support/loop_run.h"

enum { SLOTS = 2000, RESULTS = 20000 };

static const struct answer answers[] = {
    {"/hang", NULL, 0, false},
    {"/slow", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 250, false},
    {"", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 0, false},
};

struct world {
    uv_loop_t loop;
    uv_timer_t stop;
    struct answer_server server;
    struct prober *prober;
    char url[64], slow_url[64], hang_url[64];
    struct {
        struct ref ref;
        enum outcome_kind kind;
        int64_t at_ms;
    } result[RESULTS];
    size_t count;
    size_t in_flight_max;
    size_t wanted; /* results to wait for */
    int64_t started_ms;
    void (*in_result)(struct world *world, struct ref ref);
};

static int64_t elapsed(const struct world *world)
{
    return (int64_t)(uv_hrtime() / 1000000) - world->started_ms;
}

static void on_result(void *user, struct ref ref, struct outcome *outcome)
{
    struct world *world = user;
    assert_true(world->count < RESULTS);
    world->result[world->count].ref = ref;
    world->result[world->count].kind = outcome->kind;
    world->result[world->count++].at_ms = elapsed(world);
    size_t in_flight = prober_in_flight(world->prober);
    world->in_flight_max = in_flight > world->in_flight_max ? in_flight : world->in_flight_max;
    free(outcome->check);
    if (world->in_result)
        world->in_result(world, ref);
    if (world->count == world->wanted)
        uv_stop(&world->loop);
}

static void world_open(struct world *world, unsigned max_in_flight)
{
    world->prober = prober_new(&world->loop, max_in_flight, on_result, world);
    uv_update_time(&world->loop);
    world->started_ms = (int64_t)(uv_hrtime() / 1000000);
}

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    uv_loop_init(&world->loop);
    uv_timer_init(&world->loop, &world->stop);
    answer_server_start(&world->server, &world->loop, answers);
    snprintf(world->url, sizeof world->url, "http://127.0.0.1:%d/ok", world->server.port);
    snprintf(world->slow_url, sizeof world->slow_url, "http://127.0.0.1:%d/slow", world->server.port);
    snprintf(world->hang_url, sizeof world->hang_url, "http://127.0.0.1:%d/hang", world->server.port);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    prober_free(world->prober);
    prober_free(NULL);
    answer_server_stop(&world->server);
    uv_close((uv_handle_t *)&world->stop, NULL);
    uv_run(&world->loop, UV_RUN_DEFAULT);
    int left = uv_loop_close(&world->loop);
    free(world);
    return left;
}

/* Runs until there are count results. Machines under load are slow: only what never comes is a failure. */
static void wait_for(struct world *world, size_t count)
{
    world->wanted = count;
    if (world->count < count)
        loop_run_for(&world->stop, 20000);
    world->wanted = 0;
    assert_true(world->count >= count);
}

static void wait_in_flight(struct world *world, size_t count)
{
    for (int i = 0; i < 1000 && prober_in_flight(world->prober) != count; i++)
        loop_run_for(&world->stop, 10);
    assert_int_equal(prober_in_flight(world->prober), count);
}

static struct ref ref_of(unsigned index)
{
    return (struct ref){.index = index, .generation = 1};
}

static struct probe_spec spec_of(const char *url, int64_t timeout_ms)
{
    return (struct probe_spec){.kind = CHECK_HTTP, .url = url, .timeout_ms = timeout_ms};
}

static size_t results_of(const struct world *world, unsigned index)
{
    size_t count = 0;
    for (size_t i = 0; i < world->count; i++)
        count += world->result[i].ref.index == index;
    return count;
}

static void test_interval(void **state)
{
    struct world *world = *state;
    world_open(world, 8);
    struct probe_spec spec = spec_of(world->url, 1000);
    prober_set(world->prober, ref_of(3), &spec, 200);
    assert_int_equal(prober_count(world->prober), 1);
    assert_int_equal(world->count, 0);
    wait_for(world, 11);
    /* Ten intervals; the phase adds or takes away half of one, jitter and tick the same. */
    int64_t took_ms = world->result[10].at_ms - world->result[0].at_ms;
    assert_true(took_ms >= 1700 && took_ms < 6000);
    for (size_t i = 1; i < world->count; i++)
        assert_true(world->result[i].at_ms - world->result[i - 1].at_ms >= 49);
    /* Checks this frequent keep their connection. */
    assert_int_equal(world->server.accepted, 1);
}

static void test_set_again(void **state)
{
    struct world *world = *state;
    world_open(world, 8);
    struct probe_spec spec = spec_of(world->url, 1000);
    prober_set(world->prober, ref_of(0), &spec, 60000);
    wait_for(world, 1);
    char same_text[64];
    snprintf(same_text, sizeof same_text, "%s", world->url);
    spec.url = same_text;
    prober_set(world->prober, ref_of(0), &spec, 60000); /* equal: nothing happens */
    loop_run_for(&world->stop, 150);
    assert_int_equal(world->count, 1);
    prober_set(world->prober, ref_of(0), &spec, 50000); /* another interval: at once */
    wait_for(world, 2);
    spec.expect = "204";
    prober_set(world->prober, ref_of(0), &spec, 50000);
    memset(same_text, 'x', sizeof same_text - 1); /* text is copied */
    wait_for(world, 3);
    assert_int_equal(world->result[2].kind, OUTCOME_STATUS);
    loop_run_for(&world->stop, 50);
    assert_int_equal(world->count, 3);
    /* Checks this rare do not keep theirs. */
    assert_int_equal(world->server.accepted, 3);
    assert_int_equal(world->server.open, 0);
}

static void test_bound_in_flight(void **state)
{
    struct world *world = *state;
    world_open(world, 4);
    struct probe_spec spec = spec_of(world->hang_url, 200);
    for (unsigned i = 0; i < 12; i++)
        prober_set(world->prober, ref_of(i), &spec, 60000);
    wait_in_flight(world, 4);
    wait_for(world, 12);
    assert_int_equal(prober_in_flight(world->prober), 0);
    assert_true(world->in_flight_max <= 4);
    for (unsigned i = 0; i < 12; i++) {
        assert_int_equal(results_of(world, i), 1);
        assert_true(world->result[i].kind == OUTCOME_READ_TIMEOUT ||
                    world->result[i].kind == OUTCOME_CONNECT_TIMEOUT); /* on a machine that stood still */
    }
}

static void test_hanging_targets_do_not_delay(void **state)
{
    struct world *world = *state;
    world_open(world, 16);
    struct probe_spec hang = spec_of(world->hang_url, 60000), spec = spec_of(world->url, 10000);
    for (unsigned i = 0; i < 8; i++)
        prober_set(world->prober, ref_of(i), &hang, 200);
    for (unsigned i = 8; i < 108; i++)
        prober_set(world->prober, ref_of(i), &spec, 200);
    loop_run_for(&world->stop, 2000);
    wait_for(world, 500);
    assert_true(prober_in_flight(world->prober) >= 8); /* one each, however often they were due */
    assert_true(world->in_flight_max <= 16);
    for (unsigned i = 0; i < 8; i++)
        assert_int_equal(results_of(world, i), 0);
    for (unsigned i = 8; i < 108; i++)
        assert_true(results_of(world, i) >= 2);
}

static void test_slower_than_interval(void **state)
{
    struct world *world = *state;
    world_open(world, 8);
    struct probe_spec spec = spec_of(world->slow_url, 10000);
    prober_set(world->prober, ref_of(0), &spec, 100);
    wait_for(world, 5);
    /* 250 ms each: never two at once, no burst to catch up. */
    assert_int_equal(world->server.open_max, 1);
    for (size_t i = 1; i < world->count; i++)
        assert_true(world->result[i].at_ms - world->result[i - 1].at_ms >= 249);
}

static void test_remove_in_flight(void **state)
{
    struct world *world = *state;
    world_open(world, 2);
    struct probe_spec hang = spec_of(world->hang_url, 60000), spec = spec_of(world->url, 10000);
    prober_set(world->prober, ref_of(0), &hang, 60000);
    prober_set(world->prober, ref_of(1), &hang, 60000);
    wait_in_flight(world, 2);
    prober_set(world->prober, ref_of(2), &spec, 60000); /* waits */
    loop_run_for(&world->stop, 20);
    prober_set(world->prober, ref_of(3), &spec, 60000); /* waits, and is removed waiting */
    loop_run_for(&world->stop, 20);
    assert_int_equal(prober_in_flight(world->prober), 2);
    prober_remove(world->prober, ref_of(3));
    prober_remove(world->prober, (struct ref){.index = 0, .generation = 2}); /* another: nothing */
    prober_remove(world->prober, ref_of(77777));
    assert_int_equal(prober_count(world->prober), 3);
    prober_remove(world->prober, ref_of(0)); /* its place is free for who waits */
    assert_int_equal(prober_in_flight(world->prober), 2);
    wait_for(world, 1);
    assert_int_equal(world->result[0].ref.index, 2);
    prober_remove(world->prober, ref_of(1));
    prober_remove(world->prober, ref_of(2));
    assert_int_equal(prober_count(world->prober), 0);
    assert_int_equal(prober_in_flight(world->prober), 0);
    loop_run_for(&world->stop, 50);
    assert_int_equal(world->count, 1);
}

static void test_generations(void **state)
{
    struct world *world = *state;
    world_open(world, 2);
    struct probe_spec hang = spec_of(world->hang_url, 200), spec = spec_of(world->url, 10000);
    prober_set(world->prober, ref_of(5), &hang, 60000);
    wait_in_flight(world, 1);
    struct ref next = {.index = 5, .generation = 2};
    prober_set(world->prober, next, &spec,
               60000); /* takes the place over; the old check ends without result */
    assert_int_equal(prober_count(world->prober), 1);
    prober_remove(world->prober, ref_of(5)); /* stale: nothing */
    wait_for(world, 1);
    loop_run_for(&world->stop, 300);
    assert_int_equal(world->count, 1);
    assert_int_equal(world->result[0].ref.generation, 2);
    assert_int_equal(world->result[0].kind, OUTCOME_PASS);
}

static void test_delay(void **state)
{
    struct world *world = *state;
    world_open(world, 2);
    struct probe_spec spec = spec_of(world->url, 10000);
    prober_set(world->prober, ref_of(0), &spec, 200);
    wait_for(world, 1);
    int64_t asked_ms = elapsed(world);
    prober_delay(world->prober, ref_of(0), 700);
    prober_delay(world->prober, ref_of(9), 10); /* unknown: nothing */
    wait_for(world, 2);
    assert_true(world->result[1].at_ms - asked_ms >= 699);
    wait_for(world, 4); /* and at the interval again */

    prober_delay(world->prober, ref_of(0), 60000);
    loop_run_for(&world->stop, 300);
    assert_int_equal(world->count, 4);
    prober_delay(world->prober, ref_of(0), 0); /* now */
    wait_for(world, 5);

    /* While a check is under way: it ends, and the next comes after the delay. */
    spec = spec_of(world->slow_url, 10000);
    prober_set(world->prober, ref_of(0), &spec, 100);
    wait_in_flight(world, 1);
    asked_ms = elapsed(world);
    prober_delay(world->prober, ref_of(0), 600);
    wait_for(world, 6);
    wait_for(world, 7);
    assert_true(world->result[6].at_ms - asked_ms >= 599 + 250);
}

static void remove_in_result(struct world *world, struct ref ref)
{
    prober_remove(world->prober, ref);
}

static void delay_in_result(struct world *world, struct ref ref)
{
    prober_delay(world->prober, ref, 60000);
}

static void replace_in_result(struct world *world, struct ref ref)
{
    struct probe_spec spec = spec_of(world->slow_url, 1000);
    world->in_result = NULL;
    prober_set(world->prober, ref, &spec, 60000);
}

static void test_calls_from_the_result(void **state)
{
    struct world *world = *state;
    world_open(world, 2);
    struct probe_spec spec = spec_of(world->url, 10000);
    for (unsigned i = 0; i < 4; i++)
        prober_set(world->prober, ref_of(i), &spec, 100);
    world->in_result = remove_in_result;
    wait_for(world, 4);
    assert_int_equal(prober_count(world->prober), 0);

    prober_set(world->prober, ref_of(1), &spec, 100);
    world->in_result = delay_in_result;
    wait_for(world, 5);
    loop_run_for(&world->stop, 300);
    assert_int_equal(world->count, 5);

    prober_set(world->prober, ref_of(2), &spec, 60000);
    world->in_result = replace_in_result;
    wait_for(world, 7); /* the old one, and the new one at once */
    loop_run_for(&world->stop, 50);
    assert_int_equal(world->count, 7);
}

static void test_nothing_due_no_wake_up(void **state)
{
    struct world *world = *state;
    world_open(world, 2);
    loop_run_for(&world->stop, 10);
    assert_int_equal(uv_backend_timeout(&world->loop), -1);
    struct probe_spec spec = spec_of(world->url, 300);
    prober_set(world->prober, ref_of(0), &spec, 60000);
    wait_for(world, 1);
    loop_run_for(&world->stop, 400); /* libcurl's own timers are over */
    assert_true(uv_backend_timeout(&world->loop) > 20000);
    prober_remove(world->prober, ref_of(0));
    assert_int_equal(uv_backend_timeout(&world->loop), -1);
}

/* The most results in one tenth of a second, of the tenths from first to before last. */
static unsigned crowd(const struct world *world, size_t first, size_t last)
{
    unsigned tenths[60] = {0}, most = 0;
    for (size_t i = 0; i < world->count; i++) {
        size_t tenth = (size_t)(world->result[i].at_ms / 100);
        if (tenth < last)
            tenths[tenth]++;
    }
    for (size_t i = first; i < last; i++)
        most = tenths[i] > most ? tenths[i] : most;
    return most;
}

static void test_many(void **state)
{
    struct world *world = *state;
    world_open(world, 256);
    struct probe_spec spec = spec_of(world->url, 20000);
    for (unsigned i = 0; i < SLOTS; i++)
        prober_set(world->prober, ref_of(i), &spec, 2000);
    assert_int_equal(prober_count(world->prober), SLOTS);
    wait_for(world, SLOTS);
    assert_true(world->result[world->count - 1].at_ms >=
                900); /* the first checks are spread over one second */
    assert_true(crowd(world, 0, 10) < SLOTS / 2);

    wait_for(world, 3 * SLOTS);
    for (unsigned i = 0; i < SLOTS; i++)
        assert_in_range(results_of(world, i), 2, 6); /* nobody is forgotten */
    for (size_t i = 0; i < world->count; i++)
        assert_int_equal(world->result[i].kind, OUTCOME_PASS);
    assert_true(world->in_flight_max <= 256);
    /* Once all have their phase, a tenth of a second has about 100 of 2,000 each 2 s. */
    assert_true(crowd(world, 35, 60) < SLOTS / 2);
    /* Freed with checks under way and hundreds scheduled: the address sanitizer looks on. */
    for (unsigned i = 0; i < SLOTS; i += 2)
        prober_remove(world->prober, ref_of(i));
    assert_int_equal(prober_count(world->prober), SLOTS / 2);
}

static void test_free_in_flight(void **state)
{
    struct world *world = *state;
    world_open(world, 4);
    struct probe_spec spec = spec_of(world->hang_url, 60000);
    for (unsigned i = 0; i < 40; i++)
        prober_set(world->prober, ref_of(i), &spec, 1000);
    wait_in_flight(world, 4);
    assert_int_equal(world->count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_interval, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_set_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_bound_in_flight, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_hanging_targets_do_not_delay, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_slower_than_interval, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_remove_in_flight, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_generations, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_delay, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_calls_from_the_result, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_nothing_due_no_wake_up, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_many, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_free_in_flight, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
