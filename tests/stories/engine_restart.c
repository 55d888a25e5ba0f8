/* SPDX-License-Identifier: MIT */
/* The engine is updated under forty services: what Docker brings back is left to Docker, what an engine's
 * shutdown left stopped stays so, and nobody is restarted for having been slow to come up. */
#include "tests/stories/story.h"

enum { MANY = 40 };

/* Forty at once are checked more gently than tests usually do. */
#define GENTLY                                                                                               \
    LABEL("service.port=8080")                                                                               \
    LABEL("service.health.path=/health") LABEL("service.health.interval=1s") LABEL("service.restart=always")

static void forty_services_come_back_without_a_storm(void **state)
{
    struct world *world = *state;
    daemon_start(world, "QUAYWATCH_SETTLE=5s");
    for (int i = 0; i < MANY; i++)
        container_run(world, arena_format(&world->arena, "s%02d", i),
                      arena_format(&world->arena, "--stop-timeout 1 --restart %s" GENTLY,
                                   i % 2 ? "always" : "unless-stopped"),
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
    char *restarted = shell(world,
                            "curl -s localhost:%d/api/v1/status | jq -c '[.services[].instances[] | "
                            "select(.restarts.count > 0) | [.container, .restarts.last_reason]]'",
                            world->port);
    if (strcmp(restarted, "[]") != 0)
        world_fail(world, "%s were restarted: %s", restarted,
                   shell(world, "grep -e Restart '%s/daemon.log'", world->folder));
}

STORY(forty_services_come_back_without_a_storm)
