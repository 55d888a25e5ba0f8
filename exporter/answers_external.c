/* SPDX-License-Identifier: MIT */
/* answers_external.c: registering services outside Docker, their heartbeats, and their end. */
#include "exporter/answers.h"

#include <errno.h>
#include <stdio.h>

#include "controller/core/buf.h"
#include "controller/core/error.h"
#include "controller/core/json_writer.h"
#include "controller/core/limits.h"

static int not_here(struct error *err)
{
    return error_set(err, -ENOTSUP, "Registering is not available here");
}

void answer_register(const struct request *request, struct answer *answer)
{
    const struct actions *actions = &request->context->actions;
    struct enrolled enrolled = {0};
    struct error err = {0};
    int rc = actions->enroll
                 ? actions->enroll(actions->user, request->body, request->body_len, &enrolled, &err)
                 : not_here(&err);
    if (rc) {
        answer_problem(answer, refusal_status(rc), "%s.", err.text);
        return;
    }
    char place[160];
    struct buf out;
    buf_init(&out, LIMIT_DOCUMENT);
    buf_format(&out, "%s\n", enrolled.json);
    answer_text(answer, enrolled.is_new ? 201 : 200, type_json, &out);
    snprintf(place, sizeof place, "/services/%s", enrolled.id);
    answer_header(answer, enrolled.is_new ? "Location" : "Content-Location", place);
}

void answer_heartbeat(const struct request *request, struct answer *answer)
{
    const struct actions *actions = &request->context->actions;
    struct enrolled enrolled = {0};
    struct error err = {0};
    int rc = actions->heartbeat ? actions->heartbeat(actions->user, request->name, &enrolled, &err)
                                : not_here(&err);
    if (rc) {
        answer_problem(answer, refusal_status(rc), "%s.", err.text);
        return;
    }
    struct json_writer writer, *w = &writer;
    struct buf out;
    buf_init(&out, LIMIT_HTTP_BODY);
    json_start(w, &out);
    json_begin_object(w);
    json_put_string(w, "id", enrolled.id);
    json_put_string(w, "name", enrolled.name);
    json_put_time(w, "expires_at", enrolled.expires_at_wall_ms);
    json_end_object(w);
    buf_add(&out, "\n", 1);
    answer_text(answer, 200, type_json, &out);
}

void answer_deregister(const struct request *request, struct answer *answer)
{
    const struct actions *actions = &request->context->actions;
    struct error err = {0};
    int rc = actions->dismiss ? actions->dismiss(actions->user, request->name, &err) : not_here(&err);
    if (rc)
        answer_problem(answer, refusal_status(rc), "%s.", err.text);
    else
        answer->status = 204;
}
