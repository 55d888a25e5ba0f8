/* SPDX-License-Identifier: MIT */
/* test_server.c: a real server on a real socket: every route, caching, compression, access, limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include <zlib.h>

#include "controller/core/error.h"
#include "controller/core/limits.h"
#include "exporter/listen.h"
#include "exporter/negotiate.h"
#include "exporter/render.h"
#include "exporter/routes.h"
#include "exporter/server.h"
#include "tests/support/loop_client.h"
#include "tests/support/sample_registry.h"

#define TOKEN "Authorization: Bearer change-me\r\n"

struct fixture {
    struct journal *journal;
    uv_loop_t loop;
    struct registry *registry;
    struct stats stats;
    struct exporter_context context;
    struct server_options options;
    struct server *server;
    int port;
    const char *trouble;
    int restart_code, restarts;
    bool forced;
    int64_t maintained_ms; /* -1: not asked */
};

static int maintain(void *user, const struct service *service, int64_t duration_ms, struct error *err)
{
    struct fixture *fixture = user;
    (void)service, (void)err;
    fixture->maintained_ms = duration_ms;
    return 0;
}

static int restart(void *user, const struct service *service, bool force, struct error *err)
{
    struct fixture *fixture = user;
    (void)service;
    fixture->restarts++;
    fixture->forced = force;
    if (!fixture->restart_code)
        return 0;
    return error_set(err, fixture->restart_code, "Not now");
}

static int ladder(void *user, const struct instance *instance, struct ladder_row row[static HOLD_COUNT])
{
    (void)user, (void)instance;
    for (int i = 0; i < HOLD_COUNT; i++) {
        row[i] = (struct ladder_row){.hold = (enum hold)i, .holds = false};
        snprintf(row[i].sentence, sizeof row[i].sentence, "Row %d is clear.", i);
    }
    return 0;
}

static const char *trouble(void *user)
{
    const struct fixture *fixture = user;
    return fixture->trouble;
}

static void open_server(struct fixture *fixture)
{
    struct error err = {0};
    fixture->server = server_open(&fixture->loop, &fixture->options, &fixture->context, &err);
    if (!fixture->server)
        fail_msg("%s", err.text);
    fixture->port = server_port(fixture->server);
}

static void close_server(struct fixture *fixture)
{
    server_close(fixture->server);
    uv_run(&fixture->loop, UV_RUN_DEFAULT);
}

static int setup(void **state)
{
    struct fixture *fixture = mem_new(sizeof *fixture);
    uv_loop_init(&fixture->loop);
    fixture->registry = sample_registry();
    fixture->context = (struct exporter_context){
        .registry = fixture->registry,
        .journal = fixture->journal = journal_new(),
        .stats = &fixture->stats,
        .actions =
            {.user = fixture, .restart = restart, .maintain = maintain, .ladder = ladder, .trouble = trouble},
        .version = "0.1.0",
        .metrics_prefix = "quaywatch",
        .metrics_enabled = true,
        .state_dir = "/",
        .load_balancing = "health_based",
    };
    fixture->options = (struct server_options){
        .listen = "127.0.0.1:0", .listen_fd = -1, .auth_token = "change-me"};
    open_server(fixture);
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    close_server(fixture);
    assert_int_equal(uv_loop_close(&fixture->loop), 0);
    stats_free(&fixture->stats);
    journal_free(fixture->journal);
    registry_free(fixture->registry);
    free(fixture);
    return 0;
}

/* Starts the server anew with changed options. */
static void reopen(struct fixture *fixture)
{
    close_server(fixture);
    open_server(fixture);
}

static struct reply ask(struct fixture *fixture, const char *request, const char *headers)
{
    return loop_ask(&fixture->loop, fixture->port, request, headers);
}

static int status_of(struct fixture *fixture, const char *request, const char *headers)
{
    struct reply reply = ask(fixture, request, headers);
    int status = reply.status;
    reply_free(&reply);
    return status;
}

