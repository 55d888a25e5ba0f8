/* SPDX-License-Identifier: MIT */
/* registry.c: the table of instances and services, and the one function that changes it. */
#include "controller/core/hash.h"
#include "controller/core/registry_internal.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct registry *registry_new(registry_render *render)
{
    struct registry *registry = mem_new(sizeof *registry);
    registry->render = render;
    registry->fragments = fragments_new();
    registry->trail = trail_new();
    registry->summary.status = STATUS_UNKNOWN;
    buf_init(&registry->scratch, SIZE_MAX / 2);
    return registry;
}

void registry_push(void *array, size_t *count, size_t *cap, const void *pointer)
{
    void **items;
    memcpy(&items, array, sizeof items);
    if (*count == *cap) {
        *cap = *cap ? *cap * 2 : 8;
        items = mem_resize(items, *cap, sizeof *items);
        memcpy(array, &items, sizeof items);
    }
    memcpy(&items[(*count)++], &pointer, sizeof pointer);
}

void registry_mark(struct registry *registry, struct entry *entry)
{
    if (entry->dirty)
        return;
    entry->dirty = true;
    registry_push(&registry->dirty, &registry->dirty_count, &registry->dirty_cap, entry);
}

static struct entry *entry_of(struct instance *instance)
{
    return (struct entry *)(void *)instance->service;
}

static struct ref slot_take(struct registry *registry, struct node *node)
{
    uint32_t index;
    if (registry->free_count) {
        index = registry->free_slots[--registry->free_count];
    } else {
        if (registry->slot_count == registry->slot_cap) {
            registry->slot_cap = registry->slot_cap ? registry->slot_cap * 2 : 16;
            registry->slots = mem_resize(registry->slots, registry->slot_cap, sizeof *registry->slots);
        }
        index = registry->slot_count++;
        registry->slots[index] = (struct slot){.generation = 0};
    }
    struct slot *slot = &registry->slots[index];
    slot->generation++; /* never 0: the zero ref is nobody's */
    slot->node = node;
    return (struct ref){.index = index, .generation = slot->generation};
}

static void slot_release(struct registry *registry, struct ref ref)
{
    registry->slots[ref.index].node = NULL;
    registry->slots[ref.index].generation++;
    if (registry->free_count == registry->free_cap) {
        registry->free_cap = registry->free_cap ? registry->free_cap * 2 : 16;
        registry->free_slots = mem_resize(registry->free_slots, registry->free_cap,
                                          sizeof *registry->free_slots);
    }
    registry->free_slots[registry->free_count++] = ref.index;
}

/* "container:<id>" is what those say that share its network. */
static void touch_id(struct registry *registry, const struct instance *instance)
{
    char word[128];
    snprintf(word, sizeof word, "container:%.100s", instance->observed->id);
    registry_word_touch(registry, word);
}

static void instance_unlink(struct registry *registry, struct instance *instance)
{
    struct entry *entry = entry_of(instance);
    registry_words_remove(registry, instance);
    touch_id(registry, instance);
    for (struct instance **at = &entry->service.first; *at; at = &(*at)->next) {
        if (*at == instance) {
            *at = instance->next;
            break;
        }
    }
    entry->service.instance_count--;
    instance->next = NULL;
    instance->service = NULL;
    registry_mark(registry, entry);
    registry_relink(registry, entry);
}

/* Instances stand in order of replica, then container name, so that equal states give equal bytes. */
static bool instance_before(const struct instance *a, const struct instance *b)
{
    if (a->spec->replica != b->spec->replica)
        return a->spec->replica < b->spec->replica;
    int order = strcmp(a->observed->container, b->observed->container);
    return order ? order < 0 : strcmp(a->observed->id, b->observed->id) < 0;
}

static void instance_link(struct registry *registry, struct instance *instance)
{
    const char *key = instance->spec->key;
    struct entry *entry;
    HASH_FIND(by_key, registry->entries, key, strlen(key), entry);
    if (!entry) {
        entry = mem_new(sizeof *entry);
        entry->service.key = mem_copy(key);
        entry->service.status = STATUS_UNKNOWN;
        HASH_ADD_KEYPTR(by_key, registry->entries, entry->service.key, strlen(entry->service.key), entry);
    }
    struct instance **at = &entry->service.first;
    while (*at && instance_before(*at, instance))
        at = &(*at)->next;
    instance->next = *at;
    *at = instance;
    instance->service = &entry->service;
    entry->service.instance_count++;
    registry_words_add(registry, instance);
    touch_id(registry, instance);
    registry_mark(registry, entry);
    registry_relink(registry, entry);
}

/* Whether the container is there for others: a stopped one answers to no alias. */
static bool is_up(const struct observed *observed)
{
    return observed->state == CONTAINER_RUNNING || observed->state == CONTAINER_PAUSED ||
           observed->state == CONTAINER_RESTARTING;
}

