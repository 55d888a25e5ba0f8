/* exec_stream.h: the multiplexed output of a command run in a container → what it wrote. Pure framing: heads
 * of eight bytes (stream number, three zeros, length in network order), cut anywhere. Docker Engine API 1.41,
 * "Attach to a container"; Podman sends the same. */
#ifndef QUAYWATCH_DOCKER_EXEC_STREAM_H
#define QUAYWATCH_DOCKER_EXEC_STREAM_H

#include <stdbool.h>
#include <stddef.h>

struct exec_stream;

/* A new reader that keeps the first max bytes of output, both streams in the order in which they came. */
struct exec_stream *exec_stream_new(size_t max);

/* Feeds len bytes cut anywhere. Where a head is due and none is there, the rest is taken as plain output. */
void exec_stream_feed(struct exec_stream *stream, const char *data, size_t len);

/* The output so far, NUL-terminated, and its length (ret_len may be NULL); valid until the next call. */
const char *exec_stream_output(const struct exec_stream *stream, size_t *ret_len);

/* Whether there was more than is kept. */
bool exec_stream_cut(const struct exec_stream *stream);

/* Frees it. NULL is fine. */
void exec_stream_free(struct exec_stream *stream);

#endif
