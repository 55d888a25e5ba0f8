/* SPDX-License-Identifier: MIT */
/* entries_same.c: which entries ask for the same. */
#include "exporter/files/entry.h"

#include <string.h>

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_strings(const struct strings *a, const struct strings *b)
{
    bool same = a->count == b->count;
    for (size_t i = 0; same && i < a->count; i++)
        same = strcmp(a->item[i], b->item[i]) == 0;
    return same;
}

static bool same_pairs(const struct pairs *a, const struct pairs *b)
{
    bool same = a->count == b->count;
    for (size_t i = 0; same && i < a->count; i++)
        same = strcmp(a->item[i].key, b->item[i].key) == 0 && same_text(a->item[i].value, b->item[i].value);
    return same;
}

static bool same_step(const struct file_step *a, const struct file_step *b)
{
    return a->kind == b->kind && same_text(a->line, b->line) && same_strings(&a->argv, &b->argv) &&
           same_text(a->container, b->container) && same_text(a->service, b->service) &&
           same_text(a->signal, b->signal) && same_text(a->url, b->url) && same_text(a->method, b->method) &&
           same_text(a->body, b->body) && same_strings(&a->headers, &b->headers);
}

static bool same_steps(const struct file_entry *a, const struct file_entry *b)
{
    bool same = a->has_validate == b->has_validate && a->notify_count == b->notify_count &&
                same_step(&a->validate, &b->validate);
    for (size_t i = 0; same && i < a->notify_count; i++)
        same = same_step(&a->notify[i], &b->notify[i]);
    return same;
}

static bool same_minimum(const struct file_entry *a, const struct file_entry *b)
{
    bool same = a->minimum == b->minimum && a->each_count == b->each_count;
    for (size_t i = 0; same && i < a->each_count; i++)
        same = a->each[i].count == b->each[i].count && same_text(a->each[i].service, b->each[i].service);
    return same;
}

bool entry_same(const struct file_entry *a, const struct file_entry *b)
{
    return same_text(a->format, b->format) && same_text(a->template_path, b->template_path) &&
           same_pairs(&a->variables, &b->variables) && same_text(a->path, b->path) && a->mode == b->mode &&
           same_text(a->owner, b->owner) && same_text(a->group, b->group) && same_text(a->tag, b->tag) &&
           same_text(a->project, b->project) && same_text(a->version, b->version) &&
           same_text(a->prefix, b->prefix) && same_steps(a, b) && same_minimum(a, b) &&
           a->debounce_ms == b->debounce_ms && a->max_wait_ms == b->max_wait_ms &&
           a->timeout_ms == b->timeout_ms;
}

const struct file_entry *entries_find(const struct file_entries *entries, const char *path)
{
    for (size_t i = 0; i < entries->count; i++)
        if (strcmp(entries->item[i].path, path) == 0)
            return &entries->item[i];
    return NULL;
}
