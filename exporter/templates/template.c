/* SPDX-License-Identifier: MIT */
/* template.c: a template from its text to what it makes of a registry. */
#include "exporter/templates/template.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/error.h"
#include "controller/core/text.h"
#include "exporter/templates/asked.h"
#include "exporter/templates/reference.h"
#include "exporter/templates/render.h"
#include "exporter/templates/script.h"

const char *const template_format_name[TEMPLATE_FORMAT_COUNT] = {
    [TEMPLATE_TEXT] = "text", [TEMPLATE_JSON] = "json", [TEMPLATE_YAML] = "yaml",
    [TEMPLATE_TOML] = "toml", [TEMPLATE_ENV] = "env",   [TEMPLATE_INI] = "ini"};

enum { NAMES_SHOWN = 200 };

struct template
{
    struct arena arena;
    char *name; /* for people */
    enum template_format format;
    struct scanned scanned;
};

/* ---- formats ---- */

int template_format_find(const char *name, enum template_format *ret, struct error *err)
{
    for (unsigned format = 0; format < TEMPLATE_FORMAT_COUNT; format++) {
        if (strcmp(template_format_name[format], name) == 0) {
            *ret = (enum template_format)format;
            return 0;
        }
    }
    char shown[40];
    text_one_line(name, shown, sizeof shown);
    return error_set(err, -EINVAL, "Unknown format '%s'; allowed: text json yaml toml env ini", shown);
}

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static bool cut_suffix(size_t *length, const char *name, const char *suffix)
{
    size_t own = strlen(suffix);
    if (*length < own || memcmp(name + *length - own, suffix, own) != 0)
        return false;
    *length -= own;
    return true;
}

enum template_format template_format_of(const char *file_name)
{
    static const struct {
        const char *suffix;
        enum template_format format;
    } known[] = {{".json", TEMPLATE_JSON}, {".yaml", TEMPLATE_YAML}, {".yml", TEMPLATE_YAML},
                 {".toml", TEMPLATE_TOML}, {".env", TEMPLATE_ENV},   {".ini", TEMPLATE_INI}};
    static const char *const marks[] = {".tmpl", ".tpl", ".template"};
    const char *name = last_part(file_name);
    size_t length = strlen(name);
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (cut_suffix(&length, name, marks[i]))
            break;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (cut_suffix(&length, name, known[i].suffix))
            return known[i].format;
    return TEMPLATE_TEXT;
}

/* ---- parsing ---- */

/* Puts the template's name, and the place where one is known, before the sentence. */
static int blame(const struct template *template, struct place place, int rc, struct error *err)
{
    if (place.line && place.column)
        error_wrap(err, "%s, line %u, column %u", template->name, place.line, place.column);
    else if (place.line)
        error_wrap(err, "%s, line %u", template->name, place.line);
    else
        error_wrap(err, "%s", template->name);
    return rc;
}

static int parse(struct template *template, const char *text, size_t len, struct error *err)
{
    struct place place = {0, 0};
    int rc;
    if (len > TEMPLATE_SIZE)
        rc = error_set(err, -EINVAL, "The template has %zu bytes; at most %d are allowed", len,
                       TEMPLATE_SIZE);
    else
        rc = scan(arena_copy_n(&template->arena, text, len), len, &template->arena, &template->scanned,
                  &place, err);
    return rc ? blame(template, place, rc, err) : 0;
}

struct template *template_parse(const char *name, const char *text, size_t len, struct error *err)
{
    char shown[80];
    struct template *template = mem_new(sizeof *template);
    text_one_line(last_part(name), shown, sizeof shown);
    template->name = arena_copy(&template->arena, shown[0] ? shown : "template");
    template->format = template_format_of(name);
    if (parse(template, text, len, err)) {
        template_free(template);
        return NULL;
    }
    if (template->scanned.declarations.has_format)
        template->format = template->scanned.declarations.format;
    return template;
}

void template_free(struct template *template)
{
    if (!template)
        return;
    arena_free(&template->arena);
    free(template);
}

/* ---- its variables ---- */

/* A ${NAME} that has no value and no default; not where Lua may go around it. */
static int check_references(const struct scanned *scanned, const struct template_wish *wish,
                            struct place *ret_place, struct error *err)
{
    int rc = 0;
    for (size_t i = 0; !rc && !scanned->has_lua && i < scanned->pieces.count; i++) {
        const struct reference *reference = scanned->pieces.item[i].reference;
        struct value value;
        if (!reference || !reference->variable || reference->has_default)
            continue;
        *ret_place = scanned->pieces.item[i].place;
        rc = variable_value(&scanned->declarations, wish, reference->variable, &value, err);
        if (!rc && value.kind == VALUE_NONE)
            rc = variable_missing(&scanned->declarations, wish, reference->variable, err);
    }
    return rc;
}