static const struct {
    const char *request;
    int status;
    const char *type, *holds;
} answers[] = {
    {"GET /", 200, "text/html; charset=utf-8", "<html"},
    {"GET /style.css", 200, "text/css; charset=utf-8", ""},
    {"GET /app.js", 200, "text/javascript; charset=utf-8", "import "},
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
    {"GET /api/v1/openapi.json", 501, "application/problem+json", ""},
    {"GET /export/env", 501, "application/problem+json", ""},
    {"GET /api/v1/services/web/anything/else", 501, "application/problem+json", ""},
    {"PATCH /api/v1/services/web/anything", 501, "application/problem+json", ""},
    {"POST /services", 501, "application/problem+json", ""},
    {"PUT /services/x/heartbeat", 501, "application/problem+json", ""},
    {"DELETE /services/x", 501, "application/problem+json", ""},
    {"POST /api/v1/services/web/maintenance", 400, "application/problem+json", "from 1s to 30 days"},
    {"POST /api/v1/services/web/maintenance?duration=1h", 200, "application/json", "\"maintenance_until\":"},
    {"POST /api/v1/services/web/breaker/trip", 501, "application/problem+json", ""},
    {"POST /api/v1/services/nope/reload", 404, "application/problem+json", "nope"},
    {"POST /api/v1/services/web/reload", 202, "application/json", "\"accepted\""},
    {"GET /nothing", 404, "application/problem+json", "/nothing"},
    {"GET /services/", 404, "application/problem+json", ""},
    {"GET /api/v1/statusx", 404, "application/problem+json", ""},
    {"GET /a%22%3Cb%3E%0A", 404, "application/problem+json", "/a\\\"<b> "},
    {"POST /health", 405, "application/problem+json", "GET, HEAD"},
    {"DELETE /services", 405, "application/problem+json", "GET, HEAD, POST"},
    {"DELETE /api/v1/services/web/status", 405, "application/problem+json", ""},
    {"GET /api/v1/services/web/reload", 405, "application/problem+json", "POST"},
};

static void test_answers(void **state)
{
    struct fixture *fixture = *state;
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        char type[256], id[256];
        struct reply reply = ask(fixture, answers[i].request, TOKEN);
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
    struct fixture *fixture = *state;
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        char request[256], length[256];
        if (strncmp(answers[i].request, "GET ", 4) != 0)
            continue;
        snprintf(request, sizeof request, "HEAD %s", answers[i].request + 4);
        struct reply reply = ask(fixture, request, TOKEN);
        reply_header(&reply, "Content-Length", length);
        if (reply.status != answers[i].status || reply.length || atoi(length) <= 0)
            fail_msg("%s: %d, %s", request, reply.status, length);
        reply_free(&reply);
    }
}

static void test_allow(void **state)
{
    struct fixture *fixture = *state;
    char allow[256];
    struct reply reply = ask(fixture, "PUT /services", "Content-Length: 0\r\n");
    reply_header(&reply, "Allow", allow);
    assert_int_equal(reply.status, 405);
    assert_string_equal(allow, "GET, HEAD, POST");
    reply_free(&reply);
}

static void test_negotiated_root(void **state)
{
    struct fixture *fixture = *state;
    struct reply reply = ask(fixture, "GET /", "Accept: application/json\r\n");
    assert_non_null(strstr(reply.body, "\"links\":"));
    reply_free(&reply);
    char value[256];
    reply = ask(fixture, "GET /", "Accept: text/html,application/json;q=0.9\r\n");
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

/* Every file in the dashboard's folder is served as it is, with a tag that saves its body. */
static void test_page_files(void **state)
{
    struct fixture *fixture = *state;
    static char bytes[1 << 16];
    int count = 0;
    DIR *folder = opendir("exporter/page");
    assert_non_null(folder);
    for (struct dirent *entry; (entry = readdir(folder));) {
        char request[300], path[300], tag[256], header[300];
        bool index = strcmp(entry->d_name, "index.html") == 0;
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "exporter/page/%s", entry->d_name);
        FILE *file = fopen(path, "r");
        assert_non_null(file);
        size_t length = fread(bytes, 1, sizeof bytes, file);
        fclose(file);
        snprintf(request, sizeof request, "GET /%s", index ? "" : entry->d_name);
        struct reply reply = ask(fixture, request, "");
        if (reply.status != 200 || reply.length != length || memcmp(reply.body, bytes, length) != 0)
            fail_msg("%s: %d, %zu bytes of %zu", request, reply.status, reply.length, length);
        reply_header(&reply, "ETag", tag);
        reply_free(&reply);
        snprintf(header, sizeof header, "If-None-Match: %s\r\n", tag);
        assert_int_equal(status_of(fixture, request, header), 304);
        assert_int_equal(status_of(fixture, request, "If-None-Match: \"other\"\r\n"), 200);
        count++;
    }
    closedir(folder);
    assert_true(count > 4);
}

