/* SPDX-License-Identifier: MIT */
/* test_channels.c: alerts on their way: they arrive once, are tried again, joined, kept over restarts and
 * kills, and what is secret is told to nobody else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <ftw.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <signal.h>
#include <unistd.h>

#include "controller/core/clock.h"
#include "controller/core/error.h"
#include "controller/core/file.h"
#include "controller/core/mem.h"
#include "controller/core/stats.h"
#include "exporter/alerts/channels.h"
#include "tests/support/fake_http.h"

enum { PATIENCE_MS = 15000, REQUESTS_KEPT = 64, ANSWERS = 8 };

struct bench {
    uv_loop_t loop;
    struct fake fake;
    char folder[64], base[64], url[96];
    struct channels *channels;
    struct channels_config config;
    struct stats stats;
    const char *answer[ANSWERS]; /* of the first requests; NULL: "200 OK"; "": none at all */
    const char *answer_body;
    int requests, troubles;
    char *request[REQUESTS_KEPT];
    int64_t at_ms[REQUESTS_KEPT];
    char trouble[512]; /* the latest; "" works again */
    enum channel_kind trouble_of;
    struct channel_tested tested;
    int tests;
    bool late;
};

static void on_request(struct fake_conn *conn, const char *request, void *user)
{
    struct bench *bench = user;
    int number = bench->requests++;
    assert_true(number < REQUESTS_KEPT);
    bench->request[number] = mem_copy(request);
    bench->at_ms[number] = (int64_t)(uv_hrtime() / 1000000);
    const char *answer = number < ANSWERS ? bench->answer[number] : NULL;
    if (answer && !answer[0])
        return;
    fake_answer(conn, answer ? answer : "200 OK", bench->answer_body ? bench->answer_body : "");
}

static void on_trouble(void *user, enum channel_kind kind, const char *sentence)
{
    struct bench *bench = user;
    bench->troubles++;
    bench->trouble_of = kind;
    snprintf(bench->trouble, sizeof bench->trouble, "%s", sentence ? sentence : "");
    if (strstr(bench->trouble, "hush") || strstr(bench->trouble, "127.0.0.1"))
        fail_msg("a secret: %s", bench->trouble);
}

static void open_channels(struct bench *bench)
{
    struct error err = {0};
    bench->channels = channels_open(&bench->loop, &bench->config, bench->folder, &bench->stats, on_trouble,
                                    bench, &err);
    assert_non_null(bench->channels);
}

static void close_channels(struct bench *bench)
{
    channels_close(bench->channels);
    bench->channels = NULL;
}

static int setup(void **state)
{
    struct bench *bench = mem_new(sizeof *bench);
    uv_loop_init(&bench->loop);
    int port = fake_listen_tcp(&bench->fake, &bench->loop, on_request, bench);
    snprintf(bench->folder, sizeof bench->folder, "/tmp/quaywatch-channels.XXXXXX");
    assert_non_null(mkdtemp(bench->folder));
    snprintf(bench->base, sizeof bench->base, "http://127.0.0.1:%d", port);
    snprintf(bench->url, sizeof bench->url, "http://user:hush@127.0.0.1:%d/hush?key=hush", port);
    bench->config = (struct channels_config){.url = {[CHANNEL_WEBHOOK] = bench->url},
                                             .host = "node-1",
                                             .retry = true,
                                             .attempts = 3,
                                             .retry_base_ms = 20,
                                             .retry_max_ms = 40};
    *state = bench;
    return 0;
}

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *place)
{
    (void)info;
    (void)type;
    (void)place;
    return remove(path);
}

static int teardown(void **state)
{
    struct bench *bench = *state;
    close_channels(bench);
    fake_close(&bench->fake);
    uv_run(&bench->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&bench->loop), 0);
    nftw(bench->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    stats_free(&bench->stats);
    for (int i = 0; i < bench->requests; i++)
        free(bench->request[i]);
    free(bench);
    return 0;
}

static void on_late(uv_timer_t *timer)
{
    struct bench *bench = timer->data;
    bench->late = true;
}

/* Turns the loop until condition holds, or so long at most. */
static bool turn_until(struct bench *bench, bool (*condition)(const struct bench *bench), uint64_t ms)
{
    uv_timer_t timer;
    uv_timer_init(&bench->loop, &timer);
    timer.data = bench;
    bench->late = false;
    uv_timer_start(&timer, on_late, ms, 0);
    while (!(condition && condition(bench)) && !bench->late)
        uv_run(&bench->loop, UV_RUN_ONCE);
    uv_close((uv_handle_t *)&timer, NULL);
    uv_run(&bench->loop, UV_RUN_NOWAIT);
    return !bench->late;
}

