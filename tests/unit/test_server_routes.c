/* SPDX-License-Identifier: MIT */
/* test_server_routes.c: every route on a real socket: what it answers to GET, HEAD and wrong methods; the
 * page. */
#include "tests/support/server_fixture.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exporter/page.h"
#include "exporter/routes.h"

static const struct {
    const char *request;
    int status;
    const char *type, *holds;
} answers[] = {
    {"GET /", 200, "text/html; charset=utf-8", "<html"},
    {"GET /style.css", 200, "text/css; charset=utf-8", ""},
    {"GET /app.js", 200, "text/javascript; charset=utf-8", "sessionStorage"},
    {"GET /icon.svg", 200, "image/svg+xml", "<svg"},
    {"GET /health", 200, "application/json", "\"dependencies\":{\"engine\":true}"},
    {"GET /api/v1/health", 200, "application/json", "\"service\":\"quaywatch\""},
    {"GET /metrics", 200, "text/plain; version=0.0.4; charset=utf-8", "quaywatch_engine_up 1"},
    {"GET /api/v1/status", 200, "application/json", "{\"schema\":1,"},
    {"GET /api/v1/samples", 200, "application/json", "checks_passed"},
    {"GET /services", 200, "application/json", "\"count\":3}"},
    {"GET /services?tag=api", 200, "application/json", "\"count\":1}"},
    {"GET /services?status=healthy", 200, "application/json", "\"count\":2}"},
    {"GET /services?status=well", 400, "application/problem+json", "allowed are"},
    {"GET /services?healthy=true", 200, "application/json", "\"count\":2}"},
    {"GET /services?healthy=false", 200, "application/json", "\"count\":1}"},
    {"GET /services?healthy=perhaps", 400, "application/problem+json", "neither true nor false"},
    {"GET /services/health", 200, "application/json", "\"db\":{\"status\":\"degraded\""},
    {"GET /api/v1/health/services", 200, "application/json", "\"summary\":"},
    {"GET /services/stats", 200, "application/json", "\"circuitBreaker\":"},
    {"GET /services/web", 200, "application/json", "\"samples\":[{"},
    {"GET /services/%77eb", 200, "application/json", "\"name\":\"web\""},
    {"GET /services/name:bot:web", 200, "application/json", "\"name\":\"web\""},
    {"GET /services/nope", 404, "application/problem+json", "\"status\":404"},
    {"GET /services/web/resolve", 200, "application/json", "\"url\":\"http://web:5000\""},
    {"GET /services/web/resolve?order=address-first", 200, "application/json",
     "\"url\":\"http://172.20.0.2:5000\""},
    {"GET /services/db/resolve?strategy=random", 200, "application/json", "\"container\":\"bot-db-1\""},
    {"GET /services/db/resolve?strategy=guess", 400, "application/problem+json", "round_robin"},
    {"GET /services/db/resolve?order=any", 400, "application/problem+json", "dns-first"},
    {"GET /services/db/resolve?tag=none", 503, "application/problem+json", "No instance"},
    {"GET /v1/api/status/services", 200, "application/json", "\"state\":\"closed\""},
    {"GET /api/v1/services/web/status", 200, "application/json", "{\"name\":\"web\""},
    {"GET /api/v1/services/web/explain", 200, "application/json", "\"hold\":\"backoff\""},
    {"GET /api/v1/services/bot-db-2/explain", 200, "application/json", "\"container\":\"bot-db-2\""},
    {"GET /api/v1/services/nope/explain", 404, "application/problem+json", "nope"},
    {"GET /api/v1/graph", 200, "application/json", "\"edges\":"},
    {"GET /api/v1/graph?format=dot", 200, "text/vnd.graphviz; charset=utf-8", "digraph"},
    {"GET /api/v1/graph?format=mermaid", 200, "text/plain; charset=utf-8", "graph LR"},
    {"GET /api/v1/graph?format=png", 400, "application/problem+json", "mermaid"},
    {"GET /api/v1/lint", 200, "application/json", "\"code\":\"unknown-key\""},
    {"GET /api/v1/events", 200, "application/json", "\"events\":[]"},
    {"GET /api/v1/openapi.json", 200, "application/json", "\"openapi\":\"3.1.0\""},
    {"GET /docs", 200, "text/html; charset=utf-8", "<h1>The API"},
    {"GET /export/hosts", 200, "text/plain; charset=utf-8", "172.20.0.2\tweb bot-web-1\n"},
    {"GET /export/hosts?tag=api&project=bot", 200, "text/plain; charset=utf-8", "web"},
    {"GET /export/nope", 404, "application/problem+json", "hosts"},
    {"GET /api/v1/services/web/anything/else", 501, "application/problem+json", ""},
    {"PATCH /api/v1/services/web/anything", 501, "application/problem+json", ""},
    {"POST /services", 501, "application/problem+json", ""},
    {"PUT /services/x/heartbeat", 501, "application/problem+json", ""},
    {"DELETE /services/x", 501, "application/problem+json", ""},
    {"POST /api/v1/services/web/maintenance", 400, "application/problem+json", "from 1s to 30 days"},
    {"POST /api/v1/services/web/maintenance?duration=1h", 200, "application/json", "\"maintenance_until\":"},
    {"POST /api/v1/services/web/breaker/trip", 200, "application/json", "\"action\":\"trip\""},
    {"POST /api/v1/services/web/breaker/reset?instance=web", 404, "application/problem+json", "no instance"},
    {"POST /api/v1/services/nobody/breaker/reset", 404, "application/problem+json", ""},
    {"POST /api/v1/services/nope/reload", 404, "application/problem+json", "nope"},
    {"POST /api/v1/services/web/reload", 202, "application/json", "\"accepted\""},
    {"GET /nothing", 404, "application/problem+json", "/nothing"},
    {"GET /services/", 404, "application/problem+json", ""},
    {"GET /api/v1/statusx", 404, "application/problem+json", ""},
    {"GET /a%22%3Cb%3E%0A", 404, "application/problem+json", "/a\\\"<b> "},
    {"POST /health", 405, "application/problem+json", "GET, HEAD"},
    {"DELETE /services", 405, "application/problem+json", "GET, HEAD, POST, OPTIONS"},
    {"DELETE /api/v1/services/web/status", 405, "application/problem+json", ""},
    {"GET /api/v1/services/web/reload", 405, "application/problem+json", "POST"},
};

