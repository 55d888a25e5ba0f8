/* SPDX-License-Identifier: MIT */
/* test_deployment.c: stories of deployments: which signs hold whom, for how long, and how each ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "controller/healing/deployment.h"

enum { SECOND = 1000, SETTLE_S = 60, VERIFY_S = 30, START_S = 100000 };
#define WALL_S INT64_C(1790000000)

/* Second 0 of a story; the two clocks have nothing in common. */
static struct moment at(int64_t second)
{
    return (struct moment){.mono_ms = (START_S + second) * SECOND, .wall_ms = (WALL_S + second) * SECOND};
}

/* ---- the stories: what happens when, and what holds whom ---- */

enum what {
    END,
    SEE,         /* id, name, whose, state, created (NOT_SAID: an event's) */
    FAILED,      /* the same, but the engine could not start it */
    STEP,        /* whose */
    FOREIGN,     /* a container of whose project that is not watched: a step */
    GONE,        /* id */
    HELPER,      /* id, name, created */
    BACKUP,      /* id, name, created */
    GENERATIONS, /* whose, created (0: no more) */
    ASK          /* whose, sign; created: when it says that it ends, 0: anything */
};
enum { NOT_SAID = INT32_MIN, LONG_AGO = -30 * 24 * 3600 };

struct move {
    int64_t second;
    enum what what;
    const char *whose;
    enum deployment_sign sign;
    const char *id, *name;
    enum container_state state;
    int64_t created;
};

static const struct subject {
    const char *word;
    struct deployment_subject subject;
} subjects[] = {
    {"web", {.key = "compose:shop:web", .project = "shop"}},
    {"db", {.key = "compose:shop:db", .project = "shop"}},
    {"mail", {.key = "compose:post:mail", .project = "post"}},
    {"plain", {.key = "name:-:plain"}},
    {"app", {.key = "app:17:0", .project = "u17", .artifact = "dep17", .coolify_application = true}},
    {"app2", {.key = "app:18:0", .project = "u18", .artifact = "dep18", .coolify_application = true}},
    {"svc", {.key = "svc:5:n8n", .project = "u5"}},
};

static const struct deployment_subject *subject_of(const char *word)
{
    for (size_t i = 0; i < sizeof subjects / sizeof subjects[0]; i++)
        if (strcmp(subjects[i].word, word) == 0)
            return &subjects[i].subject;
    fail_msg("no subject %s", word);
    return NULL;
}

#define HOLDS(second, whose, sign)                                                                           \
    {                                                                                                        \
        second, ASK, whose, DEPLOYMENT_##sign, NULL, NULL, 0, 0                                              \
    }
#define UNTIL(second, whose, sign, end)                                                                      \
    {                                                                                                        \
        second, ASK, whose, DEPLOYMENT_##sign, NULL, NULL, 0, end                                            \
    }
#define FREE(second, whose)                                                                                  \
    {                                                                                                        \
        second, ASK, whose, DEPLOYMENT_NONE, NULL, NULL, 0, 0                                                \
    }
#define SAW(second, whose, id, name, state, created)                                                         \
    {                                                                                                        \
        second, SEE, whose, DEPLOYMENT_NONE, id, name, CONTAINER_##state, created                            \
    }