static uint64_t counted(const struct bench *bench, const char *channel, const char *result)
{
    for (size_t i = 0; i < bench->stats.alerts.count; i++) {
        const struct counter_set *set = &bench->stats.alerts.set[i];
        if (strcmp(set->label[0], channel) == 0 && strcmp(set->label[1], result) == 0)
            return set->count;
    }
    return 0;
}

static bool all_over(const struct bench *bench)
{
    for (int i = 0; i < CHANNEL_COUNT; i++)
        if (channels_waiting(bench->channels, (enum channel_kind)i))
            return false;
    return true;
}

static void settle(struct bench *bench)
{
    assert_true(turn_until(bench, all_over, PATIENCE_MS));
}

static struct alert alert_of(const char *id, enum alert_state state)
{
    return (struct alert){.id = id,
                          .name = "service-unhealthy",
                          .state = state,
                          .severity = SEVERITY_CRITICAL,
                          .service = id,
                          .container = "",
                          .project = "",
                          .title = id,
                          .sentence = alert_state_name[state],
                          .since_wall_ms = 1,
                          .at_wall_ms = clock_now().wall_ms,
                          .host = "node-1",
                          .url = ""};
}

static void put(struct bench *bench, const char *id, enum alert_state state)
{
    const struct alert alert = alert_of(id, state);
    channels_send(bench->channels, ~0u, &alert);
}

/* The text of a file in the folder; "" when there is none. */
static char *file_text(const struct bench *bench, const char *name)
{
    char *path = mem_format("%s/%s", bench->folder, name), *text = NULL;
    if (file_read(path, 1 << 20, &text, NULL, NULL) != 0)
        text = mem_copy("");
    free(path);
    return text;
}

static bool file_says(const struct bench *bench, const char *part)
{
    char *text = file_text(bench, "alert-queue.json");
    bool found = strstr(text, part) != NULL;
    free(text);
    return found;
}

/* ---- arriving ---- */

static void alerts_arrive_in_order_and_once(void **state)
{
    struct bench *bench = *state;
    open_channels(bench);
    put(bench, "one", ALERT_FIRING);
    put(bench, "two", ALERT_FIRING);
    assert_int_equal(bench->requests, 0); /* nothing before it returns */
    assert_int_equal(channels_waiting(bench->channels, CHANNEL_WEBHOOK), 2);
    settle(bench);
    assert_int_equal(bench->requests, 2);
    assert_ptr_equal(strstr(bench->request[0], "POST /hush?key=hush HTTP/1.1\r\n"), bench->request[0]);
    assert_non_null(strstr(bench->request[0], "\"title\":\"one\""));
    assert_non_null(strstr(bench->request[1], "\"title\":\"two\""));
    assert_true(bench->at_ms[1] - bench->at_ms[0] >= 95); /* its least distance */
    assert_int_equal(counted(bench, "webhook", "sent"), 2);
    turn_until(bench, NULL, 300);
    assert_int_equal(bench->requests, 2);
    assert_int_equal(bench->troubles, 0);
    assert_false(file_says(bench, "hush"));
}

static void only_the_named_and_configured(void **state)
{
    struct bench *bench = *state;
    char slack[96];
    snprintf(slack, sizeof slack, "%s/slack", bench->base);
    bench->config.url[CHANNEL_SLACK] = slack;
    open_channels(bench);
    assert_true(channels_has(bench->channels, CHANNEL_SLACK));
    assert_false(channels_has(bench->channels, CHANNEL_EMAIL));
    assert_false(channels_has(NULL, CHANNEL_SLACK));
    const struct alert alert = alert_of("one", ALERT_FIRING);
    channels_send(bench->channels, 1u << CHANNEL_SLACK | 1u << CHANNEL_EMAIL, &alert);
    settle(bench);
    assert_int_equal(bench->requests, 1);
    assert_non_null(strstr(bench->request[0], "POST /slack "));
}

static void failures_are_tried_again(void **state)
{
    struct bench *bench = *state;
    bench->answer[0] = "500 Internal Server Error";
    bench->answer[1] = "503 Service Unavailable";
    open_channels(bench);
    put(bench, "one", ALERT_FIRING);
    settle(bench);
    assert_int_equal(bench->requests, 3);
    assert_true(bench->at_ms[2] - bench->at_ms[1] >= 35); /* doubled */
    assert_int_equal(counted(bench, "webhook", "retried"), 2);
    assert_int_equal(counted(bench, "webhook", "sent"), 1);
    assert_int_equal(bench->troubles, 0);
}

