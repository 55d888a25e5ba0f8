/* SPDX-License-Identifier: MIT */
/* Deployments of all kinds, and a second controller: who is left alone, for how long, and what is said of it
 * (CONTRACT sections 5 and 13). */
#include "tests/support/http.h"

#include <stdlib.h>
#include <string.h>

/* Long enough to see a hold, short enough to see its end. */
#define SETTLE_3S "QUAYWATCH_DEPLOY_SETTLE=3s QUAYWATCH_DEPLOY_VERIFY_TIMEOUT=1s"

/* Containers of one compose project, made by hand. */
#define OF_SHOP(service)                                                                                     \
    LABEL("com.docker.compose.project=shop")                                                                 \
    LABEL("com.docker.compose.service=" service) LABEL("com.docker.compose.container-number=1")

/* What Coolify writes at an application; its compose service is the container's name. */
#define OF_APP(number, name, deployment)                                                                     \
    LABEL("coolify.managed=true")                                                                            \
    LABEL("coolify.type=application")                                                                        \
    LABEL("coolify.applicationId=" number)                                                                   \
    LABEL("coolify.pullRequestId=0")                                                                         \
    LABEL("com.docker.compose.project=uuid" number)                                                          \
    LABEL("com.docker.compose.service=" name)                                                                \
    LABEL("com.docker.compose.container-number=1")                                                           \
    LABEL("com.docker.compose.project.working_dir=/artifacts/" deployment)                                   \
    LABEL("service.restart=on-unhealthy")
#define OLD "uuid17-102111388303"
#define NEW "uuid17-104502119042"

static size_t log_count(struct world *world, const char *text)
{
    size_t count = 0;
    for (const char *at = daemon_log(world); (at = strstr(at, text)); at++)
        count++;
    return count;
}

/* The hold is there, names its end, and while it is there nobody is restarted; then it is gone and so is the
 * sickness. */
static void held_then_healed(struct world *world, const char *service, const char *container)
{
    char *started_at = container_started_at(world, container);
    service_wait(world, service, "instances[0].decision.reason", "deploying");
    assert_non_null(strstr(service_field(world, service, "instances[0].decision.sentence"), "ends "));
    assert_string_not_equal(service_field(world, service, "instances[0].decision.next_at"), "null");
    assert_string_equal(service_field(world, service, "instances[0].restarts.count"), "0");
    assert_string_equal(container_started_at(world, container), started_at);
    service_wait(world, service, "instances[0].restarts.count", "1");
    service_wait(world, service, "status", "healthy");
}

static void compose_write(struct world *world)
{
    static const char file[] = "version: \"2.4\"\n"
                               "x-quick: &quick\n"
                               "  service.port: \"8080\"\n"
                               "  service.health.path: /cgi-bin/health\n"
                               "  service.health.interval: 200ms\n"
                               "  service.health.retries: \"2\"\n"
                               "  service.health.successes: \"1\"\n"
                               "  service.health.start_period: 1s\n"
                               "services:\n"
                               "  web:\n    image: " IMAGE "\n    labels: *quick\n"
                               "  mail:\n    image: " IMAGE "\n    labels: *quick\n"
                               "  cron:\n    image: " IMAGE "\n";
    shell(world, "cat >'%s/docker-compose.yml' <<'END'\n%sEND", world->folder, file);
}

static void compose_do(struct world *world, const char *words)
{
    shell(world, "docker-compose -p shop -f '%s/docker-compose.yml' %s 2>&1", world->folder, words);
}

