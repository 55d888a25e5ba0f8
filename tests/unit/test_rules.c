/* SPDX-License-Identifier: MIT */
/* test_rules.c: users' alert rules: what may be written, whom they are meant for, and when they hold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "controller/alerting/rule.h"
#include "controller/core/error.h"
#include "exporter/alerts/channels.h"
#include "tests/support/sample.h"

static struct rules *parsed(const char *text)
{
    struct error err = {0};
    struct rules *rules = rules_parse(text, strlen(text), &err);
    if (!rules)
        fail_msg("%s", err.text);
    return rules;
}

static void test_the_usual_form(void **state)
{
    (void)state;
    static const char text[] = "monitoring:\n"
                               "  metrics: {enabled: true}\n"
                               "  alerts:\n"
                               "    - name: \"Service Down\"\n"
                               "      condition: \"health_check_failed\"\n"
                               "      notification: \"webhook\"\n"
                               "\n"
                               "    - name: \"High Memory Usage\"\n"
                               "      condition: \"memory_usage > 80%\"\n"
                               "      notification: \"email\"\n";
    struct rules *rules = parsed(text);
    assert_int_equal(rules_count(rules), 2);
    const struct rule *down = rules_at(rules, 0), *memory = rules_at(rules, 1);
    assert_string_equal(down->name, "Service Down");
    assert_int_equal(down->condition.metric, RULE_HEALTH_CHECK_FAILED);
    assert_int_equal(down->severity, SEVERITY_CRITICAL);
    assert_int_equal(down->channels, 1U << CHANNEL_WEBHOOK);
    assert_int_equal(memory->condition.metric, RULE_MEMORY_USAGE);
    assert_true(memory->condition.threshold > 79.9 && memory->condition.threshold < 80.1);
    assert_int_equal(memory->channels, 1U << CHANNEL_EMAIL);
    assert_int_equal(memory->severity, SEVERITY_WARNING);
    assert_true(memory->condition.for_ms < 0);
    rules_free(rules);
}

static void test_all_that_a_rule_says(void **state)
{
    (void)state;
    static const char text[] = "alerts:\n"
                               "- name: slow\n"
                               "  condition: latency >= 1s for 5m\n"
                               "  severity: Critical\n"
                               "  services: [web-*, api]\n"
                               "  tags: critical, important\n"
                               "  project: shop\n"
                               "  channels: [slack, ntfy]\n"
                               "- {name: up, condition: uptime_7d < 99.95 %, for: 30, channels: none}\n"
                               "- {name: cpu, condition: \"cpu>150\"}\n";
    struct rules *rules = parsed(text);
    const struct rule *slow = rules_at(rules, 0), *up = rules_at(rules, 1), *cpu = rules_at(rules, 2);
    assert_true(slow->condition.equal && !slow->condition.below);
    assert_int_equal(slow->condition.threshold, 1000);
    assert_int_equal(slow->condition.for_ms, 300000);
    assert_int_equal(slow->severity, SEVERITY_CRITICAL);
    assert_int_equal(slow->services.count, 2);
    assert_int_equal(slow->tags.count, 2);
    assert_string_equal(slow->projects.item[0], "shop");
    assert_int_equal(slow->channels, 1U << CHANNEL_SLACK | 1U << CHANNEL_NTFY);
    assert_true(up->condition.below && up->condition.metric == RULE_UPTIME_7D);
    assert_int_equal(up->condition.for_ms, 30000);
    assert_true(up->has_channels && up->channels == 0);
    assert_int_equal(cpu->condition.threshold, 150);
    assert_false(cpu->has_channels);
    rules_free(rules);
    rules_free(parsed("# nothing yet\n"));
    rules_free(parsed("[]"));
}

static void test_wrong_ones_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } wrong[] = {
        {"- name: a\n  condition: memory > 80%\n", "rule \"a\" (line 2): \"memory\" is no condition"},
        {"- name: a\n\n  condition: memory_usage\n",
         "rule \"a\" (line 3): memory_usage needs < or > and a value"},
        {"- name: a\n  condition: memory_usage > 101%\n", "\"101\" is no value for memory_usage"},
        {"- name: a\n  condition: latency > fast\n", "allowed is one such as 200ms"},
        {"- name: a\n  condition: cpu > inf\n", "\"inf\" is no value for cpu"},
        {"- name: a\n  condition: cpu > 0x10\n", "is no value for cpu"},
        {"- name: a\n  condition: cpu > 1 for ever\n", "\"ever\" is no duration"},
        {"- name: a\n  condition: health_check_failed > 3\n", "health_check_failed takes no value"},
        {"- name: a\n  condition: health_check_fialed\n", "did you mean health_check_failed?"},
        {"- name: a\n  condition: cpu > 1\n  notification: pager\n",
         "rule \"a\" (line 3): \"pager\" is no channel; allowed are webhook, slack, discord, ntfy, gotify, "
         "email, alertmanager, healthchecks, none"},
        {"- name: a\n  condition: cpu > 1\n  severity: bad\n", "allowed are warning, critical and emergency"},
        {"- name: a\n  condition: cpu > 1\n  servces: x\n",
         "\"servces\" is unknown (did you mean services?)"},
        {"- name: a\n  condition: cpu > 1\n  for: soon\n", "for is no duration"},
        {"- name: a\n  condition: [x]\n", "condition must be a text"},
        {"- name: a\n  condition: cpu > 1\n  tags: {x: y}\n", "tags must be a text or a list"},
        {"- name: a\n  condition: cpu > 1\n  tags: [[x]]\n", "a list holds texts only"},
        {"- name: a\n  condition: cpu > 1\n- name: A\n  condition: cpu > 1\n",
         "rule \"A\" (line 3): another rule"},
        {"- name: \"a\\x1fb\"\n  condition: cpu > 1\n", "one line without control"},
        {"- condition: cpu > 1\n", "line 1: it has no name"},
        {"- name: a\n", "rule \"a\" (line 1): it has no condition"},
        {"- a\n", "line 1: a rule has a name and a condition"},
        {"a: b\n", "there is no list of rules"},
        {"- name: a\n bad\n", "is no YAML"},
        {"- {name: 'x\n", "is no YAML"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct error err = {0};
        assert_null(rules_parse(wrong[i].text, strlen(wrong[i].text), &err));
        if (!strstr(err.text, wrong[i].says))
            fail_msg("\"%s\" is not in \"%s\"", wrong[i].says, err.text);
    }
}

/* ---- whom, and when ---- */

