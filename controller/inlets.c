/* SPDX-License-Identifier: MIT */
/* inlets.c: when each inlet is looked at, and what is made of what was found there. */
#include "controller/inlets.h"

#include <errno.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/due.h"
#include "controller/core/hash.h"
#include "controller/core/limits.h"
#include "controller/external_internal.h"
#include "controller/inlet_scan.h"

enum {
    SOON_MS = 200,         /* after the last sign of a change: editors write in several steps; */
    LATEST_MS = 1000,      /* after the first one, where they come without end */
    AGAIN_MS = 5 * 1000,   /* where there is no such folder or file */
    RESCAN_MS = 60 * 1000, /* without one: file systems over a network give none */
};

enum inlet_kind { INLET_FOLDER, INLET_ENV, INLET_COUNT };

/* A file, or the variables of one service, as they were seen last. */
struct seen {
    UT_hash_handle hh;
    char *label;
    char *id;      /* of what is registered of it; NULL: nothing */
    uint64_t hash; /* of that */
    int64_t changed_ns;
    char *trouble; /* what was said about it; NULL: all is well */
    bool there;    /* in the present scan */
};

struct job;

struct inlet {
    struct inlets *inlets;
    enum inlet_kind kind;
    char *path, *prefix; /* path NULL: it is not set */
    struct seen *table;
    char *trouble;
    int64_t due_mono_ms;
    int64_t sign_mono_ms; /* the first sign of a change since the latest look; 0: there was none */
    struct job *job;
    uv_fs_event_t *watch;
    bool watching;
};

struct job {
    uv_work_t work;
    struct inlet *inlet; /* NULL: nobody waits for it any more */
    enum inlet_kind kind;
    char *path, *prefix;
    struct inlet_scan scan;
};

struct inlets {
    struct externals *externals;
    struct inlet inlet[INLET_COUNT];
    bool closing;
};

struct inlets *inlets_new(struct externals *externals)
{
    struct inlets *inlets = mem_new(sizeof *inlets);
    inlets->externals = externals;
    for (unsigned kind = 0; kind < INLET_COUNT; kind++) {
        inlets->inlet[kind].inlets = inlets;
        inlets->inlet[kind].kind = (enum inlet_kind)kind;
    }
    return inlets;
}

static struct controller *controller_of(const struct inlet *inlet)
{
    return inlet->inlets->externals->controller;
}

/* ---- what is said ---- */

/* Says a trouble unless it was said already; NULL: it is over. */
static void complain(const struct inlet *inlet, char **said, const char *where, const char *trouble,
                     const char *then)
{
    struct controller *controller = controller_of(inlet);
    if (*said && trouble && strcmp(*said, trouble) == 0)
        return;
    if (trouble)
        tell(controller, SEVERITY_WARNING, "external", NULL, "%s%s%s; %s", where, where[0] ? ": " : "",
             trouble, then);
    else if (*said)
        tell(controller, SEVERITY_INFO, "external", NULL, "%s is read again", where[0] ? where : inlet->path);
    free(*said);
    *said = mem_copy(trouble);
}

/* Where a registration stands, for people. */
static char *place_of(const struct inlet *inlet, const char *label)
{
    return inlet->kind == INLET_FOLDER ? mem_format("%s/%s", inlet->path, label)
                                       : mem_format("%s, %s%s_*", inlet->path, inlet->prefix, label);
}

/* ---- one registration ---- */

static struct seen *seen_of(struct inlet *inlet, const char *label)
{
    struct seen *seen;
    HASH_FIND_STR(inlet->table, label, seen);
    if (seen)
        return seen;
    seen = mem_new(sizeof *seen);
    seen->label = mem_copy(label);
    HASH_ADD_KEYPTR(hh, inlet->table, seen->label, strlen(seen->label), seen);
    return seen;
}

static void deregister(const struct inlet *inlet, struct seen *seen)
{
    struct external *external = seen->id ? external_find(inlet->inlets->externals, seen->id) : NULL;
    if (external && external->registration->file) {
        struct controller *controller = controller_of(inlet);
        const struct record *record = record_find(controller, external->instance_id);
        tell(controller, SEVERITY_INFO, "external",
             record ? registry_instance(controller->registry, record->ref) : NULL,
             "Removed: \"%s\" stands in no file any more", seen->id);
        external_drop(external);
    }
    free(seen->id);
    seen->id = NULL;
}

static void seen_free(struct inlet *inlet, struct seen *seen)
{
    HASH_DEL(inlet->table, seen);
    free(seen->label);
    free(seen->id);
    free(seen->trouble);
    free(seen);
}

