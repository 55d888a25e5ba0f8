/* SPDX-License-Identifier: MIT */
/* test_server_access.c: tokens, origins and networks: who may read and who may change. */
#include "tests/support/server_fixture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "controller/core/mem.h"

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

/* Networks by IPv4, IPv6 and IPv4 mapped into IPv6, of whom a trusted proxy forwards and of whom nobody does.
 */
static void test_proxies(void **state)
{
    struct served *served = *state;
    static const struct {
        const char *trusted, *allowed, *blocked;
        const char *headers;
        int status;
    } cases[] = {
        /* Nobody is believed. */
        {"", "127.0.0.0/8", "", "X-Forwarded-For: 203.0.113.9\r\n", 200},
        {"", "203.0.113.0/24", "", "X-Forwarded-For: 203.0.113.9\r\n", 403},
        {"10.0.0.0/8", "203.0.113.0/24", "", "X-Forwarded-For: 203.0.113.9\r\n", 403},
        {"10.0.0.0/8", "203.0.113.0/24", "", "Forwarded: for=203.0.113.9\r\n", 403},
        /* The proxy is: the client counts, not the proxy. */
        {"127.0.0.1", "203.0.113.0/24", "", "X-Forwarded-For: 203.0.113.9\r\n", 200},
        {"127.0.0.1", "203.0.113.0/24", "", "Forwarded: for=203.0.113.9\r\n", 200},
        {"127.0.0.1", "203.0.113.0/24", "", "X-Forwarded-For: ::ffff:203.0.113.9\r\n", 200},
        {"127.0.0.1", "2001:db8::/32", "", "X-Forwarded-For: 2001:db8::7\r\n", 200},
        {"127.0.0.1", "2001:db8::/32", "", "Forwarded: for=\"[2001:db8::7]:99\"\r\n", 200},
        {"127.0.0.1", "2001:db8::/32", "", "X-Forwarded-For: 2001:db9::7\r\n", 403},
        {"127.0.0.1", "", "203.0.113.0/24", "X-Forwarded-For: 203.0.113.9\r\n", 403},
        {"127.0.0.1", "", "203.0.113.0/24", "X-Forwarded-For: 198.51.100.1\r\n", 200},
        {"127.0.0.1", "127.0.0.0/8", "", "", 200}, /* the proxy for itself */
        /* What the client wrote stands to the left, also in a line of its own. */
        {"127.0.0.1", "10.0.0.0/8", "", "X-Forwarded-For: 10.0.0.1, 203.0.113.9\r\n", 403},
        {"127.0.0.1", "10.0.0.0/8", "", "X-Forwarded-For: 10.0.0.1\r\nX-Forwarded-For: 203.0.113.9\r\n", 403},
        {"127.0.0.1", "", "203.0.113.0/24", "X-Forwarded-For: 10.0.0.1\r\nX-Forwarded-For: 203.0.113.9\r\n",
         403},
        /* Two proxies, both trusted. */
        {"127.0.0.1,10.0.0.0/8", "203.0.113.0/24", "", "X-Forwarded-For: 1.1.1.1, 203.0.113.9, 10.0.0.2\r\n",
         200},
        {"127.0.0.1", "203.0.113.0/24", "", "X-Forwarded-For: 1.1.1.1, 203.0.113.9, 10.0.0.2\r\n", 403},
        /* One kind is the proxy's, the other passed on from the client: both must be allowed. */
        {"127.0.0.1", "10.0.0.0/8", "", "X-Forwarded-For: 203.0.113.9\r\nForwarded: for=10.0.0.1\r\n", 403},
        {"127.0.0.1", "10.0.0.0/8", "", "Forwarded: for=203.0.113.9\r\nX-Forwarded-For: 10.0.0.1\r\n", 403},
        {"127.0.0.1", "10.0.0.0/8", "", "Forwarded: for=10.0.0.1\r\nX-Forwarded-For: 10.0.0.1\r\n", 200},
        /* It cannot be told. */
        {"127.0.0.1", "0.0.0.0/0,::/0", "", "X-Forwarded-For: unknown\r\n", 403},
        {"127.0.0.1", "", "203.0.113.0/24", "Forwarded: for=_hidden\r\n", 403},
        {"127.0.0.1", "", "", "X-Forwarded-For: nonsense\r\n", 200}, /* and nobody minds */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        served->options.trusted_proxy = cases[i].trusted;
        served->options.allowed_networks = cases[i].allowed;
        served->options.blocked_networks = cases[i].blocked;
        served->options.listen = i % 2 ? ":0" : "127.0.0.1:0";
        served_reopen(served);
        int status = served_status(served, "GET /health", cases[i].headers);
        if (status != cases[i].status)
            fail_msg("case %zu, %s: %d", i, cases[i].headers, status);
    }
}

