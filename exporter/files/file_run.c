/* SPDX-License-Identifier: MIT */
/* file_run.c: a run of a file, phase by phase. */
#include "exporter/files/file_run.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/due.h"
#include "controller/core/limits.h"
#include "controller/core/registry.h"
#include "exporter/formats/format.h"

/* ---- how it stands ---- */

/* Whether two sentences say the same; figures in them (ports, process ids) may differ. */
static bool says_the_same(const char *a, const char *b)
{
    for (;; a++, b++) {
        while (isdigit((unsigned char)*a))
            a++;
        while (isdigit((unsigned char)*b))
            b++;
        if (*a != *b)
            return false;
        if (!*a)
            return true;
    }
}

static void show(struct file_run *run, enum exit_state state, const char *sentence, struct moment now)
{
    struct exit_report *report = &run->report;
    bool same = report->state == state && says_the_same(run->sentence, sentence);
    if (report->state != state)
        report->since_wall_ms = now.wall_ms;
    report->state = state;
    snprintf(run->sentence, sizeof run->sentence, "%s", sentence);
    if (!same)
        run->shared->around.changed(run->shared->around.user, report);
}

static void run_over(struct file_run *run)
{
    free(run->data);
    free(run->temporary);
    run->data = run->temporary = NULL;
    run->phase = FILE_RESTING;
}

/* What is wished stands in the file, and all know of it. */
static void run_well(struct file_run *run, struct moment now)
{
    run_over(run);
    run->failures = 0;
    run->retry_ms = 0;
    show(run, EXIT_FINE, "", now);
}

/* again: it may work another time, though nothing changes. */
static void run_failed(struct file_run *run, bool again, const char *sentence, struct moment now)
{
    const struct file_retry *retry = &run->shared->retry;
    run_over(run);
    run->failures++;
    run->report.failures++;
    run->retry_ms = again && retry->enabled ? now.mono_ms + rhythm_retry(retry->base_ms, retry->max_ms,
                                                                         retry->attempts, run->failures)
                                            : 0;
    show(run, EXIT_FAILING, sentence, now);
}

/* A failure that leaves the file as it is. */
static void run_kept(struct file_run *run, bool again, const char *why, struct moment now)
{
    char sentence[sizeof run->sentence];
    bool there = run->inherited || run->report.written_at_wall_ms;
    snprintf(sentence, sizeof sentence, "%s; %s", why,
             there ? "the file stays as it was" : "the file is not written");
    run_failed(run, again, sentence, now);
}

/* ---- telling ---- */

static bool any_untold(const struct file_run *run)
{
    for (size_t i = 0; i < run->entry->notify_count; i++)
        if (run->untold[i])
            return true;
    return false;
}

static void on_step(void *user, const char *trouble)
{
    struct file_run *run = user;
    run->step = NULL;
    run->back = true;
    snprintf(run->trouble, sizeof run->trouble, "%s", trouble ? trouble : "");
    run->shared->around.wake(run->shared->around.user);
}

static void step_begin(struct file_run *run, const struct file_step *step, const char *file, bool first_only)
{
    const struct step_order order = {.step = step,
                                     .file = file,
                                     .shown = run->entry->path,
                                     .first_only = first_only,
                                     .timeout_ms = run->entry->timeout_ms};
    run->step = step_start(&run->shared->helpers, &order, on_step, run);
}

static void tell_end(struct file_run *run, struct moment now)
{
    char sentence[sizeof run->sentence];
    if (!any_untold(run)) {
        file_run_work(run, FILE_FORGETTING);
        return;
    }
    snprintf(sentence, sizeof sentence, "it is written, but not all were told: %s", run->untold_why);
    run_failed(run, true, sentence, now);
}

/* The next one that was not told. */
static void tell_next(struct file_run *run, struct moment now)
{
    const struct file_entry *entry = run->entry;
    while (run->told < entry->notify_count && !run->untold[run->told])
        run->told++;
    if (run->told == entry->notify_count)
        tell_end(run, now);
    else
        step_begin(run, &entry->notify[run->told], entry->path, false);
}

