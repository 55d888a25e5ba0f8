/* SPDX-License-Identifier: MIT */
/* entries_value.c: the values of an entry, whatever it was written in. */
#include "exporter/files/entries_internal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/error.h"
#include "controller/core/text.h"
#include "exporter/formats/format.h"

enum { DEBOUNCE_MS = 500, MAX_WAIT_MS = 5000, TIMEOUT_MS = 10000, PATH_LENGTH_MAX = 4000, MODE = 0644 };

const char *const file_step_name[FILE_STEP_KIND_COUNT] = {[FILE_STEP_COMMAND] = "command",
                                                          [FILE_STEP_EXEC] = "exec",
                                                          [FILE_STEP_SIGNAL] = "signal",
                                                          [FILE_STEP_HTTP] = "http"};

struct file_entry entry_new(void)
{
    return (struct file_entry){.mode = MODE, .debounce_ms = DEBOUNCE_MS, .timeout_ms = TIMEOUT_MS};
}

/* What a path is made of, so that it is one word in any command. */
static bool is_path(const char *text)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-/+@:%=,";
    size_t length = strlen(text);
    if (text[0] != '/' || length > PATH_LENGTH_MAX || text[length - 1] == '/')
        return false;
    for (const char *c = text; *c; c++)
        if ((unsigned char)*c < 0x80 && !strchr(plain, *c))
            return false;
    const char *name = strrchr(text, '/') + 1;
    return strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

static int set_path(struct file_entries *entries, const char *text, const char **ret, struct error *err)
{
    char shown[80];
    text_one_line(text, shown, sizeof shown);
    if (!is_path(text))
        return error_set(err, -EINVAL,
                         "is \"%s\"; allowed is the absolute path of a file, of letters, digits and "
                         ". _ - + @ : %% = ,",
                         shown);
    *ret = arena_copy(&entries->arena, text);
    return 0;
}

int entry_set_path(struct file_entries *entries, struct file_entry *entry, const char *text,
                   struct error *err)
{
    return set_path(entries, text, &entry->path, err);
}

int entry_set_template(struct file_entries *entries, struct file_entry *entry, const char *text,
                       struct error *err)
{
    return set_path(entries, text, &entry->template_path, err);
}

int entry_set_format(struct file_entries *entries, struct file_entry *entry, const char *text,
                     struct error *err)
{
    const struct format *format = format_find(text);
    if (format) {
        entry->format = format->name;
        return 0;
    }
    const char **names = mem_new((format_count + 1) * sizeof *names);
    char allowed[200] = "", shown[48];
    (void)entries;
    for (size_t i = 0; i < format_count; i++) {
        size_t used = strlen(allowed);
        names[i] = formats[i].name;
        snprintf(allowed + used, sizeof allowed - used, "%s%s", i ? ", " : "", names[i]);
    }
    text_one_line(text, shown, sizeof shown);
    const char *nearest = text_nearest(shown, names, format_count);
    error_set(err, -EINVAL, "is \"%s\"%s%s%s; allowed are %s", shown, nearest ? " (did you mean " : "",
              nearest ? nearest : "", nearest ? "?)" : "", allowed);
    free(names);
    return -EINVAL;
}

int entry_set_mode(struct file_entry *entry, const char *text, struct error *err)
{
    char shown[48];
    size_t length = strlen(text);
    if (length < 3 || length > 4 || text[strspn(text, "01234567")] || (length == 4 && text[0] != '0')) {
        text_one_line(text, shown, sizeof shown);
        return error_set(err, -EINVAL, "is \"%s\"; allowed are octal digits from 0000 to 0777, such as 0640",
                         shown);
    }
    entry->mode = (unsigned)strtoul(text, NULL, 8);
    return 0;
}

int entry_add(struct file_entries *entries, struct file_entry *entry, struct error *err)
{
    if (!entry->max_wait_ms)
        entry->max_wait_ms = entry->debounce_ms > MAX_WAIT_MS ? entry->debounce_ms : MAX_WAIT_MS;
    if (!entry->path)
        return error_set(err, -EINVAL, "path is missing: where the file is to be written");
    if (!entry->format == !entry->template_path)
        return error_set(err, -EINVAL, "%s",
                         entry->format ? "format and template are both given; allowed is one of them"
                                       : "format is missing, or template in its place");
    if (entry->variables.count && !entry->template_path)
        return error_set(err, -EINVAL, "variables are for a template, and there is none");
    if (entry->max_wait_ms < entry->debounce_ms)
        return error_set(err, -EINVAL, "max_wait is shorter than debounce; allowed is the same or longer");
    if (entry->template_path && strcmp(entry->template_path, entry->path) == 0)
        return error_set(err, -EINVAL, "template and path are the same file");
    for (size_t i = 0; i < entries->count; i++)
        if (strcmp(entries->item[i].path, entry->path) == 0)
            return error_set(err, -EINVAL, "path %.100s is another entry's already", entry->path);
    if (entries->count == FILE_ENTRIES_MAX)
        return error_set(err, -EINVAL, "there are more than %d entries", (int)FILE_ENTRIES_MAX);
    entries->item[entries->count++] = *entry;
    return 0;
}

int entries_refuse(struct entries_reader *reader, const yaml_node_t *node, const char *key,
                   const char *format, ...)
{
    char words[300];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    return error_set(reader->err, -EINVAL, "line %zu: %s%s%s", node->start_mark.line + 1, key,
                     *key ? " " : "", words);
}

void entries_free(struct file_entries *entries)
{
    if (!entries)
        return;
    arena_free(&entries->arena);
    free(entries);
}