static char *inflated(const struct reply *reply, size_t *ret_length)
{
    enum { ROOM = 1 << 20 };
    char *text = mem_new(ROOM);
    z_stream stream = {.next_in = (Bytef *)reply->body, .avail_in = (uInt)reply->length};
    assert_int_equal(inflateInit2(&stream, 15 + 16), Z_OK);
    stream.next_out = (Bytef *)text;
    stream.avail_out = ROOM - 1;
    assert_int_equal(inflate(&stream, Z_FINISH), Z_STREAM_END);
    *ret_length = stream.total_out;
    inflateEnd(&stream);
    return text;
}

/* The compressed answer is the plain one; both have tags of the revision, and either tag saves the body. */
static void test_gzip_and_tags(void **state)
{
    struct fixture *fixture = *state;
    static const char *const requests[] = {"GET /api/v1/status", "GET /services?tag=api",
                                           "GET /services/health", "GET /api/v1/services/web/status"};
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
        char value[256];
        size_t length;
        struct reply plain = ask(fixture, requests[i], ""),
                     small = ask(fixture, requests[i], "Accept-Encoding: gzip\r\n");
        reply_header(&small, "Content-Encoding", value);
        if (plain.length >= 512) {
            assert_string_equal(value, "gzip");
            assert_true(small.length < plain.length);
            char *text = inflated(&small, &length);
            assert_int_equal(length, plain.length);
            assert_memory_equal(text, plain.body, length);
            free(text);
            reply_header(&small, "ETag", value);
            assert_string_equal(value, "\"5f3a-1-gz\"");
        }
        reply_header(&plain, "ETag", value);
        assert_string_equal(value, "\"5f3a-1\"");
        reply_header(&plain, "Vary", value);
        assert_string_equal(value, "Accept-Encoding");
        reply_free(&plain);
        reply_free(&small);
        assert_int_equal(status_of(fixture, requests[i], "If-None-Match: \"5f3a-1\"\r\n"), 304);
        assert_int_equal(status_of(fixture, requests[i], "If-None-Match: W/\"x\", \"5f3a-1-gz\"\r\n"), 304);
        assert_int_equal(status_of(fixture, requests[i], "If-None-Match: \"5f3a-2\"\r\n"), 200);
    }
}

static void test_revision_moves_the_tag(void **state)
{
    struct fixture *fixture = *state;
    char value[256];
    struct ref ref = registry_service(fixture->registry, "web")->first->ref;
    assert_int_equal(status_of(fixture, "GET /api/v1/status", ""), 200);
    sample_status(fixture->registry, ref, STATUS_UNHEALTHY);
    sample_settle(fixture->registry);
    struct reply reply = ask(fixture, "GET /api/v1/status", "If-None-Match: \"5f3a-1\"\r\n");
    assert_int_equal(reply.status, 200);
    assert_non_null(strstr(reply.body, "\"revision\":2,"));
    reply_header(&reply, "ETag", value);
    assert_string_equal(value, "\"5f3a-2\"");
    reply_free(&reply);
    reply = ask(fixture, "GET /api/v1/status", "If-None-Match: \"5f3a-2-gz\"\r\n");
    assert_int_equal(reply.status, 304);
    assert_int_equal(reply.length, 0);
    reply_header(&reply, "ETag", value);
    assert_string_equal(value, "\"5f3a-2-gz\"");
    reply_free(&reply);
}

/* What moves is never cached. */
static void test_no_store(void **state)
{
    struct fixture *fixture = *state;
    static const char *const requests[] = {"GET /api/v1/samples", "GET /services/web", "GET /services/stats",
                                           "GET /health",         "GET /metrics",      "GET /nothing"};
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
        char cache[256], tag[256];
        struct reply reply = ask(fixture, requests[i], "");
        reply_header(&reply, "Cache-Control", cache);
        reply_header(&reply, "ETag", tag);
        assert_string_equal(cache, "no-store");
        assert_string_equal(tag, "");
        reply_free(&reply);
    }
}

