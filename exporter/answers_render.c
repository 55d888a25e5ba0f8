/* SPDX-License-Identifier: MIT */
/* answers_render.c: what a template that is sent makes of the registry. */
#include "exporter/answers.h"

#include <json-c/json.h>
#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/error.h"
#include "controller/core/limits.h"
#include "controller/core/text.h"
#include "exporter/formats/format.h"
#include "exporter/templates/template.h"

/* What the body says; texts are the JSON's. */
struct wanted {
    json_object *root;
    struct arena arena;
    const char *name, *text, *format;
    size_t text_len;
    struct format_wish chosen; /* by tag and project */
    struct pairs variables;
};

/* A variable's value: text, a number or a boolean. */
static bool take_variables(struct wanted *wanted, json_object *variables)
{
    json_object_object_foreach(variables, name, value)
    {
        bool plain = json_object_is_type(value, json_type_string) ||
                     json_object_is_type(value, json_type_int) ||
                     json_object_is_type(value, json_type_double) ||
                     json_object_is_type(value, json_type_boolean);
        if (!plain)
            return false;
        pairs_set(&wanted->arena, &wanted->variables, name, json_object_get_string(value));
    }
    return true;
}

/* Takes one member of the body; false when it is none, or has another type. */
static bool take_member(struct wanted *wanted, const char *name, json_object *value)
{
    const struct {
        const char *name;
        const char **target;
    } texts[] = {{"template", &wanted->text},
                 {"name", &wanted->name},
                 {"format", &wanted->format},
                 {"tag", &wanted->chosen.tag},
                 {"project", &wanted->chosen.project}};
    if (strcmp(name, "variables") == 0)
        return json_object_is_type(value, json_type_object) && take_variables(wanted, value);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (strcmp(texts[i].name, name) != 0 || !json_object_is_type(value, json_type_string))
            continue;
        *texts[i].target = json_object_get_string(value);
        if (i == 0)
            wanted->text_len = (size_t)json_object_get_string_len(value);
        return true;
    }
    return false;
}

/* False after answering. */
static bool read_body(const struct request *request, struct wanted *ret, struct answer *answer)
{
    json_tokener *tokener = json_tokener_new_ex(4);
    ret->root = json_tokener_parse_ex(tokener, request->body, (int)request->body_len + 1);
    json_tokener_free(tokener);
    bool object = json_object_is_type(ret->root, json_type_object);
    if (object) {
        json_object_object_foreach(ret->root, name, value)
        {
            if (take_member(ret, name, value))
                continue;
            char shown[64];
            text_one_line(name, shown, sizeof shown);
            answer_problem(
                answer, 400,
                "\"%s\" is unknown or has the wrong type; allowed are the texts template, name, format, "
                "tag and project, and variables, an object of texts, numbers and booleans.",
                shown);
            return false;
        }
    }
    if (ret->text)
        return true;
    answer_problem(answer, 400,
                   "The body must be JSON with a template: {\"template\": \"…\", \"format\": \"json\"}.");
    return false;
}

static bool selects(void *user, const struct service *service)
{
    return format_selects(user, service);
}

static int render(const struct request *request, struct wanted *wanted, struct buf *out, struct error *err)
{
    struct template_wish wish = {.registry = request->context->registry,
                                 .variables = &wanted->variables,
                                 .selects = selects,
                                 .user = &wanted->chosen};
    if (wanted->format) {
        wish.format_given = true;
        int rc = template_format_find(wanted->format, &wish.format, err);
        if (rc)
            return rc;
    }
    struct template *template = template_parse(wanted->name ? wanted->name : "template", wanted->text,
                                               wanted->text_len, err);
    int rc = template ? template_render(template, &wish, out, err) : err->code;
    if (rc == 0)
        rc = template_check_given(template, &wanted->variables, err); /* most likely a slip of the pen */
    template_free(template);
    return rc;
}

void answer_render(const struct request *request, struct answer *answer)
{
    struct wanted wanted = {.root = NULL};
    struct error err = {0};
    struct buf out;
    buf_init(&out, TEMPLATE_OUTPUT);
    if (read_body(request, &wanted, answer)) {
        if (render(request, &wanted, &out, &err)) {
            bool asks = err.text[0] && err.text[strlen(err.text) - 1] == '?'; /* did you mean …? */
            answer_problem(answer, 400, "%s%s", err.text, asks ? "" : ".");
            buf_free(&out);
        } else {
            answer_text(answer, 200, type_text, &out);
        }
    }
    json_object_put(wanted.root);
    arena_free(&wanted.arena);
}
