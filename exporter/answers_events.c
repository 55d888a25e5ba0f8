/* SPDX-License-Identifier: MIT */
/* answers_events.c: what happened, as a list, or as it comes. */
#include "exporter/answers.h"

#include <string.h>

#include "controller/core/limits.h"
#include "controller/core/text.h"
#include "exporter/answer_object.h"
#include "exporter/live.h"
#include "exporter/render/render.h"
#include "exporter/stream.h"

/* Where the caller stopped reading: without a word it wants to hear what comes. False after a 400. */
static bool wish_events(const struct request *request, struct answer *answer, struct stream_wish *wish)
{
    uint64_t last = journal_last(request->context->journal);
    const char *header = request_header(request, "Last-Event-ID");
    const char *query = request_query(request, "last_event_id");
    const char *text = header ? header : query;
    wish->after = last;
    if (!text)
        return true;
    enum place place = place_parse(request->context->registry, text, &wish->after);
    if (place == PLACE_WRONG && text == query) {
        answer_problem(answer, 400, "The value \"%s\" of last_event_id is not the id of an event.", text);
        return false;
    }
    /* Foreign, or ahead of us: whatever it has seen, it was not this. */
    wish->restarted = place != PLACE_OURS || wish->after > last;
    if (wish->restarted)
        wish->after = 0;
    return true;
}

static bool wish_status(const struct request *request, struct answer *answer, struct stream_wish *wish)
{
    const char *include = request_query(request, "include"), *since = request_query(request, "since");
    if (include && strcmp(include, "status") != 0) {
        answer_problem(answer, 400, "\"%s\" cannot be included; allowed is status.", include);
        return false;
    }
    wish->status = include != NULL;
    if (!since)
        return true;
    enum place place = place_parse(request->context->registry, since, &wish->revision);
    if (place == PLACE_WRONG) {
        answer_problem(answer, 400, "The value \"%s\" of since is not the index of a document.", since);
        return false;
    }
    wish->knows = place == PLACE_OURS && wish->revision <= registry_revision(request->context->registry);
    return true;
}

static void answer_stream(const struct request *request, struct answer *answer)
{
    struct stream_wish wish = {0};
    if (!wish_events(request, answer, &wish) || !wish_status(request, answer, &wish))
        return;
    if (!request->live->ending)
        answer->stream = stream_new(request->live->streams, &wish);
    if (!answer->stream) {
        answer_problem(answer, 503, "%s",
                       request->live->ending ? "quaywatch is stopping."
                                             : "Too many streams are open already; try again later.");
        return;
    }
    answer->status = 200;
    answer->type = "text/event-stream";
    answer_header(answer, "X-Accel-Buffering", "no"); /* nginx would keep it back */
}

static bool wants_stream(const struct request *request)
{
    const char *accept = request_header(request, "Accept"), *wish = request_query(request, "stream");
    bool stream = false;
    return (wish && text_bool(wish, &stream) == 0 && stream) ||
           (accept && strstr(accept, "text/event-stream"));
}

void answer_events(const struct request *request, struct answer *answer)
{
    const struct journal *journal = request->context->journal;
    const char *wish = request_query(request, "after");
    if (wants_stream(request)) {
        answer_stream(request, answer);
        return;
    }
    int64_t after = 0;
    if (wish && text_number(wish, 0, INT64_MAX, &after) != 0) {
        answer_problem(answer, 400, "The value \"%s\" of after is not the number of an event.", wish);
        return;
    }
    struct answer_object object;
    struct json_writer *w = answer_object_begin(&object, LIMIT_DOCUMENT);
    json_put_string(w, "start_id", registry_controller(request->context->registry)->start_id);
    json_key(w, "events");
    json_begin_array(w);
    for (const struct journal_event *at = journal_next(journal, (uint64_t)after); at;
         at = journal_next(journal, at->id))
        render_event(w, at);
    json_end_array(w);
    json_put_number(w, "last_id", (int64_t)journal_last(journal));
    answer_object_end(&object, answer, 200);
}
