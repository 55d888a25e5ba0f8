/* SPDX-License-Identifier: MIT */
/* description.c: OpenAPI 3.1 from the tables of routes and operations, and the schemas beside them. */
#include "exporter/description.h"

#include <stdio.h>
#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/json_writer.h"
#include "controller/core/limits.h"
#include "exporter/answers.h"
#include "exporter/formats/format.h"
#include "exporter/answers_consul.h"

/* The path is relative to the root, where the compiler runs. */
__asm__(".pushsection .rodata\n"
        "openapi_schemas: .incbin \"exporter/openapi/schemas.json\"\n"
        ".byte 0\n"
        ".globl openapi_schemas\n"
        ".popsection\n");
extern const char openapi_schemas[];

const char *description_schemas(void)
{
    return openapi_schemas;
}

void description_path(const struct route *route, char ret[static DESCRIPTION_PATH])
{
    size_t length = strcspn(route->pattern, "*");
    snprintf(ret, DESCRIPTION_PATH, "%.*s%s", (int)length, route->pattern,
             route->pattern[length] ? "{path}" : "");
}

const char *description_method(const struct route *route, unsigned index)
{
    static const char *const one[METHOD_COUNT] = {[METHOD_GET] = "get",
                                                  [METHOD_POST] = "post",
                                                  [METHOD_PUT] = "put",
                                                  [METHOD_DELETE] = "delete",
                                                  [METHOD_ANY] = "get"};
    static const char *const any[] = {"get", "post", "put", "delete", "patch"};
    if (route->method == METHOD_ANY)
        return index < sizeof any / sizeof *any ? any[index] : NULL;
    return index ? NULL : one[route->method];
}

/* ---- parts ---- */

static void put_schema_ref(struct json_writer *w, const char *name)
{
    char ref[80];
    snprintf(ref, sizeof ref, "#/components/schemas/%s", name);
    json_key(w, "schema");
    json_begin_object(w);
    json_put_string(w, "$ref", ref);
    json_end_object(w);
}

static void put_words(struct json_writer *w, const char *words)
{
    char word[64];
    json_key(w, "enum");
    json_begin_array(w);
    while (*words) {
        size_t length = strcspn(words, "|");
        snprintf(word, sizeof word, "%.*s", (int)length, words);
        json_string(w, word);
        words += length + (words[length] == '|');
    }
    json_end_array(w);
}

static void put_parameter(struct json_writer *w, const struct parameter *parameter, const char *place)
{
    json_begin_object(w);
    json_put_string(w, "name", parameter->name);
    json_put_string(w, "in", place);
    if (strcmp(place, "path") == 0)
        json_put_bool(w, "required", true);
    json_put_string(w, "description", parameter->meaning);
    json_key(w, "schema");
    json_begin_object(w);
    json_put_string(w, "type", parameter->type);
    if (parameter->words)
        put_words(w, parameter->words);
    json_end_object(w);
    json_end_object(w);
}

/* What {name} is in /export/{name}. */
static void put_format(struct json_writer *w)
{
    struct buf names;
    buf_init(&names, LIMIT_HTTP_BODY);
    format_names(&names, "|");
    put_parameter(w, &(struct parameter){"name", "string", buf_string(&names), NULL, "The format"}, "path");
    buf_free(&names);
}

static void put_parameters(struct json_writer *w, const struct route *route,
                           const struct operation *operation)
{
    static const struct parameter name = {"name", "string", NULL, NULL,
                                          "A service's name, its key, or a network alias that is unique"};
    static const struct parameter path = {"path", "string", NULL, NULL, "The path at the instance"};
    static const struct parameter known = {"If-None-Match", "string", NULL, NULL,
                                           "The ETag that is known: 304 while it is still right"};
    json_key(w, "parameters");
    json_begin_array(w);
    if (route->handler == answer_export)
        put_format(w);
    else if (strchr(route->pattern, '{'))
        put_parameter(w, &name, "path");
    if (strchr(route->pattern, '*'))
        put_parameter(w, &path, "path");
    for (size_t i = 0; operation && i < OPERATION_PARAMETERS && operation->parameter[i].name; i++) {
        const struct parameter *parameter = &operation->parameter[i];
        put_parameter(w, parameter, *parameter->name >= 'A' && *parameter->name <= 'Z' ? "header" : "query");
    }
    if (operation && operation->tagged)
        put_parameter(w, &known, "header");
    json_end_array(w);
}

static void put_body(struct json_writer *w, const struct operation *operation)
{
    if (!operation || !operation->body)
        return;
    json_key(w, "requestBody");
    json_begin_object(w);
    json_key(w, "content");
    json_begin_object(w);
    json_key(w, "application/json");
    json_begin_object(w);
    put_schema_ref(w, operation->body);
    if (operation->sample) {
        json_key(w, "example");
        json_raw(w, operation->sample);
    }
    json_end_object(w);
    json_end_object(w);
    json_end_object(w);
}

/* ---- answers ---- */

