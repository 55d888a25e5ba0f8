/* SPDX-License-Identifier: MIT */
/* alerts_rules.c: values against users' rules, every now and then. */
#include "controller/alerts_internal.h"

#include <stdlib.h>
#include <string.h>

#include "exporter/history/annals.h"

static const char separator = '\x1f'; /* in no name of a rule */

static void key_of(const struct rule *rule, const struct service *service, char ret[static ALERT_KEY])
{
    snprintf(ret, ALERT_KEY, "rule:%s%c%s", rule->name, separator, service->key);
}

static void show_holding(struct controller *controller, const struct rule *rule,
                         const struct service *service, const char *key, const char *sentence)
{
    const struct spec *spec = service->first->spec;
    struct troubles *troubles = controller->alerts->troubles;
    char title[240];
    snprintf(title, sizeof title, "%.100s: %.80s", service->name, rule->name);
    troubles_set(troubles,
                 &(struct trouble_fact){
                     .key = key,
                     .name = rule->name,
                     .service = service->name,
                     .container = service->instance_count == 1 ? service->first->observed->container : "",
                     .project = spec->project           ? spec->project
                                : spec->compose_project ? spec->compose_project
                                                        : "",
                     .title = title,
                     .sentence = sentence,
                     .severity = rule->severity,
                     .delay_ms = rule->condition.for_ms >= 0 ? rule->condition.for_ms
                                                             : controller->options->alert_delay_ms,
                     .channels = rule->has_channels ? rule->channels : alerts_channels(spec->alert_channels),
                     .least = alerts_least(spec)},
                 controller->now);
    troubles_hold(troubles, key, alerts_held(controller, service), controller->now);
}

static double uptime_of(void *user, const char *key, enum rule_metric window)
{
    struct controller *controller = user;
    int64_t hours = window == RULE_UPTIME_24H ? 24 : window == RULE_UPTIME_7D ? 7 * 24 : 30 * 24;
    return annals_uptime(controller->annals, key, hours * 3600 * 1000, controller->now);
}

/* One rule for one service. */
static void look(struct controller *controller, const struct rule *rule, const struct service *service)
{
    struct alerts *alerts = controller->alerts;
    char key[ALERT_KEY], sentence[512], title[240];
    enum rule_verdict verdict = rule_evaluate(rule, service, uptime_of, controller, sentence,
                                              sizeof sentence);
    if (verdict != RULE_HOLDS && !alerts->rule_troubles)
        return;
    key_of(rule, service, key);
    snprintf(title, sizeof title, "%.100s: %.80s is over", service->name, rule->name);
    bool told = troubles_told(alerts->troubles, key);
    switch (verdict) {
    case RULE_HOLDS:
        show_holding(controller, rule, service, key, sentence);
        alerts->rule_troubles = true;
        break;
    case RULE_WELL:
        troubles_clear(alerts->troubles, key, title, controller->now);
        break;
    case RULE_BETWEEN: /* near the threshold what fires goes on, and what does not yet begins anew */
        if (!told)
            troubles_clear(alerts->troubles, key, title, controller->now);
        break;
    case RULE_UNKNOWN:
        if (told)
            troubles_undecided(alerts->troubles, key, controller->now);
        else
            troubles_clear(alerts->troubles, key, title, controller->now);
        break;
    }
}

static bool is_polled(const struct rule *rule)
{
    return rule->condition.metric != RULE_HEALTH_CHECK_FAILED;
}

static bool any_polled(const struct rules *rules)
{
    for (size_t i = 0; i < rules_count(rules); i++)
        if (is_polled(rules_at(rules, i)))
            return true;
    return false;
}

void alerts_look_rules(struct controller *controller)
{
    struct alerts *alerts = controller->alerts;
    const struct registry *registry = controller->registry;
    int64_t now = controller->now.mono_ms;
    if (!registry_count(registry) || !any_polled(alerts->rules)) {
        alerts->rules_mono_ms = 0;
        return;
    }
    if (alerts->rules_mono_ms > now)
        return;
    alerts->rules_mono_ms = now + RULES_MS;
    for (size_t i = 0; i < registry_count(registry); i++) {
        const struct service *service = registry_at(registry, i);
        for (size_t n = 0; service->first && n < rules_count(alerts->rules); n++) {
            const struct rule *rule = rules_at(alerts->rules, n);
            if (is_polled(rule) && rule_applies(alerts->rules, rule, service))
                look(controller, rule, service);
        }
    }
}

void alerts_check_rule(struct controller *controller, const char *key)
{
    struct alerts *alerts = controller->alerts;
    const char *name = key + sizeof "rule:" - 1, *end = strchr(name, separator);
    const struct service *service = end ? registry_key(controller->registry, end + 1) : NULL;
    alerts->rule_troubles = true;
    for (size_t i = 0; service && i < rules_count(alerts->rules); i++) {
        const struct rule *rule = rules_at(alerts->rules, i);
        if (strlen(rule->name) == (size_t)(end - name) &&
            strncmp(rule->name, name, strlen(rule->name)) == 0 && rule_applies(alerts->rules, rule, service))
            return;
    }
    if (service || alerts->swept)
        troubles_clear(alerts->troubles, key, NULL, controller->now);
}
