/* SPDX-License-Identifier: MIT */
/* folder_disk.c: the folder itself. */
#include "exporter/files/folder_disk.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "controller/core/error.h"
#include "controller/core/file.h"
#include "controller/core/hash.h"
#include "exporter/files/disk.h"
#include "exporter/formats/format.h"

enum { FILE_MAX = 4 * 1024 * 1024 }; /* of one service with thousands of instances */

static const char suffix[] = ".json";
static const char mark[] = FORMAT_JSON_SERVICE_MARK;

uint64_t folder_hash(const char *text, size_t length)
{
    return hash_bytes(HASH_START, text, length);
}

bool folder_file_name(const char *service, char ret[static FOLDER_NAME])
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    size_t used = 0;
    for (const char *at = service; *at; at++) {
        bool as_it_is = strchr(plain, *at) && !(at == service && *at == '.'); /* a hidden file */
        if (used + 3 + sizeof suffix > FOLDER_NAME)
            return false;
        used += (size_t)snprintf(ret + used, FOLDER_NAME - used, as_it_is ? "%c" : "%%%02X",
                                 (unsigned)(unsigned char)*at);
    }
    memcpy(ret + used, suffix, sizeof suffix);
    return used > 0;
}

static int hex(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The service whose file is called so; NULL when no service's is. */
static char *service_of(struct arena *arena, const char *file)
{
    size_t length = strlen(file), used = 0;
    char again[FOLDER_NAME];
    if (length < sizeof suffix || strcmp(file + length - sizeof suffix + 1, suffix) != 0)
        return NULL;
    char *service = arena_new(arena, length);
    for (size_t i = 0; i < length - sizeof suffix + 1; i++) {
        int high = file[i] == '%' ? hex(file[i + 1]) : -1, low = high < 0 ? -1 : hex(file[i + 2]);
        service[used++] = low < 0 ? file[i] : (char)(high * 16 + low);
        i += low < 0 ? 0 : 2;
    }
    service[used] = '\0';
    return folder_file_name(service, again) && strcmp(again, file) == 0 ? service : NULL;
}

static bool is_ours(const char *text, size_t length)
{
    return length >= sizeof mark - 1 && memcmp(text, mark, sizeof mark - 1) == 0;
}

/* ".quaywatch-XXXXXX.<name>.json", as disk.c calls what stands beside a file. */
static bool is_temporary(const char *file)
{
    static const char begin[] = ".quaywatch-";
    return strncmp(file, begin, sizeof begin - 1) == 0;
}

static void look_at(const char *folder, const char *file, struct folder_scan *scan)
{
    struct error unheard = {0};
    char *text = NULL, *path = mem_format("%s/%s", folder, file);
    size_t length = 0;
    if (file_read(path, FILE_MAX, &text, &length, &unheard) == 0 && is_ours(text, length)) {
        char *service = service_of(&scan->arena, file);
        if (is_temporary(file)) { /* of a write that never ended */
            unlink(path);
        } else if (service) {
            scan->item = arena_grow(&scan->arena, scan->item, scan->count, sizeof *scan->item);
            scan->item[scan->count++] = (struct folder_found){service, folder_hash(text, length)};
        }
    }
    free(text);
    free(path);
}

int folder_scan(const char *folder, struct folder_scan *ret, struct error *err)
{
    *ret = (struct folder_scan){0};
    int rc = file_make_folder(folder, err);
    if (rc)
        return rc;
    DIR *open = opendir(folder);
    if (!open)
        return error_set(err, -errno, "cannot read %s: %s", folder, strerror(errno));
    for (struct dirent *entry; (entry = readdir(open));)
        if (strstr(entry->d_name, suffix))
            look_at(folder, entry->d_name, ret);
    closedir(open);
    return 0;
}

void folder_leave(const char *folder)
{
    struct folder_scan scan = {0};
    DIR *open = opendir(folder);
    for (struct dirent *entry; open && (entry = readdir(open));)
        if (is_temporary(entry->d_name))
            look_at(folder, entry->d_name, &scan);
    if (open)
        closedir(open);
    arena_free(&scan.arena);
}

/* Whether there is a file of somebody else: a negative code then. */
static int check_ours(const char *path, bool *ret_exists, struct error *err)
{
    char *text = NULL;
    size_t length = 0;
    struct error unheard = {0};
    int rc = file_read(path, FILE_MAX, &text, &length, &unheard);
    bool ours = rc == 0 && is_ours(text, length);
    free(text);
    *ret_exists = rc == 0;
    if (ours || rc == -ENOENT)
        return 0;
    if (rc && rc != -EFBIG)
        return error_set(err, rc, "%s", unheard.text);
    return error_set(err, -EEXIST, "%s was not written by quaywatch, so it is left alone", path);
}

static int replace(const char *path, const char *text, size_t length, struct error *err)
{
    char *temporary = NULL;
    int rc = disk_prepare(&(struct disk_file){.path = path, .mode = 0644}, text, length, &temporary, err);
    if (rc == 0 && temporary)
        rc = disk_commit(path, temporary, false, err);
    free(temporary);
    return rc;
}

int folder_write(const char *folder, const char *service, const char *text, size_t length, struct error *err)
{
    char file[FOLDER_NAME];
    if (!folder_file_name(service, file))
        return error_set(err, -ENAMETOOLONG, "the name %.60s… is too long for a file", service);
    char *path = mem_format("%s/%s", folder, file);
    bool exists;
    int rc = check_ours(path, &exists, err);
    if (rc == 0 && text)
        rc = replace(path, text, length, err);
    else if (rc == 0 && exists && unlink(path) != 0 && errno != ENOENT)
        rc = error_set(err, -errno, "cannot remove %s: %s", path, strerror(errno));
    free(path);
    return rc;
}