static void test_request_id(void **state)
{
    struct fixture *fixture = *state;
    char exact[160], longer[160];
    snprintf(exact, sizeof exact, "X-Request-ID: %0128d\r\n", 0);
    snprintf(longer, sizeof longer, "X-Request-ID: %0129d\r\n", 0);
    const struct {
        const char *header, *expected; /* NULL: a new one */
    } cases[] = {
        {"X-Request-ID: abc-1\r\n", "abc-1"},
        {"X-Correlation-ID: corr\r\n", "corr"},
        {"X-Request-ID: a\r\nX-Correlation-ID: b\r\n", "a"},
        {"X-Request-ID: a\tb\r\n", NULL},
        {"X-Request-ID: \xc3\xa4\r\n", NULL},
        {"", NULL},
        {longer, NULL},
    };
    char first[256] = "", id[256];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct reply reply = ask(fixture, "GET /api/v1/status", cases[i].header);
        reply_header(&reply, "X-Request-ID", id);
        assert_int_equal(reply.status, 200);
        if (cases[i].expected) {
            assert_string_equal(id, cases[i].expected);
        } else {
            assert_int_equal(strspn(id, "0123456789abcdef-"), 17);
            assert_string_not_equal(id, first);
            memcpy(first, id, sizeof first);
        }
        reply_free(&reply);
    }
    struct reply reply = ask(fixture, "GET /nothing", exact);
    reply_header(&reply, "X-Request-ID", id);
    assert_int_equal(strlen(id), 128);
    reply_free(&reply);
}

static void test_health_tells_trouble(void **state)
{
    struct fixture *fixture = *state;
    fixture->trouble = "Restarts are refused: only observing";
    struct reply reply = ask(fixture, "GET /health", "");
    assert_int_equal(reply.status, 200);
    assert_non_null(strstr(reply.body, "{\"status\":\"degraded\","));
    assert_non_null(strstr(reply.body, "\"controller\":\"warning: Restarts are refused: only observing\""));
    assert_non_null(strstr(reply.body, "\"memory\":{\"used\":"));
    reply_free(&reply);
    /* The engine of the samples is away since a moment long ago, or to come. */
    sample_head(fixture->registry, false);
    sample_settle(fixture->registry);
    bool long_ago = clock_now().wall_ms - sample_moment.wall_ms > 30000;
    reply = ask(fixture, "GET /health", "");
    assert_int_equal(reply.status, long_ago ? 503 : 200);
    assert_non_null(strstr(reply.body, "\"engine\":\"unhealthy: The engine is away\""));
    reply_free(&reply);
    const struct engine_view lost = {.since_wall_ms = clock_now().wall_ms - 31000};
    registry_apply(fixture->registry, &(struct change){.kind = CHANGE_ENGINE, .engine = &lost},
                   sample_moment);
    assert_int_equal(status_of(fixture, "GET /health", ""), 503);
    const struct engine_view new_loss = {.since_wall_ms = clock_now().wall_ms - 5000};
    registry_apply(fixture->registry, &(struct change){.kind = CHANGE_ENGINE, .engine = &new_loss},
                   sample_moment);
    assert_int_equal(status_of(fixture, "GET /health", ""), 200);
}

static void test_change_needs_token(void **state)
{
    struct fixture *fixture = *state;
    static const char request[] = "POST /api/v1/services/web/reload";
    char origin[200], value[256];
    struct reply reply = ask(fixture, request, "");
    assert_int_equal(reply.status, 401);
    reply_header(&reply, "WWW-Authenticate", value);
    assert_string_equal(value, "Bearer realm=\"quaywatch\"");
    reply_free(&reply);
    assert_int_equal(status_of(fixture, request, "Authorization: Bearer change-m\r\n"), 401);
    assert_int_equal(status_of(fixture, request, "Authorization: Bearer change-me2\r\n"), 401);
    assert_int_equal(status_of(fixture, request, "Authorization: Bearer change-mechange-me\r\n"), 401);
    assert_int_equal(status_of(fixture, request, "Authorization: Basic change-me\r\n"), 401);
    assert_int_equal(status_of(fixture, request, "X-INTERNAL-TOKEN: \r\n"), 401);
    assert_int_equal(status_of(fixture, request, TOKEN "Origin: http://evil.example\r\n"), 403);
    assert_int_equal(status_of(fixture, request, TOKEN "Origin: null\r\n"), 403);
    assert_int_equal(fixture->restarts, 0);
    assert_int_equal(status_of(fixture, request, "X-INTERNAL-TOKEN: change-me\r\n"), 202);
    snprintf(origin, sizeof origin, TOKEN "Origin: http://127.0.0.1:%d\r\n", fixture->port);
    assert_int_equal(status_of(fixture, request, origin), 202);
    assert_int_equal(fixture->restarts, 2);
    assert_false(fixture->forced);
    assert_int_equal(status_of(fixture, "POST /api/v1/services/web/reload?force=true", TOKEN), 202);
    assert_true(fixture->forced);
    assert_int_equal(status_of(fixture, "POST /api/v1/services/web/reload?force=maybe", TOKEN), 400);
    static const int codes[][2] = {{-EBUSY, 409}, {-EACCES, 403}, {-ENOENT, 404}, {-EIO, 502}};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        fixture->restart_code = codes[i][0];
        assert_int_equal(status_of(fixture, request, TOKEN), codes[i][1]);
    }
}

