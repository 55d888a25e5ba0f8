/* SPDX-License-Identifier: MIT */
/* render_views.c: the registry as lists: services, health, breakers, findings. */
#include "exporter/render/render_views.h"

#include "controller/core/buf.h"
#include "controller/core/json_writer.h"
#include "exporter/render/view.h"

void render_services(const struct registry *registry, render_filter *wanted, const void *user,
                     struct buf *out)
{
    struct json_writer writer, *w = &writer;
    size_t count = 0;
    for (size_t i = 0; i < registry_count(registry); i++)
        count += !wanted || wanted(registry_at(registry, i), user);
    json_start(w, out);
    json_begin_object(w);
    json_key(w, "services");
    render_fragments(registry, wanted, user, out);
    w->need_comma = true;
    json_put_number(w, "count", (int64_t)count);
    json_end_object(w);
    buf_add(out, "\n", 1);
}

void render_services_health(const struct registry *registry, struct buf *out)
{
    struct json_writer writer, *w = &writer;
    json_start(w, out);
    json_begin_object(w);
    json_put_string(w, "status", status_name[registry_summary(registry)->status]);
    json_key(w, "summary");
    render_summary(w, registry_summary(registry));
    json_key(w, "services");
    json_begin_object(w);
    for (size_t i = 0; i < registry_count(registry); i++) {
        const struct service *service = registry_at(registry, i);
        int64_t healthy = 0;
        for (const struct instance *at = service->first; at; at = at->next)
            healthy += at->health.status == STATUS_HEALTHY;
        json_key(w, service->name);
        json_begin_object(w);
        json_put_string(w, "status", status_name[service->status]);
        json_put_bool(w, "serving", service->serving);
        json_put_number(w, "instances", (int64_t)service->instance_count);
        json_put_number(w, "healthy", healthy);
        json_end_object(w);
    }
    json_end_object(w);
    json_end_object(w);
    buf_add(out, "\n", 1);
}

void render_states(const struct registry *registry, struct buf *out)
{
    struct json_writer writer, *w = &writer;
    json_start(w, out);
    json_begin_object(w);
    json_key(w, "services");
    json_begin_object(w);
    for (size_t i = 0; i < registry_count(registry); i++) {
        const struct service *service = registry_at(registry, i);
        const struct breaker_view breaker = view_breaker(service);
        json_key(w, service->name);
        json_begin_object(w);
        json_put_string(w, "service", service->name);
        json_put_string(w, "state", breaker_state_name[breaker.state]);
        json_put_number(w, "failure_count", breaker.failure_count);
        json_put_time(w, "last_failure", breaker.last_failure_wall_ms);
        json_put_time(w, "last_state_change", breaker.last_change_wall_ms);
        json_end_object(w);
    }
    json_end_object(w);
    json_put_time(w, "timestamp", registry_changed_at(registry));
    json_end_object(w);
    buf_add(out, "\n", 1);
}

static int64_t put_findings(struct json_writer *w, const struct instance *instance,
                            const struct findings *findings)
{
    for (size_t i = 0; i < findings->count; i++) {
        json_begin_object(w);
        json_put_string(w, "service", instance->service->name);
        json_put_string(w, "container", instance->observed->container);
        json_put_string(w, "code", findings->item[i].code);
        json_key(w, "sentence");
        view_put_clean(w, findings->item[i].sentence);
        json_end_object(w);
    }
    return (int64_t)findings->count;
}

void render_lint(const struct registry *registry, struct buf *out)
{
    struct json_writer writer, *w = &writer;
    int64_t count = 0;
    json_start(w, out);
    json_begin_object(w);
    json_key(w, "findings");
    json_begin_array(w);
    for (size_t i = 0; i < registry_count(registry); i++) {
        for (const struct instance *at = registry_at(registry, i)->first; at; at = at->next) {
            count += put_findings(w, at, &at->spec->findings);
            count += put_findings(w, at, &at->findings);
        }
    }
    json_end_array(w);
    json_put_number(w, "count", count);
    json_end_object(w);
    buf_add(out, "\n", 1);
}

void render_one_service(const struct service *service, struct buf *out)
{
    struct json_writer writer, *w = &writer;
    /* The fragment is one object: its closing brace makes room for one more field. */
    struct buf fragment;
    buf_init(&fragment, out->max);
    render_fragment(service, &fragment);
    buf_add(out, fragment.data, fragment.len - 1);
    buf_free(&fragment);
    json_start(w, out);
    w->need_comma = true;
    json_key(w, "samples");
    json_begin_array(w);
    for (const struct instance *at = service->first; at; at = at->next)
        render_instance_samples(w, at);
    json_end_array(w);
    buf_add(out, "}\n", 2);
}