static bool in_trouble(const struct bench *bench)
{
    return bench->trouble[0] != '\0';
}

static void a_channel_that_fails_is_said_and_keeps(void **state)
{
    struct bench *bench = *state;
    for (int i = 0; i < 3; i++)
        bench->answer[i] = "500 Internal Server Error";
    open_channels(bench);
    put(bench, "one", ALERT_FIRING);
    assert_true(turn_until(bench, in_trouble, PATIENCE_MS));
    assert_string_equal(bench->trouble, "it answered 500; what is to be told waits and is tried again");
    assert_int_equal(bench->trouble_of, CHANNEL_WEBHOOK);
    assert_string_equal(channels_trouble(bench->channels, CHANNEL_WEBHOOK), bench->trouble);
    assert_int_equal(channels_waiting(bench->channels, CHANNEL_WEBHOOK), 1);
    /* Settings read again: perhaps they were the fault. */
    channels_configure(bench->channels, &bench->config);
    settle(bench);
    assert_int_equal(bench->requests, 4);
    assert_string_equal(bench->trouble, "");
    assert_int_equal(bench->troubles, 2);
    assert_null(channels_trouble(bench->channels, CHANNEL_WEBHOOK));
}

static void what_will_never_work_is_dropped(void **state)
{
    struct bench *bench = *state;
    bench->answer[0] = "404 Not Found";
    bench->answer_body = "Cannot POST /hush?key=hush";
    open_channels(bench);
    put(bench, "one", ALERT_FIRING);
    settle(bench);
    assert_int_equal(bench->requests, 1);
    assert_string_equal(bench->trouble,
                        "it answered 404: there is nothing at this address; the alert was dropped");
    assert_int_equal(counted(bench, "webhook", "dropped"), 1);
    put(bench, "two", ALERT_FIRING);
    settle(bench);
    assert_string_equal(bench->trouble, "");
}

static void without_retries_once_is_all(void **state)
{
    struct bench *bench = *state;
    bench->config.retry = false;
    bench->answer[0] = "500 Internal Server Error";
    open_channels(bench);
    put(bench, "one", ALERT_FIRING);
    settle(bench);
    assert_int_equal(bench->requests, 1);
    assert_int_equal(counted(bench, "webhook", "dropped"), 1);
}

static void too_many_waits_as_long_as_asked(void **state)
{
    struct bench *bench = *state;
    bench->answer[0] = "429 Too Many Requests\r\nRetry-After: 1";
    open_channels(bench);
    put(bench, "one", ALERT_FIRING);
    settle(bench);
    assert_int_equal(bench->requests, 2);
    assert_true(bench->at_ms[1] - bench->at_ms[0] >= 990);
    assert_int_equal(counted(bench, "webhook", "throttled"), 1);
    assert_int_equal(bench->troubles, 0);
}

static bool asked_twice(const struct bench *bench)
{
    return bench->requests >= 2;
}

static void an_end_overtakes(void **state)
{
    struct bench *bench = *state;
    bench->answer[0] = "500 Internal Server Error";
    bench->config.retry_base_ms = bench->config.retry_max_ms = 300;
    open_channels(bench);
    put(bench, "one", ALERT_FIRING);
    put(bench, "two", ALERT_FIRING);
    turn_until(bench, NULL, 150); /* the first has failed and waits, so does the second */
    assert_int_equal(bench->requests, 1);
    put(bench, "one", ALERT_RESOLVED);
    assert_int_equal(channels_waiting(bench->channels, CHANNEL_WEBHOOK), 1);
    settle(bench);
    assert_int_equal(bench->requests, 2);
    assert_non_null(strstr(bench->request[1], "\"title\":\"two\""));
    put(bench, "two", ALERT_RESOLVED);
    settle(bench);
    assert_int_equal(bench->requests, 3);
    assert_non_null(strstr(bench->request[2], "\"state\":\"resolved\""));
    assert_true(asked_twice(bench));
}