static void key_of_status(struct json_writer *w, int status)
{
    char key[16];
    snprintf(key, sizeof key, "%d", status);
    json_key(w, key);
}

static void put_content(struct json_writer *w, const struct reply_row *reply)
{
    json_key(w, reply->type);
    json_begin_object(w);
    if (reply->schema) {
        put_schema_ref(w, reply->schema);
    } else {
        json_key(w, "schema");
        json_begin_object(w);
        json_put_string(w, "type", strcmp(reply->type, "application/json") == 0 ? "object" : "string");
        json_end_object(w);
    }
    json_end_object(w);
}

static void put_answer_headers(struct json_writer *w, bool tagged)
{
    json_key(w, "headers");
    json_begin_object(w);
    json_key(w, "X-Request-ID");
    json_raw(w, "{\"$ref\":\"#/components/headers/RequestId\"}");
    if (tagged) {
        json_key(w, "ETag");
        json_raw(w, "{\"$ref\":\"#/components/headers/ETag\"}");
    }
    json_end_object(w);
}

/* Rows of one status that follow each other are one answer in several types. */
static void put_replies(struct json_writer *w, const struct operation *operation)
{
    for (size_t i = 0; i < OPERATION_REPLIES && operation->reply[i].status;) {
        const struct reply_row *first = &operation->reply[i];
        key_of_status(w, first->status);
        json_begin_object(w);
        json_put_string(w, "description", first->meaning);
        put_answer_headers(w, operation->tagged && first->status == 200);
        if (first->type) {
            json_key(w, "content");
            json_begin_object(w);
        }
        for (; i < OPERATION_REPLIES && operation->reply[i].status == first->status; i++)
            if (operation->reply[i].type)
                put_content(w, &operation->reply[i]);
        if (first->type)
            json_end_object(w);
        json_end_object(w);
    }
}

static void put_shared(struct json_writer *w, int status, const char *name)
{
    char ref[80];
    snprintf(ref, sizeof ref, "#/components/responses/%s", name);
    key_of_status(w, status);
    json_begin_object(w);
    json_put_string(w, "$ref", ref);
    json_end_object(w);
}

static void put_responses(struct json_writer *w, const struct route *route, const struct operation *operation)
{
    bool read = operation && operation->tagged;
    json_key(w, "responses");
    json_begin_object(w);
    if (operation)
        put_replies(w, operation);
    bool consul = consul_route(route->pattern);
    if (route->handler == answer_not_built)
        put_shared(w, 501, "NotBuilt");
    if (read)
        put_shared(w, 304, "NotModified");
    if (operation && (operation->parameter[0].name || operation->body))
        put_shared(w, 400, consul ? "PlainError" : "BadRequest");
    if (route->access != ACCESS_FREE && !consul)
        put_shared(w, 401, "Unauthorized");
    if (route->access == ACCESS_CHANGE || consul)
        put_shared(w, 403, consul ? "PlainError" : "Forbidden");
    if (strchr(route->pattern, '{'))
        put_shared(w, 404, consul ? "PlainError" : "NotFound");
    json_key(w, "default");
    json_raw(w, consul ? "{\"$ref\":\"#/components/responses/PlainError\"}"
                       : "{\"$ref\":\"#/components/responses/Other\"}");
    json_end_object(w);
}

/* ---- operations ---- */

static void put_security(struct json_writer *w, enum access_need access)
{
    json_key(w, "security");
    switch (access) {
    case ACCESS_FREE:
        json_raw(w, "[]");
        return;
    case ACCESS_READ: /* only where a READ_TOKEN is set */
        json_raw(w, "[{},{\"bearer\":[]},{\"internalToken\":[]}]");
        return;
    case ACCESS_CHANGE:
        json_raw(w, "[{\"bearer\":[]},{\"internalToken\":[]}]");
        return;
    }
}

/* Unique also without a row: "get" and the path's letters. */
static void put_id(struct json_writer *w, const struct route *route, const struct operation *operation,
                   const char *method)
{
    char id[160];
    size_t used = (size_t)snprintf(id, sizeof id, "%s", operation ? operation->id : method);
    if (operation && route->method == METHOD_ANY)
        snprintf(id + used, sizeof id - used, "%c%s", method[0] - 'a' + 'A', method + 1);
    for (const char *at = route->pattern; !operation && *at && used + 1 < sizeof id; at++)
        if ((*at >= 'a' && *at <= 'z') || (*at >= '0' && *at <= '9'))
            id[used++] = *at;
    if (!operation)
        id[used] = '\0';
    json_put_string(w, "operationId", id);
}

static void put_operation(struct json_writer *w, const struct route *route, const char *method)
{
    const struct operation *operation = operation_find(route);
    json_key(w, method);
    json_begin_object(w);
    put_id(w, route, operation, method);
    json_put_string(w, "summary", route->summary);
    if (operation) {
        if (operation->details)
            json_put_string(w, "description", operation->details);
        json_key(w, "tags");
        json_begin_array(w);
        json_string(w, operation->subject);
        json_end_array(w);
    }
    put_parameters(w, route, operation);
    if (strcmp(method, "get") != 0)
        put_body(w, operation);
    put_responses(w, route, operation);
    put_security(w, route->access);
    json_end_object(w);
}

