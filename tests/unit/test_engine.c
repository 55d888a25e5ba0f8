/* SPDX-License-Identifier: MIT */
/* docker/engine against a scripted engine on a Unix socket: negotiation, sentences, calls, loss and return.
 */
#include "docker/engine.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <sys/stat.h>
#include <unistd.h>

#include "controller/core/error.h"
#include "tests/support/engine_bench.h"

#define EVENT(id, time)                                                                                      \
    "{\"Type\":\"container\",\"Action\":\"start\",\"Actor\":{\"ID\":\"" id                                   \
    "\",\"Attributes\":{\"name\":\"w\"}},"                                                                   \
    "\"timeNano\":" time "}\n"

/* How the engine answers; NULL means as a healthy Docker 20.10 does. */
struct script {
    const char *ping;       /* status line's rest and headers */
    const char *events;     /* the same for GET /events */
    const char *events_for; /* only paths that contain this are answered with `events` */
    const char *events_body;
    const char *list, *inspect, *restart, *version;
};

struct bench {
    struct engine_bench base;
    struct script script;
    struct fake_conn *stream;
    int live, lost, elements, listed, inspected, restarted, started, code;
    char version[64], api[32], sentence[512], events[256], ids[256], paths[4096];
    bool close_in_callback;
};

static void answer(struct fake_conn *conn, const char *scripted, const char *usual)
{
    char head[256];
    const char *text = scripted ? scripted : usual, *body = strstr(text, "\n\n");
    snprintf(head, sizeof head, "%.*s", body ? (int)(body - text) : (int)strlen(text), text);
    fake_answer(conn, head, body ? body + 2 : "");
}

