/* SPDX-License-Identifier: MIT */
/* library_text.c: functions for text in place of those of Lua that go by patterns, whose time nothing bounds.
 */
#include "exporter/templates/library.h"

#include <lauxlib.h>
#include <string.h>

#include "controller/core/env_name.h"

enum { BYTES_A_STEP = 32 }; /* of text that is searched */

/* A text argument; its length counts as work. */
static const char *take_text(lua_State *lua, int argument, size_t *ret_len)
{
    const char *text = luaL_checklstring(lua, argument, ret_len);
    sandbox_charge(lua, *ret_len / BYTES_A_STEP);
    return text;
}

/* Where part begins in text, or NULL. */
static const char *find(const char *text, size_t len, const char *part, size_t part_len)
{
    return part_len ? memmem(text, len, part, part_len) : text;
}

static int contains(lua_State *lua)
{
    size_t len, part_len;
    const char *text = take_text(lua, 1, &len), *part = take_text(lua, 2, &part_len);
    lua_pushboolean(lua, find(text, len, part, part_len) != NULL);
    return 1;
}

static int starts_with(lua_State *lua)
{
    size_t len, part_len;
    const char *text = take_text(lua, 1, &len), *part = take_text(lua, 2, &part_len);
    lua_pushboolean(lua, part_len <= len && memcmp(text, part, part_len) == 0);
    return 1;
}

static int ends_with(lua_State *lua)
{
    size_t len, part_len;
    const char *text = take_text(lua, 1, &len), *part = take_text(lua, 2, &part_len);
    lua_pushboolean(lua, part_len <= len && memcmp(text + len - part_len, part, part_len) == 0);
    return 1;
}

static int trim(lua_State *lua)
{
    static const char blanks[] = " \t\r\n";
    size_t len;
    const char *text = take_text(lua, 1, &len);
    while (len && text[len - 1] && strchr(blanks, text[len - 1]))
        len--;
    for (; len && *text && strchr(blanks, *text); len--)
        text++;
    lua_pushlstring(lua, text, len);
    return 1;
}

static int split(lua_State *lua)
{
    size_t len, part_len;
    const char *text = take_text(lua, 1, &len), *part = take_text(lua, 2, &part_len), *found;
    luaL_argcheck(lua, part_len > 0, 2, "a separator must have a character");
    lua_newtable(lua);
    for (lua_Integer at = 1;; at++) {
        sandbox_charge(lua, 1);
        found = find(text, len, part, part_len);
        lua_pushlstring(lua, text, found ? (size_t)(found - text) : len);
        lua_rawseti(lua, -2, at);
        if (!found)
            return 1;
        len -= (size_t)(found - text) + part_len;
        text = found + part_len;
    }
}

static int replace(lua_State *lua)
{
    size_t len, part_len, by_len;
    const char *text = take_text(lua, 1, &len), *part = take_text(lua, 2, &part_len);
    const char *by = take_text(lua, 3, &by_len), *found;
    luaL_argcheck(lua, part_len > 0, 2, "what is replaced must have a character");
    luaL_Buffer out;
    luaL_buffinit(lua, &out);
    while ((found = find(text, len, part, part_len)) != NULL) {
        luaL_addlstring(&out, text, (size_t)(found - text));
        luaL_addlstring(&out, by, by_len);
        len -= (size_t)(found - text) + part_len;
        text = found + part_len;
    }
    luaL_addlstring(&out, text, len);
    luaL_pushresult(&out);
    return 1;
}

static int rep(lua_State *lua)
{
    size_t len, by_len;
    const char *text = luaL_checklstring(lua, 1, &len);
    lua_Integer times = luaL_checkinteger(lua, 2);
    const char *by = luaL_optlstring(lua, 3, "", &by_len);
    luaL_argcheck(lua, times <= TEMPLATE_LUA_BLOCK, 2, "too often");
    luaL_argcheck(lua, times <= 0 || (len + by_len) <= TEMPLATE_LUA_BLOCK / (size_t)times, 2, "too long");
    luaL_Buffer out;
    luaL_buffinit(lua, &out);
    sandbox_charge(lua, times > 0 ? (size_t)times : 0);
    for (lua_Integer i = 0; i < times; i++) {
        luaL_addlstring(&out, text, len);
        if (i + 1 < times)
            luaL_addlstring(&out, by, by_len);
    }
    luaL_pushresult(&out);
    return 1;
}

/* string.format; its own stands in the upvalue. What would show an address is refused. */
static int format(lua_State *lua)
{
    size_t len;
    int count = lua_gettop(lua);
    const char *text = luaL_checklstring(lua, 1, &len);
    for (size_t i = 0; i < len; i++) {
        if (text[i] != '%')
            continue;
        i += 1 + strspn(text + i + 1, "-+ #0123456789.");
        luaL_argcheck(lua, text[i] != 'p', 1, "%p is not allowed");
    }
    for (int i = 2; i <= count; i++)
        luaL_argcheck(lua, lua_isstring(lua, i) || lua_isboolean(lua, i) || lua_isnil(lua, i), i,
                      "a text, a number or a boolean is wanted");
    lua_pushvalue(lua, lua_upvalueindex(1));
    lua_insert(lua, 1);
    lua_call(lua, count, 1);
    return 1;
}

static int variable_name(lua_State *lua)
{
    char name[ENV_NAME];
    env_name(luaL_checkstring(lua, 1), NULL, name);
    lua_pushstring(lua, name);
    return 1;
}

static int no_patterns(lua_State *lua)
{
    return luaL_error(lua,
                      "patterns are not available in templates; there are contains, starts_with, ends_with, "
                      "split, replace and trim");
}

void library_add_text(lua_State *lua)
{
    static const luaL_Reg functions[] = {{"contains", contains},
                                         {"starts_with", starts_with},
                                         {"ends_with", ends_with},
                                         {"trim", trim},
                                         {"split", split},
                                         {"replace", replace},
                                         {"rep", rep},
                                         {"env_name", variable_name},
                                         {"find", no_patterns},
                                         {"match", no_patterns},
                                         {"gmatch", no_patterns},
                                         {"gsub", no_patterns},
                                         {NULL, NULL}};
    luaL_setfuncs(lua, functions, 0);
    lua_getfield(lua, -1, "format");
    lua_pushcclosure(lua, format, 1);
    lua_setfield(lua, -2, "format");
}
