/* SPDX-License-Identifier: MIT */
/* sketch.c: response times in log-spaced buckets. */
#include "exporter/history/sketch.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

enum { PER_OCTAVE = 8, LOWEST_OCTAVE = -4 /* 2^-4 ms */, VARINT_MAX = 5 };

unsigned sketch_bucket(double response_ms)
{
    if (!(response_ms > 0)) /* also what is no number */
        return 0;
    double place = floor((log2(response_ms) - LOWEST_OCTAVE) * PER_OCTAVE);
    return place < 0 ? 0 : place >= SKETCH_BUCKETS ? SKETCH_BUCKETS - 1 : (unsigned)place;
}

/* The geometric middle of a bucket. */
static double bucket_value(unsigned bucket)
{
    return exp2((bucket + 0.5) / PER_OCTAVE + LOWEST_OCTAVE);
}

static uint32_t add_count(uint32_t a, uint32_t b)
{
    return a > UINT32_MAX - b ? UINT32_MAX : a + b;
}

static uint64_t add_total(uint64_t a, uint64_t b)
{
    return a > INT64_MAX - b ? INT64_MAX : a + b; /* as much as the disk takes */
}

void tally_count(struct tally *tally, uint64_t checks, uint64_t failures)
{
    tally->checks = add_total(tally->checks, checks);
    tally->failures = add_total(tally->failures, failures);
}

void tally_add(struct tally *tally, const struct tally *other)
{
    tally_count(tally, other->checks, other->failures);
    for (size_t i = 0; i < SKETCH_BUCKETS; i++)
        tally->count[i] = add_count(tally->count[i], other->count[i]);
}

double tally_quantile(const struct tally *tally, double quantile)
{
    uint64_t all = 0, seen = 0;
    for (size_t i = 0; i < SKETCH_BUCKETS; i++)
        all += tally->count[i];
    if (!all)
        return -1;
    /* As with the ring of the latest times: the tolerance keeps 0.9 of 10 the ninth. */
    double rank = ceil(quantile * (double)all - 1e-9);
    for (unsigned i = 0; i < SKETCH_BUCKETS; i++) {
        seen += tally->count[i];
        if (seen && (double)seen >= rank)
            return bucket_value(i);
    }
    return bucket_value(SKETCH_BUCKETS - 1);
}

static size_t put_varint(uint8_t *at, uint32_t value)
{
    size_t length = 0;
    for (; value >= 0x80; value >>= 7)
        at[length++] = (uint8_t)(value | 0x80);
    at[length++] = (uint8_t)value;
    return length;
}

/* The bytes used, 0 when there is no whole number. */
static size_t get_varint(const uint8_t *at, size_t len, uint32_t *ret)
{
    uint64_t value = 0;
    for (size_t i = 0; i < len && i < VARINT_MAX; i++) {
        value |= (uint64_t)(at[i] & 0x7f) << (7 * i);
        if (at[i] & 0x80)
            continue;
        *ret = (uint32_t)value;
        return value <= UINT32_MAX ? i + 1 : 0;
    }
    return 0;
}

size_t sketch_encode(const uint32_t count[static SKETCH_BUCKETS], uint8_t ret[static SKETCH_BYTES])
{
    size_t length = 0;
    unsigned before = 0;
    for (unsigned i = 0; i < SKETCH_BUCKETS; i++) {
        if (!count[i])
            continue;
        ret[length++] = (uint8_t)(i - before); /* a bucket's number fits a byte */
        length += put_varint(ret + length, count[i]);
        before = i;
    }
    return length;
}

/* One step: a bucket's distance and its count. Moves *at on; false when that is not what stands there. */
static bool get_pair(const uint8_t **at, const uint8_t *end, unsigned *bucket, uint32_t *count)
{
    *bucket += *(*at)++;
    size_t used = get_varint(*at, (size_t)(end - *at), count);
    *at += used;
    return used && *bucket < SKETCH_BUCKETS && *count;
}

int sketch_decode(const void *bytes, size_t len, struct tally *tally)
{
    const uint8_t *at = bytes, *end = at + len;
    unsigned bucket = 0, before = SKETCH_BUCKETS;
    uint32_t count;
    for (; at < end; before = bucket)
        if (!get_pair(&at, end, &bucket, &count) || bucket == before)
            return -EINVAL;
    bucket = 0;
    for (at = bytes; at < end && get_pair(&at, end, &bucket, &count);)
        tally->count[bucket] = add_count(tally->count[bucket], count);
    return 0;
}
