/* SPDX-License-Identifier: MIT */
/* judge.c: once a turn, for each instance that something happened to: its health, its breaker, its decision.
 */
#include "controller/controller_internal.h"
#include "controller/healing/history.h"

#include <stdlib.h>
#include <string.h>

#include "controller/address6.h"
#include "controller/chronicle.h"
#include "controller/deploying.h"
#include "controller/external.h"
#include "controller/heal.h"
#include "controller/second.h"

void judge_finding(struct controller *controller, const struct record *record, const char *code, bool there,
                   const char *text)
{
    registry_apply(controller->registry,
                   &(struct change){
                       .kind = CHANGE_FINDING, .ref = record->ref, .code = code, .text = there ? text : NULL},
                   controller->now);
}

void judge_plan(struct controller *controller, struct record *record, const struct instance *instance)
{
    const struct spec *spec = instance->spec;
    struct check_plan *plan = &record->plan;
    check_plan_free(plan);
    check_plan(spec, instance->observed, controller->options->check_enabled, record->tcp_instead, plan);
    static const char *const codes[] = {"unreachable-network", "missing-port", "no-healthcheck",
                                        "outside-external-networks", "unresolved-host"};
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        judge_finding(controller, record, codes[i],
                      plan->finding && strcmp(plan->finding, codes[i]) == 0 &&
                          !instance->observed->network_owner_gone, /* which says it better */
                      plan->reason);
    if (plan->probe == CHECK_NONE || controller->task == TASK_LINT) {
        prober_remove(controller->prober, record->ref);
        return;
    }
    struct probe_spec probe = {
        .kind = plan->probe,
        .url = check_over_network(plan->probe) ? plan->target : NULL,
        .container = check_over_network(plan->probe) ? NULL : instance->observed->id,
        .inside = plan->probe == CHECK_COMMAND ? spec->health_command
                  : plan->probe == CHECK_FILE  ? spec->health_file
                                               : NULL,
        .method = spec->health_method,
        .expect = spec->health_status,
        .body = spec->health_body,
        .headers = spec->health_headers,
        .tls_verify = spec->tls_verify,
        .tls_name = spec->tls_name || !spec->tls_verify ? spec->tls_name : instance_service_name(instance),
        .ca_file = *controller->options->check_ca ? controller->options->check_ca : NULL,
        .unit = spec->health_unit,
        .grpc_service = spec->grpc_service,
        .implicit = plan->implicit,
        .timeout_ms = spec->timeout_ms,
        .degraded_after_ms = spec->degraded_after_ms,
    };
    prober_set(controller->prober, record->ref, &probe, spec->interval_ms);
}

void judge_ask_again(struct controller *controller, struct record *record, const struct instance *instance)
{
    judge_breaker(controller, record, instance, breaker_restart(record_breaker_own(record)));
    prober_delay(controller->prober, record->ref, 0);
}

/* ---- facts ---- */

const char *judge_out_of_scope(struct controller *controller, const struct instance *instance)
{
    const struct spec *spec = instance->spec;
    if (controller->self_id[0] && strcmp(controller->self_id, instance->observed->id) == 0)
        return "it is quaywatch itself";
    if (controller->options->scope == SCOPE_ALL)
        return NULL;
    const char *project = controller->options->scope_project[0] ? controller->options->scope_project
                                                                : controller->self_project;
    if (!project[0])
        return "SCOPE=project, but quaywatch's own compose project is not known";
    if (spec->compose_project && strcmp(spec->compose_project, project) == 0)
        return NULL;
    return "SCOPE=project and it belongs to another project";
}

static const struct instance *sibling_restarting(struct controller *controller,
                                                 const struct instance *instance)
{
    for (const struct instance *at = instance->service->first; at; at = at->next) {
        const struct record *record = at == instance ? NULL : record_find(controller, at->observed->id);
        if (record && record->restarting)
            return at;
    }
    return NULL;
}

void judge_facts(struct controller *controller, const struct record *record, const struct instance *instance,
                 struct facts *ret)
{
    char name[96];
    int64_t recent_ends_mono = 0;
    check_plan_name(&record->plan, instance->spec, name);
    enum status checked = instance->health.status == STATUS_FAILED ? STATUS_UNHEALTHY
                                                                   : instance->health.status;
    *ret = (struct facts){
        .instance = instance,
        .healing = record->healing,
        .checked = checked,
        .now = controller->now,
        .engine_connected = controller->engine.connected,
        .dry_run = controller->options->dry_run,
        .observe_only = controller->second[0]         ? controller->second
                        : controller->observe_only[0] ? controller->observe_only
                                                      : NULL,
        .observe_ends_wall_ms = controller->second[0]
                                    ? 0
                                    : controller->now.wall_ms + controller->observe_ends_mono_ms -
                                          controller->now.mono_ms,
        .out_of_scope = judge_out_of_scope(controller, instance),
        .settle_ends_mono = controller->settle_ends_mono_ms,
        .check_passed = strcmp(record->healing->passed_check, name) == 0,
        .doubted = record->doubted,
        .unreachable_many = controller->unreachable_many,
        .excused = checked == STATUS_DEGRADED && record->network_fault &&
                   check_over_network(record->plan.probe) &&
                   (controller->unreachable_many || record->doubted),
        .in_flight = heal_in_flight(controller) - record->restarting,
        .sibling_restarting = sibling_restarting(controller, instance),
        .stop_asked = record->stop_asked,
        .restarting = record->restarting,
        .recent_restarts = heal_recent_services(controller, &recent_ends_mono),
        .restart_trouble = record->restart_trouble,
        .services = registry_count(controller->registry),
        .maintenance_until_wall_ms = memory_maintenance(controller->memory, instance->service->key),
    };
    ret->recent_ends_wall_ms = controller->now.wall_ms + recent_ends_mono - controller->now.mono_ms;
    deploying_told(controller, instance, &ret->deploying);
    judge_dependency(controller, record, instance, ret);
}

