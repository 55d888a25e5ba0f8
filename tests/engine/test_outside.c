/* SPDX-License-Identifier: MIT */
/* What others see of a running quaywatch: commands and exit codes, HTTP's manners, the status file, and that
 * no secret gets out. */
#include "tests/support/http.h"

#include <stdlib.h>
#include <string.h>

static int command(struct world *world, const char *words)
{
    char *output;
    return daemon_command(world, &output, "%s", words);
}

/* --- commands -------------------- */

static void commands_beside_the_running_one(void **state)
{
    struct world *world = *state;
    char *output;
    daemon_start(world, "");
    container_run(world, "web", CHECKED LABEL("service.restart=no"), "");
    service_wait(world, "web", "status", "healthy");
    assert_int_equal(daemon_command(world, &output, "status"), 0);
    assert_non_null(strstr(output, "web"));
    assert_non_null(strstr(output, "healthy"));
    assert_int_equal(daemon_command(world, &output, "status --json"), 0);
    assert_string_equal(json_at(world, output, "services[name=web].status"), "healthy");
    assert_int_equal(daemon_command(world, &output, "status web"), 0);
    assert_non_null(strstr(output, "web"));
    assert_int_not_equal(command(world, "status nobody"), 0);
    assert_int_equal(daemon_command(world, &output, "explain web"), 0);
    assert_non_null(strstr(output, service_field(world, "web", "instances[0].decision.sentence")));
    assert_int_not_equal(command(world, "explain nobody"), 0);
    assert_int_equal(command(world, "healthcheck"), 0);
    shell(world, "docker exec web sick 503");
    service_wait(world, "web", "status", "unhealthy");
    assert_int_equal(command(world, "status web"), 1);
    assert_int_equal(daemon_command(world, &output, "explain web"), 0);
    assert_non_null(strstr(output, "policy"));
    /* Our own health is not that of what we watch. */
    assert_int_equal(command(world, "healthcheck"), 0);
    daemon_stop(world);
    assert_int_equal(command(world, "healthcheck"), 1);
}

static void once_prints_the_document(void **state)
{
    struct world *world = *state;
    char *output;
    container_run(world, "web", CHECKED, "");
    container_run(world, "shut", CHECKED LABEL("service.restart=always"), "sleep 1000");
    char *started_at = container_started_at(world, "shut");
    world->settings = "";
    int status = daemon_command(world, &output, "once");
    assert_true(status == 0 || status == 1);
    assert_string_equal(json_at(world, output, "schema"), "1");
    assert_string_equal(json_at(world, output, "engine.connected"), "true");
    assert_string_equal(json_at(world, output, "services[name=web].status"), "healthy");
    assert_string_equal(json_at(world, output, "services[name=web].instances[0].health.http_status"), "200");
    assert_string_not_equal(json_at(world, output, "services[name=shut].status"), "healthy");
    assert_string_equal(container_started_at(world, "shut"), started_at);
}

static void check_finds_what_is_wrong(void **state)
{
    struct world *world = *state;
    char *output;
    world->settings = "";
    container_run(world, "web", LABEL("service.port=8080") LABEL("service.health.path=/health"), "");
    assert_int_equal(command(world, "check"), 0);
    container_run(world, "typo",
                  LABEL("service.prot=8080") LABEL("service.port=70000") LABEL("service.dry_run=ture"), "");
    assert_int_equal(daemon_command(world, &output, "check"), 1);
    assert_non_null(strstr(output, "service.prot"));
    assert_non_null(strstr(output, "service.port")); /* the nearest known one */
    assert_non_null(strstr(output, "70000"));
    assert_non_null(strstr(output, "ture"));
    assert_null(strstr(output, "web:"));
    /* Invalid values never stop registration. */
    daemon_start(world, "");
    service_wait(world, "typo", "status", "*");
    service_wait(world, "typo", "instances[0].findings", "~70000");
    http_wait(world, "/api/v1/lint", "findings", "~service.prot");
}

