/* SPDX-License-Identifier: MIT */
/* objects.c: services, instances and variables as values of Lua. They are made when they are asked for. */
#include "exporter/templates/objects.h"

#include <lauxlib.h>
#include <string.h>

#include "controller/core/error.h"
#include "controller/core/registry.h"
#include "controller/core/text.h"
#include "exporter/templates/fields.h"

static const char object_type[] = "service";

/* ---- values ---- */

static void push_list(lua_State *lua, const struct strings *list)
{
    lua_createtable(lua, (int)list->count, 0);
    for (size_t i = 0; i < list->count; i++) {
        lua_pushstring(lua, list->item[i]);
        lua_rawseti(lua, -2, (lua_Integer)i + 1);
    }
}

/* VALUE_NONE is nil. */
static void push_value(lua_State *lua, const struct value *value)
{
    switch (value->kind) {
    case VALUE_NONE:
        lua_pushnil(lua);
        break;
    case VALUE_TEXT:
        lua_pushlstring(lua, value->text, value->len);
        break;
    case VALUE_NUMBER:
        if (!lua_stringtonumber(lua, value->text))
            lua_pushnil(lua);
        break;
    case VALUE_BOOL:
        lua_pushboolean(lua, value->text[0] == 't');
        break;
    case VALUE_LIST:
        push_list(lua, &value->list);
        break;
    }
}

/* A text, number or boolean. */
static struct value take_plain(lua_State *lua, int index)
{
    struct arena *arena = sandbox_of(lua)->render->arena;
    size_t len;
    const char *text;
    if (lua_isboolean(lua, index))
        return value_bool(lua_toboolean(lua, index));
    bool number = lua_type(lua, index) == LUA_TNUMBER;
    lua_pushvalue(lua, index);
    text = lua_tolstring(lua, -1, &len);
    if (!text || (number && !value_is_number(text, len)))
        luaL_error(lua, "a %s cannot be written; name a text, a number or a list of them",
                   number ? "number that is none" : luaL_typename(lua, -1));
    struct value value = {
        .kind = number ? VALUE_NUMBER : VALUE_TEXT, .text = arena_copy_n(arena, text, len), .len = len};
    lua_pop(lua, 1);
    return value;
}

struct value objects_take(lua_State *lua, int index)
{
    struct value value = {.kind = VALUE_NONE};
    if (lua_isnil(lua, index))
        return value;
    if (!lua_istable(lua, index))
        return take_plain(lua, index);
    value.kind = VALUE_LIST;
    size_t count = (size_t)lua_rawlen(lua, index);
    sandbox_charge(lua, count);
    value.list.item = arena_new(sandbox_of(lua)->render->arena, (count + 1) * sizeof *value.list.item);
    for (size_t i = 0; i < count; i++) {
        lua_rawgeti(lua, index, (lua_Integer)i + 1);
        struct value element = take_plain(lua, lua_gettop(lua));
        value.list.item[i] = arena_copy_n(sandbox_of(lua)->render->arena, element.text, element.len);
        value.list.count = i + 1;
        lua_pop(lua, 1);
    }
    return value;
}

/* ---- services and instances ---- */

static void push_object(lua_State *lua, const struct service *service, const struct instance *instance)
{
    struct subject *subject = lua_newuserdatauv(lua, sizeof *subject, 0);
    *subject = (struct subject){.service = service, .instance = instance};
    luaL_setmetatable(lua, object_type);
}

static void push_instances(lua_State *lua, const struct service *service, bool all)
{
    struct endpoint endpoint;
    lua_Integer count = 0;
    lua_newtable(lua);
    for (const struct instance *at = service->first; at; at = at->next) {
        if (!all && !endpoint_of(at, &endpoint))
            continue;
        push_object(lua, service, at);
        lua_rawseti(lua, -2, ++count);
    }
}

static void push_metadata(lua_State *lua, const struct subject *subject)
{
    const struct pairs *pairs = field_metadata(subject);
    lua_newtable(lua);
    for (size_t i = 0; pairs && i < pairs->count; i++) {
        lua_pushstring(lua, pairs->item[i].value);
        lua_setfield(lua, -2, pairs->item[i].key);
    }
}

static void push_ports(lua_State *lua, const struct subject *subject)
{
    const struct instance *instance = field_speaker(subject);
    lua_newtable(lua);
    for (size_t i = 0; instance && i < instance->spec->port_count; i++) {
        lua_pushinteger(lua, instance->spec->ports[i].port);
        lua_setfield(lua, -2, instance->spec->ports[i].name);
    }
}

static void push_field(lua_State *lua, const struct subject *subject, const char *name)
{
    struct sandbox *sandbox = sandbox_of(lua);
    struct value value;
    int rc = field_value(subject, name, NULL, sandbox->render->arena, &value, sandbox->err);
    if (rc && !field_known(name))
        sandbox_fail(lua, rc);
    push_value(lua, &value);
}

