/* heal_internal.h: one restart and its steps, for the heal*.c files: heal.c (from the last look to what came
 * of it), heal_drain.c (taken out first), heal_person.c (one after another). */
#ifndef QUAYWATCH_CONTROLLER_HEAL_INTERNAL_H
#define QUAYWATCH_CONTROLLER_HEAL_INTERNAL_H

#include "controller/controller_internal.h"
#include "controller/heal.h"

enum restart_step {
    RESTART_WAITING,   /* of a person's: others come first */
    RESTART_DRAINING,  /* told to nobody any more, so that it is idle when it is restarted */
    RESTART_RUNNING,   /* the engine is asked */
    RESTART_RECOVERING /* of a person's: it is restarted, and does not serve yet */
};

struct restart {
    struct controller *controller;
    struct restart *next;
    char id[65];
    char reason[32];
    enum restart_step step;
    int64_t until_mono_ms; /* of draining and recovering */
    bool person;
    bool follows, trial;   /* what the decision was for, see decide.h; */
    int64_t followed_at;   /* and what it follows */
    bool served;           /* before it was restarted */
    char *request_id;      /* of the request that asked for it, for the log; NULL: nobody did */
    struct healing before; /* to take the count back when nothing came of it */
};

/* Appends a restart that waits. */
struct restart *restart_add(struct controller *controller, const char *id, const char *reason, bool person);

/* Takes it out of the list and frees it. */
void restart_remove(struct restart *restart);

/* What it is a restart of; NULL when that is gone. */
const struct instance *restart_instance(const struct restart *restart, struct record **ret_record);

/* Begins it: drains what serves, where others serve meanwhile, else runs it. */
void restart_begin(struct restart *restart, struct record *record, const struct instance *instance);

/* Remembers it on disk, looks once more, and asks the engine. */
void restart_run(struct restart *restart, struct record *record, const struct instance *instance);

/* Ends it without having asked the engine: result is the metric's word, sentence says why. */
void restart_end(struct restart *restart, const char *result, const char *sentence);

/* Shows a decision that stands while it is under way. */
void restart_show(struct restart *restart, struct record *record, const struct instance *instance,
                  int64_t until_mono_ms, const char *format, ...) __attribute__((format(printf, 5, 6)));

/* heal_drain.c: it is drained from now on, if that is of use; and, once a turn: whether it was long enough.
 * True when the restart has ended, and with it perhaps others of the list. */
bool drain_begin(struct restart *restart, struct record *record, const struct instance *instance);
bool drain_look(struct restart *restart);

/* heal_person.c: the restart of a person's ended with result; true when it is kept, since others wait for it
 * to serve again. Once a turn: whether it does; true when it has ended, and with it perhaps others of the
 * list. And the next one that may begin is begun. */
bool person_ended(struct restart *restart, const struct instance *instance, const char *result);
bool person_look(struct restart *restart);
void person_next(struct controller *controller);

#endif
