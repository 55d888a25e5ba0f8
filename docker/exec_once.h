/* exec_once.h: commands in containers that never run twice at a time. One that outlives its timeout goes on,
 * since nobody outside the container can end it: it is remembered by its key, and before the next one of that
 * key is started the engine is asked whether it has ended. */
#ifndef QUAYWATCH_DOCKER_EXEC_ONCE_H
#define QUAYWATCH_DOCKER_EXEC_ONCE_H

#include "docker/exec.h"

struct exec_leftovers;
struct exec_once;

/* The memory of those that may still run, empty; engine must outlive it. */
struct exec_leftovers *exec_leftovers_new(struct engine *engine);

/* The one with this key runs no more, for sure. */
void exec_leftovers_forget(struct exec_leftovers *leftovers, const char *key);

/* Frees it; what was started with it must have ended. NULL is fine. */
void exec_leftovers_free(struct exec_leftovers *leftovers);

/* Runs argv (copied) in a container, as exec_start does, unless an earlier one of key still runs: then done
 * is called with that one (running true). done is called exactly once unless cancelled, never before this
 * returns. */
struct exec_once *exec_once_start(struct exec_leftovers *leftovers, const char *key, const char *container,
                                  const struct strings *argv, int64_t timeout_ms, exec_done *done,
                                  void *user);

/* Stops waiting, without done; what may run by now is remembered. Not once done was called. NULL is fine. */
void exec_once_cancel(struct exec_once *once);

#endif
