/* SPDX-License-Identifier: MIT */
/* answers_exports.c: how the standing exits of the registry fare. */
#include "exporter/answers.h"

#include "controller/core/buf.h"
#include "controller/core/json_writer.h"
#include "controller/core/limits.h"
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
    struct json_writer writer;
    struct buf out;
    struct list list = {.w = &writer};
    buf_init(&out, LIMIT_DOCUMENT);
    json_start(&writer, &out);
    json_begin_object(&writer);
    json_key(&writer, "exports");
    json_begin_array(&writer);
    if (context->exits)
        context->exits(context->actions.user, put_exit, &list);
    json_end_array(&writer);
    json_put_number(&writer, "count", list.count);
    json_put_number(&writer, "failing", list.failing);
    put_formats(&writer);
    json_end_object(&writer);
    buf_add(&out, "\n", 1);
    answer_text(answer, 200, type_json, &out);
}