static const struct story {
    const char *name;
    struct move move[16];
} stories[] = {
    {"a first appearance is a deployment",
     {SAW(0, "plain", "c1", "plain", RUNNING, 0), UNTIL(1, "plain", STEPS, 60), HOLDS(59, "plain", STEPS),
      FREE(60, "plain"), FREE(0, "web")}},
    {"compose 1: the old one is renamed, the new one made, the old one removed",
     {SAW(-1, "web", "old", "shop_web_1", RUNNING, LONG_AGO),
      FREE(-1, "web"),
      SAW(0, "web", "old", "0123456789ab_shop_web_1", EXITED, LONG_AGO),
      HOLDS(0, "web", UNFINISHED),
      HOLDS(0, "db", UNFINISHED),
      {0, STEP, "web", 0, NULL, NULL, 0, 0},
      SAW(1, "web", "new", "shop_web_1", CREATED, 1),
      SAW(2, "web", "new", "shop_web_1", RUNNING, 1),
      {3, GONE, NULL, 0, "old", NULL, 0, 0},
      {3, STEP, "web", 0, NULL, NULL, 0, 0},
      UNTIL(4, "db", STEPS, 63),
      FREE(63, "db"),
      FREE(63, "web")}},
    {"compose 2: the new one is made under a passing name and waits for its start",
     {SAW(0, "web", "new", "0123456789ab_shop-web-1", CREATED, 0),
      HOLDS(0, "web", UNFINISHED),
      HOLDS(70, "web", UNFINISHED),
      HOLDS(70, "db", UNFINISHED),
      FREE(70, "mail"),
      SAW(80, "web", "new", "shop-web-1", RUNNING, 0),
      {80, STEP, "web", 0, NULL, NULL, 0, 0},
      UNTIL(81, "web", STEPS, 140),
      FREE(140, "web")}},
    {"all events lost: age and state alone tell",
     {SAW(20, "web", "new", "shop-web-1", RUNNING, 0), UNTIL(20, "db", STEPS, 60), FREE(60, "db"),
      SAW(61, "db", "made", "shop-db-1", CREATED, -40), UNTIL(61, "web", UNFINISHED, 900 - 40)}},
    {"just started: what is old is no deployment",
     {SAW(0, "web", "c", "shop-web-1", RUNNING, LONG_AGO), SAW(0, "db", "d", "shop-db-1", EXITED, -61),
      FREE(0, "web"), FREE(0, "db")}},
    {"a neighbour that is not watched holds its project only",
     {{0, FOREIGN, "web", 0, NULL, NULL, 0, 0},
      HOLDS(1, "web", STEPS),
      HOLDS(1, "db", STEPS),
      FREE(1, "mail"),
      FREE(1, "plain"),
      FREE(60, "web")}},
    {"what the engine could not start is not on its way",
     {{0, FAILED, "web", 0, "c", "shop-web-1", CONTAINER_CREATED, 0},
      HOLDS(0, "web", STEPS),
      FREE(60, "web")}},
    {"never started: after 15 minutes it holds no more, and does not hide the next deployment",
     {SAW(0, "web", "made", "shop-web-1", CREATED, 0),
      UNTIL(899, "db", UNFINISHED, 900),
      FREE(900, "db"),
      FREE(5000, "web"),
      SAW(5000, "web", "made", "shop-web-1", CREATED, 0),
      FREE(5001, "web"),
      SAW(6000, "db", "next", "shop-db-1", RUNNING, 6000),
      HOLDS(6001, "web", STEPS),
      FREE(6060, "web"),
      {6100, GONE, NULL, 0, "made", NULL, 0, 0},
      FREE(6100, "web")}},
    {"two generations, until one ends",
     {{0, GENERATIONS, "app", 0, NULL, NULL, 0, -10},
      UNTIL(1, "app", GENERATIONS, 890),
      FREE(1, "app2"),
      {100, GENERATIONS, "app", 0, NULL, NULL, 0, 0},
      FREE(100, "app")}},
    {"two generations for ever",
     {{0, GENERATIONS, "app", 0, NULL, NULL, 0, -10},
      HOLDS(889, "app", GENERATIONS),
      FREE(890, "app"),
      {891, GENERATIONS, "app", 0, NULL, NULL, 0, -10},
      FREE(891, "app")}},
    {"a helper that belongs to nobody yet holds all applications, and nothing else",
     {{0, HELPER, NULL, 0, "h", "dep99", 0, 0},
      UNTIL(1, "app", HELPER, 900),
      HOLDS(1, "app2", HELPER),
      FREE(1, "svc"),
      FREE(1, "web"),
      {600, GONE, NULL, 0, "h", NULL, 0, 0},
      FREE(600, "app")}},
    {"a helper whose container has appeared holds that application only",
     {{0, HELPER, NULL, 0, "h", "dep17", 0, 0},
      HOLDS(0, "app2", HELPER),
      SAW(100, "app", "new", "u17-1", RUNNING, LONG_AGO),
      HOLDS(101, "app", HELPER),
      FREE(101, "app2")}},
    {"the same when we start in the middle of it",
     {SAW(0, "app", "new", "u17-1", RUNNING, LONG_AGO),
      {0, HELPER, NULL, 0, "h", "dep17", 0, -30},
      UNTIL(1, "app", HELPER, 870),
      FREE(1, "app2")}},
    {"a backup is nobody's, whatever its name",
     {SAW(0, "app", "c", "u17-1", RUNNING, LONG_AGO),
      {0, BACKUP, NULL, 0, "b", "volume-backup-1", 0, 0},
      HOLDS(1, "app", HELPER),
      HOLDS(1, "app2", HELPER),
      FREE(1, "svc"),
      FREE(900, "app")}},
    {"of two helpers the later one holds longer",
     {{0, HELPER, NULL, 0, "h1", "x", 0, 0},
      {500, HELPER, NULL, 0, "h2", "y", 0, 500},
      UNTIL(901, "app", HELPER, 1400),
      {902, GONE, NULL, 0, "h2", NULL, 0, 0},
      FREE(902, "app")}},
    {"steps that follow one another count from the last",
     {{0, STEP, "web", 0, NULL, NULL, 0, 0},
      {50, STEP, "db", 0, NULL, NULL, 0, 0},
      UNTIL(51, "web", STEPS, 110),
      FREE(110, "web")}},
};

