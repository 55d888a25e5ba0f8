/* SPDX-License-Identifier: MIT */
/* command.c: the two forms that people know from Dockerfiles and compose files. */
#include "controller/labels/command.h"

#include <errno.h>
#include <json-c/json.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>

static const char *const blanks = " \t\r\n";

static void shell_form(const char *text, struct arena *arena, struct strings *ret)
{
    strings_add(arena, ret, "/bin/sh");
    strings_add(arena, ret, "-c");
    strings_add(arena, ret, text);
}

static struct json_object *parse_array(const char *text)
{
    size_t length = strlen(text);
    struct json_tokener *tokener = json_tokener_new();
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
    struct json_object *array = json_tokener_parse_ex(tokener, text,
                                                      length < INT_MAX ? (int)length : INT_MAX);
    size_t end = json_tokener_get_parse_end(tokener);
    bool whole = json_tokener_get_error(tokener) == json_tokener_success &&
                 text[end + strspn(text + end, blanks)] == '\0';
    json_tokener_free(tokener);
    if (whole && json_object_is_type(array, json_type_array))
        return array;
    json_object_put(array);
    return NULL;
}

/* The text of one argument; NULL for what is none: another type, or a NUL inside, which no argument has. */
static const char *argument(struct json_object *array, size_t index)
{
    struct json_object *item = json_object_array_get_idx(array, index);
    if (!json_object_is_type(item, json_type_string))
        return NULL;
    const char *text = json_object_get_string(item);
    return strlen(text) == (size_t)json_object_get_string_len(item) ? text : NULL;
}

static int exec_form(struct json_object *array, struct arena *arena, struct strings *ret)
{
    struct strings argv = {0};
    size_t count = json_object_array_length(array);
    for (size_t i = 0; i < count; i++) {
        const char *text = argument(array, i);
        if (!text)
            return -EINVAL;
        bool keyword = i == 0 && (strcmp(text, "CMD") == 0 || strcmp(text, "CMD-SHELL") == 0);
        if (!keyword) {
            strings_add(arena, &argv, text);
        } else if (strcmp(text, "CMD-SHELL") == 0) {
            const char *command = count == 2 ? argument(array, 1) : NULL;
            if (!command || command[strspn(command, blanks)] == '\0')
                return -EINVAL;
            shell_form(command, arena, ret);
            return 0;
        }
    }
    if (argv.count == 0 || argv.item[0][0] == '\0')
        return -EINVAL;
    *ret = argv;
    return 0;
}

int command_parse(const char *text, struct arena *arena, struct strings *ret)
{
    *ret = (struct strings){0};
    const char *start = text + strspn(text, blanks);
    if (*start == '\0')
        return -EINVAL;
    struct json_object *array = *start == '[' ? parse_array(start) : NULL;
    if (array) {
        int code = exec_form(array, arena, ret);
        json_object_put(array);
        return code;
    }
    /* To a shell, "[" is a command and wants a blank behind it. */
    if (strncmp(start, "[\"", 2) == 0)
        return -EINVAL;
    shell_form(text, arena, ret);
    return 0;
}
