/* SPDX-License-Identifier: MIT */
/* test_decide.c: the ladder: each row that is judged holds when it should, says why, and lets go again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

#include "controller/healing/decide.h"
#include "tests/support/sample.h"

enum { NOW_MONO = 500000, NOW_WALL = 9000000 };

struct world {
    struct registry *registry;
    struct instance *instance; /* the tests write into it directly */
    struct healing healing;
    struct facts facts;
    char key[8];
};

static void render(const struct service *service, struct buf *out)
{
    buf_text(out, service->name);
}

/* A sick instance that nothing holds: decide says act. */
static int setup(void **state)
{
    struct world *world = mem_new(sizeof *world);
    world->registry = registry_new(render);
    const struct instance *made = sample_add(world->registry, sample_spec("k", "web"),
                                             sample_observed('a', "web-1"));
    registry_settle(world->registry, (struct moment){.wall_ms = 1});
    memcpy(&world->instance, &made, sizeof made);
    strcpy(world->key, "k#1");
    world->healing.key = world->key;
    world->instance->health.status = STATUS_UNHEALTHY;
    world->instance->health.check = CHECK_HTTP;
    world->instance->health.http_status = 500;
    world->instance->health.message = mem_copy("500 Internal Server Error"); /* the registry's to free */
    world->facts = (struct facts){
        .instance = world->instance,
        .healing = &world->healing,
        .checked = STATUS_UNHEALTHY,
        .now = {.mono_ms = NOW_MONO, .wall_ms = NOW_WALL},
        .engine_connected = true,
        .check_passed = true,
        .services = 20,
    };
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;
    registry_free(world->registry);
    free(world);
    return 0;
}

static void expect(const struct world *world, enum action action, const char *reason)
{
    struct decision decision;
    decide(&world->facts, &decision);
    assert_string_equal(decision.reason, reason);
    assert_int_equal(decision.action, action);
    assert_true(strlen(decision.sentence) > 5);
}

static void sick_is_restarted(void **state)
{
    struct world *world = *state;
    struct decision decision;
    decide(&world->facts, &decision);
    assert_int_equal(decision.action, ACTION_ACT);
    assert_string_equal(decision.reason, "unhealthy");
    assert_string_equal(decision.sentence, "Unhealthy (500 Internal Server Error): restarting, 1 of 5.");
}

static void well_is_left_alone(void **state)
{
    struct world *world = *state;
    static const enum status well[] = {STATUS_HEALTHY, STATUS_DEGRADED, STATUS_STARTING, STATUS_UNKNOWN};
    for (size_t i = 0; i < 4; i++) {
        world->facts.checked = well[i];
        expect(world, ACTION_NONE, status_name[well[i]]);
    }
}

/* Unhealthy until enough passes: a hold that ends between the first and the last of them restarts nobody. */
static void one_that_answers_again_is_left_alone(void **state)
{
    struct world *world = *state;
    world->instance->health.latest_passed = true;
    expect(world, ACTION_NONE, "unhealthy");
    world->instance->health.latest_passed = false;
    expect(world, ACTION_ACT, "unhealthy");
}

static void engine_down(void **state)
{
    struct world *world = *state;
    world->facts.engine_connected = false;
    expect(world, ACTION_HOLD, "engine-down");
}

static void policy(void **state)
{
    struct world *world = *state;
    world->instance->spec->restart = RESTART_NO;
    expect(world, ACTION_HOLD, "policy");
    world->instance->spec->restart = RESTART_ON_UNHEALTHY;
    world->facts.out_of_scope = "it belongs to another project";
    expect(world, ACTION_HOLD, "policy");
    world->facts.out_of_scope = NULL;
    world->facts.observe_only = "the proxy refuses restarts";
    expect(world, ACTION_HOLD, "policy");
    world->facts.observe_only = NULL;
    world->instance->spec->never_heal = "Coolify's own container";
    expect(world, ACTION_HOLD, "policy");
    world->instance->spec->orchestrated = true;
    expect(world, ACTION_HOLD, "orchestrated");
}

static void crashes_need_their_policy(void **state)
{
    struct world *world = *state;
    world->instance->observed->state = CONTAINER_EXITED;
    world->instance->observed->exit_code = 3;
    world->healing.intent = INTENT_CRASH;
    expect(world, ACTION_HOLD, "policy");
    world->instance->spec->restart = RESTART_ON_FAILURE;
    expect(world, ACTION_ACT, "crashed");
    world->healing.intent = INTENT_OOM;
    expect(world, ACTION_ACT, "oom");
    world->healing.intent = INTENT_DEPLOY;
    expect(world, ACTION_HOLD, "manual-stop");
    world->instance->observed->exit_code = 0;
    world->healing.intent = INTENT_FINISHED;
    expect(world, ACTION_HOLD, "policy");
    world->instance->spec->restart = RESTART_ALWAYS;
    expect(world, ACTION_ACT, "exited");
}

