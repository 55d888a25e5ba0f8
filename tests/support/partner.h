/* partner.h: programs that quaywatch works together with (Prometheus, Alertmanager, …), run in the network of
 * a test's engine. */
#ifndef QUAYWATCH_TESTS_PARTNER_H
#define QUAYWATCH_TESTS_PARTNER_H

#include "tests/support/world.h"

/* What setup and teardown functions of tests share: a struct of that size, zeroed, whose first member is
 * `struct world *world`, with a new world; and the end of both. */
int partner_setup(void **state, size_t size);
int partner_teardown(void **state);

/* Runs one program, given as a shell command; what it writes goes to name.log in the test's folder. Ends with
 * partner_stop, or with the test program. */
pid_t partner_start(struct world *world, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Ends it. 0: nothing to do. */
void partner_stop(pid_t partner);

/* Waits until a shell command exits with 0. The test fails after PATIENCE_MS, with what it wrote and the end
 * of name.log. Gives what it wrote. */
char *partner_wait(struct world *world, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Waits until a shell command exits with 0 and writes expected. The test fails after PATIENCE_MS. */
void output_wait(struct world *world, const char *expected, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
