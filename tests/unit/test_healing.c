/* SPDX-License-Identifier: MIT */
/* test_healing.c: backoff, budget and failure as plain memory, and that memory on disk. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

#include "controller/core/error.h"
#include "controller/healing/history.h"
#include "controller/healing/memory.h"
#include "tests/support/sample.h"

enum { MINUTE = 60 * 1000 };

static void health_forgets_in_its_own_time(void **state)
{
    (void)state;
    struct spec *spec = sample_spec("k", "web");
    spec->restart_window_ms = 20 * MINUTE;
    char key[] = "k#1";
    struct healing healing = {.key = key};
    healing_restart(&healing, "c", "unhealthy", false, 1000);
    healing_restart(&healing, "c", "unhealthy", false, 2000);
    assert_int_equal(healing.counted, 2);
    assert_int_equal(healing_observe(&healing, spec, true, 10000), 10000 + 10 * MINUTE);
    assert_int_equal(healing_observe(&healing, spec, true, 10000 + 10 * MINUTE), 10000 + 20 * MINUTE);
    assert_int_equal(healing.backoff_step, 0);
    assert_int_equal(healing.counted, 2); /* the window is longer */

    /* Sick in between: the whole window begins anew. */
    healing_observe(&healing, spec, false, 10000 + 15 * MINUTE);
    healing_observe(&healing, spec, true, 10000 + 16 * MINUTE);
    healing_observe(&healing, spec, true, 10000 + 30 * MINUTE);
    assert_int_equal(healing.counted, 2);
    assert_int_equal(healing_observe(&healing, spec, true, 10000 + 36 * MINUTE), 0);
    assert_int_equal(healing.counted, 0);
    assert_int_equal(healing.total, 2);
    spec_free(spec);
}

/* A clock set back by two days must not stop healing for two days, nor one set forward end a wait. */
static void waits_move_with_the_clock(void **state)
{
    (void)state;
    const int64_t day = 24 * 60 * MINUTE, now = 100 * day;
    struct spec *spec = sample_spec("k", "web");
    char key[] = "k#1";
    struct healing healing = {.key = key};
    healing_restart(&healing, "c", "unhealthy", false, now);
    healing_fail(&healing, now);
    int64_t backoff = healing_backoff_end(&healing, spec) - now;
    healing_clock_moved(&healing, -2 * day, now - 2 * day);
    assert_int_equal(healing_backoff_end(&healing, spec), now - 2 * day + backoff);
    assert_int_equal(healing.next_trial_at, now - 2 * day + 5 * MINUTE);
    assert_int_equal(healing.healthy_since, 0); /* never stays never */
    healing_clock_moved(&healing, 3 * day, now + day);
    assert_int_equal(healing_backoff_end(&healing, spec), now + day + backoff);
    /* Set back while quaywatch did not run: nothing has happened later than now. */
    healing_clock_moved(&healing, 0, now - 9 * day);
    assert_int_equal(healing.last_at, now - 9 * day);
    assert_int_equal(healing.next_trial_at, now - 9 * day + 60 * MINUTE);
    spec_free(spec);
}

/* A clock that was ahead when things were remembered must not hold anything for longer than it was meant to.
 */
static void times_of_the_future_are_now(void **state)
{
    (void)state;
    struct spec *spec = sample_spec("k", "web");
    char key[] = "k#1";
    const int64_t now = 5000000, ahead = now + INT64_C(400) * 24 * 60 * MINUTE;
    struct healing healing = {.key = key,
                              .counted = 5,
                              .backoff_step = 3,
                              .last_at = ahead,
                              .healthy_since = ahead,
                              .failed_since = ahead,
                              .next_trial_at = ahead,
                              .reacted_at = ahead,
                              .container_at = ahead,
                              .breaker_opened_at = ahead};
    healing_observe(&healing, spec, false, now);
    assert_in_range(healing_backoff_end(&healing, spec), now, now + 48000);
    assert_int_equal(healing.failed_since, now);
    assert_int_equal(healing.reacted_at, now); /* still the same failure, and told */
    assert_int_equal(healing.next_trial_at, now + 60 * MINUTE);
    assert_int_equal(healing.container_at, now);
    assert_int_equal(healing.breaker_opened_at, now);
    struct healing before = healing;
    healing_observe(&healing, spec, false, now + 1); /* what is past stays */
    assert_int_equal(healing.last_at, before.last_at);
    assert_int_equal(healing.failed_since, before.failed_since);
    spec_free(spec);
}

