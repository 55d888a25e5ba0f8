/* SPDX-License-Identifier: MIT */
/* entries_yaml.c: a file of entries, which is YAML. */
#include "exporter/files/entries_internal.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "controller/core/error.h"
#include "controller/core/limits.h"
#include "controller/core/text.h"

enum { TEXT_MAX = 1024, VALUE_MAX = 64 * 1024, MINIMUM_MAX = 100000, WAIT_MAX_MS = 600000 };

const yaml_node_t *entries_node(struct entries_reader *reader, int number)
{
    return yaml_document_get_node(&reader->document, number);
}

int entries_take_text(struct entries_reader *reader, const yaml_node_t *node, const char *key,
                      const char **ret)
{
    const char *text = yaml_text(node);
    if (!text || !*text || strlen(text) > TEXT_MAX)
        return entries_refuse(reader, node, key, "must be a text of 1 to %d characters", (int)TEXT_MAX);
    for (const char *at = text; *at; at++)
        if (iscntrl((unsigned char)*at))
            return entries_refuse(reader, node, key, "must be one line without control characters");
    *ret = arena_copy(&reader->entries->arena, text);
    return 0;
}

/* ---- the values ---- */

typedef int take_value(struct entries_reader *reader, const yaml_node_t *node, struct file_entry *entry);
typedef int set_value(struct file_entries *entries, struct file_entry *entry, const char *text,
                      struct error *err);

static int take_by(struct entries_reader *reader, const yaml_node_t *node, struct file_entry *entry,
                   const char *key, set_value *set)
{
    const char *text = yaml_text(node);
    struct error own = {0};
    if (!text)
        return entries_refuse(reader, node, key, "must be a text");
    if (set(reader->entries, entry, text, &own) != 0)
        return entries_refuse(reader, node, key, "%s", own.text);
    return 0;
}

static int take_format(struct entries_reader *reader, const yaml_node_t *node, struct file_entry *entry)
{
    return take_by(reader, node, entry, "format", entry_set_format);
}

static int take_template(struct entries_reader *reader, const yaml_node_t *node, struct file_entry *entry)
{
    return take_by(reader, node, entry, "template", entry_set_template);
}

static int take_path(struct entries_reader *reader, const yaml_node_t *node, struct file_entry *entry)
{
    return take_by(reader, node, entry, "path", entry_set_path);
}

static int set_mode(struct file_entries *entries, struct file_entry *entry, const char *text,
                    struct error *err)
{
    (void)entries;
    return entry_set_mode(entry, text, err);
}

static int take_mode(struct entries_reader *reader, const yaml_node_t *node, struct file_entry *entry)
{
    return take_by(reader, node, entry, "mode", set_mode);
}

static int take_owner(struct entries_reader *reader, const yaml_node_t *node, struct file_entry *entry)
{
    return entries_take_text(reader, node, "owner", &entry->owner);
}

static int take_group(struct entries_reader *reader, const yaml_node_t *node, struct file_entry *entry)
{
    return entries_take_text(reader, node, "group", &entry->group);
}

static int take_tag(struct entries_reader *reader, const yaml_node_t *node, struct file_entry *entry)
{
    return entries_take_text(reader, node, "tag", &entry->tag);
}

static int take_project(struct entries_reader *reader, const yaml_node_t *node, struct file_entry *entry)
{
    return entries_take_text(reader, node, "project", &entry->project);
}

static int take_version(struct entries_reader *reader, const yaml_node_t *node, struct file_entry *entry)
{
    return entries_take_text(reader, node, "version", &entry->version);
}

static int take_prefix(struct entries_reader *reader, const yaml_node_t *node, struct file_entry *entry)
{
    return entries_take_text(reader, node, "prefix", &entry->prefix);
}