static void tell_begin(struct file_run *run, struct moment now)
{
    run->phase = FILE_TELLING;
    run->told = 0;
    run->untold_why[0] = '\0';
    tell_next(run, now);
}

static void tell_went_on(struct file_run *run, struct moment now)
{
    run->untold[run->told] = run->trouble[0] != '\0';
    if (run->trouble[0] && !run->untold_why[0])
        snprintf(run->untold_why, sizeof run->untold_why, "%s %.480s",
                 file_step_name[run->entry->notify[run->told].kind], run->trouble);
    run->told++;
    tell_next(run, now);
}

/* ---- writing ---- */

static void committed(struct file_run *run, struct moment now)
{
    struct exit_report *report = &run->report;
    free(run->temporary);
    run->temporary = NULL;
    if (run->error.code != 0) {
        run_kept(run, true, run->error.text, now);
        return;
    }
    report->writes++;
    report->bytes += run->length;
    report->written_at_wall_ms = now.wall_ms;
    report->services = run->services;
    report->endpoints = run->endpoints;
    run->inherited = false;
    for (size_t i = 0; i < run->entry->notify_count; i++)
        run->untold[i] = true;
    if (run->entry->notify_count)
        tell_begin(run, now);
    else
        run_well(run, now);
}

static void prepared(struct file_run *run, struct moment now)
{
    if (run->error.code != 0) {
        run_kept(run, true, run->error.text, now);
    } else if (run->temporary && run->entry->has_validate) {
        run->phase = FILE_VALIDATING;
        step_begin(run, &run->entry->validate, run->temporary, true);
    } else if (run->temporary) {
        file_run_work(run, FILE_COMMITTING);
    } else { /* the file holds it already */
        run->report.spared += run->by_change;
        run->report.services = run->services;
        run->report.endpoints = run->endpoints;
        if (any_untold(run))
            tell_begin(run, now);
        else
            run_well(run, now);
    }
}

static void validated(struct file_run *run)
{
    file_run_work(run, run->trouble[0] ? FILE_DISCARDING : FILE_COMMITTING);
}

static void discarded(struct file_run *run, struct moment now)
{
    char why[STEP_TROUBLE + 32];
    snprintf(why, sizeof why, "validate %s", run->trouble);
    run_kept(run, true, why, now);
}

static void looked(struct file_run *run)
{
    for (size_t i = 1; i < run->entry->notify_count; i++)
        run->untold[i] = run->untold[0];
    run->phase = FILE_RESTING;
}

/* ---- the beginning ---- */

/* Until the registry is warm a file of an earlier quaywatch stays: it is likely still true. */
static bool must_wait(const struct file_run *run)
{
    return run->inherited && !run->shared->around.warm(run->shared->around.user);
}

/* A template that is wrong may be about to be mended; all else waits for another state of the registry. */
static void render(struct file_run *run, struct moment now)
{
    struct error err = {0};
    struct buf out;
    buf_init(&out, LIMIT_DOCUMENT);
    struct format_told told = {run->services, run->endpoints};
    if (file_render(run->shared, run->entry, run->data, run->length, &out, &told, &err) != 0) {
        buf_free(&out);
        run_kept(run, run->entry->template_path != NULL, err.text, now);
        return;
    }
    run->services = told.services;
    run->endpoints = told.endpoints;
    free(run->data);
    run->data = buf_take(&out, &run->length);
    file_run_work(run, FILE_PREPARING);
}

static void template_read(struct file_run *run, struct moment now)
{
    if (run->error.code != 0)
        run_kept(run, true, run->error.text, now);
    else
        render(run, now);
}

static void run_begin(struct file_run *run, struct moment now)
{
    const struct exit_surroundings *around = &run->shared->around;
    bool warm = around->warm(around->user);
    char few[200];
    run->by_change = run->rhythm.wanted;
    run->retry_ms = 0;
    rhythm_take(&run->rhythm, now.mono_ms);
    file_count(around->registry, run->entry, &run->services, &run->endpoints);
    bool enough = file_enough(around->registry, run->entry, run->endpoints, few, sizeof few);
    if (!warm && (!enough || !run->endpoints)) {
        run->held = true; /* there may be more soon */
        return;
    }
    if (!enough) {
        run_kept(run, false, few, now);
        return;
    }
    if (run->entry->template_path)
        file_run_work(run, FILE_READING);
    else
        render(run, now);
}

