/* step.h: one step with a file: a validator or somebody to be told, of whatever kind, in bounded time. */
#ifndef QUAYWATCH_EXPORTER_FILES_STEP_H
#define QUAYWATCH_EXPORTER_FILES_STEP_H

#include "exporter/files/entry.h"
#include "exporter/files/files.h"

struct buf;
struct step;
struct transfer_pool;

/* Who helps. */
struct step_helpers {
    uv_loop_t *loop;
    struct transfer_pool *pool;
    const struct registry *registry;
    const struct file_door *door;
    const struct strings *env; /* of commands */
};

/* trouble NULL: it went well; else one sentence without line ends and secrets, valid during the call. */
typedef void step_done(void *user, const char *trouble);

enum { STEP_TROUBLE = 512 };

/* What is to be done; step and helpers must live until it is over. */
struct step_order {
    const struct file_step *step;
    const char *file;
    const char *shown; /* path of the file in sentences */
    bool first_only;   /* of a service's containers, one is enough */
    int64_t timeout_ms;
};

/* Starts a step. done is called exactly once unless cancelled, never before this returns; it may not call
 * step_cancel. */
struct step *step_start(const struct step_helpers *helpers, const struct step_order *order, step_done *done,
                        void *user);

/* Ends it without done. NULL is fine. */
void step_cancel(struct step *step);

/* text with {} as the file's path and {name} as its last part, in arena. Pure. */
char *step_fill(struct arena *arena, const char *text, const char *file);

/* "http://10.0.0.5:8080" of a URL: nothing of it that may be a secret. Pure. */
void step_show_url(const char *url, char *ret, size_t size);

/* Our environment without what is ours alone, for templates; in arena. */
void step_variables(char **environment, struct arena *arena, struct pairs *ret);

/* Our environment without what is ours alone and what looks like a secret, for commands; in arena. */
void step_environment(char **environment, struct arena *arena, struct strings *ret);

#endif