static void compose_recreates(void **state)
{
    struct world *world = *state;
    compose_write(world);
    /* Long enough for a look between compose's end and the hold's, on a slow machine as well. */
    daemon_start(world, "QUAYWATCH_DEPLOY_SETTLE=8s QUAYWATCH_DEPLOY_VERIFY_TIMEOUT=1s");
    compose_do(world, "up -d web mail");
    service_wait(world, "web", "status", "healthy");
    service_wait(world, "mail", "status", "healthy");
    log_wait(world, "[web] Deployment verified");
    log_wait(world, "[mail] Deployment verified");

    char *old = service_field(world, "web", "instances[0].id");
    compose_do(world, "up -d --force-recreate web");
    shell(world, "docker exec $(docker ps -q --filter label=com.docker.compose.service=mail) sick 503");
    char *mail = shell(world, "docker ps -q --filter label=com.docker.compose.service=mail");
    held_then_healed(world, "mail", mail);
    service_wait(world, "web", "instances[0].id", arena_format(&world->arena, "!%s", old));
    service_wait(world, "web", "status", "healthy");
    assert_string_equal(service_field(world, "web", "instances[0].restarts.count"), "0");
    for (int64_t end = clock_now_ms() + PATIENCE_MS; log_count(world, "[web] Deployment verified") < 2;)
        assert_true(clock_now_ms() < end);
    assert_int_equal(log_count(world, "[mail] Deployment verified"), 1); /* it was not deployed again */
    assert_int_equal(log_count(world, "Deployment failed"), 0);

    /* A neighbour without any label for us is a part of the project as well. (Behind a breaker that is not
     * closed again, checks are rare.) */
    service_wait(world, "mail", "instances[0].circuit_breaker.state", "closed");
    compose_do(world, "up -d cron");
    shell(world, "docker exec %s sick 503", mail);
    service_wait(world, "mail", "instances[0].decision.reason", "deploying");
    service_wait(world, "mail", "instances[0].restarts.count", "2");
    service_wait(world, "mail", "instances[0].circuit_breaker.state", "closed");
    /* `compose run` is none. */
    compose_do(world, "run --rm cron true");
    shell(world, "docker exec %s sick 503", mail);
    service_wait(world, "mail", "instances[0].restarts.count", "3");
    assert_int_equal(log_count(world, "hold (deploying)"), 2);
}

static void renamed_made_and_renamed_back(void **state)
{
    struct world *world = *state;
    daemon_start(world, SETTLE_3S);
    container_run(world, "web", CHECKED OF_SHOP("web"), "");
    container_run(world, "mail", CHECKED OF_SHOP("mail"), "");
    service_wait(world, "web", "status", "healthy");
    log_wait(world, "[web] Deployment verified");
    log_wait(world, "[mail] Deployment verified");

    /* The second version of compose: the new one waits under a passing name, however long. */
    shell(world,
          "docker create --name 0123456789ab_web --label service.name=web " CHECKED OF_SHOP("web") IMAGE);
    service_wait(world, "web", "instances[container=0123456789ab_web].container_state", "created");
    shell(world, "docker exec mail sick 503");
    service_wait(world, "mail", "instances[0].decision.reason", "deploying");
    service_wait(world, "mail", "instances[0].decision.sentence", "~0123456789ab_web");
    service_stays(world, "mail", "instances[0].restarts.count", "0", 4000); /* longer than DEPLOY_SETTLE */
    shell(world, "docker stop web");
    service_wait(world, "web", "instances[container=web].decision.sentence", "~Stopped by a deployment");
    shell(world, "docker rm web && docker rename 0123456789ab_web web && docker start web");
    held_then_healed(world, "mail", "mail");
    service_wait(world, "web", "status", "healthy");

    /* The first version: the old one gets the passing name after it was stopped. */
    shell(world, "docker stop web && docker rename web ba9876543210_web");
    service_wait(world, "web", "instances[0].decision.sentence", "~Stopped by a deployment");
    container_run(world, "web", CHECKED OF_SHOP("web"), "");
    shell(world, "docker rm ba9876543210_web");
    service_wait(world, "web", "status", "healthy");
    assert_string_equal(service_field(world, "web", "instances[0].restarts.count"), "0");
}

static void seen_without_events(void **state)
{
    struct world *world = *state;
    container_run(world, "mail", CHECKED OF_SHOP("mail"), "");
    daemon_start(world, "QUAYWATCH_DEPLOY_SETTLE=6s QUAYWATCH_SETTLE=0");
    service_wait(world, "mail", "status", "healthy");
    daemon_stop(world);
    container_run(world, "web", CHECKED OF_SHOP("web"), "");
    shell(world, "docker exec mail sick 503");
    daemon_start(world, "QUAYWATCH_DEPLOY_SETTLE=6s QUAYWATCH_SETTLE=0");
    held_then_healed(world, "mail", "mail");
}