static void test_no_token_configured(void **state)
{
    struct fixture *fixture = *state;
    fixture->options.auth_token = "";
    reopen(fixture);
    assert_int_equal(status_of(fixture, "POST /api/v1/services/web/reload", ""), 403);
    assert_int_equal(status_of(fixture, "POST /api/v1/services/web/reload", "Authorization: Bearer \r\n"),
                     403);
    assert_int_equal(status_of(fixture, "POST /api/v1/services/web/reload", "X-INTERNAL-TOKEN: \r\n"), 403);
    assert_int_equal(fixture->restarts, 0);
}

static void test_read_token(void **state)
{
    struct fixture *fixture = *state;
    fixture->options.read_token = "read-me";
    reopen(fixture);
    assert_int_equal(status_of(fixture, "GET /api/v1/status", ""), 401);
    assert_int_equal(status_of(fixture, "GET /metrics", ""), 401);
    assert_int_equal(status_of(fixture, "GET /api/v1/status", "Authorization: bearer read-me\r\n"), 200);
    assert_int_equal(status_of(fixture, "GET /api/v1/status", TOKEN), 200);
    assert_int_equal(status_of(fixture, "POST /api/v1/services/web/reload", "X-INTERNAL-TOKEN: read-me\r\n"),
                     401);
    assert_int_equal(status_of(fixture, "GET /health", ""), 200);
    assert_int_equal(status_of(fixture, "GET /", ""), 200);
}

static void test_networks(void **state)
{
    struct fixture *fixture = *state;
    static const struct {
        const char *allowed, *blocked;
        bool internal_only;
        int status;
    } cases[] = {
        {"10.0.0.0/8", "", false, 403},          {"127.0.0.0/8, ::1", "", false, 200},
        {"", "127.0.0.1", false, 403},           {"127.0.0.0/8", "127.0.0.1/32", false, 403},
        {"", "10.0.0.0/8,fd00::/8", false, 200}, {"", "", true, 200},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fixture->options.allowed_networks = cases[i].allowed;
        fixture->options.blocked_networks = cases[i].blocked;
        fixture->options.internal_only = cases[i].internal_only;
        /* A socket for IPv6 and IPv4 sees our address mapped into IPv6. */
        fixture->options.listen = i % 2 ? ":0" : "127.0.0.1:0";
        reopen(fixture);
        assert_int_equal(status_of(fixture, "GET /health", ""), cases[i].status);
    }
}

static void test_large_head(void **state)
{
    struct fixture *fixture = *state;
    /* How large the head is; its one long header is what is left. */
    static const struct {
        size_t bytes;
        int status;
    } cases[] = {{8192, 200}, {LIMIT_HTTP_HEAD - 300, 200}, {LIMIT_HTTP_HEAD + 300, 431}, {65536, 431}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *headers = mem_format("X-Long: %0*d\r\n", (int)cases[i].bytes - 8, 0);
        int status = status_of(fixture, "GET /api/v1/status", headers);
        if (status != cases[i].status)
            fail_msg("%zu bytes: %d", cases[i].bytes, status);
        free(headers);
    }
    assert_int_equal(status_of(fixture, "GET /health", ""), 200);
}

