/* SPDX-License-Identifier: MIT */
/* Figures of the history: uptime, failures and repairs worked out by hand; response times that merge. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "exporter/history/fold.h"
#include "exporter/history/sketch.h"
#include "exporter/history/timeline.h"
#include "exporter/history/window.h"

enum { S = 1000, MINUTE = 60 * S, HOUR = 60 * MINUTE };
#define COUNT(list) (sizeof(list) / sizeof *(list))

/* A story: when what became of it, and when anybody looked. */
struct story {
    struct state state[12];
    size_t states;
    struct span span[4];
    size_t spans;
    int64_t from_ms, to_ms;
};

static struct timeline_figures figures_of(const struct story *story)
{
    struct timeline timeline;
    struct timeline_figures figures;
    timeline_build(&timeline, story->state, story->states, story->span, story->spans, story->to_ms);
    timeline_figures(&timeline, story->from_ms, story->to_ms, &figures);
    for (size_t i = 1; i < timeline.count; i++)
        assert_true(timeline.segment[i - 1].to_ms <= timeline.segment[i].from_ms);
    timeline_free(&timeline);
    return figures;
}

#define UP(at)                                                                                               \
    {                                                                                                        \
        at, CONDITION_UP, STATUS_HEALTHY                                                                     \
    }
#define SLOW(at)                                                                                             \
    {                                                                                                        \
        at, CONDITION_UP, STATUS_DEGRADED                                                                    \
    }
#define DOWN(at)                                                                                             \
    {                                                                                                        \
        at, CONDITION_DOWN, STATUS_UNHEALTHY                                                                 \
    }
#define LOST(at)                                                                                             \
    {                                                                                                        \
        at, CONDITION_UNKNOWN, STATUS_UNKNOWN                                                                \
    }
#define ASIDE(at)                                                                                            \
    {                                                                                                        \
        at, CONDITION_EXCLUDED, STATUS_STOPPED                                                               \
    }
#define ALL_DAY .span = {{1 * S, 100 * HOUR, true}}, .spans = 1

/* Ten hours, down twice: for 6 minutes and for 30. Up 36 of 600 minutes less: 94 %. */
static void two_failures(void **state)
{
    (void)state;
    const struct story story = {.state = {UP(1 * S), DOWN(2 * HOUR), UP(2 * HOUR + 6 * MINUTE),
                                          DOWN(5 * HOUR), UP(5 * HOUR + 30 * MINUTE)},
                                .states = 5,
                                ALL_DAY,
                                .from_ms = 1 * HOUR,
                                .to_ms = 11 * HOUR};
    struct timeline_figures figures = figures_of(&story);
    assert_int_equal(figures.known_ms, 10 * HOUR);
    assert_int_equal(figures.down_ms, 36 * MINUTE);
    assert_int_equal(figures.failures, 2);
    assert_int_equal(figures.repairs, 2);
    assert_int_equal(figures.repair_ms, 36 * MINUTE); /* so 18 minutes in the mean */
    assert_int_equal(figures.flaps, 2);
    assert_int_equal(figures.worst, STATUS_UNHEALTHY);
    assert_true(fabs(timeline_uptime(&figures) - 94.0) < 1e-9);
}

/* What nobody saw is unknown, not down; what was willed is no failure. */
static void unseen_and_willed_time(void **state)
{
    (void)state;
    const struct story story = {.state = {UP(1 * HOUR), DOWN(2 * HOUR), UP(3 * HOUR), ASIDE(4 * HOUR),
                                          UP(5 * HOUR), LOST(6 * HOUR), UP(7 * HOUR)},
                                .states = 7,
                                .span = {{1 * HOUR, 8 * HOUR, true}, {9 * HOUR, 10 * HOUR, false}},
                                .spans = 2,
                                .from_ms = 0,
                                .to_ms = 12 * HOUR};
    struct timeline_figures figures = figures_of(&story);
    assert_int_equal(figures.known_ms, 6 * HOUR); /* 1-4, 5-6, 7-8, 9-10 */
    assert_int_equal(figures.down_ms, 1 * HOUR);
    assert_int_equal(figures.failures, 1);
    assert_int_equal(figures.flaps, 1); /* being put aside is none */
}

