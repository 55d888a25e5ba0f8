/* SPDX-License-Identifier: MIT */
/* Tests controller/watch/join: on which networks quaywatch is needed, and when it goes again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/limits.h"
#include "controller/watch/join.h"

enum { ALL = 8 };

struct bench {
    struct join *join;
    int64_t now;
    bool leave;
    char told[256]; /* ids of containers that join_self_set called back with, each with a blank */
};

static int set_up(void **state)
{
    struct bench *bench = mem_new(sizeof *bench);
    *bench = (struct bench){.join = join_new(), .now = 1000, .leave = true};
    join_enable(bench->join, true);
    *state = bench;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *bench = *state;
    join_free(bench->join);
    free(bench);
    return 0;
}

/* Networks by name, separated by blanks; "+net" is one that quaywatch has put itself on. */
static size_t networks(struct arena *arena, const char *names, struct container_network *ret)
{
    size_t count = 0;
    for (const char *at = names; *at; count++) {
        size_t len = strcspn(at, " ");
        bool ours = *at == '+';
        char *name = arena_copy_n(arena, at + ours, len - ours);
        ret[count] = (struct container_network){.id = arena_format(arena, "id-%s", name), .name = name};
        if (ours)
            strings_add(arena, &ret[count].aliases, JOIN_ALIAS);
        at += len + strspn(at + len, " ");
    }
    return count;
}

static void member(struct bench *bench, const char *id, const char *names, bool wants)
{
    struct arena arena = {0};
    struct container_network list[ALL];
    struct join_member member = {.id = id, .running = true, .wants = wants, .networks = list};
    member.network_count = networks(&arena, names, list);
    join_member_set(bench->join, &member);
    arena_free(&arena);
}

static void on_changed(void *user, const char *id)
{
    struct bench *bench = user;
    size_t used = strlen(bench->told);
    snprintf(bench->told + used, sizeof bench->told - used, "%s ", id);
}

static bool self(struct bench *bench, const char *names)
{
    struct arena arena = {0};
    struct container_network list[ALL];
    bench->told[0] = '\0';
    size_t count = networks(&arena, names, list);
    bool changed = join_self_set(bench->join, list, count, on_changed, bench);
    arena_free(&arena);
    return changed;
}

static void assert_step(struct bench *bench, enum join_action action, const char *name)
{
    struct join_step step;
    assert_true(join_next(bench->join, bench->now, bench->leave, &step));
    assert_int_equal(step.action, action);
    assert_string_equal(step.name, name);
}

static void assert_nothing(struct bench *bench)
{
    struct join_step step;
    assert_false(join_next(bench->join, bench->now, bench->leave, &step));
}

static void looked(struct bench *bench, const char *name, const char *driver)
{
    char id[64];
    snprintf(id, sizeof id, "id-%s", name);
    struct network_facts facts = {.id = id, .name = name, .driver = driver};
    join_looked(bench->join, id, &facts, JOIN_WORKED, bench->now);
}

static void done(struct bench *bench, enum join_action action, const char *name, enum join_end end)
{
    char id[64];
    snprintf(id, sizeof id, "id-%s", name);
    join_done(bench->join, id, action, end, bench->now);
}

/* Looks at it, and enters it. */
static void enter(struct bench *bench, const char *name)
{
    assert_step(bench, JOIN_LOOK, name);
    looked(bench, name, "bridge");
    assert_step(bench, JOIN_ENTER, name);
    done(bench, JOIN_ENTER, name, JOIN_WORKED);
}

static void enters_what_it_must_and_leaves_it(void **state)
{
    struct bench *bench = *state;
    assert_true(self(bench, "home"));
    assert_nothing(bench);
    member(bench, "a", "neta", true);
    member(bench, "b", "netb", false);
    enter(bench, "neta");
    assert_nothing(bench);
    assert_int_equal(join_count(bench->join), 1);
    assert_true(self(bench, "home +neta"));
    assert_string_equal(bench->told, "a ");
    assert_false(self(bench, "home +neta"));
    assert_string_equal(bench->told, "");
    assert_nothing(bench);
    join_member_down(bench->join, "a");
    assert_step(bench, JOIN_LEAVE, "neta");
    assert_nothing(bench); /* once is enough */
    done(bench, JOIN_LEAVE, "neta", JOIN_WORKED);
    assert_nothing(bench);
    assert_int_equal(join_count(bench->join), 0);
    assert_int_equal(join_busy(bench->join), 0);
}

