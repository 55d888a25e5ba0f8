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
    case FILE_LEAVING:
        disk_leave(entry->path);
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
    if (run->closing && run->leaving && run->phase != FILE_LEAVING)
        file_run_work(run, FILE_LEAVING);
    else if (run->closing)
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

void file_run_free(struct file_run *run)
{
    struct files_shared *shared = run->shared;
    bool beside = run->temporary && run->phase != FILE_COMMITTING && run->phase != FILE_DISCARDING;
    if (beside)
        disk_discard(run->temporary); /* the end: what is left is removed, here and now */
    uv_sem_destroy(&run->placed);
    free(run->temporary);
    free(run->data);
    file_entries_drop(run->entries);
    free(run);
    files_shared_drop(shared);
}

void files_shared_drop(struct files_shared *shared)
{
    if (--shared->files)
        return;
    arena_free(&shared->arena);
    free(shared);
}

void file_entries_drop(struct file_entries *entries)
{
    if (--entries->users == 0)
        entries_free(entries);
}
