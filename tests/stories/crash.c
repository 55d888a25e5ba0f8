/* SPDX-License-Identifier: MIT */
/* A service dies by itself: who asked for it gets it back, once; who did not finds it as it fell. */
#include "tests/stories/story.h"

/* (Until the engine has noticed the crash, nobody can know of it: on a loaded machine that takes longer than
 * two quick checks, whose failures alone would say that it runs and is sick.) */
#define PATIENT LABEL("service.health.retries=100")

static void a_crash_is_healed_where_asked_for(void **state)
{
    struct world *world = *state;
    daemon_start(world, "");
    container_run(world, "shop", CHECKED PATIENT LABEL("service.restart=on-failure"), "");
    container_run(world, "blog", CHECKED PATIENT LABEL("service.restart=on-unhealthy"), "");
    service_wait(world, "shop", STATUS, "healthy");
    service_wait(world, "blog", STATUS, "healthy");

    container_crash(world, "shop");
    container_crash(world, "blog");

    service_wait(world, "shop", RESTARTS, "1");
    service_wait(world, "shop", STATUS, "healthy");
    assert_string_equal(service_field(world, "shop", "instances[0].restarts.last_reason"), "crashed");
    /* on-unhealthy is about what runs and is sick; the sentence says what would restart a crash. */
    service_wait(world, "blog", REASON, "policy");
    assert_non_null(strstr(service_field(world, "blog", SENTENCE), "on-failure"));
    service_stays(world, "blog", STATE, "exited", CALM_MS);
    assert_string_equal(service_field(world, "shop", RESTARTS), "1");
}

/* A worker that ends with 0 after its work is normal under `always`: that is no crash and spends no patience.
 */
static void a_worker_that_ends_is_brought_back_only_by_always(void **state)
{
    struct world *world = *state;
    daemon_start(world, "");
    container_run(world, "worker", QUICK LABEL("service.restart=always"), "sleep 2");
    container_run(world, "job", QUICK LABEL("service.restart=on-failure"), "sleep 1");
    service_wait(world, "job", STATE, "exited");
    service_wait(world, "worker", RESTARTS, "!0");
    service_wait(world, "job", STATUS, "stopped");
    service_stays(world, "job", STATE, "exited", CALM_MS);
    assert_string_equal(service_field(world, "job", RESTARTS), "0");
}

STORY(a_crash_is_healed_where_asked_for, a_worker_that_ends_is_brought_back_only_by_always)
