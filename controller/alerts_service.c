/* SPDX-License-Identifier: MIT */
/* alerts_service.c: what is wrong with one service now, whose fault it is, and whether anybody wants to hear
 * of it. Derived from the present state each time. */
#include "controller/alerts_internal.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "controller/alerting/grouping.h"
#include "controller/core/text.h"
#include "controller/deploying.h"
#include "exporter/alerts/channels.h"

enum { TITLE = 200, SENTENCE = 560 };

/* How a service is, as far as alerts go. */
struct finding_of {
    enum severity severity; /* INFO: well, or not to be judged */
    const char *name;       /* of the rule */
    const char *state;      /* "is unhealthy" */
    bool undecided;
};

unsigned alerts_channels(const char *list)
{
    unsigned set = 0;
    if (!list)
        return (1U << CHANNEL_COUNT) - 1;
    char *copy = mem_copy(list), *rest = copy;
    for (char *part; strcasecmp(list, "none") != 0 && (part = text_cut(&rest, ','));) {
        int kind = channel_find(part);
        set |= kind >= 0 ? 1U << kind : 0;
    }
    free(copy);
    return set;
}

enum severity alerts_least(const struct spec *spec)
{
    for (enum severity i = SEVERITY_WARNING; spec->alert_severity && i < SEVERITY_COUNT; i++)
        if (strcasecmp(spec->alert_severity, severity_name[i]) == 0)
            return i;
    return SEVERITY_INFO;
}

/* ---- how it is ---- */

static struct finding_of by_status(const struct service *service)
{
    switch (service->status) {
    case STATUS_DEGRADED:
        return (struct finding_of){SEVERITY_WARNING, "service-degraded", "is degraded", false};
    case STATUS_UNHEALTHY:
        return (struct finding_of){SEVERITY_CRITICAL, "service-unhealthy", "is unhealthy", false};
    case STATUS_FAILED:
        return (struct finding_of){SEVERITY_EMERGENCY, "service-failed", "has failed", false};
    case STATUS_STARTING:
        return (struct finding_of){SEVERITY_INFO, "service-starting", "is starting", true};
    case STATUS_UNKNOWN:
        return (struct finding_of){SEVERITY_INFO, "service-unknown", "cannot be judged", true};
    case STATUS_STOPPED:
        return (struct finding_of){SEVERITY_INFO, "service-stopped", "is stopped", false};
    case STATUS_HEALTHY:
    case STATUS_COUNT:
        break;
    }
    return (struct finding_of){SEVERITY_INFO, "service-healthy", "is healthy", false};
}

static bool any_failed(const struct service *service)
{
    for (const struct instance *at = service->first; at; at = at->next)
        if (at->health.status == STATUS_FAILED)
            return true;
    return false;
}

static bool any_recreate(struct controller *controller, const struct service *service)
{
    for (const struct instance *at = service->first; at; at = at->next) {
        const struct record *record = record_find(controller, at->observed->id);
        if (record && record->needs_recreate)
            return true;
    }
    return false;
}

static struct finding_of judge(struct controller *controller, struct subject *subject,
                               const struct service *service)
{
    struct finding_of found = by_status(service);
    if (service->status == STATUS_HEALTHY || service->status == STATUS_STOPPED)
        subject->deploy_failed = false;
    if (service->status == STATUS_HEALTHY || service->status == STATUS_STOPPED ||
        service->status == STATUS_FAILED)
        return found;
    if (any_failed(service))
        return (struct finding_of){SEVERITY_EMERGENCY, "service-failed", "has failed instances", false};
    if (any_recreate(controller, service))
        return (struct finding_of){SEVERITY_CRITICAL, "needs-recreate", "must be recreated", false};
    if (subject->deploy_failed) {
        found.name = "deployment-failed";
        found.state = "did not become healthy after its deployment";
        found.severity = service->status == STATUS_DEGRADED ? SEVERITY_WARNING
                                                            : SEVERITY_CRITICAL; /* as it was told */
        found.undecided = false;
    }
    return found;
}

