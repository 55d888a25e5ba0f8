/* mirror_internal.h: the mirror's own structure, shared by mirror.c (what stands outside, and what is to be
 * done) and mirror_wanted.c (what the registry wants). */
#ifndef QUAYWATCH_CORE_MIRROR_INTERNAL_H
#define QUAYWATCH_CORE_MIRROR_INTERNAL_H

#include <sys/queue.h>
#include <uthash.h>

#include "controller/core/buf.h"
#include "controller/core/mirror.h"

enum mirror_queue { QUEUE_REMOVE, QUEUE_PUT, QUEUE_LEFTOVER, QUEUE_COUNT, QUEUE_NONE = QUEUE_COUNT };

struct item {
    struct mirror_entry shown; /* the first member: what the exit gets is the item */
    char *name, *text;
    enum mirror_wish wish;
    bool was_wanted;         /* at some time in this run */
    bool busy, taken_text;   /* taken; and it was to be put */
    unsigned version, taken; /* of the text; and the one that was taken */
    unsigned list;           /* the latest list in which it was told of */
    bool seen;               /* while a service is looked at */
    struct owner *owner;     /* the service that wants it */
    LIST_ENTRY(item) by_owner;
    enum mirror_queue queue;
    TAILQ_ENTRY(item) queued;
    bool standing, counted, foreign; /* in the row of those outside; among the figures */
    TAILQ_ENTRY(item) row;
    UT_hash_handle hh;
};

LIST_HEAD(item_list, item);
TAILQ_HEAD(item_queue, item);

struct owner {
    char *name;
    struct item_list items;
    size_t counted;
    unsigned look; /* the latest one at all services in which it was there */
    UT_hash_handle hh;
};

struct mirror {
    const struct registry *registry;
    mirror_render *render;
    void *user;
    bool followed;
    uint64_t revision; /* of the registry, as followed */
    struct item *items;
    struct owner *owners;
    struct item_queue queue[QUEUE_COUNT], row;
    unsigned list, look;
    struct mirror_figures figures;
    struct buf name_text, text_text;
};

/* Whether what stands outside is ours, or may be. */
bool mirror_is_ours(enum mirror_outside outside);

/* The item of that name, made if there is none. */
struct item *mirror_item(struct mirror *mirror, const char *name);

/* Frees what has no items. */
void mirror_owner_free(struct mirror *mirror, struct owner *owner);

/* Takes the item out of the figures; mirror_place counts it again. */
void mirror_uncount(struct mirror *mirror, struct item *item);

/* Puts the item where it belongs now. False when it was freed: nobody wants it, and nothing of ours stands
 * outside. */
bool mirror_place(struct mirror *mirror, struct item *item);

#endif
