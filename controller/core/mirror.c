/* SPDX-License-Identifier: MIT */
/* mirror.c: the table of an exit's entries: wanted and outside, and the queues of what differs. */
#include "controller/core/mirror.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <uthash.h>

#include "controller/core/buf.h"
#include "controller/core/limits.h"
#include "controller/core/mem.h"
#include "controller/core/registry.h"

enum queue { QUEUE_REMOVE, QUEUE_PUT, QUEUE_LEFTOVER, QUEUE_COUNT, QUEUE_NONE = QUEUE_COUNT };

struct item {
    struct mirror_entry shown; /* the first member: what the exit gets is the item */
    char *name, *text;
    enum mirror_wish wish;
    bool was_wanted;         /* at some time in this run */
    bool busy, taken_text;   /* taken; and it was to be put */
    unsigned version, taken; /* of the text; and the one that was taken */
    unsigned list;           /* the latest list in which it was told of */
    bool seen;               /* while a service is looked at */
    struct owner *owner;     /* the service that wants it */
    LIST_ENTRY(item) by_owner;
    enum queue queue;
    TAILQ_ENTRY(item) queued;
    bool standing, counted, foreign; /* in the row of those outside; among the figures */
    TAILQ_ENTRY(item) row;
    UT_hash_handle hh;
};

struct owner {
    char *name;
    LIST_HEAD(, item) items;
    size_t counted;
    unsigned look; /* the latest one at all services in which it was there */
    UT_hash_handle hh;
};

TAILQ_HEAD(item_queue, item);

struct mirror {
    const struct registry *registry;
    mirror_render *render;
    void *user;
    bool followed;
    uint64_t revision; /* of the registry, as followed */
    struct item *items;
    struct owner *owners;
    struct item_queue queue[QUEUE_COUNT], row;
    unsigned list, look;
    struct mirror_figures figures;
    struct buf name_text, text_text;
};

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

static void owner_free(struct mirror *mirror, struct owner *owner)
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
        owner_free(mirror, mirror->owners);
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

static struct item *item_make(struct mirror *mirror, const char *name)
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

static bool is_ours(enum mirror_outside outside)
{
    return outside == MIRROR_SAME || outside == MIRROR_OTHER;
}

static enum queue queue_of(const struct item *item)
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

static void uncount(struct mirror *mirror, struct item *item)
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
    uncount(mirror, item);
    if (item->wish == MIRROR_NOTHING)
        return;
    item->foreign = item->shown.outside == MIRROR_FOREIGN;
    item->counted = is_ours(item->shown.outside);
    if (item->foreign)
        mirror->figures.foreign++;
    if (item->counted) {
        mirror->figures.entries++;
        if (item->owner->counted++ == 0)
            mirror->figures.services++;
    }
}

/* Puts the item where it belongs now. False when it was freed: nobody wants it, and nothing of ours stands
 * outside. */