static void dry_run(void **state)
{
    struct world *world = *state;
    world->facts.dry_run = true;
    expect(world, ACTION_HOLD, "dry-run");
    world->facts.dry_run = false;
    world->instance->spec->dry_run = true;
    expect(world, ACTION_HOLD, "dry-run");
}

/* However it was stopped, and whatever the policy: nobody is revived against a person's will. */
static void manual_stop(void **state)
{
    struct world *world = *state;
    struct observed *observed = world->instance->observed;
    world->instance->spec->restart = RESTART_ALWAYS;
    static const enum container_state down[] = {CONTAINER_EXITED, CONTAINER_CREATED, CONTAINER_DEAD};
    static const enum intent willed[] = {INTENT_MANUAL, INTENT_ENGINE_SHUTDOWN, INTENT_FIRST_SEEN,
                                         INTENT_UNKNOWN, INTENT_NONE};
    static const enum status checked[] = {STATUS_STOPPED, STATUS_UNHEALTHY};
    static const int codes[] = {0, 137, 143, 1};
    for (size_t d = 0; d < 3; d++)
        for (size_t w = 0; w < 5; w++)
            for (size_t c = 0; c < 2; c++)
                for (size_t e = 0; e < 4; e++) {
                    observed->state = down[d];
                    observed->exit_code = codes[e];
                    world->healing.intent = willed[w];
                    world->facts.checked = checked[c];
                    expect(world, ACTION_HOLD, "manual-stop");
                }
    /* Still running, but a stop signal was sent: its failing checks are how it ends. */
    observed->state = CONTAINER_RUNNING;
    world->facts.checked = STATUS_UNHEALTHY;
    world->facts.stop_asked = true;
    expect(world, ACTION_HOLD, "manual-stop");
    world->facts.stop_asked = false;
    /* Docker restarts crashes of this policy itself: exited means that somebody wanted it. */
    observed->state = CONTAINER_EXITED;
    world->healing.intent = INTENT_CRASH;
    observed->engine_restart_policy = "unless-stopped";
    expect(world, ACTION_HOLD, "manual-stop");
    observed->engine_restart_policy = "no";
    expect(world, ACTION_ACT, "crashed");
}

static void coolify_stopped_application(void **state)
{
    struct world *world = *state;
    world->instance->spec->restart = RESTART_ALWAYS;
    world->instance->spec->coolify = true;
    world->instance->spec->key = "app:17:0";
    world->instance->observed->state = CONTAINER_EXITED;
    world->instance->observed->exit_code = 1;
    world->healing.intent = INTENT_CRASH;
    expect(world, ACTION_HOLD, "manual-stop");
}

static void paused_and_engine_restarting(void **state)
{
    struct world *world = *state;
    world->instance->observed->state = CONTAINER_PAUSED;
    world->facts.checked = STATUS_STOPPED;
    expect(world, ACTION_HOLD, "paused");
    world->instance->observed->state = CONTAINER_RESTARTING;
    world->facts.checked = STATUS_UNHEALTHY;
    expect(world, ACTION_HOLD, "engine-restarting");
    world->instance->observed->state = CONTAINER_RUNNING;
    world->facts.restarting = true;
    expect(world, ACTION_HOLD, "engine-restarting");
}

static void check_wrong(void **state)
{
    struct world *world = *state;
    static const struct {
        int status;
        bool holds;
    } rows[] = {{404, true}, {401, true}, {408, false}, {429, false}, {500, false}, {0, false}};
    world->facts.check_passed = false;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        world->instance->health.http_status = rows[i].status;
        expect(world, rows[i].holds ? ACTION_HOLD : ACTION_ACT, rows[i].holds ? "check-wrong" : "unhealthy");
    }
    /* An implicit check proves nothing before it has passed once. */
    world->instance->health.implicit = true;
    expect(world, ACTION_HOLD, "check-wrong");
    world->facts.check_passed = true;
    world->instance->health.http_status = 404;
    expect(world, ACTION_ACT, "unhealthy");
}