static void serve_events(struct bench *bench, struct fake_conn *conn, const char *path)
{
    const struct script *script = &bench->script;
    if (script->events && (!script->events_for || strstr(path, script->events_for))) {
        if (script->events[0])
            answer(conn, script->events, "");
        return;
    }
    bench->stream = conn;
    fake_send(conn, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    if (script->events_body) {
        char size[32];
        snprintf(size, sizeof size, "%zx\r\n", strlen(script->events_body));
        fake_send(conn, size);
        fake_send(conn, script->events_body);
        fake_send(conn, "\r\n");
    }
}

static void serve(struct fake_conn *conn, const char *request, void *user)
{
    struct bench *bench = user;
    const struct script *script = &bench->script;
    char path[1024] = "";
    sscanf(request, "%*s %1023s", path);
    size_t len = strlen(bench->paths);
    snprintf(bench->paths + len, sizeof bench->paths - len, "%.40s ", path);
    if (strcmp(path, "/_ping") == 0)
        answer(conn, script->ping, "200 OK\r\nApi-Version: 1.41\r\nServer: Docker/20.10.24 (linux)\n\nOK");
    else if (strstr(path, "/events"))
        serve_events(bench, conn, path);
    else if (strstr(path, "/version"))
        answer(conn, script->version, "200 OK\n\n{\"Version\":\"27.1\"}");
    else if (strstr(path, "/restart"))
        answer(conn, script->restart, "204 No Content");
    else if (strstr(path, "/containers/json"))
        answer(conn, script->list, "200 OK\n\n[{\"Id\":\"a\"},{\"Id\":\"b\"}]");
    else
        answer(conn, script->inspect, "200 OK\n\n{\"Id\":\"a\",\"Name\":\"/web\"}");
}

static void close_if_asked(struct bench *bench)
{
    if (bench->close_in_callback) {
        engine_close(bench->base.engine);
        bench->base.engine = NULL;
    }
}

static void on_live(void *user, const char *version, const char *api)
{
    struct bench *bench = user;
    uv_stop(&bench->base.loop);
    bench->live++;
    snprintf(bench->version, sizeof bench->version, "%s", version);
    snprintf(bench->api, sizeof bench->api, "%s", api);
    close_if_asked(bench);
}

static void on_lost(void *user, const char *sentence)
{
    struct bench *bench = user;
    uv_stop(&bench->base.loop);
    bench->lost++;
    snprintf(bench->sentence, sizeof bench->sentence, "%s", sentence);
    close_if_asked(bench);
}

static void on_event(void *user, const struct engine_event *event)
{
    struct bench *bench = user;
    size_t len = strlen(bench->events);
    snprintf(bench->events + len, sizeof bench->events - len, "%s %s;", event->id,
             engine_action_name[event->action]);
}

static void on_element(void *user, const struct container_summary *summary)
{
    struct bench *bench = user;
    bench->elements++;
    strncat(bench->ids, summary->id, sizeof bench->ids - strlen(bench->ids) - 1);
}

static void take_error(struct bench *bench, const struct error *err)
{
    uv_stop(&bench->base.loop);
    bench->code = err ? err->code : 0;
    snprintf(bench->sentence, sizeof bench->sentence, "%s", err ? err->text : "");
    close_if_asked(bench);
}

static void on_listed(void *user, const struct error *err)
{
    struct bench *bench = user;
    bench->listed++;
    take_error(bench, err);
}

static void on_inspected(void *user, const char *id, struct container *container, const struct error *err)
{
    struct bench *bench = user;
    bench->inspected++;
    snprintf(bench->ids, sizeof bench->ids, "%s %s", id, container ? container->name : "none");
    assert_true((container == NULL) == (err != NULL));
    container_free(container);
    take_error(bench, err);
}

static void on_restarted(void *user, const char *id, const struct error *err)
{
    struct bench *bench = user;
    bench->restarted++;
    snprintf(bench->ids, sizeof bench->ids, "%s", id);
    take_error(bench, err);
}

static int set_up(void **state)
{
    struct bench *bench = calloc(1, sizeof *bench);
    engine_bench_open(&bench->base, bench->paths, bench->sentence);
    *state = bench;
    return 0;
}

static void stop_serving(struct bench *bench)
{
    fake_close(&bench->base.fake);
    while (bench->base.fake.open > 0)
        uv_run(&bench->base.loop, UV_RUN_NOWAIT);
    uv_run(&bench->base.loop, UV_RUN_NOWAIT);
}

static void start_serving(struct bench *bench)
{
    fake_listen_unix(&bench->base.fake, &bench->base.loop, bench->base.socket, serve, bench);
}

static int tear_down(void **state)
{
    struct bench *bench = *state;
    engine_bench_close(&bench->base);
    free(bench);
    return 0;
}

static void open_engine(struct bench *bench, const char *api_version)
{
    const struct engine_options options = {
        .host = bench->base.host, .api_version = api_version, .timeout_ms = 1000};
    const struct engine_callbacks callbacks = {on_live, on_lost, on_event, bench};
    bench->base.engine = engine_open(&bench->base.loop, &options, &callbacks, NULL);
    assert_non_null(bench->base.engine);
    assert_false(engine_connected(bench->base.engine));
}

static void go_live(struct bench *bench)
{
    start_serving(bench);
    open_engine(bench, NULL);
    engine_bench_wait(&bench->base, &bench->live, 1);
}

static void calls_are_made_and_answered(void **state)
{
    struct bench *bench = *state;
    go_live(bench);
    assert_true(engine_connected(bench->base.engine));
    assert_string_equal(bench->version, "20.10.24");
    assert_string_equal(bench->api, "1.41");
    assert_non_null(strstr(bench->paths, "/_ping /v1.41/events?filters="));

    assert_int_equal(engine_list(bench->base.engine, on_element, on_listed, bench), 0);
    assert_int_equal(engine_list(bench->base.engine, on_element, on_listed, bench), -EBUSY);
    engine_bench_wait(&bench->base, &bench->listed, 1);
    assert_int_equal(bench->code, 0);
    assert_string_equal(bench->ids, "ab");
    assert_non_null(strstr(bench->paths, " /v1.41/containers/json?all=1 "));

    engine_inspect(bench->base.engine, "a/../b?", on_inspected, bench);
    engine_bench_wait(&bench->base, &bench->inspected, 1);
    assert_string_equal(bench->ids, "a/../b? web");
    assert_non_null(strstr(bench->paths, " /v1.41/containers/a%2F%2E%2E%2Fb%3F/json "));

    engine_restart(bench->base.engine, "a", 5, 10, on_restarted, bench);
    engine_bench_wait(&bench->base, &bench->restarted, 1);
    engine_restart(bench->base.engine, "a", -1, 10, on_restarted, bench);
    engine_bench_wait(&bench->base, &bench->restarted, 2);
    assert_int_equal(bench->code, 0);
    assert_non_null(strstr(bench->paths, " /v1.41/containers/a/restart?t=5 /v1.41/containers/a/restart "));
    assert_int_equal(bench->lost, 0);
}

static void refusals_have_codes_and_sentences(void **state)
{
    struct bench *bench = *state;
    static const struct {
        const char *answer;
        int code;
        const char *sentence;
    } row[] = {
        {"404 Not Found\n\n{\"message\":\"No such container: a\"}", -ENOENT, "No such container: a"},
        {"403 Forbidden\n\n<html><h1>403 Forbidden</h1></html>", -EACCES, "POST restart"},
        {"401 Unauthorized", -EACCES, "is forbidden (401)"},
        {"409 Conflict\n\n{\"message\":\"is being removed\"}", -EBUSY, "is being removed"},
        {"500 Oops\n\n{\"cause\":\"x\",\"message\":\"OCI runtime\"}", -EIO, "500: OCI runtime"},
        {"304 Not Modified", -EIO, "304"},
        {"302 Found\r\nLocation: /elsewhere", -EIO, "302"},
    };
    go_live(bench);
    for (int i = 0; i < (int)(sizeof row / sizeof *row); i++) {
        bench->script.restart = bench->script.inspect = bench->script.list = row[i].answer;
        engine_restart(bench->base.engine, "a", 0, 0, on_restarted, bench);
        engine_bench_wait(&bench->base, &bench->restarted, i + 1);
        assert_int_equal(bench->code, row[i].code);
        assert_non_null(strstr(bench->sentence, row[i].sentence));
        engine_inspect(bench->base.engine, "a", on_inspected, bench);
        engine_bench_wait(&bench->base, &bench->inspected, i + 1);
        assert_int_equal(bench->code, row[i].code);
        assert_string_equal(bench->ids, "a none");
        assert_int_equal(engine_list(bench->base.engine, on_element, on_listed, bench), 0);
        engine_bench_wait(&bench->base, &bench->listed, i + 1);
        assert_int_equal(bench->code, row[i].code);
        assert_non_null(strstr(bench->sentence, row[i].sentence));
    }
    assert_int_equal(bench->elements, 0);
    bench->script.inspect = "200 OK\n\n[]";
    engine_inspect(bench->base.engine, "a", on_inspected, bench);
    engine_bench_wait(&bench->base, &bench->inspected, bench->inspected + 1);
    assert_int_equal(bench->code, -EBADMSG);
    static const char *const broken[] = {"200 OK\n\n[{\"Id\":\"a\"}", "200 OK\n\n[{\"Id\":\"a\"}]x",
                                         "200 OK"};
    for (int i = 0; i < 3; i++) { /* nothing may be concluded from such a list */
        bench->script.list = broken[i];
        engine_list(bench->base.engine, on_element, on_listed, bench);
        engine_bench_wait(&bench->base, &bench->listed, bench->listed + 1);
        assert_int_equal(bench->code, -EBADMSG);
    }
    assert_true(engine_connected(bench->base.engine));
}

static void the_version_is_negotiated(void **state)
{
    struct bench *bench = *state;
    static const struct {
        const char *ping, *pinned, *events, *events_for;
        const char *path, *api, *version, *sentence;
    } row[] = {
        {"200 OK\r\nApi-Version: 1.51\r\nServer: Docker/28.5.2 (linux)", NULL, NULL, NULL, "/v1.51/events",
         "1.51", "28.5.2", NULL},
        {"200 OK\r\nApi-Version: 1.57\r\nServer: Docker/31.0.0 (linux)", NULL, NULL, NULL, "/v1.51/events",
         "1.51", "31.0.0", NULL},
        {"200 OK\r\nApi-Version: 1.41\r\nLibpod-Api-Version: 4.3.1\r\nServer: Libpod/4.3.1 (linux)", NULL,
         NULL, NULL, "/v1.41/events", "1.41", "Podman 4.3.1", NULL},
        {"200 OK", NULL, NULL, NULL, " /version /events", "", "27.1", NULL},
        {"200 OK\r\nApi-Version: 1.45\r\nServer: nginx", NULL, NULL, NULL, "/v1.45/version /v1.45/events",
         "1.45", "27.1", NULL},
        {"200 OK\r\nApi-Version: 1.51\r\nServer: Docker/28.5.2 (linux)", "1.43", NULL, NULL, "/v1.43/events",
         "1.43", "28.5.2", NULL},
        {"200 OK\r\nApi-Version: 1.60\r\nServer: Docker/35.0.0 (linux)", NULL,
         "400 Bad Request\n\n{\"message\":\"client version 1.51 is too old. Minimum supported API version is "
         "1.55, "
         "please upgrade\"}",
         "/v1.51/", "/v1.51/events?filters=%7B%22type%22%3A%5 /v1.55/events", "1.55", "35.0.0", NULL},
        {"200 OK\r\nApi-Version: 1.54\r\nServer: Docker/35.0.0 (linux)", NULL,
         "400 Bad Request\n\n{\"message\":\"client version 1.51 is too old. Minimum supported API version is "
         "1.55\"}",
         NULL, "/v1.51/events", NULL, NULL, "Minimum supported API version is 1.55"},
        {"200 OK\r\nApi-Version: 1.60", NULL,
         "400 Bad Request\n\n{\"message\":\"client version is too old. Minimum supported API version is "
         "1.55\"}",
         NULL, "/v1.55/events", NULL, NULL, "too old"}, /* tried once, not for ever */
        {"200 OK\r\nApi-Version: 1.40\r\nServer: Docker/19.03.15 (linux)", NULL, NULL, NULL, "/_ping", NULL,
         NULL, "19.03.15 at unix://"},
        {"200 OK\r\nApi-Version: 1.41\r\nServer: Docker/20.10.24 (linux)", "1.99",
         "400 Bad Request\n\n{\"message\":\"client version 1.99 is too new. Maximum supported API version is "
         "1.41\"}",
         NULL, "/v1.99/events", NULL, NULL, "is too new"},
    };
    start_serving(bench);
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        bench->script = (struct script){
            .ping = row[i].ping, .events = row[i].events, .events_for = row[i].events_for};
        bench->paths[0] = '\0';
        bench->live = bench->lost = 0;
        open_engine(bench, row[i].pinned);
        while (!bench->live && !bench->lost)
            uv_run(&bench->base.loop, UV_RUN_ONCE);
        if (!strstr(bench->paths, row[i].path) || bench->live != (row[i].sentence == NULL))
            fail_msg("%s: %s %s", row[i].ping, bench->paths, bench->sentence);
        if (row[i].sentence) {
            assert_non_null(strstr(bench->sentence, row[i].sentence));
        } else {
            assert_string_equal(bench->api, row[i].api);
            assert_string_equal(bench->version, row[i].version);
        }
        engine_close(bench->base.engine);
        bench->base.engine = NULL;
    }
}

