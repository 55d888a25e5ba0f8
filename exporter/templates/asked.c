/* SPDX-License-Identifier: MIT */
/* asked.c: looks for names of variables in a template's pieces. */
#include "exporter/templates/asked.h"

#include <string.h>

static void add(struct arena *arena, struct strings *list, const char *name)
{
    if (!strings_has(list, name))
        strings_add(arena, list, name);
}

/* Defaults may hold values again, to a depth that reading bounds. */
static void add_pieces(const struct pieces *pieces, struct arena *arena, struct strings *list)
{
    for (size_t i = 0; i < pieces->count; i++) {
        const struct reference *reference = pieces->item[i].reference;
        if (!reference)
            continue;
        if (reference->variable)
            add(arena, list, reference->variable);
        add_pieces(&reference->standard, arena, list);
    }
}

void asked_names(const struct scanned *scanned, struct arena *arena, struct strings *ret)
{
    for (size_t i = 0; i < scanned->declarations.count; i++)
        add(arena, ret, scanned->declarations.variable[i].name);
    add_pieces(&scanned->pieces, arena, ret);
}

/* The text behind the next place where word stands by itself; NULL: nowhere. */
static const char *find_word(const char *text, const char *end, const char *word)
{
    size_t length = strlen(word);
    for (const char *at = text; at + length <= end; at++) {
        bool begins = at == text || !variable_has(at[-1], false);
        bool ends = at + length == end || !variable_has(at[length], false);
        if (begins && ends && memcmp(at, word, length) == 0)
            return at + length;
    }
    return NULL;
}

/* `vars` without a plain name behind it: vars[key], pairs(vars). */
static bool takes_any(const char *text, const char *end)
{
    for (const char *at = text; (at = find_word(at, end, "vars"));)
        if (at == end || *at != '.')
            return true;
    return false;
}

bool asked_by_lua(const struct scanned *scanned, const char *name)
{
    for (size_t i = 0; i < scanned->pieces.count; i++) {
        const struct piece *piece = &scanned->pieces.item[i];
        bool lua = piece->kind == PIECE_CODE || piece->kind == PIECE_SHOW || piece->kind == PIECE_RAW;
        const char *end = piece->text + piece->len;
        if (lua && (find_word(piece->text, end, name) || takes_any(piece->text, end)))
            return true;
    }
    return false;
}
