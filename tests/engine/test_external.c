/* SPDX-License-Identifier: MIT */
/* Services outside Docker: registered by a request, checked only where that is allowed, believed as long as
 * their heartbeat, never restarted, and still known after a crash. The servers are real ones: containers that
 * quaywatch is not asked to watch. */
#include "tests/support/http.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "controller/core/limits.h"

#define TOKEN "QUAYWATCH_AUTH_TOKEN=correct-horse-battery "
static const char *const bearer[] = {"Authorization: Bearer correct-horse-battery", NULL};

static const struct http_answer *enroll(struct world *world, const char *body)
{
    return http_ask(world, "POST", "/services", bearer, body);
}

/* A server on an address of its own, which counts who asks. */
static char *server_run(struct world *world, const char *name)
{
    shell(world, "docker run -d --name %s " IMAGE " httpd -f -vv -p 8080 -h /www", name);
    return container_address(world, name);
}

static char *body_of(struct world *world, const char *id, const char *name, const char *host,
                     const char *more)
{
    return arena_format(&world->arena,
                        "{\"id\": \"%s\", \"name\": \"%s\", \"host\": \"%s\", \"port\": 8080, "
                        "\"healthEndpoint\": \"/cgi-bin/health\", \"healthCheck\": {\"retries\": 2}%s}",
                        id, name, host, more);
}

static void it_is_checked_like_any_other(void **state)
{
    struct world *world = *state;
    char *address = server_run(world, "server");
    daemon_start(world, arena_format(&world->arena, TOKEN "QUAYWATCH_EXTERNAL_NETWORKS=%s/32", address));
    const struct http_answer *answer = enroll(
        world, body_of(world, "nas-1", "nas", address,
                       ", \"version\": \"2\", \"tags\": [\"disk\"], \"dependencies\": [\"db:soft\"], "
                       "\"metadata\": {\"environment\": \"home\"}"));
    assert_int_equal(answer->status, 201);
    assert_string_equal(http_header(world, answer, "Location"), "/services/nas-1");
    assert_string_equal(json_at(world, answer->body, "healthEndpoint"), "/cgi-bin/health");
    service_wait(world, "nas", "status", "healthy");
    assert_string_equal(service_field(world, "nas", "key"), "external:nas");
    assert_string_equal(service_field(world, "nas", "environment"), "home");
    assert_string_equal(service_field(world, "nas", "dependencies[0].name"), "db");
    assert_string_equal(service_field(world, "nas", "instances[0].container"), "nas-1");
    assert_string_equal(service_field(world, "nas", "instances[0].external"), "true");
    assert_string_equal(service_field(world, "nas", "instances[0].container_state"), "null");
    assert_string_equal(service_field(world, "nas", "instances[0].health.target"),
                        arena_format(&world->arena, "http://%s:8080/cgi-bin/health", address));
    assert_string_equal(http_json(world, "/services/nas/resolve?tag=disk", "url"),
                        arena_format(&world->arena, "http://%s:8080", address));
    assert_string_equal(http_json(world, "/services/nas-1", "name"), "nas");
    assert_string_equal(http_json(world, "/api/v1/services/nas/explain", "instances[0].sources.port"),
                        "registration");

    /* Sick: taken out, and never restarted. */
    shell(world, "docker exec server sick 503");
    service_wait(world, "nas", "status", "unhealthy");
    assert_string_equal(service_field(world, "nas", "instances[0].decision.reason"), "policy");
    assert_string_equal(service_field(world, "nas", "instances[0].decision.sentence"),
                        "Never restarted: it is no container, but was registered through the API.");
    assert_int_equal(http_get(world, "/services/nas/resolve")->status, 503);
    assert_int_equal(http_ask(world, "POST", "/api/v1/services/nas/reload", bearer, "")->status, 403);
    shell(world, "docker exec server well");
    service_wait(world, "nas", "status", "healthy");

    /* The same id once more is a change, another one an instance more. */
    answer = enroll(world, body_of(world, "nas-1", "nas", address, ", \"version\": \"3\""));
    assert_int_equal(answer->status, 200);
    service_wait(world, "nas", "version", "3");
    assert_int_equal(enroll(world, body_of(world, "nas-2", "nas", address, ""))->status, 201);
    service_wait(world, "nas", "instances[1].container", "nas-2");
    service_wait(world, "nas", "instances[1].status", "healthy");
    assert_string_equal(http_json(world, "/api/v1/status", "summary.services"), "1");
    assert_int_equal(http_ask(world, "DELETE", "/services/nas-1", bearer, NULL)->status, 204);
    service_wait(world, "nas", "instances[0].container", "nas-2");
    assert_int_equal(http_ask(world, "DELETE", "/services/nas-1", bearer, NULL)->status, 404);
    assert_int_equal(http_ask(world, "DELETE", "/services/nas-2", bearer, NULL)->status, 204);
    service_wait_gone(world, "nas");
    assert_non_null(strstr(daemon_log(world), "[nas] Registered: \"nas-1\" at "));
    assert_non_null(strstr(daemon_log(world), "[nas] Removed: \"nas-2\" was deregistered"));
}

