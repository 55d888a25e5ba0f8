/* receiver.h: a process that takes HTTP requests on loopback and writes each, head and body, to the file
 * "hooks" in the test's folder, followed by a line "==". */
#ifndef QUAYWATCH_TESTS_RECEIVER_H
#define QUAYWATCH_TESTS_RECEIVER_H

#include "tests/support/world.h"

/* Starts it; the first refused requests are answered with 500, all others with 204. It ends with the test's
 * process. */
pid_t receiver_start(struct world *world, unsigned refused, int *ret_port);

/* Ends it. */
void receiver_stop(pid_t receiver);

/* How many requests there were so far whose text contains word ("" is all of them). */
size_t receiver_count(struct world *world, const char *word);

/* The body of the n-th request (from 0) whose text contains word; NULL when there is none such. */
char *receiver_body(struct world *world, const char *word, size_t n);

/* Waits until there are so many of them; the test fails after PATIENCE_MS. */
void receiver_wait(struct world *world, const char *word, size_t count);

#endif
