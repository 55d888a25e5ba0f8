/* SPDX-License-Identifier: MIT */
/* Two services live in the network of a VPN container. When that one is restarted they lose their network
 * silently and must be restarted after it; when it is recreated, no restart helps, and that is said instead
 * of tried for ever. */
#include "tests/stories/story.h"

static void start_sidecars(struct world *world)
{
    container_run(world, "vpn", CHECKED, "");
    service_wait(world, "vpn", STATUS, "healthy");
    container_run(world, "mail", "--network container:vpn" LABEL("service.port=9001") QUICK, "serve 9001");
    container_run(world, "chat", "--network container:vpn" LABEL("service.port=9002") QUICK, "serve 9002");
    service_wait(world, "mail", STATUS, "healthy");
    service_wait(world, "chat", STATUS, "healthy");
}

static void sidecars_follow_a_restart_of_their_network(void **state)
{
    struct world *world = *state;
    daemon_start(world, "");
    start_sidecars(world);
    shell(world, "docker exec vpn sick 503");
    service_wait(world, "vpn", RESTARTS, "1");
    service_wait(world, "mail", RESTARTS, "1");
    service_wait(world, "chat", RESTARTS, "1");
    service_wait(world, "mail", STATUS, "healthy");
    service_wait(world, "chat", STATUS, "healthy");
    assert_string_equal(service_field(world, "mail", "instances[0].restarts.last_reason"),
                        "dependency-restarted");
    service_stays(world, "mail", RESTARTS, "1", CALM_MS);
    assert_string_equal(service_field(world, "chat", RESTARTS), "1");
    /* That was not their fault and is not counted. */
    assert_string_equal(service_field(world, "mail", "instances[0].restarts.in_window"), "0");
}

static void a_recreated_network_cannot_be_repaired(void **state)
{
    struct world *world = *state;
    daemon_start(world, "");
    start_sidecars(world);
    shell(world, "docker rm -f vpn");
    container_run(world, "vpn", CHECKED, "");
    service_wait(world, "vpn", STATUS, "healthy");
    service_wait(world, "mail", "instances[0].findings", "~needs-recreate");
    service_wait(world, "chat", "instances[0].findings", "~needs-recreate");
    service_stays(world, "mail", RESTARTS, "0", CALM_MS);

    shell(world, "docker rm -f mail chat");
    container_run(world, "mail", "--network container:vpn" LABEL("service.port=9001") QUICK, "serve 9001");
    service_wait(world, "mail", STATUS, "healthy");
    assert_null(strstr(service_field(world, "mail", "instances[0].findings"), "needs-recreate"));
}

STORY(sidecars_follow_a_restart_of_their_network, a_recreated_network_cannot_be_repaired)
