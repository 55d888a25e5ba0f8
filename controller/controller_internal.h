/* controller_internal.h: the controller's own structure, shared by its files: controller.c (life and settle),
 * intake*.c (what engine and checks report), judge.c (assess and decide), heal*.c (restarts), state.c
 * (STATE_DIR), controller_actions.c (what exporters ask for). */
#ifndef QUAYWATCH_CONTROLLER_CONTROLLER_INTERNAL_H
#define QUAYWATCH_CONTROLLER_CONTROLLER_INTERNAL_H

#include <uv.h>

#include "controller/check_inside.h"
#include "controller/controller.h"
#include "controller/core/journal.h"
#include "controller/core/registry.h"
#include "controller/core/stats.h"
#include "controller/healing/decide.h"
#include "controller/labels/overrides.h"
#include "controller/healing/memory.h"
#include "controller/reach.h"
#include "controller/record.h"
#include "controller/watch/network.h"
#include "controller/watch/watch.h"
#include "exporter/server.h"
#include "exporter/status_file.h"
#include "health/prober.h"

LIST_HEAD(rolling_list, rolling);

enum { RECENT_RESTARTS = 64 };

struct controller {
    const struct options *options;
    struct arena kept;      /* what outlives a SIGHUP: */
    const char *state_dir;  /* "" when none */
    int lock;               /* its descriptor plus one; 0: it is not locked */
    char state_holder[120]; /* another quaywatch that has it, "" when none does: then nothing is written, and
                             */
    int64_t lock_try_mono_ms; /* it is tried again; 0: not */
    struct options *reread;   /* those of the latest SIGHUP, or NULL */
    enum controller_task task;
    uv_loop_t loop;
    uv_prepare_t prepare;
    uv_check_t check;
    uv_timer_t wake_timer, state_timer, stop_timer;
    uv_signal_t sigterm, sigint, sighup;
    struct moment now;

    struct registry *registry;
    struct journal *journal;
    struct record *records;
    struct record_list marked; /* to be looked at in this turn */
    struct due_heap due;       /* and those whose time will come */
    struct watch *watch;
    struct reach *reach;
    struct prober *prober;
    struct prober *prober6;      /* of second addresses, see address6.h; NULL: there was none yet */
    struct check_inside *inside; /* makes the checks inside containers */
    struct usage_meter *usage;
    struct gone *gone;
    struct memory *memory;
    struct overrides *overrides;
    struct network_place place;
    bool on_host;
    int64_t place_read_mono_ms;
    char self_id[65], self_project[128];
    int64_t self_created_wall_ms; /* of our own container; 0: not seen among the engine's */
    struct deployments *deployments;
    struct externals *externals;     /* services outside Docker, see external.h */
    struct other_controller *others; /* see second.h */

    struct annals *annals; /* the history; NULL: none is kept. See chronicle.h */
    struct strings left;   /* keys of services that lost a container in this turn, in */
    struct arena left_arena;
    bool doubted_network; /* as the history was told */

    struct stats stats;
    struct exporter_context context;
    struct server *server;
    struct status_file *status_file;

    struct engine_view engine;
    int64_t settle_ends_mono_ms;
    int64_t clock_offset_ms;     /* wall minus mono at the latest turn; 0: no turn yet */
    uint64_t survey_topology;    /* of the registry, when the latest survey was made; */
    int64_t survey_next_mono_ms; /* the next one not before */
    struct saved {
        int64_t at_wall_ms;                /* of the whole memory on disk; */
        size_t whole_bytes, changes_bytes; /* how large that is, 0: not known; and what was added since */
    } saved;
    int64_t state_wait_ms; /* between a change of the healing memory and its writing */
    bool unreachable_many;
    unsigned unreachable_count, checked_count;
    int64_t reachable_since_mono_ms; /* the network was last in doubt before; 0: it never was */

