/* SPDX-License-Identifier: MIT */
/* judge_dependency.c: what the dependencies of an instance mean for healing it: whom it waits for and how
 * long, and after whose restart it is to be restarted itself. */
#include "controller/controller_internal.h"

#include <stdio.h>
#include <string.h>

#include "controller/core/error.h"
#include "controller/core/graph.h"

enum {
    ANCESTORS = 64, /* so many services are asked whether they will be restarted first */
    VERDICT_MOST_MS =
        60 * 1000 /* Docker's own default would be three minutes: too long for whom it does not concern */
};

static const struct record *record_of(struct controller *controller, const struct instance *instance)
{
    return record_find(controller, instance->observed->id);
}

/* ---- will it be healed? ---- */

/* Holds that only a person ends. */
static bool is_left_alone(const struct instance *instance)
{
    static const enum hold holds[] = {HOLD_POLICY,       HOLD_DRY_RUN, HOLD_MANUAL_STOP,
                                      HOLD_ORCHESTRATED, HOLD_PAUSED,  HOLD_CHECK_WRONG};
    if (instance->decision.action != ACTION_HOLD)
        return false;
    for (size_t i = 0; i < sizeof holds / sizeof holds[0]; i++)
        if (strcmp(instance->decision.reason, hold_name[holds[i]]) == 0)
            return true;
    return instance->observed->network_owner_gone;
}

/* When the last instance of a service that is down was given up (wall ms); 0: one of them may still be
 * healed. */
static int64_t given_up_at(struct controller *controller, const struct service *service)
{
    int64_t latest = 0;
    for (const struct instance *at = service->first; at; at = at->next) {
        const struct record *record = record_of(controller, at);
        bool idle = at->decision.action == ACTION_NONE && at->health.status != STATUS_STARTING;
        if (!record || !(record->healing->failed_since || idle || is_left_alone(at)))
            return 0;
        int64_t since = record->healing->failed_since ? record->healing->failed_since : at->since_wall_ms;
        if (since > latest)
            latest = since;
    }
    return latest;
}

static bool is_up(const struct instance *instance)
{
    return instance->health.status == STATUS_HEALTHY || instance->health.status == STATUS_DEGRADED;
}

/* Whether an unasked-for check beside a HEALTHCHECK that passes has failed for good: that makes degraded at
 * most, and nobody is to wait for what never comes. */
static bool is_judged_degraded(const struct instance *instance)
{
    const struct health_shown *health = &instance->health;
    return health->implicit && health->has_layer[LAYER_CONTAINER] &&
           health->layer[LAYER_CONTAINER] == STATUS_HEALTHY &&
           health->consecutive_failures >= instance->spec->retries;
}

/* Whether none of its instances that are up passed its latest check or has proved itself since its breaker
 * opened, though they are not judged yet. */
static bool is_failing(const struct service *service)
{
    bool any = false;
    for (const struct instance *at = service->first; at; at = at->next) {
        const struct health_shown *health = &at->health;
        bool proved = at->breaker.state == BREAKER_CLOSED;
        bool passes = health->latest_passed || !health->consecutive_failures || is_judged_degraded(at);
        if (is_up(at) && proved && passes)
            return false;
        any |= is_up(at);
    }
    return any;
}

/* Docker tells of a failing HEALTHCHECK only when it has failed often enough, and by then those that need the
 * service have long been judged. When such a verdict is out, at the latest, if what failed the checks of
 * instance failed those of the service, too (wall ms); 0: another check tells sooner. */
static int64_t verdict_due(struct controller *controller, const struct instance *instance,
                           const struct service *service)
{
    const struct spec *spec = instance->spec;
    int64_t failing_since = instance->since_wall_ms - (int64_t)(spec->retries - 1) * spec->interval_ms;
    int64_t latest = 0;
    if (instance->health.status != STATUS_UNHEALTHY || instance->observed->state != CONTAINER_RUNNING)
        return 0;
    for (const struct instance *at = service->first; at; at = at->next) {
        const struct record *record = record_of(controller, at);
        if (!is_up(at))
            continue;
        if (!record || !record->plan.docker || record->plan.probe != CHECK_NONE)
            return 0;
        int64_t due = failing_since + at->spec->retries * at->spec->interval_ms + at->spec->timeout_ms;
        latest = due > latest ? due : latest;
    }
    int64_t most = instance->since_wall_ms + VERDICT_MOST_MS;
    return latest < most ? latest : most;
}

