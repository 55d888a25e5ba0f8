/* SPDX-License-Identifier: MIT */
/* reference.c: ${…}: variables and services' fields by name. */
#include "exporter/templates/reference.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/error.h"
#include "controller/core/registry.h"
#include "controller/core/text.h"
#include "exporter/templates/fields.h"
#include "exporter/templates/render.h"

static const char service_prefix[] = "service.";

/* ---- reading ---- */

static int how(const char *text, struct error *err)
{
    char shown[64];
    text_one_line(text, shown, sizeof shown);
    return error_set(err, -EINVAL,
                     "'${%s' names no value; allowed: ${NAME}, ${NAME:-default}, ${service.NAME.FIELD}, "
                     "${service.NAME.meta.KEY}, ${service.\"NAME\".FIELD}, and $${ for a ${ as it is",
                     shown);
}

/* Where ".meta." or ".metadata." divides the name from a key; NULL: it does not. */
static char *find_keyed(char *text, char **ret_key)
{
    static const char *const forms[] = {".meta.", ".metadata."};
    char *first = NULL;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        char *found = strstr(text, forms[i]);
        if (found && (!first || found < first)) {
            first = found;
            *ret_key = found + strlen(forms[i]);
        }
    }
    return first;
}

/* NAME.FIELD or NAME.meta.KEY, the name in quotes or not: the field is what stands behind the last dot, the
 * key all behind the first ".meta.". */
static int read_service(char *text, struct reference *ret, struct error *err)
{
    char *name = text, *key = NULL, *dot;
    if (*text == '"') {
        char *end = strchr(text + 1, '"');
        if (!end || end[1] != '.')
            return how(text, err);
        *end = '\0';
        name = text + 1;
        text = end + 1;
    }
    dot = find_keyed(text, &key);
    if (key && text != name && dot != text)
        return how(text, err);
    if (!dot)
        dot = text == name ? strrchr(text, '.') : text;
    if (!dot || !dot[1] || !*name || dot == name || (key && !*key))
        return how(text, err);
    *dot = '\0';
    ret->service = name;
    ret->field = key ? "metadata" : dot + 1;
    ret->key = key;
    return 0;
}

int reference_read(const char *text, size_t len, struct arena *arena, struct reference *ret,
                   struct error *err)
{
    char *copy = text_trim(arena_copy_n(arena, text, len));
    if (strlen(copy) > len || memchr(text, 0, len))
        return how(copy, err);
    if (strncmp(copy, service_prefix, sizeof service_prefix - 1) == 0) {
        char *rest = arena_copy(arena, copy + sizeof service_prefix - 1);
        int rc = read_service(rest, ret, err);
        return rc ? how(copy, err) : 0;
    }
    for (size_t i = 0; copy[i] || !i; i++)
        if (!variable_has(copy[i], i == 0))
            return how(copy, err);
    ret->variable = copy;
    return 0;
}

/* ---- its value ---- */

/* NULL with a sentence that names the nearest. */
static const struct service *find_service(const struct render *render, const char *name, struct error *err)
{
    const struct registry *registry = render->wish->registry;
    const struct service *service = registry_service(registry, name);
    if (service)
        return service;
    size_t count = registry_count(registry);
    const char **names = mem_new((count + 1) * sizeof *names);
    for (size_t i = 0; i < count; i++)
        names[i] = registry_at(registry, i)->name;
    const char *nearest = text_nearest(name, names, count);
    char shown[80];
    text_one_line(name, shown, sizeof shown);
    error_set(err, -ENOENT, "There is no service '%s'%s%s%s", shown, nearest ? "; did you mean '" : "",
              nearest ? nearest : "", nearest ? "'?" : "");
    free(names);
    return NULL;
}

static int service_value(const struct reference *reference, const struct render *render, struct value *ret,
                         struct error *err)
{
    struct subject subject = {.service = find_service(render, reference->service, err)};
    if (!subject.service)
        return -ENOENT;
    int rc = field_value(&subject, reference->field, reference->key, render->arena, ret, err);
    if (!rc && ret->kind == VALUE_NONE && !reference->has_default) {
        char key[80];
        text_one_line(reference->key ? reference->key : reference->field, key, sizeof key);
        return error_set(err, -ENOENT,
                         "Service '%s' has no %s'%s'; give one that stands in its place: ${…:-default}",
                         subject.service->name, reference->key ? "metadata " : "", key);
    }
    return rc;
}

static int own_value(const struct reference *reference, const struct render *render, struct value *ret,
                     struct error *err)
{
    if (!reference->variable)
        return service_value(reference, render, ret, err);
    const struct declarations *declared = &render->scanned->declarations;
    int rc = variable_value(declared, render->wish, reference->variable, ret, err);
    if (!rc && ret->kind == VALUE_NONE && !reference->has_default)
        rc = variable_missing(declared, render->wish, reference->variable, err);
    return rc;
}

/* Plain text as a value of the kind that the reference has. */
static int typed(const struct reference *reference, const struct render *render, struct value *value,
                 struct error *err)
{
    if (value->kind != VALUE_TEXT)
        return 0;
    if (reference->variable) {
        const struct variable *variable = declaration_find(&render->scanned->declarations,
                                                           reference->variable);
        return variable ? variable_read(variable, value->text, value, err) : 0;
    }
    if (!reference->key && field_is_number(reference->field) && value_is_number(value->text, value->len))
        value->kind = VALUE_NUMBER;
    return 0;
}

static int default_value(const struct reference *reference, const struct render *render, struct value *ret,
                         struct error *err)
{
    const struct pieces *pieces = &reference->standard;
    struct buf text;
    int rc = 0;
    if (pieces->count == 1 && pieces->item[0].kind == PIECE_VALUE)
        return reference_value(pieces->item[0].reference, render, ret, err);
    buf_init(&text, TEMPLATE_OUTPUT);
    for (size_t i = 0; i < pieces->count && !rc; i++) {
        const struct piece *piece = &pieces->item[i];
        struct value value = {.kind = VALUE_TEXT, .text = piece->text, .len = piece->len};
        if (piece->kind == PIECE_VALUE)
            rc = reference_value(piece->reference, render, &value, err);
        if (!rc && value.kind == VALUE_LIST)
            value = value_joined(render->arena, &value);
        if (!rc)
            buf_add(&text, value.text, value.len);
    }
    if (!rc) {
        *ret = value_text(arena_copy(render->arena, buf_string(&text)));
        rc = typed(reference, render, ret, err);
    }
    buf_free(&text);
    return rc;
}

int reference_value(const struct reference *reference, const struct render *render, struct value *ret,
                    struct error *err)
{
    *ret = (struct value){.kind = VALUE_NONE};
    int rc = own_value(reference, render, ret, err);
    bool empty = ret->kind == VALUE_NONE || (ret->kind == VALUE_TEXT && !ret->len) ||
                 (ret->kind == VALUE_LIST && !ret->list.count);
    if (!reference->has_default || (rc && rc != -ENOENT) || (!rc && !empty))
        return rc;
    return default_value(reference, render, ret, err);
}
