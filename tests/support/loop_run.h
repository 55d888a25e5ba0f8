/* loop_run.h: turning a test's loop for some time. */
#ifndef QUAYWATCH_TESTS_LOOP_RUN_H
#define QUAYWATCH_TESTS_LOOP_RUN_H

#include <uv.h>

static inline void loop_run_over(uv_timer_t *timer)
{
    uv_stop(timer->loop);
}

/* Turns the loop of a timer that the test keeps for this, for ms or until uv_stop. */
static inline void loop_run_for(uv_timer_t *timer, uint64_t ms)
{
    uv_update_time(timer->loop);
    uv_timer_start(timer, loop_run_over, ms, 0);
    uv_run(timer->loop, UV_RUN_DEFAULT);
    uv_update_time(timer->loop);
}

#endif