static void test_bodies(void **state)
{
    struct fixture *fixture = *state;
    static const char request[] = "POST /api/v1/services/web/reload";
    assert_int_equal(status_of(fixture, request, TOKEN "Content-Length: 65537\r\n"), 413);
    assert_int_equal(status_of(fixture, request, TOKEN "Content-Length: 99999999999999999999\r\n"), 413);
    assert_int_equal(fixture->restarts, 0);
    /* The whole of a fitting body, and a second request behind it on the same connection. */
    int fd = loop_connect(fixture->port);
    char *text = mem_format("%s HTTP/1.1\r\nHost: h\r\n" TOKEN "Content-Length: 65536\r\n\r\n%065536d",
                            request, 0);
    loop_send(&fixture->loop, fd, text, strlen(text));
    struct reply reply = loop_reply(&fixture->loop, fd, false);
    assert_int_equal(reply.status, 202);
    reply_free(&reply);
    static const char next[] = "GET /health HTTP/1.1\r\nHost: h\r\n\r\n";
    loop_send(&fixture->loop, fd, next, sizeof next - 1);
    reply = loop_reply(&fixture->loop, fd, false);
    assert_int_equal(reply.status, 200);
    reply_free(&reply);
    close(fd);
    free(text);
    /* An endless one in chunks is cut off. */
    fd = loop_connect(fixture->port);
    text = mem_format("%s HTTP/1.1\r\nHost: h\r\n" TOKEN
                      "Transfer-Encoding: chunked\r\n\r\n20000\r\n%0131072d\r\n",
                      request, 0);
    loop_send(&fixture->loop, fd, text, strlen(text));
    reply = loop_reply(&fixture->loop, fd, false);
    assert_int_equal(reply.status, 0);
    reply_free(&reply);
    close(fd);
    free(text);
    assert_int_equal(fixture->restarts, 1);
}

static int64_t maintained(struct fixture *fixture, const char *body, int expected)
{
    char *text = mem_format("POST /api/v1/services/web/maintenance HTTP/1.1\r\nHost: h\r\n" TOKEN
                            "Content-Length: %zu\r\n\r\n%s",
                            strlen(body), body);
    fixture->maintained_ms = -1;
    int fd = loop_connect(fixture->port);
    loop_send(&fixture->loop, fd, text, strlen(text));
    struct reply reply = loop_reply(&fixture->loop, fd, false);
    if (reply.status != expected)
        fail_msg("%s: %d %s", body, reply.status, reply.body);
    reply_free(&reply);
    close(fd);
    free(text);
    return fixture->maintained_ms;
}

