/* SPDX-License-Identifier: MIT */
/* test_alerts.c: from what the controller knows to alerts: by status, by dependency, by quaywatch's own
 * troubles; and when nobody wants to hear of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "controller/alerts.h"
#include "controller/deploying.h"
#include "controller/exits.h"
#include "controller/healing/memory.h"
#include "tests/support/sample.h"

enum { SECOND = 1000 };

struct world {
    struct controller controller;
    struct options options;
    char ids;
    char alerts[1024]; /* "name severity service victim,victim;" for each that fires */
};

static void render(const struct service *service, struct buf *out)
{
    buf_format(out, "%s %d", service->name, (int)service->status);
    for (const struct instance *at = service->first; at; at = at->next)
        buf_format(out, " %s", at->decision.sentence ? at->decision.sentence : "");
}

static int setup(void **state)
{
    struct world *world = mem_new(sizeof *world);
    struct controller *controller = &world->controller;
    world->ids = 'a';
    world->options = (struct options){.alert_delay_ms = 60 * SECOND,
                                      .alert_group_wait_ms = 10 * SECOND,
                                      .alert_resolve_delay_ms = 30 * SECOND,
                                      .alert_quiet = "",
                                      .alert_rules = "",
                                      .alert_url = ""};
    controller->options = &world->options;
    controller->task = TASK_RUN;
    controller->state_dir = "";
    controller->engine.connected = true;
    controller->now = (struct moment){.mono_ms = 500000, .wall_ms = INT64_C(1800000000000)};
    controller->registry = registry_new(render);
    controller->memory = memory_new();
    controller->journal = journal_new();
    controller->deployments = deployments_new();
    controller->exits = exits_new(controller);
    TAILQ_INIT(&controller->marked);
    alerts_new(controller);
    assert_int_equal(alerts_configure(controller, &world->options, NULL), 0);
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;
    struct controller *controller = &world->controller;
    alerts_free(controller);
    records_free(controller);
    registry_free(controller->registry);
    memory_free(controller->memory);
    journal_free(controller->journal);
    deployments_free(controller->deployments);
    exits_free(controller->exits);
    stats_free(&controller->stats);
    free(world);
    return 0;
}

/* A turn, as much of it as matters here. */
static void turn(struct world *world)
{
    registry_settle(world->controller.registry, world->controller.now);
    alerts_settle(&world->controller);
}

/* Less than the sweep that comes half a minute after a start. */
static void wait_s(struct world *world, int seconds)
{
    for (int i = 0; i < seconds; i++) {
        world->controller.now.mono_ms += SECOND;
        world->controller.now.wall_ms += SECOND;
        turn(world);
    }
}

/* A healthy service that needs another one ("" none), with this type. */
static const struct instance *add(struct world *world, const char *name, const char *needs,
                                  enum dependency_type type)
{
    struct spec *spec = sample_spec(name, name);
    if (needs[0]) {
        spec->dependencies = arena_new(&spec->arena, sizeof *spec->dependencies);
        spec->dependencies[spec->dependency_count++] = (struct dependency){
            .name = needs, .type = type, .source = "service.depends_on"};
    }
    const struct instance *instance = sample_add(world->controller.registry, spec,
                                                 sample_observed(world->ids++, name));
    sample_health(world->controller.registry, instance->ref, STATUS_HEALTHY);
    return instance;
}

static void become(struct world *world, const struct instance *instance, enum status status)
{
    sample_health(world->controller.registry, instance->ref, status);
}

static void note(void *to, const struct alert_listed *listed)
{
    struct world *world = to;
    const struct alert *alert = &listed->alert;
    size_t used = strlen(world->alerts);
    used += (size_t)snprintf(world->alerts + used, sizeof world->alerts - used, "%s %s %s ", alert->name,
                             severity_name[alert->severity], alert->service);
    for (size_t i = 0; i < alert->victim_count; i++)
        used += (size_t)snprintf(world->alerts + used, sizeof world->alerts - used, "%s%s", i ? "," : "",
                                 alert->victim[i]);
    snprintf(world->alerts + used, sizeof world->alerts - used, ";");
}

static const char *alerts(struct world *world)
{
    world->alerts[0] = '\0';
    alerts_list(&world->controller, note, world);
    return world->alerts;
}

static size_t told(const struct world *world)
{
    size_t count = 0;
    for (const struct journal_event *at = journal_next(world->controller.journal, 0); at;
         at = journal_next(world->controller.journal, at->id))
        count += strcmp(at->kind, "alert") == 0;
    return count;
}

static unsigned suppressed(const struct world *world, const char *reason)
{
    const struct counters *counters = &world->controller.stats.alerts_suppressed;
    for (size_t i = 0; i < counters->count; i++)
        if (strcmp(counters->set[i].label[0], reason) == 0)
            return (unsigned)counters->set[i].count;
    return 0;
}

