/* declaration.h: what a template says of itself, in tags of their own:
 *
 *   <%@ format: yaml %>
 *   <%@ variable hostname: string required %>
 *   <%@ variable port: number = 3000 %>
 *   <%@ variable debug: boolean %>
 *   <%@ variable DOMAIN: string environment %>
 */
#ifndef QUAYWATCH_EXPORTER_TEMPLATES_DECLARATION_H
#define QUAYWATCH_EXPORTER_TEMPLATES_DECLARATION_H

#include "exporter/templates/template.h"
#include "exporter/templates/value.h"

enum variable_type { VARIABLE_STRING, VARIABLE_NUMBER, VARIABLE_BOOLEAN, VARIABLE_TYPE_COUNT };

struct variable {
    const char *name;
    enum variable_type type;
    bool required, environment; /* environment: may come from there */
    const char *standard;       /* what it is when nobody gives it, valid for its type; NULL: nothing */
};

/* What one template declares; all zero is nothing. */
struct declarations {
    bool has_format;
    enum template_format format;
    struct variable *variable;
    size_t count;
};

/* Reads what stands in one tag into list. -EINVAL with a sentence. */
int declaration_read(const char *text, size_t len, struct arena *arena, struct declarations *list,
                     struct error *err);

/* The declaration of that name, or NULL. */
const struct variable *declaration_find(const struct declarations *list, const char *name);

/* Text as a value of that variable. -EINVAL with a sentence: it has another type. */
int variable_read(const struct variable *variable, const char *text, struct value *ret, struct error *err);

/* The variable's value: as the wish gives it, else the environment's where it is declared so, else as
 * declared; a name that nobody declares is a string. VALUE_NONE: it has none. Fails as variable_read. */
int variable_value(const struct declarations *list, const struct template_wish *wish, const char *name,
                   struct value *ret, struct error *err);

/* "Required variable 'X' is missing", with what is there and the nearest of it. Returns -ENOENT. */
int variable_missing(const struct declarations *list, const struct template_wish *wish, const char *name,
                     struct error *err);

/* Whether all that are required are there, and all that are given have their type. */
int variables_check(const struct declarations *list, const struct template_wish *wish, struct error *err);

/* Whether c may stand in a variable's name, and be its first character. */
bool variable_has(char c, bool first);

#endif