static void forbidden_events_say_what_to_allow(void **state)
{
    struct bench *bench = *state;
    bench->script.events = "403 Forbidden\n\n<html><body><h1>403 Forbidden</h1></body></html>";
    start_serving(bench);
    open_engine(bench, NULL);
    engine_bench_wait(&bench->base, &bench->lost, 1);
    assert_non_null(strstr(bench->sentence, "GET /events is forbidden (403: 403 Forbidden)"));
    assert_false(engine_connected(bench->base.engine));
    bench->script.events = NULL; /* the proxy is mended: found by itself */
    engine_bench_wait(&bench->base, &bench->live, 1);
    assert_int_equal(bench->lost, 1);
    assert_int_equal(engine_reconnects(bench->base.engine), 0);
}

static void a_lost_engine_is_found_again(void **state)
{
    struct bench *bench = *state;
    bench->script.events_body = EVENT("a", "9000000001") EVENT("b", "9000000002");
    go_live(bench);
    assert_string_equal(bench->events, "a start;b start;");
    fake_send(bench->stream, "0\r\n\r\n"); /* as an engine does that is told to stop */
    engine_bench_wait(&bench->base, &bench->lost, 1);
    assert_non_null(strstr(bench->sentence, "closed the event stream"));
    assert_false(engine_connected(bench->base.engine));
    bench->script.events_body = EVENT("b", "9000000002") EVENT("c", "9000000003");
    engine_bench_wait(&bench->base, &bench->live, 2);
    assert_string_equal(bench->events, "a start;b start;c start;"); /* the replayed one came once */
    assert_non_null(strstr(bench->paths, "/v1.41/events?since=7.000000002&filters"));
    assert_int_equal(engine_reconnects(bench->base.engine), 1);

    stop_serving(bench); /* libuv removes the socket file */
    engine_bench_wait(&bench->base, &bench->lost, 2);
    bench->sentence[0] = '\0';
    engine_bench_wait(&bench->base, &bench->lost, 3);
    assert_non_null(strstr(bench->sentence, "does not exist"));
    start_serving(bench);
    engine_bench_wait(&bench->base, &bench->live, 3);
    assert_int_equal(engine_reconnects(bench->base.engine), 2);
}

