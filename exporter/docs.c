/* SPDX-License-Identifier: MIT */
/* docs.c: the API's description: as OpenAPI, and as a page from the same tables. */
#include "exporter/answers.h"
#include "exporter/answers_consul.h"

#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "controller/core/buf.h"
#include "controller/core/limits.h"
#include "exporter/description.h"
#include "exporter/docs_schema.h"
#include "exporter/html.h"

/* Nothing in it depends on the request or the registry: its tag is that of its bytes. */
static void answer_described(struct answer *answer, const char *type, struct buf *out)
{
    unsigned long sum = crc32(0, (const Bytef *)buf_string(out), (uInt)out->len);
    size_t length = out->len;
    answer_text(answer, 200, type, out);
    snprintf(answer->tag, sizeof answer->tag, "%08lx-%zx", sum, length);
}

void answer_openapi(const struct request *request, struct answer *answer)
{
    struct buf out;
    buf_init(&out, LIMIT_DOCUMENT);
    description_openapi(request->context->version, &out);
    answer_described(answer, type_json, &out);
}

/* ---- one operation ---- */

static const char *method_upper(const struct route *route)
{
    static const char *const names[METHOD_COUNT] = {[METHOD_GET] = "GET",
                                                    [METHOD_POST] = "POST",
                                                    [METHOD_PUT] = "PUT",
                                                    [METHOD_DELETE] = "DELETE",
                                                    [METHOD_ANY] = "ANY"};
    return names[route->method];
}

static void put_method(struct buf *out, const struct route *route)
{
    buf_format(out, "<span class=\"method\" data-method=\"%s\">%s</span>", method_upper(route),
               method_upper(route));
}

/* "a|b" as words of code. */
static void put_allowed(struct buf *out, const struct parameter *parameter)
{
    const char *words = parameter->words;
    if (!words) {
        buf_text(out, parameter->type);
        return;
    }
    while (*words) {
        size_t length = strcspn(words, "|");
        buf_format(out, "<code>%.*s</code> ", (int)length, words);
        words += length + (words[length] == '|');
    }
}

static void put_parameters(struct buf *out, const struct operation *operation)
{
    if (!operation->parameter[0].name)
        return;
    buf_text(out,
             "<div class=\"scroll\"><table><thead><tr><th scope=\"col\">Parameter</th><th scope=\"col\">Value"
             "</th><th scope=\"col\">Default</th><th scope=\"col\">Meaning</th></tr></thead><tbody>");
    for (size_t i = 0; i < OPERATION_PARAMETERS && operation->parameter[i].name; i++) {
        const struct parameter *parameter = &operation->parameter[i];
        bool header = *parameter->name >= 'A' && *parameter->name <= 'Z';
        buf_format(out, "<tr><th scope=\"row\"><code>%s%s</code></th><td>", header ? "" : "?",
                   parameter->name);
        put_allowed(out, parameter);
        if (parameter->standard)
            buf_format(out, "</td><td class=\"default\"><code>%s</code></td><td>", parameter->standard);
        else
            buf_text(out, "</td><td class=\"none\">–</td><td>");
        html_text(out, parameter->meaning);
        buf_text(out, header ? " (header)</td></tr>" : "</td></tr>");
    }
    buf_text(out, "</tbody></table></div>");
}

static void put_schema_link(struct buf *out, const char *schema)
{
    buf_format(out, "<a href=\"#schema-%s\">%s</a>", schema, schema);
}

static void put_answer(struct buf *out, int status, const char *type, const char *schema, const char *meaning)
{
    buf_format(out, "<tr><th scope=\"row\"><code>%d</code></th><td>", status);
    if (schema)
        put_schema_link(out, schema);
    else
        buf_format(out, "<code>%s</code>", type ? type : "–");
    buf_text(out, "</td><td>");
    html_text(out, meaning);
    buf_text(out, "</td></tr>");
}

