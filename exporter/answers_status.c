/* SPDX-License-Identifier: MIT */
/* answers_status.c: the registry as a whole: the status document, what moves, breakers, findings, the graph.
 */
#include "exporter/answers.h"

#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/limits.h"
#include "exporter/poll.h"
#include "exporter/render/render_views.h"

static void fill_status(const struct request *request, struct answer *answer)
{
    answer_document(request, answer, DOCUMENT_STATUS);
}

static uint64_t status_revision(const struct request *request)
{
    return registry_revision(request->context->registry);
}

void answer_status(const struct request *request, struct answer *answer)
{
    poll_answer(request, answer, status_revision, fill_status);
}

void answer_states(const struct request *request, struct answer *answer)
{
    answer_document(request, answer, DOCUMENT_STATES);
}

void answer_lint(const struct request *request, struct answer *answer)
{
    answer_document(request, answer, DOCUMENT_LINT);
}

void answer_samples(const struct request *request, struct answer *answer)
{
    struct buf out;
    buf_init(&out, LIMIT_DOCUMENT);
    render_samples(request->context->registry, &out);
    answer_text(answer, 200, type_json, &out);
}

static int make_dot(const struct exporter_context *context, const void *wish, struct buf *out,
                    struct error *err)
{
    (void)wish, (void)err;
    render_graph_dot(context->registry, out);
    return 0;
}

static int make_mermaid(const struct exporter_context *context, const void *wish, struct buf *out,
                        struct error *err)
{
    (void)wish, (void)err;
    render_graph_mermaid(context->registry, out);
    return 0;
}

void answer_graph(const struct request *request, struct answer *answer)
{
    static const struct document_answer dot = {.type = "text/vnd.graphviz; charset=utf-8",
                                               .wish = {.key = "dot", .render = make_dot}};
    static const struct document_answer mermaid = {.type = type_text,
                                                   .wish = {.key = "mermaid", .render = make_mermaid}};
    const char *format = request_query(request, "format");
    if (!format || strcmp(format, "json") == 0) {
        answer_document(request, answer, DOCUMENT_GRAPH);
        return;
    }
    if (strcmp(format, "dot") == 0) {
        answer_made(request, answer, &dot);
    } else if (strcmp(format, "mermaid") == 0) {
        answer_made(request, answer, &mermaid);
    } else {
        answer_problem(answer, 400, "The format \"%s\" is not known; allowed are json, dot and mermaid.",
                       format);
    }
}

static void fill_service_status(const struct request *request, struct answer *answer)
{
    const struct service *service = request_service(request, answer);
    if (!service)
        return;
    struct buf out;
    buf_init(&out, LIMIT_DOCUMENT);
    render_fragment(service, &out);
    buf_add(&out, "\n", 1);
    answer_registry(request, answer, type_json, &out);
}

static uint64_t service_revision(const struct request *request)
{
    const struct service *service = registry_service(request->context->registry, request->name);
    return service ? service->revision : 0;
}

void answer_service_status(const struct request *request, struct answer *answer)
{
    poll_answer(request, answer, service_revision, fill_service_status);
}
