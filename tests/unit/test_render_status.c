/* SPDX-License-Identifier: MIT */
/* test_render_status.c: the status document: shape, order, escaping, and nothing secret in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/url.h"
#include "exporter/render/render_views.h"
#include "exporter/render/view.h"
#include "tests/support/sample_registry.h"

static char *status_of(const struct registry *registry)
{
    struct buf out;
    buf_init(&out, SIZE_MAX / 2);
    render_status(registry, "0.1.0", &out);
    return buf_take(&out, NULL);
}

static struct json_object *parsed(const char *text)
{
    enum json_tokener_error error;
    struct json_object *tree = json_tokener_parse_verbose(text, &error);
    assert_int_equal(error, json_tokener_success);
    return tree;
}

static struct json_object *get(struct json_object *tree, const char *pointer)
{
    struct json_object *found = NULL;
    if (json_pointer_get(tree, pointer, &found) < 0)
        fail_msg("no %s", pointer);
    return found;
}

static const char *text_at(struct json_object *tree, const char *pointer)
{
    return json_object_get_string(get(tree, pointer));
}

/* The whole document of one plain service, byte for byte. */
static void test_golden(void **state)
{
    (void)state;
    struct registry *registry = registry_new(render_service);
    sample_head(registry, true);
    struct spec *spec = sample_spec("name:bot:rag-service", "rag-service", 5000);
    spec->version = "1.0.0";
    struct ref ref = sample_add(registry, spec,
                                sample_observed("b4a9d423ab50", "bot-rag-1", "172.20.0.2", "rag-service"),
                                STATUS_HEALTHY);
    const struct breaker_view breaker = {.last_change_wall_ms = sample_moment.wall_ms};
    registry_apply(registry, &(struct change){.kind = CHANGE_BREAKER, .ref = ref, .breaker = &breaker},
                   sample_moment);
    const struct stop_view stop = {.intent = "crash", .exit_code = 3, .at_wall_ms = sample_moment.wall_ms};
    registry_apply(registry, &(struct change){.kind = CHANGE_STOP, .ref = ref, .stop = &stop}, sample_moment);
    sample_settle(registry);
    char *text = status_of(registry);
    assert_string_equal(
        text,
        "{\"schema\":1,\"revision\":1,\"changed_at\":\"2026-11-21T10:30:00.123Z\","
        "\"controller\":{\"name\":\"quaywatch\",\"version\":\"0.1.0\",\"host\":\"node-1\",\"mode\":\"act\","
        "\"started_at\":\"2026-11-21T10:30:00.123Z\"},"
        "\"engine\":{\"connected\":true,\"version\":\"20.10.24\",\"api_version\":\"1.41\",\"error\":null},"
        "\"summary\":{\"status\":\"healthy\",\"services\":1,\"instances\":1,\"healthy\":1,\"degraded\":0,"
        "\"unhealthy\":0,\"failed\":0,\"starting\":0,\"unknown\":0,\"stopped\":0},"
        "\"services\":[{\"name\":\"rag-service\",\"key\":\"name:bot:rag-service\",\"status\":\"healthy\","
        "\"maintenance_until\":null,"
        "\"version\":\"1.0.0\",\"project\":null,\"environment\":null,\"tags\":[],\"metadata\":{},"
        "\"url\":\"http://rag-service:5000\","
        "\"endpoints\":[\"http://rag-service:5000\",\"http://172.20.0.2:5000\"],"
        "\"circuit_breaker\":{\"state\":\"closed\",\"failure_count\":0,\"last_failure\":null,"
        "\"last_state_change\":\"2026-11-21T10:30:00.123Z\",\"tripped\":false},\"dependencies\":[],"
        "\"instances\":[{\"id\":\"b4a9d423ab50\",\"container\":\"bot-rag-1\",\"container_state\":\"running\","
        "\"external\":false,"
        "\"status\":\"healthy\",\"since\":\"2026-11-21T10:30:00.123Z\",\"address\":\"172.20.0.2\",\"port\":"
        "5000,"
        "\"protocol\":\"http\",\"weight\":1,\"serving\":true,"
        "\"ports\":{\"5000/tcp\":[{\"host\":\"0.0.0.0\",\"port\":15000}],\"9000/tcp\":[]},"
        "\"networks\":[{\"name\":\"bot_default\",\"address\":\"172.20.0.2\",\"aliases\":[\"rag-service\"]}],"
        "\"health\":{\"check\":\"http\",\"target\":\"http://172.20.0.2:5000/health\",\"implicit\":false,"
        "\"consecutive_failures\":0,\"http_status\":200,\"error_class\":null,\"recovery\":null,\"message\":"
        "\"200 OK\","
        "\"layers\":{\"container\":\"healthy\",\"service\":\"healthy\"},\"checks\":{}},"
        "\"circuit_breaker\":{\"state\":\"closed\",\"failure_count\":0,\"last_failure\":null,"
        "\"last_state_change\":\"2026-11-21T10:30:00.123Z\",\"tripped\":false},"
        "\"restarts\":{\"count\":0,\"in_window\":0,\"max\":5,\"last_at\":null,\"last_reason\":null},"
        "\"last_stop\":{\"intent\":\"crash\",\"exit_code\":3,\"at\":\"2026-11-21T10:30:00.123Z\"},"
        "\"decision\":{\"action\":\"none\",\"reason\":\"healthy\",\"sentence\":\"It is "
        "healthy.\",\"next_at\":null},"
        "\"sources\":{\"name\":\"service.name\"},\"findings\":[]}]}]}\n");
    free(text);
    registry_free(registry);
}

