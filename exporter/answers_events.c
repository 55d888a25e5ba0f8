/* SPDX-License-Identifier: MIT */
/* answers_events.c: what happened, as a list. */
#include "exporter/answers.h"

#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/json_writer.h"
#include "controller/core/limits.h"
#include "controller/core/text.h"
#include "exporter/view.h"

static const char *or_null(const char *text)
{
    return text[0] ? text : NULL;
}

static void put_event(struct json_writer *w, const struct journal_event *event)
{
    json_begin_object(w);
    json_put_number(w, "id", (int64_t)event->id);
    json_put_time(w, "at", event->at_wall_ms);
    json_put_string(w, "severity", severity_name[event->severity]);
    json_put_string(w, "kind", event->kind);
    json_put_string(w, "service", or_null(event->service));
    json_put_string(w, "container", or_null(event->container));
    json_key(w, "sentence");
    view_put_clean(w, event->sentence);
    json_end_object(w);
}

void answer_events(const struct request *request, struct answer *answer)
{
    const struct journal *journal = request->context->journal;
    const char *accept = request_header(request, "Accept"), *wish = request_query(request, "after");
    if (accept && strstr(accept, "text/event-stream")) {
        answer_not_built(request, answer);
        return;
    }
    int64_t after = 0;
    if (wish && text_number(wish, 0, INT64_MAX, &after) != 0) {
        answer_problem(answer, 400, "The value \"%s\" of after is not the number of an event.", wish);
        return;
    }
    struct json_writer writer, *w = &writer;
    struct buf out;
    buf_init(&out, LIMIT_DOCUMENT);
    json_start(w, &out);
    json_begin_object(w);
    json_put_string(w, "start_id", registry_controller(request->context->registry)->start_id);
    json_key(w, "events");
    json_begin_array(w);
    for (const struct journal_event *at = journal_next(journal, (uint64_t)after); at;
         at = journal_next(journal, at->id))
        put_event(w, at);
    json_end_array(w);
    json_put_number(w, "last_id", (int64_t)journal_last(journal));
    json_end_object(w);
    buf_add(&out, "\n", 1);
    answer_text(answer, 200, type_json, &out);
}
