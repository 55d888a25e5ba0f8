/* SPDX-License-Identifier: MIT */
/* privilege.c: started as root, quaywatch takes its two folders, keeps the socket's group and becomes uid
 * 65532. */
#include "controller/controller_internal.h"

#include <dirent.h>
#include <errno.h>
#include <grp.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "controller/core/error.h"
#include "controller/core/file.h"
#include "controller/core/log.h"
#include "controller/exit_files.h"

enum { QUAYWATCH_UID = 65532 };

/* A folder that others use too is not taken: sticky ones (/tmp), and the system's own. */
static bool is_shared(const char *path, const struct stat *info)
{
    static const char *const system_folders[] = {"/",        "/run", "/var",  "/var/run",
                                                 "/var/lib", "/etc", "/home", "/root",
                                                 "/usr",     "/srv", "/opt",  "/data/coolify"};
    if (info->st_mode & (S_ISVTX | S_IWOTH))
        return true;
    for (size_t i = 0; i < sizeof system_folders / sizeof system_folders[0]; i++)
        if (strcmp(path, system_folders[i]) == 0)
            return true;
    return false;
}

/* What quaywatch keeps in STATE_DIR; names that begin so are its own, too (.damaged, -wal, temporary ones).
 */
static const char *const state_files[] = {"memory.json",      "externals.json", "alerts.json",
                                          "alert-queue.json", "history.db",     "history.db-wal",
                                          "history.db-shm",   "quaywatch.sock", "quaywatch.lock"};

static bool is_state_file(const char *name)
{
    for (size_t i = 0; i < sizeof state_files / sizeof *state_files; i++)
        if (strncmp(name, state_files[i], strlen(state_files[i])) == 0)
            return true;
    return false;
}

/* Whether a name has one of ours in it: the file itself, and what stands beside it while it is replaced. */
static bool names_ours(const char *name, const struct strings *ours)
{
    for (size_t i = 0; i < ours->count; i++)
        if (strstr(name, ours->item[i]))
            return true;
    return false;
}

/* Whether the folder holds nothing but what quaywatch writes: only then it is taken, so that a folder of
 * somebody's own is never given away. ours: the names of the files that are written there. */
static bool is_ours_alone(const char *path, const struct strings *ours)
{
    DIR *folder = opendir(path);
    bool alone = folder != NULL;
    for (struct dirent *entry = NULL; alone && (entry = readdir(folder));)
        alone = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
                is_state_file(entry->d_name) || names_ours(entry->d_name, ours);
    if (folder)
        closedir(folder);
    return alone;
}

/* Whether the path leads through a link that is not root's: whoever made it would choose what root gives
 * away. */
static bool is_led_astray(const char *path)
{
    char *part = mem_copy(path), *slash = part;
    struct stat info;
    bool led = false;
    while (!led && slash) {
        slash = strchr(slash + 1, '/');
        if (slash)
            *slash = '\0';
        led = lstat(part, &info) == 0 && S_ISLNK(info.st_mode) && info.st_uid != 0;
        if (slash)
            *slash = '/';
    }
    free(part);
    return led;
}

/* Gives the folder to uid 65532 when it may be given. Where it may not, the first write says what is wrong.
 */
static int take_folder(const char *path, const struct strings *ours, struct error *err)
{
    struct stat info;
    if (is_led_astray(path)) {
        log_line(LOG_LEVEL_WARN, NULL, NULL,
                 "%s is a link, or leads through one, that is not root's, so it is not taken over", path);
        return 0;
    }
    if (file_make_folder(path, err) != 0)
        return err->code;
    char *real = realpath(path, NULL);
    int code = 0;
    if (!real || stat(real, &info) != 0)
        code = error_set(err, -errno, "%s: %s", path, strerror(errno));
    else if (info.st_uid != QUAYWATCH_UID && !is_shared(real, &info) && is_ours_alone(real, ours) &&
             lchown(real, QUAYWATCH_UID, QUAYWATCH_UID) != 0)
        code = error_set(err, -errno, "cannot take over folder %s: %s", path, strerror(errno));
    else if (info.st_uid != QUAYWATCH_UID && !is_shared(real, &info) && !is_ours_alone(real, ours))
        log_line(LOG_LEVEL_WARN, NULL, NULL,
                 "%s holds other files, so it is not taken over; give quaywatch a folder of its own, or make "
                 "this one "
                 "writable for uid %d",
                 path, QUAYWATCH_UID);
    free(real);
    return code;
}

