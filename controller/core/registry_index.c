/* SPDX-License-Identifier: MIT */
/* registry_index.c: what follows from who is there: unique display names, order, dependency links. */
#include "controller/core/hash.h"
#include "controller/core/registry_internal.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/limits.h"

/* So many new names are put into the order one by one; more are cheaper sorted together. */
enum { INSERT_AT_MOST = 64 };

static struct entry *entry_of(const struct service *service)
{
    struct entry *entry; /* services are handed out const; they are ours */
    memcpy(&entry, &service, sizeof entry);
    return entry;
}

static size_t place_of(const struct registry *registry, const char *name)
{
    size_t low = 0, high = registry->sorted_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(registry->sorted[middle]->service.name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void order_remove(struct registry *registry, struct entry *entry)
{
    if (!entry->ordered)
        return;
    size_t place = place_of(registry, entry->service.name);
    assert(registry->sorted[place] == entry);
    registry->sorted_count--;
    memmove(&registry->sorted[place], &registry->sorted[place + 1],
            (registry->sorted_count - place) * sizeof *registry->sorted);
    entry->ordered = false;
}

/* Those that showed the name, and those that ask for it, are linked anew. */
static void name_clear(struct registry *registry, struct entry *entry)
{
    if (!entry->service.name)
        return;
    order_remove(registry, entry);
    HASH_DELETE(by_name, registry->by_name, entry);
    registry_word_touch(registry, entry->service.name);
    for (size_t i = 0; i < entry->dependent_count; i++)
        registry_relink(registry, entry_of(entry->dependents[i]));
    if (entry->rendered)
        trail_name_left(registry, entry->service.name);
    free(entry->service.name);
    entry->service.name = NULL;
}

static bool name_take(struct registry *registry, struct entry *entry, char *name)
{
    struct entry *holder;
    HASH_FIND(by_name, registry->by_name, name, strlen(name), holder);
    if (holder) {
        free(name);
        return false;
    }
    entry->service.name = name;
    HASH_ADD_KEYPTR(by_name, registry->by_name, entry->service.name, strlen(entry->service.name), entry);
    registry_word_touch(registry, name);
    return true;
}

void registry_remember_name(struct registry *registry, const char *key, const char *name)
{
    struct remembered *old;
    HASH_FIND_STR(registry->remembered, key, old);
    if (!old) {
        size_t length = strlen(key) + 1;
        old = mem_new(sizeof *old + length);
        memcpy(old->key, key, length);
        HASH_ADD_STR(registry->remembered, key, old);
    }
    free(old->name);
    old->name = mem_copy(name);
}

/* Whether another key had this name in an earlier life and may come back for it is not asked: a name in use
 * is kept by its key, a free one goes to the first that wants it. */
static void name_give(struct registry *registry, struct entry *entry)
{
    const struct spec *spec = entry->service.first->spec;
    free(entry->wanted_name);
    entry->wanted_name = mem_copy(spec->name);
    name_clear(registry, entry);

    struct remembered *old;
    HASH_FIND_STR(registry->remembered, entry->service.key, old);
    size_t wanted = strlen(spec->name);
    if (old && strncmp(old->name, spec->name, wanted) == 0 &&
        (old->name[wanted] == '\0' || old->name[wanted] == '.') &&
        name_take(registry, entry, mem_copy(old->name)))
        return;
    if (name_take(registry, entry, mem_copy(spec->name)))
        return;
    const char *project = spec->compose_project ? spec->compose_project : spec->project;
    if (project && name_take(registry, entry, mem_format("%s.%s", spec->name, project)))
        return;
    for (unsigned number = 2; !name_take(registry, entry, mem_format("%s.%u", spec->name, number)); number++)
        ;
}

/* ---- dependencies ---- */

/* A dependency means, in this order: the owner of a shared network namespace, the compose service of the same
 * project, the display name, an alias. The entry waits for all of these to mean something else. */
static struct entry *dependency_find(struct registry *registry, struct entry *entry, const struct spec *spec,
                                     const char *name)
{
    registry_wait(registry, entry, name);
    if (strncmp(name, "container:", 10) == 0) {
        const struct instance *owner = registry_container(registry, name + 10);
        return owner ? (struct entry *)(void *)owner->service : NULL;
    }
    struct entry *found = NULL;
    if (spec->compose_project) {
        char *word = mem_format("%s/%s", spec->compose_project, name);
        registry_wait(registry, entry, word);
        found = registry_word(registry, word);
        free(word);
    }
    if (!found)
        HASH_FIND(by_name, registry->by_name, name, strlen(name), found);
    return found ? found : registry_word(registry, name);
}

static int dependency_order(const void *a, const void *b)
{
    const struct service_dependency *x = a, *y = b;
    return strcmp(x->name, y->name);
}

static void dependency_link(struct registry *registry, struct entry *entry, const struct spec *spec,
                            const struct dependency *declared)
{
    struct service *service = &entry->service;
    struct entry *target = dependency_find(registry, entry, spec, declared->name);
    if (target == entry && strncmp(declared->name, "container:", 10) == 0)
        return; /* two containers of one service share a network: nothing waits for itself */
    const char *name = target ? target->service.name : declared->name;
    for (size_t i = 0; i < service->dependency_count; i++)
        if (strcmp(service->dependencies[i].name, name) == 0)
            return;
    if (service->dependency_count == LIMIT_DEPENDENCIES)
        return;
    service->dependencies = mem_resize(service->dependencies, service->dependency_count + 1,
                                       sizeof *service->dependencies);
    service->dependencies[service->dependency_count++] = (struct service_dependency){
        .name = name,
        .type = declared->type,
        .source = declared->source,
        .needs_completion = declared->needs_completion,
        .target = target ? &target->service : NULL,
    };
    if (target)
        registry_push(&target->dependents, &target->dependent_count, &target->dependent_cap, service);
}

static void dependencies_unlink(struct registry *registry, struct entry *entry)
{
    registry_wait_no_more(registry, entry);
    for (size_t i = 0; i < entry->service.dependency_count; i++) {
        struct service *target = entry->service.dependencies[i].target;
        if (!target)
            continue;
        struct entry *other = entry_of(target);
        size_t place = 0;
        while (other->dependents[place] != &entry->service)
            place++;
        other->dependents[place] = other->dependents[--other->dependent_count];
    }
    entry->service.dependency_count = 0;
}

/* Over what is shown of the dependencies: their text may be gone when it is to be compared. */
static uint64_t dependencies_hash(const struct service *service)
{
    uint64_t hash = HASH_START;
    for (size_t i = 0; i < service->dependency_count; i++) {
        const struct service_dependency *one = &service->dependencies[i];
        hash = hash_number(hash_text(hash, one->name), (int64_t)one->type);
        hash = hash_bytes(hash, &one->source, sizeof one->source);
        hash = hash_number(hash_bytes(hash, &one->target, sizeof one->target), one->needs_completion);
    }
    return hash;
}

static void dependencies_link(struct registry *registry, struct entry *entry)
{
    struct service *service = &entry->service;
    for (struct instance *at = service->first; at; at = at->next)
        for (size_t i = 0; i < at->spec->dependency_count; i++)
            dependency_link(registry, entry, at->spec, &at->spec->dependencies[i]);
    if (service->dependency_count > 1)
        qsort(service->dependencies, service->dependency_count, sizeof *service->dependencies,
              dependency_order);
    uint64_t hash = dependencies_hash(service);
    if (hash != entry->link_hash) {
        bool had = entry->link_hash && entry->link_hash != HASH_START;
        registry->relinked |= had || service->dependency_count;
        registry->topology++;
        registry_mark(registry, entry);
    }
    entry->link_hash = hash;
}

/* ---- the index as a whole ---- */

static int entry_key_order(const void *a, const void *b)
{
    const struct entry *const *x = a, *const *y = b;
    return strcmp((*x)->service.key, (*y)->service.key);
}

static int entry_name_order(const void *a, const void *b)
{
    const struct entry *const *x = a, *const *y = b;
    return strcmp((*x)->service.name, (*y)->service.name);
}

void registry_drop_entry(struct registry *registry, struct entry *entry)
{
    name_clear(registry, entry);
    HASH_DELETE(by_key, registry->entries, entry);
    registry_wait_no_more(registry, entry);
    registry_uncount(registry, entry);
    trail_gone(registry, entry);
    free(entry->service.key);
    free(entry->service.dependencies);
    free(entry->service.json);
    free(entry->wanted_name);
    free(entry->dependents);
    free(entry);
}

/* Among newcomers the order of keys decides who gets a name; names of services that end are free by then. */
static void give_names(struct registry *registry)
{
    for (size_t i = 0; i < registry->dirty_count; i++)
        if (!registry->dirty[i]->service.instance_count)
            name_clear(registry, registry->dirty[i]);
    if (registry->dirty_count)
        qsort(registry->dirty, registry->dirty_count, sizeof *registry->dirty, entry_key_order);
    for (size_t i = 0; i < registry->dirty_count; i++) {
        struct entry *entry = registry->dirty[i];
        const struct instance *first = entry->service.first;
        if (first && (!entry->wanted_name || strcmp(entry->wanted_name, first->spec->name) != 0))
            name_give(registry, entry);
    }
}

/* Dirty entries that are not in the order yet get their place. */
static void order_add(struct registry *registry)
{
    size_t fresh = 0;
    for (size_t i = 0; i < registry->dirty_count; i++)
        fresh += !registry->dirty[i]->ordered;
    for (size_t i = 0; i < registry->dirty_count; i++) {
        struct entry *entry = registry->dirty[i];
        if (entry->ordered)
            continue;
        size_t place = fresh > INSERT_AT_MOST ? registry->sorted_count
                                              : place_of(registry, entry->service.name);
        registry_push(&registry->sorted, &registry->sorted_count, &registry->sorted_cap, entry);
        memmove(&registry->sorted[place + 1], &registry->sorted[place],
                (registry->sorted_count - 1 - place) * sizeof *registry->sorted);
        registry->sorted[place] = entry;
        entry->ordered = true;
    }
    if (fresh > INSERT_AT_MOST)
        qsort(registry->sorted, registry->sorted_count, sizeof(struct entry *), entry_name_order);
}

/* Frees the services without instances; by now nobody is linked to them. */
static void drop_empty(struct registry *registry)
{
    size_t kept = 0, relinked = 0;
    for (size_t i = 0; i < registry->relink_count; i++)
        if (registry->relink[i]->service.instance_count)
            registry->relink[relinked++] = registry->relink[i];
    registry->relink_count = relinked;
    for (size_t i = 0; i < registry->dirty_count; i++) {
        struct entry *entry = registry->dirty[i];
        if (entry->service.instance_count)
            registry->dirty[kept++] = entry;
        else
            registry_drop_entry(registry, entry);
    }
    registry->dirty_count = kept;
}

void registry_relink(struct registry *registry, struct entry *entry)
{
    if (entry->relink)
        return;
    entry->relink = true;
    registry_push(&registry->relink, &registry->relink_count, &registry->relink_cap, entry);
}

void registry_reindex(struct registry *registry)
{
    give_names(registry);
    for (size_t i = 0; i < registry->relink_count; i++)
        dependencies_unlink(registry, registry->relink[i]);
    drop_empty(registry);
    order_add(registry);
    for (size_t i = 0; i < registry->relink_count; i++) {
        registry->relink[i]->relink = false;
        dependencies_link(registry, registry->relink[i]);
    }
    registry->relink_count = 0;
}
