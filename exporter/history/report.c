/* SPDX-License-Identifier: MIT */
/* report.c: one service's history: its figures, bars and lists. */
#include "exporter/history/report.h"

#include <stdlib.h>

#include "controller/core/buf.h"
#include "controller/core/error.h"
#include "controller/core/json_writer.h"
#include "controller/core/limits.h"
#include "exporter/history/window.h"

enum { TRANSITIONS = 100, RESTARTS = 50, DECISIONS = 50 };

struct report {
    struct annals_job job;
    char *key, *name;
    struct targets targets;
    int64_t now_ms;
    report_ready *ready;
    void *user;
    struct buf text;
    /* While it works: */
    struct store *store;
    int64_t id; /* 0: nothing recorded */
    struct timeline timeline;
    struct json_writer writer;
    int code;
};

/* ---- windows ---- */

static void tally_window(struct report *report, enum window window, struct tally *ret)
{
    struct window_part part[WINDOW_PARTS];
    window_parts(window, report->now_ms, part);
    for (size_t i = 0; i < WINDOW_PARTS && !report->code; i++)
        report->code = store_tally(report->store, part[i].level, report->id, part[i].from_s, part[i].to_s,
                                   ret);
}

static void put_windows(struct report *report)
{
    struct json_writer *w = &report->writer;
    json_key(w, "windows");
    json_begin_object(w);
    for (unsigned i = 0; i < WINDOW_COUNT; i++) {
        struct tally tally = {0};
        struct timeline_figures figures;
        int64_t from_ms = report->now_ms - window_length_s[i] * 1000, restarts = 0;
        tally_window(report, (enum window)i, &tally);
        timeline_figures(&report->timeline, from_ms, report->now_ms, &figures);
        if (!report->code)
            report->code = store_restarts(report->store, report->id, from_ms, &restarts);
        json_key(w, window_name[i]);
        window_put(w, &figures, &tally, restarts, &report->targets);
    }
    json_end_object(w);
}

/* ---- bars ---- */

/* Half an hour has no rows of its own; longer bars are whole hours. */
static void put_bar(struct report *report, int64_t from_s, int64_t length_s)
{
    struct json_writer *w = &report->writer;
    struct tally tally = {0};
    struct timeline_figures figures;
    enum store_level level = length_s < store_level_s[STORE_HOURS] ? STORE_MINUTES : STORE_HOURS;
    if (!report->code)
        report->code = store_tally(report->store, level, report->id, from_s, from_s + length_s, &tally);
    timeline_figures(&report->timeline, from_s * 1000, (from_s + length_s) * 1000, &figures);
    json_begin_object(w);
    json_put_time(w, "at", from_s * 1000);
    figure_put_status(w, &figures);
    figure_put_uptime(w, &figures);
    figure_put_times(w, "p95_ms", &tally, 0.95);
    json_put_number(w, "failures", figures.failures);
    json_end_object(w);
}

static void put_bars(struct report *report)
{
    struct json_writer *w = &report->writer;
    json_key(w, "bars");
    json_begin_object(w);
    for (unsigned i = 0; i < WINDOW_COUNT; i++) {
        int64_t at_s = window_first_bar_s((enum window)i, report->now_ms);
        json_key(w, window_name[i]);
        json_begin_array(w);
        for (unsigned n = 0; n < window_bars[i].count; n++)
            put_bar(report, at_s + n * window_bars[i].length_s, window_bars[i].length_s);
        json_end_array(w);
    }
    json_end_object(w);
}

/* ---- lists ---- */

static const struct list {
    enum item_kind kind;
    size_t limit;
    const char *name, *text[ITEM_TEXTS];
} lists[] = {
    {ITEM_TRANSITION, TRANSITIONS, "transitions", {"container", "from", "to", "reason"}},
    {ITEM_RESTART, RESTARTS, "restarts", {"container", "reason", "result"}},
    {ITEM_DECISION, DECISIONS, "decisions", {"container", "action", "reason", "sentence"}},
};

struct listing {
    struct json_writer *w;
    const struct list *list;
};

static void put_row(void *user, const struct store_row *row)
{
    const struct listing *listing = user;
    json_begin_object(listing->w);
    json_put_time(listing->w, "at", row->at_ms);
    for (size_t i = 0; i < ITEM_TEXTS && row->text[i]; i++)
        json_put_string(listing->w, listing->list->text[i], row->text[i][0] ? row->text[i] : NULL);
    json_end_object(listing->w);
}

static void put_lists(struct report *report)
{
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        struct listing listing = {&report->writer, &lists[i]};
        json_key(&report->writer, lists[i].name);
        json_begin_array(&report->writer);
        if (!report->code)
            report->code = store_list(report->store, lists[i].kind, report->id, lists[i].limit, put_row,
                                      &listing);
        json_end_array(&report->writer);
    }
}

/* ---- the whole ---- */

static int read_timeline(struct report *report)
{
    struct span *span = NULL;
    size_t count = 0;
    int code = store_spans(report->store, &span, &count);
    if (!code)
        code = store_timeline(report->store, report->id, span, count, report->now_ms, &report->timeline);
    free(span);
    return code;
}

static int report_work(struct annals_job *job, struct store *store, struct error *err)
{
    struct report *report = (struct report *)(void *)job;
    struct json_writer *w = &report->writer;
    int64_t since_ms = 0;
    report->store = store;
    int found = store_find(store, report->key, &report->id, &since_ms);
    report->code = found < 0 ? found : read_timeline(report);
    json_start(w, &report->text);
    json_begin_object(w);
    json_put_string(w, "service", report->name);
    json_put_string(w, "key", report->key);
    json_put_time(w, "since", since_ms);
    json_key(w, "slo");
    targets_put(w, &report->targets);
    put_windows(report);
    put_bars(report);
    put_lists(report);
    json_end_object(w);
    buf_add(&report->text, "\n", 1);
    timeline_free(&report->timeline);
    return report->code ? store_failed(store, report->code, err) : 0;
}

static void report_done(struct annals_job *job, int code, const char *sentence)
{
    struct report *report = (struct report *)(void *)job;
    report->ready(report->user, code, sentence, code ? NULL : &report->text);
    buf_free(&report->text);
    free(report->key);
    free(report->name);
    free(report);
}

int report_service(struct annals *annals, const struct service *service, struct moment now,
                   report_ready *ready, void *user)
{
    struct report *report = mem_new(sizeof *report);
    *report = (struct report){.job = {.work = report_work, .done = report_done},
                              .key = mem_copy(service->key),
                              .name = mem_copy(service->name),
                              .targets = targets_of(service),
                              .now_ms = now.wall_ms,
                              .ready = ready,
                              .user = user};
    buf_init(&report->text, LIMIT_DOCUMENT);
    int code = annals_ask(annals, &report->job, now);
    if (code) {
        free(report->key);
        free(report->name);
        free(report);
    }
    return code;
}
