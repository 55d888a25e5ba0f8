/* SPDX-License-Identifier: MIT */
/* quaywatch dies in the middle of a restart that it asked for: the next one knows from STATE_DIR that it was
 * its own, and finishes it instead of taking it for a person's stop. */
#include "tests/stories/story.h"

static void the_next_one_finishes_it(void **state)
{
    struct world *world = *state;
    daemon_start(world, "");
    container_run(world, "shop", "--stop-timeout 3" CHECKED LABEL("service.restart=on-failure"),
                  "sh -c 'trap \"\" TERM; well; httpd -p 8080 -h /www; while :; do sleep 0.1; done'");
    service_wait(world, "shop", STATUS, "healthy");
    char *started_at = container_started_at(world, "shop");
    shell(world, "docker exec shop sick 503");
    service_wait(world, "shop", ACTION, "act");

    daemon_kill(world);
    daemon_start(world, "");

    service_wait(world, "shop", STATUS, "healthy");
    assert_string_not_equal(container_started_at(world, "shop"), started_at);
    service_stays(world, "shop", STATUS, "healthy", CALM_MS);
}

STORY(the_next_one_finishes_it)