static void test_answers(void **state)
{
    struct served *fixture = *state;
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        char type[256], id[256];
        struct reply reply = served_ask(fixture, answers[i].request, TOKEN);
        reply_header(&reply, "Content-Type", type);
        reply_header(&reply, "X-Request-ID", id);
        if (reply.status != answers[i].status || strcmp(type, answers[i].type) != 0 || !id[0] ||
            !strstr(reply.body, answers[i].holds))
            fail_msg("%s: %d\n%s%s", answers[i].request, reply.status, reply.head, reply.body);
        if (strstr(type, "json")) {
            struct json_object *tree = json_tokener_parse(reply.body);
            assert_non_null(tree);
            json_object_put(tree);
        }
        assert_null(strstr(reply.body, "secret"));
        reply_free(&reply);
    }
}

/* HEAD is GET without its body. */
static void test_head(void **state)
{
    struct served *fixture = *state;
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        char request[256], length[256];
        if (strncmp(answers[i].request, "GET ", 4) != 0)
            continue;
        snprintf(request, sizeof request, "HEAD %s", answers[i].request + 4);
        struct reply reply = served_ask(fixture, request, TOKEN);
        reply_header(&reply, "Content-Length", length);
        if (reply.status != answers[i].status || reply.length || atoi(length) <= 0)
            fail_msg("%s: %d, %s", request, reply.status, length);
        reply_free(&reply);
    }
}

static void test_allow(void **state)
{
    struct served *fixture = *state;
    char allow[256];
    struct reply reply = served_ask(fixture, "PUT /services", "Content-Length: 0\r\n");
    reply_header(&reply, "Allow", allow);
    assert_int_equal(reply.status, 405);
    assert_string_equal(allow, "GET, HEAD, POST, OPTIONS");
    reply_free(&reply);
}

static void test_negotiated_root(void **state)
{
    struct served *fixture = *state;
    struct reply reply = served_ask(fixture, "GET /", "Accept: application/json\r\n");
    assert_non_null(strstr(reply.body, "\"links\":"));
    assert_non_null(strstr(reply.body, "\"access\":{\"read\":\"open\",\"change\":\"token\"}"));
    reply_free(&reply);
    char value[256];
    reply = served_ask(fixture, "GET /", "Accept: text/html,application/json;q=0.9\r\n");
    assert_non_null(strstr(reply.body, "<html"));
    reply_header(&reply, "Content-Security-Policy", value);
    assert_int_equal(strncmp(value, "default-src 'self'", 18), 0);
    reply_header(&reply, "X-Content-Type-Options", value);
    assert_string_equal(value, "nosniff");
    reply_header(&reply, "Referrer-Policy", value);
    assert_string_equal(value, "no-referrer");
    reply_header(&reply, "Vary", value);
    assert_string_equal(value, "Accept, Accept-Encoding");
    reply_free(&reply);
}

