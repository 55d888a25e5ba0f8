/* SPDX-License-Identifier: MIT */
/* grammar_yaml.c: YAML 1.2, as far as quotes, comments, blocks, and where a value begins go. */
#include "exporter/templates/grammar.h"

#include <string.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void note_token(struct lexer *lexer, size_t column)
{
    if (!lexer->has_token)
        lexer->token_column = column;
    lexer->has_token = true;
    lexer->fresh = false;
}

static void begin_line(struct lexer *lexer)
{
    bool block = lexer->header;
    *lexer = (struct lexer){.spot = block ? SPOT_BLOCK : SPOT_OUTSIDE,
                            .fresh = true,
                            .depth = lexer->depth,
                            .block_indent = lexer->block_indent};
}

/* The byte behind a "-", "?" or ":" tells whether it was one that counts. */
static void settle_mark(struct lexer *lexer, bool blank)
{
    char mark = lexer->mark;
    lexer->mark = 0;
    if (!mark)
        return;
    if (!blank) {
        if (mark != ':')
            note_token(lexer, lexer->mark_column);
        return;
    }
    lexer->fresh = true;
    if (mark == '-') {
        lexer->has_dash = true;
        lexer->dash_column = lexer->mark_column;
    }
}

/* "|" or ">" where a value begins: the lines of its text stand further right than what it belongs to. */
static void begin_header(struct lexer *lexer)
{
    lexer->block_indent = lexer->has_token  ? lexer->token_column + 1
                          : lexer->has_dash ? lexer->dash_column + 1
                                            : 0;
    lexer->header = true;
    lexer->fresh = false;
}

static void flow_bracket(struct lexer *lexer, char c)
{
    if (c == '[' || c == '{') {
        note_token(lexer, lexer->column);
        lexer->depth++;
        lexer->fresh = true;
    } else if (c == ',') {
        lexer->fresh = true;
    } else {
        lexer->depth--;
        lexer->fresh = false;
    }
}

static void token(struct lexer *lexer, char c)
{
    bool begins = !lexer->previous || is_blank(lexer->previous);
    bool header = lexer->header;
    lexer->header = header && (c == '+' || c == '-' || (c >= '0' && c <= '9'));
    if (c == '#' && begins) {
        lexer->spot = SPOT_COMMENT;
        lexer->header = header;
    } else if (header) {
        lexer->fresh = false;
    } else if (c == ':') {
        /* (Behind a key in quotes no blank is needed between brackets.) */
        bool at_once = lexer->depth && (lexer->previous == '"' || lexer->previous == '\'');
        lexer->mark = ':';
        lexer->fresh = at_once;
    } else if ((c == '-' || c == '?') && lexer->fresh) {
        lexer->mark = c;
        lexer->mark_column = lexer->column;
    } else if (c == '"' && lexer->fresh) {
        note_token(lexer, lexer->column);
        lexer->spot = SPOT_DOUBLE;
    } else if (c == '\'' && (lexer->fresh || lexer->emptied)) {
        note_token(lexer, lexer->column);
        lexer->spot = SPOT_SINGLE;
    } else if ((c == '|' || c == '>') && lexer->fresh && !lexer->depth) {
        begin_header(lexer);
    } else if (((c == '[' || c == '{') && (lexer->fresh || lexer->depth)) ||
               (lexer->depth && strchr(",]}", c))) {
        flow_bracket(lexer, c);
    } else {
        note_token(lexer, lexer->column);
    }
    lexer->emptied = 0;
}

static void outside(struct lexer *lexer, char c)
{
    settle_mark(lexer, is_blank(c));
    if (c == '\n')
        begin_line(lexer);
    else if (!is_blank(c))
        token(lexer, c);
}

/* The line of a block's text begins here, or of what follows the block. */
static void begin_block_line(struct lexer *lexer)
{
    lexer->in_block_line = lexer->column >= lexer->block_indent;
    if (!lexer->in_block_line)
        lexer->spot = SPOT_OUTSIDE;
    lexer->fresh = !lexer->in_block_line;
}

static void inside_block(struct lexer *lexer, char c)
{
    if (c == '\n') {
        lexer->header = true;
        begin_line(lexer);
    } else if (!lexer->in_block_line && c != ' ') {
        begin_block_line(lexer);
        if (!lexer->in_block_line)
            outside(lexer, c);
    }
}

static void inside_quotes(struct lexer *lexer, char c)
{
    bool two = lexer->spot == SPOT_DOUBLE;
    bool ends = c == (two ? '"' : '\'') && !lexer->backslash;
    lexer->backslash = two && c == '\\' && !lexer->backslash;
    if (!ends)
        return;
    lexer->spot = SPOT_OUTSIDE;
    lexer->fresh = false;
    lexer->emptied = two ? 0 : '\''; /* another one at once is a quote inside */
}

static void advance(struct lexer *lexer, char c)
{
    bool line = c == '\n';
    switch (lexer->spot) {
    case SPOT_DOUBLE:
    case SPOT_SINGLE:
        inside_quotes(lexer, c);
        break;
    case SPOT_COMMENT:
        if (line)
            begin_line(lexer);
        break;
    case SPOT_BLOCK:
        inside_block(lexer, c);
        break;
    case SPOT_DOUBLE3:
    case SPOT_SINGLE3:
    case SPOT_OUTSIDE:
        outside(lexer, c);
        break;
    }
    lexer->previous = c;
    lexer->column = line ? 0 : lexer->column + 1;
}

static bool ends_yaml(const struct lexer *lexer, const char *text, size_t len)
{
    size_t blanks;
    char next = grammar_next(text, len, &blanks);
    if (!next || next == '\n' || next == '\r' || (next == '#' && blanks))
        return true;
    if (next == ':' && !blanks)
        return lexer->depth || (len > 1 && is_blank(text[1]));
    return lexer->depth && strchr(",]}", next);
}

static void settle(struct lexer *lexer)
{
    if (lexer->spot == SPOT_BLOCK && !lexer->in_block_line)
        begin_block_line(lexer);
    if (lexer->spot != SPOT_OUTSIDE)
        return;
    settle_mark(lexer, false);
    lexer->header = false;
    if (!lexer->has_token) {
        lexer->token_column = lexer->column;
        lexer->has_token = true;
    }
}

const struct grammar grammar_yaml = {.advance = advance, .ends = ends_yaml, .settle = settle};
