/* SPDX-License-Identifier: MIT */
/* file_disk.c: what workers do for a run, and its end. */
#include "exporter/files/file_run.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/file.h"
#include "exporter/files/disk.h"
#include "exporter/templates/template.h"

/* In libuv's pool: touches only what the loop leaves alone while working is set. */
static void work_now(uv_work_t *work)
{
    struct file_run *run = work->data;
    const struct file_entry *entry = run->entry;
    const struct disk_file file = {
        .path = entry->path, .mode = entry->mode, .owner = entry->owner, .group = entry->group};
    switch (run->phase) {
    case FILE_LOOKING:
        disk_look(entry->path, &run->inherited, &run->untold[0]);
        break;
    case FILE_READING:
        file_read(entry->template_path, TEMPLATE_SIZE, &run->data, &run->length, &run->error);
        break;
    case FILE_PREPARING:
        disk_prepare(&file, run->data, run->length, &run->temporary, &run->error);
        break;
    case FILE_DISCARDING:
        disk_discard(run->temporary);
        break;
    case FILE_COMMITTING:
        disk_commit(entry->path, run->temporary, entry->notify_count > 0, &run->error);
        uv_sem_post(&run->placed);
        break;
    case FILE_FORGETTING:
        disk_told(entry->path);
        break;
    case FILE_RESTING:
    case FILE_VALIDATING:
    case FILE_TELLING:
        break;
    }
}

static void on_worked(uv_work_t *work, int status)
{
    struct file_run *run = work->data;
    run->working = false;
    run->back = true;
    (void)uv_sem_trywait(&run->placed);
    if (status != 0 && run->error.code == 0)
        error_set(&run->error, status, "no worker could be had: %s", uv_strerror(status));
    if (run->closing)
        file_run_free(run);
    else
        run->shared->around.wake(run->shared->around.user);
}

void file_run_work(struct file_run *run, enum file_phase phase)
{
    run->phase = phase;
    run->error = (struct error){0};
    run->work.data = run;
    run->working = uv_queue_work(run->shared->around.loop, &run->work, work_now, on_worked) == 0;
    assert(run->working); /* it fails for a callback that is none, only */
}

static void on_template(uv_fs_event_t *watch, const char *name, int events, int status)
{
    struct file_run *run = watch->data;
    const char *own = strrchr(run->entry->template_path, '/') + 1;
    (void)events;
    /* "..data" is what links lead through in folders that are replaced as a whole. */
    if (status != 0 || (name && strcmp(name, own) != 0 && strcmp(name, "..data") != 0))
        return;
    run->changed = true;
    run->shared->around.wake(run->shared->around.user);
}

void file_run_watch(struct file_run *run)
{
    const char *path = run->entry->template_path, *slash = strrchr(path, '/');
    char *folder = mem_format("%.*s", slash == path ? 1 : (int)(slash - path), path);
    run->watch = mem_new(sizeof *run->watch);
    run->watch->data = run;
    uv_fs_event_init(run->shared->around.loop, run->watch);
    /* Where it cannot be watched, its changes are seen with the registry's next one. */
    (void)uv_fs_event_start(run->watch, on_template, folder, 0);
    free(folder);
}

static void on_watch_closed(uv_handle_t *handle)
{
    free(handle);
}

void file_run_free(struct file_run *run)
{
    struct files_shared *shared = run->shared;
    bool beside = run->temporary && run->phase != FILE_COMMITTING && run->phase != FILE_DISCARDING;
    if (beside)
        disk_discard(run->temporary); /* the end: what is left is removed, here and now */
    if (run->watch)
        uv_close((uv_handle_t *)run->watch, on_watch_closed);
    uv_sem_destroy(&run->placed);
    free(run->temporary);
    free(run->data);
    free(run);
    files_shared_drop(shared);
}

void files_shared_drop(struct files_shared *shared)
{
    if (--shared->files)
        return;
    entries_free(shared->entries);
    arena_free(&shared->arena);
    free(shared);
}