static void a_storm_is_one_message(void **state)
{
    struct bench *bench = *state;
    char slack[96], id[16];
    snprintf(slack, sizeof slack, "%s/slack", bench->base);
    bench->config.url[CHANNEL_WEBHOOK] = "";
    bench->config.url[CHANNEL_SLACK] = slack;
    open_channels(bench);
    for (int i = 0; i < 500; i++) {
        snprintf(id, sizeof id, "s%d", i);
        put(bench, id, ALERT_FIRING);
    }
    settle(bench);
    assert_int_equal(bench->requests, 1);
    assert_non_null(strstr(bench->request[0], "500 alerts: 128 firing"));
    assert_int_equal(counted(bench, "slack", "sent"), 128);
}

/* ---- accounts ---- */

static void a_dead_mans_switch_is_pinged(void **state)
{
    struct bench *bench = *state;
    char url[96];
    snprintf(url, sizeof url, "%s/hush", bench->base);
    bench->config.url[CHANNEL_WEBHOOK] = "";
    bench->config.url[CHANNEL_HEALTHCHECKS] = url;
    bench->config.ping_interval_ms = 1000;
    open_channels(bench);
    assert_true(turn_until(bench, asked_twice, PATIENCE_MS));
    assert_non_null(strstr(bench->request[0], "POST /hush HTTP"));
    int64_t apart = bench->at_ms[1] - bench->at_ms[0];
    assert_true(apart >= 990 && apart < 3000);
    put(bench, "db", ALERT_FIRING);
    settle(bench);
    assert_non_null(strstr(bench->request[bench->requests - 1], "POST /hush/fail HTTP"));
    assert_non_null(strstr(bench->request[bench->requests - 1], "\r\n\r\ndb\nfiring"));
    int asked = bench->requests;
    while (bench->requests == asked)
        assert_false(turn_until(bench, NULL, 100));
    assert_non_null(strstr(bench->request[asked], "POST /hush/fail HTTP")); /* it goes on */
    put(bench, "db", ALERT_RESOLVED);
    settle(bench);
    assert_non_null(strstr(bench->request[bench->requests - 1], "POST /hush HTTP"));
}

static void what_fires_is_fired_again(void **state)
{
    struct bench *bench = *state;
    bench->config.url[CHANNEL_WEBHOOK] = "";
    bench->config.url[CHANNEL_ALERTMANAGER] = bench->base;
    bench->config.refire_interval_ms = 1000;
    open_channels(bench);
    turn_until(bench, NULL, 100);
    assert_int_equal(bench->requests, 0); /* nothing fires: nothing is said */
    put(bench, "db", ALERT_FIRING);
    put(bench, "web", ALERT_FIRING);
    assert_true(turn_until(bench, asked_twice, PATIENCE_MS));
    for (int i = 0; i < 2; i++) {
        assert_non_null(strstr(bench->request[i], "\"service\":\"db\""));
        assert_non_null(strstr(bench->request[i], "\"service\":\"web\""));
    }
    put(bench, "db", ALERT_RESOLVED);
    settle(bench);
    assert_non_null(strstr(bench->request[2], "\"service\":\"db\""));
    assert_int_equal(counted(bench, "alertmanager", "sent"), 3); /* firing again is no news */
    int asked = bench->requests;
    while (bench->requests == asked)
        assert_false(turn_until(bench, NULL, 100));
    assert_null(strstr(bench->request[asked], "\"service\":\"db\""));
    /* A start later: of what was told, nothing goes on. */
    close_channels(bench);
    uv_run(&bench->loop, UV_RUN_NOWAIT);
    open_channels(bench);
    asked = bench->requests;
    channels_keep_only(bench->channels, NULL, 0, 5000);
    settle(bench);
    assert_int_equal(bench->requests, asked + 1);
    assert_non_null(strstr(bench->request[asked], "\"service\":\"web\""));
    assert_non_null(strstr(bench->request[asked], "\"endsAt\":\"1970-01-01T00:00:05.000Z\""));
    turn_until(bench, NULL, 1200);
    assert_int_equal(bench->requests, asked + 1);
}

/* ---- the disk ---- */

/* Both are on disk, and so is that they wait; or that both were told. */
static bool both_wait(const struct bench *bench)
{
    return file_says(bench, "\"id\":\"one\"") && file_says(bench, "\"id\":\"two\"");
}

static bool both_are_told(const struct bench *bench)
{
    return both_wait(bench) && !file_says(bench, "\"waiting\":true") && !file_says(bench, "\"told\":false");
}

