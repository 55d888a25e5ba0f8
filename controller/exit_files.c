/* SPDX-License-Identifier: MIT */
/* exit_files.c: the setting EXPORTS, its file, and the exit that they ask for. */
#include "controller/exit_files.h"

#include <stdlib.h>
#include <string.h>

#include "controller/core/error.h"
#include "controller/core/file.h"
#include "controller/core/hash.h"
#include "controller/core/limits.h"
#include "exporter/files/files.h"

static struct file_entries *read_file(const char *path, struct error *err)
{
    char *text;
    size_t length;
    if (file_read(path, LIMIT_CONFIG_FILE, &text, &length, err) != 0)
        return NULL;
    struct file_entries *entries = entries_read_yaml(text, length, err);
    free(text);
    return entries;
}

static struct file_entries *load(const char *exports, const char *env_prefix, struct error *err)
{
    struct file_entries *entries = entries_is_inline(exports) ? entries_read_inline(exports, err)
                                                              : read_file(exports, err);
    for (size_t i = 0; entries && i < entries->count; i++)
        if (!entries->item[i].prefix)
            entries->item[i].prefix = arena_copy(&entries->arena, env_prefix);
    return entries;
}

struct file_entries *exit_files_load(const char *exports, const char *env_prefix, struct error *err)
{
    struct file_entries *entries = load(exports, env_prefix, err);
    if (entries && files_check(entries, err) == 0)
        return entries;
    entries_free(entries);
    return NULL;
}

void exit_files_blame(const char *exports, struct error *err)
{
    if (entries_is_inline(exports) || strstr(err->text, exports))
        error_wrap(err, "%s",
                   strpbrk(exports, "/=") ? "EXPORTS" : "EXPORTS is neither FORMAT=PATH nor a YAML file");
    else
        error_wrap(err, "EXPORTS %.120s", exports);
}

int exit_files_check(const struct options *options, struct error *err)
{
    if (!options->exports[0])
        return 0;
    struct file_entries *entries = exit_files_load(options->exports, options->env_prefix, err);
    if (!entries)
        exit_files_blame(options->exports, err);
    entries_free(entries);
    return entries ? 0 : err->code;
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

void exit_files_paths(const struct options *options, struct arena *arena, struct strings *ret)
{
    struct error unheard = {0};
    struct file_entries *entries = options->exports[0] ? load(options->exports, options->env_prefix, &unheard)
                                                       : NULL;
    for (size_t i = 0; entries && i < entries->count; i++)
        strings_add(arena, ret, entries->item[i].path);
    entries_free(entries);
}
