/* deployment.h: is a deployment under way, whom does it hold, and how did it end? Keyed by compose project
 * and identity key. Pure: what is seen goes in, with its time; every sign ends by itself. CONTRACT section 5,
 * row deploying.
 *
 * Signs: a container of the project or key was created, renamed or removed lately; one is created but not
 * started, or has a name of the passing kind; two generations of a key run; Coolify's helper or a backup is
 * at work. Each sign has a beginning of its own and holds for DEPLOYMENT_CAP_MS at most: what was left behind
 * long ago (a container that nobody ever starts) must not make the next real deployment invisible. */
#ifndef QUAYWATCH_CONTROLLER_HEALING_DEPLOYMENT_H
#define QUAYWATCH_CONTROLLER_HEALING_DEPLOYMENT_H

#include "controller/healing/decide.h"

enum { DEPLOYMENT_CAP_MS = 15 * 60 * 1000 };

struct deployments;

/* A container as far as it bears on deployments. */
struct deployment_container {
    const char *id, *name;
    const char *key;      /* of its service; NULL: it is not watched */
    const char *project;  /* its compose project, or NULL */
    const char *artifact; /* see deployment_artifact, or NULL */
    enum container_state state;
    bool failed_start;          /* the engine could not start it: nobody is about to */
    int64_t created_at_wall_ms; /* 0: unknown */
};

/* Whom a question is about. */
struct deployment_subject {
    const char *key, *project, *artifact; /* as above */
    bool coolify_application;
};

/* The sign that holds. */
enum deployment_sign {
    DEPLOYMENT_NONE,
    DEPLOYMENT_GENERATIONS,
    DEPLOYMENT_UNFINISHED, /* created and not started, or with a passing name */
    DEPLOYMENT_HELPER,
    DEPLOYMENT_STEPS /* created, renamed, removed lately: ends at a known time, the others when something
                      * happens
                      */
};

/* How a deployment of a service ended, as far as is known now. */
enum deployment_end { DEPLOYMENT_OPEN, DEPLOYMENT_VERIFIED, DEPLOYMENT_FAILED };

/* Whether a container's name is of the kind that compose gives while it replaces one: <12 hex digits>_<name>.
 */
bool deployment_name_passes(const char *name);

/* Whether this is Coolify's deployment helper or one of its backup containers; *ret_backup tells which. */
bool deployment_is_helper(const char *image, const char *name, bool *ret_backup);

/* What of a working_dir names the Coolify deployment that made a container ("/artifacts/<it>"), else NULL. */
const char *deployment_artifact(const char *working_dir);

/* A tracker that has seen nothing; it tracks nothing before deployments_set. Free with deployments_free (NULL
 * is fine). */
struct deployments *deployments_new(void);
void deployments_free(struct deployments *deployments);

/* The settings: settle_ms after the last step a deployment has ended (0: nothing is tracked and nothing
 * holds); within verify_ms after that the service must be healthy. */
void deployments_set(struct deployments *deployments, int64_t settle_ms, int64_t verify_ms);

/* A container as it is now, from an inspect, a listing or an event; as often as there is something to tell.
 */
void deployment_see(struct deployments *deployments, const struct deployment_container *container,
                    struct moment now);

/* An event: one of this key (NULL: not watched) and project (or NULL) was renamed or removed. */
void deployment_step(struct deployments *deployments, const char *key, const char *project,
                     struct moment now);

/* A helper runs, since then (0: unknown); deployment_gone ends it. */
void deployment_helper(struct deployments *deployments, const char *id, const char *name, bool backup,
                       int64_t since_wall_ms, struct moment now);

/* A container, or a helper, is gone or has ended. */
void deployment_gone(struct deployments *deployments, const char *id);

/* Two generations of key run, the newest created then; 0: not any more. */
void deployment_generations(struct deployments *deployments, const char *key, int64_t since_wall_ms,
                            struct moment now);

/* The service has no instance left: there is nothing to verify. */
void deployment_forget(struct deployments *deployments, const char *key);

/* Whether the subject is being deployed, into *ret (its end is when to look again at the latest). */
enum deployment_sign deployment_judge(const struct deployments *deployments,
                                      const struct deployment_subject *subject, struct moment now,
                                      struct told *ret);

/* True once for each sign that has passed its cap: it holds no more, *ret_sentence says so. */
bool deployment_overdue(struct deployments *deployments, const struct deployment_subject *subject,
                        struct moment now, char ret_sentence[static 200]);

/* Whether a container of key that is stopped now is stopped to be replaced: another one of it is on its way,
 * or runs already. id is its own. */
bool deployment_replaces(const struct deployments *deployments, const char *key, const char *id);

/* How the deployment of the subject ended, told once; *ret_look_wall_ms: when to ask again (0: never). status
 * is the service's; while it is starting it has until starting_until_wall_ms at least. A service that is
 * stopped, or of which nothing is known, ends without a word. */
enum deployment_end deployment_verify(struct deployments *deployments,
                                      const struct deployment_subject *subject, enum status status,
                                      int64_t starting_until_wall_ms, struct moment now,
                                      int64_t *ret_look_wall_ms);

#endif