static void play(struct deployments *deployments, const struct story *story, const struct move *move)
{
    struct moment now = at(move->second);
    static const struct deployment_subject nobody;
    const struct deployment_subject *subject = move->whose ? subject_of(move->whose) : &nobody;
    int64_t created = move->created == NOT_SAID ? 0 : at(move->created).wall_ms;
    struct deployment_container container = {.id = move->id,
                                             .name = move->name,
                                             .key = subject->key,
                                             .project = subject->project,
                                             .artifact = subject->artifact,
                                             .state = move->state,
                                             .failed_start = move->what == FAILED,
                                             .created_at_wall_ms = created};
    struct told told;
    switch (move->what) {
    case END:
        break;
    case SEE:
    case FAILED:
        deployment_see(deployments, &container, now);
        break;
    case STEP:
        deployment_step(deployments, subject->key, subject->project, now);
        break;
    case FOREIGN:
        deployment_step(deployments, NULL, subject->project, now);
        break;
    case GONE:
        deployment_gone(deployments, move->id);
        break;
    case HELPER:
    case BACKUP:
        deployment_helper(deployments, move->id, move->name, move->what == BACKUP, created, now);
        break;
    case GENERATIONS:
        deployment_generations(deployments, subject->key, move->created ? created : 0, now);
        break;
    case ASK:
        if (deployment_judge(deployments, subject, now, &told) != move->sign)
            fail_msg("%s: second %d, %s: holds=%d %s", story->name, (int)move->second, move->whose,
                     told.holds, told.sentence);
        assert_int_equal(told.holds, move->sign != DEPLOYMENT_NONE);
        if (told.holds) {
            assert_true(strstr(told.sentence, "ends ") != NULL && strlen(told.sentence) < 199);
            assert_true(told.ends_wall_ms > now.wall_ms);
        }
        if (move->created)
            assert_int_equal(told.ends_wall_ms, at(move->created).wall_ms);
        break;
    }
}

static void stories_come_true(void **state)
{
    (void)state;
    for (size_t s = 0; s < sizeof stories / sizeof stories[0]; s++) {
        struct deployments *deployments = deployments_new();
        deployments_set(deployments, SETTLE_S * SECOND, VERIFY_S * SECOND);
        for (const struct move *move = stories[s].move; move->what != END; move++)
            play(deployments, &stories[s], move);
        deployments_free(deployments);
    }
}

