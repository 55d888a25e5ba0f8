/* SPDX-License-Identifier: MIT */
/* No restart cures it: after a few, waiting longer each time, quaywatch gives up, isolates it, says so, and
 * takes it back as soon as somebody has mended it. */
#include "tests/stories/story.h"

static void used_up_and_released(void **state)
{
    struct world *world = *state;
    daemon_start(world, "");
    container_run(world, "shop",
                  CHECKED LABEL("service.restart.max=2") LABEL("service.restart.backoff=4s")
                      LABEL("service.restart.backoff_max=4s"),
                  CHRONIC);
    service_wait(world, "shop", "instances[0].restarts.in_window", "1");
    service_wait(world, "shop", REASON, "backoff");
    assert_string_not_equal(service_field(world, "shop", "instances[0].decision.next_at"), "null");

    /* quaywatch is updated in the middle of it: the count goes on, the waiting too. */
    daemon_stop(world);
    daemon_start(world, "");

    service_wait(world, "shop", STATUS, "failed");
    assert_string_equal(service_field(world, "shop", "instances[0].restarts.in_window"), "2");
    assert_string_equal(service_field(world, "shop", REASON), "budget");
    assert_string_equal(service_field(world, "shop", "instances[0].serving"), "false");
    assert_string_equal(service_field(world, "shop", "endpoints"), "[]");
    assert_string_equal(http_json(world, "/api/v1/status", "summary.failed"), "1");
    assert_non_null(strstr(daemon_log(world), "emergency"));
    char *started_at = container_started_at(world, "shop");
    service_stays(world, "shop", STATUS, "failed", CALM_MS);
    assert_string_equal(container_started_at(world, "shop"), started_at);

    shell(world, "docker exec shop well");
    service_wait(world, "shop", STATUS, "healthy");
    service_wait(world, "shop", "instances[0].serving", "true");
    service_wait(world, "shop", REASON, "healthy");
}

STORY(used_up_and_released)
