/* SPDX-License-Identifier: MIT */
/* rule_condition.c: "memory_usage > 80% for 5m" → a condition. */
#include "controller/alerting/rule.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/error.h"
#include "controller/core/text.h"

enum { CONDITION_MAX = 120 };

const char *const rule_metric_name[RULE_METRIC_COUNT] = {
    [RULE_HEALTH_CHECK_FAILED] = "health_check_failed",
    [RULE_MEMORY_USAGE] = "memory_usage",
    [RULE_CPU] = "cpu",
    [RULE_LATENCY] = "latency",
    [RULE_RESTARTS] = "restarts",
    [RULE_UPTIME_24H] = "uptime_24h",
    [RULE_UPTIME_7D] = "uptime_7d",
    [RULE_UPTIME_30D] = "uptime_30d",
};

enum unit { UNIT_NONE, UNIT_PERCENT, UNIT_DURATION, UNIT_NUMBER };

/* What a value of a metric looks like. */
static const struct {
    enum unit unit;
    double max;
    const char *example;
} shape[RULE_METRIC_COUNT] = {
    [RULE_HEALTH_CHECK_FAILED] = {UNIT_NONE, 0, ""},    [RULE_MEMORY_USAGE] = {UNIT_PERCENT, 100, "80%"},
    [RULE_CPU] = {UNIT_PERCENT, 100000, "70%"}, /* of one processor: several make more than 100 % */
    [RULE_LATENCY] = {UNIT_DURATION, 3600000, "200ms"}, [RULE_RESTARTS] = {UNIT_NUMBER, 10000, "3"},
    [RULE_UPTIME_24H] = {UNIT_PERCENT, 100, "99.9%"},   [RULE_UPTIME_7D] = {UNIT_PERCENT, 100, "99.9%"},
    [RULE_UPTIME_30D] = {UNIT_PERCENT, 100, "99.9%"},
};

static int read_metric(const char *word, struct rule_condition *ret, struct error *err)
{
    for (enum rule_metric i = 0; i < RULE_METRIC_COUNT; i++)
        if (strcmp(word, rule_metric_name[i]) == 0) {
            ret->metric = i;
            return 0;
        }
    char shown[48];
    text_one_line(word, shown, sizeof shown);
    const char *nearest = text_nearest(shown, rule_metric_name, RULE_METRIC_COUNT);
    return error_set(err, -EINVAL,
                     "\"%s\" is no condition%s%s%s; allowed are health_check_failed, memory_usage, cpu, "
                     "latency, restarts, uptime_24h, uptime_7d and uptime_30d",
                     shown, nearest ? " (did you mean " : "", nearest ? nearest : "", nearest ? "?)" : "");
}

static int refuse_value(const char *text, const struct rule_condition *condition, struct error *err)
{
    char shown[48];
    text_one_line(text, shown, sizeof shown);
    return error_set(err, -EINVAL, "\"%s\" is no value for %s; allowed is one such as %s", shown,
                     rule_metric_name[condition->metric], shape[condition->metric].example);
}

/* Digits with a point at most: neither "inf" nor "0x1". */
static int read_number(const char *text, size_t length, double *ret)
{
    if (!length || strspn(text, "0123456789.") != length || text[0] == '.')
        return -EINVAL;
    char *end;
    *ret = strtod(text, &end);
    return end == text + length ? 0 : -EINVAL;
}

static int read_value(char *text, struct rule_condition *ret, struct error *err)
{
    size_t length = strlen(text);
    int64_t ms;
    int code = -EINVAL;
    switch (shape[ret->metric].unit) {
    case UNIT_PERCENT:
        if (length && text[length - 1] == '%')
            length--;
        while (length && text[length - 1] == ' ')
            length--;
        text[length] = '\0';
        code = read_number(text, length, &ret->threshold);
        break;
    case UNIT_DURATION:
        code = text_duration(text, 1, &ms);
        if (code == 0)
            ret->threshold = (double)ms;
        break;
    case UNIT_NUMBER:
        code = read_number(text, length, &ret->threshold);
        break;
    case UNIT_NONE:
        break;
    }
    if (code != 0 || !isfinite(ret->threshold) || ret->threshold > shape[ret->metric].max)
        return refuse_value(text, ret, err);
    return 0;
}

/* Reads "<", "<=", ">" or ">=" at text; returns its length, 0 when there is none. */
static size_t read_operator(const char *text, struct rule_condition *ret)
{
    if (*text != '<' && *text != '>')
        return 0;
    ret->below = *text == '<';
    ret->equal = text[1] == '=';
    return ret->equal ? 2 : 1;
}

/* Cuts " for 5m" off the end of text. */
static int read_for(char *text, struct rule_condition *ret, struct error *err)
{
    char *at = strstr(text, " for ");
    if (!at)
        return 0;
    if (text_duration(at + 5, 1000, &ret->for_ms) != 0) {
        char shown[48];
        text_one_line(at + 5, shown, sizeof shown);
        return error_set(err, -EINVAL, "\"%s\" is no duration; allowed is one such as 5m", shown);
    }
    *at = '\0';
    return 0;
}

int rule_condition_parse(const char *text, struct rule_condition *ret, struct error *err)
{
    struct rule_condition found = {.for_ms = -1};
    char copy[CONDITION_MAX];
    if (strlen(text) >= sizeof copy)
        return error_set(err, -EINVAL, "the condition has more than %d characters", CONDITION_MAX - 1);
    memcpy(copy, text, strlen(text) + 1);
    int code = read_for(copy, &found, err);
    if (code != 0)
        return code;
    char *word = text_trim(copy);
    char *rest = word + strcspn(word, " <>=");
    char *operator_at = rest + strspn(rest, " ");
    size_t length = read_operator(operator_at, &found);
    bool empty = *operator_at == '\0';
    *rest = '\0'; /* operator_at may be there: it has been read */
    code = read_metric(word, &found, err);
    if (code != 0)
        return code;
    if (shape[found.metric].unit == UNIT_NONE) {
        if (!empty)
            return error_set(err, -EINVAL, "%s takes no value", word);
    } else if (!length) {
        return error_set(err, -EINVAL, "%s needs < or > and a value, such as %s %s %s", word, word,
                         found.metric >= RULE_UPTIME_24H ? "<" : ">", shape[found.metric].example);
    } else {
        code = read_value(text_trim(operator_at + length), &found, err);
    }
    if (code == 0)
        *ret = found;
    return code;
}