static void switched_off_nothing_holds(void **state)
{
    (void)state;
    for (size_t s = 0; s < sizeof stories / sizeof stories[0]; s++) {
        struct deployments *deployments = deployments_new();
        deployments_set(deployments, 0, VERIFY_S * SECOND);
        for (const struct move *move = stories[s].move; move->what != END; move++) {
            struct move other = *move;
            other.sign = DEPLOYMENT_NONE;
            if (other.what == ASK)
                other.created = 0;
            play(deployments, &stories[s], &other);
        }
        deployments_free(deployments);
    }
}

/* ---- steps without an end ---- */

static void the_cap_is_said_once_and_ends_with_the_signs(void **state)
{
    (void)state;
    struct deployments *deployments = deployments_new();
    deployments_set(deployments, SETTLE_S * SECOND, VERIFY_S * SECOND);
    const struct deployment_subject *web = subject_of("web"), *db = subject_of("db");
    char sentence[200];
    struct told told;
    int said = 0;
    for (int second = 0; second <= 1800; second += 30) {
        deployment_step(deployments, NULL, "shop", at(second));
        enum deployment_sign sign = deployment_judge(deployments, web, at(second), &told);
        assert_int_equal(sign, second < 900 ? DEPLOYMENT_STEPS : DEPLOYMENT_NONE);
        assert_true(told.sentence[0]); /* also that it holds no more is said */
        if (second < 900)
            assert_true(told.ends_wall_ms <= at(900).wall_ms);
        said += deployment_overdue(deployments, web, at(second), sentence);
        said += deployment_overdue(deployments, db, at(second), sentence);
        assert_int_equal(said, second >= 900);
    }
    assert_non_null(strstr(sentence, "shop"));
    /* The signs ended, so the next one is a new beginning. */
    deployment_step(deployments, NULL, "shop", at(2000));
    assert_int_equal(deployment_judge(deployments, web, at(2001), &told), DEPLOYMENT_STEPS);
    assert_false(deployment_overdue(deployments, web, at(2001), sentence));
    deployments_free(deployments);
}

static void a_clock_that_is_set_moves_no_end(void **state)
{
    (void)state;
    struct deployments *deployments = deployments_new();
    deployments_set(deployments, SETTLE_S * SECOND, VERIFY_S * SECOND);
    const struct deployment_subject *web = subject_of("web");
    struct told told;
    deployment_step(deployments, web->key, web->project, at(0));
    for (int hours = -24; hours <= 24; hours += 48) {
        struct moment now = at(30), later = at(60);
        now.wall_ms += (int64_t)hours * 3600 * SECOND;
        later.wall_ms += (int64_t)hours * 3600 * SECOND;
        assert_int_equal(deployment_judge(deployments, web, now, &told), DEPLOYMENT_STEPS);
        assert_true(told.ends_wall_ms > now.wall_ms);
        assert_int_equal(deployment_judge(deployments, web, later, &told), DEPLOYMENT_NONE);
    }
    deployments_free(deployments);
}

/* ---- how it ended ---- */

struct ending_case {
    const char *name;
    enum status at_end, at_limit;
    enum deployment_end end, limit;
};

static void an_end_is_told_once(void **state)
{
    (void)state;
    static const struct ending_case cases[] = {
        {"healthy", STATUS_HEALTHY, STATUS_HEALTHY, DEPLOYMENT_VERIFIED, DEPLOYMENT_OPEN},
        {"healthy later", STATUS_UNHEALTHY, STATUS_HEALTHY, DEPLOYMENT_OPEN, DEPLOYMENT_VERIFIED},
        {"sick", STATUS_UNHEALTHY, STATUS_UNHEALTHY, DEPLOYMENT_OPEN, DEPLOYMENT_FAILED},
        {"degraded", STATUS_DEGRADED, STATUS_DEGRADED, DEPLOYMENT_OPEN, DEPLOYMENT_FAILED},
        {"a job that has ended", STATUS_STOPPED, STATUS_STOPPED, DEPLOYMENT_OPEN, DEPLOYMENT_OPEN},
        {"nothing is checked", STATUS_UNKNOWN, STATUS_UNKNOWN, DEPLOYMENT_OPEN, DEPLOYMENT_OPEN},
    };
    const struct deployment_subject *web = subject_of("web");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct deployments *deployments = deployments_new();
        deployments_set(deployments, SETTLE_S * SECOND, VERIFY_S * SECOND);
        int64_t look;
        deployment_step(deployments, web->key, web->project, at(0));
        assert_int_equal(deployment_verify(deployments, web, STATUS_HEALTHY, 0, at(1), &look),
                         DEPLOYMENT_OPEN);
        assert_int_equal(look, at(60).wall_ms);
        if (deployment_verify(deployments, web, cases[i].at_end, 0, at(60), &look) != cases[i].end)
            fail_msg("%s: at its end", cases[i].name);
        assert_int_equal(look, cases[i].end == DEPLOYMENT_OPEN ? at(90).wall_ms : 0);
        if (deployment_verify(deployments, web, cases[i].at_limit, 0, at(90), &look) != cases[i].limit)
            fail_msg("%s: at the limit", cases[i].name);
        for (int second = 91; second < 4000; second += 100)
            assert_int_equal(deployment_verify(deployments, web, STATUS_HEALTHY, 0, at(second), &look),
                             DEPLOYMENT_OPEN);
        deployments_free(deployments);
    }
}

