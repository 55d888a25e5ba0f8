/* SPDX-License-Identifier: MIT */
/* exit_inside.c: signals to containers and commands in them, for exits; and the memory of commands that
 * outlived their time. */
#include "controller/exit_inside.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/error.h"
#include "controller/core/hash.h"
#include "controller/core/text.h"
#include "docker/exec.h"
#include "docker/signal.h"

enum { TROUBLE = 400 };

/* A command that may still run in a container: it is not started a second time. */
struct leftover {
    struct leftover *next;
    uint64_t command; /* hash of container and arguments */
    char exec[EXEC_ID_SIZE];
};

struct exit_inside {
    struct engine *engine;
    struct leftover *leftovers;
};

struct file_call {
    struct exit_inside *inside;
    char *container;
    struct arena arena;
    struct strings argv;
    int64_t timeout_ms;
    struct exec *exec; /* one of both is under way */
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

/* ---- leftovers ---- */

static uint64_t command_of(const struct file_call *call)
{
    uint64_t hash = hash_text(HASH_START, call->container);
    for (size_t i = 0; i < call->argv.count; i++)
        hash = hash_text(hash, call->argv.item[i]);
    return hash;
}

static struct leftover **leftover_find(struct exit_inside *inside, uint64_t command)
{
    struct leftover **at = &inside->leftovers;
    while (*at && (*at)->command != command)
        at = &(*at)->next;
    return at;
}

static void leftover_forget(struct exit_inside *inside, uint64_t command)
{
    struct leftover **at = leftover_find(inside, command), *found = *at;
    if (!found)
        return;
    *at = found->next;
    free(found);
}

static void leftover_set(struct exit_inside *inside, uint64_t command, const char *exec)
{
    struct leftover *leftover = *leftover_find(inside, command);
    if (!exec[0])
        return;
    if (!leftover) {
        leftover = mem_new(sizeof *leftover);
        leftover->command = command;
        leftover->next = inside->leftovers;
        inside->leftovers = leftover;
    }
    snprintf(leftover->exec, sizeof leftover->exec, "%s", exec);
}

/* ---- calls ---- */

static struct file_call *call_new(struct exit_inside *inside, const char *container, file_call_done *done,
                                  void *user)
{
    struct file_call *call = mem_new(sizeof *call);
    call->inside = inside;
    call->container = mem_copy(container);
    call->done = done;
    call->user = user;
    return call;
}

static void call_free(struct file_call *call)
{
    arena_free(&call->arena);
    free(call->container);
    free(call);
}

static void call_end(struct file_call *call, const char *trouble, const char *output)
{
    file_call_done *done = call->done;
    void *user = call->user;
    call_free(call);
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
    struct file_call *call = call_new(inside, container, done, done_user);
    call->signal = signal_send(inside->engine, container, name, on_signal, call);
    return call;
}

static void on_exec(void *user, const struct exec_result *result, const struct error *err)
{
    struct file_call *call = user;
    char trouble[TROUBLE] = "", limit[24];
    call->exec = NULL;
    if (result->running)
        leftover_set(call->inside, command_of(call), result->id);
    else
        leftover_forget(call->inside, command_of(call));
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

static void call_run(struct file_call *call)
{
    call->exec = exec_start(call->inside->engine, call->container, &call->argv, call->timeout_ms, on_exec,
                            call);
}

static void on_look(void *user, const struct exec_result *result, const struct error *err)
{
    struct file_call *call = user;
    call->exec = NULL;
    bool over = err ? err->code == -ENOENT : !result->running;
    if (!over) {
        on_exec(call, result, err);
        return;
    }
    leftover_forget(call->inside, command_of(call));
    call_run(call);
}

static struct file_call *inside_exec(void *user, const char *container, const struct strings *argv,
                                     int64_t timeout_ms, file_call_done *done, void *done_user)
{
    struct exit_inside *inside = user;
    struct file_call *call = call_new(inside, container, done, done_user);
    call->timeout_ms = timeout_ms;
    for (size_t i = 0; i < argv->count; i++)
        strings_add(&call->arena, &call->argv, argv->item[i]);
    const struct leftover *leftover = *leftover_find(inside, command_of(call));
    if (leftover)
        call->exec = exec_look(inside->engine, leftover->exec, on_look, call);
    else
        call_run(call);
    return call;
}

static void inside_cancel(void *user, struct file_call *call)
{
    (void)user;
    if (!call)
        return;
    exec_cancel(call->exec);
    signal_cancel(call->signal);
    call_free(call);
}

static void inside_close(void *user)
{
    struct exit_inside *inside = user;
    while (inside->leftovers)
        leftover_forget(inside, inside->leftovers->command);
    free(inside);
}

struct file_door exit_inside_open(struct engine *engine)
{
    struct exit_inside *inside = mem_new(sizeof *inside);
    inside->engine = engine;
    return (struct file_door){.signal = inside_signal,
                              .exec = inside_exec,
                              .cancel = inside_cancel,
                              .close = inside_close,
                              .user = inside};
}
