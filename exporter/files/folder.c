/* SPDX-License-Identifier: MIT */
/* folder.c: which files of the folder are behind, and the one job at a time that brings some up to date. */
#include "exporter/files/folder.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <uthash.h>

#include "controller/core/buf.h"
#include "controller/core/due.h"
#include "controller/core/endpoint.h"
#include "controller/core/error.h"
#include "controller/core/limits.h"
#include "controller/core/registry.h"
#include "exporter/files/folder_disk.h"
#include "exporter/formats/format.h"

enum {
    BATCH = 64,              /* files of one job: none keeps the others of the thread pool waiting for long */
    GAP_MS = 500,            /* between two beginnings of jobs */
    AGAIN_MS = 5000,         /* after a failure, doubling to */
    AGAIN_MAX_MS = 60000,    /* this */
    LOOK_MS = 5 * 60 * 1000, /* a change after so long: it is looked whether all still stands there */
};

/* A service's file. */
struct entry {
    UT_hash_handle hh;
    char *name;
    bool stands;    /* a file of ours, with: */
    bool inherited; /* written by an earlier quaywatch: likely still true until the first checks are made */
    uint64_t hash;
    size_t endpoints;
    unsigned scan;           /* the latest in which it was there */
    bool behind;             /* it is to be looked at: in the queue */
    bool refused;            /* it could not be brought up to date, and is tried again later */
    TAILQ_ENTRY(entry) next; /* in the queue */
};

/* One file of a job. */
struct task {
    char *name, *text; /* NULL: it is removed */
    size_t length, endpoints;
    struct error err; /* why it could not */
};

struct job {
    uv_work_t work;
    struct folder *folder;
    char *path;
    bool scan, leave;
    struct folder_scan found;
    struct task task[BATCH];
    size_t count;
    struct error err; /* of the scan */
};

struct folder {
    struct exit_surroundings around;
    char *path;
    struct entry *table;
    TAILQ_HEAD(queue, entry) queue;
    size_t queued, refused; /* entries in it; and those that are refused */
    bool scanned, closing;
    bool leaving;         /* closing, since it is wished no more */
    uint64_t revision;    /* that the queue knows of; 0: none */
    int64_t look_mono_ms; /* with the first change after it the folder is scanned again */
    struct job *job;
    int64_t next_mono_ms;     /* no job begins before; 0: at once */
    int64_t again_mono_ms;    /* then what failed is tried again; 0: nothing did */
    unsigned failures, scans; /* in a row; in all */
    struct exit_report report;
    char sentence[400];
};

/* ---- the queue ---- */

static struct entry *entry_of(struct folder *folder, const char *name)
{
    struct entry *entry;
    HASH_FIND_STR(folder->table, name, entry);
    if (entry)
        return entry;
    entry = mem_new(sizeof *entry);
    entry->name = mem_copy(name);
    HASH_ADD_KEYPTR(hh, folder->table, entry->name, strlen(entry->name), entry);
    return entry;
}

static void entry_refuse(struct folder *folder, struct entry *entry, bool refused)
{
    folder->refused = folder->refused + refused - entry->refused;
    entry->refused = refused;
}

static void entry_free(struct folder *folder, struct entry *entry)
{
    entry_refuse(folder, entry, false);
    HASH_DEL(folder->table, entry);
    free(entry->name);
    free(entry);
}

static void entry_queue(struct folder *folder, struct entry *entry)
{
    if (entry->behind)
        return;
    entry->behind = true;
    TAILQ_INSERT_TAIL(&folder->queue, entry, next);
    folder->queued++;
}

static struct entry *queue_take(struct folder *folder)
{
    struct entry *entry = TAILQ_FIRST(&folder->queue);
    if (!entry)
        return NULL;
    TAILQ_REMOVE(&folder->queue, entry, next);
    folder->queued--;
    entry->behind = false;
    return entry;
}

static void on_left(void *user, const char *name)
{
    entry_queue(user, entry_of(user, name));
}

/* Queues what changed since the last time; everything when that is not known. */
static void follow(struct folder *folder)
{
    const struct registry *registry = folder->around.registry;
    uint64_t revision = registry_revision(registry), since = folder->revision;
    if (revision == since)
        return;
    folder->revision = revision;
    if (since && registry_left(registry, since, on_left, folder)) {
        for (const struct service *at = registry_latest(registry); at && at->revision > since;
             at = registry_earlier(at))
            entry_queue(folder, entry_of(folder, at->name));
        return;
    }
    for (size_t i = 0; i < registry_count(registry); i++)
        entry_of(folder, registry_at(registry, i)->name);
    for (struct entry *at = folder->table; at; at = at->hh.next)
        entry_queue(folder, at);
}

/* ---- how it stands ---- */

