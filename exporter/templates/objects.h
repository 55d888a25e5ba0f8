/* objects.h: the registry as Lua sees it. `services` is the list of those that serve and are wished for, in
 * order of name; `all_services` of all that are wished for; `service.NAME` (or service["NAME"]) is one of
 * any, nil when there is none. A service has the fields of fields.h (nil when it has none), `meta`, `ports`,
 * `instances` (those that serve) and `all_instances`; an instance has the same fields of its own. `vars.NAME`
 * is a variable. */
#ifndef QUAYWATCH_EXPORTER_TEMPLATES_OBJECTS_H
#define QUAYWATCH_EXPORTER_TEMPLATES_OBJECTS_H

#include "exporter/templates/sandbox.h"

/* Adds them to the globals; a global that is none is an error from then on. Raises errors. */
void objects_open(lua_State *lua);

/* The value at that index of the stack, in the sandbox's arena: a text, number, boolean, nil, or a list of
 * the first three. Raises an error for others. */
struct value objects_take(lua_State *lua, int index);

#endif
