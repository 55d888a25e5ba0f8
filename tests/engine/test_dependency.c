/* SPDX-License-Identifier: MIT */
/* Dependencies against real containers: the root is healed, its victims wait, and whoever is to follow a
 * restart follows it in order and once (CONTRACT sections 3 and 5). */
#include "tests/support/http.h"

#include <stdlib.h>
#include <string.h>

#define CASCADE LABEL("service.restart.cascade=true")
/* Well after every start, but slow to stop: a restart takes four seconds. */
#define SLOW_TO_STOP "sh -c 'trap \"\" TERM; well; httpd -p 8080 -h /www; while :; do sleep 0.1; done'"

static void run_needing(struct world *world, const char *name, const char *needs, const char *labels)
{
    container_run(world, name,
                  arena_format(&world->arena, CHECKED LABEL("service.depends_on=%s") "%s", needs, labels),
                  "");
}

/* Restarted, and for the very reason that a dependency was: once. */
static void follows_once(struct world *world, const char *name)
{
    service_wait(world, name, "instances[0].restarts.last_reason", "dependency-restarted");
    service_wait(world, name, "status", "healthy");
    assert_string_equal(service_field(world, name, "instances[0].restarts.count"), "1");
    assert_string_equal(service_field(world, name, "instances[0].restarts.in_window"), "0");
}

static void the_root_is_healed_and_victims_follow(void **state)
{
    struct world *world = *state;
    daemon_start(world, "");
    container_run(world, "db", "--stop-timeout 4" CHECKED, SLOW_TO_STOP);
    run_needing(world, "api", "db", CASCADE);
    run_needing(world, "web", "api:required", CASCADE);
    run_needing(world, "stays", "db", "");
    const char *names[] = {"db", "api", "web", "stays"};
    for (size_t i = 0; i < 4; i++)
        service_wait(world, names[i], "status", "healthy");
    char *stays_at = container_started_at(world, "stays");
    shell(world, "docker exec db sick 503");
    service_wait(world, "db", "status", "unhealthy");
    shell(world, "docker exec api sick 500");
    service_wait(world, "api", "instances[0].decision.reason", "dependency");
    service_wait(world, "api", "instances[0].decision.sentence", "~Waits for \"db\" (unhealthy); ends when");
    shell(world, "docker exec web sick 503");
    service_wait(world, "web", "instances[0].decision.sentence",
                 "~Waits for \"api\" (unhealthy), the root of it is \"db\"; ends when");
    http_wait(world, "/api/v1/graph", "roots[0]", "db");
    assert_string_equal(http_json(world, "/api/v1/graph", "count(roots)"), "1");
    assert_string_equal(http_json(world, "/api/v1/graph", "nodes[name=web].root"), "db");
    assert_string_equal(service_field(world, "web", "instances[0].restarts.count"), "0");
    assert_string_equal(service_field(world, "api", "instances[0].restarts.count"), "0");

    service_wait(world, "db", "instances[0].restarts.count", "1");
    service_wait(world, "db", "status", "healthy");
    follows_once(world, "api");
    follows_once(world, "web");
    char *db_at = container_started_at(world, "db"), *api_at = container_started_at(world, "api"),
         *web_at = container_started_at(world, "web");
    assert_true(strcmp(db_at, api_at) < 0 && strcmp(api_at, web_at) < 0);
    service_stays(world, "web", "instances[0].restarts.count", "1", CALM_MS);
    assert_string_equal(container_started_at(world, "api"), api_at);
    assert_string_equal(container_started_at(world, "db"), db_at);
    assert_string_equal(container_started_at(world, "stays"), stays_at);
}

static void a_diamond_follows_once(void **state)
{
    struct world *world = *state;
    daemon_start(world, "");
    container_run(world, "db", CHECKED, "");
    run_needing(world, "left", "db", CASCADE);
    run_needing(world, "right", "db", CASCADE);
    run_needing(world, "web", "left,right", CASCADE);
    const char *names[] = {"db", "left", "right", "web"};
    for (size_t i = 0; i < 4; i++)
        service_wait(world, names[i], "status", "healthy");
    assert_string_equal(http_json(world, "/api/v1/graph", "order[1][1]"), "right");
    assert_string_equal(http_json(world, "/api/v1/graph", "order[2][0]"), "web");
    shell(world, "docker restart -t 1 db");
    for (size_t i = 1; i < 4; i++)
        follows_once(world, names[i]);
    service_stays(world, "web", "instances[0].restarts.count", "1", CALM_MS);
    char *web_at = container_started_at(world, "web");
    assert_true(strcmp(container_started_at(world, "left"), web_at) < 0 &&
                strcmp(container_started_at(world, "right"), web_at) < 0);
}

