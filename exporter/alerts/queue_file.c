/* SPDX-License-Identifier: MIT */
/* queue_file.c: a queue as JSON and back. What is read may be damaged or hostile. */
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/json_writer.h"
#include "controller/core/mem.h"
#include "exporter/alerts/queue.h"

static const struct {
    const char *key;
    size_t offset;
} text_field[] = {
    {"id", offsetof(struct alert, id)},
    {"name", offsetof(struct alert, name)},
    {"service", offsetof(struct alert, service)},
    {"container", offsetof(struct alert, container)},
    {"project", offsetof(struct alert, project)},
    {"title", offsetof(struct alert, title)},
    {"sentence", offsetof(struct alert, sentence)},
    {"host", offsetof(struct alert, host)},
    {"url", offsetof(struct alert, url)},
};
enum { FIELDS = sizeof text_field / sizeof *text_field };

static void render_entry(const struct entry *entry, struct json_writer *w)
{
    const struct alert *alert = entry->alert;
    json_begin_object(w);
    for (size_t i = 0; i < FIELDS; i++) {
        const char *text;
        memcpy(&text, (const char *)alert + text_field[i].offset, sizeof text);
        json_put_string(w, text_field[i].key, text);
    }
    json_put_string(w, "state", alert_state_name[alert->state]);
    json_put_string(w, "severity", severity_name[alert->severity]);
    json_key(w, "victims");
    json_begin_array(w);
    for (size_t i = 0; i < alert->victim_count; i++)
        json_string(w, alert->victim[i]);
    json_end_array(w);
    json_put_number(w, "since_ms", alert->since_wall_ms);
    json_put_number(w, "at_ms", alert->at_wall_ms);
    json_put_bool(w, "waiting", entry->waiting || entry->in_flight);
    json_put_bool(w, "told", entry->told);
    json_end_object(w);
}

void queue_render(const struct queue *queue, struct json_writer *w)
{
    const struct entry *entry;
    json_begin_array(w);
    TAILQ_FOREACH(entry, &queue->entries, link)
    render_entry(entry, w);
    json_end_array(w);
}

/* The place of the text member among the names, or -1. */
static int read_name(json_object *object, const char *key, const char *const *names, int count)
{
    json_object *value = json_object_object_get(object, key);
    const char *text = json_object_is_type(value, json_type_string) ? json_object_get_string(value) : "";
    for (int i = 0; i < count; i++)
        if (strcmp(names[i], text) == 0)
            return i;
    return -1;
}

static bool read_number(json_object *object, const char *key, int64_t *ret)
{
    static const int64_t latest_ms = INT64_C(253402300799999); /* the end of the year 9999 */
    json_object *value = json_object_object_get(object, key);
    *ret = json_object_get_int64(value);
    return json_object_is_type(value, json_type_int) && *ret >= 0 && *ret <= latest_ms;
}

static bool read_bool(json_object *object, const char *key, bool *ret)
{
    json_object *value = json_object_object_get(object, key);
    *ret = json_object_get_boolean(value);
    return json_object_is_type(value, json_type_boolean);
}

/* The texts of an alert; they live as long as object. */
static bool read_texts(json_object *object, struct alert *ret)
{
    for (size_t i = 0; i < FIELDS; i++) {
        json_object *value = json_object_object_get(object, text_field[i].key);
        if (!json_object_is_type(value, json_type_string))
            return false;
        const char *text = json_object_get_string(value);
        memcpy((char *)ret + text_field[i].offset, &text, sizeof text);
    }
    return ret->id[0] != '\0';
}

static bool read_victims(json_object *object, const char *victim[static ALERT_VICTIMS_MAX], struct alert *ret)
{
    json_object *list = json_object_object_get(object, "victims");
    size_t count = json_object_is_type(list, json_type_array) ? json_object_array_length(list)
                                                              : ALERT_VICTIMS_MAX + 1;
    if (count > ALERT_VICTIMS_MAX)
        return false;
    for (size_t i = 0; i < count; i++) {
        json_object *value = json_object_array_get_idx(list, i);
        if (!json_object_is_type(value, json_type_string))
            return false;
        victim[i] = json_object_get_string(value);
    }
    ret->victim = victim;
    ret->victim_count = count;
    return true;
}

static bool read_entry(struct queue *queue, json_object *object)
{
    const char *victim[ALERT_VICTIMS_MAX];
    struct alert alert = {0};
    bool waiting, told;
    if (!json_object_is_type(object, json_type_object))
        return false;
    int state = read_name(object, "state", alert_state_name, ALERT_STATE_COUNT);
    int severity = read_name(object, "severity", severity_name, SEVERITY_COUNT);
    if (state < 0 || state == ALERT_TEST || severity < 0 || !read_texts(object, &alert) ||
        !read_victims(object, victim, &alert) || !read_number(object, "since_ms", &alert.since_wall_ms) ||
        !read_number(object, "at_ms", &alert.at_wall_ms) || !read_bool(object, "waiting", &waiting) ||
        !read_bool(object, "told", &told))
        return false;
    alert.state = (enum alert_state)state;
    alert.severity = (enum severity)severity;
    return queue_restore(queue, &alert, waiting, told);
}

bool queue_read(struct queue *queue, struct json_object *array)
{
    if (!json_object_is_type(array, json_type_array))
        return false;
    bool whole = true;
    for (size_t i = 0; i < json_object_array_length(array); i++)
        whole &= read_entry(queue, json_object_array_get_idx(array, i));
    return whole;
}