    struct restart *restarts; /* under way and waiting, see heal.h */
    struct recent_restart {
        int64_t at_mono_ms;    /* 0: unused */
        uint64_t service;      /* hash of its key */
    } recent[RECENT_RESTARTS]; /* the latest, a ring */
    unsigned recent_next;
    struct candidate *candidates; /* of this turn */
    size_t candidate_count, candidate_cap;
    struct hook *hook;
    struct alerts *alerts;        /* see alerts.h */
    struct channels *channels;    /* that carry alerts; NULL unless TASK_RUN */
    struct exits *exits;          /* files, DNS, registries, proxies, see exits.h */
    struct rolling_list rolling;  /* Swarm services that are being rolled back */
    char second[256];             /* that an older controller heals, "" when there is none */
    char observe_only[256];       /* why nothing may be done, "" when we may */
    int64_t observe_ends_mono_ms; /* it is tried again then */
    char trouble[512];            /* why the controller is not well */
    char state_trouble[384], file_trouble[384];

    int64_t stop_at_mono_ms; /* stopping: no longer than until then */
    bool dirty;              /* there is something to settle */
    bool others_dirty;       /* other controllers came or went */
    bool all_dirty;          /* all records are to be looked at */
    bool state_dirty;        /* memory should be written */
    bool place_known;
    bool still_root; /* see privilege_drop: as soon as the engine answers */
    bool stopping;
};

/* ---- parts.c ---- */

/* Makes everything but loop, engine, prober and sockets; options, task and now are set. render: see
 * registry_new. */
void parts_open(struct controller *controller, registry_render *render);

/* Frees all of that, when nothing calls back any more. */
void parts_close(struct controller *controller);

/* When there is something to settle that waits for its time (mono ms); 0: nothing. */
int64_t parts_due(const struct controller *controller);

/* Settles what was recorded or is due. False: nothing was. */
bool parts_turn(struct controller *controller);

/* ---- tell.c ---- */

/* Something happened that people want to know: a line in the log and an event of kind (static text) in the
 * journal. instance: whom it concerns, or NULL. */
void tell(struct controller *controller, enum severity severity, const char *kind,
          const struct instance *instance, const char *format, ...) __attribute__((format(printf, 5, 6)));

/* The display name of its service, also before the registry has made it unique. */
const char *instance_service_name(const struct instance *instance);

/* ---- intake.c ---- */

/* The callbacks for watch_open, for the controller as user. */
const struct watch_callbacks *intake_callbacks(struct controller *controller, struct watch_callbacks *ret);

/* The record of an instance, made when it is new, with its healing memory. */
struct record *intake_record(struct controller *controller, const struct instance *instance);

/* Forgets a record and its instance. */
void intake_drop(struct controller *controller, struct record *record);

/* Shows what the memory says of a record's restarts. */
void restarts_show(struct controller *controller, const struct record *record, const struct spec *spec);

/* ---- intake_event.c ---- */

/* The watch's event callback. */
void intake_event(void *user, const struct engine_event *event);

/* ---- intake_stop.c ---- */

/* Remembers why the container of record is stopped (INTENT_NONE: it runs). A better knowledge of the present
 * stop corrects what was told of it. */
void intake_set_intent(struct controller *controller, struct record *record, enum intent intent);

/* The engine told of its death: a new stop, remembered, shown and told. */
void intake_died(struct controller *controller, struct record *record, enum intent intent, int exit_code,
                 int64_t at_wall_ms);

/* An inspect found it stopped, or between two restarts by Docker: what no event told is made up for. */
void intake_found_down(struct controller *controller, struct record *record, const struct observed *observed);
void intake_found_restarting(struct controller *controller, struct record *record,
                             const struct observed *observed);

/* Counts its stop for the metrics, if that was not done yet. */
void intake_count_stop(struct controller *controller, struct record *record);

/* Shows the latest stop that is remembered. */
void intake_show_stop(struct controller *controller, const struct record *record);

/* ---- intake_outcome.c ---- */

/* The prober's result callback. */
void intake_outcome(void *user, struct ref ref, struct outcome *outcome);

/* ---- judge.c ---- */

/* Looks at what is marked or due: health, breaker, decision; starts what is decided. */
void judge_settle(struct controller *controller);

/* Plans the check of a record anew and tells the prober. */
void judge_plan(struct controller *controller, struct record *record, const struct instance *instance);

/* The decision that is shown goes into the history, if it is news. */
void judge_remember(struct controller *controller, const struct record *record,
                    const struct instance *instance);

