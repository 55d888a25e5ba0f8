/* SPDX-License-Identifier: MIT */
/* request.c: the forms an answer can have. */
#include "exporter/request.h"

#include <assert.h>
#include <stdio.h>

#include "controller/core/buf.h"

const char type_json[] = "application/json";
const char type_text[] = "text/plain; charset=utf-8";

const char *request_query(const struct request *request, const char *name)
{
    return request->query(request->connection, name);
}

const char *request_header(const struct request *request, const char *name)
{
    return request->header(request->connection, name);
}

const struct service *request_service(const struct request *request, struct answer *answer)
{
    const struct registry *registry = request->context->registry;
    const struct service *service = registry_service(registry, request->name);
    const struct instance *instance = service ? NULL : registry_container(registry, request->name);
    if (instance && instance->spec->external) /* who registered it knows it by its id */
        service = instance->service;
    if (!service)
        answer_problem(answer, 404, "There is no service named \"%s\".", request->name);
    return service;
}

void answer_document(const struct request *request, struct answer *answer, enum document_kind kind)
{
    answer->status = 200;
    answer->type = type_json;
    answer->body = body_keep(documents_plain(request->documents, kind));
    answer->is_document = true;
    answer->document = kind;
    document_tag(request->context->registry, answer->tag);
}

void answer_registry(const struct request *request, struct answer *answer, const char *type, struct buf *text)
{
    answer_text(answer, 200, type, text);
    document_tag(request->context->registry, answer->tag);
}

bool answer_when_warm(const struct request *request, struct answer *answer)
{
    const struct exporter_context *context = request->context;
    if (!context->warm || context->warm(context->actions.user))
        return true;
    answer_problem(
        answer, 503,
        "quaywatch has just begun and does not know yet all that serves; what it said before holds "
        "until it has reached the engine and made the first checks. Ask again in a second.");
    answer_header(answer, "Retry-After", "1");
    return false;
}

void answer_text(struct answer *answer, int status, const char *type, struct buf *text)
{
    answer->status = status;
    answer->type = type;
    answer->body = body_take(text);
}

void answer_header(struct answer *answer, const char *name, const char *value)
{
    assert(answer->header_count < ANSWER_HEADERS);
    struct answer_header *header = &answer->header[answer->header_count++];
    header->name = name;
    snprintf(header->value, sizeof header->value, "%s", value);
}

void answer_free(struct answer *answer)
{
    body_drop(answer->body);
    body_drop(answer->compressed);
    answer->body = answer->compressed = NULL;
}