static void go_on(struct file_run *run, struct moment now)
{
    run->back = false;
    switch (run->phase) {
    case FILE_LOOKING:
        looked(run);
        break;
    case FILE_READING:
        template_read(run, now);
        break;
    case FILE_PREPARING:
        prepared(run, now);
        break;
    case FILE_VALIDATING:
        validated(run);
        break;
    case FILE_DISCARDING:
        discarded(run, now);
        break;
    case FILE_COMMITTING:
        committed(run, now);
        break;
    case FILE_TELLING:
        tell_went_on(run, now);
        break;
    case FILE_FORGETTING:
        run_well(run, now);
        break;
    case FILE_RESTING:
    case FILE_LEAVING:
        break;
    }
}

void file_run_settle(struct file_run *run, struct moment now)
{
    if (run->back)
        go_on(run, now);
    if (run->changed)
        rhythm_note(&run->rhythm, false, now.mono_ms);
    run->changed = false;
    if (run->held && run->shared->around.warm(run->shared->around.user)) {
        run->held = false;
        rhythm_note(&run->rhythm, true, now.mono_ms);
    }
    int64_t due = file_run_due(run);
    if (due && due <= now.mono_ms)
        run_begin(run, now);
}

int64_t file_run_due(const struct file_run *run)
{
    if (run->phase != FILE_RESTING || must_wait(run))
        return 0;
    return due_earlier(rhythm_due(&run->rhythm), run->retry_ms);
}

void file_run_hurry(struct file_run *run)
{
    if (run->retry_ms)
        run->retry_ms = 1;
}

void file_run_note(struct file_run *run, bool urgent, struct moment now)
{
    rhythm_note(&run->rhythm, urgent, now.mono_ms);
}

/* ---- life ---- */

static void on_template(void *user)
{
    struct file_run *run = user;
    run->changed = true;
    run->shared->around.wake(run->shared->around.user);
}

struct file_run *file_run_open(struct files_shared *shared, struct file_entries *entries, size_t i)
{
    struct file_run *run = mem_new(sizeof *run);
    const struct file_entry *entry = &entries->item[i];
    run->shared = shared;
    run->entries = entries;
    run->entry = entry;
    entries->users++;
    run->rhythm = (struct rhythm){.debounce_ms = entry->debounce_ms, .max_wait_ms = entry->max_wait_ms};
    run->report = (struct exit_report){.kind = "file",
                                       .target = entry->path,
                                       .state = EXIT_WAITING,
                                       .sentence = run->sentence,
                                       .since_wall_ms = clock_now().wall_ms};
    uv_sem_init(&run->placed, 0);
    shared->files++;
    if (entry->template_path)
        run->watch = file_watch_start(shared->around.loop, entry->template_path, on_template, run);
    file_run_work(run, FILE_LOOKING);
    return run;
}

void file_run_close(struct file_run *run)
{
    run->closing = true;
    file_watch_stop(run->watch);
    run->watch = NULL;
    step_cancel(run->step);
    run->step = NULL;
    /* Whoever writes the file next (after a change of settings) must not be overtaken by this worker. */
    if (run->working && run->phase == FILE_COMMITTING) {
        if (uv_cancel((uv_req_t *)&run->work) == 0) {
            run->phase = FILE_RESTING; /* it never began: what was prepared is still beside the file */
        } else {
            uv_sem_wait(&run->placed);
            uv_sem_post(&run->placed);
        }
    }
    if (run->working)
        return;
    if (run->leaving)
        file_run_work(run, FILE_LEAVING);
    else
        file_run_free(run);
}

void file_run_leave(struct file_run *run)
{
    const struct exit_surroundings *around = &run->shared->around;
    struct exit_report report = run->report;
    bool there = run->inherited || report.written_at_wall_ms;
    report.sentence = there ? "the file stays as it is" : "nothing was written";
    if (around->ended)
        around->ended(around->user, &report);
    run->leaving = true;
    file_run_close(run);
}
