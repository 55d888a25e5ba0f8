/* metrics_text.h: the form of the metrics page: families, samples, escaping. Prometheus text format 0.0.4. */
#ifndef QUAYWATCH_EXPORTER_RENDER_METRICS_TEXT_H
#define QUAYWATCH_EXPORTER_RENDER_METRICS_TEXT_H

#include "controller/core/stats.h"

struct buf;

/* The page that is being written; names get the prefix and "_" before them. */
struct metrics_page {
    struct buf *out;
    const char *prefix;
};

/* Begins a family: its HELP and TYPE ("gauge", "counter"). All its samples follow before the next family. */
void metrics_family(const struct metrics_page *page, const char *name, const char *type, const char *help);

/* One sample; keys are its labels, ending with NULL (NULL: none), and values theirs: foreign text, escaped
 * here; NULL counts as "". */
void metrics_sample(const struct metrics_page *page, const char *name, const char *const *keys,
                    const char *const *values, double value);

/* A family of one sample without labels. */
void metrics_single(const struct metrics_page *page, const char *name, const char *type, const char *help,
                    double value);

/* A whole histogram family. */
void metrics_histogram(const struct metrics_page *page, const char *name, const char *help,
                       const struct histogram *histogram);

#endif
