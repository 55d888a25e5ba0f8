/* SPDX-License-Identifier: MIT */
/* test_alert_queue.c: one entry a trouble, what takes the place of what, the bounds, and the file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/error.h"
#include "controller/core/mem.h"
#include "exporter/alerts/queues.h"

static struct alert alert_of(const char *id, enum alert_state state, enum severity severity, int64_t at_ms)
{
    return (struct alert){.id = id,
                          .name = "rule",
                          .state = state,
                          .severity = severity,
                          .service = id,
                          .container = "",
                          .project = "",
                          .title = alert_state_name[state],
                          .sentence = "",
                          .since_wall_ms = 1,
                          .at_wall_ms = at_ms,
                          .host = "node",
                          .url = ""};
}

static void put(struct queue *queue, const char *id, enum alert_state state, int64_t at_ms)
{
    const struct alert alert = alert_of(id, state, SEVERITY_CRITICAL, at_ms);
    queue_put(queue, &alert);
}

static const struct alert *taken[QUEUE_ENTRIES];

static int setup(void **state)
{
    struct queue *queue = mem_new(sizeof *queue);
    queue_init(queue, false);
    *state = queue;
    return 0;
}

static int teardown(void **state)
{
    queue_free(*state);
    free(*state);
    return 0;
}

static void in_order_and_once(void **state)
{
    struct queue *queue = *state;
    put(queue, "a", ALERT_FIRING, 1);
    put(queue, "b", ALERT_FIRING, 2);
    put(queue, "c", ALERT_FIRING, 3);
    assert_int_equal(queue_take(queue, taken, 1), 1);
    assert_string_equal(taken[0]->id, "a");
    queue_told(queue);
    assert_int_equal(queue->waiting, 2);
    assert_int_equal(queue_take(queue, taken, QUEUE_ENTRIES), 2);
    assert_string_equal(taken[0]->id, "b");
    assert_string_equal(taken[1]->id, "c");
    queue_told(queue);
    assert_int_equal(queue_take(queue, taken, QUEUE_ENTRIES), 0);
    assert_int_equal(queue->count, 3); /* what people were told of is remembered */
    put(queue, "a", ALERT_RESOLVED, 4);
    assert_int_equal(queue_take(queue, taken, QUEUE_ENTRIES), 1);
    queue_told(queue);
    assert_null(queue_find(queue, "a")); /* and forgotten with its end */
}

static void newer_replaces_what_waits(void **state)
{
    struct queue *queue = *state;
    put(queue, "a", ALERT_FIRING, 1);
    put(queue, "b", ALERT_FIRING, 2);
    put(queue, "a", ALERT_REMINDER, 3);
    assert_int_equal(queue_take(queue, taken, QUEUE_ENTRIES), 2);
    assert_string_equal(taken[0]->id, "a");
    assert_int_equal(taken[0]->state, ALERT_FIRING); /* nobody was told that it began */
    assert_int_equal(taken[0]->at_wall_ms, 3);
    queue_told(queue);
    put(queue, "a", ALERT_REMINDER, 4);
    put(queue, "a", ALERT_REMINDER, 5);
    assert_int_equal(queue_take(queue, taken, QUEUE_ENTRIES), 1);
    assert_int_equal(taken[0]->state, ALERT_REMINDER);
}

static void ended_before_told_is_nothing(void **state)
{
    struct queue *queue = *state;
    put(queue, "a", ALERT_FIRING, 1);
    put(queue, "a", ALERT_RESOLVED, 2);
    assert_int_equal(queue->count, 0);
    /* Told once: the end is told, and takes the place of the reminder. */
    put(queue, "b", ALERT_FIRING, 1);
    queue_take(queue, taken, 1);
    queue_told(queue);
    put(queue, "b", ALERT_REMINDER, 2);
    put(queue, "b", ALERT_RESOLVED, 3);
    assert_int_equal(queue_take(queue, taken, QUEUE_ENTRIES), 1);
    assert_int_equal(taken[0]->state, ALERT_RESOLVED);
    queue_told(queue);
    /* Never heard of here: told of before this channel remembers. */
    put(queue, "c", ALERT_RESOLVED, 3);
    assert_int_equal(queue->waiting, 1);
}

