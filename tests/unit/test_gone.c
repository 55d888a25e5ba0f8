/* SPDX-License-Identifier: MIT */
/* controller/gone: whose counters are forgotten, and when. */
#include "controller/gone.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "controller/controller_internal.h"
#include "tests/support/sample_registry.h"

enum { MINUTE_MS = 60 * 1000 };

static void pass(struct controller *controller, int minutes)
{
    for (int i = 0; i < minutes; i++) {
        controller->now.mono_ms += MINUTE_MS;
        sample_settle(controller->registry);
        gone_settle(controller->gone);
    }
}

static void those_gone_for_good_are_forgotten(void **state)
{
    (void)state;
    struct controller controller = {.registry = sample_registry(), .now.mono_ms = 1000};
    struct stats *stats = &controller.stats;
    static const char *const names[] = {"web", "db", "cache", "old", "other", ""};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        stats_count(&stats->probes, names[i], "pass", "");
        stats_count(&stats->probes, names[i], "refused", "NETWORK_ERROR");
        stats_count(&stats->restarts, names[i], "unhealthy", "ok");
    }
    stats_count(&stats->stops, "db", "oom", NULL);
    controller.gone = gone_new(&controller);
    assert_true(gone_due(controller.gone) == 0);
    gone_settle(controller.gone);
    assert_true(gone_due(controller.gone) == 1000 + 10 * MINUTE_MS);

    /* One goes now, so that it is missed for the first time at the first look, as "old" is. */
    struct ref cache = registry_service(controller.registry, "cache")->first->ref;
    registry_apply(controller.registry, &(struct change){.kind = CHANGE_GONE, .ref = cache}, sample_moment);
    pass(&controller, 12);
    assert_int_equal(stats->probes.count, 12);
    registry_apply(controller.registry,
                   &(struct change){.kind = CHANGE_INSTANCE,
                                    .spec = sample_spec("name:bot:cache", "cache", 6379),
                                    .observed = sample_observed("c0c0c0c0c0c0", "c", "172.20.0.7", NULL)},
                   sample_moment);
    pass(&controller, 10);
    assert_int_equal(stats->probes.count, 10);
    assert_false(stats_has(&stats->probes, "old", "pass", ""));
    assert_false(stats_has(&stats->restarts, "old", "unhealthy", "ok"));
    assert_true(stats_has(&stats->probes, "cache", "pass", "")); /* it is back */
    assert_true(stats_has(&stats->probes, "other", "pass", "")); /* what had no room of its own */
    assert_true(stats_has(&stats->stops, "db", "oom", NULL));

    pass(&controller, 30);
    assert_int_equal(stats->probes.count, 10);
    assert_true(gone_due(controller.gone) == 0); /* nothing is missing: nobody looks */

    gone_free(controller.gone);
    gone_free(NULL);
    stats_free(stats);
    registry_free(controller.registry);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(those_gone_for_good_are_forgotten)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
