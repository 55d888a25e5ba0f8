/* item.h: what is to be recorded, on its way from the loop to the file. */
#ifndef QUAYWATCH_EXPORTER_HISTORY_ITEM_H
#define QUAYWATCH_EXPORTER_HISTORY_ITEM_H

#include "controller/core/journal.h"
#include "exporter/history/timeline.h"

enum item_kind {
    ITEM_SERVICE,    /* from now on .number stands for the service with key text[0], name text[1] */
    ITEM_STATE,      /* .condition, .status */
    ITEM_SPAN,       /* .at_ms to .until_ms was watched; .first, .ended */
    ITEM_FORGET,     /* the clock was set back: what was recorded for times after .at_ms has not been yet */
    ITEM_TRANSITION, /* text: container, from, to, reason */
    ITEM_RESTART,    /* text: container, reason, result */
    ITEM_DECISION,   /* text: container, action, reason, sentence */
    ITEM_EVENT,      /* .id, .severity; text: kind, service, container, sentence */
    ITEM_MINUTE,     /* .minute: the checks of the minute that began at .at_ms */
};

enum { ITEM_TEXTS = 4 };

/* The checks of one service in one minute. */
struct minute_row {
    uint32_t number, checks, failures;
    uint32_t from, len; /* its place in bytes: what sketch_encode wrote */
};

struct minute {
    struct minute_row *row;
    size_t count;
    uint8_t *bytes;
};

struct item {
    struct item *next;
    enum item_kind kind;
    uint32_t number; /* of the service, small and without gaps; see ITEM_SERVICE */
    unsigned replica;
    int64_t at_ms, until_ms;
    enum condition condition;
    enum status status;
    bool first, ended; /* of a run: the first span, and the last one, which was ended in order */
    uint64_t id;
    enum severity severity;
    struct minute minute;         /* owned */
    const char *text[ITEM_TEXTS]; /* in the item's own block; never NULL in those that its kind has */
};

/* A copy of item, with its texts; minute is taken over. */
struct item *item_new(const struct item *item);

/* Frees it and all that follow it. NULL is fine. */
void items_free(struct item *item);

#endif
