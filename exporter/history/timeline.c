/* SPDX-License-Identifier: MIT */
/* timeline.c: from changes to segments, and from segments to figures. */
#include "exporter/history/timeline.h"

#include <stdlib.h>

const char *const condition_name[CONDITION_COUNT] = {
    [CONDITION_UNKNOWN] = "unknown",   [CONDITION_UP] = "up",     [CONDITION_DOWN] = "down",
    [CONDITION_EXCLUDED] = "excluded", [CONDITION_GONE] = "gone",
};

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* ---- building ---- */

struct builder {
    struct timeline *timeline;
    size_t cap;
};

static void segment_add(struct builder *builder, int64_t from_ms, int64_t to_ms, const struct state *state)
{
    struct timeline *timeline = builder->timeline;
    if (from_ms >= to_ms)
        return;
    struct segment *last = timeline->count ? &timeline->segment[timeline->count - 1] : NULL;
    if (last && last->to_ms == from_ms && last->condition == state->condition &&
        last->status == state->status) {
        last->to_ms = to_ms;
        return;
    }
    if (timeline->count == builder->cap) {
        builder->cap = builder->cap ? builder->cap * 2 : 16;
        timeline->segment = mem_resize(timeline->segment, builder->cap, sizeof *timeline->segment);
    }
    timeline->segment[timeline->count++] = (struct segment){from_ms, to_ms, state->condition, state->status};
}

void timeline_build(struct timeline *ret, const struct state *state, size_t state_count,
                    const struct span *span, size_t span_count, int64_t now_ms)
{
    static const struct state nothing = {.condition = CONDITION_UNKNOWN, .status = STATUS_UNKNOWN};
    *ret = (struct timeline){0};
    struct builder builder = {.timeline = ret};
    struct state current = nothing;
    int64_t at_ms = INT64_MIN; /* nothing earlier is told any more */
    size_t next = 0;
    for (size_t i = 0; i < span_count; i++) {
        int64_t from_ms = later(span[i].from_ms, at_ms), to_ms = earlier(span[i].to_ms, now_ms);
        for (; next < state_count && state[next].at_ms < span[i].from_ms; next++)
            current = state[next];
        if (span[i].first)
            current = nothing;
        for (; next < state_count && state[next].at_ms < to_ms; next++) {
            int64_t change_ms = later(state[next].at_ms, from_ms);
            if (current.at_ms) /* else nobody has seen it yet */
                segment_add(&builder, from_ms, change_ms, &current);
            from_ms = change_ms;
            current = state[next];
        }
        if (current.at_ms)
            segment_add(&builder, from_ms, to_ms, &current);
        at_ms = later(at_ms, to_ms);
    }
}

void timeline_free(struct timeline *timeline)
{
    free(timeline->segment);
    *timeline = (struct timeline){0};
}

/* ---- figures ---- */

/* From the best to the worst; what says least comes first. */
static unsigned badness(enum status status)
{
    static const unsigned places[STATUS_COUNT] = {
        [STATUS_UNKNOWN] = 0,  [STATUS_STOPPED] = 1,   [STATUS_HEALTHY] = 2, [STATUS_DEGRADED] = 3,
        [STATUS_STARTING] = 4, [STATUS_UNHEALTHY] = 5, [STATUS_FAILED] = 6,
    };
    return places[status];
}

/* One failure, while the segments go by. */
struct failure {
    bool within; /* a part of it lies in the window */
    int64_t down_ms;
};

static void failure_end(struct failure *failure, bool repaired, struct timeline_figures *ret)
{
    if (failure->within && repaired) {
        ret->repairs++;
        ret->repair_ms += failure->down_ms;
    }
    *failure = (struct failure){0};
}

static void failure_step(struct failure *failure, const struct segment *segment, int64_t from_ms,
                         int64_t to_ms, struct timeline_figures *ret)
{
    switch (segment->condition) {
    case CONDITION_DOWN:
        failure->down_ms += earlier(segment->to_ms, to_ms) - segment->from_ms;
        if (!failure->within && segment->to_ms > from_ms) {
            failure->within = true;
            ret->failures++;
        }
        break;
    case CONDITION_UP:
        failure_end(failure, true, ret);
        break;
    case CONDITION_EXCLUDED: /* somebody took it over: nobody knows whether it was repaired */
    case CONDITION_GONE:
        failure_end(failure, false, ret);
        break;
    case CONDITION_UNKNOWN: /* it may go on, or not: what comes next tells */
    case CONDITION_COUNT:
        break;
    }
}

static bool is_flap(const struct segment *before, const struct segment *segment)
{
    return before && before->to_ms == segment->from_ms && before->condition == CONDITION_UP &&
           before->status == STATUS_HEALTHY &&
           (segment->condition == CONDITION_DOWN || segment->status == STATUS_DEGRADED) &&
           segment->condition != CONDITION_EXCLUDED;
}

static void segment_count(const struct segment *segment, int64_t from_ms, int64_t to_ms,
                          struct timeline_figures *ret)
{
    int64_t ms = earlier(segment->to_ms, to_ms) - later(segment->from_ms, from_ms);
    if (ms <= 0 || segment->condition == CONDITION_GONE)
        return;
    if (!ret->has_status || badness(segment->status) > badness(ret->worst))
        ret->worst = segment->status;
    ret->has_status = true;
    if (segment->condition != CONDITION_UP && segment->condition != CONDITION_DOWN)
        return;
    ret->known_ms += ms;
    if (segment->condition == CONDITION_DOWN)
        ret->down_ms += ms;
}

/* Where to begin, so that a failure that is under way at from_ms is seen from its beginning. */
static size_t first_segment(const struct timeline *timeline, int64_t from_ms)
{
    size_t low = 0, high = timeline->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (timeline->segment[middle].to_ms <= from_ms)
            low = middle + 1;
        else
            high = middle;
    }
    while (low > 0 && (timeline->segment[low - 1].condition == CONDITION_DOWN ||
                       timeline->segment[low - 1].condition == CONDITION_UNKNOWN))
        low--;
    return low;
}

void timeline_figures(const struct timeline *timeline, int64_t from_ms, int64_t to_ms,
                      struct timeline_figures *ret)
{
    *ret = (struct timeline_figures){0};
    struct failure failure = {0};
    for (size_t i = first_segment(timeline, from_ms); i < timeline->count; i++) {
        const struct segment *segment = &timeline->segment[i];
        if (segment->from_ms >= to_ms)
            break;
        failure_step(&failure, segment, from_ms, to_ms, ret);
        segment_count(segment, from_ms, to_ms, ret);
        if (segment->from_ms >= from_ms && is_flap(i ? segment - 1 : NULL, segment))
            ret->flaps++;
    }
    failure_end(&failure, true, ret); /* it goes on */
}

double timeline_uptime(const struct timeline_figures *figures)
{
    return figures->known_ms
               ? 100.0 * (double)(figures->known_ms - figures->down_ms) / (double)figures->known_ms
               : -1;
}
