/* library.h: what Lua knows in a template: few functions of its own, and some for text. */
#ifndef QUAYWATCH_EXPORTER_TEMPLATES_LIBRARY_H
#define QUAYWATCH_EXPORTER_TEMPLATES_LIBRARY_H

#include "exporter/templates/sandbox.h"

/* Makes a new table of globals with the functions, and nothing else, the state's. Raises errors. */
void library_open(lua_State *lua);

/* Puts contains, starts_with, ends_with, split, replace, trim, rep and format into the table on top: the
 * functions of library_text.c. Raises errors. */
void library_add_text(lua_State *lua);

/* Puts pairs, and sort, on top of the stack: library_order.c. */
int library_pairs(lua_State *lua);
int library_sort(lua_State *lua);

#endif