/* Adds a running finding with this code, or removes it. */
void judge_finding(struct controller *controller, const struct record *record, const char *code, bool there,
                   const char *text);

/* Why this instance is not ours to heal (SCOPE, quaywatch itself), or NULL. */
const char *judge_out_of_scope(struct controller *controller, const struct instance *instance);

/* Decides once more about a candidate, and does it if nothing holds it back by now. */
void judge_act(struct controller *controller, struct record *record);

/* Its latest answer may be out of date: it is checked at once, also behind an open breaker. */
void judge_ask_again(struct controller *controller, struct record *record, const struct instance *instance);

/* The facts for decide. */
void judge_facts(struct controller *controller, const struct record *record, const struct instance *instance,
                 struct facts *ret);

/* ---- judge_network.c ---- */

/* Once a turn: are so many unreachable that the fault may be ours? */
void judge_network(struct controller *controller);

/* ---- candidates.c ---- */

/* Nothing holds this instance back: it waits for the end of the turn. */
void candidate_add(struct controller *controller, const struct instance *instance);

/* Acts on the turn's candidates in their order. */
void candidates_settle(struct controller *controller);

/* Frees the list. */
void candidates_free(struct controller *controller);

/* ---- failure.c ---- */

/* Prepares for webhooks and rollbacks; and ends those under way: before the engine is closed, and before the
 * loop runs for the last time. */
void failure_open(struct controller *controller);
void failure_close(struct controller *controller);

/* It is failed from now: one emergency. False when it was already. */
bool failure_begin(struct controller *controller, struct record *record, const struct instance *instance);

/* Whether a Swarm task, which is never restarted by us, has used up its budget by being replaced. */
bool failure_of_task(const struct facts *facts);

/* Whether a status by its checks is to be shown as failed. */
bool failure_shows(const struct record *record, const struct instance *instance, enum status status);

/* It was failed and is not any more: said, with the reason. */
void failure_over(struct controller *controller, const struct instance *instance, const char *why);

/* What is wished for a failure (service.on_failed) and not done yet is begun, once for each failure. */
void failure_look(struct controller *controller, struct record *record, const struct instance *instance);

/* A container was inspected: which one stands for its entry of the memory, whether it replaces one, whether
 * it is another version. */
void failure_container(struct controller *controller, struct record *record, const struct instance *instance,
                       const char *image);

/* Whether it is a task that its orchestrator has replaced by a newer one. */
bool failure_superseded(const struct record *record, const struct instance *instance);

/* Tells ON_FAILED_WEBHOOK of an event; tag is an entry's key when its failure counts as told thereby, else
 * "". -ENOENT no URL is set, -ENOBUFS too many wait. */
int failure_tell_hook(struct controller *controller, const struct instance *instance, const char *event,
                      const char *sentence, const char *tag, struct error *err);

/* ---- alert_channels.c ---- */

/* Opens the channels for alerts as the settings say; and again when these are read again. */
int alert_channels_open(struct controller *controller, struct error *err);
void alert_channels_configure(struct controller *controller);

/* ---- observe.c ---- */

/* A restart was refused for good: nothing is tried before the next look. */
void observe_begin(struct controller *controller, const char *sentence);

/* It may work again: it did, or the engine is another one. */
void observe_end(struct controller *controller);

/* Once a turn: whether it is time to try again. */
void observe_look(struct controller *controller);

/* Shows the mode that follows from it; all records are looked at again. */
void observe_show(struct controller *controller);

/* ---- breakers.c ---- */

/* The policy in a spec. */
struct breaker_policy breaker_policy_of(const struct spec *spec);

/* A breaker changed by a check, a new start or time: shows, remembers and tells it. */
void judge_breaker(struct controller *controller, struct record *record, const struct instance *instance,
                   enum breaker_event event);

/* A new record's breaker is what the memory says. */
void breaker_return(struct controller *controller, struct record *record, const struct instance *instance);

/* Time passes for its breaker. */
void breaker_look(struct controller *controller, struct record *record, const struct instance *instance);

/* A person opens or closes the breakers of a service, or of one instance only (struct actions). */
int breaker_person(void *user, const struct service *service, const struct instance *only, bool trip,
                   struct error *err);

