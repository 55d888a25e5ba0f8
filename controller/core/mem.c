/* SPDX-License-Identifier: MIT */
/* mem.c: allocation that cannot fail, arenas, and the two small lists that grow inside them. */
#include "controller/core/mem.h"

#include <malloc.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* There may be tens of thousands of arenas, most with a few hundred bytes: the first chunk is small, and each
 * further one half as large as all before it, so that no more than a third lies idle. */
enum { CHUNK_FIRST = 416 - 16, CHUNK_MAX = 64 * 1024, LIST_FIRST = 4, FORMAT_SHORT = 256 };

struct arena_chunk {
    struct arena_chunk *next;
    size_t used, size;
    _Alignas(max_align_t) char data[];
};

static _Noreturn void out_of_memory(void)
{
    static const char line[] = "quaywatch: out of memory\n";
    if (write(STDERR_FILENO, line, sizeof line - 1) < 0) {
        /* Nobody is left to be told. */
    }
    abort();
}

void *mem_new(size_t size)
{
    void *block = calloc(1, size ? size : 1);
    if (!block)
        out_of_memory();
    return block;
}

void *mem_resize(void *block, size_t count, size_t size)
{
    if (!count || !size)
        count = size = 1;
    void *resized = reallocarray(block, count, size);
    if (!resized)
        out_of_memory();
    return resized;
}

void mem_return(void)
{
#ifdef __GLIBC__
    malloc_trim(0); /* of itself it gives back the end only, and that only once it is large */
#endif
}

char *mem_copy(const char *text)
{
    if (!text)
        return NULL;
    size_t size = strlen(text) + 1;
    return memcpy(mem_resize(NULL, size, 1), text, size);
}

char *mem_format(const char *format, ...)
{
    char *text;
    va_list args;
    va_start(args, format);
    int length = vasprintf(&text, format, args);
    va_end(args);
    if (length < 0)
        out_of_memory();
    return text;
}

static struct arena_chunk *chunk_new(size_t size)
{
    if (size > SIZE_MAX - sizeof(struct arena_chunk))
        out_of_memory();
    struct arena_chunk *chunk = mem_new(sizeof *chunk + size);
    chunk->size = size;
    return chunk;
}

/* A chunk with room for size bytes. A large block gets a chunk of its own behind the present one, whose rest
 * stays in use. */
static struct arena_chunk *chunk_for(struct arena *arena, size_t size)
{
    struct arena_chunk *top = arena->chunk;
    if (top && top->size - top->used >= size)
        return top;
    size_t wanted = 0;
    for (const struct arena_chunk *at = top; at && wanted < CHUNK_MAX; at = at->next)
        wanted += at->size / 2;
    if (!top)
        wanted = CHUNK_FIRST - sizeof *top;
    if (wanted > CHUNK_MAX)
        wanted = CHUNK_MAX;
    struct arena_chunk *chunk = chunk_new(size > wanted ? size : wanted);
    if (top && size > wanted) {
        chunk->next = top->next;
        top->next = chunk;
    } else {
        chunk->next = top;
        arena->chunk = chunk;
    }
    return chunk;
}

/* Text needs no alignment: packed, a label costs its bytes only. */
static char *arena_bytes(struct arena *arena, size_t size)
{
    struct arena_chunk *chunk = chunk_for(arena, size);
    char *bytes = chunk->data + chunk->used;
    chunk->used += size;
    return bytes;
}

void *arena_new(struct arena *arena, size_t size)
{
    const size_t align = _Alignof(max_align_t);
    if (size > SIZE_MAX - align)
        out_of_memory();
    if (arena->chunk) {
        size_t odd = arena->chunk->used % align;
        if (odd && arena->chunk->size - arena->chunk->used >= align - odd)
            arena->chunk->used += align - odd;
        else if (odd)
            arena->chunk->used = arena->chunk->size;
    }
    return arena_bytes(arena, size ? size : 1);
}

char *arena_copy_n(struct arena *arena, const char *text, size_t length)
{
    char *copy = arena_bytes(arena, length + 1);
    if (length)
        memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}

char *arena_copy(struct arena *arena, const char *text)
{
    return text ? arena_copy_n(arena, text, strlen(text)) : NULL;
}

char *arena_format(struct arena *arena, const char *format, ...)
{
    char brief[FORMAT_SHORT];
    va_list args;
    va_start(args, format);
    int length = vsnprintf(brief, sizeof brief, format, args);
    va_end(args);
    if (length < 0)
        return arena_copy_n(arena, "", 0);
    if ((size_t)length < sizeof brief)
        return arena_copy_n(arena, brief, (size_t)length);
    char *text = arena_bytes(arena, (size_t)length + 1);
    va_start(args, format);
    vsnprintf(text, (size_t)length + 1, format, args);
    va_end(args);
    return text;
}

void arena_free(struct arena *arena)
{
    struct arena_chunk *chunk = arena->chunk;
    while (chunk) {
        struct arena_chunk *next = chunk->next;
        free(chunk);
        chunk = next;
    }
    arena->chunk = NULL;
}

void *arena_grow(struct arena *arena, void *item, size_t count, size_t size)
{
    if (count && (count < LIST_FIRST || (count & (count - 1))))
        return item;
    void *grown = arena_new(arena, (count ? 2 * count : LIST_FIRST) * size);
    if (count)
        memcpy(grown, item, count * size);
    return grown;
}

void strings_add(struct arena *arena, struct strings *list, const char *text)
{
    list->item = arena_grow(arena, list->item, list->count, sizeof *list->item);
    list->item[list->count++] = arena_copy(arena, text);
}

int strings_has(const struct strings *list, const char *text)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->item[i], text) == 0)
            return 1;
    return 0;
}

static int text_compare(const void *a, const void *b)
{
    const char *const *x = a, *const *y = b;
    return strcmp(*x, *y);
}

void strings_sort(struct strings *list)
{
    if (list->count > 1)
        qsort(list->item, list->count, sizeof *list->item, text_compare);
}

static struct pair *pairs_find(const struct pairs *list, const char *key)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->item[i].key, key) == 0)
            return &list->item[i];
    return NULL;
}

void pairs_put(struct arena *arena, struct pairs *list, const char *key, const char *value)
{
    struct pair *pair = pairs_find(list, key);
    if (!pair) {
        list->item = arena_grow(arena, list->item, list->count, sizeof *list->item);
        pair = &list->item[list->count++];
        pair->key = key;
    }
    pair->value = value;
}

void pairs_set(struct arena *arena, struct pairs *list, const char *key, const char *value)
{
    const struct pair *pair = pairs_find(list, key);
    pairs_put(arena, list, pair ? pair->key : arena_copy(arena, key), arena_copy(arena, value));
}

const char *pairs_get(const struct pairs *list, const char *key)
{
    const struct pair *pair = pairs_find(list, key);
    return pair ? pair->value : NULL;
}

static int pair_compare(const void *a, const void *b)
{
    const struct pair *x = a, *y = b;
    return strcmp(x->key, y->key);
}

void pairs_sort(struct pairs *list)
{
    if (list->count > 1)
        qsort(list->item, list->count, sizeof *list->item, pair_compare);
}
