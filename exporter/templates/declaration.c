/* SPDX-License-Identifier: MIT */
/* declaration.c: the format and the variables that a template declares, and what they are at last. */
#include "exporter/templates/declaration.h"

#include <errno.h>
#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/error.h"
#include "controller/core/text.h"

enum { DECLARATIONS_MAX = 256, NAMES_SHOWN = 160 };

static const char *const type_name[VARIABLE_TYPE_COUNT] = {
    [VARIABLE_STRING] = "string", [VARIABLE_NUMBER] = "number", [VARIABLE_BOOLEAN] = "boolean"};
static const char *const article[VARIABLE_TYPE_COUNT] = {
    [VARIABLE_STRING] = "a string", [VARIABLE_NUMBER] = "a number", [VARIABLE_BOOLEAN] = "true or false"};

bool variable_has(char c, bool first)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (!first && c >= '0' && c <= '9');
}

static bool is_variable_name(const char *text)
{
    for (size_t i = 0; text[i]; i++)
        if (!variable_has(text[i], i == 0))
            return false;
    return text[0] != '\0';
}

/* ---- reading a declaration ---- */

/* The next word of *rest, which ends at a blank, ":" or "="; "" at the end. The separator stays. */
static char *next_word(struct arena *arena, char **rest)
{
    *rest = text_trim(*rest);
    size_t length = strcspn(*rest, " \t\r\n:=");
    char *word = arena_copy_n(arena, *rest, length);
    *rest = text_trim(*rest + length);
    return word;
}

static void skip_colon(char **rest)
{
    if (**rest == ':')
        *rest = text_trim(*rest + 1);
}

static int read_type(const char *word, enum variable_type *ret, struct error *err)
{
    for (unsigned type = 0; type < VARIABLE_TYPE_COUNT; type++) {
        if (strcmp(word, type_name[type]) == 0) {
            *ret = (enum variable_type)type;
            return 0;
        }
    }
    return error_set(err, -EINVAL, "Unknown type '%.40s'; allowed: string number boolean", word);
}

/* A default, perhaps in double quotes. */
static char *unquoted(char *text)
{
    size_t length = strlen(text);
    if (length < 2 || text[0] != '"' || text[length - 1] != '"')
        return text;
    text[length - 1] = '\0';
    return text + 1;
}

static int read_variable(char *rest, struct arena *arena, struct declarations *list, struct error *err)
{
    struct variable variable = {.type = VARIABLE_STRING};
    variable.name = next_word(arena, &rest);
    if (!is_variable_name(variable.name))
        return error_set(err, -EINVAL, "'%.40s' is no name of a variable: letters, digits and _ are allowed",
                         variable.name);
    if (declaration_find(list, variable.name))
        return error_set(err, -EINVAL, "Variable '%.40s' is declared twice", variable.name);
    if (list->count >= DECLARATIONS_MAX)
        return error_set(err, -EINVAL, "More than %d variables are declared", DECLARATIONS_MAX);
    skip_colon(&rest);
    while (*rest && *rest != '=') {
        char *word = next_word(arena, &rest);
        if (strcmp(word, "required") == 0)
            variable.required = true;
        else if (strcmp(word, "environment") == 0)
            variable.environment = true;
        else if (read_type(word, &variable.type, err))
            return -EINVAL;
        if (*rest == ':')
            return error_set(err, -EINVAL, "Unexpected ':' behind '%.40s'", word);
    }
    struct value value;
    if (*rest == '=')
        variable.standard = arena_copy(arena, unquoted(text_trim(rest + 1)));
    if (variable.standard && variable_read(&variable, variable.standard, &value, err))
        return -EINVAL;
    struct variable *grown = arena_new(arena, (list->count + 1) * sizeof *grown);
    if (list->count)
        memcpy(grown, list->variable, list->count * sizeof *grown);
    grown[list->count++] = variable;
    list->variable = grown;
    return 0;
}

