/* store_internal.h: for the store*.c files only. */
#ifndef QUAYWATCH_EXPORTER_HISTORY_STORE_INTERNAL_H
#define QUAYWATCH_EXPORTER_HISTORY_STORE_INTERNAL_H

#include "exporter/history/database.h"
#include "exporter/history/store.h"

/* A service as the loop numbers it, and its row in the file. */
struct place {
    char *key, *name;
    int64_t id; /* 0: not looked up yet */
};

struct store {
    char *path;
    unsigned days;
    int64_t max_bytes;
    struct database *database;        /* NULL: closed */
    bool damaged;                     /* it turned out to be: the next opening sets it aside */
    int64_t seen_from_ms, seen_to_ms; /* see store_seen */
    struct place *place;
    size_t place_count;
};

#endif
