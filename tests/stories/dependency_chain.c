/* SPDX-License-Identifier: MIT */
/* The shop needs the api, the api needs the database, and the database falls sick: all three look sick, one
 * is. Only that one is restarted, and the others are well again without anybody touching them. */
#include "tests/stories/story.h"

/* A server that is well only while its upstream is. */
static char *server_behind(struct world *world, const char *upstream)
{
    return arena_format(
        &world->arena,
        "sh -c 'printf \"#!/bin/sh\\nif wget -q -O /dev/null http://%s; then echo Status: 200 OK; "
        "else echo Status: 503 Down; fi\\necho\\necho\\n\" >/www/cgi-bin/up; chmod 755 "
        "/www/cgi-bin/up; exec serve'",
        upstream);
}

static void start_chain(struct world *world)
{
    shell(world, "docker network create chain");
    container_run(world, "db", "--network chain" CHECKED, "");
    container_run(world, "api",
                  "--network chain" LABEL("service.port=8080") LABEL("service.health.path=/cgi-bin/up")
                      QUICK LABEL("service.depends_on=db"),
                  server_behind(world, "db:8080/cgi-bin/health"));
    container_run(world, "shop",
                  "--network chain" LABEL("service.port=8080") LABEL("service.health.path=/cgi-bin/up")
                      QUICK LABEL("service.depends_on=api:required"),
                  server_behind(world, "api:8080/cgi-bin/up"));
    static const char *const names[] = {"db", "api", "shop"};
    for (size_t i = 0; i < 3; i++)
        service_wait(world, names[i], STATUS, "healthy");
}

static void only_the_root_is_healed(void **state)
{
    struct world *world = *state;
    daemon_start(world, "");
    start_chain(world);
    char *api_at = container_started_at(world, "api"), *shop_at = container_started_at(world, "shop");
    /* So slow to end that the others have time to look sick. */
    shell(world, "docker exec db sick 500");

    service_wait(world, "db", RESTARTS, "1");
    service_wait(world, "db", STATUS, "healthy");
    service_wait(world, "api", STATUS, "healthy");
    service_wait(world, "shop", STATUS, "healthy");
    service_stays(world, "shop", RESTARTS, "0", CALM_MS);
    assert_string_equal(container_started_at(world, "api"), api_at);
    assert_string_equal(container_started_at(world, "shop"), shop_at);
    assert_string_equal(service_field(world, "db", RESTARTS), "1");
}

/* The database is not to be healed at all: the others wait for it, and say for whom. */
static void victims_name_whom_they_wait_for(void **state)
{
    struct world *world = *state;
    daemon_start(world, "");
    start_chain(world);
    shell(world, "docker stop db");
    service_wait(world, "db", STATUS, "stopped");
    service_wait(world, "api", REASON, "dependency");
    service_wait(world, "shop", REASON, "dependency");
    assert_non_null(strstr(service_field(world, "api", SENTENCE), "\"db\""));
    assert_non_null(strstr(service_field(world, "shop", SENTENCE), "\"api\""));
    assert_non_null(strstr(service_field(world, "shop", SENTENCE), "\"db\""));
    service_stays(world, "api", RESTARTS, "0", CALM_MS);

    shell(world, "docker start db");
    service_wait(world, "shop", STATUS, "healthy");
    assert_string_equal(service_field(world, "api", RESTARTS), "0");
    assert_string_equal(service_field(world, "shop", RESTARTS), "0");
}

STORY(only_the_root_is_healed, victims_name_whom_they_wait_for)
