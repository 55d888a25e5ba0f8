/* healing.h: what is remembered of one identity key and replica for healing it, and how that memory moves.
 * Pure. Times are wall clock, since they outlive the process. CONTRACT section 5. */
#ifndef QUAYWATCH_CONTROLLER_HEALING_H
#define QUAYWATCH_CONTROLLER_HEALING_H

#include "controller/core/service.h"

/* Why a container that does not run is not running. */
enum intent {
    INTENT_NONE, /* it runs */
    INTENT_CRASH,
    INTENT_OOM, /* a crash: the kernel ended it for lack of memory */
    INTENT_FINISHED,
    INTENT_MANUAL,
    INTENT_DEPLOY, /* a deployment replaced it */
    INTENT_ENGINE_SHUTDOWN,
    INTENT_FIRST_SEEN,
    INTENT_UNKNOWN,
    INTENT_OURS,
    INTENT_COUNT
};
extern const char *const intent_name[INTENT_COUNT];

struct history;

/* All zero but the key is a new one. */
struct healing {
    char *key;        /* "<identity key>#<replica>" */
    unsigned counted; /* restarts since it was last healthy for a whole window: the budget's */
    unsigned total;   /* all restarts ever */
    int64_t last_at;  /* 0: never restarted */
    char last_reason[32];
    unsigned backoff_step; /* restarts since it was last healthy for 10 minutes */
    int64_t healthy_since; /* 0: not healthy now */
    int64_t failed_since;  /* 0: not failed */
    unsigned trials;       /* trial restarts while failed */
    int64_t next_trial_at;
    char passed_check[96];           /* the check that has passed for this key: "http /health" */
    char image[80], config_hash[72]; /* of the container that this was learnt from */
    enum intent intent;              /* of the latest stop */
    char intent_container[65];       /* container id the intent belongs to */
    int64_t intent_at;
    char pending_container[65]; /* a restart of ours is under way on this container */
    int64_t pending_at;         /* 0: none */
    enum intent stop_intent;    /* of the latest stop, also when it runs again; INTENT_NONE: none known */
    int stop_exit_code;
    int64_t stop_at;
    int64_t run_at;              /* when the latest run of it that was seen began; 0: none seen */
    int64_t restarted_at;        /* when it began anew, whoever did it; 0: never seen to */
    int64_t followed_at;         /* the dependency's restarted_at that was followed, */
    char followed_container[65]; /* by this container: each is followed once */
    struct history *history;     /* its latest decisions, NULL: none worth it; owned */
    char container[65];          /* the one made last: it stands for this entry */
    int64_t container_at;        /* when that was made */
    int64_t breaker_opened_at;   /* 0: its breaker is closed */
    unsigned breaker_tripped;    /* 1: a person opened it */
    int64_t reacted_at;          /* the failure (its failed_since) that on_failed was done for; 0: none */
    int64_t reacting_at;         /* the one it is being done for; forgotten with the process */
    int64_t rolled_back;         /* the version of the Swarm service that was rolled back; 0: none */
    int64_t used_at;             /* when an instance was last there: old entries are forgotten */
};

/* When the backoff after the latest restart ends (wall ms); 0: no backoff. Jitter is ±20 %, the same for the
 * same key and step, so that an answer does not change from look to look. */
int64_t healing_backoff_end(const struct healing *healing, const struct spec *spec);

/* Whether the budget of counted restarts is used up. */
bool healing_budget_used(const struct healing *healing, const struct spec *spec);

/* A restart of ours begins. trial: the budget is used up, this one is not counted. */
void healing_restart(struct healing *healing, const char *container, const char *reason, bool trial,
                     int64_t now);

/* A restart of ours begins because a dependency began anew at restarted_at: paced, but not counted. */
void healing_follow(struct healing *healing, const char *container, const char *reason, int64_t restarted_at,
                    int64_t now);

/* A run that began at started_at is seen (engine's clock). known: an earlier run of the same container was
 * seen; beside: another container with this memory is running, so this one may just be one more. True when it
 * began anew after an earlier run, also one that was seen before a recreation or a restart of ours. */
bool healing_run(struct healing *healing, int64_t started_at, bool known, bool beside);

/* The restart that healing_restart noted did not take place: the counts are again what they were in before.
 */
void healing_undo(struct healing *healing, const struct healing *before);

/* A person restarts: backoff, budget and failure are forgotten. */
void healing_person(struct healing *healing);

/* The instance is healthy (or not) at now: a window healthy clears the budget, 10 minutes the backoff;
 * healthy ends failed. Returns when the next of these will happen (wall ms), 0 for nothing pending. */
int64_t healing_observe(struct healing *healing, const struct spec *spec, bool healthy, int64_t now);

/* The same for one that runs and that nothing checks: a whole window of running clears the budget, and only
 * that ends failed. */
int64_t healing_observe_unchecked(struct healing *healing, const struct spec *spec, int64_t now);

/* The budget is used up and it is sick still: failed from now, first trial in 5 minutes. False when it was
 * already. */
bool healing_fail(struct healing *healing, int64_t now);

/* Times that a clock which has jumped back left in the future become now, so that nothing is held longer than
 * it would be had it just happened. healing_observe does it as well. */
void healing_mend_clock(struct healing *healing, int64_t now);

/* The machine's clock was set by by_ms: what is remembered moves along, so that waits stay as long as they
 * were. Then healing_mend_clock. */
void healing_clock_moved(struct healing *healing, int64_t by_ms, int64_t now);

/* A container of this key and replica was made at created_at (wall ms): whether it is the one made last,
 * which stands for the entry. An older one, that an orchestrator or a deployment has replaced, says nothing
 * about it. *ret_replaced: it takes the place of another one. */
bool healing_stands(struct healing *healing, const char *container, int64_t created_at, bool *ret_replaced);

/* Its orchestrator replaced it: counts like a restart of ours. */
void healing_replaced(struct healing *healing, int64_t now);

/* The container has this image and config hash ("" unknown): another one than before ends failed and clears
 * the budget. Whether it is another one. */
bool healing_container(struct healing *healing, const char *image, const char *config_hash);

#endif
