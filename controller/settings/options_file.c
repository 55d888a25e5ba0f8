/* SPDX-License-Identifier: MIT */
/* options_file.c: the lines of a settings file, as a shell or compose would read them. */
#include <errno.h>
#include <string.h>

#include "controller/core/error.h"
#include "controller/core/text.h"
#include "controller/settings/options.h"
#include "controller/settings/options_table.h"

static bool is_key(const char *text)
{
    static const char first[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
    size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-");
    return *text && strchr(first, *text) && !text[length];
}

/* Unquotes 'text' or "text" in place; NULL when the closing quote is missing or followed by more than a
 * comment. */
static char *unquote(char *text)
{
    char quote = *text, *out = text, *in = text + 1;
    for (; *in && *in != quote; in++) {
        if (quote == '"' && *in == '\\' && in[1] && strchr("nrt\"\\$", in[1])) {
            in++;
            *out++ = *in == 'n' ? '\n' : *in == 'r' ? '\r' : *in == 't' ? '\t' : *in;
        } else {
            *out++ = *in;
        }
    }
    if (*in != quote)
        return NULL;
    char *rest = text_trim(in + 1);
    if (*rest && *rest != '#')
        return NULL;
    *out = '\0';
    return text;
}

/* Cuts a comment off a value without quotes: "#" at its start or behind a blank. */
static char *cut_comment(char *text)
{
    for (char *at = text; *at; at++)
        if (*at == '#' && (at == text || at[-1] == ' ' || at[-1] == '\t')) {
            *at = '\0';
            break;
        }
    return text_trim(text);
}

int option_line(char *line, char **ret_key, char **ret_value)
{
    line = text_trim(line);
    if (!*line || *line == '#')
        return 0;
    if (strncmp(line, "export", 6) == 0 && (line[6] == ' ' || line[6] == '\t'))
        line += 7;
    char *value = strchr(line, '=');
    if (!value)
        return -EINVAL;
    *value++ = '\0';
    char *key = text_trim(line);
    if (!is_key(key))
        return -EINVAL;
    while (*value == ' ' || *value == '\t')
        value++;
    value = *value == '"' || *value == '\'' ? unquote(value) : cut_comment(value);
    if (!value)
        return -EINVAL;
    *ret_key = key;
    *ret_value = value;
    return 1;
}

int options_parse_file(char *text, void (*line)(void *user, const char *key, const char *value), void *user,
                       struct error *err)
{
    unsigned number = 0;
    char *rest = text, *next;
    if (strncmp(rest, "\xef\xbb\xbf", 3) == 0)
        rest += 3; /* a byte order mark, as some editors write it */
    while ((next = text_cut(&rest, '\n'))) {
        char *key, *value, shown[64];
        number++;
        text_one_line(next, shown, sizeof shown);
        int rc = option_line(next, &key, &value);
        if (rc < 0) {
            /* What the line holds may be a secret: only what stands before a = is shown. */
            shown[strcspn(shown, "=")] = '\0';
            return error_set(err, -EINVAL, "line %u (\"%s\") is no KEY=value line", number, shown);
        }
        if (rc > 0)
            line(user, key, value);
    }
    return 0;
}
