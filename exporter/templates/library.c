/* SPDX-License-Identifier: MIT */
/* library.c: the globals of a template: a choice of Lua's own functions, by name, and nothing else. */
#include "exporter/templates/library.h"

#include <lauxlib.h>
#include <lualib.h>
#include <string.h>

#include "controller/core/text.h"

/* What is taken from Lua: each bounded in time by what it is given, and without a way out. */
static const char *const taken_base[] = {"assert", "error", "ipairs", "select", "tonumber", "type", NULL};
static const char *const taken_math[] = {"abs", "ceil",      "floor", "fmod", "max",
                                         "min", "tointeger", "huge",  NULL};
static const char *const taken_table[] = {"concat", "insert", "remove", "unpack", NULL};
static const char *const taken_string[] = {"byte",  "char",    "format", "len", "lower",
                                           "upper", "reverse", "sub",    NULL};

/* Copies those fields of the table on top into a new one, which takes its place. */
static void take(lua_State *lua, const char *const *names)
{
    lua_newtable(lua);
    for (; *names; names++) {
        lua_getfield(lua, -2, *names);
        lua_setfield(lua, -2, *names);
    }
    lua_remove(lua, -2);
}

/* Opens one of Lua's libraries, takes those fields of it and leaves them on top. */
static void open_library(lua_State *lua, lua_CFunction open, const char *const *names)
{
    lua_pushcfunction(lua, open);
    lua_call(lua, 0, 1);
    take(lua, names);
}

/* tostring(value), without the addresses that Lua shows of tables and functions. */
static int show(lua_State *lua)
{
    luaL_checkany(lua, 1);
    luaL_argcheck(lua, lua_isstring(lua, 1) || lua_isboolean(lua, 1) || lua_isnil(lua, 1), 1,
                  "a text, a number or a boolean is wanted");
    luaL_tolstring(lua, 1, NULL);
    return 1;
}

void library_open(lua_State *lua)
{
    luaL_checkstack(lua, LUA_MINSTACK, NULL);
    open_library(lua, luaopen_base, taken_base);
    lua_pushcfunction(lua, library_pairs);
    lua_setfield(lua, -2, "pairs");
    lua_pushcfunction(lua, show);
    lua_setfield(lua, -2, "tostring");
    open_library(lua, luaopen_math, taken_math);
    lua_setfield(lua, -2, "math");
    open_library(lua, luaopen_table, taken_table);
    lua_pushcfunction(lua, library_sort);
    lua_setfield(lua, -2, "sort");
    lua_setfield(lua, -2, "table");
    open_library(lua, luaopen_string, taken_string);
    library_add_text(lua);
    /* Methods of texts are looked up in that table, too. */
    lua_pushliteral(lua, "");
    lua_getmetatable(lua, -1);
    lua_pushvalue(lua, -3);
    lua_setfield(lua, -2, "__index");
    lua_pop(lua, 2);
    lua_setfield(lua, -2, "string");
    /* It is all there is: what Lua's libraries made stays behind. */
    lua_rawseti(lua, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
}