static void the_last_one_counts(void **state)
{
    struct bench *bench = *state;
    self(bench, "home");
    member(bench, "a", "net", true);
    member(bench, "b", "net", true);
    member(bench, "proxy", "net", false);
    enter(bench, "net");
    join_member_gone(bench->join, "a");
    assert_nothing(bench);
    join_member_left(bench->join, "b", "other");
    assert_nothing(bench);
    join_member_left(bench->join, "b", "net");
    assert_step(bench, JOIN_LEAVE, "net");
}

static void one_network_is_enough(void **state)
{
    struct bench *bench = *state;
    self(bench, "home shared");
    member(bench, "a", "neta shared", true); /* reached without our doing */
    assert_nothing(bench);
    member(bench, "b", "netb netc", true);
    enter(bench, "netb");
    member(bench, "c", "netc netb", true); /* where we are already */
    assert_nothing(bench);
    struct container_network list[] = {{.id = "id-netb", .name = "netb"}, {.id = "id-netd", .name = "netd"}};
    join_member_set(bench->join, &(struct join_member){.id = "d",
                                                       .preferred = "netd",
                                                       .running = true,
                                                       .wants = true,
                                                       .networks = list,
                                                       .network_count = 2});
    enter(bench, "netd"); /* a label says so */
    self(bench, "home shared +netb +netd");
    /* Somebody takes us off the shared one. */
    assert_true(self(bench, "home +netb +netd"));
    assert_string_equal(bench->told, "a ");
    enter(bench, "neta");
}

static void what_others_did_stays(void **state)
{
    struct bench *bench = *state;
    self(bench, "home net +old");
    member(bench, "a", "net", true);
    bench->leave = false; /* not all containers are known yet */
    assert_nothing(bench);
    bench->leave = true;
    assert_step(bench, JOIN_LEAVE, "old"); /* of an earlier life */
    done(bench, JOIN_LEAVE, "old", JOIN_GONE);
    join_member_gone(bench->join, "a");
    assert_nothing(bench);
}

static void an_earlier_lifes_network_is_kept_while_needed(void **state)
{
    struct bench *bench = *state;
    bench->leave = false;
    self(bench, "home +net");
    assert_nothing(bench);
    member(bench, "a", "net", true);
    bench->leave = true;
    assert_nothing(bench);
    join_member_gone(bench->join, "a");
    assert_step(bench, JOIN_LEAVE, "net");
}

static void stopping_is_as_good_as_stopped(void **state)
{
    struct bench *bench = *state;
    self(bench, "home");
    member(bench, "a", "net", true);
    enter(bench, "net");
    join_member_stopping(bench->join, "a", bench->now + 30000);
    assert_step(bench, JOIN_LEAVE, "net");
    done(bench, JOIN_LEAVE, "net", JOIN_WORKED);
    member(bench, "a", "net", true); /* it still runs, */
    assert_nothing(bench);
    assert_int_equal(join_due(bench->join), 31000);
    bench->now = 31000;
    assert_step(bench, JOIN_ENTER, "net"); /* and does not think of stopping */
    done(bench, JOIN_ENTER, "net", JOIN_WORKED);
    assert_nothing(bench);
    assert_int_equal(join_due(bench->join), 0);
}

static void a_crashing_container_does_not_drag_us_along(void **state)
{
    struct bench *bench = *state;
    self(bench, "home");
    member(bench, "a", "net", true);
    enter(bench, "net");
    join_member_down(bench->join, "a");
    assert_step(bench, JOIN_LEAVE, "net");
    done(bench, JOIN_LEAVE, "net", JOIN_WORKED);
    member(bench, "a", "net", true);
    assert_nothing(bench);
    assert_int_equal(join_due(bench->join), 3000);
    bench->now = 3000;
    assert_step(bench, JOIN_ENTER, "net");
}