/* ---- judge_dependency.c ---- */

/* Fills what facts say of dependencies: whether one holds, and whether one began anew that is to be followed.
 */
void judge_dependency(struct controller *controller, const struct record *record,
                      const struct instance *instance, struct facts *ret);

/* A run of the container began: remembers it, and lets those that depend on it look. known: an earlier run of
 * this container was seen. */
void judge_run(struct controller *controller, struct record *record, const struct instance *instance,
               bool known);

/* Marks all instances that depend on a service. */
void judge_dependents(struct controller *controller, const struct service *service);

/* Shows, and tells once, that only a new container can have a network again. quiet: it may be about to be
 * made. */
void judge_recreate(struct controller *controller, struct record *record, const struct instance *instance,
                    bool quiet);

/* ---- survey.c ---- */

/* Shows what is wrong with the fleet as a whole, when that is due: before registry_settle. */
void survey_settle(struct controller *controller);

/* When it is (mono ms); 0: nothing changed, or the first listing is not taken in yet. */
int64_t survey_due(const struct controller *controller);

/* ---- leaving.c ---- */

/* It was sent a stop signal: told to nobody from now on, unless it runs on after its time to stop. */
void leaving_begin(struct controller *controller, struct record *record, const struct instance *instance);

/* Whether one that was to stop stays after all, when it is time to see; and: it does from now, since its run
 * is a new one. */
void leaving_look(struct controller *controller, struct record *record, const struct instance *instance);
void leaving_end(struct controller *controller, struct record *record);

/* ---- maintenance.c ---- */

/* Sets or ends maintenance of a service (struct actions). */
int maintenance_set(void *user, const struct service *service, int64_t duration_ms, struct error *err);

/* Shows the maintenance of a record's service, ends it when its time has come, and sees to it that this is
 * looked at then. */
void maintenance_look(struct controller *controller, struct record *record, const struct instance *instance);

/* ---- controller_actions.c ---- */

/* What exporters may ask of the controller. */
struct actions controller_actions(struct controller *controller);

/* Lets the log know of requests: ids in the lines that they cause, and a line for each at debug. */
void controller_log_requests(struct exporter_context *context);

/* ---- state.c ---- */

/* Reads STATE_DIR; damaged files are set aside with a sentence in the log. -errno when the folder cannot be
 * used. */
int state_load(struct controller *controller, struct error *err);

/* Writes what has changed in memory to STATE_DIR now (blocking, small), or all of it where that is little or
 * has not been done for long. Failure is remembered in state_trouble and logged once. */
void state_save(struct controller *controller);

/* The same, all of it. */
void state_save_all(struct controller *controller);

/* The folder is ours from now on: what the one before remembered counts, too. */
void state_take_over(struct controller *controller);

/* ---- state_lock.c ---- */

/* Makes STATE_DIR ours for as long as we run (TASK_RUN only), or notes in state_holder who has it: then this
 * quaywatch is a second one, see second.h. Where locks are not to be had, a warning. Fails when there can be
 * no such folder. */
int state_lock(struct controller *controller, struct error *err);

/* When the lock is tried again (monotonic ms), 0: not; and does so when it is time. */
int64_t state_lock_due(const struct controller *controller);
void state_lock_settle(struct controller *controller);

/* Lets it go: nothing writes there any more. */
void state_unlock(struct controller *controller);

/* ---- privilege.c ---- */

/* Started as root: takes the folders of STATE_DIR and STATUS_FILE for uid 65532. No root: nothing. */
int privilege_take_folders(const struct options *options, struct error *err);

/* Gives the files in STATE_DIR to uid 65532, too: what was written as root is to be opened again without. */
void privilege_take_files(const char *state_dir);

/* Started as root: keeps the group of the engine's socket and becomes uid 65532. No root: nothing. -EAGAIN
 * while the socket does not exist, so that its group is not known: call again when the engine answers. */
int privilege_drop(const char *docker_host, struct error *err);

/* While root is not dropped yet: files are made as the user that it will be dropped to, or as root again. */
void privilege_lend_files(bool lend);

/* local_socket.c: opens STATE_DIR/quaywatch.sock; where that cannot be, a warning. */
void local_socket_open(struct controller *controller);

#endif