static void who_fails_as_most_do_is_told_so(void **state)
{
    struct world *world = *state;
    world->facts.checked = world->instance->health.status = STATUS_DEGRADED;
    world->facts.unreachable_many = true;
    expect(world, ACTION_NONE, "degraded"); /* for a reason of its own */
    world->facts.excused = true;
    expect(world, ACTION_HOLD, "unreachable");
    world->facts.unreachable_many = false;
    world->facts.doubted = true;
    expect(world, ACTION_HOLD, "unreachable");
    world->instance->health.latest_passed = true;
    expect(world, ACTION_NONE, "degraded");
}

static void checks_inside_are_never_the_networks_fault(void **state)
{
    struct world *world = *state;
    world->facts.unreachable_many = true;
    world->instance->observed->unreachable = "no network is shared";
    world->instance->health.check = CHECK_COMMAND;
    expect(world, ACTION_ACT, "unhealthy");
    world->instance->health.check = CHECK_FILE;
    expect(world, ACTION_ACT, "unhealthy");
    world->instance->health.check = CHECK_DOCKER; /* may be a victim of the network that is in doubt */
    expect(world, ACTION_HOLD, "unreachable");
}

static void a_command_that_never_could_run_is_wrong(void **state)
{
    struct world *world = *state;
    world->instance->health.check = CHECK_COMMAND;
    world->instance->health.http_status = 0;
    world->instance->health.error_class = ERROR_CLASS_CLIENT;
    world->facts.check_passed = false;
    expect(world, ACTION_HOLD, "check-wrong");
    world->instance->health.error_class = ERROR_CLASS_SERVER; /* it ran and failed */
    expect(world, ACTION_ACT, "unhealthy");
    world->instance->health.error_class = ERROR_CLASS_CLIENT;
    world->facts.check_passed = true;
    expect(world, ACTION_ACT, "unhealthy");
}

static void unreachable(void **state)
{
    struct world *world = *state;
    world->facts.unreachable_many = true;
    expect(world, ACTION_HOLD, "unreachable");
    world->facts.unreachable_many = false;
    world->facts.doubted = true;
    expect(world, ACTION_HOLD, "unreachable");
    world->facts.doubted = false;
    world->instance->observed->unreachable = "no network is shared";
    expect(world, ACTION_HOLD, "unreachable");
    world->instance->health.check = CHECK_DOCKER; /* Docker's verdict needs no network of ours */
    expect(world, ACTION_ACT, "unhealthy");
}

static void settling_ends_by_itself(void **state)
{
    struct world *world = *state;
    world->facts.settle_ends_mono = NOW_MONO + 4000;
    struct decision decision;
    decide(&world->facts, &decision);
    assert_string_equal(decision.reason, "settling");
    assert_int_equal(decision.next_at_wall_ms, NOW_WALL + 4000);
    world->facts.now.mono_ms += 4000;
    expect(world, ACTION_ACT, "unhealthy");
}

static void storm(void **state)
{
    struct world *world = *state;
    world->facts.in_flight = 2;
    expect(world, ACTION_HOLD, "storm");
    world->facts.in_flight = 1;
    world->facts.recent_restarts = 6;
    expect(world, ACTION_HOLD, "storm");
    world->facts.recent_restarts = 5;
    expect(world, ACTION_ACT, "unhealthy");
    world->facts.services = 4;
    world->facts.recent_restarts = 2;
    expect(world, ACTION_ACT, "unhealthy");
}

static void one_replica_at_a_time(void **state)
{
    struct world *world = *state;
    struct spec *spec = sample_spec("k", "web");
    spec->replica = 2;
    const struct instance *other = sample_add(world->registry, spec, sample_observed('b', "web-2"));
    expect(world, ACTION_ACT, "unhealthy");
    world->facts.sibling_restarting = other;
    expect(world, ACTION_HOLD, "capacity");
    world->facts.sibling_restarting = NULL;
    sample_health(world->registry, other->ref, STATUS_STARTING);
    expect(world, ACTION_HOLD, "capacity");
    sample_health(world->registry, other->ref, STATUS_UNHEALTHY);
    expect(world, ACTION_ACT, "unhealthy");
}

/* What a restart of ours left behind is taken up again, whatever the policy says of crashes. */
static void unfinished_restart_is_taken_up(void **state)
{
    struct world *world = *state;
    world->instance->observed->state = CONTAINER_EXITED;
    world->instance->observed->exit_code = 143;
    world->healing.intent = INTENT_OURS;
    expect(world, ACTION_ACT, "unfinished");
    world->instance->spec->restart = RESTART_NO;
    expect(world, ACTION_HOLD, "policy");
}