enum { PAGE_FILE_MAX = 1 << 18, PAGE_WEIGHT_MAX = 150 * 1024 };

/* The bytes of a file that the build has made for the page; static. */
static const char *built_bytes(const char *name, size_t *ret_length)
{
    static char bytes[PAGE_FILE_MAX];
    const char *build = getenv("BUILD");
    char path[400];
    snprintf(path, sizeof path, "%s/exporter/page/%s", build ? build : "build", name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    *ret_length = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    assert_true(*ret_length < sizeof bytes);
    return bytes;
}

/* Asks for a file of the page in one form; gives its length. */
static size_t check_page_file(struct served *fixture, const char *name, const char *built, const char *accept)
{
    char request[300], tag[256], header[300];
    size_t length;
    const char *bytes = built_bytes(built, &length);
    snprintf(request, sizeof request, "GET /%s", strcmp(name, "index.html") == 0 ? "" : name);
    struct reply reply = served_ask(fixture, request, accept);
    if (reply.status != 200 || (length > 512 && reply.length != length) ||
        (reply.length == length && memcmp(reply.body, bytes, length) != 0))
        fail_msg("%s: %d, %zu bytes of %zu", request, reply.status, reply.length, length);
    reply_header(&reply, "ETag", tag);
    reply_free(&reply);
    snprintf(header, sizeof header, "If-None-Match: %s\r\n", tag);
    assert_int_equal(served_status(fixture, request, header), 304);
    assert_int_equal(served_status(fixture, request, "If-None-Match: \"other\"\r\n"), 200);
    return length;
}

/* Every file of the dashboard is served as it was built, compressed at build for those who take that, with a
 * tag that saves its body; and all of them together are light. */
static void test_page_files(void **state)
{
    struct served *fixture = *state;
#define NAME(symbol, name, type, summary) name,
    static const char *const names[] = {"index.html", PAGE_FILES(NAME)};
#undef NAME
    size_t weight = 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char small[300];
        snprintf(small, sizeof small, "%s.gz", names[i]);
        check_page_file(fixture, names[i], names[i], "");
        weight += check_page_file(fixture, names[i], small, "Accept-Encoding: gzip\r\n");
    }
    assert_true(weight > 10 * 1024 && weight < PAGE_WEIGHT_MAX);
}

/* The licence of each library in the page is there for everybody. */
static void test_licences(void **state)
{
    struct reply reply = served_ask(*state, "GET /licences.txt", "");
    static const char *const parts[] = {"node-dagre-layout", "node-graphlibrary", "node-lodash",
                                        "THE SOFTWARE IS PROVIDED"};
    assert_int_equal(reply.status, 200);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        assert_non_null(strstr(reply.body, parts[i]));
    reply_free(&reply);
}

/* Every row can be reached: no row stands in the shadow of an earlier one. */
static void test_routes_reachable(void **state)
{
    (void)state;
    static const char *const methods[METHOD_COUNT] = {"GET", "POST", "PUT", "DELETE", "PATCH"};
    for (size_t i = 0; i < route_count; i++) {
        char path[300], name[REQUEST_NAME], allow[64];
        const char *brace = strchr(routes[i].pattern, '{'), *end = brace ? strchr(brace, '}') + 1 : NULL;
        if (brace)
            snprintf(path, sizeof path, "%.*ssome%s", (int)(brace - routes[i].pattern), routes[i].pattern,
                     end);
        else
            snprintf(path, sizeof path, "%s", routes[i].pattern);
        const struct route *found = route_find(methods[routes[i].method], path, name, allow, sizeof allow);
        assert_ptr_equal(found, &routes[i]);
        assert_string_equal(name, brace ? "some" : "");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVED(test_answers),
        SERVED(test_head),
        SERVED(test_allow),
        SERVED(test_negotiated_root),
        SERVED(test_page_files),
        SERVED(test_licences),
        cmocka_unit_test(test_routes_reachable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
