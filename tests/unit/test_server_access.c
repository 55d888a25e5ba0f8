/* SPDX-License-Identifier: MIT */
/* test_server_access.c: tokens, origins and networks: who may read and who may change. */
#include "tests/support/server_fixture.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static void test_change_needs_token(void **state)
{
    struct served *fixture = *state;
    static const char request[] = "POST /api/v1/services/web/reload";
    char origin[200], value[256];
    struct reply reply = served_ask(fixture, request, "");
    assert_int_equal(reply.status, 401);
    reply_header(&reply, "WWW-Authenticate", value);
    assert_string_equal(value, "Bearer realm=\"quaywatch\"");
    reply_free(&reply);
    assert_int_equal(served_status(fixture, request, "Authorization: Bearer change-m\r\n"), 401);
    assert_int_equal(served_status(fixture, request, "Authorization: Bearer change-me2\r\n"), 401);
    assert_int_equal(served_status(fixture, request, "Authorization: Bearer change-mechange-me\r\n"), 401);
    assert_int_equal(served_status(fixture, request, "Authorization: Basic change-me\r\n"), 401);
    assert_int_equal(served_status(fixture, request, "X-INTERNAL-TOKEN: \r\n"), 401);
    assert_int_equal(served_status(fixture, request, TOKEN "Origin: http://evil.example\r\n"), 403);
    assert_int_equal(served_status(fixture, request, TOKEN "Origin: null\r\n"), 403);
    assert_int_equal(fixture->restarts, 0);
    assert_int_equal(served_status(fixture, request, "X-INTERNAL-TOKEN: change-me\r\n"), 202);
    snprintf(origin, sizeof origin, TOKEN "Origin: http://127.0.0.1:%d\r\n", fixture->port);
    assert_int_equal(served_status(fixture, request, origin), 202);
    assert_int_equal(fixture->restarts, 2);
    assert_false(fixture->forced);
    assert_int_equal(served_status(fixture, "POST /api/v1/services/web/reload?force=true", TOKEN), 202);
    assert_true(fixture->forced);
    assert_int_equal(served_status(fixture, "POST /api/v1/services/web/reload?force=maybe", TOKEN), 400);
    static const int codes[][2] = {{-EBUSY, 409}, {-EACCES, 403}, {-ENOENT, 404}, {-EIO, 502}};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        fixture->restart_code = codes[i][0];
        assert_int_equal(served_status(fixture, request, TOKEN), codes[i][1]);
    }
}

static void test_no_token_configured(void **state)
{
    struct served *fixture = *state;
    fixture->options.auth_token = "";
    served_reopen(fixture);
    assert_int_equal(served_status(fixture, "POST /api/v1/services/web/reload", ""), 403);
    assert_int_equal(served_status(fixture, "POST /api/v1/services/web/reload", "Authorization: Bearer \r\n"),
                     403);
    assert_int_equal(served_status(fixture, "POST /api/v1/services/web/reload", "X-INTERNAL-TOKEN: \r\n"),
                     403);
    assert_int_equal(fixture->restarts, 0);
}

static void test_read_token(void **state)
{
    struct served *fixture = *state;
    fixture->options.read_token = "read-me";
    served_reopen(fixture);
    assert_int_equal(served_status(fixture, "GET /api/v1/status", ""), 401);
    assert_int_equal(served_status(fixture, "GET /metrics", ""), 401);
    assert_int_equal(served_status(fixture, "GET /api/v1/status", "Authorization: bearer read-me\r\n"), 200);
    assert_int_equal(served_status(fixture, "GET /api/v1/status", TOKEN), 200);
    assert_int_equal(
        served_status(fixture, "POST /api/v1/services/web/reload", "X-INTERNAL-TOKEN: read-me\r\n"), 401);
    assert_int_equal(served_status(fixture, "GET /health", ""), 200);
    assert_int_equal(served_status(fixture, "GET /", ""), 200);
}

static void test_networks(void **state)
{
    struct served *fixture = *state;
    static const struct {
        const char *allowed, *blocked;
        bool internal_only;
        int status;
    } cases[] = {
        {"10.0.0.0/8", "", false, 403},          {"127.0.0.0/8, ::1", "", false, 200},
        {"", "127.0.0.1", false, 403},           {"127.0.0.0/8", "127.0.0.1/32", false, 403},
        {"", "10.0.0.0/8,fd00::/8", false, 200}, {"", "", true, 200},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fixture->options.allowed_networks = cases[i].allowed;
        fixture->options.blocked_networks = cases[i].blocked;
        fixture->options.internal_only = cases[i].internal_only;
        /* A socket for IPv6 and IPv4 sees our address mapped into IPv6. */
        fixture->options.listen = i % 2 ? ":0" : "127.0.0.1:0";
        served_reopen(fixture);
        assert_int_equal(served_status(fixture, "GET /health", ""), cases[i].status);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVED(test_change_needs_token),
        SERVED(test_no_token_configured),
        SERVED(test_read_token),
        SERVED(test_networks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
