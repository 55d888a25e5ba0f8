/* engine_bench.h: what a test of docker/ against a scripted engine stands on: a loop, a Unix socket in a
 * folder of its own, the engine, and an end to waiting. */
#ifndef QUAYWATCH_TESTS_ENGINE_BENCH_H
#define QUAYWATCH_TESTS_ENGINE_BENCH_H

#include "docker/engine.h"
#include "tests/support/fake_http.h"

struct engine_bench {
    uv_loop_t loop;
    uv_timer_t deadline;
    struct fake fake;
    struct engine *engine;
    char folder[64], socket[96], host[112]; /* host: the socket as DOCKER_HOST */
    const char *asked, *told;
    int live;
};

/* Readies an all-zero bench; nobody listens yet. After 8 s the test fails, and says what asked and told hold
 * by then: strings of the test's that live as long as the bench. */
void engine_bench_open(struct engine_bench *bench, const char *asked, const char *told);

/* Lets handler serve on the socket, and returns once the engine is live. The test fails if it is lost. */
void engine_bench_go_live(struct engine_bench *bench, fake_handler *handler, void *user);

/* Turns the loop until *counter has come to value. */
void engine_bench_wait(struct engine_bench *bench, const int *counter, int value);

/* Closes the engine (NULL when the test has closed it) and its server, sees to it that the loop is left
 * without handles, and removes the folder. */
void engine_bench_close(struct engine_bench *bench);

#endif
