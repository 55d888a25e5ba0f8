/* SPDX-License-Identifier: MIT */
/* troubles_file.c: what was told outlives us, so that nothing is told twice and everything gets its end. */
#include "controller/alerting/troubles_internal.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/error.h"
#include "controller/core/json_writer.h"
#include "controller/core/limits.h"
#include "controller/core/mem.h"

/* ---- writing ---- */

static bool is_kept(const struct trouble *trouble)
{
    return trouble->told || (trouble->parent && trouble->parent->told) || trouble->fired_wall_ms[0];
}

static void put_trouble(struct json_writer *w, const struct trouble *trouble)
{
    json_begin_object(w);
    json_put_string(w, "key", trouble->key);
    json_put_string(w, "name", trouble->name);
    json_put_string(w, "service", trouble->service);
    json_put_string(w, "container", trouble->container);
    json_put_string(w, "project", trouble->project);
    json_put_string(w, "title", trouble->title);
    json_put_string(w, "sentence", trouble->sentence);
    json_put_bool(w, "open", trouble_open(trouble));
    json_put_number(w, "severity", trouble->severity);
    json_put_number(w, "since", trouble->since_wall_ms);
    json_put_number(w, "channels", trouble->channels);
    json_put_number(w, "least", trouble->least);
    if (trouble->parent)
        json_put_string(w, "parent", trouble->parent->key);
    json_put_bool(w, "folded", trouble->folded);
    json_put_bool(w, "told", trouble->told);
    json_put_bool(w, "flapping", trouble->flapping);
    json_put_string(w, "id", trouble->id);
    json_put_number(w, "level", trouble->level);
    json_put_number(w, "told_peak", trouble->told_peak);
    json_put_number(w, "told_set", trouble->told_set);
    json_put_number(w, "told_at", trouble->told_wall_ms);
    json_key(w, "fired");
    json_begin_array(w);
    for (unsigned i = 0; i < FLAP_TIMES && trouble->fired_wall_ms[i]; i++)
        json_number(w, trouble->fired_wall_ms[i]);
    json_end_array(w);
    json_end_object(w);
}

void troubles_render(const struct troubles *troubles, struct buf *out)
{
    struct json_writer w;
    json_start(&w, out);
    json_begin_object(&w);
    json_put_number(&w, "schema", 1);
    json_key(&w, "troubles");
    json_begin_array(&w);
    for (const struct trouble *at = troubles->all; at; at = at->hh.next)
        if (is_kept(at))
            put_trouble(&w, at);
    json_end_array(&w);
    json_end_object(&w);
}

/* ---- reading ---- */

static const char *text_of(json_object *object, const char *name)
{
    json_object *value = json_object_object_get(object, name);
    return value && json_object_is_type(value, json_type_string) ? json_object_get_string(value) : "";
}

static int64_t number_of(json_object *object, const char *name, int64_t max)
{
    json_object *value = json_object_object_get(object, name);
    int64_t number = value && json_object_is_type(value, json_type_int) ? json_object_get_int64(value) : 0;
    return number < 0 ? 0 : number > max ? max : number;
}

static bool truth_of(json_object *object, const char *name)
{
    json_object *value = json_object_object_get(object, name);
    return value && json_object_is_type(value, json_type_boolean) && json_object_get_boolean(value);
}

static enum severity severity_of(json_object *object, const char *name)
{
    return (enum severity)number_of(object, name, SEVERITY_COUNT - 1);
}

static void read_fired(struct trouble *trouble, json_object *object, struct moment now)
{
    json_object *list = json_object_object_get(object, "fired");
    size_t count = list && json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0;
    for (size_t i = 0; i < count && i < FLAP_TIMES; i++) {
        json_object *one = json_object_array_get_idx(list, i);
        int64_t at = one && json_object_is_type(one, json_type_int) ? json_object_get_int64(one) : 0;
        trouble->fired_wall_ms[i] = at < 0 ? 0 : at > now.wall_ms ? now.wall_ms : at;
    }
}

