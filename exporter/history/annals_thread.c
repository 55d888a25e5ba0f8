/* SPDX-License-Identifier: MIT */
/* annals_thread.c: the thread that alone touches the file once it runs. Writing goes before reading. */
#include "exporter/history/annals_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/limits.h"
#include "exporter/history/database.h"

enum { PACE_MS = 1000, RETRY_MS = 5000, HOUR_MS = 3600 * 1000 };

/* ---- what is handed over ---- */

size_t annals_item_bytes(const struct item *item)
{
    size_t bytes = sizeof *item + item->minute.count * sizeof *item->minute.row;
    for (size_t i = 0; i < ITEM_TEXTS; i++)
        bytes += item->text[i] ? strlen(item->text[i]) + 1 : 0;
    if (item->minute.count) {
        const struct minute_row *last = &item->minute.row[item->minute.count - 1];
        bytes += last->from + last->len;
    }
    return bytes;
}

/* It was watched until this happened: the present span is as long whatever comes next. Locked. */
static void see(struct annals *annals, int64_t at_ms)
{
    struct seen *seen = &annals->seen;
    if (seen->from_ms != annals->watched_ms)
        *seen = (struct seen){.from_ms = annals->watched_ms, .first = annals->first};
    if (at_ms > seen->to_ms)
        seen->to_ms = at_ms;
}

void annals_add(struct annals *annals, const struct item *item)
{
    struct item *copy = item_new(item);
    size_t bytes = annals_item_bytes(copy);
    uv_mutex_lock(&annals->lock);
    /* Without knowing its services the thread could write nothing at all. */
    bool fits = annals->waiting_bytes + bytes <= LIMIT_HISTORY_QUEUE || item->kind == ITEM_SERVICE;
    bool taken = fits && !annals->off;
    if (taken) {
        see(annals, item->at_ms);
        bool first = !annals->first_item;
        *annals->last_item = copy;
        annals->last_item = &copy->next;
        annals->waiting_bytes += bytes;
        if (first)
            uv_cond_signal(&annals->wake);
    } else {
        annals->lost = true;
    }
    uv_mutex_unlock(&annals->lock);
    if (!taken)
        items_free(copy);
}

/* ---- what is told ---- */

static void tell_loop(struct annals *annals, bool lasting, const char *sentence)
{
    uv_mutex_lock(&annals->lock);
    snprintf(lasting ? annals->told_trouble : annals->notice, sizeof annals->notice, "%s", sentence);
    annals->news = true;
    uv_mutex_unlock(&annals->lock);
    uv_async_send(&annals->async);
}

static void tell_trouble(struct annals *annals, const char *sentence)
{
    if (annals->well)
        tell_loop(annals, true, sentence);
    annals->well = false;
    annals->retry_mono_ms = clock_now().mono_ms + RETRY_MS;
}

static void tell_well(struct annals *annals)
{
    uv_mutex_lock(&annals->lock);
    bool lost = annals->lost;
    annals->lost = false;
    uv_mutex_unlock(&annals->lock);
    if (!annals->well || lost)
        tell_loop(annals, true, "");
    annals->well = true;
}

/* ---- the store ---- */

bool annals_open_store(struct annals *annals)
{
    struct error err = {0};
    if (store_is_open(annals->store))
        return true;
    if (annals->newer)
        return false;
    switch (store_open(annals->store, &err)) {
    case STORE_OPEN:
        return true;
    case STORE_FRESH:
        tell_loop(annals, false, err.text);
        return true;
    case STORE_NEWER:
        annals->newer = true;
        tell_trouble(annals, err.text);
        uv_mutex_lock(&annals->lock);
        annals->off = true;
        uv_mutex_unlock(&annals->lock);
        return false;
    case STORE_CLOSED:
        tell_trouble(annals, err.text);
        return false;
    }
    return false;
}

static void held_free(struct annals *annals)
{
    size_t bytes = 0;
    for (const struct item *item = annals->held; item; item = item->next)
        bytes += annals_item_bytes(item);
    uv_mutex_lock(&annals->lock);
    annals->waiting_bytes -= bytes;
    uv_mutex_unlock(&annals->lock);
    items_free(annals->held);
    annals->held = annals->held_span = NULL;
    annals->last_held = &annals->held;
}

/* Once more with a fresh file when this one turns out to be damaged. */
static int write_held(struct annals *annals, struct error *err)
{
    int code = store_write(annals->store, annals->held, err);
    if (code != DATABASE_DAMAGED)
        return code;
    store_close(annals->store);
    return annals_open_store(annals) ? store_write(annals->store, annals->held, err) : code;
}

