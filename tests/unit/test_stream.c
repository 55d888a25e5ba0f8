/* SPDX-License-Identifier: MIT */
/* test_stream.c: streams of events on real sockets: from where a client stopped, the status document by its
 * changes, slow clients, many clients, and the end. */
#include "tests/support/server_fixture.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "controller/core/buf.h"
#include "controller/core/clock.h"
#include "controller/core/limits.h"
#include "tests/support/stream_client.h"

static void tell(struct served *served, const char *sentence)
{
    journal_add(served->journal, &(struct journal_event){.at_wall_ms = sample_moment.wall_ms,
                                                         .severity = SEVERITY_WARNING,
                                                         .kind = "status",
                                                         .service = "web",
                                                         .container = "",
                                                         .sentence = sentence});
}

static void change(struct served *served, const char *service, enum status status)
{
    sample_status(served->registry, registry_service(served->registry, service)->first->ref, status);
    sample_settle(served->registry);
}

static void take_away(struct served *served, const char *service)
{
    const struct service *found = registry_service(served->registry, service);
    while (found && found->first) {
        struct ref ref = found->first->ref;
        bool last = found->instance_count == 1;
        registry_apply(served->registry, &(struct change){.kind = CHANGE_GONE, .ref = ref}, sample_moment);
        if (last)
            break;
    }
    sample_settle(served->registry);
}

static void use_many(struct served *served, size_t count)
{
    registry_free(served->registry);
    served->registry = sample_many(count);
    served->context.registry = served->registry;
    served_reopen(served);
}

/* The next message, which must be of this kind; its data as JSON. */
static struct json_object *expect(struct stream_client *client, const char *event, const char *id)
{
    struct stream_message message;
    if (!stream_client_next(client, &message))
        fail_msg("no message came; expected %s %s; head: %s", event, id, client->head);
    assert_string_equal(message.event, event);
    assert_string_equal(message.id, id);
    struct json_object *tree = json_tokener_parse(message.data);
    if (!tree)
        fail_msg("no JSON: %s", message.data);
    return tree;
}

static const char *text_of(struct json_object *tree, const char *key)
{
    return json_object_get_string(json_object_object_get(tree, key));
}

static void expect_event(struct stream_client *client, const char *id, const char *sentence)
{
    struct json_object *tree = expect(client, "event", id);
    assert_string_equal(text_of(tree, "sentence"), sentence);
    json_object_put(tree);
}

/* A status message: its revision, whether it is all of the document, the names in it ("a b") and those gone.
 */
static void expect_status(struct stream_client *client, int revision, bool full, const char *services,
                          const char *removed)
{
    struct json_object *tree = expect(client, "status", "");
    struct json_object *list = json_object_object_get(tree, "services");
    struct buf names;
    buf_init(&names, 1 << 20);
    for (size_t i = 0; i < json_object_array_length(list); i++)
        buf_format(&names, "%s%s", i ? " " : "", text_of(json_object_array_get_idx(list, i), "name"));
    assert_string_equal(buf_string(&names), services);
    buf_clear(&names);
    list = json_object_object_get(tree, "removed");
    for (size_t i = 0; i < json_object_array_length(list); i++)
        buf_format(&names, "%s%s", i ? " " : "", json_object_get_string(json_object_array_get_idx(list, i)));
    assert_string_equal(buf_string(&names), removed);
    assert_int_equal(json_object_get_int(json_object_object_get(tree, "revision")), revision);
    assert_int_equal(json_object_get_boolean(json_object_object_get(tree, "full")), full);
    assert_non_null(json_object_object_get(tree, "summary"));
    assert_non_null(json_object_object_get(tree, "engine"));
    assert_non_null(json_object_object_get(tree, "controller"));
    buf_free(&names);
    json_object_put(tree);
}