static void outside_nothing_is_checked(void **state)
{
    struct world *world = *state;
    char *address = server_run(world, "server"), *other = server_run(world, "other");
    daemon_start(world, arena_format(&world->arena, TOKEN "QUAYWATCH_EXTERNAL_NETWORKS=%s", other));
    assert_int_equal(enroll(world, body_of(world, "out", "out", address, ""))->status, 201);
    assert_int_equal(enroll(world, body_of(world, "in", "in", other, ""))->status, 201);
    /* Names are judged by what they mean, and so are addresses in other clothes. */
    assert_int_equal(enroll(world, body_of(world, "name", "name", "localhost", ""))->status, 201);
    assert_int_equal(enroll(world, body_of(world, "odd", "odd", "127.1", ""))->status, 201);
    assert_int_equal(enroll(world, body_of(world, "nobody", "nobody", "no-such-host.invalid", ""))->status,
                     201);
    assert_int_equal(enroll(world, body_of(world, "mapped", "mapped",
                                           arena_format(&world->arena, "::ffff:%s", address), ""))
                         ->status,
                     201);
    service_wait(world, "in", "status", "healthy");
    static const char *const outside[] = {"out", "name", "odd", "mapped"};
    for (size_t i = 0; i < sizeof outside / sizeof *outside; i++) {
        service_wait(world, outside[i], "instances[0].findings[0].code", "outside-external-networks");
        assert_string_equal(service_field(world, outside[i], "status"), "unknown");
        assert_string_equal(service_field(world, outside[i], "instances[0].health.target"), "null");
    }
    service_wait(world, "nobody", "instances[0].findings[0].code", "unresolved-host");
    assert_string_equal(service_field(world, "nobody", "instances[0].serving"), "false");
    service_stays(world, "out", "status", "unknown", CALM_MS);
    assert_string_equal(shell(world, "docker logs server 2>&1"), "");
    assert_string_not_equal(shell(world, "docker logs other 2>&1"), "");
    assert_non_null(strstr(http_get(world, "/api/v1/lint")->body, "lies outside EXTERNAL_NETWORKS"));
    char *said;
    assert_int_equal(daemon_command(world, &said, "check"), 1);
    assert_non_null(strstr(said, "its address 127.0.0.1 lies outside EXTERNAL_NETWORKS"));
    assert_non_null(strstr(said, "its host name no-such-host.invalid has no address"));

    /* A name that lies inside is checked at its address, by its name. */
    daemon_stop(world);
    daemon_start(world, TOKEN "QUAYWATCH_EXTERNAL_NETWORKS=127.0.0.0/8");
    assert_int_equal(enroll(world, arena_format(&world->arena,
                                                "{\"name\": \"self\", \"host\": \"localhost\", \"port\": %d}",
                                                world->port))
                         ->status,
                     201);
    service_wait(world, "self", "status", "healthy");
    assert_string_equal(service_field(world, "self", "instances[0].health.target"),
                        arena_format(&world->arena, "http://127.0.0.1:%d/health", world->port));
    assert_string_equal(service_field(world, "self", "url"),
                        arena_format(&world->arena, "http://localhost:%d", world->port));
    service_wait(world, "in", "instances[0].findings[0].code", "outside-external-networks");
}

