/* SPDX-License-Identifier: MIT */
/* Somebody deploys with compose while a neighbour in the same project is sick: nobody acts against the
 * deployment; when it has settled, the neighbour is healed, and the deployment is judged. */
#include "tests/stories/story.h"

static void nobody_acts_against_a_deployment(void **state)
{
    struct world *world = *state;
    char *compose = arena_format(&world->arena, "docker-compose -p shop -f '%s/compose.yml'", world->folder);
    shell(world,
          "printf 'version: \"3\"\\nx-s: &s {image: \"" IMAGE "\", labels: {service.port: \"8080\", "
          "service.health.path: /cgi-bin/health, service.health.interval: 200ms, service.health.retries: "
          "\"2\", "
          "service.health.start_period: 1s}}\\nservices:\\n  web: *s\\n  api: *s\\n' >'%s/compose.yml'",
          world->folder);
    daemon_start(world, "QUAYWATCH_DEPLOY_SETTLE=4s");
    shell(world, "%s up -d 2>&1", compose);
    service_wait(world, "web", STATUS, "healthy");
    service_wait(world, "api", STATUS, "healthy");
    http_wait(world, "/api/v1/events", "events", "~deploy-verified");

    shell(world,
          "%s up -d --force-recreate --no-deps web 2>&1 && docker exec $(docker ps -q --filter "
          "label=com.docker.compose.service=api) sick 503",
          compose);

    service_wait(world, "api", REASON, "deploying");
    assert_string_not_equal(service_field(world, "api", "instances[0].decision.next_at"), "null");
    assert_string_equal(service_field(world, "api", RESTARTS), "0");
    service_wait(world, "web", STATUS, "healthy");
    service_wait(world, "api", RESTARTS, "1");
    service_wait(world, "api", STATUS, "healthy");
    assert_string_equal(service_field(world, "web", RESTARTS), "0");
}

/* The new version does not come up: that is said once, a minute after the deployment (here at once). */
static void a_deployment_that_fails_is_told(void **state)
{
    struct world *world = *state;
    daemon_start(world, "QUAYWATCH_DEPLOY_SETTLE=1s QUAYWATCH_DEPLOY_VERIFY_TIMEOUT=2s");
    container_run(world, "shop", CHECKED, "");
    service_wait(world, "shop", STATUS, "healthy");
    shell(world, "docker rm -f shop");
    container_run(world, "shop", CHECKED LABEL("service.restart=no"), CHRONIC);
    http_wait(world, "/api/v1/events", "events", "~deploy-failed");
    service_wait(world, "shop", REASON, "policy");
}

STORY(nobody_acts_against_a_deployment, a_deployment_that_fails_is_told)
