/* SPDX-License-Identifier: MIT */
/* external_state.c: registrations on disk: STATE_DIR/externals.json, written whole on a thread, a damaged one
 * set aside. A part of external.h. */
#include "controller/external_internal.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/error.h"
#include "controller/core/file.h"
#include "controller/core/json_writer.h"
#include "controller/core/limits.h"
#include "controller/core/log.h"

enum { WRITE_AGAIN_MS = 10 * 1000, REPLICA_MAX = 1000000 };

/* ---- writing ---- */

struct externals_write {
    uv_work_t work;
    struct externals *externals;
    char *path;
    struct buf text;
    struct error err;
};

static char *path_of(const struct externals *externals)
{
    return mem_format("%s/externals.json", externals->controller->state_dir);
}

static void render(const struct externals *externals, struct buf *out)
{
    struct json_writer writer, *w = &writer;
    json_start(w, out);
    json_begin_object(w);
    json_put_number(w, "version", 1);
    json_key(w, "registrations");
    json_begin_array(w);
    for (const struct external *at = externals->table; at; at = at->hh.next) {
        if (at->registration->file) /* which is there again after a restart, or not */
            continue;
        json_begin_object(w);
        json_put_number(w, "replica", at->replica);
        json_put_number(w, "registered_at", at->registered_at_wall_ms);
        if (at->overdue) /* else it would be believed once more after a restart */
            json_put_bool(w, "overdue", true);
        json_key(w, "registration");
        json_raw(w, at->json);
        external_reports_render(at, w);
        json_end_object(w);
    }
    json_end_array(w);
    json_end_object(w);
    buf_add(out, "\n", 1);
}

static void on_thread(uv_work_t *work)
{
    struct externals_write *write = work->data;
    file_replace(write->path, buf_string(&write->text), write->text.len, &write->err);
}

static void on_written(uv_work_t *work, int status)
{
    struct externals_write *write = work->data;
    struct externals *externals = write->externals;
    (void)status; /* it is never cancelled */
    externals->write = NULL;
    if (write->err.code) {
        if (!externals->trouble[0])
            log_line(LOG_LEVEL_ERROR, NULL, NULL, "%s; registrations are not kept on disk", write->err.text);
        snprintf(externals->trouble, sizeof externals->trouble, "%s", write->err.text);
        externals->dirty = true;
        externals->write_at_mono_ms = clock_now().mono_ms + WRITE_AGAIN_MS;
    } else {
        externals->trouble[0] = '\0';
    }
    externals->controller->dirty = true;
    buf_free(&write->text);
    free(write->path);
    free(write);
    if (externals->closing) /* no turn follows */
        externals_write(externals);
}

void externals_write(struct externals *externals)
{
    struct controller *controller = externals->controller;
    if (!externals->dirty || externals->write || externals->write_at_mono_ms > controller->now.mono_ms)
        return;
    externals->dirty = false;
    externals->write_at_mono_ms = 0;
    if (!controller->state_dir[0] || controller->task != TASK_RUN)
        return;
    struct externals_write *write = mem_new(sizeof *write);
    externals->write = write;
    write->externals = externals;
    write->path = path_of(externals);
    write->work.data = write;
    buf_init(&write->text, LIMIT_STATE_FILE);
    render(externals, &write->text);
    uv_queue_work(&controller->loop, &write->work, on_thread, on_written);
}

/* ---- reading ---- */

static int64_t number_of(json_object *object, const char *key, int64_t max)
{
    json_object *value = json_object_object_get(object, key);
    int64_t number = json_object_is_type(value, json_type_int) ? json_object_get_int64(value) : 0;
    return number < 0 || number > max ? 0 : number;
}

static int entry_load(struct externals *externals, json_object *entry, struct error *err)
{
    struct registration *registration;
    if (!json_object_is_type(entry, json_type_object))
        return error_set(err, -EBADMSG, "an entry is no object");
    int rc = registration_read(json_object_object_get(entry, "registration"), &registration, err);
    if (rc)
        return rc;
    int64_t at = number_of(entry, "registered_at", externals->controller->now.wall_ms);
    struct external *external = external_put(externals, registration,
                                             (unsigned)number_of(entry, "replica", REPLICA_MAX),
                                             at ? at : externals->controller->now.wall_ms);
    external_reports_load(external, entry);
    if (external->registration->ttl_ms && json_object_get_boolean(json_object_object_get(entry, "overdue"))) {
        external->overdue = true;
        external->heard_mono_ms -= external->registration->ttl_ms;
        external_plan(external);
    }
    return 0;
}

/* Takes in what can be read; the first thing that cannot is in err. */
static int all_load(struct externals *externals, const char *text, size_t length, struct error *err)
{
    json_object *root = registration_json(text, length, err);
    json_object *list = json_object_is_type(root, json_type_object)
                            ? json_object_object_get(root, "registrations")
                            : NULL;
    int rc = 0;
    if (!json_object_is_type(list, json_type_array))
        rc = error_set(err, -EBADMSG, "there is no list of registrations");
    size_t count = rc ? 0 : json_object_array_length(list);
    for (size_t i = 0; i < count && i < LIMIT_REGISTRATIONS; i++) {
        struct error one = {0};
        int code = entry_load(externals, json_object_array_get_idx(list, i), &one);
        if (code && !rc)
            rc = error_set(err, code, "%s", one.text);
    }
    json_object_put(root);
    return rc;
}

void externals_load(struct externals *externals)
{
    struct controller *controller = externals->controller;
    if (!controller->state_dir[0])
        return;
    char *path = path_of(externals), *text = NULL;
    size_t length = 0;
    struct error err = {0};
    int rc = file_read(path, LIMIT_STATE_FILE, &text, &length, &err);
    if (!rc) {
        rc = all_load(externals, text, length, &err);
        if (rc)
            error_wrap(&err, "%s is damaged", path);
    }
    free(text);
    externals->dirty = rc && rc != -ENOENT;
    if (rc && rc != -ENOENT) {
        char *aside = mem_format("%s.damaged", path);
        bool moved = controller->task == TASK_RUN && rename(path, aside) == 0;
        log_line(LOG_LEVEL_ERROR, NULL, NULL, "%s%s%s; %zu registrations could be read", err.text,
                 moved ? "; set aside as " : "", moved ? aside : "", externals_count(externals));
        free(aside);
    }
    free(path);
}
