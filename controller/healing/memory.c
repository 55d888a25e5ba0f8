/* SPDX-License-Identifier: MIT */
/* memory.c: healing memory: a table, and the file that keeps it. */
#include "controller/healing/memory.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "controller/core/buf.h"
#include "controller/core/error.h"
#include "controller/core/json_read.h"
#include "controller/core/json_writer.h"
#include "controller/core/limits.h"
#include "controller/healing/history.h"
#include "controller/healing/memory_entry.h"

struct entry {
    struct healing healing; /* first: a healing is its entry */
    UT_hash_handle hh;
    uint64_t written; /* what memory_entry_hash gave when it was */
};

struct name {
    UT_hash_handle hh;
    char *key, *name;
    bool unwritten;
};

struct maintenance {
    UT_hash_handle hh;
    char *key;
    int64_t until_wall_ms;
};

struct memory {
    struct entry *entries;
    struct name *names;
    struct maintenance *maintenances;
    int64_t series;       /* of changes; 0: none was begun */
    bool names_unwritten; /* some */
    bool maintenances_unwritten;
};

struct memory *memory_new(void)
{
    return mem_new(sizeof(struct memory));
}

void memory_free(struct memory *memory)
{
    if (!memory)
        return;
    memory_expire(memory, INT64_MAX);
    while (memory->maintenances)
        memory_set_maintenance(memory, memory->maintenances->key, 0);
    struct name *name, *next;
    HASH_ITER(hh, memory->names, name, next)
    {
        HASH_DEL(memory->names, name);
        free(name->key);
        free(name->name);
        free(name);
    }
    free(memory);
}

static struct healing *entry_get(struct memory *memory, char *key)
{
    struct entry *entry;
    HASH_FIND(hh, memory->entries, key, strlen(key), entry);
    if (entry) {
        free(key);
        return &entry->healing;
    }
    entry = mem_new(sizeof *entry);
    entry->healing.key = key;
    HASH_ADD_KEYPTR(hh, memory->entries, key, strlen(key), entry);
    return &entry->healing;
}

struct healing *memory_get(struct memory *memory, const char *key, unsigned replica)
{
    return entry_get(memory, mem_format("%s#%u", key, replica));
}

struct healing *memory_find(struct memory *memory, const char *entry_key)
{
    struct entry *entry;
    HASH_FIND(hh, memory->entries, entry_key, strlen(entry_key), entry);
    return entry ? &entry->healing : NULL;
}

void memory_set_name(struct memory *memory, const char *key, const char *name)
{
    struct name *known;
    HASH_FIND(hh, memory->names, key, strlen(key), known);
    if (!known) {
        known = mem_new(sizeof *known);
        known->key = mem_copy(key);
        HASH_ADD_KEYPTR(hh, memory->names, known->key, strlen(known->key), known);
    } else if (strcmp(known->name, name) == 0) {
        return;
    }
    free(known->name);
    known->name = mem_copy(name);
    known->unwritten = memory->names_unwritten = true;
}

void memory_each_name(const struct memory *memory,
                      void (*each)(void *user, const char *key, const char *name), void *user)
{
    for (const struct name *name = memory->names; name; name = name->hh.next)
        each(user, name->key, name->name);
}

void memory_set_maintenance(struct memory *memory, const char *key, int64_t until_wall_ms)
{
    struct maintenance *known;
    memory->maintenances_unwritten = true;
    HASH_FIND(hh, memory->maintenances, key, strlen(key), known);
    if (!known && until_wall_ms) {
        known = mem_new(sizeof *known);
        known->key = mem_copy(key);
        HASH_ADD_KEYPTR(hh, memory->maintenances, known->key, strlen(known->key), known);
    }
    if (until_wall_ms) {
        known->until_wall_ms = until_wall_ms;
    } else if (known) {
        HASH_DEL(memory->maintenances, known);
        free(known->key);
        free(known);
    }
}

int64_t memory_maintenance(const struct memory *memory, const char *key)
{
    const struct maintenance *known = NULL;
    if (memory->maintenances) /* asked for each instance that is looked at: mostly there is none at all */
        HASH_FIND(hh, memory->maintenances, key, strlen(key), known);
    return known ? known->until_wall_ms : 0;
}

void memory_expire(struct memory *memory, int64_t before_wall_ms)
{
    struct entry *entry, *next;
    HASH_ITER(hh, memory->entries, entry, next)
    {
        if (entry->healing.used_at >= before_wall_ms)
            continue;
        HASH_DEL(memory->entries, entry);
        free(entry->healing.key);
        history_free(entry->healing.history);
        free(entry);
    }
}

void memory_clock_moved(struct memory *memory, int64_t by_ms, int64_t now_wall_ms)
{
    for (struct entry *entry = memory->entries; entry; entry = entry->hh.next)
        healing_clock_moved(&entry->healing, by_ms, now_wall_ms);
}

/* Opens the object; the caller closes it. */
static void begin_object(const struct memory *memory, struct json_writer *w, struct buf *out)
{
    json_start(w, out);
    json_begin_object(w);
    json_put_number(w, "schema", 1);
    if (memory->series)
        json_put_number(w, "series", memory->series);
}

static void put_names(const struct memory *memory, bool all, struct json_writer *w)
{
    json_key(w, "names");
    json_begin_object(w);
    for (const struct name *name = memory->names; name; name = name->hh.next)
        if (all || name->unwritten)
            json_put_string(w, name->key, name->name);
    json_end_object(w);
}