/* The span as far as it went goes along with what happened in it. */
static void hold_span(struct annals *annals, const struct seen *seen)
{
    if (!seen->from_ms || seen->to_ms < seen->from_ms)
        return;
    if (annals->held_span && annals->held_span->at_ms == seen->from_ms) {
        annals->held_span->until_ms = seen->to_ms;
        return;
    }
    struct item *item = item_new(&(struct item){
        .kind = ITEM_SPAN, .at_ms = seen->from_ms, .until_ms = seen->to_ms, .first = seen->first});
    *annals->last_held = annals->held_span = item;
    annals->last_held = &item->next;
    uv_mutex_lock(&annals->lock);
    annals->waiting_bytes += annals_item_bytes(item);
    uv_mutex_unlock(&annals->lock);
}

static void write_out(struct annals *annals, const struct seen *seen)
{
    struct error err = {0};
    if (!annals->held)
        return;
    hold_span(annals, seen);
    if (!annals_open_store(annals)) {
        if (annals->newer)
            held_free(annals);
        return;
    }
    int code = write_held(annals, &err);
    if (code == DATABASE_DAMAGED) { /* a fresh one, too: it is these that cannot be written */
        tell_loop(annals, false, err.text);
        code = 0;
    }
    struct moment now = clock_now();
    annals->wrote_mono_ms = now.mono_ms;
    if (!code && now.wall_ms / HOUR_MS != annals->tidied_wall_ms / HOUR_MS) {
        annals->tidied_wall_ms = now.wall_ms;
        store_tidy(annals->store, now.wall_ms, &err); /* what stays is tried again in an hour */
    }
    if (!code) {
        held_free(annals);
        tell_well(annals);
        return;
    }
    tell_trouble(annals, err.text);
    if (code != DATABASE_FULL)
        store_close(annals->store); /* perhaps it is another disk next time */
}

/* ---- questions ---- */

static void job_finish(struct annals *annals, struct annals_job *job, int code, const char *sentence)
{
    uv_mutex_lock(&annals->lock);
    annals->done = mem_resize(annals->done, annals->done_count + 1, sizeof *annals->done);
    struct done_job *done = &annals->done[annals->done_count++];
    *done = (struct done_job){.job = job, .code = code};
    snprintf(done->sentence, sizeof done->sentence, "%s", sentence);
    annals->news = true;
    uv_mutex_unlock(&annals->lock);
    uv_async_send(&annals->async);
}

static void job_do(struct annals *annals, struct annals_job *job)
{
    struct error err = {0};
    bool due = annals->well || annals->retry_mono_ms <= clock_now().mono_ms;
    if (!store_is_open(annals->store) && (!due || !annals_open_store(annals))) {
        job_finish(annals, job, -EAGAIN, "The history cannot be opened at present; /health says why");
        return;
    }
    int code = job->work(job, annals->store, &err);
    if (code == DATABASE_DAMAGED) {
        store_close(annals->store);
        annals_open_store(annals);
    }
    job_finish(annals, job, code, err.text);
}

/* ---- the thread ---- */

/* Until something is to be done; locked. */
static void wait_for_work(struct annals *annals)
{
    while (!annals->end && !annals->first_job) {
        if (!annals->held && !annals->first_item) {
            uv_cond_wait(&annals->wake, &annals->lock);
            continue;
        }
        int64_t due_ms = annals->well ? annals->wrote_mono_ms + PACE_MS : annals->retry_mono_ms;
        int64_t wait_ms = due_ms - clock_now().mono_ms;
        if (wait_ms <= 0)
            return;
        uv_cond_timedwait(&annals->wake, &annals->lock, (uint64_t)wait_ms * 1000000);
    }
}

static bool is_due(const struct annals *annals)
{
    int64_t due_ms = annals->well ? annals->wrote_mono_ms + PACE_MS : annals->retry_mono_ms;
    return annals->end || due_ms <= clock_now().mono_ms;
}

void annals_work(void *argument)
{
    struct annals *annals = argument;
    for (bool ending = false; !ending;) {
        uv_mutex_lock(&annals->lock);
        wait_for_work(annals);
        if (annals->first_item) {
            *annals->last_held = annals->first_item;
            annals->last_held = annals->last_item;
            annals->first_item = NULL;
            annals->last_item = &annals->first_item;
        }
        struct annals_job *job = annals->end ? NULL : annals->first_job;
        if (job && !(annals->first_job = job->next))
            annals->last_job = &annals->first_job;
        bool due = is_due(annals);
        struct seen seen = annals->seen;
        ending = annals->end;
        uv_mutex_unlock(&annals->lock);
        /* Whoever asks is answered from what is known by now. */
        if (due || (job && annals->well))
            write_out(annals, &seen);
        store_seen(annals->store, seen.from_ms, seen.to_ms);
        if (job)
            job_do(annals, job);
    }
}
