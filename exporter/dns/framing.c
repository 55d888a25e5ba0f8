/* SPDX-License-Identifier: MIT */
/* framing.c: messages in a stream. */
#include "exporter/dns/framing.h"

#include <stdlib.h>
#include <string.h>

#include "controller/core/mem.h"

/* Dozens of questions; only for a longer one it grows. */
enum { ROOM = 2048 };

static size_t length_at(const struct framing *framing)
{
    return (size_t)framing->bytes[framing->start] << 8 | framing->bytes[framing->start + 1];
}

uint8_t *framing_room(struct framing *framing, size_t *ret_room)
{
    size_t have = framing->end - framing->start, needed = ROOM;
    if (have >= FRAMING_LENGTH && FRAMING_LENGTH + length_at(framing) > needed)
        needed = FRAMING_LENGTH + length_at(framing);
    if (have >= needed) /* whole messages that are still to be taken */
        needed = have + ROOM;
    if (framing->start && have)
        memmove(framing->bytes, framing->bytes + framing->start, have);
    if (framing->size < needed) {
        framing->bytes = mem_resize(framing->bytes, needed, 1);
        framing->size = needed;
    }
    framing->start = 0;
    framing->end = have;
    *ret_room = framing->size - have;
    return framing->bytes + have;
}

void framing_came(struct framing *framing, size_t count)
{
    framing->end += count;
}

bool framing_next(struct framing *framing, const uint8_t **ret, size_t *ret_len)
{
    size_t have = framing->end - framing->start;
    if (have < FRAMING_LENGTH || have - FRAMING_LENGTH < length_at(framing))
        return false;
    *ret_len = length_at(framing);
    *ret = framing->bytes + framing->start + FRAMING_LENGTH;
    framing->start += FRAMING_LENGTH + *ret_len;
    return true;
}

void framing_length(size_t size, uint8_t ret[static FRAMING_LENGTH])
{
    ret[0] = (uint8_t)(size >> 8);
    ret[1] = (uint8_t)size;
}

void framing_free(struct framing *framing)
{
    free(framing->bytes);
    *framing = (struct framing){0};
}