static void put_maintenances(const struct memory *memory, struct json_writer *w)
{
    json_key(w, "maintenance");
    json_begin_object(w);
    for (const struct maintenance *at = memory->maintenances; at; at = at->hh.next)
        json_put_number(w, at->key, at->until_wall_ms);
    json_end_object(w);
}

void memory_render(const struct memory *memory, struct buf *out)
{
    struct json_writer w;
    begin_object(memory, &w, out);
    json_key(&w, "healing");
    json_begin_array(&w);
    for (const struct entry *entry = memory->entries; entry; entry = entry->hh.next)
        memory_entry_render(&entry->healing, &w);
    json_end_array(&w);
    put_names(memory, true, &w);
    put_maintenances(memory, &w);
    json_end_object(&w);
}

/* ---- changes ---- */

void memory_begin(struct memory *memory, int64_t now_wall_ms)
{
    memory->series = now_wall_ms > memory->series ? now_wall_ms : memory->series + 1;
}

static void all_written(struct memory *memory)
{
    for (struct name *name = memory->names_unwritten ? memory->names : NULL; name; name = name->hh.next)
        name->unwritten = false;
    memory->names_unwritten = memory->maintenances_unwritten = false;
}

void memory_began(struct memory *memory)
{
    for (struct entry *entry = memory->entries; entry; entry = entry->hh.next)
        entry->written = memory_entry_hash(&entry->healing);
    all_written(memory);
}

/* Writes the entries that have changed; false, and nothing written, when none has. */
static bool put_changed(struct memory *memory, struct json_writer *w, struct buf *out)
{
    bool any = false;
    for (struct entry *entry = memory->entries; entry; entry = entry->hh.next) {
        uint64_t hash = memory_entry_hash(&entry->healing);
        if (hash == entry->written)
            continue;
        if (!any) {
            begin_object(memory, w, out);
            json_key(w, "healing");
            json_begin_array(w);
        }
        any = true;
        entry->written = hash;
        memory_entry_render(&entry->healing, w);
    }
    if (any)
        json_end_array(w);
    return any;
}

void memory_render_changes(struct memory *memory, struct buf *out)
{
    struct json_writer w;
    if (!put_changed(memory, &w, out)) {
        if (!memory->names_unwritten && !memory->maintenances_unwritten)
            return;
        begin_object(memory, &w, out);
    }
    if (memory->names_unwritten)
        put_names(memory, false, &w);
    if (memory->maintenances_unwritten)
        put_maintenances(memory, &w); /* all: those that are over are not there any more */
    json_end_object(&w);
    buf_add(out, "\n", 1);
    all_written(memory);
}

/* ---- reading ---- */

static void entry_read(struct memory *memory, json_object *object)
{
    json_object *key = json_object_object_get(object, "key");
    if (!key || !json_object_is_type(key, json_type_string) ||
        !memory_text_is_whole(json_object_get_string(key)))
        return;
    memory_entry_read(entry_get(memory, mem_copy(json_object_get_string(key))), object);
}

static void read_names(struct memory *memory, json_object *names)
{
    if (!names || !json_object_is_type(names, json_type_object))
        return;
    json_object_object_foreach(names, key, name)
    {
        if (name && json_object_is_type(name, json_type_string) && memory_text_is_whole(key) &&
            memory_text_is_whole(json_object_get_string(name)))
            memory_set_name(memory, key, json_object_get_string(name));
    }
}

static void read_maintenance(struct memory *memory, json_object *maintenance)
{
    if (!maintenance || !json_object_is_type(maintenance, json_type_object))
        return;
    while (memory->maintenances)
        memory_set_maintenance(memory, memory->maintenances->key, 0);
    json_object_object_foreach(maintenance, key, until)
    {
        if (memory_text_is_whole(key))
            memory_set_maintenance(memory, key, memory_time_of(until));
    }
}

static void take(struct memory *memory, json_object *root)
{
    json_object *list = json_object_object_get(root, "healing");
    size_t count = list && json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0;
    for (size_t i = 0; i < count; i++) {
        json_object *entry = json_object_array_get_idx(list, i);
        if (entry && json_object_is_type(entry, json_type_object))
            entry_read(memory, entry);
    }
    read_names(memory, json_object_object_get(root, "names"));
    read_maintenance(memory, json_object_object_get(root, "maintenance"));
}

int memory_read(struct memory *memory, const char *json, size_t len, struct error *err)
{
    if (len > LIMIT_STATE_FILE)
        return error_set(err, -EFBIG, "healing memory has %zu bytes; allowed are %d", len, LIMIT_STATE_FILE);
    json_object *root = json_first_object(json, len);
    if (!root)
        return error_set(err, -EBADMSG, "healing memory is damaged: it is no JSON object");
    take(memory, root);
    memory->series = memory_time_of(json_object_object_get(root, "series"));
    json_object_put(root);
    return 0;
}

int memory_read_changes(struct memory *memory, const char *text, size_t len, struct error *err)
{
    const char *end = text + len, *at = text, *stop;
    if (len > LIMIT_STATE_FILE)
        return error_set(err, -EFBIG, "changes of healing memory have %zu bytes; allowed are %d", len,
                         LIMIT_STATE_FILE);
    for (; (stop = memchr(at, '\n', (size_t)(end - at))); at = stop + 1) {
        json_object *root = json_first_object(at, (size_t)(stop - at));
        if (!root)
            return error_set(err, -EBADMSG, "a change of healing memory is damaged: it is no JSON object");
        int64_t series = memory_time_of(json_object_object_get(root, "series"));
        if (series && series == memory->series)
            take(memory, root);
        json_object_put(root);
    }
    return 0;
}
