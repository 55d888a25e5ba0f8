/* SPDX-License-Identifier: MIT */
/* The event stream's framing: cut anywhere, each event once, bad lines skipped. */
#include "docker/events.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "controller/core/limits.h"

/* One event line; the values come from the arguments. */
static char *line(const char *id, const char *action, long long time_ns)
{
    return mem_format(
        "{\"Type\":\"container\",\"Action\":\"%s\",\"Actor\":{\"ID\":\"%s\",\"Attributes\":{\"name\":\"w\","
        "\"text\":\"a\\nb\"}},\"timeNano\":%lld}\n",
        action, id, time_ns);
}

struct heard {
    char text[4096];
    int count;
};

static void on_event(void *user, const struct engine_event *event)
{
    struct heard *heard = user;
    size_t len = strlen(heard->text);
    snprintf(heard->text + len, sizeof heard->text - len, "%s %s;", event->id,
             engine_action_name[event->action]);
    heard->count++;
}

static void feed(struct event_stream *stream, const char *text)
{
    event_stream_feed(stream, text, strlen(text));
}

static void any_cut_gives_the_same(void **state)
{
    (void)state;
    char *lines[] = {line("a", "start", 1), line("b", "health_status: healthy", 2), line("c", "die", 3)};
    char *text = mem_format("%s\r\n%s%s", lines[0], lines[1], lines[2]);
    size_t len = strlen(text);
    for (size_t cut = 0; cut <= len; cut++) {
        struct heard heard = {0};
        struct event_stream *stream = event_stream_new(on_event, &heard);
        event_stream_feed(stream, text, cut);
        event_stream_feed(stream, text + cut, len - cut);
        assert_string_equal(heard.text, "a start;b health_status;c die;");
        assert_int_equal(event_stream_skipped(stream), 0);
        event_stream_free(stream);
    }
    struct heard heard = {0};
    struct event_stream *stream = event_stream_new(on_event, &heard);
    for (size_t i = 0; i < len; i++)
        event_stream_feed(stream, text + i, 1);
    assert_string_equal(heard.text, "a start;b health_status;c die;");
    event_stream_free(stream);
    for (int i = 0; i < 3; i++)
        free(lines[i]);
    free(text);
}

static void replays_are_dropped(void **state)
{
    (void)state;
    struct heard heard = {0};
    struct event_stream *stream = event_stream_new(on_event, &heard);
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 300; i++) {
            char id[16];
            snprintf(id, sizeof id, "c%d", i);
            char *text = line(id, "start", 1000 + i);
            feed(stream, text);
            free(text);
        }
        event_stream_reset(stream); /* a reconnect does not forget them */
        assert_int_equal(heard.count, 300);
    }
    static const struct {
        const char *id, *action;
        long long time_ns;
        int heard;
    } row[] =
        {
            {"c1", "start", 1001, 0}, {"c1", "die", 1001, 1},   {"c1", "start", 1002, 1},
            {"c2", "start", 1001, 1}, {"c2", "start", 1001, 0}, {"c1", "start", 0, 1},
            {"c1", "start", 0, 1}, /* without a time nothing is known */
        };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        int before = heard.count;
        char *text = line(row[i].id, row[i].action, row[i].time_ns);
        feed(stream, text);
        free(text);
        assert_int_equal(heard.count - before, row[i].heard);
    }
    event_stream_free(stream);
}

static void bad_lines_are_skipped_and_counted(void **state)
{
    (void)state;
    struct heard heard = {0};
    struct event_stream *stream = event_stream_new(on_event, &heard);
    char *good = line("a", "start", 1), *other = line("b", "start", 2);
    feed(stream, "{\"broken\n\n \nnot json\n{\"Type\":\"image\",\"Action\":\"pull\"}\n");
    assert_int_equal(event_stream_skipped(stream), 2);
    feed(stream, good);

    char *long_text = mem_new(LIMIT_EVENT_LINE);
    memset(long_text, 'x', LIMIT_EVENT_LINE);
    event_stream_feed(stream, long_text, LIMIT_EVENT_LINE);
    event_stream_feed(stream, long_text, LIMIT_EVENT_LINE);
    feed(stream, "tail\n");
    assert_int_equal(event_stream_skipped(stream), 3);
    feed(stream, other);
    assert_string_equal(heard.text, "a start;b start;");

    feed(stream, "{\"half");
    event_stream_reset(stream);
    free(good);
    good = line("c", "stop", 3);
    feed(stream, good);
    assert_string_equal(heard.text, "a start;b start;c stop;");
    assert_int_equal(event_stream_skipped(stream), 3);
    free(long_text);
    free(good);
    free(other);
    event_stream_free(stream);
    event_stream_free(NULL);
}

static void the_filter_is_an_encoded_object(void **state)
{
    (void)state;
    const char *filter = event_filter();
    assert_memory_equal(filter, "%7B%22type%22%3A%5B%22container%22%2C%22network%22%5D%2C%22event%22%3A%5B",
                        73);
    assert_string_equal(filter + strlen(filter) - 6, "%5D%7D");
    assert_null(strpbrk(filter, "{}[]\":, &"));
    assert_null(strstr(filter, "exec"));
    assert_non_null(strstr(filter, "%22die%22%2C%22died%22"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_cut_gives_the_same),
        cmocka_unit_test(replays_are_dropped),
        cmocka_unit_test(bad_lines_are_skipped_and_counted),
        cmocka_unit_test(the_filter_is_an_encoded_object),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
