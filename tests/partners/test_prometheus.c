/* SPDX-License-Identifier: MIT */
/* A real Prometheus with the configuration of compose/monitoring scrapes quaywatch: every metric that is
 * promised has values, every panel of the dashboard is answered, and an alert arrives at a real Alertmanager.
 */
#include "tests/support/http.h"
#include "tests/support/partner.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MONITORING "compose/monitoring"
#define DASHBOARD MONITORING "/grafana/dashboards/quaywatch.json"

/* A name that wants to be more than a label's value. */
#define HOSTILE_LABEL "coolify.resourceName=a\"b\\c{d=\"e\"} 1"

struct partners {
    struct world *world;
    pid_t prometheus, alertmanager;
    int prometheus_port, alertmanager_port;
};

/* The metrics of CONTRACT section 10, with the type that they are to have. */
static const struct {
    const char *name, *type;
} promised[] = {
    {"quaywatch_service_health", "gauge"},
    {"quaywatch_service_response_time_ms", "gauge"},
    {"quaywatch_service_response_time_seconds", "gauge"},
    {"quaywatch_circuit_breaker_state", "gauge"},
    {"quaywatch_service_status", "gauge"},
    {"quaywatch_service_instances", "gauge"},
    {"quaywatch_container_cpu_ratio", "gauge"},
    {"quaywatch_container_memory_bytes", "gauge"},
    {"quaywatch_container_memory_limit_bytes", "gauge"},
    {"quaywatch_probe_duration_seconds", "histogram"},
    {"quaywatch_http_request_duration_seconds", "histogram"},
    {"quaywatch_probes_total", "counter"},
    {"quaywatch_restarts_total", "counter"},
    {"quaywatch_stops_total", "counter"},
    {"quaywatch_holds_total", "counter"},
    {"quaywatch_engine_up", "gauge"},
    {"quaywatch_engine_events_total", "counter"},
    {"quaywatch_engine_event_lag_seconds", "gauge"},
    {"quaywatch_engine_reconnects_total", "counter"},
    {"quaywatch_resync_differences_total", "counter"},
    {"quaywatch_http_requests_total", "counter"},
    {"quaywatch_build_info", "gauge"},
    {"process_cpu_seconds_total", "counter"},
    {"process_resident_memory_bytes", "gauge"},
    {"process_virtual_memory_bytes", "gauge"},
    {"process_start_time_seconds", "gauge"},
    {"process_open_fds", "gauge"},
    {"process_max_fds", "gauge"},
};

/* Prometheus's answer to an instant query: the array of its results. */
static struct json_object *query(const struct partners *partners, const char *expression)
{
    struct world *world = partners->world;
    char *path = file_write(world, "query", expression);
    char *text = shell(world, "curl -sS --data-urlencode query@%s http://127.0.0.1:%d/api/v1/query", path,
                       partners->prometheus_port);
    struct json_object *answer = json_tokener_parse(text);
    if (!answer || strcmp(json_object_get_string(json_object_object_get(answer, "status")), "success") != 0)
        world_fail(world, "Prometheus refuses %s: %s", expression, text);
    struct json_object *result = json_object_get(
        json_object_object_get(json_object_object_get(answer, "data"), "result"));
    json_object_put(answer);
    return result;
}

static size_t query_count(const struct partners *partners, const char *expression)
{
    struct json_object *result = query(partners, expression);
    size_t count = json_object_array_length(result);
    json_object_put(result);
    return count;
}

/* Waits until a query has a result. */
static void query_wait(const struct partners *partners, const char *expression)
{
    for (int64_t end = clock_now_ms() + PATIENCE_MS; clock_now_ms() < end; clock_pause())
        if (query_count(partners, expression))
            return;
    world_fail(partners->world, "Prometheus has no result for %s", expression);
}

