/* SPDX-License-Identifier: MIT */
/* render_samples.c: what moves with every check, apart from the status document so that the latter stays
 * calm. */
#include "exporter/render/render.h"

#include <math.h>

#include "controller/core/buf.h"
#include "controller/core/json_writer.h"
#include "exporter/render/view.h"

static void put_or_null(struct json_writer *w, const char *key, bool known, double number)
{
    json_key(w, key);
    if (known)
        json_decimal(w, number);
    else
        json_null(w);
}

static void put_bytes(struct json_writer *w, const char *key, bool known, uint64_t bytes)
{
    json_key(w, key);
    if (known)
        json_number(w, (int64_t)bytes);
    else
        json_null(w);
}

static void put_usage(struct json_writer *w, const struct instance *instance)
{
    static const struct usage none = {0};
    const struct usage *usage = view_usage(instance);
    bool known = usage != NULL;
    if (!known)
        usage = &none;
    uint64_t wanted = instance->spec->resource_memory_bytes;
    json_put_time(w, "usage_at", usage->at_wall_ms);
    put_or_null(w, "cpu_ratio", known && usage->cpu_ratio >= 0, round(usage->cpu_ratio * 1e4) / 1e4);
    put_bytes(w, "memory_bytes", known, usage->memory_bytes);
    put_bytes(w, "memory_limit_bytes", usage->memory_limit_bytes > 0, usage->memory_limit_bytes);
    put_bytes(w, "resource_memory_bytes", wanted > 0, wanted);
}

void render_instance_samples(struct json_writer *w, const struct instance *instance)
{
    const struct samples *samples = &instance->samples;
    const struct percentiles times = view_percentiles(samples);
    char id[VIEW_SHORT_ID];
    view_short_id(instance->observed->id, id);
    json_begin_object(w);
    json_put_string(w, "id", id);
    json_put_time(w, "last_check_at", samples->last_check_wall_ms);
    put_or_null(w, "response_time_ms", times.count > 0, samples->response_ms);
    put_or_null(w, "response_time_p50_ms", times.count > 0, times.p50);
    put_or_null(w, "response_time_p95_ms", times.count > 0, times.p95);
    put_or_null(w, "response_time_p99_ms", times.count > 0, times.p99);
    json_put_number(w, "checks_passed", (int64_t)samples->passed);
    json_put_number(w, "checks_failed", (int64_t)samples->failed);
    put_usage(w, instance);
    json_end_object(w);
}

void render_samples(const struct registry *registry, struct buf *out)
{
    struct json_writer writer, *w = &writer;
    json_start(w, out);
    json_begin_object(w);
    json_put_number(w, "schema", 1);
    json_key(w, "services");
    json_begin_array(w);
    for (size_t i = 0; i < registry_count(registry); i++) {
        const struct service *service = registry_at(registry, i);
        json_begin_object(w);
        json_put_string(w, "name", service->name);
        json_key(w, "instances");
        json_begin_array(w);
        for (const struct instance *at = service->first; at; at = at->next)
            render_instance_samples(w, at);
        json_end_array(w);
        json_end_object(w);
    }
    json_end_array(w);
    json_end_object(w);
    buf_add(out, "\n", 1);
}
