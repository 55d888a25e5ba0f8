/* SPDX-License-Identifier: MIT */
/* Maintenance: while people work on a service nobody heals it, however it looks; then it is healed again. */
#include "tests/support/http.h"

#include <string.h>

#define TOKEN "QUAYWATCH_AUTH_TOKEN=correct-horse-battery"
static const char *const bearer[] = {"Authorization: Bearer correct-horse-battery", NULL};
static const char path[] = "/api/v1/services/web/maintenance";

static void start_sick(struct world *world)
{
    daemon_start(world, TOKEN);
    container_run(world, "web", CHECKED, "");
    service_wait(world, "web", "status", "healthy");
    assert_string_equal(service_field(world, "web", "maintenance_until"), "null");
    assert_int_equal(http_ask(world, "POST", path, bearer, "{\"duration\": \"1h\"}")->status, 200);
    assert_string_not_equal(service_field(world, "web", "maintenance_until"), "null");
    shell(world, "docker exec web sick 503");
    service_wait(world, "web", "status", "unhealthy");
    service_wait(world, "web", "instances[0].decision.reason", "maintenance");
}

static void it_survives_everything_but_its_end(void **state)
{
    struct world *world = *state;
    start_sick(world);
    char *until = service_field(world, "web", "maintenance_until");
    assert_string_equal(service_field(world, "web", "instances[0].decision.next_at"), until);
    assert_string_equal(http_json(world, "/api/v1/services/web/explain", "maintenance_until"), until);
    assert_string_equal(
        http_json(world, "/api/v1/services/web/explain", "instances[0].ladder[hold=maintenance].state"),
        "holds");
    service_stays(world, "web", "instances[0].restarts.count", "0", CALM_MS);

    /* A restart of quaywatch. */
    daemon_stop(world);
    daemon_start(world, TOKEN);
    service_wait(world, "web", "status", "unhealthy");
    assert_string_equal(service_field(world, "web", "maintenance_until"), until);
    service_wait(world, "web", "instances[0].decision.reason", "maintenance");

    /* Another container in its place. */
    shell(world, "docker rm -f web");
    service_wait_gone(world, "web");
    container_run(world, "web", CHECKED, "");
    service_wait(world, "web", "maintenance_until", until);
    service_wait(world, "web", "status", "healthy");
    shell(world, "docker exec web sick 503");
    service_wait(world, "web", "instances[0].decision.reason", "maintenance");

    /* Its end, by a person. */
    assert_int_equal(
        http_ask(world, "POST", arena_format(&world->arena, "%s?duration=off", path), bearer, "")->status,
        200);
    service_wait(world, "web", "maintenance_until", "null");
    service_wait(world, "web", "instances[0].restarts.count", "1");
    service_wait(world, "web", "status", "healthy");
    assert_non_null(strstr(daemon_log(world), "Maintenance ended by a person"));
}

static void it_ends_by_itself(void **state)
{
    struct world *world = *state;
    daemon_start(world, TOKEN);
    container_run(world, "web", CHECKED, "");
    service_wait(world, "web", "status", "healthy");
    char *said;
    assert_int_equal(daemon_command(world, &said, "maintenance web 8s"), 0);
    assert_non_null(strstr(said, "web: under maintenance until 20"));
    shell(world, "docker exec web sick 503");
    log_wait(world, "hold (maintenance)");
    assert_string_equal(service_field(world, "web", "instances[0].restarts.count"), "0");
    service_wait(world, "web", "maintenance_until", "null");
    service_wait(world, "web", "instances[0].restarts.count", "1");
    assert_non_null(strstr(daemon_log(world), "Maintenance has ended"));
}

static void a_person_may_restart_meanwhile(void **state)
{
    struct world *world = *state;
    start_sick(world);
    char *started_at = container_started_at(world, "web"), *said;
    assert_int_equal(daemon_command(world, &said, "restart web"), 0);
    assert_string_equal(said, "web: restarting, one instance after another");
    service_wait(world, "web", "status", "healthy");
    assert_string_not_equal(container_started_at(world, "web"), started_at);
    assert_string_not_equal(service_field(world, "web", "maintenance_until"), "null");
}

static void wrong_words_are_answered(void **state)
{
    struct world *world = *state;
    daemon_start(world, TOKEN);
    container_run(world, "web", CHECKED, "");
    service_wait(world, "web", "status", "healthy");
    static const char *const wrong[] = {"",
                                        "{",
                                        "[]",
                                        "null",
                                        "{\"duration\": null}",
                                        "{\"duration\": []}",
                                        "{\"duration\": \"soon\"}",
                                        "{\"duration\": \"-1h\"}",
                                        "{\"duration\": \"31d\"}",
                                        "{\"duration\": \"721h\"}",
                                        "{\"duration\": \"10ms\"}",
                                        "{\"until\": \"1h\"}"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        const struct http_answer *answer = http_ask(world, "POST", path, bearer, wrong[i]);
        assert_int_equal(answer->status, 400);
        assert_non_null(strstr(answer->body, "allowed is a duration from 1s to 30 days"));
    }
    assert_int_equal(http_ask(world, "POST", path, NULL, "{\"duration\": \"1h\"}")->status, 401);
    assert_int_equal(http_ask(world, "GET", path, bearer, NULL)->status, 405);
    assert_int_equal(http_ask(world, "POST", "/api/v1/services/no/maintenance", bearer, "")->status, 404);
    char *said;
    assert_int_equal(daemon_command(world, &said, "maintenance web soon"), 2);
    assert_int_equal(daemon_command(world, &said, "maintenance web"), 2);
    assert_int_equal(daemon_command(world, &said, "maintenance nobody 1h"), 2);
    assert_int_equal(daemon_command(world, &said, "restart nobody"), 2);
    assert_string_equal(service_field(world, "web", "maintenance_until"), "null");
}

int main(int argc, char **argv)
{
    if (argc > 1)
        cmocka_set_test_filter(argv[1]); /* one test by name, with * and ? */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_survives_everything_but_its_end, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(it_ends_by_itself, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(a_person_may_restart_meanwhile, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(wrong_words_are_answered, world_setup, world_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