/* The files of compose/monitoring, with this test's addresses and without its patience. */
static void start_partners(struct partners *partners)
{
    struct world *world = partners->world;
    const char *at = world->folder;
    partners->prometheus_port = free_port();
    partners->alertmanager_port = free_port();
    shell(world,
          "sed -e 's/quaywatch:8080/127.0.0.1:%d/' -e 's/alertmanager:9093/127.0.0.1:%d/' "
          "-e 's/localhost:9090/127.0.0.1:%d/' -e 's/_interval: 15s/_interval: 1s/' " MONITORING
          "/prometheus.yml >%s/prometheus.yml",
          world->port, partners->alertmanager_port, partners->prometheus_port, at);
    shell(world,
          "sed -e 's/^\\( *for:\\) .*/\\1 0s/' " MONITORING "/quaywatch.rules.yml >%s/quaywatch.rules.yml",
          at);
    shell(world,
          "sed -e 's/group_wait: .*/group_wait: 1s/' " MONITORING "/alertmanager.yml >%s/alertmanager.yml",
          at);
    partners->alertmanager = partner_start(world, "alertmanager",
                                           "prometheus-alertmanager --config.file=%s/alertmanager.yml "
                                           "--storage.path=%s/alerts --cluster.listen-address= "
                                           "--web.listen-address=127.0.0.1:%d",
                                           at, at, partners->alertmanager_port);
    partners->prometheus = partner_start(world, "prometheus",
                                         "prometheus --config.file=%s/prometheus.yml "
                                         "--storage.tsdb.path=%s/series --web.listen-address=127.0.0.1:%d",
                                         at, at, partners->prometheus_port);
    partner_wait(world, "prometheus", "curl -sf http://127.0.0.1:%d/-/ready", partners->prometheus_port);
    partner_wait(world, "alertmanager", "curl -sf http://127.0.0.1:%d/-/ready", partners->alertmanager_port);
}

static int setup(void **state)
{
    return partner_setup(state, sizeof(struct partners));
}

static int teardown(void **state)
{
    struct partners *partners = *state;
    partner_stop(partners->prometheus);
    partner_stop(partners->alertmanager);
    return partner_teardown(state);
}

static void check_promised(const struct partners *partners)
{
    struct world *world = partners->world;
    const char *page = http_get(world, "/metrics")->body;
    for (size_t i = 0; i < sizeof promised / sizeof *promised; i++) {
        const char *name = promised[i].name, *type = promised[i].type;
        if (!strstr(page, arena_format(&world->arena, "\n# TYPE %s %s\n", name, type)))
            world_fail(world, "%s is no %s", name, type);
        query_wait(partners,
                   strcmp(type, "histogram") == 0 ? arena_format(&world->arena, "%s_bucket", name) : name);
    }
    /* Only the mission's own name is against the customs. */
    char *output;
    shell_status(world, &output, "curl -sS http://127.0.0.1:%d/metrics | promtool check metrics 2>&1",
                 world->port);
    assert_non_null(strstr(output, "quaywatch_service_response_time_ms"));
    for (char *rest = output, *line; (line = strsep(&rest, "\n"));)
        if (line[0] && !strstr(line, "quaywatch_service_response_time_ms"))
            world_fail(world, "promtool says: %s", line);
}

/* Every name quaywatch_… in a file is one of those that Prometheus has, or of a rule. */
static void check_names(const struct partners *partners, const char *file)
{
    struct world *world = partners->world;
    char *names = shell(world, "grep -oE '(service:)?quaywatch_[a-z_0-9:]+' %s | sort -u", file);
    size_t count = 0;
    for (char *rest = names, *name; (name = strsep(&rest, "\n")); count++)
        if (!query_count(partners, arena_format(&world->arena, "{__name__=\"%s\"}", name)))
            world_fail(world, "%s speaks of %s, which does not exist", file, name);
    assert_true(count >= 8);
}

static char *replace(struct world *world, const char *text, const char *word, const char *with)
{
    char *ret = arena_copy(&world->arena, "");
    for (const char *at; (at = strstr(text, word)); text = at + strlen(word))
        ret = arena_format(&world->arena, "%s%.*s%s", ret, (int)(at - text), text, with);
    return arena_format(&world->arena, "%s%s", ret, text);
}

/* No breaker opens in this test. */
#define MAY_BE_EMPTY "Circuit breakers that are not closed"

