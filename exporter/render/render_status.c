/* SPDX-License-Identifier: MIT */
/* render_status.c: the status document: a small head, then the fragments that the registry holds already. */
#include "exporter/render/render.h"

#include "controller/core/buf.h"
#include "controller/core/json_writer.h"

static void put_controller(struct json_writer *w, const struct controller_view *controller,
                           const char *version)
{
    json_key(w, "controller");
    json_begin_object(w);
    json_put_string(w, "name", "quaywatch");
    json_put_string(w, "version", version);
    json_put_string(w, "host", controller->host);
    json_put_string(w, "mode", controller->mode);
    json_put_time(w, "started_at", controller->started_at_wall_ms);
    json_end_object(w);
}

static void put_engine(struct json_writer *w, const struct engine_view *engine)
{
    json_key(w, "engine");
    json_begin_object(w);
    json_put_bool(w, "connected", engine->connected);
    json_put_string(w, "version", engine->version[0] ? engine->version : NULL);
    json_put_string(w, "api_version", engine->api_version[0] ? engine->api_version : NULL);
    json_put_string(w, "error", engine->error[0] ? engine->error : NULL);
    json_end_object(w);
}

void render_summary(struct json_writer *w, const struct summary *summary)
{
    static const enum status order[] = {STATUS_HEALTHY,  STATUS_DEGRADED, STATUS_UNHEALTHY, STATUS_FAILED,
                                        STATUS_STARTING, STATUS_UNKNOWN,  STATUS_STOPPED};
    json_begin_object(w);
    json_put_string(w, "status", status_name[summary->status]);
    json_put_number(w, "services", (int64_t)summary->services);
    json_put_number(w, "instances", (int64_t)summary->instances);
    for (size_t i = 0; i < sizeof order / sizeof *order; i++)
        json_put_number(w, status_name[order[i]], (int64_t)summary->by_status[order[i]]);
    json_end_object(w);
}

void render_fragment(const struct service *service, struct buf *out)
{
    if (service->json)
        buf_add(out, service->json, service->json_len);
    else
        render_service(service, out);
}

void render_fragments(const struct registry *registry, render_filter *wanted, const void *user,
                      struct buf *out)
{
    bool comma = false;
    registry_fragments_read(registry);
    buf_add(out, "[", 1);
    for (size_t i = 0; i < registry_count(registry); i++) {
        const struct service *service = registry_at(registry, i);
        if (wanted && !wanted(service, user))
            continue;
        if (comma)
            buf_add(out, ",", 1);
        buf_add(out, service->json, service->json_len);
        comma = true;
    }
    buf_add(out, "]", 1);
}

void render_status_head(struct json_writer *w, const struct registry *registry, const char *version)
{
    json_put_number(w, "revision", (int64_t)registry_revision(registry));
    json_put_time(w, "changed_at", registry_changed_at(registry));
    put_controller(w, registry_controller(registry), version);
    put_engine(w, registry_engine(registry));
    json_key(w, "summary");
    render_summary(w, registry_summary(registry));
}

void render_status(const struct registry *registry, const char *version, struct buf *out)
{
    struct json_writer writer, *w = &writer;
    json_start(w, out);
    json_begin_object(w);
    json_put_number(w, "schema", 1);
    render_status_head(w, registry, version);
    json_key(w, "services");
    render_fragments(registry, NULL, NULL, out);
    json_end_object(w);
    buf_add(out, "\n", 1);
}
