/* SPDX-License-Identifier: MIT */
/* The engine dies in the middle of a restart that we asked for: the container lies there stopped, by our own
 * hand. It is brought up again; what others had stopped is not. */
#include "tests/stories/story.h"

static void a_restart_cut_short_is_finished(void **state)
{
    struct world *world = *state;
    daemon_start(world, "");
    /* It takes its time to end, so that the restart can be caught half-way. */
    container_run(world, "shop", "--stop-timeout 4" CHECKED LABEL("service.restart=on-failure"),
                  "sh -c 'trap \"\" TERM; well; httpd -p 8080 -h /www; while :; do sleep 0.1; done'");
    container_run(world, "off", CHECKED LABEL("service.restart=always"), "");
    service_wait(world, "shop", STATUS, "healthy");
    service_wait(world, "off", STATUS, "healthy");
    shell(world, "docker stop off");
    service_wait(world, "off", REASON, "manual-stop");

    shell(world, "docker exec shop sick 503");
    service_wait(world, "shop", ACTION, "act");
    engine_do(world, "kill", "");
    http_wait(world, "/api/v1/status", "engine.connected", "false");
    engine_do(world, "start", "");

    service_wait(world, "shop", STATUS, "healthy");
    service_stays(world, "off", STATE, "exited", CALM_MS);
    assert_string_equal(service_field(world, "off", RESTARTS), "0");
}

STORY(a_restart_cut_short_is_finished)
