/* SPDX-License-Identifier: MIT */
/* request.c: the forms an answer can have. */
#include "exporter/request.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/error.h"
#include "controller/core/hash.h"
#include "exporter/http/negotiate.h"

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
    answer_made(request, answer, &(struct document_answer){.type = type_json, .wish = document_of(kind)});
}

/* The settings can be read again while the registry stays as it is. */
static void tag_of(const struct request *request, const char *settings, char ret[static DOCUMENT_TAG])
{
    document_tag(request->context->registry, ret);
    size_t used = strlen(ret);
    if (settings && settings[0])
        snprintf(ret + used, DOCUMENT_TAG - used, "-%06x",
                 (unsigned)(hash_text(HASH_START, settings) & 0xffffff));
}

void answer_made(const struct request *request, struct answer *answer, const struct document_answer *made)
{
    char tag[DOCUMENT_TAG];
    struct error err = {0};
    struct body *body = NULL;
    tag_of(request, made->settings, tag);
    bool can = !made->may_fail || documents_have(request->documents, made->wish.key);
    bool known = can && negotiate_match(request_header(request, "If-None-Match"), tag) != MATCH_NONE;
    if (!known && !(body = documents_get(request->documents, &made->wish, &err))) {
        answer_problem(answer, 400, "%s.", err.text);
        return;
    }
    answer->status = 200; /* which becomes a 304 */
    answer->type = made->type;
    answer->body = body ? body_keep(body) : NULL;
    snprintf(answer->tag, sizeof answer->tag, "%s", tag);
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
    answer->body = NULL;
}
