/* grammar.h: as much of each format's grammar as tells where in it the next byte would stand: inside which
 * quotes, in a comment, or where a value begins. It goes over the template's own text alone, byte by byte;
 * values are escaped so that they never change it. */
#ifndef QUAYWATCH_EXPORTER_TEMPLATES_GRAMMAR_H
#define QUAYWATCH_EXPORTER_TEMPLATES_GRAMMAR_H

#include <stdbool.h>
#include <stddef.h>

enum spot {
    SPOT_OUTSIDE, /* of all quotes */
    SPOT_DOUBLE,
    SPOT_SINGLE,
    SPOT_DOUBLE3, /* TOML's of several lines */
    SPOT_SINGLE3,
    SPOT_COMMENT,
    SPOT_BLOCK /* YAML's text after | or > */
};

/* All zero, and fresh set, is the beginning of a text. */
struct lexer {
    enum spot spot;
    bool fresh;     /* a value as a whole may begin here */
    bool in_value;  /* TOML, ENV, INI: behind the "=" */
    bool backslash; /* the byte before was one that counts */
    char previous;  /* the byte before; 0: the text begins */
    unsigned depth; /* of brackets in values */

    /* TOML's quotes: the one that was just opened or, as an empty text, closed; how many in a row. */
    char opened, emptied;
    unsigned run;

    /* INI: between the brackets of a section's name. */
    bool section;

    /* YAML: the line as it is so far. */
    size_t column, token_column, mark_column; /* mark: "-", "?" or ":" that counts if a blank follows */
    char mark;
    bool has_token, has_dash, header, in_block_line;
    size_t dash_column, block_indent; /* of the text after | or >: its lines begin at this column or later */
};

struct grammar {
    /* Goes on over one byte of the template's own text. */
    void (*advance)(struct lexer *lexer, char c);
    /* Whether a value that began fresh is a whole one when text follows it; NULL: it always is. */
    bool (*ends)(const struct lexer *lexer, const char *text, size_t len);
    /* Before a value is written: settles what the next byte alone would tell; NULL: nothing is open. */
    void (*settle)(struct lexer *lexer);
};

/* Each format's. */
extern const struct grammar grammar_text, grammar_json, grammar_yaml, grammar_toml, grammar_env, grammar_ini;

/* The first byte of text that is no blank, 0 at its end; blanks before it are counted in *ret_blanks. */
char grammar_next(const char *text, size_t len, size_t *ret_blanks);

#endif
