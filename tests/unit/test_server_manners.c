/* SPDX-License-Identifier: MIT */
/* test_server_manners.c: what HTTP asks of every route alike: HEAD, OPTIONS, 405, tags, compression,
 * problems, odd queries and encoded names; and pages of other origins. */
#include "tests/support/server_fixture.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/limits.h"
#include "controller/core/mem.h"
#include "exporter/answers_consul.h"
#include "exporter/routes.h"

static const char *const method_text[METHOD_COUNT] = {"GET", "POST", "PUT", "DELETE", "PATCH"};

/* A path of the route: of something that is there. */
static void path_of(const struct route *route, char *ret, size_t size)
{
    const char *brace = strchr(route->pattern, '{'), *end = brace ? strchr(brace, '}') + 1 : NULL;
    const char *name = "web";
    if (strstr(route->pattern, "/alerts/"))
        name = "webhook"; /* a channel */
    else if (strstr(route->pattern, "/export/"))
        name = "hosts"; /* a format */
    else if (strncmp(route->pattern, "/v1/agent/", 10) == 0 && !strstr(route->pattern, "/name/"))
        name = "bot-web-1"; /* Consul's id of an instance */
    if (brace)
        snprintf(ret, size, "%.*s%s%s", (int)(brace - route->pattern), route->pattern, name, end);
    else
        snprintf(ret, size, "%s", route->pattern);
    ret[strcspn(ret, "*")] = '\0';
}

/* Header lines of a head that must be the same for HEAD and GET. */
static void assert_same_headers(const char *request, const struct reply *get, const struct reply *head)
{
    static const char *const names[] = {"Content-Type",  "Content-Length",   "ETag",  "Vary",
                                        "Cache-Control", "Content-Encoding", "Allow", "WWW-Authenticate"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char a[256], b[256];
        reply_header(get, names[i], a);
        reply_header(head, names[i], b);
        /* What moves may have grown by a digit meanwhile. */
        if (strcmp(a, b) != 0 && (strcmp(names[i], "Content-Length") != 0 || strlen(a) != strlen(b)))
            fail_msg("%s: %s is \"%s\" for GET and \"%s\" for HEAD", request, names[i], a, b);
    }
}

/* Consul's way: a sentence as plain text. */
static void assert_plain(const char *request, const struct reply *reply)
{
    char type[256];
    reply_header(reply, "Content-Type", type);
    if (strcmp(type, "text/plain; charset=utf-8") != 0 || strlen(reply->body) < 10)
        fail_msg("%s: %d, %s\n%s", request, reply->status, type, reply->body);
}

static void assert_problem(const char *request, const struct reply *reply)
{
    char type[256];
    struct json_object *value, *tree = json_tokener_parse(reply->body);
    reply_header(reply, "Content-Type", type);
    if (strcmp(type, "application/problem+json") != 0 || !tree)
        fail_msg("%s: %d, %s\n%s", request, reply->status, type, reply->body);
    assert_true(json_object_object_get_ex(tree, "status", &value));
    assert_int_equal(json_object_get_int(value), reply->status);
    assert_true(json_object_object_get_ex(tree, "title", &value));
    assert_string_not_equal(json_object_get_string(value), "Error");
    assert_true(json_object_object_get_ex(tree, "detail", &value));
    const char *detail = json_object_get_string(value);
    assert_true(strlen(detail) > 10 && strchr(".", detail[strlen(detail) - 1]));
    json_object_put(tree);
}

/* Every route, one way and another. */
static void test_every_route(void **state)
{
    struct served *served = *state;
    for (size_t i = 0; i < route_count; i++) {
        char path[300], request[320];
        const struct route *route = &routes[i];
        path_of(route, path, sizeof path);
        snprintf(request, sizeof request, "%s %s", method_text[route->method], path);
        struct reply reply = served_ask(served, request, TOKEN);
        bool has_keys = strstr(route->pattern, "/kv/") == NULL; /* there is none, ever */
        if (reply.status < 200 || (has_keys && reply.status == 404) || reply.status == 405)
            fail_msg("%s: %d %s", request, reply.status, reply.body);
        if (reply.status >= 400 && consul_route(route->pattern))
            assert_plain(request, &reply);
        else if (reply.status >= 400)
            assert_problem(request, &reply);
        if (route->method == METHOD_GET) {
            snprintf(request, sizeof request, "HEAD %s", path);
            struct reply head = served_ask(served, request, TOKEN);
            assert_int_equal(head.status, reply.status);
            assert_int_equal(head.length, 0);
            assert_same_headers(request, &reply, &head);
            reply_free(&head);
        }
        reply_free(&reply);
        if (route->method == METHOD_ANY)
            continue;
        /* What is not possible there, and what is. */
        char allow[256], methods[256];
        snprintf(request, sizeof request, "PATCH %s", path);
        reply = served_ask(served, request, TOKEN);
        if (reply.status != 405)
            fail_msg("%s: %d", request, reply.status);
        assert_problem(request, &reply);
        reply_header(&reply, "Allow", allow);
        assert_non_null(strstr(allow, method_text[route->method]));
        reply_free(&reply);
        snprintf(request, sizeof request, "OPTIONS %s", path);
        reply = served_ask(served, request, "");
        assert_int_equal(reply.status, 204);
        assert_int_equal(reply.length, 0);
        reply_header(&reply, "Allow", methods);
        assert_string_equal(allow, methods);
        reply_free(&reply);
    }
}