static void test_maintenance(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(maintained(fixture, "{\"duration\": \"90m\"}", 200), 90 * 60 * 1000);
    assert_int_equal(maintained(fixture, "{\"duration\": 5000}", 200), 5000);
    assert_int_equal(maintained(fixture, "{\"duration\": \"720h\"}", 200), INT64_C(720) * 3600 * 1000);
    assert_int_equal(maintained(fixture, "{\"duration\": \"OFF\"}", 200), 0);
    assert_int_equal(maintained(fixture, "{\"duration\": false}", 200), 0);
    static const char *const wrong[] = {"",
                                        "{",
                                        "[1]",
                                        "\"1h\"",
                                        "{\"duration\": true}",
                                        "{\"duration\": null}",
                                        "{\"duration\": {}}",
                                        "{\"duration\": \"721h\"}",
                                        "{\"duration\": 999}",
                                        "{\"duration\": -1}",
                                        "{\"duration\": 1e99}",
                                        "{\"duration\": \"<b>\"}"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(maintained(fixture, wrong[i], 400), -1);
    /* Said twice: the query is nearer. */
    assert_int_equal(status_of(fixture, "POST /api/v1/services/web/maintenance?duration=2h", TOKEN), 200);
    assert_int_equal(fixture->maintained_ms, 2 * 3600 * 1000);
}

/* One connection serves many requests, also when they come in one piece. */
static void test_keep_alive(void **state)
{
    struct fixture *fixture = *state;
    static const char *const requests[] = {"GET /api/v1/status", "HEAD /health", "GET /nothing", "GET /",
                                           "POST /api/v1/services/web/reload"};
    int fd = loop_connect(fixture->port);
    for (size_t i = 0; i < 10; i++) {
        char *text = mem_format("%s HTTP/1.1\r\nHost: h\r\n\r\n", requests[i % 5]);
        loop_send(&fixture->loop, fd, text, strlen(text));
        struct reply reply = loop_reply(&fixture->loop, fd, requests[i % 5][0] == 'H');
        assert_int_not_equal(reply.status, 0);
        reply_free(&reply);
        free(text);
    }
    close(fd);
}

/* A GET with a body: the body is not taken for the next request. */
static void test_smuggled_request(void **state)
{
    struct fixture *fixture = *state;
    static const char hidden[] = "POST /api/v1/services/web/reload HTTP/1.1\r\nHost: h\r\n\r\n";
    static const char next[] = "GET /nothing HTTP/1.1\r\nHost: h\r\n\r\n";
    int fd = loop_connect(fixture->port);
    char *text = mem_format("GET /health HTTP/1.1\r\nHost: h\r\nContent-Length: %zu\r\n\r\n%s",
                            sizeof hidden - 1, hidden);
    loop_send(&fixture->loop, fd, text, strlen(text));
    struct reply reply = loop_reply(&fixture->loop, fd, false);
    assert_int_equal(reply.status, 200);
    assert_null(strstr(reply.body, "Unauthorized"));
    reply_free(&reply);
    loop_send(&fixture->loop, fd, next, sizeof next - 1);
    reply = loop_reply(&fixture->loop, fd, false);
    assert_int_equal(reply.status, 404);
    reply_free(&reply);
    free(text);
    close(fd);
}

/* Refused beyond the limit, without harm to those who are there. */
static void test_too_many_connections(void **state)
{
    struct fixture *fixture = *state;
    enum { SOME = LIMIT_HTTP_CONNECTIONS };
    struct rlimit files; /* both ends of the connections are ours */
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &files), 0);
    files.rlim_cur = files.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &files), 0);
    int *fds = mem_new((SOME + 1) * sizeof *fds);
    int opened = 0;
    for (; opened < SOME && (fds[opened] = loop_connect(fixture->port)) >= 0; opened++)
        for (int turn = 0; turn < 3; turn++)
            uv_run(&fixture->loop, UV_RUN_NOWAIT);
    assert_int_equal(opened, SOME);
    assert_int_equal(status_of(fixture, "GET /health", ""), 0);
    static const char text[] = "GET /health HTTP/1.1\r\nHost: h\r\n\r\n";
    loop_send(&fixture->loop, fds[7], text, sizeof text - 1);
    struct reply reply = loop_reply(&fixture->loop, fds[7], false);
    assert_int_equal(reply.status, 200);
    reply_free(&reply);
    for (int i = 0; i < opened; i++)
        close(fds[i]);
    for (int turn = 0; turn < 20; turn++)
        uv_run(&fixture->loop, UV_RUN_NOWAIT);
    assert_int_equal(status_of(fixture, "GET /health", ""), 200);
    free(fds);
}

/* Who reads slowly gets the whole of the revision it asked for, while others get the next one. */
static void test_slow_reader(void **state)
{
    struct fixture *fixture = *state;
    struct registry *small = fixture->registry;
    fixture->registry = sample_many(3000);
    fixture->context.registry = fixture->registry;
    static const char text[] = "GET /api/v1/status HTTP/1.1\r\nHost: h\r\n\r\n";
    int fd = loop_connect(fixture->port);
    loop_send(&fixture->loop, fd, text, sizeof text - 1);
    for (int turn = 0; turn < 50; turn++)
        uv_run(&fixture->loop, UV_RUN_NOWAIT);
    sample_status(fixture->registry, registry_at(fixture->registry, 5)->first->ref, STATUS_FAILED);
    sample_settle(fixture->registry);
    struct reply reply = ask(fixture, "GET /api/v1/status", "");
    assert_non_null(strstr(reply.body, "\"revision\":2,"));
    reply_free(&reply);
    reply = loop_reply(&fixture->loop, fd, false);
    assert_int_equal(reply.status, 200);
    assert_non_null(strstr(reply.body, "\"revision\":1,"));
    assert_true(reply.length > 1000000);
    assert_int_equal(reply.body[reply.length - 1], '\n');
    reply_free(&reply);
    close(fd);
    registry_free(small);
}

static void test_counts(void **state)
{
    struct fixture *fixture = *state;
    status_of(fixture, "GET /services/web", "");
    status_of(fixture, "GET /services/db", "");
    status_of(fixture, "GET /no/such/thing", "");
    struct reply reply = ask(fixture, "GET /metrics", "");
    assert_non_null(
        strstr(reply.body, "quaywatch_http_requests_total{route=\"/services/{name}\",code=\"200\"} 2\n"));
    assert_non_null(strstr(reply.body, "quaywatch_http_requests_total{route=\"other\",code=\"404\"} 1\n"));
    assert_non_null(strstr(reply.body, "quaywatch_http_request_duration_seconds_count 3\n"));
    reply_free(&reply);
    fixture->context.metrics_enabled = false;
    assert_int_equal(status_of(fixture, "GET /metrics", ""), 404);
}