/* ---- whose restart is to be followed? ---- */

static bool counts(const struct service *service, const struct service_dependency *dependency)
{
    return dependency->target && dependency->type == DEPENDENCY_REQUIRED &&
           !graph_is_circular(service, dependency);
}

/* When an instance began anew, if that was after since; else 0. */
static int64_t began_anew(struct controller *controller, const struct instance *instance, int64_t since)
{
    const struct record *record = record_of(controller, instance);
    int64_t at = record ? record->healing->restarted_at : 0;
    return at > since ? at : 0;
}

/* The same of a service: not as long as one of its instances has been there all the time. */
static int64_t all_began_anew(struct controller *controller, const struct service *service, int64_t since)
{
    int64_t latest = 0;
    for (const struct instance *at = service->first; at; at = at->next) {
        if (at->observed->state != CONTAINER_RUNNING)
            continue;
        if (at->observed->started_at_wall_ms <= since)
            return 0;
        int64_t began = began_anew(controller, at, since);
        if (began > latest)
            latest = began;
    }
    return latest;
}

/* The name of the dependency that began anew after this instance started, and is to be followed; else NULL.
 * Who shares a network is bound to the very container that owns it, others to a service. */
static const char *followed(struct controller *controller, const struct record *record,
                            const struct instance *instance, int64_t *ret_at)
{
    const struct observed *observed = instance->observed;
    const char *name = NULL;
    *ret_at = 0;
    if (!instance->spec->cascade || observed->state != CONTAINER_RUNNING || observed->network_owner_gone)
        return NULL;
    const struct instance *owner = observed->network_owner
                                       ? registry_container(controller->registry, observed->network_owner)
                                       : NULL;
    if (owner && (*ret_at = began_anew(controller, owner, observed->started_at_wall_ms)))
        name = instance_service_name(owner);
    const struct service *service = instance->service;
    for (size_t i = 0; i < service->dependency_count; i++) {
        const struct service_dependency *dependency = &service->dependencies[i];
        if (!counts(service, dependency) || (owner && dependency->target == owner->service))
            continue;
        int64_t at = all_began_anew(controller, dependency->target, observed->started_at_wall_ms);
        if (at <= *ret_at)
            continue;
        *ret_at = at;
        name = dependency->name;
    }
    const struct healing *healing = record->healing;
    bool done = healing->followed_at >= *ret_at && strcmp(healing->followed_container, record->id) == 0;
    return done ? NULL : name;
}

/* Whether a service is going to be restarted after one that it depends on, itself or one further down. seen:
 * those that have been asked. */
static bool will_follow(struct controller *controller, const struct service *service,
                        const struct service **seen, size_t *seen_count)
{
    for (size_t i = 0; i < *seen_count; i++)
        if (seen[i] == service)
            return false;
    if (*seen_count == ANCESTORS)
        return false;
    seen[(*seen_count)++] = service;
    bool cascades = false;
    for (const struct instance *at = service->first; at; at = at->next) {
        const struct record *record = record_of(controller, at);
        if (!record || !at->spec->cascade || is_left_alone(at))
            continue;
        cascades = true;
        int64_t when;
        if (followed(controller, record, at, &when))
            return true;
    }
    for (size_t i = 0; cascades && i < service->dependency_count; i++)
        if (counts(service, &service->dependencies[i]) &&
            will_follow(controller, service->dependencies[i].target, seen, seen_count))
            return true;
    return false;
}

/* ---- the row ---- */

