/* SPDX-License-Identifier: MIT */
/* disk.c: the steps in which a file is replaced. */
#include "exporter/files/disk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "controller/core/error.h"
#include "controller/core/file.h"
#include "controller/core/mem.h"
#include "controller/core/text.h"

#define TEMPORARY ".quaywatch-"
enum { RANDOM = 6, READ_BLOCK = 64 * 1024, NAME_BUFFER = 16 * 1024 };

static const char *name_of(const char *path)
{
    return strrchr(path, '/') + 1;
}

/* With its final slash. */
static char *folder_of(const char *path)
{
    return mem_format("%.*s", (int)(name_of(path) - path), path);
}

static char *mark_of(const char *path)
{
    char *folder = folder_of(path), *mark = mem_format("%s.quaywatch.%s.untold", folder, name_of(path));
    free(folder);
    return mark;
}

static bool is_temporary(const char *entry, const char *name)
{
    size_t before = sizeof TEMPORARY - 1 + RANDOM;
    return strlen(entry) == before + 1 + strlen(name) && strncmp(entry, TEMPORARY, before - RANDOM) == 0 &&
           entry[before] == '.' && strcmp(entry + before + 1, name) == 0;
}

static void remove_temporaries(const char *path)
{
    char *folder = folder_of(path);
    DIR *list = opendir(folder);
    for (struct dirent *entry = NULL; list && (entry = readdir(list));)
        if (is_temporary(entry->d_name, name_of(path)))
            unlinkat(dirfd(list), entry->d_name, 0);
    if (list)
        closedir(list);
    free(folder);
}

void disk_leave(const char *path)
{
    remove_temporaries(path);
    disk_told(path);
}

void disk_look(const char *path, bool *ret_exists, bool *ret_untold)
{
    char *mark = mark_of(path);
    remove_temporaries(path);
    *ret_exists = access(path, F_OK) == 0;
    *ret_untold = access(mark, F_OK) == 0;
    free(mark);
}

/* ---- owners ---- */

/* A number, or a name that is looked up. */
static int find_owner(const char *owner, uid_t *ret, struct error *err)
{
    int64_t number;
    struct passwd entry, *found = NULL;
    if (text_number(owner, 0, INT32_MAX, &number) == 0) {
        *ret = (uid_t)number;
        return 0;
    }
    char *space = mem_new(NAME_BUFFER);
    getpwnam_r(owner, &entry, space, NAME_BUFFER, &found);
    if (found)
        *ret = found->pw_uid;
    free(space);
    return found ? 0
                 : error_set(err, -ENOENT, "owner: there is no user %.60s here; a number works, too", owner);
}

static int find_group(const char *group, gid_t *ret, struct error *err)
{
    int64_t number;
    struct group entry, *found = NULL;
    if (text_number(group, 0, INT32_MAX, &number) == 0) {
        *ret = (gid_t)number;
        return 0;
    }
    char *space = mem_new(NAME_BUFFER);
    getgrnam_r(group, &entry, space, NAME_BUFFER, &found);
    if (found)
        *ret = found->gr_gid;
    free(space);
    return found ? 0
                 : error_set(err, -ENOENT, "group: there is no group %.60s here; a number works, too", group);
}

int disk_check_owner(const char *owner, const char *group, struct error *err)
{
    uid_t user;
    gid_t members;
    int code = owner ? find_owner(owner, &user, err) : 0;
    return code == 0 && group ? find_group(group, &members, err) : code;
}

static int give(int fd, const struct disk_file *file, struct error *err)
{
    uid_t owner = (uid_t)-1;
    gid_t group = (gid_t)-1;
    if ((file->owner && find_owner(file->owner, &owner, err) != 0) ||
        (file->group && find_group(file->group, &group, err) != 0))
        return err->code;
    struct stat info;
    if (fstat(fd, &info) == 0 && (owner == (uid_t)-1 || owner == info.st_uid) &&
        (group == (gid_t)-1 || group == info.st_gid))
        return 0;
    if (fchown(fd, owner, group) == 0)
        return 0;
    return error_set(err, -errno,
                     "cannot give it to its owner: %s; uid %u may give files to its own groups only",
                     strerror(errno), (unsigned)geteuid());
}

