/* SPDX-License-Identifier: MIT */
/* exit_entries.c: the files exit with the entries that it has, which follow their file. */
#include "controller/exit_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/due.h"
#include "controller/core/error.h"
#include "controller/exit_inside.h"
#include "exporter/files/file_watch.h"
#include "exporter/files/files.h"
#include "exporter/files/rhythm.h"

/* A file that somebody is writing is read when that seems to be over. */
enum { CALM_MS = 500, CALM_MAX_MS = 5000 };

/* A reading of the file by a worker. */
struct reading {
    uv_work_t work;
    struct exit_entries *owner; /* NULL: nobody waits for it */
    bool done;
    char *exports, *env_prefix;
    struct file_entries *entries; /* NULL: */
    struct error err;
};

struct exit_entries {
    struct controller *controller;
    struct exit files;
    char *exports, *env_prefix;
    struct file_retry retry;
    struct file_watch *watch; /* NULL: EXPORTS is the list itself */
    struct rhythm rhythm;
    bool seen;               /* somebody changed the file */
    struct reading *reading; /* under way */
    unsigned failures;       /* in a row */
    int64_t again_mono_ms;   /* then it is read once more; 0: it is not wrong */
    struct exit_report report;
    char sentence[400];
};

/* ---- how it stands ---- */

/* Old entries stay. exports: what is wrong. again: it is told also when it was told before. */
static void refuse(struct exit_entries *self, const char *exports, struct error *err, bool again)
{
    char sentence[sizeof self->sentence];
    struct moment now = self->controller->now;
    bool own = strcmp(exports, self->exports) == 0;
    if (!own)
        exit_files_blame(exports, err); /* another target than that of the report */
    snprintf(sentence, sizeof sentence, "%.340s; the old files stay as they were", err->text);
    bool news = exit_report_stand(&self->report, self->sentence, sizeof self->sentence, EXIT_FAILING,
                                  sentence, now.wall_ms);
    self->report.failures++;
    self->failures++;
    self->again_mono_ms = self->retry.enabled && own
                              ? now.mono_ms + rhythm_retry(self->retry.base_ms, self->retry.max_ms,
                                                           self->retry.attempts, self->failures)
                              : 0;
    if (own)
        exit_files_blame(exports, err);
    if (news || again)
        tell(self->controller, SEVERITY_WARNING, "export", NULL, "%s; the old files stay as they were",
             err->text);
    exits_note(self->controller->exits);
}

static void take(struct exit_entries *self, struct file_entries *entries)
{
    bool other = files_change(&self->files, entries, &self->retry), mended = self->failures > 0;
    self->failures = 0;
    self->again_mono_ms = 0;
    self->sentence[0] = '\0';
    self->report.state = EXIT_FINE;
    if (other || mended)
        tell(self->controller, SEVERITY_INFO, "export", NULL, "EXPORTS %.200s is in force%s", self->exports,
             other ? " as it is now" : " again");
    exits_note(self->controller->exits);
}

/* ---- reading ---- */

static void reading_free(struct reading *reading)
{
    entries_free(reading->entries);
    free(reading->exports);
    free(reading->env_prefix);
    free(reading);
}

static void on_thread(uv_work_t *work)
{
    struct reading *reading = work->data;
    reading->entries = exit_files_load(reading->exports, reading->env_prefix, &reading->err);
}

static void on_read(uv_work_t *work, int status)
{
    struct reading *reading = work->data;
    (void)status; /* it is never cancelled */
    reading->done = true;
    if (reading->owner)
        reading->owner->controller->dirty = true;
    else
        reading_free(reading);
}

static void was_read(struct exit_entries *self)
{
    struct reading *reading = self->reading;
    self->reading = NULL;
    if (reading->entries)
        take(self, reading->entries);
    else
        refuse(self, reading->exports, &reading->err, false);
    reading->entries = NULL;
    reading_free(reading);
}

static void read_now(struct exit_entries *self)
{
    struct reading *reading = mem_new(sizeof *reading);
    reading->owner = self;
    reading->exports = mem_copy(self->exports);
    reading->env_prefix = mem_copy(self->env_prefix);
    reading->work.data = reading;
    self->reading = reading;
    self->again_mono_ms = 0;
    uv_queue_work(&self->controller->loop, &reading->work, on_thread, on_read);
}

