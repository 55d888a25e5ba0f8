/* due.h: times at which something is to be done, in monotonic ms; 0 is never. Pure. */
#ifndef QUAYWATCH_CORE_DUE_H
#define QUAYWATCH_CORE_DUE_H

#include <stdint.h>

/* The earlier of two; 0 when neither comes. */
int64_t due_earlier(int64_t a, int64_t b);

#endif