/* ---- what is there already ---- */

static bool holds(int fd, const char *data, size_t length)
{
    char *block = mem_new(READ_BLOCK);
    bool same = true;
    while (same) {
        ssize_t got = read(fd, block, READ_BLOCK);
        if (got < 0 && errno == EINTR)
            continue;
        same = got >= 0 && (size_t)got <= length && memcmp(block, data, (size_t)got) == 0;
        if (got <= 0)
            break;
        data += got;
        length -= same ? (size_t)got : 0;
    }
    free(block);
    return same && length == 0;
}

/* Whether the file holds these bytes; then it also gets the mode and owner that are wished, if it may. */
static bool is_there(const struct disk_file *file, const void *data, size_t length)
{
    struct stat info;
    struct error unheard = {0};
    /* O_NONBLOCK: a named pipe in the place of a file must not hang the caller. */
    int fd = open(file->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
    if (fd < 0)
        return false;
    bool same = fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && (size_t)info.st_size == length &&
                holds(fd, data, length);
    if (same && (info.st_mode & 07777) != file->mode)
        (void)fchmod(fd, file->mode);
    if (same)
        give(fd, file, &unheard);
    close(fd);
    return same;
}

/* ---- the steps ---- */

static int refuse(const char *path, int code, struct error *err)
{
    const char *more = "";
    if (code == -EBUSY || code == -EXDEV)
        more = "; it is a mount by itself: mount its folder instead";
    error_set(err, code, "cannot write %.120s: %s%s", path, strerror(-code), more);
    if (code == -EACCES || code == -EPERM)
        error_set(err, code, "cannot write %.120s: %s; its folder must be writable for uid %u", path,
                  strerror(-code), (unsigned)geteuid());
    return code;
}

static int fill(int fd, const struct disk_file *file, const void *data, size_t length, struct error *err)
{
    int code = file_write_all(fd, data, length);
    if (code == 0 && fchmod(fd, file->mode) != 0)
        code = -errno;
    if (code != 0)
        return refuse(file->path, code, err);
    return file->owner || file->group ? give(fd, file, err) : 0;
}

int disk_prepare(const struct disk_file *file, const void *data, size_t length, char **ret_temporary,
                 struct error *err)
{
    *ret_temporary = NULL;
    if (is_there(file, data, length))
        return 0;
    const char *name = name_of(file->path);
    char *folder = folder_of(file->path), *temporary = mem_format("%s" TEMPORARY "XXXXXX.%s", folder, name);
    int code = file_make_folder(folder, err), fd = -1;
    if (code == 0 && (fd = mkostemps(temporary, (int)strlen(name) + 1, O_CLOEXEC)) < 0)
        code = refuse(file->path, -errno, err);
    if (code == 0)
        code = fill(fd, file, data, length, err);
    if (fd >= 0 && close(fd) != 0 && code == 0)
        code = refuse(file->path, -errno, err);
    if (code == 0) {
        *ret_temporary = temporary;
        temporary = NULL;
    } else if (fd >= 0) {
        unlink(temporary);
    }
    free(temporary);
    free(folder);
    return code;
}

static int sync_file(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return -errno;
    int code = fsync(fd) == 0 ? 0 : -errno;
    close(fd);
    return code;
}

static void mark(const char *path)
{
    char *name = mark_of(path);
    int fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd >= 0)
        close(fd);
    free(name);
}

int disk_commit(const char *path, const char *temporary, bool untold, struct error *err)
{
    int code = sync_file(temporary);
    if (code == 0 && untold)
        mark(path);
    if (code == 0 && rename(temporary, path) != 0)
        code = -errno;
    if (code != 0) {
        unlink(temporary);
        return refuse(path, code, err);
    }
    file_sync_folder(path);
    return 0;
}

void disk_discard(const char *temporary)
{
    unlink(temporary);
}

void disk_told(const char *path)
{
    char *name = mark_of(path);
    unlink(name);
    free(name);
}