static void show(struct folder *folder, enum exit_state state, const char *sentence, struct moment now)
{
    if (exit_report_stand(&folder->report, folder->sentence, sizeof folder->sentence, state, sentence,
                          now.wall_ms))
        folder->around.changed(folder->around.user, &folder->report);
}

static void failed(struct folder *folder, const char *sentence, struct moment now)
{
    int64_t wait_ms = (int64_t)AGAIN_MS << (folder->failures < 4 ? folder->failures : 4);
    folder->failures++;
    folder->report.failures++;
    folder->again_mono_ms = now.mono_ms + (wait_ms < AGAIN_MAX_MS ? wait_ms : AGAIN_MAX_MS);
    show(folder, EXIT_FAILING, sentence, now);
}

/* ---- a job ---- */

static void job_free(struct job *job)
{
    for (size_t i = 0; i < job->count; i++) {
        free(job->task[i].name);
        free(job->task[i].text);
    }
    arena_free(&job->found.arena);
    free(job->path);
    free(job);
}

static void folder_free(struct folder *folder)
{
    while (folder->table)
        entry_free(folder, folder->table);
    free(folder->path);
    free(folder);
}

static void on_thread(uv_work_t *work)
{
    struct job *job = work->data;
    if (job->scan)
        folder_scan(job->path, &job->found, &job->err);
    if (job->leave)
        folder_leave(job->path);
    for (size_t i = 0; i < job->count; i++) {
        struct task *task = &job->task[i];
        folder_write(job->path, task->name, task->text, task->length, &task->err);
    }
}

/* What stands on disk; when that is news, it is to be looked at. */
static void entry_is(struct folder *folder, struct entry *entry, bool stands, uint64_t hash)
{
    if (stands != entry->stands || (stands && hash != entry->hash))
        entry_queue(folder, entry);
    entry->stands = stands;
    entry->hash = hash;
}

static void scan_done(struct folder *folder, const struct job *job, struct moment now)
{
    if (job->err.code) {
        failed(folder, job->err.text, now);
        return;
    }
    folder->scanned = true;
    folder->failures = 0;
    folder->scans++;
    for (size_t i = 0; i < job->found.count; i++) {
        struct entry *entry = entry_of(folder, job->found.item[i].name);
        entry->inherited = entry->inherited || folder->scans == 1;
        entry->scan = folder->scans;
        entry_is(folder, entry, true, job->found.item[i].hash);
    }
    for (struct entry *at = folder->table; at; at = at->hh.next)
        if (at->scan != folder->scans)
            entry_is(folder, at, false, 0);
}

static void task_done(struct folder *folder, const struct task *task, struct moment now)
{
    struct entry *entry = entry_of(folder, task->name);
    entry_refuse(folder, entry, task->err.code != 0);
    if (task->err.code)
        return;
    entry->stands = task->text != NULL;
    entry->inherited = false;
    entry->endpoints = task->endpoints;
    if (task->text)
        entry->hash = folder_hash(task->text, task->length);
    folder->report.writes++;
    folder->report.bytes += task->length;
    folder->report.written_at_wall_ms = now.wall_ms;
    if (!task->text && !entry->behind)
        entry_free(folder, entry);
}

static void on_done(uv_work_t *work, int status);

static void job_queue(struct folder *folder, struct job *job)
{
    folder->job = job;
    job->folder = folder;
    job->path = mem_copy(folder->path);
    job->work.data = job;
    uv_queue_work(folder->around.loop, &job->work, on_thread, on_done);
}

/* The last job: what only stood beside our files goes. */
static void leave_start(struct folder *folder)
{
    struct job *job = mem_new(sizeof *job);
    job->leave = true;
    job_queue(folder, job);
}

static void on_done(uv_work_t *work, int status)
{
    struct job *job = work->data;
    struct folder *folder = job->folder;
    struct moment now = clock_now();
    const char *sentence = NULL;
    (void)status; /* it is never cancelled */
    folder->job = NULL;
    if (folder->closing) {
        bool next = folder->leaving && !job->leave;
        job_free(job);
        if (next)
            leave_start(folder);
        else
            folder_free(folder);
        return;
    }
    if (job->scan)
        scan_done(folder, job, now);
    for (size_t i = 0; i < job->count; i++) {
        task_done(folder, &job->task[i], now);
        if (job->task[i].err.code)
            sentence = job->task[i].err.text;
    }
    if (sentence)
        failed(folder, sentence, now);
    else if (!folder->refused)
        folder->failures = 0;
    job_free(job);
    folder->around.wake(folder->around.user);
}

/* The service of that very name, not of an alias. */
static const struct service *service_named(const struct folder *folder, const char *name)
{
    const struct service *service = registry_service(folder->around.registry, name);
    return service && strcmp(service->name, name) == 0 ? service : NULL;
}

