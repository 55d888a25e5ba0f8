/* SPDX-License-Identifier: MIT */
/* scan.c: from a template's text to its pieces. */
#include "exporter/templates/scan.h"

#include <errno.h>
#include <string.h>

#include "controller/core/error.h"
#include "controller/core/text.h"
#include "exporter/templates/reference.h"

struct scanner {
    const char *source, *at, *end;
    struct place place; /* of at */
    struct arena *arena;
    struct scanned *scanned;
    unsigned depth; /* of defaults in defaults */
};

static bool looking_at(const struct scanner *scanner, const char *what)
{
    size_t length = strlen(what);
    return (size_t)(scanner->end - scanner->at) >= length && memcmp(scanner->at, what, length) == 0;
}

/* Goes on by length bytes; columns count characters. */
static void skip(struct scanner *scanner, size_t length)
{
    for (size_t i = 0; i < length; i++, scanner->at++) {
        if (*scanner->at == '\n')
            scanner->place = (struct place){scanner->place.line + 1, 1};
        else
            scanner->place.column += ((unsigned char)*scanner->at & 0xc0) != 0x80;
    }
}

/* Room for one more piece: the list doubles inside the arena. */
static struct piece *add_piece(struct scanner *scanner, struct pieces *pieces, enum piece_kind kind,
                               struct place place)
{
    if ((pieces->count & (pieces->count - 1)) == 0) {
        size_t room = pieces->count ? pieces->count * 2 : 1;
        struct piece *grown = arena_new(scanner->arena, room * sizeof *grown);
        if (pieces->count)
            memcpy(grown, pieces->item, pieces->count * sizeof *grown);
        pieces->item = grown;
    }
    struct piece *piece = &pieces->item[pieces->count++];
    *piece = (struct piece){.kind = kind, .place = place};
    return piece;
}

static void add_text(struct scanner *scanner, struct pieces *pieces, const char *text, size_t len)
{
    if (!len)
        return;
    struct piece *piece = add_piece(scanner, pieces, PIECE_TEXT, scanner->place);
    piece->text = text;
    piece->len = len;
}

static int read_value(struct scanner *scanner, struct pieces *pieces, struct error *err);

/* What stands behind ":-", up to the "}" that ends it; "\}" is one that does not. */
static int read_default(struct scanner *scanner, struct pieces *pieces, struct error *err)
{
    const char *from = scanner->at;
    while (scanner->at < scanner->end && *scanner->at != '}') {
        bool literal = looking_at(scanner, "$${") || looking_at(scanner, "\\}");
        if (!literal && !looking_at(scanner, "${")) {
            skip(scanner, 1);
            continue;
        }
        add_text(scanner, pieces, from, (size_t)(scanner->at - from));
        from = scanner->at + 1;
        if (literal) {
            skip(scanner, looking_at(scanner, "$") ? 3 : 2);
            continue;
        }
        int rc = read_value(scanner, pieces, err);
        if (rc)
            return rc;
        from = scanner->at;
    }
    add_text(scanner, pieces, from, (size_t)(scanner->at - from));
    return 0;
}

/* The length of what names a value: up to ":-", "}" or the end; what is in quotes does not count. */
static size_t name_length(const struct scanner *scanner)
{
    bool quoted = false;
    const char *at = scanner->at;
    for (; at < scanner->end && *at != '\n'; at++) {
        quoted = quoted != (*at == '"');
        if (!quoted && (*at == '}' || (at[0] == ':' && at[1] == '-')))
            break;
    }
    return (size_t)(at - scanner->at);
}

/* "${", for errors with what is behind it. */
static const char *shown(struct scanner *scanner, const char *from)
{
    char line[80];
    text_one_line(arena_copy_n(scanner->arena, from, (size_t)(scanner->at - from)), line, sizeof line);
    return arena_copy(scanner->arena, line);
}

static int read_value(struct scanner *scanner, struct pieces *pieces, struct error *err)
{
    const struct place place = scanner->place;
    const char *from = scanner->at;
    struct reference *reference = arena_new(scanner->arena, sizeof *reference);
    int rc = 0;
    if (scanner->depth >= TEMPLATE_DEPTH)
        return error_set(err, -EINVAL, "Defaults stand in defaults more than %d deep", TEMPLATE_DEPTH);
    skip(scanner, 2);
    size_t length = name_length(scanner);
    rc = reference_read(scanner->at, length, scanner->arena, reference, err);
    if (!rc) {
        skip(scanner, length);
        if (looking_at(scanner, ":-")) {
            skip(scanner, 2);
            reference->has_default = true;
            scanner->depth++;
            rc = read_default(scanner, &reference->standard, err);
            scanner->depth--;
        }
    }
    if (!rc && !looking_at(scanner, "}")) {
        scanner->place = place;
        rc = error_set(err, -EINVAL, "A ${ is never closed by a }; write $${ where it is to stand as it is");
    }
    if (rc)
        return rc;
    skip(scanner, 1);
    reference->shown = shown(scanner, from);
    add_piece(scanner, pieces, PIECE_VALUE, place)->reference = reference;
    return 0;
}

