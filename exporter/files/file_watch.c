/* SPDX-License-Identifier: MIT */
/* file_watch.c: a file is watched by its folder, where it is replaced, and by itself: what is written into a
 * file that is mounted by itself is not seen by the folder that it is mounted into. */
#include "exporter/files/file_watch.h"

#include <stdlib.h>
#include <string.h>

#include "controller/core/mem.h"

struct file_watch {
    uv_fs_event_t folder, file;
    char *path;
    file_watch_seen *seen;
    void *user;
    unsigned handles; /* that are not closed yet */
};

static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static void on_file(uv_fs_event_t *event, const char *name, int events, int status)
{
    struct file_watch *watch = event->data;
    (void)name;
    (void)events;
    if (status == 0)
        watch->seen(watch->user);
}

/* The file that bears the name now. Where there is none, its folder will tell of the next. */
static void look_at_file(struct file_watch *watch)
{
    uv_fs_event_stop(&watch->file);
    (void)uv_fs_event_start(&watch->file, on_file, watch->path, 0);
}

static void on_folder(uv_fs_event_t *event, const char *name, int events, int status)
{
    struct file_watch *watch = event->data;
    /* "..data" is what links lead through in folders that are replaced as a whole. */
    if (status != 0 || (name && strcmp(name, name_of(watch->path)) != 0 && strcmp(name, "..data") != 0))
        return;
    if (events & UV_RENAME)
        look_at_file(watch);
    watch->seen(watch->user);
}

struct file_watch *file_watch_start(uv_loop_t *loop, const char *path, file_watch_seen *seen, void *user)
{
    struct file_watch *watch = mem_new(sizeof *watch);
    const char *name = name_of(path);
    char *folder = name == path       ? mem_copy(".")
                   : name == path + 1 ? mem_copy("/")
                                      : mem_format("%.*s", (int)(name - path - 1), path);
    *watch = (struct file_watch){.path = mem_copy(path), .seen = seen, .user = user, .handles = 2};
    uv_fs_event_init(loop, &watch->folder);
    uv_fs_event_init(loop, &watch->file);
    watch->folder.data = watch->file.data = watch;
    (void)uv_fs_event_start(&watch->folder, on_folder, folder, 0);
    look_at_file(watch);
    free(folder);
    return watch;
}

static void on_closed(uv_handle_t *handle)
{
    struct file_watch *watch = handle->data;
    if (--watch->handles)
        return;
    free(watch->path);
    free(watch);
}

void file_watch_stop(struct file_watch *watch)
{
    if (!watch)
        return;
    uv_close((uv_handle_t *)&watch->folder, on_closed);
    uv_close((uv_handle_t *)&watch->file, on_closed);
}
