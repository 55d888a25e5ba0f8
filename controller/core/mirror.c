/* SPDX-License-Identifier: MIT */
/* mirror.c: the table of an exit's entries, what stands outside, and the queues of what differs. */
#include "controller/core/mirror_internal.h"

#include <stdlib.h>
#include <string.h>

#include "controller/core/limits.h"
#include "controller/core/mem.h"

struct mirror *mirror_new(const struct registry *registry, mirror_render *render, void *user)
{
    struct mirror *mirror = mem_new(sizeof *mirror);
    mirror->registry = registry;
    mirror->render = render;
    mirror->user = user;
    for (int i = 0; i < QUEUE_COUNT; i++)
        TAILQ_INIT(&mirror->queue[i]);
    TAILQ_INIT(&mirror->row);
    buf_init(&mirror->name_text, LIMIT_LIST_ELEMENT);
    buf_init(&mirror->text_text, LIMIT_LIST_ELEMENT);
    return mirror;
}

static void item_free(struct mirror *mirror, struct item *item)
{
    HASH_DEL(mirror->items, item);
    free(item->name);
    free(item->text);
    free(item);
}

void mirror_owner_free(struct mirror *mirror, struct owner *owner)
{
    HASH_DEL(mirror->owners, owner);
    free(owner->name);
    free(owner);
}

void mirror_free(struct mirror *mirror)
{
    if (!mirror)
        return;
    while (mirror->items)
        item_free(mirror, mirror->items);
    while (mirror->owners)
        mirror_owner_free(mirror, mirror->owners);
    buf_free(&mirror->name_text);
    buf_free(&mirror->text_text);
    free(mirror);
}

static struct item *item_of(struct mirror_entry *entry)
{
    return (struct item *)(void *)entry;
}

static struct item *item_find(const struct mirror *mirror, const char *name)
{
    struct item *item;
    HASH_FIND_STR(mirror->items, name, item);
    return item;
}

struct item *mirror_item(struct mirror *mirror, const char *name)
{
    struct item *item = item_find(mirror, name);
    if (item)
        return item;
    item = mem_new(sizeof *item);
    item->shown.name = item->name = mem_copy(name);
    item->queue = QUEUE_NONE;
    HASH_ADD_KEYPTR(hh, mirror->items, item->name, strlen(item->name), item);
    return item;
}

/* ---- where an item belongs ---- */

bool mirror_is_ours(enum mirror_outside outside)
{
    return outside == MIRROR_SAME || outside == MIRROR_OTHER;
}

static enum mirror_queue queue_of(const struct item *item)
{
    if (item->busy)
        return QUEUE_NONE;
    switch (item->shown.outside) {
    case MIRROR_ABSENT:
        return item->wish == MIRROR_ENTRY ? QUEUE_PUT : QUEUE_NONE;
    case MIRROR_SAME:
    case MIRROR_OTHER:
        if (item->wish == MIRROR_NOTHING)
            return item->was_wanted ? QUEUE_REMOVE : QUEUE_LEFTOVER;
        return item->shown.outside == MIRROR_OTHER ? QUEUE_PUT : QUEUE_NONE;
    case MIRROR_FOREIGN:
        break;
    }
    return QUEUE_NONE;
}

void mirror_uncount(struct mirror *mirror, struct item *item)
{
    if (item->foreign)
        mirror->figures.foreign--;
    if (item->counted) {
        mirror->figures.entries--;
        if (--item->owner->counted == 0)
            mirror->figures.services--;
    }
    item->foreign = item->counted = false;
}

static void count(struct mirror *mirror, struct item *item)
{
    mirror_uncount(mirror, item);
    if (item->wish == MIRROR_NOTHING)
        return;
    item->foreign = item->shown.outside == MIRROR_FOREIGN;
    item->counted = mirror_is_ours(item->shown.outside);
    if (item->foreign)
        mirror->figures.foreign++;
    if (item->counted) {
        mirror->figures.entries++;
        if (item->owner->counted++ == 0)
            mirror->figures.services++;
    }
}

