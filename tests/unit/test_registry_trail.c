/* SPDX-License-Identifier: MIT */
/* test_registry_trail.c: whoever follows the document by its changes has the document: whatever comes, goes,
 * changes and takes another's name, and however seldom it looks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/limits.h"
#include "tests/support/sample.h"

enum { NAMES = 12, CONTAINERS = 24, STEPS = 20000 };

static const struct moment now = {.mono_ms = 5, .wall_ms = 2000000};

static void render(const struct service *service, struct buf *out)
{
    buf_format(out, "%s %s %s", service->name, service->key, status_name[service->status]);
    for (const struct instance *at = service->first; at; at = at->next)
        buf_format(out, " [%s %s]", at->observed->container, status_name[at->health.status]);
}

/* A document as a follower has it. */
struct follower {
    struct {
        char *name, *json;
    } item[CONTAINERS];
    size_t count;
    uint64_t revision;
};

static void forget(struct follower *follower, const char *name)
{
    for (size_t i = 0; i < follower->count; i++) {
        if (strcmp(follower->item[i].name, name) != 0)
            continue;
        free(follower->item[i].name);
        free(follower->item[i].json);
        follower->item[i] = follower->item[--follower->count];
        return;
    }
}

static void forget_name(void *user, const char *name)
{
    forget(user, name);
}

static void learn(struct follower *follower, const struct service *service)
{
    forget(follower, service->name);
    assert_true(follower->count < CONTAINERS);
    follower->item[follower->count].name = mem_copy(service->name);
    follower->item[follower->count++].json = mem_copy(service->json);
}

/* Gives how many services were told. */
static size_t follow(struct follower *follower, const struct registry *registry)
{
    size_t told = 0;
    assert_true(registry_left(registry, follower->revision, forget_name, follower));
    for (const struct service *at = registry_latest(registry); at && at->revision > follower->revision;
         at = registry_earlier(at), told++)
        learn(follower, at);
    follower->revision = registry_revision(registry);
    return told;
}

static void compare(const struct follower *follower, const struct registry *registry)
{
    assert_int_equal(follower->count, registry_count(registry));
    for (size_t i = 0; i < follower->count; i++) {
        const struct service *service = registry_service(registry, follower->item[i].name);
        assert_non_null(service);
        assert_string_equal(service->name, follower->item[i].name);
        assert_string_equal(service->json, follower->item[i].json);
    }
}

static unsigned next_random(unsigned *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 16;
}

static void step(struct registry *registry, struct ref refs[CONTAINERS], unsigned *seed)
{
    unsigned which = next_random(seed) % CONTAINERS, name = next_random(seed) % NAMES;
    char key[32], container[32], text[32];
    switch (next_random(seed) % 4) {
    case 0: /* also: the container of one service becomes another's */
        snprintf(key, sizeof key, "key:%u", next_random(seed) % NAMES);
        snprintf(text, sizeof text, "name%u", name / 2); /* several want one name */
        snprintf(container, sizeof container, "container-%u", which);
        refs[which] = sample_add(registry, sample_spec(key, text),
                                 sample_observed((char)('a' + which), container))
                          ->ref;
        return;
    case 1:
        registry_apply(registry, &(struct change){.kind = CHANGE_GONE, .ref = refs[which]}, now);
        return;
    default:
        sample_health(registry, refs[which], name % 2 ? STATUS_HEALTHY : STATUS_UNHEALTHY);
    }
}

static void followers_have_the_document(void **state)
{
    (void)state;
    enum { FOLLOWERS = 3 };
    struct registry *registry = registry_new(render);
    struct ref refs[CONTAINERS] = {0};
    struct follower followers[FOLLOWERS] = {0};
    unsigned seed = 4711;
    for (int i = 0; i < STEPS; i++) {
        step(registry, refs, &seed);
        if (next_random(&seed) % 2)
            registry_settle(registry, now);
        else
            continue;
        /* One looks always, one now and then, one seldom. */
        static const unsigned every[FOLLOWERS] = {1, 7, 90};
        for (size_t f = 0; f < FOLLOWERS; f++) {
            if (next_random(&seed) % every[f])
                continue;
            follow(&followers[f], registry);
            compare(&followers[f], registry);
        }
    }
    assert_true(registry_revision(registry) > STEPS / 8);
    for (size_t f = 0; f < FOLLOWERS; f++)
        while (followers[f].count)
            forget(&followers[f], followers[f].item[0].name);
    registry_free(registry);
}

/* Only what changed is told. */
static void nothing_else_is_told(void **state)
{
    (void)state;
    struct registry *registry = registry_new(render);
    struct follower follower = {0};
    struct ref refs[3];
    for (unsigned i = 0; i < 3; i++) {
        char name[8] = {(char)('a' + i)};
        refs[i] = sample_add(registry, sample_spec(name, name), sample_observed((char)('a' + i), name))->ref;
    }
    registry_settle(registry, now);
    assert_int_equal(follow(&follower, registry), 3);
    assert_int_equal(follow(&follower, registry), 0);
    sample_health(registry, refs[1], STATUS_HEALTHY);
    registry_settle(registry, now);
    assert_int_equal(registry_latest(registry)->revision, 2);
    assert_string_equal(registry_latest(registry)->name, "b");
    assert_int_equal(follow(&follower, registry), 1);
    while (follower.count)
        forget(&follower, follower.item[0].name);
    registry_free(registry);
}

/* Names that left are kept for so long only: then it is said that they are not known. */
static void names_are_bounded(void **state)
{
    (void)state;
    struct registry *registry = registry_new(render);
    struct follower follower = {0};
    for (int i = 0; i < LIMIT_LEFT_NAMES + 1; i++) {
        char name[16];
        snprintf(name, sizeof name, "n%d", i);
        struct ref ref = sample_add(registry, sample_spec(name, name), sample_observed('a', name))->ref;
        registry_settle(registry, now); /* 1, 3, 5, … */
        registry_apply(registry, &(struct change){.kind = CHANGE_GONE, .ref = ref}, now);
        registry_settle(registry, now); /* 2, 4, 6, … */
    }
    assert_false(registry_left(registry, 0, forget_name, &follower));
    assert_false(registry_left(registry, 1, forget_name, &follower));
    assert_true(registry_left(registry, 2, forget_name, &follower)); /* "n0", the forgotten one, left then */
    assert_true(registry_left(registry, registry_revision(registry), forget_name, &follower));
    assert_false(registry_left(registry, registry_revision(registry) + 1, forget_name, &follower));
    registry_free(registry);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(followers_have_the_document),
        cmocka_unit_test(nothing_else_is_told),
        cmocka_unit_test(names_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
