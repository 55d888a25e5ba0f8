/* SPDX-License-Identifier: MIT */
/* test_alert_channels.c: the alert channels beside a real Alertmanager, a real SMTP server, and HTTP servers
 * as strict as the services they stand for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

#include "controller/core/clock.h"
#include "controller/core/error.h"
#include "controller/core/file.h"
#include "controller/core/mem.h"
#include "controller/core/stats.h"
#include "exporter/alerts/channels.h"
#include "tests/support/loop_run.h"
#include "tests/support/server_process.h"

enum { PATIENCE_MS = 20000, STEP_MS = 20 };

struct bench {
    uv_loop_t loop;
    uv_timer_t timer;
    struct arena arena; /* texts that live until teardown */
    char folder[64];
    struct server_process server;
    int port[3];
    struct channels *channels;
    struct channels_config config;
    struct stats stats;
    char trouble[512]; /* the latest; "" works again */
    struct channel_tested tested;
    bool tested_now;
};

static void on_trouble(void *user, enum channel_kind kind, const char *sentence)
{
    struct bench *bench = user;
    (void)kind;
    snprintf(bench->trouble, sizeof bench->trouble, "%s", sentence ? sentence : "");
}

static void setup(struct bench *bench, const char *program, int ports)
{
    *bench = (struct bench){
        .config = {.host = "node-1", .retry = true, .attempts = 5, .retry_base_ms = 50, .retry_max_ms = 100}};
    uv_loop_init(&bench->loop);
    uv_timer_init(&bench->loop, &bench->timer);
    snprintf(bench->folder, sizeof bench->folder, "/tmp/quaywatch-partner.XXXXXX");
    assert_non_null(mkdtemp(bench->folder));
    assert_int_equal(chmod(bench->folder, 0755), 0);
    assert_int_equal(server_process_start(&bench->server, program, bench->folder, bench->port, ports), 0);
}

static void open_channels(struct bench *bench)
{
    struct error err = {0};
    bench->channels = channels_open(&bench->loop, &bench->config, "", &bench->stats, on_trouble, bench, &err);
    assert_non_null(bench->channels);
}

static void close_channels(struct bench *bench)
{
    channels_close(bench->channels);
    bench->channels = NULL;
    loop_run_for(&bench->timer, STEP_MS);
}

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *place)
{
    (void)info;
    (void)type;
    (void)place;
    return remove(path);
}

static void teardown(struct bench *bench)
{
    channels_close(bench->channels);
    uv_close((uv_handle_t *)&bench->timer, NULL);
    uv_run(&bench->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&bench->loop), 0);
    assert_int_equal(server_process_stop(&bench->server), 0);
    nftw(bench->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    stats_free(&bench->stats);
    arena_free(&bench->arena);
}

static struct alert alert_of(const char *id, enum alert_state state, enum severity severity)
{
    static const char *const victims[] = {"api", "web"};
    return (struct alert){.id = id,
                          .name = "service-unhealthy",
                          .state = state,
                          .severity = severity,
                          .service = id,
                          .container = "",
                          .project = "shop",
                          .title = id,
                          .sentence = ".\nConnection refused: <é> \"quoted\"\n",
                          .victim = victims,
                          .victim_count = 2,
                          .since_wall_ms = clock_now().wall_ms - 5000,
                          .at_wall_ms = clock_now().wall_ms,
                          .host = "node-1",
                          .url = "http://quay.example/"};
}

static void put(struct bench *bench, const char *id, enum alert_state state, enum severity severity)
{
    const struct alert alert = alert_of(id, state, severity);
    channels_send(bench->channels, ~0u, &alert);
}

static void settle(struct bench *bench)
{
    for (int waited = 0;; waited += STEP_MS) {
        size_t waiting = 0;
        for (int i = 0; i < CHANNEL_COUNT; i++)
            waiting += channels_waiting(bench->channels, (enum channel_kind)i);
        if (!waiting)
            return;
        if (waited >= PATIENCE_MS)
            fail_msg("%zu alerts are not delivered: %s", waiting, bench->trouble);
        loop_run_for(&bench->timer, STEP_MS);
    }
}

/* What a command writes to its output and error; its exit status goes to *ret_status. */
static char *run(struct bench *bench, int *ret_status, const char *command)
{
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    char *text = arena_copy(&bench->arena, ""), block[4096];
    for (size_t got; (got = fread(block, 1, sizeof block - 1, pipe)) > 0;) {
        block[got] = '\0';
        text = arena_format(&bench->arena, "%s%s", text, block);
    }
    int status = pclose(pipe);
    if (ret_status)
        *ret_status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return text;
}

