/* SPDX-License-Identifier: MIT */
/* item.c: an item and its texts in one block. */
#include "exporter/history/item.h"

#include <stdlib.h>
#include <string.h>

struct item *item_new(const struct item *item)
{
    size_t size = 0;
    for (size_t i = 0; i < ITEM_TEXTS; i++)
        size += item->text[i] ? strlen(item->text[i]) + 1 : 0;
    struct item *copy = mem_new(sizeof *copy + size);
    *copy = *item;
    copy->next = NULL;
    char *at = (char *)(copy + 1);
    for (size_t i = 0; i < ITEM_TEXTS; i++) {
        if (!item->text[i])
            continue;
        size_t length = strlen(item->text[i]) + 1;
        copy->text[i] = memcpy(at, item->text[i], length);
        at += length;
    }
    return copy;
}

void items_free(struct item *item)
{
    while (item) {
        struct item *next = item->next;
        free(item->minute.row);
        free(item->minute.bytes);
        free(item);
        item = next;
    }
}
