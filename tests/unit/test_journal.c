/* SPDX-License-Identifier: MIT */
/* The journal: numbered events, the oldest make room. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "controller/core/journal.h"

static void add(struct journal *journal, const char *sentence)
{
    journal_add(journal, &(struct journal_event){.at_wall_ms = 7,
                                                 .severity = SEVERITY_WARNING,
                                                 .kind = "status",
                                                 .service = "shop",
                                                 .container = "shop-1",
                                                 .sentence = sentence});
}

static void events_are_read_from_the_last_seen(void **state)
{
    (void)state;
    struct journal *journal = journal_new();
    assert_null(journal_next(journal, 0));
    add(journal, "one");
    add(journal, "two");
    assert_string_equal(journal_next(journal, 0)->sentence, "one");
    const struct journal_event *second = journal_next(journal, 1);
    assert_int_equal(second->id, 2);
    assert_string_equal(second->sentence, "two");
    assert_string_equal(second->service, "shop");
    assert_string_equal(second->container, "shop-1");
    assert_null(journal_next(journal, 2));
    assert_null(journal_next(journal, UINT64_MAX));
    journal_free(journal);
}

static void the_oldest_make_room(void **state)
{
    (void)state;
    struct journal *journal = journal_new();
    for (int i = 0; i < JOURNAL_EVENTS + 5; i++)
        add(journal, i == 5 ? "sixth" : "other");
    assert_int_equal(journal_last(journal), JOURNAL_EVENTS + 5);
    assert_int_equal(journal_next(journal, 0)->id, 6);
    assert_string_equal(journal_next(journal, 2)->sentence, "sixth");
    journal_free(journal);
}

static void an_event_may_repeat_a_kept_one(void **state)
{
    (void)state;
    struct journal *journal = journal_new();
    add(journal, "again");
    for (int i = 0; i < JOURNAL_EVENTS; i++)
        journal_add(journal, journal_next(journal, 0));
    assert_string_equal(journal_next(journal, journal_last(journal) - 1)->sentence, "again");
    journal_free(journal);
}

/* What an earlier run has told keeps its ids; those that nobody knows any more are left out. */
static void numbering_goes_on(void **state)
{
    (void)state;
    struct journal *journal = journal_new();
    struct journal_event earlier = {
        .id = 41, .at_wall_ms = 5, .kind = "status", .service = "", .container = "", .sentence = "earlier"};
    journal_restore(journal, &earlier);
    earlier.id = 44; /* a hole */
    journal_restore(journal, &earlier);
    journal_restore(journal, &earlier); /* not twice, */
    earlier.id = 43;                    /* nor backwards */
    journal_restore(journal, &earlier);
    assert_int_equal(journal_last(journal), 44);
    assert_int_equal(journal_next(journal, 0)->id, 41);
    assert_int_equal(journal_next(journal, 41)->id, 44);
    journal_skip(journal, 64);
    assert_null(journal_next(journal, 44));
    add(journal, "now");
    assert_int_equal(journal_last(journal), 109);
    assert_int_equal(journal_next(journal, 44)->id, 109);
    assert_string_equal(journal_next(journal, 60)->sentence, "now");
    earlier.id = UINT64_MAX; /* of a damaged file: there must be room for more */
    journal_restore(journal, &earlier);
    assert_int_equal(journal_last(journal), 109);
    journal_skip(journal, JOURNAL_EVENTS);
    add(journal, "much later");
    assert_string_equal(journal_next(journal, 0)->sentence, "much later");
    journal_free(journal);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_are_read_from_the_last_seen),
        cmocka_unit_test(the_oldest_make_room),
        cmocka_unit_test(numbering_goes_on),
        cmocka_unit_test(an_event_may_repeat_a_kept_one),
    };
    return cmocka_run_group_tests_name("journal", tests, NULL, NULL);
}
