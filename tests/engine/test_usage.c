/* SPDX-License-Identifier: MIT */
/* What containers use, as the engine measures it: seen, forgotten with the run, and never in the way of
 * checks. */
#include "tests/support/filter_proxy.h"
#include "tests/support/http.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define MEASURED "QUAYWATCH_STATS_INTERVAL=500ms "
#define USAGE(field) "services[name=glutton].instances[0]." field

/* Holds 20 MB and a processor, in its first run only. */
#define GLUTTON                                                                                              \
    "sh -c 'trap exit TERM; if [ ! -e /tmp/fed ]; then touch /tmp/fed; x=$(head -c 20000000 /dev/zero | tr " \
    "\"\\\\0\" a); "                                                                                         \
    "while :; do :; done; fi; while :; do sleep 0.1; done'"

enum { MEGABYTE = 1000000 };

/* Waits until a metric lies between two values. */
static void metric_wait(struct world *world, const char *name, double least, double most)
{
    double value = -1;
    for (int64_t end = clock_now_ms() + PATIENCE_MS; clock_now_ms() < end; clock_pause()) {
        value = metric(world, name);
        if (value >= least && value <= most)
            return;
    }
    world_fail(world, "%s is %g, expected %g to %g", name, value, least, most);
}

static void memory_and_processor_are_seen(void **state)
{
    struct world *world = *state;
    container_run(world, "glutton",
                  "-m 64m" LABEL("service.restart=no") LABEL("coolify.resource.memory=512M")
                      LABEL("service.health.check=none"),
                  GLUTTON);
    container_run(world, "modest", CHECKED, "");
    daemon_start(world, MEASURED);
    metric_wait(world, "quaywatch_container_memory_bytes{service=\"glutton\",replica=\"0\"}", 15 * MEGABYTE,
                64 * MEGABYTE);
    /* (All that a machine under load leaves it.) */
    metric_wait(world, "quaywatch_container_cpu_ratio{service=\"glutton\",replica=\"0\"}", 0.06, 1.2);
    assert_true(metric(world, "quaywatch_container_memory_limit_bytes{service=\"glutton\",replica=\"0\"}") ==
                64 << 20);
    assert_true(metric(world, "quaywatch_container_memory_limit_bytes{service=\"modest\",replica=\"0\"}") <
                0);
    metric_wait(world, "quaywatch_container_memory_bytes{service=\"modest\",replica=\"0\"}", 1000,
                14 * MEGABYTE);
    const char *samples = http_get(world, "/api/v1/samples")->body;
    assert_string_equal(json_at(world, samples, USAGE("memory_limit_bytes")), "67108864");
    assert_string_equal(json_at(world, samples, USAGE("resource_memory_bytes")), "536870912");
    assert_true(strtod(json_at(world, samples, USAGE("cpu_ratio")), NULL) > 0.02);
    const char *service = http_get(world, "/services/glutton")->body;
    assert_true(strtod(json_at(world, service, "samples[0].memory_bytes"), NULL) > 15.0 * MEGABYTE);
    const char *stats = http_get(world, "/services/stats")->body;
    assert_true(strtod(json_at(world, stats, "services.glutton.usage.memoryBytes"), NULL) > 15.0 * MEGABYTE);
    assert_string_equal(json_at(world, stats, "services.modest.usage.memoryLimitBytes"), "null");

    /* The status document knows nothing of it: it does not change while this does. */
    service_wait(world, "modest", "status", "healthy");
    char *revision = http_json(world, "/api/v1/status", "revision");
    char *before = http_json(world, "/api/v1/samples", USAGE("usage_at"));
    http_wait(world, "/api/v1/samples", USAGE("usage_at"), arena_format(&world->arena, "!%s", before));
    assert_string_equal(http_json(world, "/api/v1/status", "revision"), revision);

    /* A new run is measured anew. */
    shell(world, "docker restart -t 1 glutton");
    metric_wait(world, "quaywatch_container_memory_bytes{service=\"glutton\",replica=\"0\"}", 1000,
                14 * MEGABYTE);
    metric_wait(world, "quaywatch_container_cpu_ratio{service=\"glutton\",replica=\"0\"}", 0, 0.3);
    shell(world, "docker stop -t 1 glutton");
    http_wait(world, "/api/v1/samples", USAGE("memory_bytes"), "null");
    http_wait(world, "/api/v1/samples", USAGE("usage_at"), "null");
    assert_true(metric(world, "quaywatch_container_memory_bytes{service=\"glutton\",replica=\"0\"}") < 0);
}

static void no_interval_no_measurements(void **state)
{
    struct world *world = *state;
    container_run(world, "web", CHECKED, "");
    daemon_start(world, "QUAYWATCH_STATS_INTERVAL=0");
    service_wait(world, "web", "status", "healthy");
    for (int64_t end = clock_now_ms() + CALM_MS; clock_now_ms() < end; clock_pause())
        assert_string_equal(http_json(world, "/api/v1/samples", "services[0].instances[0].usage_at"), "null");
}

static void a_refusing_proxy_is_not_asked_again(void **state)
{
    struct world *world = *state;
    container_run(world, "web", CHECKED, "");
    pid_t proxy = filter_proxy_start(world, "/stats");
    daemon_start(world, MEASURED);
    log_wait(world, "What containers use is not measured: ");
    http_wait(world, "/api/v1/events", "events[kind=usage].severity", "warning");
    service_wait(world, "web", "status", "healthy");
    for (int64_t end = clock_now_ms() + CALM_MS; clock_now_ms() < end; clock_pause())
        assert_null(strstr(strstr(daemon_log(world), "is not measured") + 1, "is not measured"));
    assert_true(metric(world, "quaywatch_engine_up") == 1);
    filter_proxy_stop(proxy);
}

/* The engine hangs while it is asked for measurements: checks and the page go on. */
static void a_paused_engine_hurts_no_check(void **state)
{
    struct world *world = *state;
    for (int i = 0; i < 3; i++)
        container_run(world, arena_format(&world->arena, "web%d", i), CHECKED, "");
    daemon_start(world, MEASURED);
    metric_wait(world, "quaywatch_container_memory_bytes{service=\"web0\",replica=\"0\"}", 1, 64 * MEGABYTE);
    pid_t engine = (pid_t)strtol(shell(world, "pgrep -f '^dockerd.*%s/'", world->engine_dir), NULL, 10);
    assert_true(engine > 0);
    kill(engine, SIGSTOP);
    char *output;
    assert_int_not_equal(shell_status(world, &output, "timeout 1 docker version"), 0);
    double before = metric(world,
                           "quaywatch_probes_total{service=\"web0\",result=\"pass\",error_class=\"\"}");
    int64_t began = clock_now_ms();
    while (clock_now_ms() - began < CALM_MS)
        clock_pause();
    double after = metric(world, "quaywatch_probes_total{service=\"web0\",result=\"pass\",error_class=\"\"}");
    double seconds = (double)(clock_now_ms() - began) / 1000;
    kill(engine, SIGCONT);
    assert_true(after - before >= seconds * 5 / 3); /* five a second, on a machine with other work */
    service_wait(world, "web0", "status", "healthy");
    char *measured = http_json(world, "/api/v1/samples", "services[name=web0].instances[0].usage_at");
    http_wait(world, "/api/v1/samples", "services[name=web0].instances[0].usage_at",
              arena_format(&world->arena, "!%s", measured)); /* and is measured again */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(memory_and_processor_are_seen, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(no_interval_no_measurements, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(a_refusing_proxy_is_not_asked_again, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(a_paused_engine_hurts_no_check, world_setup, world_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
