/* memory.h: what healing must remember, by identity key and replica: it survives a recreated container and,
 * in STATE_DIR, a restarted controller. Times are wall clock, since they outlive the process. */
#ifndef QUAYWATCH_CONTROLLER_MEMORY_H
#define QUAYWATCH_CONTROLLER_MEMORY_H

#include "controller/healing/healing.h"

struct buf;
struct error;

struct memory;

/* An empty memory. */
struct memory *memory_new(void);

/* Frees it. NULL is fine. */
void memory_free(struct memory *memory);

/* The entry of key and replica, made when it is new; stays valid until memory_expire or memory_free. */
struct healing *memory_get(struct memory *memory, const char *key, unsigned replica);

/* The entry whose own key (healing->key) this is; NULL when it is forgotten. */
struct healing *memory_find(struct memory *memory, const char *entry_key);

/* Display names by key: remembered beside, so that names stay with their keys. */
void memory_set_name(struct memory *memory, const char *key, const char *name);
void memory_each_name(const struct memory *memory,
                      void (*each)(void *user, const char *key, const char *name), void *user);

/* Maintenance of a key: nobody heals it before until_wall_ms (0: none). It is the key's, so that it survives
 * recreated containers. */
void memory_set_maintenance(struct memory *memory, const char *key, int64_t until_wall_ms);
int64_t memory_maintenance(const struct memory *memory, const char *key);

/* Forgets entries not used since before_wall_ms. */
void memory_expire(struct memory *memory, int64_t before_wall_ms);

/* The machine's clock was set by by_ms: healing_clock_moved for each entry. Maintenance ends at the time of
 * day that was said. */
void memory_clock_moved(struct memory *memory, int64_t by_ms, int64_t now_wall_ms);

/* Writes all as JSON. */
void memory_render(const struct memory *memory, struct buf *out);

/* What memory_render writes from now on is the beginning of another series of changes, named by the time;
 * and: it is safe on disk, so that changes count from there. */
void memory_begin(struct memory *memory, int64_t now_wall_ms);
void memory_began(struct memory *memory);

/* Writes what has changed since memory_began, or the last call, as a line of JSON; nothing when nothing has.
 */
void memory_render_changes(struct memory *memory, struct buf *out);

/* Reads what memory_render wrote into an empty memory. -EBADMSG with a sentence for damaged text: memory then
 * holds what could be read. Pure; fuzzed. */
int memory_read(struct memory *memory, const char *json, size_t len, struct error *err);

/* Reads the lines of memory_render_changes over the memory that they belong to; those of another series and
 * an unfinished last one are left out. -EBADMSG with a sentence for a damaged line: those before it were
 * taken.
 */
int memory_read_changes(struct memory *memory, const char *text, size_t len, struct error *err);

#endif