/* ---- one look ---- */

/* Between `create` and `start` of a new container there is nothing to tell yet. */
static bool is_coming(const struct record *record, const struct instance *instance)
{
    return record->logged_status == STATUS_COUNT && instance->observed->state == CONTAINER_CREATED &&
           !instance->observed->engine_error;
}

static void log_status(struct controller *controller, struct record *record, const struct instance *instance)
{
    enum status status = instance->health.status;
    if (record->logged_status == status || is_coming(record, instance))
        return;
    enum severity severity = status == STATUS_FAILED || status == STATUS_UNHEALTHY ? SEVERITY_CRITICAL
                             : status == STATUS_DEGRADED                           ? SEVERITY_WARNING
                                                                                   : SEVERITY_INFO;
    tell(controller, severity, "status", instance, "%s%s%s: %s",
         record->logged_status == STATUS_COUNT ? "" : status_name[record->logged_status],
         record->logged_status == STATUS_COUNT ? "" : " -> ", status_name[status], instance->health.message);
    chronicle_status(controller, instance, record->logged_status);
    record->logged_status = status;
}

static void log_decision(struct controller *controller, struct record *record,
                         const struct instance *instance)
{
    const struct decision_shown *decision = &instance->decision;
    if ((decision->action == record->logged_action && strcmp(decision->reason, record->logged_reason) == 0) ||
        is_coming(record, instance))
        return;
    record->logged_action = decision->action;
    record->logged_reason = decision->reason;
    judge_dependents(controller, instance->service); /* whether it will be healed, others wait for */
    if (decision->action == ACTION_HOLD) {
        stats_count(&controller->stats.holds, decision->reason, NULL, NULL);
        tell(controller, SEVERITY_INFO, "hold", instance, "hold (%s): %s", decision->reason,
             decision->sentence);
    }
}

void judge_remember(struct controller *controller, const struct record *record,
                    const struct instance *instance)
{
    if (is_coming(record, instance) || !history_note(&record->healing->history, &instance->decision,
                                                     instance->observed->container, controller->now.wall_ms))
        return;
    controller->state_dirty = true;
    chronicle_decision(controller, instance);
}

/* How it is moves the memory: backoff, budget and failure end with health. */
static void observe_health(struct controller *controller, struct record *record,
                           const struct instance *instance, const struct health_view *view)
{
    struct healing *healing = record->healing;
    bool failed_before = healing->failed_since != 0;
    unsigned counted = healing->counted;
    bool healthy = view->status == STATUS_HEALTHY || view->status == STATUS_DEGRADED;
    bool unchecked = view->status == STATUS_UNKNOWN && view->check == CHECK_NONE &&
                     instance->observed->state == CONTAINER_RUNNING;
    int64_t now = controller->now.wall_ms;
    record_look_at(controller, record,
                   unchecked ? healing_observe_unchecked(healing, instance->spec, now)
                             : healing_observe(healing, instance->spec, healthy, now));
    if (failed_before && !healing->failed_since)
        failure_over(controller, instance, healthy ? "it is healthy" : "it ran for a whole window");
    if (counted != healing->counted)
        restarts_show(controller, record, instance->spec);
}

static void look_health(struct controller *controller, struct record *record, const struct instance *instance)
{
    struct outcome latest;
    record_outcome(record, &latest);
    struct assessment input = {.spec = instance->spec,
                               .observed = instance->observed,
                               .plan = &record->plan,
                               .verdict = &record->verdict,
                               .outcome = record->has_outcome ? &latest : NULL,
                               .healing = record->healing,
                               .service = instance->service};
    struct health_view view;
    assess(&input, &view);
    if (record->external)
        external_assess(record->external, &view);
    if (failure_superseded(record, instance)) {
        view.status = STATUS_STOPPED;
        snprintf(view.message, sizeof view.message, "Its orchestrator has replaced it");
    } else {
        observe_health(controller, record, instance, &view);
    }
    if (failure_shows(record, instance, view.status))
        view.status = STATUS_FAILED;
    if (record->external)
        external_judged(record->external, view.status);
    registry_apply(controller->registry,
                   &(struct change){.kind = CHANGE_HEALTH, .ref = record->ref, .health = &view},
                   controller->now);
}

