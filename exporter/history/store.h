/* store.h: the history file: one SQLite database, STATE_DIR/history.db. Bounded by age and size: of checks,
 * minutes are kept for 26 hours and hours for 35 days, like the changes of status that uptime is worked out
 * from; days, transitions, restarts, decisions and events for as many days as is set. Blocks: never on the
 * loop. One thread at a time. */
#ifndef QUAYWATCH_EXPORTER_HISTORY_STORE_H
#define QUAYWATCH_EXPORTER_HISTORY_STORE_H

#include "exporter/history/item.h"
#include "exporter/history/sketch.h"

struct error;
struct store;

/* How long, in hours; and the step by which a file that grew too large is shortened. */
enum {
    STORE_MINUTE_HOURS = 26,
    STORE_HOUR_HOURS = 35 * 24,
    STORE_SHARE = 10 /* each kind gives up the oldest tenth of its time */
};

/* Nothing is opened yet. max_bytes: of what is in use in the file. */
struct store *store_new(const char *path, unsigned days, int64_t max_bytes);

/* Closes and frees it. NULL is fine. */
void store_free(struct store *store);

/* What opening found out. */
enum store_opening {
    STORE_OPEN,   /* there it is */
    STORE_FRESH,  /* a damaged one was set aside as ….damaged, a fresh one begun; err has the sentence */
    STORE_NEWER,  /* a later quaywatch wrote it: it is not touched, and never will be; err */
    STORE_CLOSED, /* it cannot be opened at present: no room, not allowed, …; err */
};

/* Opens the file, makes it when there is none. */
enum store_opening store_open(struct store *store, struct error *err);

/* Closes it, in order. It may be opened again. */
void store_close(struct store *store);

/* Fills err with what a code from reading or writing meant, and returns it. */
int store_failed(struct store *store, int code, struct error *err);

/* Whether it is open. */
bool store_is_open(const struct store *store);

/* ---- writing: store_write.c ---- */

/* Writes items (linked by next) in one transaction: all or nothing. 0, or a code of database.h with a
 * sentence; damaged: close, then open, sets the file aside. */
int store_write(struct store *store, const struct item *item, struct error *err);

/* Removes what is too old, or from a time that has not been yet, or too much. Call now and then: an hour of
 * its own when nothing is to go costs little. Fails as store_write. */
int store_tidy(struct store *store, int64_t now_ms, struct error *err);

/* Bytes in use in the file, below 0 when that cannot be said. */
int64_t store_bytes(struct store *store);

/* ---- reading: store_read.c ---- */

enum store_level { STORE_MINUTES, STORE_HOURS, STORE_DAYS, STORE_LEVELS };
extern const int64_t store_level_s[STORE_LEVELS]; /* 60, 3600, 86400 */

/* The row of a service, by key: its id and when it was first recorded. 1 found, 0 not, or a code. */
int store_find(struct store *store, const char *key, int64_t *ret_id, int64_t *ret_since_ms);

/* What was watched, in order, at most STORE_SPANS of the latest; freed with free(). 0 or a code. */
enum { STORE_SPANS = 20000, STORE_STATES = 50000 };
int store_spans(struct store *store, struct span **ret, size_t *ret_count);

/* The span that began at from_ms has lasted until to_ms, whatever the file says yet: for reading. */
void store_seen(struct store *store, int64_t from_ms, int64_t to_ms);

/* Whether the latest run of quaywatch that is recorded ended in order. */
bool store_ended(struct store *store);

/* The timeline of a service up to now, from its latest STORE_STATES states. 0 or a code. */
int store_timeline(struct store *store, int64_t id, const struct span *span, size_t span_count,
                   int64_t now_ms, struct timeline *ret);

/* Adds the checks of one service that began in from_s to to_s (both multiples of the level's length). 0 or a
 * code. */
int store_tally(struct store *store, enum store_level level, int64_t id, int64_t from_s, int64_t to_s,
                struct tally *tally);

/* The same for all services at once: asks whose tally that of an id is; NULL: it is not wanted. */
typedef struct tally *store_whose(void *user, int64_t id);
int store_tallies(struct store *store, enum store_level level, int64_t from_s, int64_t to_s,
                  store_whose *whose, void *user);

/* One row of a list; texts live for the call. What text[0 …] are says item.h. */
struct store_row {
    int64_t service, at_ms;
    uint64_t id;
    enum severity severity;
    const char *text[ITEM_TEXTS];
};
typedef void store_each_row(void *user, const struct store_row *row);

/* The latest transitions, restarts or decisions of a service, newest first. 0 or a code. */
int store_list(struct store *store, enum item_kind kind, int64_t id, size_t limit, store_each_row *each,
               void *user);

/* The latest events, oldest first. 0 or a code. */
int store_events(struct store *store, size_t limit, store_each_row *each, void *user);

/* Restarts that were tried since then, of one service; or of all, calling back with the number as at_ms. */
int store_restarts(struct store *store, int64_t id, int64_t from_ms, int64_t *ret);
int store_all_restarts(struct store *store, int64_t from_ms, store_each_row *each, void *user);

#endif
