/* SPDX-License-Identifier: MIT */
/* A service eats all the memory it may have and is killed by the kernel: that has its own word. */
#include "tests/stories/story.h"

static void the_kernel_kills_it_and_it_is_healed(void **state)
{
    struct world *world = *state;
    daemon_start(world, "");
    container_run(
        world, "eater", "--memory 16m --memory-swap 16m" QUICK LABEL("service.restart=on-failure"),
        "sh -c 'if [ -e /tmp/again ]; then sleep 1000; fi; touch /tmp/again; sleep 2; tail /dev/zero & "
        "wait $!; exit $?'");
    service_wait(world, "eater", RESTARTS, "1");
    service_wait(world, "eater", STATE, "running");
    assert_string_equal(service_field(world, "eater", "instances[0].restarts.last_reason"), "oom");
    service_stays(world, "eater", RESTARTS, "1", CALM_MS);
}

STORY(the_kernel_kills_it_and_it_is_healed)
