/* SPDX-License-Identifier: MIT */
/* test_explain.c: why, as the API says it: fields with their sources, results, ladder, budget, decisions; who
 * is not registered; and what happened. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <json-c/json.h>
#include <json-c/json_pointer.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exporter/answers.h"
#include "tests/support/sample_registry.h"

struct world {
    struct registry *registry;
    struct journal *journal;
    struct stats stats;
    struct exporter_context context;
    const char *accept, *after; /* of the next request */
    json_object *root;          /* of the latest answer */
    char *text;
};

enum { HOUR = 3600 * 1000 };

static const struct past_decision decisions[] = {
    {1795257000000, ACTION_ACT, "unhealthy", "Unhealthy (503 at http://u:past-secret@web/?q=1): restarting.",
     "bot-web-1"},
    {1795257060000, ACTION_HOLD, "backoff", "It <waits>.", "bot-web-2"},
};

static int explain(void *user, const struct instance *instance, struct explained *ret)
{
    (void)user;
    if (strcmp(instance->observed->container, "bot-web-1") != 0)
        return -ENOENT;
    *ret = (struct explained){.restarts_left = 3,
                              .backoff_ends_wall_ms = 1795257000000 + HOUR,
                              .failed_since_wall_ms = 1795257000000,
                              .next_trial_at_wall_ms = 1795257000000 + 2 * HOUR,
                              .passed_check = "http 5000 /health",
                              .item = decisions,
                              .count = 2};
    return 0;
}

static int stranger(void *user, const char *name, struct stranger *ret)
{
    (void)user;
    if (strcmp(name, "pg<admin>") != 0)
        return -ENOENT;
    *ret = (struct stranger){.id = "0123456789abcdef0123",
                             .name = "pg<admin>",
                             .state = CONTAINER_PAUSED,
                             .sentence = "No label asks for it"};
    return 0;
}

static int ladder(void *user, const struct instance *instance, struct ladder_row row[static HOLD_COUNT])
{
    (void)user, (void)instance;
    for (size_t i = 0; i < HOLD_COUNT; i++) {
        row[i] = (struct ladder_row){.hold = (enum hold)i, .holds = i == HOLD_BACKOFF};
        if (row[i].holds)
            row[i].ends_wall_ms = 1795257000000 + HOUR;
        snprintf(row[i].sentence, sizeof row[i].sentence, "Row %zu.", i);
    }
    return 0;
}

static int setup(void **state)
{
    struct world *world = mem_new(sizeof *world);
    world->registry = sample_registry();
    world->journal = journal_new();
    world->context = (struct exporter_context){
        .registry = world->registry,
        .journal = world->journal,
        .stats = &world->stats,
        .actions = {.user = world, .ladder = ladder, .explain = explain, .stranger = stranger}};
    *state = world;
    return 0;
}

static void forget(struct world *world)
{
    json_object_put(world->root);
    free(world->text);
    world->root = NULL;
    world->text = NULL;
}

static int teardown(void **state)
{
    struct world *world = *state;
    forget(world);
    journal_free(world->journal);
    registry_free(world->registry);
    free(world);
    return 0;
}

static const char *header(void *connection, const char *name)
{
    return strcmp(name, "Accept") == 0 ? ((struct world *)connection)->accept : NULL;
}

static const char *query(void *connection, const char *name)
{
    return strcmp(name, "after") == 0 ? ((struct world *)connection)->after : NULL;
}

/* The status; the body's JSON is in world->root. */
static int ask(struct world *world, void (*handler)(const struct request *, struct answer *),
               const char *name)
{
    struct request request = {.context = &world->context,
                              .path = "/asked",
                              .now = sample_moment,
                              .query = query,
                              .header = header,
                              .connection = world};
    snprintf(request.name, sizeof request.name, "%s", name);
    struct answer answer = {0};
    handler(&request, &answer);
    forget(world);
    world->text = mem_format("%.*s", (int)answer.body->len, answer.body->data);
    world->root = json_tokener_parse(world->text);
    assert_non_null(world->root);
    answer_free(&answer);
    return answer.status;
}