static void test_each_status_has_its_severity(void **state)
{
    struct world *world = *state;
    const struct instance *a = add(world, "a", "", 0), *b = add(world, "b", "", 0),
                          *c = add(world, "c", "", 0);
    turn(world);
    become(world, a, STATUS_UNHEALTHY);
    become(world, b, STATUS_FAILED);
    become(world, c, STATUS_STOPPED);
    wait_s(world, 12);
    assert_string_equal(alerts(world), "service-unhealthy critical a ;service-failed emergency b ;");
    assert_int_equal(told(world), 2);
    become(world, a, STATUS_STARTING);
    become(world, b, STATUS_STOPPED); /* by a person */
    wait_s(world, 5);
    assert_int_equal(told(world), 2);
    become(world, a, STATUS_HEALTHY);
    world->controller.now.mono_ms += 5 * SECOND;
    turn(world);
    world->options.alert_resolve_delay_ms = 0;
    alerts_configure(&world->controller, &world->options, NULL);
    wait_s(world, 2);
    assert_string_equal(alerts(world), "");
    assert_int_equal(told(world), 4);
}

static void test_victims_belong_to_their_root(void **state)
{
    struct world *world = *state;
    const struct instance *db = add(world, "db", "", 0);
    const struct instance *api = add(world, "api", "db", DEPENDENCY_REQUIRED);
    const struct instance *web = add(world, "web", "api", DEPENDENCY_REQUIRED);
    const struct instance *alien = add(world, "alien", "", 0);
    turn(world);
    become(world, web, STATUS_UNHEALTHY); /* shows first, its causes later */
    turn(world);
    become(world, api, STATUS_UNHEALTHY);
    become(world, alien, STATUS_UNHEALTHY);
    wait_s(world, 3);
    become(world, db, STATUS_UNHEALTHY);
    wait_s(world, 12);
    assert_string_equal(alerts(world),
                        "service-unhealthy critical alien ;service-unhealthy critical db api,web;");
    assert_int_equal(told(world), 2);
    assert_int_equal(suppressed(world, "victim"), 2);
}

static void test_a_stopped_root_has_its_victims_told(void **state)
{
    struct world *world = *state;
    const struct instance *db = add(world, "db", "", 0);
    const struct instance *api = add(world, "api", "db", DEPENDENCY_REQUIRED);
    turn(world);
    become(world, db, STATUS_STOPPED);
    wait_s(world, 12);
    assert_int_equal(told(world), 0);
    become(world, api, STATUS_UNHEALTHY);
    wait_s(world, 12);
    assert_string_equal(alerts(world), "service-stopped critical db api;");
}

static void test_nothing_of_maintenance_and_deployments(void **state)
{
    struct world *world = *state;
    struct controller *controller = &world->controller;
    const struct instance *a = add(world, "a", "", 0), *b = add(world, "b", "", 0);
    turn(world);
    registry_apply(controller->registry,
                   &(struct change){.kind = CHANGE_MAINTENANCE,
                                    .ref = a->ref,
                                    .until_wall_ms = controller->now.wall_ms + 14 * SECOND},
                   controller->now);
    deployments_set(controller->deployments, 8 * SECOND, 60 * SECOND);
    deployment_step(controller->deployments, "b", NULL, controller->now);
    become(world, a, STATUS_UNHEALTHY);
    become(world, b, STATUS_UNHEALTHY);
    wait_s(world, 8);
    assert_int_equal(told(world), 0);
    assert_int_equal(suppressed(world, "maintenance"), 1);
    assert_int_equal(suppressed(world, "deployment"), 1);
    wait_s(world, 20); /* what ends badly is told then */
    assert_string_equal(alerts(world), "service-unhealthy critical a ;service-unhealthy critical b ;");
}

static void test_a_deployment_that_is_not_verified(void **state)
{
    struct world *world = *state;
    struct controller *controller = &world->controller;
    const struct instance *a = add(world, "a", "", 0);
    turn(world);
    become(world, a, STATUS_STARTING);
    turn(world);
    tell(controller, SEVERITY_CRITICAL, "deploy-failed", a, "Deployment failed");
    wait_s(world, 12);
    assert_string_equal(alerts(world), "deployment-failed critical a ;");
    become(world, a, STATUS_UNHEALTHY);
    wait_s(world, 5);
    assert_int_equal(told(world), 1); /* and not once more as one that is unhealthy */
}

static void test_own_troubles_take_the_others_with_them(void **state)
{
    struct world *world = *state;
    struct controller *controller = &world->controller;
    const struct instance *a = add(world, "a", "", 0), *b = add(world, "b", "", 0);
    turn(world);
    controller->engine.connected = false;
    snprintf(controller->engine.error, sizeof controller->engine.error, "It does not answer");
    become(world, a, STATUS_UNHEALTHY);
    become(world, b, STATUS_UNHEALTHY);
    wait_s(world, 28);
    assert_int_equal(told(world), 0);
    wait_s(world, 5);
    assert_string_equal(alerts(world), "engine-away critical  a,b;");
    assert_int_equal(told(world), 1);
}

