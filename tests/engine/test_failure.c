/* SPDX-License-Identifier: MIT */
/* What happens when restarts are used up, or are worth less than they seem: told, remembered, released,
 * ordered (CONTRACT section 5). */
#include "tests/support/http.h"
#include "tests/support/receiver.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { QUIET_MS = 2000 };

/* A budget that is soon used up. */
#define SOON                                                                                                 \
    LABEL("service.restart.max=1")                                                                           \
    LABEL("service.restart.backoff=100ms") LABEL("service.restart.backoff_max=100ms")

static int count_in(const char *text, const char *word)
{
    int count = 0;
    for (const char *at = text; (at = strstr(at, word)); at++)
        count++;
    return count;
}

static void a_failure_is_told_once(void **state)
{
    struct world *world = *state;
    int port;
    pid_t receiver = receiver_start(world, 1, &port);
    char *settings = arena_format(
        &world->arena,
        "QUAYWATCH_ON_FAILED_WEBHOOK='http://user:hidden@127.0.0.1:%d/in?token=hidden' "
        "RETRY_BASE_DELAY=100ms",
        port);
    daemon_start(world, settings);
    container_run(world, "web", CHECKED SOON LABEL("service.on_failed=webhook"), CHRONIC);
    service_wait(world, "web", "status", "failed");
    assert_string_equal(service_field(world, "web", "endpoints"), "[]");
    log_wait(world, "The webhook was told");

    /* Another quaywatch knows that it was told. */
    daemon_stop(world);
    daemon_start(world, settings);
    service_wait(world, "web", "status", "failed");
    service_stays(world, "web", "status", "failed", QUIET_MS);
    assert_int_equal(receiver_count(world, ""), 2); /* one that was refused, one that was taken */
    assert_int_equal(count_in(daemon_log(world), "emergency: failed after 1 restarts"), 1);
    char *body = receiver_body(world, "", 1);
    assert_string_equal(json_at(world, body, "event"), "failed");
    assert_string_equal(json_at(world, body, "service"), "web");
    assert_string_equal(json_at(world, body, "key"), "name:-:web");
    assert_string_equal(json_at(world, body, "container"), "web");
    assert_string_equal(json_at(world, body, "restarts"), "1");
    assert_non_null(strstr(json_at(world, body, "sentence"), "isolated from exports"));
    assert_non_null(json_at(world, body, "at"));
    assert_string_equal(json_at(world, body, "host"), http_json(world, "/api/v1/status", "controller.host"));

    /* Mended, and failed anew: that is another failure. */
    shell(world, "docker exec web well");
    service_wait(world, "web", "status", "healthy");
    log_wait(world, "failed no more: it is healthy");
    shell(world, "docker exec web sick 503");
    service_wait(world, "web", "status", "failed");
    receiver_wait(world, "", 3);
    assert_null(strstr(daemon_log(world), "hidden"));
    assert_null(strstr(http_get(world, "/api/v1/status")->body, "hidden"));
    daemon_stop(world);
    receiver_stop(receiver);
}

static void a_missing_webhook_is_found(void **state)
{
    struct world *world = *state;
    daemon_start(world, "");
    container_run(world, "web", CHECKED LABEL("service.on_failed=webhook"), "");
    container_run(world, "task", CHECKED LABEL("service.on_failed=swarm-rollback"), "");
    service_wait(world, "web", "instances[0].findings[code=no-webhook].sentence", "~ON_FAILED_WEBHOOK");
    service_wait(world, "task", "instances[0].findings[code=no-swarm-task].sentence", "~no Swarm service");
}

static void failed_ends_by_a_person_or_a_new_version(void **state)
{
    struct world *world = *state;
    daemon_start(world, "QUAYWATCH_AUTH_TOKEN=correct-horse-battery");
    const char *first = CHECKED SOON LABEL("com.docker.compose.config-hash=one");
    container_run(world, "web", first, CHRONIC);
    service_wait(world, "web", "status", "failed");
    char *said;
    assert_int_equal(daemon_command(world, &said, "restart web"), 0);
    log_wait(world, "failed no more: a person restarts it");
    service_wait(world, "web", "status", "failed"); /* its budget was given back, and is used up again */

    /* The same version made anew is as failed as it was. */
    shell(world, "docker rm -f web");
    container_run(world, "web", first, CHRONIC);
    service_wait(world, "web", "status", "failed");
    assert_null(strstr(daemon_log(world), "another image or configuration"));
    shell(world, "docker rm -f web");
    container_run(world, "web", CHECKED SOON LABEL("com.docker.compose.config-hash=two"), "");
    log_wait(world, "failed no more: another image or configuration");
    service_wait(world, "web", "status", "healthy");
}

