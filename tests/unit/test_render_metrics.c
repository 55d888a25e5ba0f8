/* SPDX-License-Identifier: MIT */
/* test_render_metrics.c: the metrics page: form, values, escaping. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/buf.h"
#include "exporter/render/metrics_text.h"
#include "exporter/render/process.h"
#include "exporter/render/render.h"
#include "tests/support/sample_registry.h"

struct fixture {
    struct registry *registry;
    struct stats stats;
    struct exporter_context context;
    char *text;
};

static void add_replica(struct registry *registry, const char *id, unsigned replica, struct usage usage)
{
    struct spec *spec = sample_spec("name:-:fed", "fed", 80);
    spec->replica = replica;
    struct ref ref = sample_add(registry, spec, sample_observed(id, id, "172.20.0.9", NULL), STATUS_HEALTHY);
    usage.at_wall_ms = usage.at_wall_ms ? sample_moment.wall_ms : 0;
    registry_apply(registry, &(struct change){.kind = CHANGE_USAGE, .ref = ref, .usage = &usage},
                   sample_moment);
}

/* A service whose replica 1 has two generations, 2 is limited and measured once, 3 is not measured, 4
 * unlimited. */
static void add_measured(struct registry *registry)
{
    add_replica(registry, "f00000000001", 1, (struct usage){1, 0.25, 1000, 4000});
    add_replica(registry, "f00000000002", 1, (struct usage){1, 0.5, 500, 4000});
    add_replica(registry, "f00000000003", 2, (struct usage){1, -1, 77, 100});
    add_replica(registry, "f00000000004", 3, (struct usage){0, 0, 0, 0});
    add_replica(registry, "f00000000005", 4, (struct usage){1, 1.75, 9, 0});
    sample_settle(registry);
}

static int setup(void **state)
{
    struct fixture *fixture = mem_new(sizeof *fixture);
    fixture->registry = sample_registry();
    fixture->context = (struct exporter_context){.registry = fixture->registry,
                                                 .stats = &fixture->stats,
                                                 .version = "0.1.0",
                                                 .metrics_prefix = "quaywatch"};
    struct stats *stats = &fixture->stats;
    stats_count(&stats->probes, "web", "pass", "");
    stats_count(&stats->probes, "web", "pass", "");
    stats_count(&stats->probes, "ev\"il\\\n\xff", "refused", "NETWORK_ERROR");
    stats_count(&stats->restarts, "db", "unhealthy", "ok");
    stats_count(&stats->holds, "backoff", NULL, NULL);
    stats_count(&stats->stops, "db", "oom", NULL);
    stats_count(&stats->requests, "/health", "200", NULL);
    stats_observe(&stats->probe_seconds, 0.004);
    stats_observe(&stats->probe_seconds, 0.3);
    stats_observe(&stats->probe_seconds, 60);
    stats->engine_reconnects = 7;
    stats->event_lag_s = 0.25;
    const struct outcome outcome = {.kind = OUTCOME_PASS, .response_ms = 12.5};
    struct ref ref = registry_service(fixture->registry, "web")->first->ref;
    registry_apply(fixture->registry,
                   &(struct change){.kind = CHANGE_SAMPLE, .ref = ref, .outcome = &outcome}, sample_moment);
    add_measured(fixture->registry);
    struct buf out;
    buf_init(&out, SIZE_MAX / 2);
    render_metrics(&fixture->context, sample_moment, &out);
    process_render_metrics(&out);
    fixture->text = buf_take(&out, NULL);
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    stats_free(&fixture->stats);
    registry_free(fixture->registry);
    free(fixture->text);
    free(fixture);
    return 0;
}

static void has_line(const char *text, const char *line)
{
    size_t length = strlen(line);
    for (const char *at = text; at; at = strchr(at, '\n')) {
        at += *at == '\n';
        if (!*at)
            break;
        if (strncmp(at, line, length) == 0 && at[length] == '\n')
            return;
    }
    fail_msg("no line: %s\nin:\n%s", line, text);
}

