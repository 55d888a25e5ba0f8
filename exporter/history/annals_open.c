/* SPDX-License-Identifier: MIT */
/* annals_open.c: the history's life on the loop: opening, questions and answers, news of the thread, closing.
 */
#include "exporter/history/annals_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/limits.h"

enum { LONG_AGO_MS = 60000, STACK_BYTES = 1024 * 1024 };

/* ---- questions and news ---- */

int annals_ask(struct annals *annals, struct annals_job *job, struct moment now)
{
    uv_mutex_lock(&annals->lock);
    bool fits = annals->jobs < LIMIT_HISTORY_JOBS;
    if (fits) {
        job->next = NULL;
        *annals->last_job = job;
        annals->last_job = &job->next;
        annals->jobs++;
        annals->seen = (struct seen){annals->watched_ms, now.wall_ms, annals->first};
        uv_cond_signal(&annals->wake);
    }
    uv_mutex_unlock(&annals->lock);
    return fits ? 0 : -ENOBUFS;
}

static void say_trouble(struct annals *annals, const char *sentence)
{
    snprintf(annals->trouble, sizeof annals->trouble, "%s", sentence);
    if (!sentence[0])
        annals_untell(annals);
    annals->options.say(annals->options.user, sentence[0] != '\0', sentence[0] ? sentence : NULL);
}

static void hear(struct annals *annals)
{
    uv_mutex_lock(&annals->lock);
    struct done_job *done = annals->done;
    size_t count = annals->done_count;
    char notice[sizeof annals->notice], trouble[sizeof annals->told_trouble];
    memcpy(notice, annals->notice, sizeof notice);
    memcpy(trouble, annals->told_trouble, sizeof trouble);
    annals->done = NULL;
    annals->done_count = 0;
    annals->jobs -= (unsigned)count;
    annals->notice[0] = '\0';
    annals->told_trouble[0] = '\1'; /* nothing new */
    uv_mutex_unlock(&annals->lock);
    if (notice[0])
        annals->options.say(annals->options.user, false, notice);
    if (trouble[0] != '\1' && !annals->closing)
        say_trouble(annals, trouble);
    for (size_t i = 0; i < count; i++)
        done[i].job->done(done[i].job, done[i].code, done[i].sentence);
    free(done);
}

static void on_async(uv_async_t *async)
{
    hear(async->data);
}

const char *annals_trouble(const struct annals *annals)
{
    return annals && annals->trouble[0] ? annals->trouble : NULL;
}

/* ---- opening and closing ---- */

static const char *kind_find(const char *name)
{
    const struct event_kind *kind = event_kinds;
    while (kind->name && strcmp(kind->name, name) != 0)
        kind++;
    return kind->name;
}

struct recalling {
    struct annals *annals;
    bool *any;
};

static void recall(void *user, const struct store_row *row)
{
    const struct recalling *recalling = user;
    struct annals *annals = recalling->annals;
    *recalling->any = true;
    const char *kind = kind_find(row->text[0]);
    if (kind)
        annals->options.recall(annals->options.user, &(struct journal_event){.id = row->id,
                                                                             .at_wall_ms = row->at_ms,
                                                                             .severity = row->severity,
                                                                             .kind = kind,
                                                                             .service = row->text[1],
                                                                             .container = row->text[2],
                                                                             .sentence = row->text[3]});
}

static void recall_all(struct annals *annals)
{
    bool any = false;
    struct recalling recalling = {annals, &any};
    store_events(annals->store, JOURNAL_EVENTS, recall, &recalling);
    if (any && !store_ended(annals->store))
        annals->options.recall(annals->options.user, NULL);
}

struct annals *annals_open(uv_loop_t *loop, const struct annals_options *options, struct moment now)
{
    struct annals *annals = mem_new(sizeof *annals);
    annals->options = *options;
    annals->well = true;
    annals->wrote_mono_ms = now.mono_ms - LONG_AGO_MS;
    annals->last_item = &annals->first_item;
    annals->last_job = &annals->first_job;
    annals->last_held = &annals->held;
    annals->told_trouble[0] = '\1';
    annals->store = store_new(options->path, options->days, options->max_bytes);
    uv_mutex_init(&annals->lock);
    uv_cond_init(&annals->wake);
    uv_timer_init(loop, &annals->minute_timer);
    uv_async_init(loop, &annals->async, on_async);
    annals->minute_timer.data = annals->async.data = annals;
    annals->open_handles = 2;
    uv_unref((uv_handle_t *)&annals->minute_timer);
    uv_unref((uv_handle_t *)&annals->async);
    if (annals_open_store(annals))
        recall_all(annals);
    hear(annals);
    uv_thread_options_t thread = {.flags = UV_THREAD_HAS_STACK_SIZE, .stack_size = STACK_BYTES};
    uv_thread_create_ex(&annals->thread, &thread, annals_work, annals);
    return annals;
}

static void closed(uv_handle_t *handle)
{
    struct annals *annals = handle->data;
    if (--annals->open_handles)
        return;
    uv_cond_destroy(&annals->wake);
    uv_mutex_destroy(&annals->lock);
    free(annals);
}

void annals_close(struct annals *annals, struct moment now)
{
    if (!annals)
        return;
    annals_flush(annals);
    annals->closing = true;
    annals_watch(annals, false, now);
    uv_mutex_lock(&annals->lock);
    annals->end = true;
    uv_cond_signal(&annals->wake);
    uv_mutex_unlock(&annals->lock);
    uv_thread_join(&annals->thread);
    hear(annals);
    for (struct annals_job *job = annals->first_job, *next; job; job = next) {
        next = job->next;
        job->done(job, -ECANCELED, "quaywatch is stopping");
    }
    items_free(annals->held);
    items_free(annals->first_item);
    store_free(annals->store);
    annals_services_free(annals);
    annals_wishes_free(annals);
    uv_close((uv_handle_t *)&annals->minute_timer, closed);
    uv_close((uv_handle_t *)&annals->async, closed);
}