/* Counts a change of what registry_topology promises. */
static void place_look(struct registry *registry, struct node *node)
{
    const struct spec *spec = node->instance.spec;
    const struct observed *observed = node->instance.observed;
    uint64_t hash = hash_text(hash_text(HASH_START, spec->key), spec->name);
    hash = hash_number(hash_text(hash, observed->container), is_up(observed));
    for (size_t i = 0; i < observed->network_count; i++) {
        const struct network_view *network = &observed->networks[i];
        hash = hash_text(hash, network->name);
        for (size_t a = 0; a < network->aliases.count; a++)
            hash = hash_text(hash, network->aliases.item[a]);
        hash = hash_number(hash, (int64_t)network->aliases.count);
    }
    registry->topology += hash != node->place_hash;
    node->place_hash = hash;
}

static void node_free(struct node *node)
{
    spec_free(node->instance.spec);
    observed_free(node->instance.observed);
    arena_free(&node->instance.findings_arena);
    registry_texts_free(&node->instance);
    free(node);
}

static void apply_gone(struct registry *registry, struct node *node)
{
    instance_unlink(registry, &node->instance);
    HASH_DEL(registry->nodes, node);
    slot_release(registry, node->instance.ref);
    node_free(node);
    registry->removed = true;
    registry->topology++;
}

static const struct instance *apply_instance(struct registry *registry, const struct change *change,
                                             struct moment now)
{
    assert(change->spec && change->observed);
    struct node *node;
    const char *id = change->observed->id;
    HASH_FIND_STR(registry->nodes, id, node);
    if (node) { /* The hash points into the old id text: take it out while that changes. */
        HASH_DEL(registry->nodes, node);
        instance_unlink(registry, &node->instance);
        spec_free(node->instance.spec);
        observed_free(node->instance.observed);
    } else {
        node = mem_new(sizeof *node);
        node->instance.ref = slot_take(registry, node);
        node->instance.health = (struct health_shown){.status = STATUS_UNKNOWN, .target = "", .message = ""};
        node->instance.since_wall_ms = now.wall_ms;
        node->instance.decision = (struct decision_shown){.reason = "unknown", .sentence = ""};
        node->instance.restarts.max = change->spec->restart_max;
    }
    node->instance.spec = change->spec;
    node->instance.observed = change->observed;
    HASH_ADD_KEYPTR(hh, registry->nodes, change->observed->id, strlen(change->observed->id), node);
    instance_link(registry, &node->instance);
    place_look(registry, node);
    return &node->instance;
}

static void apply_observed(struct registry *registry, struct node *node, struct observed *observed)
{
    struct instance *instance = &node->instance;
    HASH_DEL(registry->nodes, node);
    instance_unlink(registry, instance);
    observed_free(instance->observed);
    instance->observed = observed;
    HASH_ADD_KEYPTR(hh, registry->nodes, observed->id, strlen(observed->id), node);
    instance_link(registry, instance);
    place_look(registry, node);
}

static bool engine_same(const struct engine_view *a, const struct engine_view *b)
{
    return a->connected == b->connected && strcmp(a->version, b->version) == 0 &&
           strcmp(a->api_version, b->api_version) == 0 && strcmp(a->error, b->error) == 0;
}

const struct instance *registry_apply(struct registry *registry, const struct change *change,
                                      struct moment now)
{
    if (change->kind == CHANGE_ENGINE) {
        registry->head |= !engine_same(&registry->engine, change->engine);
        registry->engine = *change->engine;
        return NULL;
    }
    if (change->kind == CHANGE_CONTROLLER) {
        registry->head = true;
        registry->controller = *change->controller;
        return NULL;
    }
    if (change->kind == CHANGE_INSTANCE)
        return apply_instance(registry, change, now);
    struct node *node = registry_node(registry, change->ref);
    if (!node) {
        if (change->kind == CHANGE_OBSERVED)
            observed_free(change->observed);
        if (change->kind == CHANGE_HEALTH)
            free(change->health->check_items);
        return NULL;
    }
    if (change->kind == CHANGE_GONE) {
        apply_gone(registry, node);
        return NULL;
    }
    if (change->kind == CHANGE_OBSERVED)
        apply_observed(registry, node, change->observed);
    else
        registry_change(registry, &node->instance, change, now);
    return &node->instance;
}

static void free_lookups(struct registry *registry)
{
    struct index_word *word, *next_word;
    HASH_ITER(hh, registry->words, word, next_word)
    {
        HASH_DEL(registry->words, word);
        free(word);
    }
    struct remembered *old, *next_old;
    HASH_ITER(hh, registry->remembered, old, next_old)
    {
        HASH_DEL(registry->remembered, old);
        free(old->name);
        free(old);
    }
}

void registry_free(struct registry *registry)
{
    if (!registry)
        return;
    struct node *node, *next;
    HASH_ITER(hh, registry->nodes, node, next)
    {
        instance_unlink(registry, &node->instance);
        HASH_DEL(registry->nodes, node);
        node_free(node);
    }
    struct entry *entry, *next_entry;
    for (entry = registry->entries; entry; entry = entry->by_key.next)
        entry->dependent_count = 0; /* nobody needs to be told any more */
    HASH_ITER(by_key, registry->entries, entry, next_entry)
    {
        registry_drop_entry(registry, entry);
    }
    free_lookups(registry);
    trail_free(registry->trail);
    free(registry->fragments);
    free(registry->slots);
    free(registry->free_slots);
    free(registry->sorted);
    free(registry->dirty);
    free(registry->relink);
    free(registry->moved);
    buf_free(&registry->scratch);
    free(registry);
}