static char *file_text(struct bench *bench, const char *name)
{
    char *text = NULL;
    if (file_read(arena_format(&bench->arena, "%s/%s", bench->folder, name), 1 << 24, &text, NULL, NULL))
        return arena_copy(&bench->arena, "");
    char *kept = arena_copy(&bench->arena, text);
    free(text);
    return kept;
}

static void on_tested(void *user, const struct channel_tested *tested)
{
    struct bench *bench = user;
    bench->tested = *tested;
    bench->tested_now = true;
}

/* Tries a channel with the present configuration. */
static const struct channel_tested *try_channel(struct bench *bench, enum channel_kind kind)
{
    struct error err = {0};
    open_channels(bench);
    bench->tested_now = false;
    assert_int_equal(channels_test(bench->channels, kind, on_tested, bench, &err), 0);
    for (int waited = 0; !bench->tested_now; waited += STEP_MS) {
        assert_true(waited < PATIENCE_MS);
        loop_run_for(&bench->timer, STEP_MS);
    }
    close_channels(bench);
    return &bench->tested;
}

/* ---- Alertmanager ---- */

/* What fires at the Alertmanager, as names and severities: "db critical\n". */
static const char *firing(struct bench *bench)
{
    const char *command = arena_format(&bench->arena,
                                       "curl -s 'http://127.0.0.1:%d/api/v2/alerts' | jq -r "
                                       "'.[] | .labels.service + \" \" + .labels.severity' | sort",
                                       bench->port[0]);
    return run(bench, NULL, command);
}

static void wait_firing(struct bench *bench, const char *expected)
{
    const char *text = "";
    for (int waited = 0; waited < PATIENCE_MS; waited += 10 * STEP_MS) {
        text = firing(bench);
        if (strcmp(text, expected) == 0)
            return;
        loop_run_for(&bench->timer, 10 * STEP_MS);
    }
    assert_string_equal(text, expected);
}

static void a_real_alertmanager(void **state)
{
    (void)state;
    struct bench bench;
    setup(&bench, "tests/partners/alertmanager.sh", 1);
    bench.config.url[CHANNEL_ALERTMANAGER] = arena_format(&bench.arena, "http://127.0.0.1:%d/",
                                                          bench.port[0]);
    bench.config.refire_interval_ms = 500;
    open_channels(&bench);
    put(&bench, "db", ALERT_FIRING, SEVERITY_WARNING);
    put(&bench, "web", ALERT_FIRING, SEVERITY_CRITICAL);
    settle(&bench);
    wait_firing(&bench, "db warning\nweb critical\n");
    const char *whole = run(&bench, NULL,
                            arena_format(&bench.arena,
                                         "curl -s http://127.0.0.1:%d/api/v2/alerts | jq -c "
                                         "'.[] | select(.labels.service == \"db\") | [.labels, .annotations, "
                                         ".generatorURL, .status.state]'",
                                         bench.port[0]));
    assert_string_equal(
        whole, "[{\"alertname\":\"service-unhealthy\",\"instance\":\"node-1\",\"job\":\"quaywatch\","
               "\"project\":\"shop\",\"service\":\"db\",\"severity\":\"warning\"},"
               "{\"description\":\".\\nConnection refused: <é> \\\"quoted\\\"\\n\",\"summary\":\"db\","
               "\"victims\":\"api, web\"},\"http://quay.example/\",\"active\"]\n");

    /* Longer than what was said to be its end (4 x 500 ms), and than the Alertmanager's own resolve_timeout.
     */
    for (int i = 0; i < 6; i++) {
        loop_run_for(&bench.timer, 600);
        assert_string_equal(firing(&bench), "db warning\nweb critical\n");
    }
    put(&bench, "db", ALERT_FIRING, SEVERITY_EMERGENCY); /* one alert there, not two */
    settle(&bench);
    wait_firing(&bench, "db emergency\nweb critical\n");
    put(&bench, "db", ALERT_RESOLVED, SEVERITY_INFO);
    settle(&bench);
    wait_firing(&bench, "web critical\n");
    /* Nobody fires it again: it ends by itself. */
    close_channels(&bench);
    wait_firing(&bench, "");
    const struct channel_tested *tested = try_channel(&bench, CHANNEL_ALERTMANAGER);
    assert_true(tested->delivered);
    assert_int_equal(tested->status, 200);
    teardown(&bench);
}

/* ---- mail ---- */

