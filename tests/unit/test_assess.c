/* SPDX-License-Identifier: MIT */
/* test_assess.c: which check runs, and what container state, Docker's verdict, probe and dependencies add up
 * to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/assess.h"
#include "tests/support/sample.h"

struct world {
    struct spec *spec;
    struct observed *observed;
    struct check_plan plan;
    struct verdict verdict;
    struct outcome outcome;
    struct healing healing;
    struct service service;
    struct service_dependency dependency;
    struct service target;
};

static int setup(void **state)
{
    struct world *world = mem_new(sizeof *world);
    world->spec = sample_spec("k", "web");
    world->observed = sample_observed('a', "web-1");
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;
    spec_free(world->spec);
    observed_free(world->observed);
    check_plan_free(&world->plan);
    free(world);
    return 0;
}

static void plan_as(struct world *world, bool enabled, bool tcp_instead)
{
    check_plan_free(&world->plan);
    check_plan(world->spec, world->observed, enabled, tcp_instead, &world->plan);
}

static void plan(struct world *world)
{
    plan_as(world, true, false);
}

static struct health_view look(struct world *world, bool has_outcome)
{
    struct assessment input = {.spec = world->spec,
                               .observed = world->observed,
                               .plan = &world->plan,
                               .verdict = &world->verdict,
                               .outcome = has_outcome ? &world->outcome : NULL,
                               .healing = &world->healing,
                               .service = &world->service};
    struct health_view view;
    assess(&input, &view);
    return view;
}

static void explicit_check_runs_alone(void **state)
{
    struct world *world = *state;
    world->spec->has_healthcheck = true;
    plan(world);
    assert_int_equal(world->plan.probe, CHECK_HTTP);
    assert_false(world->plan.docker);
    assert_false(world->plan.implicit);
    assert_string_equal(world->plan.target, "http://172.20.0.2:80/health");
    world->spec->check = CHECK_DOCKER;
    plan(world);
    assert_int_equal(world->plan.probe, CHECK_NONE);
    assert_true(world->plan.docker);
    world->spec->check = CHECK_NONE;
    plan(world);
    assert_false(world->plan.docker);
    assert_null(world->plan.finding);
}

static void unasked_checks_run_by_what_is_there(void **state)
{
    struct world *world = *state;
    world->spec->check_explicit = false;
    world->spec->has_healthcheck = true;
    plan(world);
    assert_true(world->plan.docker && world->plan.implicit && world->plan.probe == CHECK_HTTP);
    plan_as(world, true, true);
    assert_int_equal(world->plan.probe, CHECK_TCP);
    assert_string_equal(world->plan.target, "tcp://172.20.0.2:80");
    plan_as(world, false, false);
    assert_true(world->plan.docker &&
                world->plan.probe == CHECK_NONE); /* checks are off: Docker still speaks */
    world->spec->implicit = CHECK_NONE;
    world->spec->has_healthcheck = false;
    plan(world);
    assert_true(!world->plan.docker && world->plan.probe == CHECK_NONE);
    assert_string_equal(world->plan.finding, "no-healthcheck"); /* nothing tells whether it is well */
    world->spec->check_disabled = true;
    plan(world);
    assert_null(world->plan.finding); /* as somebody wants it */
    world->spec->check_disabled = false;
    world->spec->implicit = CHECK_TCP;
    plan(world);
    assert_int_equal(world->plan.probe, CHECK_TCP);
    assert_string_equal(world->plan.finding, "no-healthcheck");
    world->spec->database = true; /* which answers its connections or is not there */
    plan(world);
    assert_null(world->plan.finding);
    world->spec->database = false;
    world->spec->has_healthcheck = true;
    plan(world);
    assert_null(world->plan.finding);
}

static void obstacles_are_named(void **state)
{
    struct world *world = *state;
    world->spec->port = 0;
    plan(world);
    assert_string_equal(world->plan.finding, "missing-port");
    world->spec->health_port = 81;
    world->observed->probe_address = NULL;
    world->observed->unreachable = "no network is shared";
    plan(world);
    assert_string_equal(world->plan.finding, "unreachable-network");
    assert_int_equal(look(world, false).status, STATUS_UNKNOWN);
    assert_string_equal(look(world, false).message, "no network is shared");
}

