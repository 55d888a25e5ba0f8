/* SPDX-License-Identifier: MIT */
/* annals_uptime.c: uptimes that rules of alerts ask for again and again: remembered, and worked out anew once
 * a minute, all that are due together. */
#include "exporter/history/annals_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/limits.h"

enum { FRESH_MS = 60 * 1000, FORGET_MS = 10 * 60 * 1000, APART_MS = 500 };

struct uptime_wish {
    UT_hash_handle hh;
    char *id;                             /* "<window ms> <key>" */
    int64_t asked_mono_ms, fresh_mono_ms; /* fresh 0: never worked out */
    double percent;
};

/* One round. */
struct refresh {
    struct annals_job job;
    struct annals *annals;
    int64_t now_wall_ms;
    size_t count;
    struct refreshed {
        char *id;
        double percent;
    } * item;
};

static void refresh_free(struct refresh *refresh)
{
    for (size_t i = 0; i < refresh->count; i++)
        free(refresh->item[i].id);
    free(refresh->item);
    free(refresh);
}

static int uptime_of(struct store *store, const char *id, const struct span *span, size_t span_count,
                     int64_t now_ms, double *ret)
{
    char *key;
    int64_t window_ms = strtoll(id, &key, 10), service, since_ms;
    int code = store_find(store, key + 1, &service, &since_ms);
    if (code != 1)
        return code;
    struct timeline timeline;
    struct timeline_figures figures;
    code = store_timeline(store, service, span, span_count, now_ms, &timeline);
    if (code)
        return code;
    timeline_figures(&timeline, now_ms - window_ms, now_ms, &figures);
    *ret = timeline_uptime(&figures);
    timeline_free(&timeline);
    return 0;
}

static int refresh_work(struct annals_job *job, struct store *store, struct error *err)
{
    struct refresh *refresh = (struct refresh *)(void *)job;
    struct span *span = NULL;
    size_t span_count = 0;
    int code = store_spans(store, &span, &span_count);
    for (size_t i = 0; i < refresh->count && !code; i++)
        code = uptime_of(store, refresh->item[i].id, span, span_count, refresh->now_wall_ms,
                         &refresh->item[i].percent);
    free(span);
    return code ? store_failed(store, code, err) : 0;
}

static void refresh_done(struct annals_job *job, int code, const char *sentence)
{
    struct refresh *refresh = (struct refresh *)(void *)job;
    struct annals *annals = refresh->annals;
    (void)sentence;
    int64_t now_ms = clock_now().mono_ms;
    for (size_t i = 0; i < refresh->count; i++) {
        struct uptime_wish *wish;
        HASH_FIND_STR(annals->wishes, refresh->item[i].id, wish);
        if (!wish)
            continue;
        wish->fresh_mono_ms = now_ms;
        wish->percent = code ? -1 : refresh->item[i].percent;
    }
    annals->refreshing = false;
    annals->refreshed_mono_ms = now_ms;
    refresh_free(refresh);
}

static void wish_free(struct annals *annals, struct uptime_wish *wish)
{
    HASH_DEL(annals->wishes, wish);
    free(wish->id);
    free(wish);
}

static void refresh_begin(struct annals *annals, struct moment now)
{
    struct refresh *refresh = mem_new(sizeof *refresh);
    refresh->job = (struct annals_job){.work = refresh_work, .done = refresh_done};
    refresh->annals = annals;
    refresh->now_wall_ms = now.wall_ms;
    refresh->item = mem_new(HASH_COUNT(annals->wishes) * sizeof *refresh->item);
    for (struct uptime_wish *wish = annals->wishes, *next; wish; wish = next) {
        next = wish->hh.next;
        if (now.mono_ms - wish->asked_mono_ms > FORGET_MS)
            wish_free(annals, wish);
        else if (!wish->fresh_mono_ms || now.mono_ms - wish->fresh_mono_ms >= FRESH_MS)
            refresh->item[refresh->count++] = (struct refreshed){.id = mem_copy(wish->id), .percent = -1};
    }
    annals->refreshing = annals_ask(annals, &refresh->job, now) == 0;
    if (!annals->refreshing)
        refresh_free(refresh);
}

double annals_uptime(struct annals *annals, const char *key, int64_t window_ms, struct moment now)
{
    if (!annals)
        return -1;
    char *id = mem_format("%lld %s", (long long)window_ms, key);
    struct uptime_wish *wish;
    HASH_FIND_STR(annals->wishes, id, wish);
    if (!wish && HASH_COUNT(annals->wishes) < LIMIT_HISTORY_WISHES) {
        wish = mem_new(sizeof *wish);
        wish->id = id;
        id = NULL;
        wish->percent = -1;
        HASH_ADD_KEYPTR(hh, annals->wishes, wish->id, strlen(wish->id), wish);
    }
    free(id);
    if (!wish)
        return -1;
    wish->asked_mono_ms = now.mono_ms;
    bool due = !wish->fresh_mono_ms || now.mono_ms - wish->fresh_mono_ms >= FRESH_MS;
    double percent = wish->percent;
    if (due && !annals->refreshing && now.mono_ms - annals->refreshed_mono_ms >= APART_MS)
        refresh_begin(annals, now);
    return percent;
}

void annals_wishes_free(struct annals *annals)
{
    for (struct uptime_wish *wish = annals->wishes, *next; wish; wish = next) {
        next = wish->hh.next;
        wish_free(annals, wish);
    }
}
