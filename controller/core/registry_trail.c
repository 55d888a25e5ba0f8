/* SPDX-License-Identifier: MIT */
/* registry_trail.c: which services changed since a revision, without looking at all of them: a list in the
 * order of their latest change, and a ring of names that left. */
#include "controller/core/registry_internal.h"

#include <stdlib.h>
#include <string.h>

#include "controller/core/limits.h"

struct trail_name {
    char *name; /* NULL: this place was not used yet */
    uint64_t revision;
};

struct trail {
    TAILQ_HEAD(entries, entry) changed; /* latest first */
    struct trail_name left[LIMIT_LEFT_NAMES];
    size_t next;        /* the place of the next name that leaves */
    uint64_t forgotten; /* the revision of the latest name that is not in the ring any more */
};

struct trail *trail_new(void)
{
    struct trail *trail = mem_new(sizeof *trail);
    TAILQ_INIT(&trail->changed);
    return trail;
}

void trail_changed(struct registry *registry, struct entry *entry)
{
    struct trail *trail = registry->trail;
    if (entry->on_trail)
        TAILQ_REMOVE(&trail->changed, entry, trail);
    TAILQ_INSERT_HEAD(&trail->changed, entry, trail);
    entry->on_trail = true;
    entry->service.revision = registry->revision + 1;
}

void trail_gone(struct registry *registry, struct entry *entry)
{
    if (entry->on_trail)
        TAILQ_REMOVE(&registry->trail->changed, entry, trail);
    entry->on_trail = false;
}

void trail_name_left(struct registry *registry, const char *name)
{
    struct trail *trail = registry->trail;
    struct trail_name *place = &trail->left[trail->next];
    trail->next = (trail->next + 1) % LIMIT_LEFT_NAMES;
    if (place->name)
        trail->forgotten = place->revision;
    free(place->name);
    *place = (struct trail_name){.name = mem_copy(name), .revision = registry->revision + 1};
}

void trail_free(struct trail *trail)
{
    for (size_t i = 0; i < LIMIT_LEFT_NAMES; i++)
        free(trail->left[i].name);
    free(trail);
}

static const struct service *service_of(const struct entry *entry)
{
    return entry ? &entry->service : NULL;
}

const struct service *registry_latest(const struct registry *registry)
{
    return service_of(TAILQ_FIRST(&registry->trail->changed));
}

const struct service *registry_earlier(const struct service *service)
{
    const struct entry *entry = (const struct entry *)(const void *)service;
    return service_of(TAILQ_NEXT(entry, trail));
}

bool registry_left(const struct registry *registry, uint64_t since,
                   void (*each)(void *user, const char *name), void *user)
{
    const struct trail *trail = registry->trail;
    if (since > registry->revision || since < trail->forgotten)
        return false;
    for (size_t back = 1; back <= LIMIT_LEFT_NAMES; back++) {
        const struct trail_name *at =
            &trail->left[(trail->next + LIMIT_LEFT_NAMES - back) % LIMIT_LEFT_NAMES];
        struct entry *again;
        if (!at->name || at->revision <= since)
            break;
        HASH_FIND(by_name, registry->by_name, at->name, strlen(at->name), again);
        if (!again)
            each(user, at->name);
    }
    return true;
}
