/* SPDX-License-Identifier: MIT */
/* library_order.c: pairs in order and a sort that keeps it, so that the same registry always gives the same
 * bytes. (Lua's own go by hash seeds and random pivots.) */
#include "exporter/templates/library.h"

#include <lauxlib.h>

enum { BYTES_A_STEP = 32 }; /* of texts that are compared */

/* Whether the value at index a is less than that at b; by the function at index 2 if there is one. */
static bool is_less(lua_State *lua, int a, int b)
{
    size_t work = lua_type(lua, a) == LUA_TSTRING ? (size_t)lua_rawlen(lua, a) / BYTES_A_STEP : 0;
    sandbox_charge(lua, 1 + work);
    if (lua_isnoneornil(lua, 2))
        return lua_compare(lua, a, b, LUA_OPLT);
    lua_pushvalue(lua, 2);
    lua_pushvalue(lua, a);
    lua_pushvalue(lua, b);
    lua_call(lua, 2, 1);
    bool less = lua_toboolean(lua, -1);
    lua_pop(lua, 1);
    return less;
}

/* Merges from's runs [low, middle) and [middle, high) into to; both are tables on the stack. */
static void merge(lua_State *lua, int from, int to, lua_Integer low, lua_Integer middle, lua_Integer high)
{
    lua_Integer left = low, right = middle;
    for (lua_Integer at = low; at < high; at++) {
        bool take_right = left == middle;
        if (!take_right && right < high) {
            lua_rawgeti(lua, from, right);
            lua_rawgeti(lua, from, left);
            take_right = is_less(lua, lua_gettop(lua) - 1, lua_gettop(lua));
            lua_pop(lua, 2);
        }
        lua_rawgeti(lua, from, take_right ? right++ : left++);
        lua_rawseti(lua, to, at);
    }
}

static lua_Integer least(lua_Integer a, lua_Integer b)
{
    return a < b ? a : b;
}

/* Sorts the list at index 1, of count elements. */
static void sort_list(lua_State *lua, lua_Integer count)
{
    lua_settop(lua, 2);
    lua_createtable(lua, (int)count, 0);
    int from = 1, to = 3;
    for (lua_Integer width = 1; width < count; width *= 2) {
        for (lua_Integer low = 1; low <= count; low += 2 * width)
            merge(lua, from, to, low, least(low + width, count + 1), least(low + 2 * width, count + 1));
        int swapped = from;
        from = to;
        to = swapped;
    }
    for (lua_Integer at = 1; from != 1 && at <= count; at++) {
        lua_rawgeti(lua, from, at);
        lua_rawseti(lua, 1, at);
    }
}

/* table.sort(list, less): stable, and less is called as often each time. */
int library_sort(lua_State *lua)
{
    luaL_checktype(lua, 1, LUA_TTABLE);
    if (!lua_isnoneornil(lua, 2))
        luaL_checktype(lua, 2, LUA_TFUNCTION);
    lua_Integer count = (lua_Integer)lua_rawlen(lua, 1);
    sandbox_charge(lua, (size_t)count);
    sort_list(lua, count);
    return 0;
}

/* The order of keys: numbers, then texts. */
static int key_is_less(lua_State *lua)
{
    int a = lua_type(lua, 1), b = lua_type(lua, 2);
    if (a == b && (a == LUA_TNUMBER || a == LUA_TSTRING))
        lua_pushboolean(lua, lua_compare(lua, 1, 2, LUA_OPLT));
    else
        lua_pushboolean(lua, a < b);
    return 1;
}

/* Goes on: upvalues are the table, its keys, and how many were told. */
static int next_pair(lua_State *lua)
{
    lua_Integer at = lua_tointeger(lua, lua_upvalueindex(3)) + 1;
    lua_pushinteger(lua, at);
    lua_replace(lua, lua_upvalueindex(3));
    if (lua_rawgeti(lua, lua_upvalueindex(2), at) == LUA_TNIL)
        return 1;
    lua_pushvalue(lua, -1);
    lua_rawget(lua, lua_upvalueindex(1));
    return 2;
}

/* pairs(table): by key. */
int library_pairs(lua_State *lua)
{
    luaL_checktype(lua, 1, LUA_TTABLE);
    lua_settop(lua, 1);
    lua_newtable(lua);
    lua_Integer count = 0;
    for (lua_pushnil(lua); lua_next(lua, 1); count++) {
        lua_pop(lua, 1);
        int type = lua_type(lua, -1);
        if (type != LUA_TNUMBER && type != LUA_TSTRING)
            return luaL_error(lua, "pairs goes over keys that are texts or numbers, not a %s",
                              lua_typename(lua, type));
        lua_pushvalue(lua, -1);
        lua_rawseti(lua, 2, count + 1);
    }
    sandbox_charge(lua, (size_t)count);
    lua_pushcfunction(lua, library_sort);
    lua_pushvalue(lua, 2);
    lua_pushcfunction(lua, key_is_less);
    lua_call(lua, 2, 0);
    lua_pushinteger(lua, 0);
    lua_pushcclosure(lua, next_pair, 3);
    return 1;
}