/* What is to be done about an instance now; failure is found here, since only the ladder knows that nothing
 * but the budget holds. */
static void judge_decision(struct controller *controller, struct record *record,
                           const struct instance *instance, struct facts *facts, struct decision *decision)
{
    judge_facts(controller, record, instance, facts);
    decide(facts, decision);
    bool used_up = (decision->action == ACTION_HOLD &&
                    strcmp(decision->reason, hold_name[HOLD_BUDGET]) == 0) ||
                   failure_of_task(facts);
    if (!used_up || !failure_begin(controller, record, instance))
        return;
    look_health(controller, record, instance);
    judge_facts(controller, record, instance, facts);
    decide(facts, decision);
}

static void show_decision(struct controller *controller, struct record *record,
                          const struct instance *instance, const struct decision *decision)
{
    registry_apply(controller->registry,
                   &(struct change){.kind = CHANGE_DECISION, .ref = record->ref, .decision = decision},
                   controller->now);
    judge_remember(controller, record, instance);
    record_look_at(controller, record, decision->next_at_wall_ms);
    log_status(controller, record, instance);
    log_decision(controller, record, instance);
}

static void look_decision(struct controller *controller, struct record *record,
                          const struct instance *instance)
{
    /* The decision to act stands until the engine has answered and the container has been looked at again. */
    if (record->restarting || record->stale_until_mono_ms > controller->now.mono_ms) {
        log_status(controller, record, instance);
        return;
    }
    struct facts facts;
    struct decision decision;
    judge_decision(controller, record, instance, &facts, &decision);
    if (decision.action != ACTION_ACT)
        show_decision(controller, record, instance, &decision);
    else if (watch_synced(controller->watch)) /* else the picture is not whole yet */
        candidate_add(controller, instance);
    judge_recreate(controller, record, instance, facts.deploying.holds);
    failure_look(controller, record, instance);
}

void judge_act(struct controller *controller, struct record *record)
{
    const struct instance *instance = registry_instance(controller->registry, record->ref);
    struct facts facts;
    struct decision decision;
    if (!instance || record->restarting)
        return;
    judge_decision(controller, record, instance, &facts, &decision);
    if (decision.action == ACTION_ACT && facts.dependency.sentence[0])
        tell(controller, SEVERITY_WARNING, "dependency-timeout", instance, "%s", facts.dependency.sentence);
    show_decision(controller, record, instance, &decision);
    if (decision.action == ACTION_ACT && controller->task == TASK_RUN && !controller->stopping)
        heal_start(controller, record, &decision, &facts);
}

static void look(struct controller *controller, struct record *record)
{
    const struct instance *instance = registry_instance(controller->registry, record->ref);
    if (!instance)
        return;
    breaker_look(controller, record, instance);
    maintenance_look(controller, record, instance);
    leaving_look(controller, record, instance);
    if (record->stop_uncounted && record->stop_certain_at_wall_ms <= controller->now.wall_ms)
        intake_count_stop(controller, record);
    else if (record->stop_uncounted)
        record_look_at(controller, record, record->stop_certain_at_wall_ms);
    look_health(controller, record, instance);
    address6_look(controller, record, instance);
    deploying_look(controller, record, instance);
    look_decision(controller, record, instance);
    if (record->verdict.status == STATUS_STARTING && !record->verdict.judged) /* the period ends by itself */
        record_look_at(controller, record,
                       instance->observed->started_at_wall_ms + instance->spec->start_period_ms >
                               controller->now.wall_ms
                           ? instance->observed->started_at_wall_ms + instance->spec->start_period_ms
                           : 0);
}

/* ---- the fleet ---- */

/* What a service's change means for those that depend on it, and the names the registry gave. */
static void follow_moves(struct controller *controller)
{
    size_t count;
    const struct service *const *moved = registry_moved(controller->registry, &count);
    for (size_t i = 0; i < count; i++) {
        const struct service *service = moved[i];
        memory_set_name(controller->memory, service->key, service->name);
        chronicle_service(controller, service);
        deploying_moved(controller, service);
        judge_dependents(controller, service);
        for (const struct instance *at = service->first; at; at = at->next) {
            bool other = strcmp(at->spec->name, service->name) != 0;
            struct record *record = record_find(controller, at->observed->id);
            if (record)
                judge_finding(controller, record, "duplicate-name", other,
                              "Another service has this name already, so the project was added to it");
        }
    }
}

void judge_settle(struct controller *controller)
{
    registry_link(controller->registry);
    judge_network(controller);
    observe_look(controller);
    second_settle(controller);
    if (controller->all_dirty)
        records_mark_all(controller);
    controller->dirty = controller->all_dirty = false;
    survey_settle(controller);
    for (struct record *record; (record = record_next(controller));) {
        look(controller, record);
        record->dirty = false;
    }
    candidates_settle(controller);
    if (registry_settle(controller->registry, controller->now)) {
        if (controller->status_file)
            status_file_touch(controller->status_file);
        follow_moves(controller);
    }
    chronicle_settle(controller);
}