static bool path_is_first(size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (strcmp(routes[i].pattern, routes[index].pattern) == 0)
            return false;
    return true;
}

static void put_paths(struct json_writer *w)
{
    char path[DESCRIPTION_PATH];
    json_key(w, "paths");
    json_begin_object(w);
    for (size_t i = 0; i < route_count; i++) {
        if (!operation_wanted(&routes[i]) || !path_is_first(i))
            continue;
        description_path(&routes[i], path);
        json_key(w, path);
        json_begin_object(w);
        for (size_t same = i; same < route_count; same++) {
            const char *method;
            bool wanted = strcmp(routes[same].pattern, routes[i].pattern) == 0;
            for (unsigned m = 0; wanted && (method = description_method(&routes[same], m)); m++)
                put_operation(w, &routes[same], method);
        }
        json_end_object(w);
    }
    json_end_object(w);
}

/* ---- what they share ---- */

static void put_shared_answers(struct json_writer *w)
{
    static const struct {
        const char *name, *meaning;
    } shared[] = {
        {"BadRequest", "A parameter or the body is wrong; the sentence names it and what is allowed"},
        {"Unauthorized", "The token is missing or wrong"},
        {"Forbidden", "No AUTH_TOKEN is configured, the page is of another origin, or the mode forbids it"},
        {"NotFound", "There is no such service"},
        {"NotBuilt", "Not built yet"},
        {"Other", "403 where the address may not ask, 405, 413, 421, 431, 500, 503"},
    };
    json_key(w, "responses");
    json_begin_object(w);
    json_key(w, "NotModified");
    json_raw(w, "{\"description\":\"What is known is still right\"}");
    json_key(w, "PlainError"); /* before its route is known, a request is refused as everywhere */
    json_raw(w, "{\"description\":\"What is wrong, in one sentence, as Consul says it\",\"content\":{"
                "\"text/plain\":{\"schema\":{\"type\":\"string\"}},\"application/problem+json\":{\"schema\":{"
                "\"$ref\":\"#/components/schemas/Problem\"}}}}");
    for (size_t i = 0; i < sizeof shared / sizeof *shared; i++) {
        json_key(w, shared[i].name);
        json_begin_object(w);
        json_put_string(w, "description", shared[i].meaning);
        put_answer_headers(w, false);
        json_key(w, "content");
        json_raw(w,
                 "{\"application/problem+json\":{\"schema\":{\"$ref\":\"#/components/schemas/Problem\"}}}");
        json_end_object(w);
    }
    json_end_object(w);
}

static void put_components(struct json_writer *w)
{
    json_key(w, "components");
    json_begin_object(w);
    json_key(w, "schemas");
    json_raw(w, openapi_schemas);
    put_shared_answers(w);
    json_key(w, "headers");
    json_raw(w,
             "{\"RequestId\":{\"description\":\"Names the request in the log; taken over when it was sent\","
             "\"schema\":{\"type\":\"string\"}},\"ETag\":{\"description\":\"Names this state; with -gz when "
             "compressed\",\"schema\":{\"type\":\"string\"}}}");
    json_key(w, "securitySchemes");
    json_raw(w, "{\"bearer\":{\"type\":\"http\",\"scheme\":\"bearer\",\"description\":\"AUTH_TOKEN for "
                "changes; it or "
                "READ_TOKEN for reading, where that is "
                "set\"},\"internalToken\":{\"type\":\"apiKey\",\"in\":\"header\","
                "\"name\":\"X-INTERNAL-TOKEN\",\"description\":\"The same token\"}}");
    json_end_object(w);
}

static void put_subjects(struct json_writer *w)
{
    json_key(w, "tags");
    json_begin_array(w);
    for (size_t i = 0; i < subject_count; i++) {
        json_begin_object(w);
        json_put_string(w, "name", subjects[i].name);
        json_put_string(w, "description", subjects[i].meaning);
        json_end_object(w);
    }
    json_end_array(w);
}

void description_openapi(const char *version, struct buf *out)
{
    struct json_writer writer, *w = &writer;
    json_start(w, out);
    json_begin_object(w);
    json_put_string(w, "openapi", "3.1.0");
    json_key(w, "info");
    json_begin_object(w);
    json_put_string(w, "title", "quaywatch");
    json_put_string(w, "version", version);
    json_put_string(w, "summary", "Service registry, health and healing for containers");
    json_put_string(
        w, "description",
        "Times are RFC 3339 UTC. HEAD works where GET does. Unknown query parameters are passed over.");
    json_key(w, "license");
    json_raw(w, "{\"name\":\"MIT\",\"identifier\":\"MIT\"}");
    json_end_object(w);
    json_key(w, "servers");
    json_raw(w, "[{\"url\":\"/\"}]");
    put_subjects(w);
    put_paths(w);
    put_components(w);
    json_end_object(w);
    buf_add(out, "\n", 1);
}
