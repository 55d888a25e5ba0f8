/* SPDX-License-Identifier: MIT */
/* registry_read.c: looking things up in the registry. */
#include "controller/core/registry_internal.h"

#include <string.h>

struct node *registry_node(const struct registry *registry, struct ref ref)
{
    if (ref.index >= registry->slot_count || registry->slots[ref.index].generation != ref.generation)
        return NULL;
    return registry->slots[ref.index].node;
}

const struct instance *registry_instance(const struct registry *registry, struct ref ref)
{
    struct node *node = registry_node(registry, ref);
    return node ? &node->instance : NULL;
}

const struct instance *registry_container(const struct registry *registry, const char *id_or_name)
{
    struct node *found;
    HASH_FIND_STR(registry->nodes, id_or_name, found);
    if (found)
        return &found->instance;
    size_t length = strlen(id_or_name);
    size_t prefix_matches = 0;
    struct node *by_prefix = NULL;
    for (struct node *node = registry->nodes; node; node = node->hh.next) {
        if (strcmp(node->instance.observed->container, id_or_name) == 0)
            return &node->instance;
        if (length >= 12 && strncmp(node->instance.observed->id, id_or_name, length) == 0) {
            by_prefix = node;
            prefix_matches++;
        }
    }
    return prefix_matches == 1 ? &by_prefix->instance : NULL;
}

const struct service *registry_key(const struct registry *registry, const char *key)
{
    struct entry *entry;
    HASH_FIND(by_key, registry->entries, key, strlen(key), entry);
    return entry ? &entry->service : NULL;
}

const struct service *registry_service(const struct registry *registry, const char *name)
{
    struct entry *entry;
    HASH_FIND(by_name, registry->by_name, name, strlen(name), entry);
    if (!entry)
        entry = registry_word(registry, name);
    return entry ? &entry->service : registry_key(registry, name);
}

size_t registry_count(const struct registry *registry)
{
    return registry->sorted_count;
}

const struct service *registry_at(const struct registry *registry, size_t index)
{
    return index < registry->sorted_count ? &registry->sorted[index]->service : NULL;
}

const struct service *const *registry_moved(const struct registry *registry, size_t *ret_count)
{
    *ret_count = registry->moved_count;
    return registry->moved;
}

const struct service *const *registry_dependents(const struct service *service, size_t *ret_count)
{
    const struct entry *entry = (const struct entry *)(const void *)service;
    *ret_count = entry->dependent_count;
    return entry->dependents;
}

uint64_t registry_topology(const struct registry *registry)
{
    return registry->topology;
}

uint64_t registry_revision(const struct registry *registry)
{
    return registry->revision;
}

int64_t registry_changed_at(const struct registry *registry)
{
    return registry->changed_at_wall_ms;
}

const struct engine_view *registry_engine(const struct registry *registry)
{
    return &registry->engine;
}

const struct controller_view *registry_controller(const struct registry *registry)
{
    return &registry->controller;
}

const struct summary *registry_summary(const struct registry *registry)
{
    return &registry->summary;
}
