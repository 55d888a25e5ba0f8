/* SPDX-License-Identifier: MIT */
/* A service stops answering without dying: Docker sees a running container for ever. */
#include "tests/stories/story.h"

/* All processes of the container stand still, as in a deadlock. */
static void freeze(struct world *world, const char *name)
{
    shell(world, "compose/engine.sh inside '%s' kill -STOP $(docker top %s -eo pid | tail -n +2)",
          world->engine_dir, name);
}

static void a_hanging_service_is_restarted(void **state)
{
    struct world *world = *state;
    daemon_start(world, "");
    container_run(world, "shop", "--stop-timeout 3" CHECKED, "");
    container_run(world, "blog", CHECKED, "");
    service_wait(world, "shop", STATUS, "healthy");
    service_wait(world, "blog", STATUS, "healthy");

    freeze(world, "shop");

    service_wait(world, "shop", "instances[0].health.error_class", "TIMEOUT_ERROR");
    service_wait(world, "shop", STATUS, "unhealthy");
    service_wait(world, "shop", RESTARTS, "1");
    service_wait(world, "shop", STATUS, "healthy");
    service_stays(world, "shop", RESTARTS, "1", CALM_MS);
    /* One that hangs delays nobody else. */
    assert_string_equal(service_field(world, "blog", STATUS), "healthy");
}

STORY(a_hanging_service_is_restarted)