/* The value at a JSON pointer, as text; "null" for null. */
static const char *at(const struct world *world, const char *pointer)
{
    json_object *found = NULL;
    if (json_pointer_get(world->root, pointer, &found) != 0)
        fail_msg("no %s in %s", pointer, world->text);
    return found ? json_object_get_string(found) : "null";
}

/* The entry of a field in the first instance as "value from source", or "". */
static const char *field(const struct world *world, const char *name)
{
    static char text[256];
    json_object *fields = NULL;
    assert_int_equal(json_pointer_get(world->root, "/instances/0/fields", &fields), 0);
    for (size_t i = 0; i < json_object_array_length(fields); i++) {
        json_object *one = json_object_array_get_idx(fields, i);
        if (strcmp(json_object_get_string(json_object_object_get(one, "field")), name) != 0)
            continue;
        snprintf(text, sizeof text, "%s from %s",
                 json_object_get_string(json_object_object_get(one, "value")),
                 json_object_get_string(json_object_object_get(one, "source")));
        return text;
    }
    return "";
}

static void check_of(struct world *world, const char *container, enum outcome_kind kind, int http_status,
                     int64_t at_wall_ms)
{
    struct outcome outcome = {.kind = kind, .http_status = http_status, .response_ms = 12.5};
    registry_apply(world->registry,
                   &(struct change){.kind = CHANGE_SAMPLE,
                                    .ref = registry_container(world->registry, container)->ref,
                                    .outcome = &outcome},
                   (struct moment){.mono_ms = 1, .wall_ms = at_wall_ms});
}

static void all_of_it(void **state)
{
    struct world *world = *state;
    check_of(world, "bot-web-1", OUTCOME_PASS, 200, 1795257000001);
    check_of(world, "bot-web-1", OUTCOME_REFUSED, 0, 1795257000002);
    assert_int_equal(ask(world, answer_explain, "web"), 200);
    assert_string_equal(at(world, "/registered"), "true");
    assert_string_equal(field(world, "name"), "web from service.name");
    assert_string_equal(field(world, "port"), "5000 from default");
    assert_string_equal(field(world, "health.interval"), "10s from default");
    assert_string_equal(field(world, "restart"), "on-unhealthy from default");
    assert_string_equal(field(world, "health.file"), "");
    assert_string_equal(field(world, "weight"), ""); /* nobody said it */

    assert_string_equal(at(world, "/instances/0/check/last_results/0/outcome"), "pass");
    assert_string_equal(at(world, "/instances/0/check/last_results/0/http_status"), "200");
    assert_string_equal(at(world, "/instances/0/check/last_results/0/response_time_ms"), "12.5");
    assert_string_equal(at(world, "/instances/0/check/last_results/1/outcome"), "refused");
    assert_string_equal(at(world, "/instances/0/check/last_results/1/http_status"), "null");
    assert_string_equal(at(world, "/instances/0/check/last_results/1/passed"), "false");

    assert_string_equal(at(world, "/instances/0/ladder/0/hold"), "engine-down");
    assert_string_equal(at(world, "/instances/0/ladder/0/holds"), "false");
    assert_string_equal(at(world, "/instances/0/ladder/0/ends_at"), "null");
    assert_string_equal(at(world, "/instances/0/ladder/16/holds"), "true");
    assert_string_equal(at(world, "/instances/0/ladder/16/ends_at"), "2026-11-21T11:30:00.000Z");

    assert_string_equal(at(world, "/instances/0/budget/restarts_left"), "3");
    assert_string_equal(at(world, "/instances/0/budget/backoff_ends_at"), "2026-11-21T11:30:00.000Z");
    assert_string_equal(at(world, "/instances/0/budget/failed_since"), "2026-11-21T10:30:00.000Z");
    assert_string_equal(at(world, "/instances/0/budget/next_trial_at"), "2026-11-21T12:30:00.000Z");
    assert_string_equal(at(world, "/instances/0/passed_check"), "http 5000 /health");
    assert_string_equal(at(world, "/instances/0/last_stop"), "null");

    /* The newest first, and no secrets in sentences either. */
    assert_string_equal(at(world, "/instances/0/decisions/0/reason"), "backoff");
    assert_string_equal(at(world, "/instances/0/decisions/0/container"), "bot-web-2");
    assert_string_equal(at(world, "/instances/0/decisions/1/action"), "act");
    assert_string_equal(at(world, "/instances/0/decisions/1/at"), "2026-11-21T10:30:00.000Z");
    assert_null(strstr(world->text, "secret"));
}