static void the_newest_container_stands(void **state)
{
    (void)state;
    char key[] = "swarm:s#1";
    struct healing healing = {.key = key};
    bool replaced;
    assert_true(healing_stands(&healing, "b", 2000, &replaced));
    assert_false(replaced);
    assert_false(healing_stands(&healing, "a", 1000, &replaced)); /* an old task that Swarm keeps */
    assert_false(replaced);
    assert_true(healing_stands(&healing, "b", 2000, &replaced));
    assert_false(replaced);
    assert_true(healing_stands(&healing, "c", 3000, &replaced));
    assert_true(replaced);
    assert_false(healing_stands(&healing, "b", 2000, &replaced));
}

static void replacements_count_until_a_healthy_window(void **state)
{
    (void)state;
    struct spec *spec = sample_spec("swarm:s", "web");
    spec->restart_max = 2;
    char key[] = "swarm:s#1";
    struct healing healing = {.key = key};
    healing_observe(&healing, spec, true, 1000);
    healing_replaced(&healing, 2000);
    assert_false(healing_budget_used(&healing, spec));
    healing_observe(&healing, spec, true, 3000);
    healing_replaced(&healing, 4000);
    assert_true(healing_budget_used(&healing, spec));
    assert_int_equal(healing.total, 2);
    assert_string_equal(healing.last_reason, "replaced");
    healing_observe(&healing, spec, true, 5000);
    healing_observe(&healing, spec, true, 5000 + spec->restart_window_ms);
    assert_false(healing_budget_used(&healing, spec));
    spec_free(spec);
}

static void what_nothing_checks_must_run_for_a_window(void **state)
{
    (void)state;
    struct spec *spec = sample_spec("k", "web");
    char key[] = "k#1";
    struct healing healing = {.key = key, .counted = 5};
    healing_fail(&healing, 1000);
    assert_int_equal(healing_observe_unchecked(&healing, spec, 2000), 2000 + spec->restart_window_ms);
    assert_int_equal(healing.failed_since, 1000); /* it runs: that says little yet */
    healing_observe(&healing, spec, false, 3000); /* ended again */
    healing_observe_unchecked(&healing, spec, 4000);
    healing_observe_unchecked(&healing, spec, 3999 + spec->restart_window_ms);
    assert_int_equal(healing.counted, 5);
    healing_observe_unchecked(&healing, spec, 4000 + spec->restart_window_ms);
    assert_int_equal(healing.counted, 0);
    assert_int_equal(healing.failed_since, 0);
    spec_free(spec);
}

static void trials_double_to_an_hour(void **state)
{
    (void)state;
    char key[] = "k#1";
    struct healing healing = {.key = key, .counted = 5};
    assert_true(healing_fail(&healing, 1000));
    assert_false(healing_fail(&healing, 2000)); /* one failure, one emergency */
    static const int minutes[] = {5, 10, 20, 40, 60, 60};
    int64_t now = 1000;
    for (size_t i = 0; i < sizeof minutes / sizeof *minutes; i++) {
        assert_int_equal(healing.next_trial_at, now + minutes[i] * MINUTE);
        now = healing.next_trial_at;
        healing_restart(&healing, "c", "unhealthy", true, now);
        assert_int_equal(healing.counted, 5); /* a trial is not counted */
    }
}

static void failure_ends(void **state)
{
    (void)state;
    struct spec *spec = sample_spec("k", "web");
    char key[] = "k#1";
    struct healing healing = {.key = key, .counted = 5};
    healing_container(&healing, "image:1", "hash1");
    healing_fail(&healing, 1000);
    healing_observe(&healing, spec, true, 2000);
    assert_int_equal(healing.failed_since, 0); /* healthy again */

    healing_fail(&healing, 3000);
    healing_container(&healing, "image:1", "hash1");
    assert_int_equal(healing.failed_since, 3000); /* the same container */
    healing_container(&healing, "image:2", "hash1");
    assert_int_equal(healing.failed_since, 0); /* a new image */
    assert_int_equal(healing.counted, 0);

    healing.counted = 5;
    healing_fail(&healing, 4000);
    healing_container(&healing, "image:2", "hash2");
    assert_int_equal(healing.failed_since, 0); /* a new configuration */

    healing.counted = 5;
    healing.backoff_step = 4;
    healing_fail(&healing, 5000);
    healing_person(&healing);
    assert_int_equal(healing.failed_since, 0);
    assert_int_equal(healing_backoff_end(&healing, spec), 0);
    spec_free(spec);
}