/* What is being read is of settings that are old now. */
static void reading_drop(struct exit_entries *self)
{
    if (self->reading && self->reading->done)
        reading_free(self->reading);
    else if (self->reading)
        self->reading->owner = NULL;
    self->reading = NULL;
}

static void on_seen(void *user)
{
    struct exit_entries *self = user;
    self->seen = self->controller->dirty = true;
}

/* ---- as an exit ---- */

static int64_t read_due(const struct exit_entries *self)
{
    return self->reading ? 0 : due_earlier(rhythm_due(&self->rhythm), self->again_mono_ms);
}

static void entries_settle(void *exit, struct moment now)
{
    struct exit_entries *self = exit;
    if (self->reading && self->reading->done)
        was_read(self);
    if (self->seen)
        rhythm_note(&self->rhythm, false, now.mono_ms);
    self->seen = false;
    int64_t due = read_due(self);
    if (due && due <= now.mono_ms) {
        rhythm_take(&self->rhythm, now.mono_ms);
        read_now(self);
    }
    self->files.kind->settle(self->files.self, now);
}

static int64_t entries_due(const void *exit)
{
    const struct exit_entries *self = exit;
    return due_earlier(read_due(self), self->files.kind->due(self->files.self));
}

/* The file of entries is told of while it is wrong only: else its files stand for it. */
static void entries_report(const void *exit, exit_tell *each, void *user)
{
    const struct exit_entries *self = exit;
    self->files.kind->report(self->files.self, each, user);
    if (self->report.state == EXIT_FAILING)
        each(user, &self->report);
}

static void over(struct exit_entries *self)
{
    reading_drop(self);
    file_watch_stop(self->watch);
    free(self->exports);
    free(self->env_prefix);
    free(self);
}

static void entries_close(void *exit)
{
    struct exit_entries *self = exit;
    self->files.kind->close(self->files.self);
    over(self);
}

static void entries_end(void *exit)
{
    struct exit_entries *self = exit;
    self->files.kind->end(self->files.self);
    over(self);
}

static void take_settings(struct exit_entries *self, const struct options *options)
{
    bool other = !self->exports || strcmp(self->exports, options->exports) != 0;
    free(self->env_prefix);
    self->env_prefix = mem_copy(options->env_prefix);
    self->retry = (struct file_retry){.enabled = options->retry_enabled,
                                      .attempts = options->retry_attempts,
                                      .base_ms = options->retry_base_ms,
                                      .max_ms = options->retry_max_ms};
    if (!other)
        return;
    free(self->exports);
    self->exports = mem_copy(options->exports);
    self->report.target = self->exports;
    file_watch_stop(self->watch);
    self->watch = entries_is_inline(self->exports)
                      ? NULL
                      : file_watch_start(&self->controller->loop, self->exports, on_seen, self);
}

int exit_files_open(struct controller *controller, const struct options *options,
                    const struct exit_surroundings *around, struct exit *ret, struct error *err)
{
    static const struct exit_kind kind = {.settle = entries_settle,
                                          .due = entries_due,
                                          .report = entries_report,
                                          .close = entries_close,
                                          .end = entries_end};
    struct file_entries *entries = exit_files_load(options->exports, options->env_prefix, err);
    if (!entries) {
        exit_files_blame(options->exports, err);
        return err->code;
    }
    struct exit_entries *self = mem_new(sizeof *self);
    self->controller = controller;
    self->rhythm = (struct rhythm){.debounce_ms = CALM_MS, .max_wait_ms = CALM_MAX_MS};
    self->report = (struct exit_report){.kind = "exports", .sentence = self->sentence, .state = EXIT_FINE};
    take_settings(self, options);
    files_open(&(struct files_options){.around = *around,
                                       .entries = entries,
                                       .door = exit_inside_open(watch_engine(controller->watch)),
                                       .retry = self->retry},
               &self->files);
    *ret = (struct exit){.kind = &kind, .self = self};
    return 0;
}

int exit_files_change(struct controller *controller, const struct options *options, struct exit *exit,
                      struct error *err)
{
    struct exit_entries *self = exit->self;
    struct file_entries *entries = exit_files_load(options->exports, options->env_prefix, err);
    (void)controller;
    reading_drop(self);
    if (!entries) {
        refuse(self, options->exports, err, true);
        return err->code;
    }
    take_settings(self, options);
    take(self, entries);
    return 0;
}