static void test_hostile(void **state)
{
    (void)state;
    struct registry *registry = sample_registry();
    char *text = status_of(registry);
    struct json_object *tree = parsed(text);
    assert_string_equal(text_at(tree, "/services/2/version"), "1.0 \"</script>\n\xef\xbf\xbd");
    assert_string_equal(text_at(tree, "/services/2/metadata/zone"), "http://host/x and more");
    assert_string_equal(text_at(tree, "/services/2/endpoints/2"), "https://other:8443/api");
    assert_null(strstr(text, "secret"));
    json_object_put(tree);
    free(text);

    struct buf out;
    buf_init(&out, SIZE_MAX / 2);
    render_samples(registry, &out);
    render_lint(registry, &out);
    render_one_service(registry_service(registry, "web"), &out);
    assert_null(strstr(buf_string(&out), "secret"));
    buf_free(&out);
    registry_free(registry);
}

static void test_sorted_and_derived(void **state)
{
    (void)state;
    struct registry *registry = sample_registry();
    char *text = status_of(registry);
    struct json_object *tree = parsed(text);
    static const char *const expected[][2] = {
        {"/services/0/name", "cache"},
        {"/services/1/name", "db"},
        {"/services/2/name", "web"},
        {"/services/1/instances/0/container", "bot-db-1"},
        {"/services/1/instances/1/container", "bot-db-2"},
        {"/services/1/status", "degraded"},
        {"/services/1/endpoints", "[ \"tcp:\\/\\/db:5432\", \"tcp:\\/\\/172.20.0.3:5432\" ]"},
        {"/services/2/tags", "[ \"api\", \"b<i>\" ]"},
        {"/services/2/dependencies/0/name", "cache"},
        {"/services/2/dependencies/1/status", "degraded"},
        {"/services/2/dependencies/2/status", "unknown"},
        {"/services/2/instances/0/findings/0/code", "unknown-key"},
        /* Without an alias the container's name is what the engine resolves. */
        {"/services/0/url", "tcp://bot-cache-1:6379"},
        {"/services/0/endpoints/1", "tcp://[fd00::5]:6379"},
        {"/summary/status", "degraded"},
        {"/summary/unhealthy", "1"},
        {"/summary/instances", "4"},
    };
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
        assert_string_equal(text_at(tree, expected[i][0]), expected[i][1]);
    json_object_put(tree);
    free(text);
    registry_free(registry);
}

