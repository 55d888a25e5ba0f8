/* SPDX-License-Identifier: MIT */
/* options.c: reads the settings from their sources, the nearest first: command line, environment, file,
 * default. */
#include "controller/settings/options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "controller/core/error.h"
#include "controller/core/file.h"
#include "controller/core/limits.h"
#include "controller/core/text.h"
#include "controller/settings/options_source.h"

enum { NAMES_MAX = 192 };

#define PREFIX OPTION_PREFIX
static const char implicit_file[] = "./.env";

/* Flags of the commands, which are left in argv for them. */
static const char *const command_flag[] = {"help",    "version", "json",     "follow", "dot",
                                           "mermaid", "force",   "markdown", "output", "explain",
                                           "tag",     "project", "prefix",   "format", "set"};
enum { COMMAND_FLAGS = sizeof command_flag / sizeof *command_flag };

/* ---- Command line ---- */

static bool is_command_flag(const char *name, size_t length)
{
    for (size_t i = 0; i < COMMAND_FLAGS; i++)
        if (strlen(command_flag[i]) == length && strncmp(command_flag[i], name, length) == 0)
            return true;
    return false;
}

/* The row whose flag is the first length characters of name; *ret_file says that "-file" follows a secret's
 * flag. */
static const struct option_row *row_of_flag(const char *name, size_t length, bool *ret_file)
{
    for (size_t i = 0; i < option_count; i++) {
        char flag[OPTION_FLAG];
        option_flag(option_table[i].key, flag);
        size_t own = strlen(flag);
        if (length < own || strncmp(name, flag, own) != 0)
            continue;
        *ret_file = option_table[i].secret && length == own + 5 && strncmp(name + own, "-file", 5) == 0;
        if (length == own || *ret_file)
            return &option_table[i];
    }
    return NULL;
}

static int unknown_flag(struct option_reader *reader, const char *name, size_t length)
{
    char flag[NAMES_MAX][OPTION_FLAG], given[OPTION_FLAG];
    const char *known[NAMES_MAX];
    size_t count = 0;
    for (size_t i = 0; i < option_count && count < NAMES_MAX - COMMAND_FLAGS; i++) {
        option_flag(option_table[i].key, flag[count]);
        known[count] = flag[count];
        count += !option_table[i].later;
    }
    for (size_t i = 0; i < COMMAND_FLAGS; i++)
        known[count++] = command_flag[i];
    char *copy = arena_copy_n(&reader->options->arena, name, length);
    text_one_line(copy, given, sizeof given);
    const char *nearest = text_nearest(given, known, count);
    if (nearest)
        return error_set(reader->err, -EINVAL, "--%s is unknown; did you mean --%s?", given, nearest);
    return error_set(reader->err, -EINVAL, "--%s is unknown; --help lists the settings", given);
}

/* Takes the option at argv[at]: returns how many arguments it fills, 0 when it is not one of ours. */
static int read_argument(struct option_reader *reader, char **argv, int argc, int at)
{
    const char *name = argv[at];
    if (strncmp(name, "--", 2) != 0 || !name[2])
        return 0;
    name += 2;
    size_t length = strcspn(name, "=");
    bool file = false;
    if (is_command_flag(name, length))
        return 0;
    const struct option_row *row = row_of_flag(name, length, &file);
    if (!row)
        return unknown_flag(reader, name, length);
    struct arena *arena = &reader->options->arena;
    const char *key = file ? arena_format(arena, "%s_FILE", row->key) : row->key;
    const char *value = name[length] ? name + length + 1 : NULL;
    int used = 1;
    if (!value && row->kind == OPTION_BOOL) {
        value = "true";
    } else if (!value) {
        if (at + 1 >= argc || strncmp(argv[at + 1], "--", 2) == 0)
            return error_set(reader->err, -EINVAL, "--%.*s needs a value", (int)length, name);
        value = argv[at + 1];
        used = 2;
    }
    pairs_set(arena, &reader->arguments, key, value);
    return used;
}