static void ended_while_on_its_way(void **state)
{
    struct queue *queue = *state;
    /* It arrives: so must its end. */
    put(queue, "a", ALERT_FIRING, 1);
    queue_take(queue, taken, 1);
    put(queue, "a", ALERT_RESOLVED, 2);
    queue_told(queue);
    assert_int_equal(queue_take(queue, taken, 1), 1);
    assert_int_equal(taken[0]->state, ALERT_RESOLVED);
    queue_told(queue);
    assert_int_equal(queue->count, 0);
    /* It surely did not arrive: nothing is left to tell. */
    put(queue, "a", ALERT_FIRING, 1);
    queue_take(queue, taken, 1);
    put(queue, "a", ALERT_RESOLVED, 2);
    queue_untold(queue, false);
    assert_int_equal(queue->count, 0);
    /* Nobody knows: the end is told. */
    put(queue, "a", ALERT_FIRING, 1);
    queue_take(queue, taken, 1);
    queue_untold(queue, true);
    assert_int_equal(queue->waiting, 1);
    put(queue, "a", ALERT_RESOLVED, 2);
    assert_int_equal(queue_take(queue, taken, 1), 1);
    assert_int_equal(taken[0]->state, ALERT_RESOLVED);
    assert_int_equal(queue_drop(queue), 1);
    assert_int_equal(queue->count, 0);
}

static void another_severity_is_another_alert(void **state)
{
    struct queue *queue = *state;
    queue->by_severity = true;
    struct alert alert = alert_of("a", ALERT_FIRING, SEVERITY_WARNING, 1);
    queue_put(queue, &alert);
    queue_take_all(queue, taken, QUEUE_ENTRIES);
    queue_told(queue);
    alert = alert_of("a", ALERT_FIRING, SEVERITY_CRITICAL, 2);
    queue_put(queue, &alert);
    assert_int_equal(queue_take_all(queue, taken, QUEUE_ENTRIES), 2);
    for (size_t i = 0; i < 2; i++) {
        bool warning = taken[i]->severity == SEVERITY_WARNING;
        assert_int_equal(taken[i]->state, warning ? ALERT_RESOLVED : ALERT_FIRING);
        assert_int_equal(taken[i]->at_wall_ms, 2);
    }
    /* Back again before the end was told: it fires, and nothing ends it. */
    alert = alert_of("a", ALERT_FIRING, SEVERITY_WARNING, 3);
    queue_put(queue, &alert);
    queue_untold(queue, false);
    assert_int_equal(queue_take_all(queue, taken, QUEUE_ENTRIES), 2);
    for (size_t i = 0; i < 2; i++) {
        bool warning = taken[i]->severity == SEVERITY_WARNING;
        assert_int_equal(taken[i]->state, warning ? ALERT_FIRING : ALERT_RESOLVED);
    }
    queue_told(queue);
    /* Its end may come with any severity. */
    alert = alert_of("a", ALERT_RESOLVED, SEVERITY_INFO, 4);
    queue_put(queue, &alert);
    assert_int_equal(queue_take_all(queue, taken, QUEUE_ENTRIES), 1);
    assert_int_equal(taken[0]->severity, SEVERITY_WARNING);
    queue_told(queue);
    assert_int_equal(queue->count, 0);
}

static void it_is_bounded(void **state)
{
    struct queue *queue = *state;
    char id[32];
    const struct alert bad = alert_of("bad", ALERT_FIRING, SEVERITY_EMERGENCY, 1);
    queue_put(queue, &bad);
    for (int i = 0; i < 2000; i++) {
        snprintf(id, sizeof id, "t%d", i);
        const struct alert alert = alert_of(id, ALERT_FIRING, SEVERITY_WARNING, i);
        queue_put(queue, &alert);
    }
    assert_int_equal(queue->waiting, QUEUE_WAITING);
    assert_int_equal(queue->count, QUEUE_WAITING);
    assert_int_equal(queue->left_out, 2001 - QUEUE_WAITING);
    assert_non_null(queue_find(queue, "bad")); /* the worst stays */
    assert_non_null(queue_find(queue, "t1999"));
    assert_int_equal(queue_take(queue, taken, QUEUE_ENTRIES), QUEUE_WAITING);
    queue_told(queue);
    assert_int_equal(queue->left_out, 0);
    for (int i = 2000; i < 4000; i++) {
        snprintf(id, sizeof id, "t%d", i);
        put(queue, id, ALERT_FIRING, i);
        queue_take(queue, taken, 1);
        queue_told(queue);
    }
    assert_int_equal(queue->count, QUEUE_ENTRIES);
    assert_int_equal(queue->waiting, 0);
}

