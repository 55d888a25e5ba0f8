/* SPDX-License-Identifier: MIT */
/* Whose request it was: what a request causes stands in the log with its id, also what is done only later;
 * and each request is a line at debug, without what its query may hold. */
#include "tests/support/http.h"

#include <string.h>

#define SETTINGS "QUAYWATCH_AUTH_TOKEN=correct-horse QUAYWATCH_LOG_FORMAT=json"

/* The line of the log that holds both texts. */
static void line_wait(struct world *world, const char *text, const char *other)
{
    for (int64_t end = clock_now_ms() + PATIENCE_MS; clock_now_ms() < end; clock_pause())
        for (char *rest = daemon_log(world), *line; (line = strsep(&rest, "\n"));)
            if (strstr(line, text) && strstr(line, other))
                return;
    world_fail(world, "no line of the log has both %s and %s", text, other);
}

static void change(struct world *world, const char *method, const char *path, const char *id,
                   const char *body, int status)
{
    char *header = arena_format(&world->arena, "X-Request-ID: %s", id);
    const char *const headers[] = {"Authorization: Bearer correct-horse", header, NULL};
    const struct http_answer *answer = http_ask(world, method, path, headers, body);
    if (answer->status != status)
        world_fail(world, "%s %s answers %d %s", method, path, answer->status, answer->body);
    assert_string_equal(http_header(world, answer, "X-Request-ID"), id);
}

static void changes_carry_their_id(void **state)
{
    struct world *world = *state;
    daemon_start(world, SETTINGS);
    container_run(world, "web", CHECKED, "");
    service_wait(world, "web", "status", "healthy");
    change(world, "POST", "/api/v1/services/web/maintenance", "id-maintenance", "{\"duration\": \"1h\"}",
           200);
    line_wait(world, "Under maintenance until", "\"request_id\":\"id-maintenance\"");
    change(world, "POST", "/api/v1/services/web/maintenance?duration=off", "id-over", NULL, 200);
    line_wait(world, "Maintenance ended", "\"request_id\":\"id-over\"");
    change(world, "POST", "/api/v1/services/web/breaker/trip", "id-trip", NULL, 200);
    line_wait(world, "\"service\":\"web\"", "\"request_id\":\"id-trip\"");
    change(world, "POST", "/api/v1/services/web/breaker/reset", "id-reset", NULL, 200);
    line_wait(world, "\"service\":\"web\"", "\"request_id\":\"id-reset\"");
    change(world, "POST", "/api/v1/services/web/reload?force=true", "id-restart", NULL, 202);
    line_wait(world, "Restarting (manual)", "\"request_id\":\"id-restart\"");
    line_wait(world, "Restart (manual) done", "\"request_id\":\"id-restart\""); /* in a later turn */
    change(world, "POST", "/services", "id-enrol",
           "{\"id\": \"out-1\", \"name\": \"out\", \"host\": \"10.9.9.9\", \"port\": 80,"
           " \"healthCheck\": {\"strategy\": \"none\"}}",
           201);
    line_wait(world, "Registered", "\"request_id\":\"id-enrol\"");
    change(world, "DELETE", "/services/out-1", "id-gone", NULL, 204);
    line_wait(world, "\"msg\":", "\"request_id\":\"id-gone\"");
    /* What nobody asked for belongs to nobody. */
    service_wait(world, "web", "status", "healthy");
    for (char *rest = daemon_log(world), *line; (line = strsep(&rest, "\n"));)
        if (strstr(line, "starting -> healthy"))
            assert_null(strstr(line, "request_id"));
}

static void requests_are_lines(void **state)
{
    struct world *world = *state;
    daemon_start(world, SETTINGS);
    const char *const headers[] = {"X-Request-ID: id-read", NULL};
    http_ask(world, "GET", "/services?tag=hidden-word", headers, NULL);
    line_wait(
        world,
        "\"request_id\":\"id-read\",\"method\":\"GET\",\"path\":\"/services\",\"status\":200,\"bytes\":",
        "\"client\":\"127.0.0.1\"");
    http_ask(world, "GET", "/no%0Athing", headers, NULL);
    line_wait(world, "\"status\":404", "\"path\":\"/no\\nthing\"");
    assert_null(strstr(daemon_log(world), "hidden-word"));
    assert_null(strstr(daemon_log(world), "correct-horse"));
    daemon_stop(world);
    /* At info there are none. */
    daemon_start(world, SETTINGS " QUAYWATCH_LOG_LEVEL=info QUAYWATCH_TRUSTED_PROXY=127.0.0.1");
    const char *const quiet[] = {"X-Request-ID: id-quiet", NULL};
    http_ask(world, "GET", "/services", quiet, NULL);
    daemon_stop(world);
    assert_null(strstr(daemon_log(world), "id-quiet"));
    /* Behind a proxy it is the client that is named. */
    daemon_start(world, SETTINGS " QUAYWATCH_TRUSTED_PROXY=127.0.0.1");
    const char *const forwarded[] = {"X-Request-ID: id-proxy", "X-Forwarded-For: 203.0.113.9", NULL};
    http_ask(world, "GET", "/services", forwarded, NULL);
    line_wait(world, "id-proxy", "\"client\":\"203.0.113.9\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(changes_carry_their_id, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(requests_are_lines, world_setup, world_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