/* Registers what was read. */
static void put(struct inlet *inlet, struct seen *seen, struct registration *registration)
{
    struct controller *controller = controller_of(inlet);
    if (seen->id && strcmp(seen->id, registration->id) != 0)
        deregister(inlet, seen);
    bool fresh = !external_find(inlet->inlets->externals, registration->id);
    free(seen->id);
    seen->id = mem_copy(registration->id);
    int64_t at_wall_ms = seen->changed_ns / 1000000;
    struct external *external = external_put(inlet->inlets->externals, registration, 0,
                                             at_wall_ms ? at_wall_ms : controller->now.wall_ms);
    const struct record *record = record_find(controller, external->instance_id);
    if (fresh)
        tell(controller, SEVERITY_INFO, "external", registry_instance(controller->registry, record->ref),
             "Registered: \"%s\" at %s, port %d, by %s", registration->id, registration->host,
             registration->port, registration->file);
}

/* Whether it may be registered: its id is free, or was always this file's. */
static int check(const struct inlet *inlet, const struct registration *registration, struct error *err)
{
    struct externals *externals = inlet->inlets->externals;
    const struct external *other = external_find(externals, registration->id);
    const char *file = other ? other->registration->file : NULL;
    if (other && !file)
        return error_set(err, -EBUSY, "The id \"%s\" was registered by a request; deregister it first",
                         registration->id);
    if (file && strcmp(file, registration->file) != 0)
        return error_set(err, -EBUSY, "The id \"%s\" is that of %.200s already", registration->id, file);
    return external_check(externals, registration, err);
}

static int read_item(struct inlet *inlet, struct seen *seen, const struct inlet_item *item, const char *place,
                     struct error *err)
{
    struct registration *registration;
    if (!item->json)
        return error_set(err, -EINVAL, "%s", item->trouble);
    uint64_t hash = hash_text(HASH_START, item->json);
    struct external *external = seen->id ? external_find(inlet->inlets->externals, seen->id) : NULL;
    bool touched = seen->changed_ns != item->changed_ns;
    seen->changed_ns = item->changed_ns;
    if (external && seen->hash == hash) {
        if (touched)
            external_hear(external);
        return 0;
    }
    /* One whose heartbeat failed to come stays away until it is touched. */
    if (seen->id && seen->hash == hash && !touched)
        return 0;
    int rc = registration_parse(item->json, strlen(item->json), &registration, err);
    if (rc)
        return rc;
    registration->file = arena_copy(&registration->arena, place);
    rc = check(inlet, registration, err);
    if (rc) {
        registration_free(registration);
        return rc;
    }
    put(inlet, seen, registration);
    seen->hash = hash;
    return 0;
}

/* ---- a whole scan ---- */

static void watch_stop(struct inlet *inlet)
{
    if (inlet->watching)
        uv_fs_event_stop(inlet->watch);
    inlet->watching = false;
}

static void take_scan(struct inlet *inlet, const struct inlet_scan *scan)
{
    const char *whole = scan->err.code ? scan->err.text : NULL;
    struct seen *seen, *next;
    complain(inlet, &inlet->trouble, "", whole, "what is registered of it stays");
    if (scan->err.code == -ENOENT || scan->err.code == -ENOTDIR) {
        watch_stop(inlet); /* what comes in its place is another folder */
        inlet->due_mono_ms = controller_of(inlet)->now.mono_ms + AGAIN_MS;
    }
    if (whole)
        return;
    HASH_ITER(hh, inlet->table, seen, next)
    {
        seen->there = false;
    }
    for (size_t i = 0; i < scan->count; i++)
        seen_of(inlet, scan->item[i].label)->there = true;
    HASH_ITER(hh, inlet->table, seen, next)
    {
        if (seen->there)
            continue;
        deregister(inlet, seen); /* first: another file may have its id now */
        seen_free(inlet, seen);
    }
    for (size_t i = 0; i < scan->count; i++) {
        struct error err = {0};
        seen = seen_of(inlet, scan->item[i].label);
        char *place = place_of(inlet, seen->label);
        int rc = read_item(inlet, seen, &scan->item[i], place, &err);
        complain(inlet, &seen->trouble, place, rc ? err.text : NULL,
                 seen->id ? "what it said before stays" : "nothing is registered of it");
        free(place);
    }
}

static void job_free(struct job *job)
{
    arena_free(&job->scan.arena);
    free(job->path);
    free(job->prefix);
    free(job);
}

static void on_thread(uv_work_t *work)
{
    struct job *job = work->data;
    if (job->kind == INLET_FOLDER)
        inlet_scan_folder(job->path, &job->scan);
    else
        inlet_scan_env(job->path, job->prefix, &job->scan);
}

static void on_scanned(uv_work_t *work, int status)
{
    struct job *job = work->data;
    struct inlet *inlet = job->inlet;
    (void)status; /* it is never cancelled */
    if (inlet) {
        struct controller *controller = controller_of(inlet);
        inlet->job = NULL;
        controller->now = clock_now();
        if (!inlet->due_mono_ms)
            inlet->due_mono_ms = controller->now.mono_ms + RESCAN_MS;
        take_scan(inlet, &job->scan);
        controller->dirty = true;
    }
    job_free(job);
}

/* ---- signs of changes ---- */

