/* SPDX-License-Identifier: MIT */
/* Tests core/http_answer: answers whole, in single bytes, and hostile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "controller/core/http_answer.h"
#include "controller/core/mem.h"

#define OK "HTTP/1.1 200 OK\r\n"

/* Feeds text in pieces of that size, then the end of the connection unless it was decided before. */
static enum answer_state read_all(struct http_answer *answer, const char *text, size_t len, size_t piece)
{
    enum answer_state state = ANSWER_MORE;
    for (size_t at = 0; at < len && state == ANSWER_MORE; at += piece)
        state = http_answer_feed(answer, text + at, len - at < piece ? len - at : piece);
    return state == ANSWER_MORE ? http_answer_end(answer) : state;
}

static void answers_in_any_pieces(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum answer_state end;
        int status;
        const char *body;
    } row[] = {
        {OK "Content-Length: 5\r\n\r\nhello", ANSWER_WHOLE, 200, "hello"},
        {OK "content-length:5 \r\n\r\nhello and more", ANSWER_WHOLE, 200, "hello"},
        {OK "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", ANSWER_WHOLE, 200, "hello"},
        {OK "Content-Length: 0\r\n\r\n", ANSWER_WHOLE, 200, ""},
        {"HTTP/1.0 404 Not Found\n\nuntil the end", ANSWER_WHOLE, 404, "until the end"},
        {"HTTP/1.1 500\r\nContent-Length: 1\r\n\r\nx", ANSWER_WHOLE, 500, "x"},
        {"HTTP/1.1 204 No Content\r\n\r\n", ANSWER_WHOLE, 204, ""},
        {"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", ANSWER_WHOLE, 304, ""},
        {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\n" OK "Content-Length: 1\r\n\r\ny",
         ANSWER_WHOLE, 200, "y"},
        {OK "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n004;x=y\r\ndefg\r\n0\r\nT: 1\r\n\r\n",
         ANSWER_WHOLE, 200, "abcdefg"},
        {OK "Transfer-Encoding: Chunked\r\nContent-Length: 2\r\n\r\nA\r\n0123456789\r\n0\r\n\r\n",
         ANSWER_WHOLE, 200, "0123456789"},
        {OK "Content-Length: 2\r\nTransfer-Encoding: chunked\n\n1\na\n0\n\n", ANSWER_WHOLE, 200, "a"},
        {OK "X: y\r\n Folded: too\r\nContent-Length: 1\r\n\r\nz", ANSWER_WHOLE, 200, "z"},
        {"", ANSWER_CUT, 0, ""},
        {"HTT", ANSWER_CUT, 0, ""},
        {OK "Content-Length: 5\r\n", ANSWER_CUT, 0, ""},
        {OK "Content-Length: 5\r\n\r\nhell", ANSWER_CUT, 200, "hell"},
        {OK "Transfer-Encoding: chunked\r\n\r\n10\r\nabc", ANSWER_CUT, 200, "abc"},
        {OK "Transfer-Encoding: chunked\r\n\r\n0\r\nT: 1\r\n", ANSWER_CUT, 200, ""},
        {"HTTP/1.1 100 Continue\r\n\r\n", ANSWER_CUT, 0, ""},
        {"SSH-2.0-OpenSSH_9.2\r\n", ANSWER_BROKEN, 0, ""},
        {"-ERR unknown command\r\n", ANSWER_BROKEN, 0, ""},
        {"HTTP/2 200\r\n\r\n", ANSWER_BROKEN, 0, ""},
        {"HTTP/1.1 20 OK\r\n\r\n", ANSWER_BROKEN, 0, ""},
        {"HTTP/1.1 2000 OK\r\n\r\n", ANSWER_BROKEN, 0, ""},
        {"HTTP/1.1 099 OK\r\n\r\n", ANSWER_BROKEN, 0, ""},
        {"HTTP/1.1  200 OK\r\n\r\n", ANSWER_BROKEN, 0, ""},
        {OK "Content-Length: five\r\n\r\n", ANSWER_BROKEN, 0, ""},
        {OK "Content-Length: -1\r\n\r\n", ANSWER_BROKEN, 0, ""},
        {OK "Content-Length: 5, 5\r\n\r\n", ANSWER_BROKEN, 0, ""},
        {OK "Content-Length:\r\n\r\n", ANSWER_BROKEN, 0, ""},
        {OK "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", ANSWER_BROKEN, 0, ""},
        {OK "Content-Length: 9999999999999999999\r\n\r\n", ANSWER_BROKEN, 0, ""},
        {OK "Transfer-Encoding: gzip, chunked\r\n\r\n", ANSWER_BROKEN, 0, ""},
        {OK "Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n", ANSWER_BROKEN, 200, ""},
        {OK "Transfer-Encoding: chunked\r\n\r\n\r\nabc\r\n", ANSWER_BROKEN, 200, ""},
        {OK "Transfer-Encoding: chunked\r\n\r\n-1\r\n", ANSWER_BROKEN, 200, ""},
        {OK "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n", ANSWER_BROKEN, 200, ""},
        {OK "Transfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n", ANSWER_BROKEN, 200, "abc"},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        for (size_t piece = 1; piece < 100; piece = piece < 12 ? piece + 1 : piece * 2) {
            struct http_answer answer;
            http_answer_init(&answer, 1000);
            enum answer_state end = read_all(&answer, row[i].text, strlen(row[i].text), piece);
            if (end != row[i].end)
                fail_msg("%s in pieces of %zu: %d, wanted %d", row[i].text, piece, (int)end, (int)row[i].end);
            if (end != ANSWER_BROKEN)
                assert_int_equal(answer.status, row[i].status);
            assert_string_equal(buf_string(&answer.body), row[i].body);
            assert_false(answer.body_cut);
            http_answer_free(&answer);
        }
    }
}