static void exit_codes(void **state)
{
    struct world *world = *state;
    char *output;
    world->settings = "";
    assert_int_equal(daemon_command(world, &output, "--version"), 0);
    assert_non_null(strstr(output, "quaywatch"));
    assert_int_equal(daemon_command(world, &output, "--help"), 0);
    for (const char *const *word =
             (const char *const[]){"once", "explain", "healthcheck", "--listen", "--status-file", NULL};
         *word; word++)
        if (!strcasestr(output, *word))
            world_fail(world, "--help does not name %s: %s", *word, output);
    assert_int_equal(command(world, "frobnicate"), 2);
    assert_int_equal(command(world, "once --no-such-option=1"), 2);
    world->settings = "QUAYWATCH_SETTLE=soon";
    assert_int_equal(command(world, "check"), 2);
    char *errors = file_text(world, "command.errors");
    assert_non_null(strstr(errors, "SETTLE"));
    assert_non_null(strstr(errors, "soon"));
    assert_null(strchr(arena_copy_n(&world->arena, errors, strlen(errors) - 1), '\n')); /* one line */
    world->settings = "QUAYWATCH_WATCH=everything";
    assert_int_equal(command(world, "run"), 2);
    assert_non_null(strstr(file_text(world, "command.errors"), "labelled"));
    world->settings = "";
    world->docker_host = arena_format(&world->arena, "unix://%s/no.sock", world->folder);
    assert_int_equal(command(world, "once"), 3);
    assert_non_null(strstr(file_text(world, "command.errors"), "no.sock"));
    assert_int_equal(command(world, "check"), 3);
}

static void port_taken_is_said_plainly(void **state)
{
    struct world *world = *state;
    daemon_start(world, "");
    assert_int_not_equal(command(world, "run"), 0);
    assert_non_null(
        strstr(file_text(world, "command.errors"), arena_format(&world->arena, "%d", world->port)));
}

/* --- HTTP -------------------- */

static void answers_are_cached_by_revision(void **state)
{
    struct world *world = *state;
    daemon_start(world, "");
    container_run(world, "web", CHECKED, "");
    service_wait(world, "web", "status", "healthy");
    const struct http_answer *plain = http_get(world, "/api/v1/status");
    char *etag = http_header(world, plain, "ETag");
    assert_non_null(etag);
    assert_non_null(strstr(etag, json_at(world, plain->body, "revision")));
    assert_non_null(strstr(http_header(world, plain, "Content-Type"), "application/json"));
    const char *again[] = {arena_format(&world->arena, "If-None-Match: %s", etag), NULL};
    const struct http_answer *same = http_ask(world, "GET", "/api/v1/status", again, NULL);
    assert_int_equal(same->status, 304);
    assert_int_equal(same->len, 0);
    const char *zipped[] = {"Accept-Encoding: gzip", NULL};
    const struct http_answer *gzip = http_ask(world, "GET", "/api/v1/status", zipped, NULL);
    assert_string_equal(http_header(world, gzip, "Content-Encoding"), "gzip");
    assert_string_equal(http_header(world, gzip, "ETag"),
                        arena_format(&world->arena, "%.*s-gz\"", (int)strlen(etag) - 1, etag));
    assert_non_null(strcasestr(http_header(world, gzip, "Vary"), "accept-encoding"));
    assert_true(gzip->len < plain->len);
    const struct http_answer *head = http_ask(world, "HEAD", "/api/v1/status", NULL, NULL);
    assert_int_equal(head->status, 200);
    assert_string_equal(http_header(world, head, "ETag"), etag);
    /* Checks go on, the document does not change. */
    http_wait(world, "/api/v1/samples", "services[name=web].instances[0].checks_passed", "*");
    for (int64_t end = clock_now_ms() + 2000; clock_now_ms() < end; clock_pause())
        assert_int_equal(http_ask(world, "GET", "/api/v1/status", again, NULL)->status, 304);
    shell(world, "docker stop web");
    service_wait(world, "web", "status", "stopped");
    assert_int_equal(http_ask(world, "GET", "/api/v1/status", again, NULL)->status, 200);
}

