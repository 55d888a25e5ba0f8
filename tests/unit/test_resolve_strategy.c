/* SPDX-License-Identifier: MIT */
/* test_resolve_strategy.c: who is handed out next, by each strategy. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exporter/render/render.h"
#include "exporter/resolve.h"
#include "tests/support/sample_registry.h"

struct fixture {
    struct registry *registry;
    struct resolver *resolver;
    struct ref ref[3];
};

static int setup(void **state)
{
    struct fixture *fixture = mem_new(sizeof *fixture);
    fixture->registry = registry_new(render_service);
    fixture->resolver = resolver_new(42);
    for (unsigned i = 0; i < 3; i++) {
        static const char *const names[] = {"a", "b", "c"};
        static const unsigned weights[] = {5, 1, 1};
        char id[16];
        snprintf(id, sizeof id, "%012u", i);
        struct spec *spec = sample_spec("name:p:s", "s", 80);
        spec->weight = weights[i];
        if (i == 2)
            strings_add(&spec->arena, &spec->tags, "gold");
        fixture->ref[i] = sample_add(fixture->registry, spec, sample_observed(id, names[i], "10.0.0.1", "s"),
                                     STATUS_HEALTHY);
    }
    sample_settle(fixture->registry);
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    resolver_free(fixture->resolver);
    registry_free(fixture->registry);
    free(fixture);
    return 0;
}

/* The containers handed out by count picks, as one word; "-" for none. */
static const char *picks(struct fixture *fixture, enum strategy strategy, const char *tag, size_t count,
                         char ret[static 128])
{
    const struct service *service = registry_service(fixture->registry, "s");
    assert_true(count < 128);
    for (size_t i = 0; i < count; i++) {
        const struct instance *picked = resolver_pick(fixture->resolver, service, strategy, tag);
        ret[i] = picked ? picked->observed->container[0] : '-';
    }
    ret[count] = '\0';
    return ret;
}

static size_t count_of(const char *text, char letter)
{
    size_t count = 0;
    for (; *text; text++)
        count += *text == letter;
    return count;
}

static void set_status(struct fixture *fixture, size_t index, enum status status)
{
    sample_status(fixture->registry, fixture->ref[index], status);
    sample_settle(fixture->registry);
}

static void set_response(struct fixture *fixture, size_t index, double response_ms)
{
    const struct outcome outcome = {.kind = OUTCOME_PASS, .response_ms = response_ms};
    const struct change change = {.kind = CHANGE_SAMPLE, .ref = fixture->ref[index], .outcome = &outcome};
    registry_apply(fixture->registry, &change, sample_moment);
}

static void test_round_robin(void **state)
{
    char text[128];
    struct fixture *fixture = *state;
    assert_string_equal(picks(fixture, STRATEGY_ROUND_ROBIN, NULL, 7, text), "abcabca");
    set_status(fixture, 1, STATUS_UNHEALTHY);
    assert_string_equal(picks(fixture, STRATEGY_ROUND_ROBIN, NULL, 4, text), "caca");
    set_status(fixture, 1, STATUS_HEALTHY);
    assert_string_equal(picks(fixture, STRATEGY_ROUND_ROBIN, NULL, 3, text), "bca");
}

static void test_least_connections(void **state)
{
    char text[128];
    struct fixture *fixture = *state;
    picks(fixture, STRATEGY_LEAST_CONNECTIONS, NULL, 6, text);
    assert_int_equal(count_of(text, 'a'), 2);
    set_status(fixture, 2, STATUS_UNHEALTHY);
    picks(fixture, STRATEGY_LEAST_CONNECTIONS, NULL, 4, text); /* a and b: 4 each, c: 2 */
    set_status(fixture, 2, STATUS_HEALTHY);
    assert_string_equal(picks(fixture, STRATEGY_LEAST_CONNECTIONS, NULL, 2, text), "cc");
    const struct instance *c = registry_instance(fixture->registry, fixture->ref[2]);
    assert_int_equal(resolver_handed(fixture->resolver, c), 4);
}

static void test_newcomer_is_not_flooded(void **state)
{
    char text[128];
    struct fixture *fixture = *state;
    picks(fixture, STRATEGY_LEAST_CONNECTIONS, NULL, 30, text);
    sample_add(fixture->registry, sample_spec("name:p:s", "s", 80),
               sample_observed("dddddddddddd", "d", "10.0.0.4", "s"), STATUS_HEALTHY);
    sample_settle(fixture->registry);
    picks(fixture, STRATEGY_LEAST_CONNECTIONS, NULL, 8, text);
    assert_int_equal(count_of(text, 'd'), 2);
}