static void say_recreate(const struct spec *spec, char *ret, size_t size)
{
    static const char gone[] = "The container whose network it uses is gone, and no restart brings that back";
    if (spec->coolify)
        snprintf(ret, size, "%s; ends when it is recreated: redeploy it in Coolify.", gone);
    else if (spec->compose_service)
        snprintf(ret, size, "%s; ends when it is recreated: docker compose up -d %.60s", gone,
                 spec->compose_service);
    else
        snprintf(ret, size, "%s; ends when it is recreated: remove it and run it anew.", gone);
}

/* Whether an unmet dependency still holds; the sentence says so or why not any more. */
static bool hold_unmet(struct controller *controller, const struct service_dependency *dependency,
                       enum status status, struct told *told)
{
    const struct service *root = graph_root(dependency->target);
    char further[80] = "";
    if (root)
        snprintf(further, sizeof further, ", the root of it is \"%.48s\"", root->name);
    int64_t given_up = given_up_at(controller, dependency->target);
    told->ends_wall_ms = given_up ? given_up + controller->options->dependency_timeout_ms : 0;
    if (given_up && told->ends_wall_ms <= controller->now.wall_ms) {
        told->ends_wall_ms = 0;
        snprintf(told->sentence, sizeof told->sentence,
                 "It has waited for \"%.48s\" (%s)%s until DEPENDENCY_TIMEOUT was over.", dependency->name,
                 status_name[status], further);
        return false;
    }
    snprintf(told->sentence, sizeof told->sentence, "Waits for \"%.48s\" (%s)%s; ends when that %s%s.",
             dependency->name, status_name[status], further,
             dependency->needs_completion ? "has completed" : "is healthy",
             given_up ? ", or at DEPENDENCY_TIMEOUT" : "");
    return true;
}

/* Since when a service that is up has been so without a gap (wall ms), as far as its present instances tell.
 */
static int64_t up_since(const struct service *service)
{
    int64_t earliest = 0;
    for (const struct instance *at = service->first; at; at = at->next) {
        bool up = at->health.status == STATUS_HEALTHY || at->health.status == STATUS_DEGRADED;
        if (up && (!earliest || at->since_wall_ms < earliest))
            earliest = at->since_wall_ms;
    }
    return earliest;
}

/* How long checks take to show that an instance is sick by itself. Behind an open breaker they are rare. */
static int64_t time_to_judge_ms(const struct instance *instance)
{
    const struct spec *spec = instance->spec;
    int64_t checks_ms = ((int64_t)spec->retries + 1) * spec->interval_ms + spec->timeout_ms;
    int64_t breaker_ms = spec->breaker_enabled ? spec->breaker_recovery_ms + 2 * spec->interval_ms : 0;
    return checks_ms > breaker_ms ? checks_ms : breaker_ms;
}

/* Whether it has been well while a dependency that is up since then was there: then what ails it is its own.
 */
static bool was_well_since(const struct record *record, const struct instance *instance, int64_t since)
{
    bool probed = instance->health.check != CHECK_DOCKER && record->has_outcome;
    bool passed = !probed || record->passed_at_wall_ms >= since;
    return passed && instance->since_wall_ms > since; /* one pass alone did not make it well */
}

/* What failed while its dependency was down proves nothing about it: it gets the time to follow by itself. */
static bool hold_follower(struct controller *controller, const struct record *record,
                          const struct instance *instance, const struct service_dependency *dependency,
                          struct told *told)
{
    int64_t since = up_since(dependency->target);
    if (was_well_since(record, instance, since))
        return false;
    int64_t end = since && since <= controller->now.wall_ms ? since + time_to_judge_ms(instance) : 0;
    if (end <= controller->now.wall_ms)
        return false;
    told->ends_wall_ms = end;
    snprintf(
        told->sentence, sizeof told->sentence,
        "\"%.60s\", which it needs, is back only now; ends when it follows by itself or had the time to.",
        dependency->name);
    return true;
}

