/* SPDX-License-Identifier: MIT */
/* base64.c: three bytes are four letters. */
#include "controller/core/base64.h"

#include <stdint.h>
#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/mem.h"

static const char letter[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_put(struct buf *out, const void *data, size_t len)
{
    const unsigned char *at = data;
    for (size_t i = 0; i < len; i += 3) {
        unsigned bits = (unsigned)at[i] << 16;
        bits |= i + 1 < len ? (unsigned)at[i + 1] << 8 : 0;
        bits |= i + 2 < len ? (unsigned)at[i + 2] : 0;
        char four[4] = {letter[bits >> 18], letter[bits >> 12 & 63], '=', '='};
        if (i + 1 < len)
            four[2] = letter[bits >> 6 & 63];
        if (i + 2 < len)
            four[3] = letter[bits & 63];
        buf_add(out, four, sizeof four);
    }
}

char *base64_read(struct arena *arena, const char *text, size_t *ret_len)
{
    size_t len = strlen(text), used = 0;
    if (len % 4)
        return NULL;
    size_t padding = len && text[len - 1] == '=' ? 1 + (text[len - 2] == '=') : 0;
    char *ret = arena_new(arena, len / 4 * 3 + 1);
    uint32_t bits = 0;
    for (size_t i = 0; i < len - padding; i++) {
        const char *at = strchr(letter, text[i]);
        if (!at)
            return NULL;
        bits = bits << 6 | (uint32_t)(at - letter);
        if (i % 4)
            ret[used++] = (char)(bits >> (6 - i % 4 * 2) & 0xff);
    }
    ret[used] = '\0';
    *ret_len = used;
    return ret;
}