/* What is to be done for an entry goes into the job; nothing when its file is as it should be. */
static void entry_plan(struct folder *folder, struct entry *entry, struct job *job)
{
    const struct service *service = service_named(folder, entry->name);
    struct buf text;
    if (!service && !entry->stands) {
        entry_free(folder, entry);
        return;
    }
    buf_init(&text, LIMIT_DOCUMENT);
    if (service)
        format_json_service(service, &text);
    entry_refuse(folder, entry, false);
    if (service && entry->stands && entry->hash == folder_hash(buf_string(&text), text.len)) {
        entry->endpoints = endpoint_count(service);
        folder->report.spared++;
        buf_free(&text);
        return;
    }
    struct task *task = &job->task[job->count++];
    task->name = mem_copy(entry->name);
    task->endpoints = service ? endpoint_count(service) : 0;
    if (service)
        task->text = buf_take(&text, &task->length);
}

/* Takes from the queue; what may not be removed, or told to serve nothing, yet stays in it. */
static void job_fill(struct folder *folder, struct job *job)
{
    bool warm = folder->around.warm(folder->around.user);
    struct entry *entry;
    for (size_t left = folder->queued; left && job->count < BATCH && (entry = queue_take(folder)); left--) {
        if (entry->stands && !warm && (entry->inherited || !service_named(folder, entry->name)))
            entry_queue(folder, entry);
        else
            entry_plan(folder, entry, job);
    }
}

static void job_start(struct folder *folder, struct moment now)
{
    struct job *job = mem_new(sizeof *job);
    job->scan = !folder->scanned;
    if (folder->scanned)
        job_fill(folder, job);
    if (!job->scan && !job->count) {
        free(job);
        return;
    }
    folder->next_mono_ms = job->scan ? 0 : now.mono_ms + GAP_MS;
    job_queue(folder, job);
}

/* ---- as an exit ---- */

static void try_again(struct folder *folder)
{
    folder->again_mono_ms = 0;
    for (struct entry *at = folder->table; at; at = at->hh.next)
        if (at->refused)
            entry_queue(folder, at);
}

static void folder_settle(void *self, struct moment now)
{
    struct folder *folder = self;
    if (folder->again_mono_ms && folder->again_mono_ms <= now.mono_ms)
        try_again(folder);
    if (folder->next_mono_ms <= now.mono_ms)
        folder->next_mono_ms = 0;
    if (now.mono_ms >= folder->look_mono_ms &&
        registry_revision(folder->around.registry) != folder->revision) {
        folder->scanned = false; /* somebody may have removed what is ours */
        folder->look_mono_ms = now.mono_ms + LOOK_MS;
        try_again(folder); /* a scan does not wait for what was refused */
    }
    if (folder->scanned)
        follow(folder);
    bool can_begin = folder->scanned ? folder->queued && !folder->next_mono_ms : !folder->again_mono_ms;
    if (!folder->job && can_begin)
        job_start(folder, now);
    if (!folder->job && folder->scanned && !folder->refused)
        show(folder, EXIT_FINE, "", now);
}

static int64_t folder_due(const void *self)
{
    const struct folder *folder = self;
    if (folder->job)
        return 0;
    return due_earlier(folder->queued ? folder->next_mono_ms : 0, folder->again_mono_ms);
}

static void folder_report(const void *self, exit_tell *tell, void *user)
{
    const struct folder *folder = self;
    struct exit_report report = folder->report;
    for (const struct entry *at = folder->table; at; at = at->hh.next) {
        report.services += at->stands;
        report.endpoints += at->stands ? at->endpoints : 0;
    }
    tell(user, &report);
}

static void folder_close(void *self)
{
    struct folder *folder = self;
    folder->closing = true;
    if (!folder->job)
        folder_free(folder);
}

static void folder_end(void *self)
{
    struct folder *folder = self;
    struct exit_report report = folder->report;
    report.sentence = "the files of services in it stay as they are";
    if (folder->around.ended)
        folder->around.ended(folder->around.user, &report);
    folder->closing = folder->leaving = true;
    if (!folder->job)
        leave_start(folder);
}

struct exit folder_open(const struct exit_surroundings *around, const char *path)
{
    static const struct exit_kind kind = {folder_settle, folder_due, folder_report, folder_close, folder_end};
    struct folder *folder = mem_new(sizeof *folder);
    folder->around = *around;
    folder->path = mem_copy(path);
    TAILQ_INIT(&folder->queue);
    folder->report = (struct exit_report){.kind = "folder",
                                          .target = folder->path,
                                          .sentence = folder->sentence,
                                          .since_wall_ms = clock_now().wall_ms};
    return (struct exit){.kind = &kind, .self = folder};
}