static void it_is_believed_as_long_as_its_heartbeat(void **state)
{
    struct world *world = *state;
    char *address = server_run(world, "server");
    daemon_start(world, arena_format(&world->arena, TOKEN "QUAYWATCH_EXTERNAL_NETWORKS=%s", address));
    assert_int_equal(enroll(world, body_of(world, "a", "a", address, ", \"ttl\": 5"))->status, 201);
    assert_int_equal(enroll(world, body_of(world, "b", "b", address, ", \"ttl\": \"1h\""))->status, 201);
    assert_int_equal(enroll(world, body_of(world, "c", "c", address, ""))->status, 201);
    service_wait(world, "a", "status", "healthy");
    service_wait(world, "a", "status", "unhealthy");
    assert_string_equal(service_field(world, "a", "instances[0].health.message"),
                        "No heartbeat within its ttl of 5s");
    assert_string_equal(service_field(world, "a", "instances[0].decision.reason"), "policy");
    assert_int_equal(http_get(world, "/services/a/resolve")->status, 503);

    /* It is back with the next one, and gone after twice its ttl. */
    const struct http_answer *answer = http_ask(world, "PUT", "/services/a/heartbeat", bearer, "");
    assert_int_equal(answer->status, 200);
    assert_string_not_equal(json_at(world, answer->body, "expires_at"), "null");
    service_wait(world, "a", "status", "healthy");
    service_wait(world, "a", "status", "unhealthy");
    service_wait_gone(world, "a");
    log_wait(world, "[a] Removed: no heartbeat of \"a\" within twice its ttl");
    assert_int_equal(http_ask(world, "PUT", "/services/a/heartbeat", bearer, "")->status, 404);
    assert_string_equal(service_field(world, "b", "status"), "healthy");
    assert_string_equal(service_field(world, "c", "status"), "healthy");
    assert_string_equal(
        json_at(world, http_ask(world, "PUT", "/services/c/heartbeat", bearer, "")->body, "expires_at"),
        "null");
}

static void wait_for_file(struct world *world, const char *text)
{
    for (int64_t end = clock_now_ms() + PATIENCE_MS;; clock_pause()) {
        const char *content = file_text(world, "state/externals.json");
        if (content && strstr(content, text))
            return;
        if (clock_now_ms() > end)
            world_fail(world, "externals.json does not contain %s: %s", text, content ? content : "(none)");
    }
}

static void it_is_not_forgotten(void **state)
{
    struct world *world = *state;
    char *address = server_run(world, "server");
    char *settings = arena_format(&world->arena, TOKEN "QUAYWATCH_EXTERNAL_NETWORKS=%s", address);
    daemon_start(world, settings);
    assert_int_equal(enroll(world, body_of(world, "a", "nas", address, ""))->status, 201);
    assert_int_equal(enroll(world, body_of(world, "b", "nas", address, ", \"ttl\": 20"))->status, 201);
    service_wait(world, "nas", "instances[1].status", "healthy");
    daemon_stop(world);
    daemon_start(world, settings);
    /* It is in the very first document. */
    assert_string_equal(service_field(world, "nas", "instances[1].container"), "b");
    service_wait(world, "nas", "status", "healthy");

    /* The short commands know it, too. */
    char *said;
    daemon_command(world, &said, "once");
    assert_string_equal(json_at(world, said, "services[name=nas].instances[1].status"), "healthy");
    assert_int_equal(daemon_command(world, &said, "explain nas"), 0);
    assert_non_null(strstr(said, "POST /services"));

    assert_int_equal(enroll(world, body_of(world, "c", "nas", address, ""))->status, 201);
    wait_for_file(world, "\"id\":\"c\"");
    daemon_kill(world);
    daemon_start(world, settings);
    assert_string_equal(service_field(world, "nas", "instances[2].container"), "c");
    service_wait(world, "nas", "status", "healthy");
    daemon_stop(world);

    /* What is damaged is set aside, and what could be read of it kept. */
    shell(world, "sed -i 's/\"id\":\"b\"/\"id\":\"..\"/' '%s/state/externals.json'", world->folder);
    daemon_start(world, settings);
    assert_string_equal(service_field(world, "nas", "instances[1].container"), "c");
    log_wait(world, "set aside as");
    assert_non_null(file_text(world, "state/externals.json.damaged"));
    wait_for_file(world, "\"id\":\"c\"");
    daemon_stop(world);
    shell(world, "echo '{\"registrations\": [' > '%s/state/externals.json'", world->folder);
    daemon_start(world, settings);
    assert_string_equal(http_json(world, "/api/v1/status", "summary.services"), "0");
}