static void app_run(struct world *world, const char *name, const char *labels, const char *command)
{
    shell(world, "docker run -d --name %s --label service.name=app %s " IMAGE " %s", name, labels, command);
}

static void two_generations(void **state)
{
    struct world *world = *state;
    daemon_start(world, SETTLE_3S);
    app_run(world, OLD, CHECKED OF_APP("17", OLD, "dep1"), "");
    service_wait(world, "app", "status", "healthy");
    log_wait(world, "[app] Deployment verified");

    /* The new one is sick: nobody touches it, and the service is what the old one is. */
    app_run(world, NEW, CHECKED OF_APP("17", NEW, "dep2"), CHRONIC);
    service_wait(world, "app", "instances[container=" NEW "].status", "unhealthy");
    service_wait(world, "app", "instances[container=" NEW "].decision.sentence", "~Two generations");
    service_stays(world, "app", "status", "healthy", 4000); /* longer than DEPLOY_SETTLE */
    assert_string_equal(service_field(world, "app", "instances[container=" NEW "].decision.reason"),
                        "deploying");

    /* Now the old one as well. */
    char *started_at = container_started_at(world, OLD);
    shell(world, "docker exec " OLD " sick 503");
    service_wait(world, "app", "status", "unhealthy");
    service_wait(world, "app", "instances[container=" OLD "].decision.reason", "deploying");
    service_stays(world, "app", "instances[container=" OLD "].decision.action", "hold", 2000);
    assert_string_equal(container_started_at(world, OLD), started_at);
    assert_string_equal(service_field(world, "app", "instances[container=" NEW "].restarts.count"), "0");
    shell(world, "docker rm -f " NEW);
    service_wait(world, "app", "instances[0].restarts.count", "1");
    service_wait(world, "app", "status", "healthy");
    assert_int_equal(log_count(world, "Restarting (unhealthy)"), 1);
}

/* Two applications, "one" from the folder dep1 and "two" from dep2, and "web", which is not Coolify's; all of
 * them long there. */
static void coolify_start(struct world *world)
{
    daemon_start(world, SETTLE_3S);
    container_run(world, "one", CHECKED OF_APP("1", "one", "dep1"), "");
    container_run(world, "two", CHECKED OF_APP("2", "two", "dep2"), "");
    container_run(world, "web", CHECKED, "");
    log_wait(world, "[one] Deployment verified");
    log_wait(world, "[two] Deployment verified");
    log_wait(world, "[web] Deployment verified");
    shell(world, "docker tag " IMAGE " coollabsio/coolify-helper:1");
}

static void helper_of_somebody(void **state)
{
    struct world *world = *state;
    coolify_start(world);
    shell(world, "docker run -d --name dep9 coollabsio/coolify-helper:1");
    shell(world, "docker exec one sick 503 && docker exec two sick 503 && docker exec web sick 503");
    service_wait(world, "one", "instances[0].decision.sentence", "~helper dep9");
    service_wait(world, "two", "instances[0].decision.reason", "deploying");
    service_wait(world, "web", "instances[0].restarts.count", "1");
    service_stays(world, "one", "instances[0].restarts.count", "0", 4000); /* longer than DEPLOY_SETTLE */
    shell(world, "docker exec two well && docker rm -f dep9");
    service_wait(world, "one", "instances[0].restarts.count", "1");
}

static void helper_of_one_application(void **state)
{
    struct world *world = *state;
    coolify_start(world);
    shell(world, "docker run -d --name dep2 coollabsio/coolify-helper:1");
    shell(world, "docker exec two sick 503 && docker exec one sick 503");
    service_wait(world, "two", "instances[0].decision.sentence", "~helper dep2");
    service_wait(world, "one", "instances[0].restarts.count", "1");
    assert_string_equal(service_field(world, "two", "instances[0].restarts.count"), "0");
    shell(world, "docker stop -t 1 dep2"); /* it need not be gone */
    service_wait(world, "two", "instances[0].restarts.count", "1");
}

