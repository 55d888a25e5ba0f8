/* SPDX-License-Identifier: MIT */
/* files.c: the files of EXPORTS together, as an exit. */
#include "exporter/files/files.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "controller/core/buf.h"
#include "controller/core/due.h"
#include "controller/core/error.h"
#include "controller/core/file.h"
#include "controller/core/limits.h"
#include "controller/core/registry.h"
#include "controller/core/transfer.h"
#include "exporter/files/file_run.h"
#include "exporter/files/presence.h"
#include "exporter/templates/template.h"

enum { CONNECTIONS = 8 };

struct files {
    struct files_shared *shared;
    struct presence *presence;
    struct file_entries *entries;
    size_t count;
    struct file_run *run[FILE_ENTRIES_MAX];
};

static void files_settle(void *self, struct moment now)
{
    struct files *files = self;
    enum presence_news news = presence_look(files->presence, files->shared->around.registry);
    for (size_t i = 0; i < files->count; i++) {
        struct file_run *run = files->run[i];
        if (news != PRESENCE_SAME || !run->began)
            file_run_note(run, news == PRESENCE_LESS || !run->began, now);
        run->began = true;
        file_run_settle(run, now);
    }
}

static int64_t files_due(const void *self)
{
    const struct files *files = self;
    int64_t first = 0;
    for (size_t i = 0; i < files->count; i++)
        first = due_earlier(first, file_run_due(files->run[i]));
    return first;
}

static void files_report(const void *self, exit_tell *tell, void *user)
{
    const struct files *files = self;
    for (size_t i = 0; i < files->count; i++)
        tell(user, &files->run[i]->report);
}

/* ---- life ---- */

/* The run that does what the entry asks for, taken out of the list; NULL: there is none. */
static struct file_run *take_same(struct file_run **list, size_t count, const struct file_entry *entry)
{
    for (size_t i = 0; i < count; i++) {
        struct file_run *run = list[i];
        if (!run || !entry_same(run->entry, entry))
            continue;
        list[i] = NULL;
        return run;
    }
    return NULL;
}

/* Takes the entries over: runs that are as they ask for go on, the others end before new ones begin. Whether
 * any is another. */
static bool adopt(struct files *files, struct file_entries *entries)
{
    struct file_run *before[FILE_ENTRIES_MAX] = {NULL};
    size_t count = files->count;
    bool other = count != entries->count;
    memcpy(before, files->run, count * sizeof *before);
    entries->users++;
    for (size_t i = 0; i < entries->count; i++)
        files->run[i] = take_same(before, count, &entries->item[i]);
    for (size_t i = 0; i < count; i++) {
        if (!before[i])
            continue;
        if (entries_find(entries, before[i]->entry->path))
            file_run_close(before[i]);
        else
            file_run_leave(before[i]);
    }
    for (size_t i = 0; i < entries->count; i++) {
        other = other || !files->run[i];
        if (!files->run[i])
            files->run[i] = file_run_open(files->shared, entries, i);
    }
    files->count = entries->count;
    if (files->entries)
        file_entries_drop(files->entries);
    files->entries = entries;
    return other;
}

bool files_change(const struct exit *exit, struct file_entries *entries, const struct file_retry *retry)
{
    struct files *files = exit->self;
    files->shared->retry = *retry;
    bool other = adopt(files, entries);
    for (size_t i = 0; i < files->count; i++)
        file_run_hurry(files->run[i]);
    files->shared->around.wake(files->shared->around.user);
    return other;
}

static void files_over(struct files *files, bool leave)
{
    for (size_t i = 0; i < files->count; i++) {
        if (leave)
            file_run_leave(files->run[i]);
        else
            file_run_close(files->run[i]);
    }
    transfer_pool_free(files->shared->helpers.pool); /* its transfers were the steps' */
    if (files->shared->door.close)
        files->shared->door.close(files->shared->door.user);
    files_shared_drop(files->shared);
    file_entries_drop(files->entries);
    presence_free(files->presence);
    free(files);
}

static void files_close(void *self)
{
    files_over(self, false);
}

static void files_end(void *self)
{
    files_over(self, true);
}

static const struct exit_kind kind = {
    .settle = files_settle, .due = files_due, .report = files_report, .close = files_close, .end = files_end};

void files_open(const struct files_options *options, struct exit *ret)
{
    struct files *files = mem_new(sizeof *files);
    struct files_shared *shared = mem_new(sizeof *shared);
    shared->around = options->around;
    shared->door = options->door;
    shared->retry = options->retry;
    shared->files = 1;
    step_environment(environ, &shared->arena, &shared->env);
    step_variables(environ, &shared->arena, &shared->variables);
    shared->helpers = (struct step_helpers){.loop = options->around.loop,
                                            .pool = transfer_pool_new(options->around.loop, CONNECTIONS),
                                            .registry = options->around.registry,
                                            .door = &shared->door,
                                            .env = &shared->env};
    files->shared = shared;
    files->presence = presence_new();
    adopt(files, options->entries);
    *ret = (struct exit){.kind = &kind, .self = files};
}

static void render_nothing(const struct service *service, struct buf *out)
{
    (void)service;
    (void)out;
}

static int check_template(const struct file_entry *entry, struct error *err)
{
    char *text = NULL;
    size_t length = 0;
    if (file_read(entry->template_path, TEMPLATE_SIZE, &text, &length, err) != 0)
        return err->code;
    int code = file_check_template(entry, text, length, err);
    free(text);
    return code;
}

static int check_entry(const struct file_entry *entry, const struct registry *registry, struct error *err)
{
    struct files_shared shared = {.around = {.registry = registry}};
    struct buf out;
    buf_init(&out, LIMIT_DOCUMENT);
    int code = entry->format ? file_render(&shared, entry, NULL, 0, &out, NULL, err)
                             : check_template(entry, err);
    buf_free(&out);
    return code ? error_wrap(err, "%.200s", entry->path) : 0;
}

int files_check(const struct file_entries *entries, struct error *err)
{
    struct registry *registry = registry_new(render_nothing);
    int code = 0;
    for (size_t i = 0; code == 0 && i < entries->count; i++)
        code = check_entry(&entries->item[i], registry, err);
    registry_free(registry);
    return code;
}
