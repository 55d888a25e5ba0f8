/* SPDX-License-Identifier: MIT */
/* answers_change.c: what a person asks the controller to do. */
#include "exporter/answers.h"

#include <errno.h>

#include "controller/core/buf.h"
#include "controller/core/error.h"
#include "controller/core/json_writer.h"
#include "controller/core/limits.h"
#include "controller/core/text.h"

/* The HTTP status for a refusal of the controller. */
static int refusal_status(int code)
{
    switch (code) {
    case -ENOENT:
        return 404;
    case -EBUSY:
        return 409;
    case -EACCES:
        return 403;
    case -ENOTSUP:
        return 501;
    default: /* the engine's side failed */
        return 502;
    }
}

void answer_reload(const struct request *request, struct answer *answer)
{
    const struct actions *actions = &request->context->actions;
    const struct service *service = request_service(request, answer);
    if (!service)
        return;
    const char *wish = request_query(request, "force");
    bool force = false;
    if (wish && text_bool(wish, &force)) {
        answer_problem(answer, 400, "The value \"%s\" of force is neither true nor false.", wish);
        return;
    }
    struct error err = {0};
    int rc = actions->restart ? actions->restart(actions->user, service, force, &err)
                              : error_set(&err, -ENOTSUP, "Restarts are not available here");
    if (rc) {
        answer_problem(answer, refusal_status(rc), "%s.", err.text[0] ? err.text : "The restart was refused");
        return;
    }
    struct json_writer writer, *w = &writer;
    struct buf out;
    buf_init(&out, LIMIT_HTTP_BODY);
    json_start(w, &out);
    json_begin_object(w);
    json_put_string(w, "service", service->name);
    json_put_string(w, "action", "restart");
    json_put_string(w, "status", "accepted");
    json_put_number(w, "instances", (int64_t)service->instance_count);
    json_end_object(w);
    buf_add(&out, "\n", 1);
    answer_text(answer, 202, type_json, &out);
}

void answer_not_built(const struct request *request, struct answer *answer)
{
    answer_problem(answer, 501, "\"%s\" is not built yet.", request->path);
}
