/* SPDX-License-Identifier: MIT */
/* mirror_wanted.c: which entries the registry wants, and with which texts. */
#include <stdlib.h>
#include <string.h>

#include "controller/core/mem.h"
#include "controller/core/mirror_internal.h"
#include "controller/core/registry.h"

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
    mirror_uncount(mirror, item);
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
    mirror_place(mirror, item);
}

/* True when anything changed. */
static bool want(struct mirror *mirror, struct owner *owner, enum mirror_wish wish)
{
    struct item *item = mirror_item(mirror, buf_string(&mirror->name_text));
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
    mirror_place(mirror, item);
    return changed;
}

static void drop_owner(struct mirror *mirror, struct owner *owner)
{
    struct item *next;
    for (struct item *item = LIST_FIRST(&owner->items); item; item = next) {
        next = LIST_NEXT(item, by_owner);
        unwant(mirror, item);
    }
    mirror_owner_free(mirror, owner);
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
        mirror_owner_free(mirror, owner);
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
