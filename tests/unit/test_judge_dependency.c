/* SPDX-License-Identifier: MIT */
/* test_judge_dependency.c: whom an instance waits for and how long, and whose restart it follows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

#include "controller/controller_internal.h"
#include "tests/support/sample.h"

enum { BEGUN = 1000000, NOW = 9000000, TIMEOUT_MS = 60000 };

struct world {
    struct controller controller;
    struct options options;
    char ids;
};

static void render(const struct service *service, struct buf *out)
{
    buf_text(out, service->name);
}

static int setup(void **state)
{
    struct world *world = mem_new(sizeof *world);
    world->ids = 'a';
    world->options.dependency_timeout_ms = TIMEOUT_MS;
    world->controller.options = &world->options;
    world->controller.registry = registry_new(render);
    world->controller.memory = memory_new();
    world->controller.now = (struct moment){.mono_ms = 500000, .wall_ms = NOW};
    TAILQ_INIT(&world->controller.marked);
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;
    records_free(&world->controller);
    registry_free(world->controller.registry);
    memory_free(world->controller.memory);
    free(world);
    return 0;
}

/* A healthy service that needs the others, comma separated, and cascades when asked to. */
static struct record *add(struct world *world, const char *name, const char *needs, bool cascade)
{
    struct controller *controller = &world->controller;
    struct spec *spec = sample_spec(name, name);
    spec->cascade = cascade;
    spec->dependencies = arena_new(&spec->arena, 8 * sizeof *spec->dependencies);
    for (const char *at = needs; *at;) {
        size_t length = strcspn(at, ",");
        spec->dependencies[spec->dependency_count++] = (struct dependency){
            .name = arena_copy_n(&spec->arena, at, length), .source = "service.depends_on"};
        at += length + (at[length] == ',');
    }
    struct observed *observed = sample_observed(world->ids++, name);
    const struct instance *instance = sample_add(controller->registry, spec, observed);
    struct record *record = mem_new(sizeof *record);
    memcpy(record->id, instance->observed->id, sizeof record->id);
    record->ref = instance->ref;
    record->healing = memory_get(controller->memory, name, 1);
    HASH_ADD_STR(controller->records, id, record);
    sample_health(controller->registry, instance->ref, STATUS_HEALTHY);
    return record;
}

static struct instance *instance_of(struct world *world, const struct record *record)
{
    const struct instance *instance = registry_instance(world->controller.registry, record->ref);
    struct instance *ours;
    memcpy(&ours, &instance, sizeof ours);
    return ours;
}

static void put(struct world *world, const struct record *record, enum status status)
{
    sample_health(world->controller.registry, record->ref, status);
    registry_settle(world->controller.registry, world->controller.now);
}

static void decide_so(struct world *world, const struct record *record, enum action action,
                      const char *reason)
{
    struct decision decision = {.action = action, .reason = reason};
    registry_apply(world->controller.registry,
                   &(struct change){.kind = CHANGE_DECISION, .ref = record->ref, .decision = &decision},
                   world->controller.now);
}

static struct facts facts_of(struct world *world, const struct record *record)
{
    struct facts facts = {0};
    judge_dependency(&world->controller, record, instance_of(world, record), &facts);
    return facts;
}

static void expect_wait(struct world *world, const struct record *record, const char *sentence)
{
    struct facts facts = facts_of(world, record);
    assert_string_equal(facts.dependency.sentence, sentence);
    assert_int_equal(facts.dependency.holds, sentence[0] != '\0');
}

/* Its run begins anew at a time. */
static void begin(struct world *world, const struct record *record, int64_t at)
{
    struct instance *instance = instance_of(world, record);
    instance->observed->started_at_wall_ms = at;
    healing_run(record->healing, at, true, false);
}

static void victims_wait_and_name_the_root(void **state)
{
    struct world *world = *state;
    struct record *vpn = add(world, "vpn", "", false), *db = add(world, "db", "vpn", false),
                  *web = add(world, "web", "db,nobody", false);
    put(world, web, STATUS_UNHEALTHY);
    expect_wait(world, web, "");
    put(world, db, STATUS_UNHEALTHY);
    decide_so(world, db, ACTION_ACT, "unhealthy");
    expect_wait(world, web, "Waits for \"db\" (unhealthy); ends when that is healthy.");
    put(world, vpn, STATUS_STARTING);
    expect_wait(world, web,
                "Waits for \"db\" (unhealthy), the root of it is \"vpn\"; ends when that is healthy.");
    put(world, db, STATUS_UNKNOWN);
    expect_wait(world, web, "");
    put(world, db, STATUS_HEALTHY);
    expect_wait(world, web, "");
}

