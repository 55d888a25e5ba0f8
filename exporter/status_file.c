/* SPDX-License-Identifier: MIT */
/* status_file.c: STATUS_FILE. Rendered on the loop, written by a worker thread, renewed every 10 s. */
#include "exporter/status_file.h"

#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "controller/core/buf.h"
#include "controller/core/error.h"
#include "controller/core/file.h"
#include "controller/core/limits.h"
#include "controller/core/mem.h"
#include "exporter/render/render.h"

enum {
    GAP_MS = 50,          /* between two writes: many changes in a row become one */
    RENEW_MS = 10 * 1000, /* scripts take a file that is older than a minute for a dead controller */
    NEVER = 0,
};

struct status_file {
    uv_loop_t *loop;
    char *path;
    struct exporter_context *context;
    status_file_trouble *trouble;
    void *user;
    uv_timer_t gap, renew;
    uv_work_t work; /* the write, with: */
    char *text;     /* what it writes; the worker's while busy */
    char *last;     /* at the end: what is still to be written, last_length bytes */
    size_t last_length;
    size_t length;
    uint64_t revision;  /* of text */
    struct error error; /* how it ended */
    uv_fs_t touch;      /* the renewal of mtime */
    uint64_t written;   /* revision on disk, NEVER before the first */
    bool wanted, busy, touching, failing, closing;
    unsigned open_handles;
};

static void write_now(struct status_file *file)
{
    file->error = (struct error){0};
    file_replace(file->path, file->text, file->length, &file->error);
}

static char *render_now(const struct status_file *file, size_t *ret_length)
{
    struct buf out;
    buf_init(&out, LIMIT_DOCUMENT);
    render_status(file->context->registry, file->context->version, &out);
    return buf_take(&out, ret_length);
}

/* Notes how a write ended, and tells about the first failure and the first success after it. */
static void write_ended(struct status_file *file)
{
    bool failed = file->error.code != 0;
    if (!failed)
        file->written = file->revision;
    if (failed != file->failing && file->trouble && !file->closing)
        file->trouble(file->user, failed ? file->error.text : NULL);
    file->failing = failed;
}

static void start_write(struct status_file *file);

static void gap_over(uv_timer_t *timer)
{
    struct status_file *file = timer->data;
    if (file->wanted && !file->busy)
        start_write(file);
}

static void finish_close(struct status_file *file);

static void work_run(uv_work_t *work)
{
    write_now(work->data);
}

static void work_done(uv_work_t *work, int status)
{
    struct status_file *file = work->data;
    file->busy = false;
    if (status == 0)
        write_ended(file);
    if (file->closing)
        finish_close(file);
    else if (file->wanted && !uv_is_active((uv_handle_t *)&file->gap))
        start_write(file);
}

static void start_write(struct status_file *file)
{
    file->wanted = false;
    free(file->text);
    file->text = render_now(file, &file->length);
    file->revision = registry_revision(file->context->registry);
    file->busy = uv_queue_work(file->loop, &file->work, work_run, work_done) == 0;
    /* Starts the gap; what is wanted meanwhile is written at its end, or at the end of the write if that is
     * later. */
    uv_timer_start(&file->gap, gap_over, GAP_MS, 0);
}

static void touched(uv_fs_t *touch)
{
    struct status_file *file = touch->data;
    bool failed = touch->result < 0;
    uv_fs_req_cleanup(touch);
    file->touching = false;
    if (file->closing)
        finish_close(file);
    else if (failed)
        status_file_touch(file); /* somebody removed it */
}

static void renew(uv_timer_t *timer)
{
    struct status_file *file = timer->data;
    if (file->busy || file->touching)
        return;
    if (file->failing || file->written == NEVER) {
        status_file_touch(file);
        return;
    }
    double now = (double)clock_now().wall_ms / 1000;
    file->touching = uv_fs_utime(file->loop, &file->touch, file->path, now, now, touched) == 0;
}

static int make_folder(const char *path, struct error *err)
{
    const char *slash = strrchr(path, '/');
    if (!slash || slash == path)
        return 0;
    char *folder = mem_format("%.*s", (int)(slash - path), path);
    int rc = file_make_folder(folder, err);
    free(folder);
    return rc;
}

struct status_file *status_file_open(uv_loop_t *loop, const char *path, struct exporter_context *context,
                                     status_file_trouble *trouble, void *user, struct error *err)
{
    if (make_folder(path, err)) {
        error_wrap(err, "the status file %s", path);
        return NULL;
    }
    struct status_file *file = mem_new(sizeof *file);
    file->loop = loop;
    file->path = mem_copy(path);
    file->context = context;
    file->trouble = trouble;
    file->user = user;
    file->open_handles = 2;
    uv_timer_init(loop, &file->gap);
    uv_timer_init(loop, &file->renew);
    file->gap.data = file->renew.data = file->work.data = file->touch.data = file;
    uv_timer_start(&file->renew, renew, RENEW_MS, RENEW_MS);
    return file;
}

void status_file_touch(struct status_file *file)
{
    file->wanted = true;
    if (!file->busy && !uv_is_active((uv_handle_t *)&file->gap))
        start_write(file);
}

static void closed(uv_handle_t *handle)
{
    struct status_file *file = handle->data;
    if (--file->open_handles)
        return;
    free(file->path);
    free(file->text);
    free(file);
}

/* Once nothing of ours runs on another thread. */
static void finish_close(struct status_file *file)
{
    if (file->busy || file->touching)
        return;
    if (file->last)
        file_replace(file->path, file->last, file->last_length, NULL);
    free(file->last);
    file->last = NULL;
    uv_close((uv_handle_t *)&file->gap, closed);
    uv_close((uv_handle_t *)&file->renew, closed);
}

void status_file_close(struct status_file *file)
{
    if (!file || file->closing)
        return;
    file->closing = true;
    uint64_t on_disk = file->busy ? file->revision : file->written;
    if (on_disk != registry_revision(file->context->registry))
        file->last = render_now(file,
                                &file->last_length); /* now: the registry may be gone when a write ends */
    uv_timer_stop(&file->gap);
    uv_timer_stop(&file->renew);
    finish_close(file);
}
