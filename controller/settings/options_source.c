/* SPDX-License-Identifier: MIT */
/* options_source.c: looks for the value of a setting, the nearest place first. */
#include "controller/settings/options_source.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/error.h"
#include "controller/core/file.h"
#include "controller/core/limits.h"
#include "controller/core/text.h"
#include "controller/settings/profile.h"

enum { SECRET_MAX = 4096 };

void option_flag(const char *key, char flag[static OPTION_FLAG])
{
    snprintf(flag, OPTION_FLAG, "%s", key);
    for (char *at = flag; *at; at++)
        *at = *at == '_' ? '-' : *at >= 'A' && *at <= 'Z' ? (char)(*at - 'A' + 'a') : *at;
}

const char *option_alias(const struct option_row *row, size_t i)
{
    if (row->bare && i == 0)
        return row->key;
    i -= row->bare;
    return i < OPTION_ALIASES ? row->also[i] : NULL;
}

bool option_is_name(const char *name)
{
    size_t length = strlen(name);
    bool file = length > 5 && strcmp(name + length - 5, "_FILE") == 0;
    for (size_t i = 0; i < option_count; i++) {
        const struct option_row *row = &option_table[i];
        size_t cut = file && row->secret ? length - 5 : length;
        const char *bare = strncmp(name, OPTION_PREFIX, strlen(OPTION_PREFIX)) == 0
                               ? name + strlen(OPTION_PREFIX)
                               : NULL;
        if (bare && strlen(row->key) == cut - strlen(OPTION_PREFIX) &&
            strncmp(row->key, bare, strlen(row->key)) == 0)
            return true;
        for (size_t j = 0; option_alias(row, j); j++)
            if (strlen(option_alias(row, j)) == cut && strncmp(option_alias(row, j), name, cut) == 0)
                return true;
    }
    return false;
}

/* ---- One setting ---- */

static const char *non_empty(const char *value)
{
    return value && *value ? value : NULL;
}

/* The content of the file at path, which holds a secret, without blanks around. */
static int read_secret(struct option_reader *reader, struct option_source *source, const char *path)
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
static int look_for(struct option_reader *reader, const struct option_row *row, const char *name,
                    const char *where, const char *(*find)(struct option_reader *reader, const char *name),
                    struct option_source *source)
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

static const char *find_in_environment(struct option_reader *reader, const char *name)
{
    return reader->getter(name);
}

static const char *find_in_file(struct option_reader *reader, const char *name)
{
    return pairs_get(&reader->file, name);
}

static const char *find_in_profile(struct option_reader *reader, const char *name)
{
    return pairs_get(&reader->profile, name);
}

/* An empty argument is meant: it switches off what environment or file say. */
static int look_in_arguments(struct option_reader *reader, const struct option_row *row,
                             struct option_source *source)
{
    struct arena *arena = &reader->options->arena;
    char flag[OPTION_FLAG];
    option_flag(row->key, flag);
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

int option_find(struct option_reader *reader, const struct option_row *row, struct option_source *source)
{
    struct options *options = reader->options;
    const struct {
        const char *(*find)(struct option_reader *reader, const char *name);
        const char *where;
    } place[] = {{find_in_environment, " in the environment"},
                 {find_in_file, arena_format(&options->arena, " in %s", options->config)},
                 {find_in_profile, arena_format(&options->arena, " in profile %s", options->profile)}};
    int rc = look_in_arguments(reader, row, source);
    const char *prefixed = arena_format(&options->arena, OPTION_PREFIX "%s", row->key);
    for (size_t i = 0; !rc && i < sizeof place / sizeof *place; i++) {
        rc = look_for(reader, row, prefixed, place[i].where, place[i].find, source);
        for (size_t j = 0; !rc && option_alias(row, j); j++)
            rc = look_for(reader, row, option_alias(row, j), place[i].where, place[i].find, source);
    }
    return rc;
}

/* ---- Profiles ---- */

static void set_profile(struct option_reader *reader, const struct profile *profile)
{
    struct arena *arena = &reader->options->arena;
    for (size_t i = 0; i < PROFILE_SETTINGS && profile->setting[i].key; i++)
        pairs_put(arena, &reader->profile, arena_format(arena, OPTION_PREFIX "%s", profile->setting[i].key),
                  profile->setting[i].value);
}

/* A line of a user's profile. Its own "PROFILE=production" says what it is built on. */
static void on_profile_line(void *user, const char *key, const char *value)
{
    struct option_reader *reader = user;
    struct arena *arena = &reader->options->arena;
    bool prefixed = strncmp(key, OPTION_PREFIX, strlen(OPTION_PREFIX)) == 0;
    const char *name = prefixed ? key : arena_format(arena, OPTION_PREFIX "%s", key);
    if (strcmp(name, OPTION_PREFIX "PROFILE") == 0)
        reader->profile_base = arena_copy(arena, value);
    else if (option_is_name(key) || option_is_name(name))
        pairs_set(arena, &reader->profile, option_is_name(name) ? name : key, value);
    else if (!reader->profile_unknown)
        reader->profile_unknown = arena_copy(arena, key);
}

static int read_profile_file(struct option_reader *reader, const char *path)
{
    char *text;
    size_t length;
    int rc = file_read(path, LIMIT_CONFIG_FILE, &text, &length, reader->err);
    if (rc)
        return error_wrap(reader->err, "PROFILE");
    if (strlen(text) != length)
        rc = error_set(reader->err, -EINVAL, "PROFILE %s is no text file: it holds NUL bytes", path);
    else if ((rc = options_parse_file(text, on_profile_line, reader, reader->err)))
        error_wrap(reader->err, "PROFILE %s", path);
    free(text);
    if (!rc && reader->profile_unknown)
        rc = error_set(reader->err, -EINVAL, "PROFILE %s: %s is no setting", path, reader->profile_unknown);
    const struct profile *base = rc || !reader->profile_base ? NULL : profile_find(reader->profile_base);
    if (!rc && reader->profile_base && !base)
        rc = error_set(reader->err, -EINVAL,
                       "PROFILE %s is built on \"%s\"; allowed is the name of a profile", path,
                       reader->profile_base);
    if (base) {
        struct pairs own = reader->profile;
        reader->profile = (struct pairs){0};
        set_profile(reader, base);
        for (size_t i = 0; i < own.count; i++)
            pairs_put(&reader->options->arena, &reader->profile, own.item[i].key, own.item[i].value);
    }
    return rc;
}

int option_read_profile(struct option_reader *reader)
{
    const struct option_row *row = option_table;
    while (strcmp(row->key, "PROFILE") != 0)
        row++;
    struct option_source source = {0};
    reader->options->profile = "";
    int rc = option_find(reader, row, &source);
    if (rc <= 0 || !*source.value ||
        !profile_is(source.value)) /* what is wrong is said with all other settings */
        return rc < 0 ? rc : 0;
    const struct profile *profile = profile_find(source.value);
    reader->options->profile = arena_copy(&reader->options->arena, source.value);
    if (!profile)
        return read_profile_file(reader, source.value);
    set_profile(reader, profile);
    return 0;
}