static void backoff_then_budget_then_trial(void **state)
{
    struct world *world = *state;
    int64_t now = NOW_WALL;
    for (unsigned restart = 0; restart < 5; restart++) {
        expect(world, ACTION_ACT, "unhealthy");
        healing_restart(&world->healing, "aaaa", "unhealthy", false, now);
        struct decision decision;
        decide(&world->facts, &decision);
        assert_string_equal(decision.reason, "backoff");
        int64_t wait = decision.next_at_wall_ms - now, nominal = 10000LL << restart;
        assert_true(wait >= nominal * 8 / 10 && wait <= nominal * 12 / 10);
        now = world->facts.now.wall_ms = decision.next_at_wall_ms;
    }
    expect(world, ACTION_HOLD, "budget");
    assert_true(healing_fail(&world->healing, now));
    assert_false(healing_fail(&world->healing, now));
    int64_t pause = 5 * 60 * 1000;
    for (unsigned trial = 0; trial < 6; trial++) {
        struct decision decision;
        decide(&world->facts, &decision);
        assert_string_equal(decision.reason, "budget");
        assert_int_equal(decision.next_at_wall_ms, now + pause);
        now = world->facts.now.wall_ms = decision.next_at_wall_ms;
        decide(&world->facts, &decision);
        assert_int_equal(decision.action, ACTION_ACT);
        assert_true(decide_is_trial(&world->facts));
        healing_restart(&world->healing, "aaaa", "unhealthy", true, now);
        assert_int_equal(world->healing.counted, 5); /* trials are not counted */
        pause = pause * 2 > 3600000 ? 3600000 : pause * 2;
    }
}

/* The ladder shows all rows, each once and in order; the first that holds is the decision's. */
static void ladder_agrees_with_decision(void **state)
{
    struct world *world = *state;
    unsigned seed = 3;
    for (int i = 0; i < 5000; i++) {
        seed = seed * 1103515245u + 12345u;
        unsigned bits = seed >> 8;
        world->facts.engine_connected = bits & 1;
        world->facts.dry_run = bits & 2;
        world->facts.check_passed = bits & 4;
        world->facts.unreachable_many = (bits & 24) == 24;
        world->facts.settle_ends_mono = bits & 32 ? NOW_MONO + 1 : 0;
        world->facts.in_flight = (bits >> 6) % 4;
        world->healing.counted = (bits >> 8) % 7;
        world->healing.backoff_step = (bits >> 11) % 4;
        world->healing.last_at = NOW_WALL - 15000;
        world->healing.intent = (enum intent)((bits >> 13) % INTENT_COUNT);
        world->instance->observed->state = (enum container_state)((bits >> 16) % CONTAINER_STATE_COUNT);
        world->instance->spec->restart = (enum restart_policy)((bits >> 20) % RESTART_POLICY_COUNT);
        struct ladder_row row[HOLD_COUNT];
        struct decision decision;
        decide_ladder(&world->facts, row);
        decide(&world->facts, &decision);
        const char *first = NULL;
        for (int h = 0; h < HOLD_COUNT; h++) {
            assert_int_equal(row[h].hold, h);
            assert_true(row[h].sentence[0] != '\0');
            if (!first && row[h].holds)
                first = hold_name[h];
        }
        if (!decide_trigger(&world->facts)) {
            assert_int_not_equal(decision.action, ACTION_ACT);
        } else if (first) {
            assert_int_equal(decision.action, ACTION_HOLD);
            assert_string_equal(decision.reason, first);
        } else {
            assert_int_equal(decision.action, ACTION_ACT);
        }
    }
}

