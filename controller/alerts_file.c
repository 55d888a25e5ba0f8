/* SPDX-License-Identifier: MIT */
/* alerts_file.c: STATE_DIR/alerts.json: what was told, written off the loop soon after it was. */
#include "controller/alerts_internal.h"

#include <errno.h>
#include <stdlib.h>

#include "controller/core/buf.h"
#include "controller/core/error.h"
#include "controller/core/file.h"
#include "controller/core/limits.h"
#include "controller/core/log.h"
#include "exporter/alerts/channels.h"

static char *path_of(const struct controller *controller)
{
    return mem_format("%s/alerts.json", controller->state_dir);
}

struct ids {
    const char **id;
    size_t count;
};

static void count_id(void *user, const struct trouble_shown *shown)
{
    (void)shown;
    ((struct ids *)user)->count++;
}

static void copy_id(void *user, const struct trouble_shown *shown)
{
    struct ids *ids = user;
    ids->id[ids->count++] = mem_copy(shown->alert.id);
}

/* Where a channel keeps account of what fires, that is what is remembered, and nothing else. */
static void tell_channels(struct controller *controller)
{
    struct ids ids = {.count = 0};
    if (!controller->channels)
        return;
    troubles_show(controller->alerts->troubles, count_id, &ids);
    ids.id = mem_new((ids.count + 1) * sizeof *ids.id);
    ids.count = 0;
    troubles_show(controller->alerts->troubles, copy_id, &ids);
    channels_keep_only(controller->channels, ids.id, ids.count, controller->now.wall_ms);
    for (size_t i = 0; i < ids.count; i++)
        free((void *)(uintptr_t)ids.id[i]);
    free(ids.id);
}

void alerts_load(struct controller *controller)
{
    if (!controller->state_dir[0] || controller->task != TASK_RUN)
        return;
    char *path = path_of(controller), *text = NULL;
    size_t length = 0;
    struct error err = {0};
    int code = file_read(path, LIMIT_STATE_FILE, &text, &length, &err);
    if (code == 0)
        code = troubles_read(controller->alerts->troubles, text, length, controller->now, &err);
    if (code != 0 && code != -ENOENT) {
        char *aside = mem_format("%s.damaged", path);
        bool moved = rename(path, aside) == 0;
        log_line(LOG_LEVEL_ERROR, NULL, NULL, "%s%s%s; what fires may be told once more", err.text,
                 moved ? "; set aside as " : "", moved ? aside : "");
        free(aside);
    }
    free(text);
    free(path);
    tell_channels(controller);
}

static char *render(const struct alerts *alerts, size_t *ret_length)
{
    struct buf text;
    buf_init(&text, LIMIT_STATE_FILE);
    troubles_render(alerts->troubles, &text);
    return buf_take(&text, ret_length);
}

/* In libuv's thread pool: touches what belongs to the work alone. */
static void write_now(uv_work_t *work)
{
    struct alerts *alerts = work->data;
    struct error err = {0};
    if (file_replace(alerts->write_path, alerts->write_text, alerts->write_length, &err) != 0)
        alerts->write_error = mem_copy(err.text);
}

static void on_written(uv_work_t *work, int status)
{
    struct alerts *alerts = work->data;
    alerts->writing = false;
    if (status == 0 && alerts->write_error && !alerts->write_trouble)
        log_line(LOG_LEVEL_ERROR, NULL, NULL, "%s; which alerts were sent is not kept on disk",
                 alerts->write_error);
    alerts->write_trouble = alerts->write_error != NULL;
    free(alerts->write_error);
    free(alerts->write_text);
    free(alerts->write_path);
    alerts->write_error = alerts->write_text = alerts->write_path = NULL;
}

void alerts_save(struct controller *controller)
{
    struct alerts *alerts = controller->alerts;
    uint64_t version = troubles_version(alerts->troubles);
    if (version == alerts->written || alerts->writing || !controller->state_dir[0] ||
        controller->state_holder[0] || !controller->watch)
        return;
    alerts->written = version;
    alerts->write_path = path_of(controller);
    alerts->write_text = render(alerts, &alerts->write_length);
    alerts->work.data = alerts;
    alerts->writing = uv_queue_work(&controller->loop, &alerts->work, write_now, on_written) == 0;
}

void alerts_save_last(struct controller *controller)
{
    struct alerts *alerts = controller->alerts;
    if (!alerts || !controller->state_dir[0] || controller->state_holder[0] || controller->task != TASK_RUN ||
        troubles_version(alerts->troubles) == alerts->written)
        return;
    size_t length;
    struct error err = {0};
    char *path = path_of(controller), *text = render(alerts, &length);
    if (file_replace(path, text, length, &err) != 0)
        log_line(LOG_LEVEL_ERROR, NULL, NULL, "%s; which alerts were sent is not kept on disk", err.text);
    free(text);
    free(path);
}