static void backup_found_at_the_start(void **state)
{
    struct world *world = *state;
    coolify_start(world);
    daemon_stop(world);
    shell(world, "docker run -d --name volume-backup-x " IMAGE);
    shell(world, "docker exec one sick 503 && docker exec two sick 503");
    daemon_start(world, SETTLE_3S);
    service_wait(world, "one", "instances[0].decision.sentence", "~backup volume-backup-x");
    service_wait(world, "two", "instances[0].decision.sentence", "~backup volume-backup-x");
    shell(world, "docker rm -f volume-backup-x");
    service_wait(world, "one", "instances[0].restarts.count", "1");
    service_wait(world, "two", "instances[0].restarts.count", "1");
}

static void failed_and_mended(void **state)
{
    struct world *world = *state;
    daemon_start(world, SETTLE_3S);
    container_run(world, "web", CHECKED LABEL("service.restart=no"), CHRONIC);
    container_run(world, "job", "", "true");
    log_wait(world, "[web] Deployment failed: the service is unhealthy");
    shell(world, "docker exec web well");
    service_wait(world, "web", "status", "healthy");
    /* Once a deployment, and a service: not when it heals later, and not of what has ended or is gone. */
    shell(world, "docker rm -f job");
    container_run(world, "other", CHECKED, "");
    log_wait(world, "[other] Deployment verified");
    assert_int_equal(log_count(world, "[web] Deployment"), 1);
    assert_int_equal(log_count(world, "[job] Deployment"), 0);
}

static void people_are_asked_to_wait(void **state)
{
    struct world *world = *state;
    daemon_start(world, "QUAYWATCH_AUTH_TOKEN=correct-horse-battery QUAYWATCH_DEPLOY_SETTLE=1h");
    container_run(world, "web", CHECKED, "");
    service_wait(world, "web", "status", "healthy");
    const char *token[] = {"Authorization: Bearer correct-horse-battery", NULL};
    const struct http_answer *answer = http_ask(world, "POST", "/api/v1/services/web/reload", token, "");
    assert_int_equal(answer->status, 409);
    assert_non_null(strstr(answer->body, "being deployed"));
    char *started_at = container_started_at(world, "web");
    assert_int_equal(http_ask(world, "POST", "/api/v1/services/web/reload?force=true", token, "")->status,
                     202);
    for (int64_t end = clock_now_ms() + PATIENCE_MS;
         strcmp(container_started_at(world, "web"), started_at) == 0;)
        assert_true(clock_now_ms() < end);
}

static void the_older_controller_heals(void **state)
{
    struct world *world = *state;
    shell(world, "docker run -d --name elsewhere --label quaywatch.controller=shop " IMAGE);
    shell(world, "docker run -d --name older --label quaywatch.controller=all " IMAGE);
    daemon_start(world, "QUAYWATCH_AUTH_TOKEN=correct-horse-battery");
    container_run(world, "web", CHECKED, "");
    service_wait(world, "web", "status", "healthy");
    shell(world, "docker exec web sick 503");
    service_wait(world, "web", "instances[0].decision.sentence", "~older heals here already");
    assert_string_equal(service_field(world, "web", "instances[0].decision.reason"), "policy");
    http_wait(world, "/health", "checks", "~second-controller");
    http_wait(world, "/api/v1/status", "controller.mode", "observe");
    const char *token[] = {"Authorization: Bearer correct-horse-battery", NULL};
    assert_int_equal(http_ask(world, "POST", "/api/v1/services/web/reload", token, "")->status, 403);
    service_stays(world, "web", "instances[0].restarts.count", "0", 2000);
    shell(world, "docker stop -t 1 older");
    service_wait(world, "web", "instances[0].restarts.count", "1");
    http_wait(world, "/api/v1/status", "controller.mode", "act");
    /* It comes again: whoever is outside of all containers gives way. */
    shell(world, "docker start older");
    http_wait(world, "/api/v1/status", "controller.mode", "observe");
    shell(world, "docker rm -f older");
    http_wait(world, "/api/v1/status", "controller.mode", "act");
}

int main(int argc, char **argv)
{
    if (argc > 1)
        cmocka_set_test_filter(argv[1]); /* one test by name, with * and ? */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(compose_recreates, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(renamed_made_and_renamed_back, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(seen_without_events, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(two_generations, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(helper_of_somebody, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(helper_of_one_application, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(backup_found_at_the_start, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(failed_and_mended, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(people_are_asked_to_wait, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(the_older_controller_heals, world_setup, world_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