static void set_mail(struct bench *bench, const char *scheme, const char *user, int server)
{
    bench->config.url[CHANNEL_EMAIL] = arena_format(&bench->arena, "%s://%slocalhost:%d", scheme, user,
                                                    bench->port[server]);
    bench->config.email_from = "Quay Wätch <watch@example.org>";
    bench->config.email_to = "ops@example.org";
    bench->config.email_security = MAIL_AUTO;
    bench->config.ca_file = arena_format(&bench->arena, "%s/ca.pem", bench->folder);
}

#define USER "watch%40example.org:w%3Ard%2F%201@"

static void assert_tested(struct bench *bench, int status, const char *sentence)
{
    const struct channel_tested *tested = try_channel(bench, CHANNEL_EMAIL);
    assert_string_equal(tested->sentence, sentence);
    assert_int_equal(tested->status, status);
    assert_int_equal(tested->delivered, status == 250);
}

static void a_real_mail_server_says_no(void **state)
{
    (void)state;
    struct bench bench;
    setup(&bench, "tests/partners/smtp_servers.py", 3);
    set_mail(&bench, "smtp", "watch%40example.org:secret@", 0);
    assert_tested(&bench, 535, "it answered 535: user or password are wrong");
    set_mail(&bench, "smtps", "watch%40example.org:secret@", 2);
    assert_tested(&bench, 535, "it answered 535: user or password are wrong");
    set_mail(&bench, "smtp", USER, 0);
    bench.config.ca_file = arena_format(&bench.arena, "%s/other.pem", bench.folder);
    assert_tested(&bench, 0,
                  "the issuer of its certificate is not trusted (ALERT_CA names issuers to trust)");
    set_mail(&bench, "smtp", USER, 1); /* a password, and no encryption to be had */
    assert_tested(&bench, 0, "TLS could not be agreed on");
    set_mail(&bench, "smtp", "", 0);
    bench.config.email_security = MAIL_OFF;
    assert_tested(&bench, 530, "it answered 530: it wants credentials or TLS");
    set_mail(&bench, "smtp", "", 1);
    bench.config.email_to = "nobody@example.org";
    assert_tested(&bench, 550,
                  "it answered 550: it does not take mail for this receiver or from this sender");
    bench.config.email_to = "busy@example.org";
    assert_tested(&bench, 450, "it answered 450: the mailbox is busy");
    set_mail(&bench, "smtp", "", 1);
    bench.config.url[CHANNEL_EMAIL] = arena_format(&bench.arena, "smtp://127.0.0.1:%d", 1);
    assert_tested(&bench, 0, "the connection was refused");
    assert_string_equal(file_text(&bench, "mail-1"), ""); /* none of them arrived */
    teardown(&bench);
}

static void a_real_mail_server_takes_mail(void **state)
{
    (void)state;
    struct bench bench;
    setup(&bench, "tests/partners/smtp_servers.py", 3);
    set_mail(&bench, "smtp", USER, 0);
    assert_tested(&bench, 250, "it was taken (250)");
    const char *mail = file_text(&bench, "mail-1");
    assert_ptr_equal(strstr(mail, "{\"from\": \"watch@example.org\", \"to\": [\"ops@example.org\"], "
                                  "\"tls\": true, \"user\": \"watch@example.org\"}\n"
                                  "Date: "),
                     mail);
    assert_non_null(strstr(mail, "From: =?utf-8?B?UXVheSBXw6R0Y2g=?=\r\n <watch@example.org>\r\n"));
    set_mail(&bench, "smtps", USER, 2);
    assert_tested(&bench, 250, "it was taken (250)");
    assert_non_null(strstr(file_text(&bench, "mail-2"), "\"tls\": true, \"user\": \"watch@example.org\"}"));
    set_mail(&bench, "smtp", "", 1);
    bench.config.email_to = "nobody@example.org,ops@example.org";
    assert_tested(&bench, 250, "it was taken (250)");
    assert_non_null(strstr(file_text(&bench, "mail-3"), "\"to\": [\"ops@example.org\"], \"tls\": false"));

    /* Through the queue, from its beginning to its end; a real parser reads what arrived. */
    set_mail(&bench, "smtp", USER, 0);
    open_channels(&bench);
    put(&bench, "db", ALERT_FIRING, SEVERITY_CRITICAL);
    settle(&bench);
    put(&bench, "db", ALERT_RESOLVED, SEVERITY_CRITICAL);
    settle(&bench);
    static const char reader[] =
        "import email, email.policy, sys\n"
        "mails = [email.message_from_bytes(open(p, 'rb').read().split(b'\\n', 1)[1], "
        "policy=email.policy.default)"
        " for p in sys.argv[1:]]\n"
        "for m in mails: print(m['Subject'], '|', m['From'], '|', m['Importance'], '|', m.defects)\n"
        "print(mails[0]['References'] == mails[1]['References'], mails[0]['Message-ID'] == "
        "mails[1]['Message-ID'])\n"
        "print(mails[0].get_content().splitlines()[:6])\n";
    assert_int_equal(file_replace(arena_format(&bench.arena, "%s/reader.py", bench.folder), reader,
                                  sizeof reader - 1, NULL),
                     0);
    const char *read = run(
        &bench, NULL,
        arena_format(&bench.arena, "cd %s && /usr/bin/python3 reader.py mail-4 mail-5 2>&1", bench.folder));
    assert_ptr_equal(strstr(read, "[critical] db | Quay Wätch <watch@example.org> | high | []\n"
                                  "[resolved] db | Quay Wätch <watch@example.org> | None | []\n"
                                  "True False\n"
                                  "['db', '', '.', 'Connection refused: <é> \"quoted\"', '', "
                                  "'Affected:  api, web']\n"),
                     read);
    teardown(&bench);
}