static void who_was_silent_is_not_believed_again_after_a_restart(void **state)
{
    struct world *world = *state;
    char *address = server_run(world, "server");
    char *settings = arena_format(&world->arena, TOKEN "QUAYWATCH_EXTERNAL_NETWORKS=%s", address);
    daemon_start(world, settings);
    assert_int_equal(enroll(world, body_of(world, "late", "late", address, ", \"ttl\": 5"))->status, 201);
    service_wait(world, "late", "status", "healthy");
    service_wait(world, "late", "status", "unhealthy");
    wait_for_file(world, "\"overdue\":true");
    daemon_kill(world);
    size_t said_before = strlen(daemon_log(world));
    daemon_start(world, settings);
    log_wait(world, "[late] Removed: no heartbeat of \"late\" within twice its ttl");
    service_wait_gone(world, "late");
    assert_null(strstr(daemon_log(world) + said_before, "-> healthy"));
}

/* How it is, in its owner's own words, until the next ones. */
static void owners_say_how_they_are(void **state)
{
    struct world *world = *state;
    daemon_start(world, TOKEN);
    const struct http_answer *answer = enroll(
        world,
        "{\"id\": \"job-1\", \"name\": \"job\", \"host\": \"10.1.1.1\", \"checks\": [{\"id\": \"queue\", "
        "\"ttl\": \"1s\"}, {\"id\": \"disk\", \"status\": \"healthy\"}]}");
    assert_int_equal(answer->status, 201);
    service_wait(world, "job", "status", "starting");
    assert_string_equal(service_field(world, "job", "instances[0].serving"), "false");
    answer = http_ask(world, "PUT", "/services/job-1/heartbeat", bearer,
                      "{\"status\": \"healthy\", \"check\": \"queue\", \"message\": \"empty\"}");
    assert_int_equal(answer->status, 200);
    service_wait(world, "job", "status", "healthy");
    assert_string_equal(service_field(world, "job", "instances[0].health.message"), "queue: empty");
    service_wait(world, "job", "status", "unhealthy"); /* silent for too long */
    assert_string_equal(service_field(world, "job", "instances[0].health.checks"),
                        "{\"disk\":\"healthy\",\"queue\":\"unhealthy\"}");
    http_ask(world, "PUT", "/services/job-1/heartbeat", bearer,
             "{\"status\": \"healthy\", \"check\": \"queue\"}");
    service_wait(world, "job", "status", "healthy");
    static const char *const wrong[] = {"{}", "[]", "{\"status\": \"fine\"}", "nonsense"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        answer = http_ask(world, "PUT", "/services/job-1/heartbeat", bearer, wrong[i]);
        assert_int_equal(answer->status, 400);
    }
    answer = http_ask(world, "PUT", "/services/job-1/heartbeat", bearer,
                      "{\"status\": \"healthy\", \"check\": \"none\"}");
    assert_int_equal(answer->status, 404);
}

