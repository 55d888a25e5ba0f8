/* rule.h: a user's rule: which value of which services is too much, and who is told. Pure. */
#ifndef QUAYWATCH_CONTROLLER_ALERTING_RULE_H
#define QUAYWATCH_CONTROLLER_ALERTING_RULE_H

#include "controller/core/journal.h"
#include "controller/core/service.h"

struct error;

enum rule_metric {
    RULE_HEALTH_CHECK_FAILED, /* the service is unhealthy or failed */
    RULE_MEMORY_USAGE,        /* percent of the container's limit */
    RULE_CPU,                 /* percent of one processor */
    RULE_LATENCY,             /* ms: the 95th percentile of the latest 64 checks */
    RULE_RESTARTS,            /* restarts by quaywatch within the window of the service's budget */
    RULE_UPTIME_24H,          /* percent */
    RULE_UPTIME_7D,
    RULE_UPTIME_30D,
    RULE_METRIC_COUNT
};
extern const char *const rule_metric_name[RULE_METRIC_COUNT]; /* "health_check_failed", … as rules say */

/* What a rule watches for: "memory_usage > 80%". */
struct rule_condition {
    enum rule_metric metric;
    bool below, equal; /* <, or else >; also at the threshold itself */
    double threshold;  /* percent, ms, or a number */
    int64_t for_ms;    /* "… for 5m"; below 0: not said */
};

/* One rule; texts live as long as its rules. */
struct rule {
    const char *name;
    const char *text; /* of the condition, as it was written */
    struct rule_condition condition;
    bool has_severity;
    enum severity severity;
    bool has_channels;
    unsigned channels;                       /* a bit each */
    struct strings services, tags, projects; /* patterns; empty: all */
    bool built_in;                           /* yields to any other rule about the same metric */
};

struct rules;

/* Reads a rules file: YAML, a list of rules (README, "Alerts"), by itself or under the key "alerts", that
 * perhaps under "monitoring". NULL with one sentence that names the rule and the line, and what is allowed.
 */
struct rules *rules_parse(const char *text, size_t length, struct error *err);

/* No rules at all. */
struct rules *rules_new(void);

/* Frees it. NULL is fine. */
void rules_free(struct rules *rules);

/* Adds the built-in rule memory_usage > percent %. */
void rules_add_memory(struct rules *rules, unsigned percent);

/* The rules in their order. */
size_t rules_count(const struct rules *rules);
const struct rule *rules_at(const struct rules *rules, size_t index);

/* Whether a rule is meant for a service. A built-in one is not where another about the same metric is. */
bool rule_applies(const struct rules *rules, const struct rule *rule, const struct service *service);

/* The first rule with health_check_failed for a service, or NULL. */
const struct rule *rules_for_health(const struct rules *rules, const struct service *service);

/* Reads a condition. -EINVAL with a sentence that says what is allowed. */
int rule_condition_parse(const char *text, struct rule_condition *ret, struct error *err);

/* Where the uptime of a service key over a window comes from, in percent; below 0: not known. */
typedef double rule_uptime(void *user, const char *key, enum rule_metric window);

enum rule_verdict {
    RULE_UNKNOWN, /* the value is not known */
    RULE_WELL,    /* it does not hold, and a margin lies between */
    RULE_BETWEEN, /* it does not hold, by less than a margin: what fired goes on firing */
    RULE_HOLDS
};

/* Evaluates a condition for a service, over its worst instance. sentence says the value that was found. */
enum rule_verdict rule_evaluate(const struct rule *rule, const struct service *service, rule_uptime *uptime,
                                void *user, char *sentence, size_t size);

#endif
