/* alerts_internal.h: how alerts.c (the turn), alerts_service.c (a service), alerts_own.c (quaywatch itself),
 * alerts_rules.c (users' rules) and alerts_file.c (STATE_DIR) share it. */
#ifndef QUAYWATCH_CONTROLLER_ALERTS_INTERNAL_H
#define QUAYWATCH_CONTROLLER_ALERTS_INTERNAL_H

#include <uthash.h>

#include "controller/alerting/rule.h"
#include "controller/alerting/troubles.h"
#include "controller/alerts.h"
#include "controller/core/quiet.h"

enum {
    ALERT_KEY = 1024,
    LOOK_MS = 1000,       /* causes change with every move: they are looked for no more often than this */
    HELD_MS = 5000,       /* what is held back is looked at so often: the end of a deployment is no event */
    RULES_MS = 15 * 1000, /* values are compared so often */
    SWEEP_MS = 30 * 1000  /* after the start: what is remembered of services that are gone ends then */
};

/* What is kept of a service between turns. */
struct subject {
    UT_hash_handle hh;
    bool marked;        /* to be looked at in this turn */
    bool deploy_failed; /* its latest deployment was not verified */
    const char *held;   /* static text: why nothing is told of it, NULL: it is told */
    char key[];
};

struct alerts {
    struct troubles *troubles;
    struct rules *rules;
    struct quiet quiet;
    struct subject *subjects;
    bool any_marked, moved, swept;
    bool rule_troubles; /* a rule held since the start: all values may be of some trouble */
    uint64_t revision;  /* of the registry, at the latest turn */
    int64_t look_mono_ms, held_mono_ms, rules_mono_ms, sweep_mono_ms; /* when next; 0: not */
    unsigned own_there;  /* which of quaywatch's own troubles are there, a bit each; */
    int64_t own_mono_ms; /* renewed then */
    /* alerts_file.c: */
    uv_work_t work;
    bool writing, write_trouble;
    uint64_t written; /* version */
    char *write_path, *write_text, *write_error;
    size_t write_length;
};

/* A subject that is made when there is none, marked. */
struct subject *alerts_mark(struct alerts *alerts, const char *key);

/* Looks at a marked subject; it may be freed. */
void alerts_look(struct controller *controller, struct subject *subject);

/* Why nothing is told of a service at present (static text), or NULL. */
const char *alerts_held(struct controller *controller, const struct service *service);

/* Channels of a comma list as labels have it, a bit each; NULL is all. */
unsigned alerts_channels(const char *list);

/* The least severity that is sent for a service. */
enum severity alerts_least(const struct spec *spec);

/* quaywatch's own troubles as they are now. */
void alerts_look_own(struct controller *controller);

/* The key of quaywatch's own trouble that explains a sick service, or NULL. */
const char *alerts_own_cause(const struct controller *controller, const struct service *service);

/* Compares what rules name with what is so, when that is due. */
void alerts_look_rules(struct controller *controller);

/* A rule's trouble whose service or rule may be gone: clears it then. */
void alerts_check_rule(struct controller *controller, const char *key);

/* Begins to write what changed, off the loop. */
void alerts_save(struct controller *controller);

#endif
