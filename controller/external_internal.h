/* external_internal.h: what the files of external.h share. */
#ifndef QUAYWATCH_CONTROLLER_EXTERNAL_INTERNAL_H
#define QUAYWATCH_CONTROLLER_EXTERNAL_INTERNAL_H

#include <uthash.h>

#include "controller/controller_internal.h"
#include "controller/core/buf.h"
#include "controller/core/cidr.h"
#include "controller/core/report.h"
#include "controller/external.h"
#include "controller/external/lookup.h"
#include "controller/external/registration.h"

struct externals_write;
struct error;
struct report;
struct json_object;
struct json_writer;

enum { REPORT_NOTE = 192 };

/* What the owner said last of one thing: of a named check, or of the whole. */
struct external_report {
    enum status status; /* STARTING: nothing yet */
    bool overdue;       /* nothing for its ttl */
    int64_t heard_mono_ms;
    char note[REPORT_NOTE];
    char shown[REPORT_NOTE]; /* the note that came with the status: others move, and nobody is told */
};

/* One registration. */
struct external {
    struct due due; /* first: the heap gives it back */
    UT_hash_handle hh;
    struct externals *externals;
    struct registration *registration;
    char *json;           /* rendered once: the answer, and its place in the file */
    char instance_id[65]; /* its id in the registry, where ids have 64 digits */
    unsigned replica;     /* its number among those of its name: the lowest that was free */
    int64_t registered_at_wall_ms;
    int64_t heard_mono_ms;        /* the latest heartbeat */
    bool overdue;                 /* none within the ttl */
    char address[LOOKUP_ADDRESS]; /* "" while not known */
    struct lookup *lookup;        /* under way or waiting */
    int64_t lookup_at_mono_ms;    /* the next one; 0: none, it has its address */
    bool lookup_failed;
    struct external_report whole;                       /* of all of it */
    struct external_report report[REGISTRATION_CHECKS]; /* by place in registration->named */
    char *suspended;                                    /* why its owner took it out; NULL: it did not */
    int64_t bad_since_mono_ms;                          /* 0: it is not */
};

struct externals {
    struct controller *controller;
    struct external *table; /* by registration->id */
    struct due_heap due;
    struct cidr_list *networks; /* where they may be checked */
    struct lookups *lookups;
    struct inlets *inlets;         /* files that register */
    struct externals_write *write; /* under way */
    bool dirty;                    /* the file is behind; */
    int64_t write_at_mono_ms;      /* not written before, after a failure */
    bool closing;
    char trouble[384];
};

/* ---- external.c ---- */

/* The one with this id, or NULL. */
struct external *external_find(struct externals *externals, const char *id);

/* Registers (taken over) anew, or in the place of the one with its id. replica 0: the lowest that is free. */
struct external *external_put(struct externals *externals, struct registration *registration,
                              unsigned replica, int64_t registered_at_wall_ms);

/* Shows it as it is now, in the registry and to the prober. */
void external_show(struct external *external);

/* A heartbeat: from now it is believed for its whole ttl. */
void external_hear(struct external *external);

/* Forgets it. */
void external_drop(struct external *external);

/* Whether its address was never asked for yet. */
bool external_is_coming(const struct external *external);

/* Works out anew when something is due. */
void external_plan(struct external *external);

/* ---- external_report.c ---- */

/* A new registration is in force: checks that were there before keep what was said of them. before may be
 * NULL.
 */
void external_reports_match(struct external *external, const struct registration *before);

/* Takes in what is said. -ENOENT or -EINVAL with a sentence. */
int external_report_take(struct external *external, const struct report *said, struct error *err);

/* When a report is overdue or it is to be removed (mono ms); 0: never. */
int64_t external_reports_due(const struct external *external);

/* Does what of that is due; true when it is to be removed. */
bool external_reports_tick(struct external *external);

/* Its checks, as its owner knows them. */
size_t external_reports_view(const struct external *external, struct report_view ret[static REPORTS_MAX]);

/* What outlives the process, as members of an object; and read from that object again. */
void external_reports_render(const struct external *external, struct json_writer *w);
void external_reports_load(struct external *external, struct json_object *entry);

/* ---- external_actions.c ---- */

/* Whether a registration may be made: its id and name are no container's, and there is room. Negative with a
 * sentence. */
int external_check(struct externals *externals, const struct registration *registration, struct error *err);

/* ---- external_spec.c ---- */

/* What its registration says, with the settings' defaults: owned by the caller. */
struct spec *external_spec(const struct external *external, const struct options *options);

/* What stands for the facts of a container: owned by the caller. */
struct observed *external_observe(const struct external *external);

/* ---- external_state.c ---- */

/* Begins to write the file when it is behind and no writing is under way. */
void externals_write(struct externals *externals);

#endif
