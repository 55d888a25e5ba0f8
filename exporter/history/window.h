/* window.h: the figures of a service over a window of time, beside its targets. Blocks, as the store does. */
#ifndef QUAYWATCH_EXPORTER_HISTORY_WINDOW_H
#define QUAYWATCH_EXPORTER_HISTORY_WINDOW_H

#include "exporter/history/report.h"
#include "exporter/history/store.h"

struct json_writer;

/* The bars that a window is drawn with; they begin at whole half-hours, three or twelve hours (UTC), and the
 * last one runs. */
struct bars {
    unsigned count;
    int64_t length_s;
};
extern const struct bars window_bars[WINDOW_COUNT];
extern const int64_t window_length_s[WINDOW_COUNT];

/* When the first bar of a window begins, Unix seconds. */
int64_t window_first_bar_s(enum window window, int64_t now_ms);

/* Rows whose checks make up a window: 24 hours begin with a whole minute, the others with a whole hour. */
struct window_part {
    enum store_level level;
    int64_t from_s, to_s;
};
enum { WINDOW_PARTS = 2 };
void window_parts(enum window window, int64_t now_ms, struct window_part ret[static WINDOW_PARTS]);

/* What a service is meant to reach (service.slo.* of its first instance). */
struct targets {
    double uptime_percent, error_rate_percent;
    int64_t p95_ms, mttr_ms;
};
struct targets targets_of(const struct service *service);

/* Writes the targets, and the figures beside them: one JSON object each. */
void targets_put(struct json_writer *w, const struct targets *targets);
void window_put(struct json_writer *w, const struct timeline_figures *figures, const struct tally *tally,
                int64_t restarts, const struct targets *targets);

/* Single figures, as members with null for what is not known. */
void figure_put_uptime(struct json_writer *w, const struct timeline_figures *figures);
void figure_put_times(struct json_writer *w, const char *key, const struct tally *tally, double quantile);
void figure_put_error_rate(struct json_writer *w, const struct tally *tally);
void figure_put_status(struct json_writer *w, const struct timeline_figures *figures);

#endif