/* A dependency that began anew is followed whether or not the instance itself is sick. */
static void a_dependency_restart_is_followed(void **state)
{
    struct world *world = *state;
    world->facts.checked = STATUS_HEALTHY;
    world->facts.restarted_dependency = "vpn";
    world->facts.restarted_at = 5;
    struct decision decision;
    decide(&world->facts, &decision);
    assert_int_equal(decision.action, ACTION_ACT);
    assert_string_equal(decision.sentence, "Its dependency \"vpn\" was restarted: restarting after it.");
    assert_string_equal(decision.reason, "dependency-restarted");
    /* It needs no proof of sickness, so doubt about that does not hold it back. */
    world->facts.check_passed = false;
    world->instance->health.http_status = 404;
    world->instance->observed->unreachable = "no shared network";
    world->facts.doubted = true;
    expect(world, ACTION_ACT, "dependency-restarted");
    /* It is no trial, and no budget is asked. */
    world->healing.counted = 5;
    world->healing.failed_since = NOW_WALL - 1;
    world->healing.next_trial_at = NOW_WALL + 1000;
    assert_false(decide_is_trial(&world->facts));
    expect(world, ACTION_ACT, "dependency-restarted");
    /* All else holds. */
    world->facts.dependency = (struct told){.holds = true, .sentence = "Waits for \"vpn\" (starting)."};
    expect(world, ACTION_HOLD, "dependency");
    world->facts.dependency.holds = false;
    world->facts.unreachable_many = true;
    expect(world, ACTION_HOLD, "unreachable");
    world->facts.unreachable_many = false;
    world->facts.settle_ends_mono = NOW_MONO + 1;
    expect(world, ACTION_HOLD, "settling");
    world->instance->spec->restart = RESTART_NO;
    expect(world, ACTION_HOLD, "policy");
    /* Who does not run follows nobody. */
    world->instance->observed->state = CONTAINER_EXITED;
    world->healing.intent = INTENT_MANUAL;
    expect(world, ACTION_HOLD, "manual-stop");
}

static void a_lost_network_is_held_for_good(void **state)
{
    struct world *world = *state;
    static const enum status any[] = {STATUS_UNKNOWN, STATUS_UNHEALTHY, STATUS_HEALTHY};
    world->instance->observed->network_owner_gone = true;
    world->instance->observed->unreachable = "its owner is gone";
    world->facts.dependency = (struct told){.holds = true, .sentence = "Recreate it."};
    for (size_t i = 0; i < 3; i++) {
        world->facts.checked = any[i];
        expect(world, ACTION_HOLD, "dependency");
    }
    world->instance->observed->state = CONTAINER_EXITED;
    world->instance->observed->exit_code = 1;
    world->healing.intent = INTENT_CRASH;
    world->instance->spec->restart = RESTART_ON_FAILURE;
    expect(world, ACTION_HOLD, "dependency");
}

