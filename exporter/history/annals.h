/* annals.h: the door of the history: what happens is told here, by the loop, and stands on disk within about
 * a second; what happened is asked for here, and answered in a later turn. A thread of its own writes and
 * reads the file (store.h), one transaction a second while there is something: nothing here ever waits for
 * the disk. What is killed with -9 has lost at most its last second, and of the checks the minute that ran.
 */
#ifndef QUAYWATCH_EXPORTER_HISTORY_ANNALS_H
#define QUAYWATCH_EXPORTER_HISTORY_ANNALS_H

#include "controller/core/journal.h"
#include "controller/core/service.h"
#include "exporter/history/timeline.h"

typedef struct uv_loop_s uv_loop_t;
struct annals;
struct error;
struct store;

/* Something is wrong with the history: once when it begins (lasting), or about something that is over
 * already; NULL: it is well again, and all that is known should be told anew with annals_state, since
 * changes may have been lost meanwhile. On the loop, or from annals_open. */
typedef void annals_say(void *user, bool lasting, const char *sentence);

/* An event of an earlier run; oldest first. kind is one of event_kinds. At last perhaps once with NULL: that
 * run was killed, so that there may have been a few more. */
typedef void annals_recall(void *user, const struct journal_event *event);

struct annals_options {
    const char *path;  /* of the file */
    unsigned days;     /* how long the longest-lived is kept */
    int64_t max_bytes; /* of the file; the oldest goes first */
    annals_say *say;
    annals_recall *recall; /* called by annals_open for the latest JOURNAL_EVENTS */
    void *user;
};

/* Opens the file (this once on the caller's time: milliseconds) and starts the thread. Never NULL: a file
 * that cannot be opened is said, and tried again every few seconds. */
struct annals *annals_open(uv_loop_t *loop, const struct annals_options *options, struct moment now);

/* Writes what waits and ends the thread; the loop must run once more. NULL is fine. */
void annals_close(struct annals *annals, struct moment now);

/* Why nothing is recorded at present, or NULL. */
const char *annals_trouble(const struct annals *annals);

/* ---- telling: all of these take NULL for annals and then do nothing ---- */

/* From now on quaywatch sees how services are; or does not: what happens then is unknown time. The first time
 * begins a run: what was known before says nothing of how things are. */
void annals_watch(struct annals *annals, bool sees, struct moment now);

/* The machine's clock was set by so much. All services are to be told anew. */
void annals_clock(struct annals *annals, int64_t jump_ms, struct moment now);

/* How a service is, with its present status and name; the same as before is nothing. */
void annals_state(struct annals *annals, const struct service *service, enum condition condition,
                  struct moment now);

/* What was told last of a service; CONDITION_GONE: nothing. */
enum condition annals_condition(const struct annals *annals, const char *key);

/* The service of that key does not exist any more. */
void annals_gone(struct annals *annals, const char *key, struct moment now);

/* A check of one of its instances; response_ms counts if it passed. Folded in memory, written once a minute.
 */
void annals_check(struct annals *annals, const struct service *service, bool passed, double response_ms,
                  struct moment now);

/* Its status changed; before NULL: it is new. */
void annals_transition(struct annals *annals, const struct instance *instance, const char *before,
                       const char *reason, struct moment now);

/* A restart of ours ended, and how. */
void annals_restart(struct annals *annals, const struct instance *instance, const char *reason,
                    const char *result, struct moment now);

/* Its decision, with the sentence to be kept. */
void annals_decision(struct annals *annals, const struct instance *instance, const char *sentence,
                     struct moment now);

/* An event of the journal. */
void annals_event(struct annals *annals, const struct journal_event *event);

/* ---- asking ---- */

/* Uptime of the service with that key over the last window_ms (at most 35 days), in percent: cheap, for the
 * rules of alerts: it is what was last worked out, off the loop, at most a minute ago if it is asked for
 * again and again. Below 0: not known, or not yet: ask again in a second. NULL for annals gives that, too. */
double annals_uptime(struct annals *annals, const char *key, int64_t window_ms, struct moment now);

/* Something to be found out in the file, off the loop: belongs to the caller, and begins whatever that needs.
 */
struct annals_job {
    struct annals_job *next; /* the annals' own */
    /* In the thread; store is open. 0, or a code of store.h with a sentence. */
    int (*work)(struct annals_job *job, struct store *store, struct error *err);
    /* On the loop, in a later turn, exactly once: 0, or a code with a sentence (nothing was found out). The
     * job may be freed now. */
    void (*done)(struct annals_job *job, int code, const char *sentence);
};

/* Asks for what is known by now. -ENOBUFS when LIMIT_HISTORY_JOBS wait already: then done is not called. */
int annals_ask(struct annals *annals, struct annals_job *job, struct moment now);

#endif
