/* latency.h: percentiles of the latest response times. */
#ifndef QUAYWATCH_CORE_LATENCY_H
#define QUAYWATCH_CORE_LATENCY_H

/* The quantile (0 to 1; 0.5 is the median) of the first count values of a ring of samples, in any order, by
 * nearest rank: always one of the values. 0 when count is 0; count is at most SAMPLE_RING. Pure. */
double latency_percentile(const float *ring, unsigned count, double quantile);

#endif