static void sockets_say_what_is_wrong(void **state)
{
    struct bench *bench = *state;
    open_engine(bench, NULL);
    engine_bench_wait(&bench->base, &bench->lost, 1);
    assert_non_null(strstr(bench->sentence, bench->base.socket));
    assert_non_null(strstr(bench->sentence, "does not exist"));

    start_serving(bench);
    char kept[128];
    snprintf(kept, sizeof kept, "%s.kept", bench->base.socket);
    assert_int_equal(link(bench->base.socket, kept), 0);
    stop_serving(bench);
    assert_int_equal(rename(kept, bench->base.socket), 0); /* a stale inode, as after an engine's death */
    engine_bench_wait(&bench->base, &bench->lost, 2);
    assert_non_null(strstr(bench->sentence, "nobody listens"));
    assert_non_null(strstr(bench->sentence, "mount the folder /var/run"));
}

static void a_permission_is_named(void **state)
{
    struct bench *bench = *state;
    start_serving(bench);
    chmod(bench->base.folder, 0755);
    chmod(bench->base.socket, 0660);
    bool root = geteuid() == 0;
    if (root && (chown(bench->base.socket, 0, 1234) != 0 || seteuid(65534) != 0))
        fail();
    if (!root)
        chmod(bench->base.socket, 0);
    open_engine(bench, NULL);
    engine_bench_wait(&bench->base, &bench->lost, 1);
    if (root)
        assert_int_equal(seteuid(0), 0);
    assert_non_null(strstr(bench->sentence, "permission denied"));
    if (root)
        assert_non_null(strstr(bench->sentence, "group 1234 (mode 660)"));
}

