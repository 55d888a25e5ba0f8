/* due_heap.h: things ordered by when they are due: a binary heap whose members know their place, so that one
 * of ten thousand is moved or taken out in a few steps. */
#ifndef QUAYWATCH_HEALTH_DUE_HEAP_H
#define QUAYWATCH_HEALTH_DUE_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The first member of what is put in. All zero is: in no heap. */
struct due {
    int64_t at_ms;
    size_t place; /* index + 1 in the heap; 0: not in it */
};

/* All zero is an empty heap. It points to its members and owns none. */
struct due_heap {
    struct due **item;
    size_t count, room;
};

/* Puts due in at at_ms, or moves it there when it is in already. */
void due_heap_set(struct due_heap *heap, struct due *due, int64_t at_ms);

/* Takes due out; nothing happens when it is not in. */
void due_heap_remove(struct due_heap *heap, struct due *due);

/* The one due first, or NULL. */
struct due *due_heap_first(const struct due_heap *heap);

/* Frees the heap's own memory; it is empty and usable afterwards. Members are not touched. */
void due_heap_free(struct due_heap *heap);

#endif
