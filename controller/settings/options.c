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
#include "controller/settings/options_table.h"

enum { FLAG_MAX = 64, NAMES_MAX = 192, SECRET_MAX = 4096 };

#define PREFIX "QUAYWATCH_"
static const char implicit_file[] = "./.env";

/* Flags of the commands, which are left in argv for them. */
static const char *const command_flag[] = {"help",    "version", "json",     "follow", "dot",
                                           "mermaid", "force",   "markdown", "output"};
enum { COMMAND_FLAGS = sizeof command_flag / sizeof *command_flag };

struct reader {
    struct options *options;
    const char *(*getter)(const char *key);
    struct pairs arguments; /* by key without prefix */
    struct pairs file;      /* by whole name */
    bool explicit_file;
    struct error *err;
};

/* A value and where it stands, in words. */
struct source {
    const char *value;
    char *name;
    bool argument;
};

/* "HEALTH_CHECK_INTERVAL" → "health-check-interval" */
static void flag_of(const char *key, char flag[static FLAG_MAX])
{
    snprintf(flag, FLAG_MAX, "%s", key);
    for (char *at = flag; *at; at++)
        *at = *at == '_' ? '-' : *at >= 'A' && *at <= 'Z' ? (char)(*at - 'A' + 'a') : *at;
}

/* The names without QUAYWATCH_ under which a setting is read, in order; NULL behind the last. */
static const char *row_alias(const struct option_row *row, size_t i)
{
    if (row->bare && i == 0)
        return row->key;
    i -= row->bare;
    return i < OPTION_ALIASES ? row->also[i] : NULL;
}

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
        char flag[FLAG_MAX];
        flag_of(option_table[i].key, flag);
        size_t own = strlen(flag);
        if (length < own || strncmp(name, flag, own) != 0)
            continue;
        *ret_file = option_table[i].secret && length == own + 5 && strncmp(name + own, "-file", 5) == 0;
        if (length == own || *ret_file)
            return &option_table[i];
    }
    return NULL;
}

