/* SPDX-License-Identifier: MIT */
/* test_rhythm.c: when files are written after changes, and how it is seen that something is gone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "exporter/files/presence.h"
#include "exporter/files/rhythm.h"
#include "exporter/render/render.h"
#include "tests/support/sample_registry.h"

static void test_quiet_time(void **state)
{
    (void)state;
    struct rhythm rhythm = {.debounce_ms = 500, .max_wait_ms = 5000};
    assert_int_equal(rhythm_due(&rhythm), 0);
    rhythm_note(&rhythm, false, 10000);
    assert_int_equal(rhythm_due(&rhythm), 10500);
    rhythm_note(&rhythm, false, 10400);
    assert_int_equal(rhythm_due(&rhythm), 10900);
    for (int64_t now = 10400; now < 16000; now += 100) /* it never calms down */
        rhythm_note(&rhythm, false, now);
    assert_int_equal(rhythm_due(&rhythm), 15000);
    rhythm_take(&rhythm, 15000);
    assert_int_equal(rhythm_due(&rhythm), 0);
    rhythm_note(&rhythm, false, 20000);
    assert_int_equal(rhythm_due(&rhythm), 20500);
}

static void test_removal_is_urgent(void **state)
{
    (void)state;
    struct rhythm rhythm = {.debounce_ms = 500, .max_wait_ms = 5000};
    rhythm_note(&rhythm, false, 10000);
    rhythm_note(&rhythm, true, 10100);
    assert_true(rhythm_due(&rhythm) <= 10100);
    rhythm_take(&rhythm, 10100);
    rhythm_note(&rhythm, true, 10150); /* a storm of them keeps its distance */
    assert_int_equal(rhythm_due(&rhythm), 10100 + RHYTHM_GAP_MS);
    rhythm_take(&rhythm, 10600);
    rhythm_note(&rhythm, false, 20000); /* the next is an ordinary one again */
    assert_int_equal(rhythm_due(&rhythm), 20500);
}

/* Endpoints that come and go without end: quick at first, then at a pace that a proxy bears; calm mends it.
 */
static void test_storm_is_slowed(void **state)
{
    (void)state;
    struct rhythm rhythm = {.debounce_ms = 500, .max_wait_ms = 5000};
    int64_t now = 10000, began = now;
    unsigned in_minute = 0, later = 0;
    for (; now < began + 120000; now += 100) {
        rhythm_note(&rhythm, true, now);
        if (rhythm_due(&rhythm) > now)
            continue;
        rhythm_take(&rhythm, now);
        if (now < began + 60000)
            in_minute++;
        else
            later++;
    }
    assert_in_range(in_minute, RHYTHM_BURST, RHYTHM_BURST + 12);
    assert_in_range(later, 11, 13);
    now += 2 * RHYTHM_CALM_MS;
    rhythm.wanted = false;
    rhythm_note(&rhythm, true, now);
    assert_int_equal(rhythm_due(&rhythm), now);
    rhythm_take(&rhythm, now);
    rhythm_note(&rhythm, true, now + 1);
    assert_true(rhythm_due(&rhythm) <= now + RHYTHM_CALM_MS);
    now += (int64_t)RHYTHM_BURST * RHYTHM_CALM_MS; /* all is given back */
    rhythm.wanted = false;
    for (unsigned i = 0; i < RHYTHM_BURST; i++, now += RHYTHM_GAP_MS) {
        rhythm_note(&rhythm, true, now);
        assert_int_equal(rhythm_due(&rhythm), now);
        rhythm_take(&rhythm, now);
    }
}

static void test_retry(void **state)
{
    (void)state;
    assert_int_equal(rhythm_retry(1000, 30000, 10, 1), 1000);
    assert_int_equal(rhythm_retry(1000, 30000, 10, 2), 2000);
    assert_int_equal(rhythm_retry(1000, 30000, 10, 5), 16000);
    assert_int_equal(rhythm_retry(1000, 30000, 10, 6), 30000);
    assert_int_equal(rhythm_retry(1000, 30000, 10, 9), 30000);
    assert_int_equal(rhythm_retry(1000, 30000, 3, 3), 300000);
    assert_int_equal(rhythm_retry(1000, 600000, 3, 4000000), 600000);
}

static void test_presence(void **state)
{
    (void)state;
    struct presence *presence = presence_new();
    struct registry *registry = sample_registry();
    const struct service *db = registry_service(registry, "db"), *web = registry_service(registry, "web");
    struct ref db1 = db->first->ref, db2 = db->first->next->ref, web1 = web->first->ref;
    assert_int_equal(presence_look(presence, registry), PRESENCE_CHANGED);
    assert_int_equal(presence_look(presence, registry), PRESENCE_SAME);
    sample_status(registry, db2, STATUS_HEALTHY); /* one more */
    sample_settle(registry);
    assert_int_equal(presence_look(presence, registry), PRESENCE_CHANGED);
    sample_status(registry, db1, STATUS_UNHEALTHY); /* one less, though its service still serves */
    sample_settle(registry);
    assert_int_equal(presence_look(presence, registry), PRESENCE_LESS);
    assert_int_equal(presence_look(presence, registry), PRESENCE_SAME);
    sample_status(registry, db1, STATUS_HEALTHY);
    sample_settle(registry);
    assert_int_equal(presence_look(presence, registry), PRESENCE_CHANGED);
    registry_apply(registry, &(struct change){.kind = CHANGE_GONE, .ref = web1}, sample_moment);
    sample_settle(registry);
    assert_int_equal(presence_look(presence, registry), PRESENCE_LESS); /* a whole service */
    presence_free(presence);
    registry_free(registry);
}

/* Another address is one endpoint less. */
static void test_presence_of_an_address(void **state)
{
    (void)state;
    struct presence *presence = presence_new();
    struct registry *registry = registry_new(render_service);
    sample_head(registry, true);
    sample_add(registry, sample_spec("name:-:a", "a", 80),
               sample_observed("a1a1a1a1a1a1", "a", "10.0.0.1", NULL), STATUS_HEALTHY);
    sample_settle(registry);
    assert_int_equal(presence_look(presence, registry), PRESENCE_CHANGED);
    sample_add(registry, sample_spec("name:-:a", "a", 80),
               sample_observed("a1a1a1a1a1a1", "a", "10.0.0.2", NULL), STATUS_HEALTHY);
    sample_settle(registry);
    assert_int_equal(presence_look(presence, registry), PRESENCE_LESS);
    presence_free(presence);
    presence_free(NULL);
    registry_free(registry);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quiet_time),      cmocka_unit_test(test_removal_is_urgent),
        cmocka_unit_test(test_storm_is_slowed), cmocka_unit_test(test_retry),
        cmocka_unit_test(test_presence),        cmocka_unit_test(test_presence_of_an_address),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
