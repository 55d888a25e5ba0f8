/* SPDX-License-Identifier: MIT */
/* test_server_change.c: what a person asks for by a request. */
#include "tests/support/server_fixture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int64_t maintained(struct served *fixture, const char *body, int expected)
{
    char *text = mem_format("POST /api/v1/services/web/maintenance HTTP/1.1\r\nHost: h\r\n" TOKEN
                            "Content-Length: %zu\r\n\r\n%s",
                            strlen(body), body);
    fixture->maintained_ms = -1;
    int fd = loop_connect(fixture->port);
    loop_send(&fixture->loop, fd, text, strlen(text));
    struct reply reply = loop_reply(&fixture->loop, fd, false);
    if (reply.status != expected)
        fail_msg("%s: %d %s", body, reply.status, reply.body);
    reply_free(&reply);
    close(fd);
    free(text);
    return fixture->maintained_ms;
}

static void test_maintenance(void **state)
{
    struct served *fixture = *state;
    assert_int_equal(maintained(fixture, "{\"duration\": \"90m\"}", 200), 90 * 60 * 1000);
    assert_int_equal(maintained(fixture, "{\"duration\": 5000}", 200), 5000);
    assert_int_equal(maintained(fixture, "{\"duration\": \"720h\"}", 200), INT64_C(720) * 3600 * 1000);
    assert_int_equal(maintained(fixture, "{\"duration\": \"OFF\"}", 200), 0);
    assert_int_equal(maintained(fixture, "{\"duration\": false}", 200), 0);
    static const char *const wrong[] = {"",
                                        "{",
                                        "[1]",
                                        "\"1h\"",
                                        "{\"duration\": true}",
                                        "{\"duration\": null}",
                                        "{\"duration\": {}}",
                                        "{\"duration\": \"721h\"}",
                                        "{\"duration\": 999}",
                                        "{\"duration\": -1}",
                                        "{\"duration\": 1e99}",
                                        "{\"duration\": \"<b>\"}"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(maintained(fixture, wrong[i], 400), -1);
    /* Said twice: the query is nearer. */
    assert_int_equal(served_status(fixture, "POST /api/v1/services/web/maintenance?duration=2h", TOKEN), 200);
    assert_int_equal(fixture->maintained_ms, 2 * 3600 * 1000);
}

static void test_breaker(void **state)
{
    struct served *fixture = *state;
    assert_int_equal(served_status(fixture, "POST /api/v1/services/db/breaker/trip", TOKEN), 200);
    assert_true(fixture->tripped);
    assert_null(fixture->breaker_of);
    assert_int_equal(
        served_status(fixture, "POST /api/v1/services/db/breaker/reset?instance=bot-db-2", TOKEN), 200);
    assert_false(fixture->tripped);
    assert_string_equal(fixture->breaker_of->observed->container, "bot-db-2");
    /* An instance of another service, and none at all: nothing is done. */
    fixture->breaker_of = NULL;
    assert_int_equal(
        served_status(fixture, "POST /api/v1/services/web/breaker/trip?instance=bot-db-2", TOKEN), 404);
    assert_int_equal(served_status(fixture, "POST /api/v1/services/web/breaker/trip?instance=", TOKEN), 404);
    assert_false(fixture->tripped);
    fixture->breaker_code = -EBUSY;
    assert_int_equal(served_status(fixture, "POST /api/v1/services/db/breaker/trip", TOKEN), 409);
    assert_int_equal(served_status(fixture, "POST /api/v1/services/db/breaker/trip", ""), 401);
    assert_int_equal(served_status(fixture, "GET /api/v1/services/db/breaker/trip", TOKEN), 405);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVED(test_maintenance),
        SERVED(test_breaker),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