static void every_route_answers(void **state)
{
    struct world *world = *state;
    daemon_start(world, "");
    container_run(world, "web", CHECKED LABEL("service.tags=api"), "");
    service_wait(world, "web", "status", "healthy");
    static const struct {
        const char *path, *json, *value;
    } routes[] = {
        {"/health", "status", "healthy"},
        {"/health", "memory.percentage", "*"},
        {"/services", "", "~web"},
        {"/services?tag=api", "", "~web"},
        {"/services?tag=none", "", "!"},
        {"/services?status=healthy", "", "~web"},
        {"/services/web", "name", "web"},
        {"/services/health", "", "~web"},
        {"/services/stats", "", "~circuitBreaker"},
        {"/services/web/resolve", "url", "~:8080"},
        {"/api/v1/status", "schema", "1"},
        {"/api/v1/health", "status", "healthy"},
        {"/api/v1/health/services", "", "~web"},
        {"/api/v1/services/web/status", "name", "web"},
        {"/v1/api/status/services", "services.web.service", "web"},
        {"/v1/api/status/services", "services.web.failure_count", "0"},
        {"/api/v1/services/web/explain", "", "~policy"},
        {"/api/v1/graph", "", "~web"},
        {"/api/v1/lint", "", "*"},
        {"/api/v1/samples", "", "~response_time"},
    };
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
        assert_int_equal(http_get(world, routes[i].path)->status, 200);
        http_wait(world, routes[i].path, routes[i].json, routes[i].value);
    }
    assert_null(strstr(http_get(world, "/services?tag=none")->body, "\"web\""));
    assert_non_null(strstr(http_get(world, "/api/v1/graph?format=dot")->body, "digraph"));
    assert_non_null(strstr(http_get(world, "/api/v1/graph?format=mermaid")->body, "graph"));
    const struct http_answer *page = http_get(world, "/");
    assert_non_null(strstr(http_header(world, page, "Content-Type"), "text/html"));
    assert_non_null(strcasestr(page->body, "<!doctype html>"));
    assert_true(metric(world, "quaywatch_service_health{service=\"web\"}") == 1);
    assert_true(metric(world, "quaywatch_circuit_breaker_state{service=\"web\"}") == 0);
    assert_true(metric(world, "quaywatch_service_status{service=\"web\",status=\"healthy\"}") == 1);
    assert_true(metric(world, "quaywatch_service_response_time_ms{service=\"web\"}") >= 0);
}

static void errors_have_a_form(void **state)
{
    struct world *world = *state;
    daemon_start(world, "");
    const char *id[] = {"X-Request-ID: abc-123", NULL};
    const char *correlation[] = {"X-Correlation-ID: def-456", NULL};
    const struct http_answer *missing = http_ask(world, "GET", "/services/nobody", id, NULL);
    assert_int_equal(missing->status, 404);
    assert_non_null(strstr(http_header(world, missing, "Content-Type"), "application/problem+json"));
    assert_string_equal(json_at(world, missing->body, "status"), "404");
    assert_non_null(json_at(world, missing->body, "title"));
    assert_string_equal(http_header(world, missing, "X-Request-ID"), "abc-123");
    assert_string_equal(
        http_header(world, http_ask(world, "GET", "/health", correlation, NULL), "X-Request-ID"), "def-456");
    assert_non_null(http_header(world, http_get(world, "/health"), "X-Request-ID"));
    const struct http_answer *method = http_ask(world, "DELETE", "/api/v1/status", NULL, NULL);
    assert_int_equal(method->status, 405);
    assert_non_null(strstr(http_header(world, method, "Allow"), "GET"));
    assert_int_equal(http_get(world, "/no/such/route")->status, 404);
    assert_int_equal(http_get(world, "/../../etc/passwd")->status, 404);
    char *huge = arena_new(&world->arena, 20001);
    memset(huge, 'x', 20000);
    const char *large[] = {arena_format(&world->arena, "X-Large: %s", huge), NULL};
    int status = http_ask(world, "GET", "/health", large, NULL)->status;
    assert_true(status == 431 || status == 413 || status == 400 || status == 0);
    assert_int_equal(http_get(world, "/health")->status, 200);
}

static void nobody_serves_is_503(void **state)
{
    struct world *world = *state;
    daemon_start(world, "");
    container_run(world, "web", CHECKED, "");
    service_wait(world, "web", "status", "healthy");
    assert_int_equal(http_get(world, "/services/web/resolve")->status, 200);
    shell(world, "docker stop web");
    service_wait(world, "web", "status", "stopped");
    assert_int_equal(http_get(world, "/services/web/resolve")->status, 503);
}

static void reading_may_need_a_token(void **state)
{
    struct world *world = *state;
    const char *right[] = {"Authorization: Bearer reading-token-1234", NULL};
    const char *internal[] = {"X-INTERNAL-TOKEN: reading-token-1234", NULL};
    daemon_start(world, "QUAYWATCH_READ_TOKEN=reading-token-1234");
    assert_int_equal(http_get(world, "/api/v1/status")->status, 401);
    assert_int_equal(http_ask(world, "GET", "/api/v1/status", right, NULL)->status, 200);
    assert_int_equal(http_ask(world, "GET", "/api/v1/status", internal, NULL)->status, 200);
    daemon_stop(world);
    daemon_start(world, "QUAYWATCH_BLOCKED_NETWORKS=10.0.0.0/8 QUAYWATCH_ALLOWED_NETWORKS=127.0.0.0/8");
    assert_int_equal(http_get(world, "/api/v1/status")->status, 200);
    char *ip = shell(world, "ip -4 -o address show docker0 | awk '{print $4}' | cut -d/ -f1");
    daemon_stop(world);
    daemon_start(world, "QUAYWATCH_ALLOWED_NETWORKS=127.0.0.1/32");
    assert_string_equal(
        shell(world, "curl -s -o /dev/null -w '%%{http_code}' http://%s:%d/api/v1/status", ip, world->port),
        "403");
}

