/* journal.h: what happened lately, as numbered events in a bounded ring. Plain memory; whoever shows it reads
 * from the number it has seen last. */
#ifndef QUAYWATCH_CORE_JOURNAL_H
#define QUAYWATCH_CORE_JOURNAL_H

#include <stddef.h>
#include <stdint.h>

enum severity { SEVERITY_INFO, SEVERITY_WARNING, SEVERITY_CRITICAL, SEVERITY_EMERGENCY, SEVERITY_COUNT };
extern const char *const severity_name[SEVERITY_COUNT];

/* Every kind of event there is, in the order in which a reader meets them, and what it tells; the list ends
 * with a NULL name. */
struct event_kind {
    const char *name, *meaning;
};
extern const struct event_kind event_kinds[];

struct journal_event {
    uint64_t id; /* 1, 2, 3, …; goes on over restarts where history is kept */
    int64_t at_wall_ms;
    enum severity severity;
    const char *kind;      /* static text, one of event_kinds: "status", "restart", "failed", … */
    const char *service;   /* "" when it concerns none */
    const char *container; /* "" when it concerns none */
    const char *sentence;
};

struct journal;

/* An empty journal that keeps the latest JOURNAL_EVENTS events. */
enum { JOURNAL_EVENTS = 1024 };
struct journal *journal_new(void);

/* Frees it. NULL is fine. */
void journal_free(struct journal *journal);

/* Adds an event; its texts are copied (kind excepted), its id is given. Returns that id. */
uint64_t journal_add(struct journal *journal, const struct journal_event *event);

/* Puts an event of an earlier run in its place: with its own id, which must be above that of the latest. */
void journal_restore(struct journal *journal, const struct journal_event *event);

/* Leaves out the next count ids: those of events that were lost when the run before was killed, and may have
 * been seen by others. */
void journal_skip(struct journal *journal, uint64_t count);

/* The first kept event with an id above after, or NULL. Valid until the next journal_add. */
const struct journal_event *journal_next(const struct journal *journal, uint64_t after);

/* The id of the latest event, 0 when there was none. */
uint64_t journal_last(const struct journal *journal);

#endif