/* The instance that says most about what is wrong: the gravest. */
static const struct instance *worst_of(const struct service *service)
{
    static const unsigned rank[STATUS_COUNT] = {
        [STATUS_STARTING] = 2, [STATUS_HEALTHY] = 0, [STATUS_DEGRADED] = 3, [STATUS_UNHEALTHY] = 4,
        [STATUS_FAILED] = 5,   [STATUS_UNKNOWN] = 1, [STATUS_STOPPED] = 1,
    };
    const struct instance *worst = service->first;
    for (const struct instance *at = service->first; at; at = at->next)
        if (rank[at->health.status] > rank[worst->health.status] ||
            (rank[at->health.status] == rank[worst->health.status] && at->breaker.tripped &&
             !worst->breaker.tripped))
            worst = at;
    return worst;
}

/* Whether an instance is why its service is not well: sick, or taken out by a person. */
static bool counts_as_out(const struct instance *instance)
{
    enum status status = instance->health.status;
    return (status != STATUS_HEALTHY && status != STATUS_STOPPED) ||
           (instance->breaker.tripped && instance->breaker.state != BREAKER_CLOSED);
}

static void write_sentence(const struct service *service, const struct instance *worst, char *ret,
                           size_t size)
{
    size_t sick = 0, used = 0;
    for (const struct instance *at = service->first; at; at = at->next)
        sick += counts_as_out(at);
    if (service->instance_count > 1)
        used = (size_t)snprintf(ret, size, "%zu of %zu instances, such as %.80s: ", sick,
                                service->instance_count, worst->observed->container);
    /* What a passing check says ("200 OK") explains nothing. */
    const char *message = worst->health.status == STATUS_HEALTHY ? "" : worst->health.message;
    const char *decision = worst->decision.sentence ? worst->decision.sentence : "";
    size_t length = strlen(message);
    bool stop = length && strchr(".!?", message[length - 1]);
    snprintf(ret + used, size - used, "%.200s%s%s%.220s", message, !length || stop ? "" : ".",
             length ? " " : "", decision);
}

/* ---- who is to hear of it ---- */

const char *alerts_held(struct controller *controller, const struct service *service)
{
    if (controller->second[0])
        return "second-controller"; /* where another one heals, that one tells */
    if (service->maintenance_until_wall_ms > controller->now.wall_ms)
        return "maintenance";
    struct told told;
    if (service->first && deploying_told(controller, service->first, &told) != DEPLOYMENT_NONE)
        return "deployment";
    return NULL;
}

static void fact_of(struct controller *controller, const struct service *service,
                    const struct finding_of *found, char *key, char *title, char *sentence,
                    struct trouble_fact *ret)
{
    const struct instance *worst = worst_of(service);
    const struct spec *spec = worst->spec;
    snprintf(key, ALERT_KEY, "service:%s", service->key);
    snprintf(title, TITLE, "%.100s %s", service->name, found->state);
    write_sentence(service, worst, sentence, SENTENCE);
    *ret = (struct trouble_fact){.key = key,
                                 .name = found->name,
                                 .service = service->name,
                                 .container = service->instance_count == 1 ? worst->observed->container : "",
                                 .project = spec->project           ? spec->project
                                            : spec->compose_project ? spec->compose_project
                                                                    : "",
                                 .title = title,
                                 .sentence = sentence,
                                 .severity = found->severity,
                                 .delay_ms = -1,
                                 .channels = alerts_channels(spec->alert_channels),
                                 .least = alerts_least(spec)};
    const struct rule *rule = found->severity >= SEVERITY_CRITICAL
                                  ? rules_for_health(controller->alerts->rules, service)
                                  : NULL;
    if (!rule) /* one that a user wrote takes the place of ours: one trouble is one alert */
        return;
    ret->name = rule->name;
    ret->delay_ms = rule->condition.for_ms;
    if (rule->has_severity && found->severity == SEVERITY_CRITICAL)
        ret->severity = rule->severity;
    if (rule->has_channels)
        ret->channels = rule->channels;
}