int template_check(const struct template *template, const struct template_wish *wish, struct error *err)
{
    struct place place = {0, 0};
    int rc = variables_check(&template->scanned.declarations, wish, err);
    if (!rc)
        rc = check_references(&template->scanned, wish, &place, err);
    return rc ? blame(template, place, rc, err) : 0;
}

static int never_asked(const struct strings *asked, const char *name, struct error *err)
{
    struct buf list;
    buf_init(&list, NAMES_SHOWN);
    for (size_t i = 0; i < asked->count && !list.full; i++)
        buf_format(&list, " %s", asked->item[i]);
    const char *nearest = text_nearest(name, (const char *const *)asked->item, asked->count);
    char shown[64];
    text_one_line(name, shown, sizeof shown);
    int rc = error_set(err, -EINVAL, "It never asks for a variable '%s'%s%.64s%s; %s%s", shown,
                       nearest ? "; did you mean '" : "", nearest ? nearest : "", nearest ? "'?" : "",
                       list.len ? "it asks for:" : "it asks for none", buf_string(&list));
    buf_free(&list);
    return rc;
}

int template_check_given(const struct template *template, const struct pairs *given, struct error *err)
{
    struct arena arena = {0};
    struct strings asked = {0};
    int rc = 0;
    asked_names(&template->scanned, &arena, &asked);
    for (size_t i = 0; !rc && i < given->count; i++) {
        const char *name = given->item[i].key;
        if (!strings_has(&asked, name) && !asked_by_lua(&template->scanned, name))
            rc = never_asked(&asked, name, err);
    }
    arena_free(&arena);
    return rc ? blame(template, (struct place){0, 0}, rc, err) : 0;
}

/* ---- rendering ---- */

int render_piece(struct render *render, const struct piece *piece, struct error *err)
{
    int rc;
    if (piece->kind == PIECE_TEXT) {
        rc = writer_text(&render->writer, piece->text, piece->len, err);
        render->place = render->writer.place;
        return rc;
    }
    struct value value;
    render->place = piece->place;
    rc = reference_value(piece->reference, render, &value, err);
    if (rc)
        return rc;
    rc = writer_value(&render->writer, &value, piece->reference->shown, piece->place, err);
    render->place = render->writer.place;
    return rc;
}

static int render_pieces(struct render *render, struct error *err)
{
    const struct pieces *pieces = &render->scanned->pieces;
    int rc = 0;
    for (size_t i = 0; i < pieces->count && !rc && !render->writer.out->full; i++)
        rc = render_piece(render, &pieces->item[i], err);
    return rc;
}

static int render_all(struct render *render, struct error *err)
{
    int rc = variables_check(&render->scanned->declarations, render->wish, err);
    if (!rc && render->scanned->has_lua)
        rc = script_render(render, err);
    else if (!rc)
        rc = render_pieces(render, err);
    if (!rc) {
        rc = writer_end(&render->writer, err);
        render->place = render->writer.place;
    }
    if (!rc && render->writer.out->full) {
        render->place.line = 0;
        rc = error_set(err, -ENOBUFS, "What the template makes has more than %d bytes", TEMPLATE_OUTPUT);
    }
    return rc;
}

static enum template_format format_of(const struct template *template, const struct template_wish *wish)
{
    if (wish->format_given)
        return wish->format;
    if (template->scanned.declarations.has_format || template->format != TEMPLATE_TEXT || !wish->file_name)
        return template->format;
    return template_format_of(wish->file_name);
}

int template_render(const struct template *template, const struct template_wish *wish, struct buf *out,
                    struct error *err)
{
    struct buf text;
    struct arena arena = {0};
    struct render render = {.scanned = &template->scanned, .wish = wish, .arena = &arena};
    buf_init(&text, TEMPLATE_OUTPUT);
    writer_start(&render.writer, format_of(template, wish), &text, &arena);
    int rc = render_all(&render, err);
    if (rc)
        blame(template, render.place, rc, err);
    else if (buf_add(out, buf_string(&text), text.len))
        rc = error_set(err, -ENOBUFS, "%s: what the template makes does not fit", template->name);
    buf_free(&text);
    arena_free(&arena);
    return rc;
}
