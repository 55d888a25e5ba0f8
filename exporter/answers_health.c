/* SPDX-License-Identifier: MIT */
/* answers_health.c: how the controller itself is, for orchestrators and for Prometheus. */
#include "exporter/answers.h"

#include <math.h>
#include <stdio.h>

#include "controller/core/buf.h"
#include "controller/core/json_writer.h"
#include "controller/core/limits.h"
#include "exporter/alerts/channels.h"
#include "exporter/render/process.h"
#include "exporter/render/render.h"

enum { ENGINE_LOST_MS = 30 * 1000, DISK_FREE_MIN = 10 /* percent */ };

static double mebibytes(uint64_t bytes)
{
    return round((double)bytes / (1024.0 * 1024.0) * 10) / 10;
}

static void put_memory(struct json_writer *w)
{
    const struct process_memory memory = process_memory_read();
    double share = memory.total ? 100.0 * (double)memory.used / (double)memory.total : 0;
    json_key(w, "memory");
    json_begin_object(w);
    json_put_decimal(w, "used", mebibytes(memory.used));
    json_put_decimal(w, "total", mebibytes(memory.total));
    json_put_decimal(w, "percentage", round(share * 100) / 100);
    json_end_object(w);
}

/* "healthy", or what is wrong; true when fine. */
static bool put_disk(struct json_writer *w, const char *state_dir)
{
    char text[64] = "healthy";
    double percent = process_disk_free(state_dir);
    bool fine = percent >= DISK_FREE_MIN;
    if (percent < 0)
        snprintf(text, sizeof text, "warning: the state folder cannot be read");
    else if (!fine)
        snprintf(text, sizeof text, "warning: %.1f%% free", percent);
    json_put_string(w, "disk", text);
    return fine;
}

static void put_check(struct json_writer *w, const char *key, const char *severity, const char *sentence)
{
    char text[512];
    snprintf(text, sizeof text, "%s: %s", severity, sentence);
    json_put_string(w, key, text);
}

/* The channels for alerts, where there are any; true when none of them fails. */
static bool put_channels(struct json_writer *w, const struct channels *channels)
{
    char failing[400] = "";
    size_t used = 0;
    bool any = false;
    for (int i = 0; i < CHANNEL_COUNT; i++) {
        const enum channel_kind kind = (enum channel_kind)i;
        any |= channels_has(channels, kind);
        const char *trouble = channels_has(channels, kind) ? channels_trouble(channels, kind) : NULL;
        if (trouble && used < sizeof failing)
            used += (size_t)snprintf(failing + used, sizeof failing - used, "%s%s: %s", used ? "; " : "",
                                     channel_name[i], trouble);
    }
    if (used)
        put_check(w, "alerts", "warning", failing);
    else if (any)
        json_put_string(w, "alerts", "healthy");
    return !used;
}

/* What fails of the exits, and whether there are any. */
struct exports {
    char failing[400];
    size_t used;
    unsigned more; /* that have no place in it; a sentence is not cut where another stands already */
    bool any;
};

static void note_exit(void *to, const struct exit_report *report)
{
    struct exports *exports = to;
    exports->any = true;
    if (report->state != EXIT_FAILING)
        return;
    char one[sizeof exports->failing - 40]; /* what is left tells of those that are not named */
    int length = snprintf(one, sizeof one, "%s%s %s: %s", exports->used ? "; " : "", report->kind,
                          report->target, report->sentence);
    if (exports->more || (exports->used && exports->used + (size_t)length >= sizeof one))
        exports->more++;
    else
        exports->used += (size_t)snprintf(exports->failing + exports->used,
                                          sizeof exports->failing - exports->used, "%s", one);
}

/* The standing exits, where there are any; true when none of them fails. */
static bool put_exports(struct json_writer *w, const struct exporter_context *context)
{
    struct exports exports = {.any = false};
    if (context->exits)
        context->exits(context->actions.user, note_exit, &exports);
    if (exports.more)
        snprintf(exports.failing + exports.used, sizeof exports.failing - exports.used, "; %u more %s",
                 exports.more, exports.more == 1 ? "fails" : "fail");
    if (exports.used)
        put_check(w, "exports", "warning", exports.failing);
    else if (exports.any)
        json_put_string(w, "exports", "healthy");
    return !exports.used;
}

/* The "checks" object; true when all is fine. */
static bool put_checks(struct json_writer *w, const struct exporter_context *context)
{
    const struct engine_view *engine = registry_engine(context->registry);
    const char *trouble = context->actions.trouble ? context->actions.trouble(context->actions.user) : NULL;
    bool fine = engine->connected && !trouble;
    json_key(w, "checks");
    json_begin_object(w);
    if (engine->connected)
        json_put_string(w, "engine", "healthy");
    else
        put_check(w, "engine", "unhealthy", engine->error[0] ? engine->error : "not connected yet");
    if (trouble)
        put_check(w, "controller", "warning", trouble);
    else
        json_put_string(w, "controller", "healthy");
    if (context->state_dir && context->state_dir[0])
        fine &= put_disk(w, context->state_dir);
    fine &= put_channels(w, context->channels);
    fine &= put_exports(w, context);
    json_end_object(w);
    return fine;
}

/* Since when the engine is away: the start of the controller counts where it was never there. */
static bool engine_lost(const struct exporter_context *context, int64_t now_wall_ms)
{
    const struct engine_view *engine = registry_engine(context->registry);
    int64_t since = engine->since_wall_ms;
    if (!since)
        since = registry_controller(context->registry)->started_at_wall_ms;
    return !engine->connected && now_wall_ms - since >= ENGINE_LOST_MS;
}

void answer_health(const struct request *request, struct answer *answer)
{
    const struct exporter_context *context = request->context;
    const struct controller_view *controller = registry_controller(context->registry);
    struct json_writer writer, *w = &writer;
    struct buf out, checks;
    buf_init(&out, LIMIT_HTTP_BODY);
    buf_init(&checks, LIMIT_HTTP_BODY);
    struct json_writer checks_writer;
    json_start(&checks_writer, &checks);
    bool fine = put_checks(&checks_writer, context), lost = engine_lost(context, request->now.wall_ms);

    json_start(w, &out);
    json_begin_object(w);
    json_put_string(w, "status", lost ? "unhealthy" : fine ? "healthy" : "degraded");
    json_put_time(w, "timestamp", request->now.wall_ms);
    json_put_string(w, "service", "quaywatch");
    json_put_string(w, "version", context->version);
    json_put_number(w, "uptime", (request->now.wall_ms - controller->started_at_wall_ms) / 1000);
    put_memory(w);
    json_key(w, "dependencies");
    json_begin_object(w);
    json_put_bool(w, "engine", registry_engine(context->registry)->connected);
    json_end_object(w);
    buf_text(&out, ",");
    buf_add(&out, checks.data, checks.len);
    json_end_object(w);
    buf_add(&out, "\n", 1);
    buf_free(&checks);
    answer_text(answer, lost ? 503 : 200, type_json, &out);
}

void answer_metrics(const struct request *request, struct answer *answer)
{
    if (!request->context->metrics_enabled) {
        answer_problem(answer, 404, "Metrics are switched off (METRICS_ENABLED=false).");
        return;
    }
    struct buf out;
    buf_init(&out, LIMIT_DOCUMENT);
    render_metrics(request->context, request->now, &out);
    process_render_metrics(&out);
    answer_text(answer, 200, "text/plain; version=0.0.4; charset=utf-8", &out);
}