static void what_waits_survives_a_restart(void **state)
{
    struct bench *bench = *state;
    bench->answer[0] = "500 Internal Server Error";
    bench->config.retry_base_ms = bench->config.retry_max_ms = 60000;
    open_channels(bench);
    put(bench, "one", ALERT_FIRING);
    put(bench, "two", ALERT_FIRING);
    turn_until(bench, NULL, 100);
    assert_true(turn_until(bench, both_wait, PATIENCE_MS));
    assert_int_equal(bench->requests, 1);
    close_channels(bench);
    turn_until(bench, NULL, 50);
    open_channels(bench);
    assert_int_equal(channels_waiting(bench->channels, CHANNEL_WEBHOOK), 2);
    settle(bench);
    assert_int_equal(bench->requests, 3);
    assert_non_null(strstr(bench->request[1], "\"title\":\"one\""));
    assert_non_null(strstr(bench->request[2], "\"title\":\"two\""));
    /* And what was told is not told again. */
    assert_true(turn_until(bench, both_are_told, PATIENCE_MS));
    close_channels(bench);
    turn_until(bench, NULL, 50);
    open_channels(bench);
    turn_until(bench, NULL, 300);
    assert_int_equal(bench->requests, 3);
}

/* A process of its own takes an alert and is killed before it could tell of it. */
static void what_waits_survives_a_kill(void **state)
{
    struct bench *bench = *state;
    int pipes[2];
    assert_int_equal(pipe(pipes), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        uv_loop_t loop;
        uv_loop_init(&loop);
        struct channels_config config = bench->config;
        config.url[CHANNEL_WEBHOOK] = "http://127.0.0.1:1/";
        config.retry_base_ms = config.retry_max_ms = 60000;
        struct channels *channels = channels_open(&loop, &config, bench->folder, &bench->stats, on_trouble,
                                                  bench, NULL);
        const struct alert alert = alert_of("one", ALERT_FIRING);
        channels_send(channels, ~0u, &alert);
        while (!file_says(bench, "\"id\":\"one\""))
            uv_run(&loop, UV_RUN_NOWAIT);
        if (write(pipes[1], "x", 1) != 1)
            _exit(1);
        for (;;)
            uv_run(&loop, UV_RUN_ONCE);
    }
    char byte;
    assert_int_equal(read(pipes[0], &byte, 1), 1);
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    close(pipes[0]);
    close(pipes[1]);
    open_channels(bench);
    settle(bench);
    assert_int_equal(bench->requests, 1);
    assert_non_null(strstr(bench->request[0], "\"title\":\"one\""));
}

static void a_damaged_file_is_set_aside(void **state)
{
    struct bench *bench = *state;
    char *path = mem_format("%s/alert-queue.json", bench->folder);
    assert_int_equal(file_replace(path, "{\"schema\":1,\"chan", 17, NULL), 0);
    open_channels(bench);
    assert_int_equal(bench->trouble_of, CHANNEL_COUNT);
    assert_non_null(strstr(bench->trouble, "damaged; set aside as "));
    char *aside = file_text(bench, "alert-queue.json.damaged");
    assert_string_equal(aside, "{\"schema\":1,\"chan");
    put(bench, "one", ALERT_FIRING);
    settle(bench);
    assert_int_equal(bench->requests, 1);
    free(aside);
    free(path);
}

static void a_full_disk_is_said_once(void **state)
{
    struct bench *bench = *state;
    open_channels(bench);
    char *away = mem_format("%s.away", bench->folder);
    assert_int_equal(rename(bench->folder, away), 0);
    put(bench, "one", ALERT_FIRING);
    assert_true(turn_until(bench, in_trouble, PATIENCE_MS));
    assert_int_equal(bench->trouble_of, CHANNEL_COUNT);
    assert_non_null(strstr(bench->trouble, "alerts that wait are not kept on disk"));
    put(bench, "two", ALERT_FIRING);
    settle(bench);
    turn_until(bench, NULL, 50);
    assert_int_equal(bench->troubles, 1);
    assert_int_equal(bench->requests, 2); /* told all the same */
    assert_int_equal(rename(away, bench->folder), 0);
    put(bench, "three", ALERT_FIRING);
    settle(bench);
    turn_until(bench, NULL, 50);
    assert_int_equal(bench->troubles, 2);
    assert_string_equal(bench->trouble, "");
    free(away);
}

static void without_a_folder_in_memory(void **state)
{
    struct bench *bench = *state;
    char folder[sizeof bench->folder];
    memcpy(folder, bench->folder, sizeof folder);
    bench->folder[0] = '\0';
    open_channels(bench);
    put(bench, "one", ALERT_FIRING);
    settle(bench);
    assert_int_equal(bench->requests, 1);
    close_channels(bench);
    memcpy(bench->folder, folder, sizeof folder);
    assert_int_equal(rmdir(folder), 0); /* nothing was written */
}

