/* SPDX-License-Identifier: MIT */
/* test_generation.c: which containers are two generations of one place, and how a service with them is
 * judged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

#include "controller/core/generation.h"
#include "controller/healing/ladder.h"
#include "tests/support/sample.h"

static void render(const struct service *service, struct buf *out)
{
    buf_text(out, service->name);
}

/* One container of the service; its digit is its age as well. */
struct row {
    char digit;
    unsigned replica;
    const char *project, *service, *working_dir;
    bool application;
    enum container_state state;
    enum status status;
};

static struct registry *registry_of(const struct row *rows, size_t count)
{
    struct registry *registry = registry_new(render);
    for (size_t i = 0; i < count; i++) {
        char name[] = {'c', rows[i].digit, '\0'};
        struct spec *spec = sample_spec("k", "web");
        struct observed *observed = sample_observed(rows[i].digit, name);
        spec->replica = rows[i].replica;
        spec->compose_project = rows[i].project;
        spec->compose_service = rows[i].service;
        spec->working_dir = rows[i].working_dir;
        spec->coolify_application = rows[i].application;
        observed->state = rows[i].state;
        observed->created_at_wall_ms = 1000 * (rows[i].digit - '0');
        sample_health(registry, sample_add(registry, spec, observed)->ref, rows[i].status);
    }
    registry_settle(registry, (struct moment){.wall_ms = 1});
    return registry;
}

#define PLAIN(digit, status)                                                                                 \
    {                                                                                                        \
        digit, 0, NULL, NULL, NULL, false, CONTAINER_RUNNING, STATUS_##status                                \
    }
#define COMPOSE(digit, number, status)                                                                       \
    {                                                                                                        \
        digit, number, "shop", "web", "/srv/shop", false, CONTAINER_RUNNING, STATUS_##status                 \
    }
#define APP(digit, number, service, folder, status)                                                          \
    {                                                                                                        \
        digit, number, "u17", service, folder, true, CONTAINER_RUNNING, STATUS_##status                      \
    }

static const struct generation_case {
    const char *name;
    enum status status; /* of the service */
    int64_t since;
    size_t count;
    struct row rows[4];
} cases[] = {
    {"an old one is healthy, the new one is sick",
     STATUS_HEALTHY,
     5000,
     2,
     {COMPOSE('1', 1, HEALTHY), COMPOSE('5', 1, UNHEALTHY)}},
    {"an old one is healthy, the new one starts",
     STATUS_HEALTHY,
     5000,
     2,
     {COMPOSE('1', 1, HEALTHY), COMPOSE('5', 1, STARTING)}},
    {"the order in the list does not matter",
     STATUS_HEALTHY,
     5000,
     2,
     {COMPOSE('5', 1, HEALTHY), COMPOSE('1', 1, UNHEALTHY)}},
    {"the old one is sick, the new one starts",
     STATUS_STARTING,
     5000,
     2,
     {COMPOSE('1', 1, UNHEALTHY), COMPOSE('5', 1, STARTING)}},
    {"both are sick", STATUS_UNHEALTHY, 5000, 2, {COMPOSE('1', 1, UNHEALTHY), COMPOSE('5', 1, UNHEALTHY)}},
    {"two replicas, one sick, are no generations",
     STATUS_DEGRADED,
     0,
     2,
     {COMPOSE('1', 1, HEALTHY), COMPOSE('5', 2, UNHEALTHY)}},
    {"plain containers with one name are replicas",
     STATUS_DEGRADED,
     0,
     2,
     {PLAIN('1', HEALTHY), PLAIN('5', UNHEALTHY)}},
    {"each place for itself",
     STATUS_DEGRADED,
     5000,
     3,
     {COMPOSE('1', 1, HEALTHY), COMPOSE('5', 1, UNHEALTHY), COMPOSE('2', 2, UNHEALTHY)}},
    {"two places, both replaced",
     STATUS_HEALTHY,
     6000,
     4,
     {COMPOSE('1', 1, HEALTHY), COMPOSE('5', 1, STARTING), COMPOSE('2', 2, HEALTHY),
      COMPOSE('6', 2, UNHEALTHY)}},
    {"Coolify: compose services differ, folders differ",
     STATUS_HEALTHY,
     5000,
     2,
     {APP('1', 1, "u17-1", "/artifacts/a", HEALTHY), APP('5', 1, "u17-2", "/artifacts/b", UNHEALTHY)}},
    {"Coolify: one deployment with two replicas",
     STATUS_DEGRADED,
     0,
     2,
     {APP('1', 1, "u17-1", "/artifacts/a", HEALTHY), APP('5', 2, "u17-1", "/artifacts/a", UNHEALTHY)}},
    {"one service.id over two projects",
     STATUS_DEGRADED,
     0,
     2,
     {COMPOSE('1', 1, HEALTHY), {'5', 1, "blog", "web", NULL, false, CONTAINER_RUNNING, STATUS_UNHEALTHY}}},
    {"one service.name for two compose services",
     STATUS_DEGRADED,
     0,
     2,
     {COMPOSE('1', 1, HEALTHY), {'5', 1, "shop", "api", NULL, false, CONTAINER_RUNNING, STATUS_UNHEALTHY}}},
    {"what has ended is no generation",
     STATUS_UNHEALTHY,
     0,
     2,
     {{'1', 1, "shop", "web", NULL, false, CONTAINER_EXITED, STATUS_STOPPED}, COMPOSE('5', 1, UNHEALTHY)}},
    {"a new one that crashes is being deployed between its starts, too",
     STATUS_DEGRADED,
     5000,
     2,
     {COMPOSE('1', 1, HEALTHY),
      {'5', 1, "shop", "web", NULL, false, CONTAINER_RESTARTING, STATUS_UNHEALTHY}}},
    {"one that crashed and that nobody brings up again is none",
     STATUS_DEGRADED,
     0,
     2,
     {COMPOSE('1', 1, HEALTHY), {'5', 1, "shop", "web", NULL, false, CONTAINER_EXITED, STATUS_UNHEALTHY}}},
    {"three of one place: the oldest healthy one",
     STATUS_HEALTHY,
     7000,
     3,
     {COMPOSE('1', 1, UNHEALTHY), COMPOSE('5', 1, HEALTHY), COMPOSE('7', 1, STARTING)}},
};