static void put_answers(struct buf *out, const struct route *route, const struct operation *operation)
{
    bool consul = consul_route(route->pattern);
    const char *schema = consul ? NULL : "Problem", *type = consul ? "text/plain" : NULL;
    buf_text(
        out,
        "<div class=\"scroll\"><table><thead><tr><th scope=\"col\">Answer</th><th scope=\"col\">Body</th>"
        "<th scope=\"col\">Meaning</th></tr></thead><tbody>");
    for (size_t i = 0; i < OPERATION_REPLIES && operation->reply[i].status; i++) {
        const struct reply_row *reply = &operation->reply[i];
        put_answer(out, reply->status, reply->type, reply->schema, reply->meaning);
    }
    if (route->handler == answer_not_built)
        put_answer(out, 501, NULL, "Problem", "Not built yet");
    if (operation->tagged)
        put_answer(out, 304, NULL, NULL, "By If-None-Match: what is known is still right");
    if (operation->parameter[0].name || operation->body)
        put_answer(out, 400, type, schema, "A parameter or the body is wrong");
    if (strchr(route->pattern, '{'))
        put_answer(out, 404, type, schema, "There is no such service");
    buf_text(out, "</tbody></table></div>");
}

/* A line to try in a shell. */
static void put_curl(struct buf *out, const struct route *route, const struct operation *operation)
{
    char path[DESCRIPTION_PATH];
    bool change = route->access == ACCESS_CHANGE, wild = route->method == METHOD_ANY;
    description_path(route, path);
    buf_text(out, "<pre tabindex=\"0\"><code>curl");
    if (route->method != METHOD_GET && !wild)
        buf_format(out, " -X %s", method_upper(route));
    if (change)
        buf_text(out, " -H &quot;Authorization: Bearer $QUAYWATCH_AUTH_TOKEN&quot;");
    if (operation->body && operation->sample) {
        buf_text(out, " -d &#39;");
        html_text(out, operation->sample);
        buf_text(out, "&#39;");
    }
    buf_text(out, " http://localhost:8080");
    for (const char *at = path; *at; at++) {
        if (*at != '{') {
            buf_add(out, at, 1);
            continue;
        }
        buf_text(out, strncmp(path, "/export/", 8) == 0 ? "env"
                      : strncmp(at, "{path}", 6) == 0   ? "hello"
                                                        : "web");
        at = strchr(at, '}');
    }
    buf_text(out, "</code></pre>");
}

static void put_need(struct buf *out, enum access_need access)
{
    switch (access) {
    case ACCESS_FREE:
        buf_text(out, "<p class=\"need\">Needs no token.</p>");
        return;
    case ACCESS_READ:
        buf_text(out, "<p class=\"need\">Needs a token where <code>READ_TOKEN</code> is set.</p>");
        return;
    case ACCESS_CHANGE:
        buf_text(out, "<p class=\"need\" data-tone=\"degraded\">Needs the <code>AUTH_TOKEN</code>.</p>");
        return;
    }
}

static void put_operation(struct buf *out, const struct route *route, const struct operation *operation)
{
    char path[DESCRIPTION_PATH];
    description_path(route, path);
    buf_format(out, "<article id=\"%s\" aria-labelledby=\"%s-title\"><h3 id=\"%s-title\">", operation->id,
               operation->id, operation->id);
    put_method(out, route);
    buf_format(out,
               " <code>%s</code> <a class=\"anchor\" href=\"#%s\" aria-label=\"Link to %s\">#</a></h3><p>",
               path, operation->id, operation->id);
    html_sentence(out, route->summary);
    if (operation->details) {
        buf_text(out, " ");
        html_text(out, operation->details);
    }
    buf_text(out, "</p>");
    put_need(out, route->access);
    put_parameters(out, operation);
    if (operation->body) {
        buf_text(out, "<p>Body: ");
        put_schema_link(out, operation->body);
        buf_text(out, "</p>");
    }
    put_answers(out, route, operation);
    put_curl(out, route, operation);
    buf_text(out, "</article>");
}

/* ---- the page ---- */

typedef void put_one(struct buf *out, const struct route *route, const struct operation *operation);