static int reload_as(struct served *served, const char *host, const char *headers)
{
    char *text = mem_format("POST /api/v1/services/web/reload HTTP/1.1\r\nHost: %s\r\n" TOKEN "%s\r\n", host,
                            headers);
    int fd = loop_connect(served->port);
    loop_send(&served->loop, fd, text, strlen(text));
    struct reply reply = loop_reply(&served->loop, fd, false);
    int status = reply.status;
    reply_free(&reply);
    close(fd);
    free(text);
    return status;
}

/* A browser's POST comes from a page that was served under this very name and scheme; whatever a page of
 * another name asks is refused, though it has the token. */
static void test_origins(void **state)
{
    struct served *served = *state;
    static const struct {
        const char *trusted, *host, *headers;
        int status;
    } cases[] = {
        {"", "quay.example", "Origin: https://quay.example\r\n", 202}, /* perhaps behind a proxy */
        {"", "quay.example:8080", "Origin: http://quay.example:8080\r\n", 202},
        {"", "quay.example", "Origin: https://quay.example:8443\r\n", 403},
        {"", "quay.example", "Origin: https://evil.example\r\n", 403},
        {"", "quay.example", "Origin: https://quay.example.evil.example\r\n", 403},
        {"", "quay.example", "Origin: null\r\n", 403},
        {"", "quay.example", "Origin: \r\n", 403},
        {"", "quay.example", "", 202}, /* no browser */
        /* Nobody else may say what we were called. */
        {"", "quaywatch:8080", "Origin: https://quay.example\r\nX-Forwarded-Host: quay.example\r\n", 403},
        {"10.0.0.0/8", "quay.example", "Origin: https://quay.example\r\nX-Forwarded-Proto: https\r\n", 403},
        {"127.0.0.1", "quay.example", "Origin: https://quay.example\r\nX-Forwarded-Proto: https\r\n", 202},
        {"127.0.0.1", "quay.example", "Origin: http://quay.example\r\nX-Forwarded-Proto: https\r\n", 403},
        {"127.0.0.1", "quay.example", "Origin: https://quay.example\r\nForwarded: proto=https\r\n", 202},
        {"127.0.0.1", "quaywatch:8080",
         "Origin: https://quay.example\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: quay.example\r\n",
         202},
        {"127.0.0.1", "quaywatch:8080",
         "Origin: https://evil.example\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: quay.example\r\n",
         403},
    };
    int expected = 0;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        served->options.trusted_proxy = cases[i].trusted;
        served_reopen(served);
        int status = reload_as(served, cases[i].host, cases[i].headers);
        if (status != cases[i].status)
            fail_msg("case %zu, %s: %d", i, cases[i].headers, status);
        expected += status == 202;
    }
    assert_int_equal(served->restarts, expected);
}

/* DNS rebinding: a page of evil.example whose name now leads here calls us by that name, with an Origin that
 * fits. It has no token; and with ALLOWED_HOSTS it does not even read. */
static void test_hosts(void **state)
{
    struct served *served = *state;
    static const char origin[] = "Origin: http://evil.example:8080\r\n";
    assert_int_equal(served_status(served, "POST /api/v1/services/web/reload", origin), 403);
    served->options.allowed_hosts = "quay.example, *.lan";
    served_reopen(served);
    assert_int_equal(reload_as(served, "evil.example:8080", origin), 421);
    assert_int_equal(reload_as(served, "evil.example:8080", ""), 421);
    assert_int_equal(reload_as(served, "quay.example", "Origin: https://quay.example\r\n"), 202);
    assert_int_equal(reload_as(served, "dock.lan:8080", ""), 202);
    assert_int_equal(reload_as(served, "localhost", ""), 202);
    /* By its address it is always itself (health checks, people at home). */
    assert_int_equal(served_status(served, "GET /api/v1/status", ""), 200);
    /* Only a trusted proxy may say that it was called by another name. */
    assert_int_equal(reload_as(served, "evil.example", "X-Forwarded-Host: quay.example\r\n"), 421);
    served->options.trusted_proxy = "127.0.0.1";
    served_reopen(served);
    assert_int_equal(reload_as(served, "quaywatch", "X-Forwarded-Host: quay.example\r\n"), 202);
    assert_int_equal(reload_as(served, "quaywatch", "X-Forwarded-Host: evil.example\r\n"), 421);
    assert_int_equal(served->restarts, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVED(test_change_needs_token),
        SERVED(test_no_token_configured),
        SERVED(test_read_token),
        SERVED(test_networks),
        SERVED(test_proxies),
        SERVED(test_origins),
        SERVED(test_hosts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
