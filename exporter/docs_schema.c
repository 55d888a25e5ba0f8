/* SPDX-License-Identifier: MIT */
/* docs_schema.c: a JSON schema as rows of a table: field, type, meaning. */
#include "exporter/docs_schema.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "controller/core/buf.h"
#include "exporter/html.h"

enum { FIELD_MAX = 160 };

static const char *text_at(json_object *object, const char *key)
{
    json_object *value = json_object_object_get(object, key);
    return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : NULL;
}

static void put_type(struct buf *out, json_object *schema);

/* The members of a list, each as put does it, with a word between them. */
static void put_joined(struct buf *out, json_object *list, const char *between,
                       void (*put)(struct buf *out, json_object *member))
{
    for (size_t i = 0; i < json_object_array_length(list); i++) {
        if (i)
            buf_text(out, between);
        put(out, json_object_array_get_idx(list, i));
    }
}

static void put_word(struct buf *out, json_object *word)
{
    html_text(out, word ? json_object_get_string(word) : "null");
}

static void put_code(struct buf *out, json_object *word)
{
    buf_text(out, "<code>");
    put_word(out, word);
    buf_text(out, "</code>");
}

/* The type in words: a link to another schema, allowed words, "list of …", "string or null". */
static void put_type(struct buf *out, json_object *schema)
{
    json_object *type = json_object_object_get(schema, "type"), *value;
    const char *ref = text_at(schema, "$ref");
    const char *name = ref ? strrchr(ref, '/') + 1 : NULL;
    if (name) {
        buf_format(out, "<a href=\"#schema-%s\">%s</a>", name, name);
    } else if ((value = json_object_object_get(schema, "enum"))) {
        put_joined(out, value, " ", put_code);
    } else if (json_object_object_get_ex(schema, "const", &value)) {
        put_code(out, value);
    } else if ((value = json_object_object_get(schema, "oneOf"))) {
        put_joined(out, value, " or ", put_type);
    } else if ((value = json_object_object_get(schema, "items"))) {
        buf_text(out, "list of ");
        put_type(out, value);
    } else if (json_object_is_type(value = json_object_object_get(schema, "additionalProperties"),
                                   json_type_object)) {
        buf_text(out, "by name: ");
        put_type(out, value);
    } else if (json_object_is_type(type, json_type_array)) {
        put_joined(out, type, " or ", put_word);
    } else {
        put_word(out, text_at(schema, "format") ? json_object_object_get(schema, "format") : type);
    }
}

/* What has fields of its own inside of a schema: the object itself, or that which a list or map is made of;
 * *ret_mark is what the names of such fields are preceded by. */
static json_object *inner_fields(json_object *schema, const char **ret_mark)
{
    json_object *inner = json_object_object_get(schema, "items");
    *ret_mark = inner ? "[]." : ".";
    if (!inner &&
        json_object_is_type(inner = json_object_object_get(schema, "additionalProperties"), json_type_object))
        *ret_mark = ".*.";
    return json_object_object_get(json_object_is_type(inner, json_type_object) ? inner : schema,
                                  "properties");
}

static void put_fields(struct buf *out, json_object *fields, const char *before)
{
    json_object_object_foreach(fields, key, schema)
    {
        char name[FIELD_MAX], inside[FIELD_MAX + 8];
        const char *mark, *meaning = text_at(schema, "description");
        snprintf(name, sizeof name, "%s%s", before, key);
        buf_text(out, "<tr><th scope=\"row\"><code>");
        html_text(out, name);
        buf_text(out, "</code></th><td>");
        put_type(out, schema);
        buf_text(out, "</td><td>");
        html_text(out, meaning ? meaning : "");
        buf_text(out, "</td></tr>");
        json_object *more = inner_fields(schema, &mark);
        snprintf(inside, sizeof inside, "%s%s", name, mark);
        if (more)
            put_fields(out, more, inside);
    }
}

static void put_table(struct buf *out, json_object *schema)
{
    json_object *fields = json_object_object_get(schema, "properties");
    json_object *choice = json_object_object_get(schema, "oneOf");
    if (!fields && !choice) {
        buf_text(out, "<p>");
        put_type(out, schema);
        buf_text(out, "</p>");
    }
    for (size_t i = 0; choice && i < json_object_array_length(choice); i++)
        put_table(out, json_object_array_get_idx(choice, i));
    if (!fields)
        return;
    buf_text(
        out,
        "<div class=\"scroll\"><table><thead><tr><th scope=\"col\">Field</th><th scope=\"col\">Value</th>"
        "<th scope=\"col\">Meaning</th></tr></thead><tbody>");
    put_fields(out, fields, "");
    buf_text(out, "</tbody></table></div>");
}

void docs_put_schemas(struct buf *out, const char *json)
{
    json_object *schemas = json_tokener_parse(json);
    buf_text(
        out,
        "<section><h2 id=\"schemas\">Schemas</h2><p>Of bodies, in both directions. More fields may come; "
        "none goes without a new schema number.</p>");
    if (json_object_is_type(schemas, json_type_object)) {
        json_object_object_foreach(schemas, name, schema)
        {
            const char *meaning = text_at(schema, "description");
            buf_format(
                out,
                "<article class=\"schema\" id=\"schema-%s\"><h3>%s <a class=\"anchor\" href=\"#schema-%s\" "
                "aria-label=\"Link to %s\">#</a></h3>",
                name, name, name, name);
            if (meaning) {
                buf_text(out, "<p>");
                html_sentence(out, meaning);
                buf_text(out, "</p>");
            }
            put_table(out, schema);
            buf_text(out, "</article>");
        }
    }
    buf_text(out, "</section>");
    json_object_put(schemas);
}