static void test_inherited_socket(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    close_server(fixture);
    fixture->options.listen_fd = listen_open("127.0.0.1:0", &err);
    assert_true(fixture->options.listen_fd >= 0);
    int port = listen_port(fixture->options.listen_fd);
    open_server(fixture);
    assert_int_equal(fixture->port, port);
    assert_int_equal(status_of(fixture, "GET /health", ""), 200);
}

static void test_bad_places(void **state)
{
    struct fixture *fixture = *state;
    char taken[40];
    snprintf(taken, sizeof taken, "127.0.0.1:%d", fixture->port);
    const struct {
        const char *listen, *blocked, *sentence;
    } cases[] = {
        {taken, "", "another program uses this port"},
        {"nonsense", "", "an address and a port are needed"},
        {"1.2.3.4:99999", "", "an address and a port"},
        {"[::1:80", "", "bracket"},
        {"203.0.113.7:0", "", "does not have that address"},
        {"127.0.0.1:0", "10.0.0.0/33", "10.0.0.0/33"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct error err = {0};
        struct server_options options = {
            .listen = cases[i].listen, .listen_fd = -1, .blocked_networks = cases[i].blocked};
        assert_null(server_open(&fixture->loop, &options, &fixture->context, &err));
        if (err.code >= 0 || !strstr(err.text, cases[i].sentence))
            fail_msg("%s: %s", cases[i].listen, err.text);
    }
}

static void test_negotiate(void **state)
{
    (void)state;
    static const struct {
        const char *header;
        bool gzip;
    } cases[] = {
        {NULL, false},
        {"", false},
        {"gzip", true},
        {"GZIP", true},
        {"deflate, gzip;q=0.5", true},
        {"br", false},
        {"gzip;q=0", false},
        {"gzip; q=0.000", false},
        {"gzip;q=0.001", true},
        {"*", true},
        {"*;q=0", false},
        {"gzip;q=0, *", false},
        {"gzipped", false},
        {",,;gzip", false},
        {"identity;q=1, *;q=0", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (negotiate_gzip(cases[i].header) != cases[i].gzip)
            fail_msg("%s", cases[i].header);
    assert_int_equal(negotiate_match(NULL, "a-1"), MATCH_NONE);
    assert_int_equal(negotiate_match("*", "a-1"), MATCH_PLAIN);
    assert_int_equal(negotiate_match("\"a-1\"", "a-1"), MATCH_PLAIN);
    assert_int_equal(negotiate_match("\"b\" , W/\"a-1-gz\"", "a-1"), MATCH_COMPRESSED);
    assert_int_equal(negotiate_match("a-1", "a-1"), MATCH_NONE);
    assert_int_equal(negotiate_match("\"a-1", "a-1"), MATCH_PLAIN); /* a broken tail harms nobody */
    assert_int_equal(negotiate_match("\"a-12\", \"a\", \"", "a-1"), MATCH_NONE);
    assert_int_equal(negotiate_match("W/W/,,,", "a-1"), MATCH_NONE);
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

#define SERVED(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVED(test_answers),
        SERVED(test_head),
        SERVED(test_allow),
        SERVED(test_negotiated_root),
        SERVED(test_page_files),
        SERVED(test_gzip_and_tags),
        SERVED(test_revision_moves_the_tag),
        SERVED(test_no_store),
        SERVED(test_request_id),
        SERVED(test_health_tells_trouble),
        SERVED(test_change_needs_token),
        SERVED(test_no_token_configured),
        SERVED(test_read_token),
        SERVED(test_networks),
        SERVED(test_large_head),
        SERVED(test_bodies),
        SERVED(test_maintenance),
        SERVED(test_keep_alive),
        SERVED(test_smuggled_request),
        SERVED(test_too_many_connections),
        SERVED(test_slow_reader),
        SERVED(test_counts),
        SERVED(test_inherited_socket),
        SERVED(test_bad_places),
        cmocka_unit_test(test_negotiate),
        cmocka_unit_test(test_routes_reachable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
