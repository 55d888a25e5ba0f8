/* SPDX-License-Identifier: MIT */
/* writer.c: how a value is written, by its kind and by where it stands. */
#include "exporter/templates/writer.h"

#include <errno.h>
#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/error.h"
#include "exporter/templates/escape.h"

/* What the formats differ in. */
static const struct manner {
    const struct grammar *grammar;
    bool typed;         /* texts outside of quotes get quotes, lists become lists */
    bool begins_fresh;  /* a value may stand at the very beginning */
    bool doubled;       /* a single quote between single quotes is doubled; else none can stand there */
    const char *word;   /* beside letters and digits, what may stand outside of quotes; NULL: anything */
    const char *key;    /* the same before the "=", where there is one */
    const char *escape; /* between double quotes: what gets a backslash; NULL: as in JSON */
} manners[TEMPLATE_FORMAT_COUNT] = {
    [TEMPLATE_TEXT] = {.grammar = &grammar_text, .escape = ""},
    [TEMPLATE_JSON] = {.grammar = &grammar_json, .typed = true, .begins_fresh = true, .word = ""},
    [TEMPLATE_YAML] = {.grammar = &grammar_yaml,
                       .typed = true,
                       .begins_fresh = true,
                       .doubled = true,
                       .word = "_./@%+=~-:"},
    [TEMPLATE_TOML] = {.grammar = &grammar_toml, .typed = true, .begins_fresh = true, .word = "_-"},
    [TEMPLATE_ENV] = {.grammar = &grammar_env, .word = "_./:@%+,=-[]", .key = "_", .escape = "\\\"$`"},
    [TEMPLATE_INI] = {.grammar = &grammar_ini, .key = "_.-", .escape = "\\\""},
};

void writer_start(struct writer *writer, enum template_format format, struct buf *out, struct arena *arena)
{
    *writer = (struct writer){.format = format, .out = out, .arena = arena};
    writer->lexer.fresh = manners[format].begins_fresh;
}

static int refuse(struct writer *writer, const char *shown, struct place place, const char *why,
                  struct error *err)
{
    writer->place = place;
    return error_set(err, -EINVAL, "The value of %s %s", shown, why);
}

static void put_double(const struct writer *writer, const char *text, size_t len)
{
    const char *special = manners[writer->format].escape;
    if (special)
        escape_line(text, len, special, writer->out);
    else
        escape_json(text, len, writer->out);
}

static void put_quoted(const struct writer *writer, const char *text, size_t len)
{
    buf_add(writer->out, "\"", 1);
    put_double(writer, text, len);
    buf_add(writer->out, "\"", 1);
}

/* A value where a whole one may stand. */
static void put_whole(struct writer *writer, const struct value *value)
{
    const struct manner *manner = &manners[writer->format];
    struct value text = *value;
    writer->lexer.fresh = false;
    writer->lexer.previous = '"';
    if (value->kind == VALUE_LIST && manner->typed) {
        buf_add(writer->out, "[", 1);
        for (size_t i = 0; i < value->list.count; i++) {
            if (i)
                buf_text(writer->out, ", ");
            put_quoted(writer, value->list.item[i], strlen(value->list.item[i]));
        }
        buf_add(writer->out, "]", 1);
        return;
    }
    if (value->kind == VALUE_LIST)
        text = value_joined(writer->arena, value);
    bool bare = text.kind != VALUE_TEXT ||
                (!manner->typed && escape_is_word(text.text, text.len, manner->word));
    if (bare)
        buf_add(writer->out, text.text, text.len);
    else
        put_quoted(writer, text.text, text.len);
}

/* What may stand beside other text, outside of quotes. In YAML its first and last character must not make it
 * something else. */
static bool is_word(const struct writer *writer, const struct value *text, bool fresh)
{
    const struct manner *manner = &manners[writer->format];
    const char *others = manner->word;
    if (text->kind != VALUE_TEXT)
        return true;
    if (manner->key && !writer->lexer.in_value)
        others = manner->key;
    if (!others)
        return true;
    if (writer->format == TEMPLATE_YAML && text->len) {
        if (text->text[text->len - 1] == ':' || (fresh && !escape_is_word(text->text, 1, "_/")))
            return false;
    }
    return escape_is_word(text->text, text->len, others) && (others[0] || !text->len);
}