bool mirror_place(struct mirror *mirror, struct item *item)
{
    enum mirror_queue queue = queue_of(item);
    bool standing = mirror_is_ours(item->shown.outside);
    count(mirror, item);
    if (queue != item->queue) {
        if (item->queue != QUEUE_NONE)
            TAILQ_REMOVE(&mirror->queue[item->queue], item, queued);
        if (queue != QUEUE_NONE)
            TAILQ_INSERT_TAIL(&mirror->queue[queue], item, queued);
        item->queue = queue;
    }
    if (standing != item->standing) {
        if (standing)
            TAILQ_INSERT_TAIL(&mirror->row, item, row);
        else
            TAILQ_REMOVE(&mirror->row, item, row);
        item->standing = standing;
    }
    if (item->wish != MIRROR_NOTHING || standing || item->busy)
        return true;
    item_free(mirror, item);
    return false;
}

/* ---- what stands outside ---- */

struct mirror_entry *mirror_find(const struct mirror *mirror, const char *name)
{
    struct item *item = item_find(mirror, name);
    return item ? &item->shown : NULL;
}

static bool say(struct mirror *mirror, struct item *item, enum mirror_outside outside)
{
    item->list = mirror->list;
    item->shown.outside = outside;
    return mirror_place(mirror, item);
}

struct mirror_entry *mirror_say(struct mirror *mirror, const char *name, enum mirror_outside outside)
{
    struct item *item = mirror_is_ours(outside) ? mirror_item(mirror, name) : item_find(mirror, name);
    return item && say(mirror, item, outside) ? &item->shown : NULL;
}

void mirror_list(struct mirror *mirror)
{
    mirror->list++;
}

void mirror_listed(struct mirror *mirror)
{
    struct item *item, *next;
    HASH_ITER(hh, mirror->items, item, next)
    {
        if (item->list == mirror->list)
            continue;
        item->shown.mark = 0;
        item->shown.tag = 0;
        say(mirror, item, MIRROR_ABSENT);
    }
}

/* ---- what is to be done ---- */

static struct item *next_of(const struct mirror *mirror, bool may_empty)
{
    struct item *item = TAILQ_FIRST(&mirror->queue[QUEUE_REMOVE]);
    if (!item)
        item = TAILQ_FIRST(&mirror->queue[QUEUE_PUT]);
    if (!item && may_empty)
        item = TAILQ_FIRST(&mirror->queue[QUEUE_LEFTOVER]);
    return item;
}

struct mirror_entry *mirror_take(struct mirror *mirror, bool may_empty)
{
    struct item *item = next_of(mirror, may_empty);
    if (!item)
        return NULL;
    item->busy = true;
    item->taken = item->version;
    item->taken_text = item->text != NULL;
    mirror_place(mirror, item);
    return &item->shown;
}

void mirror_done(struct mirror *mirror, struct mirror_entry *entry, enum mirror_outcome outcome)
{
    struct item *item = item_of(entry);
    bool current = item->version == item->taken;
    item->busy = false;
    switch (outcome) {
    case MIRROR_WORKED:
        if (!item->taken_text)
            item->shown.outside = MIRROR_ABSENT;
        else
            item->shown.outside = current ? MIRROR_SAME : MIRROR_OTHER;
        break;
    case MIRROR_UNKNOWN:
        item->shown.outside = MIRROR_OTHER;
        break;
    case MIRROR_AS_SAID:
        break;
    }
    mirror_place(mirror, item);
}

bool mirror_has_work(const struct mirror *mirror, bool may_empty)
{
    return next_of(mirror, may_empty) != NULL;
}

struct mirror_entry *mirror_first(const struct mirror *mirror)
{
    struct item *item = TAILQ_FIRST(&mirror->row);
    return item ? &item->shown : NULL;
}

struct mirror_entry *mirror_next(struct mirror_entry *entry)
{
    struct item *item = TAILQ_NEXT(item_of(entry), row);
    return item ? &item->shown : NULL;
}

void mirror_to_end(struct mirror *mirror, struct mirror_entry *entry)
{
    struct item *item = item_of(entry);
    if (!item->standing)
        return;
    TAILQ_REMOVE(&mirror->row, item, row);
    TAILQ_INSERT_TAIL(&mirror->row, item, row);
}

void mirror_figures(const struct mirror *mirror, struct mirror_figures *ret)
{
    *ret = mirror->figures;
}
