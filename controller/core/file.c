/* SPDX-License-Identifier: MIT */
/* file.c: whole files or none. */
#include "controller/core/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "controller/core/buf.h"
#include "controller/core/error.h"
#include "controller/core/mem.h"

enum { READ_BLOCK = 16 * 1024 };

int file_write_all(int fd, const void *data, size_t len)
{
    const char *at = data;
    while (len) {
        ssize_t written = write(fd, at, len);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return -errno;
        at += written;
        len -= (size_t)written;
    }
    return 0;
}

/* Fills and closes the temporary file. */
static int fill(int fd, const void *data, size_t len)
{
    int rc = file_write_all(fd, data, len);
    if (!rc && fchmod(fd, 0644) < 0)
        rc = -errno;
    if (!rc && fsync(fd) < 0)
        rc = -errno;
    if (close(fd) < 0 && !rc)
        rc = -errno;
    return rc;
}

void file_sync_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash ? mem_format("%.*s", (int)(slash - path) + 1, path) : mem_copy(".");
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        (void)fsync(fd);
        close(fd);
    }
    free(folder);
}

int file_replace(const char *path, const void *data, size_t len, struct error *err)
{
    char *temporary = mem_format("%s.XXXXXX", path);
    int fd = mkostemp(temporary, O_CLOEXEC);
    int rc = fd < 0 ? -errno : fill(fd, data, len);
    if (!rc && rename(temporary, path) < 0)
        rc = -errno;
    if (!rc)
        file_sync_folder(path);
    else if (fd >= 0)
        unlink(temporary);
    free(temporary);
    return rc ? error_set(err, rc, "cannot write %s: %s", path, strerror(-rc)) : 0;
}

int file_extend(const char *path, size_t at, const void *data, size_t len, struct error *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    int rc = fd < 0 ? -errno : 0;
    if (!rc && (ftruncate(fd, (off_t)at) < 0 || lseek(fd, 0, SEEK_END) != (off_t)at))
        rc = -errno;
    if (!rc)
        rc = file_write_all(fd, data, len);
    if (!rc && fdatasync(fd) < 0)
        rc = -errno;
    if (fd >= 0 && close(fd) < 0 && !rc)
        rc = -errno;
    if (!rc && !at)
        file_sync_folder(path);
    return rc ? error_set(err, rc, "cannot write %s: %s", path, strerror(-rc)) : 0;
}

/* Reads fd to its end into out, which holds max bytes. */
static int read_all(int fd, struct buf *out)
{
    char block[READ_BLOCK];
    for (;;) {
        ssize_t got = read(fd, block, sizeof block);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -errno;
        if (got == 0)
            return 0;
        if (buf_add(out, block, (size_t)got))
            return -EFBIG;
    }
}

int file_read(const char *path, size_t max, char **ret, size_t *ret_len, struct error *err)
{
    /* O_NONBLOCK: a named pipe in the place of a file must not hang the caller. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        int rc = -errno;
        return error_set(err, rc, "cannot read %s: %s", path, strerror(-rc));
    }
    struct buf content;
    buf_init(&content, max);
    int rc = read_all(fd, &content);
    close(fd);
    if (rc == -EFBIG)
        error_set(err, rc, "cannot read %s: it is larger than %zu bytes", path, max);
    else if (rc)
        error_set(err, rc, "cannot read %s: %s", path, strerror(-rc));
    else
        *ret = buf_take(&content, ret_len);
    buf_free(&content);
    return rc;
}

static int make_one(const char *path)
{
    struct stat info;
    if (mkdir(path, 0755) == 0)
        return 0;
    int rc = -errno;
    if (stat(path, &info) < 0)
        return rc;
    return S_ISDIR(info.st_mode) ? 0 : -ENOTDIR;
}

int file_make_folder(const char *path, struct error *err)
{
    char *part = mem_copy(path);
    int rc = 0;
    for (char *slash = part; !rc && (slash = strchr(slash + 1, '/'));) {
        *slash = '\0';
        rc = make_one(part);
        *slash = '/';
    }
    if (!rc)
        rc = make_one(part);
    free(part);
    return rc ? error_set(err, rc, "cannot make folder %s: %s", path, strerror(-rc)) : 0;
}