struct fixture {
    struct registry *registry;
    const struct instance *web, *db;
};

static void render(const struct service *service, struct buf *out)
{
    buf_text(out, service->name);
}

static int setup(void **state)
{
    struct fixture *f = mem_new(sizeof *f);
    f->registry = registry_new(render);
    struct spec *spec = sample_spec("web", "web-shop");
    strings_add(&spec->arena, &spec->tags, "critical");
    spec->project = "shop";
    f->web = sample_add(f->registry, spec, sample_observed('a', "web-1"));
    f->db = sample_add(f->registry, sample_spec("db", "db"), sample_observed('b', "db-1"));
    registry_settle(f->registry, (struct moment){.mono_ms = 1, .wall_ms = 1000000});
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    registry_free(f->registry);
    free(f);
    return 0;
}

static void use(struct fixture *f, const struct instance *instance, double cpu, uint64_t memory,
                uint64_t limit)
{
    struct usage usage = {
        .at_wall_ms = 1, .cpu_ratio = cpu, .memory_bytes = memory, .memory_limit_bytes = limit};
    registry_apply(f->registry, &(struct change){.kind = CHANGE_USAGE, .ref = instance->ref, .usage = &usage},
                   (struct moment){.mono_ms = 2, .wall_ms = 1000001});
}

static void test_whom_a_rule_is_meant_for(void **state)
{
    struct fixture *f = *state;
    struct rules *rules = parsed("- {name: a, condition: cpu > 1, services: 'web-*'}\n"
                                 "- {name: b, condition: cpu > 1, tags: [x, crit*]}\n"
                                 "- {name: c, condition: cpu > 1, projects: other}\n"
                                 "- {name: d, condition: cpu > 1}\n"
                                 "- {name: e, condition: health_check_failed, services: web-shop, tags: no}\n"
                                 "- {name: f, condition: health_check_failed, services: web-shop}\n"
                                 "- {name: g, condition: memory_usage > 50%, services: web-shop}\n");
    rules_add_memory(rules, 80);
    const struct service *web = f->web->service, *db = f->db->service;
    static const char web_applies[] = "11010110", db_applies[] = "00010001";
    for (size_t i = 0; i < rules_count(rules); i++) {
        assert_int_equal(rule_applies(rules, rules_at(rules, i), web), web_applies[i] == '1');
        assert_int_equal(rule_applies(rules, rules_at(rules, i), db), db_applies[i] == '1');
    }
    assert_string_equal(rules_for_health(rules, web)->name, "f");
    assert_null(rules_for_health(rules, db));
    rules_free(rules);
}

static enum rule_verdict verdict(const char *text, const struct service *service, rule_uptime *uptime,
                                 char sentence[static 256])
{
    char file[200];
    snprintf(file, sizeof file, "- {name: a, condition: \"%s\"}\n", text);
    struct rules *rules = parsed(file);
    enum rule_verdict found = rule_evaluate(rules_at(rules, 0), service, uptime, NULL, sentence, 256);
    rules_free(rules);
    return found;
}

