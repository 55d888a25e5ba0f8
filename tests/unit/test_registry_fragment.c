/* SPDX-License-Identifier: MIT */
/* test_registry_fragment.c: a registry that keeps rendered bytes only for those who read tells the same
 * changes and the same bytes as one that keeps them all, whenever they are read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "tests/support/sample.h"

enum { CONTAINERS = 20, STEPS = 20000, MINUTE_MS = 60000 };

/* Long and short, so that every length of the last word that is looked at comes by. */
static void render(const struct service *service, struct buf *out)
{
    buf_format(out, "%s %s", service->name, status_name[service->status]);
    for (const struct instance *at = service->first; at; at = at->next)
        buf_format(out, " [%s %s]", at->observed->container, status_name[at->health.status]);
}

struct pair_of_registries {
    struct registry *full, *thrifty;
    struct ref full_ref[CONTAINERS], thrifty_ref[CONTAINERS];
    struct moment now;
};

static struct ref add(struct registry *registry, unsigned which, unsigned shape)
{
    char key[16], container[32];
    snprintf(key, sizeof key, "k%u", shape % 9);
    snprintf(container, sizeof container, "container-%u", which);
    return sample_add(registry, sample_spec(key, key), sample_observed((char)('a' + which), container))->ref;
}

static void step(struct pair_of_registries *both, unsigned number)
{
    unsigned which = number % CONTAINERS, shape = number >> 8;
    struct change gone = {.kind = CHANGE_GONE};
    switch (number >> 6 & 3) {
    case 0:
        both->full_ref[which] = add(both->full, which, shape);
        both->thrifty_ref[which] = add(both->thrifty, which, shape);
        return;
    case 1:
        gone.ref = both->full_ref[which];
        registry_apply(both->full, &gone, both->now);
        gone.ref = both->thrifty_ref[which];
        registry_apply(both->thrifty, &gone, both->now);
        return;
    default:
        sample_health(both->full, both->full_ref[which], shape & 1 ? STATUS_HEALTHY : STATUS_UNHEALTHY);
        sample_health(both->thrifty, both->thrifty_ref[which], shape & 1 ? STATUS_HEALTHY : STATUS_UNHEALTHY);
    }
}

static void compare(const struct pair_of_registries *both)
{
    assert_int_equal(registry_count(both->full), registry_count(both->thrifty));
    for (size_t i = 0; i < registry_count(both->full); i++) {
        const struct service *full = registry_at(both->full, i), *thrifty = registry_at(both->thrifty, i);
        assert_non_null(thrifty->json);
        assert_string_equal(full->json, thrifty->json);
        assert_int_equal(full->json_len, thrifty->json_len);
        assert_int_equal(full->revision, thrifty->revision);
    }
}

/* It is read now and then, also while something waits to be settled, and at times not for long. */
static void the_same_is_told(void **state)
{
    (void)state;
    struct pair_of_registries both = {registry_new(render), registry_new(render), {{0}}, {{0}}, {5, 2000000}};
    unsigned seed = 4711, lean = 0;
    registry_thrifty(both.thrifty);
    for (int i = 0; i < STEPS; i++) {
        seed = seed * 1664525u + 1013904223u;
        step(&both, seed >> 8);
        if (seed >> 28 == 3)
            registry_fragments_read(both.thrifty);
        if (seed >> 28 > 8)
            continue;
        both.now.mono_ms += seed >> 20 & 63 ? 10 : 11 * MINUTE_MS;
        assert_int_equal(registry_settle(both.full, both.now), registry_settle(both.thrifty, both.now));
        assert_int_equal(registry_revision(both.full), registry_revision(both.thrifty));
        if (registry_count(both.thrifty))
            lean += !registry_at(both.thrifty, 0)->json;
        if (seed >> 28 != 7)
            continue;
        registry_fragments_read(both.thrifty);
        compare(&both);
    }
    assert_true(registry_revision(both.full) > STEPS / 8);
    assert_in_range(lean, STEPS / 100, STEPS); /* nothing was kept often enough for this to be a test */
    registry_free(both.full);
    registry_free(both.thrifty);
}

static void kept_only_while_it_is_read(void **state)
{
    (void)state;
    struct moment now = {.mono_ms = 5, .wall_ms = 2000000};
    struct registry *registry = registry_new(render);
    registry_thrifty(registry);
    struct ref ref = add(registry, 0, 1);
    assert_true(registry_settle(registry, now));
    const struct service *service = registry_at(registry, 0);
    assert_null(service->json);

    registry_fragments_read(registry);
    assert_string_equal(service->json, "k1 unknown [container-0 unknown]");
    sample_health(registry, ref, STATUS_HEALTHY);
    assert_true(registry_settle(registry, now));
    assert_string_equal(service->json, "k1 healthy [container-0 healthy]");

    now.mono_ms += 9 * MINUTE_MS;
    sample_health(registry, ref, STATUS_DEGRADED);
    registry_fragments_read(registry);
    assert_true(registry_settle(registry, now));
    now.mono_ms += 9 * MINUTE_MS;
    sample_health(registry, ref, STATUS_HEALTHY);
    assert_true(registry_settle(registry, now));
    assert_string_equal(service->json, "k1 healthy [container-0 healthy]");

    now.mono_ms += 2 * MINUTE_MS;
    sample_health(registry, ref, STATUS_DEGRADED);
    assert_true(registry_settle(registry, now));
    assert_null(service->json);
    sample_health(registry, ref, STATUS_DEGRADED);
    assert_false(registry_settle(registry, now));
    registry_free(registry);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_is_told),
        cmocka_unit_test(kept_only_while_it_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