static int object_index(lua_State *lua)
{
    const struct subject *subject = luaL_checkudata(lua, 1, object_type);
    const char *name = luaL_checkstring(lua, 2);
    if (field_has_keys(name))
        push_metadata(lua, subject);
    else if (strcmp(name, "ports") == 0)
        push_ports(lua, subject);
    else if (!subject->instance && strcmp(name, "instances") == 0)
        push_instances(lua, subject->service, false);
    else if (!subject->instance && strcmp(name, "all_instances") == 0)
        push_instances(lua, subject->service, true);
    else
        push_field(lua, subject, name);
    return 1;
}

static int object_equals(lua_State *lua)
{
    const struct subject *a = luaL_testudata(lua, 1, object_type), *b = luaL_testudata(lua, 2, object_type);
    lua_pushboolean(lua, a && b && a->service == b->service && a->instance == b->instance);
    return 1;
}

/* service.NAME */
static int service_index(lua_State *lua)
{
    const struct template_wish *wish = sandbox_of(lua)->render->wish;
    const struct service *service = registry_service(wish->registry, luaL_checkstring(lua, 2));
    if (service)
        push_object(lua, service, NULL);
    else
        lua_pushnil(lua);
    return 1;
}

/* ---- variables ---- */

/* vars.NAME */
static int variable_index(lua_State *lua)
{
    struct sandbox *sandbox = sandbox_of(lua);
    const struct declarations *declared = &sandbox->render->scanned->declarations;
    const struct template_wish *wish = sandbox->render->wish;
    const char *name = luaL_checkstring(lua, 2);
    struct value value;
    int rc = variable_value(declared, wish, name, &value, sandbox->err);
    if (!rc && value.kind == VALUE_NONE && !declaration_find(declared, name))
        rc = variable_missing(declared, wish, name, sandbox->err);
    if (rc)
        sandbox_fail(lua, rc);
    push_value(lua, &value);
    return 1;
}

/* ---- globals ---- */

static void push_services(lua_State *lua, bool all)
{
    const struct template_wish *wish = sandbox_of(lua)->render->wish;
    size_t count = registry_count(wish->registry);
    lua_Integer taken = 0;
    lua_createtable(lua, (int)count, 0);
    for (size_t i = 0; i < count; i++) {
        const struct service *service = registry_at(wish->registry, i);
        if ((!all && !endpoint_count(service)) || (wish->selects && !wish->selects(wish->user, service)))
            continue;
        push_object(lua, service, NULL);
        lua_rawseti(lua, -2, ++taken);
    }
}

/* A global that is not there yet. */
static int global_index(lua_State *lua)
{
    static const char *const known[] = {"services", "all_services", "service",  "vars",   "string",
                                        "table",    "math",         "pairs",    "ipairs", "select",
                                        "type",     "tostring",     "tonumber", "error",  "assert"};
    const char *name = luaL_checkstring(lua, 2);
    bool all = strcmp(name, "all_services") == 0;
    if (!all && strcmp(name, "services") != 0) {
        const char *nearest = text_nearest(name, known, sizeof known / sizeof *known);
        return luaL_error(
            lua,
            "'%s' is not known in templates%s%s%s; there are: services all_services service vars "
            "string table math pairs ipairs select type tostring tonumber error assert",
            name, nearest ? "; did you mean '" : "", nearest ? nearest : "", nearest ? "'?" : "");
    }
    push_services(lua, all);
    lua_pushvalue(lua, 2);
    lua_pushvalue(lua, -2);
    lua_rawset(lua, 1);
    return 1;
}

/* A value without anything in it whose fields the function makes; left on top. */
static void push_maker(lua_State *lua, lua_CFunction index)
{
    lua_newuserdatauv(lua, 0, 0);
    lua_newtable(lua);
    lua_pushcfunction(lua, index);
    lua_setfield(lua, -2, "__index");
    lua_setmetatable(lua, -2);
}

void objects_open(lua_State *lua)
{
    luaL_newmetatable(lua, object_type);
    lua_pushcfunction(lua, object_index);
    lua_setfield(lua, -2, "__index");
    lua_pushcfunction(lua, object_equals);
    lua_setfield(lua, -2, "__eq");
    lua_pop(lua, 1);
    lua_pushglobaltable(lua);
    push_maker(lua, service_index);
    lua_setfield(lua, -2, "service");
    push_maker(lua, variable_index);
    lua_setfield(lua, -2, "vars");
    lua_newtable(lua);
    lua_pushcfunction(lua, global_index);
    lua_setfield(lua, -2, "__index");
    lua_setmetatable(lua, -2);
    lua_pop(lua, 1);
}
