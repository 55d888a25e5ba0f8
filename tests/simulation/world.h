/* world.h: a simulated host: services in compose projects, their containers, an engine that starts and stops
 * them, and everything that goes wrong in a month. Time is the world's own and stands still between its
 * steps. */
#ifndef QUAYWATCH_TESTS_SIMULATION_WORLD_H
#define QUAYWATCH_TESTS_SIMULATION_WORLD_H

#include <uthash.h>

#include "docker/container.h"

enum { SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE, DAY = 24 * HOUR };
enum { SLOTS_MAX = 3, DEPENDENCIES_MAX = 2, PROJECT_SERVICES = 5 };
enum { CHECK_INTERVAL_MS = 10 * SECOND, CHECK_TIMEOUT_MS = 5 * SECOND, CHECK_RETRIES = 3 };

struct world;
struct tally;
typedef void world_step(struct world *world, void *subject, uint64_t tag);

/* Who heals. */
enum healer { HEALER_NONE, HEALER_NAIVE, HEALER_QUAYWATCH, HEALER_COUNT };

/* What is wrong with the run of a container; a restart cures the first four. */
enum fault { FAULT_NONE, FAULT_HANG, FAULT_ERRORS, FAULT_STALE, FAULT_FLAPPING, FAULT_COUNT };

/* What a release is like. */
enum release { RELEASE_GOOD, RELEASE_ERRORS, RELEASE_CRASHES };

/* What an asker gets. */
enum answer { ANSWER_OK, ANSWER_REFUSED, ANSWER_TIMEOUT, ANSWER_ERROR, ANSWER_UNREACHABLE };

/* Checks as Docker makes them for a HEALTHCHECK, and a script for what has none. */
struct checker {
    enum status status; /* starting, healthy, unhealthy */
    unsigned failures, same;
    int64_t due; /* 0: nothing has changed for long, so nothing is checked */
    enum answer latest;
};

struct contained {
    UT_hash_handle hh;
    char id[65], name[96], address[32];
    struct slot *slot;
    enum container_state state;
    int exit_code;
    bool oom, busy; /* busy: the engine stops or restarts it */
    bool gone;      /* destroyed */
    bool by_person; /* stopped or paused by one */
    bool by_engine; /* left stopped by an engine that restarted */
    bool finished;  /* a job that ended as it should */
    int64_t created, started, finished_at;
    int64_t ready;      /* from when on its present run answers */
    uint64_t run, life; /* number of the run; of its operations */
    unsigned crashes;   /* in a row, for Docker's own waiting time */
    enum fault fault;
    enum release release;
    bool flap_down;        /* a flapping one errs at present */
    int64_t curable_since; /* a restart would help since then; 0: not so */
    bool restart_seen;     /* and one was issued */
    struct checker checker;
    void *probe;      /* the prober's slot */
    int64_t look_due; /* quaywatch inspects it then */
};

/* The place of one replica: containers come and go. */
struct slot {
    struct sim_service *service;
    unsigned number;
    struct contained *current, *incoming; /* incoming: the next generation, while both are there */
    bool deploying;
    int64_t overload_until; /* errs until then, whatever is restarted */
    uint64_t generation;
};

struct sim_service {
    struct project *project;
    const char *role;
    char name[48];
    unsigned index, slot_count;
    struct slot slot[SLOTS_MAX];
    struct sim_service *dependency[DEPENDENCIES_MAX];
    unsigned dependency_count;
    bool deep;        /* its health says when a dependency is down */
    bool healthcheck; /* has a HEALTHCHECK; else a label asks for an http check */
    bool keeps;       /* Docker's policy is unless-stopped; else no */
    bool job;         /* runs once a day and ends with 0 */
    bool slow;        /* its starts now and then take longer than its start period */
    int64_t start_ms, start_period_ms;
    bool sick, answering;
    int64_t sick_since, down_since;
};

struct project {
    char name[32];
    struct sim_service service[PROJECT_SERVICES];
    unsigned count;
};

struct world {
    int64_t now, end;
    uint64_t seed, random, ids, serial;
    struct queue_item *queue;
    size_t queued, queue_cap;
    struct project *projects;
    size_t project_count, service_count;
    struct contained *containers; /* by id, those that exist */
    struct contained **all;       /* and all that ever were */
    size_t all_count, all_cap;
    struct arena arena; /* of what planned steps may name */
    bool engine_up;
    uint64_t changes;             /* of anything that a healer may see */
    int64_t cut_until, cut_ended; /* our own network */
    enum healer healer;
    struct daemon *daemon;
    struct naive *naive;
    struct tally *tally;
};