#define SIDECAR                                                                                              \
    "--network container:vpn" LABEL("service.port=9090") LABEL("service.health.path=/cgi-bin/health") QUICK

static void a_shared_network_comes_back_or_asks_to_be_recreated(void **state)
{
    struct world *world = *state;
    daemon_start(world, "");
    container_run(world, "vpn", CHECKED, "");
    container_run(world, "side", SIDECAR, "serve 9090");
    service_wait(world, "vpn", "status", "healthy");
    service_wait(world, "side", "status", "healthy");
    assert_string_equal(service_field(world, "side", "dependencies[0].name"), "vpn");
    shell(world, "docker rename vpn gate");
    service_wait(world, "vpn", "instances[0].container", "gate");
    assert_string_equal(service_field(world, "side", "dependencies[0].name"), "vpn");
    assert_string_equal(service_field(world, "side", "dependencies[0].status"), "healthy");

    shell(world, "docker restart -t 1 gate");
    follows_once(world, "side");
    service_stays(world, "side", "instances[0].restarts.count", "1", CALM_MS);
    service_wait(world, "side", "status", "healthy");

    char *started_at = container_started_at(world, "side");
    shell(world, "docker rm -f gate");
    container_run(world, "vpn", CHECKED, "");
    service_wait(world, "vpn", "status", "healthy");
    service_wait(world, "side", "instances[0].findings[code=needs-recreate]", "*");
    service_wait(world, "side", "instances[0].decision.action", "hold");
    service_wait(world, "side", "instances[0].decision.reason", "dependency");
    service_wait(world, "side", "instances[0].decision.sentence", "~ends when it is recreated");
    service_stays(world, "side", "instances[0].restarts.count", "1", CALM_MS);
    assert_string_equal(container_started_at(world, "side"), started_at);
    assert_non_null(strstr(daemon_log(world), "no restart brings that back"));

    shell(world, "docker rm -f side");
    container_run(world, "side", SIDECAR, "serve 9090");
    service_wait(world, "side", "status", "healthy");
    service_wait(world, "side", "instances[0].findings[code=needs-recreate]", NULL);
    service_stays(world, "side", "instances[0].restarts.count", "1", CALM_MS);
}

static void circles_are_reported_and_healed(void **state)
{
    struct world *world = *state;
    daemon_start(world, "");
    run_needing(world, "chicken", "egg", CASCADE);
    run_needing(world, "egg", "chicken", CASCADE);
    service_wait(world, "egg", "status", "healthy");
    service_wait(world, "chicken", "status", "healthy");
    service_wait(world, "egg", "instances[0].findings[code=dependency-cycle]", "*");
    assert_string_equal(service_field(world, "egg", "instances[0].findings[code=dependency-cycle].sentence"),
                        "Circular dependency detected: chicken → egg → chicken");
    assert_string_equal(service_field(world, "chicken", "dependencies[0].circular"), "true");
    assert_string_equal(http_json(world, "/api/v1/graph", "cycles[0].cycle"), "chicken → egg → chicken");
    shell(world, "docker exec egg sick 503; docker exec chicken sick 503");
    service_wait(world, "egg", "instances[0].restarts.count", "1");
    service_wait(world, "chicken", "instances[0].restarts.count", "1");
    service_wait(world, "egg", "status", "healthy");
    service_wait(world, "chicken", "status", "healthy");
    service_stays(world, "chicken", "instances[0].restarts.count", "1", CALM_MS);
    assert_string_equal(service_field(world, "egg", "instances[0].restarts.count"), "1");
    /* A circle that is opened is forgotten. */
    shell(world, "docker rm -f egg");
    container_run(world, "egg", CHECKED, "");
    service_wait(world, "chicken", "instances[0].findings[code=dependency-cycle]", NULL);
    assert_string_equal(service_field(world, "chicken", "dependencies[0].circular"), "false");
}

