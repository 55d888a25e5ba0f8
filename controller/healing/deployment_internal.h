/* deployment_internal.h: the tracker's own structures, shared by deployment.c (what is seen) and
 * deployment_judge.c (what follows from it). */
#ifndef QUAYWATCH_CONTROLLER_HEALING_DEPLOYMENT_INTERNAL_H
#define QUAYWATCH_CONTROLLER_HEALING_DEPLOYMENT_INTERNAL_H

#include <sys/queue.h>
#include <uthash.h>

#include "controller/healing/deployment.h"

enum { DEPLOYMENT_SIGNS = DEPLOYMENT_STEPS + 1 };

/* What a scope knows of the end of its deployment. */
enum ending { ENDING_NOTHING, ENDING_AWAITED, ENDING_TOLD };

enum scope_kind { OF_KEY, OF_PROJECT, SCOPE_KINDS };

/* An unfinished container hangs in the list of its key and in that of its project. */
struct unfinished;
struct part {
    TAILQ_ENTRY(part) link;
    struct scope *scope; /* NULL: in none */
    struct unfinished *of;
};
TAILQ_HEAD(part_list, part);

struct unfinished {
    UT_hash_handle hh;
    struct moment since;
    char *name;
    struct part part[SCOPE_KINDS];
    char id[];
};

/* An identity key or a compose project to which something happens. It exists as long as it shows a sign. */
struct scope {
    UT_hash_handle hh;
    TAILQ_ENTRY(scope) link;     /* the one touched longest ago first */
    struct moment first, last;   /* of the steps of this burst */
    struct moment generations;   /* mono_ms 0 with has_generations false */
    struct part_list unfinished; /* the youngest last */
    bool has_generations, has_steps;
    bool said[DEPLOYMENT_SIGNS]; /* that the sign holds no more */
    enum ending ending;
    int64_t ended_mono_ms, ended_wall_ms; /* nothing holds any more, since then; 0: not seen yet */
    enum scope_kind kind;
    char name[]; /* the key or project */
};
TAILQ_HEAD(scope_list, scope);

struct helper {
    TAILQ_ENTRY(helper) link;
    struct moment since;
    bool backup, said;
    char *owner; /* key of the application it deploys, NULL: not known */
    char *name;
    char id[];
};
TAILQ_HEAD(helper_list, helper);

/* An application's container and the deployment that made it. */
struct built {
    UT_hash_handle hh;
    char *artifact, *key;
    char id[];
};

struct deployments {
    int64_t settle_ms, verify_ms;
    struct scope *scopes[SCOPE_KINDS];
    struct scope_list touched;
    struct unfinished *unfinished;
    struct helper_list helpers;
    struct built *built;
};

/* The scope of a key or project, NULL when there is none (or text is NULL). */
struct scope *scope_find(const struct deployments *deployments, enum scope_kind kind, const char *text);

/* Whether the steps of a scope are still followed by others, as far as is known. */
bool scope_steps_on(const struct deployments *deployments, const struct scope *scope, struct moment now);

#endif
