/* SPDX-License-Identifier: MIT */
/* stats.c: counters kept sorted by their labels, so that finding one among thousands takes a dozen
 * comparisons. */
#include "controller/core/stats.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/mem.h"

const double stats_bucket[STATS_BUCKETS] = {0.001, 0.005, 0.01, 0.025, 0.05,    0.1,
                                            0.25,  0.5,   1.0,  5.0,   HUGE_VAL};

enum { LABELS = 3 };

static int label_compare(const char *a, const char *b)
{
    if (!a || !b)
        return (a != NULL) - (b != NULL);
    return strcmp(a, b);
}

static int set_compare(const struct counter_set *set, const char *const label[LABELS])
{
    for (size_t i = 0; i < LABELS; i++) {
        int order = label_compare(set->label[i], label[i]);
        if (order)
            return order;
    }
    return 0;
}

/* The place of label in the sorted sets; *found tells whether it is there. */
static size_t set_find(const struct counters *counters, const char *const label[LABELS], bool *found)
{
    size_t low = 0, high = counters->count;
    *found = false;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = set_compare(&counters->set[middle], label);
        if (order == 0)
            *found = true;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void set_insert(struct counters *counters, size_t place, const char *const label[LABELS])
{
    /* The capacity is at least the next power of two of the count. */
    if ((counters->count & (counters->count - 1)) == 0) {
        size_t room = counters->count ? 2 * counters->count : 1;
        counters->set = mem_resize(counters->set, room, sizeof *counters->set);
    }
    struct counter_set *set = &counters->set[place];
    memmove(set + 1, set, (counters->count - place) * sizeof *set);
    *set = (struct counter_set){0};
    for (size_t i = 0; i < LABELS; i++)
        set->label[i] = mem_copy(label[i]);
    counters->count++;
}

void stats_count(struct counters *counters, const char *a, const char *b, const char *c)
{
    const char *label[LABELS] = {a, b, c};
    bool found;
    size_t place = set_find(counters, label, &found);
    if (!found && counters->count >= STATS_SETS) {
        for (size_t i = 0; i < LABELS; i++)
            if (label[i])
                label[i] = "other";
        place = set_find(counters, label, &found);
    }
    if (!found)
        set_insert(counters, place, label);
    counters->set[place].count++;
}

bool stats_has(const struct counters *counters, const char *a, const char *b, const char *c)
{
    const char *label[LABELS] = {a, b, c};
    bool found;
    set_find(counters, label, &found);
    return found;
}

static void set_free(struct counter_set *set)
{
    for (size_t i = 0; i < LABELS; i++)
        free(set->label[i]);
}

void stats_forget(struct counters *counters, const char *a)
{
    bool found;
    size_t first = set_find(counters, (const char *const[LABELS]){a}, &found), last = first;
    while (last < counters->count && label_compare(counters->set[last].label[0], a) == 0)
        set_free(&counters->set[last++]);
    if (last > first)
        memmove(&counters->set[first], &counters->set[last],
                (counters->count - last) * sizeof *counters->set);
    counters->count -= last - first;
}

void stats_observe(struct histogram *histogram, double seconds)
{
    size_t bucket = 0;
    while (bucket < STATS_BUCKETS - 1 && seconds > stats_bucket[bucket])
        bucket++;
    histogram->count[bucket]++;
    histogram->sum_s += seconds;
    histogram->total++;
}

static void counters_free(struct counters *counters)
{
    for (size_t i = 0; i < counters->count; i++)
        set_free(&counters->set[i]);
    free(counters->set);
    *counters = (struct counters){0};
}

void stats_free(struct stats *stats)
{
    if (!stats)
        return;
    counters_free(&stats->probes);
    counters_free(&stats->restarts);
    counters_free(&stats->holds);
    counters_free(&stats->stops);
    counters_free(&stats->events);
    counters_free(&stats->alerts_suppressed);
    counters_free(&stats->requests);
    counters_free(&stats->alerts);
    counters_free(&stats->dns_queries);
}
