/* SPDX-License-Identifier: MIT */
/* exit_files.c: the setting EXPORTS, its file, and the exit that they ask for. */
#include "controller/exit_files.h"

#include <stdlib.h>
#include <string.h>

#include "controller/core/error.h"
#include "controller/core/file.h"
#include "controller/core/hash.h"
#include "controller/core/limits.h"
#include "controller/exit_inside.h"
#include "exporter/files/files.h"

static struct file_entries *read_file(const char *path, struct error *err)
{
    char *text;
    size_t length;
    if (file_read(path, LIMIT_CONFIG_FILE, &text, &length, err) != 0) {
        error_wrap(err, "%s",
                   strchr(path, '/') ? "EXPORTS" : "EXPORTS is neither FORMAT=PATH nor a YAML file");
        return NULL;
    }
    struct file_entries *entries = entries_read_yaml(text, length, err);
    free(text);
    if (!entries)
        error_wrap(err, "EXPORTS %.120s", path);
    return entries;
}

static struct file_entries *entries_load(const struct options *options, struct error *err)
{
    bool is_inline = entries_is_inline(options->exports);
    struct file_entries *entries = is_inline ? entries_read_inline(options->exports, err)
                                             : read_file(options->exports, err);
    if (!entries && is_inline)
        error_wrap(err, "EXPORTS");
    for (size_t i = 0; entries && i < entries->count; i++)
        if (!entries->item[i].prefix)
            entries->item[i].prefix = arena_copy(&entries->arena, options->env_prefix);
    return entries;
}

int exit_files_check(const struct options *options, struct error *err)
{
    if (!options->exports[0])
        return 0;
    struct file_entries *entries = entries_load(options, err);
    if (!entries)
        return err->code;
    int code = files_check(entries, err);
    if (code != 0)
        error_wrap(err, "EXPORTS");
    entries_free(entries);
    return code;
}

/* A hash of what is in a file; of nothing when it cannot be read. */
static uint64_t hash_of(const char *path)
{
    char *text = NULL;
    size_t length = 0;
    struct error unheard;
    uint64_t hash = file_read(path, LIMIT_CONFIG_FILE, &text, &length, &unheard) == 0
                        ? hash_bytes(HASH_START, text, length)
                        : 0;
    free(text);
    return hash;
}

const char *exit_files_settings(const struct options *options, struct arena *arena)
{
    if (!options->exports[0])
        return "";
    uint64_t hash = entries_is_inline(options->exports) ? 0 : hash_of(options->exports);
    return arena_format(arena, "%s %s %llx %d %u %lld %lld", options->exports, options->env_prefix,
                        (unsigned long long)hash, options->retry_enabled, options->retry_attempts,
                        (long long)options->retry_base_ms, (long long)options->retry_max_ms);
}

int exit_files_open(struct controller *controller, const struct options *options,
                    const struct exit_surroundings *around, struct exit *ret, struct error *err)
{
    struct file_entries *entries = entries_load(options, err);
    if (!entries)
        return err->code;
    files_open(&(struct files_options){.around = *around,
                                       .entries = entries,
                                       .door = exit_inside_open(watch_engine(controller->watch)),
                                       .retry = {.enabled = options->retry_enabled,
                                                 .attempts = options->retry_attempts,
                                                 .base_ms = options->retry_base_ms,
                                                 .max_ms = options->retry_max_ms}},
               ret);
    return 0;
}

void exit_files_paths(const struct options *options, struct arena *arena, struct strings *ret)
{
    struct error unheard = {0};
    struct file_entries *entries = options->exports[0] ? entries_load(options, &unheard) : NULL;
    for (size_t i = 0; entries && i < entries->count; i++)
        strings_add(arena, ret, entries->item[i].path);
    entries_free(entries);
}