/* ---- HTTP ---- */

/* How many requests at path were answered with status. */
static int recorded(struct bench *bench, const char *path, int status)
{
    const char *want = arena_format(&bench->arena, "{\"path\": \"%s\", \"status\": %d,", path, status);
    int count = 0;
    for (const char *at = file_text(bench, "requests"); (at = strstr(at, want)); at++)
        count++;
    return count;
}

static void strict_http_services(void **state)
{
    (void)state;
    struct bench bench;
    setup(&bench, "tests/partners/alert_sinks.py", 1);
    static const char *const path[CHANNEL_COUNT] = {[CHANNEL_SLACK] = "/slack?busy",
                                                    [CHANNEL_DISCORD] = "/discord?busy",
                                                    [CHANNEL_NTFY] = "/ntfy/my-topic",
                                                    [CHANNEL_GOTIFY] = "/gotify/",
                                                    [CHANNEL_HEALTHCHECKS] = "/hc/uuid"};
    for (int i = 0; i < CHANNEL_COUNT; i++)
        if (path[i])
            bench.config.url[i] = arena_format(&bench.arena, "http://127.0.0.1:%d%s", bench.port[0], path[i]);
    bench.config.ntfy_token = "tk_secret";
    bench.config.gotify_token = "Asecret";
    bench.config.ping_interval_ms = 60000;
    open_channels(&bench);
    put(&bench, "fails twice", ALERT_FIRING, SEVERITY_EMERGENCY);
    settle(&bench);
    assert_int_equal(recorded(&bench, "/slack?busy", 429), 1); /* too many: told when it is time */
    assert_int_equal(recorded(&bench, "/slack?busy", 200), 1);
    assert_int_equal(recorded(&bench, "/discord?busy", 429), 1);
    assert_int_equal(recorded(&bench, "/discord?busy", 204), 1);
    assert_int_equal(recorded(&bench, "/ntfy/", 500), 1);
    assert_int_equal(recorded(&bench, "/ntfy/", 503), 1);
    assert_int_equal(recorded(&bench, "/ntfy/", 200), 1);
    assert_int_equal(recorded(&bench, "/gotify/message", 200), 1);
    assert_int_equal(recorded(&bench, "/hc/uuid/fail", 200), 1);
    const char *waits = run(
        &bench, NULL,
        arena_format(&bench.arena,
                     "jq -s 'def gap(p): map(select(.path == p).at) | .[1] - .[0]; "
                     "gap(\"/slack?busy\") >= 0.99, gap(\"/discord?busy\") >= 0.49' %s/requests",
                     bench.folder));
    assert_string_equal(waits, "true\ntrue\n");
    put(&bench, "fails twice", ALERT_RESOLVED, SEVERITY_EMERGENCY);
    settle(&bench);
    assert_int_equal(recorded(&bench, "/slack?busy", 200), 2);
    assert_int_equal(recorded(&bench, "/discord?busy", 204), 2);
    assert_int_equal(recorded(&bench, "/ntfy/", 200), 2);
    assert_int_equal(recorded(&bench, "/gotify/message", 200), 2);
    assert_true(recorded(&bench, "/hc/uuid", 200) >= 1);
    /* The longest and the oddest that an alert can hold. */
    char *odd = arena_new(&bench.arena, 3 * ALERT_SENTENCE_MAX);
    for (size_t i = 0; i + 1 < 3 * ALERT_SENTENCE_MAX; i++)
        odd[i] = "<@*_`[x](y)\\\"\xf0\x9f\x92\xa5\xff\x01\n"[i % 20];
    struct alert alert = alert_of("odd", ALERT_FIRING, SEVERITY_CRITICAL);
    alert.title = alert.sentence = alert.service = alert.project = alert.host = odd;
    channels_send(bench.channels, ~0u, &alert);
    settle(&bench);
    assert_int_equal(recorded(&bench, "/slack?busy", 200), 3);
    assert_int_equal(recorded(&bench, "/discord?busy", 204), 3);
    assert_int_equal(recorded(&bench, "/ntfy/", 200), 3);
    assert_int_equal(recorded(&bench, "/gotify/message", 200), 3);
    assert_string_equal(bench.trouble, "");
    teardown(&bench);
}