static void results_are_the_latest_eight(void **state)
{
    struct world *world = *state;
    for (int i = 0; i < 11; i++)
        check_of(world, "bot-db-2", OUTCOME_STATUS, 500 + i, 1795257000000 + i);
    assert_int_equal(ask(world, answer_explain, "bot-db-2"), 200);
    assert_string_equal(at(world, "/instances/0/container"), "bot-db-2"); /* this one only */
    json_object *results = NULL;
    json_pointer_get(world->root, "/instances/0/check/last_results", &results);
    assert_int_equal(json_object_array_length(results), RESULT_RING);
    assert_string_equal(at(world, "/instances/0/check/last_results/0/http_status"), "503");
    assert_string_equal(at(world, "/instances/0/check/last_results/7/http_status"), "510");
    assert_string_equal(at(world, "/instances/0/decisions"), "[ ]"); /* nothing is remembered of it */
}

static void strangers_are_told_why(void **state)
{
    struct world *world = *state;
    assert_int_equal(ask(world, answer_explain, "pg<admin>"), 200);
    assert_string_equal(at(world, "/registered"), "false");
    assert_string_equal(at(world, "/container"), "pg<admin>");
    assert_string_equal(at(world, "/id"), "0123456789ab");
    assert_string_equal(at(world, "/container_state"), "paused");
    assert_string_equal(at(world, "/sentence"), "No label asks for it");
    assert_int_equal(ask(world, answer_explain, "nobody"), 404);
}

static void events_are_listed(void **state)
{
    struct world *world = *state;
    assert_int_equal(ask(world, answer_events, ""), 200);
    assert_string_equal(at(world, "/events"), "[ ]");
    assert_string_equal(at(world, "/last_id"), "0");
    for (int i = 0; i < JOURNAL_EVENTS + 5; i++)
        journal_add(world->journal,
                    &(struct journal_event){.at_wall_ms = 1795257000000 + i,
                                            .severity = SEVERITY_CRITICAL,
                                            .kind = "stopped",
                                            .service = i % 2 ? "web" : "",
                                            .container = "bot-web-1",
                                            .sentence = "Crashed at http://u:event-secret@web/?q=1"});
    assert_int_equal(ask(world, answer_events, ""), 200);
    json_object *events = NULL;
    json_pointer_get(world->root, "/events", &events);
    assert_int_equal(json_object_array_length(events), JOURNAL_EVENTS);
    assert_string_equal(at(world, "/events/0/id"), "6");
    assert_string_equal(at(world, "/events/0/service"), "web");
    assert_string_equal(at(world, "/events/1/service"), "null");
    assert_string_equal(at(world, "/events/0/severity"), "critical");
    assert_string_equal(at(world, "/events/0/kind"), "stopped");
    assert_string_equal(at(world, "/last_id"), "1029");
    assert_string_equal(at(world, "/start_id"), "5f3a");
    assert_null(strstr(world->text, "secret"));

    world->after = "1027";
    assert_int_equal(ask(world, answer_events, ""), 200);
    assert_string_equal(at(world, "/events/0/id"), "1028");
    assert_string_equal(at(world, "/events/1/id"), "1029");
    world->after = "5000";
    assert_int_equal(ask(world, answer_events, ""), 200);
    assert_string_equal(at(world, "/events"), "[ ]");
    world->after = "yesterday";
    assert_int_equal(ask(world, answer_events, ""), 400);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(all_of_it),
        TEST(results_are_the_latest_eight),
        TEST(strangers_are_told_why),
        TEST(events_are_listed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