static bool settle(struct mirror *mirror, struct item *item)
{
    enum queue queue = queue_of(item);
    bool standing = is_ours(item->shown.outside);
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

/* ---- what is wanted ---- */

static struct owner *owner_make(struct mirror *mirror, const char *name)
{
    struct owner *owner;
    HASH_FIND_STR(mirror->owners, name, owner);
    if (owner)
        return owner;
    owner = mem_new(sizeof *owner);
    owner->name = mem_copy(name);
    HASH_ADD_KEYPTR(hh, mirror->owners, owner->name, strlen(owner->name), owner);
    return owner;
}

static void item_own(struct mirror *mirror, struct item *item, struct owner *owner)
{
    if (item->owner == owner)
        return;
    uncount(mirror, item);
    if (item->owner)
        LIST_REMOVE(item, by_owner);
    if (owner)
        LIST_INSERT_HEAD(&owner->items, item, by_owner);
    item->owner = owner;
}

static void unwant(struct mirror *mirror, struct item *item)
{
    item_own(mirror, item, NULL);
    free(item->text);
    item->shown.text = item->text = NULL;
    item->wish = MIRROR_NOTHING;
    item->version++;
    settle(mirror, item);
}

/* True when anything changed. */
static bool want(struct mirror *mirror, struct owner *owner, enum mirror_wish wish)
{
    struct item *item = item_make(mirror, buf_string(&mirror->name_text));
    const char *text = buf_string(&mirror->text_text);
    bool other = !item->text || strcmp(item->text, text) != 0;
    bool changed = other || item->wish != wish;
    item->seen = true;
    item_own(mirror, item, owner);
    if (other) {
        free(item->text);
        item->shown.text = item->text = mem_copy(text);
        item->version++;
        if (item->shown.outside == MIRROR_SAME)
            item->shown.outside = MIRROR_OTHER;
    }
    item->wish = wish;
    item->was_wanted = true;
    settle(mirror, item);
    return changed;
}

static void drop_owner(struct mirror *mirror, struct owner *owner)
{
    struct item *next;
    for (struct item *item = LIST_FIRST(&owner->items); item; item = next) {
        next = LIST_NEXT(item, by_owner);
        unwant(mirror, item);
    }
    owner_free(mirror, owner);
}

static void follow_service(struct mirror *mirror, const struct service *service)
{
    struct owner *owner = owner_make(mirror, service->name);
    bool changed = false;
    struct item *item, *next;
    owner->look = mirror->look;
    LIST_FOREACH(item, &owner->items, by_owner) item->seen = false;
    for (const struct instance *at = service->first; at; at = at->next) {
        buf_clear(&mirror->name_text);
        buf_clear(&mirror->text_text);
        enum mirror_wish wish = mirror->render(mirror->user, at, &mirror->name_text, &mirror->text_text);
        bool fits = !mirror->name_text.full && !mirror->text_text.full;
        if (wish != MIRROR_NOTHING && fits)
            changed = want(mirror, owner, wish) || changed;
    }
    for (item = LIST_FIRST(&owner->items); item; item = next) {
        next = LIST_NEXT(item, by_owner);
        if (!item->seen) {
            unwant(mirror, item);
            changed = true;
        }
    }
    mirror->figures.spared += !changed;
    if (LIST_EMPTY(&owner->items))
        owner_free(mirror, owner);
}

static void on_left(void *user, const char *name)
{
    struct mirror *mirror = user;
    struct owner *owner;
    HASH_FIND_STR(mirror->owners, name, owner);
    if (owner)
        drop_owner(mirror, owner);
}

static void follow_all(struct mirror *mirror)
{
    struct owner *owner, *next;
    mirror->look++;
    for (size_t i = 0; i < registry_count(mirror->registry); i++)
        follow_service(mirror, registry_at(mirror->registry, i));
    HASH_ITER(hh, mirror->owners, owner, next)
    {
        if (owner->look != mirror->look)
            drop_owner(mirror, owner);
    }
}

void mirror_follow(struct mirror *mirror)
{
    uint64_t revision = registry_revision(mirror->registry);
    if (mirror->followed && revision == mirror->revision)
        return;
    if (mirror->followed && registry_left(mirror->registry, mirror->revision, on_left, mirror)) {
        const struct service *at = registry_latest(mirror->registry);
        for (; at && at->revision > mirror->revision; at = registry_earlier(at))
            follow_service(mirror, at);
    } else {
        follow_all(mirror);
    }
    mirror->followed = true;
    mirror->revision = revision;
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
    return settle(mirror, item);
}

struct mirror_entry *mirror_say(struct mirror *mirror, const char *name, enum mirror_outside outside)
{
    struct item *item = is_ours(outside) ? item_make(mirror, name) : item_find(mirror, name);
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
        if (item->list != mirror->list)
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
    settle(mirror, item);
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
    settle(mirror, item);
}

bool mirror_has_work(const struct mirror *mirror, bool may_empty)
{
    return next_of(mirror, may_empty) != NULL;
}

bool mirror_has_leftovers(const struct mirror *mirror)
{
    return !TAILQ_EMPTY(&mirror->queue[QUEUE_LEFTOVER]);
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
