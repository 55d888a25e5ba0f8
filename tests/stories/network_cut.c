/* SPDX-License-Identifier: MIT */
/* quaywatch's own network breaks: everybody looks dead from here, and nobody is. */
#include "tests/stories/story.h"

#define SERVING "instances[0].serving"

static void everything_unreachable_is_our_fault(void **state)
{
    struct world *world = *state;
    static const char *const names[] = {"one", "two", "three", "four"};
    daemon_start(world, "");
    for (size_t i = 0; i < 4; i++)
        container_run(world, names[i], CHECKED, "");
    for (size_t i = 0; i < 4; i++)
        service_wait(world, names[i], STATUS, "healthy");

    shell(world, "iptables -N quaywatch-test && iptables -A quaywatch-test -p tcp --dport 8080 -j DROP && "
                 "iptables -I OUTPUT -d 172.16.0.0/12 -j quaywatch-test");
    for (size_t i = 0; i < 4; i++)
        service_wait(world, names[i], REASON, "unreachable");
    http_wait(world, "/health", "checks", "~cannot be reached");
    service_stays(world, "one", RESTARTS, "0", CALM_MS);
    /* Proxies reach them well: nobody is taken out for what is wrong with us. */
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(service_field(world, names[i], SERVING), "true");
        assert_string_equal(service_field(world, names[i], STATUS), "degraded");
        assert_string_equal(service_field(world, names[i], REASON), "unreachable");
    }

    shell(world, "iptables -F quaywatch-test");
    for (size_t i = 0; i < 4; i++) {
        service_wait(world, names[i], STATUS, "healthy");
        assert_string_equal(service_field(world, names[i], RESTARTS), "0");
    }
}

STORY(everything_unreachable_is_our_fault)