static void test_values(void **state)
{
    const struct fixture *fixture = *state;
    static const char *const lines[] = {
        "quaywatch_service_health{service=\"web\"} 1",
        "quaywatch_service_health{service=\"db\"} 1",
        "quaywatch_service_response_time_ms{service=\"web\"} 12.5",
        "quaywatch_service_response_time_seconds{service=\"web\"} 0.0125",
        "quaywatch_circuit_breaker_state{service=\"web\"} 0",
        "quaywatch_service_status{service=\"db\",status=\"degraded\"} 1",
        "quaywatch_service_status{service=\"db\",status=\"healthy\"} 0",
        "quaywatch_service_instances{service=\"db\",status=\"unhealthy\"} 1",
        "quaywatch_probes_total{service=\"web\",result=\"pass\",error_class=\"\"} 2",
        ("quaywatch_probes_total{service=\"ev\\\"il\\\\\\n\xef\xbf\xbd\",result=\"refused\",error_class="
         "\"NETWORK_ERROR\"} 1"),
        "quaywatch_restarts_total{service=\"db\",reason=\"unhealthy\",result=\"ok\"} 1",
        "quaywatch_holds_total{reason=\"backoff\"} 1",
        "quaywatch_stops_total{service=\"db\",intent=\"oom\"} 1",
        "quaywatch_http_requests_total{route=\"/health\",code=\"200\"} 1",
        "quaywatch_engine_up 1",
        "quaywatch_engine_reconnects_total 7",
        "quaywatch_engine_event_lag_seconds 0.25",
        "quaywatch_resync_differences_total 0",
        "quaywatch_probe_duration_seconds_bucket{le=\"0.005\"} 1",
        "quaywatch_probe_duration_seconds_bucket{le=\"0.5\"} 2",
        "quaywatch_probe_duration_seconds_bucket{le=\"+Inf\"} 3",
        "quaywatch_probe_duration_seconds_count 3",
        "quaywatch_probe_duration_seconds_sum 60.304",
        "quaywatch_container_cpu_ratio{service=\"fed\",replica=\"1\"} 0.75",
        "quaywatch_container_cpu_ratio{service=\"fed\",replica=\"4\"} 1.75",
        "quaywatch_container_memory_bytes{service=\"fed\",replica=\"1\"} 1500",
        "quaywatch_container_memory_bytes{service=\"fed\",replica=\"2\"} 77",
        "quaywatch_container_memory_limit_bytes{service=\"fed\",replica=\"1\"} 8000",
        "quaywatch_container_memory_limit_bytes{service=\"fed\",replica=\"2\"} 100",
        "quaywatch_restarts_total{service=\"web\",reason=\"unhealthy\",result=\"ok\"} 0",
        "quaywatch_holds_total{reason=\"storm\"} 0",
        "quaywatch_build_info{version=\"0.1.0\"} 1",
        "# TYPE quaywatch_probes_total counter",
        "# TYPE quaywatch_service_status gauge",
        "# TYPE process_cpu_seconds_total counter",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        has_line(fixture->text, lines[i]);
    static const char *const absent[] = {
        "response_time_ms{service=\"cache\"}",                /* never measured */
        "container_cpu_ratio{service=\"fed\",replica=\"2\"}", /* once only */
        "replica=\"3\"",
        "container_memory_limit_bytes{service=\"fed\",replica=\"4\"}",
        "quaywatch_restarts_total{service=\"db\",reason=\"unhealthy\",result=\"ok\"} 0", /* there is another
                                                                                          */
        "quaywatch_holds_total{reason=\"backoff\"} 0",
    };
    for (size_t i = 0; i < sizeof absent / sizeof *absent; i++)
        if (strstr(fixture->text, absent[i]))
            fail_msg("%s is there", absent[i]);
}

/* Each line is a comment or "name[{labels}] number"; each family is named by HELP and TYPE before its first
 * sample. */
static void test_form(void **state)
{
    const struct fixture *fixture = *state;
    char *text = mem_copy(fixture->text), *rest = text, *line, family[128] = "";
    while ((line = strsep(&rest, "\n")) && rest) {
        if (strncmp(line, "# TYPE ", 7) == 0) {
            size_t length = strcspn(line + 7, " ");
            assert_true(length < sizeof family);
            memcpy(family, line + 7, length);
            family[length] = '\0';
            continue;
        }
        if (line[0] == '#')
            continue;
        assert_int_equal(strncmp(line, family, strlen(family)), 0);
        const char *number = strrchr(line, ' ') + 1;
        char *end;
        (void)strtod(number, &end);
        assert_true(end != number && !*end);
    }
    free(text);
}

static void test_no_family_twice(void **state)
{
    const struct fixture *fixture = *state;
    for (const char *at = fixture->text; (at = strstr(at, "# TYPE ")); at++) {
        char *name = mem_format("%.*s ", (int)strcspn(at + 7, " ") + 7, at);
        assert_null(strstr(at + 1, name));
        free(name);
    }
}

static void test_process(void **state)
{
    const struct fixture *fixture = *state;
    static const char *const names[] = {"process_resident_memory_bytes ", "process_virtual_memory_bytes ",
                                        "process_open_fds ", "process_max_fds ",
                                        "process_start_time_seconds "};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char *line = mem_format("\n%s", names[i]);
        const char *at = strstr(fixture->text, line);
        assert_non_null(at);
        assert_true(strtod(at + strlen(line), NULL) > 0);
        free(line);
    }
    struct process_memory memory = process_memory_read();
    assert_true(memory.used > 0 && memory.used < memory.total);
    assert_true(process_disk_free("/") >= 0);
    assert_true(process_disk_free("/no/such/folder") < 0);
}

/* Numbers and labels to the letter, whichever way they are written. */
static void test_letters(void **state)
{
    (void)state;
    static const struct {
        double value;
        const char *label, *line;
    } rows[] = {
        {0, "web", "q_n{l=\"web\"} 0\n"},
        {-0.0, "", "q_n{l=\"\"} -0\n"},
        {7, "a\"b", "q_n{l=\"a\\\"b\"} 7\n"},
        {-3, "\\", "q_n{l=\"\\\\\"} -3\n"},
        {999999999999999, "a\nb", "q_n{l=\"a\\nb\"} 999999999999999\n"},
        {1e15, "\xc3\xa9t\xc3\xa9", "q_n{l=\"\xc3\xa9t\xc3\xa9\"} 1e+15\n"},
        {0.1, "\xff", "q_n{l=\"\xef\xbf\xbd\"} 0.1\n"},
        {1234.5, "x\xffy", "q_n{l=\"x\xef\xbf\xbdy\"} 1234.5\n"},
        {HUGE_VAL, "~", "q_n{l=\"~\"} +Inf\n"},
        {-HUGE_VAL, " ", "q_n{l=\" \"} -Inf\n"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf out;
        buf_init(&out, 256);
        const struct metrics_page page = {&out, "q"};
        const char *const keys[] = {"l", NULL}, *const values[] = {rows[i].label};
        metrics_sample(&page, "n", keys, values, rows[i].value);
        assert_string_equal(buf_string(&out), rows[i].line);
        buf_free(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_letters),         cmocka_unit_test(test_values),  cmocka_unit_test(test_form),
        cmocka_unit_test(test_no_family_twice), cmocka_unit_test(test_process),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
