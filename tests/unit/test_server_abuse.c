/* SPDX-License-Identifier: MIT */
/* test_server_abuse.c: requests that no honest client sends: what is refused, that nothing hides behind what
 * is answered, and that the next client is served. */
#include "tests/support/server_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "controller/core/buf.h"

#define HOST "Host: h\r\n"
#define POST "POST /health HTTP/1.1\r\n" HOST
#define CHUNKED "Transfer-Encoding: chunked\r\n"
/* What an attacker would like to be taken for a request of its own. */
#define HIDDEN "POST /api/v1/services/web/reload HTTP/1.1\r\n" HOST TOKEN "\r\n"

struct abuse {
    const char *bytes;
    const char *statuses; /* of all answers, in their order, that of the marker is the last; after "…" the
                             library may say more */
    size_t length;        /* 0: bytes is text */
};
#define WITH_NUL(text, answers)                                                                              \
    {                                                                                                        \
        (text), (answers), sizeof(text) - 1                                                                  \
    }

static const struct abuse cases[] = {
    /* Where does the body end? */
    {POST "Content-Length: 6\r\n" CHUNKED "\r\n0\r\n\r\n" HIDDEN, "400", 0},
    {POST CHUNKED "Content-Length: 6\r\n\r\n0\r\n\r\n" HIDDEN, "400", 0},
    {POST "Content-Length: 0\r\nContent-Length: 99\r\n\r\n" HIDDEN, "400", 0},
    {POST "Content-Length : 99\r\n\r\n" HIDDEN, "400", 0},
    {POST "Content-Length: -1\r\n\r\n" HIDDEN, "400…", 0},
    {POST "Content-Length: +1\r\n\r\n" HIDDEN, "400…", 0},
    {POST "Content-Length: 0x10\r\n\r\n" HIDDEN, "400…", 0},
    {POST "Content-Length: 1, 1\r\n\r\n" HIDDEN, "400…", 0},
    {POST "Content-Length: 1 1\r\n\r\n" HIDDEN, "400…", 0},
    {POST "Content-Length: \r\n\r\n" HIDDEN, "400…", 0},
    {POST "Content-Length: 18446744073709551617\r\n\r\n" HIDDEN, "413…", 0},
    {POST "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" HIDDEN, "400", 0},
    {POST "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" HIDDEN, "400", 0},
    {POST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n" HIDDEN, "400", 0},
    {POST "Transfer-Encoding: \x0b"
          "chunked\r\n\r\n0\r\n\r\n" HIDDEN,
     "400", 0},
    {POST CHUNKED "Transfer-Encoding: identity\r\n\r\n0\r\n\r\n" HIDDEN, "400", 0},
    {POST "X: a\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" HIDDEN, "400", 0},
    {POST "X: a\r\n Transfer-Encoding: chunked\r\n\r\n", "400", 0},
    {POST "X\r\n: y\r\n\r\n" HIDDEN, "400", 0},
    /* Chunks. */
    {POST CHUNKED "\r\n-1\r\nabc\r\n0\r\n\r\n" HIDDEN, "400…", 0},
    {POST CHUNKED "\r\nzz\r\nabc\r\n0\r\n\r\n" HIDDEN, "400…", 0},
    {POST CHUNKED "\r\n3\r\nabcX0\r\n\r\n" HIDDEN, "400…", 0},
    {POST CHUNKED "\r\nffffffffffffffffff\r\nabc", "413…", 0},
    {POST CHUNKED "\r\n3;name=value\r\nabc\r\n0\r\nTrailer: 1\r\n\r\n", "405 404", 0},
    /* The request line. */
    {"GET /health JUNK\r\n" HOST "\r\n", "400…", 0},
    {"GET /health HTTP/9.9\r\n" HOST "\r\n", "505…", 0},
    {"GET /health HTTP/2.0\r\n" HOST "\r\n", "505…", 0},
    {"GET /health\r\n\r\n" HIDDEN, "400…", 0},
    {"GET /hea lth HTTP/1.1\r\n" HOST "\r\n", "400 404", 0},
    {"GET  /health  HTTP/1.1\r\n" HOST "\r\n", "400 404", 0},
    {"GET /hea\rlth HTTP/1.1\r\n" HOST "\r\n", "400 404", 0},
    {"GET /health%00x HTTP/1.1\r\n" HOST "\r\n", "400 404", 0},
    {"GET /services?tag=api%00x HTTP/1.1\r\n" HOST "\r\n", "400 404", 0},
    {"get /health HTTP/1.1\r\n" HOST "\r\n", "405 404", 0},
    {"TRACE /health HTTP/1.1\r\n" HOST "\r\n", "405 404", 0},
    {"CONNECT other:80 HTTP/1.1\r\n" HOST "\r\n", "404 404", 0},
    {"GET http://other/health HTTP/1.1\r\n" HOST "\r\n", "404 404", 0},
    {"GET /../../etc/passwd HTTP/1.1\r\n" HOST "\r\n", "404 404", 0},
    {"GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\n" HOST "\r\n", "404 404", 0},
    {"GET //health HTTP/1.1\r\n" HOST "\r\n", "404 404", 0},
    WITH_NUL("GET /hea\0lth HTTP/1.1\r\n" HOST "\r\n", "404 404"),
    /* Headers. */
    WITH_NUL("GET /health HTTP/1.1\r\n" HOST "X\0Y: z\r\n\r\n", "400…"),
    {"GET /health HTTP/1.1\r\n" HOST "X: a\rb\r\n\r\n", "400", 0},
    {"GET /health HTTP/1.1\r\n" HOST "X: a\x01"
     "b\r\n\r\n",
     "400", 0},
    {"GET /health HTTP/1.1\r\n" HOST "nonsense\r\n\r\n", "400…", 0},
    {"GET /health HTTP/1.1\r\n X: y\r\n" HOST "\r\n", "400", 0},
    {"GET /health HTTP/1.1\r\n\r\n", "400", 0},
    {"GET /health HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "400", 0},
    {"GET /health HTTP/1.1\r\nHost: a, b\r\n\r\n", "400", 0},
    {"GET /health HTTP/1.1\r\nHost: a@b\r\n\r\n", "400", 0},
    {"GET /health HTTP/1.0\r\n\r\n", "200", 0}, /* was allowed then */
    /* A body where none is expected is not the next request. */
    {"GET /health HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhello", "200 404", 0},
};

/* A request that ends the connection, after what is sent: whether client and server are still of one mind. */
#define MARKER "GET /marker HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n"

/* Sends bytes and the marker, and gives all that comes back until the server ends the connection. */
static char *said_to(struct served *served, const char *bytes, size_t length)
{
    struct buf got;
    int fd = loop_connect(served->port);
    buf_init(&got, 1 << 20);
    loop_send(&served->loop, fd, bytes, length);
    loop_send(&served->loop, fd, MARKER, sizeof MARKER - 1);
    for (bool more = true; more;) {
        struct reply reply = loop_reply(&served->loop, fd, false);
        more = reply.status != 0;
        buf_text(&got, more ? reply.head : "");
        buf_text(&got, reply.body);
        reply_free(&reply);
    }
    close(fd);
    return buf_take(&got, NULL);
}

/* "200 404": the status lines in what came. */
static void statuses_in(const char *text, char *ret, size_t size)
{
    ret[0] = '\0';
    for (const char *at = text; (at = strstr(at, "HTTP/1.")); at += 7) {
        size_t used = strlen(ret);
        if (at == text || at[-1] == '\n' || at[-1] == '}' || at[-1] == '>')
            snprintf(ret + used, size - used, "%s%.3s", used ? " " : "", at + 9);
    }
}

static bool as_expected(const char *got, const char *expected)
{
    const char *dots = strstr(expected, "…");
    return dots ? strncmp(got, expected, (size_t)(dots - expected)) == 0 : strcmp(got, expected) == 0;
}

static void test_abuse(void **state)
{
    struct served *served = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char statuses[64];
        const struct abuse *abuse = &cases[i];
        char *text = said_to(served, abuse->bytes, abuse->length ? abuse->length : strlen(abuse->bytes));
        statuses_in(text, statuses, sizeof statuses);
        if (!as_expected(statuses, abuse->statuses))
            fail_msg("%s\n→ %s (expected %s)\n%s", abuse->bytes, statuses, abuse->statuses, text);
        if (strcmp(statuses, "400") == 0)
            assert_non_null(strstr(text, "Connection: close"));
        free(text);
        assert_int_equal(served->restarts, 0);
    }
    assert_int_equal(served_status(served, "GET /health", ""), 200);
}

/* Too many of anything. */
static void test_too_many(void **state)
{
    struct served *served = *state;
    static const struct {
        const char *before, *again, *after;
        int times;
        const char *statuses;
    } many[] = {
        {"GET /health HTTP/1.1\r\n" HOST, "X: y\r\n", "\r\n", 90, "200 404"},
        {"GET /health HTTP/1.1\r\n" HOST, "X: y\r\n", "\r\n", 110, "431"},
        {"GET /health HTTP/1.1\r\n" HOST, "X: y\r\n", "\r\n", 3000, "431…"},
        {"GET /services?", "a=b&", " HTTP/1.1\r\n" HOST "\r\n", 60, "200 404"},
        {"GET /services?", "a=b&", " HTTP/1.1\r\n" HOST "\r\n", 70, ""},
        {"GET /services?", "a=b&", " HTTP/1.1\r\n" HOST "\r\n", 3000, ""},
        {"GET /", "a/", " HTTP/1.1\r\n" HOST "\r\n", 4000, "404 404"},
        {"GET /", "a/", " HTTP/1.1\r\n" HOST "\r\n", 50000, "414…"},
        {"", "A", " / HTTP/1.1\r\n" HOST "\r\n", 5000, "405 404"},
        {"GET /health HTTP/1.1\r\n" HOST "X-Forwarded-For: ", "1.2.3.4,", "\r\n\r\n", 1500, "200 404"},
        {"", "\r\n", "", 30000, "414…"},
        {"", "GET /health HTTP/1.1\r\n" HOST "\r\n", "", 3, "200 200 200 404"},
    };
    for (size_t i = 0; i < sizeof many / sizeof *many; i++) {
        struct buf text;
        char statuses[64];
        buf_init(&text, 1 << 20);
        buf_text(&text, many[i].before);
        for (int n = 0; n < many[i].times; n++)
            buf_text(&text, many[i].again);
        buf_text(&text, many[i].after);
        char *got = said_to(served, buf_string(&text), text.len);
        statuses_in(got, statuses, sizeof statuses);
        if (!as_expected(statuses, many[i].statuses))
            fail_msg("%d times %s → %s (expected %s)", many[i].times, many[i].again, statuses,
                     many[i].statuses);
        free(got);
        buf_free(&text);
    }
    assert_int_equal(served_status(served, "GET /health", ""), 200);
}

/* What never becomes a request waits for its end, and nobody waits with it. */
static void test_no_http(void **state)
{
    struct served *served = *state;
    static const char *const bytes[] = {"\x16\x03\x01\x02\x01\x01\xfc\x03\x03 a client that speaks TLS",
                                        "SSH-2.0-OpenSSH_9.2\r\n",
                                        "\r\n\r\n",
                                        "GET",
                                        "G\r",
                                        ""};
    int fds[sizeof bytes / sizeof *bytes];
    for (size_t i = 0; i < sizeof bytes / sizeof *bytes; i++) {
        fds[i] = loop_connect(served->port);
        loop_send(&served->loop, fds[i], bytes[i], strlen(bytes[i]));
        assert_int_equal(served_status(served, "GET /health", ""), 200);
    }
    for (size_t i = 0; i < sizeof bytes / sizeof *bytes; i++)
        close(fds[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVED(test_abuse),
        SERVED(test_too_many),
        SERVED(test_no_http),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
