/* fold.h: the checks of one service in the minute that runs, kept small: most services are checked a few
 * times a minute and take about as long each time. */
#ifndef QUAYWATCH_EXPORTER_HISTORY_FOLD_H
#define QUAYWATCH_EXPORTER_HISTORY_FOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All zero is empty. */
struct fold {
    uint32_t checks, failures;
    uint32_t *pair; /* bucket << 24 | count, in order of buckets */
    uint8_t used, cap;
};

/* Adds a check; response_ms counts if it passed. */
void fold_add(struct fold *fold, bool passed, double response_ms);

/* Writes the response times in sketch_encode's form, at most SKETCH_BYTES, empties the fold and returns the
 * length. */
size_t fold_take(struct fold *fold, uint8_t *ret);

/* Frees it. */
void fold_free(struct fold *fold);

#endif