static void backoff_doubles_to_its_cap(void **state)
{
    (void)state;
    struct spec *spec = sample_spec("k", "web");
    char key[] = "k#1";
    struct healing healing = {.key = key};
    assert_int_equal(healing_backoff_end(&healing, spec), 0);
    int64_t nominal = 10000;
    for (int i = 0; i < 40; i++) {
        healing_restart(&healing, "c", "unhealthy", false, 0);
        int64_t wait = healing_backoff_end(&healing, spec);
        assert_true(wait >= nominal * 8 / 10 && wait <= nominal * 12 / 10);
        assert_int_equal(wait, healing_backoff_end(&healing, spec)); /* the same at each look */
        nominal = nominal * 2 > 300000 ? 300000 : nominal * 2;
    }
    spec_free(spec);
}

/* Whatever happens in whatever order: never more counted restarts between healthy windows than the budget. */
static void budget_is_never_exceeded(void **state)
{
    (void)state;
    struct spec *spec = sample_spec("k", "web");
    char key[] = "k#1";
    for (unsigned run = 1; run <= 200; run++) {
        struct healing healing = {.key = key};
        unsigned seed = run, since_window = 0;
        int64_t now = 0, healthy_from = -1;
        for (int step = 0; step < 400; step++) {
            seed = seed * 1103515245u + 12345u;
            now += (seed >> 10) % (4 * MINUTE);
            bool healthy = (seed >> 4) % 3 == 0;
            healing_observe(&healing, spec, healthy, now);
            healthy_from = !healthy ? -1 : healthy_from < 0 ? now : healthy_from;
            if (healthy_from >= 0 && now - healthy_from >= spec->restart_window_ms)
                since_window = 0;
            if (healthy || healing_backoff_end(&healing, spec) > now)
                continue;
            if (healing_budget_used(&healing, spec)) {
                healing_fail(&healing, now);
                if (healing.next_trial_at <= now)
                    healing_restart(&healing, "c", "unhealthy", true, now);
                continue;
            }
            healing_restart(&healing, "c", "unhealthy", false, now);
            assert_true(++since_window <= spec->restart_max);
        }
    }
    spec_free(spec);
}

static void count_names(void *user, const char *key, const char *name)
{
    assert_string_equal(key, "name:-:\"web\"");
    assert_string_equal(name, "web.shop");
    ++*(int *)user;
}

static void memory_survives_the_disk(void **state)
{
    (void)state;
    struct memory *memory = memory_new();
    struct healing *healing = memory_get(memory, "name:-:\"web\"", 2);
    healing_container(healing, "sha256:1", "hash");
    healing_restart(healing, "container", "unhealthy", false, 123456);
    healing->intent = INTENT_MANUAL;
    snprintf(healing->intent_container, sizeof healing->intent_container, "container");
    snprintf(healing->passed_check, sizeof healing->passed_check, "http 80 /health");
    healing->used_at = 99;
    healing->stop_intent = INTENT_OOM;
    healing->stop_exit_code = 137;
    healing->stop_at = 98;
    struct decision_shown decision = {
        .action = ACTION_HOLD, .reason = "backoff", .sentence = "It \"waits\"."};
    assert_true(history_note(&healing->history, &decision, "web-2", 97));
    memory_set_name(memory, "name:-:\"web\"", "web");
    memory_set_name(memory, "name:-:\"web\"", "web.shop");
    struct buf text, again;
    buf_init(&text, 1 << 20);
    buf_init(&again, 1 << 20);
    memory_render(memory, &text);

    struct memory *read = memory_new();
    struct error err = {0};
    assert_int_equal(memory_read(read, buf_string(&text), text.len, &err), 0);
    struct healing *other = memory_get(read, "name:-:\"web\"", 2);
    assert_string_equal(other->last_reason, "unhealthy");
    assert_int_equal(other->last_at, 123456);
    assert_int_equal(other->counted, 1);
    assert_int_equal(other->intent, INTENT_MANUAL);
    assert_string_equal(other->pending_container, "container");
    assert_int_equal(other->stop_intent, INTENT_OOM);
    assert_int_equal(other->stop_exit_code, 137);
    assert_int_equal(other->stop_at, 98);
    size_t count;
    const struct past_decision *past = history_items(other->history, &count);
    assert_int_equal(count, 1);
    assert_int_equal(past->at_wall_ms, 97);
    assert_int_equal(past->action, ACTION_HOLD);
    assert_string_equal(past->reason, "backoff");
    assert_string_equal(past->sentence, "It \"waits\".");
    assert_string_equal(past->container, "web-2");
    assert_false(history_note(&other->history, &decision, "web-2", 100)); /* no news after a restart */
    memory_render(read, &again);
    assert_string_equal(buf_string(&text), buf_string(&again));
    int names = 0;
    memory_each_name(read, count_names, &names);
    assert_int_equal(names, 1);

    memory_expire(read, 100);
    assert_int_equal(memory_get(read, "name:-:\"web\"", 2)->counted, 0);
    memory_free(memory);
    memory_free(read);
    buf_free(&text);
    buf_free(&again);
}