static void who_fails_its_checks_is_waited_for(void **state)
{
    struct world *world = *state;
    struct record *db = add(world, "db", "", false), *web = add(world, "web", "db", false);
    put(world, web, STATUS_UNHEALTHY);
    struct health_view view = {.status = STATUS_DEGRADED, .consecutive_failures = 1};
    registry_apply(world->controller.registry,
                   &(struct change){.kind = CHANGE_HEALTH, .ref = db->ref, .health = &view},
                   world->controller.now);
    expect_wait(world, web, "\"db\", which it needs, fails its checks, too; ends when that is judged.");
    instance_of(world, db)->since_wall_ms = NOW - 3600000;
    view.consecutive_failures = 3; /* beside Docker's own that passes, an unasked-for check is no sickness */
    view.implicit = true;
    view.has_layer[LAYER_CONTAINER] = true;
    view.layer[LAYER_CONTAINER] = STATUS_HEALTHY;
    registry_apply(world->controller.registry,
                   &(struct change){.kind = CHANGE_HEALTH, .ref = db->ref, .health = &view},
                   world->controller.now);
    expect_wait(world, web, "");
}

static void waiting_ends_after_the_giving_up(void **state)
{
    struct world *world = *state;
    struct record *db = add(world, "db", "", false), *web = add(world, "web", "db", false);
    put(world, db, STATUS_UNHEALTHY);
    decide_so(world, db, ACTION_HOLD, "backoff"); /* it will be healed: no end */
    assert_int_equal(facts_of(world, web).dependency.ends_wall_ms, 0);
    decide_so(world, db, ACTION_HOLD, "policy"); /* nobody will: since it has this status */
    instance_of(world, db)->since_wall_ms = NOW - 1000;
    struct facts facts = facts_of(world, web);
    assert_true(facts.dependency.holds);
    assert_int_equal(facts.dependency.ends_wall_ms, NOW - 1000 + TIMEOUT_MS);
    instance_of(world, db)->since_wall_ms = NOW - TIMEOUT_MS;
    facts = facts_of(world, web);
    assert_false(facts.dependency.holds);
    assert_string_equal(facts.dependency.sentence,
                        "It has waited for \"db\" (unhealthy) until DEPENDENCY_TIMEOUT was over.");
    /* Failed: since then, however often it is tried. */
    decide_so(world, db, ACTION_HOLD, "budget");
    db->healing->failed_since = NOW - 5000;
    put(world, db, STATUS_FAILED);
    assert_int_equal(facts_of(world, web).dependency.ends_wall_ms, NOW - 5000 + TIMEOUT_MS);
}

static void a_restart_is_followed_once(void **state)
{
    struct world *world = *state;
    struct record *db = add(world, "db", "", false), *web = add(world, "web", "db", true),
                  *other = add(world, "other", "db", false);
    put(world, db, STATUS_HEALTHY);
    assert_null(facts_of(world, web).restarted_dependency);
    begin(world, db, BEGUN + 500);
    struct facts facts = facts_of(world, web);
    assert_string_equal(facts.restarted_dependency, "db");
    assert_int_equal(facts.restarted_at, BEGUN + 500);
    assert_null(facts_of(world, other).restarted_dependency); /* it does not cascade */
    healing_follow(web->healing, web->id, "dependency-restarted", facts.restarted_at, NOW);
    assert_null(facts_of(world, web).restarted_dependency); /* also when its own start looks older */
    begin(world, db, BEGUN + 700);
    assert_string_equal(facts_of(world, web).restarted_dependency, "db");
    begin(world, web, BEGUN + 800);
    assert_null(facts_of(world, web).restarted_dependency);
}

static void a_later_first_start_is_no_restart(void **state)
{
    struct world *world = *state;
    struct record *db = add(world, "db", "", false), *web = add(world, "web", "db", true);
    put(world, db, STATUS_HEALTHY);
    instance_of(world, db)->observed->started_at_wall_ms = BEGUN + 500;
    healing_run(db->healing, BEGUN + 500, false, false);
    assert_null(facts_of(world, web).restarted_dependency);
}