static void a_silent_engine_is_given_up(void **state)
{
    struct bench *bench = *state;
    bench->script.events = ""; /* accepts, and never answers */
    start_serving(bench);
    open_engine(bench, NULL);
    engine_bench_wait(&bench->base, &bench->lost, 1);
    assert_non_null(strstr(bench->sentence, "does not answer"));
}

static void every_callback_may_close(void **state)
{
    struct bench *bench = *state;
    start_serving(bench);
    for (int i = 0; i < 6; i++) {
        bench->script = (struct script){0};
        bench->live = bench->lost = bench->listed = bench->inspected = bench->restarted = 0;
        bench->close_in_callback = i < 2;
        bench->script.ping = i == 1 ? "500 Oops" : NULL;
        open_engine(bench, NULL);
        engine_bench_wait(&bench->base, i == 1 ? &bench->lost : &bench->live, 1);
        bench->close_in_callback = true;
        if (i >= 2) {
            engine_list(bench->base.engine, on_element, on_listed, bench);
            engine_inspect(bench->base.engine, "a", on_inspected, bench);
            engine_restart(bench->base.engine, "a", 0, 0, on_restarted, bench);
            if (i == 5)
                fake_send(bench->stream, "0\r\n\r\n");
        }
        while (bench->base.engine)
            uv_run(&bench->base.loop, UV_RUN_ONCE);
        assert_true(bench->listed + bench->inspected + bench->restarted + bench->lost <= 1);
    }
}

