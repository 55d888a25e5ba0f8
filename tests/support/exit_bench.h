/* exit_bench.h: drives one exit as the controller does: a settle after every wake and when it is due, never
 * otherwise, on a registry and a loop of the test. */
#ifndef QUAYWATCH_TESTS_EXIT_BENCH_H
#define QUAYWATCH_TESTS_EXIT_BENCH_H

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <uv.h>

#include "controller/core/exit.h"
#include "controller/core/registry.h"

struct exit_bench {
    uv_loop_t loop;
    uv_timer_t due, end;
    struct registry *registry;
    struct exit exit;
    struct exit_surroundings around;
    bool warm, woken;
    enum exit_state state; /* as told last */
    char sentence[400];
    unsigned told; /* how often */
};

static inline void exit_bench_on_wake(void *user)
{
    struct exit_bench *bench = user;
    bench->woken = true;
}

static inline bool exit_bench_on_warm(void *user)
{
    const struct exit_bench *bench = user;
    return bench->warm;
}

static inline void exit_bench_on_changed(void *user, const struct exit_report *report)
{
    struct exit_bench *bench = user;
    bench->told++;
    bench->state = report->state;
    snprintf(bench->sentence, sizeof bench->sentence, "%s", report->sentence);
}

static inline void exit_bench_on_timer(uv_timer_t *timer)
{
    (void)timer;
}

/* A warm bench without an exit; fill in bench->exit with bench->around. The registry stays the test's. */
static inline void exit_bench_open(struct exit_bench *bench, struct registry *registry)
{
    *bench = (struct exit_bench){.registry = registry, .warm = true};
    uv_loop_init(&bench->loop);
    uv_timer_init(&bench->loop, &bench->due);
    uv_timer_init(&bench->loop, &bench->end);
    bench->around = (struct exit_surroundings){.loop = &bench->loop,
                                               .registry = registry,
                                               .state_dir = "",
                                               .warm = exit_bench_on_warm,
                                               .wake = exit_bench_on_wake,
                                               .changed = exit_bench_on_changed,
                                               .user = bench};
}

static inline void exit_bench_settle(struct exit_bench *bench)
{
    struct moment now = clock_now();
    bench->woken = false;
    bench->exit.kind->settle(bench->exit.self, now);
    int64_t due = bench->exit.kind->due(bench->exit.self);
    uv_timer_stop(&bench->due);
    if (due) {
        uv_update_time(&bench->loop);
        uv_timer_start(&bench->due, exit_bench_on_timer,
                       due > now.mono_ms ? (uint64_t)(due - now.mono_ms) : 0, 0);
    }
}

/* Turns the loop until done(user), at most that long. */
static inline bool exit_bench_until(struct exit_bench *bench, bool (*done)(void *user), void *user,
                                    int64_t most_ms)
{
    int64_t end = clock_now().mono_ms + most_ms;
    uv_update_time(&bench->loop);
    uv_timer_start(&bench->end, exit_bench_on_timer, (uint64_t)most_ms, 0);
    exit_bench_settle(bench);
    while (!done(user) && clock_now().mono_ms < end) {
        bool due = bench->woken;
        if (!due) {
            uv_run(&bench->loop, UV_RUN_ONCE);
            due = bench->woken || !uv_is_active((const uv_handle_t *)&bench->due);
        }
        if (due)
            exit_bench_settle(bench);
    }
    uv_timer_stop(&bench->end);
    return done(user);
}

/* Closes the exit, if there is one, and the loop, in which nothing else may be open. */
static inline void exit_bench_close(struct exit_bench *bench)
{
    if (bench->exit.self)
        bench->exit.kind->close(bench->exit.self);
    uv_close((uv_handle_t *)&bench->due, NULL);
    uv_close((uv_handle_t *)&bench->end, NULL);
    uv_run(&bench->loop, UV_RUN_DEFAULT);
    int code = uv_loop_close(&bench->loop);
    assert(code == 0);
    (void)code;
}

#endif
