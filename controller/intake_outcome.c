/* SPDX-License-Identifier: MIT */
/* intake_outcome.c: what a check found → verdict, breaker, memory. Records only; nothing starts here. */
#include "controller/controller_internal.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "controller/chronicle.h"

static bool blames_network(enum outcome_kind kind)
{
    return kind == OUTCOME_CONNECT_TIMEOUT || kind == OUTCOME_NO_ROUTE || kind == OUTCOME_LOCAL;
}

/* Whether a failure says nothing of the instance, since the fault is likely ours: it becomes degraded at
 * most and its breaker is left alone. Else all that serves would be taken out of every list and proxy at
 * once, though only we are cut off. Who did not serve is judged as ever: it must not look as if it did. */
static bool is_likely_ours(const struct controller *controller, const struct record *record,
                           const struct instance *instance, const struct outcome *outcome)
{
    return controller->unreachable_many && instance->serving && !record->external &&
           check_over_network(record->plan.probe) && blames_network(outcome->kind);
}

/* Bytes that are not HTTP turn an implicit check to tcp for as long as the container lives. */
static bool turn_to_tcp(struct controller *controller, struct record *record, const struct instance *instance,
                        const struct outcome *outcome)
{
    if (!record->plan.implicit || record->plan.probe != CHECK_HTTP || outcome->kind != OUTCOME_PROTOCOL)
        return false;
    record->tcp_instead = true;
    registry_apply(
        controller->registry,
        &(struct change){.kind = CHANGE_FINDING,
                         .ref = record->ref,
                         .code = "not-http",
                         .text = "The port does not speak HTTP, so only its TCP connection is checked; "
                                 "say service.protocol=tcp"},
        controller->now);
    judge_plan(controller, record, instance);
    return true;
}

static void note_endpoint(struct controller *controller, const struct record *record,
                          const struct outcome *outcome)
{
    bool missing = record->plan.implicit && outcome->http_status &&
                   (outcome->http_status < 200 || outcome->http_status > 299) && outcome->http_status < 500;
    registry_apply(
        controller->registry,
        &(struct change){.kind = CHANGE_FINDING,
                         .ref = record->ref,
                         .code = "no-health-endpoint",
                         .text = missing ? "It answers, but has no health endpoint; add one or say where it "
                                           "is with service.health.path"
                                         : NULL},
        controller->now);
}

/* A check that cannot be made is for a person to mend. */
static void note_means(struct controller *controller, const struct record *record,
                       const struct outcome *outcome)
{
    static const struct {
        enum outcome_kind kind;
        const char *code;
    } rows[] = {{OUTCOME_NOT_MADE, "check-not-made"}, {OUTCOME_FORBIDDEN, "check-refused"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bool lacking = outcome->kind == rows[i].kind;
        if (lacking || record->outcome.kind == rows[i].kind)
            registry_apply(controller->registry,
                           &(struct change){.kind = CHANGE_FINDING,
                                            .ref = record->ref,
                                            .code = rows[i].code,
                                            .text = lacking ? outcome->message : NULL},
                           controller->now);
    }
}

static void remember_pass(struct controller *controller, struct record *record,
                          const struct instance *instance)
{
    record->passed_at_wall_ms = controller->now.wall_ms;
    char name[96];
    check_plan_name(&record->plan, instance->spec, name);
    if (strcmp(record->healing->passed_check, name) == 0)
        return;
    memcpy(record->healing->passed_check, name, sizeof name);
    controller->state_dirty = true;
}

/* Whether this is one of a few checks that could not be made: then what is known stays, until that has
 * happened so often that nothing is known any more. */
static bool is_passing_trouble(struct record *record, const struct spec *spec, const struct outcome *outcome)
{
    if (outcome->kind != OUTCOME_NOT_MADE) {
        record->unmade = 0;
        return false;
    }
    if (record->unmade < spec->retries)
        record->unmade++;
    return record->has_outcome && record->unmade < spec->retries;
}

static enum breaker_event breaker_check(struct record *record, const struct breaker_policy *policy,
                                        bool passed, int64_t now_mono_ms)
{
    /* A pass tells a breaker nothing that remembers nothing. */
    if (passed && !record->breaker)
        return BREAKER_SAME;
    return breaker_step(record_breaker_own(record), policy, passed, now_mono_ms);
}

void intake_outcome(void *user, struct ref ref, struct outcome *outcome)
{
    struct controller *controller = user;
    controller->now = clock_now();
    const struct instance *instance = registry_instance(controller->registry, ref);
    struct record *record = instance ? record_find(controller, instance->observed->id) : NULL;
    if (!record || turn_to_tcp(controller, record, instance, outcome)) {
        free(outcome->check);
        return;
    }
    const struct spec *spec = instance->spec;
    const char *service = instance->service->name ? instance->service->name : spec->name;
    const char *class = error_class_name[outcome_error_class(outcome->kind, outcome->http_status)];
    stats_count(&controller->stats.probes, service, outcome_name[outcome->kind], class ? class : "");
    if (is_passing_trouble(record, spec, outcome)) {
        free(outcome->check);
        return;
    }
    stats_observe(&controller->stats.probe_seconds, outcome->response_ms / 1000.0);
    controller->stats.checks_total++;
    registry_apply(controller->registry,
                   &(struct change){.kind = CHANGE_SAMPLE, .ref = ref, .outcome = outcome}, controller->now);

    bool ours = is_likely_ours(controller, record, instance, outcome);
    struct verdict_policy policy = {.retries = ours ? UINT_MAX : spec->retries,
                                    .successes = spec->successes,
                                    .start_period_ms = spec->start_period_ms};
    if (!ours || record->verdict.status == STATUS_HEALTHY) /* then degraded, and no more */
        verdict_step(&record->verdict, &policy, outcome, controller->now.mono_ms);
    bool passed = outcome->kind == OUTCOME_PASS || outcome->kind == OUTCOME_DEGRADED;
    if (passed)
        remember_pass(controller, record, instance);
    if (outcome_is_answer(outcome->kind) && (passed || record->verdict.judged))
        chronicle_check(controller, instance, passed, outcome->response_ms);
    note_means(controller, record, outcome);
    if (record->plan.probe == CHECK_HTTP)
        note_endpoint(controller, record, outcome);
    record_answered(controller, record, true, blames_network(outcome->kind));
    record_outcome_keep(record, outcome);
    /* Beside a HEALTHCHECK an unasked-for check makes degraded at most: it takes nothing out of the lists. */
    bool beside_docker = record->plan.implicit && record->plan.docker;
    if (!ours && !beside_docker && outcome_is_answer(outcome->kind) && (passed || record->verdict.judged)) {
        struct breaker_policy breaker = breaker_policy_of(spec);
        judge_breaker(controller, record, instance,
                      breaker_check(record, &breaker, passed, controller->now.mono_ms));
    }
    /* Asked before the network was well again, it proves as little as what was answered before. */
    int64_t asked_mono_ms = controller->now.mono_ms - (int64_t)outcome->response_ms;
    if (record->network_fault && asked_mono_ms < controller->reachable_since_mono_ms) {
        record->doubted = true;
        judge_ask_again(controller, record, instance);
    }
    record_mark(controller, record);
}
