/* SPDX-License-Identifier: MIT */
/* Fuzz target: a history file with any bytes is read or set aside, and what is recorded afterwards is there.
 * The first byte of the input: 'f' the rest is the whole file; else the rest are changes to a good one, four
 * bytes each: where (three bytes, from the file's beginning) and what. */
#include <assert.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "controller/core/error.h"
#include "controller/core/file.h"
#include "exporter/history/database.h"
#include "exporter/history/store.h"
#include "exporter/history/window.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CHANGE = 4 };
static const int64_t NOW_MS = INT64_C(1795774521000);

static char folder[48], path[64];
static char *good;
static size_t good_len;

static void remove_all(void)
{
    static const char *const ends[] = {"", "-wal", "-shm", ".damaged", ".damaged-wal", ".damaged-shm"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        char *name = mem_format("%s%s", path, ends[i]);
        unlink(name);
        free(name);
    }
}

static void leave(void)
{
    remove_all();
    rmdir(folder);
    free(good);
}

/* What any day brings. */
static struct item *items(void)
{
    static uint8_t bytes[] = {60, 9, 3, 1};
    static const struct item all[] = {
        {.kind = ITEM_SERVICE, .number = 0, .text = {"name:-:web", "web"}},
        {.kind = ITEM_SPAN, .at_ms = NOW_MS - 86400000, .until_ms = NOW_MS - 1000, .first = true},
        {.kind = ITEM_STATE, .at_ms = NOW_MS - 80000000, .condition = CONDITION_UP, .status = STATUS_HEALTHY},
        {.kind = ITEM_STATE,
         .at_ms = NOW_MS - 70000000,
         .condition = CONDITION_DOWN,
         .status = STATUS_FAILED},
        {.kind = ITEM_STATE,
         .at_ms = NOW_MS - 60000000,
         .condition = CONDITION_UP,
         .status = STATUS_DEGRADED},
        {.kind = ITEM_TRANSITION, .at_ms = NOW_MS, .text = {"web-1", "healthy", "failed", "503"}},
        {.kind = ITEM_RESTART, .at_ms = NOW_MS, .text = {"web-1", "unhealthy", "ok"}},
        {.kind = ITEM_DECISION, .at_ms = NOW_MS, .text = {"web-1", "hold", "backoff", "It waits."}},
        {.kind = ITEM_EVENT, .id = 7, .at_ms = NOW_MS, .text = {"status", "web", "web-1", "failed"}},
    };
    struct item *first = NULL, **last = &first;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++, last = &(*last)->next)
        *last = item_new(&all[i]);
    struct minute minute = {.row = mem_new(sizeof *minute.row), .count = 1, .bytes = mem_new(sizeof bytes)};
    *minute.row = (struct minute_row){.checks = 12, .failures = 2, .len = sizeof bytes};
    memcpy(minute.bytes, bytes, sizeof bytes);
    *last = item_new(&(struct item){.kind = ITEM_MINUTE, .at_ms = NOW_MS - 3600000, .minute = minute});
    return first;
}

static void begin(void)
{
    struct error err = {0};
    /* In memory where there is such a folder: a disk would be waited for. */
    snprintf(folder, sizeof folder, "%s/quaywatch-fuzz-XXXXXX",
             access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm");
    if (!mkdtemp(folder))
        abort();
    snprintf(path, sizeof path, "%s/history.db", folder);
    atexit(leave);
    struct store *store = store_new(path, 400, 1 << 30);
    assert(store_open(store, &err) == STORE_OPEN);
    struct item *all = items();
    assert(store_write(store, all, &err) == 0);
    items_free(all);
    store_free(store);
    assert(file_read(path, 1 << 24, &good, &good_len, &err) == 0);
}

static void write_file(const uint8_t *data, size_t size)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    ssize_t written = 0;
    if (size && data[0] == 'f') {
        written = write(fd, data + 1, size - 1);
    } else {
        written = write(fd, good, good_len);
        for (size_t at = 1; at + CHANGE <= size; at += CHANGE) {
            size_t where = ((size_t)data[at] << 16 | (size_t)data[at + 1] << 8 | data[at + 2]) % good_len;
            written = pwrite(fd, data + at + 3, 1, (off_t)where);
        }
    }
    assert(written >= 0);
    close(fd);
}

static void see(void *user, const struct store_row *row)
{
    (void)user;
    for (size_t i = 0; i < ITEM_TEXTS && row->text[i]; i++)
        assert(strlen(row->text[i]) < 1 << 20);
}

static struct tally *whose(void *user, int64_t id)
{
    return id % 2 ? user : NULL;
}

static void see_tally(const struct tally *tally)
{
    assert(tally->failures <= tally->checks);
    assert(tally_quantile(tally, 0.95) < 1 << 21);
}

static int read_times(struct store *store, int64_t id)
{
    struct span *span = NULL;
    size_t count = 0;
    struct timeline timeline = {0};
    struct timeline_figures figures;
    int code = store_spans(store, &span, &count);
    if (!code)
        code = store_timeline(store, id, span, count, NOW_MS, &timeline);
    timeline_figures(&timeline, NOW_MS - 86400000, NOW_MS, &figures);
    assert(figures.down_ms >= 0 && figures.down_ms <= figures.known_ms && figures.known_ms <= 86400000);
    timeline_free(&timeline);
    free(span);
    return code;
}

/* All that is ever asked of it; stops at the first that fails. */
static int read_all(struct store *store)
{
    int64_t id = 1, since_ms, restarts;
    int code = store_find(store, "name:-:web", &id, &since_ms);
    if (code >= 0)
        code = store_events(store, 1024, see, NULL);
    if (!code)
        code = read_times(store, id);
    static const enum item_kind lists[] = {ITEM_TRANSITION, ITEM_RESTART, ITEM_DECISION};
    for (size_t i = 0; i < 3 && !code; i++)
        code = store_list(store, lists[i], id, 50, see, NULL);
    for (unsigned i = 0; i < STORE_LEVELS && !code; i++) {
        struct tally tally = {0};
        enum store_level level = (enum store_level)i;
        int64_t to_s = NOW_MS / 1000 - NOW_MS / 1000 % store_level_s[level];
        code = store_tally(store, level, id, to_s - 70 * store_level_s[level], to_s, &tally);
        if (!code)
            code = store_tallies(store, level, 0, to_s, whose, &tally);
        see_tally(&tally);
    }
    if (!code)
        code = store_restarts(store, id, 0, &restarts);
    if (!code)
        code = store_all_restarts(store, 0, see, NULL);
    store_ended(store);
    return code;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!good)
        begin();
    remove_all();
    write_file(data, size);
    struct error err = {0};
    struct store *store = store_new(path, 400, 1 << 30);
    enum store_opening opening = store_open(store, &err);
    assert(opening == STORE_OPEN || err.text[0]);
    struct item *all = items();
    if (store_is_open(store)) {
        int code = read_all(store);
        if (!code)
            code = store_write(store, all, &err);
        if (!code)
            code = store_tidy(store, NOW_MS, &err);
        if (code == DATABASE_DAMAGED) {
            store_failed(store, code, &err);
            store_close(store);
            assert(store_open(store, &err) == STORE_FRESH);
            assert(store_write(store, all, &err) == 0);
            assert(read_all(store) == 0);
        }
    }
    items_free(all);
    store_free(store);
    return 0;
}