static void waiting_has_an_end(void **state)
{
    struct world *world = *state;
    daemon_start(world, "QUAYWATCH_DEPENDENCY_TIMEOUT=6s");
    container_run(world, "db", CHECKED LABEL("service.restart=no"), "");
    run_needing(world, "web", "db", "");
    service_wait(world, "db", "status", "healthy");
    service_wait(world, "web", "status", "healthy");
    shell(world, "docker exec db sick 503");
    service_wait(world, "db", "instances[0].decision.reason", "policy");
    shell(world, "docker exec web sick 503");
    service_wait(world, "web", "instances[0].decision.reason", "dependency");
    service_wait(world, "web", "instances[0].decision.sentence", "~DEPENDENCY_TIMEOUT");
    assert_string_not_equal(service_field(world, "web", "instances[0].decision.next_at"), "null");
    assert_string_equal(service_field(world, "web", "instances[0].restarts.count"), "0");
    service_wait(world, "web", "instances[0].restarts.count", "1");
    assert_string_equal(service_field(world, "web", "instances[0].restarts.last_reason"), "unhealthy");
    service_wait(world, "web", "status", "healthy");
    assert_non_null(strstr(daemon_log(world), "until DEPENDENCY_TIMEOUT was over"));
    assert_string_equal(service_field(world, "db", "instances[0].restarts.count"), "0");
}

static void a_restart_is_followed_across_our_own(void **state)
{
    struct world *world = *state;
    daemon_start(world, "");
    container_run(world, "db", CHECKED LABEL("service.restart=no"), CHRONIC);
    shell(world, "docker exec db well");
    run_needing(world, "web", "db", CASCADE);
    run_needing(world, "late", "web", CASCADE);
    service_wait(world, "db", "status", "healthy");
    service_wait(world, "web", "status", "healthy");
    service_wait(world, "late", "status", "healthy");
    shell(world, "docker restart -t 1 db");
    service_wait(world, "db", "status", "unhealthy");
    service_wait(world, "web", "instances[0].decision.reason", "dependency");
    daemon_stop(world);
    daemon_start(world, "");
    service_wait(world, "db", "status", "unhealthy");
    service_wait(world, "web", "instances[0].decision.reason", "dependency");
    assert_string_equal(service_field(world, "web", "instances[0].restarts.count"), "0");
    shell(world, "docker exec db well");
    follows_once(world, "web");
    follows_once(world, "late");
    /* And one that happens while we are away. */
    daemon_stop(world);
    shell(world, "docker restart -t 1 db");
    daemon_start(world, "");
    shell(world, "docker exec db well");
    service_wait(world, "web", "instances[0].restarts.count", "2");
    service_wait(world, "late", "instances[0].restarts.count", "2");
    service_stays(world, "late", "instances[0].restarts.count", "2", CALM_MS);
    assert_string_equal(service_field(world, "web", "instances[0].restarts.count"), "2");
}

static void the_fleet_is_surveyed(void **state)
{
    struct world *world = *state;
    daemon_start(world, "");
    shell(world, "docker network create shared");
    container_run(world, "shop", "--network shared --network-alias db" CHECKED, "");
    container_run(world, "blog",
                  "--network shared --network-alias db" CHECKED LABEL("service.depends_on=shpo"), "");
    service_wait(world, "shop", "instances[0].findings[code=alias-collision]", "*");
    assert_string_equal(
        service_field(world, "shop", "instances[0].findings[code=alias-collision].sentence"),
        "On network \"shared\" the alias \"db\" means \"blog\" and \"shop\": a lookup answers "
        "with either; give one of them another alias or network.");
    service_wait(world, "blog", "instances[0].findings[code=unknown-dependency]", "*");
    service_wait(world, "blog", "instances[0].findings[code=unknown-dependency].sentence",
                 "~did you mean \"shop\"?");
    container_run(world, "my-shop", CHECKED, "");
    container_run(world, "my.shop", CHECKED, "");
    service_wait(world, "my.shop", "instances[0].findings[code=env-name-collision].sentence",
                 "~MY_SHOP_* are those of \"my-shop\"");
    service_stays(world, "my-shop", "instances[0].findings[code=env-name-collision]", NULL, 0);
    assert_non_null(strstr(http_get(world, "/export/env")->body,
                           "# my.shop is left out: MY_SHOP_* are those of my-shop\n"));
    shell(world, "docker rm -f blog my-shop");
    service_wait(world, "my.shop", "instances[0].findings[code=env-name-collision]", NULL);
    service_wait(world, "shop", "instances[0].findings[code=alias-collision]", NULL);
}

int main(int argc, char **argv)
{
    if (argc > 1)
        cmocka_set_test_filter(argv[1]); /* one test by name, with * and ? */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_root_is_healed_and_victims_follow, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(a_diamond_follows_once, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(a_shared_network_comes_back_or_asks_to_be_recreated, world_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(circles_are_reported_and_healed, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(waiting_has_an_end, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(a_restart_is_followed_across_our_own, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(the_fleet_is_surveyed, world_setup, world_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
