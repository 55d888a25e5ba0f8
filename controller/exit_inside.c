/* SPDX-License-Identifier: MIT */
/* exit_inside.c: signals to containers and commands in them, for exits. */
#include "controller/exit_inside.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "controller/core/error.h"
#include "controller/core/hash.h"
#include "controller/core/text.h"
#include "docker/exec_once.h"
#include "docker/signal.h"

enum { TROUBLE = 400 };

struct exit_inside {
    struct engine *engine;
    struct exec_leftovers *leftovers; /* by container and arguments */
};

struct file_call {
    int64_t timeout_ms;
    struct exec_once *command; /* one of both is under way */
    struct signal_call *signal;
    file_call_done *done;
    void *user;
};

void exit_inside_words(const struct error *err, const char *needed, char *ret, size_t size)
{
    if (err->code == -EACCES)
        snprintf(ret, size, "the engine's socket does not allow it; it must allow %s", needed);
    else if (err->code == -ENOENT)
        snprintf(ret, size, "there is no such container");
    else if (err->code == -EBUSY)
        snprintf(ret, size, "it does not run");
    else
        snprintf(ret, size, "%.300s", err->text);
}

/* ---- calls ---- */

static struct file_call *call_new(file_call_done *done, void *user)
{
    struct file_call *call = mem_new(sizeof *call);
    call->done = done;
    call->user = user;
    return call;
}

static void call_end(struct file_call *call, const char *trouble, const char *output)
{
    file_call_done *done = call->done;
    void *user = call->user;
    free(call);
    done(user, trouble, output);
}

static void on_signal(void *user, const struct error *err)
{
    struct file_call *call = user;
    char trouble[TROUBLE];
    call->signal = NULL;
    if (err)
        exit_inside_words(err, "POST containers/*/kill", trouble, sizeof trouble);
    call_end(call, err ? trouble : NULL, "");
}

static struct file_call *inside_signal(void *user, const char *container, const char *name,
                                       file_call_done *done, void *done_user)
{
    struct exit_inside *inside = user;
    struct file_call *call = call_new(done, done_user);
    call->signal = signal_send(inside->engine, container, name, on_signal, call);
    return call;
}

static void on_command(void *user, const struct exec_result *result, const struct error *err)
{
    struct file_call *call = user;
    char trouble[TROUBLE] = "", limit[24];
    call->command = NULL;
    text_format_duration(call->timeout_ms, limit);
    if (err)
        exit_inside_words(err, "POST containers/*/exec, POST exec/*/start and GET exec/*/json", trouble,
                          sizeof trouble);
    else if (result->running)
        snprintf(trouble, sizeof trouble,
                 "did not end within %s; it still runs there, and no other is started meanwhile", limit);
    else if (result->exit_code != 0)
        snprintf(trouble, sizeof trouble, "ended with code %d%s", result->exit_code,
                 result->exit_code == 126 || result->exit_code == 127
                     ? " (it is not there, or may not be run)"
                     : "");
    call_end(call, trouble[0] ? trouble : NULL, result->output);
}

/* What distinguishes it from other commands: its container and its arguments. */
static void command_key(const char *container, const struct strings *argv, char *ret, size_t size)
{
    uint64_t hash = hash_text(HASH_START, container);
    for (size_t i = 0; i < argv->count; i++)
        hash = hash_text(hash, argv->item[i]);
    snprintf(ret, size, "%016llx", (unsigned long long)hash);
}

static struct file_call *inside_exec(void *user, const char *container, const struct strings *argv,
                                     int64_t timeout_ms, file_call_done *done, void *done_user)
{
    struct exit_inside *inside = user;
    struct file_call *call = call_new(done, done_user);
    char key[24];
    call->timeout_ms = timeout_ms;
    command_key(container, argv, key, sizeof key);
    call->command = exec_once_start(inside->leftovers, key, container, argv, timeout_ms, on_command, call);
    return call;
}

static void inside_cancel(void *user, struct file_call *call)
{
    (void)user;
    if (!call)
        return;
    exec_once_cancel(call->command);
    signal_cancel(call->signal);
    free(call);
}

static void inside_close(void *user)
{
    struct exit_inside *inside = user;
    exec_leftovers_free(inside->leftovers);
    free(inside);
}

struct file_door exit_inside_open(struct engine *engine)
{
    struct exit_inside *inside = mem_new(sizeof *inside);
    inside->engine = engine;
    inside->leftovers = exec_leftovers_new(engine);
    return (struct file_door){.signal = inside_signal,
                              .exec = inside_exec,
                              .cancel = inside_cancel,
                              .close = inside_close,
                              .user = inside};
}
