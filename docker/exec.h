/* exec.h: runs a command in a container: create, start, read what it writes, ask for its exit code.
 *
 * Measured rules behind it: a client that leaves does not end the process, so that whoever stops waiting must
 * remember its id and ask before the next one is started (exec_once.h does); a command that is not there is
 * answered with 200, words in the stream, and code 126 or 127; a paused container answers 409; a background
 * process that keeps the output open delays the end of the stream by two seconds. */
#ifndef QUAYWATCH_DOCKER_EXEC_H
#define QUAYWATCH_DOCKER_EXEC_H

#include "docker/engine.h"

struct exec;

enum { EXEC_ID_SIZE = 129 }; /* 64 hex digits, and room for an engine that likes them longer */

struct exec_result {
    const char *id;     /* of the process; "" when none was made */
    bool running;       /* it still runs, or may: */
    int exit_code;      /* of one that has ended */
    const char *output; /* the first LIMIT_EXEC_OUTPUT bytes of what it wrote, "" when none; may hold
                           secrets */
    size_t output_len;
    bool output_cut; /* there was more */
};

/* result is valid during the call. err NULL: it ended (running false), or it still runs when the time is
 * over. Else the engine did not do it: code -EACCES forbidden (401, 403), -ENOENT no such container or
 * process, -EBUSY paused or stopped (409), -EPIPE no answer, -EIO all else; result->running then says whether
 * a process may have been started. */
typedef void exec_done(void *user, const struct exec_result *result, const struct error *err);

/* Runs argv (at least one) in a container; timeout_ms is the command's. The engine's own answers are bounded
 * by its timeout. done is called exactly once unless cancelled, never before this returns. */
struct exec *exec_start(struct engine *engine, const char *container, const struct strings *argv,
                        int64_t timeout_ms, exec_done *done, void *user);

/* Asks how the process with an id fares, once. done as above. */
struct exec *exec_look(struct engine *engine, const char *id, exec_done *done, void *user);

/* The id of the process that may run by now, "" when none was asked for yet. */
const char *exec_id(const struct exec *exec);

/* Stops waiting, without done; the process goes on. Not once done was called, but from on_event as well.
 * Every exec must have ended before its engine is closed. NULL is fine. */
void exec_cancel(struct exec *exec);

#endif