static void a_refused_leave_is_tried_again(void **state)
{
    struct bench *bench = *state;
    self(bench, "home +net");
    assert_step(bench, JOIN_LEAVE, "net");
    int64_t waited = 0;
    for (int i = 0; i < 12; i++) {
        done(bench, JOIN_LEAVE, "net", i % 2 ? JOIN_FAILED : JOIN_REFUSED);
        assert_nothing(bench);
        int64_t due = join_due(bench->join);
        assert_true(due > bench->now && due - bench->now <= 5000 && due - bench->now >= waited);
        waited = due - bench->now;
        bench->now = due;
        assert_step(bench, JOIN_LEAVE, "net");
    }
    assert_int_equal(waited, 5000);
    self(bench, "home"); /* and it was not for nothing: */
    done(bench, JOIN_LEAVE, "net", JOIN_FAILED);
    bench->now += 10000;
    assert_nothing(bench);
}

static void refused_and_unfit_networks_are_passed_over(void **state)
{
    struct bench *bench = *state;
    self(bench, "home");
    member(bench, "a", "bridge lan locked", true); /* the default bridge never */
    assert_step(bench, JOIN_LOOK, "lan");
    looked(bench, "lan", "macvlan");
    assert_step(bench, JOIN_LOOK, "locked");
    looked(bench, "locked", "bridge");
    assert_step(bench, JOIN_ENTER, "locked");
    done(bench, JOIN_ENTER, "locked", JOIN_REFUSED);
    assert_nothing(bench);
    bench->now = join_due(bench->join);
    assert_int_equal(bench->now, 1000 + 5 * 60 * 1000);
    assert_step(bench, JOIN_ENTER, "locked");
    done(bench, JOIN_ENTER, "locked", JOIN_GONE);
    join_retry(bench->join); /* another engine: nothing of that need be true */
    assert_step(bench, JOIN_LOOK, "lan");
    join_looked(bench->join, "id-lan", NULL, JOIN_FAILED, bench->now);
    assert_nothing(bench);
    bench->now += 1000;
    assert_step(bench, JOIN_LOOK, "lan");
}

static void swarm_networks_only_where_meant(void **state)
{
    struct bench *bench = *state;
    self(bench, "home");
    member(bench, "a", "closed open", true);
    assert_step(bench, JOIN_LOOK, "closed");
    struct network_facts facts = {.id = "", .name = "", .driver = "overlay", .swarm = true};
    join_looked(bench->join, "id-closed", &facts, JOIN_WORKED, bench->now);
    assert_step(bench, JOIN_LOOK, "open");
    facts.attachable = true;
    join_looked(bench->join, "id-open", &facts, JOIN_WORKED, bench->now);
    assert_step(bench, JOIN_ENTER, "open");
}

static void the_owners_network_counts(void **state)
{
    struct bench *bench = *state;
    struct container_network list[] = {{.id = "id-vpn", .name = "vpn"}};
    self(bench, "home");
    join_member_set(bench->join, &(struct join_member){.id = "a",
                                                       .owner = "gate",
                                                       .running = true,
                                                       .wants = true,
                                                       .networks = list,
                                                       .network_count = 1});
    enter(bench, "vpn");
    join_member_left(bench->join, "gate", "vpn");
    assert_step(bench, JOIN_LEAVE, "vpn");
}

static void a_stop_in_the_middle_of_joining(void **state)
{
    struct bench *bench = *state;
    self(bench, "home");
    member(bench, "a", "net", true);
    assert_step(bench, JOIN_LOOK, "net");
    looked(bench, "net", "bridge");
    assert_step(bench, JOIN_ENTER, "net");
    join_member_gone(bench->join, "a");
    assert_nothing(bench);
    done(bench, JOIN_ENTER, "net", JOIN_WORKED);
    assert_step(bench, JOIN_LEAVE, "net");
}

