/* SPDX-License-Identifier: MIT */
/* Checks inside containers, as health/ sees them: the runner that was handed in makes them, in lines of their
 * own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include <uv.h>

#include "controller/core/limits.h"
#include "health/prober.h"
#include "tests/support/loop_run.h"

enum { RUNS = 64 };

/* A runner that never ends anything by itself. */
struct probe_run {
    struct world *world;
    probe_done *done;
    void *user;
    struct probe_spec *spec;
};

struct world {
    uv_loop_t loop;
    uv_timer_t stop;
    struct prober *prober;
    struct probe_run *run[RUNS];
    size_t started, cancelled, results;
    struct outcome latest;
};

static struct probe_run *run_start(void *user, const struct probe_spec *spec, probe_done *done,
                                   void *done_user)
{
    struct world *world = user;
    struct probe_run *run = mem_new(sizeof *run);
    *run = (struct probe_run){world, done, done_user, probe_spec_copy(spec)};
    assert_true(world->started < RUNS);
    world->run[world->started++] = run;
    return run;
}

static void run_free(struct probe_run *run)
{
    for (size_t i = 0; i < RUNS; i++)
        if (run->world->run[i] == run)
            run->world->run[i] = NULL;
    free(run->spec);
    free(run);
}

static void run_cancel(void *user, struct probe_run *run)
{
    struct world *world = user;
    world->cancelled++;
    run_free(run);
}

static void run_end(struct world *world, size_t index, enum outcome_kind kind, double response_ms)
{
    struct probe_run *run = world->run[index];
    struct outcome outcome = {.kind = kind, .response_ms = response_ms, .message = "Command exited"};
    probe_done *done = run->done;
    void *user = run->user;
    run_free(run);
    done(user, &outcome);
}

static void on_result(void *user, struct ref ref, struct outcome *outcome)
{
    struct world *world = user;
    (void)ref;
    world->results++;
    world->latest = *outcome;
}

static int set_up(void **state)
{
    struct world *world = mem_new(sizeof *world);
    uv_loop_init(&world->loop);
    uv_timer_init(&world->loop, &world->stop);
    world->prober = prober_new(&world->loop, 4, on_result, world);
    prober_set_runner(world->prober, &(struct probe_runner){run_start, run_cancel, world});
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    prober_free(world->prober);
    uv_close((uv_handle_t *)&world->stop, NULL);
    uv_run(&world->loop, UV_RUN_DEFAULT);
    int left = uv_loop_close(&world->loop);
    free(world);
    return left;
}

static void wait_started(struct world *world, size_t count)
{
    for (int i = 0; i < 1000 && world->started < count; i++)
        loop_run_for(&world->stop, 10);
    assert_int_equal(world->started, count);
}

static void set(struct world *world, unsigned index, enum check_kind kind, const char *inside)
{
    struct probe_spec spec = {
        .kind = kind, .container = "c0ffee", .inside = inside, .timeout_ms = 1000, .degraded_after_ms = 500};
    prober_set(world->prober, (struct ref){.index = index, .generation = 1}, &spec, 60000);
}

static void runner_makes_the_check(void **state)
{
    struct world *world = *state;
    char text[] = "/bin/check -x";
    set(world, 0, CHECK_COMMAND, text);
    text[0] = '!'; /* it was copied */
    wait_started(world, 1);
    assert_string_equal(world->run[0]->spec->container, "c0ffee");
    assert_string_equal(world->run[0]->spec->inside, "/bin/check -x");
    assert_int_equal(world->run[0]->spec->timeout_ms, 1000);
    assert_int_equal(prober_in_flight(world->prober), 1);
    run_end(world, 0, OUTCOME_PASS, 20);
    assert_int_equal(prober_in_flight(world->prober), 0);
    assert_int_equal(world->results, 1);
    assert_int_equal(world->latest.kind, OUTCOME_PASS);
    assert_string_equal(world->latest.message, "Command exited");
}

static void slow_pass_is_degraded(void **state)
{
    struct world *world = *state;
    set(world, 0, CHECK_COMMAND, "true");
    set(world, 1, CHECK_FILE, "/ready");
    wait_started(world, 2);
    run_end(world, 0, OUTCOME_PASS, 501);
    assert_int_equal(world->latest.kind, OUTCOME_DEGRADED);
    assert_string_equal(world->latest.message, "Slower than 500ms");
    run_end(world, 1, OUTCOME_VERDICT, 501);
    assert_int_equal(world->latest.kind, OUTCOME_VERDICT);
}

static void another_text_is_another_check(void **state)
{
    struct world *world = *state;
    set(world, 0, CHECK_FILE, "/one");
    wait_started(world, 1);
    set(world, 0, CHECK_FILE, "/one");
    assert_int_equal(world->cancelled, 0);
    set(world, 0, CHECK_FILE, "/two");
    assert_int_equal(world->cancelled, 1);
    wait_started(world, 2);
    assert_string_equal(world->run[1]->spec->inside, "/two");
    prober_remove(world->prober, (struct ref){.index = 0, .generation = 1});
    assert_int_equal(world->cancelled, 2);
    assert_int_equal(prober_in_flight(world->prober), 0);
    assert_int_equal(world->results, 0);
}

static void each_kind_waits_in_its_own_line(void **state)
{
    struct world *world = *state;
    for (unsigned i = 0; i < LIMIT_COMMANDS_IN_FLIGHT + 3; i++)
        set(world, i, CHECK_COMMAND, "sleep 1000");
    wait_started(world, LIMIT_COMMANDS_IN_FLIGHT);
    loop_run_for(&world->stop, 1200); /* the others are due by now, and wait */
    assert_int_equal(world->started, LIMIT_COMMANDS_IN_FLIGHT);
    set(world, 40, CHECK_FILE, "/ready"); /* commands that hang keep no other kind waiting */
    set(world, 41, CHECK_FILE, "/ready");
    wait_started(world, LIMIT_COMMANDS_IN_FLIGHT + 2);
    assert_int_equal(world->run[LIMIT_COMMANDS_IN_FLIGHT]->spec->kind, CHECK_FILE);
    run_end(world, LIMIT_COMMANDS_IN_FLIGHT, OUTCOME_PASS, 1); /* nor is a file's end a place for a command */
    assert_int_equal(world->started, LIMIT_COMMANDS_IN_FLIGHT + 2);
    run_end(world, 0, OUTCOME_PASS, 1);
    assert_int_equal(world->started, LIMIT_COMMANDS_IN_FLIGHT + 3);
    assert_int_equal(prober_in_flight(world->prober), LIMIT_COMMANDS_IN_FLIGHT + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(runner_makes_the_check, set_up, tear_down),
        cmocka_unit_test_setup_teardown(slow_pass_is_degraded, set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_text_is_another_check, set_up, tear_down),
        cmocka_unit_test_setup_teardown(each_kind_waits_in_its_own_line, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
