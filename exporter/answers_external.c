/* SPDX-License-Identifier: MIT */
/* answers_external.c: registering services outside Docker, their heartbeats, and their end. */
#include "exporter/answers.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "controller/core/buf.h"
#include "controller/core/error.h"
#include "controller/core/json_read.h"
#include "controller/core/limits.h"
#include "exporter/answer_object.h"

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

/* A heartbeat's body, {"status", "message", "check"}: how it is, in the owner's own words. */
static int report_read(json_object *body, struct report *ret, struct error *err)
{
    static const enum status allowed[] = {STATUS_HEALTHY, STATUS_DEGRADED, STATUS_UNHEALTHY};
    const char *word = json_text(body, "status");
    *ret = (struct report){.status = STATUS_COUNT};
    for (size_t i = 0; word && i < sizeof allowed / sizeof *allowed; i++)
        if (strcasecmp(word, status_name[allowed[i]]) == 0)
            ret->status = allowed[i];
    if (ret->status == STATUS_COUNT)
        return error_set(err, -EINVAL,
                         "A heartbeat has no body, or a JSON object whose \"status\" is healthy, degraded or "
                         "unhealthy, with \"message\" and \"check\" where wanted");
    ret->note = json_text(body, "message");
    ret->check = json_text(body, "check");
    return 0;
}

static int heartbeat(const struct request *request, struct enrolled *ret, struct error *err)
{
    const struct actions *actions = &request->context->actions;
    if (!actions->heartbeat || !actions->report)
        return not_here(err);
    if (!request->body[strspn(request->body, " \t\r\n")])
        return actions->heartbeat(actions->user, request->name, ret, err);
    struct report report;
    json_object *body = json_tokener_parse(request->body);
    int rc = report_read(body, &report, err);
    if (!rc)
        rc = actions->report(actions->user, request->name, &report, ret, err);
    json_object_put(body);
    return rc;
}

void answer_heartbeat(const struct request *request, struct answer *answer)
{
    struct enrolled enrolled = {0};
    struct error err = {0};
    int rc = heartbeat(request, &enrolled, &err);
    if (rc) {
        answer_problem(answer, refusal_status(rc), "%s.", err.text);
        return;
    }
    struct answer_object object;
    struct json_writer *w = answer_object_begin(&object, LIMIT_HTTP_BODY);
    json_put_string(w, "id", enrolled.id);
    json_put_string(w, "name", enrolled.name);
    json_put_time(w, "expires_at", enrolled.expires_at_wall_ms);
    answer_object_end(&object, answer, 200);
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
