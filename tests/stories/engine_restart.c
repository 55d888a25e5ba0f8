/* SPDX-License-Identifier: MIT */
/* The engine is updated under forty services: what Docker brings back is left to Docker, what an engine's
 * shutdown left stopped stays so, and nobody is restarted for having been slow to come up. */
#include "tests/stories/story.h"

enum { MANY = 40 };

static void forty_services_come_back_without_a_storm(void **state)
{
    struct world *world = *state;
    daemon_start(world, "QUAYWATCH_SETTLE=5s");
    for (int i = 0; i < MANY; i++)
        container_run(
            world, arena_format(&world->arena, "s%02d", i),
            arena_format(&world->arena,
                         "--stop-timeout 1 --restart %s %s" CHECKED LABEL("service.health.start_period=30s"),
                         i % 2 ? "always" : "unless-stopped", LABEL("service.restart=always")),
            "");
    container_run(world, "left", CHECKED LABEL("service.restart=always"), "");
    http_wait(world, "/api/v1/status", "summary.healthy", "41");

    engine_do(world, "stop", "");
    http_wait(world, "/api/v1/status", "engine.connected", "false");
    engine_do(world, "start", "");

    http_wait(world, "/api/v1/status", "engine.connected", "true");
    http_wait(world, "/api/v1/status", "summary.healthy", "40");
    service_wait(world, "left", REASON, "manual-stop");
    assert_non_null(strstr(service_field(world, "left", SENTENCE), "engine"));
    service_stays(world, "left", STATE, "exited", CALM_MS);
    assert_string_equal(
        shell(world,
              "curl -s localhost:%d/api/v1/status | jq '[.services[].instances[].restarts.count] | add'",
              world->port),
        "0");
}

STORY(forty_services_come_back_without_a_storm)
