/* SPDX-License-Identifier: MIT */
/* state.c: healing memory on disk: STATE_DIR/memory.json, written whole, and memory.json.changes, a line
 * whenever something has changed since; damaged ones are set aside. */
#include "controller/controller_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "controller/core/buf.h"
#include "controller/core/error.h"
#include "controller/core/file.h"
#include "controller/core/limits.h"
#include "controller/core/log.h"

/* What nobody used for so long is forgotten; so who is still there is written anew within a day. */
static const int64_t FORGET_MS = 30LL * 24 * 3600 * 1000, WHOLE_MS = 24LL * 3600 * 1000;

/* Below, the whole costs no more than a change. */
enum { WORTH_CHANGES = 64 * 1024 };

static const char file_name[] = "memory.json", changes_name[] = "memory.json.changes";

static void remember_name(void *user, const char *key, const char *name)
{
    registry_remember_name(user, key, name);
}

static void set_aside(const char *path, const struct error *err, const char *what_now)
{
    char *aside = mem_format("%s.damaged", path);
    bool moved = rename(path, aside) == 0;
    log_line(LOG_LEVEL_ERROR, NULL, NULL, "%s%s%s; %s", err->text, moved ? "; set aside as " : "",
             moved ? aside : "", what_now);
    free(aside);
}

/* Reads a file of the state by read, which takes its text into the memory; a missing one is fine. */
static void load(struct controller *controller, const char *name,
                 int (*read)(struct memory *, const char *, size_t, struct error *), const char *what_now)
{
    char *path = mem_format("%s/%s", controller->state_dir, name), *text = NULL;
    size_t length = 0;
    struct error err = {0};
    int code = file_read(path, LIMIT_STATE_FILE, &text, &length, &err);
    if (code == 0)
        code = read(controller->memory, text, length, &err);
    free(text);
    if (code != 0 && code != -ENOENT)
        set_aside(path, &err, what_now);
    free(path);
}

static void load_all(struct controller *controller)
{
    load(controller, file_name, memory_read, "starting with an empty memory");
    load(controller, changes_name, memory_read_changes, "starting with the memory as it was before");
    memory_clock_moved(controller->memory, 0, controller->now.wall_ms);
    memory_each_name(controller->memory, remember_name, controller->registry);
}

int state_load(struct controller *controller, struct error *err)
{
    const char *folder = controller->state_dir;
    if (!folder[0])
        return 0;
    if (file_make_folder(folder, err) != 0)
        return error_wrap(err, "STATE_DIR");
    load_all(controller);
    memory_expire(controller->memory, controller->now.wall_ms - FORGET_MS);
    return 0;
}

void state_take_over(struct controller *controller)
{
    load_all(controller);
    for (const struct record *record = controller->records; record; record = record->hh.next) {
        const struct instance *instance = registry_instance(controller->registry, record->ref);
        if (instance)
            restarts_show(controller, record, instance->spec);
    }
    controller->state_dirty = controller->all_dirty = controller->dirty = true;
}

/* Whether the memory on disk is ours to write. */
static bool is_kept(const struct controller *controller)
{
    return controller->state_dir[0] && !controller->state_holder[0] && controller->task == TASK_RUN;
}

static void note_trouble(struct controller *controller, const struct error *err)
{
    if (!controller->state_trouble[0])
        log_line(LOG_LEVEL_ERROR, NULL, NULL, "%s; healing memory is not kept on disk", err->text);
    snprintf(controller->state_trouble, sizeof controller->state_trouble, "%s", err->text);
}

/* Adds what has changed to what is on disk; false when all is to be written instead. */
static bool save_changes(struct controller *controller)
{
    struct saved *saved = &controller->saved;
    if (saved->whole_bytes < WORTH_CHANGES || saved->changes_bytes >= saved->whole_bytes ||
        controller->now.wall_ms - saved->at_wall_ms > WHOLE_MS)
        return false;
    struct buf text;
    struct error err = {0};
    buf_init(&text, LIMIT_STATE_FILE);
    memory_render_changes(controller->memory, &text);
    char *path = mem_format("%s/%s", controller->state_dir, changes_name);
    bool ok = !text.full &&
              (!text.len || file_extend(path, saved->changes_bytes, text.data, text.len, &err) == 0);
    saved->changes_bytes += text.len;
    free(path);
    buf_free(&text);
    return ok;
}

void state_save_all(struct controller *controller)
{
    struct saved *saved = &controller->saved;
    struct error err = {0};
    struct buf text;
    controller->state_dirty = false;
    if (!is_kept(controller))
        return;
    for (struct record *record = controller->records; record; record = record->hh.next)
        record->healing->used_at = controller->now.wall_ms;
    memory_begin(controller->memory, controller->now.wall_ms);
    buf_init(&text, LIMIT_STATE_FILE);
    memory_render(controller->memory, &text);
    char *path = mem_format("%s/%s", controller->state_dir, file_name);
    char *changes = mem_format("%s/%s", controller->state_dir, changes_name);
    saved->whole_bytes = 0;
    if (file_replace(path, buf_string(&text), text.len, &err) != 0) {
        note_trouble(controller, &err);
    } else {
        memory_began(controller->memory);
        unlink(changes); /* it belongs to another series now: nobody would read it */
        controller->state_trouble[0] = '\0';
        saved->whole_bytes = text.len;
        saved->changes_bytes = 0;
        saved->at_wall_ms = controller->now.wall_ms;
    }
    free(changes);
    free(path);
    buf_free(&text);
}

void state_save(struct controller *controller)
{
    controller->state_dirty = false;
    if (!is_kept(controller))
        return;
    if (!save_changes(controller))
        state_save_all(controller);
}
