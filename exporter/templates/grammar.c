/* SPDX-License-Identifier: MIT */
/* grammar.c: the simple grammars: text, JSON, ENV, INI. */
#include "exporter/templates/grammar.h"

#include <string.h>

char grammar_next(const char *text, size_t len, size_t *ret_blanks)
{
    size_t at = 0;
    while (at < len && (text[at] == ' ' || text[at] == '\t'))
        at++;
    *ret_blanks = at;
    return (char)(at < len ? text[at] : 0);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* Inside double quotes with backslashes; true when c ended them. */
static bool leave_double(struct lexer *lexer, char c)
{
    bool ends = c == '"' && !lexer->backslash;
    lexer->backslash = c == '\\' && !lexer->backslash;
    if (ends) {
        lexer->spot = SPOT_OUTSIDE;
        lexer->fresh = false;
    }
    return ends;
}

static void advance_text(struct lexer *lexer, char c)
{
    lexer->previous = c;
}

const struct grammar grammar_text = {.advance = advance_text};

static void advance_json(struct lexer *lexer, char c)
{
    if (lexer->spot == SPOT_DOUBLE)
        leave_double(lexer, c);
    else if (c == '"')
        lexer->spot = SPOT_DOUBLE;
    else if (!is_blank(c) && c != '\n')
        lexer->fresh = c == '[' || c == '{' || c == ',' || c == ':';
    lexer->previous = c;
}

const struct grammar grammar_json = {.advance = advance_json};

/* A line of its own, or nothing but the comment of a line. */
static bool line_ends(const char *text, size_t len)
{
    size_t blanks;
    char next = grammar_next(text, len, &blanks);
    return !next || next == '\n' || next == '\r' || (next == '#' && blanks);
}

static bool ends_env(const struct lexer *lexer, const char *text, size_t len)
{
    (void)lexer;
    return line_ends(text, len);
}

/* Outside of quotes, not in a comment. */
static void advance_env_outside(struct lexer *lexer, char c)
{
    bool begins = !lexer->previous || lexer->previous == '\n' || is_blank(lexer->previous);
    lexer->fresh = false;
    if (lexer->backslash)
        lexer->backslash = false;
    else if (c == '\n')
        lexer->in_value = false;
    else if (c == '#' && begins)
        lexer->spot = SPOT_COMMENT;
    else if (c == '=' && !lexer->in_value)
        lexer->in_value = lexer->fresh = true;
    else if (lexer->in_value && c == '"')
        lexer->spot = SPOT_DOUBLE;
    else if (lexer->in_value && c == '\'')
        lexer->spot = SPOT_SINGLE;
    else
        lexer->backslash = c == '\\';
}

static void advance_env(struct lexer *lexer, char c)
{
    if (lexer->spot == SPOT_DOUBLE) {
        leave_double(lexer, c);
    } else if (lexer->spot == SPOT_SINGLE) {
        if (c == '\'')
            lexer->spot = SPOT_OUTSIDE;
    } else if (lexer->spot == SPOT_COMMENT) {
        if (c == '\n') {
            lexer->spot = SPOT_OUTSIDE;
            lexer->in_value = false;
        }
    } else {
        advance_env_outside(lexer, c);
    }
    lexer->previous = c;
}

const struct grammar grammar_env = {.advance = advance_env, .ends = ends_env};

static void advance_ini(struct lexer *lexer, char c)
{
    bool begins = !lexer->has_token && !is_blank(c);
    if (c == '\n') { /* (Nothing of INI goes over several lines.) */
        *lexer = (struct lexer){.fresh = false};
    } else if (lexer->spot == SPOT_DOUBLE) {
        leave_double(lexer, c);
    } else if (lexer->spot == SPOT_OUTSIDE) {
        if (begins && (c == ';' || c == '#'))
            lexer->spot = SPOT_COMMENT;
        else if (begins && c == '[')
            lexer->section = true;
        else if ((c == '=' || c == ':') && !lexer->section)
            lexer->in_value = true;
        else if (c == '"' && lexer->in_value)
            lexer->spot = SPOT_DOUBLE;
        lexer->has_token = lexer->has_token || begins;
    }
    lexer->previous = c;
}

const struct grammar grammar_ini = {.advance = advance_ini};
