/* base64.h: bytes as text and back. RFC 4648 4. Pure. */
#ifndef QUAYWATCH_CORE_BASE64_H
#define QUAYWATCH_CORE_BASE64_H

#include <stddef.h>

struct arena;
struct buf;

/* Appends the text of len bytes, with padding. */
void base64_put(struct buf *out, const void *data, size_t len);

/* Reads a whole text (with its padding) into the arena: the bytes, followed by a NUL that *ret_len does not
 * count. NULL when it is none. */
char *base64_read(struct arena *arena, const char *text, size_t *ret_len);

#endif
