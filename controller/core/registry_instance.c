/* SPDX-License-Identifier: MIT */
/* registry_instance.c: changes of one existing instance that leave its place in the table as it is. */
#include "controller/core/registry_internal.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static void mark(struct registry *registry, struct instance *instance)
{
    registry_mark(registry, (struct entry *)(void *)instance->service);
}

/* Texts that an instance keeps: "" is static, all others are its own. */
static void text_drop(const char *text)
{
    if (!text || !text[0])
        return;
    char *own;
    memcpy(&own, &text, sizeof own);
    free(own);
}

static void text_keep(const char **place, const char *text)
{
    if (strcmp(*place, text) == 0)
        return;
    text_drop(*place);
    *place = text[0] ? mem_copy(text) : "";
}

void registry_texts_free(struct instance *instance)
{
    free(instance->health.check_items);
    text_drop(instance->health.target);
    text_drop(instance->health.message);
    text_drop(instance->decision.sentence);
}

static bool health_same(const struct health_shown *a, const struct health_view *b)
{
    if (a->status != b->status || a->check != b->check || a->implicit != b->implicit ||
        a->consecutive_failures != b->consecutive_failures || a->http_status != b->http_status ||
        a->error_class != b->error_class || a->latest_passed != b->latest_passed ||
        a->check_count != b->check_count || a->status_reason != b->status_reason)
        return false;
    if (strcmp(a->message, b->message) != 0 || strcmp(a->target, b->target) != 0 ||
        memcmp(a->has_layer, b->has_layer, sizeof a->has_layer) != 0 ||
        memcmp(a->layer, b->layer, sizeof a->layer) != 0)
        return false;
    for (size_t i = 0; i < a->check_count; i++)
        if (strcmp(a->check_items[i].name, b->check_items[i].name) != 0 ||
            strcmp(a->check_items[i].word, b->check_items[i].word) != 0)
            return false;
    return true;
}

static void health_keep(struct health_shown *shown, const struct health_view *health)
{
    const char *target = shown->target, *message = shown->message;
    if (health->check_items != shown->check_items)
        free(shown->check_items);
    text_keep(&target, health->target);
    text_keep(&message, health->message);
    *shown = (struct health_shown){.status = health->status,
                                   .status_reason = health->status_reason,
                                   .check = health->check,
                                   .implicit = health->implicit,
                                   .latest_passed = health->latest_passed,
                                   .target = target,
                                   .message = message,
                                   .consecutive_failures = health->consecutive_failures,
                                   .http_status = health->http_status,
                                   .error_class = health->error_class,
                                   .check_count = health->check_count,
                                   .check_items = health->check_items};
    memcpy(shown->has_layer, health->has_layer, sizeof shown->has_layer);
    memcpy(shown->layer, health->layer, sizeof shown->layer);
}

static void apply_health(struct registry *registry, struct instance *instance,
                         const struct health_view *health, struct moment now)
{
    if (health_same(&instance->health, health)) {
        if (health->check_items != instance->health.check_items)
            free(health->check_items);
        return;
    }
    if (instance->health.status != health->status)
        instance->since_wall_ms = now.wall_ms;
    health_keep(&instance->health, health);
    mark(registry, instance);
}

static void apply_finding(struct registry *registry, struct instance *instance, const char *code,
                          const char *text)
{
    struct findings kept = {0};
    struct arena arena = {0};
    bool changed = text != NULL;
    for (size_t i = 0; i < instance->findings.count; i++) {
        const struct finding *old = &instance->findings.item[i];
        if (strcmp(old->code, code) != 0) {
            findings_add(&arena, &kept, old->code, "%s", old->sentence);
            continue;
        }
        changed = !text || strcmp(old->sentence, text) != 0;
    }
    if (!changed) {
        arena_free(&arena);
        return;
    }
    if (text)
        findings_add(&arena, &kept, code, "%s", text);
    arena_free(&instance->findings_arena);
    instance->findings_arena = arena;
    instance->findings = kept;
    mark(registry, instance);
}

