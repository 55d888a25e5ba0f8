/* clock.h: the two clocks, read once a turn at the edge and handed down as a value. */
#ifndef QUAYWATCH_CORE_CLOCK_H
#define QUAYWATCH_CORE_CLOCK_H

#include <stdint.h>

/* One moment on both clocks. Durations are counted on mono_ms; wall_ms is for people and for memory on disk.
 */
struct moment {
    int64_t mono_ms; /* CLOCK_MONOTONIC, milliseconds */
    int64_t wall_ms; /* Unix time, milliseconds */
};

/* The present moment. Only the edge (loop callbacks, main) calls this; everything below takes it as an
 * argument. */
struct moment clock_now(void);

#endif