static void bounds(void **state)
{
    struct bench *bench = *state;
    char id[16], name[16];
    self(bench, "home");
    for (int i = 0; i < LIMIT_JOINED_NETWORKS + 5; i++) {
        snprintf(id, sizeof id, "c%d", i);
        snprintf(name, sizeof name, "net%d", i);
        member(bench, id, name, true);
    }
    struct join_step step[LIMIT_JOINS_IN_FLIGHT], one;
    for (int i = 0; i < LIMIT_JOINS_IN_FLIGHT; i++)
        assert_true(join_next(bench->join, bench->now, true, &step[i]));
    assert_nothing(bench);
    for (int i = 0; i < LIMIT_JOINS_IN_FLIGHT; i++) {
        snprintf(name, sizeof name, "%s", step[i].name);
        looked(bench, name, "bridge");
    }
    while (join_next(bench->join, bench->now, true, &one)) {
        snprintf(name, sizeof name, "%s", one.name);
        if (one.action == JOIN_LOOK)
            looked(bench, name, "bridge");
        else
            done(bench, JOIN_ENTER, name, JOIN_WORKED);
    }
    assert_int_equal(join_count(bench->join), LIMIT_JOINED_NETWORKS);
    assert_true(join_full(bench->join));
    join_close(bench->join);
    while (join_next(bench->join, bench->now, false, &one)) {
        snprintf(name, sizeof name, "%s", one.name);
        assert_int_equal(one.action, JOIN_LEAVE);
        done(bench, JOIN_LEAVE, name, JOIN_WORKED);
    }
    assert_int_equal(join_count(bench->join) + join_busy(bench->join), 0);
}

static void disabled_does_nothing(void **state)
{
    struct bench *bench = *state;
    join_enable(bench->join, false);
    self(bench, "home +old");
    member(bench, "a", "net", true);
    assert_nothing(bench);
    assert_int_equal(join_due(bench->join), 0);
    join_enable(bench->join, true);
    assert_step(bench, JOIN_LEAVE, "old");
    assert_step(bench, JOIN_LOOK, "net");
    done(bench, JOIN_LEAVE, "old", JOIN_WORKED);
    assert_true(self(bench, "home")); /* also when no container on it is known */
    assert_false(self(bench, "home"));
}

/* Random histories: what counts is known to the test, and at rest quaywatch is exactly where it must be. */
static void random_histories(void **state)
{
    (void)state;
    enum { CONTAINERS = 6, NETWORKS = 4, ROUNDS = 4000 };
    struct bench bench = {.join = join_new(), .now = 1, .leave = true};
    bool running[CONTAINERS] = {false}, on[NETWORKS] = {false};
    unsigned seed = 7;
    join_enable(bench.join, true);
    self(&bench, "home");
    for (int round = 0; round < ROUNDS; round++) {
        seed = seed * 1103515245U + 12345U;
        unsigned c = (seed >> 16) % CONTAINERS;
        char id[8], name[8];
        snprintf(id, sizeof id, "c%u", c);
        snprintf(name, sizeof name, "n%u", c % NETWORKS);
        running[c] = !running[c];
        if (running[c])
            member(&bench, id, name, true);
        else if (seed & 1024)
            join_member_down(bench.join, id);
        else
            join_member_gone(bench.join, id);
        struct join_step step;
        for (int tries = 0; tries < 200;
             tries++) { /* until nothing is left to do, with failures in between */
            bench.now += 500;
            if (!join_next(bench.join, bench.now, true, &step))
                continue;
            unsigned n = (unsigned)(step.name[1] - '0');
            seed = seed * 1103515245U + 12345U;
            enum join_end end = (seed >> 20) % 3 ? JOIN_WORKED : JOIN_FAILED;
            snprintf(name, sizeof name, "%s", step.name);
            if (step.action == JOIN_LOOK) {
                looked(&bench, name, "bridge");
                continue;
            }
            assert_true(on[n] == (step.action == JOIN_LEAVE)); /* never twice */
            if (end == JOIN_WORKED)
                on[n] = step.action == JOIN_ENTER;
            done(&bench, step.action, name, end);
        }
        for (unsigned n = 0; n < NETWORKS; n++) {
            bool needed = false;
            for (unsigned i = n; i < CONTAINERS; i += NETWORKS)
                needed |= running[i];
            assert_int_equal(on[n], needed);
        }
    }
    join_free(bench.join);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(enters_what_it_must_and_leaves_it),
        TEST(the_last_one_counts),
        TEST(one_network_is_enough),
        TEST(what_others_did_stays),
        TEST(an_earlier_lifes_network_is_kept_while_needed),
        TEST(stopping_is_as_good_as_stopped),
        TEST(a_crashing_container_does_not_drag_us_along),
        TEST(a_refused_leave_is_tried_again),
        TEST(refused_and_unfit_networks_are_passed_over),
        TEST(swarm_networks_only_where_meant),
        TEST(the_owners_network_counts),
        TEST(a_stop_in_the_middle_of_joining),
        TEST(bounds),
        TEST(disabled_does_nothing),
        cmocka_unit_test(random_histories),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
