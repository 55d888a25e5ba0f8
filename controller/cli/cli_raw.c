/* SPDX-License-Identifier: MIT */
/* cli_raw.c: `quaywatch graph` and `quaywatch export`: what a route of the daemon answers, handed on. */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/cli/cli.h"
#include "controller/cli/cli_client.h"
#include "controller/cli/cli_read.h"
#include "controller/core/buf.h"
#include "controller/core/error.h"
#include "controller/core/limits.h"
#include "controller/core/mem.h"

/* GET path to stdout, or to the file of --output. */
static int hand_on(const struct call *call, const char *path)
{
    struct buf body;
    struct error err = {0};
    buf_init(&body, LIMIT_DOCUMENT);
    int code = EXIT_FINE, http = client_get(path, call->options, &body, &err);
    if (http < 0) {
        fprintf(stderr, "quaywatch: %s\n", err.text);
        code = EXIT_NO_ENGINE;
    } else if (http != 200) {
        code = read_refusal(json_tokener_parse(buf_string(&body)), http);
    } else {
        code = print_output(call, &body);
    }
    buf_free(&body);
    return code;
}

/* ---- graph ---- */

/* The names of a list, separated by commas. */
static void print_names(json_object *list)
{
    char name[READ_LINE];
    size_t count = json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0;
    for (size_t i = 0; i < count; i++)
        printf("%s%s", i ? ", " : "",
               read_clean(json_object_get_string(json_object_array_get_idx(list, i)), name));
    putchar('\n');
}

/* Who starts with whom, after whom; what is wrong with that; and who makes others sick. */
static void print_order(json_object *root)
{
    char cycle[READ_LINE];
    size_t steps, cycles, roots;
    json_object *order = read_list(root, "order", &steps), *list = read_list(root, "cycles", &cycles);
    json_object *sick = read_list(root, "roots", &roots);
    puts("\nOrder of starting:");
    for (size_t i = 0; i < steps; i++) {
        printf("  %zu. ", i + 1);
        print_names(json_object_array_get_idx(order, i));
    }
    for (size_t i = 0; i < cycles; i++)
        printf("Cycle: %s\n", read_line(json_object_array_get_idx(list, i), "cycle", cycle));
    if (roots) {
        printf("Root of what is down: ");
        print_names(sick);
    }
}

static void print_edges(json_object *root)
{
    char from[READ_LINE], to[READ_LINE];
    size_t count;
    json_object *edges = read_list(root, "edges", &count);
    for (size_t i = 0; i < count; i++) {
        json_object *edge = json_object_array_get_idx(edges, i);
        printf("%s -> %s (%s)\n", read_line(edge, "from", from), read_line(edge, "to", to),
               read_text(edge, "type"));
    }
    if (!count)
        puts("No service depends on another.");
}

int command_graph(const struct call *call)
{
    if (call->flags & FLAG(DOT))
        return hand_on(call, "/api/v1/graph?format=dot");
    if (call->flags & FLAG(MERMAID))
        return hand_on(call, "/api/v1/graph?format=mermaid");
    if (call->flags & FLAG(JSON))
        return hand_on(call, "/api/v1/graph");
    int http;
    json_object *root = read_json(call->options, "/api/v1/graph", &http);
    if (!root)
        return EXIT_NO_ENGINE;
    print_edges(root);
    print_order(root);
    json_object_put(root);
    return EXIT_FINE;
}

int command_export(const struct call *call)
{
    static const enum flag queries[] = {FLAG_TAG, FLAG_PROJECT, FLAG_VERSION, FLAG_PREFIX};
    char *path = client_path("/export/", call->argument[0], "");
    char separator = '?';
    for (size_t i = 0; i < sizeof queries / sizeof *queries; i++) {
        const char *value = call->value[queries[i]];
        if (!value)
            continue;
        struct buf before;
        buf_init(&before, SIZE_MAX / 2);
        buf_format(&before, "%s%c%s=", path, separator, flag_rows[queries[i]].name);
        free(path);
        path = client_path(buf_string(&before), value, "");
        buf_free(&before);
        separator = '&';
    }
    int code = hand_on(call, path);
    free(path);
    return code;
}