static void wrong_ones_are_answered(void **state)
{
    struct world *world = *state;
    daemon_start(world, TOKEN);
    container_run(world, "web", CHECKED, "");
    service_wait(world, "web", "status", "healthy");
    static const char *const wrong[][2] = {
        {"", "no JSON"},
        {"{\"name\": \"a\", \"host\": \"h\", \"port\": 70000}", "\\\"port\\\" is 70000; allowed is"},
        {"{\"name\": \"a\", \"host\": \"h\", \"port\": 1, \"ttl\": 1}", "\\\"ttl\\\" is 1; allowed is"},
        {"{\"name\": \"<script>\", \"host\": \"h\", \"port\": 1}", "\\\"name\\\" is"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        const struct http_answer *answer = enroll(world, wrong[i][0]);
        assert_int_equal(answer->status, 400);
        if (!strstr(answer->body, wrong[i][1]))
            world_fail(world, "%s: %s", wrong[i][0], answer->body);
    }
    /* What containers have is theirs. */
    const struct http_answer *answer = enroll(world, body_of(world, "x", "web", "127.0.0.1", ""));
    assert_int_equal(answer->status, 409);
    assert_non_null(strstr(answer->body, "belongs to a container"));
    assert_int_equal(enroll(world, body_of(world, "web", "x", "127.0.0.1", ""))->status, 409);
    assert_int_equal(http_ask(world, "DELETE", "/services/web", bearer, NULL)->status, 409);
    assert_int_equal(http_ask(world, "PUT", "/services/web/heartbeat", bearer, "")->status, 409);
    assert_int_equal(http_ask(world, "PUT", "/services/nobody/heartbeat", bearer, "")->status, 404);
    assert_int_equal(http_ask(world, "POST", "/services", NULL, "{}")->status, 401);
    assert_int_equal(http_ask(world, "DELETE", "/services/web", NULL, NULL)->status, 401);
    assert_string_equal(http_json(world, "/api/v1/status", "summary.services"), "1");
}

static void settings_are_read_again(void **state)
{
    struct world *world = *state;
    char *address = server_run(world, "server");
    shell(world, "echo 'QUAYWATCH_LOG_LEVEL=info' > '%s/settings'", world->folder);
    daemon_start(world, arena_format(&world->arena, TOKEN "QUAYWATCH_CONFIG='%s/settings'", world->folder));
    assert_int_equal(enroll(world, body_of(world, "a", "a", address, ""))->status, 201);
    service_wait(world, "a", "instances[0].findings[0].code", "outside-external-networks");
    assert_non_null(strstr(service_field(world, "a", "instances[0].decision.sentence"), "is not set"));
    shell(world, "echo 'QUAYWATCH_EXTERNAL_NETWORKS=%s' > '%s/settings'", address, world->folder);
    kill(world->daemon, SIGHUP);
    service_wait(world, "a", "status", "healthy");
    assert_string_equal(service_field(world, "a", "instances[0].findings"), "[]");
    shell(world, "echo > '%s/settings'", world->folder);
    kill(world->daemon, SIGHUP);
    service_wait(world, "a", "status", "unknown");
}

static void there_is_a_bound(void **state)
{
    struct world *world = *state;
    daemon_start(world, TOKEN);
    char body[160];
    for (int i = 0; i < LIMIT_REGISTRATIONS; i++) {
        snprintf(body, sizeof body,
                 "{\"name\": \"s%d\", \"host\": \"10.0.0.1\", \"port\": 1, \"healthCheck\": {\"strategy\": "
                 "\"none\"}}",
                 i);
        assert_int_equal(enroll(world, body)->status, 201);
    }
    const char *more = "{\"name\": \"more\", \"host\": \"10.0.0.1\", \"port\": 1}";
    const struct http_answer *answer = enroll(world, more);
    assert_int_equal(answer->status, 507);
    assert_non_null(strstr(answer->body, "1000 services are registered"));
    assert_int_equal(enroll(world, body)->status, 200); /* who is there may change */
    assert_int_equal(http_ask(world, "DELETE", "/services/s7-10.0.0.1-1", bearer, NULL)->status, 204);
    assert_int_equal(enroll(world, more)->status, 201);
    /* All of them are on disk, and there again. */
    wait_for_file(world, "\"name\":\"more\"");
    daemon_kill(world);
    daemon_start(world, TOKEN);
    assert_string_equal(http_json(world, "/api/v1/status", "summary.services"), "1000");
}

int main(int argc, char **argv)
{
    if (argc > 1)
        cmocka_set_test_filter(argv[1]); /* one test by name, with * and ? */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_is_checked_like_any_other, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(outside_nothing_is_checked, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(it_is_believed_as_long_as_its_heartbeat, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(who_was_silent_is_not_believed_again_after_a_restart, world_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(it_is_not_forgotten, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(owners_say_how_they_are, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(wrong_ones_are_answered, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(settings_are_read_again, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(there_is_a_bound, world_setup, world_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