static void checks_inside_need_neither_port_nor_network(void **state)
{
    struct world *world = *state;
    char name[96];
    world->spec->port = 0;
    world->observed->probe_address = NULL;
    world->observed->unreachable = "no network is shared";
    world->spec->check = CHECK_FILE;
    world->spec->health_file = "/run/ready";
    plan(world);
    assert_int_equal(world->plan.probe, CHECK_FILE);
    assert_null(world->plan.finding);
    assert_string_equal(world->plan.target, "/run/ready");
    check_plan_name(&world->plan, world->spec, name);
    assert_string_equal(name, "file /run/ready");

    world->spec->check = CHECK_COMMAND;
    world->spec->health_command = "check --password=hunter2";
    plan(world);
    assert_int_equal(world->plan.probe, CHECK_COMMAND);
    assert_string_equal(world->plan.target, "command"); /* its words may be secret */
    check_plan_name(&world->plan, world->spec, name);
    assert_null(strstr(name, "hunter2"));
    char other[96];
    world->spec->health_command = "check --password=hunter3";
    check_plan_name(&world->plan, world->spec, other);
    assert_string_not_equal(name, other);
    world->observed->state = CONTAINER_PAUSED;
    plan(world);
    assert_int_equal(world->plan.probe, CHECK_NONE);
}

static void states_of_what_does_not_run(void **state)
{
    struct world *world = *state;
    static const struct {
        enum container_state state;
        int code;
        enum intent intent;
        enum status expected;
    } rows[] = {
        {CONTAINER_CREATED, 0, INTENT_NONE, STATUS_STOPPED},
        {CONTAINER_PAUSED, 0, INTENT_NONE, STATUS_STOPPED},
        {CONTAINER_DEAD, 0, INTENT_NONE, STATUS_STOPPED},
        {CONTAINER_REMOVING, 0, INTENT_NONE, STATUS_STOPPED},
        {CONTAINER_RESTARTING, 1, INTENT_NONE, STATUS_UNHEALTHY},
        {CONTAINER_EXITED, 0, INTENT_FINISHED, STATUS_STOPPED},
        {CONTAINER_EXITED, 137, INTENT_MANUAL, STATUS_STOPPED},
        {CONTAINER_EXITED, 137, INTENT_FIRST_SEEN, STATUS_STOPPED},
        {CONTAINER_EXITED, 1, INTENT_CRASH, STATUS_UNHEALTHY},
        {CONTAINER_EXITED, 137, INTENT_OOM, STATUS_UNHEALTHY},
        {CONTAINER_EXITED, 143, INTENT_OURS, STATUS_UNHEALTHY},
        {CONTAINER_EXITED, 0, INTENT_DEPLOY, STATUS_STOPPED},
        {CONTAINER_EXITED, 137, INTENT_ENGINE_SHUTDOWN, STATUS_STOPPED},
        {CONTAINER_EXITED, 1, INTENT_UNKNOWN, STATUS_STOPPED},
        {CONTAINER_RESTARTING, 0, INTENT_FINISHED, STATUS_UNHEALTHY},
        {CONTAINER_RESTARTING, 137, INTENT_OOM, STATUS_UNHEALTHY},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        world->observed->state = rows[i].state;
        world->observed->exit_code = rows[i].code;
        world->healing.intent = rows[i].intent;
        /* Docker's verdict goes "unhealthy" when its monitor stops; that means nothing. */
        world->observed->docker_health = STATUS_UNHEALTHY;
        plan(world);
        assert_int_equal(world->plan.probe, CHECK_NONE);
        assert_int_equal(look(world, true).status, rows[i].expected);
    }
}

