/* SPDX-License-Identifier: MIT */
/* script.c: from pieces to Lua, and from Lua's errors to places in the template. */
#include "exporter/templates/script.h"

#include <errno.h>
#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/error.h"
#include "exporter/templates/library.h"
#include "exporter/templates/objects.h"

/* The names of the calls begin with what nobody else's names begin with. */
static const char call_put[] = "__put", call_show[] = "__show", call_raw[] = "__raw";

/* What is run: the source, and for each of its lines where in the template it comes from. */
struct program {
    struct buf source;
    struct place *line;
    size_t lines, room;
};

/* A sandbox, and what runs in it. */
struct script {
    struct sandbox sandbox; /* first: found by the state */
    struct program program;
};

/* ---- the program ---- */

static void add_line(struct program *program, const char *text, size_t len, struct place place)
{
    if (program->lines == program->room) {
        program->room = program->room ? program->room * 2 : 64;
        program->line = mem_resize(program->line, program->room, sizeof *program->line);
    }
    program->line[program->lines++] = place;
    buf_add(&program->source, text, len);
    buf_add(&program->source, "\n", 1);
}

static void add_text(struct program *program, const char *text, struct place place)
{
    add_line(program, text, strlen(text), place);
}

/* Lua of the template, line for line; only of the first the column is known. */
static void add_code(struct program *program, const struct piece *piece)
{
    struct place place = piece->place;
    const char *at = piece->text, *end = at + piece->len;
    for (;;) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        add_line(program, at, (size_t)((newline ? newline : end) - at), place);
        if (!newline)
            return;
        at = newline + 1;
        place = (struct place){place.line + 1, 0};
    }
}

static void add_piece(struct program *program, const struct piece *piece, size_t number)
{
    char call[40];
    switch (piece->kind) {
    case PIECE_TEXT:
    case PIECE_VALUE:
        snprintf(call, sizeof call, "%s(%zu)", call_put, number);
        add_text(program, call, piece->place);
        break;
    case PIECE_SHOW:
    case PIECE_RAW:
        snprintf(call, sizeof call, "%s(%zu,", piece->kind == PIECE_RAW ? call_raw : call_show, number);
        add_text(program, call, piece->place);
        add_code(program, piece);
        add_text(program, ")", piece->place);
        break;
    case PIECE_CODE:
        add_code(program, piece);
        break;
    }
}

/* ---- what it calls ---- */

/* The piece whose number is the first argument. */
static const struct piece *take_piece(lua_State *lua, bool expression)
{
    const struct pieces *pieces = &sandbox_of(lua)->render->scanned->pieces;
    lua_Integer number = luaL_checkinteger(lua, 1);
    luaL_argcheck(lua, number >= 0 && (size_t)number < pieces->count, 1, "no piece of the template");
    const struct piece *piece = &pieces->item[number];
    bool is_expression = piece->kind == PIECE_SHOW || piece->kind == PIECE_RAW;
    luaL_argcheck(lua, piece->kind != PIECE_CODE && is_expression == expression, 1, "no such piece");
    return piece;
}

static int finish(lua_State *lua, int rc)
{
    struct sandbox *sandbox = sandbox_of(lua);
    if (rc)
        return sandbox_fail(lua, rc);
    if (sandbox->render->writer.out->full) {
        error_set(sandbox->err, -ENOBUFS, "What the template makes has more than %d bytes", TEMPLATE_OUTPUT);
        return sandbox_fail(lua, -ENOBUFS);
    }
    return 0;
}

static int put(lua_State *lua)
{
    struct sandbox *sandbox = sandbox_of(lua);
    const struct piece *piece = take_piece(lua, false);
    sandbox_charge(lua, 1 + piece->len / 64);
    return finish(lua, render_piece(sandbox->render, piece, sandbox->err));
}

static int show(lua_State *lua)
{
    struct sandbox *sandbox = sandbox_of(lua);
    struct render *render = sandbox->render;
    const struct piece *piece = take_piece(lua, true);
    luaL_checkany(lua, 2);
    struct value value = objects_take(lua, 2);
    sandbox_charge(lua, value.len / 16);
    int rc = writer_value(&render->writer, &value, "<%= … %>", piece->place, sandbox->err);
    render->place = render->writer.place;
    return finish(lua, rc);
}

static int raw(lua_State *lua)
{
    struct sandbox *sandbox = sandbox_of(lua);
    struct render *render = sandbox->render;
    size_t len;
    take_piece(lua, true);
    const char *text = luaL_checklstring(lua, 2, &len);
    sandbox_charge(lua, len / 16);
    int rc = writer_text(&render->writer, text, len, sandbox->err);
    render->place = render->writer.place;
    return finish(lua, rc);
}

/* ---- running it ---- */

static int run(lua_State *lua)
{
    struct sandbox *sandbox = sandbox_of(lua);
    const struct program *program = &((const struct script *)sandbox)->program;
    library_open(lua);
    lua_pushcfunction(lua, put);
    lua_setglobal(lua, call_put);
    lua_pushcfunction(lua, show);
    lua_setglobal(lua, call_show);
    lua_pushcfunction(lua, raw);
    lua_setglobal(lua, call_raw);
    objects_open(lua);
    if (luaL_loadbufferx(lua, buf_string(&program->source), program->source.len, "=template", "t"))
        return lua_error(lua);
    lua_call(lua, 0, 0);
    return 0;
}

int script_render(struct render *render, struct error *err)
{
    struct script script = {.program = {.lines = 0}};
    struct program *program = &script.program;
    const struct pieces *pieces = &render->scanned->pieces;
    unsigned line;
    buf_init(&program->source, (size_t)TEMPLATE_SIZE * 32);
    for (size_t i = 0; i < pieces->count; i++)
        add_piece(program, &pieces->item[i], i);
    render->place = (struct place){0, 0};
    sandbox_open(&script.sandbox, render, err);
    int rc = sandbox_run(&script.sandbox, run, &line);
    if (rc && line && line <= program->lines && !render->place.line)
        render->place = program->line[line - 1];
    sandbox_close(&script.sandbox);
    buf_free(&program->source);
    free(program->line);
    return rc;
}
