/* SPDX-License-Identifier: MIT */
/* test_external_report.c: what the owner of a service outside Docker says: how long it holds, what it makes
 * of the service's health, when the service is given up, and that it survives on disk. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/error.h"
#include "controller/core/json_writer.h"
#include "controller/external_internal.h"
#include "exporter/context.h"

struct fixture {
    struct controller *controller;
    struct externals externals;
    struct external external;
};

static struct registration *parsed(const char *json)
{
    struct registration *registration = NULL;
    struct error err = {0};
    if (registration_parse(json, strlen(json), &registration, &err))
        fail_msg("%s: %s", json, err.text);
    return registration;
}

#define BODY                                                                                                 \
    "{\"name\":\"job\",\"host\":\"10.0.0.1\",\"port\":80,\"removeAfter\":\"2m\",\"checks\":["                \
    "{\"id\":\"a\",\"name\":\"A\",\"ttl\":\"10s\"},{\"id\":\"b\",\"status\":\"healthy\"},"                   \
    "{\"id\":\"p\",\"probe\":true}]}"

static int setup(void **state)
{
    struct fixture *fixture = mem_new(sizeof *fixture);
    fixture->controller = mem_new(sizeof *fixture->controller);
    fixture->controller->now = (struct moment){.mono_ms = 1000, .wall_ms = 1000000};
    fixture->externals.controller = fixture->controller;
    fixture->external.externals = &fixture->externals;
    fixture->external.registration = parsed(BODY);
    memcpy(fixture->external.address, "10.0.0.1", 9);
    external_reports_match(&fixture->external, NULL);
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    due_heap_free(&fixture->externals.due);
    registration_free(fixture->external.registration);
    free(fixture->external.suspended);
    free(fixture->controller);
    free(fixture);
    return 0;
}

static void report(struct fixture *fixture, const char *check, enum status status, const char *note)
{
    struct error err = {0};
    if (external_report_take(&fixture->external,
                             &(struct report){.check = check, .status = status, .note = note}, &err))
        fail_msg("%s", err.text);
}

/* The status that comes of it where a check found this one; the sentence must hold a part. */
static enum status assessed(const struct fixture *fixture, enum status found, const char *part)
{
    struct health_view view = {.status = found, .latest_passed = found == STATUS_HEALTHY};
    external_assess(&fixture->external, &view);
    if (!strstr(view.message, part))
        fail_msg("\"%s\" is not in \"%s\"", part, view.message);
    assert_int_equal(view.check_count, 2);
    assert_string_equal(view.check_items[0].name, "a");
    bool serves = view.status == STATUS_HEALTHY || view.status == STATUS_DEGRADED;
    if (!serves)
        assert_false(view.latest_passed);
    free(view.check_items);
    return view.status;
}

static void the_worst_counts(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(assessed(fixture, STATUS_UNKNOWN, "A: Not reported yet"), STATUS_STARTING);
    report(fixture, "a", STATUS_HEALTHY, "fine");
    assert_int_equal(assessed(fixture, STATUS_UNKNOWN, "A: fine"), STATUS_HEALTHY);
    assert_int_equal(assessed(fixture, STATUS_HEALTHY, ""), STATUS_HEALTHY);
    assert_int_equal(assessed(fixture, STATUS_UNHEALTHY, ""), STATUS_UNHEALTHY);
    report(fixture, "b", STATUS_DEGRADED, "busy\nand more");
    assert_int_equal(assessed(fixture, STATUS_HEALTHY, "b: busy and more"), STATUS_DEGRADED);
    report(fixture, "a", STATUS_UNHEALTHY, "broken");
    assert_int_equal(assessed(fixture, STATUS_HEALTHY, "A: broken"), STATUS_UNHEALTHY);
    report(fixture, "a", STATUS_HEALTHY, NULL);
    report(fixture, "b", STATUS_HEALTHY, NULL);
    report(fixture, NULL, STATUS_DEGRADED, "all of it");
    assert_int_equal(assessed(fixture, STATUS_HEALTHY, "Its owner says: all of it"), STATUS_DEGRADED);
    fixture->external.suspended = mem_copy("repairs");
    assert_int_equal(assessed(fixture, STATUS_HEALTHY, "Taken out by its owner: repairs"), STATUS_STOPPED);
}

/* A note that moves with every report is shown to those who ask, and changes nothing. */
static void notes_that_move_are_no_change(void **state)
{
    struct fixture *fixture = *state;
    struct report_view view[REPORTS_MAX];
    report(fixture, "a", STATUS_HEALTHY, "1 job");
    fixture->externals.dirty = fixture->controller->dirty = false;
    report(fixture, "a", STATUS_HEALTHY, "2 jobs, see http://u:p@log/?key=1");
    assert_false(fixture->externals.dirty || fixture->controller->dirty);
    assert_int_equal(assessed(fixture, STATUS_UNKNOWN, "A: 1 job"), STATUS_HEALTHY);
    assert_int_equal(external_reports_view(&fixture->external, view), 3);
    assert_string_equal(view[0].output, "2 jobs, see http://log/");
    assert_true(view[2].probed);
}