/* The order in which things came to be leaves no trace. */
static void test_equal_states_give_equal_bytes(void **state)
{
    (void)state;
    struct registry *a = registry_new(render_service), *b = registry_new(render_service);
    struct {
        const char *key, *name, *id;
    } services[] = {{"name:p:x", "x", "aaaaaaaaaaaa"}, {"name:p:y", "y", "bbbbbbbbbbbb"}};
    for (size_t i = 0; i < 2; i++) {
        sample_add(a, sample_spec(services[i].key, services[i].name, 80),
                   sample_observed(services[i].id, services[i].name, "10.0.0.1", NULL), STATUS_HEALTHY);
        sample_add(b, sample_spec(services[1 - i].key, services[1 - i].name, 80),
                   sample_observed(services[1 - i].id, services[1 - i].name, "10.0.0.1", NULL),
                   STATUS_HEALTHY);
    }
    sample_settle(a);
    sample_settle(b);
    char *one = status_of(a), *two = status_of(b);
    assert_string_equal(one, two);
    free(one);
    free(two);
    registry_free(a);
    registry_free(b);
}

static void test_samples(void **state)
{
    (void)state;
    struct registry *registry = sample_registry();
    struct ref ref = registry_service(registry, "web")->first->ref;
    for (int i = 1; i <= 100; i++) {
        const struct outcome outcome = {.kind = i % 10 ? OUTCOME_PASS : OUTCOME_STATUS, .response_ms = i};
        registry_apply(registry, &(struct change){.kind = CHANGE_SAMPLE, .ref = ref, .outcome = &outcome},
                       sample_moment);
    }
    struct buf out;
    buf_init(&out, SIZE_MAX / 2);
    render_samples(registry, &out);
    struct json_object *tree = parsed(buf_string(&out));
    assert_string_equal(text_at(tree, "/services/2/name"), "web");
    assert_string_equal(text_at(tree, "/services/2/instances/0/checks_passed"), "90");
    assert_string_equal(text_at(tree, "/services/2/instances/0/checks_failed"), "10");
    assert_string_equal(text_at(tree, "/services/2/instances/0/response_time_ms"), "100");
    /* The latest 64: 37 to 100. */
    assert_string_equal(text_at(tree, "/services/2/instances/0/response_time_p50_ms"), "68");
    assert_string_equal(text_at(tree, "/services/2/instances/0/response_time_p99_ms"), "100");
    assert_null(get(tree, "/services/0/instances/0/response_time_ms"));
    json_object_put(tree);
    buf_free(&out);
    registry_free(registry);
}

static void test_clean(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"plain text", "plain text"},
        {"http://a/b", "http://a/b"},
        {"http://u:p@a/b?q=1#f", "http://a/b"},
        {"x https://u:p@ss@a:1/ y ftp://v@b/?z", "x https://a:1/ y ftp://b/"},
        {"http://a/b@c?d", "http://a/b@c"},
        {"\"http://u:p@a?x\", next", "\"http://a\", next"},
        {"://", "://"},
        {"a@b?c", "a@b?c"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf out;
        buf_init(&out, 1000);
        url_clean(cases[i][0], &out);
        assert_string_equal(buf_string(&out), cases[i][1]);
        buf_free(&out);
    }
}

static void test_graph_escapes(void **state)
{
    (void)state;
    struct registry *registry = sample_registry();
    struct buf out;
    buf_init(&out, SIZE_MAX / 2);
    render_graph_dot(registry, &out);
    assert_non_null(strstr(buf_string(&out), "\"web\" -> \"evil\\\"]; --\" [label=\"soft\", style=dashed];"));
    buf_clear(&out);
    render_graph_mermaid(registry, &out);
    assert_non_null(strstr(buf_string(&out), "  n3[\"evil#34;#93;#59;#32;--<br/>unknown\"]\n"));
    assert_non_null(strstr(buf_string(&out), "  n2 -.->|soft| n3\n"));
    assert_non_null(strstr(buf_string(&out), "  n2 -->|required| n1\n"));
    buf_clear(&out);
    render_graph_json(registry, &out);
    struct json_object *tree = parsed(buf_string(&out));
    assert_string_equal(text_at(tree, "/nodes/3/name"), "evil\"];\n--");
    assert_string_equal(text_at(tree, "/nodes/3/registered"), "false");
    assert_string_equal(text_at(tree, "/edges/1/to"), "db");
    json_object_put(tree);
    buf_free(&out);
    registry_free(registry);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden),
        cmocka_unit_test(test_hostile),
        cmocka_unit_test(test_sorted_and_derived),
        cmocka_unit_test(test_equal_states_give_equal_bytes),
        cmocka_unit_test(test_samples),
        cmocka_unit_test(test_clean),
        cmocka_unit_test(test_graph_escapes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
