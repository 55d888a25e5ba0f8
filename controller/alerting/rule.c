/* SPDX-License-Identifier: MIT */
/* rule.c: for whom a rule is meant, and whether it holds. */
#include "controller/alerting/rule_internal.h"

#include <assert.h>
#include <fnmatch.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "controller/core/latency.h"

enum { LATENCY_SAMPLES = 3 }; /* fewer checks say nothing about a percentile */

/* A value must have left the threshold by so much of it (of what is missing to 100 % for uptimes) before the
 * rule is over, so that one around it does not make it come and go. */
static const double margin_share = 0.05;

struct rules *rules_new(void)
{
    return mem_new(sizeof(struct rules));
}

void rules_free(struct rules *rules)
{
    if (!rules)
        return;
    arena_free(&rules->arena);
    free(rules);
}

void rules_add_memory(struct rules *rules, unsigned percent)
{
    assert(rules->count <= RULES_MAX);
    rules->item[rules->count++] = (struct rule){
        .name = "memory-usage",
        .text = arena_format(&rules->arena, "memory_usage > %u%%", percent),
        .condition = {.metric = RULE_MEMORY_USAGE, .threshold = percent, .for_ms = -1},
        .severity = SEVERITY_WARNING,
        .built_in = true};
}

size_t rules_count(const struct rules *rules)
{
    return rules->count;
}

const struct rule *rules_at(const struct rules *rules, size_t index)
{
    return &rules->item[index];
}

/* ---- for whom ---- */

static bool any_matches(const struct strings *patterns, const char *text)
{
    for (size_t i = 0; text && i < patterns->count; i++)
        if (fnmatch(patterns->item[i], text, 0) == 0)
            return true;
    return false;
}

static bool tag_matches(const struct strings *patterns, const struct strings *tags)
{
    for (size_t i = 0; i < tags->count; i++)
        if (any_matches(patterns, tags->item[i]))
            return true;
    return false;
}

static bool selects(const struct rule *rule, const struct service *service)
{
    const struct spec *spec = service->first ? service->first->spec : NULL;
    if (!spec)
        return false;
    return (!rule->services.count || any_matches(&rule->services, service->name)) &&
           (!rule->tags.count || tag_matches(&rule->tags, &spec->tags)) &&
           (!rule->projects.count || any_matches(&rule->projects, spec->project) ||
            any_matches(&rule->projects, spec->compose_project));
}

bool rule_applies(const struct rules *rules, const struct rule *rule, const struct service *service)
{
    for (size_t i = 0; rule->built_in && i < rules->count; i++)
        if (!rules->item[i].built_in && rules->item[i].condition.metric == rule->condition.metric &&
            selects(&rules->item[i], service))
            return false;
    return selects(rule, service);
}

const struct rule *rules_for_health(const struct rules *rules, const struct service *service)
{
    for (size_t i = 0; i < rules->count; i++)
        if (rules->item[i].condition.metric == RULE_HEALTH_CHECK_FAILED && selects(&rules->item[i], service))
            return &rules->item[i];
    return NULL;
}

/* ---- what is so ---- */

/* The value of one instance; NAN: not known. */
static double value_of(enum rule_metric metric, const struct instance *instance)
{
    const struct samples *samples = &instance->samples;
    const struct usage *usage = &samples->usage;
    bool runs = instance->observed->state == CONTAINER_RUNNING;
    switch (metric) {
    case RULE_MEMORY_USAGE:
        return runs && usage->at_wall_ms && usage->memory_limit_bytes
                   ? 100.0 * (double)usage->memory_bytes / (double)usage->memory_limit_bytes
                   : (double)NAN;
    case RULE_CPU:
        return runs && usage->at_wall_ms && usage->cpu_ratio >= 0 ? 100.0 * usage->cpu_ratio : (double)NAN;
    case RULE_LATENCY:
        return runs && samples->ring_count >= LATENCY_SAMPLES
                   ? latency_percentile(samples->ring, samples->ring_count, 0.95)
                   : (double)NAN;
    case RULE_RESTARTS:
        return instance->restarts.in_window;
    case RULE_HEALTH_CHECK_FAILED:
    case RULE_UPTIME_24H:
    case RULE_UPTIME_7D:
    case RULE_UPTIME_30D:
    case RULE_METRIC_COUNT:
        break;
    }
    return (double)NAN;
}

static bool is_uptime(enum rule_metric metric)
{
    return metric == RULE_UPTIME_24H || metric == RULE_UPTIME_7D || metric == RULE_UPTIME_30D;
}

/* The worst value of a service, and whose it is. */
static double worst_of(const struct rule_condition *condition, const struct service *service,
                       const struct instance **ret_instance)
{
    double worst = (double)NAN;
    for (const struct instance *at = service->first; at; at = at->next) {
        double value = value_of(condition->metric, at);
        if (isnan(value) || (!isnan(worst) && (condition->below ? value >= worst : value <= worst)))
            continue;
        worst = value;
        *ret_instance = at;
    }
    return worst;
}

static bool holds(const struct rule_condition *condition, double value)
{
    double threshold = condition->threshold;
    bool same = fabs(value - threshold) < 1e-9;
    return same ? condition->equal : condition->below ? value < threshold : value > threshold;
}

static double margin_of(const struct rule_condition *condition)
{
    if (condition->metric == RULE_RESTARTS)
        return 0;
    return margin_share * (is_uptime(condition->metric) ? 100 - condition->threshold : condition->threshold);
}

static void say(const struct rule *rule, double value, const struct instance *instance, char *sentence,
                size_t size)
{
    const char *unit = "%";
    if (rule->condition.metric == RULE_LATENCY)
        unit = " ms";
    else if (rule->condition.metric == RULE_RESTARTS)
        unit = "";
    snprintf(sentence, size, "%s is %.*f%s%s%s (%s).", rule_metric_name[rule->condition.metric],
             is_uptime(rule->condition.metric) ? 3
             : *unit == '%'                    ? 1
                                               : 0,
             value, unit, instance ? " in " : "", instance ? instance->observed->container : "", rule->text);
}

enum rule_verdict rule_evaluate(const struct rule *rule, const struct service *service, rule_uptime *uptime,
                                void *user, char *sentence, size_t size)
{
    const struct rule_condition *condition = &rule->condition;
    const struct instance *instance = NULL;
    double value = (double)NAN;
    if (!is_uptime(condition->metric))
        value = worst_of(condition, service, &instance);
    else if (uptime)
        value = uptime(user, service->key, condition->metric);
    if (isnan(value) || value < 0)
        return RULE_UNKNOWN;
    say(rule, value, instance, sentence, size);
    if (holds(condition, value))
        return RULE_HOLDS;
    double margin = margin_of(condition);
    return holds(condition, condition->below ? value - margin : value + margin) ? RULE_BETWEEN : RULE_WELL;
}
