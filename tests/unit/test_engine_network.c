/* SPDX-License-Identifier: MIT */
/* docker/network against a scripted engine on a Unix socket: what is sent, and what each answer means. */
#include "docker/network.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "controller/core/error.h"
#include "docker/decode.h"
#include "tests/support/engine_bench.h"

struct bench {
    struct engine_bench base;
    const char *status, *body; /* the answer to calls about networks */
    char asked[1024];          /* the latest of them */
    int answered, code;
    char sentence[512], driver[32];
};

static void serve(struct fake_conn *conn, const char *request, void *user)
{
    struct bench *bench = user;
    if (strstr(request, " /_ping ")) {
        fake_answer(conn, "200 OK\r\nApi-Version: 1.41\r\nServer: Docker/20.10.24 (linux)", "OK");
    } else if (strstr(request, "/events")) {
        fake_send(conn, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    } else {
        snprintf(bench->asked, sizeof bench->asked, "%s", request);
        fake_answer(conn, bench->status, bench->body);
    }
}

static void on_done(void *user, const struct error *err)
{
    struct bench *bench = user;
    bench->answered++;
    bench->code = err ? err->code : 0;
    snprintf(bench->sentence, sizeof bench->sentence, "%s", err ? err->text : "");
}

static void on_found(void *user, const struct network_facts *facts, const struct error *err)
{
    struct bench *bench = user;
    assert_true((facts == NULL) == (err != NULL));
    snprintf(bench->driver, sizeof bench->driver, "%s", facts ? facts->driver : "");
    on_done(user, err);
}

static int set_up(void **state)
{
    struct bench *bench = mem_new(sizeof *bench);
    engine_bench_open(&bench->base, bench->asked, bench->sentence);
    engine_bench_go_live(&bench->base, serve, bench);
    *state = bench;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *bench = *state;
    engine_bench_close(&bench->base);
    free(bench);
    return 0;
}

static void assert_asked(const struct bench *bench, const char *line, const char *body)
{
    const char *sent = strstr(bench->asked, "\r\n\r\n");
    assert_memory_equal(bench->asked, line, strlen(line));
    assert_non_null(sent);
    assert_string_equal(sent + 4, body);
    if (body[0])
        assert_non_null(strstr(bench->asked, "Content-Type: application/json\r\n"));
}

static void what_is_sent(void **state)
{
    struct bench *bench = *state;
    bench->status = "200 OK";
    bench->body = "{\"Id\":\"abc\",\"Name\":\"shop\",\"Driver\":\"bridge\"}";
    engine_network_inspect(bench->base.engine, "abc", on_found, bench);
    engine_bench_wait(&bench->base, &bench->answered, 1);
    assert_asked(bench, "GET /v1.41/networks/abc ", "");
    assert_string_equal(bench->driver, "bridge");
    bench->body = "";
    engine_network_connect(bench->base.engine, "a/b", "me", "mark", on_done, bench);
    engine_bench_wait(&bench->base, &bench->answered, 2);
    assert_asked(bench, "POST /v1.41/networks/a%2Fb/connect ",
                 "{\"Container\":\"me\",\"EndpointConfig\":{\"Aliases\":[\"mark\"],\"GwPriority\":-100}}");
    assert_int_equal(bench->code, 0);
    engine_network_disconnect(bench->base.engine, "abc", "me", on_done, bench);
    engine_bench_wait(&bench->base, &bench->answered, 3);
    assert_asked(bench, "POST /v1.41/networks/abc/disconnect ", "{\"Container\":\"me\"}");
    assert_int_equal(bench->code, 0);
}

static void what_answers_mean(void **state)
{
    struct bench *bench = *state;
    static const struct {
        const char *status, *body;
        int code;
        const char *sentence;
    } row[] = {
        {"404 Not Found", "{\"message\":\"network x not found\"}", -ENOENT, "404: network x not found"},
        {"403 Forbidden", "{\"message\":\"endpoint already exists\"}", -EPERM, "endpoint already exists"},
        {"403 Forbidden", "<html><h1>403 Forbidden</h1></html>", -EACCES, "403 Forbidden"},
        {"403 Forbidden", "", -EACCES, "answered with 403"},
        {"401 Unauthorized", "{\"message\":\"who are you\"}", -EACCES, "who are you"},
        {"500 Oops", "{\"message\":\"is not connected\"}", -EIO, "is not connected"},
        {"302 Found", "", -EIO, "302"},
    };
    for (int i = 0; i < (int)(sizeof row / sizeof *row); i++) {
        bench->status = row[i].status;
        bench->body = row[i].body;
        engine_network_connect(bench->base.engine, "x", "me", "mark", on_done, bench);
        engine_bench_wait(&bench->base, &bench->answered, 2 * i + 1);
        assert_int_equal(bench->code, row[i].code);
        assert_non_null(strstr(bench->sentence, row[i].sentence));
        assert_memory_equal(bench->sentence, "connecting to a network", 23);
        engine_network_inspect(bench->base.engine, "x", on_found, bench);
        engine_bench_wait(&bench->base, &bench->answered, 2 * i + 2);
        assert_int_equal(bench->code, row[i].code);
    }
    bench->status = "200 OK";
    bench->body = "[]";
    engine_network_inspect(bench->base.engine, "x", on_found, bench);
    engine_bench_wait(&bench->base, &bench->answered, bench->answered + 1);
    assert_int_equal(bench->code, -EBADMSG);
    /* One is under way when the engine is closed: nothing is called, nothing leaks. */
    engine_network_disconnect(bench->base.engine, "x", "me", on_done, bench);
}

static void networks_are_decoded(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct network_facts facts;
    const char *text =
        "{\"Name\":\"net\",\"Id\":\"1\",\"Scope\":\"swarm\",\"Driver\":\"overlay\",\"Internal\":"
        "true,\"Attachable\":true,\"Ingress\":false,\"ConfigOnly\":false,\"Containers\":{}}";
    assert_int_equal(decode_network(text, strlen(text), &arena, &facts, NULL), 0);
    assert_string_equal(facts.name, "net");
    assert_string_equal(facts.driver, "overlay");
    assert_true(facts.swarm && facts.attachable && facts.internal);
    assert_false(facts.ingress || facts.config_only);
    text = "{\"id\":\"1\",\"name\":\"podman\",\"driver\":\"bridge\",\"internal\":false}";
    assert_int_equal(decode_network(text, strlen(text), &arena, &facts, NULL), 0);
    assert_string_equal(facts.name, "podman");
    assert_string_equal(facts.driver, "bridge");
    static const char *const wrong[] = {"", "null", "[]", "{}", "{\"Id\":1}", "{\"Id\":\"\"}", "<html>"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(decode_network(wrong[i], strlen(wrong[i]), &arena, &facts, NULL), -EBADMSG);
    arena_free(&arena);
    assert_true(decode_is_message("{\"message\":\"x\"}", 15));
    assert_false(decode_is_message("{\"message\":1}", 13));
    assert_false(decode_is_message("forbidden", 9));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_sent, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_answers_mean, set_up, tear_down),
        cmocka_unit_test(networks_are_decoded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
