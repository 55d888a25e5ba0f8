/* SPDX-License-Identifier: MIT */
/* answers_explain.c: why a service is treated as it is: sources, check, ladder, budget, decision. */
#include "exporter/answers.h"

#include "controller/core/buf.h"
#include "controller/core/error.h"
#include "controller/core/json_writer.h"
#include "controller/core/limits.h"
#include "exporter/view.h"

static void put_sources(struct json_writer *w, const struct spec *spec)
{
    json_key(w, "sources");
    json_begin_object(w);
    for (size_t i = 0; i < spec->sources.count; i++)
        json_put_string(w, spec->sources.item[i].key, spec->sources.item[i].value);
    json_end_object(w);
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
        json_put_string(w, "state", row[i].holds ? "holds" : "clear");
        json_key(w, "sentence");
        view_put_clean(w, row[i].sentence);
        json_end_object(w);
    }
    json_end_array(w);
}

static void put_budget(struct json_writer *w, const struct instance *instance)
{
    const struct spec *spec = instance->spec;
    json_key(w, "budget");
    json_begin_object(w);
    json_put_string(w, "policy", restart_policy_name[spec->restart]);
    json_put_number(w, "max", instance->restarts.max);
    json_put_number(w, "in_window", instance->restarts.in_window);
    json_put_number(w, "window_ms", spec->restart_window_ms);
    json_put_number(w, "count", instance->restarts.count);
    json_put_number(w, "backoff_ms", spec->backoff_ms);
    json_put_number(w, "backoff_max_ms", spec->backoff_max_ms);
    json_put_time(w, "last_at", instance->restarts.last_at_wall_ms);
    json_put_string(w, "last_reason",
                    instance->restarts.last_reason[0] ? instance->restarts.last_reason : NULL);
    json_end_object(w);
}

static void put_instance(struct json_writer *w, const struct exporter_context *context,
                         const struct instance *instance)
{
    char id[VIEW_SHORT_ID];
    view_short_id(instance->observed->id, id);
    json_begin_object(w);
    json_put_string(w, "id", id);
    json_put_string(w, "container", instance->observed->container);
    json_put_string(w, "container_state", container_state_name[instance->observed->state]);
    json_put_string(w, "status", status_name[instance->health.status]);
    json_put_time(w, "since", instance->since_wall_ms);
    json_put_bool(w, "serving", instance->serving);
    json_put_string(w, "never_heal", instance->spec->never_heal);
    put_sources(w, instance->spec);
    put_check(w, instance);
    view_put_decision(w, &instance->decision);
    put_ladder(w, context, instance);
    put_budget(w, instance);
    json_key(w, "findings");
    view_put_findings(w, instance);
    json_end_object(w);
}

void answer_explain(const struct request *request, struct answer *answer)
{
    const struct exporter_context *context = request->context;
    const struct service *service = registry_service(context->registry, request->name);
    const struct instance *only = NULL;
    if (!service) {
        only = registry_container(context->registry, request->name);
        service = only ? only->service : NULL;
    }
    if (!service) {
        answer_problem(answer, 404, "There is no service or container named \"%s\".", request->name);
        return;
    }
    struct json_writer writer, *w = &writer;
    struct buf out;
    buf_init(&out, LIMIT_DOCUMENT);
    json_start(w, &out);
    json_begin_object(w);
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
    json_end_object(w);
    buf_add(&out, "\n", 1);
    answer_text(answer, 200, type_json, &out);
}