static void test_memory_and_cpu(void **state)
{
    struct fixture *f = *state;
    char sentence[256] = "";
    const struct service *web = f->web->service;
    assert_int_equal(verdict("memory_usage > 80%", web, NULL, sentence), RULE_UNKNOWN);
    use(f, f->web, -1, 900, 0); /* no limit */
    assert_int_equal(verdict("memory_usage > 80%", web, NULL, sentence), RULE_UNKNOWN);
    assert_int_equal(verdict("cpu > 70%", web, NULL, sentence), RULE_UNKNOWN);
    use(f, f->web, 0.69, 810, 1000);
    assert_int_equal(verdict("memory_usage > 80%", web, NULL, sentence), RULE_HOLDS);
    assert_string_equal(sentence, "memory_usage is 81.0% in web-1 (memory_usage > 80%).");
    assert_int_equal(verdict("cpu > 70%", web, NULL, sentence), RULE_BETWEEN);
    use(f, f->web, 0.66, 800, 1000);
    assert_int_equal(verdict("memory_usage > 80%", web, NULL, sentence), RULE_BETWEEN);
    assert_int_equal(verdict("memory_usage >= 80%", web, NULL, sentence), RULE_HOLDS);
    assert_int_equal(verdict("cpu > 70%", web, NULL, sentence), RULE_WELL);
    use(f, f->web, 1.5, 759, 1000);
    assert_int_equal(verdict("memory_usage > 80%", web, NULL, sentence), RULE_WELL);
    assert_int_equal(verdict("cpu > 120%", web, NULL, sentence), RULE_HOLDS);
}

static void test_latency_and_restarts(void **state)
{
    struct fixture *f = *state;
    char sentence[256] = "";
    const struct service *web = f->web->service;
    static const double times[] = {10, 20, 300};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(verdict("latency > 200ms", web, NULL, sentence), RULE_UNKNOWN);
        struct outcome outcome = {.kind = OUTCOME_PASS, .response_ms = times[i]};
        registry_apply(f->registry,
                       &(struct change){.kind = CHANGE_SAMPLE, .ref = f->web->ref, .outcome = &outcome},
                       (struct moment){.mono_ms = 3, .wall_ms = 1000002});
    }
    assert_int_equal(verdict("latency > 200ms", web, NULL, sentence), RULE_HOLDS);
    assert_string_equal(sentence, "latency is 300 ms in web-1 (latency > 200ms).");
    assert_int_equal(verdict("restarts > 3", web, NULL, sentence), RULE_WELL);
    struct restart_view restarts = {.count = 9, .in_window = 4};
    registry_apply(f->registry,
                   &(struct change){.kind = CHANGE_RESTARTS, .ref = f->web->ref, .restarts = &restarts},
                   (struct moment){.mono_ms = 3, .wall_ms = 1000002});
    assert_int_equal(verdict("restarts > 3", web, NULL, sentence), RULE_HOLDS);
    assert_string_equal(sentence, "restarts is 4 in web-1 (restarts > 3).");
    assert_int_equal(verdict("restarts > 4", web, NULL, sentence), RULE_WELL);
}

static double uptime_of(void *user, const char *key, enum rule_metric window)
{
    (void)user;
    if (strcmp(key, "web") != 0)
        return -1;
    return window == RULE_UPTIME_24H ? 99.85 : window == RULE_UPTIME_7D ? 99.903 : 100;
}

static void test_uptime(void **state)
{
    struct fixture *f = *state;
    char sentence[256] = "";
    const struct service *web = f->web->service;
    assert_int_equal(verdict("uptime_24h < 99.9%", web, NULL, sentence), RULE_UNKNOWN);
    assert_int_equal(verdict("uptime_24h < 99.9%", f->db->service, uptime_of, sentence), RULE_UNKNOWN);
    assert_int_equal(verdict("uptime_24h < 99.9%", web, uptime_of, sentence), RULE_HOLDS);
    assert_string_equal(sentence, "uptime_24h is 99.850% (uptime_24h < 99.9%).");
    assert_int_equal(verdict("uptime_7d < 99.9%", web, uptime_of, sentence), RULE_BETWEEN);
    assert_int_equal(verdict("uptime_30d < 99.9%", web, uptime_of, sentence), RULE_WELL);
    assert_int_equal(verdict("uptime_30d < 100%", web, uptime_of, sentence), RULE_WELL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_usual_form),
        cmocka_unit_test(test_all_that_a_rule_says),
        cmocka_unit_test(test_wrong_ones_are_refused),
        cmocka_unit_test_setup_teardown(test_whom_a_rule_is_meant_for, setup, teardown),
        cmocka_unit_test_setup_teardown(test_memory_and_cpu, setup, teardown),
        cmocka_unit_test_setup_teardown(test_latency_and_restarts, setup, teardown),
        cmocka_unit_test_setup_teardown(test_uptime, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