static void events_come_as_they_happen(void **state)
{
    struct served *served = *state;
    struct stream_client client;
    char value[256];
    tell(served, "before");
    stream_client_open(&client, &served->loop, served->port, "/api/v1/events",
                       "Accept: text/event-stream\r\nX-Request-ID: mine\r\n");
    assert_true(stream_client_quiet(&client));
    struct reply reply = {.head = client.head};
    reply_header(&reply, "Content-Type", value);
    assert_string_equal(value, "text/event-stream");
    reply_header(&reply, "Cache-Control", value);
    assert_string_equal(value, "no-store");
    reply_header(&reply, "X-Accel-Buffering", value);
    assert_string_equal(value, "no");
    reply_header(&reply, "X-Request-ID", value);
    assert_string_equal(value, "mine");
    assert_int_equal(client.retry_ms, 2000);
    tell(served, "one: \"quoted\"\nand a new line");
    expect_event(&client, "5f3a-2", "one: \"quoted\"\nand a new line");
    tell(served, "two");
    tell(served, "three");
    expect_event(&client, "5f3a-3", "two");
    expect_event(&client, "5f3a-4", "three");
    change(served, "web", STATUS_FAILED); /* the document was not asked for */
    assert_true(stream_client_quiet(&client));
    stream_client_close(&client);
}

static void it_goes_on_where_the_client_stopped(void **state)
{
    struct served *served = *state;
    struct stream_client client;
    for (int i = 1; i <= 5; i++)
        tell(served, i == 4 ? "four" : "other");
    static const char *const ways[][2] = {
        {"/api/v1/events?stream=1", "Last-Event-ID: 5f3a-3\r\n"},
        {"/api/v1/events?stream=true&last_event_id=5f3a-3", ""},
        {"/api/v1/events?stream=yes&last_event_id=3", ""},
        {"/api/v1/events?last_event_id=1", "Accept: text/event-stream\r\nLast-Event-ID: 3\r\n"},
    };
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        stream_client_open(&client, &served->loop, served->port, ways[i][0], ways[i][1]);
        expect_event(&client, "5f3a-4", "four");
        expect_event(&client, "5f3a-5", "other");
        assert_true(stream_client_quiet(&client));
        stream_client_close(&client);
    }
    stream_client_open(&client, &served->loop, served->port, "/api/v1/events?stream=1&last_event_id=0", "");
    for (int i = 1; i <= 5; i++) {
        char id[20];
        snprintf(id, sizeof id, "5f3a-%d", i);
        expect_event(&client, id, i == 4 ? "four" : "other");
    }
    stream_client_close(&client);
}

/* What the client has seen is of another life of the controller: all there is, after a word about it. */
static void another_life_begins_anew(void **state)
{
    struct served *served = *state;
    static const char *const foreign[] = {"5f39-7", "junk", "5f3a-99", "5f3a-", "-1"};
    tell(served, "one");
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++) {
        struct stream_client client;
        char header[64];
        snprintf(header, sizeof header, "Last-Event-ID: %s\r\n", foreign[i]);
        stream_client_open(&client, &served->loop, served->port, "/api/v1/events?stream=1", header);
        struct json_object *tree = expect(&client, "restart", "5f3a-0");
        assert_string_equal(text_of(tree, "start_id"), "5f3a");
        json_object_put(tree);
        expect_event(&client, "5f3a-1", "one");
        stream_client_close(&client);
    }
}

/* The journal is bounded: what is lost is counted, not passed over. */
static void what_is_lost_is_told(void **state)
{
    struct served *served = *state;
    struct stream_client client;
    for (int i = 0; i < JOURNAL_EVENTS + 10; i++)
        tell(served, "again");
    stream_client_open(&client, &served->loop, served->port, "/api/v1/events?stream=1&last_event_id=4", "");
    struct json_object *tree = expect(&client, "gap", "");
    assert_int_equal(json_object_get_int(json_object_object_get(tree, "missed")), 6);
    json_object_put(tree);
    for (int i = 11; i <= JOURNAL_EVENTS + 10; i++) {
        char id[32];
        snprintf(id, sizeof id, "5f3a-%d", i);
        expect_event(&client, id, "again");
    }
    assert_true(stream_client_quiet(&client));
    stream_client_close(&client);
}

