/* sandbox.h: Lua 5.4 without anything that reaches out of it, and with bounds on steps, time and memory. What
 * runs in it can neither hang nor grow nor read: there is no io, os, load, require, debug, coroutine or
 * pcall, and no function of C whose time is not bounded by what it is given (patterns, table.move, string.rep
 * of nothing).
 *
 * Steps are instructions, and what is allocated or compared counts as well, so that the same template of the
 * same registry always needs the same number. */
#ifndef QUAYWATCH_EXPORTER_TEMPLATES_SANDBOX_H
#define QUAYWATCH_EXPORTER_TEMPLATES_SANDBOX_H

#include <lua.h>

#include "exporter/templates/render.h"

struct sandbox {
    lua_State *lua;
    struct render *render;
    struct error *err; /* where what failed in C is told */
    int failed;        /* the code of that; 0: nothing failed there */
    long long steps;   /* that are left */
    bool steps_used_up, time_used_up, memory_used_up;
    size_t memory; /* bytes in use */
    unsigned refusals;
    long long cpu_end_ns; /* of this thread's clock */
};

/* An empty state; everything else happens inside of sandbox_run. NULL never. */
void sandbox_open(struct sandbox *sandbox, struct render *render, struct error *err);

/* Calls run (which may raise errors) with the sandbox. Fails with a code, the sentence in err, and
 * *ret_line is the line of the chunk named "template" that was being run or read; 0: unknown. */
int sandbox_run(struct sandbox *sandbox, lua_CFunction run, unsigned *ret_line);

/* Frees the state. */
void sandbox_close(struct sandbox *sandbox);

/* The sandbox of a state. */
struct sandbox *sandbox_of(lua_State *lua);

/* Counts work done in C as steps; raises an error when they are used up. */
void sandbox_charge(lua_State *lua, size_t steps);

/* Raises the error that err holds with this code. Never returns. */
int sandbox_fail(lua_State *lua, int code);

#endif
