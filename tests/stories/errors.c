/* SPDX-License-Identifier: MIT */
/* A service answers every check with an error: it is restarted once, its neighbours are not. */
#include "tests/stories/story.h"

static void a_sick_service_is_restarted_once(void **state)
{
    struct world *world = *state;
    daemon_start(world, "");
    container_run(world, "shop", CHECKED, "");
    container_run(world, "blog", CHECKED, "");
    service_wait(world, "shop", STATUS, "healthy");
    service_wait(world, "blog", STATUS, "healthy");
    char *started_at = container_started_at(world, "shop"), *other_at = container_started_at(world, "blog");

    shell(world, "docker exec shop sick 500");

    service_wait(world, "shop", RESTARTS, "1");
    service_wait(world, "shop", STATUS, "healthy");
    char *restarted_at = container_started_at(world, "shop");
    assert_string_not_equal(restarted_at, started_at);
    service_stays(world, "shop", RESTARTS, "1", CALM_MS);
    assert_string_equal(container_started_at(world, "shop"), restarted_at);
    assert_string_equal(container_started_at(world, "blog"), other_at);
    assert_string_equal(service_field(world, "shop", REASON), "healthy");
    assert_string_not_equal(service_field(world, "shop", "instances[0].restarts.last_at"), "null");
    assert_true(
        metric(world, "quaywatch_restarts_total{service=\"shop\",reason=\"unhealthy\",result=\"ok\"}") == 1);
}

/* 404 on a check that has never passed is a wrong path, not an illness: no restart mends a label. */
static void a_wrong_check_restarts_nobody(void **state)
{
    struct world *world = *state;
    daemon_start(world, "");
    container_run(world, "shop", LABEL("service.port=8080") LABEL("service.health.path=/nothing") QUICK, "");
    service_wait(world, "shop", REASON, "check-wrong");
    service_stays(world, "shop", RESTARTS, "0", CALM_MS);
    assert_non_null(strstr(service_field(world, "shop", SENTENCE), "404"));
}

STORY(a_sick_service_is_restarted_once, a_wrong_check_restarts_nobody)