static void only_what_took_part_is_verified(void **state)
{
    (void)state;
    struct deployments *deployments = deployments_new();
    deployments_set(deployments, SETTLE_S * SECOND, VERIFY_S * SECOND);
    const struct deployment_subject *web = subject_of("web"), *db = subject_of("db");
    int64_t look;
    deployment_step(deployments, web->key, web->project, at(0));
    assert_int_equal(deployment_verify(deployments, db, STATUS_HEALTHY, 0, at(70), &look), DEPLOYMENT_OPEN);
    assert_int_equal(look, 0);
    /* A service that is gone has nothing to verify; one that comes again does. */
    deployment_forget(deployments, web->key);
    assert_int_equal(deployment_verify(deployments, web, STATUS_STOPPED, 0, at(70), &look), DEPLOYMENT_OPEN);
    assert_int_equal(look, 0);
    deployment_step(deployments, web->key, web->project, at(100));
    assert_int_equal(deployment_verify(deployments, web, STATUS_HEALTHY, 0, at(170), &look),
                     DEPLOYMENT_VERIFIED);
    /* Also one that was removed and run anew within one deployment, as Coolify's restart does it. */
    deployment_step(deployments, web->key, web->project, at(200));
    deployment_forget(deployments, web->key);
    deployment_step(deployments, web->key, web->project, at(201));
    assert_int_equal(deployment_verify(deployments, web, STATUS_HEALTHY, 0, at(270), &look),
                     DEPLOYMENT_VERIFIED);
    deployments_free(deployments);
}

static void a_slow_start_has_its_start_period(void **state)
{
    (void)state;
    struct deployments *deployments = deployments_new();
    deployments_set(deployments, SETTLE_S * SECOND, VERIFY_S * SECOND);
    const struct deployment_subject *web = subject_of("web");
    int64_t look, until = at(300).wall_ms;
    deployment_step(deployments, web->key, web->project, at(0));
    deployment_verify(deployments, web, STATUS_STARTING, until, at(60), &look);
    assert_int_equal(look, until);
    assert_int_equal(deployment_verify(deployments, web, STATUS_STARTING, until, at(200), &look),
                     DEPLOYMENT_OPEN);
    assert_int_equal(deployment_verify(deployments, web, STATUS_UNHEALTHY, 0, at(300), &look),
                     DEPLOYMENT_FAILED);
    deployments_free(deployments);
}

/* ---- whose stop is a deployment's ---- */

static void a_stop_to_be_replaced(void **state)
{
    (void)state;
    struct deployments *deployments = deployments_new();
    deployments_set(deployments, SETTLE_S * SECOND, VERIFY_S * SECOND);
    const struct deployment_subject *web = subject_of("web");
    struct deployment_container made = {.id = "new",
                                        .name = "0123456789ab_web",
                                        .key = web->key,
                                        .state = CONTAINER_CREATED,
                                        .created_at_wall_ms = at(0).wall_ms};
    assert_false(deployment_replaces(deployments, web->key, "old"));
    deployment_see(deployments, &made, at(0));
    assert_true(deployment_replaces(deployments, web->key, "old"));
    assert_false(deployment_replaces(deployments, web->key, "new"));
    deployment_gone(deployments, "new");
    assert_false(deployment_replaces(deployments, web->key, "old")); /* its age alone says nothing */
    deployment_generations(deployments, web->key, at(0).wall_ms, at(0));
    assert_true(deployment_replaces(deployments, web->key, "old"));
    deployments_free(deployments);
}

