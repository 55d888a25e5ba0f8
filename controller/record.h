/* record.h: the private half of an instance, and which records are looked at in a turn. */
#ifndef QUAYWATCH_CONTROLLER_RECORD_H
#define QUAYWATCH_CONTROLLER_RECORD_H

#include <sys/queue.h>
#include <uthash.h>

#include "controller/assess.h"
#include "health/breaker.h"
#include "health/due_heap.h"
#include "health/verdict.h"

struct controller;
struct external;
struct survey_note;

/* The latest outcome of a check as it is kept: most sentences are short. */
struct outcome_kept {
    enum outcome_kind kind;
    int http_status;
    double response_ms;
    char *message; /* owned; NULL: none yet */
    bool has_body_status;
    enum status body_status;
    size_t check_count;
    struct outcome_check *check; /* owned */
};

/* The private half of an instance: what the controller needs to judge it. */
struct record {
    struct due due; /* first: the heap gives it back. Look at it then (mono ms) */
    UT_hash_handle hh;
    TAILQ_ENTRY(record) marked_link;
    char id[65];
    struct ref ref;
    struct healing *healing;
    struct external *external; /* what it was made of when it is no container, else NULL */
    struct check_plan plan;
    struct verdict verdict;
    struct breaker *breaker;     /* NULL: closed, and no failure is remembered; see record_breaker */
    struct outcome_kept outcome; /* the latest */
    bool has_outcome;
    uint32_t answered6;         /* where its second address has answered, see address6.h; 0: nowhere yet */
    uint16_t wait6_s;           /* between the latest two tries of it; 0: there were none */
    int64_t passed_at_wall_ms;  /* its latest pass; 0: none yet */
    bool counted;               /* the latest outcome is one of those that the network is judged by */
    unsigned unmade;            /* checks in a row that could not be made, stops at the retries */
    bool tcp_instead;           /* an implicit http check met bytes that are not HTTP */
    bool doubted;               /* its latest answer is from a time when the network was in doubt */
    bool breaker_told;          /* its opening and half-opening, since it was last closed */
    bool network_fault;         /* the latest outcome may be our own network's fault */
    int64_t cpu_read_wall_ms;   /* the latest measurement of its run (engine's clock), 0: none; */
    uint64_t cpu_ns;            /* and what it had used of a processor by then */
    bool seen_running;          /* by this controller */
    int64_t started_at_wall_ms; /* of the run that is judged */
    int stop_signal;            /* the container's; 15 by default */
    bool stop_asked;            /* kill or stop since the start, not ours: somebody wants it to end */
    int64_t
        leaving_until_mono_ms; /* of one that was sent a stop signal: if it runs on then, it stays; 0: none */
    bool oom_seen;             /* the kernel ended a process in it since the start */
    bool stop_noted;           /* its present stop is remembered (see intake_stop.c) */
    bool stop_uncounted;       /* and not counted yet: it may turn out to be something else until */
    int64_t stop_certain_at_wall_ms;
    bool restarting;             /* a restart of ours is under way: */
    int64_t stale_until_mono_ms; /* a restart has just ended: nothing is decided before the next inspect, or
                                    then */
    char *restart_trouble;       /* why the latest restart of this run did not work, or NULL; owned */
    bool restart_sent;           /* the engine has been asked, so what it does to the container is ours */
    bool own_kill_due;           /* of that restart: the engine will tell of one stop signal, ours */
    bool stop_meanwhile;         /* and of another, which is somebody else's */
    bool dirty;                  /* looked at in this turn: it waits for it, or it is being looked at */
    bool listed;                 /* it waits for it */
    bool needs_recreate;         /* only a new container can have a network again; shown, */
    bool told_recreate;          /* and told */
    struct survey_note *note;    /* of the survey under way, else NULL */
    unsigned surveyed;           /* which of its findings are shown, a bit each */
    enum action logged_action;   /* what the log has said */
    const char *logged_reason;
    enum status logged_status;
};

TAILQ_HEAD(record_list, record);

/* The record of a container id, or NULL. */
struct record *record_find(struct controller *controller, const char *id);

/* Marks a record, or all, for this turn's look. */
void record_mark(struct controller *controller, struct record *record);
void records_mark_all(struct controller *controller);

/* It is to be looked at then, or earlier if that was asked for; 0: nothing asked. */
void record_look_at(struct controller *controller, struct record *record, int64_t wall_ms);

/* Its container is being looked at by the engine: nothing is decided before that is answered, or 5 s have
 * passed. */
void record_await(struct controller *controller, struct record *record);

/* Takes the next record to be looked at: marked, or due by now; NULL when there is none. Its wish for a later
 * look is forgotten. It counts as marked until the caller clears record->dirty. */
struct record *record_next(struct controller *controller);

/* When the next record is due (mono ms); 0: none. */
int64_t records_due(const struct controller *controller);

/* Whether the latest check of a record has an outcome, and whether that may be our own network's fault. */
void record_answered(struct controller *controller, struct record *record, bool answered, bool network_fault);

/* Keeps what a check found; outcome->check is taken over. */
void record_outcome_keep(struct record *record, const struct outcome *outcome);

/* The latest outcome in full; its check list stays the record's. */
void record_outcome(const struct record *record, struct outcome *ret);

/* Its breaker, to look at; and its own, to be changed: after that record_breaker_settle, which lets it go
 * when it has nothing to remember. Most never have. */
const struct breaker *record_breaker(const struct record *record);
struct breaker *record_breaker_own(struct record *record);
void record_breaker_settle(struct record *record);

/* Keeps why the latest restart of its run did not work; NULL: it did, or there was none. */
void record_restart_trouble(struct record *record, const char *sentence);

/* Forgets a record, or all. */
void record_free(struct controller *controller, struct record *record);
void records_free(struct controller *controller);

#endif
