/* SPDX-License-Identifier: MIT */
/* registry_index.c: what follows from who is there: unique display names, order, alias lookup, dependency links. */
#include "controller/core/registry_internal.h"

#include <stdlib.h>
#include <string.h>

#include "controller/core/limits.h"

static void name_clear(struct registry *registry, struct entry *entry)
{
    if (!entry->service.name)
        return;
    HASH_DELETE(by_name, registry->by_name, entry);
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

/* Whether another key had this name in an earlier life and may come back for it is not asked: a name in use is kept by
 * its key, a free one goes to the first that wants it. */
static void name_give(struct registry *registry, struct entry *entry)
{
    const struct spec *spec = entry->service.first->spec;
    free(entry->wanted_name);
    entry->wanted_name = mem_copy(spec->name);
    name_clear(registry, entry);

    struct remembered *old;
    HASH_FIND_STR(registry->remembered, entry->service.key, old);
    size_t wanted = strlen(spec->name);
    if (old && strncmp(old->name, spec->name, wanted) == 0 && (old->name[wanted] == '\0' || old->name[wanted] == '.') &&
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

static void index_add(struct registry *registry, struct entry *entry, const char *word, size_t length)
{
    struct index_word *known;
    HASH_FIND(hh, registry->words, word, length, known);
    if (known) {
        if (known->entry != entry)
            known->entry = NULL;
        return;
    }
    known = mem_new(sizeof *known + length + 1);
    memcpy(known->word, word, length);
    known->entry = entry;
    HASH_ADD_KEYPTR(hh, registry->words, known->word, length, known);
}

static void index_instance(struct registry *registry, struct entry *entry, const struct instance *instance)
{
    const struct observed *observed = instance->observed;
    index_add(registry, entry, observed->container, strlen(observed->container));
    for (size_t n = 0; n < observed->network_count; n++)
        for (size_t a = 0; a < observed->networks[n].aliases.count; a++) {
            const char *alias = observed->networks[n].aliases.item[a];
            index_add(registry, entry, alias, strlen(alias));
        }
    const struct spec *spec = instance->spec;
    if (spec->compose_project && spec->compose_service) {
        char *word = mem_format("%s/%s", spec->compose_project, spec->compose_service);
        index_add(registry, entry, word, strlen(word));
        free(word);
    }
}

static void index_build(struct registry *registry)
{
    struct index_word *word, *next;
    HASH_ITER (hh, registry->words, word, next) {
        HASH_DEL(registry->words, word);
        free(word);
    }
    for (size_t i = 0; i < registry->sorted_count; i++)
        for (struct instance *at = registry->sorted[i]->service.first; at; at = at->next)
            index_instance(registry, registry->sorted[i], at);
    registry->words_stale = false;
}

struct entry *registry_word(const struct registry *registry, const char *word)
{
    if (registry->words_stale) { /* A cache: filled when first asked for. */
        struct registry *cache;
        memcpy(&cache, &registry, sizeof cache);
        index_build(cache);
    }
    struct index_word *known;
    HASH_FIND_STR(registry->words, word, known);
    return known ? known->entry : NULL;
}

/* A dependency means, in this order: the owner of a shared network namespace, the compose service of the same project,
 * the display name, an alias. */
static struct entry *dependency_find(struct registry *registry, const struct spec *spec, const char *name)
{
    if (strncmp(name, "container:", 10) == 0) {
        const struct instance *owner = registry_container(registry, name + 10);
        return owner ? (struct entry *)(void *)owner->service : NULL;
    }
    if (spec->compose_project) {
        char *word = mem_format("%s/%s", spec->compose_project, name);
        struct entry *found = registry_word(registry, word);
        free(word);
        if (found)
            return found;
    }
    struct entry *found;
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
    struct entry *target = dependency_find(registry, spec, declared->name);
    if (target == entry)
        return;
    const char *name = target ? target->service.name : declared->name;
    for (size_t i = 0; i < service->dependency_count; i++)
        if (strcmp(service->dependencies[i].name, name) == 0)
            return;
    if (service->dependency_count == LIMIT_DEPENDENCIES)
        return;
    service->dependencies =
        mem_resize(service->dependencies, service->dependency_count + 1, sizeof *service->dependencies);
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

static void dependencies_link(struct registry *registry, struct entry *entry)
{
    struct service *service = &entry->service;
    bool had = service->dependency_count > 0;
    service->dependency_count = 0;
    for (struct instance *at = service->first; at; at = at->next)
        for (size_t i = 0; i < at->spec->dependency_count; i++)
            dependency_link(registry, entry, at->spec, &at->spec->dependencies[i]);
    if (service->dependency_count)
        qsort(service->dependencies, service->dependency_count, sizeof *service->dependencies, dependency_order);
    if (had || service->dependency_count)
        registry_mark(registry, entry); /* names and statuses of targets may differ now */
}

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
    free(entry->service.key);
    free(entry->service.dependencies);
    free(entry->service.json);
    free(entry->wanted_name);
    free(entry->dependents);
    free(entry);
}

static void drop_empty(struct registry *registry)
{
    size_t kept = 0;
    for (size_t i = 0; i < registry->dirty_count; i++) {
        struct entry *entry = registry->dirty[i];
        if (entry->service.instance_count)
            registry->dirty[kept++] = entry;
        else
            registry_drop_entry(registry, entry);
    }
    registry->dirty_count = kept;
}

void registry_reindex(struct registry *registry)
{
    drop_empty(registry);

    /* Among newcomers the order of keys decides who gets a name. */
    if (registry->dirty_count)
        qsort(registry->dirty, registry->dirty_count, sizeof *registry->dirty, entry_key_order);
    for (size_t i = 0; i < registry->dirty_count; i++) {
        struct entry *entry = registry->dirty[i];
        if (!entry->wanted_name || strcmp(entry->wanted_name, entry->service.first->spec->name) != 0)
            name_give(registry, entry);
    }

    registry->sorted_count = 0;
    for (struct entry *entry = registry->entries; entry; entry = entry->by_key.next) {
        registry_push(&registry->sorted, &registry->sorted_count, &registry->sorted_cap, entry);
        entry->dependent_count = 0;
    }
    if (registry->sorted_count)
        qsort(registry->sorted, registry->sorted_count, sizeof(struct entry *), entry_name_order);
    registry->words_stale = true;
    for (size_t i = 0; i < registry->sorted_count; i++)
        dependencies_link(registry, registry->sorted[i]);
}