static void silence_is_unhealthy_and_then_the_end(void **state)
{
    struct fixture *fixture = *state;
    struct external *external = &fixture->external;
    report(fixture, "a", STATUS_HEALTHY, "fine");
    external_judged(external, STATUS_HEALTHY);
    assert_int_equal(external_reports_due(external), 11000);
    fixture->controller->now.mono_ms = 10999;
    assert_false(external_reports_tick(external));
    assert_int_equal(assessed(fixture, STATUS_UNKNOWN, "fine"), STATUS_HEALTHY);
    fixture->controller->now.mono_ms = 11000;
    assert_false(external_reports_tick(external));
    assert_int_equal(assessed(fixture, STATUS_UNKNOWN, "no report within 10s"), STATUS_UNHEALTHY);
    external_judged(external, STATUS_UNHEALTHY);
    assert_int_equal(external_reports_due(external), 11000 + 120000);

    /* Health ends the time that is counted. */
    fixture->controller->now.mono_ms = 100000;
    report(fixture, "a", STATUS_HEALTHY, "fine");
    external_judged(external, STATUS_HEALTHY);
    assert_int_equal(external_reports_due(external), 110000);
    fixture->controller->now.mono_ms = 110000;
    assert_false(external_reports_tick(external));
    external_judged(external, STATUS_FAILED);
    fixture->controller->now.mono_ms = 110000 + 119999;
    assert_false(external_reports_tick(external));
    fixture->controller->now.mono_ms = 110000 + 120000;
    assert_true(external_reports_tick(external));
}

static void what_nobody_reports_is_refused(void **state)
{
    struct fixture *fixture = *state;
    struct error err = {0};
    assert_int_equal(external_report_take(&fixture->external,
                                          &(struct report){.check = "p", .status = STATUS_HEALTHY}, &err),
                     -EINVAL);
    assert_int_equal(external_report_take(&fixture->external,
                                          &(struct report){.check = "c", .status = STATUS_HEALTHY}, &err),
                     -ENOENT);
}

static void a_new_registration_keeps_what_was_said(void **state)
{
    struct fixture *fixture = *state;
    struct registration *before = fixture->external.registration;
    report(fixture, "b", STATUS_DEGRADED, "busy");
    report(fixture, NULL, STATUS_UNHEALTHY, "going down");
    fixture->external.registration = parsed("{\"name\":\"job\",\"host\":\"10.0.0.1\",\"port\":80,\"checks\":["
                                            "{\"id\":\"n\",\"ttl\":5},{\"id\":\"b\"}]}");
    external_reports_match(&fixture->external, before);
    registration_free(before);
    assert_int_equal(fixture->external.report[0].status, STATUS_STARTING);
    assert_int_equal(fixture->external.report[1].status, STATUS_DEGRADED);
    assert_string_equal(fixture->external.report[1].note, "busy");
    assert_int_equal(fixture->external.whole.status, STATUS_HEALTHY); /* it says that it is there */
}

static void it_survives_on_disk(void **state)
{
    struct fixture *fixture = *state;
    struct json_writer writer;
    struct buf out;
    report(fixture, "a", STATUS_UNHEALTHY, "broken");
    report(fixture, NULL, STATUS_DEGRADED, "so so");
    fixture->external.suspended = mem_copy("repairs");
    buf_init(&out, 1 << 16);
    json_start(&writer, &out);
    json_begin_object(&writer);
    external_reports_render(&fixture->external, &writer);
    json_end_object(&writer);
    struct external *external = &fixture->external;
    external_reports_match(external, NULL);
    free(external->suspended);
    external->suspended = NULL;
    json_object *entry = json_tokener_parse(buf_string(&out));
    external_reports_load(external, entry);
    json_object_put(entry);
    buf_free(&out);
    assert_int_equal(external->report[0].status, STATUS_UNHEALTHY);
    assert_string_equal(external->report[0].note, "broken");
    assert_int_equal(external->report[1].status, STATUS_HEALTHY);
    assert_int_equal(external->whole.status, STATUS_DEGRADED);
    assert_string_equal(external->suspended, "repairs");
    /* And nothing of it is trusted in form. */
    static const char *const odd[] = {
        "{}", "{\"reports\":{}}", "{\"reports\":[1,{\"id\":2},{\"id\":\"zz\"}]}",
        "{\"reports\":[{\"id\":\"a\",\"status\":\"fine\",\"note\":3}],\"suspended\":4}"};
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        entry = json_tokener_parse(odd[i]);
        external_reports_load(external, entry);
        json_object_put(entry);
    }
    assert_int_equal(external->report[0].status, STATUS_UNHEALTHY);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_worst_counts),
        TEST(notes_that_move_are_no_change),
        TEST(silence_is_unhealthy_and_then_the_end),
        TEST(what_nobody_reports_is_refused),
        TEST(a_new_registration_keeps_what_was_said),
        TEST(it_survives_on_disk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
