/* SPDX-License-Identifier: MIT */
/* The multiplexed output of a command: heads, pieces, cuts, bounds, and what has no heads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "docker/exec_stream.h"

#define FRAMES                                                                                               \
    "\1\0\0\0\0\0\0\3hi\n"                                                                                   \
    "\2\0\0\0\0\0\0\0"                                                                                       \
    "\2\0\0\0\0\0\0\4oops"
enum { FRAMES_LEN = sizeof FRAMES - 1 };

static void expect(const struct exec_stream *stream, const char *text, bool cut)
{
    size_t len;
    assert_string_equal(exec_stream_output(stream, &len), text);
    assert_int_equal(len, strlen(text));
    assert_int_equal(exec_stream_cut(stream), cut);
}

static void both_streams_in_their_order(void **state)
{
    (void)state;
    struct exec_stream *stream = exec_stream_new(100);
    expect(stream, "", false);
    exec_stream_feed(stream, FRAMES, FRAMES_LEN);
    expect(stream, "hi\noops", false);
    exec_stream_free(stream);
    exec_stream_free(NULL);
}

static void cut_anywhere(void **state)
{
    (void)state;
    for (size_t first = 0; first <= FRAMES_LEN; first++)
        for (size_t second = first; second <= FRAMES_LEN; second++) {
            struct exec_stream *stream = exec_stream_new(100);
            exec_stream_feed(stream, FRAMES, first);
            exec_stream_feed(stream, FRAMES + first, second - first);
            exec_stream_feed(stream, FRAMES + second, FRAMES_LEN - second);
            expect(stream, "hi\noops", false);
            exec_stream_free(stream);
        }
}

static void only_the_beginning_is_kept(void **state)
{
    (void)state;
    struct exec_stream *stream = exec_stream_new(5);
    exec_stream_feed(stream, FRAMES, FRAMES_LEN);
    expect(stream, "hi\noo", true);
    exec_stream_feed(stream, FRAMES, FRAMES_LEN); /* the rest is read and dropped */
    expect(stream, "hi\noo", true);
    exec_stream_free(stream);
    stream = exec_stream_new(7);
    exec_stream_feed(stream, FRAMES, FRAMES_LEN);
    expect(stream, "hi\noops", false);
    exec_stream_free(stream);
}

static void long_pieces_are_counted_whole(void **state)
{
    (void)state;
    struct exec_stream *stream = exec_stream_new(10);
    char piece[70000];
    memset(piece, 'x', sizeof piece);
    static const char head[8] = {1, 0, 0, 0, 0, 1, 0x11, 0x70}; /* 70000 */
    memcpy(piece, head, sizeof head);
    exec_stream_feed(stream, piece, sizeof piece);
    memset(piece, 'y', 8);
    exec_stream_feed(stream, piece, 8);
    exec_stream_feed(stream, FRAMES, FRAMES_LEN);
    expect(stream, "xxxxxxxxxx", true);
    exec_stream_free(stream);
}

static void without_heads_all_is_output(void **state)
{
    (void)state;
    static const struct {
        const char *bytes, *output;
        size_t len;
    } rows[] = {
        {"plain words", "plain words", 11},
        {"\1\0\0\0\0\0\0\3hi\nand then words", "hi\nand then words", 26},
        {"\4\0\0\0\0\0\0\1x", "\4", 9}, /* no such stream; NUL bytes stay bytes */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct exec_stream *stream = exec_stream_new(100);
        exec_stream_feed(stream, rows[i].bytes, rows[i].len);
        assert_string_equal(exec_stream_output(stream, NULL), rows[i].output);
        exec_stream_free(stream);
    }
    struct exec_stream *stream = exec_stream_new(100);
    exec_stream_feed(stream, "short", 5); /* less than a head: nothing is known yet */
    expect(stream, "", false);
    exec_stream_free(stream);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_streams_in_their_order), cmocka_unit_test(cut_anywhere),
        cmocka_unit_test(only_the_beginning_is_kept),  cmocka_unit_test(long_pieces_are_counted_whole),
        cmocka_unit_test(without_heads_all_is_output),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