/* The cause of a sick service is known by its key; one that is not sick itself (somebody stopped it) is made
 * known first. */
static const char *introduce_cause(struct controller *controller, const struct service *cause, char *key)
{
    struct alerts *alerts = controller->alerts;
    struct subject *subject;
    snprintf(key, ALERT_KEY, "service:%s", cause->key);
    HASH_FIND_STR(alerts->subjects, cause->key, subject);
    struct subject *unmarked = NULL;
    if (!subject)
        subject = unmarked = mem_new(sizeof *subject + 1);
    struct finding_of found = judge(controller, subject, cause);
    free(unmarked);
    char title[TITLE], sentence[SENTENCE], again[ALERT_KEY];
    struct trouble_fact fact;
    fact_of(controller, cause, &found, again, title, sentence, &fact);
    bool unknown = !troubles_knows(alerts->troubles, key);
    if (found.severity == SEVERITY_INFO && (unknown || !found.undecided))
        troubles_set(alerts->troubles, &fact, controller->now);
    else if (found.severity != SEVERITY_INFO && unknown)
        alerts_mark(alerts, cause->key);
    return key;
}

/* ---- a look ---- */

static void show_sick(struct controller *controller, struct subject *subject, const struct service *service,
                      const struct finding_of *found)
{
    struct troubles *troubles = controller->alerts->troubles;
    char key[ALERT_KEY], root[ALERT_KEY], title[TITLE], sentence[SENTENCE];
    struct trouble_fact fact;
    fact_of(controller, service, found, key, title, sentence, &fact);
    subject->held = alerts_held(controller, service);
    const struct service *cause = grouping_cause(service);
    fact.root = alerts_own_cause(controller, service);
    if (!fact.root && cause) {
        fact.root = introduce_cause(controller, cause, root);
        if (!subject->held)
            subject->held = alerts_held(controller, cause);
    }
    fact.suspect = !fact.root && !troubles_told(troubles, key) && grouping_suspects(service);
    troubles_set(troubles, &fact, controller->now);
    troubles_hold(troubles, key, subject->held, controller->now);
}

static void show_gone(struct controller *controller, const char *key)
{
    struct alerts *alerts = controller->alerts;
    char full[ALERT_KEY];
    snprintf(full, sizeof full, "service:%s", key);
    if (alerts->swept)
        troubles_clear(alerts->troubles, full, NULL, controller->now);
}

static bool is_needed(const struct subject *subject)
{
    return subject->deploy_failed || subject->held;
}

void alerts_look(struct controller *controller, struct subject *subject)
{
    struct alerts *alerts = controller->alerts;
    const struct service *service = registry_key(controller->registry, subject->key);
    subject->marked = false;
    subject->held = NULL;
    if (!service || !service->first) {
        show_gone(controller, subject->key);
        subject->deploy_failed = false;
    } else {
        struct finding_of found = judge(controller, subject, service);
        char key[ALERT_KEY], title[TITLE];
        snprintf(key, sizeof key, "service:%s", subject->key);
        snprintf(title, sizeof title, "%.100s %s", service->name, found.state);
        if (found.severity != SEVERITY_INFO) {
            show_sick(controller, subject, service, &found);
        } else {
            if (found.undecided)
                troubles_undecided(alerts->troubles, key, controller->now);
            else
                troubles_clear(alerts->troubles, key, title, controller->now);
            troubles_hold(alerts->troubles, key, NULL, controller->now);
        }
    }
    if (!is_needed(subject) && !subject->marked) {
        HASH_DEL(alerts->subjects, subject);
        free(subject);
    }
}
