/* context.h: what the exporter may read, and what it may ask for. Handed in by the controller; the exporter
 * knows nothing of Docker, checks or labels. */
#ifndef QUAYWATCH_EXPORTER_CONTEXT_H
#define QUAYWATCH_EXPORTER_CONTEXT_H

#include "controller/core/exit.h"
#include "controller/core/journal.h"
#include "controller/core/registry.h"
#include "controller/core/report.h"
#include "controller/core/stats.h"
#include "exporter/alert_list.h"

struct annals;
struct error;
struct sockaddr;

/* What only the controller remembers of an instance. Texts live until the next turn. */
struct explained {
    unsigned restarts_left;           /* of the budget */
    int64_t backoff_ends_wall_ms;     /* 0: no backoff */
    int64_t healthy_since_wall_ms;    /* 0: not healthy */
    int64_t failed_since_wall_ms;     /* 0: not failed */
    int64_t next_trial_at_wall_ms;    /* 0: not failed */
    const char *passed_check;         /* the check that has passed before, "" when none has */
    const struct past_decision *item; /* the latest decisions, oldest first */
    size_t count;
};

/* A container of the engine that is not registered. Texts live until the next turn. */
struct stranger {
    const char *id, *name;
    enum container_state state;
    const char *sentence; /* why it is not registered, and how it would be */
};

/* A service outside Docker that is registered. Texts live until the next turn. */
struct enrolled {
    const char *id, *name;
    const char *json;           /* all of it, as it could be registered again */
    bool is_new;                /* it was not there before */
    int64_t expires_at_wall_ms; /* without a heartbeat until then it is unhealthy; 0: it needs none */
};

/* What its owner says of a service outside Docker. */
struct report {
    const char *check;  /* the id of one of the checks it was registered with; NULL: of the whole */
    enum status status; /* HEALTHY, DEGRADED or UNHEALTHY */
    const char *note;   /* one line for people, may be NULL */
};

/* What a caller may ask of the controller. All return 0, or a negative code with a sentence in err: -ENOENT
 * no such service, -EBUSY conflict (409), -EACCES refused by the engine or mode. */
struct actions {
    void *user;
    /* A person's restart of all instances of a service; it is under way when this returns 0. */
    int (*restart)(void *user, const struct service *service, bool force, struct error *err);
    /* Nobody heals the service for that long from now; 0 ends it at once. */
    int (*maintain)(void *user, const struct service *service, int64_t duration_ms, struct error *err);
    /* A person opens (trip) or closes the breakers of a service, or that of only (NULL: of all). -EBUSY: they
     * are switched off. */
    int (*breaker)(void *user, const struct service *service, const struct instance *only, bool trip,
                   struct error *err);
    /* Registers a service outside Docker as the JSON in body (NUL-terminated) says, in the place of the one
     * with its id where there is one. -EINVAL: the body is wrong; -EBUSY: its id or name belongs to a
     * container; -ENOSPC: there are too many. */
    int (*enroll)(void *user, const char *body, size_t len, struct enrolled *ret, struct error *err);
    /* It is alive; and: it is gone for good. -ENOENT: none such; -EBUSY: this is a container. */
    int (*heartbeat)(void *user, const char *id, struct enrolled *ret, struct error *err);
    int (*dismiss)(void *user, const char *id, struct error *err);
    /* How it is, in its owner's words; also a heartbeat. id NULL: whichever has that check. -ENOENT: none
     * such, -EINVAL: that check is no one's to report. */
    int (*report)(void *user, const char *id, const struct report *report, struct enrolled *ret,
                  struct error *err);
    /* Its owner takes it out for a while, for a reason (may be NULL), or puts it back. */
    int (*suspend)(void *user, const char *id, bool out, const char *reason, struct error *err);
    /* What is registered under an id, or with a check of this id (then id is NULL). -ENOENT: nothing. */
    int (*enrolled)(void *user, const char *id, const char *check, struct enrolled *ret);
    /* The checks of an instance outside Docker as its owner knows them; gives how many, 0 for all others. */
    size_t (*reports)(void *user, const struct instance *instance,
                      struct report_view ret[static REPORTS_MAX]);
    /* Fills the HOLD_COUNT rows of the ladder for an instance as it stands now. */
    int (*ladder)(void *user, const struct instance *instance, struct ladder_row row[static HOLD_COUNT]);
    /* What is remembered of an instance; -ENOENT when nothing is. */
    int (*explain)(void *user, const struct instance *instance, struct explained *ret);
    /* A container by id, id prefix (12 or more digits) or name; -ENOENT when there is none such. */
    int (*stranger)(void *user, const char *name, struct stranger *ret);
    /* Why the controller is not well, or NULL when it is (loop stalled, observe-only, unreachable, …). */
    const char *(*trouble)(void *user);
};

/* A request that was answered; texts live during the call. */
struct answered {
    const char *method, *path, *request_id; /* path without query, which may hold secrets */
    int status;
    size_t bytes;                  /* of the body; 0 for streams */
    double ms;                     /* since its head was there */
    const struct sockaddr *client; /* after trusted proxies; AF_UNSPEC: it cannot be told */
    bool local;                    /* through the daemon's own socket */
};

struct exporter_context {
    const struct registry *registry;
    const struct journal *journal;
    struct stats *stats;       /* the exporter counts its requests here */
    struct channels *channels; /* that carry alerts; NULL when none are open */
    struct annals *annals;     /* the history; NULL: none is kept */
    struct actions actions;
    alert_list *alerts; /* for the actions' user; NULL: nothing ever fires */
    /* Calls tell for each standing exit, for the actions' user; NULL: there are none. */
    void (*exits)(void *user, exit_tell *tell, void *to);
    /* As in struct exit_surroundings, for the actions' user; NULL: always. */
    bool (*warm)(void *user);
    const char *version;        /* of quaywatch */
    const char *metrics_prefix; /* "quaywatch" */
    bool metrics_enabled;
    const char *state_dir;      /* "" when none: its disk is watched in /health */
    const char *load_balancing; /* default strategy of /resolve */
    const char *env_prefix;     /* of variables in /export/env; NULL or "": none */
    /* For the log; each may be NULL. Whose request is being carried out, NULL when it has been; and what was
     * answered. */
    void (*serving)(const char *request_id);
    void (*answered)(const struct answered *answered);
    bool read_token_set, auth_token_set; /* set by the server, for those who ask what they need */
};

#endif
