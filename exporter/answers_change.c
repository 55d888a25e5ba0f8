/* SPDX-License-Identifier: MIT */
/* answers_change.c: what a person asks the controller to do. */
#include "exporter/answers.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "controller/core/error.h"
#include "controller/core/limits.h"
#include "controller/core/text.h"
#include "exporter/answer_object.h"
#include "exporter/render/view.h"

int refusal_status(int code)
{
    switch (code) {
    case -EINVAL:
        return 400;
    case -ENOENT:
        return 404;
    case -EBUSY:
        return 409;
    case -EACCES:
        return 403;
    case -ENOTSUP:
        return 501;
    case -ENOSPC:
        return 507;
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
    struct answer_object object;
    struct json_writer *w = answer_object_begin(&object, LIMIT_HTTP_BODY);
    json_put_string(w, "service", service->name);
    json_put_string(w, "action", "restart");
    json_put_string(w, "status", "accepted");
    json_put_number(w, "instances", (int64_t)service->instance_count);
    answer_object_end(&object, answer, 202);
}

static const char maintenance_allowed[] =
    "allowed is a duration from 1s to 30 days, such as 30m or 12h, or \"off\", as ?duration= or in a body "
    "like {\"duration\": \"1h\"}";

/* What the request says of "duration" into ret; "" when it says nothing, or nothing that could be one. */
static void duration_said(const struct request *request, char *ret, size_t size)
{
    const char *query = request_query(request, "duration");
    json_tokener *tokener = NULL;
    json_object *root = NULL, *value = NULL;
    if (!query && request->body_len && (tokener = json_tokener_new()))
        root = json_tokener_parse_ex(tokener, request->body, (int)request->body_len);
    if (json_object_is_type(root, json_type_object))
        value = json_object_object_get(root, "duration");
    if (json_object_is_type(value, json_type_string) || json_object_is_type(value, json_type_int))
        query = json_object_get_string(value);
    else if (json_object_is_type(value, json_type_boolean) && !json_object_get_boolean(value))
        query = "off";
    text_one_line(query ? query : "", ret, size);
    json_object_put(root);
    if (tokener)
        json_tokener_free(tokener);
}

void answer_maintenance(const struct request *request, struct answer *answer)
{
    static const int64_t least_ms = 1000, most_ms = INT64_C(30) * 24 * 3600 * 1000;
    const struct actions *actions = &request->context->actions;
    const struct service *service = request_service(request, answer);
    if (!service)
        return;
    char said[64];
    int64_t duration_ms = 0;
    duration_said(request, said, sizeof said);
    if (!said[0]) {
        answer_problem(answer, 400, "No duration is given; %s.", maintenance_allowed);
        return;
    }
    bool off = strcasecmp(said, "off") == 0;
    if (!off && (text_duration(said, 1, &duration_ms) || duration_ms < least_ms || duration_ms > most_ms)) {
        answer_problem(answer, 400, "The duration is \"%s\"; %s.", said, maintenance_allowed);
        return;
    }
    struct error err = {0};
    int rc = actions->maintain ? actions->maintain(actions->user, service, duration_ms, &err)
                               : error_set(&err, -ENOTSUP, "Maintenance is not available here");
    if (rc) {
        answer_problem(answer, refusal_status(rc), "%s.", err.text);
        return;
    }
    struct answer_object object;
    struct json_writer *w = answer_object_begin(&object, LIMIT_HTTP_BODY);
    json_put_string(w, "service", service->name);
    json_put_time(w, "maintenance_until", service->maintenance_until_wall_ms);
    answer_object_end(&object, answer, 200);
}

/* The instance that ?instance= names, by id or container; NULL with *ret_all: all are meant. NULL without it
 * after answering 404. */
static const struct instance *instance_said(const struct request *request, struct answer *answer,
                                            const struct service *service, bool *ret_all)
{
    const char *name = request_query(request, "instance");
    *ret_all = name == NULL;
    const struct instance *instance = name ? registry_container(request->context->registry, name) : NULL;
    if (name && (!instance || instance->service != service)) {
        answer_problem(answer, 404, "The service \"%s\" has no instance \"%s\".", service->name, name);
        return NULL;
    }
    return instance;
}

static void put_breakers(struct json_writer *w, const struct service *service, const struct instance *only)
{
    char id[VIEW_SHORT_ID];
    json_key(w, "instances");
    json_begin_array(w);
    for (const struct instance *at = service->first; at; at = at->next) {
        if (only && at != only)
            continue;
        view_short_id(at->observed->id, id);
        json_begin_object(w);
        json_put_string(w, "id", id);
        json_put_string(w, "container", at->observed->container);
        json_put_string(w, "state", breaker_state_name[at->breaker.state]);
        json_put_bool(w, "tripped", at->breaker.tripped);
        json_end_object(w);
    }
    json_end_array(w);
}

static void answer_breaker(const struct request *request, struct answer *answer, bool trip)
{
    const struct actions *actions = &request->context->actions;
    const struct service *service = request_service(request, answer);
    bool all;
    const struct instance *only = service ? instance_said(request, answer, service, &all) : NULL;
    if (!service || (!only && !all))
        return;
    struct error err = {0};
    int rc = actions->breaker ? actions->breaker(actions->user, service, only, trip, &err)
                              : error_set(&err, -ENOTSUP, "Breakers are not available here");
    if (rc) {
        answer_problem(answer, refusal_status(rc), "%s.", err.text);
        return;
    }
    struct answer_object object;
    struct json_writer *w = answer_object_begin(&object, LIMIT_DOCUMENT);
    json_put_string(w, "service", service->name);
    json_put_string(w, "action", trip ? "trip" : "reset");
    put_breakers(w, service, only);
    answer_object_end(&object, answer, 200);
}

void answer_breaker_trip(const struct request *request, struct answer *answer)
{
    answer_breaker(request, answer, true);
}

void answer_breaker_reset(const struct request *request, struct answer *answer)
{
    answer_breaker(request, answer, false);
}

void answer_not_built(const struct request *request, struct answer *answer)
{
    answer_problem(answer, 501, "\"%s\" is not built yet.", request->path);
}
