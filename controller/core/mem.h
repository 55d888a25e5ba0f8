/* mem.h: allocation. Running out of memory ends the process here, in one place, with one line on stderr. */
#ifndef QUAYWATCH_CORE_MEM_H
#define QUAYWATCH_CORE_MEM_H

#include <stddef.h>

/* A zeroed block of size bytes; the caller frees it with free(). Never returns NULL. */
void *mem_new(size_t size);

/* Resizes block (NULL is a new one) to count elements of size bytes; the added part is not zeroed. Never
 * NULL. */
void *mem_resize(void *block, size_t count, size_t size);

/* A copy of text, freed with free(); NULL for NULL. */
char *mem_copy(const char *text);

/* A formatted string, freed with free(). */
char *mem_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Gives memory that is free back to the system: after work that needed much for a short time. Takes about a
 * millisecond where there are thousands of free pieces. */
void mem_return(void);

/* An arena: many small values freed at once. All zero is a valid empty arena. */
struct arena {
    struct arena_chunk *chunk;
};

/* A zeroed, aligned block that lives until arena_free. */
void *arena_new(struct arena *arena, size_t size);

/* Makes room for one more in a list of count elements that grows only by this, in one arena: the list,
 * perhaps in another place, with zeroes behind its elements. NULL and 0 is the empty one. The capacity is not
 * stored: it is the next power of two. */
void *arena_grow(struct arena *arena, void *item, size_t count, size_t size);

/* A copy of text in the arena; NULL for NULL. */
char *arena_copy(struct arena *arena, const char *text);

/* A copy of the first length bytes of text in the arena, with a final NUL. */
char *arena_copy_n(struct arena *arena, const char *text, size_t length);

/* A formatted string in the arena. */
char *arena_format(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Frees everything in the arena; it is empty and usable afterwards. */
void arena_free(struct arena *arena);

/* A list of strings and a list of key/value pairs, both growing inside an arena. All zero is the empty list.
 */
struct strings {
    char **item;
    size_t count;
};
struct pair {
    const char *key, *value;
};
struct pairs {
    struct pair *item;
    size_t count;
};

/* Appends a copy of text. */
void strings_add(struct arena *arena, struct strings *list, const char *text);

/* Whether list holds text. */
int strings_has(const struct strings *list, const char *text);

/* Sorts in byte order. */
void strings_sort(struct strings *list);

/* Appends copies of key and value; with a key that is there already, its value is replaced. */
void pairs_set(struct arena *arena, struct pairs *list, const char *key, const char *value);

/* The same, but key and value are kept as they are: static text, or text that lives as long as the list. */
void pairs_put(struct arena *arena, struct pairs *list, const char *key, const char *value);

/* The value of key, or NULL. */
const char *pairs_get(const struct pairs *list, const char *key);

/* Sorts by key, in byte order. */
void pairs_sort(struct pairs *list);

#endif
