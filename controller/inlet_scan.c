/* SPDX-License-Identifier: MIT */
/* inlet_scan.c: reading of a folder of registrations, and of a file of variables. */
#include "controller/inlet_scan.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "controller/core/file.h"
#include "controller/core/limits.h"
#include "controller/external/env_services.h"
#include "controller/settings/options.h"
#include "exporter/formats/format.h"

static struct inlet_item *item_add(struct inlet_scan *scan, const char *label)
{
    scan->item = arena_grow(&scan->arena, scan->item, scan->count, sizeof *scan->item);
    struct inlet_item *item = &scan->item[scan->count++];
    item->label = arena_copy(&scan->arena, label);
    return item;
}

static int64_t changed_ns(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 ? info.st_mtim.tv_sec * INT64_C(1000000000) + info.st_mtim.tv_nsec : 0;
}

static int name_order(const void *a, const void *b)
{
    const struct inlet_item *x = a, *y = b;
    return strcmp(x->label, y->label);
}

/* ---- a folder ---- */

static void read_file(const char *folder, const char *name, struct inlet_scan *scan)
{
    static const char ours[] = FORMAT_JSON_SERVICE_MARK;
    struct error err = {0};
    char *text = NULL, *path = mem_format("%s/%s", folder, name);
    size_t length = 0;
    int rc = file_read(path, LIMIT_REGISTRATION_BODY, &text, &length, &err);
    if (rc == -ENOENT || (rc == 0 && strncmp(text, ours, sizeof ours - 1) == 0)) {
        free(path);
        free(text);
        return;
    }
    struct inlet_item *item = item_add(scan, name);
    item->changed_ns = changed_ns(path);
    if (rc)
        item->trouble = arena_copy(&scan->arena, err.text);
    else if (memchr(text, '\0', length))
        item->trouble = arena_format(&scan->arena, "%s holds a NUL byte", path);
    else
        item->json = arena_copy(&scan->arena, text);
    free(path);
    free(text);
}

static bool is_wanted(const char *name)
{
    size_t length = strlen(name);
    return name[0] != '.' && length > 5 && strcmp(name + length - 5, ".json") == 0;
}

void inlet_scan_folder(const char *path, struct inlet_scan *ret)
{
    *ret = (struct inlet_scan){.count = 0};
    DIR *folder = opendir(path);
    if (!folder) {
        error_set(&ret->err, -errno, "cannot read folder %s: %s", path, strerror(errno));
        return;
    }
    /* (More than can be registered are not looked at: which, would be chance.) */
    for (struct dirent *entry; ret->count <= LIMIT_REGISTRATIONS && (entry = readdir(folder));)
        if (is_wanted(entry->d_name))
            read_file(path, entry->d_name, ret);
    closedir(folder);
    if (ret->count > LIMIT_REGISTRATIONS)
        error_set(&ret->err, -EFBIG, "%s holds more than %d files", path, LIMIT_REGISTRATIONS);
    if (ret->count)
        qsort(ret->item, ret->count, sizeof *ret->item, name_order);
}

/* ---- variables ---- */

/* As they come, without a look for those that come twice. */
struct variables {
    struct arena *arena;
    struct pairs list;
};

static void on_line(void *user, const char *key, const char *value)
{
    struct variables *variables = user;
    struct pairs *list = &variables->list;
    list->item = arena_grow(variables->arena, list->item, list->count, sizeof *list->item);
    list->item[list->count++] = (struct pair){arena_copy(variables->arena, key),
                                              arena_copy(variables->arena, value)};
}

void inlet_scan_env(const char *path, const char *prefix, struct inlet_scan *ret)
{
    *ret = (struct inlet_scan){.count = 0};
    struct variables variables = {.arena = &ret->arena};
    struct env_services services;
    char *text = NULL;
    size_t length = 0;
    if (file_read(path, LIMIT_CONFIG_FILE, &text, &length, &ret->err) != 0)
        return;
    int rc = options_parse_file(text, on_line, &variables, &ret->err);
    free(text);
    if (rc) {
        error_wrap(&ret->err, "%s", path);
        return;
    }
    env_services_read(&variables.list, prefix, &ret->arena, &services);
    for (size_t i = 0; i < services.count; i++) {
        struct inlet_item *item = item_add(ret, services.item[i].variables);
        item->json = services.item[i].json;
        item->trouble = services.item[i].trouble;
    }
}