static int take_duration(struct entries_reader *reader, const yaml_node_t *node, const char *key,
                         int64_t least, int64_t *ret)
{
    const char *text = yaml_text(node);
    char from[24], to[24];
    int64_t value;
    text_format_duration(least, from);
    text_format_duration(WAIT_MAX_MS, to);
    if (!text || text_duration(text, 1, &value) != 0 || value < least || value > WAIT_MAX_MS)
        return entries_refuse(reader, node, key, "must be a duration from %s to %s, such as 2s", from, to);
    *ret = value;
    return 0;
}

static int take_debounce(struct entries_reader *reader, const yaml_node_t *node, struct file_entry *entry)
{
    return take_duration(reader, node, "debounce", 100, &entry->debounce_ms);
}

static int take_max_wait(struct entries_reader *reader, const yaml_node_t *node, struct file_entry *entry)
{
    return take_duration(reader, node, "max_wait", 100, &entry->max_wait_ms);
}

static int take_timeout(struct entries_reader *reader, const yaml_node_t *node, struct file_entry *entry)
{
    return take_duration(reader, node, "timeout", 100, &entry->timeout_ms);
}

static int take_count(struct entries_reader *reader, const yaml_node_t *node, unsigned *ret)
{
    const char *text = yaml_text(node);
    int64_t value;
    if (!text || text_number(text, 0, MINIMUM_MAX, &value) != 0)
        return entries_refuse(reader, node, "minimum",
                              "must be a number of endpoints from 0 to %d, or such numbers by service name",
                              (int)MINIMUM_MAX);
    *ret = (unsigned)value;
    return 0;
}

/* "2", or {api: 2, db: 1}. */
static int take_minimum(struct entries_reader *reader, const yaml_node_t *node, struct file_entry *entry)
{
    if (node->type != YAML_MAPPING_NODE)
        return take_count(reader, node, &entry->minimum);
    size_t count = (size_t)(node->data.mapping.pairs.top - node->data.mapping.pairs.start);
    if (count > FILE_EACH_MAX)
        return entries_refuse(reader, node, "minimum", "names more than %d services", (int)FILE_EACH_MAX);
    entry->each = arena_new(&reader->entries->arena, (count + 1) * sizeof *entry->each);
    for (size_t i = 0; i < count; i++) {
        const yaml_node_pair_t *pair = &node->data.mapping.pairs.start[i];
        if (entries_take_text(reader, entries_node(reader, pair->key), "minimum", &entry->each[i].service) ||
            take_count(reader, entries_node(reader, pair->value), &entry->each[i].count))
            return -EINVAL;
    }
    entry->each_count = count;
    return 0;
}

/* {NAME: value}: whatever the template takes as names. */
static int take_variables(struct entries_reader *reader, const yaml_node_t *node, struct file_entry *entry)
{
    if (node->type != YAML_MAPPING_NODE)
        return entries_refuse(reader, node, "variables", "must be written as {NAME: value}");
    for (yaml_node_pair_t *at = node->data.mapping.pairs.start; at < node->data.mapping.pairs.top; at++) {
        const yaml_node_t *word = entries_node(reader, at->key);
        const char *name = NULL, *value = yaml_text(entries_node(reader, at->value));
        if (entries_take_text(reader, word, "variables", &name) != 0)
            return -EINVAL;
        if (!value || strlen(value) > VALUE_MAX)
            return entries_refuse(reader, word, "variables", "must be texts of at most %d bytes",
                                  (int)VALUE_MAX);
        if (entry->variables.count == FILE_VARIABLES_MAX)
            return entries_refuse(reader, word, "variables", "are more than %d", (int)FILE_VARIABLES_MAX);
        pairs_set(&reader->entries->arena, &entry->variables, name, value);
    }
    return 0;
}

static const struct entry_key {
    const char *name;
    take_value *take;
} keys[] = {
    {"format", take_format},
    {"template", take_template},
    {"variables", take_variables},
    {"path", take_path},
    {"mode", take_mode},
    {"owner", take_owner},
    {"group", take_group},
    {"tag", take_tag},
    {"project", take_project},
    {"version", take_version},
    {"prefix", take_prefix},
    {"validate", entries_take_validate},
    {"notify", entries_take_notify},
    {"minimum", take_minimum},
    {"debounce", take_debounce},
    {"max_wait", take_max_wait},
    {"timeout", take_timeout},
};
enum { KEYS = sizeof keys / sizeof *keys };

