/* SPDX-License-Identifier: MIT */
/* state.c: healing memory on disk: STATE_DIR/memory.json, written whole, a damaged one set aside. */
#include "controller/controller_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/error.h"
#include "controller/core/file.h"
#include "controller/core/limits.h"
#include "controller/core/log.h"

/* What nobody used for so long is forgotten. */
static const int64_t FORGET_MS = 30LL * 24 * 3600 * 1000;

static void remember_name(void *user, const char *key, const char *name)
{
    registry_remember_name(user, key, name);
}

int state_load(struct controller *controller, struct error *err)
{
    const char *folder = controller->state_dir;
    if (!folder[0])
        return 0;
    if (file_make_folder(folder, err) != 0)
        return error_wrap(err, "STATE_DIR");
    char *path = mem_format("%s/memory.json", folder);
    char *text = NULL;
    size_t length = 0;
    struct error read_error = {0};
    int code = file_read(path, LIMIT_STATE_FILE, &text, &length, &read_error);
    if (code == 0)
        code = memory_read(controller->memory, text, length, &read_error);
    free(text);
    if (code != 0 && code != -ENOENT) {
        char *aside = mem_format("%s.damaged", path);
        bool moved = rename(path, aside) == 0;
        log_line(LOG_LEVEL_ERROR, NULL, NULL, "%s%s%s; starting with an empty memory", read_error.text,
                 moved ? "; set aside as " : "", moved ? aside : "");
        free(aside);
    }
    free(path);
    memory_clock_moved(controller->memory, 0, controller->now.wall_ms);
    memory_expire(controller->memory, controller->now.wall_ms - FORGET_MS);
    memory_each_name(controller->memory, remember_name, controller->registry);
    return 0;
}

void state_save(struct controller *controller)
{
    controller->state_dirty = false;
    const char *folder = controller->state_dir;
    if (!folder[0] || controller->task != TASK_RUN)
        return;
    for (struct record *record = controller->records; record; record = record->hh.next)
        record->healing->used_at = controller->now.wall_ms;
    struct buf text;
    buf_init(&text, LIMIT_STATE_FILE);
    memory_render(controller->memory, &text);
    char *path = mem_format("%s/memory.json", folder);
    struct error err = {0};
    if (file_replace(path, buf_string(&text), text.len, &err) != 0) {
        if (!controller->state_trouble[0])
            log_line(LOG_LEVEL_ERROR, NULL, NULL, "%s; healing memory is not kept on disk", err.text);
        snprintf(controller->state_trouble, sizeof controller->state_trouble, "%s", err.text);
    } else {
        controller->state_trouble[0] = '\0';
    }
    free(path);
    buf_free(&text);
}
