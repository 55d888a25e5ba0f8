/* buf.h: growable bytes, born with their maximum, always NUL-terminated. */
#ifndef QUAYWATCH_CORE_BUF_H
#define QUAYWATCH_CORE_BUF_H

#include <stdbool.h>
#include <stddef.h>

struct buf {
    char *data; /* NULL while empty */
    size_t len, cap, max;
    bool full; /* an append did not fit: sticky until buf_clear */
};

/* An empty buffer that never holds more than max bytes. */
void buf_init(struct buf *buf, size_t max);

/* Appends all of data, or nothing when it does not fit: then -ENOBUFS, and buf->full is set. */
int buf_add(struct buf *buf, const void *data, size_t len);

/* Appends a string. Fails as buf_add. */
int buf_text(struct buf *buf, const char *text);

/* Appends formatted text. Fails as buf_add. */
int buf_format(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Removes the first len bytes (at most all). */
void buf_drop(struct buf *buf, size_t len);

/* The content as a NUL-terminated string, "" while empty; valid until the next change. */
const char *buf_string(const struct buf *buf);

/* Hands the content over (freed with free(), never NULL) and leaves the buffer empty; *len may be NULL. */
char *buf_take(struct buf *buf, size_t *len);

/* Empties the buffer and keeps its memory. */
void buf_clear(struct buf *buf);

/* Frees the memory; the buffer is empty and usable with the same maximum. */
void buf_free(struct buf *buf);

#endif