static void on_event(uv_fs_event_t *watch, const char *file, int events, int status)
{
    struct inlet *inlet = watch->data;
    char *path = mem_copy(inlet->path);
    bool other = inlet->kind == INLET_ENV && file && strcmp(file, basename(path)) != 0;
    (void)events;
    free(path);
    if (status < 0) /* the folder is gone */
        watch_stop(inlet);
    if (other)
        return;
    int64_t now_ms = clock_now().mono_ms;
    if (!inlet->sign_mono_ms)
        inlet->sign_mono_ms = now_ms;
    int64_t latest_ms = inlet->sign_mono_ms + LATEST_MS;
    inlet->due_mono_ms = now_ms + SOON_MS < latest_ms ? now_ms + SOON_MS : latest_ms;
    controller_of(inlet)->dirty = true;
}

/* The folder is watched: files in it come and go. Where that is not possible (not there yet), the next look
 * tries again. */
static void watch_start(struct inlet *inlet)
{
    if (!inlet->watch) {
        inlet->watch = mem_new(sizeof *inlet->watch);
        uv_fs_event_init(&controller_of(inlet)->loop, inlet->watch);
        inlet->watch->data = inlet;
    }
    if (inlet->watching)
        return;
    char *path = mem_copy(inlet->path);
    inlet->watching = uv_fs_event_start(inlet->watch, on_event,
                                        inlet->kind == INLET_FOLDER ? path : dirname(path), 0) == 0;
    free(path);
}

static void on_closed(uv_handle_t *handle)
{
    free(handle);
}

/* ---- all of them ---- */

static void scan_start(struct inlet *inlet)
{
    struct job *job = mem_new(sizeof *job);
    watch_stop(inlet);  /* another folder may have its name by now */
    watch_start(inlet); /* first: what changes from now on is seen */
    inlet->due_mono_ms = inlet->sign_mono_ms = 0;
    inlet->job = job;
    job->inlet = inlet;
    job->kind = inlet->kind;
    job->path = mem_copy(inlet->path);
    job->prefix = mem_copy(inlet->prefix);
    job->work.data = job;
    uv_queue_work(&controller_of(inlet)->loop, &job->work, on_thread, on_scanned);
}

int64_t inlets_due(const struct inlets *inlets)
{
    int64_t first = 0;
    for (unsigned kind = 0; kind < INLET_COUNT; kind++) {
        const struct inlet *inlet = &inlets->inlet[kind];
        first = due_earlier(first, inlet->path && !inlet->job ? inlet->due_mono_ms : 0);
    }
    return first;
}

void inlets_settle(struct inlets *inlets)
{
    int64_t now_ms = inlets->externals->controller->now.mono_ms;
    for (unsigned kind = 0; kind < INLET_COUNT; kind++) {
        struct inlet *inlet = &inlets->inlet[kind];
        if (inlet->path && !inlet->job && inlet->due_mono_ms <= now_ms && !inlets->closing)
            scan_start(inlet);
    }
}

/* Follows it no more. */
static void inlet_stop(struct inlet *inlet)
{
    if (inlet->job)
        inlet->job->inlet = NULL;
    inlet->job = NULL;
    if (inlet->watch)
        uv_close((uv_handle_t *)inlet->watch, on_closed);
    inlet->watch = NULL;
    inlet->watching = false;
}

static void inlet_forget(struct inlet *inlet)
{
    while (inlet->table)
        seen_free(inlet, inlet->table);
    free(inlet->path);
    free(inlet->prefix);
    free(inlet->trouble);
    inlet->path = inlet->prefix = inlet->trouble = NULL;
}

void inlets_configure(struct inlets *inlets)
{
    const struct controller *controller = inlets->externals->controller;
    const struct options *options = controller->options;
    for (unsigned kind = 0; kind < INLET_COUNT && controller->task == TASK_RUN; kind++) {
        struct inlet *inlet = &inlets->inlet[kind];
        const char *path = kind == INLET_FOLDER ? options->source_dir : options->source_env;
        if (inlet->path && strcmp(inlet->path, path) == 0 &&
            strcmp(inlet->prefix, options->env_prefix) == 0) {
            inlet->due_mono_ms = controller->now.mono_ms;
            continue;
        }
        inlet_stop(inlet);
        for (struct seen *seen = inlet->table; seen; seen = seen->hh.next)
            deregister(inlet, seen);
        inlet_forget(inlet);
        if (!path[0])
            continue;
        inlet->path = mem_copy(path);
        inlet->prefix = mem_copy(options->env_prefix);
        inlet->due_mono_ms = controller->now.mono_ms;
    }
}

void inlets_close(struct inlets *inlets)
{
    inlets->closing = true;
    for (unsigned kind = 0; kind < INLET_COUNT; kind++)
        inlet_stop(&inlets->inlet[kind]);
}

void inlets_free(struct inlets *inlets)
{
    if (!inlets)
        return;
    for (unsigned kind = 0; kind < INLET_COUNT; kind++)
        inlet_forget(&inlets->inlet[kind]);
    free(inlets);
}
