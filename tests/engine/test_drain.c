/* SPDX-License-Identifier: MIT */
/* Who serves is taken out of every answer before quaywatch restarts it, one after another; and whoever is
 * told to stop is out of them from that moment on. */
#include "tests/support/http.h"

#include <string.h>

#define SETTINGS "QUAYWATCH_AUTH_TOKEN=correct-horse-battery QUAYWATCH_DRAIN="
static const char *const bearer[] = {"Authorization: Bearer correct-horse-battery", NULL};

/* Well at its first start, sick at all later ones. */
#define SICK_LATER                                                                                           \
    "sh -c 'if [ -e /again ]; then sick 503; else well; touch /again; fi; trap exit TERM; httpd -p 8080 -h " \
    "/www; while :; do sleep 0.1; done'"
/* Takes its time to end, and serves meanwhile. */
#define SLOW_END                                                                                             \
    "sh -c 'well; trap \"sleep 3; exit\" TERM; httpd -p 8080 -h /www; while :; do sleep 0.1; done'"
/* Does not mind at all. */
#define ENDLESS "sh -c 'well; trap : TERM; httpd -p 8080 -h /www; while :; do sleep 0.1; done'"

static void run(struct world *world, const char *name, const char *command)
{
    container_run(world, name, CHECKED LABEL("service.name=web") LABEL("service.restart=no"), command);
}

static void reload(struct world *world)
{
    /* 409 while its first appearance counts as a deployment. */
    for (int64_t end = clock_now_ms() + PATIENCE_MS; clock_now_ms() < end; clock_pause())
        if (http_ask(world, "POST", "/api/v1/services/web/reload", bearer, "")->status / 100 == 2)
            return;
    world_fail(world, "The service web cannot be restarted");
}

static void it_is_drained_and_then_restarted(void **state)
{
    struct world *world = *state;
    daemon_start(world, SETTINGS "6s"); /* time to look, for a machine under load as well */
    run(world, "web-1", "");
    run(world, "web-2", "");
    service_wait(world, "web", "instances[container=web-2].serving", "true");
    service_wait(world, "web", "status", "healthy");
    char *first = container_started_at(world, "web-1"), *second = container_started_at(world, "web-2");
    reload(world);
    service_wait(world, "web", "instances[container=web-1].serving", "false");
    assert_string_equal(service_field(world, "web", "instances[container=web-1].decision.sentence"),
                        "Drained before its restart (manual): healthy, but no answer names it.");
    assert_string_equal(service_field(world, "web", "instances[container=web-1].container_state"), "running");
    assert_string_equal(service_field(world, "web", "status"), "healthy"); /* nothing is wrong */
    assert_string_equal(http_json(world, "/services/web/resolve", "instance.container"), "web-2");
    assert_string_equal(container_started_at(world, "web-1"), first);
    assert_int_equal(http_ask(world, "POST", "/api/v1/services/web/reload", bearer, "")->status, 409);

    service_wait(world, "web", "instances[container=web-2].serving", "false");
    assert_string_not_equal(container_started_at(world, "web-1"), first);
    assert_string_equal(container_started_at(world, "web-2"), second);
    assert_string_equal(service_field(world, "web", "instances[container=web-1].serving"), "true");
    log_wait(world, "Draining for 6s before its restart (manual)");
    service_wait(world, "web", "instances[container=web-2].decision.sentence",
                 "Restarting (manual) after it was drained.");
    service_wait(world, "web", "instances[container=web-2].serving", "true");
    assert_string_not_equal(container_started_at(world, "web-2"), second);
}

static void it_ends_where_one_does_not_come_back(void **state)
{
    struct world *world = *state;
    daemon_start(world, SETTINGS "200ms");
    run(world, "web-1", SICK_LATER);
    run(world, "web-2", "");
    run(world, "web-3", "");
    service_wait(world, "web", "instances[container=web-3].serving", "true");
    service_wait(world, "web", "status", "healthy");
    char *second = container_started_at(world, "web-2"), *third = container_started_at(world, "web-3");
    reload(world);
    log_wait(world,
             "The restart of web ends here, with 2 not restarted: web-1 is unhealthy after its restart");
    assert_string_equal(container_started_at(world, "web-2"), second);
    assert_string_equal(container_started_at(world, "web-3"), third);
    assert_string_equal(service_field(world, "web", "instances[container=web-2].serving"), "true");
    /* Another try is free to begin; the sick one, which serves nobody, is not waited for by itself. */
    reload(world);
}

static void the_only_one_is_not_kept_away_longer(void **state)
{
    struct world *world = *state;
    daemon_start(world, SETTINGS "1h");
    run(world, "web-1", "");
    service_wait(world, "web", "status", "healthy");
    reload(world);
    service_wait(world, "web", "instances[0].restarts.count", "1");
    log_wait(world, "[web] Restart (manual) done");
    service_wait(world, "web", "instances[0].serving", "true");
    assert_null(strstr(daemon_log(world), "Draining"));
}

static void who_is_told_to_stop_is_told_to_nobody(void **state)
{
    struct world *world = *state;
    daemon_start(world, SETTINGS "200ms");
    run(world, "web-1", SLOW_END);
    run(world, "web-2", ENDLESS);
    service_wait(world, "web", "instances[container=web-2].serving", "true");
    service_wait(world, "web", "status", "healthy");
    shell(world, "docker stop -t 10 web-1 >/dev/null 2>&1 &");
    service_wait(world, "web", "instances[container=web-1].decision.reason", "stopping");
    assert_string_equal(service_field(world, "web", "instances[container=web-1].serving"), "false");
    assert_string_equal(service_field(world, "web", "instances[container=web-1].container_state"), "running");
    assert_string_equal(service_field(world, "web", "instances[container=web-1].status"), "healthy");
    assert_string_equal(service_field(world, "web", "status"), "healthy");
    service_wait(world, "web", "instances[container=web-1].status", "stopped");

    /* The last one, too: it is about to end, and nothing is sick. */
    shell(world, "docker kill -s TERM web-2");
    service_wait(world, "web", "instances[container=web-2].serving", "false");
    assert_int_equal(http_get(world, "/services/web/resolve")->status, 503);
    assert_string_equal(service_field(world, "web", "instances[container=web-2].status"), "healthy");
    assert_null(strstr(daemon_log(world), "unhealthy"));
    shell(world, "docker restart -t 1 web-2");
    service_wait(world, "web", "instances[container=web-2].serving", "true");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_is_drained_and_then_restarted, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(it_ends_where_one_does_not_come_back, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(the_only_one_is_not_kept_away_longer, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(who_is_told_to_stop_is_told_to_nobody, world_setup, world_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
