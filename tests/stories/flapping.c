/* SPDX-License-Identifier: MIT */
/* A service fails every other check: the breaker takes it out of the lists, nobody restarts it for that. */
#include "tests/stories/story.h"

static void a_flapping_service_is_taken_out_not_restarted(void **state)
{
    struct world *world = *state;
    daemon_start(world, "");
    container_run(world, "steady", CHECKED, "");
    container_run(
        world, "flap",
        LABEL("service.port=8080") LABEL("service.health.path=/cgi-bin/health")
            LABEL("service.health.interval=200ms") LABEL("service.health.start_period=1s")
                LABEL("service.health.retries=20") LABEL("service.breaker.failure_threshold=4")
                    LABEL("service.breaker.recovery_timeout=1300ms"),
        "sh -c 'serve & while [ ! -e /tmp/steady ]; do sleep 0.5; sick 503; sleep 0.5; well; done; wait'");
    service_wait(world, "steady", STATUS, "healthy");
    service_wait(world, "flap", "instances[0].circuit_breaker.state", "open");
    assert_non_null(strstr(daemon_log(world), "Circuit breaker OPEN (threshold reached: 4/4)"));
    service_wait(world, "flap", "instances[0].circuit_breaker.state", "half_open");
    service_wait(world, "flap", "instances[0].circuit_breaker.state", "open");
    service_stays(world, "flap", RESTARTS, "0", CALM_MS);
    assert_string_equal(service_field(world, "steady", STATUS), "healthy");

    /* It has become steady. */
    shell(world, "docker exec flap touch /tmp/steady");
    service_wait(world, "flap", "instances[0].circuit_breaker.state", "closed");
    service_wait(world, "flap", "instances[0].serving", "true");
}

STORY(a_flapping_service_is_taken_out_not_restarted)
