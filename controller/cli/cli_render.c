/* SPDX-License-Identifier: MIT */
/* cli_render.c: `quaywatch render`: a template, rendered by the running daemon, which has the registry. */
#include "controller/cli/cli.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/cli/cli_client.h"
#include "controller/cli/cli_read.h"
#include "controller/core/buf.h"
#include "controller/core/error.h"
#include "controller/core/file.h"
#include "controller/core/limits.h"
#include "controller/core/mem.h"

static int complain(const char *sentence, const char *what)
{
    fprintf(stderr, "quaywatch: %s%s%s\n", sentence, what ? ": " : "", what ? what : "");
    return EXIT_WRONG_USE;
}

/* The file's content, or that of stdin for "-". An exit code; what went wrong is said. */
static int read_template(const char *path, struct buf *ret)
{
    struct error err = {0};
    char *text = NULL, part[4096];
    size_t len = 0;
    if (strcmp(path, "-") == 0) {
        while (!ret->full && (len = fread(part, 1, sizeof part, stdin)) > 0)
            buf_add(ret, part, len);
        return ret->full ? complain("the template is larger than 64 KiB", NULL) : EXIT_FINE;
    }
    int rc = file_read(path, LIMIT_HTTP_BODY, &text, &len, &err);
    if (!rc)
        buf_add(ret, text, len);
    free(text);
    return rc ? complain(err.text, NULL) : EXIT_FINE;
}

static void add_text(json_object *object, const char *key, const char *text)
{
    if (text)
        json_object_object_add(object, key, json_object_new_string(text));
}

/* The variables of --set NAME=VALUE into object. */
static int add_variables(const struct call *call, json_object *object)
{
    json_object *variables = json_object_new_object();
    json_object_object_add(object, "variables", variables);
    for (size_t i = 0; i < call->set_count; i++) {
        const char *equals = strchr(call->set[i], '=');
        if (!equals || equals == call->set[i])
            return complain("--set wants NAME=VALUE, not", call->set[i]);
        char *name = mem_format("%.*s", (int)(equals - call->set[i]), call->set[i]);
        add_text(variables, name, equals + 1);
        free(name);
    }
    return EXIT_FINE;
}

/* What the daemon is asked, as JSON. */
static int make_wish(const struct call *call, const char *path, const struct buf *text, json_object **ret)
{
    json_object *wish = json_object_new_object();
    bool stdin_is_it = strcmp(path, "-") == 0;
    *ret = wish;
    json_object_object_add(wish, "template", json_object_new_string_len(buf_string(text), (int)text->len));
    add_text(wish, "name", stdin_is_it ? "stdin" : path);
    add_text(wish, "format", call->value[FLAG_FORMAT]);
    add_text(wish, "tag", call->value[FLAG_TAG]);
    add_text(wish, "project", call->value[FLAG_PROJECT]);
    return add_variables(call, wish);
}

static int ask(const struct call *call, json_object *wish)
{
    struct buf body;
    struct error err = {0};
    buf_init(&body, LIMIT_DOCUMENT);
    int http = client_post("/api/v1/render", json_object_to_json_string_ext(wish, JSON_C_TO_STRING_PLAIN),
                           call->options, &body, &err);
    int code = EXIT_NO_ENGINE;
    if (http < 0)
        complain(err.text, NULL);
    else if (http == 413)
        code = complain("the template and its variables are larger than 64 KiB as JSON", NULL);
    else if (http == 200)
        code = print_output(call, &body);
    else
        code = read_refusal(json_tokener_parse(buf_string(&body)), http);
    buf_free(&body);
    return code;
}

int command_render(const struct call *call)
{
    struct buf text;
    json_object *wish = NULL;
    buf_init(&text, LIMIT_HTTP_BODY);
    int code = read_template(call->argument[0], &text);
    if (code == EXIT_FINE)
        code = make_wish(call, call->argument[0], &text, &wish);
    if (code == EXIT_FINE)
        code = ask(call, wish);
    json_object_put(wish);
    buf_free(&text);
    return code;
}