static void words(void **state)
{
    (void)state;
    assert_true(deployment_name_passes("0123456789ab_web"));
    static const char *const names[] = {"0123456789ab_",     "0123456789ab-web", "0123456789a_web",
                                        "0123456789abc_web", "0123456789aB_web", ""};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_false(deployment_name_passes(names[i]));
    bool backup;
    assert_true(deployment_is_helper("docker.io/coollabsio/coolify-helper:1.0.15", "occs8c", &backup));
    assert_false(backup);
    assert_true(deployment_is_helper("docker.io/coollabsio/coolify-helper:1.0.15", "backup-of-x", &backup));
    assert_true(backup);
    assert_true(deployment_is_helper("alpine", "volume-upload-x", &backup));
    assert_false(deployment_is_helper("alpine", "my-volume-backup-x", &backup));
    assert_string_equal(deployment_artifact("/artifacts/dep17"), "dep17");
    assert_null(deployment_artifact("/artifacts/"));
    assert_null(deployment_artifact("/data/artifacts/x"));
    assert_null(deployment_artifact(NULL));
}

/* Whatever happens: a hold always names an end, and comes to it when nothing more happens. */
static void every_history_ends(void **state)
{
    (void)state;
    uint32_t random = 7;
    static const char *const ids[] = {"a", "b", "c", "d"};
    static const char *const names[] = {"shop-web-1", "0123456789ab_shop-web-1", "dep17", "dep18"};
    for (int round = 0; round < 200; round++) {
        struct deployments *deployments = deployments_new();
        deployments_set(deployments, SETTLE_S * SECOND, VERIFY_S * SECOND);
        int64_t second = 0;
        for (int i = 0; i < 60; i++) {
            random = random * 1664525 + 1013904223;
            uint32_t bits = random >> 8;
            struct move move = {.second = second,
                                .what = (enum what)(SEE + bits % (ASK - SEE)),
                                .whose = subjects[bits / 16 % 7].word,
                                .id = ids[bits / 128 % 4],
                                .name = names[bits / 512 % 4],
                                .state = (enum container_state)(bits / 2048 % CONTAINER_STATE_COUNT),
                                .created = second - (int64_t)(bits / 16384 % 100)};
            if (move.what == GENERATIONS && bits % 3 == 0)
                move.created = 0;
            play(deployments, &stories[0], &move);
            second += bits / 65536 % 50;
            struct told told;
            for (size_t s = 0; s < sizeof subjects / sizeof subjects[0]; s++)
                if (deployment_judge(deployments, &subjects[s].subject, at(second), &told))
                    assert_true(told.sentence[0] && told.ends_wall_ms > at(second).wall_ms &&
                                told.ends_wall_ms <= at(second + 900).wall_ms);
        }
        struct told told;
        for (size_t s = 0; s < sizeof subjects / sizeof subjects[0]; s++)
            assert_int_equal(deployment_judge(deployments, &subjects[s].subject, at(second + 900), &told),
                             DEPLOYMENT_NONE);
        deployments_free(deployments);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stories_come_true),
        cmocka_unit_test(switched_off_nothing_holds),
        cmocka_unit_test(the_cap_is_said_once_and_ends_with_the_signs),
        cmocka_unit_test(a_clock_that_is_set_moves_no_end),
        cmocka_unit_test(an_end_is_told_once),
        cmocka_unit_test(only_what_took_part_is_verified),
        cmocka_unit_test(a_slow_start_has_its_start_period),
        cmocka_unit_test(a_stop_to_be_replaced),
        cmocka_unit_test(words),
        cmocka_unit_test(every_history_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