static void implicit_check_beside_docker_degrades_at_most(void **state)
{
    struct world *world = *state;
    static const struct {
        enum status docker, probe, expected;
    } rows[] = {
        {STATUS_HEALTHY, STATUS_HEALTHY, STATUS_HEALTHY},
        {STATUS_HEALTHY, STATUS_UNHEALTHY, STATUS_DEGRADED},
        {STATUS_HEALTHY, STATUS_DEGRADED, STATUS_DEGRADED},
        {STATUS_UNHEALTHY, STATUS_HEALTHY, STATUS_UNHEALTHY},
        {STATUS_UNHEALTHY, STATUS_UNHEALTHY, STATUS_UNHEALTHY},
        {STATUS_STARTING, STATUS_HEALTHY, STATUS_STARTING},
        {STATUS_HEALTHY, STATUS_STARTING, STATUS_HEALTHY},
    };
    world->spec->check_explicit = false;
    world->spec->has_healthcheck = true;
    plan(world);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        world->observed->docker_health = rows[i].docker;
        world->verdict.status = rows[i].probe;
        struct health_view view = look(world, true);
        assert_int_equal(view.status, rows[i].expected);
        assert_true(view.has_layer[LAYER_CONTAINER] && view.layer[LAYER_CONTAINER] == rows[i].docker);
        assert_true(view.has_layer[LAYER_SERVICE] && view.layer[LAYER_SERVICE] == rows[i].probe);
    }
}

static void optional_dependency_degrades(void **state)
{
    struct world *world = *state;
    static const struct {
        enum dependency_type type;
        enum status target, expected, layer;
    } rows[] = {
        {DEPENDENCY_OPTIONAL, STATUS_UNHEALTHY, STATUS_DEGRADED, STATUS_DEGRADED},
        {DEPENDENCY_OPTIONAL, STATUS_HEALTHY, STATUS_HEALTHY, STATUS_HEALTHY},
        {DEPENDENCY_REQUIRED, STATUS_FAILED, STATUS_HEALTHY, STATUS_UNHEALTHY},
        {DEPENDENCY_SOFT, STATUS_FAILED, STATUS_HEALTHY, STATUS_HEALTHY},
        {DEPENDENCY_CIRCULAR, STATUS_FAILED, STATUS_HEALTHY, STATUS_HEALTHY},
    };
    plan(world);
    world->verdict.status = STATUS_HEALTHY;
    world->service.dependencies = &world->dependency;
    world->service.dependency_count = 1;
    world->dependency.name = "db";
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        world->dependency.type = rows[i].type;
        world->dependency.target = &world->target;
        world->target.status = rows[i].target;
        struct health_view view = look(world, true);
        assert_int_equal(view.status, rows[i].expected);
        assert_int_equal(view.layer[LAYER_DEPENDENCIES], rows[i].layer);
    }
    world->dependency.target = NULL; /* not registered: says nothing */
    assert_int_equal(look(world, true).status, STATUS_HEALTHY);
}

static void a_failing_answer_is_classified(void **state)
{
    struct world *world = *state;
    plan(world);
    world->verdict = (struct verdict){.status = STATUS_UNHEALTHY, .failures = 3};
    world->outcome = (struct outcome){.kind = OUTCOME_STATUS, .http_status = 503};
    snprintf(world->outcome.message, sizeof world->outcome.message, "503 Service Unavailable");
    struct health_view view = look(world, true);
    assert_int_equal(view.error_class, ERROR_CLASS_SERVER);
    assert_string_equal(view.message, "503 Service Unavailable");
    assert_int_equal(view.consecutive_failures, 3);
    world->verdict = (struct verdict){.status = STATUS_HEALTHY, .latest_passed = true};
    assert_int_equal(look(world, true).error_class, ERROR_CLASS_NONE);
    assert_string_equal(look(world, false).message, "Not checked yet");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(explicit_check_runs_alone),    TEST(unasked_checks_run_by_what_is_there),
        TEST(obstacles_are_named),          TEST(checks_inside_need_neither_port_nor_network),
        TEST(states_of_what_does_not_run),  TEST(implicit_check_beside_docker_degrades_at_most),
        TEST(optional_dependency_degrades), TEST(a_failing_answer_is_classified),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
