/* SPDX-License-Identifier: MIT */
/* registry_fragment.c: the rendered bytes of each service. A thrifty registry keeps them only while somebody
 * reads the whole document, and else no more than tells whether they changed: for most fleets, most of the
 * time, nobody does. */
#include "controller/core/registry_internal.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/hash.h"

enum { UNREAD_MS = 10 * 60 * 1000 }; /* a reader who comes every few minutes finds them kept */

struct fragments {
    bool thrifty;
    bool kept; /* all of them */
    bool read; /* since the latest settle */
    int64_t read_mono_ms;
};

struct fragments *fragments_new(void)
{
    struct fragments *fragments = mem_new(sizeof *fragments);
    fragments->kept = true;
    return fragments;
}

void registry_thrifty(struct registry *registry)
{
    registry->fragments->thrifty = true;
    registry->fragments->kept = false;
}

static uint64_t digest(const char *text, size_t length)
{
    return hash_words(length, text, length);
}

static void keep(struct service *service, const char *text, size_t length)
{
    service->json = mem_resize(service->json, length + 1, 1);
    memcpy(service->json, text, length + 1);
    service->json_len = length;
}

/* Whether the bytes are those of the latest settle. */
static bool is_same(const struct entry *entry, const char *text, size_t length)
{
    if (!entry->rendered)
        return false;
    if (entry->digested)
        return entry->digest == digest(text, length);
    return entry->service.json_len == length && memcmp(entry->service.json, text, length) == 0;
}

bool fragment_settle(struct registry *registry, struct entry *entry)
{
    buf_clear(&registry->scratch);
    registry->render(&entry->service, &registry->scratch);
    const char *text = buf_string(&registry->scratch);
    size_t length = registry->scratch.len;
    bool same = is_same(entry, text, length), kept = registry->fragments->kept;
    if (same && entry->digested != kept)
        return false;
    if (kept)
        keep(&entry->service, text, length);
    else
        entry->digest = digest(text, length);
    entry->digested = !kept;
    entry->rendered = true;
    return !same;
}

/* What waits for the next settle shows more than the present revision already: its digest, of what that
 * showed, stays, and is what the settle compares with. */
void registry_fragments_read(const struct registry *registry)
{
    struct fragments *fragments = registry->fragments;
    fragments->read = true;
    if (fragments->kept)
        return;
    struct buf text;
    buf_init(&text, SIZE_MAX / 2);
    for (size_t i = 0; i < registry->sorted_count; i++) {
        struct entry *entry = registry->sorted[i];
        buf_clear(&text);
        registry->render(&entry->service, &text);
        keep(&entry->service, buf_string(&text), text.len);
    }
    buf_free(&text);
    fragments->kept = true;
}

void fragments_settle(struct registry *registry, struct moment now)
{
    struct fragments *fragments = registry->fragments;
    if (fragments->read)
        fragments->read_mono_ms = now.mono_ms;
    fragments->read = false;
    if (!fragments->thrifty || !fragments->kept || now.mono_ms - fragments->read_mono_ms < UNREAD_MS)
        return;
    for (size_t i = 0; i < registry->sorted_count; i++) {
        struct entry *entry = registry->sorted[i];
        if (!entry->service.json)
            continue; /* new: it is rendered for the first time in this settle */
        if (!entry->digested)
            entry->digest = digest(entry->service.json, entry->service.json_len);
        entry->digested = true;
        free(entry->service.json);
        entry->service.json = NULL;
    }
    fragments->kept = false;
}