static int put_word(struct writer *writer, const struct value *value, bool fresh, const char *shown,
                    struct place place, struct error *err)
{
    struct value text = value->kind == VALUE_LIST ? value_joined(writer->arena, value) : *value;
    writer->lexer.fresh = false;
    writer->lexer.previous = 'x';
    if (!is_word(writer, &text, fresh)) {
        bool key = manners[writer->format].key && !writer->lexer.in_value;
        return refuse(
            writer, shown, place,
            key ? "holds what cannot stand in a name; only letters, digits and _ can"
                : "cannot stand beside other text without quotes; put the whole text in double quotes",
            err);
    }
    escape_line(text.text, text.len, "", writer->out);
    return 0;
}

static int put_single(struct writer *writer, const struct value *text, const char *shown, struct place place,
                      struct error *err)
{
    if (manners[writer->format].doubled) {
        escape_single(text->text, text->len, writer->out);
        return 0;
    }
    if (text->len && memchr(text->text, '\'', text->len))
        return refuse(writer, shown, place,
                      "holds a single quote, which cannot stand between single quotes; use double quotes",
                      err);
    escape_line(text->text, text->len, "", writer->out);
    return 0;
}

static int put_outside(struct writer *writer, const struct value *value, const char *shown,
                       struct place place, struct error *err)
{
    bool fresh = writer->lexer.fresh;
    if (fresh && manners[writer->format].grammar->ends) {
        writer->pending = *value;
        writer->pending_shown = shown;
        writer->pending_place = place;
        writer->has_pending = true;
        return 0;
    }
    if (!fresh)
        return put_word(writer, value, false, shown, place, err);
    put_whole(writer, value);
    return 0;
}

/* The pending value is a whole one, or only a word of what follows. */
static int settle(struct writer *writer, bool whole, struct error *err)
{
    if (!writer->has_pending)
        return 0;
    writer->has_pending = false;
    if (!whole)
        return put_word(writer, &writer->pending, true, writer->pending_shown, writer->pending_place, err);
    put_whole(writer, &writer->pending);
    return 0;
}

int writer_text(struct writer *writer, const char *text, size_t len, struct error *err)
{
    const struct grammar *grammar = manners[writer->format].grammar;
    if (!len)
        return 0;
    int rc = settle(writer, writer->has_pending && grammar->ends(&writer->lexer, text, len), err);
    if (rc)
        return rc;
    for (size_t i = 0; i < len; i++)
        grammar->advance(&writer->lexer, text[i]);
    buf_add(writer->out, text, len);
    return 0;
}

int writer_value(struct writer *writer, const struct value *value, const char *shown, struct place place,
                 struct error *err)
{
    int rc = settle(writer, false, err);
    if (rc)
        return rc;
    if (value->kind == VALUE_NONE)
        return refuse(writer, shown, place, "is not known; give one that stands in its place: ${…:-default}",
                      err);
    const struct grammar *grammar = manners[writer->format].grammar;
    if (grammar->settle)
        grammar->settle(&writer->lexer);
    if (writer->lexer.backslash)
        return refuse(writer, shown, place, "cannot stand right behind a backslash", err);
    writer->lexer.opened = writer->lexer.emptied = 0;
    writer->lexer.run = 0;
    struct value text = value->kind == VALUE_LIST && writer->lexer.spot != SPOT_OUTSIDE
                            ? value_joined(writer->arena, value)
                            : *value;
    switch (writer->lexer.spot) {
    case SPOT_OUTSIDE:
        return put_outside(writer, &text, shown, place, err);
    case SPOT_DOUBLE:
    case SPOT_DOUBLE3:
        put_double(writer, text.text, text.len);
        break;
    case SPOT_SINGLE:
    case SPOT_SINGLE3:
        return put_single(writer, &text, shown, place, err);
    case SPOT_COMMENT:
    case SPOT_BLOCK:
        escape_line(text.text, text.len, "", writer->out);
        break;
    }
    return 0;
}

int writer_end(struct writer *writer, struct error *err)
{
    return settle(writer, true, err);
}
