/* SPDX-License-Identifier: MIT */
/* exec_stream.c: heads and pieces, whatever way they are cut. */
#include "docker/exec_stream.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/mem.h"

enum { HEAD = 8, STREAM_MAX = 3 }; /* standard input, output, error, and the engine's own errors */

struct exec_stream {
    struct buf output;
    unsigned char head[HEAD];
    size_t head_len; /* of the head that is being read */
    uint32_t left;   /* of the piece that is being read */
    bool plain;      /* no heads: all that follows is output */
    bool cut;
};

struct exec_stream *exec_stream_new(size_t max)
{
    struct exec_stream *stream = mem_new(sizeof *stream);
    buf_init(&stream->output, max);
    return stream;
}

static void keep(struct exec_stream *stream, const void *data, size_t len)
{
    size_t room = stream->output.max - stream->output.len;
    if (len > room)
        stream->cut = true;
    buf_add(&stream->output, data, len < room ? len : room);
}

static bool head_valid(const unsigned char *head)
{
    return head[0] <= STREAM_MAX && head[1] == 0 && head[2] == 0 && head[3] == 0;
}

/* Takes bytes of a head; returns how many. */
static size_t take_head(struct exec_stream *stream, const char *data, size_t len)
{
    size_t wanted = HEAD - stream->head_len, taken = len < wanted ? len : wanted;
    memcpy(stream->head + stream->head_len, data, taken);
    stream->head_len += taken;
    if (stream->head_len < HEAD)
        return taken;
    stream->head_len = 0;
    const unsigned char *head = stream->head;
    if (head_valid(head)) {
        stream->left = (uint32_t)head[4] << 24 | (uint32_t)head[5] << 16 | (uint32_t)head[6] << 8 | head[7];
    } else {
        stream->plain = true;
        keep(stream, head, HEAD);
    }
    return taken;
}

void exec_stream_feed(struct exec_stream *stream, const char *data, size_t len)
{
    while (len > 0) {
        size_t taken;
        if (stream->plain) {
            keep(stream, data, taken = len);
        } else if (stream->left > 0) {
            taken = len < stream->left ? len : stream->left;
            keep(stream, data, taken);
            stream->left -= (uint32_t)taken;
        } else {
            taken = take_head(stream, data, len);
        }
        data += taken;
        len -= taken;
    }
}

const char *exec_stream_output(const struct exec_stream *stream, size_t *ret_len)
{
    if (ret_len)
        *ret_len = stream->output.len;
    return buf_string(&stream->output);
}

bool exec_stream_cut(const struct exec_stream *stream)
{
    return stream->cut;
}

void exec_stream_free(struct exec_stream *stream)
{
    if (!stream)
        return;
    buf_free(&stream->output);
    free(stream);
}
