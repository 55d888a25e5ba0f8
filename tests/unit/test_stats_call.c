/* SPDX-License-Identifier: MIT */
/* docker/stats: readings of all engines' shapes, and the call against a scripted engine: what is asked, and
 * what each refusal means. */
#include "docker/stats.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "controller/core/error.h"
#include "controller/core/file.h"
#include "controller/core/limits.h"
#include "docker/decode.h"
#include "tests/support/engine_bench.h"

static int decode_file(const char *name, struct stats_reading *ret)
{
    char path[128], *text;
    size_t len;
    snprintf(path, sizeof path, "tests/fuzz/corpus/stats/%s", name);
    assert_int_equal(file_read(path, LIMIT_STATS_BODY, &text, &len, NULL), 0);
    struct error err = {0};
    int code = decode_stats(text, len, ret, &err);
    assert_int_equal(err.code, code);
    free(text);
    return code;
}

static void readings_of_engines(void **state)
{
    (void)state;
    struct stats_reading reading;
    assert_int_equal(decode_file("docker-20-cgroup1.json", &reading), 0);
    assert_true(reading.has_cpu && reading.has_memory);
    assert_true(reading.cpu_ns > 1000000 && reading.cpu_ns < 1000000000);
    assert_true(reading.memory_bytes > 100000 && reading.memory_bytes < 64 << 20);
    assert_int_equal(reading.memory_limit_bytes, 64 << 20);
    assert_true(reading.read_wall_ms > INT64_C(1795000000000));

    assert_int_equal(decode_file("docker-28-cgroup2.json", &reading), 0);
    assert_int_equal(reading.cpu_ns, 5000000000);
    assert_int_equal(reading.memory_bytes, 80 << 20); /* 100 MiB, 20 of them cache that is not in use */
    assert_int_equal(reading.memory_limit_bytes, 256 << 20);
    assert_int_equal(reading.read_wall_ms % 1000, 507);

    assert_int_equal(decode_file("podman-4.json", &reading), 0);
    assert_int_equal(reading.memory_bytes, 884736);
    assert_int_equal(reading.cpu_ns, 22992584);
}

static void what_says_nothing(void **state)
{
    (void)state;
    struct stats_reading reading = {.cpu_ns = 7};
    assert_int_equal(decode_file("stopped.json", &reading), -ENODATA);
    assert_int_equal(decode_file("null.json", &reading), -EBADMSG);
    assert_int_equal(decode_file("types.json", &reading), -ENODATA);
    assert_int_equal(reading.cpu_ns, 7);
}

/* Both names are there on version 1; the total's, which is the whole tree's, counts. More cache than usage
 * counts for nothing. */
static void cache_is_left_out(void **state)
{
    (void)state;
    static const struct {
        const char *stats;
        uint64_t bytes;
    } row[] = {
        {"{\"inactive_file\":10,\"total_inactive_file\":300}", 700},
        {"{\"inactive_file\":10}", 990},
        {"{\"total_inactive_file\":1000}", 1000},
        {"{\"inactive_file\":5000}", 1000},
        {"null", 1000},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        char *text = mem_format("{\"memory_stats\":{\"usage\":1000,\"stats\":%s}}", row[i].stats);
        struct stats_reading reading;
        assert_int_equal(decode_stats(text, strlen(text), &reading, NULL), 0);
        assert_int_equal(reading.memory_bytes, row[i].bytes);
        assert_false(reading.has_cpu);
        assert_int_equal(reading.memory_limit_bytes, 0);
        assert_int_equal(reading.read_wall_ms, 0);
        free(text);
    }
}

struct bench {
    struct engine_bench base;
    const char *answer; /* status line and headers, an empty line, the body */
    char path[256], sentence[512];
    int done, code;
    struct stats_reading reading;
};

static void serve(struct fake_conn *conn, const char *request, void *user)
{
    struct bench *bench = user;
    char path[256] = "", head[256];
    sscanf(request, "%*s %255s", path);
    if (strcmp(path, "/_ping") == 0) {
        fake_answer(conn, "200 OK\r\nApi-Version: 1.41\r\nServer: Docker/20.10.24 (linux)", "OK");
    } else if (strstr(path, "/events")) {
        fake_send(conn, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    } else {
        const char *body = strstr(bench->answer, "\n\n");
        snprintf(bench->path, sizeof bench->path, "%s", path);
        snprintf(head, sizeof head, "%.*s", (int)(body - bench->answer), bench->answer);
        fake_answer(conn, head, body + 2);
    }
}

static void on_reading(void *user, const struct stats_reading *reading, const struct error *err)
{
    struct bench *bench = user;
    assert_true((reading != NULL) != (err != NULL));
    bench->code = err ? err->code : 0;
    snprintf(bench->sentence, sizeof bench->sentence, "%s", err ? err->text : "");
    if (reading)
        bench->reading = *reading;
    bench->done++;
}

static void the_call_and_its_refusals(void **state)
{
    (void)state;
    static const struct {
        const char *answer;
        int code;
    } row[] = {
        {"200 OK\n\n{\"memory_stats\":{\"usage\":4096},\"cpu_stats\":{\"cpu_usage\":{\"total_usage\":9}}}",
         0},
        {"200 OK\n\n{\"memory_stats\":{}}", -ENODATA},
        {"200 OK\n\nwhatever", -EBADMSG},
        {"404 Not Found\n\n{\"message\":\"No such container: cafe\"}", -ENOENT},
        {"404 Not Found\n\n{\"message\":\"page not found\"}", -EIO},
        {"404 Not Found\n\n<html>", -EIO},
        {"403 Forbidden\n\n<html>", -EACCES},
        {"500 Oops\n\n", -EIO},
    };
    struct bench bench = {0};
    engine_bench_open(&bench.base, bench.path, bench.sentence);
    engine_bench_go_live(&bench.base, serve, &bench);
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        bench.answer = row[i].answer;
        assert_non_null(stats_read(bench.base.engine, "ca/fe", on_reading, &bench));
        engine_bench_wait(&bench.base, &bench.done, (int)i + 1);
        assert_int_equal(bench.code, row[i].code);
    }
    assert_string_equal(bench.path, "/v1.41/containers/ca%2Ffe/stats?stream=false&one-shot=true");
    assert_int_equal(bench.reading.memory_bytes, 4096);
    assert_int_equal(bench.reading.cpu_ns, 9);
    struct stats_call *call = stats_read(bench.base.engine, "cafe", on_reading, &bench);
    stats_cancel(call);
    stats_cancel(NULL);
    engine_bench_close(&bench.base);
    assert_int_equal(bench.done, sizeof row / sizeof *row);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(readings_of_engines),
        cmocka_unit_test(what_says_nothing),
        cmocka_unit_test(cache_is_left_out),
        cmocka_unit_test(the_call_and_its_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
