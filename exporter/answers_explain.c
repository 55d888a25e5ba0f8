/* SPDX-License-Identifier: MIT */
/* answers_explain.c: why a service is treated as it is: fields and their sources, check, ladder, budget,
 * decisions; and why a container is not registered. */
#include "exporter/answers.h"

#include <string.h>

#include "controller/core/error.h"
#include "controller/core/limits.h"
#include "exporter/answer_object.h"
#include "exporter/render/explain_fields.h"
#include "exporter/render/view.h"

static void put_sources(struct json_writer *w, const struct spec *spec)
{
    json_key(w, "sources");
    json_begin_object(w);
    for (size_t i = 0; i < spec->sources.count; i++)
        json_put_string(w, spec->sources.item[i].key, spec->sources.item[i].value);
    json_end_object(w);
}

/* The latest checks, oldest first. */
static void put_results(struct json_writer *w, const struct samples *samples)
{
    json_key(w, "last_results");
    json_begin_array(w);
    for (unsigned i = 0; i < RESULT_RING; i++) {
        const struct check_result *result = &samples->result[(samples->result_next + i) % RESULT_RING];
        if (!result->at_wall_ms)
            continue;
        json_begin_object(w);
        json_put_time(w, "at", result->at_wall_ms);
        json_put_string(w, "outcome", outcome_name[result->kind]);
        json_put_bool(w, "passed", result->kind == OUTCOME_PASS || result->kind == OUTCOME_DEGRADED);
        json_key(w, "http_status");
        if (result->http_status)
            json_number(w, result->http_status);
        else
            json_null(w);
        json_put_decimal(w, "response_time_ms", (double)result->response_ms);
        json_end_object(w);
    }
    json_end_array(w);
}

static void put_check(struct json_writer *w, const struct instance *instance)
{
    const struct spec *spec = instance->spec;
    const struct health_shown *health = &instance->health;
    json_key(w, "check");
    json_begin_object(w);
    json_put_string(w, "check", check_name[health->check]);
    json_put_bool(w, "implicit", health->implicit);
    json_key(w, "target");
    view_put_clean(w, health->target[0] ? health->target : NULL);
    json_put_string(w, "status", status_name[health->status]);
    json_put_string(w, "status_reason", health->status_reason);
    json_put_string(w, "error_class", error_class_name[health->error_class]);
    json_put_string(w, "recovery", error_class_recovery[health->error_class]);
    json_key(w, "message");
    view_put_clean(w, health->message[0] ? health->message : NULL);
    json_put_number(w, "interval_ms", spec->interval_ms);
    json_put_number(w, "timeout_ms", spec->timeout_ms);
    json_put_number(w, "start_period_ms", spec->start_period_ms);
    json_put_number(w, "retries", spec->retries);
    json_put_number(w, "successes", spec->successes);
    json_put_number(w, "consecutive_failures", health->consecutive_failures);
    json_put_string(w, "unreachable", instance->observed->unreachable);
    put_results(w, &instance->samples);
    json_end_object(w);
}

static void put_ladder(struct json_writer *w, const struct exporter_context *context,
                       const struct instance *instance)
{
    struct ladder_row row[HOLD_COUNT] = {0};
    json_key(w, "ladder");
    json_begin_array(w);
    bool known = context->actions.ladder &&
                 context->actions.ladder(context->actions.user, instance, row) == 0;
    for (size_t i = 0; known && i < HOLD_COUNT; i++) {
        json_begin_object(w);
        json_put_string(w, "hold", hold_name[row[i].hold]);
        json_put_bool(w, "holds", row[i].holds);
        json_put_string(w, "state", row[i].holds ? "holds" : "clear");
        json_put_time(w, "ends_at", row[i].ends_wall_ms);
        json_key(w, "sentence");
        view_put_clean(w, row[i].sentence);
        json_end_object(w);
    }
    json_end_array(w);
}

static void put_budget(struct json_writer *w, const struct instance *instance,
                       const struct explained *explained)
{
    const struct spec *spec = instance->spec;
    json_key(w, "budget");
    json_begin_object(w);
    json_put_string(w, "policy", restart_policy_name[spec->restart]);
    json_put_number(w, "max", instance->restarts.max);
    json_put_number(w, "in_window", instance->restarts.in_window);
    json_put_number(w, "window_ms", spec->restart_window_ms);
    json_put_number(w, "restarts_left", explained->restarts_left);
    json_put_number(w, "count", instance->restarts.count);
    json_put_number(w, "backoff_ms", spec->backoff_ms);
    json_put_number(w, "backoff_max_ms", spec->backoff_max_ms);
    json_put_time(w, "last_at", instance->restarts.last_at_wall_ms);
    json_put_string(w, "last_reason",
                    instance->restarts.last_reason[0] ? instance->restarts.last_reason : NULL);
    json_put_time(w, "backoff_ends_at", explained->backoff_ends_wall_ms);
    json_put_time(w, "healthy_since", explained->healthy_since_wall_ms);
    json_put_time(w, "failed_since", explained->failed_since_wall_ms);
    json_put_time(w, "next_trial_at", explained->next_trial_at_wall_ms);
    json_end_object(w);
}

