/* SPDX-License-Identifier: MIT */
/* Fuzz target: the output of a command is the same however its bytes are cut, and never longer than allowed.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "docker/exec_stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Feeds pieces of 1 to step bytes, of sizes that depend on seed. */
static struct exec_stream *feed(const char *data, size_t len, size_t step, unsigned seed, size_t max)
{
    struct exec_stream *stream = exec_stream_new(max);
    for (size_t at = 0; at < len;) {
        seed = seed * 1103515245 + 12345;
        size_t piece = 1 + (seed >> 16) % step;
        if (piece > len - at)
            piece = len - at;
        exec_stream_feed(stream, data + at, piece);
        at += piece;
    }
    return stream;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    size_t step = 1 + data[0], max = data[1], len = size - 2, whole_len, pieces_len;
    const char *bytes = (const char *)data + 2;
    struct exec_stream *whole = exec_stream_new(max);
    exec_stream_feed(whole, bytes, len);
    struct exec_stream *pieces = feed(bytes, len, step, data[0], max);
    const char *output = exec_stream_output(whole, &whole_len);
    const char *other = exec_stream_output(pieces, &pieces_len);
    assert(whole_len == pieces_len && memcmp(output, other, whole_len) == 0);
    assert(exec_stream_cut(whole) == exec_stream_cut(pieces));
    assert(whole_len <= max && whole_len <= len && output[whole_len] == '\0');
    assert(!exec_stream_cut(whole) || whole_len == max);
    exec_stream_free(whole);
    exec_stream_free(pieces);
    return 0;
}
