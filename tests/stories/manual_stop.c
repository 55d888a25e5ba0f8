/* SPDX-License-Identifier: MIT */
/* Somebody stops a service: it stays stopped, whatever it was before and whoever comes back meanwhile. */
#include "tests/stories/story.h"

#define BACKOFF_30S LABEL("service.restart.backoff=30s") LABEL("service.restart.backoff_max=30s")

static void stays_stopped(struct world *world, const char *name)
{
    service_wait(world, name, STATE, "exited");
    service_wait(world, name, STATUS, "stopped");
    service_wait(world, name, REASON, "manual-stop");
}

static void what_people_stop_stays_stopped(void **state)
{
    struct world *world = *state;
    daemon_start(world, "");
    const char *labels = CHECKED LABEL("service.restart=always");
    container_run(world, "nice", labels, "");
    container_run(world, "deaf", arena_format(&world->arena, "--stop-timeout 1 %s", labels),
                  "httpd -f -p 8080 -h /www");
    container_run(world, "killed", labels, "");
    /* (Not checked: it serves nothing, and would be restarted for that meanwhile.) */
    container_run(
        world, "hupped",
        arena_format(&world->arena, "--stop-signal HUP %s" LABEL("service.health.check=none"), labels),
        "sleep 1000");
    service_wait(world, "nice", STATUS, "healthy");
    service_wait(world, "deaf", STATUS, "healthy");
    service_wait(world, "killed", STATUS, "healthy");

    shell(world, "docker stop nice & docker stop deaf & docker kill killed & docker kill hupped; wait");

    static const char *const names[] = {"nice", "deaf", "killed", "hupped"};
    for (size_t i = 0; i < 4; i++)
        stays_stopped(world, names[i]);
    service_stays(world, "nice", STATE, "exited", CALM_MS);

    /* quaywatch itself is updated: what it knew of people's will it still knows. */
    daemon_stop(world);
    daemon_start(world, "");
    for (size_t i = 0; i < 4; i++)
        stays_stopped(world, names[i]);
    service_stays(world, "killed", STATE, "exited", CALM_MS);
    assert_string_equal(shell(world, "docker ps -q"), "");
}

/* The classic of all healers: stopped while sick, an exited container still reads "unhealthy". */
static void stopped_while_sick_stays_stopped(void **state)
{
    struct world *world = *state;
    daemon_start(world, "");
    container_run(world, "shop", CHECKED BACKOFF_30S LABEL("service.restart=always"), CHRONIC);
    container_run(world, "db",
                  LABEL("service.health.check=docker") BACKOFF_30S LABEL(
                      "service.restart=always") "--health-cmd false --health-interval 1s --health-retries 1",
                  "");
    service_wait(world, "shop", REASON, "backoff");
    service_wait(world, "db", REASON, "backoff");

    shell(world, "docker stop -t 1 shop db");

    stays_stopped(world, "shop");
    stays_stopped(world, "db");
    service_stays(world, "shop", STATE, "exited", CALM_MS);
    assert_string_equal(shell(world, "docker ps -q"), "");
}

/* Told to end, a good service first fails its checks, so that nobody sends it work any more, and ends later:
 * that is no illness. */
static void a_draining_service_is_left_alone(void **state)
{
    struct world *world = *state;
    daemon_start(world, "");
    container_run(world, "shop", CHECKED LABEL("service.restart=always"),
                  "sh -c 'trap \"sick 503\" TERM; well; httpd -p 8080 -h /www; while :; do sleep 0.1; done'");
    service_wait(world, "shop", STATUS, "healthy");
    char *started_at = container_started_at(world, "shop");

    shell(world, "docker stop -t 8 shop >/dev/null 2>&1 &");

    service_wait(world, "shop", "instances[0].health.http_status", "503");
    service_wait(world, "shop", REASON, "manual-stop");
    stays_stopped(world, "shop");
    service_stays(world, "shop", STATE, "exited", CALM_MS);
    assert_string_equal(container_started_at(world, "shop"), started_at);
    assert_string_equal(service_field(world, "shop", RESTARTS), "0");
}

/* compose and Coolify are people too: `compose stop`, and Coolify's stop, which is docker stop and docker rm.
 */
static void what_compose_stops_stays_stopped(void **state)
{
    struct world *world = *state;
    char *compose = arena_format(&world->arena, "docker-compose -p shop -f '%s/compose.yml'", world->folder);
    shell(world,
          "printf 'version: \"3\"\\nservices:\\n  web: {image: \"" IMAGE "\", labels: "
          "[service.port=8080, service.health.path=/cgi-bin/health, service.restart=always]}\\n' "
          ">'%s/compose.yml'",
          world->folder);
    daemon_start(world, "");
    shell(world, "%s up -d 2>&1", compose);
    container_run(world, "app", CHECKED LABEL("coolify.managed=true") LABEL("service.restart=always"), "");
    service_wait(world, "web", STATUS, "healthy");
    service_wait(world, "app", STATUS, "healthy");

    shell(world, "%s stop 2>&1", compose);
    shell(world, "docker stop app && docker rm -f app");

    stays_stopped(world, "web");
    service_wait_gone(world, "app");
    service_stays(world, "web", STATE, "exited", CALM_MS);
    shell(world, "%s start 2>&1", compose);
    service_wait(world, "web", STATUS, "healthy");
    assert_string_equal(service_field(world, "web", RESTARTS), "0");
}

STORY(what_people_stop_stays_stopped, what_compose_stops_stays_stopped, stopped_while_sick_stays_stopped,
      a_draining_service_is_left_alone)
