/* SPDX-License-Identifier: MIT */
/* mirror: what an exit is to put and to remove outside, and that it is the difference only. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/endpoint.h"
#include "controller/core/mirror.h"
#include "tests/support/sample_registry.h"

static enum mirror_wish render(void *user, const struct instance *instance, struct buf *name,
                               struct buf *text)
{
    const bool *keeps = user;
    struct endpoint endpoint;
    bool serves = endpoint_of(instance, &endpoint);
    buf_format(name, "%s/%s", instance->service->name, instance->observed->container);
    buf_format(text, "%s:%d", instance->observed->address, instance->spec->port);
    if (serves)
        return MIRROR_ENTRY;
    return *keeps ? MIRROR_KEEP : MIRROR_NOTHING;
}

struct bed {
    struct registry *registry;
    struct mirror *mirror;
    struct ref web, db;
    bool keeps;
};

static int setup(void **state)
{
    struct bed *bed = mem_new(sizeof *bed);
    bed->registry = sample_many(0);
    bed->web = sample_add(bed->registry, sample_spec("name:-:web", "web", 80),
                          sample_observed("aaaaaaaaaaaa", "web-1", "10.0.0.1", NULL), STATUS_HEALTHY);
    bed->db = sample_add(bed->registry, sample_spec("name:-:db", "db", 5432),
                         sample_observed("bbbbbbbbbbbb", "db-1", "10.0.0.2", NULL), STATUS_HEALTHY);
    sample_settle(bed->registry);
    bed->mirror = mirror_new(bed->registry, render, &bed->keeps);
    mirror_follow(bed->mirror);
    *state = bed;
    return 0;
}

static int teardown(void **state)
{
    struct bed *bed = *state;
    mirror_free(bed->mirror);
    registry_free(bed->registry);
    free(bed);
    return 0;
}

/* Takes all that is to be done and lets it work: "+name=text" and "-name", sorted by when they come. */
static const char *work(struct bed *bed, bool may_empty)
{
    static char text[512];
    text[0] = '\0';
    for (struct mirror_entry *entry; (entry = mirror_take(bed->mirror, may_empty));) {
        size_t used = strlen(text);
        if (entry->text)
            snprintf(text + used, sizeof text - used, "+%s=%s ", entry->name, entry->text);
        else
            snprintf(text + used, sizeof text - used, "-%s ", entry->name);
        mirror_done(bed->mirror, entry, MIRROR_WORKED);
    }
    return text;
}

static void move(struct bed *bed, struct ref ref, enum status status)
{
    sample_status(bed->registry, ref, status);
    sample_settle(bed->registry);
    mirror_follow(bed->mirror);
}

static void gone(struct bed *bed, struct ref ref)
{
    registry_apply(bed->registry, &(struct change){.kind = CHANGE_GONE, .ref = ref}, sample_moment);
    sample_settle(bed->registry);
    mirror_follow(bed->mirror);
}

static void assert_figures(const struct bed *bed, size_t entries, size_t services, size_t foreign)
{
    struct mirror_figures figures;
    mirror_figures(bed->mirror, &figures);
    assert_int_equal(figures.entries, entries);
    assert_int_equal(figures.services, services);
    assert_int_equal(figures.foreign, foreign);
}

static void only_differences(void **state)
{
    struct bed *bed = *state;
    assert_figures(bed, 0, 0, 0);
    assert_string_equal(work(bed, false), "+db/db-1=10.0.0.2:5432 +web/web-1=10.0.0.1:80 ");
    assert_figures(bed, 2, 2, 0);
    assert_string_equal(work(bed, true), "");
    move(bed, bed->web, STATUS_DEGRADED); /* changes the document, not the entry */
    assert_string_equal(work(bed, true), "");
    struct mirror_figures figures;
    mirror_figures(bed->mirror, &figures);
    assert_int_equal(figures.spared, 1);
    gone(bed, bed->db);
    assert_string_equal(work(bed, false), "-db/db-1 "); /* what this run put needs no patience */
    assert_null(mirror_find(bed->mirror, "db/db-1"));
    assert_figures(bed, 1, 1, 0);
}

static void what_an_earlier_life_left_waits(void **state)
{
    struct bed *bed = *state;
    mirror_list(bed->mirror);
    assert_non_null(mirror_say(bed->mirror, "web/web-1", MIRROR_SAME));
    assert_non_null(mirror_say(bed->mirror, "old/old-1", MIRROR_OTHER));
    assert_null(mirror_say(bed->mirror, "who/ever", MIRROR_FOREIGN)); /* nobody's business */
    assert_non_null(mirror_say(bed->mirror, "db/db-1", MIRROR_FOREIGN));
    mirror_listed(bed->mirror);
    assert_figures(bed, 1, 1, 1);
    assert_false(mirror_has_work(bed->mirror, false));
    assert_true(mirror_has_work(bed->mirror, true));
    assert_string_equal(work(bed, false), "");
    assert_string_equal(work(bed, true), "-old/old-1 ");
    assert_false(mirror_has_work(bed->mirror, true));
    mirror_say(bed->mirror, "db/db-1", MIRROR_ABSENT); /* they took theirs away */
    assert_string_equal(work(bed, true), "+db/db-1=10.0.0.2:5432 ");
    /* What a list does not tell of is not there. */
    mirror_list(bed->mirror);
    mirror_listed(bed->mirror);
    assert_figures(bed, 0, 0, 0);
    assert_string_equal(work(bed, true), "+db/db-1=10.0.0.2:5432 +web/web-1=10.0.0.1:80 ");
}