static void test_weighted(void **state)
{
    char text[128];
    struct fixture *fixture = *state;
    /* Smooth: the heavy one is not handed out five times in a row. */
    assert_string_equal(picks(fixture, STRATEGY_WEIGHTED_ROUND_ROBIN, NULL, 7, text), "aabacaa");
    picks(fixture, STRATEGY_WEIGHTED_ROUND_ROBIN, NULL, 70, text);
    assert_int_equal(count_of(text, 'a'), 50);
    assert_int_equal(count_of(text, 'b'), 10);
}

static void test_random(void **state)
{
    char text[128];
    struct fixture *fixture = *state;
    picks(fixture, STRATEGY_RANDOM, NULL, 120, text);
    for (const char *letter = "abc"; *letter; letter++)
        assert_in_range(count_of(text, *letter), 15, 80);
}

static void test_health_based(void **state)
{
    char text[128];
    struct fixture *fixture = *state;
    set_status(fixture, 0, STATUS_DEGRADED);
    picks(fixture, STRATEGY_HEALTH_BASED, NULL, 40, text);
    assert_int_equal(count_of(text, 'a'), 0);
    assert_int_equal(count_of(text, 'b'), 20);
    set_response(fixture, 1, 10);
    set_response(fixture, 2, 30);
    picks(fixture, STRATEGY_HEALTH_BASED, NULL, 40, text);
    assert_in_range(count_of(text, 'b'), 29, 31); /* three times as fast, three times as often */
    set_status(fixture, 1, STATUS_UNHEALTHY);
    set_status(fixture, 2, STATUS_UNHEALTHY);
    assert_string_equal(picks(fixture, STRATEGY_HEALTH_BASED, NULL, 3, text), "aaa");
}

static void test_health_based_counts_errors(void **state)
{
    char text[128];
    struct fixture *fixture = *state;
    set_status(fixture, 0, STATUS_UNHEALTHY); /* the heavy one is not here */
    set_response(fixture, 1, 10);
    set_response(fixture, 2, 10);
    for (unsigned i = 0; i < RESULT_RING; i++) { /* b fails every other time, both answer as fast */
        const struct outcome outcome = {.kind = i % 2 ? OUTCOME_STATUS : OUTCOME_PASS, .response_ms = 10};
        registry_apply(fixture->registry,
                       &(struct change){.kind = CHANGE_SAMPLE, .ref = fixture->ref[1], .outcome = &outcome},
                       sample_moment);
    }
    picks(fixture, STRATEGY_HEALTH_BASED, NULL, 60, text);
    assert_in_range(count_of(text, 'b'), 19, 21);
    for (unsigned i = 0; i < RESULT_RING; i++) /* what could not be made says nothing */
        registry_apply(
            fixture->registry,
            &(struct change){.kind = CHANGE_SAMPLE,
                             .ref = fixture->ref[1],
                             .outcome = &(struct outcome){.kind = OUTCOME_NOT_MADE, .response_ms = 10}},
            sample_moment);
    picks(fixture, STRATEGY_HEALTH_BASED, NULL, 60, text);
    assert_in_range(count_of(text, 'b'), 29, 31);
}

static void test_tag_and_none(void **state)
{
    char text[128];
    struct fixture *fixture = *state;
    for (int strategy = 0; strategy < STRATEGY_COUNT; strategy++) {
        assert_string_equal(picks(fixture, (enum strategy)strategy, "gold", 3, text), "ccc");
        assert_string_equal(picks(fixture, (enum strategy)strategy, "none", 1, text), "-");
    }
    for (size_t i = 0; i < 3; i++)
        set_status(fixture, i, STATUS_UNHEALTHY);
    for (int strategy = 0; strategy < STRATEGY_COUNT; strategy++)
        assert_string_equal(picks(fixture, (enum strategy)strategy, NULL, 1, text), "-");
}

static void test_names(void **state)
{
    (void)state;
    assert_int_equal(strategy_find("round_robin"), STRATEGY_ROUND_ROBIN);
    assert_int_equal(strategy_find("weighted-round-robin"), STRATEGY_WEIGHTED_ROUND_ROBIN);
    assert_int_equal(strategy_find("round"), -1);
    assert_int_equal(strategy_find("randomly"), -1);
    assert_int_equal(strategy_find(""), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_round_robin, setup, teardown),
        cmocka_unit_test_setup_teardown(test_least_connections, setup, teardown),
        cmocka_unit_test_setup_teardown(test_newcomer_is_not_flooded, setup, teardown),
        cmocka_unit_test_setup_teardown(test_weighted, setup, teardown),
        cmocka_unit_test_setup_teardown(test_random, setup, teardown),
        cmocka_unit_test_setup_teardown(test_health_based, setup, teardown),
        cmocka_unit_test_setup_teardown(test_health_based_counts_errors, setup, teardown),
        cmocka_unit_test_setup_teardown(test_tag_and_none, setup, teardown),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
