/* SPDX-License-Identifier: MIT */
/* Fuzzes EXPORTS, its file and its one line: each is refused with a sentence, or asks for something that can
 * be done; and command lines that are run without a shell. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "controller/core/child.h"
#include "controller/core/error.h"
#include "controller/core/limits.h"
#include "exporter/files/entry.h"
#include "exporter/files/step.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look_at_step(const struct file_step *step)
{
    switch (step->kind) {
    case FILE_STEP_COMMAND:
        assert(step->line || step->argv.count);
        break;
    case FILE_STEP_EXEC:
        assert(step->line || step->argv.count);
        assert(!step->container != !step->service);
        break;
    case FILE_STEP_SIGNAL:
        assert(step->signal[0] && !step->container != !step->service);
        break;
    case FILE_STEP_HTTP:
        assert(strncasecmp(step->url, "http", 4) == 0 && step->method);
        for (size_t i = 0; i < step->headers.count; i++)
            assert(!strpbrk(step->headers.item[i], "\r\n"));
        break;
    case FILE_STEP_KIND_COUNT:
        assert(false);
    }
}

static void look_at(struct file_entries *entries, const struct error *err)
{
    if (!entries) {
        assert(err->code < 0 && err->text[0]);
        return;
    }
    assert(entries->count <= FILE_ENTRIES_MAX);
    for (size_t i = 0; i < entries->count; i++) {
        const struct file_entry *entry = &entries->item[i];
        assert(entry->path[0] == '/' && !strpbrk(entry->path, " '\"$`\\;&|<>(){}*?[]!#~\n"));
        assert(!entry->format != !entry->template_path);
        assert(entry->mode <= 0777 && entry->notify_count <= FILE_NOTIFY_MAX);
        assert(entry->debounce_ms > 0 && entry->max_wait_ms >= entry->debounce_ms && entry->timeout_ms > 0);
        if (entry->has_validate)
            look_at_step(&entry->validate);
        for (size_t n = 0; n < entry->notify_count; n++)
            look_at_step(&entry->notify[n]);
    }
    entries_free(entries);
}

static void fuzz_words(const char *text)
{
    struct arena arena = {0};
    struct strings argv = {0};
    struct error err = {0};
    char shown[64];
    step_show_url(text, shown, sizeof shown);
    if (child_command(text, NULL, &arena, &argv, &err) == 0)
        assert(argv.count > 0);
    else
        assert(argv.count == 0 && err.text[0]);
    step_fill(&arena, text, "/run/q/.quaywatch-abcdef.hosts");
    arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error err = {0};
    if (size > LIMIT_LABEL_BYTES)
        return 0;
    char *text = mem_new(size + 1);
    if (size)
        memcpy(text, data, size);
    look_at(entries_read_yaml(text, size, &err), &err);
    err = (struct error){0};
    look_at(entries_read_inline(text, &err), &err);
    fuzz_words(text);
    free(text);
    return 0;
}