int declaration_read(const char *text, size_t len, struct arena *arena, struct declarations *list,
                     struct error *err)
{
    char *rest = text_trim(arena_copy_n(arena, text, len));
    char *what = next_word(arena, &rest);
    skip_colon(&rest);
    if (strcmp(what, "format") == 0) {
        int rc = template_format_find(rest, &list->format, err);
        list->has_format = !rc;
        return rc;
    }
    if (strcmp(what, "variable") == 0)
        return read_variable(rest, arena, list, err);
    return error_set(err, -EINVAL,
                     "Unknown declaration '%.40s'; allowed: <%%@ format: NAME %%> and <%%@ variable NAME: "
                     "string|number|boolean [required] [environment] [= DEFAULT] %%>",
                     what);
}

const struct variable *declaration_find(const struct declarations *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->variable[i].name, name) == 0)
            return &list->variable[i];
    return NULL;
}

/* ---- values ---- */

int variable_read(const struct variable *variable, const char *text, struct value *ret, struct error *err)
{
    bool yes;
    char shown[64];
    switch (variable->type) {
    case VARIABLE_STRING:
        *ret = value_text(text);
        return 0;
    case VARIABLE_NUMBER:
        *ret = value_text(text);
        ret->kind = VALUE_NUMBER;
        if (value_is_number(text, ret->len))
            return 0;
        break;
    case VARIABLE_BOOLEAN:
        if (text_bool(text, &yes) == 0) {
            *ret = value_bool(yes);
            return 0;
        }
        break;
    case VARIABLE_TYPE_COUNT:
        return -EINVAL;
    }
    text_one_line(text, shown, sizeof shown);
    return error_set(err, -EINVAL, "Variable '%.40s' must be %s, not '%s'", variable->name,
                     article[variable->type], shown);
}

static const char *pair_of(const struct pairs *pairs, const char *name)
{
    return pairs ? pairs_get(pairs, name) : NULL;
}

int variable_value(const struct declarations *list, const struct template_wish *wish, const char *name,
                   struct value *ret, struct error *err)
{
    const struct variable undeclared = {.name = name}, *variable = declaration_find(list, name);
    const char *text = pair_of(wish->variables, name);
    if (!variable)
        variable = &undeclared;
    if (!text && variable->environment)
        text = pair_of(wish->environment, name);
    if (!text)
        text = variable->standard;
    *ret = (struct value){.kind = VALUE_NONE};
    return text ? variable_read(variable, text, ret, err) : 0;
}

int variable_missing(const struct declarations *list, const struct template_wish *wish, const char *name,
                     struct error *err)
{
    const struct pairs *given = wish->variables;
    const char *known[DECLARATIONS_MAX];
    struct buf there;
    size_t count = 0;
    for (size_t i = 0; given && i < given->count && count < DECLARATIONS_MAX; i++)
        known[count++] = given->item[i].key;
    for (size_t i = 0; i < list->count && count < DECLARATIONS_MAX; i++)
        if (strcmp(list->variable[i].name, name) != 0 && !pair_of(given, list->variable[i].name))
            known[count++] = list->variable[i].name;
    buf_init(&there, NAMES_SHOWN);
    for (size_t i = 0; i < count && !there.full; i++)
        buf_format(&there, " %s", known[i]);
    const char *nearest = text_nearest(name, known, count);
    int rc = error_set(err, -ENOENT, "Required variable '%.64s' is missing%s%.64s%s; %s%s", name,
                       nearest ? "; did you mean '" : "", nearest ? nearest : "", nearest ? "'?" : "",
                       there.len ? "there are:" : "none is given", buf_string(&there));
    buf_free(&there);
    return rc;
}

int variables_check(const struct declarations *list, const struct template_wish *wish, struct error *err)
{
    for (size_t i = 0; i < list->count; i++) {
        struct value value;
        const struct variable *variable = &list->variable[i];
        int rc = variable_value(list, wish, variable->name, &value, err);
        if (!rc && variable->required && value.kind == VALUE_NONE)
            rc = variable_missing(list, wish, variable->name, err);
        if (rc)
            return rc;
    }
    return 0;
}
