/* SPDX-License-Identifier: MIT */
/* channels_file.c: what waits, on disk: STATE_DIR/alert-queue.json, written whole by the thread pool, a
 * damaged one set aside. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/error.h"
#include "controller/core/file.h"
#include "controller/core/limits.h"
#include "exporter/alerts/channels_internal.h"
#include "exporter/alerts/queues.h"

struct saving {
    uv_work_t work;
    struct channels *channels;
    struct buf text;
    char *path;
    struct error err;
};

static void render(const struct channels *channels, struct buf *out)
{
    const struct queue *queue[CHANNEL_COUNT];
    for (size_t i = 0; i < CHANNEL_COUNT; i++)
        queue[i] = &channels->channel[i].queue;
    buf_init(out, LIMIT_STATE_FILE);
    queues_render(queue, out);
}

void channels_load(struct channels *channels)
{
    struct queue *queue[CHANNEL_COUNT];
    struct error err = {0};
    char *text = NULL;
    size_t length = 0;
    if (!channels->path)
        return;
    for (int i = 0; i < CHANNEL_COUNT; i++)
        queue[i] = channels_has(channels, (enum channel_kind)i) ? &channels->channel[i].queue : NULL;
    int rc = file_read(channels->path, LIMIT_STATE_FILE, &text, &length, &err);
    if (!rc)
        rc = queues_read(queue, text, length, &err);
    free(text);
    if (!rc || rc == -ENOENT)
        return;
    char *aside = mem_format("%s.damaged", channels->path);
    bool moved = rename(channels->path, aside) == 0;
    char *sentence = mem_format("%s%s%s; alerts that waited may be lost", err.text,
                                moved ? "; set aside as " : "", moved ? aside : "");
    channels->on_trouble(channels->user, CHANNEL_COUNT, sentence);
    channels->dirty = true;
    free(sentence);
    free(aside);
}

static void on_thread(uv_work_t *work)
{
    struct saving *saving = work->data;
    file_replace(saving->path, buf_string(&saving->text), saving->text.len, &saving->err);
}

/* How the writing ended is said once. */
static void note(struct channels *channels, const struct error *err)
{
    bool failed = err->code != 0;
    if (failed == channels->save_failed)
        return;
    channels->save_failed = failed;
    char *sentence = failed ? mem_format("%s; alerts that wait are not kept on disk", err->text) : NULL;
    channels->on_trouble(channels->user, CHANNEL_COUNT, sentence);
    free(sentence);
}

static void on_saved(uv_work_t *work, int status)
{
    struct saving *saving = work->data;
    struct channels *channels = saving->channels;
    channels->saving = NULL;
    if (channels->closing) {
        channels_release(channels);
    } else {
        if (status == 0)
            note(channels, &saving->err);
        channels_save(channels);
    }
    buf_free(&saving->text);
    free(saving->path);
    free(saving);
}

void channels_save(struct channels *channels)
{
    if (!channels->dirty || channels->saving)
        return;
    channels->dirty = false;
    if (!channels->path)
        return;
    struct saving *saving = mem_new(sizeof *saving);
    saving->work.data = saving;
    saving->channels = channels;
    saving->path = mem_copy(channels->path);
    render(channels, &saving->text);
    channels->saving = saving;
    uv_queue_work(channels->loop, &saving->work, on_thread, on_saved);
}

void channels_save_now(struct channels *channels)
{
    struct buf text;
    if (!channels->dirty || !channels->path)
        return;
    render(channels, &text);
    file_replace(channels->path, buf_string(&text), text.len, NULL);
    buf_free(&text);
}