static void put_link(struct buf *out, const struct route *route, const struct operation *operation)
{
    char path[DESCRIPTION_PATH];
    description_path(route, path);
    buf_format(out, "<li><a href=\"#%s\">", operation->id);
    put_method(out, route);
    buf_text(out, " <span>");
    for (const char *at = path; *at; at++) { /* long ones are broken between their words */
        buf_add(out, at, 1);
        if (*at == '/')
            buf_text(out, "<wbr>");
    }
    buf_text(out, "</span></a></li>");
}

/* All operations of a subject, in the order of their table. */
static void each_of_subject(struct buf *out, const struct subject *subject, put_one *put)
{
    for (size_t i = 0; i < operation_count; i++) {
        if (strcmp(operations[i].subject, subject->name) != 0)
            continue;
        for (size_t r = 0; r < route_count; r++)
            if (operation_find(&routes[r]) == &operations[i])
                put(out, &routes[r], &operations[i]);
    }
}

static void put_contents(struct buf *out)
{
    buf_text(out, "<nav class=\"contents\" aria-label=\"Contents\">");
    for (size_t i = 0; i < subject_count; i++) {
        buf_format(out, "<h2>%s</h2><ul>", subjects[i].name);
        each_of_subject(out, &subjects[i], put_link);
        buf_text(out, "</ul>");
    }
    buf_text(out, "<h2><a href=\"#schemas\">Schemas</a></h2></nav>");
}

static const char head[] =
    "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
    "<meta name=\"color-scheme\" content=\"light dark\"><meta name=\"referrer\" content=\"no-referrer\">"
    "<title>quaywatch: the API</title><link rel=\"icon\" href=\"/icon.svg\" type=\"image/svg+xml\">"
    "<link rel=\"stylesheet\" href=\"/style.css\"><link rel=\"stylesheet\" href=\"/docs.css\">"
    "<script src=\"/theme.js\"></script></head><body class=\"docs\">"
    "<a class=\"skip\" href=\"#content\">Skip to the description</a>"
    "<header class=\"bar\"><div class=\"inner\"><a class=\"brand\" href=\"/\"><img src=\"/icon.svg\" "
    "alt=\"\" "
    "width=\"28\" height=\"28\">quaywatch</a><span class=\"host\">API</span><nav class=\"outside\" "
    "aria-label=\"Elsewhere\"><a href=\"/\">Dashboard</a><a "
    "href=\"/api/v1/openapi.json\">openapi.json</a></nav>"
    "</div></header><div class=\"inner described\">";

static const char about[] =
    "<ul class=\"manners\">"
    "<li>Times are RFC 3339 in UTC, durations numbers with their unit in the name.</li>"
    "<li>Errors are <code>application/problem+json</code>: <code>detail</code> is one plain sentence.</li>"
    "<li>Tokens come as <code>Authorization: Bearer …</code> or <code>X-INTERNAL-TOKEN: …</code>.</li>"
    "<li>Answers about the registry have an <code>ETag</code>; <code>If-None-Match</code> saves the body, "
    "<code>Accept-Encoding: gzip</code> most of it. <code>HEAD</code> works where <code>GET</code> does.</li>"
    "<li>Every answer has an <code>X-Request-ID</code>; one that you send is kept, and stands in the "
    "log.</li>"
    "<li>Unknown query parameters are passed over.</li></ul>";

void answer_docs(const struct request *request, struct answer *answer)
{
    struct buf out;
    buf_init(&out, LIMIT_DOCUMENT);
    buf_text(&out, head);
    put_contents(&out);
    buf_text(&out, "<main id=\"content\" tabindex=\"-1\"><h1>The API of quaywatch ");
    html_text(&out, request->context->version);
    buf_text(&out, "</h1>");
    buf_text(&out, about);
    for (size_t i = 0; i < subject_count; i++) {
        buf_format(&out, "<section><h2 id=\"subject-%zu\">%s</h2><p>", i, subjects[i].name);
        html_text(&out, subjects[i].meaning);
        buf_text(&out, "</p>");
        each_of_subject(&out, &subjects[i], put_operation);
        buf_text(&out, "</section>");
    }
    docs_put_schemas(&out, description_schemas());
    buf_text(&out, "</main></div></body></html>\n");
    answer_described(answer, "text/html; charset=utf-8", &out);
    answer_page_headers(answer);
}