/* Collects the option arguments; rest gets the others, of which there are *ret_count. "--" ends the options.
 */
static int read_arguments(struct option_reader *reader, int argc, char **argv, char **rest, int *ret_count)
{
    int count = 0;
    for (int i = 0; i < argc;) {
        if (i > 0 && strcmp(argv[i], "--") == 0) {
            while (++i < argc)
                rest[count++] = argv[i];
            break;
        }
        int used = i == 0 ? 0 : read_argument(reader, argv, argc, i);
        if (used < 0)
            return used;
        if (used == 0)
            rest[count++] = argv[i++];
        i += used;
    }
    *ret_count = count;
    return 0;
}

/* ---- Settings file ---- */

/* The known whole name nearest to name, or NULL; a known key without its prefix is near. *store keeps its
 * text. */
static const char *nearest_name(const char *name, char store[NAMES_MAX][OPTION_FLAG])
{
    const char *known[NAMES_MAX];
    size_t count = 0;
    for (size_t i = 0; i < option_count && count < NAMES_MAX; i++) {
        if (option_table[i].later)
            continue;
        int length = snprintf(store[count], OPTION_FLAG, PREFIX "%s", option_table[i].key);
        known[count] = store[count];
        if (length > 0 && strcmp(option_table[i].key, name) == 0)
            return known[count];
        count++;
    }
    return text_nearest(name, known, count);
}

static void notice_unknown(struct option_reader *reader, const char *key)
{
    char shown[OPTION_FLAG], store[NAMES_MAX][OPTION_FLAG];
    struct options *options = reader->options;
    const char *nearest = nearest_name(key, store);
    text_one_line(key, shown, sizeof shown);
    const char *sentence = nearest ? arena_format(&options->arena, "%s in %s is unknown; did you mean %s?",
                                                  shown, options->config, nearest)
                                   : arena_format(&options->arena, "%s in %s is unknown and ignored", shown,
                                                  options->config);
    strings_add(&options->arena, &options->notices, sentence);
}

/* "${NAME}" alone is what the environment holds: such lines are common, and never meant as they stand. */
static const char *expand(struct option_reader *reader, const char *value)
{
    size_t length = strlen(value);
    if (length < 4 || strncmp(value, "${", 2) != 0 || strchr(value, '}') != value + length - 1)
        return value;
    const char *found = reader->getter(arena_copy_n(&reader->options->arena, value + 2, length - 3));
    return found ? found : "";
}

static void on_file_line(void *user, const char *key, const char *value)
{
    struct option_reader *reader = user;
    if (option_is_name(key))
        pairs_set(&reader->options->arena, &reader->file, key, expand(reader, value));
    else if (reader->explicit_file || strncmp(key, PREFIX, strlen(PREFIX)) == 0)
        notice_unknown(reader, key);
}

/* ./.env usually belongs to somebody else too: a line that is none is passed over with a notice. */
static void parse_implicit(struct option_reader *reader, char *text)
{
    struct options *options = reader->options;
    char *rest = text, *line, *key, *value;
    for (unsigned number = 1; (line = text_cut(&rest, '\n')); number++) {
        int rc = option_line(line, &key, &value);
        if (rc > 0)
            on_file_line(reader, key, value);
        else if (rc < 0)
            strings_add(&options->arena, &options->notices,
                        arena_format(&options->arena, "%s: line %u is no KEY=value line and is ignored",
                                     options->config, number));
    }
}

static int read_file(struct option_reader *reader)
{
    struct options *options = reader->options;
    const char *path = pairs_get(&reader->arguments, "CONFIG");
    if (!path || !*path)
        path = reader->getter(PREFIX "CONFIG");
    reader->explicit_file = path && *path;
    if (!reader->explicit_file && access(implicit_file, R_OK) != 0)
        return 0;
    options->config = arena_copy(&options->arena, reader->explicit_file ? path : implicit_file);
    char *text;
    size_t length;
    int rc = file_read(options->config, LIMIT_CONFIG_FILE, &text, &length, reader->err);
    if (rc)
        return reader->explicit_file ? error_wrap(reader->err, "settings") : 0;
    if (!reader->explicit_file)
        parse_implicit(reader, text);
    else if (strlen(text) != length)
        rc = error_set(reader->err, -EINVAL, "%s is no text file: it holds NUL bytes", options->config);
    else if ((rc = options_parse_file(text, on_file_line, reader, reader->err)))
        error_wrap(reader->err, "%s", options->config);
    free(text);
    return rc;
}