/* Another run of quaywatch knows nothing before it has seen the service. */
static void a_run_begins_without_knowledge(void **state)
{
    (void)state;
    struct story story = {.state = {UP(1 * HOUR), LOST(5 * HOUR + 1 * S), UP(5 * HOUR + 20 * S)},
                          .states = 3,
                          .span = {{1 * HOUR, 2 * HOUR, true}, {5 * HOUR, 6 * HOUR, true}},
                          .spans = 2,
                          .from_ms = 0,
                          .to_ms = 6 * HOUR};
    struct timeline_figures figures = figures_of(&story);
    assert_int_equal(figures.known_ms, 2 * HOUR - 20 * S);
    assert_int_equal(figures.down_ms, 0);
    /* It was removed while quaywatch was away: nothing is known of it for ever. */
    story.states = 1;
    figures = figures_of(&story);
    assert_int_equal(figures.known_ms, 1 * HOUR);
    /* The engine alone was away: it is what it was. */
    story.span[1].first = false;
    figures = figures_of(&story);
    assert_int_equal(figures.known_ms, 2 * HOUR);
}

/* A failure goes on over a time that nobody saw; only seen time counts. */
static void a_failure_over_a_gap(void **state)
{
    (void)state;
    struct story story = {
        .state = {UP(1 * HOUR), DOWN(2 * HOUR - 10 * MINUTE), DOWN(5 * HOUR), UP(5 * HOUR + 5 * MINUTE)},
        .states = 4,
        .span = {{1 * HOUR, 2 * HOUR, true}, {5 * HOUR, 6 * HOUR, true}},
        .spans = 2,
        .from_ms = 0,
        .to_ms = 6 * HOUR};
    struct timeline_figures figures = figures_of(&story);
    assert_int_equal(figures.failures, 1);
    assert_int_equal(figures.repairs, 1);
    assert_int_equal(figures.repair_ms, 15 * MINUTE);
    assert_int_equal(figures.down_ms, 15 * MINUTE);
    /* In a window that begins in its middle it is one that was repaired within, as long as it was. */
    story.from_ms = 5 * HOUR + 1 * MINUTE;
    figures = figures_of(&story);
    assert_int_equal(figures.failures, 1);
    assert_int_equal(figures.repair_ms, 15 * MINUTE);
    assert_int_equal(figures.down_ms, 4 * MINUTE);
    /* And none in one that begins when it was over. */
    story.from_ms = 5 * HOUR + 5 * MINUTE;
    figures = figures_of(&story);
    assert_int_equal(figures.failures, 0);
    assert_int_equal(figures.repairs, 0);
    /* Found well after the gap: repaired while nobody looked. */
    story.state[2] = (struct state)UP(5 * HOUR);
    story.from_ms = 0;
    figures = figures_of(&story);
    assert_int_equal(figures.repair_ms, 10 * MINUTE);
    assert_int_equal(figures.failures, 1);
}

static void a_failure_that_goes_on_or_is_taken_over(void **state)
{
    (void)state;
    struct story story = {.state = {UP(1 * HOUR), DOWN(2 * HOUR), ASIDE(3 * HOUR)},
                          .states = 2,
                          ALL_DAY,
                          .from_ms = 0,
                          .to_ms = 4 * HOUR};
    struct timeline_figures figures = figures_of(&story);
    assert_int_equal(figures.repairs, 1); /* so far */
    assert_int_equal(figures.repair_ms, 2 * HOUR);
    story.states = 3;
    figures = figures_of(&story);
    assert_int_equal(figures.failures, 1);
    assert_int_equal(figures.repairs, 0); /* nobody knows */
    assert_int_equal(figures.known_ms, 2 * HOUR);
}

static void slow_is_up_but_a_flap(void **state)
{
    (void)state;
    const struct story story = {
        .state = {UP(1 * HOUR), SLOW(2 * HOUR), UP(3 * HOUR), SLOW(4 * HOUR), DOWN(5 * HOUR)},
        .states = 5,
        ALL_DAY,
        .from_ms = 0,
        .to_ms = 6 * HOUR};
    struct timeline_figures figures = figures_of(&story);
    assert_int_equal(figures.flaps, 2); /* from slow to down it had left healthy already */
    assert_int_equal(figures.failures, 1);
    assert_int_equal(figures.down_ms, 1 * HOUR);
}