static void damaged_memory_is_told(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "{",
        "[]",
        "null",
        "{\"healing\":[{\"key\":1},null,7,{}],\"names\":[]}",
        "{\"healing\":{},\"names\":{\"a\":1}}",
        "{\"healing\":[{\"key\":\"k#1\",\"total\":-5,\"image\":7,\"intent\":null}]}",
        "{\"healing\":[{\"key\":\"k#1\",\"decisions\":7}]}",
        ("{\"healing\":[{\"key\":\"k#1\",\"decisions\":[null,7,{},{\"at\":-1,\"reason\":\"x\"},"
         "{\"at\":5,\"reason\":7,\"action\":{}},{\"at\":5}]}]}")};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct memory *memory = memory_new();
        struct error err = {0};
        int code = memory_read(memory, texts[i], strlen(texts[i]), &err);
        assert_true(i < 4 ? code < 0 && err.text[0] : code == 0);
        memory_free(memory);
    }
}

static void runs_that_began_anew(void **state)
{
    (void)state;
    char key[] = "k#1";
    struct healing healing = {.key = key};
    assert_false(healing_run(&healing, 100, false, false)); /* first sight is no restart */
    assert_int_equal(healing.restarted_at, 0);
    assert_true(healing_run(&healing, 200, true, false)); /* the same container anew */
    assert_int_equal(healing.restarted_at, 200);
    assert_false(healing_run(&healing, 200, false, false)); /* seen again after a restart of ours */
    assert_true(healing_run(&healing, 300, false, false));  /* began anew while we were away, or recreated */
    assert_int_equal(healing.restarted_at, 300);
    assert_false(healing_run(&healing, 400, false, true)); /* one more beside it */
    assert_false(healing_run(&healing, 250, false, true)); /* and the older one, seen later */
    assert_int_equal(healing.restarted_at, 300);
    assert_false(healing_run(&healing, 400, false, false));
    assert_true(healing_run(&healing, 50, true, false)); /* somebody set the clock back */
    assert_int_equal(healing.restarted_at, 50);
}

static void following_is_paced_but_not_counted(void **state)
{
    (void)state;
    char key[] = "k#1";
    struct healing healing = {.key = key}, before = healing;
    healing_follow(&healing, "c", "dependency-restarted", 900, 1000);
    assert_int_equal(healing.counted, 0);
    assert_int_equal(healing.total, 1);
    assert_int_equal(healing.backoff_step, 1);
    assert_int_equal(healing.last_at, 1000);
    assert_int_equal(healing.followed_at, 900);
    assert_string_equal(healing.followed_container, "c");
    assert_string_equal(healing.last_reason, "dependency-restarted");
    healing_undo(&healing, &before); /* refused: it is still to be followed */
    assert_int_equal(healing.followed_at, 0);
    assert_int_equal(healing.backoff_step, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(health_forgets_in_its_own_time),
        cmocka_unit_test(waits_move_with_the_clock),
        cmocka_unit_test(failure_ends),
        cmocka_unit_test(times_of_the_future_are_now),
        cmocka_unit_test(the_newest_container_stands),
        cmocka_unit_test(replacements_count_until_a_healthy_window),
        cmocka_unit_test(trials_double_to_an_hour),
        cmocka_unit_test(what_nothing_checks_must_run_for_a_window),
        cmocka_unit_test(backoff_doubles_to_its_cap),
        cmocka_unit_test(budget_is_never_exceeded),
        cmocka_unit_test(memory_survives_the_disk),
        cmocka_unit_test(damaged_memory_is_told),
        cmocka_unit_test(runs_that_began_anew),
        cmocka_unit_test(following_is_paced_but_not_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