static void old_ones_expire(void **state)
{
    struct queue *queue = *state;
    put(queue, "told", ALERT_FIRING, 1);
    queue_take(queue, taken, 1);
    queue_told(queue);
    put(queue, "old", ALERT_FIRING, 1);
    put(queue, "new", ALERT_FIRING, 100);
    assert_int_equal(queue_expire(queue, 50), 1);
    assert_null(queue_find(queue, "old"));
    assert_non_null(queue_find(queue, "told"));
    assert_int_equal(queue->waiting, 1);
}

static void forgotten_troubles_end(void **state)
{
    struct queue *queue = *state;
    static const char *const ids[] = {"kept"};
    for (int keeps = 0; keeps < 2; keeps++) {
        put(queue, "kept", ALERT_FIRING, 1);
        put(queue, "told", ALERT_FIRING, 1);
        queue_take(queue, taken, QUEUE_ENTRIES);
        queue_told(queue);
        put(queue, "untold", ALERT_FIRING, 1);
        queue_keep_only(queue, ids, 1, keeps, 77);
        assert_null(queue_find(queue, "untold"));
        assert_non_null(queue_find(queue, "kept"));
        struct entry *told = queue_find(queue, "told");
        assert_int_equal(told != NULL, keeps);
        if (told) {
            assert_int_equal(told->alert->state, ALERT_RESOLVED);
            assert_int_equal(told->alert->at_wall_ms, 77);
        }
        assert_int_equal(queue->waiting, keeps);
    }
}

/* ---- the file ---- */

struct all {
    struct queue queue[CHANNEL_COUNT];
    struct queue *at[CHANNEL_COUNT];
};

static void all_init(struct all *all)
{
    for (size_t i = 0; i < CHANNEL_COUNT; i++) {
        queue_init(&all->queue[i], false);
        all->at[i] = &all->queue[i];
    }
}

static void all_free(struct all *all)
{
    for (size_t i = 0; i < CHANNEL_COUNT; i++)
        queue_free(&all->queue[i]);
}

static void all_render(const struct all *all, struct buf *out)
{
    const struct queue *at[CHANNEL_COUNT];
    for (size_t i = 0; i < CHANNEL_COUNT; i++)
        at[i] = &all->queue[i];
    buf_init(out, 64 * 1024 * 1024);
    queues_render(at, out);
}

static void it_survives_a_file(void **state)
{
    (void)state;
    static const char *const victim[] = {"x\"y", "z\n"};
    struct all before, after;
    struct buf text, again;
    all_init(&before);
    all_init(&after);
    struct alert alert = alert_of("a", ALERT_FIRING, SEVERITY_EMERGENCY, 1795343460000);
    alert.sentence = "é \"quoted\" \x01";
    alert.victim = victim;
    alert.victim_count = 2;
    queue_put(&before.queue[CHANNEL_SLACK], &alert);
    queue_take(&before.queue[CHANNEL_SLACK], taken, 1); /* on its way: who knows whether it arrives */
    queue_put(&before.queue[CHANNEL_EMAIL], &alert);
    put(&before.queue[CHANNEL_ALERTMANAGER], "b", ALERT_FIRING, 5);
    queue_take_all(&before.queue[CHANNEL_ALERTMANAGER], taken, 1);
    queue_told(&before.queue[CHANNEL_ALERTMANAGER]);
    all_render(&before, &text);
    assert_int_equal(queues_read(after.at, buf_string(&text), text.len, NULL), 0);
    all_render(&after, &again);
    assert_string_equal(buf_string(&again), buf_string(&text));
    assert_int_equal(after.queue[CHANNEL_SLACK].waiting, 1);
    assert_int_equal(after.queue[CHANNEL_ALERTMANAGER].waiting, 0);
    assert_true(queue_find(&after.queue[CHANNEL_ALERTMANAGER], "b")->told);
    assert_string_equal(queue_find(&after.queue[CHANNEL_SLACK], "a")->alert->victim[1], "z\n");
    /* A channel that is not configured any more. */
    all_free(&after);
    after.at[CHANNEL_SLACK] = NULL;
    assert_int_equal(queues_read(after.at, buf_string(&text), text.len, NULL), 0);
    assert_int_equal(after.queue[CHANNEL_SLACK].count, 0);
    assert_int_equal(after.queue[CHANNEL_EMAIL].waiting, 1);
    all_free(&before);
    all_free(&after);
    buf_free(&text);
    buf_free(&again);
}