static void nothing_is_known_of_nothing(void **state)
{
    (void)state;
    const struct story story = {.from_ms = 0, .to_ms = 6 * HOUR};
    struct timeline_figures figures = figures_of(&story);
    assert_true(timeline_uptime(&figures) < 0);
    assert_false(figures.has_status);
}

/* A clock that was set: overlapping and reversed times still add up to no more than there was. */
static void any_times_are_sane(void **state)
{
    (void)state;
    srand(7);
    for (unsigned round = 0; round < 2000; round++) {
        struct story story = {.states = (size_t)(rand() % 12),
                              .spans = (size_t)(rand() % 4),
                              .from_ms = 2 * HOUR,
                              .to_ms = 9 * HOUR};
        int64_t at_ms = 0, from_ms = 0;
        for (size_t i = 0; i < story.states; i++) {
            at_ms += rand() % (2 * HOUR);
            story.state[i] = (struct state){at_ms, (enum condition)(rand() % CONDITION_COUNT),
                                            (enum status)(rand() % STATUS_COUNT)};
        }
        for (size_t i = 0; i < story.spans; i++) {
            from_ms += rand() % (3 * HOUR);
            story.span[i] = (struct span){from_ms, from_ms + rand() % (5 * HOUR) - HOUR, rand() % 2};
        }
        struct timeline_figures figures = figures_of(&story);
        assert_true(figures.down_ms >= 0 && figures.down_ms <= figures.known_ms);
        assert_true(figures.known_ms <= 7 * HOUR);
        assert_true((figures.down_ms > 0) == (figures.failures > 0));
        assert_true(figures.repairs <= figures.failures);
        double uptime = timeline_uptime(&figures);
        assert_true(uptime <= 100 && (uptime >= 0 || figures.known_ms == 0));
    }
}

/* Parts of a window add up to the whole. */
static void bars_add_up(void **state)
{
    (void)state;
    const struct story story = {.state = {UP(1 * HOUR), DOWN(2 * HOUR), UP(3 * HOUR + 7), SLOW(4 * HOUR),
                                          DOWN(5 * HOUR + 123), UP(6 * HOUR)},
                                .states = 6,
                                .span = {{1 * HOUR, 4 * HOUR + 55, true}, {4 * HOUR + 77, 9 * HOUR, false}},
                                .spans = 2};
    struct timeline timeline;
    timeline_build(&timeline, story.state, story.states, story.span, story.spans, 8 * HOUR);
    struct timeline_figures whole, part;
    timeline_figures(&timeline, 0, 9 * HOUR, &whole);
    int64_t known_ms = 0, down_ms = 0;
    unsigned flaps = 0;
    for (int64_t at = 0; at < 9 * HOUR; at += 30 * MINUTE) {
        timeline_figures(&timeline, at, at + 30 * MINUTE, &part);
        known_ms += part.known_ms;
        down_ms += part.down_ms;
        flaps += part.flaps;
    }
    assert_int_equal(known_ms, whole.known_ms);
    assert_int_equal(down_ms, whole.down_ms);
    assert_int_equal(flaps, whole.flaps);
    timeline_free(&timeline);
}

/* ---- response times ---- */

