/* SPDX-License-Identifier: MIT */
/* A backup stops or pauses what it copies, for as long as it takes: starting it early would spoil the copy.
 */
#include "tests/stories/story.h"

static void paused_while_sick_is_not_touched(void **state)
{
    struct world *world = *state;
    daemon_start(world, "");
    container_run(world, "db",
                  CHECKED LABEL("service.restart=always") LABEL("service.restart.backoff=30s")
                      LABEL("service.restart.backoff_max=30s"),
                  CHRONIC);
    service_wait(world, "db", REASON, "backoff");
    char *started_at = container_started_at(world, "db");

    shell(world, "docker pause db");
    service_wait(world, "db", STATE, "paused");
    service_wait(world, "db", REASON, "paused");
    service_stays(world, "db", STATE, "paused", CALM_MS);
    assert_string_equal(container_started_at(world, "db"), started_at);

    shell(world, "docker unpause db && docker exec db well");
    service_wait(world, "db", STATUS, "healthy");
    assert_string_equal(service_field(world, "db", RESTARTS), "1");
}

static void stopped_for_the_backup_and_started_again(void **state)
{
    struct world *world = *state;
    daemon_start(world, "");
    container_run(world, "db", CHECKED LABEL("service.restart=always"), "");
    service_wait(world, "db", STATUS, "healthy");

    shell(world, "docker stop db");
    service_wait(world, "db", REASON, "manual-stop");
    service_stays(world, "db", STATE, "exited", CALM_MS);
    shell(world, "docker start db");

    service_wait(world, "db", STATUS, "healthy");
    assert_string_equal(service_field(world, "db", RESTARTS), "0");
    /* And it is watched again as before. */
    shell(world, "docker exec db sick 503");
    service_wait(world, "db", RESTARTS, "1");
}

STORY(paused_while_sick_is_not_touched, stopped_for_the_backup_and_started_again)