/* The latest decisions, newest first: that is what is asked for. */
static void put_decisions(struct json_writer *w, const struct explained *explained)
{
    json_key(w, "decisions");
    json_begin_array(w);
    for (size_t i = explained->count; i > 0; i--) {
        const struct past_decision *past = &explained->item[i - 1];
        json_begin_object(w);
        json_put_time(w, "at", past->at_wall_ms);
        json_put_string(w, "action", action_name[past->action]);
        json_put_string(w, "reason", past->reason);
        json_key(w, "sentence");
        view_put_clean(w, past->sentence);
        json_put_string(w, "container", past->container);
        json_end_object(w);
    }
    json_end_array(w);
}

static void put_instance(struct json_writer *w, const struct exporter_context *context,
                         const struct instance *instance)
{
    const struct actions *actions = &context->actions;
    struct explained explained = {.passed_check = ""};
    if (actions->explain)
        actions->explain(actions->user, instance, &explained);
    char id[VIEW_SHORT_ID];
    view_short_id(instance->observed->id, id);
    json_begin_object(w);
    json_put_string(w, "id", id);
    json_put_string(w, "container", instance->observed->container);
    json_put_string(w, "container_state",
                    instance->spec->external ? NULL : container_state_name[instance->observed->state]);
    json_put_bool(w, "external", instance->spec->external);
    json_put_string(w, "status", status_name[instance->health.status]);
    json_put_time(w, "since", instance->since_wall_ms);
    json_put_bool(w, "serving", instance->serving);
    json_put_string(w, "registered_by", instance->spec->registered_by);
    json_put_string(w, "never_heal", instance->spec->never_heal);
    explain_put_fields(w, instance->spec);
    put_sources(w, instance->spec);
    put_check(w, instance);
    json_put_string(w, "passed_check", explained.passed_check[0] ? explained.passed_check : NULL);
    view_put_decision(w, &instance->decision);
    put_ladder(w, context, instance);
    put_budget(w, instance, &explained);
    view_put_last_stop(w, &instance->last_stop);
    put_decisions(w, &explained);
    json_key(w, "findings");
    view_put_findings(w, instance);
    json_end_object(w);
}

/* A container that is not registered: that, and why. */
static void answer_stranger(const struct request *request, struct answer *answer)
{
    const struct actions *actions = &request->context->actions;
    struct stranger stranger;
    if (!actions->stranger || actions->stranger(actions->user, request->name, &stranger) != 0) {
        answer_problem(answer, 404, "There is no service or container named \"%s\".", request->name);
        return;
    }
    char id[VIEW_SHORT_ID];
    view_short_id(stranger.id, id);
    struct answer_object object;
    struct json_writer *w = answer_object_begin(&object, LIMIT_HTTP_BODY);
    json_put_bool(w, "registered", false);
    json_put_string(w, "id", id);
    json_put_string(w, "container", stranger.name);
    json_put_string(w, "container_state", container_state_name[stranger.state]);
    json_put_string(w, "sentence", stranger.sentence);
    answer_object_end(&object, answer, 200);
}

void answer_explain(const struct request *request, struct answer *answer)
{
    const struct exporter_context *context = request->context;
    const struct service *service = registry_service(context->registry, request->name);
    const struct instance *only = registry_container(context->registry, request->name);
    if (service && (strcmp(service->name, request->name) == 0 || strcmp(service->key, request->name) == 0))
        only = NULL; /* a container may have the name of its service: then all of them are meant */
    if (only)
        service = only->service;
    if (!service) {
        answer_stranger(request, answer);
        return;
    }
    struct answer_object object;
    struct json_writer *w = answer_object_begin(&object, LIMIT_DOCUMENT);
    json_put_bool(w, "registered", true);
    json_put_string(w, "service", service->name);
    json_put_string(w, "key", service->key);
    json_put_string(w, "status", status_name[service->status]);
    json_put_bool(w, "serving", service->serving);
    json_put_time(w, "maintenance_until", service->maintenance_until_wall_ms);
    json_key(w, "instances");
    json_begin_array(w);
    for (const struct instance *at = service->first; at; at = at->next)
        if (!only || at == only)
            put_instance(w, context, at);
    json_end_array(w);
    answer_object_end(&object, answer, 200);
}