static void apply_sample(struct instance *instance, const struct outcome *outcome, struct moment now)
{
    struct samples *samples = &instance->samples;
    samples->last_check_wall_ms = now.wall_ms;
    samples->response_ms = outcome->response_ms;
    if (outcome->kind == OUTCOME_PASS || outcome->kind == OUTCOME_DEGRADED)
        samples->passed++;
    else
        samples->failed++;
    samples->result[samples->result_next] = (struct check_result){
        .at_wall_ms = now.wall_ms,
        .response_ms = (float)outcome->response_ms,
        .http_status = (uint16_t)outcome->http_status,
        .kind = (uint8_t)outcome->kind};
    samples->result_next = (samples->result_next + 1) % RESULT_RING;
    samples->ring[samples->ring_next] = (float)outcome->response_ms;
    samples->ring_next = (samples->ring_next + 1) % SAMPLE_RING;
    if (samples->ring_count < SAMPLE_RING)
        samples->ring_count++;
}

static void apply_state(struct registry *registry, struct instance *instance, const struct change *change)
{
    struct observed *observed = instance->observed;
    if (observed->state == change->state && observed->exit_code == change->exit_code &&
        observed->docker_health == change->docker_health)
        return;
    observed->state = change->state;
    observed->exit_code = change->exit_code;
    observed->docker_health = change->docker_health;
    mark(registry, instance);
}

static void apply_decision(struct registry *registry, struct instance *instance,
                           const struct decision *decision)
{
    struct decision_shown *shown = &instance->decision;
    if (shown->action == decision->action && shown->next_at_wall_ms == decision->next_at_wall_ms &&
        strcmp(shown->reason, decision->reason) == 0 && strcmp(shown->sentence, decision->sentence) == 0)
        return;
    shown->action = decision->action;
    shown->reason = decision->reason;
    shown->next_at_wall_ms = decision->next_at_wall_ms;
    text_keep(&shown->sentence, decision->sentence);
    mark(registry, instance);
}

static void apply_stop(struct registry *registry, struct instance *instance, const struct stop_view *stop)
{
    struct stop_view *shown = &instance->last_stop;
    if (shown->intent == stop->intent && shown->exit_code == stop->exit_code &&
        shown->at_wall_ms == stop->at_wall_ms)
        return;
    *shown = *stop;
    mark(registry, instance);
}

static void apply_breaker(struct registry *registry, struct instance *instance,
                          const struct breaker_view *breaker)
{
    const struct breaker_view *shown = &instance->breaker;
    if (shown->state == breaker->state && shown->failure_count == breaker->failure_count &&
        shown->last_failure_wall_ms == breaker->last_failure_wall_ms &&
        shown->last_change_wall_ms == breaker->last_change_wall_ms && shown->tripped == breaker->tripped)
        return;
    instance->breaker = *breaker;
    mark(registry, instance);
}

void registry_change(struct registry *registry, struct instance *instance, const struct change *change,
                     struct moment now)
{
    switch (change->kind) {
    case CHANGE_STATE:
        apply_state(registry, instance, change);
        break;
    case CHANGE_HEALTH:
        apply_health(registry, instance, change->health, now);
        break;
    case CHANGE_BREAKER:
        apply_breaker(registry, instance, change->breaker);
        break;
    case CHANGE_LEAVING:
        if (instance->leaving != change->leaving) {
            instance->leaving = change->leaving;
            mark(registry, instance);
        }
        break;
    case CHANGE_ADDRESS6:
        if (instance->tells_address6 != change->told) {
            instance->tells_address6 = change->told;
            mark(registry, instance);
        }
        break;
    case CHANGE_RESTARTS:
        instance->restarts = *change->restarts;
        mark(registry, instance);
        break;
    case CHANGE_STOP:
        apply_stop(registry, instance, change->stop);
        break;
    case CHANGE_DECISION:
        apply_decision(registry, instance, change->decision);
        break;
    case CHANGE_FINDING:
        apply_finding(registry, instance, change->code, change->text);
        break;
    case CHANGE_MAINTENANCE:
        if (instance->service->maintenance_until_wall_ms != change->until_wall_ms) {
            instance->service->maintenance_until_wall_ms = change->until_wall_ms;
            mark(registry, instance);
        }
        break;
    case CHANGE_SAMPLE:
        apply_sample(instance, change->outcome, now);
        break;
    case CHANGE_USAGE:
        instance->samples.usage = *change->usage;
        break;
    case CHANGE_INSTANCE:
    case CHANGE_OBSERVED:
    case CHANGE_GONE:
    case CHANGE_ENGINE:
    case CHANGE_CONTROLLER:
        assert(false && "not a change of one instance");
    }
}