static void unusable_settings_are_refused(void **state)
{
    struct bench *bench = *state;
    static const struct {
        struct engine_options options;
        int code;
        const char *sentence;
    } row[] = {
        {{.host = "ssh://host"}, -EINVAL, "DOCKER_HOST=ssh://host"},
        {{.host = "unix://docker.sock"}, -EINVAL, "unix:///absolute/path"},
        {{.host = "/var/run/docker.sock"}, -EINVAL, "unix:///path"},
        {{.host = "tcp://"}, -EINVAL, "tcp://host:port"},
        {{.host = "tcp://host:1/path"}, -EINVAL, "tcp://host:port"},
        {{.host = "tcp://host", .tls_verify = true, .cert_path = "/nonexistent"}, -ENOENT, "ca.pem"},
        {{.host = "tcp://host", .api_version = "newest"}, -EINVAL, "DOCKER_API_VERSION=newest"},
    };
    const struct engine_callbacks callbacks = {on_live, on_lost, on_event, bench};
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        struct error err = {0};
        assert_null(engine_open(&bench->base.loop, &row[i].options, &callbacks, &err));
        assert_int_equal(err.code, row[i].code);
        assert_non_null(strstr(err.text, row[i].sentence));
    }
    engine_close(NULL);
}

static void tcp_works_as_well(void **state)
{
    struct bench *bench = *state;
    int port = fake_listen_tcp(&bench->base.fake, &bench->base.loop, serve, bench);
    snprintf(bench->base.host, sizeof bench->base.host, "tcp://localhost:%d/", port);
    open_engine(bench, NULL);
    engine_bench_wait(&bench->base, &bench->live, 1);
    assert_string_equal(bench->api, "1.41");
    engine_close(bench->base.engine);
    const struct engine_options options = {.host = bench->base.host, .tls_verify = true, .timeout_ms = 300};
    const struct engine_callbacks callbacks = {on_live, on_lost, on_event, bench};
    bench->base.engine = engine_open(&bench->base.loop, &options, &callbacks, NULL);
    engine_bench_wait(&bench->base, &bench->lost, 1);
    assert_memory_equal(bench->sentence, "tcp://localhost:", 16);
    assert_int_equal(bench->live, 1);
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(calls_are_made_and_answered),
        TEST(refusals_have_codes_and_sentences),
        TEST(the_version_is_negotiated),
        TEST(forbidden_events_say_what_to_allow),
        TEST(a_lost_engine_is_found_again),
        TEST(sockets_say_what_is_wrong),
        TEST(a_permission_is_named),
        TEST(a_silent_engine_is_given_up),
        TEST(every_callback_may_close),
        TEST(unusable_settings_are_refused),
        TEST(tcp_works_as_well),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
