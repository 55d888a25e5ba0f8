/* SPDX-License-Identifier: MIT */
/* fold.c: a short sorted list of buckets and counts. */
#include "exporter/history/fold.h"

#include <stdlib.h>
#include <string.h>

#include "controller/core/mem.h"
#include "exporter/history/sketch.h"

enum { FIRST = 4, COUNT_BITS = 24, COUNT_MASK = (1 << COUNT_BITS) - 1 };
_Static_assert(SKETCH_BUCKETS < UINT8_MAX, "a fold counts its pairs in a byte");

static void bucket_add(struct fold *fold, uint32_t bucket)
{
    uint8_t at = 0;
    while (at < fold->used && fold->pair[at] >> COUNT_BITS < bucket)
        at++;
    if (at < fold->used && fold->pair[at] >> COUNT_BITS == bucket) {
        if ((fold->pair[at] & COUNT_MASK) < COUNT_MASK)
            fold->pair[at]++;
        return;
    }
    if (fold->used == fold->cap) {
        unsigned cap = fold->cap ? fold->cap * 2U : FIRST;
        fold->cap = (uint8_t)(cap < SKETCH_BUCKETS ? cap : SKETCH_BUCKETS);
        fold->pair = mem_resize(fold->pair, fold->cap, sizeof *fold->pair);
    }
    memmove(fold->pair + at + 1, fold->pair + at, (size_t)(fold->used - at) * sizeof *fold->pair);
    fold->pair[at] = bucket << COUNT_BITS | 1;
    fold->used++;
}

void fold_add(struct fold *fold, bool passed, double response_ms)
{
    fold->checks++;
    if (passed)
        bucket_add(fold, sketch_bucket(response_ms));
    else
        fold->failures++;
}

size_t fold_take(struct fold *fold, uint8_t *ret)
{
    uint32_t count[SKETCH_BUCKETS] = {0};
    for (uint8_t i = 0; i < fold->used; i++)
        count[fold->pair[i] >> COUNT_BITS] = fold->pair[i] & COUNT_MASK;
    size_t length = sketch_encode(count, ret);
    fold->checks = fold->failures = 0;
    fold->used = 0;
    return length;
}

void fold_free(struct fold *fold)
{
    free(fold->pair);
    *fold = (struct fold){0};
}
