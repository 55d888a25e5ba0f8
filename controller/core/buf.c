/* SPDX-License-Identifier: MIT */
/* buf.c: growable bytes with a maximum. */
#include "controller/core/buf.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/mem.h"

enum { BUF_FIRST = 128 };

void buf_init(struct buf *buf, size_t max)
{
    /* One byte beyond the maximum is for the final NUL. */
    *buf = (struct buf){.max = max < SIZE_MAX ? max : SIZE_MAX - 1};
}

/* Makes room for len more bytes and the final NUL. */
static int buf_reserve(struct buf *buf, size_t len)
{
    if (buf->full || len > buf->max - buf->len) {
        buf->full = true;
        return -ENOBUFS;
    }
    size_t needed = buf->len + len + 1;
    if (needed <= buf->cap)
        return 0;
    size_t cap = buf->cap ? buf->cap : BUF_FIRST;
    while (cap < needed)
        cap = cap > SIZE_MAX / 2 ? needed : cap * 2;
    if (cap > buf->max + 1)
        cap = buf->max + 1;
    buf->data = mem_resize(buf->data, cap, 1);
    buf->cap = cap;
    return 0;
}

int buf_add(struct buf *buf, const void *data, size_t len)
{
    int rc = buf_reserve(buf, len);
    if (rc)
        return rc;
    if (len)
        memcpy(buf->data + buf->len, data, len);
    buf->len += len;
    buf->data[buf->len] = '\0';
    return 0;
}

int buf_text(struct buf *buf, const char *text)
{
    return buf_add(buf, text, strlen(text));
}

int buf_format(struct buf *buf, const char *format, ...)
{
    size_t room = buf->cap > buf->len ? buf->cap - buf->len : 0;
    va_list args;
    va_start(args, format);
    int wanted = vsnprintf(room ? buf->data + buf->len : NULL, room, format, args);
    va_end(args);
    int rc = wanted < 0 ? -EINVAL : buf_reserve(buf, (size_t)wanted);
    if (rc) {
        if (room)
            buf->data[buf->len] = '\0';
        return rc;
    }
    if ((size_t)wanted >= room) {
        va_start(args, format);
        vsnprintf(buf->data + buf->len, (size_t)wanted + 1, format, args);
        va_end(args);
    }
    buf->len += (size_t)wanted;
    return 0;
}

void buf_drop(struct buf *buf, size_t len)
{
    if (!buf->data || !len)
        return;
    if (len > buf->len)
        len = buf->len;
    buf->len -= len;
    memmove(buf->data, buf->data + len, buf->len + 1);
}

const char *buf_string(const struct buf *buf)
{
    return buf->data ? buf->data : "";
}

char *buf_take(struct buf *buf, size_t *len)
{
    char *data = buf->data ? buf->data : mem_copy("");
    if (len)
        *len = buf->len;
    buf_init(buf, buf->max);
    return data;
}

void buf_clear(struct buf *buf)
{
    buf->len = 0;
    buf->full = false;
    if (buf->data)
        buf->data[0] = '\0';
}

void buf_free(struct buf *buf)
{
    free(buf->data);
    buf_init(buf, buf->max);
}
