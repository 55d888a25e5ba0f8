/* SPDX-License-Identifier: MIT */
/* A binary heap of things that are due, smallest time first. */
#include "health/due_heap.h"

#include <stdlib.h>

#include "controller/core/mem.h"

static void heap_put(struct due_heap *heap, size_t index, struct due *due)
{
    heap->item[index] = due;
    due->place = index + 1;
}

/* Moves the member at index towards the root until its parent is not later. */
static size_t sift_up(struct due_heap *heap, size_t index)
{
    struct due *due = heap->item[index];
    while (index > 0) {
        size_t parent = (index - 1) / 2;
        if (heap->item[parent]->at_ms <= due->at_ms)
            break;
        heap_put(heap, index, heap->item[parent]);
        index = parent;
    }
    heap_put(heap, index, due);
    return index;
}

/* Moves the member at index away from the root until no child is earlier. */
static void sift_down(struct due_heap *heap, size_t index)
{
    struct due *due = heap->item[index];
    for (;;) {
        size_t child = 2 * index + 1;
        if (child >= heap->count)
            break;
        if (child + 1 < heap->count && heap->item[child + 1]->at_ms < heap->item[child]->at_ms)
            child++;
        if (due->at_ms <= heap->item[child]->at_ms)
            break;
        heap_put(heap, index, heap->item[child]);
        index = child;
    }
    heap_put(heap, index, due);
}

void due_heap_set(struct due_heap *heap, struct due *due, int64_t at_ms)
{
    due->at_ms = at_ms;
    if (due->place == 0) {
        if (heap->count == heap->room) {
            heap->room = heap->room ? 2 * heap->room : 64;
            heap->item = mem_resize(heap->item, heap->room, sizeof(struct due *));
        }
        heap_put(heap, heap->count++, due);
    }
    sift_down(heap, sift_up(heap, due->place - 1));
}

void due_heap_remove(struct due_heap *heap, struct due *due)
{
    if (due->place == 0)
        return;
    size_t index = due->place - 1;
    due->place = 0;
    heap->count--;
    if (index == heap->count)
        return;
    heap_put(heap, index, heap->item[heap->count]);
    sift_down(heap, sift_up(heap, index));
}

struct due *due_heap_first(const struct due_heap *heap)
{
    return heap->count > 0 ? heap->item[0] : NULL;
}

void due_heap_free(struct due_heap *heap)
{
    free(heap->item);
    *heap = (struct due_heap){0};
}
