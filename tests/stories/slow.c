/* SPDX-License-Identifier: MIT */
/* A service becomes slow: slower than it should be is degraded and left alone; slower than the check's
 * deadline is sick. */
#include "tests/stories/story.h"

static void slow_is_degraded_and_too_slow_is_sick(void **state)
{
    struct world *world = *state;
    daemon_start(world, "");
    container_run(world, "shop",
                  CHECKED LABEL("service.health.degraded_after=300ms") LABEL("service.restart.backoff=20s")
                      LABEL("service.restart.backoff_max=20s"),
                  "");
    service_wait(world, "shop", STATUS, "healthy");

    shell(world, "docker exec shop sh -c 'echo 0.5 >/tmp/delay'");
    service_wait(world, "shop", STATUS, "degraded");
    service_stays(world, "shop", STATUS, "degraded", CALM_MS);
    assert_string_equal(service_field(world, "shop", "instances[0].serving"), "true");
    assert_string_equal(service_field(world, "shop", RESTARTS), "0");

    shell(world, "docker exec shop sh -c 'echo 3 >/tmp/delay'");
    service_wait(world, "shop", RESTARTS, "!0");
    service_wait(world, "shop", REASON, "backoff");
    shell(world, "docker exec shop rm -f /tmp/delay");
    service_wait(world, "shop", STATUS, "healthy");
}

STORY(slow_is_degraded_and_too_slow_is_sick)
