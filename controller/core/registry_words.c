/* SPDX-License-Identifier: MIT */
/* registry_words.c: words that may mean a service (container names, network aliases, "project/compose
 * service"), kept as instances come and go, and who waits for which word to mean another one: so that a
 * change costs what it touches, however many services there are. */
#include "controller/core/registry_internal.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* The words of one instance, each once. */
struct word_list {
    const char **item;
    size_t count;
    char *compose; /* owned: "project/service" */
};

static int word_order(const void *a, const void *b)
{
    const char *const *x = a, *const *y = b;
    return strcmp(*x, *y);
}

static void list_fill(struct word_list *list, const struct instance *instance)
{
    const struct observed *observed = instance->observed;
    const struct spec *spec = instance->spec;
    size_t room = 2, count = 0, kept = 0;
    for (size_t n = 0; n < observed->network_count; n++)
        room += observed->networks[n].aliases.count;
    *list = (struct word_list){.item = mem_resize(NULL, room, sizeof *list->item)};
    list->item[count++] = observed->container;
    if (spec->compose_project && spec->compose_service) {
        list->compose = mem_format("%s/%s", spec->compose_project, spec->compose_service);
        list->item[count++] = list->compose;
    }
    for (size_t n = 0; n < observed->network_count; n++)
        for (size_t a = 0; a < observed->networks[n].aliases.count; a++)
            list->item[count++] = observed->networks[n].aliases.item[a];
    qsort(list->item, count, sizeof *list->item, word_order);
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || strcmp(list->item[kept - 1], list->item[i]) != 0)
            list->item[kept++] = list->item[i];
    list->count = kept;
}

static void list_free(struct word_list *list)
{
    free(list->item);
    free(list->compose);
}

static bool has_word(const struct instance *instance, const char *word)
{
    const struct observed *observed = instance->observed;
    const struct spec *spec = instance->spec;
    if (strcmp(observed->container, word) == 0)
        return true;
    for (size_t n = 0; n < observed->network_count; n++)
        if (strings_has(&observed->networks[n].aliases, word))
            return true;
    const char *slash = spec->compose_project && spec->compose_service ? strchr(word, '/') : NULL;
    return slash && strncmp(spec->compose_project, word, (size_t)(slash - word)) == 0 &&
           spec->compose_project[slash - word] == '\0' && strcmp(spec->compose_service, slash + 1) == 0;
}

/* Whether another instance of its service gives the same word: then one more or less changes nothing. */
static bool shared_word(const struct instance *instance, const char *word)
{
    for (const struct instance *at = instance->service->first; at; at = at->next)
        if (at != instance && has_word(at, word))
            return true;
    return false;
}

static struct index_word *word_find(const struct registry *registry, const char *text)
{
    struct index_word *word;
    HASH_FIND_STR(registry->words, text, word);
    return word;
}

static struct index_word *word_get(struct registry *registry, const char *text)
{
    struct index_word *word = word_find(registry, text);
    if (word)
        return word;
    size_t length = strlen(text);
    word = mem_new(sizeof *word + length + 1);
    memcpy(word->word, text, length);
    HASH_ADD_KEYPTR(hh, registry->words, word->word, length, word);
    return word;
}

static void word_release(struct registry *registry, struct index_word *word)
{
    if (word->holders || word->waits)
        return;
    HASH_DEL(registry->words, word); /* NOLINT(clang-analyzer-core.NullDereference): a word is in its map */
    free(word);
}

static void word_changed(struct registry *registry, const struct index_word *word)
{
    for (const struct wait *wait = word->waits; wait; wait = wait->next_of_word)
        registry_relink(registry, wait->entry);
}

static struct entry *word_meaning(const struct index_word *word)
{
    return word->holders == 1 ? (struct entry *)word->which : NULL;
}

/* One service more (1) or less (-1) has the word; who waits for it hears only when it means something else
 * now. */
static void word_hold(struct registry *registry, struct index_word *word, const struct service *service,
                      int more)
{
    const struct entry *before = word_meaning(word);
    word->holders += (size_t)more;
    word->which ^= (uintptr_t)service;
    if (word_meaning(word) != before)
        word_changed(registry, word);
}

void registry_words_add(struct registry *registry, const struct instance *instance)
{
    struct word_list list;
    list_fill(&list, instance);
    for (size_t i = 0; i < list.count; i++)
        if (!shared_word(instance, list.item[i]))
            word_hold(registry, word_get(registry, list.item[i]), instance->service, 1);
    list_free(&list);
}

void registry_words_remove(struct registry *registry, const struct instance *instance)
{
    struct word_list list;
    list_fill(&list, instance);
    for (size_t i = 0; i < list.count; i++) {
        if (shared_word(instance, list.item[i]))
            continue;
        struct index_word *word = word_find(registry, list.item[i]);
        assert(word && word->holders);
        word_hold(registry, word, instance->service, -1);
        word_release(registry, word);
    }
    list_free(&list);
}

void registry_word_touch(struct registry *registry, const char *text)
{
    const struct index_word *word = word_find(registry, text);
    if (word)
        word_changed(registry, word);
}

struct entry *registry_word(const struct registry *registry, const char *text)
{
    const struct index_word *word = word_find(registry, text);
    return word ? word_meaning(word) : NULL;
}

void registry_wait(struct registry *registry, struct entry *entry, const char *text)
{
    struct index_word *word = word_get(registry, text);
    struct wait *wait = mem_new(sizeof *wait);
    *wait = (struct wait){.word = word,
                          .entry = entry,
                          .next_of_word = word->waits,
                          .link_of_word = &word->waits,
                          .next_of_entry = entry->waits};
    if (word->waits)
        word->waits->link_of_word = &wait->next_of_word;
    word->waits = wait;
    entry->waits = wait;
}

void registry_wait_no_more(struct registry *registry, struct entry *entry)
{
    for (struct wait *wait = entry->waits, *next; wait; wait = next) {
        next = wait->next_of_entry;
        *wait->link_of_word = wait->next_of_word;
        if (wait->next_of_word)
            wait->next_of_word->link_of_word = wait->link_of_word;
        word_release(registry, wait->word);
        free(wait);
    }
    entry->waits = NULL;
}