/* ---- queue.c: what will happen ---- */

/* Calls step at the time at (not before now), in order of time, then of asking. */
void world_at(struct world *world, int64_t at, world_step *step, void *subject, uint64_t tag);

/* Runs until the world's end. */
void world_run(struct world *world);

/* Draws: a number, one between low and high, whether something of this probability happens. */
uint64_t draw(uint64_t *state);
int64_t draw_between(uint64_t *state, int64_t low, int64_t high);
bool draw_chance(uint64_t *state, double probability);

/* ---- world.c: containers and services ---- */

/* A host with so many services, all up, at the beginning of a month. */
void world_open(struct world *world, size_t services, unsigned days, uint64_t seed, enum healer healer,
                struct tally *tally);
void world_close(struct world *world);

/* The container with this id, or NULL. */
struct contained *world_find(struct world *world, const char *id);

/* What an asker inside gets; unreachable is for those outside only. */
enum answer contained_answers(const struct world *world, const struct contained *contained);
bool service_answers(const struct world *world, const struct sim_service *service);

/* A required dependency of the service does not answer. */
bool service_victim(const struct world *world, const struct sim_service *service);

/* Something that answers depend on has changed in this project. */
void project_changed(struct world *world, struct project *project);

/* A new container in a slot, created and not started. */
struct contained *contained_create(struct world *world, struct slot *slot, const char *name);
void contained_start(struct world *world, struct contained *contained);
void contained_die(struct world *world, struct contained *contained, int exit_code, bool oom);
void contained_destroy(struct world *world, struct contained *contained);
void contained_fault(struct world *world, struct contained *contained, enum fault fault);

/* docker stop: kill, die, stop; then. docker restart: the same and start, then done(true), or done(false)
 * when the engine went away meanwhile. Both need a container that is not busy. */
void contained_stop(struct world *world, struct contained *contained, world_step *then, uint64_t tag);
typedef void restart_done(struct world *world, void *user, bool worked);
void contained_restart(struct world *world, struct contained *contained, restart_done *done, void *user);

/* The engine tells whoever listens. */
void world_tell(struct world *world, struct contained *contained, enum engine_action action, int number);

/* What inspect says; container_free. */
struct container *contained_inspect(const struct world *world, const struct contained *contained);

/* ---- checker.c: Docker's own checks, and those of a script ---- */
void checker_begin(struct world *world, struct contained *contained);
void checker_wake(struct world *world, struct contained *contained);

/* ---- deploy.c, incidents.c: what people and fate do ---- */
void slot_deploy(struct world *world, struct slot *slot, bool rolling, enum release release);
void incidents_plan(struct world *world);

/* ---- daemon.c: quaywatch in this world ---- */
struct daemon *daemon_open(struct world *world);
void daemon_turn(struct daemon *daemon);
void daemon_event(struct daemon *daemon, struct contained *contained, enum engine_action action, int number);
void daemon_engine(struct daemon *daemon, bool up);
void daemon_wake(struct daemon *daemon, struct contained *contained);
void daemon_kill(struct daemon *daemon); /* killed with -9, and started again */
void daemon_close(struct daemon *daemon);
bool daemon_waited(struct daemon *daemon,
                   const struct contained *contained); /* for a dependency, long enough */
const char *daemon_reason(struct daemon *daemon, const struct contained *contained);

/* ---- naive.c: a loop that restarts whatever is unhealthy or exited, every 5 s ---- */
struct naive *naive_open(struct world *world);
void naive_close(struct naive *naive);

/* ---- tally.c: what came of it ---- */
enum deed {
    DEED_USEFUL,
    DEED_USELESS,
    DEED_WAITED, /* the victim of a dependency that was given up: DEPENDENCY_TIMEOUT */
    DEED_DEPLOYING,
    DEED_STOPPED,
    DEED_FINISHED,
    DEED_VICTIM,
    DEED_STARTING,
    DEED_CUT,
    DEED_COUNT
};
struct tally {
    uint64_t restarts, deeds[DEED_COUNT], missed, incidents, checks;
    unsigned peak_minute, peak_flight, flight;
    int64_t sick_ms, minute;
    unsigned in_minute;
    uint64_t holds[HOLD_COUNT];
    bool verbose;
};

/* A healer asks for a restart now. */
void tally_restart(struct world *world, struct contained *contained);

/* A restart would help from now on, or no longer. */
void tally_curable(struct world *world, struct contained *contained, bool curable);

/* Prints the month. */
void tally_print(const struct tally tally[HEALER_COUNT], size_t services, unsigned days, uint64_t seed);

#endif