static void bodies_are_cut(void **state)
{
    (void)state;
    static const char *const text[] = {OK "Content-Length: 5\r\n\r\nhello", OK "\r\nhello",
                                       OK
                                       "Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"};
    for (size_t i = 0; i < sizeof text / sizeof *text; i++)
        for (size_t max = 0; max <= 6; max++)
            for (size_t piece = 1; piece < 80; piece += 7) {
                struct http_answer answer;
                http_answer_init(&answer, max);
                assert_int_equal(read_all(&answer, text[i], strlen(text[i]), piece), ANSWER_WHOLE);
                assert_int_equal(answer.body_cut, max < 5);
                assert_int_equal(answer.body.len, max < 5 ? max : 5);
                assert_memory_equal(buf_string(&answer.body), "hello", answer.body.len);
                http_answer_free(&answer);
            }
}

/* What never ends is given up: heads, trailers, extensions; and a byte of zero is no text. */
static void hostile_lengths(void **state)
{
    (void)state;
    static const char *const begin[] = {OK "X: ", OK "Transfer-Encoding: chunked\r\n\r\n1;",
                                        OK "Transfer-Encoding: chunked\r\n\r\n0\r\nT: ", ""};
    char filler[4096];
    memset(filler, 'x', sizeof filler);
    for (size_t i = 0; i < sizeof begin / sizeof *begin; i++) {
        struct http_answer answer;
        http_answer_init(&answer, 1000);
        enum answer_state end = begin[i][0] ? http_answer_feed(&answer, begin[i], strlen(begin[i]))
                                            : ANSWER_MORE;
        for (int n = 0; n < 40 && end == ANSWER_MORE; n++)
            end = http_answer_feed(&answer, filler, sizeof filler);
        assert_int_equal(end, ANSWER_BROKEN);
        http_answer_free(&answer);
    }
    struct http_answer answer;
    http_answer_init(&answer, 1000);
    static const char zero[] = OK "X: a\0b\r\n\r\n";
    assert_int_equal(http_answer_feed(&answer, zero, sizeof zero - 1), ANSWER_BROKEN);
    http_answer_free(&answer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_in_any_pieces),
        cmocka_unit_test(bodies_are_cut),
        cmocka_unit_test(hostile_lengths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
