/* SPDX-License-Identifier: MIT */
/* sandbox.c: a Lua state and its bounds. */
#include "exporter/templates/sandbox.h"

#include <errno.h>
#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "controller/core/error.h"
#include "controller/core/text.h"

enum {
    HOOK_STEPS = 200,  /* how often bounds are looked at: what one step costs in C is below 1.5 ms */
    BYTES_A_STEP = 64, /* of what is allocated: as long as an instruction takes */
    REFUSALS_MAX = 8   /* each makes Lua collect everything, which takes longer than what is to be done */
};

static const char chunk_prefix[] = "template:";

static long long cpu_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (long long)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* lua_Alloc. (Shrinking never fails; running out of the machine's memory ends the process, as everywhere.) */
static void *allocate(void *user, void *block, size_t old, size_t size)
{
    struct sandbox *sandbox = user;
    size_t held = block ? old : 0;
    if (!size) {
        free(block);
        sandbox->memory -= held;
        return NULL;
    }
    if (size > held) {
        bool fits = size <= TEMPLATE_LUA_BLOCK && sandbox->memory - held + size <= TEMPLATE_MEMORY &&
                    sandbox->refusals < REFUSALS_MAX;
        if (!fits) {
            sandbox->refusals++;
            sandbox->memory_used_up = true;
            return NULL;
        }
        sandbox->steps -= (long long)((size - held) / BYTES_A_STEP);
    }
    sandbox->memory = sandbox->memory - held + size;
    return mem_resize(block, size, 1);
}

struct sandbox *sandbox_of(lua_State *lua)
{
    struct sandbox *sandbox;
    memcpy(&sandbox, lua_getextraspace(lua), sizeof(struct sandbox *));
    return sandbox;
}

/* lua_Hook. */
static void look_at_bounds(lua_State *lua, lua_Debug *at)
{
    struct sandbox *sandbox = sandbox_of(lua);
    sandbox->steps -= HOOK_STEPS;
    sandbox->steps_used_up = sandbox->steps < 0;
    sandbox->time_used_up = cpu_ns() > sandbox->cpu_end_ns;
    if (!sandbox->steps_used_up && !sandbox->time_used_up)
        return;
    lua_getinfo(lua, "l", at);
    lua_pushfstring(lua, "%s%d: ", chunk_prefix, at->currentline);
    lua_error(lua);
}

void sandbox_charge(lua_State *lua, size_t steps)
{
    struct sandbox *sandbox = sandbox_of(lua);
    sandbox->steps -= (long long)steps;
    sandbox->steps_used_up = sandbox->steps < 0;
    if (sandbox->steps_used_up)
        luaL_error(lua, "steps");
}

int sandbox_fail(lua_State *lua, int code)
{
    sandbox_of(lua)->failed = code;
    return luaL_error(lua, "failed");
}

void sandbox_open(struct sandbox *sandbox, struct render *render, struct error *err)
{
    *sandbox = (struct sandbox){.render = render, .err = err, .steps = TEMPLATE_STEPS};
    sandbox->cpu_end_ns = cpu_ns() + (long long)TEMPLATE_CPU_MS * 1000000;
    sandbox->lua = lua_newstate(allocate, sandbox);
    if (!sandbox->lua) /* (It needs a few kilobytes.) */
        abort();
    memcpy(lua_getextraspace(sandbox->lua), &sandbox, sizeof(struct sandbox *));
    lua_sethook(sandbox->lua, look_at_bounds, LUA_MASKCOUNT, HOOK_STEPS);
}

void sandbox_close(struct sandbox *sandbox)
{
    lua_close(sandbox->lua);
}

/* ---- errors ---- */

/* The handler of errors: puts the line that was being run before a message that has none. */
static int add_line(lua_State *lua)
{
    lua_Debug at;
    const char *message = lua_tostring(lua, 1);
    if (message && strncmp(message, chunk_prefix, sizeof chunk_prefix - 1) == 0)
        return 1;
    for (int level = 0; lua_getstack(lua, level, &at); level++) {
        lua_getinfo(lua, "Sl", &at);
        if (at.currentline <= 0)
            continue;
        lua_pushfstring(lua, "%s%d: %s", chunk_prefix, at.currentline,
                        message ? message : "an error that is no text");
        return 1;
    }
    return 1;
}

/* The line before the message, cut from it; 0: none. */
static unsigned cut_line(const char **message)
{
    const char *at = *message;
    unsigned line = 0;
    if (strncmp(at, chunk_prefix, sizeof chunk_prefix - 1) != 0)
        return 0;
    for (at += sizeof chunk_prefix - 1; *at >= '0' && *at <= '9'; at++)
        line = line * 10 + (unsigned)(*at - '0');
    *message = at + strspn(at, ": ");
    return line;
}

static int tell(struct sandbox *sandbox, int status, const char *message)
{
    char shown[300];
    if (sandbox->failed)
        return sandbox->failed;
    if (status == LUA_ERRMEM)
        return error_set(
            sandbox->err, -ENOMEM,
            "The Lua in it needs too much memory; at most %d MiB, and %d MiB in one piece, are allowed",
            TEMPLATE_MEMORY >> 20, TEMPLATE_LUA_BLOCK >> 20);
    if (sandbox->steps_used_up)
        return error_set(sandbox->err, -ETIME, "The Lua in it needs more than %d steps", TEMPLATE_STEPS);
    if (sandbox->time_used_up)
        return error_set(sandbox->err, -ETIME, "The Lua in it needs more than %d ms", TEMPLATE_CPU_MS);
    text_one_line(message, shown, sizeof shown);
    return error_set(sandbox->err, -EINVAL, "Lua: %s", shown);
}

int sandbox_run(struct sandbox *sandbox, lua_CFunction run, unsigned *ret_line)
{
    lua_State *lua = sandbox->lua;
    *ret_line = 0;
    lua_pushcfunction(lua, add_line);
    lua_pushcfunction(lua, run);
    int status = lua_pcall(lua, 0, 0, 1);
    if (status == LUA_OK)
        return 0;
    const char *message = lua_type(lua, -1) == LUA_TSTRING ? lua_tostring(lua, -1)
                                                           : "an error that is no text";
    *ret_line = cut_line(&message);
    return tell(sandbox, status, message);
}