static void test_where_another_one_heals_that_one_tells(void **state)
{
    struct world *world = *state;
    const struct instance *a = add(world, "a", "", 0);
    turn(world);
    snprintf(world->controller.second, sizeof world->controller.second, "another one");
    become(world, a, STATUS_FAILED);
    wait_s(world, 20);
    assert_int_equal(told(world), 0);
    assert_int_equal(suppressed(world, "second-controller"), 1);
}

static void test_a_storm_of_200_through_one_root(void **state)
{
    struct world *world = *state;
    enum { MANY = 200 };
    const struct instance *db = add(world, "db", "", 0), *many[MANY];
    for (int i = 0; i < MANY; i++) {
        char name[16], id[65];
        snprintf(name, sizeof name, "s%03d", i);
        struct spec *spec = sample_spec(name, name);
        spec->dependencies = arena_new(&spec->arena, sizeof *spec->dependencies);
        spec->dependencies[spec->dependency_count++] = (struct dependency){
            .name = "db", .type = DEPENDENCY_REQUIRED, .source = "service.depends_on"};
        struct observed *observed = sample_observed('f', name);
        snprintf(id, sizeof id, "%064d", i);
        observed->id = arena_copy(&observed->arena, id);
        many[i] = sample_add(world->controller.registry, spec, observed);
        sample_health(world->controller.registry, many[i]->ref, STATUS_HEALTHY);
    }
    turn(world);
    become(world, db, STATUS_UNHEALTHY);
    for (int i = 0; i < MANY; i++) {
        become(world, many[i], i % 3 ? STATUS_UNHEALTHY : STATUS_DEGRADED);
        if (i % 20 == 0)
            wait_s(world, 1);
    }
    wait_s(world, 5);
    assert_int_equal(told(world), 1);
    assert_int_equal(strncmp(alerts(world), "service-unhealthy critical db s000,s001,", 40), 0);
}

static void note_sentence(void *to, const struct alert_listed *listed)
{
    struct world *world = to;
    snprintf(world->alerts, sizeof world->alerts, "%s", listed->alert.sentence);
}

/* All are healthy, and none serves: what the checks say is not why. */
static void test_what_a_person_took_out_is_told_as_that(void **state)
{
    struct world *world = *state;
    const struct decision decision = {.action = ACTION_NONE, .reason = "tripped", .sentence = "A person."};
    const struct breaker_view open = {.state = BREAKER_OPEN, .tripped = true};
    for (int i = 0; i < 2; i++) {
        struct registry *registry = world->controller.registry;
        const struct ref ref = add(world, "web", "", DEPENDENCY_REQUIRED)->ref;
        registry_apply(registry, &(struct change){.kind = CHANGE_BREAKER, .ref = ref, .breaker = &open},
                       world->controller.now);
        registry_apply(registry, &(struct change){.kind = CHANGE_DECISION, .ref = ref, .decision = &decision},
                       world->controller.now);
    }
    wait_s(world, 12);
    world->alerts[0] = '\0';
    alerts_list(&world->controller, note_sentence, world);
    assert_string_equal(world->alerts, "2 of 2 instances, such as web: A person.");
}

/* What is known of a trouble may change while its status stays. */
static void test_what_is_said_of_a_trouble_follows(void **state)
{
    struct world *world = *state;
    struct registry *registry = world->controller.registry;
    static const char *const sentences[] = {"The engine does not answer.", "5 restarts did not cure it."};
    const struct instance *web = add(world, "web", "", DEPENDENCY_REQUIRED);
    turn(world);
    become(world, web, STATUS_UNHEALTHY);
    for (size_t i = 0; i < 2; i++) {
        struct decision decision = {.action = ACTION_HOLD, .reason = "budget"};
        snprintf(decision.sentence, sizeof decision.sentence, "%s", sentences[i]);
        registry_apply(registry,
                       &(struct change){.kind = CHANGE_DECISION, .ref = web->ref, .decision = &decision},
                       world->controller.now);
        wait_s(world, 12);
        alerts_list(&world->controller, note_sentence, world);
        assert_non_null(strstr(world->alerts, sentences[i]));
    }
    assert_int_equal(told(world), 1); /* and is not told again for that */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_each_status_has_its_severity, setup, teardown),
        cmocka_unit_test_setup_teardown(test_victims_belong_to_their_root, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_stopped_root_has_its_victims_told, setup, teardown),
        cmocka_unit_test_setup_teardown(test_nothing_of_maintenance_and_deployments, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_deployment_that_is_not_verified, setup, teardown),
        cmocka_unit_test_setup_teardown(test_own_troubles_take_the_others_with_them, setup, teardown),
        cmocka_unit_test_setup_teardown(test_where_another_one_heals_that_one_tells, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_storm_of_200_through_one_root, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_a_person_took_out_is_told_as_that, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_is_said_of_a_trouble_follows, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
