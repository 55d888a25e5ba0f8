/* registry_internal.h: the registry's own structures, shared by registry.c (table and changes), registry_index.c (names,
 * order, dependencies) and registry_settle.c (aggregation and rendering). */
#ifndef QUAYWATCH_CORE_REGISTRY_INTERNAL_H
#define QUAYWATCH_CORE_REGISTRY_INTERNAL_H

#include <uthash.h>

#include "controller/core/buf.h"
#include "controller/core/registry.h"

/* The public service comes first, so that a pointer to it is a pointer to its entry. */
struct entry {
    struct service service;
    UT_hash_handle by_key, by_name;
    char *wanted_name; /* what the name was made from */
    const struct service **dependents;
    size_t dependent_count, dependent_cap;
    bool dirty;
};

/* The public instance comes first. */
struct node {
    struct instance instance;
    UT_hash_handle hh; /* by observed->id, whose text it points into */
    bool gone;
};

struct slot {
    uint32_t generation;
    struct node *node;
};

/* One word that may lead to a service: an alias, or "project/compose service". */
struct index_word {
    UT_hash_handle hh;
    struct entry *entry; /* NULL: more than one service has it */
    char word[];
};

/* A name that a key had before, so that it gets it again. */
struct remembered {
    UT_hash_handle hh;
    char *name;
    char key[];
};

struct registry {
    registry_render *render;
    struct slot *slots;
    uint32_t slot_count, slot_cap, *free_slots, free_count, free_cap;
    struct node *nodes;
    struct entry *entries;  /* by key */
    struct entry *by_name;  /* by display name */
    struct index_word *words;
    bool words_stale;
    struct remembered *remembered;
    struct entry **sorted;
    size_t sorted_count, sorted_cap;
    struct entry **dirty;
    size_t dirty_count, dirty_cap;
    const struct service **moved;
    size_t moved_count, moved_cap;
    bool membership, head, removed; /* what happened since the last settle */
    struct engine_view engine;
    struct controller_view controller;
    struct summary summary;
    uint64_t revision;
    int64_t changed_at_wall_ms;
    struct buf scratch;
};

/* Queues an entry for the next settle. */
void registry_mark(struct registry *registry, struct entry *entry);

/* Appends pointer to a growing array of pointers. */
void registry_push(void *array, size_t *count, size_t *cap, const void *pointer);

/* After instances came, went or changed their spec: drops empty services, gives names, sorts, links dependencies. */
void registry_reindex(struct registry *registry);

/* The service that word means, by alias or "project/service"; NULL when none or several. */
struct entry *registry_word(const struct registry *registry, const char *word);

/* Frees an entry that has no instances any more. */
void registry_drop_entry(struct registry *registry, struct entry *entry);

#endif
