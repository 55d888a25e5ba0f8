/* SPDX-License-Identifier: MIT */
/* test_trouble_properties.c: what holds whatever happens: random histories of services that depend on each
 * other, with deployments, restarts of ours and quiet hours. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/mem.h"
#include "tests/support/alert_recorder.h"

enum { SERVICES = 12, STEPS = 250, HISTORIES = 60, STEP_SECONDS_MAX = 120 };

static uint64_t next(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

struct life {
    struct recorder recorder;
    uint64_t dice;
    enum severity sick[SERVICES];
    bool undecided[SERVICES];
};

static const char *name_of(size_t i)
{
    static const char *const names[SERVICES] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"};
    return names[i];
}

/* Service i needs service i / 3: the first one that is gravely sick on the way is the cause. */
static const char *cause_of(const struct life *life, size_t i)
{
    const char *cause = NULL;
    while (i) {
        i /= 3;
        if (life->sick[i] < SEVERITY_CRITICAL)
            break;
        cause = name_of(i);
    }
    return cause;
}

static void show(struct life *life)
{
    struct recorder *r = &life->recorder;
    for (size_t i = 0; i < SERVICES; i++) {
        if (life->undecided[i])
            troubles_undecided(r->troubles, name_of(i), r->now);
        else if (life->sick[i])
            recorder_sick(r, name_of(i), life->sick[i], cause_of(life, i));
        else
            recorder_well(r, name_of(i));
    }
}

static void step(struct life *life)
{
    size_t i = next(&life->dice) % SERVICES;
    switch (next(&life->dice) % 12) {
    case 0:
    case 1:
    case 2:
        life->sick[i] = (enum severity)(next(&life->dice) % SEVERITY_COUNT);
        life->undecided[i] = false;
        break;
    case 3:
    case 4:
    case 5:
        life->sick[i] = SEVERITY_INFO;
        life->undecided[i] = false;
        break;
    case 6:
        life->undecided[i] = true;
        break;
    case 7:
        troubles_hold(life->recorder.troubles, name_of(i), "deployment", life->recorder.now);
        break;
    case 8:
    case 9:
        troubles_hold(life->recorder.troubles, name_of(i), NULL, life->recorder.now);
        break;
    case 10:
        if (next(&life->dice) % 4 == 0)
            recorder_restart(&life->recorder, (int64_t)(next(&life->dice) % 300));
        break;
    case 11: /* all of them */
        for (size_t k = 0; next(&life->dice) % 8 == 0 && k < SERVICES; k++)
            life->sick[k] = SEVERITY_CRITICAL;
        break;
    }
    show(life);
    recorder_wait(&life->recorder, (int64_t)(next(&life->dice) % STEP_SECONDS_MAX));
}

/* Between two firing messages of one trouble at the same severity lies its end, or that it was less grave for
 * a while: never two within the time that this takes. */
static void check_no_repetition(const struct recorder *r)
{
    for (size_t i = 0; i < r->count; i++) {
        const struct recorded_message *message = &r->message[i];
        bool open = message->state == ALERT_FIRING;
        for (size_t k = i + 1; open && k < r->count; k++) {
            const struct recorded_message *later = &r->message[k];
            if (strcmp(message->id, later->id) != 0)
                continue;
            if (later->state == ALERT_FIRING && later->severity <= message->severity)
                assert_true(later->at_wall_ms - message->at_wall_ms >= r->settings.resolve_delay_ms);
            if (later->state != ALERT_REMINDER)
                open = false;
        }
        if (message->state == ALERT_REMINDER)
            assert_true(recorder_count(r, ALERT_FIRING, message->id) >= 1);
    }
}

/* Everything that was told got exactly one end, after all of it. */
static void check_ends(const struct recorder *r)
{
    for (size_t i = 0; i < r->count; i++) {
        const char *id = r->message[i].id;
        assert_int_equal(recorder_count(r, ALERT_RESOLVED, id), 1);
        if (r->message[i].state == ALERT_RESOLVED)
            for (size_t k = i + 1; k < r->count; k++)
                assert_string_not_equal(r->message[k].id, id);
    }
}

static void live(uint64_t seed, const char *quiet)
{
    struct life life = {.dice = seed * UINT64_C(2654435761) + 1};
    recorder_open(&life.recorder, INT64_C(1800000000000));
    life.recorder.settings.channels = 1;
    assert_int_equal(quiet_parse(quiet, &life.recorder.quiet), 0);
    recorder_configure(&life.recorder);
    int64_t began = life.recorder.now.wall_ms;
    for (unsigned i = 0; i < STEPS; i++)
        step(&life);
    int64_t hours = (life.recorder.now.wall_ms - began) / 3600000 + 1;
    /* Each of them: at most FLAP_TIMES an hour, each with two growths, an end, and a reminder. */
    assert_true(life.recorder.count <= (size_t)hours * SERVICES * 3 * 4);
    for (size_t i = 0; i < SERVICES; i++) {
        life.sick[i] = SEVERITY_INFO;
        life.undecided[i] = false;
        troubles_hold(life.recorder.troubles, name_of(i), NULL, life.recorder.now);
    }
    show(&life);
    recorder_wait(&life.recorder, 25 * 3600);
    check_no_repetition(&life.recorder);
    check_ends(&life.recorder);
    assert_int_equal(troubles_due(life.recorder.troubles), 0);
    recorder_close(&life.recorder);
}

static void test_random_histories(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= HISTORIES; seed++)
        live(seed, "");
}

static void test_random_histories_with_quiet_hours(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= HISTORIES; seed++)
        live(seed + 1000, "00:00-02:00,05:00-06:30,11:00-13:00,22:00-23:00");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_histories),
        cmocka_unit_test(test_random_histories_with_quiet_hours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
