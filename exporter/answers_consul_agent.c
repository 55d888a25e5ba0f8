/* SPDX-License-Identifier: MIT */
/* answers_consul_agent.c: /v1/agent/… as far as it is read: the one agent, on which all services are. */
#include "exporter/answers_consul.h"

#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/json_writer.h"
#include "controller/core/limits.h"

static void write_self(const struct request *request, const struct consul_ask *ask, struct json_writer *w)
{
    (void)request;
    consul_put_self(w, &ask->catalog);
}

void answer_consul_self(const struct request *request, struct answer *answer)
{
    static const struct consul_question question = {.write = write_self};
    consul_answer(request, answer, &question);
}

static void write_members(const struct request *request, const struct consul_ask *ask, struct json_writer *w)
{
    (void)request;
    json_begin_array(w);
    consul_put_member(w, &ask->catalog);
    json_end_array(w);
}

void answer_consul_members(const struct request *request, struct answer *answer)
{
    static const struct consul_question question = {.write = write_members};
    consul_answer(request, answer, &question);
}

static void write_services(const struct request *request, const struct consul_ask *ask, struct json_writer *w)
{
    const struct registry *registry = request->context->registry;
    json_begin_object(w);
    for (size_t i = 0; i < registry_count(registry); i++)
        for (const struct instance *at = registry_at(registry, i)->first; at; at = at->next)
            if (consul_wants(ask, at, NULL)) {
                json_key(w, consul_service_id(at));
                consul_put_agent_service(w, &ask->catalog, at);
            }
    json_end_object(w);
}

void answer_consul_agent_services(const struct request *request, struct answer *answer)
{
    static const struct consul_question question = {
        .shape = CONSUL_SHAPE_AGENT, .filtered = true, .write = write_services};
    consul_answer(request, answer, &question);
}

static void write_checks(const struct request *request, const struct consul_ask *ask, struct json_writer *w)
{
    const struct registry *registry = request->context->registry;
    struct consul_check check[CONSUL_CHECKS];
    json_begin_object(w);
    for (size_t i = 0; i < registry_count(registry); i++)
        for (const struct instance *at = registry_at(registry, i)->first; at; at = at->next) {
            size_t count = consul_tells(at) ? consul_checks(&ask->catalog, at, check) : 0;
            for (size_t c = 0; c < count; c++)
                if (consul_wants(ask, at, &check[c])) {
                    json_key(w, check[c].id);
                    consul_put_check(w, &ask->catalog, &check[c]);
                }
        }
    json_end_object(w);
}

void answer_consul_agent_checks(const struct request *request, struct answer *answer)
{
    static const struct consul_question question = {
        .shape = CONSUL_SHAPE_CHECK, .filtered = true, .write = write_checks};
    consul_answer(request, answer, &question);
}

/* ---- one of them ---- */

/* The instance that Consul's clients call by this id, or NULL. */
static const struct instance *instance_by_id(const struct registry *registry, const char *id)
{
    for (size_t i = 0; i < registry_count(registry); i++)
        for (const struct instance *at = registry_at(registry, i)->first; at; at = at->next)
            if (consul_tells(at) && strcmp(consul_service_id(at), id) == 0)
                return at;
    return NULL;
}

void answer_consul_agent_service(const struct request *request, struct answer *answer)
{
    const struct consul_catalog catalog = consul_catalog_of(request);
    const struct instance *instance = instance_by_id(request->context->registry, request->name);
    struct json_writer writer;
    struct buf out;
    if (!instance) {
        consul_refuse(answer, 404, "unknown service ID: %s", request->name);
        return;
    }
    buf_init(&out, LIMIT_DOCUMENT);
    json_start(&writer, &out);
    consul_put_agent_service(&writer, &catalog, instance);
    consul_answer_json(answer, &out);
}

/* Gives the worst of the instance's checks. */
static enum consul_status put_health(struct json_writer *w, const struct consul_catalog *catalog,
                                     const struct instance *instance)
{
    struct consul_check check[CONSUL_CHECKS];
    size_t count = consul_checks(catalog, instance, check);
    enum consul_status worst = consul_worst(check, count);
    json_begin_object(w);
    json_put_string(w, "AggregatedStatus", consul_status_name[worst]);
    json_key(w, "Service");
    consul_put_agent_service(w, catalog, instance);
    json_key(w, "Checks");
    json_begin_array(w);
    for (size_t i = 0; i < count; i++)
        consul_put_check(w, catalog, &check[i]);
    json_end_array(w);
    json_end_object(w);
    return worst;
}

/* Whether the caller would rather have a word than JSON; false after an error was answered. */
static bool format_read(const struct request *request, struct answer *answer, bool *ret_text)
{
    const char *format = request_query(request, "format");
    *ret_text = format && strcmp(format, "text") == 0;
    if (!format || *ret_text || strcmp(format, "json") == 0)
        return true;
    consul_refuse(answer, 400, "Invalid value for ?format: json or text is allowed.");
    return false;
}

/* The state is also the answer's status, for load balancers that look at nothing else. */
static void answer_state(struct answer *answer, enum consul_status status, bool as_text, struct buf *out)
{
    static const int codes[CONSUL_STATUS_COUNT] = {
        [CONSUL_PASSING] = 200, [CONSUL_WARNING] = 429, [CONSUL_CRITICAL] = 503};
    if (as_text) {
        buf_clear(out);
        buf_text(out, consul_status_name[status]);
        answer_text(answer, codes[status], type_text, out);
        return;
    }
    consul_answer_json(answer, out);
    answer->status = codes[status];
}

void answer_consul_agent_health_id(const struct request *request, struct answer *answer)
{
    const struct consul_catalog catalog = consul_catalog_of(request);
    const struct instance *instance = instance_by_id(request->context->registry, request->name);
    struct json_writer writer;
    struct buf out;
    bool as_text;
    if (!format_read(request, answer, &as_text))
        return;
    if (!instance) {
        consul_refuse(answer, 404, "ServiceId %s not found", request->name);
        return;
    }
    buf_init(&out, LIMIT_DOCUMENT);
    json_start(&writer, &out);
    enum consul_status status = put_health(&writer, &catalog, instance);
    answer_state(answer, status, as_text, &out);
}

void answer_consul_agent_health_name(const struct request *request, struct answer *answer)
{
    const struct consul_catalog catalog = consul_catalog_of(request);
    const struct service *service = registry_service(request->context->registry, request->name);
    enum consul_status worst = CONSUL_PASSING;
    struct json_writer writer;
    struct buf out;
    bool as_text;
    if (!format_read(request, answer, &as_text))
        return;
    if (!service || !consul_tells_service(service)) {
        consul_refuse(answer, 404, "ServiceName %s Not Found", request->name);
        return;
    }
    buf_init(&out, LIMIT_DOCUMENT);
    json_start(&writer, &out);
    json_begin_array(&writer);
    for (const struct instance *at = service->first; at; at = at->next)
        if (consul_tells(at)) {
            enum consul_status status = put_health(&writer, &catalog, at);
            worst = status > worst ? status : worst;
        }
    json_end_array(&writer);
    answer_state(answer, worst, as_text, &out);
}