static void the_document_by_its_changes(void **state)
{
    struct served *served = *state;
    struct stream_client client;
    stream_client_open(&client, &served->loop, served->port, "/api/v1/events?stream=1&include=status", "");
    expect_status(&client, 1, true, "cache db web", "");
    change(served, "cache", STATUS_FAILED); /* web depends on it and shows its status */
    expect_status(&client, 2, false, "cache web", "");
    tell(served, "an event");
    take_away(served, "db");
    expect_event(&client, "5f3a-1", "an event");
    expect_status(&client, 3, false, "web", "db");
    sample_add(served->registry, sample_spec("name:bot:db", "db", 5432),
               sample_observed("d0", "bot-db-9", "172.20.0.9", "db"), STATUS_HEALTHY);
    sample_settle(served->registry);
    expect_status(&client, 4, false, "db web", "");
    sample_head(served->registry, false);
    sample_settle(served->registry);
    expect_status(&client, 5, false, "", "");
    stream_client_close(&client);
}

/* A client that comes back says which document it knows. */
static void the_document_since(void **state)
{
    struct served *served = *state;
    struct stream_client client;
    change(served, "cache", STATUS_FAILED);
    take_away(served, "db");
    static const struct {
        const char *since;
        bool full;
        const char *services, *removed;
    } cases[] = {
        {"5f3a-3", false, "", ""},
        {"3", false, "", ""},
        {"5f3a-2", false, "web", "db"},
        {"5f3a-1", false, "cache web", "db"},
        {"5f3a-0", false, "cache web", "db"},
        {"5f3a-4", true, "cache web", ""},
        {"5f39-3", true, "cache web", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char path[100];
        snprintf(path, sizeof path, "/api/v1/events?stream=1&include=status&since=%s", cases[i].since);
        stream_client_open(&client, &served->loop, served->port, path, "");
        expect_status(&client, 3, cases[i].full, cases[i].services, cases[i].removed);
        assert_true(stream_client_quiet(&client));
        stream_client_close(&client);
    }
}

static void wrong_words(void **state)
{
    struct served *served = *state;
    static const char *const wrong[] = {"include=all",           "include=",        "include=status&since=x",
                                        "include=status&since=", "last_event_id=x", "last_event_id=-1"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char request[100];
        snprintf(request, sizeof request, "GET /api/v1/events?stream=1&%s", wrong[i]);
        assert_int_equal(served_status(served, request, ""), 400);
    }
    served->options.read_token = "read-me";
    served_reopen(served);
    assert_int_equal(served_status(served, "GET /api/v1/events?stream=1", ""), 401);
}

static void head_has_no_body(void **state)
{
    struct served *served = *state;
    int fd = loop_connect(served->port);
    static const char text[] = "HEAD /api/v1/events?stream=1 HTTP/1.1\r\nHost: h\r\n\r\n";
    loop_send(&served->loop, fd, text, sizeof text - 1);
    struct reply reply = loop_reply(&served->loop, fd, true);
    assert_int_equal(reply.status, 200);
    assert_int_equal(reply.length, 0);
    reply_free(&reply);
    close(fd);
}

/* Changes that come thick are told together; the client ends up with the same document as everybody. */
static void thick_changes_are_told_together(void **state)
{
    struct served *served = *state;
    struct stream_client client;
    struct stream_message message;
    stream_client_open(&client, &served->loop, served->port, "/api/v1/events?stream=1&include=status", "");
    expect_status(&client, 1, true, "cache db web", "");
    int64_t began = clock_now().mono_ms;
    for (int i = 0; i < 40; i++) {
        change(served, "web", i % 2 ? STATUS_HEALTHY : STATUS_FAILED);
        for (int turn = 0; turn < 5; turn++)
            uv_run(&served->loop, UV_RUN_NOWAIT);
    }
    int told = 0;
    char last[16];
    snprintf(last, sizeof last, "%d,", (int)registry_revision(served->registry));
    do {
        assert_true(stream_client_next(&client, &message));
        told++;
    } while (!strstr(message.data, last));
    int64_t took = clock_now().mono_ms - began;
    assert_true(told <= 2 + took / 100);
    assert_true(stream_client_quiet(&client));
    stream_client_close(&client);
}

/* Who does not read keeps nothing growing: when it reads again, it is told the present in one piece. */
static void a_slow_client_gets_the_present(void **state)
{
    struct served *served = *state;
    struct stream_client client;
    struct stream_message message;
    use_many(served, 2000);
    stream_client_open(&client, &served->loop, served->port, "/api/v1/events?stream=1&include=status", "");
    for (int round = 0; round < 300; round++) {
        const struct service *service = registry_at(served->registry, (size_t)round);
        sample_status(served->registry, service->first->ref, STATUS_FAILED);
        sample_settle(served->registry);
        for (int turn = 0; turn < 3; turn++)
            uv_run(&served->loop, UV_RUN_NOWAIT);
    }
    assert_true(stream_client_next(&client, &message));
    assert_non_null(strstr(message.data, "\"revision\":1,"));
    int count = 0;
    do {
        assert_true(stream_client_next(&client, &message));
        count++;
    } while (!strstr(message.data, "\"revision\":301,"));
    assert_true(count <= 3);
    assert_true(stream_client_quiet(&client));
    stream_client_close(&client);
}

/* Turns the loop, as a client does that reads nothing. */
static void turn_for(struct served *served, int64_t ms)
{
    for (int64_t end = clock_now().mono_ms + ms; clock_now().mono_ms < end; usleep(1000))
        uv_run(&served->loop, UV_RUN_NOWAIT);
}

/* Who takes nothing for the time that idle clients are given is let go. */
static void a_client_that_reads_nothing_is_let_go(void **state)
{
    struct served *served = *state;
    struct stream_client client;
    struct stream_message message;
    served->options.idle_s = 1;
    use_many(served, 10000);
    stream_client_open(&client, &served->loop, served->port, "/api/v1/events?stream=1&include=status", "");
    turn_for(served, 3000);
    assert_false(stream_client_next(&client, &message)); /* cut in the middle of the document */
    assert_false(client.ended);
    stream_client_close(&client);
    /* One that reads is not, however silent the stream is. */
    stream_client_open(&client, &served->loop, served->port, "/api/v1/events?stream=1", "");
    turn_for(served, 3000);
    tell(served, "still there");
    expect_event(&client, "5f3a-1", "still there");
    stream_client_close(&client);
}

/* What is kept for slow clients is bounded: those that hold the oldest are let go, the others get theirs
 * whole.
 */
static void what_slow_clients_hold_is_bounded(void **state)
{
    struct served *served = *state;
    enum { SOME = 6 };
    struct stream_client clients[SOME];
    struct stream_message message;
    use_many(served, 10000);
    size_t size = 0;
    for (size_t i = 0; i < registry_count(served->registry); i++)
        size += registry_at(served->registry, i)->json_len;
    size_t fitting = size ? (size_t)LIMIT_STREAM_BYTES / size : 0;
    assert_true(fitting >= 1 && fitting < SOME);
    for (int i = 0; i < SOME; i++) {
        stream_client_open(&clients[i], &served->loop, served->port, "/api/v1/events?stream=1&include=status",
                           "");
        turn_for(served, 50);
        sample_status(served->registry, registry_at(served->registry, (size_t)i)->first->ref, STATUS_FAILED);
        sample_settle(served->registry);
    }
    /* They do not hold each other up, and the latest get all. */
    size_t whole = 0;
    for (int i = SOME - 1; i >= 0; i--) {
        bool got = stream_client_next(&clients[i], &message);
        if (got)
            assert_non_null(strstr(message.data, "\"full\":true"));
        assert_true(!got || whole == (size_t)(SOME - 1 - i)); /* the oldest are those that are let go */
        whole += got;
        stream_client_close(&clients[i]);
    }
    assert_true(whole >= 1 && whole <= fitting);
}

static void hurry(uv_handle_t *handle, void *user)
{
    uv_timer_t *timer = (uv_timer_t *)handle;
    int *found = user;
    if (handle->type != UV_TIMER || !uv_is_active(handle) || uv_timer_get_repeat(timer) != 15000)
        return;
    uv_timer_set_repeat(timer, 100);
    uv_timer_again(timer);
    ++*found;
}

/* Every 15 s, for the test faster: who hears nothing else hears a comment; the timer runs only for somebody.
 */
static void a_sign_of_life(void **state)
{
    struct served *served = *state;
    struct stream_client clients[2];
    int timers = 0, before = 0;
    served->options.idle_s = 1; /* so that its sweep has another interval */
    served_reopen(served);
    uv_walk(&served->loop, hurry, &before);
    assert_int_equal(before, 0);
    for (int i = 0; i < 2; i++)
        stream_client_open(&clients[i], &served->loop, served->port, "/api/v1/events?stream=1", "");
    uv_walk(&served->loop, hurry, &timers);
    assert_int_equal(timers, 1);
    turn_for(served, 1050);
    for (int i = 0; i < 2; i++) {
        assert_true(stream_client_quiet(&clients[i]));
        assert_true(clients[i].comments >= 2 && clients[i].comments <= 14);
        stream_client_close(&clients[i]);
    }
    turn_for(served, 50);
    timers = 0;
    stream_client_open(&clients[0], &served->loop, served->port, "/api/v1/events?stream=1", "");
    uv_walk(&served->loop, hurry, &timers);
    assert_int_equal(timers, 1); /* begun anew: it had stopped */
    stream_client_close(&clients[0]);
}

static void allow_files(void)
{
    struct rlimit files; /* both ends of the connections are ours */
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &files), 0);
    files.rlim_cur = files.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &files), 0);
}