/* Where the line of a tag that makes no text begins, when nothing but blanks stand before it; else NULL. */
static const char *blank_before(const struct scanner *scanner, const char *text_from)
{
    const char *at = scanner->at;
    while (at > text_from && (at[-1] == ' ' || at[-1] == '\t'))
        at--;
    return at == scanner->source || at[-1] == '\n' ? at : NULL;
}

/* The length of what stands behind it on its line, with the line's end, when these are blanks; else 0. */
static size_t blank_after(const struct scanner *scanner)
{
    const char *at = scanner->at;
    while (at < scanner->end && (*at == ' ' || *at == '\t' || *at == '\r'))
        at++;
    if (at == scanner->end)
        return (size_t)(at - scanner->at);
    return *at == '\n' ? (size_t)(at - scanner->at) + 1 : 0;
}

static int use_tag(struct scanner *scanner, char mark, const char *text, size_t len, struct place place,
                   struct error *err)
{
    struct scanned *scanned = scanner->scanned;
    if (mark == '#')
        return 0;
    if (mark == '@')
        return declaration_read(text, len, scanner->arena, &scanned->declarations, err);
    enum piece_kind kind = mark == '=' ? PIECE_SHOW : mark == '-' ? PIECE_RAW : PIECE_CODE;
    struct piece *piece = add_piece(scanner, &scanned->pieces, kind, place);
    piece->text = text;
    piece->len = len;
    scanned->has_lua = true;
    return 0;
}

/* A tag at the scanner; text_from is where the text before it begins. */
static int read_tag(struct scanner *scanner, const char *text_from, struct error *err)
{
    const struct place place = scanner->place;
    const char *line = blank_before(scanner, text_from), *tag = scanner->at;
    const char *end = memmem(tag + 2, (size_t)(scanner->end - tag - 2), "%>", 2);
    if (!end)
        return error_set(err, -EINVAL,
                         "A <%% is never closed by a %%>; write <%%%% where it is to stand as it is");
    char mark = strchr("=-@#", tag[2]) ? tag[2] : 0;
    const char *text = tag + 2 + (mark != 0);
    size_t len = (size_t)(end - text);
    bool makes_text = mark == '=' || mark == '-';
    struct scanner behind = *scanner;
    skip(&behind, (size_t)(end + 2 - tag));
    size_t rest = blank_after(&behind);
    bool alone = !makes_text && line && (rest || behind.at == scanner->end);
    add_text(scanner, &scanner->scanned->pieces, text_from, (size_t)((alone ? line : tag) - text_from));
    int rc = use_tag(scanner, mark, text, len, place, err);
    if (rc)
        return rc;
    skip(&behind, alone ? rest : 0);
    scanner->at = behind.at;
    scanner->place = behind.place;
    return 0;
}

int scan(const char *source, size_t len, struct arena *arena, struct scanned *ret, struct place *ret_place,
         struct error *err)
{
    struct scanner scanner = {
        .source = source, .at = source, .end = source + len, .place = {1, 1}, .arena = arena, .scanned = ret};
    const char *from = source;
    int rc = 0;
    while (!rc && scanner.at < scanner.end) {
        bool literal = looking_at(&scanner, "$${") || looking_at(&scanner, "<%%");
        if (looking_at(&scanner, "$${")) { /* without its first byte */
            add_text(&scanner, &ret->pieces, from, (size_t)(scanner.at - from));
            from = scanner.at + 1;
            skip(&scanner, 3);
        } else if (literal) { /* without its last byte */
            skip(&scanner, 2);
            add_text(&scanner, &ret->pieces, from, (size_t)(scanner.at - from));
            skip(&scanner, 1);
            from = scanner.at;
        } else if (looking_at(&scanner, "${")) {
            add_text(&scanner, &ret->pieces, from, (size_t)(scanner.at - from));
            rc = read_value(&scanner, &ret->pieces, err);
            from = scanner.at;
        } else if (looking_at(&scanner, "<%")) {
            rc = read_tag(&scanner, from, err);
            from = scanner.at;
        } else {
            skip(&scanner, 1);
        }
    }
    *ret_place = scanner.place;
    if (!rc)
        add_text(&scanner, &ret->pieces, from, (size_t)(scanner.at - from));
    return rc;
}