static void read_trouble(struct troubles *troubles, json_object *object, struct moment now)
{
    const char *key = text_of(object, "key");
    if (!key[0] || trouble_find(troubles, key))
        return;
    struct trouble *trouble = trouble_get(troubles, key);
    trouble_text(&trouble->name, text_of(object, "name"));
    trouble_text(&trouble->service, text_of(object, "service"));
    trouble_text(&trouble->container, text_of(object, "container"));
    trouble_text(&trouble->project, text_of(object, "project"));
    trouble_text(&trouble->title, text_of(object, "title"));
    trouble_text(&trouble->sentence, text_of(object, "sentence"));
    trouble->severity = severity_of(object, "severity");
    trouble->since_wall_ms = number_of(object, "since", now.wall_ms);
    trouble->channels = (unsigned)number_of(object, "channels", UINT32_MAX);
    trouble->least = severity_of(object, "least");
    trouble->told = truth_of(object, "told");
    trouble->flapping = truth_of(object, "flapping");
    snprintf(trouble->id, sizeof trouble->id, "%.20s", text_of(object, "id"));
    trouble->level = severity_of(object, "level");
    trouble->told_peak = severity_of(object, "told_peak");
    trouble->told_set = (unsigned)number_of(object, "told_set", UINT32_MAX);
    trouble->told_wall_ms = number_of(object, "told_at", now.wall_ms);
    read_fired(trouble, object, now);
    /* A fold has nothing of its own that could be open. */
    if (truth_of(object, "open") && !trouble_is_fold(trouble)) {
        trouble->present = PRESENT_UNDECIDED;
        trouble->restored = true;
        trouble->undecided_mono_ms = now.mono_ms;
        for (enum severity s = SEVERITY_WARNING; s <= trouble->severity; s++)
            trouble->began_mono_ms[s] = now.mono_ms;
    } else {
        trouble->severity = SEVERITY_INFO;
    }
}

/* Only what was told has victims, and no victim has its own. */
static void read_parent(struct troubles *troubles, json_object *object)
{
    struct trouble *trouble = trouble_find(troubles, text_of(object, "key"));
    struct trouble *parent = trouble_find(troubles, text_of(object, "parent"));
    if (!trouble || !parent || trouble == parent || trouble->told || !parent->told || parent->parent)
        return;
    trouble->parent = parent;
    trouble->folded = truth_of(object, "folded") && trouble_open(trouble);
}

static void each_trouble(struct troubles *troubles, json_object *list, struct moment now, bool parents)
{
    size_t count = list && json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0;
    for (size_t i = 0; i < count; i++) {
        json_object *one = json_object_array_get_idx(list, i);
        if (!one || !json_object_is_type(one, json_type_object))
            continue;
        if (parents)
            read_parent(troubles, one);
        else
            read_trouble(troubles, one, now);
    }
}

int troubles_read(struct troubles *troubles, const char *json, size_t len, struct moment now,
                  struct error *err)
{
    if (len > LIMIT_STATE_FILE)
        return error_set(err, -EFBIG, "the memory of alerts has %zu bytes; allowed are %d", len,
                         LIMIT_STATE_FILE);
    json_tokener *tokener = json_tokener_new();
    json_object *root = tokener ? json_tokener_parse_ex(tokener, json, (int)len) : NULL;
    json_tokener_free(tokener);
    if (!root || !json_object_is_type(root, json_type_object)) {
        json_object_put(root);
        return error_set(err, -EBADMSG, "the memory of alerts is damaged: it is no JSON object");
    }
    json_object *list = json_object_object_get(root, "troubles");
    each_trouble(troubles, list, now, false);
    each_trouble(troubles, list, now, true);
    json_object_put(root);
    troubles->dirty = true;
    return 0;
}
