/* SPDX-License-Identifier: MIT */
/* render_stream.c: what streams carry: events, and the status document by its changes. */
#include "exporter/render/render.h"

#include <stdlib.h>
#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/json_writer.h"
#include "controller/core/mem.h"
#include "exporter/document.h"
#include "exporter/render/view.h"

static const char *or_null(const char *text)
{
    return text[0] ? text : NULL;
}

void render_event(struct json_writer *w, const struct journal_event *event)
{
    json_begin_object(w);
    json_put_number(w, "id", (int64_t)event->id);
    json_put_time(w, "at", event->at_wall_ms);
    json_put_string(w, "severity", severity_name[event->severity]);
    json_put_string(w, "kind", event->kind);
    json_put_string(w, "service", or_null(event->service));
    json_put_string(w, "container", or_null(event->container));
    json_key(w, "sentence");
    view_put_clean(w, event->sentence);
    json_end_object(w);
}

static void put_head(struct json_writer *w, const struct registry *registry, const char *version)
{
    char index[DOCUMENT_TAG];
    document_tag(registry, index);
    json_put_string(w, "index", index);
    render_status_head(w, registry, version);
    json_key(w, "services");
}

void render_status_full(const struct registry *registry, const char *version, struct buf *out)
{
    struct json_writer writer, *w = &writer;
    json_start(w, out);
    json_begin_object(w);
    put_head(w, registry, version);
    json_raw(w, ""); /* the value, as far as commas go */
    render_fragments(registry, NULL, NULL, out);
    json_key(w, "removed");
    json_begin_array(w);
    json_end_array(w);
    json_put_bool(w, "full", true);
    json_end_object(w);
}

static int name_order(const void *a, const void *b)
{
    const struct service *const *x = a, *const *y = b;
    return strcmp((*x)->name, (*y)->name);
}

/* The services that changed after since, by name; NULL when they are so many that all is as well told. Freed
 * with free(). */
static const struct service **changed_since(const struct registry *registry, uint64_t since,
                                            size_t *ret_count)
{
    enum { FEW = 16 };
    size_t count = 0, most = registry_count(registry) / 4;
    if (most < FEW)
        most = FEW;
    const struct service *at;
    for (at = registry_latest(registry); at && at->revision > since; at = registry_earlier(at))
        if (++count > most)
            return NULL;
    const struct service **list = mem_resize(NULL, count + 1, sizeof *list);
    count = 0;
    for (at = registry_latest(registry); at && at->revision > since; at = registry_earlier(at))
        list[count++] = at;
    if (count > 1)
        qsort(list, count, sizeof *list, name_order);
    *ret_count = count;
    return list;
}

static void put_name(void *user, const char *name)
{
    json_string(user, name);
}

bool render_status_changes(const struct registry *registry, const char *version, uint64_t since,
                           struct buf *out)
{
    struct json_writer writer, *w = &writer, removed_writer;
    struct buf removed;
    size_t count;
    buf_init(&removed, SIZE_MAX / 2);
    json_start(&removed_writer, &removed);
    json_begin_array(&removed_writer);
    bool known = registry_left(registry, since, put_name, &removed_writer);
    json_end_array(&removed_writer);
    const struct service **changed = known ? changed_since(registry, since, &count) : NULL;
    if (!changed) {
        buf_free(&removed);
        return false;
    }
    json_start(w, out);
    json_begin_object(w);
    put_head(w, registry, version);
    json_begin_array(w);
    registry_fragments_read(registry);
    for (size_t i = 0; i < count; i++)
        json_raw(w, changed[i]->json);
    json_end_array(w);
    json_key(w, "removed");
    json_raw(w, buf_string(&removed));
    json_put_bool(w, "full", false);
    json_end_object(w);
    buf_free(&removed);
    free(changed);
    return true;
}
