/* SPDX-License-Identifier: MIT */
/* test_log.c: the two forms of a line, the keys of the JSON one, and whose request it belongs to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "controller/core/log.h"

/* What is written to stderr between listen() and heard(), which gives it back until the next call. */
static int real_stderr;
static FILE *caught;

static void listen_in(void)
{
    fflush(stderr);
    caught = tmpfile();
    real_stderr = dup(STDERR_FILENO);
    dup2(fileno(caught), STDERR_FILENO);
}

static const char *heard(void)
{
    static char text[8192];
    fflush(stderr);
    dup2(real_stderr, STDERR_FILENO);
    close(real_stderr);
    rewind(caught);
    size_t length = fread(text, 1, sizeof text - 1, caught);
    text[length] = '\0';
    fclose(caught);
    return text;
}

/* The keys of a JSON line, in their order, joined by blanks. */
static void keys_of(const char *line, char *ret, size_t size)
{
    struct json_object *tree = json_tokener_parse(line);
    if (!tree)
        fail_msg("no JSON: %s", line);
    ret[0] = '\0';
    json_object_object_foreach(tree, key, value)
    {
        size_t used = strlen(ret);
        (void)value;
        snprintf(ret + used, size - used, "%s%s", used ? " " : "", key);
    }
    json_object_put(tree);
}

static void test_keys(void **state)
{
    (void)state;
    static const struct {
        const char *service, *instance, *request, *keys;
    } cases[] = {
        {"web", "web-1", "req-1", "ts level msg service instance request_id"},
        {"web", "web-1", NULL, "ts level msg service instance"},
        {NULL, NULL, "req-1", "ts level msg request_id"},
        {NULL, NULL, NULL, "ts level msg"},
    };
    log_setup(LOG_LEVEL_INFO, true);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char keys[200];
        listen_in();
        log_request(cases[i].request);
        log_line(LOG_LEVEL_WARN, cases[i].service, cases[i].instance, "a \"b\"\n%s", "\x1b[31m");
        log_request(NULL);
        const char *line = heard();
        keys_of(line, keys, sizeof keys);
        assert_string_equal(keys, cases[i].keys);
        assert_non_null(strstr(line, "\"level\":\"warn\",\"msg\":\"a \\\"b\\\"  [31m\""));
        assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
    }
}

static void test_fields(void **state)
{
    (void)state;
    const struct log_field fields[] = {{"method", "GET", 0}, {"status", NULL, 200}, {"ms", NULL, 1.25}};
    char keys[200];
    log_setup(LOG_LEVEL_DEBUG, true);
    listen_in();
    log_request("req-2");
    log_fields(LOG_LEVEL_DEBUG, fields, 3, "GET %s", "/<x>");
    log_request(NULL);
    const char *line = heard();
    keys_of(line, keys, sizeof keys);
    assert_string_equal(keys, "ts level msg request_id method status ms");
    assert_non_null(strstr(line, "\"request_id\":\"req-2\",\"method\":\"GET\",\"status\":200,\"ms\":1.25}"));
    log_setup(LOG_LEVEL_DEBUG, false);
    listen_in();
    log_fields(LOG_LEVEL_DEBUG, fields, 3, "GET %s", "/x");
    line = heard();
    assert_string_equal(line + strlen("2026-11-21T10:30:00.123Z "), "DEBUG GET /x\n");
}

static void test_text(void **state)
{
    (void)state;
    log_setup(LOG_LEVEL_INFO, false);
    listen_in();
    const char *before = log_request("outer");
    assert_null(before);
    log_line(LOG_LEVEL_INFO, "rag-service", "rag-1", "Circuit breaker OPEN (threshold reached: %d/%d)", 5, 5);
    before = log_request("inner");
    assert_string_equal(before, "outer");
    log_line(LOG_LEVEL_ERROR, NULL, "rag-1", "two\nlines");
    log_request(before);
    log_line(LOG_LEVEL_WARN, NULL, NULL, "again");
    assert_string_equal(log_request_id(), "outer");
    log_request(NULL);
    log_line(LOG_LEVEL_INFO, NULL, NULL, "nobody's");
    log_line(LOG_LEVEL_DEBUG, NULL, NULL, "not printed");
    assert_false(log_wants(LOG_LEVEL_DEBUG));
    static const char *const expected[] = {
        "INFO  [rag-service] Circuit breaker OPEN (threshold reached: 5/5) request_id=outer",
        "ERROR [rag-1] two lines request_id=inner",
        "WARN  again request_id=outer",
        "INFO  nobody's",
    };
    char *rest = (char *)(uintptr_t)heard();
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        char *line = strsep(&rest, "\n");
        assert_string_equal(line + strlen("2026-11-21T10:30:00.123Z "), expected[i]);
    }
    assert_string_equal(rest, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