/* ---- entries ---- */

static int unknown_key(struct entries_reader *reader, const yaml_node_t *node, const char *name)
{
    const char *names[KEYS];
    char shown[48];
    for (size_t i = 0; i < KEYS; i++)
        names[i] = keys[i].name;
    text_one_line(name ? name : "", shown, sizeof shown);
    const char *nearest = text_nearest(shown, names, KEYS);
    return entries_refuse(
        reader, node, "",
        "\"%s\" is unknown%s%s%s; allowed are format or template, variables, path, mode, owner, "
        "group, tag, project, version, prefix, validate, notify, minimum, debounce, "
        "max_wait and timeout",
        shown, nearest ? " (did you mean " : "", nearest ? nearest : "", nearest ? "?)" : "");
}

static int read_entry(struct entries_reader *reader, const yaml_node_t *node)
{
    struct file_entry entry = entry_new();
    entry.line = node->start_mark.line + 1;
    bool seen[KEYS] = {false};
    struct error own = {0};
    if (node->type != YAML_MAPPING_NODE)
        return entries_refuse(reader, node, "", "an entry has a format (or template) and a path");
    for (yaml_node_pair_t *at = node->data.mapping.pairs.start; at < node->data.mapping.pairs.top; at++) {
        const yaml_node_t *word = entries_node(reader, at->key);
        const char *text = yaml_text(word);
        size_t key = 0;
        while (key < KEYS && (!text || strcmp(keys[key].name, text) != 0))
            key++;
        if (key == KEYS)
            return unknown_key(reader, word, text);
        if (seen[key])
            return entries_refuse(reader, word, keys[key].name, "is given twice");
        seen[key] = true;
        if (keys[key].take(reader, entries_node(reader, at->value), &entry) != 0)
            return -EINVAL;
    }
    if (entry_add(reader->entries, &entry, &own) != 0)
        return entries_refuse(reader, node, "", "%s", own.text);
    return 0;
}

/* The list in a document: it is the document, or stands under the key exports. NULL: there is none. */
static const yaml_node_t *find_list(struct entries_reader *reader, const yaml_node_t *root)
{
    if (root->type == YAML_SEQUENCE_NODE)
        return root;
    if (root->type != YAML_MAPPING_NODE)
        return NULL;
    for (yaml_node_pair_t *at = root->data.mapping.pairs.start; at < root->data.mapping.pairs.top; at++) {
        const char *key = yaml_text(entries_node(reader, at->key));
        const yaml_node_t *value = entries_node(reader, at->value);
        if (key && strcmp(key, "exports") == 0 && value->type == YAML_SEQUENCE_NODE)
            return value;
    }
    return NULL;
}

static int read_entries(struct entries_reader *reader)
{
    const yaml_node_t *root = yaml_document_get_root_node(&reader->document);
    if (!root)
        return 0; /* nothing but comments */
    const yaml_node_t *list = find_list(reader, root);
    if (!list)
        return error_set(reader->err, -EINVAL,
                         "there is no list of entries; allowed is \"- format: …\", also under the key "
                         "exports");
    int code = 0;
    for (yaml_node_item_t *at = list->data.sequence.items.start;
         code == 0 && at < list->data.sequence.items.top; at++)
        code = read_entry(reader, entries_node(reader, *at));
    return code;
}

struct file_entries *entries_read_yaml(const char *text, size_t length, struct error *err)
{
    struct error unheard;
    struct entries_reader reader = {.err = err ? err : &unheard};
    int code = yaml_read(text, length, LIMIT_CONFIG_FILE, &reader.document, reader.err);
    if (code != 0)
        return NULL;
    reader.entries = mem_new(sizeof *reader.entries);
    code = read_entries(&reader);
    yaml_document_delete(&reader.document);
    if (code == 0)
        return reader.entries;
    entries_free(reader.entries);
    return NULL;
}