/* Without a token: changes are asked for one, whatever the route. */
static void test_every_change(void **state)
{
    struct served *served = *state;
    for (size_t i = 0; i < route_count; i++) {
        char path[300], request[320];
        const struct route *route = &routes[i];
        path_of(route, path, sizeof path);
        snprintf(request, sizeof request, "%s %s", method_text[route->method], path);
        if (route->method != METHOD_GET && route->method != METHOD_ANY)
            assert_int_equal(route->access, ACCESS_CHANGE);
        if (route->access != ACCESS_CHANGE)
            continue;
        assert_int_equal(served_status(served, request, ""), consul_route(route->pattern) ? 403 : 401);
        assert_int_equal(served_status(served, request, TOKEN "Origin: https://evil.example\r\n"), 403);
    }
    assert_int_equal(served->restarts, 0);
}

/* A tag saves the body, of the plain form and of the compressed one; and says that it depends on the
 * encoding. */
static void test_every_tag(void **state)
{
    struct served *served = *state;
    unsigned tagged = 0;
    for (size_t i = 0; i < route_count; i++) {
        static const char *const encodings[] = {"", "Accept-Encoding: gzip\r\n"};
        for (size_t e = 0; routes[i].method == METHOD_GET && e < 2; e++) {
            char path[300], request[320], tag[256], vary[256], coding[256];
            path_of(&routes[i], path, sizeof path);
            snprintf(request, sizeof request, "GET %s", path);
            struct reply reply = served_ask(served, request, encodings[e]);
            reply_header(&reply, "ETag", tag);
            reply_header(&reply, "Vary", vary);
            reply_header(&reply, "Content-Encoding", coding);
            bool small = strcmp(coding, "gzip") == 0;
            assert_true(!small || e == 1);
            reply_free(&reply);
            if (!tag[0])
                continue;
            tagged++;
            assert_non_null(strstr(vary, "Accept-Encoding"));
            assert_int_equal(small, strstr(tag, "-gz\"") != NULL);
            char *headers = mem_format("%sIf-None-Match: %s\r\n", encodings[e], tag);
            reply = served_ask(served, request, headers);
            if (reply.status != 304 || reply.length)
                fail_msg("%s with %s: %d", request, tag, reply.status);
            char again[256], type[256];
            reply_header(&reply, "ETag", again);
            reply_header(&reply, "Content-Type", type);
            assert_string_equal(again, tag);
            assert_string_equal(type, "");
            reply_free(&reply);
            free(headers);
        }
    }
    assert_true(tagged > 20);
}