static void a_diamond_waits_for_both_sides(void **state)
{
    struct world *world = *state;
    struct record *db = add(world, "db", "", false), *left = add(world, "left", "db", true),
                  *right = add(world, "right", "db", true), *top = add(world, "top", "db,left,right", true);
    put(world, db, STATUS_HEALTHY);
    begin(world, db, BEGUN + 500);
    assert_string_equal(facts_of(world, left).restarted_dependency, "db");
    expect_wait(world, left, "");
    expect_wait(world, top,
                "Follows a restart, and so does \"left\", which it needs; ends when that was restarted.");
    begin(world, left, BEGUN + 600);
    expect_wait(world, top,
                "Follows a restart, and so does \"right\", which it needs; ends when that was restarted.");
    decide_so(world, right, ACTION_HOLD, "policy"); /* it never will */
    expect_wait(world, top, "");
    assert_string_equal(facts_of(world, top).restarted_dependency, "left");
}

static void circles_hold_nobody(void **state)
{
    struct world *world = *state;
    struct record *egg = add(world, "egg", "hen", true), *hen = add(world, "hen", "egg", true);
    put(world, egg, STATUS_UNHEALTHY);
    put(world, hen, STATUS_UNHEALTHY);
    expect_wait(world, egg, "");
    begin(world, egg, BEGUN + 500);
    assert_null(facts_of(world, hen).restarted_dependency);
}

static void a_lost_network_holds(void **state)
{
    struct world *world = *state;
    struct record *side = add(world, "side", "", true);
    instance_of(world, side)->observed->network_owner_gone = true;
    expect_wait(
        world, side,
        "The container whose network it uses is gone, and no restart brings that back; ends when it is "
        "recreated: remove it and run it anew.");
    instance_of(world, side)->spec->compose_service = "side";
    expect_wait(
        world, side,
        "The container whose network it uses is gone, and no restart brings that back; ends when it is "
        "recreated: docker compose up -d side");
}

/* A victim's answers of the time when its dependency was down say nothing about it. */
static void who_waited_gets_the_time_to_follow(void **state)
{
    struct world *world = *state;
    struct record *db = add(world, "db", "", false), *web = add(world, "web", "db", false);
    put(world, web, STATUS_UNHEALTHY);
    instance_of(world, web)->since_wall_ms = NOW - 50000;
    instance_of(world, db)->since_wall_ms = NOW - 1000; /* back since then */
    web->has_outcome = true;
    web->passed_at_wall_ms = NOW - 60000;
    struct facts facts = facts_of(world, web);
    assert_true(facts.dependency.holds);
    assert_int_equal(facts.dependency.ends_wall_ms,
                     NOW - 1000 + 80000); /* behind its breaker: 60 s and two checks */
    /* One pass does not make it well: it has been sick all the time. */
    web->passed_at_wall_ms = NOW - 500;
    assert_true(facts_of(world, web).dependency.holds);
    /* Well beside its dependency, and sick since: that is its own. */
    instance_of(world, web)->since_wall_ms = NOW - 200;
    assert_false(facts_of(world, web).dependency.holds);
    /* It had its time. */
    web->passed_at_wall_ms = NOW - 200000;
    instance_of(world, web)->since_wall_ms = NOW - 190000;
    instance_of(world, db)->since_wall_ms = NOW - 80000;
    assert_false(facts_of(world, web).dependency.holds);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(victims_wait_and_name_the_root, setup, teardown),
        cmocka_unit_test_setup_teardown(who_fails_its_checks_is_waited_for, setup, teardown),
        cmocka_unit_test_setup_teardown(waiting_ends_after_the_giving_up, setup, teardown),
        cmocka_unit_test_setup_teardown(a_restart_is_followed_once, setup, teardown),
        cmocka_unit_test_setup_teardown(a_later_first_start_is_no_restart, setup, teardown),
        cmocka_unit_test_setup_teardown(a_diamond_waits_for_both_sides, setup, teardown),
        cmocka_unit_test_setup_teardown(circles_hold_nobody, setup, teardown),
        cmocka_unit_test_setup_teardown(a_lost_network_holds, setup, teardown),
        cmocka_unit_test_setup_teardown(who_waited_gets_the_time_to_follow, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