/* Many clients: all hear the same, more than the bound are refused, others are served meanwhile; those that
 * leave make room. */
static void many_clients(void **state)
{
    struct served *served = *state;
    struct stream_client *clients = mem_new(LIMIT_HTTP_STREAMS * sizeof *clients);
    allow_files();
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < LIMIT_HTTP_STREAMS; i++)
            stream_client_open(&clients[i], &served->loop, served->port,
                               "/api/v1/events?stream=1&include=status", "");
        struct reply reply = served_ask(served, "GET /api/v1/events?stream=1", "");
        assert_int_equal(reply.status, 503);
        assert_non_null(strstr(reply.body, "Too many streams"));
        reply_free(&reply);
        assert_int_equal(served_status(served, "GET /api/v1/status", ""), 200);
        tell(served, "to all");
        char id[20];
        snprintf(id, sizeof id, "5f3a-%d", round + 1);
        for (int i = 0; i < LIMIT_HTTP_STREAMS; i++) {
            expect_status(&clients[i], 1, true, "cache db web", "");
            expect_event(&clients[i], id, "to all");
        }
        for (int i = 0; i < LIMIT_HTTP_STREAMS; i++)
            stream_client_close(&clients[i]);
        for (int turn = 0; turn < 50; turn++)
            uv_run(&served->loop, UV_RUN_NOWAIT);
    }
    free(clients);
}