/* ---- the whole program ---- */

static const char *program(void)
{
    const char *named = getenv("QUAYWATCH");
    return named ? named : "build/quaywatch";
}

/* Starts a quaywatch without an engine; its process id. */
static pid_t start_daemon(struct bench *bench)
{
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        const char *base = arena_format(&bench->arena, "http://127.0.0.1:%d", bench->port[0]);
        setenv("QUAYWATCH_ALERT_SLACK", arena_format(&bench->arena, "%s/slack", base), 1);
        setenv("QUAYWATCH_ALERT_WEBHOOK", arena_format(&bench->arena, "%s/hang", base), 1);
        setenv("QUAYWATCH_ALERT_DISCORD", arena_format(&bench->arena, "%s/secret", base), 1);
        setenv("QUAYWATCH_LISTEN", "127.0.0.1:0", 1);
        setenv("QUAYWATCH_AUTH_TOKEN", "word", 1);
        setenv("DOCKER_HOST", "unix:///nowhere/docker.sock", 1);
        execl(program(), program(), (char *)NULL);
        _exit(127);
    }
    return pid;
}

static void a_person_tries_them(void **state)
{
    (void)state;
    struct bench bench;
    int code = -1;
    setup(&bench, "tests/partners/alert_sinks.py", 1);
    setenv("QUAYWATCH_STATE_DIR", arena_format(&bench.arena, "%s/state", bench.folder), 1);
    setenv("QUAYWATCH_CONFIG", "/dev/null", 1);
    pid_t pid = start_daemon(&bench);
    const char *said = "";
    for (int waited = 0; code != 0 && waited < PATIENCE_MS; waited += 100) {
        loop_run_for(&bench.timer, 100);
        said = run(&bench, &code, arena_format(&bench.arena, "%s alert test slack 2>&1", program()));
    }
    assert_string_equal(said, "A test alert was sent by slack: it was taken (200)\n");
    assert_int_equal(recorded(&bench, "/slack", 200), 1);
    said = run(&bench, &code, arena_format(&bench.arena, "%s alert test slack --json", program()));
    assert_int_equal(code, 0);
    assert_non_null(strstr(said, "\"result\": \"delivered\""));
    said = run(&bench, &code, arena_format(&bench.arena, "%s alert test discord 2>&1", program()));
    assert_int_equal(code, 1);
    assert_string_equal(said,
                        "quaywatch: The test alert was not delivered by discord: it answered 404: there is "
                        "nothing at this address.\n");
    said = run(&bench, &code, arena_format(&bench.arena, "%s alert test email 2>&1", program()));
    assert_int_equal(code, 1);
    assert_string_equal(said, "quaywatch: No alert was sent: ALERT_EMAIL is not set.\n");
    said = run(&bench, &code, arena_format(&bench.arena, "%s alert test slak 2>&1", program()));
    assert_int_equal(code, 2);
    assert_non_null(strstr(said, "did you mean \"slack\"?"));
    said = run(&bench, &code, arena_format(&bench.arena, "%s alert test webhook 2>&1", program()));
    assert_int_equal(code, 1);
    assert_string_equal(said, "quaywatch: The test alert was not delivered by webhook: no answer in time.\n");
    assert_int_equal(kill(pid, SIGTERM), 0);
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    teardown(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_real_alertmanager),           cmocka_unit_test(a_real_mail_server_says_no),
        cmocka_unit_test(a_real_mail_server_takes_mail), cmocka_unit_test(strict_http_services),
        cmocka_unit_test(a_person_tries_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
