/* SPDX-License-Identifier: MIT */
/* exec_once.c: the memory of commands that outlived their time, and the look before the next one. */
#include "docker/exec_once.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "controller/core/error.h"

/* A command that may still run in a container. */
struct leftover {
    UT_hash_handle hh;
    char exec[EXEC_ID_SIZE];
    char key[];
};

struct exec_leftovers {
    struct engine *engine;
    struct leftover *table; /* by key: at most one each */
};

struct exec_once {
    struct exec_leftovers *leftovers;
    struct arena arena; /* of the three below */
    const char *key, *container;
    struct strings argv;
    int64_t timeout_ms;
    struct exec *exec;
    exec_done *done;
    void *user;
};

/* ---- what may still run ---- */

struct exec_leftovers *exec_leftovers_new(struct engine *engine)
{
    struct exec_leftovers *leftovers = mem_new(sizeof *leftovers);
    leftovers->engine = engine;
    return leftovers;
}

static struct leftover *leftover_find(const struct exec_leftovers *leftovers, const char *key)
{
    struct leftover *leftover;
    HASH_FIND_STR(leftovers->table, key, leftover);
    return leftover;
}

static void leftover_set(struct exec_leftovers *leftovers, const char *key, const char *exec)
{
    struct leftover *leftover = leftover_find(leftovers, key);
    if (!leftover) {
        size_t size = strlen(key) + 1;
        leftover = mem_new(sizeof *leftover + size);
        memcpy(leftover->key, key, size);
        HASH_ADD_STR(leftovers->table, key, leftover);
    }
    snprintf(leftover->exec, sizeof leftover->exec, "%s", exec);
}

void exec_leftovers_forget(struct exec_leftovers *leftovers, const char *key)
{
    struct leftover *leftover = leftover_find(leftovers, key);
    if (!leftover)
        return;
    HASH_DEL(leftovers->table, leftover);
    free(leftover);
}

void exec_leftovers_free(struct exec_leftovers *leftovers)
{
    if (!leftovers)
        return;
    struct leftover *leftover, *next;
    HASH_ITER(hh, leftovers->table, leftover, next)
    {
        HASH_DEL(leftovers->table, leftover);
        free(leftover);
    }
    free(leftovers);
}

/* ---- one command ---- */

static void once_free(struct exec_once *once)
{
    arena_free(&once->arena);
    free(once);
}

static void on_ended(void *user, const struct exec_result *result, const struct error *err)
{
    struct exec_once *once = user;
    exec_done *done = once->done;
    void *done_user = once->user;
    if (result->running)
        leftover_set(once->leftovers, once->key, result->id);
    else
        exec_leftovers_forget(once->leftovers, once->key);
    once_free(once);
    done(done_user, result, err);
}

static void command_start(struct exec_once *once)
{
    once->exec = exec_start(once->leftovers->engine, once->container, &once->argv, once->timeout_ms, on_ended,
                            once);
}

static void on_looked(void *user, const struct exec_result *result, const struct error *err)
{
    struct exec_once *once = user;
    bool over = err ? err->code == -ENOENT : !result->running;
    if (!over) {
        on_ended(once, result, err);
        return;
    }
    exec_leftovers_forget(once->leftovers, once->key);
    command_start(once);
}

struct exec_once *exec_once_start(struct exec_leftovers *leftovers, const char *key, const char *container,
                                  const struct strings *argv, int64_t timeout_ms, exec_done *done, void *user)
{
    struct exec_once *once = mem_new(sizeof *once);
    once->leftovers = leftovers;
    once->key = arena_copy(&once->arena, key);
    once->container = arena_copy(&once->arena, container);
    for (size_t i = 0; i < argv->count; i++)
        strings_add(&once->arena, &once->argv, argv->item[i]);
    once->timeout_ms = timeout_ms;
    once->done = done;
    once->user = user;
    const struct leftover *leftover = leftover_find(leftovers, key);
    if (leftover)
        once->exec = exec_look(leftovers->engine, leftover->exec, on_looked, once);
    else
        command_start(once);
    return once;
}

void exec_once_cancel(struct exec_once *once)
{
    if (!once)
        return;
    if (exec_id(once->exec)[0]) /* nobody waits for it any more, and it goes on */
        leftover_set(once->leftovers, once->key, exec_id(once->exec));
    exec_cancel(once->exec);
    once_free(once);
}