/* Whether one dependency holds. */
static bool hold_one(struct controller *controller, const struct record *record,
                     const struct instance *instance, const struct service_dependency *dependency,
                     bool follows, struct told *told)
{
    const struct service *service = instance->service;
    enum status status = graph_unmet(service, dependency);
    if (status != STATUS_COUNT)
        return hold_unmet(controller, dependency, status, told);
    if (!counts(service, dependency))
        return false;
    if (is_failing(dependency->target)) {
        snprintf(told->sentence, sizeof told->sentence,
                 "\"%.60s\", which it needs, fails its checks, too; ends when that is judged.",
                 dependency->name);
        return true;
    }
    int64_t due = verdict_due(controller, instance, dependency->target);
    if (due > controller->now.wall_ms) {
        snprintf(
            told->sentence, sizeof told->sentence,
            "\"%.60s\", which it needs, has a HEALTHCHECK that may still be failing; ends when that has had "
            "its time.",
            dependency->name);
        told->ends_wall_ms = due;
        return true;
    }
    if (!follows)
        return hold_follower(controller, record, instance, dependency, told);
    const struct service *seen[ANCESTORS];
    size_t seen_count = 0;
    if (!will_follow(controller, dependency->target, seen, &seen_count))
        return false;
    snprintf(told->sentence, sizeof told->sentence,
             "Follows a restart, and so does \"%.60s\", which it needs; ends when that was restarted.",
             dependency->name);
    return true;
}

void judge_dependency(struct controller *controller, const struct record *record,
                      const struct instance *instance, struct facts *ret)
{
    struct told *told = &ret->dependency;
    ret->restarted_dependency = followed(controller, record, instance, &ret->restarted_at);
    if (instance->observed->network_owner_gone) {
        say_recreate(instance->spec, told->sentence, sizeof told->sentence);
        told->holds = true;
        return;
    }
    const struct service *service = instance->service;
    for (size_t i = 0; i < service->dependency_count && !told->holds; i++)
        told->holds = hold_one(controller, record, instance, &service->dependencies[i],
                               ret->restarted_dependency != NULL, told);
}

/* ---- what happens to others ---- */

void judge_dependents(struct controller *controller, const struct service *service)
{
    size_t count;
    const struct service *const *dependent = registry_dependents(service, &count);
    for (size_t i = 0; i < count; i++)
        for (const struct instance *at = dependent[i]->first; at; at = at->next) {
            struct record *record = record_find(controller, at->observed->id);
            if (!record)
                continue;
            record_mark(controller, record);
            if (service->serving && record->has_outcome && !record->verdict.latest_passed)
                judge_ask_again(controller, record, at); /* it may be well by now */
        }
}

void judge_run(struct controller *controller, struct record *record, const struct instance *instance,
               bool known)
{
    bool beside = false;
    for (const struct instance *at = instance->service->first; at && !beside; at = at->next)
        beside = at != instance && at->spec->replica == instance->spec->replica &&
                 at->observed->state == CONTAINER_RUNNING;
    if (healing_run(record->healing, instance->observed->started_at_wall_ms, known, beside))
        judge_dependents(controller, instance->service);
    controller->state_dirty = true;
}

void judge_recreate(struct controller *controller, struct record *record, const struct instance *instance,
                    bool quiet)
{
    const struct observed *observed = instance->observed;
    if (!observed->network_owner_gone && !record->needs_recreate)
        return;
    char sentence[200];
    say_recreate(instance->spec, sentence, sizeof sentence);
    registry_apply(controller->registry,
                   &(struct change){.kind = CHANGE_FINDING,
                                    .ref = record->ref,
                                    .code = "needs-recreate",
                                    .text = observed->network_owner_gone ? sentence : NULL},
                   controller->now);
    record->needs_recreate = observed->network_owner_gone;
    if (!quiet && !record->told_recreate && observed->network_owner_gone &&
        observed->state == CONTAINER_RUNNING) {
        struct error err = {0};
        tell(controller, SEVERITY_CRITICAL, "needs-recreate", instance, "%s", sentence);
        if (controller->task == TASK_RUN)
            failure_tell_hook(controller, instance, "needs-recreate", sentence, "",
                              &err); /* if there is one */
        record->told_recreate = true;
    }
}