static int float_compare(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

/* Against the exact quantile of the same times. */
static void quantiles_are_near(void **state)
{
    (void)state;
    static double time_ms[5000];
    srand(3);
    struct tally tally = {0};
    for (size_t i = 0; i < COUNT(time_ms); i++) {
        time_ms[i] = exp2(rand() % 1000 / 60.0); /* 1 ms to 100 s */
        tally.count[sketch_bucket(time_ms[i])]++;
    }
    qsort(time_ms, COUNT(time_ms), sizeof *time_ms, float_compare);
    static const double quantiles[] = {0, 0.01, 0.5, 0.95, 0.99, 1};
    const size_t values = COUNT(time_ms);
    for (size_t i = 0; i < COUNT(quantiles); i++) {
        size_t rank = (size_t)ceil(quantiles[i] * (double)values - 1e-9);
        double exact = time_ms[rank ? rank - 1 : 0], found = tally_quantile(&tally, quantiles[i]);
        assert_true(found / exact < 1.046 && exact / found < 1.046);
    }
    assert_true(tally_quantile(&(struct tally){0}, 0.5) < 0);
    assert_int_equal(sketch_bucket(NAN), 0);
    assert_int_equal(sketch_bucket(-1), 0);
    assert_int_equal(sketch_bucket(1e12), SKETCH_BUCKETS - 1);
}

/* Sixty minutes, encoded and merged, are exactly the hour. */
static void minutes_merge_into_hours(void **state)
{
    (void)state;
    srand(5);
    struct tally whole = {0}, merged = {0};
    struct fold fold = {0};
    uint8_t bytes[SKETCH_BYTES];
    for (unsigned minute = 0; minute < 60; minute++) {
        for (int i = rand() % 900; i > 0; i--) {
            bool passed = rand() % 10 != 0;
            double ms = exp2(rand() % 2400 / 100.0 - 5);
            fold_add(&fold, passed, ms);
            whole.checks++;
            whole.failures += !passed;
            if (passed)
                whole.count[sketch_bucket(ms)]++;
        }
        struct tally part = {.checks = fold.checks, .failures = fold.failures};
        size_t length = fold_take(&fold, bytes);
        assert_int_equal(fold.checks, 0);
        assert_int_equal(sketch_decode(bytes, length, &part), 0);
        tally_add(&merged, &part);
    }
    assert_memory_equal(&whole, &merged, sizeof whole);
    fold_free(&fold);
}

static void foreign_bytes_are_refused(void **state)
{
    (void)state;
    static const uint8_t wrong[][8] = {{5},          {200, 1},  {5, 0},
                                       {5, 1, 0, 1}, {5, 0x80}, {5, 0xff, 0xff, 0xff, 0xff, 0x7f}};
    static const size_t length[] = {1, 2, 2, 4, 2, 6};
    for (size_t i = 0; i < COUNT(length); i++) {
        struct tally tally = {0}, zero = {0};
        assert_int_equal(sketch_decode(wrong[i], length[i], &tally), -EINVAL);
        assert_memory_equal(&tally, &zero, sizeof tally);
    }
    struct tally full = {.checks = INT64_MAX, .count = {UINT32_MAX}};
    tally_add(&full, &full);
    assert_int_equal(full.count[0], UINT32_MAX);
    assert_int_equal(full.checks, INT64_MAX);
}

/* ---- windows ---- */

/* The parts of a window lie end to end, begin where it begins and reach beyond now. */
static void windows_are_whole(void **state)
{
    (void)state;
    const int64_t now_ms = INT64_C(1795774521123);
    for (unsigned i = 0; i < WINDOW_COUNT; i++) {
        struct window_part part[WINDOW_PARTS];
        window_parts((enum window)i, now_ms, part);
        int64_t begins_s = now_ms / 1000 - window_length_s[i];
        assert_true(part[0].from_s <= begins_s && begins_s - part[0].from_s < store_level_s[part[0].level]);
        assert_true(part[0].to_s == part[1].from_s && part[0].to_s >= part[0].from_s);
        assert_true(part[1].to_s > now_ms / 1000);
        for (unsigned p = 0; p < WINDOW_PARTS; p++)
            assert_true(part[p].from_s % store_level_s[part[p].level] == 0 &&
                        part[p].to_s % store_level_s[part[p].level] == 0);
        int64_t first_s = window_first_bar_s((enum window)i, now_ms);
        assert_int_equal(window_bars[i].count * window_bars[i].length_s, window_length_s[i]);
        assert_int_equal(first_s % window_bars[i].length_s, 0);
        int64_t last_s = first_s + (window_bars[i].count - 1) * window_bars[i].length_s;
        assert_true(last_s <= now_ms / 1000 && now_ms / 1000 < last_s + window_bars[i].length_s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_failures),
        cmocka_unit_test(unseen_and_willed_time),
        cmocka_unit_test(a_run_begins_without_knowledge),
        cmocka_unit_test(a_failure_over_a_gap),
        cmocka_unit_test(a_failure_that_goes_on_or_is_taken_over),
        cmocka_unit_test(slow_is_up_but_a_flap),
        cmocka_unit_test(nothing_is_known_of_nothing),
        cmocka_unit_test(any_times_are_sane),
        cmocka_unit_test(bars_add_up),
        cmocka_unit_test(quantiles_are_near),
        cmocka_unit_test(minutes_merge_into_hours),
        cmocka_unit_test(foreign_bytes_are_refused),
        cmocka_unit_test(windows_are_whole),
    };
    return cmocka_run_group_tests_name("history_figures", tests, NULL, NULL);
}