static void check_dashboard(const struct partners *partners)
{
    struct world *world = partners->world;
    struct json_object *board = json_object_from_file(DASHBOARD);
    struct json_object *panels = json_object_object_get(board, "panels");
    size_t asked = 0;
    for (size_t i = 0; i < json_object_array_length(panels); i++) {
        struct json_object *panel = json_object_array_get_idx(panels, i), *targets;
        if (!json_object_object_get_ex(panel, "targets", &targets))
            continue;
        const char *title = json_object_get_string(json_object_object_get(panel, "title"));
        for (size_t k = 0; k < json_object_array_length(targets); k++, asked++) {
            const char *expression = json_object_get_string(
                json_object_object_get(json_object_array_get_idx(targets, k), "expr"));
            expression = replace(world, expression, "$instance", ".*");
            expression = replace(world, expression, "$service", ".*");
            expression = replace(world, expression, "$__rate_interval", "1m");
            expression = replace(world, expression, "$__range", "5m");
            if (strchr(expression, '$'))
                world_fail(world, "%s: what is %s?", title, strchr(expression, '$'));
            if (strcmp(title, MAY_BE_EMPTY) == 0)
                query_count(partners, expression);
            else
                query_wait(partners, expression);
        }
    }
    assert_true(asked >= 25);
    json_object_put(board);
}

static void all_that_is_promised_can_be_asked_for(void **state)
{
    struct partners *partners = *state;
    struct world *world = partners->world;
    container_run(world, "web", "-m 64m" CHECKED, "");
    container_run(world, "api", CHECKED LABEL("service.restart=no"), "");
    shell(world, "docker run -d --name hostile --label '" HOSTILE_LABEL "' " IMAGE);
    daemon_start(world, "QUAYWATCH_STATS_INTERVAL=1s");
    service_wait(world, "web", "status", "healthy");
    service_wait(world, "api", "status", "healthy");
    start_partners(partners);
    query_wait(partners, "up{job=\"quaywatch\"} == 1");
    query_wait(partners, "quaywatch_service_health{service=\"web\"} == 1");

    query_wait(partners,
               "quaywatch_service_health{service=\"hostile\"}"); /* its label is no name: the container's */

    /* Something to count: a restart by quaywatch, one that it holds back, and a stop by a person. */
    shell(world, "docker exec web sick 503");
    query_wait(partners, "quaywatch_restarts_total{service=\"web\",result=\"ok\"} > 0");
    /* The first one counts: the counter began at 0. */
    query_wait(
        partners,
        "increase(quaywatch_restarts_total{service=\"web\",reason=\"unhealthy\",result=\"ok\"}[1m]) > 0");
    shell(world, "docker exec api sick 503");
    service_wait(world, "api", "status", "unhealthy");
    query_wait(partners, "quaywatch_service_health{service=\"api\"} == 0");
    check_promised(partners);
    check_names(partners, DASHBOARD);
    check_names(partners, MONITORING "/quaywatch.rules.yml");
    check_dashboard(partners);

    char *alert = partner_wait(world, "alertmanager",
                               "curl -sf http://127.0.0.1:%d/api/v2/alerts | jq -e '.[] | "
                               "select(.labels.alertname == \"ServiceDown\" and .labels.service == \"api\")'",
                               partners->alertmanager_port);
    assert_string_equal(json_at(world, alert, "annotations.summary"), "api is down");
    assert_string_equal(json_at(world, alert, "labels.severity"), "critical");
}

/* quaywatch goes: Prometheus says so, by the alert. */
static void its_own_absence_is_an_alert(void **state)
{
    struct partners *partners = *state;
    struct world *world = partners->world;
    daemon_start(world, "");
    start_partners(partners);
    query_wait(partners, "up{job=\"quaywatch\"} == 1");
    assert_int_equal(query_count(partners, "ALERTS{alertname=\"QuaywatchDown\"}"), 0);
    daemon_stop(world);
    query_wait(partners, "ALERTS{alertname=\"QuaywatchDown\",alertstate=\"firing\"}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(all_that_is_promised_can_be_asked_for, setup, teardown),
        cmocka_unit_test_setup_teardown(its_own_absence_is_an_alert, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