/* ---- One setting ---- */

static int read_row(struct option_reader *reader, const struct option_row *row)
{
    struct options *options = reader->options;
    struct option_source source = {0};
    int rc = option_find(reader, row, &source);
    if (rc < 0)
        return rc;
    if (rc == 0)
        return row->standard ? option_store(row, row->standard, options, reader->err) : 0;
    if (source.argument && !*source.value && row->standard && *row->standard)
        return error_set(reader->err, -EINVAL, "%s needs a value", source.name);
    if (option_store(row, source.value, options, reader->err)) {
        char end[sizeof reader->err->text];
        snprintf(end, sizeof end, "%s", reader->err ? reader->err->text : "");
        return error_set(reader->err, -EINVAL, "%s %s", source.name, end);
    }
    pairs_set(&options->arena, &options->values, row->key, row->secret ? "(secret)" : source.value);
    pairs_set(&options->arena, &options->origins, row->key, source.name);
    bool usual = row->standard && strcasecmp(source.value, row->standard) == 0;
    if (row->later && !usual)
        strings_add(&options->arena, &options->notices,
                    arena_format(&options->arena, "%s is not supported yet and has no effect", source.name));
    return 0;
}

int options_read(struct options *ret, int *argc, char **argv, const char *(*getter)(const char *key),
                 struct error *err)
{
    struct error unheard;
    struct option_reader reader = {.options = ret, .getter = getter, .err = err ? err : &unheard};
    *ret = (struct options){.config = "", .argument_count = *argc};
    ret->arguments = arena_new(&ret->arena, sizeof *argv * (size_t)(*argc + 1));
    memcpy(ret->arguments, argv, sizeof *argv * (size_t)(*argc + 1));
    char **rest = mem_new(sizeof *rest * (size_t)(*argc + 1));
    int count = 0;
    int rc = read_arguments(&reader, *argc, argv, rest, &count);
    if (!rc)
        rc = read_file(&reader);
    if (!rc)
        rc = option_read_profile(&reader);
    for (size_t i = 0; !rc && i < option_count; i++)
        if (strcmp(option_table[i].key, "CONFIG") != 0)
            rc = read_row(&reader, &option_table[i]);
    if (!rc)
        rc = option_check_alerts(ret, reader.err);
    if (rc) {
        options_free(ret);
    } else {
        memcpy(argv, rest, sizeof *rest * (size_t)(count + 1));
        *argc = count;
    }
    free(rest);
    return rc ? -EINVAL : 0;
}

int options_reread(const struct options *old, struct options *ret, const char *(*getter)(const char *key),
                   struct error *err)
{
    int count = old->argument_count;
    char **arguments = mem_new(sizeof *arguments * (size_t)(count + 1));
    memcpy(arguments, old->arguments, sizeof *arguments * (size_t)(count + 1));
    int rc = options_read(ret, &count, arguments, getter, err);
    free(arguments);
    return rc;
}

void options_unknown(char **environ_list, void (*unknown)(void *user, const char *key, const char *nearest),
                     void *user)
{
    for (; *environ_list; environ_list++) {
        const char *entry = *environ_list;
        size_t length = strcspn(entry, "=");
        if (strncmp(entry, PREFIX, strlen(PREFIX)) != 0)
            continue;
        char *key = mem_format("%.*s", (int)length, entry), store[NAMES_MAX][OPTION_FLAG];
        if (!option_is_name(key))
            unknown(user, key, nearest_name(key, store));
        free(key);
    }
}

void options_free(struct options *options)
{
    if (!options)
        return;
    arena_free(&options->arena);
    *options = (struct options){0};
}
