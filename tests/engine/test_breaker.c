/* SPDX-License-Identifier: MIT */
/* A person trips a breaker: out of every answer at once, even the last one, until it is reset or has proved
 * itself after its recovery time. */
#include "tests/support/http.h"

#include <string.h>

#define TOKEN "QUAYWATCH_AUTH_TOKEN=correct-horse-battery"
static const char *const bearer[] = {"Authorization: Bearer correct-horse-battery", NULL};

static const struct http_answer *post(struct world *world, const char *path)
{
    return http_ask(world, "POST", path, bearer, "");
}

static void run(struct world *world, const char *recovery)
{
    container_run(world, "web",
                  arena_format(&world->arena, CHECKED LABEL("service.breaker.recovery_timeout=%s"), recovery),
                  "");
    service_wait(world, "web", "status", "healthy");
    assert_int_equal(http_get(world, "/services/web/resolve")->status, 200);
}

static void it_takes_the_last_one_out_until_it_is_reset(void **state)
{
    struct world *world = *state;
    daemon_start(world, TOKEN);
    run(world, "1h");
    const struct http_answer *answer = post(world, "/api/v1/services/web/breaker/trip");
    assert_int_equal(answer->status, 200);
    assert_string_equal(json_at(world, answer->body, "instances[0].state"), "open");
    service_wait(world, "web", "instances[0].serving", "false");
    assert_string_equal(service_field(world, "web", "circuit_breaker.tripped"), "true");
    assert_string_equal(service_field(world, "web", "instances[0].status"), "healthy");
    assert_int_equal(http_get(world, "/services/web/resolve")->status, 503);

    /* It is known at once, and not forgotten. */
    daemon_kill(world);
    daemon_start(world, TOKEN);
    service_wait(world, "web", "instances[0].circuit_breaker.state", "open");
    assert_string_equal(service_field(world, "web", "circuit_breaker.tripped"), "true");
    service_stays(world, "web", "instances[0].serving", "false", 1000);
    assert_string_equal(service_field(world, "web", "instances[0].restarts.count"), "0");

    assert_int_equal(post(world, "/api/v1/services/web/breaker/reset?instance=web")->status, 200);
    service_wait(world, "web", "instances[0].circuit_breaker.state", "closed");
    service_wait(world, "web", "status", "healthy");
    assert_int_equal(http_get(world, "/services/web/resolve")->status, 200);
    assert_non_null(strstr(daemon_log(world), "[web] Circuit breaker OPEN (tripped by a person)"));
    assert_non_null(strstr(daemon_log(world), "[web] Circuit breaker CLOSED (reset by a person)"));
}

static void it_proves_itself_after_the_recovery_time(void **state)
{
    struct world *world = *state;
    daemon_start(world, TOKEN);
    run(world, "1s");
    assert_int_equal(post(world, "/api/v1/services/web/breaker/trip")->status, 200);
    log_wait(world, "[web] Circuit breaker entering HALF_OPEN state");
    log_wait(world, "[web] Circuit breaker CLOSED (service recovered)");
    service_wait(world, "web", "status", "healthy");
    assert_string_equal(service_field(world, "web", "circuit_breaker.tripped"), "false");
    assert_string_equal(http_json(world, "/api/v1/events", "events[kind=breaker].sentence"),
                        "Circuit breaker OPEN (tripped by a person)");
}

static void without_checks_time_is_all_there_is(void **state)
{
    struct world *world = *state;
    daemon_start(world, TOKEN);
    container_run(world, "quiet",
                  LABEL("service.port=8080") LABEL("service.health.check=none")
                      LABEL("service.breaker.recovery_timeout=1s"),
                  "");
    service_wait(world, "quiet", "instances[0].serving", "true");
    assert_int_equal(post(world, "/api/v1/services/quiet/breaker/trip")->status, 200);
    log_wait(world, "[quiet] Circuit breaker CLOSED (its recovery time is over, and nothing is checked)");
    service_wait(world, "quiet", "instances[0].serving", "true");
}

static void without_breakers_nothing_is_tripped(void **state)
{
    struct world *world = *state;
    daemon_start(world, TOKEN " CIRCUIT_BREAKER_ENABLED=false");
    run(world, "1h");
    const struct http_answer *answer = post(world, "/api/v1/services/web/breaker/trip");
    assert_int_equal(answer->status, 409);
    assert_non_null(strstr(answer->body, "CIRCUIT_BREAKER_ENABLED"));
    assert_string_equal(service_field(world, "web", "circuit_breaker.state"), "closed");
}

int main(int argc, char **argv)
{
    if (argc > 1)
        cmocka_set_test_filter(argv[1]); /* one test by name, with * and ? */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_takes_the_last_one_out_until_it_is_reset, world_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(it_proves_itself_after_the_recovery_time, world_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(without_checks_time_is_all_there_is, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(without_breakers_nothing_is_tripped, world_setup, world_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
