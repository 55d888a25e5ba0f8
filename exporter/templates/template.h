/* template.h: files in any form, with the registry's values in them. Pure: registry and variables in, text
 * out; the same state gives the same bytes.
 *
 *   ${service.database.url}   a value of a service (fields.h); names with dots in quotes:
 * ${service."a.b".url}
 *   ${NAME} ${NAME:-default}  a variable, or what stands in its place; a default may hold values again
 *   $${                       a "${" as it is
 *   <% … %>  <%= … %>         Lua 5.4, and an expression's value; <%- … %> is not escaped (script.h)
 *   <%@ … %>                  the format, or the declaration of a variable (declaration.h)
 *   <%# … %>  <%%             a comment; a "<%" as it is
 *
 * Values are escaped for the format of the text, by where they stand in it (writer.h). */
#ifndef QUAYWATCH_EXPORTER_TEMPLATES_TEMPLATE_H
#define QUAYWATCH_EXPORTER_TEMPLATES_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct error;
struct pairs;
struct registry;
struct service;
struct template;

/* The formats whose grammar is known, so that no value can be more than a value. */
enum template_format {
    TEMPLATE_TEXT, /* none: values stand as they are, each in one line */
    TEMPLATE_JSON,
    TEMPLATE_YAML,
    TEMPLATE_TOML,
    TEMPLATE_ENV,
    TEMPLATE_INI,
    TEMPLATE_FORMAT_COUNT
};
extern const char *const template_format_name[TEMPLATE_FORMAT_COUNT]; /* "text", "json", … */

enum {
    TEMPLATE_SIZE = 128 * 1024,         /* bytes of a template: the parser's time grows faster than these */
    TEMPLATE_OUTPUT = 8 * 1024 * 1024,  /* bytes it may make: 10,000 instances with 800 each */
    TEMPLATE_DEPTH = 8,                 /* of defaults in defaults */
    TEMPLATE_STEPS = 5 * 1000 * 1000,   /* of Lua: 10,000 instances with 500 each; about 0.1 s */
    TEMPLATE_CPU_MS = 1000,             /* whatever the steps are: checks must not wait for longer */
    TEMPLATE_MEMORY = 16 * 1024 * 1024, /* of Lua */
    TEMPLATE_LUA_BLOCK = 1024 * 1024    /* of Lua in one piece (a string, a table) */
};

/* The format of that name; -EINVAL with a sentence that lists them all. */
int template_format_find(const char *name, enum template_format *ret, struct error *err);

/* The format that a file's name asks for: "app.yaml", "app.yaml.tmpl", ".env"; TEMPLATE_TEXT for others. */
enum template_format template_format_of(const char *file_name);

/* A template made of text; name (a path, shown by its last part in errors) also tells the format. NULL with a
 * sentence "name, line 3, column 7: …" in err. */
struct template *template_parse(const char *name, const char *text, size_t len, struct error *err);

/* Frees it. NULL is fine. */
void template_free(struct template *template);

/* What one rendering is made of. */
struct template_wish {
    const struct registry *registry;
    const struct pairs *variables; /* name → value, as given; NULL: none */
    /* The same of variables that the template declares to come from there, and of no others; NULL: none. */
    const struct pairs *environment;
    /* The format, where it is said outside of the template: it wins over both its own and its name's. */
    bool format_given;
    enum template_format format;
    const char *file_name; /* of what is made: tells the format where nothing else does; NULL: unknown */
    /* Which services loops see; NULL: all. ${service.…} finds every one. */
    bool (*selects)(void *user, const struct service *service);
    void *user;
};

/* Whether it can be rendered as far as variables go, whatever the registry holds: a value for each that it
 * needs, and each of its type. Fails as template_render. Of what only Lua asks for nothing is known. */
int template_check(const struct template *template, const struct template_wish *wish, struct error *err);

/* Whether it asks for every variable that is given. -EINVAL with a sentence that names the first for which it
 * does not, the nearest, and all that it asks for. */
int template_check_given(const struct template *template, const struct pairs *given, struct error *err);

/* Appends the text to out: all of it, or nothing. Fails with one sentence, template, line and column first:
 * -ENOENT a variable or service is missing, or no instance of it serves; -EINVAL a value has the wrong type
 * or cannot stand where it is, or the Lua in it is wrong; -ENOBUFS, -ETIME, -ENOMEM: a bound. */
int template_render(const struct template *template, const struct template_wish *wish, struct buf *out,
                    struct error *err);

#endif
