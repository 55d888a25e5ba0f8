/* child.h: runs a command of this machine: bounded in time and in output, in a process group of its own, so
 * that nothing of it is left behind. */
#ifndef QUAYWATCH_CORE_CHILD_H
#define QUAYWATCH_CORE_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "controller/core/mem.h"

typedef struct uv_loop_s uv_loop_t;
struct child;
struct error;

/* How a command ended. */
struct child_result {
    int exit_code; /* of one that ended by itself; */
    int signal;    /* else the signal that ended it */
    bool timed_out;
    const char *output; /* what it wrote to both outputs, its first max_output bytes; may hold anything */
    size_t output_len;
    bool output_cut; /* there was more */
};

typedef void child_done(void *user, const struct child_result *result);

struct child_request {
    const struct strings *argv; /* at least one; the first is looked up in PATH */
    const struct strings *env;  /* "NAME=value" each; NULL: our own environment */
    int64_t timeout_ms;         /* then SIGTERM to all of its group, and SIGKILL two seconds later */
    size_t max_output;
    child_done *done; /* called exactly once unless cancelled, never before child_start returns */
    void *user;
};

/* Starts it, with nothing to read. When it has ended, what it left in its process group is killed too: a
 * program that is to stay begins a session of its own. NULL with a sentence when it cannot be started. */
struct child *child_start(uv_loop_t *loop, const struct child_request *request, struct error *err);

/* Kills all of it, without done; the loop must run until it is gone. NULL is fine. Not once done was called.
 */
void child_cancel(struct child *child);

/* "ended with code 1", "was ended by signal 9 (Killed)", "did not end within 5s". */
void child_sentence(const struct child_result *result, int64_t timeout_ms, char *ret, size_t size);

/* A command line → the arguments of a process, in arena. Where there is a shell (a path such as /bin/sh) it
 * gets the line; where there is none (shell NULL, or not to be run) the line is split at blanks, with '…',
 * "…" and \ as in a shell: then -EINVAL for what only a shell can do (pipes, variables, several commands) and
 * for quotes that are not closed. -EINVAL for an empty line. */
int child_command(const char *line, const char *shell, struct arena *arena, struct strings *ret,
                  struct error *err);

#endif
