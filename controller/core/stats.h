/* stats.h: counters that run on, for the metrics. Owned and counted by the controller, read by the exporter.
 */
#ifndef QUAYWATCH_CORE_STATS_H
#define QUAYWATCH_CORE_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "controller/core/service.h"

enum { STATS_BUCKETS = 11, STATS_SETS = 4096 };

/* Upper bounds, in seconds, of the duration histograms; the last is +Inf. */
extern const double stats_bucket[STATS_BUCKETS];

struct histogram {
    uint64_t count[STATS_BUCKETS]; /* observations of this bucket alone: add them up for Prometheus */
    double sum_s;
    uint64_t total;
};

/* A counter family with up to three label values; sets beyond STATS_SETS are counted under "other". */
struct counter_set {
    char *label[3]; /* owned; NULL: not used by this family */
    uint64_t count;
};
struct counters {
    struct counter_set *set;
    size_t count;
};

struct stats {
    struct counters probes;            /* service, result, error class ("" on a pass) */
    struct counters restarts;          /* service, reason, result */
    struct counters holds;             /* reason: instances newly held */
    struct counters stops;             /* service, intent */
    struct counters events;            /* action */
    struct counters alerts_suppressed; /* reason: alerts that were not told by themselves */
    struct counters requests;          /* route, code */
    struct counters alerts;            /* channel, result */
    struct counters dns_queries;       /* rcode */
    struct histogram probe_seconds, request_seconds;
    uint64_t engine_reconnects, resync_differences, checks_total;
    double event_lag_s; /* of the latest event */
};

/* Adds one to the counter with these label values (NULL where the family has fewer); they are copied. */
void stats_count(struct counters *counters, const char *a, const char *b, const char *c);

/* Whether there is a counter with exactly these label values. */
bool stats_has(const struct counters *counters, const char *a, const char *b, const char *c);

/* Removes the counters whose first label is a (a service that is gone for good). */
void stats_forget(struct counters *counters, const char *a);

/* Adds one observation. */
void stats_observe(struct histogram *histogram, double seconds);

/* Frees what the counters own. */
void stats_free(struct stats *stats);

#endif