/* Files of an earlier run as root inside STATE_DIR. */
static void take_file(const char *folder, const char *name)
{
    char *path = mem_format("%s/%s", folder, name);
    if (lchown(path, QUAYWATCH_UID, QUAYWATCH_UID) != 0 && errno != ENOENT)
        log_line(LOG_LEVEL_WARN, NULL, NULL, "Cannot take over %s: %s", path, strerror(errno));
    free(path);
}

void privilege_take_files(const char *state_dir)
{
    for (size_t i = 0; geteuid() == 0 && state_dir[0] && i < sizeof state_files / sizeof *state_files; i++)
        take_file(state_dir, state_files[i]);
}

/* The engine's Unix socket, or NULL for TCP. */
static const char *socket_path(const char *docker_host)
{
    const char *host = docker_host ? docker_host : "unix:///var/run/docker.sock";
    return strncmp(host, "unix://", 7) == 0 ? host + 7 : NULL;
}

/* The folders in which files are written, each once. */
static int take_places(const struct strings *paths, struct error *err)
{
    struct arena arena = {0};
    struct strings names = {0}, taken = {0};
    int code = 0;
    for (size_t i = 0; i < paths->count; i++)
        strings_add(&arena, &names, basename(arena_copy(&arena, paths->item[i])));
    for (size_t i = 0; code == 0 && i < paths->count; i++) {
        const char *folder = dirname(arena_copy(&arena, paths->item[i]));
        if (!strings_has(&taken, folder))
            code = take_folder(folder, &names, err);
        strings_add(&arena, &taken, folder);
    }
    arena_free(&arena);
    return code;
}

int privilege_take_folders(const struct options *options, struct error *err)
{
    if (geteuid() != 0)
        return 0;
    const struct strings none = {0};
    if (options->state_dir[0]) {
        if (take_folder(options->state_dir, &none, err) != 0)
            return error_wrap(err, "STATE_DIR");
        privilege_take_files(options->state_dir);
    }
    if (options->registry_dir[0] && take_folder(options->registry_dir, &none, err) != 0)
        return error_wrap(err, "REGISTRY_DIR");
    struct arena arena = {0};
    struct strings paths = {0};
    exit_files_paths(options, &arena, &paths);
    if (options->status_file[0])
        strings_add(&arena, &paths, options->status_file); /* they may share a folder */
    int code = take_places(&paths, err);
    arena_free(&arena);
    return code ? error_wrap(err, "STATUS_FILE or EXPORTS") : 0;
}

int privilege_drop(const char *docker_host, struct error *err)
{
    if (geteuid() != 0)
        return 0;
    const char *socket = socket_path(docker_host);
    struct stat info = {.st_gid = QUAYWATCH_UID};
    if (socket && stat(socket, &info) != 0)
        return -EAGAIN;
    if (setgroups(1, &info.st_gid) != 0 || setgid(QUAYWATCH_UID) != 0 || setuid(QUAYWATCH_UID) != 0) {
        if (errno == EPERM) { /* root without the capability to change: nothing to drop to */
            log_line(LOG_LEVEL_WARN, NULL, NULL, "Cannot drop root: %s", strerror(errno));
            return 0;
        }
        return error_set(err, -errno, "cannot become uid %d: %s", QUAYWATCH_UID, strerror(errno));
    }
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    return 0;
}

void privilege_lend_files(bool lend)
{
    setfsuid(lend ? QUAYWATCH_UID : 0);
    setfsgid(lend ? QUAYWATCH_UID : 0);
}
