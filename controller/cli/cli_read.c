/* SPDX-License-Identifier: MIT */
/* cli_read.c: answers of the running daemon as JSON, and what is printed of them. */
#include "controller/cli/cli_read.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/cli/cli.h"
#include "controller/cli/cli_client.h"
#include "controller/core/buf.h"
#include "controller/core/error.h"
#include "controller/core/file.h"
#include "controller/core/limits.h"
#include "controller/core/mem.h"
#include "controller/core/text.h"

json_object *read_json(const struct options *options, const char *path, int *ret_status)
{
    struct buf body;
    struct error err = {0};
    buf_init(&body, LIMIT_DOCUMENT);
    *ret_status = client_get(path, options, &body, &err);
    json_object *root = *ret_status > 0 ? json_tokener_parse(buf_string(&body)) : NULL;
    if (*ret_status < 0)
        fprintf(stderr, "quaywatch: %s\n", err.text);
    buf_free(&body);
    return root;
}

int read_no_service(const struct options *options, const char *name)
{
    int http;
    size_t count;
    char shown[READ_LINE];
    json_object *root = read_json(options, "/services", &http);
    json_object *list = read_list(root, "services", &count);
    const char **names = mem_new((count + 1) * sizeof *names);
    for (size_t i = 0; i < count; i++)
        names[i] = read_text(json_object_array_get_idx(list, i), "name");
    const char *nearest = text_nearest(name, names, count);
    fprintf(stderr, "quaywatch: no service \"%s\"%s%s%s; `quaywatch status` lists them\n",
            read_clean(name, shown), nearest ? "; did you mean \"" : "", nearest ? nearest : "",
            nearest ? "\"?" : "");
    free(names);
    json_object_put(root);
    return EXIT_WRONG_USE;
}

int read_refusal(json_object *problem, int http)
{
    char detail[READ_LINE];
    read_line(problem, "detail", detail);
    if (http > 0)
        fprintf(stderr, "quaywatch: %s\n", detail[0] ? detail : "the daemon refused without a reason");
    json_object_put(problem);
    return http < 0 ? EXIT_NO_ENGINE : http == 400 || http == 404 ? EXIT_WRONG_USE : EXIT_FINDING;
}

int read_exit_code(const char *status)
{
    return strcmp(status, "unhealthy") == 0 || strcmp(status, "failed") == 0 ? EXIT_FINDING : EXIT_FINE;
}

static json_object *member(json_object *object, const char *key)
{
    bool is_object = object && json_object_is_type(object, json_type_object);
    return is_object ? json_object_object_get(object, key) : NULL;
}

const char *read_text(json_object *object, const char *key)
{
    json_object *value = member(object, key);
    return value ? json_object_get_string(value) : "";
}

json_object *read_object(json_object *object, const char *key)
{
    json_object *value = member(object, key);
    return value && json_object_is_type(value, json_type_object) ? value : NULL;
}

int64_t read_number(json_object *object, const char *key)
{
    json_object *value = member(object, key);
    return value ? json_object_get_int64(value) : 0;
}

bool read_bool(json_object *object, const char *key)
{
    json_object *value = member(object, key);
    return value && json_object_get_boolean(value);
}

json_object *read_list(json_object *object, const char *key, size_t *ret_count)
{
    json_object *list = member(object, key);
    bool is_list = list && json_object_is_type(list, json_type_array);
    *ret_count = is_list ? json_object_array_length(list) : 0;
    return is_list ? list : NULL;
}

const char *read_clean(const char *text, char ret[static READ_LINE])
{
    text_one_line(text, ret, READ_LINE);
    return ret;
}

const char *read_line(json_object *object, const char *key, char ret[static READ_LINE])
{
    return read_clean(read_text(object, key), ret);
}

const char *read_time(json_object *object, const char *key, char ret[static 32])
{
    int64_t wall_ms = 0;
    ret[0] = '\0';
    if (text_time(read_text(object, key), &wall_ms) == 0 && wall_ms)
        text_format_time(wall_ms, ret);
    if (ret[0])
        snprintf(ret + 19, 2, "Z"); /* behind the seconds */
    return ret;
}

const char *read_age(json_object *object, const char *key, int64_t now_wall_ms, char ret[static 32])
{
    static const struct {
        int64_t s;
        char unit;
    } units[] = {{86400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}};
    int64_t wall_ms = 0;
    ret[0] = '\0';
    if (text_time(read_text(object, key), &wall_ms) != 0 || !wall_ms)
        return ret;
    int64_t s = now_wall_ms > wall_ms ? (now_wall_ms - wall_ms) / 1000 : 0;
    size_t i = 0;
    while (i < 3 && s < units[i].s)
        i++;
    snprintf(ret, 32, "%lld%c", (long long)(s / units[i].s), units[i].unit);
    return ret;
}

void print_json(json_object *root)
{
    puts(json_object_to_json_string_ext(root, JSON_C_TO_STRING_NOSLASHESCAPE | JSON_C_TO_STRING_PRETTY |
                                                  JSON_C_TO_STRING_SPACED));
}

/* Replaces the file by text, whole or not at all; one that holds that already is left alone, so that whoever
 * watches it is not woken. */
static int write_output(const char *path, const struct buf *text)
{
    struct error err = {0};
    char *old = NULL;
    size_t len = 0;
    bool equal = file_read(path, text->len, &old, &len, &err) == 0 && len == text->len &&
                 memcmp(old, buf_string(text), len) == 0;
    free(old);
    if (equal || file_replace(path, buf_string(text), text->len, &err) == 0)
        return EXIT_FINE;
    fprintf(stderr, "quaywatch: %s\n", err.text);
    return EXIT_WRONG_USE;
}

int print_output(const struct call *call, const struct buf *text)
{
    const char *output = call->value[FLAG_OUTPUT];
    if (output && strcmp(output, "-") != 0)
        return write_output(output, text);
    fwrite(buf_string(text), 1, text->len, stdout);
    return EXIT_FINE;
}
