/* timeline.h: how a service was over time, from the changes of its status and from the times in which anybody
 * looked; and the figures that follow: uptime, failures, time to repair. Pure; all times are Unix
 * milliseconds. */
#ifndef QUAYWATCH_EXPORTER_HISTORY_TIMELINE_H
#define QUAYWATCH_EXPORTER_HISTORY_TIMELINE_H

#include <stdbool.h>
#include <stddef.h>

#include "controller/core/service.h"

/* How a service counts. Only up and down are known time. */
enum condition {
    CONDITION_UNKNOWN,  /* nobody could tell */
    CONDITION_UP,       /* it served: healthy or degraded */
    CONDITION_DOWN,     /* it did not, and should have */
    CONDITION_EXCLUDED, /* under maintenance, or stopped on purpose */
    CONDITION_GONE,     /* it did not exist */
    CONDITION_COUNT
};
extern const char *const condition_name[CONDITION_COUNT]; /* "unknown", "up", … as they stand on disk */

/* From at on it was like this. */
struct state {
    int64_t at_ms;
    enum condition condition;
    enum status status;
};

/* quaywatch ran and the engine answered. */
struct span {
    int64_t from_ms, to_ms;
    bool first; /* the first of a run of quaywatch: what was before says nothing of how it is now */
};

/* A time in which nothing changed. */
struct segment {
    int64_t from_ms, to_ms;
    enum condition condition;
    enum status status;
};

struct timeline {
    struct segment *segment; /* in order, apart from each other; between them nobody looked */
    size_t count;
};

/* Makes the timeline of what is known up to now from states and spans, both in order of time. What overlaps
 * (a clock that was set back) is counted once. Freed with timeline_free. */
void timeline_build(struct timeline *ret, const struct state *state, size_t state_count,
                    const struct span *span, size_t span_count, int64_t now_ms);

/* Frees it. */
void timeline_free(struct timeline *timeline);

struct timeline_figures {
    int64_t known_ms, down_ms;
    unsigned failures; /* times it was down, whole or in part within */
    unsigned flaps;    /* times it left healthy without being willed to */
    unsigned repairs;  /* failures that ended with it being up again, and one that goes on */
    int64_t repair_ms; /* of these, from their beginning; time that nobody saw is left out */
    bool has_status;   /* somebody looked: */
    enum status worst; /* the worst that was seen */
};

/* What was between two times. */
void timeline_figures(const struct timeline *timeline, int64_t from_ms, int64_t to_ms,
                      struct timeline_figures *ret);

/* Percent of known time in which it was up; below 0 when nothing is known. */
double timeline_uptime(const struct timeline_figures *figures);

#endif
