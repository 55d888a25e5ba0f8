/* SPDX-License-Identifier: MIT */
/* grammar_toml.c: TOML 1.0, as far as quotes, comments, keys and values go. */
#include "exporter/templates/grammar.h"

#include <string.h>

/* A quote outside of quotes: opens, or is the third of three that open. */
static void open_quote(struct lexer *lexer, char c)
{
    bool third = lexer->emptied == c;
    lexer->emptied = lexer->opened = 0;
    lexer->fresh = lexer->backslash = false;
    lexer->run = 0;
    if (third) {
        lexer->spot = c == '"' ? SPOT_DOUBLE3 : SPOT_SINGLE3;
        return;
    }
    lexer->spot = c == '"' ? SPOT_DOUBLE : SPOT_SINGLE;
    lexer->opened = c;
}

static void inside_one(struct lexer *lexer, char c)
{
    char quote = lexer->spot == SPOT_DOUBLE ? '"' : '\'';
    bool ends = c == quote && !lexer->backslash;
    lexer->backslash = quote == '"' && c == '\\' && !lexer->backslash;
    if (ends && lexer->opened)
        lexer->emptied = quote;
    lexer->opened = 0;
    if (ends)
        lexer->spot = SPOT_OUTSIDE;
}

/* Up to two quotes may stand right before the three that end it: those behind three belong to them. */
static void inside_three(struct lexer *lexer, char c)
{
    char quote = lexer->spot == SPOT_DOUBLE3 ? '"' : '\'';
    bool counts = c == quote && !lexer->backslash;
    lexer->backslash = quote == '"' && c == '\\' && !lexer->backslash;
    lexer->run = counts ? lexer->run + 1 : 0;
    if (lexer->run < 3)
        return;
    lexer->spot = SPOT_OUTSIDE;
    lexer->run = 2;
}

static void outside(struct lexer *lexer, char c)
{
    if (lexer->run && c == lexer->previous) {
        lexer->run--;
        return;
    }
    lexer->run = 0;
    if (c == '"' || c == '\'') {
        open_quote(lexer, c);
        return;
    }
    lexer->emptied = 0;
    if (c == ' ' || c == '\t' || c == '\r')
        return;
    lexer->fresh = c == '\n' || c == '=' || c == '[' || c == '{' || c == ',' ||
                   (c == '.' && !lexer->in_value);
    if (c == '#')
        lexer->spot = SPOT_COMMENT;
    else if (c == '=')
        lexer->in_value = true;
    else if (c == '\n' && !lexer->depth)
        lexer->in_value = false;
    else if (lexer->in_value && (c == '[' || c == '{'))
        lexer->depth++;
    else if (lexer->depth && (c == ']' || c == '}'))
        lexer->depth--;
}

/* (A text in quotes of one line ends with its line, so that one left open by mistake harms nothing else.) */
static void advance(struct lexer *lexer, char c)
{
    bool lines = lexer->spot == SPOT_DOUBLE3 || lexer->spot == SPOT_SINGLE3;
    if (c == '\n' && !lines)
        lexer->spot = SPOT_OUTSIDE;
    switch (lexer->spot) {
    case SPOT_DOUBLE:
    case SPOT_SINGLE:
        inside_one(lexer, c);
        break;
    case SPOT_DOUBLE3:
    case SPOT_SINGLE3:
        inside_three(lexer, c);
        break;
    case SPOT_OUTSIDE:
        outside(lexer, c);
        break;
    case SPOT_COMMENT:
    case SPOT_BLOCK:
        break;
    }
    lexer->previous = c;
}

static bool ends_toml(const struct lexer *lexer, const char *text, size_t len)
{
    size_t blanks;
    char next = grammar_next(text, len, &blanks);
    return !next || strchr("\r\n#,]}=", next) || (next == '.' && !lexer->in_value);
}

const struct grammar grammar_toml = {.advance = advance, .ends = ends_toml};
