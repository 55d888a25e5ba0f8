/* SPDX-License-Identifier: MIT */
/* test_server_caching.c: tags of revisions, compression, and what is never cached. */
#include "tests/support/server_fixture.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "exporter/http/negotiate.h"

static char *inflated(const struct reply *reply, size_t *ret_length)
{
    enum { ROOM = 1 << 20 };
    char *text = mem_new(ROOM);
    z_stream stream = {.next_in = (Bytef *)reply->body, .avail_in = (uInt)reply->length};
    assert_int_equal(inflateInit2(&stream, 15 + 16), Z_OK);
    stream.next_out = (Bytef *)text;
    stream.avail_out = ROOM - 1;
    assert_int_equal(inflate(&stream, Z_FINISH), Z_STREAM_END);
    *ret_length = stream.total_out;
    inflateEnd(&stream);
    return text;
}

/* The compressed answer is the plain one; both have tags of the revision, and either tag saves the body. */
static void test_gzip_and_tags(void **state)
{
    struct served *fixture = *state;
    static const char *const requests[] = {"GET /api/v1/status", "GET /services?tag=api",
                                           "GET /services/health", "GET /api/v1/services/web/status",
                                           "GET /export/hosts"};
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
        char value[256];
        size_t length;
        struct reply plain = served_ask(fixture, requests[i], ""),
                     small = served_ask(fixture, requests[i], "Accept-Encoding: gzip\r\n");
        reply_header(&small, "Content-Encoding", value);
        if (plain.length >= 512) {
            assert_string_equal(value, "gzip");
            assert_true(small.length < plain.length);
            char *text = inflated(&small, &length);
            assert_int_equal(length, plain.length);
            assert_memory_equal(text, plain.body, length);
            free(text);
            reply_header(&small, "ETag", value);
            assert_string_equal(value, "\"5f3a-1-gz\"");
        }
        reply_header(&plain, "ETag", value);
        assert_string_equal(value, "\"5f3a-1\"");
        reply_header(&plain, "Vary", value);
        assert_string_equal(value, "Accept-Encoding");
        reply_free(&plain);
        reply_free(&small);
        assert_int_equal(served_status(fixture, requests[i], "If-None-Match: \"5f3a-1\"\r\n"), 304);
        assert_int_equal(served_status(fixture, requests[i], "If-None-Match: W/\"x\", \"5f3a-1-gz\"\r\n"),
                         304);
        assert_int_equal(served_status(fixture, requests[i], "If-None-Match: \"5f3a-2\"\r\n"), 200);
    }
}

static void test_revision_moves_the_tag(void **state)
{
    struct served *fixture = *state;
    char value[256];
    struct ref ref = registry_service(fixture->registry, "web")->first->ref;
    assert_int_equal(served_status(fixture, "GET /api/v1/status", ""), 200);
    sample_status(fixture->registry, ref, STATUS_UNHEALTHY);
    sample_settle(fixture->registry);
    struct reply reply = served_ask(fixture, "GET /api/v1/status", "If-None-Match: \"5f3a-1\"\r\n");
    assert_int_equal(reply.status, 200);
    assert_non_null(strstr(reply.body, "\"revision\":2,"));
    reply_header(&reply, "ETag", value);
    assert_string_equal(value, "\"5f3a-2\"");
    reply_free(&reply);
    reply = served_ask(fixture, "GET /api/v1/status", "If-None-Match: \"5f3a-2-gz\"\r\n");
    assert_int_equal(reply.status, 304);
    assert_int_equal(reply.length, 0);
    reply_header(&reply, "ETag", value);
    assert_string_equal(value, "\"5f3a-2-gz\"");
    reply_free(&reply);
}

/* What moves is never cached. */
static void test_no_store(void **state)
{
    struct served *fixture = *state;
    static const char *const requests[] = {"GET /api/v1/samples", "GET /services/web", "GET /services/stats",
                                           "GET /health",         "GET /metrics",      "GET /nothing"};
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
        char cache[256], tag[256];
        struct reply reply = served_ask(fixture, requests[i], "");
        reply_header(&reply, "Cache-Control", cache);
        reply_header(&reply, "ETag", tag);
        assert_string_equal(cache, "no-store");
        assert_string_equal(tag, "");
        reply_free(&reply);
    }
}

static void test_negotiate(void **state)
{
    (void)state;
    static const struct {
        const char *header;
        bool gzip;
    } cases[] = {
        {NULL, false},
        {"", false},
        {"gzip", true},
        {"GZIP", true},
        {"deflate, gzip;q=0.5", true},
        {"br", false},
        {"gzip;q=0", false},
        {"gzip; q=0.000", false},
        {"gzip;q=0.001", true},
        {"*", true},
        {"*;q=0", false},
        {"gzip;q=0, *", false},
        {"gzipped", false},
        {",,;gzip", false},
        {"identity;q=1, *;q=0", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (negotiate_gzip(cases[i].header) != cases[i].gzip)
            fail_msg("%s", cases[i].header);
    assert_int_equal(negotiate_match(NULL, "a-1"), MATCH_NONE);
    assert_int_equal(negotiate_match("*", "a-1"), MATCH_PLAIN);
    assert_int_equal(negotiate_match("\"a-1\"", "a-1"), MATCH_PLAIN);
    assert_int_equal(negotiate_match("\"b\" , W/\"a-1-gz\"", "a-1"), MATCH_COMPRESSED);
    assert_int_equal(negotiate_match("a-1", "a-1"), MATCH_NONE);
    assert_int_equal(negotiate_match("\"a-1", "a-1"), MATCH_PLAIN); /* a broken tail harms nobody */
    assert_int_equal(negotiate_match("\"a-12\", \"a\", \"", "a-1"), MATCH_NONE);
    assert_int_equal(negotiate_match("W/W/,,,", "a-1"), MATCH_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVED(test_gzip_and_tags),
        SERVED(test_revision_moves_the_tag),
        SERVED(test_no_store),
        cmocka_unit_test(test_negotiate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