/* --- files and secrets -------------------- */

/* Waits until the status file holds what GET answers, byte for byte. */
static void wait_file_equals_answer(struct world *world)
{
    for (int64_t end = clock_now_ms() + PATIENCE_MS;; clock_pause()) {
        const struct http_answer *answer = http_get(world, "/api/v1/status");
        const char *text = file_text(world, "status/status.json");
        if (text && strcmp(text, answer->body) == 0)
            return;
        if (clock_now_ms() > end)
            world_fail(world, "The status file differs:\n%s\n--- answer:\n%s", text ? text : "(none)",
                       answer->body);
    }
}

static void status_file_equals_the_answer(void **state)
{
    struct world *world = *state;
    daemon_start(world, "");
    wait_file_equals_answer(world);
    container_run(world, "web", CHECKED, "");
    service_wait(world, "web", "status", "healthy");
    wait_file_equals_answer(world);
    shell(world, "docker stop web");
    service_wait(world, "web", "status", "stopped");
    wait_file_equals_answer(world);
    /* Whole documents only, and nothing beside them; read by scripts of any user. */
    assert_string_equal(shell(world, "cd '%s/status' && jq -r .schema status.json && ls", world->folder),
                        "1\nstatus.json");
    assert_string_equal(shell(world, "stat -c %%A '%s/status/status.json' | cut -c8", world->folder), "r");
    shell(world, "touch -d '1 hour ago' '%s/status/status.json'", world->folder);
    for (int64_t end = clock_now_ms() + PATIENCE_MS;
         strcmp(shell(world, "find '%s/status' -name status.json -mmin -1", world->folder), "") == 0;
         clock_pause())
        assert_true(clock_now_ms() < end);
}

static void nothing_secret_gets_out(void **state)
{
    struct world *world = *state;
    char *output;
    daemon_start(world, "QUAYWATCH_AUTH_TOKEN=sesame-token-0123456789");
    container_run(
        world, "web",
        CHECKED "-e API_KEY=sesame-env --health-cmd 'echo sesame-test' --health-interval 1s" LABEL(
            "'service.health.header.Authorization=Bearer sesame-header'")
            LABEL("'traefik.http.middlewares.auth.basicauth.users=admin:sesame-basic'")
                LABEL("'caddy.basicauth.admin=sesame-caddy'") LABEL(
                    "'service.fallback_urls=http://user:sesame-url@fallback.example:80/x?key=sesame-query'"),
        "");
    service_wait(world, "web", "status", "healthy");
    service_wait(world, "web", "instances[0].findings",
                 "~fallback.example"); /* as a value that is not allowed */
    shell(world, "docker exec web sh -c 'echo sesame-exec' >/dev/null; docker exec web sick 500 sesame-body");
    service_wait(world, "web", "status", "!healthy");
    static const char *const paths[] = {"/",
                                        "/health",
                                        "/services",
                                        "/services/web",
                                        "/services/health",
                                        "/services/stats",
                                        "/services/web/resolve",
                                        "/api/v1/status",
                                        "/api/v1/samples",
                                        "/api/v1/services/web/explain",
                                        "/api/v1/lint",
                                        "/api/v1/graph",
                                        "/v1/api/status/services",
                                        "/metrics",
                                        NULL};
    for (const char *const *path = paths; *path; path++) {
        const char *body = http_get(world, *path)->body, *found = strstr(body, "sesame");
        if (found)
            world_fail(world, "GET %s shows a secret: …%.80s", *path, found);
    }
    daemon_command(world, &output, "explain web");
    assert_null(strstr(output, "sesame"));
    daemon_command(world, &output, "check");
    assert_null(strstr(output, "sesame"));
    assert_null(strstr(file_text(world, "status/status.json"), "sesame"));
    assert_null(strstr(daemon_log(world), "sesame"));
    assert_string_equal(shell(world, "grep -rl sesame '%s/state' || true", world->folder), "");
}

int main(int argc, char **argv)
{
    if (argc > 1)
        cmocka_set_test_filter(argv[1]); /* one test by name, with * and ? */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(commands_beside_the_running_one, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(once_prints_the_document, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(check_finds_what_is_wrong, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(exit_codes, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(port_taken_is_said_plainly, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(answers_are_cached_by_revision, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(every_route_answers, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(errors_have_a_form, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(nobody_serves_is_503, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(reading_may_need_a_token, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(status_file_equals_the_answer, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(nothing_secret_gets_out, world_setup, world_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