static void a_change_while_under_way(void **state)
{
    struct bed *bed = *state;
    struct mirror_entry *entry = mirror_take(bed->mirror, false);
    assert_string_equal(entry->name, "db/db-1");
    gone(bed, bed->db);
    assert_null(entry->text);
    mirror_done(bed->mirror, entry, MIRROR_WORKED);
    assert_string_equal(work(bed, false), "-db/db-1 +web/web-1=10.0.0.1:80 ");
    /* Removed while it comes back. */
    move(bed, bed->web, STATUS_UNHEALTHY);
    move(bed, bed->web, STATUS_FAILED);
    entry = mirror_take(bed->mirror, false);
    assert_non_null(entry);
    assert_string_equal(entry->name, "web/web-1");
    assert_null(entry->text);
    move(bed, bed->web, STATUS_HEALTHY);
    mirror_done(bed->mirror, entry, MIRROR_WORKED);
    assert_string_equal(work(bed, false), "+web/web-1=10.0.0.1:80 ");
}

static void an_unknown_outcome_is_done_again(void **state)
{
    struct bed *bed = *state;
    struct mirror_entry *entry = mirror_take(bed->mirror, false);
    mirror_done(bed->mirror, entry, MIRROR_UNKNOWN);
    gone(bed, bed->db); /* it may stand there: to be removed */
    assert_string_equal(work(bed, false), "-db/db-1 +web/web-1=10.0.0.1:80 ");
    entry = mirror_find(bed->mirror, "web/web-1");
    assert_ptr_equal(entry, mirror_first(bed->mirror));
    mirror_say(bed->mirror, "web/web-1", MIRROR_OTHER);
    entry = mirror_take(bed->mirror, false);
    mirror_say(bed->mirror, "web/web-1", MIRROR_ABSENT);
    mirror_done(bed->mirror, entry, MIRROR_AS_SAID);
    assert_string_equal(work(bed, false), "+web/web-1=10.0.0.1:80 ");
}

static void entries_that_are_kept(void **state)
{
    struct bed *bed = *state;
    bed->keeps = true;
    assert_string_equal(work(bed, false), "+db/db-1=10.0.0.2:5432 +web/web-1=10.0.0.1:80 ");
    move(bed, bed->web, STATUS_FAILED);
    assert_string_equal(work(bed, true), "");
    assert_figures(bed, 2, 2, 0);
    mirror_say(bed->mirror, "web/web-1", MIRROR_ABSENT); /* none is made */
    assert_string_equal(work(bed, true), "");
    assert_figures(bed, 1, 1, 0);
    move(bed, bed->web, STATUS_HEALTHY);
    assert_string_equal(work(bed, true), "+web/web-1=10.0.0.1:80 ");
}

static void the_row_turns(void **state)
{
    struct bed *bed = *state;
    assert_null(mirror_first(bed->mirror));
    work(bed, false);
    struct mirror_entry *first = mirror_first(bed->mirror);
    assert_string_equal(first->name, "db/db-1");
    mirror_to_end(bed->mirror, first);
    assert_string_equal(mirror_first(bed->mirror)->name, "web/web-1");
}

/* More names leave than the registry remembers: all is looked at anew. */
static void many_leave_at_once(void **state)
{
    (void)state;
    enum { MANY = 1500 };
    bool keeps = false;
    struct registry *registry = sample_many(0);
    struct ref *refs = mem_resize(NULL, MANY, sizeof *refs);
    for (int i = 0; i < MANY; i++) {
        char name[32], id[16];
        snprintf(name, sizeof name, "s%d", i);
        snprintf(id, sizeof id, "%012x", i);
        refs[i] = sample_add(registry, sample_spec(name, name, 80),
                             sample_observed(id, name, "10.0.0.1", NULL), STATUS_HEALTHY);
    }
    sample_settle(registry);
    struct mirror *mirror = mirror_new(registry, render, &keeps);
    mirror_follow(mirror);
    size_t put = 0, removed = 0;
    for (struct mirror_entry *entry; (entry = mirror_take(mirror, false)); put++)
        mirror_done(mirror, entry, MIRROR_WORKED);
    assert_int_equal(put, MANY);
    for (int i = 1; i < MANY; i++)
        registry_apply(registry, &(struct change){.kind = CHANGE_GONE, .ref = refs[i]}, sample_moment);
    sample_settle(registry);
    mirror_follow(mirror);
    for (struct mirror_entry *entry; (entry = mirror_take(mirror, false)); removed++)
        mirror_done(mirror, entry, MIRROR_WORKED);
    assert_int_equal(removed, MANY - 1);
    mirror_free(mirror);
    registry_free(registry);
    free(refs);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(only_differences),
        TEST(what_an_earlier_life_left_waits),
        TEST(a_change_while_under_way),
        TEST(an_unknown_outcome_is_done_again),
        TEST(entries_that_are_kept),
        TEST(the_row_turns),
        cmocka_unit_test(many_leave_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