static void services_with_generations(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct registry *registry = registry_of(cases[i].rows, cases[i].count);
        const struct service *service = registry_at(registry, 0);
        if (service->status != cases[i].status || generation_since(service) != cases[i].since)
            fail_msg("%s: %s since %d", cases[i].name, status_name[service->status],
                     (int)generation_since(service));
        registry_free(registry);
    }
}

/* A new generation that starts beside a healthy old one takes no capacity away; alone it would. */
static void capacity_counts_places(void **state)
{
    (void)state;
    static const struct row rows[] = {COMPOSE('1', 1, HEALTHY), COMPOSE('5', 1, STARTING),
                                      COMPOSE('2', 2, UNHEALTHY)};
    for (size_t first = 0; first < 2; first++) {
        struct registry *registry = registry_of(rows + first, 3 - first);
        const struct instance *sick = registry_at(registry, 0)->first;
        while (sick->spec->replica != 2)
            sick = sick->next;
        struct facts facts = {.instance = sick};
        struct judgement judgement = {0};
        ladder_capacity(&facts, &judgement);
        assert_int_equal(judgement.holds, first == 1);
        registry_free(registry);
    }
}

/* Of three that serve in two places, with one that may be away: the place counts, not its containers. */
static void max_unavailable_counts_places(void **state)
{
    (void)state;
    static const struct row rows[] = {COMPOSE('1', 1, HEALTHY), COMPOSE('5', 1, STARTING),
                                      COMPOSE('2', 2, HEALTHY)};
    struct registry *registry = registry_of(rows, 3);
    const struct instance *last = registry_at(registry, 0)->first;
    while (last->spec->replica != 2)
        last = last->next;
    last->spec->max_unavailable = (struct share){.set = true, .value = 1};
    struct facts facts = {.instance = last};
    struct judgement judgement = {0};
    ladder_capacity(&facts, &judgement);
    assert_false(judgement.holds);
    last->spec->max_unavailable.value = 0;
    ladder_capacity(&facts, &judgement);
    assert_true(judgement.holds);
    registry_free(registry);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(services_with_generations),
        cmocka_unit_test(capacity_counts_places),
        cmocka_unit_test(max_unavailable_counts_places),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