/* Queries: unknown parameters are passed over, of several the first counts, and blanks and signs arrive. */
static void test_queries(void **state)
{
    struct served *served = *state;
    static const struct {
        const char *request;
        int status;
        const char *holds;
    } cases[] = {
        {"GET /services?nonsense=1&tag=api&other", 200, "\"count\":1}"},
        {"GET /services?", 200, "\"count\":3}"},
        {"GET /services?&&&=&", 200, "\"count\":3}"},
        {"GET /services?tag=api&tag=none", 200, "\"count\":1}"},
        {"GET /services?tag=none&tag=api", 200, "\"count\":0}"},
        {"GET /services?t%61g=ap%69", 200, "\"count\":1}"},
        {"GET /services?tag=api+", 200, "\"count\":0}"},
        {"GET /services?status=healthy+", 400, "healthy "},
        {"GET /services?status=%3Cb%3E", 400, "<b>"},
        {"GET /services?status=%zz", 400, "allowed are"},
        {"GET /services?healthy=TRUE", 200, "\"count\":2}"},
        {"GET /services?healthy=", 400, "neither true nor false"},
        {"GET /services/%77%65%62", 200, "\"name\":\"web\""},
        {"GET /services/web%2Fresolve", 200, "\"strategy\""}, /* an encoded slash is a slash */
        {"GET /services/web%20", 404, "web "},
        {"GET /services/%C3%A4", 404, "\xc3\xa4"},
        {"GET /services/%ff", 404, "?"},
        {"GET /services/%3Cscript%3E", 404, "<script>"},
        {"GET /api/v1/status?index", 200, "\"revision\""},
        {"GET /health?verbose=1", 200, "\"status\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct reply reply = served_ask(served, cases[i].request, "");
        if (reply.status != cases[i].status || !strstr(reply.body, cases[i].holds))
            fail_msg("%s: %d %s", cases[i].request, reply.status, reply.body);
        reply_free(&reply);
    }
    /* A name longer than any service's. */
    char *long_name = mem_format("GET /services/%0300d", 0);
    assert_int_equal(served_status(served, long_name, ""), 404);
    free(long_name);
}

/* OPTIONS of the server, and of nothing. */
static void test_options(void **state)
{
    struct served *served = *state;
    char allow[256];
    struct reply reply = served_ask(served, "OPTIONS *", "");
    reply_header(&reply, "Allow", allow);
    assert_int_equal(reply.status, 204);
    assert_string_equal(allow, "GET, HEAD, POST, PUT, DELETE, OPTIONS");
    reply_free(&reply);
    assert_int_equal(served_status(served, "OPTIONS /nothing", ""), 404);
}

#define PREFLIGHT(method) "Access-Control-Request-Method: " method "\r\n"
#define FROM(origin) "Origin: " origin "\r\n"

/* What a browser is told: origin allowed, methods allowed. Never credentials: tokens come in headers. */
static void test_cors(void **state)
{
    struct served *served = *state;
    static const char reload[] = "/api/v1/services/web/reload";
    static const struct {
        const char *origins, *method, *path, *headers;
        int status;
        const char *origin, *methods;
    } cases[] = {
        /* Off: nobody is told anything. */
        {"", "GET", "/api/v1/status", FROM("https://a.example"), 200, "", ""},
        {"", "OPTIONS", reload, FROM("https://a.example") PREFLIGHT("POST"), 204, "", ""},
        {"", "POST", reload, TOKEN FROM("https://a.example"), 403, "", ""},
        /* Listed: reads, and changes with the token. */
        {"https://a.example", "GET", "/api/v1/status", FROM("https://a.example"), 200, "https://a.example",
         ""},
        {"https://a.example", "GET", "/nothing", FROM("https://a.example"), 404, "https://a.example", ""},
        {"https://a.example", "GET", "/api/v1/status", "", 200, "", ""},
        {"https://a.example", "GET", "/api/v1/status", FROM("https://b.example"), 200, "", ""},
        {"https://a.example", "GET", "/api/v1/status", FROM("http://a.example"), 200, "", ""},
        {"https://a.example", "OPTIONS", reload, FROM("https://a.example") PREFLIGHT("POST"), 204,
         "https://a.example", "POST, OPTIONS"},
        {"https://a.example", "OPTIONS", reload, FROM("https://b.example") PREFLIGHT("POST"), 204, "", ""},
        {"https://a.example", "POST", reload, TOKEN FROM("https://a.example"), 202, "https://a.example", ""},
        {"https://a.example", "POST", reload, FROM("https://a.example"), 401, "https://a.example", ""},
        {"https://a.example", "POST", reload, TOKEN FROM("https://b.example"), 403, "", ""},
        /* Everybody: for reading only. */
        {"*", "GET", "/api/v1/status", FROM("https://b.example"), 200, "*", ""},
        {"*", "GET", "/api/v1/status", FROM("null"), 200, "*", ""},
        {"*", "OPTIONS", "/api/v1/status", FROM("https://b.example") PREFLIGHT("GET"), 204, "*", "GET, HEAD"},
        {"*", "OPTIONS", reload, FROM("https://b.example") PREFLIGHT("POST"), 204, "*", "GET, HEAD"},
        {"*", "POST", reload, TOKEN FROM("https://b.example"), 403, "*", ""},
        {"*, https://a.example", "POST", reload, TOKEN FROM("https://a.example"), 202, "*", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char request[300], origin[256], methods[256], vary[256], credentials[256];
        served->options.cors_origins = cases[i].origins;
        served_reopen(served);
        snprintf(request, sizeof request, "%s %s", cases[i].method, cases[i].path);
        struct reply reply = served_ask(served, request, cases[i].headers);
        reply_header(&reply, "Access-Control-Allow-Origin", origin);
        reply_header(&reply, "Access-Control-Allow-Methods", methods);
        reply_header(&reply, "Access-Control-Allow-Credentials", credentials);
        reply_header(&reply, "Vary", vary);
        if (reply.status != cases[i].status || strcmp(origin, cases[i].origin) != 0 ||
            strcmp(methods, cases[i].methods) != 0 || credentials[0] ||
            (strstr(vary, "Origin") != NULL) != (cases[i].origins[0] != '\0'))
            fail_msg("case %zu, %s: %d\n%s", i, request, reply.status, reply.head);
        reply_free(&reply);
    }
    assert_int_equal(served->restarts, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVED(test_every_route), SERVED(test_every_change), SERVED(test_every_tag),
        SERVED(test_queries),     SERVED(test_options),      SERVED(test_cors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