static void damage_is_found(void **state)
{
    (void)state;
    struct all all, before;
    struct buf text;
    all_init(&before);
    put(&before.queue[CHANNEL_SLACK], "a", ALERT_FIRING, 5);
    put(&before.queue[CHANNEL_SLACK], "b", ALERT_FIRING, 5);
    all_render(&before, &text);
    /* Cut anywhere. */
    for (size_t length = 0; length + 1 < text.len; length++) {
        struct error err = {0};
        all_init(&all);
        assert_int_equal(queues_read(all.at, buf_string(&text), length, &err), -EBADMSG);
        assert_non_null(strstr(err.text, "damaged"));
        all_free(&all);
    }
    /* One entry is wrong: the other is kept. */
    static const char *const wrong[][2] = {{"\"state\":\"firing\"", "\"state\":\"on fire\""},
                                           {"\"critical\"", "\"critic\""},
                                           {"\"at_ms\":5", "\"at_ms\":-5"},
                                           {"\"waiting\":true", "\"waiting\":1"},
                                           {"\"victims\":[]", "\"victims\":[1]"},
                                           {"\"title\":", "\"tible\":"},
                                           {"\"id\":\"a\"", "\"id\":\"b\""}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        const char *at = strstr(buf_string(&text), wrong[i][0]);
        assert_non_null(at);
        char *changed = mem_format("%.*s%s%s", (int)(at - buf_string(&text)), buf_string(&text), wrong[i][1],
                                   at + strlen(wrong[i][0]));
        all_init(&all);
        if (queues_read(all.at, changed, strlen(changed), NULL) != -EBADMSG)
            fail_msg("%s passed", wrong[i][1]);
        assert_int_equal(all.queue[CHANNEL_SLACK].count, 1);
        assert_non_null(queue_find(&all.queue[CHANNEL_SLACK], "b"));
        all_free(&all);
        free(changed);
    }
    all_free(&before);
    buf_free(&text);
}

static void a_full_file_is_bounded(void **state)
{
    (void)state;
    struct all all;
    struct buf text;
    buf_init(&text, 64 * 1024 * 1024);
    buf_text(&text, "{\"schema\":1,\"channels\":{\"slack\":[");
    for (int i = 0; i < 3 * QUEUE_ENTRIES; i++)
        buf_format(&text,
                   "%s{\"id\":\"%d\",\"name\":\"\",\"service\":\"\",\"container\":\"\",\"project\":\"\","
                   "\"title\":\"\",\"sentence\":\"\",\"host\":\"\",\"url\":\"\",\"state\":\"firing\","
                   "\"severity\":\"info\",\"victims\":[],\"since_ms\":0,\"at_ms\":0,\"waiting\":%s,"
                   "\"told\":true}",
                   i ? "," : "", i, i % 2 ? "true" : "false");
    buf_text(&text, "]}}");
    all_init(&all);
    assert_int_equal(queues_read(all.at, buf_string(&text), text.len, NULL), -EBADMSG);
    assert_int_equal(all.queue[CHANNEL_SLACK].waiting, QUEUE_WAITING);
    assert_int_equal(all.queue[CHANNEL_SLACK].count, QUEUE_ENTRIES);
    all_free(&all);
    buf_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(in_order_and_once, setup, teardown),
        cmocka_unit_test_setup_teardown(newer_replaces_what_waits, setup, teardown),
        cmocka_unit_test_setup_teardown(ended_before_told_is_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(ended_while_on_its_way, setup, teardown),
        cmocka_unit_test_setup_teardown(another_severity_is_another_alert, setup, teardown),
        cmocka_unit_test_setup_teardown(it_is_bounded, setup, teardown),
        cmocka_unit_test_setup_teardown(old_ones_expire, setup, teardown),
        cmocka_unit_test_setup_teardown(forgotten_troubles_end, setup, teardown),
        cmocka_unit_test(it_survives_a_file),
        cmocka_unit_test(damage_is_found),
        cmocka_unit_test(a_full_file_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