/* quaywatch stops: what has happened is told, and the stream ends as streams do. */
static void the_end(void **state)
{
    struct served *served = *state;
    struct stream_client client;
    struct stream_message message;
    stream_client_open(&client, &served->loop, served->port, "/api/v1/events?stream=1&include=status", "");
    expect_status(&client, 1, true, "cache db web", "");
    change(served, "web", STATUS_FAILED);
    tell(served, "last words");
    server_stop(served->server);
    expect_event(&client, "5f3a-1", "last words");
    expect_status(&client, 2, false, "web", "");
    assert_false(stream_client_next(&client, &message));
    assert_true(client.ended);
    assert_int_equal(served_status(served, "GET /api/v1/events?stream=1", ""), 503);
    assert_int_equal(served_status(served, "GET /api/v1/status?index=2&wait=5m", ""), 200);
    stream_client_close(&client);
    /* Also when it ends at once. */
    served_reopen(served);
    stream_client_open(&client, &served->loop, served->port, "/api/v1/events?stream=1", "");
    tell(served, "very last words");
    served_reopen(served);
    expect_event(&client, "5f3a-2", "very last words");
    assert_false(stream_client_next(&client, &message));
    assert_true(client.ended);
    stream_client_close(&client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVED(events_come_as_they_happen),
        SERVED(it_goes_on_where_the_client_stopped),
        SERVED(another_life_begins_anew),
        SERVED(what_is_lost_is_told),
        SERVED(the_document_by_its_changes),
        SERVED(the_document_since),
        SERVED(wrong_words),
        SERVED(head_has_no_body),
        SERVED(thick_changes_are_told_together),
        SERVED(a_slow_client_gets_the_present),
        SERVED(a_client_that_reads_nothing_is_let_go),
        SERVED(what_slow_clients_hold_is_bounded),
        SERVED(a_sign_of_life),
        SERVED(many_clients),
        SERVED(the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
