/* SPDX-License-Identifier: MIT */
/* answers_exports.c: how the standing exits of the registry fare. */
#include "exporter/answers.h"

#include "controller/core/limits.h"
#include "exporter/answer_object.h"
#include "exporter/formats/format.h"

struct list {
    struct json_writer *w;
    int64_t count, failing;
};

static void put_exit(void *to, const struct exit_report *report)
{
    struct list *list = to;
    struct json_writer *w = list->w;
    list->count++;
    list->failing += report->state == EXIT_FAILING;
    json_begin_object(w);
    json_put_string(w, "kind", report->kind);
    json_put_string(w, "target", report->target);
    json_put_string(w, "state", exit_state_name[report->state]);
    json_put_string(w, "sentence", report->sentence);
    json_put_time(w, "since", report->since_wall_ms);
    json_put_time(w, "written_at", report->written_at_wall_ms);
    json_put_number(w, "services", (int64_t)report->services);
    json_put_number(w, "endpoints", (int64_t)report->endpoints);
    json_put_number(w, "writes", (int64_t)report->writes);
    json_put_number(w, "spared", (int64_t)report->spared);
    json_put_number(w, "failures", (int64_t)report->failures);
    json_put_number(w, "bytes", (int64_t)report->bytes);
    json_end_object(w);
}

/* What can be asked for at /export/{format}. */
static void put_formats(struct json_writer *w)
{
    json_key(w, "formats");
    json_begin_array(w);
    for (size_t i = 0; i < format_count; i++) {
        json_begin_object(w);
        json_put_string(w, "name", formats[i].name);
        json_put_string(w, "meaning", formats[i].meaning);
        json_end_object(w);
    }
    json_end_array(w);
}

void answer_exports(const struct request *request, struct answer *answer)
{
    const struct exporter_context *context = request->context;
    struct answer_object object;
    struct json_writer *w = answer_object_begin(&object, LIMIT_DOCUMENT);
    struct list list = {.w = w};
    json_key(w, "exports");
    json_begin_array(w);
    if (context->exits)
        context->exits(context->actions.user, put_exit, &list);
    json_end_array(w);
    json_put_number(w, "count", list.count);
    json_put_number(w, "failing", list.failing);
    put_formats(w);
    answer_object_end(&object, answer, 200);
}
