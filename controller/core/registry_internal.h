/* registry_internal.h: the registry's own structures, shared by registry.c (table and changes),
 * registry_index.c (names, order, dependencies), registry_words.c (what words mean), registry_settle.c
 * (aggregation), registry_fragment.c (rendered bytes) and registry_trail.c (what changed when). */
#ifndef QUAYWATCH_CORE_REGISTRY_INTERNAL_H
#define QUAYWATCH_CORE_REGISTRY_INTERNAL_H

#include <sys/queue.h>
#include <uthash.h>

#include "controller/core/buf.h"
#include "controller/core/registry.h"

/* What an entry adds to the summary. */
struct contribution {
    bool counted;
    enum status status;
    unsigned instances, by_status[STATUS_COUNT];
};

/* The public service comes first, so that a pointer to it is a pointer to its entry. */
struct entry {
    struct service service;
    UT_hash_handle by_key, by_name;
    char *wanted_name; /* what the name was made from */
    const struct service **dependents;
    size_t dependent_count, dependent_cap;
    struct wait *waits; /* the words that its dependencies are declared with */
    uint64_t link_hash; /* of its dependencies as they are shown */
    uint64_t circular;  /* which of them lie in a circle, a bit each */
    struct contribution contribution;
    uint64_t digest; /* digested: of its bytes at the latest settle, */
    bool digested;   /* which are not kept, or not as they were; else they are service.json */
    bool rendered;   /* once, at least */
    bool dirty;      /* in registry->dirty */
    bool relink;     /* in registry->relink */
    bool ordered;    /* in registry->sorted, at the place of its name */
    TAILQ_ENTRY(entry) trail;
    bool on_trail;
};

/* The public instance comes first. */
struct node {
    struct instance instance;
    UT_hash_handle hh;   /* by observed->id, whose text it points into */
    uint64_t place_hash; /* of what registry_topology counts */
    bool gone;
};

struct slot {
    uint32_t generation;
    struct node *node;
};

/* One word that may lead to a service. */
struct index_word {
    UT_hash_handle hh;
    size_t holders;  /* services that have it */
    uintptr_t which; /* the exclusive or of their entries: with one holder, that one */
    struct wait *waits;
    char word[];
};

/* An entry has a dependency that is declared with this word, whatever it means at present. */
struct wait {
    struct index_word *word;
    struct entry *entry;
    struct wait *next_of_word, **link_of_word, *next_of_entry;
};

/* A name that a key had before, so that it gets it again. */
struct remembered {
    UT_hash_handle hh;
    char *name;
    char key[];
};

struct registry {
    registry_render *render;
    struct fragments *fragments;
    struct trail *trail;
    struct slot *slots;
    uint32_t slot_count, slot_cap, *free_slots, free_count, free_cap;
    struct node *nodes;
    struct entry *entries; /* by key */
    struct entry *by_name; /* by display name */
    struct index_word *words;
    struct remembered *remembered;
    struct entry **sorted;
    size_t sorted_count, sorted_cap;
    struct entry **dirty;
    size_t dirty_count, dirty_cap;
    struct entry **relink;
    size_t relink_count, relink_cap;
    const struct service **moved;
    size_t moved_count, moved_cap;
    bool head, removed, relinked; /* what happened since the last settle */
    uint64_t topology;
    struct engine_view engine;
    struct controller_view controller;
    struct summary summary;
    size_t services_by_status[STATUS_COUNT];
    uint64_t revision;
    int64_t changed_at_wall_ms;
    struct buf scratch;
};

/* The node that a reference means, NULL when it is gone. */
struct node *registry_node(const struct registry *registry, struct ref ref);

/* Applies a change of one existing instance other than INSTANCE, OBSERVED and GONE. */
void registry_change(struct registry *registry, struct instance *instance, const struct change *change,
                     struct moment now);

/* Frees the texts and the list that an instance keeps beside its spec and facts. */
void registry_texts_free(struct instance *instance);

/* Queues an entry for the next settle. */
void registry_mark(struct registry *registry, struct entry *entry);

/* Appends pointer to a growing array of pointers. */
void registry_push(void *array, size_t *count, size_t *cap, const void *pointer);

/* Queues an entry whose dependencies must be linked anew in the next settle. */
void registry_relink(struct registry *registry, struct entry *entry);

/* After instances came, went or changed their spec: drops empty services, gives names, sorts, links
 * dependencies. Costs what was touched, not what is there. */
void registry_reindex(struct registry *registry);

/* The words of a linked instance begin, or end, to mean its service. */
void registry_words_add(struct registry *registry, const struct instance *instance);
void registry_words_remove(struct registry *registry, const struct instance *instance);

/* Something else that this text means (a display name, a container's id) came or went: who waits is linked
 * anew. */
void registry_word_touch(struct registry *registry, const char *text);

/* The service that a word means; NULL when none or several. */
struct entry *registry_word(const struct registry *registry, const char *text);

/* The entry is to be linked anew when what text means changes; and ends all its waiting. */
void registry_wait(struct registry *registry, struct entry *entry, const char *text);
void registry_wait_no_more(struct registry *registry, struct entry *entry);

/* Takes what an entry adds to the summary out of it; it is added anew when the entry settles. */
void registry_uncount(struct registry *registry, struct entry *entry);

/* registry_fragment.c: what is known of all fragments, freed with free(); renders that of an entry: true when
 * its bytes changed; and lets go of what nobody reads. */
struct fragments *fragments_new(void);
bool fragment_settle(struct registry *registry, struct entry *entry);
void fragments_settle(struct registry *registry, struct moment now);

/* registry_trail.c: the bytes of an entry change with the revision that is being made, and its end; a name
 * that was in the document is in it no more. */
struct trail *trail_new(void);
void trail_changed(struct registry *registry, struct entry *entry);
void trail_gone(struct registry *registry, struct entry *entry);
void trail_name_left(struct registry *registry, const char *name);
void trail_free(struct trail *trail);

/* Frees an entry that has no instances any more. */
void registry_drop_entry(struct registry *registry, struct entry *entry);

#endif
