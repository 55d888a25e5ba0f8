/* SPDX-License-Identifier: MIT */
/* Percentiles over the small ring of response times that each instance keeps. */
#include "controller/core/latency.h"

#include <assert.h>
#include <math.h>

#include "controller/core/service.h"

/* Copies ring in ascending order: insertion is the fastest way for so few. */
static void sort_into(float *sorted, const float *ring, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        unsigned at = i;
        for (; at > 0 && sorted[at - 1] > ring[i]; at--)
            sorted[at] = sorted[at - 1];
        sorted[at] = ring[i];
    }
}

double latency_percentile(const float *ring, unsigned count, double quantile)
{
    assert(count <= SAMPLE_RING && quantile >= 0 && quantile <= 1);
    if (count == 0)
        return 0;
    float sorted[SAMPLE_RING];
    sort_into(sorted, ring, count);
    /* 0.9 * 10 is a little more than 9 in binary: the tolerance keeps it the ninth. */
    double rank = ceil(quantile * (double)count - 1e-9);
    return (double)sorted[rank < 1 ? 0 : (unsigned)rank - 1];
}
