/* SPDX-License-Identifier: MIT */
/* Copies and compares what is to be checked. */
#include "health/probe.h"

#include <stddef.h>
#include <string.h>

/* Where a spec's texts are; its headers come on top. */
static const size_t text_at[] = {
    offsetof(struct probe_spec, url),       offsetof(struct probe_spec, method),
    offsetof(struct probe_spec, expect),    offsetof(struct probe_spec, body),
    offsetof(struct probe_spec, container), offsetof(struct probe_spec, inside),
    offsetof(struct probe_spec, tls_name),  offsetof(struct probe_spec, ca_file),
    offsetof(struct probe_spec, unit),      offsetof(struct probe_spec, grpc_service),
};
enum { TEXTS = sizeof text_at / sizeof *text_at };

static const char *text_get(const struct probe_spec *spec, size_t text)
{
    const char *ret;
    memcpy(&ret, (const char *)spec + text_at[text], sizeof ret);
    return ret;
}

static void text_set(struct probe_spec *spec, size_t text, const char *value)
{
    memcpy((char *)spec + text_at[text], &value, sizeof value);
}

static size_t text_size(const char *text)
{
    return text ? strlen(text) + 1 : 0;
}

/* Moves a copy of text to *at and *at behind it. */
static char *text_place(char **at, const char *text)
{
    if (!text)
        return NULL;
    size_t size = strlen(text) + 1;
    char *placed = memcpy(*at, text, size);
    *at += size;
    return placed;
}

/* One block: ten thousand of these are kept, and an arena's chunk each would be megabytes. */
struct probe_spec *probe_spec_copy(const struct probe_spec *spec)
{
    size_t table = spec->headers.count * sizeof(struct pair);
    size_t size = sizeof *spec + table;
    for (size_t i = 0; i < TEXTS; i++)
        size += text_size(text_get(spec, i));
    for (size_t i = 0; i < spec->headers.count; i++)
        size += text_size(spec->headers.item[i].key) + text_size(spec->headers.item[i].value);

    struct probe_spec *copy = mem_new(size);
    *copy = *spec;
    copy->headers.item = table ? (struct pair *)(copy + 1) : NULL;
    char *at = (char *)(copy + 1) + table;
    for (size_t i = 0; i < TEXTS; i++)
        text_set(copy, i, text_place(&at, text_get(spec, i)));
    for (size_t i = 0; i < spec->headers.count; i++) {
        copy->headers.item[i].key = text_place(&at, spec->headers.item[i].key);
        copy->headers.item[i].value = text_place(&at, spec->headers.item[i].value);
    }
    return copy;
}

static bool text_equal(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool pairs_equal(const struct pairs *a, const struct pairs *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++) {
        if (!text_equal(a->item[i].key, b->item[i].key) || !text_equal(a->item[i].value, b->item[i].value))
            return false;
    }
    return true;
}

bool probe_spec_equal(const struct probe_spec *a, const struct probe_spec *b)
{
    for (size_t i = 0; i < TEXTS; i++) {
        if (!text_equal(text_get(a, i), text_get(b, i)))
            return false;
    }
    return a->kind == b->kind && a->implicit == b->implicit && a->tls_verify == b->tls_verify &&
           a->timeout_ms == b->timeout_ms && a->degraded_after_ms == b->degraded_after_ms &&
           pairs_equal(&a->headers, &b->headers);
}