static int unknown_flag(struct reader *reader, const char *name, size_t length)
{
    char flag[NAMES_MAX][FLAG_MAX], given[FLAG_MAX];
    const char *known[NAMES_MAX];
    size_t count = 0;
    for (size_t i = 0; i < option_count && count < NAMES_MAX - COMMAND_FLAGS; i++) {
        flag_of(option_table[i].key, flag[count]);
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
static int read_argument(struct reader *reader, char **argv, int argc, int at)
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
static int read_arguments(struct reader *reader, int argc, char **argv, char **rest, int *ret_count)
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

/* Whether name, whole as it stands in environment or file, is a setting's. */
static bool is_known_name(const char *name)
{
    size_t length = strlen(name);
    bool file = length > 5 && strcmp(name + length - 5, "_FILE") == 0;
    for (size_t i = 0; i < option_count; i++) {
        const struct option_row *row = &option_table[i];
        size_t cut = file && row->secret ? length - 5 : length;
        const char *bare = strncmp(name, PREFIX, strlen(PREFIX)) == 0 ? name + strlen(PREFIX) : NULL;
        if (bare && strlen(row->key) == cut - strlen(PREFIX) &&
            strncmp(row->key, bare, strlen(row->key)) == 0)
            return true;
        for (size_t j = 0; row_alias(row, j); j++)
            if (strlen(row_alias(row, j)) == cut && strncmp(row_alias(row, j), name, cut) == 0)
                return true;
    }
    return false;
}

/* The known whole name nearest to name, or NULL; a known key without its prefix is near. *store keeps its
 * text. */
static const char *nearest_name(const char *name, char store[NAMES_MAX][FLAG_MAX])
{
    const char *known[NAMES_MAX];
    size_t count = 0;
    for (size_t i = 0; i < option_count && count < NAMES_MAX; i++) {
        if (option_table[i].later)
            continue;
        int length = snprintf(store[count], FLAG_MAX, PREFIX "%s", option_table[i].key);
        known[count] = store[count];
        if (length > 0 && strcmp(option_table[i].key, name) == 0)
            return known[count];
        count++;
    }
    return text_nearest(name, known, count);
}

static void notice_unknown(struct reader *reader, const char *key)
{
    char shown[FLAG_MAX], store[NAMES_MAX][FLAG_MAX];
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
static const char *expand(struct reader *reader, const char *value)
{
    size_t length = strlen(value);
    if (length < 4 || strncmp(value, "${", 2) != 0 || strchr(value, '}') != value + length - 1)
        return value;
    const char *found = reader->getter(arena_copy_n(&reader->options->arena, value + 2, length - 3));
    return found ? found : "";
}

static void on_file_line(void *user, const char *key, const char *value)
{
    struct reader *reader = user;
    if (is_known_name(key))
        pairs_set(&reader->options->arena, &reader->file, key, expand(reader, value));
    else if (reader->explicit_file || strncmp(key, PREFIX, strlen(PREFIX)) == 0)
        notice_unknown(reader, key);
}

/* ./.env usually belongs to somebody else too: a line that is none is passed over with a notice. */
static void parse_implicit(struct reader *reader, char *text)
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

static int read_file(struct reader *reader)
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

static const char *non_empty(const char *value)
{
    return value && *value ? value : NULL;
}

/* The content of the file at path, which holds a secret, without blanks around. */
static int read_secret(struct reader *reader, struct source *source, const char *path)
{
    char *text;
    int rc = file_read(path, SECRET_MAX, &text, NULL, reader->err);
    if (rc)
        return error_wrap(reader->err, "%s", source->name);
    source->value = arena_copy(&reader->options->arena, text_trim(text));
    free(text);
    return *source->value
               ? 0
               : error_set(reader->err, -EINVAL, "%s names %s, which is empty", source->name, path);
}

/* Looks for name and, for secrets, name_FILE with find: 1 found, 0 not there, or a failure. */
static int look_for(struct reader *reader, const struct option_row *row, const char *name, const char *where,
                    const char *(*find)(struct reader *reader, const char *name), struct source *source)
{
    struct arena *arena = &reader->options->arena;
    source->value = non_empty(find(reader, name));
    if (source->value) {
        source->name = arena_format(arena, "%s%s", name, where);
        return 1;
    }
    if (!row->secret)
        return 0;
    const char *path = non_empty(find(reader, arena_format(arena, "%s_FILE", name)));
    if (!path)
        return 0;
    source->name = arena_format(arena, "%s_FILE%s", name, where);
    int rc = read_secret(reader, source, path);
    return rc ? rc : 1;
}

static const char *find_in_environment(struct reader *reader, const char *name)
{
    return reader->getter(name);
}

static const char *find_in_file(struct reader *reader, const char *name)
{
    return pairs_get(&reader->file, name);
}

/* An empty argument is meant: it switches off what environment or file say. */
static int look_in_arguments(struct reader *reader, const struct option_row *row, struct source *source)
{
    struct arena *arena = &reader->options->arena;
    char flag[FLAG_MAX];
    flag_of(row->key, flag);
    source->argument = true;
    source->name = arena_format(arena, "--%s", flag);
    source->value = pairs_get(&reader->arguments, row->key);
    if (source->value)
        return 1;
    const char *path = row->secret ? pairs_get(&reader->arguments, arena_format(arena, "%s_FILE", row->key))
                                   : NULL;
    if (path) {
        source->name = arena_format(arena, "--%s-file", flag);
        int rc = read_secret(reader, source, path);
        return rc ? rc : 1;
    }
    source->argument = false;
    return 0;
}

static int find_source(struct reader *reader, const struct option_row *row, struct source *source)
{
    static const struct {
        const char *(*find)(struct reader *reader, const char *name);
        const char *where;
    } place[] = {{find_in_environment, " in the environment"}, {find_in_file, " in "}};
    int rc = look_in_arguments(reader, row, source);
    const char *prefixed = arena_format(&reader->options->arena, PREFIX "%s", row->key);
    for (size_t i = 0; !rc && i < sizeof place / sizeof *place; i++) {
        const char *where = i == 0 ? place[i].where
                                   : arena_format(&reader->options->arena, " in %s", reader->options->config);
        rc = look_for(reader, row, prefixed, where, place[i].find, source);
        for (size_t j = 0; !rc && row_alias(row, j); j++)
            rc = look_for(reader, row, row_alias(row, j), where, place[i].find, source);
    }
    return rc;
}

static int read_row(struct reader *reader, const struct option_row *row)
{
    struct options *options = reader->options;
    struct source source = {0};
    int rc = find_source(reader, row, &source);
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
    struct reader reader = {.options = ret, .getter = getter, .err = err ? err : &unheard};
    *ret = (struct options){.config = "", .argument_count = *argc};
    ret->arguments = arena_new(&ret->arena, sizeof *argv * (size_t)(*argc + 1));
    memcpy(ret->arguments, argv, sizeof *argv * (size_t)(*argc + 1));
    char **rest = mem_new(sizeof *rest * (size_t)(*argc + 1));
    int count = 0;
    int rc = read_arguments(&reader, *argc, argv, rest, &count);
    if (!rc)
        rc = read_file(&reader);
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
        char *key = mem_format("%.*s", (int)length, entry), store[NAMES_MAX][FLAG_MAX];
        if (!is_known_name(key))
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