/* ---- the end ---- */

static bool is_connected(const struct bench *bench)
{
    return bench->fake.accepted > 0;
}

/* A mail server that says nothing: neither the loop nor the end waits for it. */
static void a_silent_mail_server_holds_nothing_up(void **state)
{
    struct bench *bench = *state;
    char url[96];
    snprintf(url, sizeof url, "smtp%s", bench->base + strlen("http"));
    bench->config.url[CHANNEL_WEBHOOK] = "";
    bench->config.url[CHANNEL_EMAIL] = url;
    bench->config.email_to = "ops@example.org";
    open_channels(bench);
    put(bench, "one", ALERT_FIRING);
    assert_true(turn_until(bench, is_connected, PATIENCE_MS));
    uint64_t begun = uv_hrtime();
    turn_until(bench, NULL, 50);
    close_channels(bench);
    fake_close(&bench->fake);
    uv_run(&bench->loop, UV_RUN_DEFAULT);
    assert_true(uv_hrtime() - begun < UINT64_C(3000) * 1000 * 1000);
    assert_true(file_says(bench, "\"waiting\":true"));
}

/* ---- tests ---- */

static void on_tested(void *user, const struct channel_tested *tested)
{
    struct bench *bench = user;
    bench->tests++;
    bench->tested = *tested;
}

static bool was_tested(const struct bench *bench)
{
    return bench->tests > 0;
}

static void a_channel_can_be_tried(void **state)
{
    struct bench *bench = *state;
    struct error err = {0};
    bench->answer[1] = "403 Forbidden";
    bench->answer[2] = "";
    open_channels(bench);
    assert_int_equal(channels_test(bench->channels, CHANNEL_SLACK, on_tested, bench, &err), -ENOENT);
    assert_string_equal(err.text, "ALERT_SLACK is not set");
    assert_int_equal(channels_test(bench->channels, CHANNEL_WEBHOOK, on_tested, bench, &err), 0);
    assert_int_equal(channels_test(bench->channels, CHANNEL_WEBHOOK, on_tested, bench, &err), -EBUSY);
    assert_int_equal(bench->tests, 0);
    assert_true(turn_until(bench, was_tested, PATIENCE_MS));
    assert_true(bench->tested.delivered);
    assert_int_equal(bench->tested.status, 200);
    assert_non_null(strstr(bench->request[0], "\"state\":\"test\""));
    bench->tests = 0;
    assert_int_equal(channels_test(bench->channels, CHANNEL_WEBHOOK, on_tested, bench, &err), 0);
    assert_true(turn_until(bench, was_tested, PATIENCE_MS));
    assert_false(bench->tested.delivered);
    assert_int_equal(bench->tested.status, 403);
    assert_string_equal(bench->tested.sentence, "it answered 403: it does not let us");
    /* Nobody waits any more; and one that is under way at the end. */
    bench->tests = 0;
    assert_int_equal(channels_test(bench->channels, CHANNEL_WEBHOOK, on_tested, bench, &err), 0);
    channels_test_forget(bench->channels, bench);
    turn_until(bench, NULL, 100);
    assert_int_equal(bench->requests, 3);
    assert_int_equal(bench->tests, 0);
    assert_int_equal(channels_waiting(bench->channels, CHANNEL_WEBHOOK), 0);
}

#define BENCHED(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCHED(alerts_arrive_in_order_and_once),
        BENCHED(only_the_named_and_configured),
        BENCHED(failures_are_tried_again),
        BENCHED(a_channel_that_fails_is_said_and_keeps),
        BENCHED(what_will_never_work_is_dropped),
        BENCHED(without_retries_once_is_all),
        BENCHED(too_many_waits_as_long_as_asked),
        BENCHED(an_end_overtakes),
        BENCHED(a_storm_is_one_message),
        BENCHED(a_dead_mans_switch_is_pinged),
        BENCHED(what_fires_is_fired_again),
        BENCHED(what_waits_survives_a_restart),
        BENCHED(what_waits_survives_a_kill),
        BENCHED(a_damaged_file_is_set_aside),
        BENCHED(a_full_disk_is_said_once),
        BENCHED(without_a_folder_in_memory),
        BENCHED(a_silent_mail_server_holds_nothing_up),
        BENCHED(a_channel_can_be_tried),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
