/* sketch.h: response times as counts in buckets that grow by 9 %, so that minutes merge into hours and
 * days without losing anything. A quantile is off by 4.5 % at most. Pure. */
#ifndef QUAYWATCH_EXPORTER_HISTORY_SKETCH_H
#define QUAYWATCH_EXPORTER_HISTORY_SKETCH_H

#include <stddef.h>
#include <stdint.h>

/* Eight buckets an octave, from a sixteenth of a millisecond to 17 minutes. */
enum { SKETCH_BUCKETS = 192, SKETCH_BYTES = SKETCH_BUCKETS * 6 };

/* Checks of one time: how many, how many of them failed, and how long those that passed took. */
struct tally {
    uint64_t checks, failures;
    uint32_t count[SKETCH_BUCKETS]; /* of the passed ones */
};

/* The bucket of a response time; what is out of range counts in the first or the last. */
unsigned sketch_bucket(double response_ms);

/* Adds checks, of which some failed; counts stop at their maximum. */
void tally_count(struct tally *tally, uint64_t checks, uint64_t failures);

/* Adds another tally; counts stop at their maximum. */
void tally_add(struct tally *tally, const struct tally *other);

/* The quantile (0 to 1) of the response times by nearest rank, ms; below 0 when there are none. */
double tally_quantile(const struct tally *tally, double quantile);

/* The counts as bytes for the disk: for each bucket that is used its distance from the one before and its
 * count, seven bits a byte. At most SKETCH_BYTES; returns the length. */
size_t sketch_encode(const uint32_t count[static SKETCH_BUCKETS], uint8_t ret[static SKETCH_BYTES]);

/* Adds the counts in bytes to a tally. -EINVAL for what sketch_encode did not write; the tally is untouched
 * then. Fuzzed. */
int sketch_decode(const void *bytes, size_t len, struct tally *tally);

#endif