/* coolify.deployment.max_unavailable: 3 instances, of which ours is sick. */
static void capacity_by_label(void **state)
{
    struct world *world = *state;
    struct instance *others[2];
    for (unsigned i = 0; i < 2; i++) {
        struct spec *spec = sample_spec("k", "web");
        spec->replica = i + 2;
        const struct instance *made = sample_add(world->registry, spec,
                                                 sample_observed(i ? 'c' : 'b', i ? "web-3" : "web-2"));
        memcpy(&others[i], &made, sizeof made);
    }
    registry_settle(world->registry, (struct moment){.wall_ms = 2});
    for (unsigned i = 0; i < 2; i++) {
        others[i]->health.status = STATUS_HEALTHY;
        others[i]->serving = true;
    }
    static const struct {
        struct share share;
        bool we_serve, other_serves, holds;
    } cases[] = {
        {{true, false, 0}, false, true, false}, /* serves nothing: never below full all the same */
        {{true, false, 0}, true, true, true},   {{true, false, 1}, true, true, false},
        {{true, false, 1}, true, false, true},  {{true, false, 1}, false, false, false},
        {{true, true, 33}, true, true, true}, /* a third of three, rounded down, is none */
        {{true, true, 34}, true, true, false},  {{true, true, 100}, true, false, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        world->instance->spec->max_unavailable = cases[i].share;
        world->instance->serving = cases[i].we_serve;
        others[1]->serving = cases[i].other_serves;
        struct decision decision;
        decide(&world->facts, &decision);
        if ((decision.action == ACTION_HOLD) != cases[i].holds)
            fail_msg("case %zu: %s", i, decision.sentence);
        if (cases[i].holds)
            assert_string_equal(decision.reason, "capacity");
    }
    struct ladder_row rows[HOLD_COUNT];
    world->instance->spec->max_unavailable = (struct share){true, false, 0};
    world->instance->serving = false;
    decide_ladder(&world->facts, rows);
    assert_non_null(strstr(rows[HOLD_CAPACITY].sentence, "serves nothing now"));
    /* Stopped ones are no part of what is wanted. */
    others[1]->health.status = STATUS_STOPPED;
    others[1]->serving = false;
    world->instance->serving = true;
    world->instance->spec->max_unavailable = (struct share){true, false, 1};
    expect(world, ACTION_ACT, "unhealthy");
}

/* Timed holds name their end, also where the end is not the instance's own. */
static void borrowed_ends(void **state)
{
    struct world *world = *state;
    struct decision decision;
    world->facts.recent_restarts = 6;
    world->facts.recent_ends_wall_ms = NOW_WALL + 7000;
    decide(&world->facts, &decision);
    assert_string_equal(decision.reason, "storm");
    assert_int_equal(decision.next_at_wall_ms, NOW_WALL + 7000);
    world->facts.recent_restarts = 0;
    world->facts.observe_only = "the proxy refuses";
    world->facts.observe_ends_wall_ms = NOW_WALL + 600000;
    decide(&world->facts, &decision);
    assert_string_equal(decision.reason, "policy");
    assert_int_equal(decision.next_at_wall_ms, NOW_WALL + 600000);
    assert_non_null(strstr(decision.sentence, "tried again"));
}

static void a_restart_that_did_not_work_is_said(void **state)
{
    struct world *world = *state;
    struct decision decision;
    world->healing.backoff_step = 1;
    world->healing.last_at = NOW_WALL;
    world->facts.restart_trouble = "409: conflict";
    decide(&world->facts, &decision);
    assert_string_equal(decision.reason, "backoff");
    assert_non_null(strstr(decision.sentence, "did not work (409: conflict)"));
    assert_true(decision.next_at_wall_ms > NOW_WALL);
}

static void who_was_told_to_stop_is_not_just_healthy(void **state)
{
    struct world *world = *state;
    struct decision decision;
    world->facts.checked = world->instance->health.status = STATUS_HEALTHY;
    world->instance->leaving = LEAVING_STOPPED;
    decide(&world->facts, &decision);
    assert_int_equal(decision.action, ACTION_NONE);
    assert_string_equal(decision.reason, "stopping");
    assert_non_null(strstr(decision.sentence, "no answer names it"));
    world->instance->leaving = LEAVING_NOT;
    expect(world, ACTION_NONE, "healthy");
}

static void who_was_taken_out_by_a_person_is_not_just_healthy(void **state)
{
    struct world *world = *state;
    struct decision decision;
    world->facts.checked = world->instance->health.status = STATUS_HEALTHY;
    world->instance->breaker = (struct breaker_view){.state = BREAKER_OPEN, .tripped = true};
    decide(&world->facts, &decision);
    assert_int_equal(decision.action, ACTION_NONE);
    assert_string_equal(decision.reason, "tripped");
    assert_non_null(strstr(decision.sentence, "a person opened its breaker"));
    world->instance->breaker.tripped = false; /* by its own failures: then these are what is told */
    expect(world, ACTION_NONE, "healthy");
    world->instance->breaker = (struct breaker_view){.state = BREAKER_CLOSED};
    expect(world, ACTION_NONE, "healthy");
    world->instance->breaker = (struct breaker_view){.state = BREAKER_OPEN, .tripped = true};
    world->facts.checked = world->instance->health.status = STATUS_UNHEALTHY;
    expect(world, ACTION_ACT, "unhealthy"); /* it heals none the less */
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(sick_is_restarted),
        TEST(well_is_left_alone),
        TEST(one_that_answers_again_is_left_alone),
        TEST(engine_down),
        TEST(policy),
        TEST(crashes_need_their_policy),
        TEST(dry_run),
        TEST(manual_stop),
        TEST(coolify_stopped_application),
        TEST(paused_and_engine_restarting),
        TEST(check_wrong),
        TEST(unreachable),
        TEST(who_fails_as_most_do_is_told_so),
        TEST(checks_inside_are_never_the_networks_fault),
        TEST(a_command_that_never_could_run_is_wrong),
        TEST(settling_ends_by_itself),
        TEST(storm),
        TEST(one_replica_at_a_time),
        TEST(unfinished_restart_is_taken_up),
        TEST(backoff_then_budget_then_trial),
        TEST(ladder_agrees_with_decision),
        cmocka_unit_test_setup_teardown(a_dependency_restart_is_followed, setup, teardown),
        cmocka_unit_test_setup_teardown(a_lost_network_is_held_for_good, setup, teardown),
        cmocka_unit_test_setup_teardown(capacity_by_label, setup, teardown),
        cmocka_unit_test_setup_teardown(borrowed_ends, setup, teardown),
        cmocka_unit_test_setup_teardown(a_restart_that_did_not_work_is_said, setup, teardown),
        TEST(who_was_told_to_stop_is_not_just_healthy),
        TEST(who_was_taken_out_by_a_person_is_not_just_healthy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