static void an_open_breaker_outlives_quaywatch(void **state)
{
    struct world *world = *state;
    daemon_start(world, "");
    const char *labels = CHECKED LABEL("service.restart=no") LABEL("service.breaker.failure_threshold=2");
    /* The latest of two values of a label counts. */
    container_run(world, "web",
                  arena_format(&world->arena, "%s --label service.breaker.recovery_timeout=1h", labels), "");
    service_wait(world, "web", "status", "healthy");
    shell(world, "docker exec web sick 503");
    service_wait(world, "web", "circuit_breaker.state", "open");
    daemon_stop(world);
    daemon_start(world, "");
    service_wait(world, "web", "circuit_breaker.state", "open");
    service_stays(world, "web", "circuit_breaker.state", "open", QUIET_MS);
    /* A new run is another matter. */
    shell(world, "docker restart -t 1 web");
    service_wait(world, "web", "circuit_breaker.state", "closed");
    service_wait(world, "web", "instances[0].serving", "true");
}

/* All are sick when quaywatch has settled: those that matter come first, and those that need others last. */
static void many_are_healed_in_order(void **state)
{
    struct world *world = *state;
    container_run(world, "a-optional", CHECKED LABEL("service.tags=optional"), CHRONIC);
    container_run(world, "b-plain", CHECKED, CHRONIC);
    container_run(world, "c-important", CHECKED LABEL("service.tags=important"), CHRONIC);
    container_run(world, "d-critical", CHECKED LABEL("service.tags=api,critical"), CHRONIC);
    container_run(world, "e-needs",
                  CHECKED LABEL("service.tags=critical") LABEL("service.depends_on=b-plain:optional"),
                  CHRONIC);
    daemon_start(world, "QUAYWATCH_SETTLE=5s");
    for (const char *const *name =
             (const char *const[]){"a-optional", "b-plain", "c-important", "d-critical", "e-needs", NULL};
         *name; name++)
        service_wait(world, *name, "instances[0].decision.reason", "settling");
    log_wait(world, "[b-plain] Restarting (unhealthy)");
    char *order = shell(world, "grep -o '[a-z-]*\\] Restarting (unhealthy)' '%s/daemon.log' | head -3",
                        world->folder);
    assert_string_equal(order, "d-critical] Restarting (unhealthy)\nc-important] Restarting (unhealthy)\n"
                               "b-plain] Restarting (unhealthy)");
    /* The others wait until the first of these was a minute ago. */
    service_wait(world, "a-optional", "instances[0].decision.next_at", "!null");
    assert_string_equal(service_field(world, "a-optional", "instances[0].decision.reason"), "storm");
    assert_string_equal(service_field(world, "a-optional", "instances[0].restarts.count"), "0");
}

/* ---- moving over from autoheal ---- */

#define AUTOHEAL                                                                                             \
    "docker run -d --label autoheal=true --label autoheal.stop.timeout=3 --stop-timeout 60 "                 \
    "--health-interval 300ms --health-retries 1 --health-timeout 2s --health-cmd 'test ! -e /sick' "

/* It does not listen to TERM, so that its restart takes as long as the label says; longer than other calls.
 */
#define DEAF IMAGE " sh -c 'rm -f /sick; trap \"\" TERM; while :; do sleep 0.1; done'"

static void autoheal_labels_do_what_they_did(void **state)
{
    struct world *world = *state;
    daemon_start(world, "SERVICE_DISCOVERY_TIMEOUT=1s");
    shell(world, AUTOHEAL "--name deaf " DEAF);
    shell(world, AUTOHEAL "--name paused " DEAF);
    shell(world, AUTOHEAL "--name stopped " DEAF);
    shell(world, "docker run -d --name alien --health-interval 300ms --health-cmd false " DEAF);
    service_wait(world, "deaf", "status", "healthy");
    service_wait(world, "paused", "status", "healthy");
    service_wait(world, "stopped", "status", "healthy");
    assert_string_equal(service_field(world, "deaf", "instances[0].health.check"), "docker");
    assert_string_equal(service_field(world, "deaf", "instances[0].sources.restart"), "autoheal");
    shell(world, "docker pause paused; docker stop -t 1 stopped");
    char *paused_at = container_started_at(world, "paused");
    int64_t began = clock_now_ms();
    shell(world, "docker exec deaf touch /sick");
    service_wait(world, "deaf", "instances[0].restarts.count", "1");
    service_wait(world, "deaf", "status", "healthy");
    int64_t took = clock_now_ms() - began;
    assert_true(took >= 3000);       /* not the 1 s of other calls, and not killed at once */
    assert_true(took < PATIENCE_MS); /* nor the container's own 60 s */
    assert_non_null(strstr(daemon_log(world), "[deaf] Restart (unhealthy) done"));
    service_stays(world, "deaf", "instances[0].restarts.count", "1", QUIET_MS);
    assert_string_equal(container_started_at(world, "paused"), paused_at);
    assert_string_equal(service_field(world, "stopped", "instances[0].decision.reason"), "manual-stop");
    assert_string_equal(service_field(world, "paused", "instances[0].decision.reason"), "paused");
    assert_null(service_field(world, "alien", "status"));
}

int main(int argc, char **argv)
{
    if (argc > 1)
        cmocka_set_test_filter(argv[1]); /* one test by name, with * and ? */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_failure_is_told_once, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(a_missing_webhook_is_found, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(failed_ends_by_a_person_or_a_new_version, world_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(an_open_breaker_outlives_quaywatch, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(many_are_healed_in_order, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(autoheal_labels_do_what_they_did, world_setup, world_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
